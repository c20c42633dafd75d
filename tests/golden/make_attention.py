"""How the reference U-Net attends to its text, for the maps that `pseudoword explain` draws: the probabilities of every
`attn2`, averaged over heads, brought to the size of the latents bilinearly, and averaged over layers (DAAM, Tang et al.
2022, with `align_corners=False`). It downloads nothing.

Writes `attention.safetensors`: for some cases of sd1/reference.safetensors `maps.K`, `[batch, tokens, height, width]`,
and `err.K`, the largest difference from the same in 64-bit floats.

    pip install torch diffusers safetensors
    python3 make_attention.py
"""
import pathlib

import diffusers
import torch
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).parent
# One picture, two at different times, and a size that the layers do not divide.
CASES = (0, 1, 5)


class Looking:
    """Attention as diffusers computes it without shortcuts; keeps the probabilities of cross-attention."""

    def __init__(self, kept):
        self.kept = kept

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context)
        query, key, value = map(attn.head_to_batch_dim, (query, key, value))
        probabilities = attn.get_attention_scores(query, key)
        if encoder_hidden_states is not None:
            rows = hidden_states.shape[0]
            self.kept.append(probabilities.reshape(rows, -1, *probabilities.shape[1:]).mean(1))
        out = attn.batch_to_head_dim(torch.bmm(probabilities, value))
        return attn.to_out[0](out)


def maps(unet, sample, time, context, dtype):
    kept = []
    unet.to(dtype).set_attn_processor(Looking(kept))
    sizes = []
    hooks = [
        module.register_forward_pre_hook(lambda _, given: sizes.append(given[0].shape[-2:]))
        for name, module in unet.named_modules()
        if type(module).__name__ == "Transformer2DModel"
    ]
    with torch.no_grad():
        unet(sample.to(dtype), time.to(dtype), context.to(dtype))
    for hook in hooks:
        hook.remove()
    assert len(kept) == len(sizes), "a block for each transformer"
    large = [
        torch.nn.functional.interpolate(
            own.transpose(1, 2).reshape(own.shape[0], own.shape[2], *size),
            size=sample.shape[-2:], mode="bilinear", align_corners=False,
        )
        for own, size in zip(kept, sizes)
    ]
    return torch.stack(large).mean(0)


def main():
    given = load_file(HERE / "sd1/reference.safetensors")
    unet = diffusers.UNet2DConditionModel.from_pretrained(HERE / "sd1/unet")
    found = {}
    for case in CASES:
        sample, time, context = (given[f"in.unet.{case}.{name}"] for name in ("sample", "t", "context"))
        exact = maps(unet, sample, time, context, torch.float64)
        single = maps(unet, sample, time, context, torch.float32)
        found[f"maps.{case}"] = single.contiguous()
        found[f"err.{case}"] = (single.double() - exact).abs().max().float().reshape(1)
        print(case, tuple(single.shape), float(found[f"err.{case}"]), float(single.max()), float(single.sum(1).mean()))
    save_file(found, HERE / "attention.safetensors")


if __name__ == "__main__":
    main()
