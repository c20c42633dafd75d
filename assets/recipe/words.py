"""The text side of the starter model: its tokenizer files, captions as numbers, and the text encoder.

The vocabulary is CLIP's kind of byte pairs: all 256 byte symbols, alone and at the end of a word, and enough merges
that every word of the toy world is one token. Any other text falls apart into letters, as it does for any model.
"""

import json
import re
from pathlib import Path

import torch
from transformers import CLIPTextConfig, CLIPTextModel

LENGTH = 32
START, END = "<|startoftext|>", "<|endoftext|>"
PARTS = 8
TEXT = dict(
    hidden_size=128,
    intermediate_size=512,
    num_hidden_layers=4,
    num_attention_heads=4,
    max_position_embeddings=LENGTH,
    hidden_act="quick_gelu",
    projection_dim=128,
)


def byte_symbols():
    """The printable character CLIP writes for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = {byte: chr(byte) for byte in plain}
    others = [byte for byte in range(256) if byte not in symbols]
    symbols.update({byte: chr(256 + i) for i, byte in enumerate(others)})
    return [symbols[byte] for byte in plain + others]


def merge(pieces, merges):
    """Byte-pair encoding: the earliest merge of the list first."""
    rank = {pair: i for i, pair in enumerate(merges)}
    while len(pieces) > 1:
        pairs = [(rank.get(pair, len(rank)), i) for i, pair in enumerate(zip(pieces, pieces[1:]))]
        best, i = min(pairs)
        if best == len(rank):
            break
        pieces = pieces[:i] + [pieces[i] + pieces[i + 1]] + pieces[i + 2 :]
    return pieces


def build_tokenizer(words):
    """The vocabulary and the merges that make each of the words one token."""
    merges = []
    for word in sorted(words):
        pieces = merge([*word[:-1], word[-1] + "</w>"], merges)
        while len(pieces) > 1:
            merges.append((pieces[0], pieces[1]))
            pieces = [pieces[0] + pieces[1], *pieces[2:]]
    symbols = byte_symbols()
    tokens = symbols + [symbol + "</w>" for symbol in symbols]
    tokens += [a + b for a, b in merges] + [START, END]
    for word in words:
        assert len(merge([*word[:-1], word[-1] + "</w>"], merges)) == 1, word
    return {token: i for i, token in enumerate(tokens)}, merges


def save_tokenizer(folder, words):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = build_tokenizer(words)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    special = dict(bos_token=START, eos_token=END, unk_token=END, pad_token=END)
    config = dict(tokenizer_class="CLIPTokenizer", model_max_length=LENGTH, do_lower_case=True, **special)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")


class Words:
    """Captions to numbers; every word must be one token."""

    def __init__(self, words):
        vocabulary, _ = build_tokenizer(words)
        self.known = list(words)
        self.size = len(vocabulary)
        self.ids = {token[:-4]: i for token, i in vocabulary.items() if token.endswith("</w>")}
        self.start, self.end = vocabulary[START], vocabulary[END]

    def one(self, text):
        """A list of tokens, each a list of (id, weight): an invented word has several parts."""
        tokens = []
        for piece in re.findall(r"\{[^}]*\}|[a-z]+|[^a-z\s{]+", text):
            if piece[0] != "{":
                tokens.append([(self.ids[piece], 1.0)])
                continue
            parts = [part.split("*") for part in piece[1:-1].split("+")]
            # "pixel-art" and the like count as their words.
            parts = [(word, *weight) for name, *weight in parts for word in re.findall(r"[a-z]+|-", name)]
            weights = torch.tensor([float(part[1]) if len(part) > 1 else 1.0 for part in parts])
            weights = (weights / weights.norm()).tolist()
            tokens.append([(self.ids[part[0]], weight) for part, weight in zip(parts, weights)][:PARTS])
        return tokens[: LENGTH - 2]

    def batch(self, texts, length=LENGTH):
        """ids and weights, both n x length x PARTS, and the position of the end."""
        ids = torch.full((len(texts), length, PARTS), self.end)
        weights = torch.zeros(len(texts), length, PARTS)
        weights[:, :, 0] = 1
        ends = []
        for row, text in enumerate(texts):
            ids[row, 0, 0] = self.start
            tokens = self.one(text)[: length - 2]
            for column, token in enumerate(tokens, 1):
                for k, (token_id, weight) in enumerate(token):
                    ids[row, column, k], weights[row, column, k] = token_id, weight
            ends.append(len(tokens) + 1)
        return ids, weights, torch.tensor(ends)


class MixedEmbedding(torch.nn.Embedding):
    """An embedding that can be told to answer with sums of rows: an invented word is several words in one."""

    mixed = None

    def forward(self, ids):
        if self.mixed is None:
            return super().forward(ids)
        ids, weights = self.mixed
        return (super().forward(ids) * weights[..., None]).sum(2)


def text_encoder(words):
    """diffusers' `text_encoder`: transformers' CLIPTextModel."""
    config = CLIPTextConfig(
        vocab_size=words.size, bos_token_id=words.start, eos_token_id=words.end, pad_token_id=words.end, **TEXT
    )
    module = CLIPTextModel(config)
    mix_embedding(module)
    return module


def mix_embedding(module):
    """Changes the class of a text model's token embedding to [`MixedEmbedding`], keeping its numbers and name."""
    for child in module.modules():
        if type(child) is torch.nn.Embedding and child.num_embeddings != LENGTH:
            child.__class__ = MixedEmbedding
            return child
    raise ValueError("no token embedding")


def encode(module, embedding, ids, weights):
    """The last hidden state, n x length x width, after the final layer norm."""
    embedding.mixed = ids, weights
    try:
        return module(input_ids=ids[..., 0]).last_hidden_state
    finally:
        embedding.mixed = None
