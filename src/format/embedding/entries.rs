//! Named tensors to learned words: what the names in a file mean, whatever the file around them is.
//!
//! Tells the layouts of other programs apart, and names what looks like a word but is something else. Numbers
//! are copied only once the shape is known to be that of a word.

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::Dtype;

use super::provenance::{TOKEN, TRIGGER};
use super::refusal::Refusal;
use super::sdxl_pair;
use super::word::{CONTAINER, LearnedWord, MAX_VECTORS, REMARK, SecondVectors, too_many};
use crate::container::decode_floats;
use crate::lineage::LINEAGE;

pub(super) struct Entry<'a> {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    /// Its numbers in rows, little-endian.
    pub(super) bytes: Cow<'a, [u8]>,
}

/// Names that say how a file is laid out and nothing about the word.
const LAYOUT_NAMES: [&str; 9] =
    ["emb_params", "emp_params", "clip_l", "clip_g", "clip_h", PIVOTAL[0], PIVOTAL[1], "*", "@"];

/// Names of the text encoders in words of pivotal tuning, which is learned together with a LoRA (diffusers' advanced
/// scripts, Replicate's `embeddings.pti`).
const PIVOTAL: [&str; 2] = ["text_encoders_0", "text_encoders_1"];

/// Text encoders that no model here has: how their parts of a word are called, and how wide their vectors are.
const OTHER_ENCODERS: [&str; 10] =
    ["t5", "t5xxl", "t5xl", "pile_t5xl", "umt5xxl", "byt5", "gemma", "llama", "qwen", "mistral"];
const OTHER_WIDTHS: [usize; 4] = [2304, 2560, 3584, 4096];

/// The prefix under which a LoRA carries words.
pub(super) const BUNDLE: &str = "bundle_emb.";

/// The most words of one file.
const MAX_WORDS: usize = 256;

/// The most numbers of all words of a file: 80 words of 75 vectors for Stable Diffusion XL.
pub(super) const MAX_NUMBERS: usize = 12 << 20;

/// The words in named tensors. `file` says in what kind of file they are; `metadata` is told of each word.
pub(super) fn words(
    mut entries: Vec<Entry<'_>>,
    metadata: &BTreeMap<String, String>,
    file: &str,
) -> Result<Vec<LearnedWord>, Refusal> {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    if entries.iter().any(|entry| entry.name.starts_with(BUNDLE)) {
        return bundled(&entries, metadata);
    }
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    refuse_others(&entries, &names, metadata)?;
    let find = |name: &str| entries.iter().find(|entry| entry.name == name);
    let mut metadata = metadata.clone();
    if names.iter().any(|name| name.ends_with("_out")) {
        let remark = "vectors for the output of the text encoder, which it also holds, are left out";
        metadata.insert(REMARK.to_owned(), remark.to_owned());
    }
    let one = |first, second, parts: &str| {
        word(first, second, None, &metadata, &format!("{parts} in {file}")).map(|word| vec![word])
    };
    let pivotal = PIVOTAL.map(find);
    match (find("clip_l"), find("clip_g"), find("emb_params").or_else(|| find("emp_params"))) {
        (Some(first), second @ Some(_), _) => one(first, second, "clip_l and clip_g"),
        (Some(_), None, None) => Err(sdxl_pair::missing_second()),
        (None, Some(_), None) => Err(sdxl_pair::missing_first()),
        (_, _, Some(only)) => one(only, None, &only.name),
        (None, None, None) if pivotal[0].is_some() || pivotal[1].is_some() => match pivotal {
            [Some(first), second] => one(first, second, "pivotal tuning's text_encoders"),
            _ => Err(Refusal {
                fault:
                    "it is the second half (text_encoders_1) of a word for Stable Diffusion XL; the first \
                        (text_encoders_0) is missing"
                        .into(),
                remedy: "Choose the file of pivotal tuning that holds both text_encoders_0 and text_encoders_1.",
            }),
        },
        (None, None, None) => named(&entries, &metadata, &format!("diffusers' layout in {file}"), is_word),
    }
}

