"""The sizes, schedules and words of the golden trees that make_golden.py can write: data only.

What published models do in two ways occurs in two variants: configurations that are sparse or complete, old and new
names of the VAE's attention, the end token's real id or the 2 of old exports, weights in one file or several, and
epsilon or velocity as what Stable Diffusion 2 predicts.
"""
from golden_shapes import SCALED_LINEAR, bert, clip, learning, samplers, text_time, unet, vae

SD1_SAMPLERS = ("euler_karras", "euler_trailing", "lcm")
EULER = {
    **SCALED_LINEAR, "_class_name": "EulerDiscreteScheduler", "interpolation_type": "linear", "sample_max_value": 1.0,
    "prediction_type": "epsilon", "timestep_spacing": "leading", "use_karras_sigmas": False, "skip_prk_steps": True,
}
PNDM = {**SCALED_LINEAR, "_class_name": "PNDMScheduler", "skip_prk_steps": True}
DDIM = {**SCALED_LINEAR, "_class_name": "DDIMScheduler"}
# The first latent diffusion models' schedule, which starts and ends noisier.
NOISIER = {**DDIM, "beta_start": 0.0015, "beta_end": 0.0195, "steps_offset": 0}
ALMOST_LINEAR = {
    **DDIM, "beta_schedule": "linear", "beta_start": 0.0004, "beta_end": 0.014, "steps_offset": 0,
    "set_alpha_to_one": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing",
}
VELOCITY = {"prediction_type": "v_prediction"}

# Old exports: configurations that leave keys out, the VAE's former names, an integer tensor among the weights.
OLD = {"sparse": True, "old_names": True, "shards": 1}
NEW = {"sparse": False, "old_names": False, "shards": 1}
LARGE = {"sparse": True, "old_names": False, "shards": 3}

# What the families of one variant are asked for, where they do not say otherwise.
FIRST = {
    "latent_size": (8, 12), "prompt": "a photo of a red bird by the sea", "negative_prompt": "dark, blurry",
    "text_prompts": ["a rendering of a house", "", "The DOG isn't here!", "a small blue robot, " * 20],
    "vae_cases": [(1, 8, 8), (2, 10, 6), (1, 5, 9)],
    "unet_cases": [(8, 8, [981], 77), (8, 12, [0, 640], 77), (16, 8, [77], 9), (11, 13, [999, 5, 401], 77),
                   (9, 7, [333], 77), (8, 8, [250.625], 77)],
    "inversion": {"prompt": "a rendering of a house", "steps": 16}, "inpaint": {"steps": 8, "guidance": 3.5},
}
SECOND = {
    "latent_size": (8, 8), "prompt": "a dark painting of the old clock", "negative_prompt": "",
    "text_prompts": ["a close-up photo of my shoe", "a", "it's 3 o'clock; 50% off", "red " * 90, "<|endoftext|> cat"],
    "vae_cases": [(1, 8, 8), (3, 6, 8)],
    "unet_cases": [(8, 8, [1], 77), (16, 8, [901, 13], 77), (8, 24, [500], 77), (8, 8, [999], 1),
                   (13, 10, [700, 42], 154), (8, 8, [33.5], 77)],
    "inversion": {"prompt": "a", "steps": 25}, "inpaint": {"steps": 12, "guidance": 7.5},
}
THIRD = {
    "latent_size": (8, 8), "prompt": "a large elephant at sunset", "negative_prompt": "clean",
    "text_prompts": ["a good photo of a bird", "", "What's THAT?"],
    "vae_cases": [(2, 8, 8), (1, 4, 12)],
    "unet_cases": [(8, 8, [998], 77), (8, 12, [2, 444], 77), (10, 9, [111], 30), (8, 8, [0.5], 77)],
    "inversion": {"prompt": "What's THAT?", "steps": 10}, "inpaint": {"steps": 9, "guidance": 2.0},
}
STRONG = {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-6}

