"""Stage 5: the trained parts as an ordinary diffusers folder in 16 bits.

    python3 export.py --data DIR --run DIR --out DIR
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from clip import VISION, clip_model
from common import Pictures, load
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig
from unet import SCHEDULE, UNET, fold, open_vae
from words import TEXT, Words, save_tokenizer, text_encoder

WEIGHTS = {"text_encoder": "model", "clip": "model", "unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model"}


def write(folder, part, tensors, config):
    folder = Path(folder) / part
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {k: v.half().contiguous() if v.is_floating_point() else v for k, v in tensors.items()}
    save_file(tensors, folder / f"{WEIGHTS[part]}.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def plain(config):
    """A configuration without what only this machine's library versions care about."""
    config = json.loads(json.dumps(config, default=str))
    return {k: v for k, v in config.items() if not k.startswith("_name") and k not in ("transformers_version", "dtype")}


def even(table, words):
    """Rows of tokens that no caption has (single bytes) get the usual norm, as they have in a large model: the
    vocabulary's norms are what a learned word is compared with."""
    known = sorted(words.ids[word] for word in words.known)
    usual = table[known].norm(dim=1).median()
    rest = torch.ones(len(table), dtype=torch.bool)
    rest[known + [words.start, words.end]] = False
    table[rest] *= usual / table[rest].norm(dim=1, keepdim=True)
    return table


def prefixed(state, prefix):
    return {k if k.startswith(prefix) else prefix + k: v for k, v in state.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    run, out = Path(options.run), Path(options.out)
    words = Words(Pictures(options.data).about["vocabulary"])

    vae = open_vae(run / "vae.pt")
    fold(vae, *torch.from_numpy(np.load(run / "moments.npy")))
    write(out, "vae", vae.state_dict(), plain(dict(vae.config)) | {"_class_name": "AutoencoderKL"})

    trained = load(run / "unet.pt")["ema"]
    unet = UNet2DConditionModel(**UNET)
    tensors = {k.removeprefix("unet."): v for k, v in trained.items() if k.startswith("unet.")}
    unet.load_state_dict(tensors)
    write(out, "unet", tensors, plain(dict(unet.config)) | {"_class_name": "UNet2DConditionModel"})

    text = text_encoder(words)
    tensors = {k.removeprefix("text_encoder."): v for k, v in trained.items() if k.startswith("text_encoder.")}
    text.load_state_dict(tensors)
    tensors = prefixed({k: v for k, v in tensors.items() if "position_ids" not in k}, "text_model.")
    name = "text_model.embeddings.token_embedding.weight"
    tensors[name] = even(tensors[name].clone(), words)
    special = dict(vocab_size=words.size, bos_token_id=words.start, eos_token_id=words.end, pad_token_id=words.end)
    config = plain(CLIPTextConfig(**TEXT, **special).to_dict())
    write(out, "text_encoder", tensors, config | {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model"})

    tensors = {k.removeprefix("clip."): v for k, v in load(run / "clip.pt")["module"].items() if k.startswith("clip.")}
    clip = clip_model(words)
    clip.load_state_dict(tensors)
    tensors = {k: v for k, v in tensors.items() if "position_ids" not in k}
    write(out, "clip", tensors, plain(clip.config.to_dict()) | {"architectures": ["CLIPModel"]})
    preprocessor = dict(
        crop_size=dict(height=64, width=64),
        do_center_crop=True,
        do_convert_rgb=True,
        do_normalize=True,
        do_rescale=True,
        do_resize=True,
        image_mean=[0.5] * 3,
        image_std=[0.25] * 3,
        image_processor_type="CLIPImageProcessor",
        resample=3,
        rescale_factor=1 / 255,
        size=dict(shortest_edge=64),
    )
    (out / "clip" / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=2) + "\n")

    for folder in (out / "tokenizer", out / "clip" / "tokenizer"):
        save_tokenizer(folder, words.known)
    (out / "scheduler").mkdir(exist_ok=True)
    schedule = dict(_class_name="DDIMScheduler", num_train_timesteps=1000, trained_betas=None, **SCHEDULE)
    (out / "scheduler" / "scheduler_config.json").write_text(json.dumps(schedule, indent=2) + "\n")
    index = dict(
        _class_name="StableDiffusionPipeline",
        _diffusers_version="0.21.4",
        # A key of Pseudoword's: what it draws best at. diffusers passes over it.
        _guidance_scale=4.0,
        feature_extractor=[None, None],
        safety_checker=[None, None],
        requires_safety_checker=None,
        scheduler=["diffusers", "DDIMScheduler"],
        text_encoder=["transformers", "CLIPTextModel"],
        tokenizer=["transformers", "CLIPTokenizer"],
        unet=["diffusers", "UNet2DConditionModel"],
        vae=["diffusers", "AutoencoderKL"],
    )
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{size / 1e6:.1f} MB in {out}")


if __name__ == "__main__":
    main()
