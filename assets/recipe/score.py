"""The bars the starter model must clear, each a command that prints one line of JSON.

    python3 score.py vae     --data DIR --run DIR          the autoencoder keeps what matters
    python3 score.py prompts --data DIR --run DIR          words are obeyed
    python3 score.py learn   --concepts DIR --out DIR      learns every held-out concept with the default preset
    python3 score.py words   --concepts DIR --out DIR      image and text similarity of those words
    python3 score.py style   --data DIR --run DIR --out DIR   a learned style is recognised, and the thing in it
    python3 score.py compose --data DIR --run DIR --out DIR   a learned thing in a learned style

All pictures but the autoencoder's are drawn by the program itself (`--program`), all judgements are the judge's; its
own accuracy on true pictures stands beside them.
"""

import argparse
import itertools
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from common import Pictures
from judge import TRAITS, accuracy, open_judge
from PIL import Image

PLACES = {0: "on the beach", 1: "on the moon", 2: "in the forest", 3: "in a city at night", 4: "in the snow", 6: "in a living room"}
NAMES = {0: "photo", 1: "oil painting", 3: "pencil sketch", 9: "paper collage"}


class Program:
    """The command line, as anyone would use it."""

    def __init__(self, options):
        self.options = options

    def __call__(self, *arguments):
        done = subprocess.run([self.options.program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, arguments))}\n{done.stderr}")
        return done.stdout

    def model(self):
        return ["--model", self.options.model] if self.options.model else []

    def draw(self, prompt, count=1, seed=0, words=()):
        """count x 3 x 64 x 64, -1 to 1."""
        with tempfile.TemporaryDirectory() as folder:
            words = ["--word", *words] if words else []
            settings = ["--steps", self.options.steps, "--guidance", self.options.guidance, "--device", self.options.device]
            self("generate", *self.model(), *words, "--prompt", prompt, "--count", count, "--seed", seed, *settings, "--out", folder)
            pictures = [np.array(Image.open(path).convert("RGB")) for path in sorted(Path(folder).glob("*.png"))]
        return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def names(judge, pictures):
    with torch.no_grad():
        return {name: scores.argmax(1) for name, scores in judge(pictures).items()}


