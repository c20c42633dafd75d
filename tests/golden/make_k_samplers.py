"""Writes k_samplers.json: the samplers and spacings of k-diffusion, on fixed model outputs, in 64-bit floats.

As in make_samplers.py the "network" is a list of fixed random vectors, one per call. Which numbers are whose:

- heun, dpm2, dpm2-ancestral, dpmpp-2s-ancestral, dpmpp-sde, lms, dpmpp-3m-sde, euler, euler-ancestral: k-diffusion's own
  functions. For the first three, the fifth and sixth, and euler, diffusers' class must give the same (it is checked here).
- dpmpp-2m, dpmpp-2m-sde, unipc, ddpm: diffusers' classes; the first two must be as k-diffusion's functions.
- the spacings normal, karras, exponential and beta: diffusers'. Simple, SGM uniform and Align Your Steps: written here
  after `simple_scheduler` of ComfyUI, `sgm_uniform` of A1111 and the interpolation of NVIDIA's page (see `spaced`).
- rescaled guidance: diffusers' `rescale_noise_cfg`.

Noise is one vector per call of the network. DPM++ SDE asks for noise of two spans of one Brownian path in each step: the
second is made of both of the step's vectors.

    pip install torch diffusers numpy scipy; pip install --no-deps k-diffusion torchsde torchdiffeq trampoline
    python make_k_samplers.py > k_samplers.json
        (written with diffusers 0.42.1, k-diffusion 0.1.1.post1, torch 2.15.0, numpy 2.4.6, scipy 1.17.1)
"""

import importlib.util
import json
import math
import sys
import types

import numpy as np
import torch

# Diffusers asks for float32 by name; give it float64 under that name.
torch.float32, np.float32 = torch.float64, np.float64
import diffusers  # noqa: E402
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg  # noqa: E402


def k_diffusion_sampling():
    """`k_diffusion.sampling` without the rest of the package, which wants much else."""
    folder = importlib.util.find_spec("k_diffusion").submodule_search_locations
    package, utils = types.ModuleType("k_diffusion"), types.ModuleType("k_diffusion.utils")
    package.__path__ = list(folder)
    utils.append_dims = lambda x, dims: x[(...,) + (None,) * (dims - x.ndim)]
    sys.modules.update({"k_diffusion": package, "k_diffusion.utils": utils})
    package.utils = utils
    return importlib.import_module("k_diffusion.sampling")


K = k_diffusion_sampling()
SHAPE, CALLS = (1, 1, 2, 2), 32
random = np.random.default_rng(20230926)
rows = random.standard_normal((1 + 2 * CALLS, 4)).astype("f4").astype(float).tolist()
start, predictions, noises = rows[0], rows[1 : 1 + CALLS], rows[1 + CALLS :]

