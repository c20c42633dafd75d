"""Every out.* tensor of a golden sd1 folder, computed by the reference libraries at one precision."""
import json
import re
import sys

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

# The order of additions depends on the number of threads; with one, a folder can be made again bit for bit.
torch.set_num_threads(1)
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
diffusers.utils.logging.set_verbosity_error()

UNET_TAPS = re.compile(
    r"time_embedding|conv_in|conv_norm_out|mid_block|(down|up)_blocks\.\d+"
    r"|(mid_block|(down|up)_blocks\.\d+)\.(resnets\.0|attentions\.0|attentions\.\d+\.transformer_blocks\.0)"
)
VAE_TAPS = re.compile(
    r"encoder\.(down_blocks\.[23]|mid_block|conv_out)|decoder\.(conv_in|mid_block|up_blocks\.0)"
)


class Models:
    """One Stable Diffusion 1 folder, loaded by the reference libraries at one precision."""

    def __init__(self, folder, dtype):
        self.dtype = dtype
        self.tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        self.text = CLIPTextModel.from_pretrained(folder / "text_encoder").to(dtype).eval()
        self.unet = UNet2DConditionModel.from_pretrained(folder / "unet").to(dtype).eval()
        self.vae = AutoencoderKL.from_pretrained(folder / "vae").to(dtype).eval()
        self.schedule = json.loads((folder / "scheduler/scheduler_config.json").read_text())
        for model in (self.text, self.unet, self.vae):
            model.requires_grad_(False)
        self.embedding = self.text.get_input_embeddings()

    def real(self, tensor):
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor

    def ids(self, prompts):
        return torch.tensor(self.tokenizer(prompts, padding="max_length", truncation=True, max_length=77).input_ids)

    def encode(self, ids):
        return self.text(ids).last_hidden_state

    def decode(self, latents):
        return self.vae.decode(latents / self.vae.config.scaling_factor).sample

    def add_words(self, words, init):
        """Placeholder tokens whose rows start as the row of `init`; returns their ids."""
        source = self.tokenizer(init, add_special_tokens=False).input_ids
        assert len(source) == 1, f"{init} is not one token"
        assert self.tokenizer.add_tokens(words) == len(words), f"{words} are in the vocabulary already"
        rows = self.embedding.weight.data
        self.embedding.weight.data = torch.cat([rows, rows[source].repeat(len(words), 1)])
        return self.tokenizer.convert_tokens_to_ids(words)

    def forget_words(self, folder, ids):
        self.tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        self.embedding.weight.data = self.embedding.weight.data[: min(ids)]


def taps(model, pattern, prefix, out):
    """Record the outputs of the inner modules that `pattern` names."""
    def hook(name):
        def record(_module, _inputs, output):
            out[prefix + name] = output if torch.is_tensor(output) else output[0]
        return record
    return [m.register_forward_hook(hook(n)) for n, m in model.named_modules() if pattern.fullmatch(n)]


def compute_text(models, inputs, out):
    result = models.text(inputs["in.text.ids"], output_hidden_states=True)
    for k, hidden in enumerate(result.hidden_states):
        out[f"out.text.0.hidden.{k}"] = hidden
    out["out.text.0.last"] = out["out.text.context"] = result.last_hidden_state
    out["out.text.0.penultimate_normed"] = models.text.final_layer_norm(result.hidden_states[-2])
    out["out.text.0.pooled"] = result.pooler_output


def compute_vae(models, inputs, settings, out):
    for k in range(settings["vae_cases"]):
        image, eps, latent = (models.real(inputs[f"in.vae.{k}.{n}"]) for n in ("image", "eps", "latent"))
        hooks = taps(models.vae, VAE_TAPS, "out.vae.tap.", out) if k == 0 else []
        posterior = models.vae.encode(image).latent_dist
        out[f"out.vae.{k}.decoded"] = models.decode(latent)
        out[f"out.vae.{k}.mean"], out[f"out.vae.{k}.logvar"] = posterior.mean, posterior.logvar
        sample = posterior.mean + torch.exp(posterior.logvar / 2) * eps
        out[f"out.vae.{k}.scaled_sample"] = sample * models.vae.config.scaling_factor
        for hook in hooks:
            hook.remove()


def compute_unet(models, inputs, settings, out):
    for k in range(settings["unet_cases"]):
        sample, t, context = (inputs[f"in.unet.{k}.{n}"] for n in ("sample", "t", "context"))
        hooks = taps(models.unet, UNET_TAPS, "out.unet.tap.", out) if k == 0 else []
        out[f"out.unet.{k}.out"] = models.unet(models.real(sample), t, models.real(context)).sample
        for hook in hooks:
            hook.remove()


def scheduler_of(models, sampler):
    """The sampler's diffusers scheduler and its resolved configuration."""
    scheduler = getattr(diffusers, sampler["class"]).from_config(models.schedule, **sampler.get("override", {}))
    return scheduler, {k: v for k, v in scheduler.config.items() if k != "_use_default_values"}


def sample(models, sampler, context, latents, noise=None):
    """Classifier-free guidance with the scheduler of `sampler`; context holds the negative row first."""
    scheduler, _ = scheduler_of(models, sampler)
    scheduler.set_timesteps(sampler["steps"])
    latents = models.real(latents) * scheduler.init_noise_sigma
    if noise is not None:
        queue = iter(models.real(noise))
        sys.modules[type(scheduler).__module__].randn_tensor = lambda *_args, **_kwargs: next(queue)
    trajectory, first = [], None
    for t in scheduler.timesteps:
        pair = scheduler.scale_model_input(torch.cat([latents, latents]), t)
        negative, positive = models.unet(pair, t, context).sample.chunk(2)
        guided = negative + sampler["guidance"] * (positive - negative)
        first = guided if first is None else first
        extra = {"eta": sampler["eta"]} if "eta" in sampler else {}
        latents = scheduler.step(guided, t, latents, **extra).prev_sample
        trajectory.append(latents)
    return torch.stack(trajectory), first


