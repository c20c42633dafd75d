"""Makes the first corpus of each fuzz entry from the golden files: seeds.py CORPUS_FOLDER [FOLDER]

FOLDER may hold files of runs, comparisons, studies and edits, which are taken too.
"""

import json
import struct
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "golden"
OUT = Path(sys.argv[1])


def put(target, name, data):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    if len(data) <= 20_000:
        (folder / name).write_bytes(data)


# Which entries read a file, by its ending.
READERS = {
    ".json": ["documents", "tokenizer"],
    ".toml": ["documents", "run_folder"],
    ".csv": ["run_folder"],
    ".safetensors": ["run_folder", "weights", "embedding"],
    ".pt": ["weights"],
    ".bin": ["weights"],
    ".png": ["picture"],
    ".txt": ["texts", "tokenizer"],
}
for folder in [ROOT, *map(Path, sys.argv[2:])]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            for target in READERS.get(path.suffix, []):
                put(target, "-".join(path.relative_to(folder).parts), path.read_bytes())
put("texts", "templates", "a photo of {}\n# one\na [name], [filewords]\nred, blue; round, square\n".encode())
put("run_folder", "status.toml", b'state = "running"\nstep = 3\n')
for path in sorted((ROOT / "embeddings").rglob("*")):
    if path.is_dir():
        continue
    data = path.read_bytes()
    put("embedding", path.name, data)
    if path.suffix == ".safetensors":
        length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
        put("safetensors_header", path.name, data[8 : 8 + min(length, 5000)])
    if path.suffix in (".pt", ".bin"):
        put("torch_zip", path.name, data)
        try:
            archive = zipfile.ZipFile(path)
            name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
            put("pickle", path.name, archive.read(name))
        except Exception:
            put("pickle", path.name, data)
    if path.suffix == ".png":
        put("png_card", path.name, data)
        put("infotext", path.name, data)
card = {"string_to_token": {"*": 265}, "string_to_param": {"*": {"TORCHTENSOR": [[0.5, -1.25], [3, 1e-3]]}}}
card |= {"name": "toy", "step": 500, "sd_checkpoint": None, "sd_checkpoint_name": "a"}
put("png_card", "card.json", json.dumps(card).encode())
put("pixel_card", "card.json", b"\x1f" + json.dumps(card).encode())
put("pixel_card", "stripes", bytes([7]) + bytes((n * 37) % 256 if n % 40 else 0 for n in range(2000)))
put("infotext", "one", b"a <toy>, cat\nNegative prompt: bad\nSteps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 1, "
    b'Size: 512x512, Model: "a, b", TI hashes: "toy: 0123456789ab"')
def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


graph = {
    "1": node("CheckpointLoaderSimple", ckpt_name="a.ckpt"),
    "2": node("LoraLoader", lora_name="b.pt", strength_model=0.5, model=["1", 0], clip=["1", 1]),
    "3": node("EmptyLatentImage", width=512, height=512), "4": node("CLIPTextEncode", text="a", clip=["2", 1]),
    "5": node("KSampler", seed=5, steps=20, cfg=7, sampler_name="euler", scheduler="karras", model=["2", 0],
        positive=["4", 0], negative=["4", 0], latent_image=["3", 0]),
    "6": node("SaveImage", images=["5", 0]),
}
lists = [
    {"positive_prompt": "a", "steps": 20, "seed": 5, "cfg_scale": 7, "scheduler": "euler_k", "width": 512, "height": 512,
        "loras": [{"model": {"name": "b"}, "weight": 0.5}]},
    {"prompt": "a", "base_model": "c", "guidance_scale": 4, "steps": 30, "seed": "5", "sampler": "dpmpp_2m_sde_gpu",
        "scheduler": "karras", "resolution": "(512, 512)", "loras": [["b", 0.5, "0123456789"]]},
    {"uc": "fog", "scale": 5, "steps": 28, "seed": 5, "sampler": "k_euler", "width": 512, "height": 512},
]
for number, form in enumerate([graph, *lists]):
    put("infotext", f"form-{number}", json.dumps(form).encode())
for number, text in enumerate([
    "a (cat:1.2) [dog], ((a)) \\(b\\)", "[a|b|] [a:b:0.5] [b:12] [a::.5] [:b: 3 ]", "a BREAK (b BREAK c:1.1)",
    "a :1.2 AND [b:(c:2):-1] AND d:-.5", "toy(1) <toy> embedding:toy(1).pt <b>-a rock AND roll [a|b:0.5:c:2]",
    "<lora:x:0.8> {a|b} __c__ d++ (e)1.3 [f:g:h:1] [i|j:2]", "[a\\:b\\|c:2] (a\\:1.2) [a (b] c) (d",
]):
    put("prompt", str(number), text.encode())
for path in sorted(ROOT.rglob("*.json")):
    put("configs", "-".join(path.relative_to(ROOT).parts), path.read_bytes())
put("configs", "settings.toml", b'steps = 100\nbatch = 2\nseed = 7\nrate = 0.005\n[preview]\nprompt = "a"\nevery = 10\n')
put("configs", "sidecar.yaml", b"model:\n  params: &p\n    parameterization: v\n    a: [1, 2]\n  b: *p\n")
