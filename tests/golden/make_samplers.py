"""Writes samplers.json: every sampler of diffusers replayed on fixed model outputs, in 64-bit floats.

The "network" is a list of fixed random vectors, one per call, so no weights are needed and the sampler's own
arithmetic is all that is measured. `err` is the largest difference between diffusers' usual 32-bit run and the
64-bit run written here.

    pip install torch diffusers numpy        (written with diffusers 0.42.1, torch 2.15.0, numpy 2.4.6)
    python make_samplers.py > samplers.json
"""

import json
import sys

import numpy as np
import torch

SINGLE = (torch.float32, np.float32)


def use(torch_type, numpy_type):
    """Diffusers asks for float32 by name; give it another type under that name."""
    torch.float32, np.float32 = torch_type, numpy_type


SHAPE, CALLS = (1, 2, 2, 2), 26
random = np.random.default_rng(20220802)
start, *rest = (random.standard_normal((1 + 2 * CALLS, 8)).astype(SINGLE[1])).tolist()
predictions, noises = rest[:CALLS], rest[CALLS:]

SD = {
    "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "set_alpha_to_one": False, "steps_offset": 1, "clip_sample": False, "skip_prk_steps": True,
}
COSINE = {**SD, "beta_schedule": "squaredcos_cap_v2"}
LINEAR = {"num_train_timesteps": 1000, "clip_sample": False, "skip_prk_steps": True}
LEADING, TRAILING, LINSPACE = ({"timestep_spacing": name} for name in ("leading", "trailing", "linspace"))
KARRAS = {"use_karras_sigmas": True}
COSINE_KARRAS = {**COSINE, **KARRAS}
ZERO = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
CLASSES = {
    "ddim": "DDIMScheduler", "pndm": "PNDMScheduler", "euler": "EulerDiscreteScheduler",
    "euler_ancestral": "EulerAncestralDiscreteScheduler", "dpmpp_2m": "DPMSolverMultistepScheduler",
    "unipc": "UniPCMultistepScheduler", "lcm": "LCMScheduler",
}


def cases():
    for prediction_type in ("epsilon", "v_prediction"):
        for sampler in CLASSES:
            yield sampler, {**SD, "prediction_type": prediction_type}, 0.0
        yield "ddim", {**SD, "prediction_type": prediction_type}, 0.7
        for sampler in ("euler", "dpmpp_2m", "unipc"):
            yield sampler, {**SD, **KARRAS, "prediction_type": prediction_type}, 0.0
    for spacing in (LEADING, TRAILING, LINSPACE):
        for sampler in ("ddim", "pndm", "euler", "euler_ancestral", "dpmpp_2m", "unipc"):
            yield sampler, {**SD, **spacing}, 0.0
        yield "euler", {**SD, **spacing, **KARRAS}, 0.0
    for base, karras in ((COSINE, COSINE_KARRAS), (LINEAR, {**LINEAR, **KARRAS})):
        for sampler in CLASSES:
            # LCM's class has betas of its own for files without any; the model's are the right ones.
            explicit = {"beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear"} if sampler == "lcm" else {}
            yield sampler, {**explicit, **base}, 0.0
        yield "dpmpp_2m", karras, 0.0
    for sampler in ("ddim", "euler", "euler_ancestral", "dpmpp_2m", "unipc"):
        yield sampler, {**SD, **ZERO, "prediction_type": "v_prediction"}, 0.0
    # Not eta 1: there diffusers takes the root of a rounding error, which may be negative.
    yield "ddim", {**SD, **ZERO, "prediction_type": "v_prediction"}, 0.9
    yield "euler", {**SD, **ZERO, **KARRAS, "prediction_type": "v_prediction"}, 0.0


def replay(sampler, config, eta, steps):
    import diffusers

    scheduler = getattr(diffusers, CLASSES[sampler]).from_config(config)
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "set_begin_index"):
        # Otherwise a walk whose first two times round to the same number starts at the second and runs off the end.
        scheduler.set_begin_index(0)
    noise = iter(noises)
    # The noise of every step comes from the fixed list, one vector per step.
    module = sys.modules[type(scheduler).__module__]
    module.randn_tensor = lambda *_, **__: current
    sample = tensor(start) * scheduler.init_noise_sigma
    trajectory = []
    for timestep, prediction in zip(scheduler.timesteps, predictions):
        current = tensor(next(noise))
        scheduler.scale_model_input(sample, timestep)
        arguments = {"eta": eta} if sampler == "ddim" else {}
        sample = scheduler.step(tensor(prediction), timestep, sample, **arguments).prev_sample
        trajectory.append(sample.numpy().flatten().astype(np.float64))
    return np.array(trajectory), [float(timestep) for timestep in scheduler.timesteps]


def tensor(values):
    return torch.tensor(values, dtype=torch.float32).reshape(SHAPE)


def main():
    entries = []
    for sampler, config, eta in cases():
        for steps in (10, 25):
            use(*SINGLE)
            single, times_single = replay(sampler, config, eta, steps)
            use(torch.float64, np.float64)
            double, times = replay(sampler, config, eta, steps)
            # On a cosine schedule Karras times are cut off to integers, which 32 bits do not survive.
            slack = 1 if config is COSINE_KARRAS else 2e-3
            assert np.allclose(times, times_single, rtol=1e-5, atol=slack), (sampler, config, steps)
            # Both ends and every fourth step between: enough to catch any slip, and a small file.
            kept = sorted({0, 1, 2, len(double) - 2, len(double) - 1, *range(4, len(double), 4)})
            entries.append({
                "sampler": sampler, "steps": steps, "eta": eta, "config": config,
                "calls": len(double), "max_abs": float(f"{abs(double).max():.4g}"),
                "err": float(f"{abs(single - double).max():.3g}"),
                "trajectory": {str(i): [float(f"{x:.9g}") for x in double[i]] for i in kept},
            })
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    inputs = {"start": start, "predictions": predictions, "noises": noises}
    head = ",\n".join(f'"{name}": {json.dumps(values)}' for name, values in inputs.items())
    print(f'{{{head},\n"cases": [\n{lines}\n]}}')


main()
