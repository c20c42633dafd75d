"""Write edit/: Blended Latent Diffusion by the rules of its published code (omriav/blended-latent-diffusion) on the small
models, with all noise given, and a U-Net of nine channels drawing as it was trained.

`out.ldm.m<masks>.s<skipped steps>.p<per cent in pixels>.trajectory` follows `ldm/models/diffusion/ddim.py`, `out.sd.trajectory`
`scripts/text_editing_SDXL.py` with 25 % of the schedule jumped, `out.nine.trajectory` diffusers' inpainting pipeline with the
mean of the masked picture's latents: the latents after each step, blended where they are blended after it. `out.tiles.latents`
are drawn by MultiDiffusion in three tiles, which fade into each other; `out.fit.latents` are `in.posterior`, fitted to what
they are decoded to in the mask and to the picture around it as `ldm/image_reconstruction.py` does, `out.fit.loss` before that.
`out.decoder` is the same where the decoder's weights are fitted and not the latents, `out.last` its last block alone.

    pip install torch diffusers transformers safetensors
    python3 make_edit.py
"""
import copy
import json

import torch
from diffusers import DDIMScheduler
from safetensors.torch import save_file

from golden_families import Models
from golden_folders import HERE
from make_golden import describe

STEPS, GUIDANCE, TURNS, FITTING, DECODER = 20, 5.0, 20, 6, 4
PROMPT, NEGATIVE = "a photo of a cat", ""
# Two by three cells of a mask, in pixels.
ROWS, COLUMNS = slice(24, 40), slice(16, 40)


def inputs():
    random = torch.Generator().manual_seed(20220606)
    normal = lambda *shape: torch.randn(shape, generator=random)
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., ROWS, COLUMNS] = 1
    smooth = torch.nn.functional.interpolate(normal(1, 3, 9, 9), (64, 64), mode="bicubic")
    return {
        "in.image": (smooth / 2).clamp(-1, 1), "in.mask": mask, "in.start": normal(1, 4, 8, 8),
        "in.posterior": normal(1, 4, 8, 8), "in.blend": normal(TURNS, 1, 4, 8, 8),
        "in.pixels": normal(TURNS, 1, 4, 8, 8), "in.again": normal(TURNS, 1, 4, 8, 8), "in.tiles": normal(1, 4, 8, 17),
    }


