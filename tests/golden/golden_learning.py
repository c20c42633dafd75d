"""Textual inversion as the published scripts do it, recorded step by step.

Stable Diffusion's scripts add tokens to the vocabulary and keep every other row; the original code, written for latent
diffusion, replaces the vector of a token inside the text encoder instead. In both only the word's rows change.
"""
import torch
from diffusers import DDPMScheduler


def placeholders(case):
    """The vocabulary entries of a word with several vectors: <w>, <w>_1, <w>_2, ..."""
    return [case["placeholder"]] + [f"{case['placeholder']}_{i}" for i in range(1, case["vectors"])]


def fill(text, words):
    return text.replace("{}", " ".join(words))


class AddedWord:
    """A word whose tokens were added to the vocabulary of every text encoder."""

    def __init__(self, models, case):
        self.models, self.words = models, placeholders(case)
        self.added = models.add_words(self.words, case["init"])
        assert self.added == case["placeholder_ids"], f"{self.added} for {self.words}"
        tables = [models.embedding(k).weight.data for k in range(len(self.added))]
        self.frozen = [table[: ids[0]] for table, ids in zip(tables, self.added)]
        self.rows = [torch.nn.Parameter(table[ids].clone()) for table, ids in zip(tables, self.added)]

    def encode(self, ids):
        return self.models.encode(ids, [torch.cat(pair) for pair in zip(self.frozen, self.rows)])

    def ids(self, prompts):
        return self.models.ids([fill(p, self.words) for p in prompts])

    def first_step(self, _ids):
        return {}

    def close(self):
        self.models.forget_words(self.added)


class ReplacedWord:
    """A token of the vocabulary whose vector is replaced; more vectors push the rest of the sentence to the right."""

    def __init__(self, models, case):
        self.models, self.words, self.count = models, [case["placeholder"]], case["vectors"]
        tokens = lambda text: models.tokenizers[0](text, add_special_tokens=False).input_ids
        token, init = tokens(case["placeholder"]), tokens(case["init"])
        assert len(token) == len(init) == 1, f"{case['placeholder']} or {case['init']} is not one token"
        self.token, self.table = token[0], models.embedding(0).weight.data
        self.rows = [torch.nn.Parameter(self.table[init].repeat(self.count, 1))]

    def expand(self, ids):
        """The ids with the token written once for each vector, cut to the former length."""
        rows = []
        for row in ids.tolist():
            longer = [i for token in row for i in [token] * (self.count if token == self.token else 1)]
            rows.append(longer[: len(row)])
        return torch.tensor(rows)

    def vectors(self, ids):
        """The token vectors of ids that are expanded already."""
        rows = []
        for row in ids.tolist():
            seen, vectors = 0, []
            for token in row:
                vectors.append(self.rows[0][seen % self.count] if token == self.token else self.table[token])
                seen += token == self.token
            rows.append(torch.stack(vectors))
        return torch.stack(rows)

    def encode(self, ids):
        ids = self.expand(ids[0])
        return self.models.join([self.models.run_text(0, ids, vectors=self.vectors(ids))])

    def ids(self, prompts):
        return self.models.ids([fill(p, self.words) for p in prompts])

    def first_step(self, ids):
        expanded = self.expand(ids[0])
        return {"expanded_ids": expanded, "embeddings": self.vectors(expanded)}

    def close(self):
        pass


def compute_learning(models, inputs, settings, out, sample):
    """Every case of settings.ti; `sample` draws a picture with the learned word."""
    for case in settings["ti"]:
        word = (ReplacedWord if models.family == "ldm" else AddedWord)(models, case)
        learn(models, word, case, inputs, out)
        with torch.no_grad():
            given = word.encode(word.ids([settings["negative_prompt"], case["sample_prompt"]]))
            sampler = {**settings["samplers"][0], "guidance": 5.0}
            trajectory, _ = sample(models, sampler, given, inputs["in.sample.latents"])
        out[f"out.{case['name']}.sample_latents"] = trajectory[-1]
        word.close()


def learn(models, word, case, inputs, out):
    name = case["name"]
    latents, noise = (models.real(inputs[f"in.{name}.{n}"]) for n in ("latents", "noise"))
    all_ids = [inputs[f"in.{name}.ids{suffix}"] for suffix in models.suffixes]
    optimiser = torch.optim.AdamW(
        word.rows, lr=case["lr"], betas=case["betas"], weight_decay=case["weight_decay"], eps=case["eps"])
    schedule = DDPMScheduler.from_config(models.schedule)
    velocity = schedule.config.prediction_type == "v_prediction"
    vectors, gradients, losses = [[rows.detach().clone()] for rows in word.rows], [[] for _ in word.rows], []
    for step, t in enumerate(inputs[f"in.{name}.timesteps"]):
        ids = [rows[step] for rows in all_ids]
        given = word.encode(ids)
        context, pooled = given
        noisy = schedule.add_noise(latents[step], noise[step], t)
        target = schedule.get_velocity(latents[step], noise[step], t) if velocity else noise[step]
        named = {"noisy_latents": noisy, "target": target, "context": context, **word.first_step(ids)}
        if pooled is not None:
            named["pooled"] = pooled
        leaves = [k for k in ("context", "pooled") if k in named]
        for leaf in leaves:
            named[leaf].retain_grad()
        named["prediction"] = models.predict(noisy, t, *given)
        loss = torch.nn.functional.mse_loss(named["prediction"], target)
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            named |= {f"{k}_grad": named[k].grad for k in leaves}
            out.update({f"out.{name}.step0.{k}": v.detach().clone() for k, v in named.items()})
        for k, rows in enumerate(word.rows):
            gradients[k].append(rows.grad.clone())
        optimiser.step()
        for k, rows in enumerate(word.rows):
            vectors[k].append(rows.detach().clone())
        losses.append(loss.detach())
    for k, suffix in enumerate(models.suffixes):
        out[f"out.{name}.vectors{suffix}"] = torch.stack(vectors[k])
        out[f"out.{name}.gradients{suffix}"] = torch.stack(gradients[k])
    out[f"out.{name}.losses"] = torch.stack(losses)
