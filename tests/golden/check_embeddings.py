"""Checks the learned-word files this program writes with libraries it did not write: PyTorch, safetensors, Pillow.

    PSEUDOWORD_KEEP_WORDS=DIR cargo test --test embedding_layouts
    python check_embeddings.py DIR

Every file is opened the way the program it is meant for opens it, and its numbers are compared bit by bit with the
formula in tests/embedding_layouts.rs. The pixel cards are decoded by a second implementation of AUTOMATIC1111's
format, written from its description alone. Without PyTorch the .pt files are read by Python's own unpickler, which
is told of nothing but the few constructors that such files need.
"""

import base64
import collections
import io
import json
import pickle
import re
import struct
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors import safe_open

try:
    import torch
except ImportError:
    torch = None

WIDTHS = {"sd1": [768], "sd2": [1024], "sdxl": [768, 1280], "ldm": [1280], "tiny": [32]}
# What AUTOMATIC1111 1.7 allows in an archive.
ENTRY = re.compile(r"^([^/]+)/((data/\d+)|version|(data\.pkl))$")


def numbers(count, seed):
    """The numbers of the test, as bits."""
    special = np.array([0.0, -0.0, 1.0 / 3.0, 1.17549435e-38, 0.0, 3.4028235e38, -3.4028235e38, 1e-30], np.float32)
    special = special.view(np.uint32)
    special[4] = 1
    n = np.arange(count, dtype=np.uint64)
    bits = ((n ^ seed) * 2_654_435_761 & 0xFFFFFFFF).astype(np.uint32)
    plain = (bits & 0x807FFFFF) | ((120 + (bits >> 23) % 8) << 23)
    return np.concatenate([special, plain.astype(np.uint32)])[:count]


def expected(label, count):
    return [numbers(count * width, seed).reshape(count, width) for width, seed in zip(WIDTHS[label], (1, 7))]


def same(array, want):
    array = np.ascontiguousarray(np.asarray(array, dtype=np.float32))
    assert array.shape == want.shape, (array.shape, want.shape)
    assert (array.view(np.uint32) == want).all(), "other bits"


def load_torch(path):
    """The content of a PyTorch file, tensors as arrays."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            assert ENTRY.match(name), name
        assert archive.testzip() is None
    if torch is not None:
        # The paper's own file holds a ParameterDict, which is a class and not only numbers.
        return torch.load(path, map_location="cpu")

    class Stub:
        def __setstate__(self, state):
            self.__dict__.update(state)

    with zipfile.ZipFile(path) as archive:
        root = archive.namelist()[0].split("/")[0]

        class Reader(pickle.Unpickler):
            def find_class(self, module, name):
                known = {
                    ("collections", "OrderedDict"): collections.OrderedDict,
                    ("torch", "FloatStorage"): np.float32,
                    ("torch", "LongStorage"): np.int64,
                    ("torch._utils", "_rebuild_tensor_v2"): rebuild,
                    ("torch._utils", "_rebuild_parameter"): lambda data, *_: data,
                    ("torch.nn.modules.container", "ParameterDict"): Stub,
                    ("__builtin__", "set"): set,
                }
                return known[module, name]

            def persistent_load(self, pid):
                kind, dtype, key, _, count = pid
                assert kind == "storage"
                data = np.frombuffer(archive.read(f"{root}/data/{key}"), dtype)
                assert len(data) == count
                return data

        def rebuild(storage, offset, shape, stride, *_):
            assert offset == 0
            return storage.reshape(shape)

        return Reader(io.BytesIO(archive.read(f"{root}/data.pkl"))).load()


def array(value):
    return value.detach().numpy() if torch is not None and isinstance(value, torch.Tensor) else value


def parameters(value):
    """The dictionary inside a ParameterDict, through its own methods where PyTorch is there."""
    if torch is not None and isinstance(value, torch.nn.ParameterDict):
        return dict(value.items())
    return value if isinstance(value, dict) else value._parameters


def noise(count):
    seed, out = 0, np.empty(count, np.uint8)
    for index in range(count):
        seed = (1664525 * seed + 1013904223) % 2**32
        out[index] = seed % 255
    return out


def decode_pixels(image):
    """AUTOMATIC1111's pixel card: crop dark borders, split at the first and last black column, un-mix, join."""
    pixels = np.asarray(image.convert("RGB"))
    lit = (pixels > 0).all(axis=2)
    columns, rows = np.flatnonzero(lit.any(axis=0)), np.flatnonzero(lit.any(axis=1))
    low = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] & 0x0F
    black = np.flatnonzero(low.sum(axis=(0, 2)) == 0)
    assert len(black) >= 2, "no black columns"
    halves = []
    for block in (low[:, : black[0]], low[:, black[-1] + 1 :]):
        halves.append(block ^ (noise(block.size).reshape(block.shape) & 0x0F))
    packed = ((halves[1] << 4) | halves[0]).astype(np.uint8).tobytes()
    return json.loads(zlib.decompressobj().decompress(packed))


