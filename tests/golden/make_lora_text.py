"""LoRAs of text encoders in kohya's names as diffusers' own loader reads them: `lora_text/`. It downloads nothing.

    pip install torch diffusers transformers safetensors peft accelerate
    python3 make_lora_text.py

The numbers are those of `load_lora_weights`; `err` is how far they are from the products added by hand in 64 bits, which
must be roundings. The files are as kohya's scripts write them: all four projections of self-attention, and one alpha for
all layers of the text encoders. Of other files diffusers 0.42 makes something else, by two faults of its own:

- `convert_state_dict_to_peft` knows its older names, into which kohya's are translated, by a layer `to_out_lora` alone.
  Without any `out_proj` in the file, `q_proj`, `k_proj` and `v_proj` are passed over without a word.
- `get_peft_kwargs` cuts `self_attn.to_q_lora` off at the last dot to find the layer of an alpha that is not the most
  frequent one. No layer is called that, so such layers are given the most frequent alpha.
"""
import torch
from safetensors.torch import save_file

import make_lora
from golden_folders import HERE, write_json
from make_lora import WEIGHT

LAYERS = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "mlp.fc1", "mlp.fc2"]
TEXT = [f"encoder.layers.{layer}.{name}" for layer in (0, 1) for name in LAYERS]
FAMILIES = {"sd1": ["lora_te_"], "sdxl": ["lora_te1_", "lora_te2_"]}


def main():
    out, tensors, about = HERE / "lora_text", {}, {}
    out.mkdir(exist_ok=True)
    for seed, (family, starts) in enumerate(FAMILIES.items()):
        file, added = make_lora.make(HERE / family, [], "", starts, [], 11 + seed, TEXT, True)
        path = out / f"{family}.safetensors"
        save_file(file, path, metadata={"ss_network_module": "networks.lora"})
        theirs = make_lora.by_diffusers(HERE / family, path, WEIGHT)
        exact = make_lora.outputs(HERE / family, added, WEIGHT, torch.float64)
        for key in theirs.keys() - {"unet"}:
            name, err = f"{family}.{key}", (theirs[key].double() - exact[key]).abs().max().item()
            tensors[name] = theirs[key].contiguous()
            about[name] = {"max_abs": exact[key].abs().max().item(), "err": err}
            assert err < 1e-5 * about[name]["max_abs"], f"{name}: {err}"
            print(name, about[name])
    save_file(tensors, out / "reference.safetensors")
    write_json(out / "reference.json", {"settings": {"weight": WEIGHT}, "tensors": dict(sorted(about.items()))})


if __name__ == "__main__":
    main()
