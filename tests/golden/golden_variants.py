"""The sizes, schedules and words of the golden folders that make_golden.py can write: data only."""

TEMPLATES = [
    "a photo of a {}", "a rendering of a {}", "the photo of a {}", "a dark photo of my {}",
    "a close-up photo of the {}", "a good photo of one {}",
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
]

SCALED_LINEAR = {
    "_diffusers_version": "0.21.4", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000, "set_alpha_to_one": False, "steps_offset": 1, "trained_betas": None,
    "clip_sample": False,
}


def _samplers(steps, guidance, eta):
    plain = [
        ("ddim", "DDIMScheduler", {}), ("ddim_eta", "DDIMScheduler", {"eta": eta, "noise": True}),
        ("dpmpp_2m", "DPMSolverMultistepScheduler", {}),
        ("dpmpp_2m_karras", "DPMSolverMultistepScheduler", {"override": {"use_karras_sigmas": True}}),
        ("euler", "EulerDiscreteScheduler", {}), ("euler_a", "EulerAncestralDiscreteScheduler", {"noise": True}),
        ("pndm", "PNDMScheduler", {"override": {"skip_prk_steps": True}}),
        ("euler_karras", "EulerDiscreteScheduler", {"override": {"use_karras_sigmas": True}}),
        ("euler_trailing", "EulerDiscreteScheduler", {"override": {"timestep_spacing": "trailing"}}),
        ("unipc", "UniPCMultistepScheduler", {}), ("lcm", "LCMScheduler", {"noise": True, "steps": 4}),
    ]
    return [{"name": n, "class": c, **{"steps": steps, "guidance": guidance, **extra}} for n, c, extra in plain]


def _text(width, heads, layers, inner, eos, act="quick_gelu"):
    return {
        "hidden_size": width, "num_attention_heads": heads, "num_hidden_layers": layers, "intermediate_size": inner,
        "eos_token_id": eos, "bos_token_id": 0, "pad_token_id": 1, "hidden_act": act, "layer_norm_eps": 1e-5,
        "max_position_embeddings": 77, "projection_dim": width, "vocab_size": 854, "attention_dropout": 0.0,
    }


def _unet(channels, layers, heads, groups, context, attention, **more):
    """`attention` says for each level, from the finest, whether it attends to the text."""
    return {
        "block_out_channels": channels, "layers_per_block": layers, "attention_head_dim": heads,
        "norm_num_groups": groups, "cross_attention_dim": context, "sample_size": 8, "in_channels": 4,
        "out_channels": 4, "act_fn": "silu", "norm_eps": 1e-5, "flip_sin_to_cos": True, "freq_shift": 0,
        "center_input_sample": False, "downsample_padding": 1, "mid_block_scale_factor": 1,
        "down_block_types": ["CrossAttnDownBlock2D" if a else "DownBlock2D" for a in attention],
        "up_block_types": ["CrossAttnUpBlock2D" if a else "UpBlock2D" for a in reversed(attention)], **more,
    }


def _vae(channels, layers, groups, **more):
    return {
        "block_out_channels": channels, "layers_per_block": layers, "norm_num_groups": groups, "in_channels": 3,
        "out_channels": 3, "latent_channels": 4, "act_fn": "silu", "sample_size": 64,
        "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4, **more,
    }


def _learning(name, vectors, batch, placeholder, init, **more):
    optimiser = {"lr": 0.005, "betas": [0.9, 0.999], "weight_decay": 0.01, "eps": 1e-8}
    return {"name": name, "placeholder": placeholder, "init": init, "vectors": vectors, "batch": batch,
            **optimiser, "sample_prompt": "a painting of a {} by the sea", **more}