/// Words that are named by the keys of a dictionary; of several each key must be a name of a word.
pub(super) fn named(
    entries: &[Entry<'_>],
    metadata: &BTreeMap<String, String>,
    kind: &str,
    is_named: fn(&str) -> bool,
) -> Result<Vec<LearnedWord>, Refusal> {
    bound(entries)?;
    let width = |entry: &Entry<'_>| entry.shape.last().copied();
    match entries {
        [] => Err("it holds no vectors".into()),
        [only] => Ok(vec![word(only, None, None, metadata, kind)?]),
        [first, ..]
            if entries.len() <= MAX_WORDS
                && entries.iter().all(|entry| is_named(&entry.name) && width(entry) == width(first)) =>
        {
            let one = |entry| word(entry, None, Some(&entry.name), metadata, kind);
            entries.iter().map(one).collect()
        }
        several => Err(format!("it holds {} tensors, and a learned word has one", several.len()).into()),
    }
}

/// Refuses more numbers than words have, before any is copied.
fn bound(entries: &[Entry<'_>]) -> Result<(), Refusal> {
    let numbers =
        entries.iter().map(|entry| entry.bytes.len() * 8 / entry.dtype.bitsize().max(1)).sum::<usize>();
    if numbers > MAX_NUMBERS { Err("it is larger than learned words are".into()) } else { Ok(()) }
}

/// Words inside a LoRA, as ComfyUI reads and OneTrainer writes them: `bundle_emb.NAME.PART`.
fn bundled(entries: &[Entry<'_>], metadata: &BTreeMap<String, String>) -> Result<Vec<LearnedWord>, Refusal> {
    let mut groups: BTreeMap<&str, Vec<(&str, &Entry<'_>)>> = BTreeMap::new();
    for entry in entries {
        // The name of a word may hold dots, the part after it holds one only in `string_to_param.*`.
        let Some(rest) = entry.name.strip_prefix(BUNDLE) else { continue };
        let at = rest.find(".string_to_param.").or_else(|| rest.rfind('.'));
        let named = at.map(|at| rest.split_at(at)).filter(|(name, _)| is_name(name));
        let (name, part) = named.ok_or("the name of a word in it is not readable")?;
        groups.entry(name).or_default().push((&part[1..], entry));
    }
    if groups.values().flatten().map(|(_, entry)| entry.bytes.len()).sum::<usize>() > 4 * MAX_NUMBERS {
        return Err("the words in it are larger than words are".into());
    }
    if groups.len() > MAX_WORDS {
        return Err(format!("it holds {} words, more than any LoRA has", groups.len()).into());
    }
    // The header tells of the LoRA, not of its words.
    let about = [
        "modelspec.architecture",
        "ss_base_model_version",
        "ss_sd_model_name",
        LINEAGE,
        "modelspec.author",
        "modelspec.license",
    ];
    let metadata: BTreeMap<_, _> = metadata
        .iter()
        .filter(|(key, _)| about.contains(&key.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let kind = "a LoRA that carries it";
    let one = |(name, parts): (&str, Vec<(&str, &Entry<'_>)>)| {
        let find = |part: &str| parts.iter().find(|(other, _)| *other == part).map(|(_, entry)| *entry);
        match (find("clip_l"), find("clip_g")) {
            (Some(first), second @ Some(_)) => word(first, second, Some(name), &metadata, kind),
            (Some(_), None) => Err(sdxl_pair::missing_second()),
            (None, Some(_)) => Err(sdxl_pair::missing_first()),
            (None, None) => {
                let only = parts.iter().find(|(part, _)| {
                    part.starts_with("string_to_param.") || ["emb_params", "emp_params"].contains(part)
                });
                let (_, only) = only.ok_or("a word in it is laid out in an unknown way")?;
                word(only, None, Some(name), &metadata, kind)
            }
        }
    };
    groups.into_iter().map(one).collect()
}

/// Names what has tensors of other kinds.
fn refuse_others(
    entries: &[Entry<'_>],
    names: &[&str],
    metadata: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    let has = |name: &str| names.contains(&name);
    if has("MID") && has("IN01") {
        return Err("it holds one vector for every layer of the U-Net (extended textual inversion), which no model here can use".into());
    }
    // These two are the names of words' own tensors.
    let own = |name: &&&str| !["emb_params", "string_to_param"].iter().any(|own| name.contains(own));
    let others: Vec<&str> = names.iter().filter(own).copied().collect();
    // The name of a layer has dots. A word may be called anything: `<flora_garden>`.
    let layer = |name: &&str| name.contains('.') && !name.starts_with('<');
    let layers: Vec<&str> = others.iter().copied().filter(layer).collect();
    if let Some(refusal) = Refusal::of_names(&layers) {
        return Err(refusal);
    }
    if layers.iter().any(|name| name.contains("lora_") || name.ends_with(".alpha")) {
        return Err("it is a LoRA file or one like it, not a learned word".into());
    }
    if let Some(model) = other_model(entries, &others, metadata) {
        return Err(for_other(model));
    }
    let outputs = ["emp_params_out", "clip_l_out", "clip_g_out"];
    if outputs.iter().any(|name| has(name)) && !has("emp_params") && !has("clip_l") {
        return Err(
            "it holds vectors for the output of the text encoder, which are not words of a prompt".into()
        );
    }
    Ok(())
}

fn for_other(model: &str) -> Refusal {
    Refusal {
        fault: format!("it is a word for {model}"),
        remedy: "Choose a word that was learned on Stable Diffusion 1, 2 or XL or on Latent Diffusion.",
    }
}

/// The model whose vectors are so wide, if that is one with a text encoder which no model here has.
fn model_of_width(shape: &[usize]) -> Option<&'static str> {
    let width = shape.last().filter(|width| OTHER_WIDTHS.contains(width))?;
    Some(match width {
        4096 => {
            "a model with the text encoder T5, such as Flux or Stable Diffusion 3 (4096 numbers a vector)"
        }
        _ => "a model with another kind of text encoder",
    })
}

/// The model that a word is for, if that is one with a text encoder which no model here has.
fn other_model(
    entries: &[Entry<'_>],
    names: &[&str],
    metadata: &BTreeMap<String, String>,
) -> Option<&'static str> {
    let said = |key: &str| metadata.get(key).map(|text| text.to_ascii_lowercase()).unwrap_or_default();
    let said = [said("modelspec.architecture"), said("ss_base_model_version")];
    let begins = |starts: &[&str]| said.iter().any(|said| starts.iter().any(|start| said.starts_with(start)));
    let encoder = |name: &&str| OTHER_ENCODERS.contains(&name.strip_suffix("_out").unwrap_or(name));
    let t5 = names.iter().any(|name| encoder(name) && name.contains("t5"));
    match () {
        () if begins(&["stable-diffusion-v3", "stable-diffusion-3", "sd3"]) => Some("Stable Diffusion 3"),
        () if begins(&["flux"]) => Some("Flux"),
        () if t5 && names.contains(&"clip_g") => {
            Some("Stable Diffusion 3, with a part for its text encoder T5")
        }
        () if t5 && names.contains(&"clip_l") => Some("Flux, with a part for its text encoder T5"),
        () if t5 => Some("a model with the text encoder T5, such as Flux or Stable Diffusion 3"),
        () if names.iter().any(encoder) => Some("a model with another kind of text encoder"),
        () => entries.iter().find_map(|entry| model_of_width(&entry.shape)),
    }
}

/// One word from one tensor, or from two for Stable Diffusion XL.
pub(super) fn word(
    first: &Entry<'_>,
    second: Option<&Entry<'_>>,
    name: Option<&str>,
    metadata: &BTreeMap<String, String>,
    kind: &str,
) -> Result<LearnedWord, Refusal> {
    // Every layout comes by here, and not all of them by the table of other kinds.
    if let Some(model) = std::iter::once(first).chain(second).find_map(|entry| model_of_width(&entry.shape)) {
        return Err(for_other(model));
    }
    let (vectors, shape) = matrix(first)?;
    let second = second.map(matrix).transpose()?.map(|(values, shape)| SecondVectors { values, shape });
    let said = |key| metadata.get(key).filter(|text| is_word(text)).cloned();
    let from_tensor = || {
        let plain = !LAYOUT_NAMES.contains(&first.name.as_str()) && is_name(&first.name);
        plain.then(|| first.name.clone())
    };
    // Where a file holds several words, its header cannot name them.
    let token = match name {
        Some(name) => Some(name.to_owned()),
        None => said(TOKEN).or_else(|| said(TRIGGER)).or_else(from_tensor),
    };
    let mut metadata = metadata.clone();
    metadata.insert(CONTAINER.to_owned(), kind.to_owned());
    Ok(LearnedWord { token, vectors, shape, second, metadata })
}

/// The vectors of a tensor, one axis being one vector.
fn matrix(entry: &Entry<'_>) -> Result<(Vec<f32>, [usize; 2]), Refusal> {
    let shape = match *entry.shape {
        [width] => [1, width],
        [count, width] => [count, width],
        ref other => {
            return Err(format!("its tensor has {} axes instead of one or two", other.len()).into());
        }
    };
    let usual = |length: usize| matches!(length, 768 | 1024 | 1280);
    if usual(shape[0]) && !usual(shape[1]) {
        return Err(format!(
            "its vectors lie across ({} by {}), so it was not made for any program",
            shape[0], shape[1]
        )
        .into());
    }
    if shape[0] > MAX_VECTORS {
        return Err(too_many(shape[0]).into());
    }
    let vectors = decode_floats(entry.dtype, &entry.bytes)
        .ok_or_else(|| format!("its numbers are of type {}, not floating-point", entry.dtype))?;
    Ok((vectors, shape))
}

/// Whether a text can be a word of a prompt: other texts of a header, such as a sentence to try it with, are longer.
fn is_word(text: &str) -> bool {
    is_name(text) && !text.chars().any(char::is_whitespace)
}

/// Whether a text can be what a file calls its word.
pub(super) fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 256 && !text.chars().any(char::is_control)
}