def grid(pictures, path, columns):
    """One picture of many, as they come."""
    pictures = ((pictures.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * 66, columns * 66, 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = i // columns * 66, i % columns * 66
        sheet[y : y + 64, x : x + 64] = picture
    Image.fromarray(sheet).save(path)


def rounded(values):
    return {k: round(v, 4) for k, v in values.items()}


def vae(options):
    from unet import fold, open_vae

    test, whole = Pictures(options.data + "/test"), Pictures(options.data + "/judgetest")
    judge, module = open_judge(options.run + "/judge.pt", whole.about), open_vae(options.run + "/vae.pt")

    def change(x):
        mean = module.quant_conv(module.encoder(x)).chunk(2, 1)[0]
        y = module.decoder(module.post_quant_conv(mean)).clamp(-1, 1)
        return ((y + 1) * 127.5).round() / 127.5 - 1

    x = test.batch(np.arange(200))
    with torch.no_grad():
        y = change(x)
    psnr = -10 * torch.log10((((y - x) / 2) ** 2).mean((1, 2, 3)))
    grid(torch.cat([x[:16], y[:16]]), options.run + "/reconstructions.png", 16)
    print(json.dumps({"psnr": round(psnr.mean().item(), 2), "worst": round(psnr.min().item(), 2)}), flush=True)
    true, kept = accuracy(judge, test, 1000), accuracy(judge, test, 1000, change)
    print(json.dumps({"originals": rounded(true), "reconstructions": rounded(kept)}))
    print(json.dumps({"judge, everything": rounded(accuracy(judge, whole, whole.count))}))


def prompts(options):
    program, about = Program(options), Pictures(options.data + "/judgetest").about
    judge, labels, used = open_judge(options.run + "/judge.pt", about), about["labels"], about["used"]
    combinations = list(itertools.product(used["kind"], used["colour"], PLACES, NAMES))
    chosen = np.random.default_rng(7).permutation(len(combinations))[: options.count]
    right, by_style, pictures = {name: 0 for name in ("kind", "colour", "background", "style")}, {}, []
    for n, i in enumerate(chosen):
        kind, colour, background, style = combinations[i]
        prompt = f"a {NAMES[style]} of a {labels['colour'][colour]} {labels['kind'][kind]} {PLACES[background]}".replace("a oil", "an oil")
        picture = program.draw(prompt, seed=n)
        seen = names(judge, picture)
        for name, value in zip(right, (kind, colour, background, style)):
            hit = int(seen[name].item() == value)
            right[name] += hit
            by_style.setdefault(NAMES[style], {}).setdefault(name, []).append(hit)
        pictures.append(picture)
    grid(torch.cat(pictures), options.run + "/prompts.png", 20)
    print(json.dumps({"prompts": len(chosen), **rounded({k: v / len(chosen) for k, v in right.items()})}))
    print(json.dumps({style: rounded({k: float(np.mean(v)) for k, v in rest.items()}) for style, rest in by_style.items()}))


def concepts_of(options):
    every = json.loads((Path(options.concepts) / "concepts.json").read_text())
    return [concept for concept in every if not options.only or concept["name"] in options.only.split(",")]


def learn(options):
    program = Program(options)
    for concept in concepts_of(options):
        out = Path(options.out) / concept["name"]
        start = time.time()
        given = ["--word", concept["word"], "--init", concept["initial_word"], "--kind", concept["kind"]]
        images = ["--images", Path(options.concepts) / concept["name"]]
        extra = options.extra.split()
        program("learn", *program.model(), *images, *given, "--device", options.device, "--out", out, *extra)
        print(json.dumps({"learned": concept["name"], "seconds": round(time.time() - start, 1)}), flush=True)


def word_of(options, concept):
    return next((Path(options.out) / concept["name"]).glob("*.safetensors"))


def words(options):
    program, rises = Program(options), []
    for concept in concepts_of(options):
        settings = ["--steps", options.steps, "--guidance", options.guidance, "--count", options.count, "--device", options.device]
        images = Path(options.concepts) / concept["name"]
        clip = ["--clip", options.model + "/clip", "--prompts", "starter"] if options.model else []
        text = program("evaluate", *program.model(), *clip, "--word", word_of(options, concept), "--images", images, *settings, "--json")
        report = next(found for line in text.splitlines() if (found := find(json.loads(line), "subjects")))
        scores = {s["subject"]: (s["image_similarity"]["mean"], s["text_similarity"]["mean"]) for s in report}
        start, ours, best = scores["initial word only"], scores["learned word"], scores["image only"]
        line = {"word": concept["name"], "initial": start, "learned": ours, "image only": best}
        line |= {"rise": round((ours[0] - start[0]) / (best[0] - start[0]), 3), "text kept": round(ours[1] / start[1], 3)}
        rises.append((line["rise"], line["text kept"]))
        print(json.dumps(line), flush=True)
    print(json.dumps({"mean rise": round(float(np.mean([r for r, _ in rises])), 3), "mean text kept": round(float(np.mean([t for _, t in rises])), 3)}))


def find(value, key):
    """The first value of that key anywhere in a nest of objects."""
    if isinstance(value, dict):
        if key in value:
            return value[key]
        value = list(value.values())
    if isinstance(value, list):
        return next((found for item in value if (found := find(item, key))), None)
    return None


def style(options):
    program, about = Program(options), Pictures(options.data + "/judgetest").about
    judge, labels = open_judge(options.run + "/judge.pt", about), about["labels"]
    learned = next(c for c in concepts_of(options) if c["kind"] == "style")
    rows, result = [], {}
    for kind in about["used"]["kind"]:
        prompt = f"a painting of a {labels['kind'][kind]} in the style of {learned['word']}"
        pictures = program.draw(prompt, options.count, 100, [word_of(options, learned)])
        seen = names(judge, pictures)
        result[labels["kind"][kind]] = {
            "style": (seen["style"] == learned["traits"]["style"]).float().mean().item(),
            "kind": (seen["kind"] == kind).float().mean().item(),
        }
        rows.append(pictures)
    grid(torch.cat(rows), options.run + "/style.png", options.count)
    mean = {k: float(np.mean([r[k] for r in result.values()])) for k in ("style", "kind")}
    print(json.dumps({"mean": rounded(mean), **{k: rounded(v) for k, v in result.items()}}))


def compose(options):
    program, about = Program(options), Pictures(options.data + "/judgetest").about
    judge = open_judge(options.run + "/judge.pt", about)
    learned = next(c for c in concepts_of(options) if c["kind"] == "style")
    rows, result = [], {}
    for concept in concepts_of(options):
        if concept["kind"] == "style":
            continue
        prompt = f"a painting of a {concept['word']} in the style of {learned['word']}"
        pictures = program.draw(prompt, options.count, 200, [word_of(options, concept), word_of(options, learned)])
        seen = names(judge, pictures)
        hits = {k: (seen[k] == v).float().mean().item() for k, v in (concept["traits"] | learned["traits"]).items()}
        result[concept["name"]] = rounded(hits)
        rows.append(pictures)
    grid(torch.cat(rows), options.run + "/compose.png", options.count)
    mean = {k: float(np.mean([r[k] for r in result.values()])) for k in next(iter(result.values()))}
    print(json.dumps({"mean": rounded(mean), **result}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["vae", "prompts", "learn", "words", "style", "compose"])
    parser.add_argument("--data")
    parser.add_argument("--run")
    parser.add_argument("--concepts")
    parser.add_argument("--out")
    parser.add_argument("--program", default="pseudoword")
    parser.add_argument("--model", help="a folder other than the model inside the program")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--only", default="", help="some of the concepts, separated by commas")
    parser.add_argument("--extra", default="", help="further arguments for learning")
    options = parser.parse_args()
    {"vae": vae, "prompts": prompts, "learn": learn, "words": words, "style": style, "compose": compose}[options.what](options)


if __name__ == "__main__":
    main()
