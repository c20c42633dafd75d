"""Writes whole/: the gradient of every number of the small U-Nets, on the first batch of the reference's learning.

Of each tensor a dozen numbers are kept, evenly spaced, as parts of the length of the tensor's gradient; tensors follow each
other by their names. `err` is the largest difference from the same in 64 bits.

    pip install torch diffusers transformers safetensors
    python3 learn_whole_torch.py
"""
import json

import torch
from safetensors.torch import load_file, save_file

from golden_families import Models
from golden_folders import HERE, write_json

torch.set_num_threads(1)
EACH = 12


def gradients(folder, dtype):
    """The loss, and the gradient of each tensor by its name."""
    models = Models(folder, dtype)
    models.time_ids = json.loads((folder / "reference.json").read_text())["settings"]["time_ids"]
    given = load_file(folder / "reference.safetensors")
    models.unet.requires_grad_(True)
    step = "out.ti1.step0."
    context = [models.real(given[step + n]) for n in ("context", "pooled") if step + n in given]
    noisy, target = models.real(given[step + "noisy_latents"]), models.real(given[step + "target"])
    loss = ((models.predict(noisy, given["in.ti1.timesteps"][0], *context) - target) ** 2).mean()
    loss.backward()
    return loss.detach().reshape(1), {n: p.grad.flatten() for n, p in sorted(models.unet.named_parameters())}


def main():
    tensors, about = {}, {}
    for family in ("sd1", "sdxl"):
        (loss, plain), (exact_loss, exact) = (gradients(HERE / family, d) for d in (torch.float32, torch.float64))
        norms = {name: grad.norm() for name, grad in exact.items()}
        def sample(grads):
            return torch.cat([(g.double() / norms[n])[:: max(1, len(g) // EACH)] for n, g in grads.items()])
        values = {
            "loss": (loss, exact_loss), "samples": (sample(plain), sample(exact)),
            "norms": (torch.stack([grad.norm() for grad in plain.values()]), torch.stack(list(norms.values())))}
        for key, (value, right) in values.items():
            tensors[f"{family}.{key}"] = value.float().contiguous()
            about[f"{family}.{key}"] = {
                "max_abs": right.abs().max().item(), "err": (value.double() - right).abs().max().item()}
            print(family, key, len(value), about[f"{family}.{key}"], right.abs().min().item())
    (HERE / "whole").mkdir(exist_ok=True)
    save_file(tensors, HERE / "whole/reference.safetensors")
    write_json(HERE / "whole/reference.json", {"settings": {"each": EACH}, "tensors": about})


if __name__ == "__main__":
    main()
