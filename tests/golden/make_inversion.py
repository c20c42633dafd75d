"""Writes inversion/: pictures turned into noise by the published formula, and null texts learned by PyTorch.

The formula is that of Dhariwal and Nichol 2021 (arXiv 2105.05233), appendix F, over `ddim_timesteps[:-1]` as in the
textual-inversion paper's own code. Null texts are learned as in diffusers' community pipeline
(`examples/community/pipeline_null_text_inversion.py`), whose numbers are for 50 steps: of fewer, each counts as several.
Both for a model that predicts noise and for one that predicts velocity. As in the other folders, `err` is the largest
difference from the same in 64 bits.

    pip install torch diffusers transformers safetensors
    python3 make_inversion.py
"""
import torch
from diffusers import DDIMScheduler
from safetensors.torch import load_file, save_file

from golden_families import Models
from golden_folders import HERE, write_json

torch.set_num_threads(1)
SETTINGS = {
    "ddim": {"prompt": "a photo of a cat", "steps": 20},
    # At the first guidance some steps are soon good enough, at the published one none is.
    "null_text": {"prompt": "a photo of a cat", "steps": 5, "guidance": {"sd1": [1.15, 7.5], "sd2": [1.3, 7.5]}},
}


def noise_and_picture(velocity, x, prediction, ab):
    """The noise and the clean latents that a prediction at the level `ab` stands for."""
    if velocity:
        return ab**0.5 * prediction + (1 - ab) ** 0.5 * x, ab**0.5 * x - (1 - ab) ** 0.5 * prediction
    return prediction, (x - (1 - ab) ** 0.5 * prediction) / ab**0.5


def published_formula(models, x, abars, velocity, case):
    given = models.encode(models.ids([case["prompt"]]))
    times = torch.arange(0, 1000, 1000 // case["steps"]) + 1
    states = []
    for t, later in zip(times[:-1], times[1:]):
        ab, ab2 = abars[t], abars[later]
        eps, _ = noise_and_picture(velocity, x, models.predict(x, t, *given), ab)
        x = x + ab2**0.5 * ((1 / ab**0.5 - 1 / ab2**0.5) * x + ((1 / ab2 - 1) ** 0.5 - (1 / ab - 1) ** 0.5) * eps)
        states.append(x)
    return torch.stack(states)


def drawn_path(models, noise, case):
    """The latents of a picture drawn without guidance, the picture first: a way that guidance can be led back to. These
    random networks' own ways to noise cannot."""
    given = models.encode(models.ids([case["prompt"]]))
    scheduler = DDIMScheduler.from_config(models.schedule)
    scheduler.set_timesteps(case["steps"])
    path = [noise]
    for t in scheduler.timesteps:
        path.append(scheduler.step(models.predict(path[-1], t, *given), t, path[-1]).prev_sample)
    return torch.stack(path[::-1])


def null_text(models, path, abars, velocity, case, guidance):
    """`null_optimization` of the community pipeline."""
    with torch.no_grad():
        empty, given = (models.encode(models.ids([text]))[0] for text in ("", case["prompt"]))
    scheduler = DDIMScheduler.from_config(models.schedule)
    scheduler.set_timesteps(case["steps"])
    stride = 1000 // case["steps"]

    def prev_step(prediction, t, x):
        before = t - stride
        ab, ab2 = abars[t], abars[before] if before >= 0 else abars[0]
        eps, x0 = noise_and_picture(velocity, x, prediction, ab)
        return ab2**0.5 * x0 + (1 - ab2) ** 0.5 * eps

    x, texts, losses, counts = path[-1], [], [], []
    for i, t in enumerate(scheduler.timesteps):
        of_fifty = i * 50 / case["steps"]
        empty = empty.clone().detach().requires_grad_(True)
        optimiser = torch.optim.Adam([empty], lr=1e-2 * (1.0 - of_fifty / 100.0))
        target = path[len(path) - i - 2]
        with torch.no_grad():
            conditional = models.predict(x, t, given)
        for j in range(10):
            free = models.predict(x, t, empty)
            loss = torch.nn.functional.mse_loss(
                prev_step(free + guidance * (conditional - free), t, x), target)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if loss.item() < 1e-6 + of_fifty * 2e-5:
                break
        texts.append(empty.detach()[0])
        losses.append(loss.detach())
        counts.append(j + 1)
        with torch.no_grad():
            free = models.predict(x, t, empty)
            x = prev_step(free + guidance * (conditional - free), t, x)
    return {"texts": torch.stack(texts), "losses": torch.stack(losses), "latents": x,
            "inner_steps": torch.tensor(counts)}


def compute(family, dtype, paths):
    models, out = Models(HERE / family, dtype), {}
    velocity = models.schedule.get("prediction_type") == "v_prediction"
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    abars = torch.cumprod(1 - betas, 0).to(dtype)
    known = load_file(HERE / family / "reference.safetensors")
    start = models.real(known["out.inversion.start"])
    with torch.no_grad():
        out[f"out.{family}.ddim.trajectory"] = published_formula(models, start, abars, velocity, SETTINGS["ddim"])
        if family not in paths:
            paths[family] = drawn_path(models, known["in.sample.latents"], SETTINGS["null_text"])
    case = SETTINGS["null_text"]
    for k, guidance in enumerate(case["guidance"][family]):
        learned = null_text(models, models.real(paths[family]), abars, velocity, case, guidance)
        out |= {f"out.{family}.null_text.{k}.{name}": value for name, value in learned.items()}
    return out


def main():
    paths, tensors, about = {}, {}, {}
    for family in ("sd1", "sd2"):
        plain = compute(family, torch.float32, paths)
        exact = compute(family, torch.float64, paths)
        tensors[f"in.{family}.null_text.path"] = paths[family]
        for name, value in plain.items():
            err = float((value.double() - exact[name].double()).abs().max())
            tensors[name] = value
            about[name] = {"shape": list(value.shape), "max_abs": float(value.double().abs().max()), "err": err}
            print(name, about[name], value.tolist() if value.numel() < 20 else "")
    (HERE / "inversion").mkdir(exist_ok=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, HERE / "inversion/reference.safetensors")
    write_json(HERE / "inversion/reference.json", {"settings": SETTINGS, "tensors": about})


if __name__ == "__main__":
    main()
