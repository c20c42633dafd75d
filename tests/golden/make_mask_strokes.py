"""The hashes in src/project/mask/tests.rs: the same changes of a mask, with numpy's single floats and whole pictures
instead of tiles.

    python tests/golden/make_mask_strokes.py
"""

import hashlib

import numpy as np

WIDTH, HEIGHT = 700, 500
F = np.float32


def stroke(mask, points, radius, add):
    pairs = list(zip(points, points[1:])) or [(points[0], points[0])]
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(F) + F(0.5)
    radius = F(radius)
    for (x0, y0), (x1, y1) in pairs:
        x0, y0, x1, y1 = F(x0), F(y0), F(x1), F(y1)
        dx, dy = x1 - x0, y1 - y0
        squared = dx * dx + dy * dy
        if squared > 0:
            along = np.clip(((x - x0) * dx + (y - y0) * dy) / squared, F(0), F(1))
        else:
            along = np.zeros_like(x)
        away_x, away_y = x - (x0 + along * dx), y - (y0 + along * dy)
        cover = np.clip(radius + F(0.5) - np.sqrt(away_x * away_x + away_y * away_y), F(0), F(1))
        level = np.floor((cover * F(255)).astype(np.float64) + 0.5).astype(np.uint8)
        mask = np.maximum(mask, level) if add else np.minimum(mask, 255 - level)
    return mask


def lasso(mask, points, add):
    mask = mask.copy()
    for row in range(HEIGHT):
        y, crossings = F(row) + F(0.5), []
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1]):
            x0, y0, x1, y1 = F(x0), F(y0), F(x1), F(y1)
            if (y0 <= y) != (y1 <= y):
                crossings.append(x0 + (y - y0) / (y1 - y0) * (x1 - x0))
        crossings.sort()
        for first, end in zip(crossings[::2], crossings[1::2]):
            first, end = (int(np.ceil(at - F(0.5))) for at in (first, end))
            mask[row, max(first, 0) : max(end, 0)] = 255 if add else 0
    return mask


def rectangle(mask, left, top, right, bottom, add):
    mask = mask.copy()
    mask[top:bottom, left:right] = 255 if add else 0
    return mask


def fill(mask, x, y, add):
    mask = mask.copy()
    is_open = (mask >= 128) != add
    waiting = [(x, y)]
    while waiting:
        x, y = waiting.pop()
        if 0 <= x < WIDTH and 0 <= y < HEIGHT and is_open[y, x]:
            is_open[y, x] = False
            mask[y, x] = 255 if add else 0
            waiting += [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
        elif 0 <= x < WIDTH and 0 <= y < HEIGHT and 0 < mask[y, x] < 255:
            mask[y, x] = 255 if add else 0
    return mask


def windows(mask, radius, axis):
    padding = [(radius, radius) if axis == this else (0, 0) for this in range(2)]
    return np.lib.stride_tricks.sliding_window_view(np.pad(mask, padding, mode="edge"), 2 * radius + 1, axis)


def spread(mask, by, pick):
    return pick(windows(pick(windows(mask, by, 1), -1), by, 0), -1)


def feather(mask, by):
    radius = -(-by // 3)
    # What lies beyond the edge is as the edge was before the first mean.
    mask = np.pad(mask, 3 * radius, mode="edge")
    for _ in range(3):
        for axis in (1, 0):
            sums = windows(mask, radius, axis).astype(np.int64).sum(-1)
            mask = ((sums + radius) // (2 * radius + 1)).astype(np.uint8)
    return mask[3 * radius : -3 * radius, 3 * radius : -3 * radius]


mask = np.zeros((HEIGHT, WIDTH), np.uint8)
steps = [
    ("stroke", lambda m: stroke(m, [(40, 30), (300.5, 260.25), (650, 90)], 17.5, True)),
    ("wipe", lambda m: stroke(m, [(255.75, 0), (256.25, 499)], 3, False)),
    ("dot beyond the edge", lambda m: stroke(m, [(699, 499)], 40, True)),
    ("lasso", lambda m: lasso(m, [(100, 300), (420.5, 310), (390, 480.5), (250, 350), (120, 490)], True)),
    ("rectangle", lambda m: rectangle(m, 500, 240, 620, 270, True)),
    ("fill to wipe", lambda m: fill(m, 560, 255, False)),
    ("ring", lambda m: stroke(m, [(30, 330), (90, 330), (90, 450), (30, 450), (30, 330)], 4, True)),
    ("fill", lambda m: fill(m, 60, 400, True)),
    ("invert", lambda m: 255 - m),
    ("grow", lambda m: spread(m, 5, np.max)),
    ("shrink", lambda m: spread(m, 2, np.min)),
    ("feather", lambda m: feather(m, 10)),
]
for name, step in steps:
    mask = step(mask)
    print(f'"{hashlib.sha256(mask.tobytes()).hexdigest()}", // {name}, {int((mask >= 128).sum())} masked')
