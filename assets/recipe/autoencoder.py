"""Stage 1: the autoencoder (diffusers' AutoencoderKL), first on squares of 32 pixels, at last on whole pictures.

    python3 autoencoder.py --data DIR --out DIR

Squares give four times as many steps for the same time. The loss is absolute and squared error, weighted towards
the thing, with the error of the slopes, and a little of the Kullback-Leibler term.
"""

import argparse

import numpy as np
import torch
from common import Log, Muon, Pictures, load, save, split
from diffusers import AutoencoderKL

CONFIG = dict(
    in_channels=3,
    out_channels=3,
    down_block_types=("DownEncoderBlock2D",) * 3,
    up_block_types=("UpDecoderBlock2D",) * 3,
    block_out_channels=(32, 64, 96),
    layers_per_block=1,
    latent_channels=6,
    norm_num_groups=8,
    sample_size=64,
    scaling_factor=1.0,
)
# Posteriors start narrow: exp(-5 / 2) of a standard deviation.
LOGVAR_START = -5.0
HELD_BACK = 1000


def rate(step, steps, warm=50, flat=0.5):
    """A short rise, then constant, then straight down to a fiftieth."""
    return min(1, (step + 1) / warm) * min(1, max(0.02, (1 - step / steps) / (1 - flat)))


def psnr(module, pictures, indices):
    with torch.no_grad():
        x = pictures.batch(indices)
        mean = module.quant_conv(module.encoder(x)).chunk(2, 1)[0]
        y = module.decoder(module.post_quant_conv(mean)).clamp(-1, 1)
    return (-10 * torch.log10((((y - x) / 2) ** 2).mean((1, 2, 3)))).mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True, help="the checkpoint; the log lies beside it")
    parser.add_argument("--steps", type=int, default=8500)
    parser.add_argument("--whole", type=int, default=1000, help="how many of the steps see whole pictures")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    pictures = Pictures(options.data)
    module = AutoencoderKL(**CONFIG)
    with torch.no_grad():
        module.quant_conv.bias[CONFIG["latent_channels"] :] = LOGVAR_START
    optimizer = Muon(*split(module, ("conv_in", "conv_out", "quant")), rate=0.02, adam_rate=2e-3)
    log, first = Log(options.out + ".jsonl"), 0
    if state := load(options.out):
        module.load_state_dict(state["module"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]

    def loss_of(x, mask, noise):
        with torch.autocast("cpu", torch.bfloat16):
            mean, logvar = module.quant_conv(module.encoder(x)).float().chunk(2, 1)
            logvar = logvar.clamp(-30, 20)
            y = module.decoder(module.post_quant_conv(mean + (0.5 * logvar).exp() * noise)).float()
        error, weight = y - x, 1 + mask
        slopes = error.diff(dim=3).abs().mean() + error.diff(dim=2).abs().mean()
        loss = (weight * (error.abs() + error**2)).mean() + 0.25 * slopes
        kl = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).mean()
        return loss + 3e-4 * kl, kl

    compiled = torch.compile(loss_of)
    for step in range(first, options.steps):
        generator = np.random.default_rng((1, step))
        if step < options.steps - options.whole:
            side, count = 32, 8
        else:
            side, count = pictures.size, 4
        indices = generator.integers(HELD_BACK, pictures.count, count)
        x, mask = pictures.crops(indices, side, generator)
        noise = torch.from_numpy(generator.standard_normal((count, CONFIG["latent_channels"], side // 4, side // 4), np.float32))
        loss, kl = compiled(x, mask, noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step(rate(step, options.steps))
        if step % 250 == 249 or step + 1 == options.steps:
            log(step=step + 1, loss=loss.item(), kl=kl.item(), psnr=psnr(module, pictures, np.arange(100)))
            save(options.out, {"module": module.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1})


if __name__ == "__main__":
    main()
