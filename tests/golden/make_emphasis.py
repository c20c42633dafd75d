"""Writes emphasis.safetensors: weighted prompts encoded by compel itself, and by the published rules of the others.

compel runs as it is, on the text encoder of the golden folder sd1. A1111's "original" emphasis (`modules/sd_emphasis.py`)
and ComfyUI's (`comfy/sd1_clip.py`, `encode_token_weights`) are three lines each and are written out here.

    pip install torch transformers safetensors compel     (written with compel 2.5.1, torch 2.15.0, transformers 5.23.0)
    python3 make_emphasis.py
"""
import torch
from compel.embeddings_provider import EmbeddingsProvider, SplitLongTextMode
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer

from golden_folders import HERE

torch.set_num_threads(1)
CASES = {
    "short": [("a photo of a ", 1.0), ("cat", 1.4), (" on a ", 1.0), ("beach", 0.6), (" of ", 1.0), ("a toy", 0.25)],
    "up": [("a photo of a ", 1.0), ("red cat", 1.3)],
    "long": [("a cat " * 30, 1.0), ("dog " * 30, 0.5), ("a toy " * 10, 1.2)],
}

tokenizer = CLIPTokenizer.from_pretrained(HERE / "sd1/tokenizer")
encoder = CLIPTextModel.from_pretrained(HERE / "sd1/text_encoder").eval()
# Cut after 75 tokens, as the program cuts.
provider = EmbeddingsProvider(tokenizer, encoder, truncate=False, split_long_text_mode=SplitLongTextMode.BRUTAL)


def windows(fragments):
    """Ids and weights of each window of 77."""
    pairs = [(i, w) for text, w in fragments for i in tokenizer(text, add_special_tokens=False).input_ids]
    for start in range(0, len(pairs), 75):
        part = pairs[start : start + 75]
        rest = 75 - len(part)
        ids = [tokenizer.bos_token_id, *(i for i, _ in part), tokenizer.eos_token_id] + [tokenizer.pad_token_id] * rest
        yield torch.tensor([ids]), torch.tensor([1.0, *(w for _, w in part), 1.0] + [1.0] * rest)


def encode(ids):
    return encoder(ids).last_hidden_state[0]


def a1111(ids, weights):
    z = encode(ids)
    weighted = z * weights[:, None]
    return weighted * (z.mean() / weighted.mean())


def comfyui(ids, weights):
    empty = encode(torch.tensor([[tokenizer.bos_token_id, tokenizer.eos_token_id] + [tokenizer.pad_token_id] * 75]))
    return empty + (encode(ids) - empty) * weights[:, None]


with torch.no_grad():
    out = {}
    for name, fragments in CASES.items():
        texts, weights = zip(*fragments)
        out[f"{name}.compel"] = provider.get_embeddings_for_weighted_prompt_fragments([list(texts)], [list(weights)])[0]
        for rule in (a1111, comfyui):
            out[f"{name}.{rule.__name__}"] = torch.cat([rule(ids, w) for ids, w in windows(fragments)])
    save_file({k: v.float().contiguous() for k, v in out.items()}, HERE / "emphasis.safetensors")
    for name, value in out.items():
        print(name, list(value.shape), float(value.abs().max()))