VARIANTS = {
    # Three levels, two layers per block, a head count per level; every family in the shape of old exports.
    1: {
        "image": {"size": 48},
        "sd1": {
            **FIRST, **OLD, "scheduler": PNDM, "encoders": [clip(48, 6, 2, 96, 2)],
            "unet": unet([24, 40, 56], 2, [2, 4, 7], 4, 48, [True, True, False]),
            "vae": vae([8, 12, 16, 24], 2, 4), "samplers": samplers(8, 3.5, 0.4, SD1_SAMPLERS),
            "ti": [learning(1, 3, "<Old-Master>", "cat", lr=0.01, betas=[0.9, 0.99], weight_decay=0.02),
                   learning(2, 1, "<Old-Master>", "house")],
        },
        "sd2": {
            **FIRST, **OLD, "latent_size": (12, 8), "scheduler": {**DDIM, **VELOCITY},
            "encoders": [clip(40, 5, 3, 160, 853, "gelu")],
            "unet": unet([20, 40, 40], 1, [1, 2, 4], 10, 40, [True, True, False], use_linear_projection=True,
                         upcast_attention=True, transformer_layers_per_block=2),
            "vae": vae([12, 12, 24, 24], 1, 6), "samplers": samplers(8, 4.5, 0.3, ["ddim_zero_snr"]),
            "ti": [learning(1, 2, "<Old-Master>", "bird", weight_decay=0.0),
                   learning(3, 1, "<Old-Master>", "house", **STRONG)],
        },
        "sdxl": {
            **FIRST, **OLD, "scheduler": EULER,
            "encoders": [clip(36, 3, 2, 72, 853), clip(40, 4, 3, 120, 853, "gelu", projection=28)],
            "unet": unet([16, 24, 40], 2, [2, 3, 5], 8, 76, [False, True, True], **text_time(28, 4, [1, 2, 1])),
            "vae": vae([8, 16, 16, 24], 1, 8, scaling_factor=0.13025),
            "samplers": samplers(8, 6.0, 0.5, ["ddim_zero_negative", "lcm"]),
            "ti": [learning(1, 2, "<Old-Master>", "dog", lr=0.01, weight_decay=0.02),
                   learning(3, 1, "<Old-Master>", "house")],
        },
        "ldm": {
            **FIRST, **OLD, "latent_size": (8, 8), "scheduler": DDIM, "encoders": [bert(40, 3, 12, 2, 96)],
            "unet": unet([24, 36, 48], 1, 6, 12, 40, [True, True, True]),
            "vae": vae([8, 8, 24, 24], 2, 4), "samplers": samplers(8, 3.0, 0.6, ["lcm"]),
            "ti": [learning(1, 2, "*", "cat", lr=0.01, weight_decay=0.02), learning(3, 1, "*", "house")],
        },
    },
    # Four levels, one layer per block, one head count, complete configs, current VAE names, the other end token.
    2: {
        "image": {"size": 56},
        "sd1": {
            **SECOND, **NEW, "scheduler": DDIM, "encoders": [clip(40, 5, 4, 160, 853)],
            "unet": unet([16, 32, 32, 48], 1, 4, 8, 40, [True, True, True, False]),
            "vae": vae([16, 16, 24, 32], 1, 8, scaling_factor=0.13025),
            "samplers": samplers(12, 7.5, 1.0, SD1_SAMPLERS),
            "ti": [learning(1, 1, "S*", "house", weight_decay=0.0), learning(2, 2, "S*", "dog", **STRONG)],
        },
        "sd2": {
            **SECOND, **NEW, "scheduler": PNDM, "encoders": [clip(32, 2, 4, 80, 2, "gelu")],
            "unet": unet([32, 32, 48, 48], 1, [2, 4, 6, 6], 16, 32, [True, True, True, False],
                         use_linear_projection=True),
            "vae": vae([8, 16, 24, 32], 1, 4), "samplers": samplers(12, 5.0, 0.9, ["lcm", "euler_trailing"]),
            "ti": [learning(1, 1, "S*", "clock", **STRONG), learning(2, 2, "S*", "shoe")],
        },
        "sdxl": {
            **SECOND, **NEW, "latent_size": (12, 8), "scheduler": {**EULER, "timestep_spacing": "trailing"},
            "encoders": [clip(24, 4, 4, 96, 2), clip(56, 7, 2, 56, 2, "gelu", projection=48)],
            "unet": unet([24, 48, 48], 1, [2, 4, 8], 6, 80, [False, True, True], **text_time(48, 10, [1, 1, 3])),
            "vae": vae([8, 8, 16, 32], 1, 8, scaling_factor=0.13025),
            "samplers": samplers(10, 7.5, 1.0, ["ddim_zero_negative"]),
            "ti": [learning(1, 1, "S*", "house", weight_decay=0.0), learning(2, 2, "S*", "robot", **STRONG)],
        },
        "ldm": {
            **SECOND, **NEW, "scheduler": NOISIER, "encoders": [bert(24, 2, 20, 4, 100)],
            "unet": unet([16, 32, 32, 48], 1, 4, 8, 24, [True, True, True, False]),
            "vae": vae([8, 16, 24, 32], 1, 8), "samplers": samplers(12, 5.0, 0.9),
            "ti": [learning(1, 1, "@", "shoe", **STRONG), learning(2, 2, "@", "dog")],
        },
    },
    # What relatives bring: v-prediction, linear schedule, linear projections, other time embeddings, shards.
    3: {
        "image": {"size": 40},
        "sd1": {
            **THIRD, **LARGE, "scheduler": ALMOST_LINEAR, "encoders": [clip(36, 3, 3, 72, 853, "gelu")],
            "unet": unet([20, 30, 40], 2, [2, 3, 5], 5, 36, [False, True, True], use_linear_projection=True),
            "vae": vae([8, 8, 16, 16], 1, 2, scaling_factor=0.2), "samplers": samplers(9, 2.0, 0.5, SD1_SAMPLERS),
            "ti": [learning(1, 2, "<w>", "bird"), learning(2, 1, "<w>", "shoe"),
                   learning(5, 1, "<w>", "clock", lr=0.001)],
        },
        "sd2": {
            **THIRD, **LARGE, "scheduler": {**DDIM, **VELOCITY, "timestep_spacing": "trailing"},
            "encoders": [clip(28, 7, 3, 64, 853, "gelu", layer_norm_eps=1e-6)],
            "unet": unet([16, 32], [2, 1], [2, 8], 4, 28, [True, True], use_linear_projection=True,
                         flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6),
            "vae": vae([8, 8, 16, 16], 1, 2), "samplers": samplers(9, 2.0, 0.5, ["ddim_zero_snr"]),
            "ti": [learning(1, 2, "<w>", "bird"), learning(5, 1, "<w>", "clock", lr=0.001)],
        },
        "sdxl": {
            **THIRD, **LARGE, "scheduler": {**EULER, **VELOCITY},
            "encoders": [clip(32, 4, 3, 64, 2), clip(32, 2, 3, 64, 853, "gelu", projection=20)],
            "unet": unet([16, 32], 2, [2, 4], 16, 64, [False, True],
                         **{**text_time(20, 6, [1, 2]), "use_linear_projection": False}),
            "vae": vae([8, 8, 16, 16], 1, 2, scaling_factor=0.13025),
            "samplers": samplers(9, 2.0, 0.5, ["ddim_zero_negative", "ddim_zero_snr"]),
            "ti": [learning(1, 2, "<w>", "bird"), learning(5, 1, "<w>", "clock", lr=0.001)],
        },
        "ldm": {
            **THIRD, **LARGE, "scheduler": {**NOISIER, "set_alpha_to_one": True}, "encoders": [bert(32, 5, 8, 1, 40)],
            "unet": unet([20, 30, 40], 2, [2, 3, 5], 5, 32, [False, True, True]),
            "vae": vae([8, 8, 16, 16], 1, 2, scaling_factor=0.2), "samplers": samplers(9, 2.0, 0.5),
            "ti": [learning(1, 2, "*", "bird"), learning(5, 1, "*", "clock", lr=0.001)],
        },
    },
}