def check_card(path, want):
    image = Image.open(path)
    text = json.loads(base64.b64decode(image.text["sd-ti-embedding"]))
    hidden = decode_pixels(image)
    assert text == hidden
    assert text["string_to_token"] == {"*": 265} and text["name"] == "cat-toy" and text["step"] == 500
    (rows,) = text["string_to_param"].values()
    same(rows["TORCHTENSOR"], want[0])
    # Without the text chunk, as sites that strip pictures leave it.
    bare = Image.fromarray(np.asarray(image.convert("RGB")))
    assert decode_pixels(bare) == hidden


def check_safetensors(path, kind, label, want):
    second = "_2" in path.stem
    with safe_open(path, "np") as file:
        names, header = sorted(file.keys()), file.metadata()
        if kind == "diffusers":
            assert names == ["<cat-toy>"]
            same(file.get_tensor("<cat-toy>"), want[1] if second else want[0])
        elif label == "sdxl":
            assert names == ["clip_g", "clip_l"]
            same(file.get_tensor("clip_l"), want[0])
            same(file.get_tensor("clip_g"), want[1])
        else:
            assert names == [{"emb-params": "emb_params", "onetrainer": "emp_params"}[kind]]
            same(file.get_tensor(names[0]), want[0])
        assert header["modelspec.trigger_phrase"] == "<cat-toy>" and header["modelspec.license"] == "CC-BY-4.0"
        assert header["modelspec.author"] == "Zoë" and header["ss_steps"] == "500"
    length = struct.unpack("<Q", path.read_bytes()[:8])[0]
    assert length % 8 == 0


def check_torch(path, kind, label, want):
    data = load_torch(path)
    if label == "sdxl":
        assert sorted(data) == ["clip_g", "clip_l"]
        same(array(data["clip_l"]), want[0])
        same(array(data["clip_g"]), want[1])
        return
    params = parameters(data["string_to_param"])
    assert list(params) == ["*"]
    same(array(params["*"]), want[0])
    token = array(data["string_to_token"]["*"])
    assert int(token) == (1008 if label == "ldm" else 265)
    if kind == "a1111-pt":
        assert data["name"] == "cat-toy" and data["step"] == 500 and data["sd_checkpoint_name"] == "a model"
        assert data["sd_checkpoint"] is None and type(data["string_to_token"]["*"]) is int


def main(folder):
    counts = collections.Counter()
    for path in sorted(Path(folder).iterdir()):
        label, count, kind = path.stem.removesuffix("_2").split("-", 2)
        want = expected(label, int(count))
        if path.suffix == ".safetensors":
            check_safetensors(path, kind, label, want)
        elif path.suffix == ".pt":
            check_torch(path, kind, label, want)
        else:
            check_card(path, want)
        counts[kind] += 1
    assert sum(counts.values()) > 0, "there are no files"
    by = f"PyTorch {torch.__version__}" if torch is not None else "Python's own unpickler"
    print(f"{sum(counts.values())} files equal bit by bit ({dict(counts)}; .pt files read by {by})")


if __name__ == "__main__":
    main(sys.argv[1])
