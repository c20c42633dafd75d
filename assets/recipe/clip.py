"""Stage 2: a small CLIP (transformers' CLIPModel) on the same pictures and captions.

    python3 clip.py --data DIR --out FILE

Its text tower is where the model's text encoder starts; the whole of it scores likeness. Beside the contrastive loss
the picture tower has to name kind, colour, pattern, accessory, place and style; those heads are thrown away.
"""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from autoencoder import HELD_BACK, rate
from common import Log, Muon, Pictures, load, save, split
from transformers import CLIPConfig, CLIPModel
from words import LENGTH, TEXT, Words, mix_embedding

VISION = dict(
    hidden_size=128,
    intermediate_size=512,
    num_hidden_layers=4,
    num_attention_heads=4,
    image_size=64,
    patch_size=8,
    hidden_act="quick_gelu",
    projection_dim=128,
)
TRAITS = ("kind", "colour", "pattern", "accessory", "background", "style")


def clip_model(words):
    text = dict(TEXT, vocab_size=words.size, bos_token_id=words.start, eos_token_id=words.end, pad_token_id=words.end)
    return CLIPModel(CLIPConfig(text_config=text, vision_config=VISION, projection_dim=128))


class Towers(torch.nn.Module):
    def __init__(self, words, counts):
        super().__init__()
        self.clip = clip_model(words)
        self.embedding = mix_embedding(self.clip.text_model)
        self.heads = torch.nn.ModuleDict({name: torch.nn.Linear(128, n) for name, n in counts.items()})

    def forward(self, pixels, ids, weights, ends):
        image = self.clip.vision_model(pixel_values=pixels).pooler_output
        self.embedding.mixed = ids, weights
        hidden = self.clip.text_model(input_ids=ids[..., 0]).last_hidden_state
        self.embedding.mixed = None
        text = hidden[torch.arange(len(ends)), ends]
        return self.clip.visual_projection(image), self.clip.text_projection(text)


def accuracy(towers, pictures, words, captions, indices, labels):
    """How often a caption's own picture is nearest among 100, and how often the heads are right."""
    with torch.no_grad():
        image, text = towers(pictures.batch(indices) / 0.5, *words.batch([captions[i][0] for i in indices]))
        near = F.normalize(text) @ F.normalize(image).T
        result = {"found": (near.argmax(1) == torch.arange(len(indices))).float().mean().item()}
        for name, head in towers.heads.items():
            result[name] = (head(image).argmax(1) == labels[name][indices]).float().mean().item()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(2)
    pictures = Pictures(options.data)
    words, captions = Words(pictures.about["vocabulary"]), pictures.captions()
    labels = {name: pictures.label(name) for name in TRAITS}
    pure = pictures.labels[:, pictures.columns["share"]] == 0
    towers = Towers(words, {name: len(pictures.about["labels"][name]) for name in TRAITS})
    matrices, others = split(towers, ("heads", "projection", "patch"))
    optimizer = Muon(matrices, others, rate=0.01, adam_rate=1.5e-3)
    log, first = Log(options.out + ".jsonl"), 0
    if state := load(options.out):
        towers.load_state_dict(state["module"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]

    for step in range(first, options.steps):
        generator = np.random.default_rng((2, step))
        indices = generator.integers(HELD_BACK, pictures.count, options.batch)
        texts = [captions[i][k] for i, k in zip(indices, generator.integers(0, 6, options.batch))]
        length = min(LENGTH, max(len(words.one(text)) for text in texts) + 2)
        # A standard deviation of a half is what the preprocessor will say.
        pixels = pictures.batch(indices) / 0.5
        with torch.autocast("cpu", torch.bfloat16):
            image, text = towers(pixels, *words.batch(texts, length))
        image, text = image.float(), text.float()
        logits = towers.clip.logit_scale.exp().clamp(max=100) * F.normalize(text) @ F.normalize(image).T
        target = torch.arange(options.batch)
        loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
        clear = torch.from_numpy(pure[indices])
        naming = sum(
            F.cross_entropy(head(image)[clear], labels[name][indices][clear]) for name, head in towers.heads.items()
        )
        optimizer.zero_grad()
        (loss + 0.5 * naming).backward()
        optimizer.step(rate(step, options.steps))
        if step % 100 == 99 or step + 1 == options.steps:
            held = [i for i in range(200) if pure[i]][:100]
            log(step=step + 1, loss=loss.item(), naming=naming.item(), **accuracy(towers, pictures, words, captions, held, labels))
            save(options.out, {"module": towers.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1})


if __name__ == "__main__":
    main()
