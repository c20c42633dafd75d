"""The settings of a golden folder and all its in.* tensors: texts, token ids, and whatever is random."""
import torch
from torch.nn.functional import interpolate

import golden_families
from golden_learning import fill, placeholders
from golden_reference import scheduler_of
from golden_shapes import PROMPTS, TEMPLATES

STEPS = 20


def tokenization(tokenizer, prompts):
    return [{"text": p, "ids": ids, "ids_full": tokenizer(p).input_ids}
            for p, ids in zip(prompts, golden_families.pad(tokenizer, prompts).tolist())]


def words_in_prompts(tokenizer, placeholder):
    """Where a learned word of two vectors is found in a text, and where it is not."""
    words = placeholders({"placeholder": placeholder, "vectors": 2})
    tokenizer.add_tokens(words)
    a, b = words
    prompts = [f"a photo of {a}", f"a photo of {a.lower()} {b.lower()}", f"{b}{a}", f"a {b.upper()}b, {a.lower()}!",
               f"x{a}y  {a}_10", f"in the style of {a[0]} {a[1:]}, {a} {a} {b}"]
    return {"added_tokens": words, "added_ids": tokenizer.convert_tokens_to_ids(words),
            "prompts": tokenization(tokenizer, prompts)}


def learning_case(case, folder, family, random):
    """Captions of one run, and their ids for every text encoder."""
    captions = [[str(random.choice(TEMPLATES)) for _ in range(case["batch"])] for _ in range(STEPS)]
    settings = {k: v for k, v in case.items() if k != "batch"} | {"captions": captions}
    tokenizers, words = golden_families.open_tokenizers(folder), placeholders(case)
    if family == "ldm":
        # There the word is one token of the vocabulary, whatever its number of vectors.
        words = words[:1]
    else:
        for tokenizer in tokenizers:
            tokenizer.add_tokens(words)
        settings["placeholder_ids"] = [t.convert_tokens_to_ids(words) for t in tokenizers]
    filled = [fill(caption, words) for step in captions for caption in step]
    return settings, [golden_families.pad(t, filled).reshape(STEPS, case["batch"], -1) for t in tokenizers]


class Draw:
    """Random tensors from one generator."""

    def __init__(self, generator):
        self.generator = generator

    def normal(self, *shape):
        return torch.randn(shape, generator=self.generator)

    def integers(self, low, high, shape):
        return torch.randint(low, high, shape, generator=self.generator)

    def picture(self, batch, rows, columns):
        """Pictures in [-1, 1] for latents of that size: smooth shapes and some grain."""
        smooth = interpolate(self.normal(batch, 3, rows, columns), scale_factor=8, mode="bilinear")
        return (0.6 * smooth + 0.1 * self.normal(*smooth.shape)).clamp(-1, 1)

    def mask(self, rows, columns):
        """1 in a block of whole latents, and in one of odd pixels, where it matters which ones are sampled."""
        mask = torch.zeros(1, 1, 8 * rows, 8 * columns)
        mask[..., 8 : 4 * rows + 8, 16 : 8 * columns - 8] = 1
        mask[..., 4 * rows : 8 * rows - 3, 5 : 4 * columns + 3] = 1
        return mask


def network_inputs(draw, variant, widths, family):
    """What the autoencoder and the U-Net are called with; `widths` are those of the text encoders' states."""
    inputs = {}
    for k, (batch, rows, columns) in enumerate(variant["vae_cases"]):
        inputs[f"in.vae.{k}.image"] = draw.picture(batch, rows, columns)
        for name in ("eps", "latent"):
            inputs[f"in.vae.{k}.{name}"] = draw.normal(batch, 4, rows, columns)
    for k, (rows, columns, times, length) in enumerate(variant["unet_cases"]):
        batch = len(times)
        inputs[f"in.unet.{k}.sample"] = draw.normal(batch, 4, rows, columns)
        inputs[f"in.unet.{k}.t"] = torch.tensor(times)
        inputs[f"in.unet.{k}.context"] = draw.normal(batch, length, sum(widths))
        if family == "sdxl":
            inputs[f"in.unet.{k}.pooled"] = draw.normal(batch, variant["encoders"][1]["projection_dim"])
            inputs[f"in.unet.{k}.time_ids"] = draw.integers(0, 1025, (batch, 6)).float()
    return inputs


def editing_inputs(draw, variant):
    h, w = variant["latent_size"]
    return {
        "in.inversion.image": draw.picture(1, h, w), "in.inpaint.image": draw.picture(1, h, w),
        "in.inpaint.mask": draw.mask(h, w), "in.inpaint.latents": draw.normal(1, 4, h, w),
        "in.inpaint.noise": draw.normal(variant["inpaint"]["steps"], 1, 4, h, w),
    }


def make_inputs(folder, family, variant, generator, random):
    """Settings and every in.* tensor of one folder."""
    draw, models = Draw(generator), golden_families.Models(folder, torch.float32)
    h, w = variant["latent_size"]
    widths = [e.get("hidden_size") or e["d_model"] for e in variant["encoders"]]
    samplers = [s | {"config": scheduler_of(models, s)[1]} for s in variant["samplers"]]
    settings = {key: variant[key] for key in ("prompt", "negative_prompt", "text_prompts", "inversion", "inpaint")}
    settings |= {"time_ids": [8 * h, 8 * w, 0, 0, 8 * h, 8 * w], "vae_cases": len(variant["vae_cases"]),
                 "unet_cases": len(variant["unet_cases"]), "samplers": samplers, "ti": []}
    inputs = {f"in.text.ids{s}": rows for s, rows in zip(models.suffixes, models.ids(variant["text_prompts"]))}
    inputs |= network_inputs(draw, variant, widths, family)
    inputs["in.sample.latents"] = draw.normal(1, 4, h, w)
    for sampler in samplers:
        if sampler.get("noise"):
            inputs[f"in.sample.{sampler['name']}.noise"] = draw.normal(sampler["steps"], 1, 4, h, w)
    inputs |= editing_inputs(draw, variant)
    for case in variant["ti"]:
        described, ids = learning_case(case, folder, family, random)
        settings["ti"].append(described)
        shape, name = (STEPS, case["batch"], 4, h, w), case["name"]
        inputs[f"in.{name}.latents"], inputs[f"in.{name}.noise"] = 0.9 * draw.normal(*shape), draw.normal(*shape)
        inputs[f"in.{name}.timesteps"] = draw.integers(0, 1000, shape[:2])
        inputs |= {f"in.{name}.ids{suffix}": rows for suffix, rows in zip(models.suffixes, ids)}
    for suffix, tokenizer in zip(models.suffixes, golden_families.open_tokenizers(folder)):
        settings[f"tokenization{suffix}"] = tokenization(tokenizer, PROMPTS + variant["text_prompts"])
    if family != "ldm":
        tokenizer, placeholder = golden_families.open_tokenizers(folder)[0], variant["ti"][0]["placeholder"]
        settings["tokenization_with_placeholders"] = words_in_prompts(tokenizer, placeholder)
    return settings, {k: v.contiguous() for k, v in inputs.items()}
