"""Picture preparation as Pillow does it: what tests/golden/image holds, for other pictures and another size."""
import numpy
import torch
from PIL import Image

FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
MODES = ["rgba", "gray", "gray_alpha", "palette", "bilevel"]


def _tensor(picture):
    return torch.from_numpy(numpy.array(picture, dtype=numpy.uint8))


def compute(folder, settings):
    """Every out.* tensor from the PNG files of `folder`."""
    out, target = {}, (settings["size"], settings["size"])
    for k in range(settings["sources"]):
        picture = Image.open(folder / f"source_{k}.png").convert("RGB")
        for name, kind in FILTERS.items():
            out[f"out.resized.{k}.{name}"] = _tensor(picture.resize(target, resample=kind))
        width, height = picture.size
        side = min(width, height)
        top, left = (height - side) // 2, (width - side) // 2
        square = picture.crop((left, top, left + side, top + side))
        out[f"out.resized.{k}.bicubic_center_crop"] = _tensor(square.resize(target, resample=Image.BICUBIC))
        scaled = out[f"out.resized.{k}.bicubic"].double() / 127.5 - 1
        out[f"out.tensor.{k}.bicubic"] = scaled.float().permute(2, 0, 1).contiguous()
    for mode in settings["modes"]:
        out[f"out.mode.{mode}"] = _tensor(Image.open(folder / f"mode_{mode}.png").convert("RGB"))
    return out


def _picture(random, height, width, channels=3):
    """Smooth colour, hard edges and grain, so that every filter tap and every rounding is exercised."""
    coarse = random.integers(0, 256, (4, 4, channels), dtype=numpy.uint8)
    smooth = [Image.fromarray(coarse[..., c]).resize((width, height), Image.BICUBIC) for c in range(channels)]
    pixels = numpy.stack([numpy.array(s, dtype=float) for s in smooth], axis=-1)
    for _ in range(4):
        y, x = random.integers(0, height - 4), random.integers(0, width - 4)
        box = pixels[y : y + random.integers(3, height // 2), x : x + random.integers(3, width // 2)]
        box[...] = random.integers(0, 256, channels)
    return (pixels + random.normal(0, 12, pixels.shape)).clip(0, 255).astype(numpy.uint8)


def make(folder, random, size):
    """Write the PNG files; returns the settings and all tensors."""
    folder.mkdir(parents=True, exist_ok=True)
    shapes = [(size, size), (size + 21, 2 * size), (2 * size + 3, size - 5), (size // 2 + 3, size // 2 + 8),
              (size, 3 * size + 1)]
    inputs = {}
    for k, (height, width) in enumerate(shapes):
        pixels = _picture(random, height, width)
        Image.fromarray(pixels).save(folder / f"source_{k}.png")
        inputs[f"in.source.{k}"] = torch.from_numpy(pixels)
    colour = Image.fromarray(_picture(random, 44, 57, 4), "RGBA")
    gray = colour.convert("L")
    images = {"rgba": colour, "gray": gray, "gray_alpha": colour.convert("LA"),
              "palette": colour.convert("RGB").quantize(23), "bilevel": gray.convert("1")}
    for mode in MODES:
        images[mode].save(folder / f"mode_{mode}.png")
    settings = {"size": size, "sources": len(shapes), "modes": MODES}
    return settings, inputs | compute(folder, settings)
