"""Writes a single-file model as a PyTorch checkpoint (.ckpt), as torch.save does, without needing PyTorch.

    python make_ckpt.py FILE.safetensors FILE.ckpt

The tensors lie under 'state_dict', beside the unrelated entries that published checkpoints have. Only what torch.save
itself would write is written: one zip archive with a pickle of protocol 2 and one entry for each storage.
"""
import collections
import io
import json
import pickle
import struct
import sys
import types
import zipfile

STORAGES = {"F32": ("FloatStorage", 4), "F16": ("HalfStorage", 2), "BF16": ("BFloat16Storage", 2), "I64": ("LongStorage", 8)}


def module(name, **members):
    for depth in range(1, name.count(".") + 1):
        sys.modules.setdefault(name.rsplit(".", depth)[0], types.ModuleType(name.rsplit(".", depth)[0]))
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made
    for member in members.values():
        member.__module__ = name
    return made


def rebuild(*_):
    raise RuntimeError("only its name is used")


rebuild.__name__ = rebuild.__qualname__ = "_rebuild_tensor_v2"
module("torch", **{name: type(name, (), {}) for name, _ in STORAGES.values()})
module("torch._utils", _rebuild_tensor_v2=rebuild)
module("pytorch_lightning.callbacks.model_checkpoint", ModelCheckpoint=type("ModelCheckpoint", (), {}))


class Storage:
    def __init__(self, key, dtype, data):
        self.key, self.name, self.size, self.data = key, *STORAGES[dtype], data


class Tensor:
    def __init__(self, storage, shape):
        self.storage, self.shape = storage, tuple(shape)

    def __reduce__(self):
        stride, step = [], 1
        for size in reversed(self.shape):
            stride.insert(0, step)
            step *= size
        return rebuild, (self.storage, 0, self.shape, tuple(stride), False, collections.OrderedDict())


class Pickler(pickle.Pickler):
    def persistent_id(self, thing):
        if isinstance(thing, Storage):
            return "storage", getattr(sys.modules["torch"], thing.name), thing.key, "cpu", len(thing.data) // thing.size
        return None


def main(source, target):
    with open(source, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    storages, state = [], {}
    for name, about in header.items():
        if name == "__metadata__":
            continue
        start, end = about["data_offsets"]
        storages.append(Storage(str(len(storages)), about["dtype"], data[start:end]))
        state[name] = Tensor(storages[-1], about["shape"])
    checkpoint_class = sys.modules["pytorch_lightning.callbacks.model_checkpoint"].ModelCheckpoint
    document = {
        "epoch": 3,
        "global_step": 1234,
        "pytorch-lightning_version": "1.4.2",
        "state_dict": collections.OrderedDict(state),
        "callbacks": {checkpoint_class: {"best_model_score": None, "monitor": "val/loss"}},
        "optimizer_states": [],
    }
    pickled = io.BytesIO()
    Pickler(pickled, protocol=2).dump(document)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        # A fixed date keeps the file the same from run to run.
        def put(name, content):
            archive.writestr(zipfile.ZipInfo("archive/" + name, (1980, 1, 1, 0, 0, 0)), content)

        put("data.pkl", pickled.getvalue())
        for storage in storages:
            put("data/" + storage.key, storage.data)
        put("version", "3\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
