"""A word learned by diffusers' classes with the paper's recipe, to be timed beside the program: AdamW at 0.02, batches of
4, the whole token table trained and all rows but one put back, every picture encoded anew in every step, as in diffusers'
`examples/textual_inversion`. It downloads nothing.

Writes `NNNNNN.safetensors` (one vector under the word's name) at the steps of --keep, and a line of JSON for each: the step
and the seconds since this script began to load the model; importing the libraries is not counted.

    pip install torch diffusers transformers safetensors pillow
    python3 learn_torch.py --model DIR --images DIR --word '<cat-toy>' --init cat --out DIR --steps 1000 --keep 10,20,50
"""
import argparse
import json
import pathlib
import random
import time

import diffusers
import numpy
import torch
import transformers
from PIL import Image, ImageOps
from safetensors.torch import save_file

THING = [
    "a photo of a {}", "a rendering of a {}", "a cropped photo of the {}", "the photo of a {}", "a photo of a clean {}",
    "a photo of a dirty {}", "a dark photo of the {}", "a photo of my {}", "a photo of the cool {}",
    "a close-up photo of a {}", "a bright photo of the {}", "a cropped photo of a {}", "a photo of the {}",
    "a good photo of the {}", "a photo of one {}", "a close-up photo of the {}", "a rendition of the {}",
    "a photo of the clean {}", "a rendition of a {}", "a photo of a nice {}", "a good photo of a {}",
    "a photo of the nice {}", "a photo of the small {}", "a photo of the weird {}", "a photo of the large {}",
    "a photo of a cool {}", "a photo of a small {}",
]
STYLE = [
    "a painting in the style of {}", "a rendering in the style of {}", "a cropped painting in the style of {}",
    "the painting in the style of {}", "a clean painting in the style of {}", "a dirty painting in the style of {}",
    "a dark painting in the style of {}", "a picture in the style of {}", "a cool painting in the style of {}",
    "a close-up painting in the style of {}", "a bright painting in the style of {}",
    "a cropped painting in the style of {}", "a good painting in the style of {}",
    "a close-up painting in the style of {}", "a rendition in the style of {}", "a nice painting in the style of {}",
    "a small painting in the style of {}", "a weird painting in the style of {}", "a large painting in the style of {}",
]


def pictures(folder, side):
    """`[n, 3, side, side]` in -1 to 1: the middle square of each, resized."""
    found = []
    for path in sorted(p for p in pathlib.Path(folder).iterdir() if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp")):
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        picture = ImageOps.fit(picture, (side, side), Image.Resampling.BICUBIC)
        found.append(torch.from_numpy(numpy.asarray(picture).copy()).permute(2, 0, 1) / 127.5 - 1)
    return torch.stack(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "images", "word", "init", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--kind", choices=("object", "style"), default="object")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--keep", default="")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    keep = {int(step) for step in given.keep.split(",") if step} | {given.steps}
    out = pathlib.Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(given.seed)
    random.seed(given.seed)
    began = time.perf_counter()

    folder = pathlib.Path(given.model)
    tokenizer = transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer")
    part = {"torch_dtype": torch.float32}
    text = transformers.CLIPTextModel.from_pretrained(folder / "text_encoder", **part).to(given.device)
    vae = diffusers.AutoencoderKL.from_pretrained(folder / "vae", **part).to(given.device)
    unet = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet", **part).to(given.device)
    schedule = diffusers.DDPMScheduler.from_pretrained(folder / "scheduler")
    assert tokenizer.add_tokens(given.word) == 1, "the model has this word"
    text.resize_token_embeddings(len(tokenizer))
    new = tokenizer.convert_tokens_to_ids(given.word)
    first = tokenizer.encode(given.init, add_special_tokens=False)
    assert len(first) == 1, "--init must be one token"
    table = text.get_input_embeddings().weight
    with torch.no_grad():
        table[new] = table[first[0]].clone()
    for network in (vae, unet):
        network.requires_grad_(False)
    for name, weight in text.named_parameters():
        weight.requires_grad_(weight is table)
    before = table.detach().clone()
    others = torch.arange(len(tokenizer)) != new
    optimiser = torch.optim.AdamW([table], lr=given.rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2)
    images = pictures(given.images, unet.config.sample_size * 2 ** (len(vae.config.block_out_channels) - 1))
    templates = STYLE if given.kind == "style" else THING

    for step in range(1, given.steps + 1):
        rows = torch.stack([images[random.randrange(len(images))] for _ in range(4)])
        rows = torch.stack([row.flip(-1) if random.random() < 0.5 else row for row in rows]).to(given.device)
        sentences = [random.choice(templates).format(given.word) for _ in range(4)]
        ids = tokenizer(sentences, padding="max_length", truncation=True, max_length=tokenizer.model_max_length,
                        return_tensors="pt").input_ids.to(given.device)
        with torch.no_grad():
            clean = vae.encode(rows).latent_dist.sample() * vae.config.scaling_factor
        noise = torch.randn_like(clean)
        timesteps = torch.randint(0, schedule.config.num_train_timesteps, (4,), device=given.device)
        predicted = unet(schedule.add_noise(clean, noise, timesteps), timesteps, text(ids)[0]).sample
        velocity = schedule.config.prediction_type == "v_prediction"
        target = schedule.get_velocity(clean, noise, timesteps) if velocity else noise
        torch.nn.functional.mse_loss(predicted.float(), target.float()).backward()
        optimiser.step()
        optimiser.zero_grad()
        with torch.no_grad():
            table[others] = before[others]
        if step in keep:
            save_file({given.word: table[new : new + 1].detach().cpu().clone()}, out / f"{step:06}.safetensors")
            print(json.dumps({"step": step, "seconds": round(time.perf_counter() - began, 3)}), flush=True)


if __name__ == "__main__":
    main()
