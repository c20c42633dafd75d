//! A LoRA that is drawn with: its file and how strongly it is added to a model, as plain data.
//!
//! On the command line it is written as `FILE:WEIGHT`. What is in the file is not known here.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::options::within;
use base::Result;

/// A LoRA and its weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoraUse {
    /// The file.
    pub file: PathBuf,
    /// How strongly it is added: 1 as it was learned, 0 not at all.
    #[serde(default = "whole")]
    pub weight: f64,
}

fn whole() -> f64 {
    1.0
}

impl LoraUse {
    /// Most that the weight may be, either way.
    pub const MOST: f64 = 10.0;

    /// As it was learned.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), weight: whole() }
    }

    /// What other programs call it: the name of its file without the ending.
    pub fn name(&self) -> String {
        self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// As other programs write it in a prompt, `<lora:NAME:WEIGHT>`.
    pub fn tag(&self) -> String {
        format!("<lora:{}:{}>", self.name(), self.weight)
    }

    /// The weight that a prompt of another program gives it, `<lora:NAME:WEIGHT>` or `<lora:NAME>`, which is taken out of the
    /// prompt.
    pub fn taken_from(&self, prompt: &mut String) -> Option<f64> {
        let own = self.name().to_lowercase();
        let tag = |(at, _): (usize, &str)| {
            let inside = prompt[at + 1..].split_once('>')?.0;
            let mut parts = inside.split(':').map(str::trim);
            let is_lora = parts.next().is_some_and(|kind| ["lora", "lyco"].contains(&kind));
            let is_own = is_lora && parts.next()?.to_lowercase() == own;
            let weight = parts.next().map_or(Some(whole()), |weight| weight.parse().ok())?;
            is_own.then_some((at..at + inside.len() + 2, weight))
        };
        let (place, weight) = prompt.match_indices('<').find_map(tag)?;
        prompt.replace_range(place, "");
        *prompt = prompt.trim().to_owned();
        Some(weight)
    }

    /// Gives a weight that is out of range the nearest one within.
    pub(super) fn bring_into_range(&mut self) {
        self.weight = if self.weight.is_nan() { whole() } else { self.weight.clamp(-Self::MOST, Self::MOST) };
    }

    pub(super) fn validate(&self) -> Result<()> {
        within("the weight of a LoRA", self.weight, -Self::MOST, Self::MOST)
    }
}

/// What is behind the last colon is the weight if it is a number; paths may hold colons too.
impl FromStr for LoraUse {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parted = text.rsplit_once(':').and_then(|(file, weight)| Some((file, weight.parse().ok()?)));
        let (file, weight) = parted.filter(|(file, _)| !file.is_empty()).unwrap_or((text, whole()));
        match file.trim().is_empty() {
            true => Err("name the file of a LoRA, such as style.safetensors:0.8".into()),
            false => Ok(Self { file: file.into(), weight }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_stands_behind_the_last_colon() {
        let read = |text: &str| text.parse::<LoraUse>().map(|read| (read.file, read.weight));
        for (text, file, weight) in [
            ("a.safetensors:0.8", "a.safetensors", 0.8),
            ("a b.safetensors", "a b.safetensors", 1.0),
            ("C:\\lora\\a.safetensors:-1", "C:\\lora\\a.safetensors", -1.0),
            ("C:\\lora\\a.safetensors", "C:\\lora\\a.safetensors", 1.0),
        ] {
            assert_eq!(read(text), Ok((file.into(), weight)), "{text}");
        }
        assert!(read("").is_err());
        let detail = LoraUse::new("detail.safetensors");
        let mut prompt = "a cat <lora:detail:0.75> <lora:other:1>".to_owned();
        assert_eq!(detail.taken_from(&mut prompt), Some(0.75));
        assert_eq!(prompt, "a cat  <lora:other:1>");
        assert_eq!(detail.taken_from(&mut prompt), None);
        for (written, weight) in
            [("<lora:Detail>", 1.0), ("<lyco:detail:-0.5:1>", -0.5), ("<lora: detail :2>", 2.0)]
        {
            let mut prompt = format!("a < b {written}");
            assert_eq!(
                (detail.taken_from(&mut prompt), prompt.as_str()),
                (Some(weight), "a < b"),
                "{written}"
            );
        }
        assert_eq!(LoraUse { file: "x/detail.safetensors".into(), weight: 0.5 }.tag(), "<lora:detail:0.5>");
    }
}
