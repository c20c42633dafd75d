"""Write another folder of golden numbers, with the layout of tests/golden, from PyTorch, diffusers and transformers.

The Rust test reads any such folder (PSEUDOWORD_GOLDEN=DIR ./dist/test), so an error that hides behind one model's sizes
shows up with another's. Models are tiny and random, norms and biases included: a mistake anywhere changes the outputs.
The program itself never needs this script.

    pip install torch diffusers transformers safetensors pillow
    python3 make_golden.py --out DIR --seed 7 --variant 1     # variants: see golden_variants.py
    python3 make_golden.py --check sd1 image                  # recompute stored folders; every ratio must be < 1
"""
import argparse
import json
import platform
import re
import shutil
import sys
from pathlib import Path

import diffusers
import numpy
import PIL
import safetensors
import tokenizers
import torch
import transformers
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

import golden_image
from golden_reference import Models, compute, placeholders, scheduler_of
from golden_variants import PROMPTS, TEMPLATES, VARIANTS

def describe(tensor, exact=None):
    """The entry of reference.json for one tensor; `exact` is the same calculation in float64."""
    entry = {"shape": list(tensor.shape), "dtype": str(tensor.dtype).removeprefix("torch.")}
    if tensor.is_floating_point() and exact is not None:
        entry["max_abs"] = float(f"{tensor.abs().max():.4g}")
        difference = (tensor.double() - exact.double()).abs()
        entry["err"] = float(f"{difference.max():.3g}")
        if difference.dim() > 1 and difference.shape[0] > 1:
            entry["err_per_step"] = [float(f"{d.max():.2g}") for d in difference]
    return entry


def measure(folder, inputs, settings):
    """Outputs in float32 as stored, and the description of every tensor."""
    single = compute(folder, inputs, settings, torch.float32)
    double = compute(folder, inputs, settings, torch.float64)
    outputs = {k: v.float() if v.is_floating_point() else v for k, v in single.items()}
    described = {k: describe(v) for k, v in inputs.items()}
    for name, value in outputs.items():
        described[name] = describe(value, double[name])
        if not name.endswith((".trajectory", ".vectors", ".gradients")):
            described[name].pop("err_per_step", None)
    return outputs, described


ORIGINAL_ATTENTION = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def randomise(model, generator):
    """Weights of gain 1 (1.5 for queries and keys, 0.5 for the last convolution), norms near 1, biases near 0."""
    for name, parameter in model.named_parameters():
        value = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 1:
            norm_scale = "norm" in name and name.endswith("weight")
            value = 1 + 0.15 * value if norm_scale else 0.1 * value
        elif "token_embedding" in name:
            value *= 0.25
        elif "position_embedding" in name:
            value *= 0.1
        else:
            gain = 1.5 if re.search(r"\.(to_|)[qk](_proj|)\.weight", name) else 0.5 if "conv_out" in name else 1.0
            value *= gain / (parameter[0].numel() ** 0.5)
        parameter.data = value
    return model


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=True) + "\n")


def write_weights(folder, name, weights, shards):
    """One safetensors file, or several with an index as large published models have them."""
    weights = {k: v.contiguous() for k, v in sorted(weights.items())}
    if shards == 1:
        return save_file(weights, folder / f"{name}.safetensors", metadata={"format": "pt"})
    names, index = list(weights), {}
    for i in range(shards):
        file = f"{name}-{i + 1:05}-of-{shards:05}.safetensors"
        part = {k: weights[k] for k in names[i::shards]}
        save_file(part, folder / file, metadata={"format": "pt"})
        index.update(dict.fromkeys(part, file))
    total = sum(v.numel() * v.element_size() for v in weights.values())
    write_json(folder / f"{name}.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": index})


