"""PyTorch's side of `pseudoword bench --compare`: one step of textual inversion, or one guided sampling step, whenever it
is asked for one, on networks of the same sizes with random weights, which cost the same. It downloads nothing.

The folder given with --model holds `unet/config.json` and `text_encoder/config.json` as diffusers writes them. When it is
ready it says so in one line (libraries, device, threads); then it answers lines of standard input, each with a number:

    step learn    seconds of a forward and a backward pass down to the embedding row that is learned, and AdamW
    step sample   seconds of the U-Net on the two rows of a guided step
    memory        largest memory in bytes: of the device where it counts it, else of the process

    pip install torch diffusers transformers
    printf 'step learn\nstep learn\nmemory\n' | python3 bench_torch.py --model DIR --size 256
"""
import argparse
import json
import pathlib
import sys
import time

import diffusers
import torch
import transformers

PRECISIONS = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def choose(wanted):
    if wanted == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    sys.exit("This PyTorch finds no graphics card.")


class Networks:
    """Text encoders and U-Net, frozen, and what a step is done with."""

    def __init__(self, arguments, device):
        self.device, self.dtype, self.rows = device, PRECISIONS[arguments.precision], arguments.batch
        folder = pathlib.Path(arguments.model)
        self.texts = []
        for part, kind in (("text_encoder", transformers.CLIPTextModel),
                           ("text_encoder_2", transformers.CLIPTextModelWithProjection)):
            if (folder / part / "config.json").is_file():
                config = transformers.CLIPTextConfig.from_json_file(folder / part / "config.json")
                self.texts.append(self.frozen(kind(config)))
        config = json.loads((folder / "unet" / "config.json").read_text())
        self.unet = self.frozen(diffusers.UNet2DConditionModel.from_config(config))
        self.channels, self.size = self.unet.config.in_channels, arguments.size
        self.side = arguments.size // arguments.downsampling
        self.tables = [text.get_input_embeddings().weight for text in self.texts]
        self.words = [torch.nn.Parameter(table[1:2].detach().float().clone()) for table in self.tables]
        self.optimiser = torch.optim.AdamW(self.words, lr=5e-3)
        with torch.no_grad():
            self.given = self.context(2)

    def frozen(self, network):
        return network.to(self.device, self.dtype).eval().requires_grad_(False)

    def context(self, rows):
        """What the U-Net is conditioned on, with the learned row at one place of the sentence."""
        states, pooled = [], None
        for text, table, word in zip(self.texts, self.tables, self.words):
            length = text.config.max_position_embeddings
            ids = torch.arange(length, device=self.device).mul(37).remainder(table.shape[0]).expand(rows, -1)
            inputs = torch.nn.functional.embedding(ids, table)
            # The token vectors go in where the lookup's would.
            row = word.to(self.dtype).expand(rows, 1, -1)
            inputs = torch.cat([inputs[:, :5], row, inputs[:, 6:]], dim=1)
            hook = text.get_input_embeddings().register_forward_hook(lambda _module, _input, _output: inputs)
            out = text(ids, output_hidden_states=len(self.texts) > 1)
            hook.remove()
            states.append(out.hidden_states[-2] if len(self.texts) > 1 else out.last_hidden_state)
            pooled = getattr(out, "text_embeds", pooled)
        added = {}
        if pooled is not None:
            sizes = [self.size, self.size, 0, 0, self.size, self.size]
            times = torch.tensor([sizes] * rows, device=self.device, dtype=self.dtype)
            added = {"added_cond_kwargs": {"text_embeds": pooled, "time_ids": times}}
        return {"encoder_hidden_states": torch.cat(states, dim=-1), **added}

    def noise(self, rows):
        shape = (rows, self.channels, self.side, self.side)
        return torch.randn(shape, device=self.device, dtype=self.dtype)

    def learn(self):
        latents, noise = self.noise(self.rows), self.noise(self.rows)
        prediction = self.unet((latents + noise) / 2**0.5, 500, **self.context(self.rows)).sample
        loss = torch.nn.functional.mse_loss(prediction.float(), noise.float())
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return loss.item()  # waits for the device

    @torch.no_grad()
    def sample(self):
        latents = self.noise(1).expand(2, -1, -1, -1)
        return self.unet(latents, 500, **self.given).sample.float().cpu()


def peak_memory(device):
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    if device == "mps":
        return torch.mps.driver_allocated_memory()
    try:
        import resource
    except ImportError:  # Windows
        return "unknown"
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def say(answer):
    print(answer, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder of unet/config.json and text_encoder/config.json")
    parser.add_argument("--size", type=int, required=True, help="picture size in pixels")
    parser.add_argument("--downsampling", type=int, default=8, help="pixels for each latent")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=["cpu", "gpu"])
    parser.add_argument("--precision", default="f32", choices=sorted(PRECISIONS))
    arguments = parser.parse_args()
    device = choose(arguments.device)
    torch.manual_seed(0)
    networks = Networks(arguments, device)
    libraries = ", ".join(f"{library.__name__} {library.__version__}" for library in (torch, diffusers, transformers))
    card = torch.cuda.get_device_name() if device == "cuda" else device
    say(f"{libraries}\t{card}\t{torch.get_num_threads()}")
    steps = {"step learn": networks.learn, "step sample": networks.sample}
    for line in map(str.strip, sys.stdin):
        if line == "memory":
            say(peak_memory(device))
            continue
        started = time.perf_counter()
        steps[line]()
        say(round(time.perf_counter() - started, 5))


if __name__ == "__main__":
    main()
