//! Settings of programs that keep JSON in their pictures: ComfyUI its graph, InvokeAI, Fooocus and NovelAI a list of values.
//!
//! They become what a text in the established form would have been read as. Of a graph the sampler that a saved picture
//! comes from is looked for, and of several passes the first, which has the seed and the size; what leads to it is followed
//! over few nodes, for links can go in a circle. What is not understood is left out.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Map, Value};

use super::{GenerateInfo, MOST_NAMED, NamedLora};
use project::SamplerKind;

/// Longest JSON, in bytes, and most nodes of a graph: real ones have a few hundred.
const LONGEST: usize = 4 << 20;
const MOST_NODES: usize = 10_000;
/// How many nodes are followed, one behind the other.
const DEEPEST: usize = 32;

type Fields = Map<String, Value>;

/// Reads the JSON of such a program; `None` if it is another's. NovelAI's prompt may stand beside it.
pub fn read_json(text: &str, beside: Option<&str>) -> Option<GenerateInfo> {
    if text.len() > LONGEST {
        return None;
    }
    let all: Fields = serde_json::from_str(text).or_else(|_| serde_json::from_str(&finite(text))).ok()?;
    let is_graph = all.values().any(|node| !class(node).is_empty());
    let info = if is_graph { of_graph(&all) } else { of_list(&all, beside) };
    info.filter(|info| info.steps > 0)
}

/// Python writes numbers that JSON does not know.
fn finite(text: &str) -> String {
    let (mut known, mut quoted) = (String::with_capacity(text.len()), false);
    for part in text.split_inclusive('"') {
        if quoted {
            known += part;
            let inside = part.strip_suffix('"').unwrap_or(part);
            // A quotation mark behind an odd number of these is part of the text.
            quoted = (inside.len() - inside.trim_end_matches('\\').len()) % 2 == 1;
        } else {
            known += &part.replace("-Infinity", "null").replace("Infinity", "null").replace("NaN", "null");
            quoted = true;
        }
    }
    known
}

/// What InvokeAI, Fooocus or NovelAI says.
fn of_list(all: &Fields, beside: Option<&str>) -> Option<GenerateInfo> {
    let has = |names: &[&str]| names.iter().all(|name| all.contains_key(*name));
    let program = match () {
        () if has(&["positive_prompt"]) => "InvokeAI",
        () if has(&["guidance_scale", "base_model"]) => "Fooocus",
        () if has(&["uc", "scale"]) => "NovelAI",
        () => return None,
    };
    let first =
        |names: &[&str]| names.iter().find_map(|name| all.get(*name).filter(|value| !value.is_null()));
    let text = |names: &[&str]| first(names).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let resolution = text(&["resolution"]);
    let mut sides =
        resolution.split(|sign: char| !sign.is_ascii_digit()).filter_map(|side| side.parse().ok());
    let width = first(&["width"]).and_then(side).or_else(|| sides.next()).unwrap_or(0);
    let height = first(&["height"]).and_then(side).or_else(|| sides.next()).unwrap_or(0);
    let name = text(&["sampler", "scheduler"]);
    let (name, schedule) = match name.strip_suffix("_k") {
        Some(name) => (name, "Karras".to_owned()),
        None if program == "InvokeAI" => (name.as_str(), String::new()),
        None => (name.as_str(), text(&["scheduler", "noise_schedule"])),
    };
    // InvokeAI counts the layers that are left out.
    let skip = first(&["clip_skip"]).and_then(whole).filter(|layers| *layers > 0);
    let skip = skip.map(|layers| layers.saturating_add(u64::from(program == "InvokeAI")));
    let rescale =
        first(&["cfg_rescale_multiplier", "cfg_rescale"]).and_then(number).filter(|part| *part > 0.0);
    let extra = [
        ("Schedule type", Some(schedule).filter(|name| !name.is_empty() && name != "native")),
        ("Clip skip", skip.map(|layer| layer.to_string())),
        ("CFG rescale", rescale.map(|part| part.to_string())),
        ("Emphasis", Some("compel".to_owned()).filter(|_| program == "InvokeAI")),
    ];
    let version = text(&["version", "app_version"]);
    let version = if version.starts_with(program) { version } else { format!("{program} {version}") };
    let prompt = text(&["positive_prompt", "prompt"]);
    let mut info = GenerateInfo {
        prompt: if prompt.is_empty() { beside.unwrap_or_default().to_owned() } else { prompt },
        negative_prompt: text(&["negative_prompt", "uc"]),
        steps: first(&["steps"]).and_then(side).unwrap_or(0),
        sampler: sampler_name(name),
        cfg_scale: first(&["cfg_scale", "guidance_scale", "scale"]).and_then(number),
        seed: first(&["seed"]).and_then(whole).unwrap_or(0),
        width,
        height,
        model_hash: text(&["base_model_hash"]),
        model: first(&["base_model", "model"]).map(named).unwrap_or_default(),
        extra: entries(extra),
        ti_hashes: Vec::new(),
        version: version.trim().to_owned(),
    };
    let loras = first(&["loras"]).and_then(Value::as_array).into_iter().flatten();
    name_loras(&mut info, loras.filter_map(lora).take(MOST_NAMED));
    Some(info)
}

