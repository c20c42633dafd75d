"""Draws the logs of a training run as one SVG picture: `python3 curves.py --run DIR --out FILE.svg`."""

import argparse
import json
from pathlib import Path

PANELS = [
    ("vae.pt.jsonl", "autoencoder: PSNR in dB", ["psnr"], False),
    ("clip.pt.jsonl", "small CLIP: loss", ["loss"], False),
    ("unet.pt.jsonl", "U-Net: loss", ["loss"], True),
    ("unet.pt.jsonl", "loss with right, empty, others' captions", ["right", "empty", "shuffled"], False),
]
COLOURS = ["#2a6fdb", "#d9822b", "#8a3ffc"]
WIDTH, HEIGHT, MARGIN = 420, 240, 44


def panel(rows, title, keys, logarithmic, left, top):
    import math

    change = math.log10 if logarithmic else float
    values = [change(row[key]) for row in rows for key in keys if key in row]
    low, high = min(values), max(values)
    last = rows[-1]["step"]
    inner_w, inner_h = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    x = lambda step: left + MARGIN + inner_w * step / last
    y = lambda value: top + MARGIN + inner_h * (high - change(value)) / max(high - low, 1e-9)
    back = (lambda v: 10**v) if logarithmic else float
    parts = [f'<text x="{left + MARGIN}" y="{top + 26}" font-weight="bold">{title}</text>']
    box = f'x="{left + MARGIN}" y="{top + MARGIN}" width="{inner_w}" height="{inner_h}"'
    parts.append(f'<rect {box} fill="none" stroke="#999"/>')
    for value in (low, (low + high) / 2, high):
        at = top + MARGIN + inner_h * (high - value) / max(high - low, 1e-9) + 4
        parts.append(f'<text x="{left + MARGIN - 4}" y="{at:.0f}" text-anchor="end">{back(value):.3g}</text>')
    parts.append(f'<text x="{left + WIDTH - MARGIN}" y="{top + HEIGHT - MARGIN + 16}" text-anchor="end">{last} steps</text>')
    for n, (key, colour) in enumerate(zip(keys, COLOURS)):
        points = " ".join(f"{x(row['step']):.1f},{y(row[key]):.1f}" for row in rows if key in row)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if len(keys) > 1:
            parts.append(f'<text x="{left + MARGIN + 6 + 80 * n}" y="{top + HEIGHT - MARGIN + 16}" fill="{colour}">{key}</text>')
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    parts = []
    for i, (name, title, keys, logarithmic) in enumerate(PANELS):
        rows = [json.loads(line) for line in (Path(options.run) / name).read_text().splitlines()]
        # A run that was resumed has measured some steps twice; the later measurement counts.
        rows = [row for row in {row["step"]: row for row in rows}.values() if any(key in row for key in keys)]
        parts += panel(rows, title, keys, logarithmic, i % 2 * WIDTH, i // 2 * HEIGHT)
    size = f'width="{2 * WIDTH}" height="{2 * HEIGHT}"'
    style = "<style>text{font:12px sans-serif;fill:#333}</style>"
    background = '<rect width="100%" height="100%" fill="white"/>'
    Path(options.out).write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}{background}{"".join(parts)}</svg>\n')


if __name__ == "__main__":
    main()