SD = {
    "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "set_alpha_to_one": False, "steps_offset": 1, "clip_sample": False, "skip_prk_steps": True,
}
ZERO = {**SD, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing", "prediction_type": "v_prediction"}
SPACINGS = ("normal", "karras", "exponential", "simple", "sgm-uniform", "beta", "ays")
OPTIONS = {"karras": "use_karras_sigmas", "exponential": "use_exponential_sigmas", "beta": "use_beta_sigmas"}
AYS = {
    False: [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029],
    True: [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029],
}
# Our name: k-diffusion's function, diffusers' class and its options, whether latents are those of k-diffusion.
SAMPLERS = {
    "euler": ("euler", "EulerDiscreteScheduler", {}, True),
    "euler-ancestral": ("euler_ancestral", None, {}, True),
    "heun": ("heun", "HeunDiscreteScheduler", {}, True),
    "dpm2": ("dpm_2", "KDPM2DiscreteScheduler", {}, True),
    "dpm2-ancestral": ("dpm_2_ancestral", "KDPM2AncestralDiscreteScheduler", {}, True),
    "dpmpp-2s-ancestral": ("dpmpp_2s_ancestral", None, {}, True),
    "dpmpp-sde": ("dpmpp_sde", "DPMSolverSDEScheduler", {}, True),
    "lms": ("lms", "LMSDiscreteScheduler", {}, True),
    "dpmpp-2m": ("dpmpp_2m", "DPMSolverMultistepScheduler", {}, False),
    "dpmpp-2m-sde": ("dpmpp_2m_sde", "DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}, False),
    "dpmpp-3m-sde": ("dpmpp_3m_sde", None, {}, False),
    "unipc": (None, "UniPCMultistepScheduler", {}, False),
    "ddpm": (None, "DDPMScheduler", {}, False),
}
TWICE = ("heun", "dpm2", "dpm2-ancestral", "dpmpp-2s-ancestral", "dpmpp-sde")
NOISY = ("euler-ancestral", "dpm2-ancestral", "dpmpp-2s-ancestral", "dpmpp-sde", "dpmpp-2m-sde", "dpmpp-3m-sde")


def tensor(values):
    return torch.tensor(values, dtype=torch.float64).reshape(SHAPE)


def table(config):
    """Sigma at every training timestep."""
    return np.array(diffusers.EulerDiscreteScheduler.from_config(config).sigmas[:-1])[::-1]


def spaced(config, spacing, steps, solver, sdxl):
    """The sigmas of the steps, with the last 0."""
    name = "DPMSolverMultistepScheduler" if solver else "EulerDiscreteScheduler"
    if spacing in ("normal", *OPTIONS):
        options = {OPTIONS[spacing]: True} if spacing in OPTIONS else {}
        scheduler = getattr(diffusers, name).from_config({**config, **options})
        scheduler.set_timesteps(steps)
        return scheduler.sigmas.double()
    sigmas = table(config)
    logs = np.log(sigmas)
    if spacing == "simple":
        # comfy/samplers.py: sigs += [float(s.sigmas[-(1 + int(x * ss))])]
        ss = len(sigmas) / steps
        found = [sigmas[-(1 + int(x * ss))] for x in range(steps)]
    elif spacing == "sgm-uniform":
        # modules/sd_schedulers.py: linspace(t_max, t_min, n + 1)[:-1], and t_to_sigma of k-diffusion.
        times = np.linspace(len(sigmas) - 1, 0, steps + 1)[:-1]
        low, high = np.floor(times).astype(int), np.ceil(times).astype(int)
        found = np.exp((1 - (times - low)) * logs[low] + (times - low) * logs[high])
    else:
        # The page's loglinear_interp, to one more, of which the last becomes 0.
        levels = np.array(AYS[sdxl])
        places = np.linspace(0, 1, steps + 1)
        found = np.exp(np.interp(places, np.linspace(0, 1, len(levels)), np.log(levels[::-1])))[::-1][:-1]
    return torch.tensor([*found, 0.0], dtype=torch.float64)


class Network:
    """The fixed predictions as k-diffusion's denoiser; keeps what it is asked."""

    def __init__(self, prediction_type):
        self.prediction_type, self.seen, self.sigmas = prediction_type, [], []

    def __call__(self, x, sigma, **_):
        sigma = sigma.reshape(-1)[0]
        prediction = tensor(predictions[len(self.seen)])
        self.seen.append(x.clone())
        self.sigmas.append(float(sigma))
        if self.prediction_type == "epsilon":
            return x - sigma * prediction
        return x / (sigma**2 + 1) - prediction * sigma / (sigma**2 + 1) ** 0.5

    def noise(self, begin, end):
        """One vector per call; of a Brownian path with a call in its middle, both."""
        index = len(self.seen) - 1
        fresh = tensor(noises[index])
        middle = self.sigmas[index]
        if not self.brownian or abs(middle - float(begin)) <= 1e-12 * middle:
            return fresh
        share = (begin - middle) / (begin - end)
        return share**0.5 * tensor(noises[index - 1]) + (1 - share) ** 0.5 * fresh


def by_k_diffusion(sampler, config, sigmas):
    """The latents after each call, and the sigmas of the calls, the last 0."""
    function, _, _, native = SAMPLERS[sampler]
    network = Network(config["prediction_type"])
    network.brownian = sampler == "dpmpp-sde"
    arguments = {"noise_sampler": network.noise} if sampler in NOISY else {}
    # What diffusers calls a start of deviation 1 is a start of the first sigma here, or with signal too.
    scale = sigmas[0] if native else (1 + sigmas[0] ** 2) ** 0.5
    last = getattr(K, "sample_" + function)(network, tensor(start) * scale, sigmas, disable=True, **arguments)
    called = [*network.sigmas, 0.0]
    walk = [*network.seen[1:], last]
    if not native:
        walk = [x / (1 + s * s) ** 0.5 for x, s in zip(walk, called[1:])]
    return walk, called


def by_diffusers(sampler, config, sigmas, steps, spacing):
    """The same by diffusers' class; where `sigmas` are not its own, they are put in their place."""
    _, name, options, native = SAMPLERS[sampler]
    own = {OPTIONS[spacing]: True} if spacing in OPTIONS else {}
    scheduler = getattr(diffusers, name).from_config({**config, **options, **own})
    scheduler.set_timesteps(steps)
    if spacing not in ("normal", *OPTIONS):
        scheduler.sigmas = sigmas
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)
    module = sys.modules[type(scheduler).__module__]
    module.randn_tensor = lambda *_, **__: current
    sample = tensor(start) * (sigmas[0] if native else 1.0)
    if sampler == "dpmpp-sde":
        path = Network(None)
        path.brownian = True
        scheduler.noise_sampler = lambda begin, end: path.noise(begin, end)
    walk = []
    for index, timestep in enumerate(scheduler.timesteps):
        current = tensor(noises[index])
        scheduler.scale_model_input(sample, timestep)
        if sampler == "dpmpp-sde":
            path.seen.append(None)
            ends = scheduler.sigmas
            path.sigmas.append(float(ends[index] if index % 2 == 0 else (ends[index] * ends[index - 1]) ** 0.5))
        sample = scheduler.step(tensor(predictions[index]), timestep, sample).prev_sample
        walk.append(sample)
    return walk


def flat(walk):
    return np.array([x.numpy().flatten() for x in walk])


def cases():
    for prediction_type in ("epsilon", "v_prediction"):
        config = {**SD, "prediction_type": prediction_type}
        for sampler in SAMPLERS:
            for spacing in SPACINGS if sampler != "ddpm" else SPACINGS[:1]:
                if prediction_type == "epsilon" or spacing in ("normal", "karras"):
                    yield sampler, spacing, config, 6, False
        for sampler in SAMPLERS:
            yield sampler, "normal" if sampler == "ddpm" else "karras", config, 16, False
    config = {**SD, "prediction_type": "epsilon"}
    for steps in (10, 13):
        yield "euler", "ays", config, steps, True
        yield "dpmpp-2m-sde", "ays", config, steps, True
    for sampler in SAMPLERS:
        if sampler != "unipc":
            yield sampler, "normal", ZERO, 6, False


def main():
    entries = []
    for sampler, spacing, config, steps, sdxl in cases():
        function, name, _, native = SAMPLERS[sampler]
        sigmas = None if sampler == "ddpm" else spaced(config, spacing, steps, not native, sdxl)
        called = None
        if function:
            walk, called = by_k_diffusion(sampler, config, sigmas)
            walk = flat(walk)
        if name and (spacing in ("normal", *OPTIONS) or not function):
            # Diffusers' Heun, DPM2 and LMS know no zero-SNR schedules.
            if not (config is ZERO and native and sampler != "euler"):
                theirs = flat(by_diffusers(sampler, config, [1.0] if sigmas is None else sigmas, steps, spacing))
                if function:
                    slack = 1e-9 * abs(walk).max()
                    assert np.allclose(walk, theirs, rtol=0, atol=slack), (sampler, spacing, steps, abs(walk - theirs).max())
                walk = theirs
        assert len(walk) == (2 * steps - 1 if sampler in TWICE else steps), sampler
        kept = sorted({0, 1, 2, 3, len(walk) // 2, len(walk) - 2, len(walk) - 1})
        entries.append({
            "sampler": sampler, "steps": steps, "config": {**config, "spacing": spacing}, "sdxl": sdxl,
            "calls": len(walk), "max_abs": float(f"{abs(walk).max():.4g}"),
            "sigmas": [float(f"{x:.10g}") for x in (called or ([] if sigmas is None else sigmas.tolist()))],
            "trajectory": {str(i): [float(f"{x:.9g}") for x in walk[i]] for i in kept if i < len(walk)},
        })
    rescaled = []
    for share in (0.3, 0.7, 1.0):
        guided, conditional = tensor(predictions[0]), tensor(predictions[1])
        out = rescale_noise_cfg(guided, conditional, guidance_rescale=share)
        rescaled.append({"share": share, "out": out.flatten().tolist()})
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    inputs = {"start": start, "predictions": predictions, "noises": noises, "rescaled": rescaled}
    head = ",\n".join(f'"{name}": {json.dumps(values)}' for name, values in inputs.items())
    print(f'{{{head},\n"cases": [\n{lines}\n]}}')


main()