/// A LoRA as Fooocus lists it, by name, weight and hash, or as InvokeAI does.
fn lora(value: &Value) -> Option<NamedLora> {
    if let [name, weight, rest @ ..] = value.as_array().map(Vec::as_slice).unwrap_or_default() {
        let hash = rest.first().and_then(Value::as_str).unwrap_or_default().to_owned();
        return Some(NamedLora { name: named(name), weight: number(weight)?, hash });
    }
    let model = ["lora", "model"].into_iter().find_map(|key| value.get(key))?;
    Some(NamedLora { name: named(model), weight: number(value.get("weight")?)?, hash: String::new() })
}

/// The name of a model, alone or among what else is said of it, without the folder and the ending of its file.
fn named(model: &Value) -> String {
    let inside = ["name", "model_name"].into_iter().find_map(|key| model.get(key)?.as_str());
    let name = inside.or(model.as_str()).unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, "safetensors" | "sft" | "ckpt" | "pt" | "pth" | "bin")) => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// Names LoRAs in the prompt, as A1111 does, and their hashes beside it.
fn name_loras(info: &mut GenerateInfo, loras: impl Iterator<Item = NamedLora>) {
    let mut hashes = Vec::new();
    for NamedLora { name, weight, hash } in loras {
        if name.is_empty() || name.contains([':', '<', '>']) {
            continue;
        }
        info.prompt = format!("{} <lora:{name}:{weight}>", info.prompt).trim().to_owned();
        if !hash.is_empty() {
            hashes.push(format!("{name}: {hash}"));
        }
    }
    if !hashes.is_empty() {
        info.extra.push(("Lora hashes".to_owned(), hashes.join(", ")));
    }
}

/// A sampler by its A1111 name if it is known here. k-diffusion's have a letter of its own before them.
fn sampler_name(name: &str) -> String {
    let dpm = || name.strip_prefix('k').filter(|rest| rest.starts_with("dpm"));
    let name = name.strip_prefix("k_").or_else(dpm).unwrap_or(name);
    SamplerKind::read(name, None).0.map_or(name, |kind| kind.a1111()).to_owned()
}

/// Those entries that there are.
fn entries<const N: usize>(all: [(&str, Option<String>); N]) -> Vec<(String, String)> {
    all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn number(value: &Value) -> Option<f64> {
    let said = || value.as_str()?.trim().parse().ok();
    value.as_f64().or_else(said).filter(|number| number.is_finite())
}

fn whole(value: &Value) -> Option<u64> {
    let said = || value.as_str()?.trim().parse().ok();
    let rounded = || number(value).filter(|number| *number >= 0.0).map(|number| number as u64);
    value.as_u64().or_else(said).or_else(rounded)
}

fn side(value: &Value) -> Option<u32> {
    u32::try_from(whole(value)?).ok()
}

/// What ComfyUI's graph draws.
fn of_graph(all: &Fields) -> Option<GenerateInfo> {
    let graph = Some(Graph(all)).filter(|_| all.len() <= MOST_NODES)?;
    let sampler = graph.sampler()?;
    let said = |name: &str| graph.value(graph.holder(sampler, name)?, name);
    let prompt = |name: &str| graph.prompt(graph.holder(sampler, name)?, name);
    let (encoder, positive) = prompt("positive").or_else(|| prompt("conditioning")).unzip();
    let layers = encoder.map(|node| graph.chain(node, "clip", &["clip"])).unwrap_or_default();
    let layer = layers.into_iter().find_map(|node| graph.value(node, "stop_at_clip_layer")?.as_i64());
    let skip = layer.map(i64::unsigned_abs).filter(|layer| *layer > 1);
    let strength = said("denoise").and_then(number).filter(|part| *part > 0.0 && *part < 1.0);
    let latents =
        graph.chain(sampler, "latent_image", &["samples", "latent_image", "latent", "pixels", "image"]);
    let size = |node| Some([side(graph.value(node, "width")?)?, side(graph.value(node, "height")?)?]);
    let [width, height] = latents.into_iter().find_map(size).unwrap_or_default();
    let extra = [
        ("Schedule type", said("scheduler").and_then(Value::as_str).map(str::to_owned)),
        ("Clip skip", skip.map(|layer| layer.to_string())),
        ("Denoising strength", strength.map(|part| part.to_string())),
        ("Emphasis", Some("ComfyUI".to_owned())),
    ];
    let models =
        graph.holder(sampler, "model").map(|node| graph.chain(node, "model", &["model"])).unwrap_or_default();
    let file = |node| graph.value(node, "ckpt_name").or_else(|| graph.value(node, "unet_name"));
    let mut info = GenerateInfo {
        prompt: positive.unwrap_or_default(),
        negative_prompt: prompt("negative").map(|(_, text)| text).unwrap_or_default(),
        steps: said("steps").and_then(side).unwrap_or(0),
        sampler: sampler_name(said("sampler_name").and_then(Value::as_str).unwrap_or_default()),
        cfg_scale: said("cfg").and_then(number),
        seed: said("seed").or_else(|| said("noise_seed")).and_then(whole).unwrap_or(0),
        width,
        height,
        model_hash: String::new(),
        model: models.iter().copied().find_map(file).map(named).unwrap_or_default(),
        extra: entries(extra),
        ti_hashes: Vec::new(),
        version: "ComfyUI".to_owned(),
    };
    // The nearest to the model acts first.
    let loras = models.into_iter().rev().filter_map(|node| {
        let weight = graph.value(node, "strength_model").and_then(number)?;
        Some(NamedLora { name: named(graph.value(node, "lora_name")?), weight, hash: String::new() })
    });
    name_loras(&mut info, loras);
    Some(info)
}

/// ComfyUI's nodes by their names.
struct Graph<'a>(&'a Fields);