VARIANTS = {
    # Three levels, two layers per block, a head count per level, old VAE names, configs that leave keys out.
    1: {
        "sparse": True, "old_names": True, "shards": 1, "latent_size": (8, 12), "image_size": 48,
        "scheduler": {"_class_name": "PNDMScheduler", "skip_prk_steps": True, **SCALED_LINEAR},
        "text_encoder": _text(48, 6, 2, 96, 2),
        "unet": _unet([24, 40, 56], 2, [2, 4, 7], 4, 48, [True, True, False]),
        "vae": _vae([8, 12, 16, 24], 2, 4),
        "prompt": "a photo of a red bird by the sea", "negative_prompt": "dark, blurry",
        "text_prompts": ["a rendering of a house", "", "The DOG isn't here!", "a small blue robot, " * 20],
        "samplers": _samplers(8, 3.5, 0.4),
        "vae_cases": [(1, 8, 8), (2, 10, 6), (1, 5, 9)],
        "unet_cases": [(8, 8, [981], 77), (8, 12, [0, 640], 77), (16, 8, [77], 9), (11, 13, [999, 5, 401], 77),
                       (9, 7, [333], 77), (8, 8, [250.625], 77)],
        "ti": [_learning("ti1", 1, 3, "<Old-Master>", "cat", lr=0.01, betas=[0.9, 0.99], weight_decay=0.02),
               _learning("ti2", 2, 1, "<Old-Master>", "house")],
    },
    # Four levels, one layer per block, one head count, complete configs, current VAE names, right end token.
    2: {
        "sparse": False, "old_names": False, "shards": 1, "latent_size": (8, 8), "image_size": 56,
        "scheduler": {"_class_name": "DDIMScheduler", **SCALED_LINEAR},
        "text_encoder": _text(40, 5, 4, 160, 853),
        "unet": _unet([16, 32, 32, 48], 1, 4, 8, 40, [True, True, True, False]),
        "vae": _vae([16, 16, 24, 32], 1, 8, scaling_factor=0.13025),
        "prompt": "a dark painting of the old clock", "negative_prompt": "",
        "text_prompts": ["a close-up photo of my shoe", "a", "it's 3 o'clock; 50% off", "red " * 90, "<|endoftext|> cat"],
        "samplers": _samplers(12, 7.5, 1.0),
        "vae_cases": [(1, 8, 8), (3, 6, 8)],
        "unet_cases": [(8, 8, [1], 77), (16, 8, [901, 13], 77), (8, 24, [500], 77), (8, 8, [999], 1),
                       (13, 10, [700, 42], 154), (8, 8, [33.5], 77)],
        "ti": [_learning("ti1", 1, 1, "S*", "house", weight_decay=0.0),
               _learning("ti2", 2, 2, "S*", "dog", lr=0.02, betas=[0.8, 0.95], eps=1e-6)],
    },
    # What relatives of the family bring: v-prediction, linear schedule, linear projections, GELU, shards.
    3: {
        "sparse": True, "old_names": False, "shards": 3, "latent_size": (8, 8), "image_size": 40,
        "scheduler": {"_class_name": "DDIMScheduler", **SCALED_LINEAR, "beta_schedule": "linear",
                      "beta_start": 0.0004, "beta_end": 0.014, "steps_offset": 0, "set_alpha_to_one": True,
                      "prediction_type": "v_prediction", "timestep_spacing": "trailing"},
        "text_encoder": _text(36, 3, 3, 72, 853, "gelu"),
        "unet": _unet([20, 30, 40], 2, [2, 3, 5], 5, 36, [False, True, True], use_linear_projection=True),
        "vae": _vae([8, 8, 16, 16], 1, 2, scaling_factor=0.2),
        "prompt": "a large elephant at sunset", "negative_prompt": "clean",
        "text_prompts": ["a good photo of a bird", "", "What's THAT?"],
        "samplers": _samplers(9, 2.0, 0.5),
        "vae_cases": [(2, 8, 8), (1, 4, 12)],
        "unet_cases": [(8, 8, [998], 77), (8, 12, [2, 444], 77), (10, 9, [111], 30), (8, 8, [0.5], 77)],
        "ti": [_learning("ti1", 1, 2, "<w>", "bird"), _learning("ti2", 2, 1, "<w>", "shoe"),
               _learning("ti5", 5, 1, "<w>", "clock", lr=0.001)],
    },
}
