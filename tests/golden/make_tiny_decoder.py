"""Writes tiny_decoder/: a tiny decoder of random weights, narrower than the published ones, under the names of the original
(madebyollin/taesd, `taesd_decoder.safetensors`), and what diffusers' `AutoencoderTiny` decodes with it in 64 bits.

    pip install torch diffusers safetensors        (written with diffusers 0.42.1, torch 2.15.0)
    python make_tiny_decoder.py
"""

from pathlib import Path

import torch
from diffusers import AutoencoderTiny
from safetensors.torch import save_file

torch.manual_seed(20230401)
widths = (8, 8, 8, 8)
model = AutoencoderTiny(
    encoder_block_out_channels=widths, decoder_block_out_channels=widths, latent_channels=4
)
decoder = model.decoder
for parameter in decoder.parameters():
    # Torch's own are so small that nothing would be left of the latents after 34 layers.
    parameter.data *= 1.6
weights = {}
for name, value in decoder.state_dict().items():
    # The original counts the clamp, which is no module here.
    index, rest = name.removeprefix("layers.").split(".", 1)
    weights[f"{int(index) + 1}.{rest}"] = value.contiguous()
latents = torch.randn(1, 4, 3, 2) * 2
with torch.no_grad():
    # Diffusers goes on to -1 to 1; the network itself ends in 0 to 1.
    image = (model.double().decoder(latents.double()) + 1) / 2
print("levels from", image.min().item(), "to", image.max().item(), "deviation", image.std().item())
folder = Path(__file__).parent / "tiny_decoder"
save_file(weights, folder / "taesd_decoder.safetensors")
save_file({"latents": latents, "image": image.float().contiguous()}, folder / "reference.safetensors")