def compute_samples(models, inputs, settings, out):
    context = models.encode(models.ids([settings["negative_prompt"], settings["prompt"]]))
    for sampler in settings["samplers"]:
        name = sampler["name"]
        noise = inputs.get(f"in.sample.{name}.noise")
        trajectory, first = sample(models, sampler, context, inputs["in.sample.latents"], noise)
        out[f"out.sample.{name}.trajectory"], out[f"out.sample.{name}.first_prediction"] = trajectory, first
        out[f"out.sample.{name}.image"] = (models.decode(trajectory[-1]) / 2 + 0.5).clamp(0, 1)
        for steps in [4] if name == "lcm" else [10, 25, 50]:
            scheduler, _ = scheduler_of(models, sampler)
            scheduler.set_timesteps(steps)
            table = f"out.table.{name}.{steps}"
            out[f"{table}.timesteps"] = scheduler.timesteps
            out[f"{table}.init_noise_sigma"] = torch.tensor(float(scheduler.init_noise_sigma))
            if hasattr(scheduler, "sigmas"):
                out[f"{table}.sigmas"] = scheduler.sigmas


def compute_tables(models, out):
    scheduler = DDPMScheduler.from_config(models.schedule)
    out["out.table.betas"], out["out.table.alphas_cumprod"] = scheduler.betas, scheduler.alphas_cumprod
    config = scheduler.config
    power = {"scaled_linear": 0.5, "linear": 1.0}[config.beta_schedule]
    ends = config.beta_start**power, config.beta_end**power
    betas = torch.linspace(*ends, config.num_train_timesteps, dtype=torch.float64) ** (1 / power)
    out["out.table.alphas_cumprod_from_float64"] = torch.cumprod(1 - betas, 0)


def placeholders(case):
    """The vocabulary entries of a word with several vectors: <w>, <w>_1, <w>_2, ..."""
    return [case["placeholder"]] + [f"{case['placeholder']}_{i}" for i in range(1, case["vectors"])]


def compute_learning(models, folder, inputs, settings, out):
    """Textual inversion as the published diffusers script does it: only the placeholder rows change."""
    for case in settings["ti"]:
        name, words = case["name"], placeholders(case)
        latents, noise = (models.real(inputs[f"in.{name}.{n}"]) for n in ("latents", "noise"))
        timesteps, ids = inputs[f"in.{name}.timesteps"], inputs[f"in.{name}.ids"]
        word_ids = models.add_words(words, case["init"])
        assert [word_ids] == case["placeholder_ids"], f"{word_ids} for {words}"
        frozen, start = models.embedding.weight.data[: word_ids[0]], models.embedding.weight.data[word_ids]
        rows = torch.nn.Parameter(start.clone())
        optimiser = torch.optim.AdamW(
            [rows], lr=case["lr"], betas=case["betas"], weight_decay=case["weight_decay"], eps=case["eps"])
        schedule = DDPMScheduler.from_config(models.schedule)
        velocity = schedule.config.prediction_type == "v_prediction"
        vectors, gradients, losses = [rows.detach().clone()], [], []
        for step, t in enumerate(timesteps):
            table = {"embeddings.token_embedding.weight": torch.cat([frozen, rows])}
            context = torch.func.functional_call(models.text, table, (ids[step],)).last_hidden_state
            context.retain_grad()
            noisy = schedule.add_noise(latents[step], noise[step], t)
            target = schedule.get_velocity(latents[step], noise[step], t) if velocity else noise[step]
            prediction = models.unet(noisy, t, context).sample
            loss = torch.nn.functional.mse_loss(prediction, target)
            optimiser.zero_grad()
            loss.backward()
            if step == 0:
                named = {"noisy_latents": noisy, "prediction": prediction, "target": target, "context": context,
                         "context_grad": context.grad}
                out.update({f"out.{name}.step0.{k}": v.detach().clone() for k, v in named.items()})
            optimiser.step()
            gradients.append(rows.grad.clone())
            losses.append(loss.detach())
            vectors.append(rows.detach().clone())
        out[f"out.{name}.vectors"], out[f"out.{name}.gradients"] = torch.stack(vectors), torch.stack(gradients)
        out[f"out.{name}.losses"] = torch.stack(losses)
        if name == "ti1":
            models.embedding.weight.data[word_ids] = rows.detach()
            prompts = [settings["negative_prompt"], case["sample_prompt"].format(" ".join(words))]
            with torch.no_grad():
                context = models.encode(models.ids(prompts))
                trajectory, _ = sample(models, {**settings["samplers"][0], "guidance": 5.0}, context, inputs["in.sample.latents"])
            out["out.ti1.sample_latents"] = trajectory[-1]
        models.forget_words(folder, word_ids)


def compute(folder, inputs, settings, dtype):
    """Every out.* tensor of an sd1 folder at one precision."""
    models, out = Models(folder, dtype), {}
    with torch.no_grad():
        compute_text(models, inputs, out)
        compute_vae(models, inputs, settings, out)
        compute_unet(models, inputs, settings, out)
        compute_samples(models, inputs, settings, out)
        compute_tables(models, out)
    compute_learning(models, folder, inputs, settings, out)
    return {k: v.detach() for k, v in out.items()}
