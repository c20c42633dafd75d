"""Texts, schedules and shorthands for configurations, of which golden_variants.py makes the models."""

# A word that a caption mentions twice gets its gradient from both places.
TEMPLATES = [
    "a photo of a {}", "a rendering of a {}", "the photo of a {}", "a dark photo of my {}",
    "a close-up photo of the {}", "a good photo of one {}", "a {} next to another {}",
]

# Spaces, case, contractions, scripts, emoji, control characters and lengths around the 77-token window.
PROMPTS = [
    "", "a photo of a bird", "The OLD House", "  two  spaces \t and\n\nlines ", "dog.", "red,blue;green|gold",
    "they'll it's I'D we'VE 'twas o'clock n't", "it\u2019s \u00abquoted\u00bb \u2013 \u2026 \u00be \u2168 \u0664\u0665",
    "cr\u00e8me br\u00fbl\u00e9e \u00c5ngstr\u00f6m e\u0301 n\u0303",
    "\u82b1\u3068\u9ce5, \u0432\u0435\u0441\u043d\u0430, \u03c7\u03b5\u03b9\u03bc\u03ce\u03bd\u03b1\u03c2, "
    "\u0939\u093f\u0928\u094d\u0926\u0940, \u0645\u0631\u062d\u0628\u0627",
    "\U0001f98a\U0001f3a8 \U0001f469\u200d\U0001f52c <3 ;-)",
    "what?! no!!! (b:1.21) [x|y] {z} #1 @me 99% $2.50 a_b-c\\d ~`^&*+=<>",
    "2024 3x3 4k 007", "\u0130zmir \u1e9e \ufb01 \uff21\uff22", "<|endoftext|> x <|startoftext|>y <|EndOfText|>",
    "nul\u0000l\u200b\u00a0\u3000\u00ad\ufeffend", " ".join(["a"] * 74), " ".join(["a"] * 75), " ".join(["a"] * 76),
    "q" * 200, "unbelievable photographs of playing robots and singing birds, sunset",
    # What the BERT tokenizer treats in its own way: accents, its own special tokens, words longer than it splits.
    "\u732b\u72ac \u7684caf\u00e9 stra\u00dfe \u05e2\u05d3", "[CLS] a [MASK] cat [SEP] [unused7] [PAD]", "toy" * 40,
]

SCALED_LINEAR = {
    "_diffusers_version": "0.21.4", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000, "set_alpha_to_one": False, "steps_offset": 1, "trained_betas": None,
    "clip_sample": False,
}


def samplers(steps, guidance, eta, extra=()):
    """The samplers that every family is drawn with, and those named in `extra`."""
    zero = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    plain = [
        ("ddim", "DDIMScheduler", {}), ("ddim_eta", "DDIMScheduler", {"eta": eta, "noise": True}),
        ("dpmpp_2m", "DPMSolverMultistepScheduler", {}),
        ("dpmpp_2m_karras", "DPMSolverMultistepScheduler", {"override": {"use_karras_sigmas": True}}),
        ("euler", "EulerDiscreteScheduler", {}), ("euler_a", "EulerAncestralDiscreteScheduler", {"noise": True}),
        ("pndm", "PNDMScheduler", {"override": {"skip_prk_steps": True}}), ("unipc", "UniPCMultistepScheduler", {}),
    ]
    more = {
        "euler_karras": ("EulerDiscreteScheduler", {"override": {"use_karras_sigmas": True}}),
        "euler_trailing": ("EulerDiscreteScheduler", {"override": {"timestep_spacing": "trailing"}}),
        "lcm": ("LCMScheduler", {"noise": True, "steps": 4}),
        "ddim_zero_snr": ("DDIMScheduler", {"override": zero}),
        "ddim_zero_negative": ("DDIMScheduler", {"zero_negative": True}),
    }
    chosen = plain + [(name, *more[name]) for name in extra]
    return [{"name": n, "class": c, **{"steps": steps, "guidance": guidance, **rest}} for n, c, rest in chosen]


def clip(width, heads, layers, inner, eos, act="quick_gelu", projection=None, **more):
    return {
        "hidden_size": width, "num_attention_heads": heads, "num_hidden_layers": layers, "intermediate_size": inner,
        "eos_token_id": eos, "bos_token_id": 0, "pad_token_id": 1, "hidden_act": act, "layer_norm_eps": 1e-5,
        "max_position_embeddings": 77, "projection_dim": projection or width, "vocab_size": 854,
        "attention_dropout": 0.0, **more,
    }


def bert(width, heads, head, layers, inner):
    """The encoder of latent diffusion, whose heads together need not be as wide as the model."""
    return {
        "d_model": width, "encoder_attention_heads": heads, "head_dim": head, "encoder_layers": layers,
        "encoder_ffn_dim": inner, "activation_function": "gelu", "max_position_embeddings": 77, "vocab_size": 371,
        "pad_token_id": 0,
    }


def unet(channels, layers, heads, groups, context, attention, **more):
    """`attention` says for each level, from the finest, whether it attends to the text."""
    return {
        "block_out_channels": channels, "layers_per_block": layers, "attention_head_dim": heads,
        "norm_num_groups": groups, "cross_attention_dim": context, "sample_size": 8, "in_channels": 4,
        "out_channels": 4, "act_fn": "silu", "norm_eps": 1e-5, "flip_sin_to_cos": True, "freq_shift": 0,
        "center_input_sample": False, "downsample_padding": 1, "mid_block_scale_factor": 1,
        "down_block_types": ["CrossAttnDownBlock2D" if a else "DownBlock2D" for a in attention],
        "up_block_types": ["CrossAttnUpBlock2D" if a else "UpBlock2D" for a in reversed(attention)], **more,
    }


def text_time(pooled, size, depth):
    """What SDXL's U-Net has beside the others': pooled text, sizes, and several transformer layers in one block."""
    return {
        "addition_embed_type": "text_time", "addition_time_embed_dim": size, "use_linear_projection": True,
        "projection_class_embeddings_input_dim": pooled + 6 * size, "transformer_layers_per_block": depth,
    }


def vae(channels, layers, groups, **more):
    return {
        "block_out_channels": channels, "layers_per_block": layers, "norm_num_groups": groups, "in_channels": 3,
        "out_channels": 3, "latent_channels": 4, "act_fn": "silu", "sample_size": 64,
        "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4, **more,
    }


def learning(vectors, batch, placeholder, init, **more):
    """A learning run; it is called ti1, ti2, ... after its number of vectors."""
    optimiser = {"lr": 0.005, "betas": [0.9, 0.999], "weight_decay": 0.01, "eps": 1e-8}
    return {"name": f"ti{vectors}", "placeholder": placeholder, "init": init, "vectors": vectors, "batch": batch,
            **optimiser, "sample_prompt": "a painting of a {} by the sea", **more}
