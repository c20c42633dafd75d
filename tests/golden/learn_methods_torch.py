"""Writes methods/: a few steps of each way of learning a word that the paper compares, by PyTorch and diffusers' classes.

Latents, noise and timesteps are those of the first steps of `ti1` in the family's folder; sentences stand in the settings.
All vectors of a run are one parameter of torch's AdamW, so that steps are counted for all of them together. What a step
leaves alone, the vectors whose time has not come and the picture words that no sentence names, is put back afterwards
together with its moments, which begin at zero. `err` is the largest difference from the same in 64 bits. `paste` is one
picture squeezed into another by Pillow, as two words are learned together.

    pip install torch diffusers transformers safetensors pillow
    python3 learn_methods_torch.py
"""
import numpy
import torch
from diffusers import DDPMScheduler
from PIL import Image
from safetensors.torch import load_file, save_file

import golden_learning
from golden_families import Models
from golden_folders import HERE, write_json

torch.set_num_threads(1)
WORD, INIT, STEPS = "<Cat-Toy>", "toy", 5
# The word that is learned together with it.
SECOND, SECOND_INIT = "<Dog>", "cat"
TEMPLATES = ["a photo of a {}", "a rendering of a {}", "the photo of a {}", "a dark photo of my {}", "a good photo of one {}"]
CASES = {
    "extended": {"method": "extended", "vectors": 3},
    # One vector in steps 1 and 2, two in 3 and 4, three in 5.
    "progressive": {"method": "progressive", "vectors": 3, "add_vector_at": [2, 4]},
    "regularised": {"method": "regularised", "vectors": 2, "regularisation": 0.5},
    # In the first steps of two pictures none names its own word, later the first, then both, then the second.
    "per-image": {"method": "per-image", "vectors": 1, "pictures": 2, "both": [[], [0], [0, 1], [], [1]]},
    # A sentence for each picture by a person; the second has no place for the word.
    "captions": {"method": "captions", "vectors": 1, "captions": ["my {} lies in the grass", "red and small"]},
    # Steps in which the first word, or the second, is not named, and two of pasted pictures.
    "two-concept": {
        "method": "two-concept", "vectors": 2, "second": SECOND,
        "shows": ["ab", ["both", "a"], "bb", "aa", ["both", "both"]],
    },
}
# Left, top, width and height in parts of the whole, of pictures of so many pixels.
PLACE, SIDE = [0.2, 0.4, 0.3, 0.45], 32
COMMON = {"lr": 0.005, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01}


def tokens_of(case):
    """The word's tokens, then those of the pictures' words or of the second word."""
    own, second = (
        golden_learning.placeholders({"placeholder": word, "vectors": case["vectors"]}) for word in (WORD, SECOND)
    )
    if "second" in case:
        return own, second
    return own, [f"<Cat-Toy-picture-{i + 1}>" for i in range(case.get("pictures", 0))]


def active(case, step):
    return 1 + sum(at < step for at in case["add_vector_at"]) if "add_vector_at" in case else case["vectors"]


def sentences_of(case):
    """Two a step, steps from 1: the word's tokens in use, and where it is said so the picture's word as well."""
    own, pictures = tokens_of(case)
    def one(step, row):
        word = " ".join(own[: active(case, step)])
        if "captions" in case:
            caption = case["captions"][(step + row) % 2]
            return (caption if "{}" in caption else "a photo of {}, " + caption).replace("{}", word)
        if "shows" in case:
            a, b = word, " ".join(pictures)
            shown = {"a": a, "b": b, "both": f"{a} and {b}"}[case["shows"][step - 1][row]]
            return TEMPLATES[(step + 2 * row) % 5].replace("{}", shown)
        both = row in case.get("both", [[]] * STEPS)[step - 1]
        return TEMPLATES[(step + 2 * row) % 5].replace("{}", f"{word} with {pictures[row]}" if both else word)
    return [[one(step, row) for row in range(2)] for step in range(1, STEPS + 1)]


