"""Writes the model folder of one golden family: random weights in the layout that published models have."""
import json
import re
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import LDMBertConfig
from safetensors.torch import save_file
from transformers import CLIPTextConfig

import golden_families

HERE = Path(__file__).parent
# The VAE attention's names, and what they were called before diffusers 0.17.
FORMER = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
CONFIGS = {
    "CLIPTextModel": (CLIPTextConfig, "clip_text_model"), "LDMBertModel": (LDMBertConfig, "ldmbert"),
    "CLIPTextModelWithProjection": (CLIPTextConfig, "clip_text_model"),
}


def randomise(model, generator):
    """Weights of gain 1 (1.5 for queries and keys, 0.5 for the last convolution), norms near 1, biases near 0."""
    for name, parameter in model.named_parameters():
        value = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 1:
            norm_scale = "norm" in name and name.endswith("weight")
            value = 1 + 0.15 * value if norm_scale else 0.1 * value
        elif re.search("token_embedding|embed_tokens", name):
            value *= 0.25
        elif re.search("position_embedding|embed_positions", name):
            value *= 0.1
        else:
            gain = 1.5 if re.search(r"\.(to_|)[qk](_proj|)\.weight", name) else 0.5 if "conv_out" in name else 1.0
            value *= gain / (parameter[0].numel() ** 0.5)
        parameter.data = value
    return model


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=True) + "\n")


def write_weights(folder, name, weights, shards=1):
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


def write_encoder(folder, kind, described, variant, generator):
    """A text encoder. Its class says which configuration and which prefix of the names belong to it."""
    config_kind, model_type = CONFIGS[kind.__name__]
    model = randomise(kind(config_kind(**described)), generator)
    config = described if variant["sparse"] else {k: v for k, v in model.config.to_dict().items() if v is not None}
    write_json(folder / "config.json", {**config, "architectures": [kind.__name__], "model_type": model_type})
    weights = {k: v for k, v in model.state_dict().items() if not k.endswith("position_ids")}
    if model_type == "clip_text_model":
        inner = ("text_model.", "text_projection.")
        weights = {k if k.startswith(inner) else f"text_model.{k}": v for k, v in weights.items()}
        if variant["old_names"]:
            weights["text_model.embeddings.position_ids"] = torch.arange(77).unsqueeze(0)
    write_weights(folder, "model", weights)


def write_network(folder, kind, described, variant, generator, shards=1):
    """The U-Net or the autoencoder."""
    model = randomise(kind(**described), generator)
    config = described if variant["sparse"] else {k: v for k, v in model.config.items() if not k.startswith("_")}
    write_json(folder / "config.json", {"_class_name": kind.__name__, **config})
    weights = model.state_dict()
    if kind is AutoencoderKL and variant["old_names"]:
        for new, old in FORMER.items():
            weights = {k.replace(f"attentions.0.{new}.", f"attentions.0.{old}."): v for k, v in weights.items()}
    write_weights(folder, "diffusion_pytorch_model", weights, shards)


def write_model(folder, family, variant, generator):
    """The whole folder; tokenizers and the index of parts are those of the stored folder of the same family."""
    stored = HERE / family
    _, tokenizers, encoders, vae = golden_families.parts(stored)
    for name, _ in tokenizers:
        shutil.copytree(stored / name, folder / name, dirs_exist_ok=True)
    index = json.loads((stored / "model_index.json").read_text())
    index["scheduler"][1] = variant["scheduler"]["_class_name"]
    write_json(folder / "model_index.json", index)
    write_json(folder / "scheduler/scheduler_config.json", variant["scheduler"])
    for (name, kind), described in zip(encoders, variant["encoders"], strict=True):
        write_encoder(folder / name, kind, described, variant, generator)
    write_network(folder / "unet", UNet2DConditionModel, variant["unet"], variant, generator, variant["shards"])
    write_network(folder / vae, AutoencoderKL, variant["vae"], variant, generator)
