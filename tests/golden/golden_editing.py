"""What is done with pictures at hand: DDIM inversion, and drawing inside a mask (blended latent diffusion)."""
import torch
from diffusers import DDIMInverseScheduler, DDIMScheduler


def compute_inversion(models, inputs, settings, out):
    """From a picture to its noise and back, with one prompt and without guidance."""
    case = settings["inversion"]
    given = models.encode(models.ids([case["prompt"]]))
    forward = DDIMInverseScheduler.from_config(models.schedule)
    back = DDIMScheduler.from_config(models.schedule)
    latents = out["out.inversion.start"] = models.encode_picture(inputs["in.inversion.image"])
    for name, scheduler in (("trajectory", forward), ("back", back)):
        scheduler.set_timesteps(case["steps"])
        states = []
        for t in scheduler.timesteps:
            latents = scheduler.step(models.predict(latents, t, *given), t, latents).prev_sample
            states.append(latents)
        out[f"out.inversion.{name}"] = torch.stack(states)
    out["out.inversion.timesteps"] = forward.timesteps


def compute_inpainting(models, inputs, settings, out):
    """New content where the mask is 1; outside, the source at the noise level that the latents have."""
    case = settings["inpaint"]
    source = out["out.inpaint.source"] = models.encode_picture(inputs["in.inpaint.image"])
    mask = models.real(inputs["in.inpaint.mask"])
    mask = out["out.inpaint.latent_mask"] = torch.nn.functional.interpolate(mask, source.shape[2:], mode="nearest")
    noise = models.real(inputs["in.inpaint.noise"])
    given = models.encode(models.ids([settings["negative_prompt"], settings["prompt"]]))
    scheduler = DDIMScheduler.from_config(models.schedule)
    scheduler.set_timesteps(case["steps"])
    times = list(scheduler.timesteps)
    for kind in ("next_level", "same_level", "before_step"):
        latents, states = models.real(inputs["in.inpaint.latents"]) * scheduler.init_noise_sigma, []
        for step, t in enumerate(times):
            at_level = lambda k, time: scheduler.add_noise(source, noise[k], time.reshape(1))
            if kind == "before_step":
                latents = mask * latents + (1 - mask) * at_level(step, t)
            guided = models.guided(latents, t, given, case["guidance"])
            latents = scheduler.step(guided, t, latents).prev_sample
            if kind == "same_level":
                latents = mask * latents + (1 - mask) * at_level(step, t)
            if kind == "next_level":
                kept = at_level(0, times[step + 1]) if step + 1 < len(times) else source
                latents = mask * latents + (1 - mask) * kept
            states.append(latents)
        out[f"out.inpaint.{kind}.trajectory"] = torch.stack(states)
    out["out.inpaint.before_step.image"] = models.picture(latents)