impl<'a> Graph<'a> {
    /// The sampler of the first pass of what is saved, or of any.
    fn sampler(&self) -> Option<&'a Value> {
        let saved = self.0.values().filter(|node| class(node).contains("SaveImage"));
        let mut sampler = self.nearest(saved).or_else(|| self.0.values().find(|node| is_sampler(node)))?;
        for _ in 0..DEEPEST {
            let before = self.link(sampler, "latent_image").and_then(|(node, _)| self.nearest([node]));
            let Some(before) = before else { break };
            sampler = before;
        }
        Some(sampler)
    }

    /// The sampler nearest to these nodes, among them and all that they come from.
    fn nearest(&self, from: impl IntoIterator<Item = &'a Value>) -> Option<&'a Value> {
        let (mut waiting, mut known): (VecDeque<&'a Value>, _) =
            (from.into_iter().collect(), BTreeSet::new());
        while let Some(node) = waiting.pop_front() {
            if is_sampler(node) {
                return Some(node);
            }
            let inputs =
                node.get("inputs").and_then(Value::as_object).into_iter().flat_map(|all| all.values());
            for name in inputs.filter_map(|value| value.as_array()?.first()?.as_str()) {
                if known.insert(name) {
                    waiting.extend(self.0.get(name));
                }
            }
        }
        None
    }

    /// The node that an input comes from, and by which of its outputs.
    fn link(&self, node: &'a Value, name: &str) -> Option<(&'a Value, u64)> {
        let [from, output] = input(node, name)?.as_array()?.as_slice() else { return None };
        Some((self.0.get(from.as_str()?)?, output.as_u64()?))
    }

    /// The nodes one behind the other, on through the first of these inputs that is linked.
    fn chain(&self, node: &'a Value, name: &str, on: &[&str]) -> Vec<&'a Value> {
        let first = self.link(node, name);
        let next = |&(node, _): &(&'a Value, u64)| on.iter().find_map(|name| self.link(node, name));
        std::iter::successors(first, next).map(|(node, _)| node).take(DEEPEST).collect()
    }

    /// The sampler, or of those nodes that only its newer kinds have the one with this input.
    fn holder(&self, sampler: &'a Value, name: &str) -> Option<&'a Value> {
        let parts = ["guider", "noise", "sampler", "sigmas"].into_iter();
        let parts = parts.filter_map(|part| self.link(sampler, part)).map(|(node, _)| node);
        std::iter::once(sampler).chain(parts).find(|node| input(node, name).is_some())
    }

    /// What an input is set to, there or in a node that it comes from.
    fn value(&self, node: &'a Value, name: &str) -> Option<&'a Value> {
        let mut value = input(node, name)?;
        for _ in 0..DEEPEST {
            let Value::Array(link) = value else { return Some(value) };
            let from = self.0.get(link.first()?.as_str()?)?;
            let names = [name, "value", "text", "string", "seed"];
            value = names.into_iter().find_map(|name| input(from, name))?;
        }
        None
    }

    /// The text of a prompt, with the node that encodes it; of several joined ones the first.
    fn prompt(&self, node: &'a Value, name: &str) -> Option<(&'a Value, String)> {
        let (mut node, mut name) = (node, name);
        for _ in 0..DEEPEST {
            let (from, output) = self.link(node, name)?;
            if class(from) == "ConditioningZeroOut" {
                return None;
            }
            let texts = ["text", "text_g", "text_l"].into_iter();
            let mut texts = texts.filter_map(|name| self.value(from, name)?.as_str()).map(str::trim);
            if let Some(text) = texts.find(|text| !text.is_empty()) {
                return Some((from, text.to_owned()));
            }
            // A node that both prompts go through.
            let ways: &[&'static str] = match output {
                1 if input(from, "positive").is_some() => &["negative"],
                _ => &["conditioning", "conditioning_1", "conditioning_to", "positive"],
            };
            (node, name) = (from, ways.iter().copied().find(|way| self.link(from, way).is_some())?);
        }
        None
    }
}

fn class(node: &Value) -> &str {
    node.get("class_type").and_then(Value::as_str).unwrap_or_default()
}

fn input<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    node.get("inputs")?.get(name)
}

fn is_sampler(node: &Value) -> bool {
    class(node).contains("Sampler") && input(node, "latent_image").is_some()
}

#[cfg(test)]
mod tests;
