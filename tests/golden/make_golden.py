"""Write another tree of golden numbers, with the layout of tests/golden, from PyTorch, diffusers and transformers.

The Rust tests read any such tree (PSEUDOWORD_GOLDEN=DIR ./dist/test), so an error that hides behind one model's sizes
shows up with another's. Models are tiny and random, norms and biases included: a mistake anywhere changes the outputs.
The program itself never needs this script.

    pip install torch diffusers transformers safetensors pillow
    python3 make_golden.py --out DIR --seed 7 --variant 1     # variants: see golden_variants.py
    python3 make_golden.py --check sd1 sd2 sdxl ldm image     # recompute stored folders; every ratio must be < 1
    python3 make_golden.py --again sdxl                       # the same, and store what comes out
"""
import argparse
import json
import math
import platform
import re
import sys
from pathlib import Path

import diffusers
import numpy
import PIL
import safetensors
import tokenizers
import torch
import transformers
from safetensors.torch import load_file, save_file

import golden_families
import golden_image
from golden_folders import HERE, write_json, write_model
from golden_inputs import make_inputs, tokenization
from golden_reference import compute
from golden_variants import VARIANTS

# Where the distance to the float64 run is given for every step.
STEPWISE = re.compile(r".*\.(trajectory|back|(vectors|gradients)(_2)?)")


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
        if not STEPWISE.fullmatch(name):
            described[name].pop("err_per_step", None)
    return outputs, described


def write_reference(folder, family, head, settings, tensors, described):
    write_json(folder / "reference.json", {"family": family, **head, "settings": settings, "tensors": described})
    save_file({k: v.contiguous().clone() for k, v in tensors.items()}, folder / "reference.safetensors")
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 2**20
    print(f"{folder}: {len(tensors)} tensors, {size:.1f} MiB", flush=True)


def make_pictures(folder, variant, random, head):
    settings, tensors = golden_image.make(folder, random, variant["size"])
    described = {k: describe(v, v) for k, v in tensors.items()}
    for entry in described.values():
        entry.pop("err_per_step", None)
    write_reference(folder, "image", head, settings, tensors, described)


def make_family(folder, family, variant, generator, random, head):
    write_model(folder, family, variant, generator)
    settings, inputs = make_inputs(folder, family, variant, generator, random)
    outputs, described = measure(folder, inputs, settings)
    broken = [k for k, v in outputs.items() if v.is_floating_point() and not torch.isfinite(v).all()]
    assert not broken, f"{family}: not finite: {broken}"
    write_reference(folder, family, head, settings, inputs | outputs, described)


def make(out, seed, number, chosen):
    """Every family has random numbers of its own, so that each can be made again alone."""
    versions = {m.__name__.lower(): m.__version__
                for m in (torch, diffusers, transformers, tokenizers, safetensors, numpy, PIL)}
    head = {"variant": f"{number}, seed {seed}", "versions": {"python": platform.python_version(), **versions}}
    for index, (family, variant) in enumerate(VARIANTS[number].items()):
        if family not in chosen:
            continue
        own = 100 * seed + index
        generator, random = torch.Generator().manual_seed(own), numpy.random.default_rng(own)
        if family == "image":
            make_pictures(out / family, variant, random, head)
        else:
            make_family(out / family, family, variant, generator, random, head)


def check_tokens(folder, settings):
    """The stored token ids, with and without placeholders, come out again."""
    readers = golden_families.open_tokenizers(folder)
    lists = [(t, settings[f"tokenization{suffix}"]) for t, suffix in zip(readers, ("", "_2"))]
    placed = settings.get("tokenization_with_placeholders")
    if placed:
        extended = golden_families.open_tokenizers(folder)[0]
        extended.add_tokens(placed["added_tokens"])
        lists.append((extended, placed["prompts"]))
    for tokenizer, entries in lists:
        for stored, own in zip(entries, tokenization(tokenizer, [e["text"] for e in entries])):
            assert all(stored[k] == own[k] for k in own), f"tokens of {stored['text']!r}: {own}"
    return sum(len(entries) for _, entries in lists)


def check(folder):
    """Recompute a stored folder's outputs from its weights and inputs; ratio 1 is the documented tolerance."""
    reference = json.loads((folder / "reference.json").read_text())
    stored = load_file(folder / "reference.safetensors")
    inputs = {k: v for k, v in stored.items() if k.startswith("in.")}
    if reference["family"] == "image":
        outputs, described = golden_image.compute(folder, reference["settings"]), {}
    else:
        outputs, described = measure(folder, inputs, reference["settings"])
        print(f"{folder}: the ids of {check_tokens(folder, reference['settings'])} texts are equal")
    worst, ratios = 0.0, []
    for name, got in outputs.items():
        if name not in stored:
            continue
        want, entry = stored[name], reference["tensors"][name]
        found, expected = (got.shape, got.dtype), (want.shape, want.dtype)
        assert found == expected, f"{name}: {found}, stored {expected}"
        limit = 10 * entry.get("err", 0.0) + 4e-6 * entry.get("max_abs", 0.0)
        difference = (got.double() - want.double()).abs().max().item() if got.numel() else 0.0
        ratio = 0.0 if difference == 0 else difference / limit if limit and math.isfinite(difference) else math.inf
        ratios.append((ratio, name, difference, entry.get("err"), described.get(name, {}).get("err")))
        worst = max(worst, ratio)
    for ratio, name, difference, err, own in sorted((r for r in ratios if r[0]), key=lambda r: -r[0])[:12]:
        print(f"{ratio:8.4f}  {name}: off by {difference:.3g}; stored err {err}, recomputed err {own}")
    missing = [k for k in stored if k.startswith("out.") and k not in outputs]
    print(f"{folder}: {len(ratios)} tensors, largest ratio {worst:.4f}; not recomputed: {missing}", flush=True)
    return worst < 1 and not missing


def again(folder):
    """Store a folder's outputs anew, from its weights and inputs."""
    reference = json.loads((folder / "reference.json").read_text())
    stored = load_file(folder / "reference.safetensors")
    inputs = {k: v for k, v in stored.items() if k.startswith("in.")}
    outputs, described = measure(folder, inputs, reference["settings"])
    kept = {k: v for k, v in outputs.items() if k in stored}
    described = {k: v for k, v in described.items() if k in reference["tensors"]}
    head = {k: reference[k] for k in ("variant", "versions")}
    write_reference(folder, reference["family"], head, reference["settings"], inputs | kept, described)


def main():
    families = list(VARIANTS[1])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variant", type=int, choices=sorted(VARIANTS), default=1)
    parser.add_argument("--families", nargs="*", choices=families, default=families, help="write only these")
    parser.add_argument("--check", type=Path, nargs="*", help="family folders to recompute instead")
    parser.add_argument("--again", type=Path, nargs="*", help="family folders whose outputs to store anew")
    arguments = parser.parse_args()
    for path in arguments.again or []:
        again(path if path.is_dir() else HERE / path)
    if arguments.again:
        return
    if arguments.check:
        # Names of stored families are understood from anywhere.
        folders = [path if path.is_dir() else HERE / path for path in arguments.check]
        sys.exit(0 if all([check(folder) for folder in folders]) else 1)
    if not arguments.out:
        parser.error("--out or --check is needed")
    make(arguments.out, arguments.seed, arguments.variant, arguments.families)


if __name__ == "__main__":
    main()
