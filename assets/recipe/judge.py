"""Stage 3: the judge, a small convolutional network that names what a picture shows. It never ships.

    python3 judge.py --data DIR --test DIR --out FILE

It is trained on pictures that the model never saw, with nothing held out, and must be right on more than 95 % of
true pictures in every trait before its word counts.
"""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from autoencoder import rate
from common import Log, Muon, Pictures, load, save, split
from torch import nn

TRAITS = ("kind", "colour", "pattern", "accessory", "background", "style")


class Block(nn.Module):
    def __init__(self, inner, outer):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, padding=1)
        self.norm1 = nn.GroupNorm(8, outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, outer)
        self.skip = nn.Conv2d(inner, outer, 1)

    def forward(self, x):
        y = F.silu(self.norm1(self.conv1(x)))
        return F.silu(self.norm2(self.conv2(y)) + self.skip(x))


class Judge(nn.Module):
    """n x 3 x 64 x 64 in -1 to 1, to one row of scores for each trait."""

    def __init__(self, counts):
        super().__init__()
        self.stem = nn.Conv2d(3, 48, 4, stride=2, padding=1)
        self.blocks = nn.Sequential(
            nn.GroupNorm(8, 48), nn.SiLU(), nn.AvgPool2d(2), Block(48, 64), nn.AvgPool2d(2), Block(64, 128), Block(128, 128)
        )
        self.pool = nn.Linear(128 * 2, 192)
        self.heads = nn.ModuleDict({name: nn.Linear(192, n) for name, n in counts.items()})

    def features(self, x):
        y = self.blocks(self.stem(x))
        return F.silu(self.pool(torch.cat([y.mean((2, 3)), y.amax((2, 3))], 1)))

    def forward(self, x):
        y = self.features(x)
        return {name: head(y) for name, head in self.heads.items()}


def open_judge(path, about):
    judge = Judge({name: len(about["labels"][name]) for name in TRAITS})
    judge.load_state_dict(load(path)["module"])
    return judge.eval()


def accuracy(judge, pictures, count, change=lambda x: x):
    """The share of right answers for each trait, over the first `count` pictures, changed first if asked for."""
    right = {name: 0 for name in TRAITS}
    with torch.no_grad():
        for start in range(0, count, 100):
            indices = np.arange(start, min(start + 100, count))
            scores = judge(change(pictures.batch(indices)))
            for name in TRAITS:
                right[name] += (scores[name].argmax(1) == pictures.label(name)[indices]).sum().item()
    return {name: value / count for name, value in right.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(3)
    pictures, test = Pictures(options.data), Pictures(options.test)
    judge = Judge({name: len(pictures.about["labels"][name]) for name in TRAITS})
    optimizer = Muon(*split(judge, ("heads", "stem")), rate=0.01, adam_rate=1e-3)
    labels = {name: pictures.label(name) for name in TRAITS}
    log, first = Log(options.out + ".jsonl"), 0
    if state := load(options.out):
        judge.load_state_dict(state["module"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    for step in range(first, options.steps):
        generator = np.random.default_rng((3, step))
        indices = generator.integers(0, pictures.count, options.batch)
        x = pictures.batch(indices)
        if generator.random() < 0.5:
            x = x.flip(3)
        # A picture made by a network is a little soft and a little noisy; that alone must not confuse the judge.
        x = x + 0.05 * float(generator.random()) * torch.randn(x.shape)
        with torch.autocast("cpu", torch.bfloat16):
            scores = judge(x)
        loss = sum(F.cross_entropy(scores[name].float(), labels[name][indices]) for name in TRAITS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step(rate(step, options.steps))
        if step % 250 == 249 or step + 1 == options.steps:
            log(step=step + 1, loss=loss.item(), **accuracy(judge, test, 400 if step + 1 < options.steps else test.count))
            save(options.out, {"module": judge.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1})


if __name__ == "__main__":
    main()
