"""Stage 4: text encoder and U-Net together, on cached latents, with caption dropout and a running mean.

    python3 unet.py --data DIR --vae FILE --clip FILE --out FILE

The text encoder starts as the small CLIP's text tower. The network predicts the velocity (Salimans and Ho 2022,
Progressive Distillation), the schedule is Stable Diffusion's. The learning rate stays flat for the first part, and
that checkpoint is kept beside the last one (`.flat`), so that a longer run can go on from it.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
import torch
from autoencoder import CONFIG, HELD_BACK
from common import Ema, Log, Muon, Pictures, load, save, split
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from words import TEXT, MixedEmbedding, Words, encode, text_encoder

UNET = dict(
    sample_size=16,
    in_channels=CONFIG["latent_channels"],
    out_channels=CONFIG["latent_channels"],
    down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    block_out_channels=(64, 128, 192),
    layers_per_block=1,
    attention_head_dim=4,
    cross_attention_dim=TEXT["hidden_size"],
    norm_num_groups=16,
)
SCHEDULE = dict(
    beta_start=0.00085,
    beta_end=0.012,
    beta_schedule="scaled_linear",
    clip_sample=False,
    set_alpha_to_one=False,
    steps_offset=1,
    prediction_type="v_prediction",
)
EMPTY = 0.10


def open_vae(path):
    """The trained autoencoder, its latents as they came out of training; see [`fold`]."""
    vae = AutoencoderKL(**CONFIG)
    vae.load_state_dict(load(path)["module"])
    return vae.eval()


def fold(vae, mean, scale):
    """Folds a shift and a scale of the latents into the 1 x 1 convolutions on either side of them."""
    n = len(mean)
    with torch.no_grad():
        vae.quant_conv.weight[:n] /= scale[:, None, None, None]
        vae.quant_conv.bias[:n] = (vae.quant_conv.bias[:n] - mean) / scale
        vae.quant_conv.bias[n:] -= 2 * scale.log()
        vae.post_quant_conv.bias += (vae.post_quant_conv.weight[:, :, 0, 0] * mean).sum(1)
        vae.post_quant_conv.weight *= scale[None, :, None, None]


def cached_latents(vae, pictures, folder, count):
    """Means and standard deviations of the posteriors, folded to variance 1 in each channel; f16 on the disk."""
    folder = Path(folder)
    path, size = folder / "latents.npy", pictures.size // 4
    n = CONFIG["latent_channels"]
    if not path.exists():
        with torch.no_grad():
            mean = torch.cat([vae.quant_conv(vae.encoder(pictures.batch(np.arange(i, i + 50))))[:, :n] for i in range(0, 1000, 50)])
        moments = torch.stack([mean.mean((0, 2, 3)), mean.std((0, 2, 3))])
        np.save(folder / "moments.npy", moments.numpy())
        fold(vae, *moments)
        part = np.lib.format.open_memmap(folder / "part.npy", "w+", np.float16, (count, 2 * n, size, size))
        encode_pictures = torch.compile(lambda x: vae.quant_conv(vae.encoder(x)))
        for start in range(0, count, 100):
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                moments = encode_pictures(pictures.batch(np.arange(start, start + 100))).float()
            moments[:, n:] = (0.5 * moments[:, n:].clamp(-30, 20)).exp()
            part[start : start + 100] = moments.numpy()
        part.flush()
        shutil.move(folder / "part.npy", path)
    else:
        fold(vae, *torch.from_numpy(np.load(folder / "moments.npy")))
    return np.load(path, mmap_mode="r")


def rate(step, steps, flat, warm=100):
    return min(1, (step + 1) / warm) * min(1, max(0.0, (1 - step / steps) / (1 - flat)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--vae", required=True)
    parser.add_argument("--clip", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=3200)
    parser.add_argument("--flat", type=float, default=0.75, help="the part of the run at full learning rate")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--count", type=int, default=40000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(4)
    pictures = Pictures(options.data)
    words, captions = Words(pictures.about["vocabulary"]), pictures.captions()
    vae = open_vae(options.vae)
    latents = cached_latents(vae, pictures, Path(options.out).parent, options.count)
    text = text_encoder(words)
    tower = {k.removeprefix("clip.text_model."): v for k, v in load(options.clip)["module"].items() if k.startswith("clip.text_model.")}
    own = text.state_dict()
    text.load_state_dict({k: tower[k.removeprefix("text_model.")] for k in own})
    embedding = mix_embedding_of(text)
    unet = UNet2DConditionModel(**UNET)
    both = torch.nn.ModuleDict({"text_encoder": text, "unet": unet})
    matrices, others = split(both, ("conv_in", "conv_out", "time_emb"))
    optimizer = Muon(matrices, others, rate=0.02, adam_rate=1e-3)
    ema = Ema(both, 0.999)
    log, first = Log(options.out + ".jsonl"), 0
    if state := load(options.out):
        both.load_state_dict(state["module"])
        optimizer.load_state_dict(state["optimizer"])
        ema.mean, ema.count, first = state["ema"], state["step"], state["step"]
    print(sum(p.numel() for p in unet.parameters()) / 1e6, "M in the U-Net", flush=True)
    alphas = DDIMScheduler(**SCHEDULE).alphas_cumprod
    n = CONFIG["latent_channels"]

    def drawn(indices, generator):
        moments = torch.from_numpy(latents[indices].astype(np.float32))
        noise = torch.from_numpy(generator.standard_normal((2, len(indices), n, 16, 16), np.float32))
        return moments[:, :n] + moments[:, n:] * noise[0], noise[1]

    def loss_of(z, noise, times, context):
        a = alphas[times][:, None, None, None]
        noisy, wanted = a.sqrt() * z + (1 - a).sqrt() * noise, a.sqrt() * noise - (1 - a).sqrt() * z
        with torch.autocast("cpu", torch.bfloat16):
            velocity = unet(noisy, times, context).sample
        return ((velocity.float() - wanted) ** 2).mean((1, 2, 3))

    compiled = torch.compile(loss_of)

    def measured():
        """The loss on pictures held back, with their own, with empty and with each other's captions."""
        backup = {k: v.clone() for k, v in both.state_dict().items()}
        both.load_state_dict(ema.mean)
        generator, result = np.random.default_rng(5), {}
        order = np.arange(240)
        z, noise = drawn(order, generator)
        times = torch.from_numpy(generator.integers(200, 1000, 240))
        texts = [captions[i][0] for i in order]
        for name, some in [("right", texts), ("empty", [""] * 240), ("shuffled", texts[1:] + texts[:1])]:
            with torch.no_grad():
                losses = []
                for i in range(0, 240, options.batch):
                    part = slice(i, i + options.batch)
                    ids, weights, _ = words.batch(some[part])
                    losses.append(compiled(z[part], noise[part], times[part], encode(text, embedding, ids, weights)))
                result[name] = torch.cat(losses).mean().item()
        both.load_state_dict(backup)
        return result

    total, counted = 0.0, 0
    for step in range(first, options.steps):
        generator = np.random.default_rng((4, step))
        indices = generator.integers(HELD_BACK, options.count, options.batch)
        texts = [captions[i][k] for i, k in zip(indices, generator.integers(0, 6, options.batch))]
        texts = [text if keep > EMPTY else "" for text, keep in zip(texts, generator.random(options.batch))]
        z, noise = drawn(indices, generator)
        # One timestep from each of as many equal parts: less chance in the loss.
        times = (np.arange(options.batch) + generator.random(options.batch)) * 1000 / options.batch
        ids, weights, _ = words.batch(texts)
        loss = compiled(z, noise, torch.from_numpy(times.astype(np.int64)), encode(text, embedding, ids, weights)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step(rate(step, options.steps, options.flat))
        ema.update(both)
        total, counted = total + loss.item(), counted + 1
        done = step + 1
        if done % 100 == 0 or done == options.steps:
            log(step=done, loss=total / counted, **(measured() if done % 400 == 0 or done == options.steps else {}))
            total, counted = 0.0, 0
        if done % 200 == 0 or done == options.steps:
            state = {"module": both.state_dict(), "optimizer": optimizer.state_dict(), "ema": ema.mean, "step": done}
            save(options.out, state)
            if done == int(options.steps * options.flat) // 200 * 200:
                shutil.copy(options.out, options.out + ".flat")


def mix_embedding_of(text):
    return next(child for child in text.modules() if isinstance(child, MixedEmbedding))


if __name__ == "__main__":
    main()