def learn(models, given, case):
    own, pictures = tokens_of(case)
    added = models.add_words(own + pictures, INIT)
    tables = [models.embedding(k).weight.data for k in range(len(added))]
    frozen = [table[: ids[0]] for table, ids in zip(tables, added)]
    rows = [torch.nn.Parameter(table[ids].clone()) for table, ids in zip(tables, added)]
    for part, table, tokenizer in zip(rows, frozen, models.tokenizers):
        second = tokenizer(SECOND_INIT, add_special_tokens=False).input_ids
        part.data[len(own) :] = table[second] if "second" in case else table.mean(0)
    start = [part.detach().clone() for part in rows]
    optimiser = torch.optim.AdamW(rows, lr=case["lr"], betas=case["betas"], eps=case["eps"], weight_decay=case["weight_decay"])
    schedule = DDPMScheduler.from_config(models.schedule)
    latents, noise = models.real(given["in.ti1.latents"]), models.real(given["in.ti1.noise"])
    vectors, losses = [[part.clone()] for part in start], []
    for step in range(1, STEPS + 1):
        t, sentences = given["in.ti1.timesteps"][step - 1], case["sentences"][step - 1]
        context = models.encode(models.ids(sentences), [torch.cat(pair) for pair in zip(frozen, rows)])
        noisy = schedule.add_noise(latents[step - 1], noise[step - 1], t)
        loss = torch.nn.functional.mse_loss(models.predict(noisy, t, *context), noise[step - 1])
        if "regularisation" in case:
            apart = sum(((part - was)[: len(own)] ** 2).sum() for part, was in zip(rows, start))
            loss = loss + case["regularisation"] * apart / len(own)
        optimiser.zero_grad()
        loss.backward()
        words = " ".join(sentences).replace(",", " ").split()
        resting = [i for i, token in enumerate(own + pictures) if token not in words]
        before = [[values.clone() for values in state_of(optimiser, part)] for part in rows]
        optimiser.step()
        for part, kept in zip(rows, before):
            for now, was in zip(state_of(optimiser, part), kept):
                now[resting] = was[resting]
        for k, part in enumerate(rows):
            vectors[k].append(part.detach().clone())
        losses.append(loss.detach())
    models.forget_words(added)
    out = {f"vectors{suffix}": torch.stack(path) for suffix, path in zip(models.suffixes, vectors)}
    return out | {"losses": torch.stack(losses)}


def state_of(optimiser, part):
    """The vectors and AdamW's two moments of them, zero before its first step."""
    state, values = optimiser.state.get(part, {}), part.data
    return [values] + [state.get(name, torch.zeros_like(values)) for name in ("exp_avg", "exp_avg_sq")]


def pasted():
    """A picture, another, and the first with the other in it."""
    random = numpy.random.default_rng(7)
    onto, inset = random.integers(0, 256, (2, SIDE, SIDE, 3), dtype=numpy.uint8)
    left, top, width, height = (round(part * SIDE) for part in PLACE)
    both = Image.fromarray(onto)
    both.paste(Image.fromarray(inset).resize((width, height), Image.Resampling.BICUBIC), (left, top))
    pictures = {"onto": onto, "inset": inset, "both": numpy.array(both)}
    return {f"paste.{name}": torch.from_numpy(picture) for name, picture in pictures.items()}


def main():
    tensors, about, settings = pasted(), {}, {}
    for name, case in CASES.items():
        own, pictures = tokens_of(case)
        settings[name] = {**COMMON, **case, "tokens": own + pictures, "sentences": sentences_of(case)}
    for family in ("sd1", "sdxl"):
        given = load_file(HERE / family / "reference.safetensors")
        side = [8 * length for length in given["in.sample.latents"].shape[2:]]
        results = []
        for dtype in (torch.float32, torch.float64):
            models = Models(HERE / family, dtype)
            models.time_ids = [*side, 0, 0, *side]
            results.append({name: learn(models, given, case) for name, case in settings.items()})
        for name, case in results[0].items():
            for key, value in case.items():
                exact, full = results[1][name][key], f"{family}.{name}.{key}"
                tensors[full] = value.contiguous()
                about[full] = {"max_abs": exact.abs().max().item(), "err": (value.double() - exact).abs().max().item()}
                print(full, about[full])
    (HERE / "methods").mkdir(exist_ok=True)
    save_file(tensors, HERE / "methods/reference.safetensors")
    write_json(HERE / "methods/reference.json", {"settings": settings, "place": PLACE, "tensors": about})


if __name__ == "__main__":
    main()