def write_model(folder, variant, generator):
    """The diffusers folder: configs as sparse as in the variant, weights, tokenizer, scheduler."""
    here = Path(__file__).parent / "sd1"
    shutil.copytree(here / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)
    shutil.copy(here / "model_index.json", folder / "model_index.json")
    write_json(folder / "scheduler/scheduler_config.json", variant["scheduler"])

    text = randomise(CLIPTextModel(CLIPTextConfig(**variant["text_encoder"])), generator)
    write_json(folder / "text_encoder/config.json",
               {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model", **variant["text_encoder"]})
    weights = {f"text_model.{k}": v for k, v in text.state_dict().items() if not k.endswith("position_ids")}
    if variant["old_names"]:
        weights["text_model.embeddings.position_ids"] = torch.arange(77).unsqueeze(0)
    write_weights(folder / "text_encoder", "model", weights, 1)

    for part, kind in (("unet", UNet2DConditionModel), ("vae", AutoencoderKL)):
        model = randomise(kind(**variant[part]), generator)
        config = dict(variant[part]) if variant["sparse"] else {
            k: v for k, v in model.config.items() if not k.startswith("_")}
        write_json(folder / part / "config.json", {"_class_name": kind.__name__, **config})
        weights = model.state_dict()
        if part == "vae" and variant["old_names"]:
            for new, old in ORIGINAL_ATTENTION.items():
                weights = {k.replace(f"attentions.0.{new}.", f"attentions.0.{old}."): v for k, v in weights.items()}
        write_weights(folder / part, "diffusion_pytorch_model", weights, variant["shards"] if part == "unet" else 1)


def learning_case(case, tokenizer, variant, random):
    """Captions, and what the id tensor is made of, for one textual-inversion run of 20 steps."""
    captions = [[str(random.choice(TEMPLATES)) for _ in range(case["batch"])] for _ in range(20)]
    words = placeholders(case)
    tokenizer.add_tokens(words)
    filled = [[c.format(" ".join(words)) for c in step] for step in captions]
    ids = torch.tensor([tokenizer(s, padding="max_length", truncation=True, max_length=77).input_ids for s in filled])
    settings = {k: v for k, v in case.items() if k != "batch"} | {
        "captions": captions, "placeholder_ids": [tokenizer.convert_tokens_to_ids(words)]}
    return settings, ids


def tokenization(tokenizer, prompts):
    return [{"text": p, "ids": tokenizer(p, padding="max_length", truncation=True, max_length=77).input_ids,
             "ids_full": tokenizer(p).input_ids} for p in prompts]


def make_inputs(folder, variant, generator, random):
    """Settings and every in.* tensor of an sd1 folder."""
    fresh = lambda: CLIPTokenizer.from_pretrained(folder / "tokenizer")
    normal = lambda *shape: torch.randn(shape, generator=generator)
    models = Models(folder, torch.float32)
    width, (h, w) = variant["text_encoder"]["hidden_size"], variant["latent_size"]
    samplers = [s | {"config": scheduler_of(models, s)[1]} for s in variant["samplers"]]
    settings = {key: variant[key] for key in ("prompt", "negative_prompt", "text_prompts")}
    settings |= {"vae_cases": len(variant["vae_cases"]), "unet_cases": len(variant["unet_cases"]), "samplers": samplers}
    inputs = {"in.text.ids": models.ids(variant["text_prompts"])}
    for k, (batch, rows, columns) in enumerate(variant["vae_cases"]):
        small = normal(batch, 3, rows, columns)
        image = torch.nn.functional.interpolate(small, scale_factor=8, mode="bilinear")
        inputs[f"in.vae.{k}.image"] = (0.6 * image + 0.1 * normal(*image.shape)).clamp(-1, 1)
        inputs[f"in.vae.{k}.eps"], inputs[f"in.vae.{k}.latent"] = (normal(batch, 4, rows, columns) for _ in range(2))
    for k, (rows, columns, times, length) in enumerate(variant["unet_cases"]):
        inputs[f"in.unet.{k}.sample"] = normal(len(times), 4, rows, columns)
        inputs[f"in.unet.{k}.t"] = torch.tensor(times)
        inputs[f"in.unet.{k}.context"] = normal(len(times), length, width)
    inputs["in.sample.latents"] = normal(1, 4, h, w)
    for sampler in samplers:
        if sampler.get("noise"):
            inputs[f"in.sample.{sampler['name']}.noise"] = normal(sampler["steps"], 1, 4, h, w)
    settings["ti"] = []
    for case in variant["ti"]:
        described, ids = learning_case(case, fresh(), variant, random)
        settings["ti"].append(described)
        shape, name = (20, case["batch"], 4, h, w), case["name"]
        inputs[f"in.{name}.latents"], inputs[f"in.{name}.noise"] = 0.9 * normal(*shape), normal(*shape)
        inputs[f"in.{name}.timesteps"] = torch.randint(0, 1000, shape[:2], generator=generator)
        inputs[f"in.{name}.ids"] = ids
    settings["tokenization"] = tokenization(fresh(), PROMPTS + variant["text_prompts"])
    tokenizer, words = fresh(), placeholders({"placeholder": variant["ti"][0]["placeholder"], "vectors": 2})
    tokenizer.add_tokens(words)
    a, b = words
    prompts = [f"a photo of {a}", f"a photo of {a.lower()} {b.lower()}", f"{b}{a}", f"a {b.upper()}b, {a.lower()}!",
               f"x{a}y  {a}_10", f"in the style of {a[0]} {a[1:]}, {a} {a} {b}"]
    settings["tokenization_with_placeholders"] = {
        "added_tokens": words, "added_ids": tokenizer.convert_tokens_to_ids(words),
        "prompts": tokenization(tokenizer, prompts)}
    return settings, {k: v.contiguous() for k, v in inputs.items()}


def make(out, seed, number):
    variant = VARIANTS[number]
    generator, random = torch.Generator().manual_seed(seed), numpy.random.default_rng(seed)
    folder = out / "sd1"
    write_model(folder, variant, generator)
    settings, inputs = make_inputs(folder, variant, generator, random)
    outputs, described = measure(folder, inputs, settings)
    versions = {m.__name__.lower(): m.__version__
                for m in (torch, diffusers, transformers, tokenizers, safetensors, numpy, PIL)}
    head = {"variant": f"{number}, seed {seed}", "versions": {"python": platform.python_version(), **versions}}
    write_json(folder / "reference.json", {"family": "sd1", **head, "settings": settings, "tensors": described})
    save_file({k: v.contiguous().clone() for k, v in (inputs | outputs).items()}, folder / "reference.safetensors")
    settings, tensors = golden_image.make(out / "image", random, variant["image_size"])
    described = {k: describe(v, v) for k, v in tensors.items()}
    for entry in described.values():
        entry.pop("err_per_step", None)
    write_json(out / "image/reference.json", {"family": "image", **head, "settings": settings, "tensors": described})
    save_file(tensors, out / "image/reference.safetensors")
    assert all(torch.isfinite(v).all() for v in outputs.values() if v.is_floating_point()), "an output is not finite"
    print(f"{out}: {sum(f.stat().st_size for f in out.rglob('*') if f.is_file()) / 2**20:.1f} MiB")


def check_tokens(folder, settings):
    """The stored token ids, with and without placeholders, come out again."""
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    added = settings["tokenization_with_placeholders"]
    for entries in (settings["tokenization"], added["prompts"]):
        for stored, own in zip(entries, tokenization(tokenizer, [e["text"] for e in entries])):
            assert all(stored[k] == own[k] for k in own), f"tokens of {stored['text']!r}: {own}"
        tokenizer.add_tokens(added["added_tokens"])


def check(folder):
    """Recompute a stored folder's outputs from its weights and inputs; ratio 1 is the documented tolerance."""
    reference = json.loads((folder / "reference.json").read_text())
    stored = load_file(folder / "reference.safetensors")
    inputs = {k: v for k, v in stored.items() if k.startswith("in.")}
    if reference["family"] == "image":
        outputs, described = golden_image.compute(folder, reference["settings"]), {}
    else:
        outputs, described = measure(folder, inputs, reference["settings"])
        check_tokens(folder, reference["settings"])
    worst, ratios = 0.0, []
    for name, got in outputs.items():
        if name not in stored:
            continue
        want, entry = stored[name], reference["tensors"][name]
        found, expected = (got.shape, got.dtype), (want.shape, want.dtype)
        assert found == expected, f"{name}: {found}, stored {expected}"
        limit = 10 * entry.get("err", 0.0) + 4e-6 * entry.get("max_abs", 0.0)
        difference = (got.double() - want.double()).abs().max().item() if got.numel() else 0.0
        ratio = 0.0 if difference == 0 else difference / limit if limit else float("inf")
        ratios.append((ratio, name, difference, entry.get("err"), described.get(name, {}).get("err")))
        worst = max(worst, ratio)
    for ratio, name, difference, err, own in sorted(ratios, key=lambda r: -r[0])[:12]:
        print(f"{ratio:8.4f}  {name}: off by {difference:.3g}; stored err {err}, recomputed err {own}")
    missing = [k for k in stored if k.startswith("out.") and k not in outputs]
    print(f"{folder}: {len(ratios)} tensors, largest ratio {worst:.4f}; not recomputed: {missing}")
    return worst < 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variant", type=int, choices=sorted(VARIANTS), default=1)
    parser.add_argument("--check", type=Path, nargs="*", help="family folders to recompute instead")
    arguments = parser.parse_args()
    if arguments.check:
        sys.exit(0 if all([check(folder) for folder in arguments.check]) else 1)
    if not arguments.out:
        parser.error("--out or --check is needed")
    make(arguments.out, arguments.seed, arguments.variant)


if __name__ == "__main__":
    main()
