"""What all stages of the starter model's training share: the drawn pictures, an optimiser, checkpoints, a log.

The pictures are written by `pseudoword-world`; nothing here draws or downloads anything.
"""

import csv
import json
import os
import time
from pathlib import Path

import numpy as np
import torch


class Pictures:
    """The folder that `pseudoword-world` wrote, mapped rather than read."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.about = json.loads((self.folder / "set.json").read_text())
        count, size = self.about["count"], self.about["size"]
        self.count, self.size = count, size
        self.pixels = np.memmap(self.folder / "pictures.bin", np.uint8, "r", shape=(count, size, size, 3))
        self.masks = np.memmap(self.folder / "masks.bin", np.uint8, "r", shape=(count, size, size))
        with open(self.folder / "labels.csv", newline="") as file:
            rows = list(csv.reader(file))
        self.columns = {name: i for i, name in enumerate(rows[0])}
        self.labels = np.array([[float(value) for value in row] for row in rows[1:]], np.float32)

    def label(self, name):
        return torch.from_numpy(self.labels[:, self.columns[name]].astype(np.int64))

    def captions(self):
        return [line.split("\t") for line in (self.folder / "captions.txt").read_text().splitlines()]

    def batch(self, indices):
        """n x 3 x size x size, -1 to 1."""
        pixels = torch.from_numpy(self.pixels[np.asarray(indices)])
        return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1

    def crops(self, indices, side, generator):
        """One random square of each picture with its mask: n x 3 x side x side and n x 1 x side x side."""
        pixels, masks = [], []
        for index in indices:
            y, x = generator.integers(0, self.size - side + 1, 2)
            # Even positions keep the squares on the autoencoder's grid, as whole pictures are.
            y, x = y // 4 * 4, x // 4 * 4
            pixels.append(self.pixels[index, y : y + side, x : x + side])
            masks.append(self.masks[index, y : y + side, x : x + side])
        pixels = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1
        return pixels, torch.from_numpy(np.stack(masks))[:, None].float() / 255


def orthogonal(matrix, steps=5):
    """The nearest matrix with all singular values about 1, by a quintic Newton-Schulz iteration.

    Every factor is a polynomial of the Gram matrix, so the iteration runs on that small square alone, and the long
    matrix is multiplied once.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrix.size(0) > matrix.size(1)
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    gram = x @ x.T
    eye = torch.eye(len(gram), device=gram.device)
    product = eye
    for _ in range(steps):
        factor = a * eye + b * gram + c * (gram @ gram)
        product = factor @ product
        gram = factor @ gram @ factor
    x = product @ x
    return x.T if tall else x


class Muon:
    """Muon for the matrices inside a network, AdamW for all else (Jordan et al. 2024, Muon: an optimizer for
    hidden layers in neural networks). Convolutions are seen as matrices with one row for each output channel.
    """

    def __init__(self, matrices, others, rate=0.02, adam_rate=2e-3, momentum=0.95, betas=(0.9, 0.99), decay=0.0):
        self.matrices = [p for p in matrices if p.requires_grad]
        self.rate, self.adam_rate, self.momentum, self.decay = rate, adam_rate, momentum, decay
        self.adam = torch.optim.AdamW([p for p in others if p.requires_grad], adam_rate, betas, weight_decay=0.0)
        self.buffers = [torch.zeros_like(p) for p in self.matrices]

    @torch.no_grad()
    def step(self, scale=1.0):
        for group in self.adam.param_groups:
            group["lr"] = self.adam_rate * scale
        self.adam.step()
        for p, buffer in zip(self.matrices, self.buffers):
            buffer.mul_(self.momentum).add_(p.grad)
            update = (p.grad + self.momentum * buffer).reshape(p.size(0), -1)
            update = orthogonal(update) * max(1, update.size(0) / update.size(1)) ** 0.5
            if self.decay:
                p.mul_(1 - self.rate * scale * self.decay)
            p.add_(update.reshape(p.shape), alpha=-self.rate * scale)

    def zero_grad(self):
        self.adam.zero_grad(set_to_none=True)
        for p in self.matrices:
            p.grad = None

    def state_dict(self):
        return {"adam": self.adam.state_dict(), "buffers": self.buffers}

    def load_state_dict(self, state):
        self.adam.load_state_dict(state["adam"])
        for mine, saved in zip(self.buffers, state["buffers"]):
            mine.copy_(saved)


def split(module, outer=()):
    """The matrices of a network, and its other parameters: vectors, embeddings, and layers named in `outer`."""
    matrices, others = [], []
    for name, p in module.named_parameters():
        inner = p.ndim in (2, 4) and "embedding" not in name and not any(part in name for part in outer)
        (matrices if inner else others).append(p)
    return matrices, others


class Ema:
    """A running mean of the parameters; young means forget faster."""

    def __init__(self, module, decay):
        self.decay = decay
        self.mean = {k: v.detach().clone() for k, v in module.state_dict().items()}
        self.count = 0

    @torch.no_grad()
    def update(self, module):
        self.count += 1
        decay = min(self.decay, (1 + self.count) / (10 + self.count))
        for k, v in module.state_dict().items():
            if v.is_floating_point():
                self.mean[k].lerp_(v, 1 - decay)


class Log:
    """Lines of JSON, one for each measurement, kept when a run is resumed."""

    def __init__(self, path):
        self.path, self.start = Path(path), time.time()

    def __call__(self, **values):
        values["seconds"] = round(time.time() - self.start, 1)
        line = json.dumps({k: round(v, 6) if isinstance(v, float) else v for k, v in values.items()})
        print(line, flush=True)
        with open(self.path, "a") as file:
            file.write(line + "\n")


def save(path, state):
    """Whole or not at all."""
    path = Path(path)
    torch.save(state, path.with_suffix(".part"))
    os.replace(path.with_suffix(".part"), path)


def load(path):
    return torch.load(path, weights_only=True) if Path(path).exists() else None
