"""One golden model folder of any family, loaded by the reference libraries at one precision."""
import json

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import LDMBertModel
from transformers import BertTokenizer, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()

# The folders of a family's tokenizers, text encoders and autoencoder, by the class that model_index.json names.
FAMILIES = {
    "StableDiffusionPipeline": ("sd", ["tokenizer"], ["text_encoder"], "vae"),
    "StableDiffusionXLPipeline": (
        "sdxl", ["tokenizer", "tokenizer_2"], ["text_encoder", "text_encoder_2"], "vae"),
    "LDMTextToImagePipeline": ("ldm", ["tokenizer"], ["bert"], "vqvae"),
}
CLASSES = {
    "CLIPTokenizer": CLIPTokenizer, "BertTokenizer": BertTokenizer, "CLIPTextModel": CLIPTextModel,
    "CLIPTextModelWithProjection": CLIPTextModelWithProjection, "LDMBertModel": LDMBertModel,
}


def parts(folder):
    """The family and, for each of its tokenizers and text encoders, folder and class; then the autoencoder's folder."""
    index = json.loads((folder / "model_index.json").read_text())
    family, tokenizers, encoders, vae = FAMILIES[index["_class_name"]]
    named = lambda names: [(name, CLASSES[index[name][1]]) for name in names]
    return family, named(tokenizers), named(encoders), vae


def open_tokenizers(folder):
    return [kind.from_pretrained(folder / name) for name, kind in parts(folder)[1]]


def pad(tokenizer, prompts):
    """The ids of prompts, one row each, padded or cut to the 77 that every family takes."""
    return torch.tensor(tokenizer(prompts, padding="max_length", truncation=True, max_length=77).input_ids)


class Models:
    """The networks of one folder; `given` stands for what its U-Net is conditioned on, context and pooled text."""

    def __init__(self, folder, dtype):
        self.folder, self.dtype = folder, dtype
        self.family, _, encoders, vae = parts(folder)
        self.tokenizers = open_tokenizers(folder)
        self.encoders = [kind.from_pretrained(folder / name) for name, kind in encoders]
        for model, tokenizer in zip(self.encoders, self.tokenizers):
            # Old exports call the end token 2, and transformers then pools at the largest id, which a learned word has.
            if isinstance(model, (CLIPTextModel, CLIPTextModelWithProjection)):
                for part in model.modules():
                    if hasattr(part, "eos_token_id"):
                        part.eos_token_id = tokenizer.eos_token_id
        self.unet = UNet2DConditionModel.from_pretrained(folder / "unet")
        self.vae = AutoencoderKL.from_pretrained(folder / vae)
        self.schedule = json.loads((folder / "scheduler/scheduler_config.json").read_text())
        for model in (*self.encoders, self.unet, self.vae):
            model.to(dtype).eval().requires_grad_(False)
        # The second encoder's tensors are called like the first's, with this at the end.
        self.suffixes = ["", "_2"][: len(self.encoders)]
        self.time_ids = None

    def real(self, tensor):
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor

    def ids(self, prompts):
        """Rows of ids for each text encoder."""
        return [pad(tokenizer, prompts) for tokenizer in self.tokenizers]

    def embedding(self, encoder):
        """A text encoder's table of token vectors."""
        model = self.encoders[encoder]
        return model.model.embed_tokens if self.family == "ldm" else model.get_input_embeddings()

    def final_norm(self, encoder):
        return next(m for n, m in self.encoders[encoder].named_modules() if n.endswith("final_layer_norm"))

    def run_text(self, encoder, ids, table=None, vectors=None):
        """All states of one text encoder. `table` stands in for its token table, `vectors` for the tokens' vectors."""
        model = self.encoders[encoder]
        if self.family == "ldm":
            vectors = self.embedding(0)(ids) if vectors is None else vectors
            return model.model(inputs_embeds=vectors, output_hidden_states=True, return_dict=True)
        own = self.embedding(encoder).weight
        name = next(n for n, p in model.named_parameters() if p is own)
        return torch.func.functional_call(
            model, {name: own if table is None else table}, (ids,), {"output_hidden_states": True})

    def join(self, results):
        """What the U-Net is given: SDXL reads both encoders' states before the last layer, and the pooled text."""
        if self.family != "sdxl":
            return results[0].last_hidden_state, None
        return torch.cat([r.hidden_states[-2] for r in results], dim=2), results[1].text_embeds

    def encode(self, ids, tables=None):
        tables = tables or [None] * len(ids)
        return self.join([self.run_text(k, rows, tables[k]) for k, rows in enumerate(ids)])

    def predict(self, sample, t, context, pooled=None, time_ids=None):
        """The U-Net; SDXL's is told the sizes of the settings where the call does not say others."""
        if pooled is None:
            return self.unet(sample, t, context).sample
        if time_ids is None:
            time_ids = torch.tensor([self.time_ids] * len(sample), dtype=self.dtype)
        return self.unet(sample, t, context, added_cond_kwargs={"text_embeds": pooled, "time_ids": time_ids}).sample

    def guided(self, latents, t, given, guidance):
        """Classifier-free guidance; the first row of `given` is the negative text."""
        negative, positive = self.predict(torch.cat([latents, latents]), t, *given).chunk(2)
        return negative + guidance * (positive - negative)

    def encode_picture(self, image):
        """The scaled mean of a picture."""
        return self.vae.encode(self.real(image)).latent_dist.mean * self.vae.config.scaling_factor

    def decode(self, latents):
        return self.vae.decode(latents / self.vae.config.scaling_factor).sample

    def picture(self, latents):
        """A picture in [0, 1]."""
        return (self.decode(latents) / 2 + 0.5).clamp(0, 1)

    def add_words(self, words, init):
        """Placeholder tokens in every encoder, whose rows start as the row of `init`; their ids for each encoder."""
        added = []
        for k, tokenizer in enumerate(self.tokenizers):
            source = tokenizer(init, add_special_tokens=False).input_ids
            assert len(source) == 1, f"{init} is not one token"
            assert tokenizer.add_tokens(words) == len(words), f"{words} are in the vocabulary already"
            table = self.embedding(k).weight
            table.data = torch.cat([table.data, table.data[source].repeat(len(words), 1)])
            added.append(tokenizer.convert_tokens_to_ids(words))
        return added

    def forget_words(self, added):
        self.tokenizers = open_tokenizers(self.folder)
        for k, ids in enumerate(added):
            table = self.embedding(k).weight
            table.data = table.data[: min(ids)]