def dilated(mask, size):
    """`scipy.ndimage.binary_dilation` with a square of ones."""
    return torch.nn.functional.max_pool2d(mask, size, stride=1, padding=size // 2)


def ddim(models, steps):
    scheduler = DDIMScheduler.from_config(models.schedule)
    scheduler.set_timesteps(steps)
    return scheduler


def noised(models, clean, noise, t):
    level = torch.cumprod(1 - torch.linspace(
        models.schedule["beta_start"] ** 0.5, models.schedule["beta_end"] ** 0.5, 1000, dtype=torch.float64) ** 2, 0)[int(t)]
    return level.sqrt().to(models.dtype) * clean + (1 - level).sqrt().to(models.dtype) * noise


def posterior(models, image, noise):
    found = models.vae.encode(image).latent_dist
    return (found.mean + torch.exp(found.logvar / 2) * noise) * models.vae.config.scaling_factor


def by_ldm(models, given, at, count, skip, share):
    image, pixels = at["in.image"], at["in.mask"]
    scheduler = ddim(models, STEPS)
    times = scheduler.timesteps[skip:]
    mask = pixels[..., 4::8, 4::8]
    masks = [dilated(mask, 3 + 2 * i) for i in reversed(range(count - 1))] + [mask]
    source = posterior(models, image, at["in.posterior"])
    latents, states = noised(models, source, at["in.start"], times[0]), []
    cutoff = int(len(times) * (1 - share))
    for i, t in enumerate(times):
        if i < cutoff:
            now = masks[i // (len(times) // len(masks) + 1)]
            latents = noised(models, source, at["in.blend"][i], t) * (1 - now) + now * latents
        result = scheduler.step(models.guided(latents, t, given, GUIDANCE), t, latents)
        latents = result.prev_sample
        if i >= cutoff:
            joined = models.decode(result.pred_original_sample) * pixels + image * (1 - pixels)
            latents = noised(models, posterior(models, joined, at["in.pixels"][i]), at["in.again"][i], t)
        states.append(latents)
    return torch.cat(states)


def by_sd(models, given, at):
    scheduler = ddim(models, STEPS)
    source, mask = models.encode_picture(at["in.image"]), at["in.mask"][..., 4::8, 4::8]
    times = scheduler.timesteps[int(STEPS * 0.25):]
    latents, states = noised(models, source, at["in.start"], times[0]), []
    for i, t in enumerate(times):
        latents = scheduler.step(models.guided(latents, t, given, GUIDANCE), t, latents).prev_sample
        latents = latents * mask + noised(models, source, at["in.blend"][i], t) * (1 - mask)
        states.append(latents)
    return torch.cat(states)


def by_tiles(models, given, at):
    """Tiles of eight columns from 0, 4 and 9: next to a neighbour the outer two columns count for a quarter and three."""
    rise = torch.tensor([0.25, 0.75] + 6 * [1.0], dtype=models.dtype)
    windows = {0: rise.flip(0), 4: rise * rise.flip(0), 9: rise}
    scheduler, latents = ddim(models, STEPS), at["in.tiles"]
    for t in scheduler.timesteps:
        predicted, counts = torch.zeros_like(latents), torch.zeros_like(latents)
        for left, window in windows.items():
            predicted[..., left:left + 8] += window * models.guided(latents[..., left:left + 8], t, given, GUIDANCE)
            counts[..., left:left + 8] += window
        latents = scheduler.step(predicted / counts, t, latents).prev_sample
    return latents


def by_fit(models, at, latents, learned, rate, steps):
    """The loss before each step of fitting what is learned, in place."""
    mask, drawn, losses = at["in.mask"], models.decode(at["in.posterior"]), []
    optimizer, error = torch.optim.Adam(learned, lr=rate), torch.nn.functional.mse_loss
    with torch.enable_grad():
        for _ in range(steps):
            optimizer.zero_grad()
            shown = models.decode(latents)
            loss = error(drawn * mask, shown * mask) + 100 * error(at["in.image"] * (1 - mask), shown * (1 - mask))
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
    return torch.stack(losses)


def by_latents(models, at):
    fitted = at["in.posterior"].clone().requires_grad_()
    losses = by_fit(models, at, fitted, [fitted], 0.1, FITTING)
    return fitted.detach(), losses


def by_decoder(models, at, part):
    """The weights of the decoder, or of what `part` gives of it, as they are again afterwards."""
    decoder = models.vae.decoder
    models.vae.decoder = copy.deepcopy(decoder)
    learned = [weight.requires_grad_() for module in part(models.vae.decoder) for weight in module.parameters()]
    losses = by_fit(models, at, at["in.posterior"], learned, 1e-4, DECODER)
    shown = models.decode(at["in.posterior"]).detach()
    models.vae.decoder = decoder
    return shown, losses


def widened(models):
    """The same network with five more channels, whose weights are those of a wave."""
    conv = models.unet.conv_in
    added = torch.arange(conv.out_channels * 5 * 9, dtype=torch.float64)
    added = (0.1 * torch.sin(0.7 * added)).float().reshape(conv.out_channels, 5, 3, 3)
    wide = torch.nn.Conv2d(9, conv.out_channels, 3, padding=1)
    wide.weight.data, wide.bias.data = torch.cat([conv.weight.data, added.to(models.dtype)], 1), conv.bias.data
    models.unet.conv_in = wide.to(models.dtype).requires_grad_(False)


def by_nine(models, given, at):
    widened(models)
    scheduler = ddim(models, STEPS)
    mask, masked = at["in.mask"][..., 4::8, 4::8], models.encode_picture(at["in.image"] * (at["in.mask"] < 0.5))
    latents, states = at["in.start"] * scheduler.init_noise_sigma, []
    for t in scheduler.timesteps:
        told = lambda rows: torch.cat([rows, mask, masked], 1)
        negative, positive = (models.unet(told(latents), t, given[0][k:k + 1]).sample for k in (0, 1))
        latents = scheduler.step(negative + GUIDANCE * (positive - negative), t, latents).prev_sample
        states.append(latents)
    return torch.cat(states)


def compute(given_inputs, dtype):
    out = {}
    with torch.no_grad():
        at = {name: value.to(dtype) for name, value in given_inputs.items()}
        for family in ("ldm", "sd1"):
            models = Models(HERE / family, dtype)
            given = models.encode(models.ids([NEGATIVE, PROMPT]))
            if family == "ldm":
                for count, skip, share in ((m, s, p) for m in (1, 4) for s in (0, 10) for p in (0, 0.1)):
                    name = f"out.ldm.m{count}.s{skip}.p{int(100 * share)}.trajectory"
                    out[name] = by_ldm(models, given, at, count, skip, share)
            else:
                out["out.sd.trajectory"] = by_sd(models, given, at)
                out["out.tiles.latents"] = by_tiles(models, given, at)
                out["out.fit.latents"], out["out.fit.loss"] = by_latents(models, at)
                out["out.decoder.picture"], out["out.decoder.loss"] = by_decoder(models, at, lambda all: [all])
                last = lambda all: [all.up_blocks[-1], all.conv_norm_out, all.conv_out]
                out["out.last.picture"], out["out.last.loss"] = by_decoder(models, at, last)
                out["out.nine.trajectory"] = by_nine(models, given, at)
    return out


def main():
    torch.set_num_threads(1)
    given = inputs()
    single, double = compute(given, torch.float32), compute(given, torch.float64)
    tensors = {name: describe(value) for name, value in given.items()}
    tensors |= {name: describe(value, double[name]) for name, value in single.items()}
    folder = HERE / "edit"
    folder.mkdir(exist_ok=True)
    settings = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "steps": STEPS, "guidance": GUIDANCE}
    (folder / "reference.json").write_text(json.dumps({"settings": settings, "tensors": tensors}, indent=1) + "\n")
    save_file(given | {name: value.contiguous() for name, value in single.items()}, folder / "reference.safetensors")


if __name__ == "__main__":
    main()
