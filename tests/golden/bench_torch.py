"""Seconds per textual-inversion step and peak memory of PyTorch on a random full-size Stable Diffusion 1.5.

The figure that `pseudoword bench --random sd15 --size 256 --batch 1` is compared with: the same networks, frozen, in
the same precision, a forward and a backward pass down to the one embedding row that is learned. Prints one line of
JSON. No weights are downloaded; random ones cost the same.

    pip install torch diffusers transformers
    python3 bench_torch.py --size 256 --batch 1 --steps 3 [--device cuda --precision f16]
"""
import argparse
import json
import resource
import sys
import time

import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

PRECISIONS = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def build(device, dtype):
    """The networks with the published configuration of Stable Diffusion 1.5 and CLIP ViT-L/14, frozen."""
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
        max_position_embeddings=77, hidden_act="quick_gelu", bos_token_id=49406, eos_token_id=49407))
    unet = UNet2DConditionModel(
        sample_size=64, block_out_channels=(320, 640, 1280, 1280), layers_per_block=2, attention_head_dim=8,
        cross_attention_dim=768)
    return tuple(model.to(device, dtype).eval().requires_grad_(False) for model in (text, unet))


def peak_memory(device):
    """Bytes: of the device where it counts them, otherwise of the process."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256, help="picture size in pixels, a multiple of 64")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--steps", type=int, default=3, help="timed steps, after one that is not")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--precision", default="f32", choices=sorted(PRECISIONS))
    arguments = parser.parse_args()
    device, dtype = arguments.device, PRECISIONS[arguments.precision]
    torch.manual_seed(0)
    started = time.perf_counter()
    text, unet = build(device, dtype)
    built = time.perf_counter() - started

    side, table = arguments.size // 8, text.get_input_embeddings().weight
    row = torch.nn.Parameter(table[1929:1930].detach().float().clone())
    optimiser = torch.optim.AdamW([row], lr=5e-3)
    ids = torch.randint(0, 49408, (arguments.batch, 77), device=device)
    seconds = []
    for _ in range(arguments.steps + 1):
        started = time.perf_counter()
        latents, noise = (torch.randn(arguments.batch, 4, side, side, device=device, dtype=dtype) for _ in range(2))
        inputs = torch.nn.functional.embedding(ids, table)
        # The learned row stands at one place of the sentence; the token vectors go in where the lookup's would.
        inputs = torch.cat([inputs[:, :5], row.to(dtype).expand(arguments.batch, 1, -1), inputs[:, 6:]], dim=1)
        hook = text.get_input_embeddings().register_forward_hook(lambda _module, _input, _output: inputs)
        context = text(ids).last_hidden_state
        hook.remove()
        prediction = unet((latents + noise) / 2**0.5, 500, context).sample
        loss = torch.nn.functional.mse_loss(prediction.float(), noise.float())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        value = loss.item()  # waits for the device
        seconds.append(round(time.perf_counter() - started, 3))
    print(json.dumps({
        "program": f"torch {torch.__version__}", "device": device, "threads": torch.get_num_threads(),
        "precision": arguments.precision, "size": arguments.size, "batch": arguments.batch,
        "build_seconds": round(built, 1),
        "first_step_seconds": seconds[0], "step_seconds": seconds[1:], "peak_bytes": peak_memory(device),
        "loss": round(value, 4), "gradient_norm": float(f"{row.grad.norm():.3g}")}))


if __name__ == "__main__":
    main()
