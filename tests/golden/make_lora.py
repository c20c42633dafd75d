"""LoRAs for the small reference models as trainers write them, what the networks give with them, and the gradient of
small matrices beside the attention, all by PyTorch: `lora/`. It downloads nothing.

    pip install torch diffusers transformers safetensors
    python3 make_lora.py

The products are added to the weights by hand. With `--check` (`pip install peft accelerate`) diffusers' own
`load_lora_weights` adds them too, and how far the two are apart is printed: nothing but roundings, except in the
text encoders in kohya's names: see make_lora_text.py.
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file

from golden_families import Models

HERE = pathlib.Path(__file__).parent
WEIGHT = 0.8
RANK, ALPHA = 2, 3.0
SD1 = [
    "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
    "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0",
    "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj",
    "up_blocks.1.attentions.1.transformer_blocks.0.ff.net.2",
    "up_blocks.1.attentions.0.proj_in",
    "down_blocks.0.resnets.0.conv1",
    "down_blocks.1.resnets.0.conv_shortcut",
    "down_blocks.0.downsamplers.0.conv",
    "up_blocks.0.upsamplers.0.conv",
    "mid_block.resnets.1.time_emb_proj",
]
# With a kernel between the two, which diffusers does not read.
MIDDLE = ["up_blocks.0.resnets.1.conv2"]
SDXL = [
    "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_v",
    "down_blocks.2.attentions.0.transformer_blocks.1.attn2.to_k",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_q",
    "mid_block.resnets.0.conv1",
    "up_blocks.0.attentions.1.transformer_blocks.1.ff.net.0.proj",
    "up_blocks.0.upsamplers.0.conv",
    "down_blocks.0.downsamplers.0.conv",
    "up_blocks.1.resnets.0.conv_shortcut",
]
PEFT = [name for name in SD1 if "attn" in name]
TEXT = ["encoder.layers.0.self_attn.q_proj", "encoder.layers.1.mlp.fc1"]


def original(name):
    """The name in the original layout, for one layer in each down block (sgm's `input_blocks` and so on)."""
    p = name.split(".")
    inner = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
             "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
    if p[0] == "mid_block":
        return ".".join(["middle_block", "1"] + p[3:]) if p[1] == "attentions" else \
            ".".join(["middle_block", str(2 * int(p[2])), inner[p[3]]])
    level, kind, layer = int(p[1]), p[2], int(p[3])
    if p[0] == "down_blocks":
        at = 2 * level + (2 if kind == "downsamplers" else 1 + layer)
        return ".".join(["input_blocks", str(at)] + {
            "resnets": lambda: ["0", inner[p[4]]], "attentions": lambda: ["1"] + p[4:],
            "downsamplers": lambda: ["0", "op"]}[kind]())
    at = 2 * level + (1 if kind == "upsamplers" else layer)
    return ".".join(["output_blocks", str(at)] + {
        "resnets": lambda: ["0", inner[p[4]]], "attentions": lambda: ["1"] + p[4:],
        "upsamplers": lambda: ["2", "conv"]}[kind]())


def flat(name):
    return name.replace(".", "_")


def find(model, name):
    """The module of this name, with whatever is in front of it."""
    return next(m for n, m in model.named_modules() if n == name or n.endswith("." + name))


def layer(weight, rank, middle, generator):
    """`down`, `mid` and `up` for a weight, as kohya's scripts and LyCORIS shape them."""
    new = lambda *shape: torch.randn(shape, generator=generator) * 0.2
    outputs, inputs, kernel = weight.shape[0], weight.shape[1], tuple(weight.shape[2:])
    ones = (1,) * len(kernel)
    if middle:
        return new(rank, inputs, *ones), new(rank, rank, *kernel), new(outputs, rank, *ones)
    return new(rank, inputs, *kernel), None, new(outputs, rank, *ones)


def product(down, mid, up):
    down, up = down.double(), up.double()
    if mid is not None:
        return torch.einsum("op,pqkl,qi->oikl", up[:, :, 0, 0], mid.double(), down[:, :, 0, 0])
    return torch.einsum("or,r...->o...", up.flatten(1), down)


def make(folder, unet_names, prefix, text_prefixes, middle, seed, text=TEXT, every=False):
    """Tensors of a file in kohya's names, and what each adds: by part and module."""
    models = Models(folder, torch.float32)
    generator = torch.Generator().manual_seed(seed)
    tensors, added = {}, {}
    places = [("unet", models.unet, name, prefix + flat(original(name) if prefix_is_original(folder) else name))
              for name in unet_names + middle]
    for k, (encoder, start) in enumerate(zip(models.encoders, text_prefixes)):
        places += [(k, encoder, name, start + "text_model_" + flat(name)) for name in text]
    for index, (part, model, name, key) in enumerate(places):
        rank = 2 + index % 2
        weight = find(model, name).weight
        down, mid, up = layer(weight, rank, name in middle, generator)
        # Some numbers in 16 bits, as most files have them.
        if index % 3 == 0:
            down, up = down.half(), up.half()
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = down, up
        if mid is not None:
            tensors[f"{key}.lora_mid.weight"] = mid
        alpha = rank
        if every or index % 4 != 3:
            alpha = 1.5
            tensors[f"{key}.alpha"] = torch.tensor(alpha)
        added[(part, name)] = product(down, mid, up) * (alpha / rank)
    return tensors, added


def prefix_is_original(folder):
    return folder.name == "sdxl"


def peft(folder, seed):
    models = Models(folder, torch.float32)
    generator = torch.Generator().manual_seed(seed)
    tensors, added = {}, {}
    places = [("unet", models.unet, name, f"unet.{name}") for name in PEFT]
    places += [(0, models.encoders[0], name, f"text_encoder.text_model.{name}") for name in TEXT]
    for part, model, name, key in places:
        down, _, up = layer(find(model, name).weight, 2, False, generator)
        tensors[f"{key}.lora_A.weight"], tensors[f"{key}.lora_B.weight"] = down, up
        added[(part, name)] = product(down, None, up)
    return tensors, added


def outputs(folder, added, weight, dtype):
    models = Models(folder, dtype)
    for (part, name), delta in added.items():
        module = find(models.unet if part == "unet" else models.encoders[part], name)
        module.weight.data += (weight * delta).reshape(module.weight.shape).to(dtype)
    return run(models, folder)


def run(models, folder):
    given = load_file(folder / "reference.safetensors")
    added = [models.real(given[f"in.unet.0.{n}"]) for n in ("pooled", "time_ids") if f"in.unet.0.{n}" in given]
    with torch.no_grad():
        unet = models.predict(
            models.real(given["in.unet.0.sample"]), given["in.unet.0.t"], models.real(given["in.unet.0.context"]), *added)
        context, pooled = models.encode([given[f"in.text.ids{suffix}"] for suffix in models.suffixes])
    return {"unet": unet, "context": context} | ({} if pooled is None else {"pooled": pooled})


def by_diffusers(folder, file, weight):
    """The same by diffusers' own reader."""
    import diffusers

    models = Models(folder, torch.float32)
    parts = dict(unet=models.unet, vae=models.vae, scheduler=diffusers.DDIMScheduler.from_config(models.schedule))
    parts |= dict(text_encoder=models.encoders[0], tokenizer=models.tokenizers[0])
    if models.family == "sdxl":
        parts |= dict(text_encoder_2=models.encoders[1], tokenizer_2=models.tokenizers[1])
        pipeline = diffusers.StableDiffusionXLPipeline(**parts)
    else:
        pipeline = diffusers.StableDiffusionPipeline(
            **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipeline.load_lora_weights(str(file), adapter_name="lora")
    pipeline.set_adapters(["lora"], [weight])
    return run(models, folder)


def gradient(folder, dtype):
    """Loss and gradient of matrices beside all attention, on the first batch of the reference's learning."""
    models = Models(folder, dtype)
    reference = json.loads((folder / "reference.json").read_text())
    models.time_ids = reference["settings"]["time_ids"]
    given = load_file(folder / "reference.safetensors")
    generator = torch.Generator().manual_seed(7)
    modules = dict(models.unet.named_modules())
    order = lambda n: (["down_blocks", "mid_block", "up_blocks"].index(n.split(".")[0]),)
    names = [n for n in modules if n.split(".")[-1] in ("to_q", "to_k", "to_v") or n.endswith("to_out.0")]
    names.sort(key=order)
    leaves = []
    for name in names:
        outs, ins = modules[name].weight.shape
        down = (torch.randn((RANK, ins), generator=generator) * 0.2).to(dtype).requires_grad_()
        up = (torch.randn((outs, RANK), generator=generator) * 0.2).to(dtype).requires_grad_()
        leaves += [down, up]
        modules[name].register_forward_hook(
            lambda _m, x, y, down=down, up=up: y + ALPHA / RANK * (x[0] @ down.T @ up.T))
    step = "out.ti1.step0."
    context = [models.real(given[step + n]) for n in ("context", "pooled") if step + n in given]
    noisy, target = models.real(given[step + "noisy_latents"]), models.real(given[step + "target"])
    loss = ((models.predict(noisy, given["in.ti1.timesteps"][0], *context) - target) ** 2).mean()
    loss.backward()
    join = lambda tensors: torch.cat([tensor.flatten() for tensor in tensors])
    print(folder.name, "order of the layers:", names[0], names[3], names[4], names[-1])
    return {"matrices": join([l.detach() for l in leaves]), "loss": loss.detach().reshape(1),
            "gradient": join([l.grad for l in leaves])}


def main():
    out = HERE / "lora"
    out.mkdir(exist_ok=True)
    tensors, about = {}, {}

    def keep(name, single, double):
        for key, value in single.items():
            exact = double[key]
            tensors[f"{name}.{key}"] = value.float().contiguous()
            about[f"{name}.{key}"] = {
                "max_abs": exact.abs().max().item(), "err": (value.double() - exact).abs().max().item()}

    kohya = lambda family, names, starts, middle, seed: make(
        HERE / family, names, "lora_unet_", starts, middle, seed)
    files = {
        "sd1_kohya": ("sd1", kohya("sd1", SD1, ["lora_te_"], MIDDLE, 1)),
        "sd1_peft": ("sd1", peft(HERE / "sd1", 2)),
        "sdxl_kohya": ("sdxl", kohya("sdxl", SDXL, ["lora_te1_", "lora_te2_"], [], 3)),
    }
    for name, (family, (file, added)) in files.items():
        path = out / f"{name}.safetensors"
        save_file(file, path, metadata={"ss_network_module": "networks.lora"} if "kohya" in name else None)
        keep(name, *(outputs(HERE / family, added, WEIGHT, dtype) for dtype in (torch.float32, torch.float64)))
        if "--check" in sys.argv:
            part = {k: v for k, v in file.items() if not any(flat(m) in k for m in MIDDLE)}
            # Where only some layers have an alpha, diffusers gives theirs to the others; all other programs the rank.
            for key in [k for k in part if k.endswith(".lora_down.weight")]:
                rank = torch.tensor(float(part[key].shape[0]))
                part.setdefault(key.replace(".lora_down.weight", ".alpha"), rank)
            known = {k: v for k, v in added.items() if k[1] not in MIDDLE}
            save_file(part, "/tmp/make_lora_check.safetensors")
            theirs = by_diffusers(HERE / family, "/tmp/make_lora_check.safetensors", WEIGHT)
            ours = outputs(HERE / family, known, WEIGHT, torch.float32)
            for key in ours:
                apart = (ours[key] - theirs[key]).abs().max().item()
                print(f"{name} {key}: by hand and by diffusers {apart:.2e} apart of {ours[key].abs().max():.2f}")
    for family in ("sd1", "sdxl"):
        keep(f"{family}_learn", *(gradient(HERE / family, dtype) for dtype in (torch.float32, torch.float64)))
    save_file(tensors, out / "reference.safetensors")
    text = json.dumps({"settings": {"weight": WEIGHT, "rank": RANK, "alpha": ALPHA}, "tensors": about}, indent=1)
    (out / "reference.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
