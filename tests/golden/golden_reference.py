"""Every out.* tensor of a golden model folder, computed by the reference libraries at one precision.

Here are the networks, the samplers and what is done with pictures at hand; learning has a file of its own.
"""
import json
import re
import sys

import diffusers
import torch
from diffusers import DDIMInverseScheduler, DDIMScheduler, DDPMScheduler

import golden_learning
from golden_families import Models

# The order of additions depends on the number of threads; with one, a folder can be made again bit for bit.
torch.set_num_threads(1)

UNET_TAPS = re.compile(
    r"time_embedding|add_embedding|conv_in|conv_norm_out|mid_block|(down|up)_blocks\.\d+"
    r"|(mid_block|(down|up)_blocks\.\d+)\.(resnets\.0|attentions\.0|attentions\.\d+\.transformer_blocks\.0)"
)
VAE_TAPS = re.compile(
    r"encoder\.(down_blocks\.[23]|mid_block|conv_out)|decoder\.(conv_in|mid_block|up_blocks\.0)"
)


def taps(model, pattern, prefix, out):
    """Record the outputs of the inner modules that `pattern` names."""
    def hook(name):
        def record(_module, _inputs, output):
            out[prefix + name] = output if torch.is_tensor(output) else output[0]
        return record
    return [m.register_forward_hook(hook(n)) for n, m in model.named_modules() if pattern.fullmatch(n)]


def compute_text(models, inputs, out):
    ids = [inputs[f"in.text.ids{suffix}"] for suffix in models.suffixes]
    results = [models.run_text(k, rows) for k, rows in enumerate(ids)]
    for k, result in enumerate(results):
        for layer, hidden in enumerate(result.hidden_states):
            out[f"out.text.{k}.hidden.{layer}"] = hidden
        out[f"out.text.{k}.last"] = result.last_hidden_state
        if models.family == "ldm":
            continue
        norm = models.final_norm(k)
        out[f"out.text.{k}.penultimate_normed"] = norm(result.hidden_states[-2])
        if k == 0:
            out["out.text.0.pooled"] = result.pooler_output
        else:
            out[f"out.text.{k}.projected"] = result.text_embeds
    context, pooled = models.join(results)
    out["out.text.context"] = context
    if pooled is not None:
        out["out.text.context_pooled"] = pooled


def compute_vae(models, inputs, settings, out):
    for k in range(settings["vae_cases"]):
        image, eps, latent = (models.real(inputs[f"in.vae.{k}.{n}"]) for n in ("image", "eps", "latent"))
        hooks = taps(models.vae, VAE_TAPS, "out.vae.tap.", out) if k == 0 else []
        posterior = models.vae.encode(image).latent_dist
        out[f"out.vae.{k}.decoded"] = models.decode(latent)
        out[f"out.vae.{k}.mean"], out[f"out.vae.{k}.logvar"] = posterior.mean, posterior.logvar
        sample = posterior.mean + torch.exp(posterior.logvar / 2) * eps
        out[f"out.vae.{k}.scaled_sample"] = sample * models.vae.config.scaling_factor
        for hook in hooks:
            hook.remove()


def compute_unet(models, inputs, settings, out):
    for k in range(settings["unet_cases"]):
        names = ["sample", "t", "context"] + ["pooled", "time_ids"] * (models.family == "sdxl")
        sample, t, context, *added = (inputs[f"in.unet.{k}.{n}"] for n in names)
        hooks = taps(models.unet, UNET_TAPS, "out.unet.tap.", out) if k == 0 else []
        out[f"out.unet.{k}.out"] = models.predict(
            models.real(sample), t, models.real(context), *(models.real(a) for a in added))
        for hook in hooks:
            hook.remove()


def scheduler_of(models, sampler):
    """The sampler's diffusers scheduler and its resolved configuration."""
    scheduler = getattr(diffusers, sampler["class"]).from_config(models.schedule, **sampler.get("override", {}))
    return scheduler, {k: v for k, v in scheduler.config.items() if k != "_use_default_values"}


def sample(models, sampler, given, latents, noise=None):
    """Classifier-free guidance with the scheduler of `sampler`; `given` holds the negative row first."""
    scheduler, _ = scheduler_of(models, sampler)
    scheduler.set_timesteps(sampler["steps"])
    latents = models.real(latents) * scheduler.init_noise_sigma
    if noise is not None:
        queue = iter(models.real(noise))
        sys.modules[type(scheduler).__module__].randn_tensor = lambda *_args, **_kwargs: next(queue)
    trajectory, first = [], None
    for t in scheduler.timesteps:
        guided = models.guided(scheduler.scale_model_input(latents, t), t, given, sampler["guidance"])
        first = guided if first is None else first
        extra = {"eta": sampler["eta"]} if "eta" in sampler else {}
        latents = scheduler.step(guided, t, latents, **extra).prev_sample
        trajectory.append(latents)
    return torch.stack(trajectory), first


def without_first(given):
    """Zeros in place of the negative text, as SDXL takes an empty one."""
    def zero(rows):
        return rows if rows is None else torch.cat([torch.zeros_like(rows[:1]), rows[1:]])
    return tuple(zero(rows) for rows in given)


def compute_samples(models, inputs, settings, out):
    both = models.encode(models.ids([settings["negative_prompt"], settings["prompt"]]))
    for sampler in settings["samplers"]:
        name = sampler["name"]
        given = without_first(both) if sampler.get("zero_negative") else both
        noise = inputs.get(f"in.sample.{name}.noise")
        trajectory, first = sample(models, sampler, given, inputs["in.sample.latents"], noise)
        out[f"out.sample.{name}.trajectory"], out[f"out.sample.{name}.first_prediction"] = trajectory, first
        out[f"out.sample.{name}.image"] = models.picture(trajectory[-1])
        for steps in [4] if name == "lcm" else [10, 25, 50]:
            scheduler, _ = scheduler_of(models, sampler)
            scheduler.set_timesteps(steps)
            table = f"out.table.{name}.{steps}"
            out[f"{table}.timesteps"] = scheduler.timesteps
            out[f"{table}.init_noise_sigma"] = torch.tensor(float(scheduler.init_noise_sigma))
            if hasattr(scheduler, "sigmas"):
                out[f"{table}.sigmas"] = scheduler.sigmas


def compute_tables(models, out):
    scheduler = DDPMScheduler.from_config(models.schedule)
    out["out.table.betas"], out["out.table.alphas_cumprod"] = scheduler.betas, scheduler.alphas_cumprod
    config = scheduler.config
    power = {"scaled_linear": 0.5, "linear": 1.0}[config.beta_schedule]
    ends = config.beta_start**power, config.beta_end**power
    betas = torch.linspace(*ends, config.num_train_timesteps, dtype=torch.float64) ** (1 / power)
    out["out.table.alphas_cumprod_from_float64"] = torch.cumprod(1 - betas, 0)


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


def compute(folder, inputs, settings, dtype):
    """Every out.* tensor of a model folder at one precision."""
    models, out = Models(folder, dtype), {}
    models.time_ids = settings["time_ids"]
    with torch.no_grad():
        compute_text(models, inputs, out)
        compute_vae(models, inputs, settings, out)
        compute_unet(models, inputs, settings, out)
        compute_samples(models, inputs, settings, out)
        compute_tables(models, out)
        compute_inversion(models, inputs, settings, out)
        compute_inpainting(models, inputs, settings, out)
    golden_learning.compute_learning(models, inputs, settings, out, sample)
    return {k: v.detach() for k, v in out.items()}
