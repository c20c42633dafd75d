//! How strongly the layers of a LoRA act that hold no alpha of their own, as peft and diffusers say it: `lora_alpha`,
//! `alpha_pattern` and `use_rslora` of the configuration that diffusers writes into the header, and peft into a file beside
//! (peft's `tuners/lora/layer.py` and `utils/other.py`, diffusers' `loaders/lora_base.py`).
//!
//! The rank is that of a layer's matrices: peft opens no file of which `r` and `rank_pattern` say another. Layers may be named
//! by regular expressions, of which only few and short ones are taken. What cannot be followed is refused, for the LoRA would
//! act otherwise than it was trained.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::keys::{PARTS, UNET};
use super::{AGAIN, refusal};
use base::{Result, json};

/// The text that diffusers writes its configuration as.
const ADAPTER: &str = "lora_adapter_metadata";
/// The file that peft writes it as, and how the name of the file with the matrices begins beside it.
const BESIDE: &str = "adapter_config.json";
const MATRICES: &str = "adapter_model";
/// peft's `lora_alpha` where nothing is said of it.
const USUAL_ALPHA: f64 = 8.0;
/// Most layers that have an alpha of their own; most of them that are named by expressions, how long one may be in bytes, and
/// how large in memory.
const MOST_NAMES: usize = 4096;
const MOST_EXPRESSIONS: usize = 64;
const LONGEST_NAME: usize = 512;
const MOST_COMPILED: usize = 1 << 20;

/// What is said of a part's layers.
pub(super) struct Strength {
    alpha: f64,
    /// The alphas of single layers; the first that fits counts.
    own: Vec<(Named, f64)>,
    /// Whether alpha is divided by the root of the rank (rsLoRA, <https://arxiv.org/abs/2312.03732>).
    stabilised: bool,
}

/// Which layers are meant: those that are called so as a whole or behind a dot.
enum Named {
    /// A dot stands for any sign. With `^` in front it is the whole name.
    Plain(String),
    Expression(Regex),
}

/// What the file `path` with this header says of each part, or the file beside it.
///
/// # Errors
/// [`base::Error::File`] if that cannot be read.
pub(super) fn read(
    path: &Path,
    metadata: &BTreeMap<String, String>,
) -> Result<BTreeMap<&'static str, Strength>> {
    let unread = |source: &Path| {
        refusal(source, "what it says of its strength (lora_alpha, alpha_pattern) cannot be read".into())
    };
    let said = metadata.get(ADAPTER).filter(|text| !text.is_empty());
    let (source, config): (PathBuf, Value) = match (said, beside(path)) {
        (Some(text), _) => (path.to_path_buf(), json::from_slice(text.as_bytes()).map_err(|_| unread(path))?),
        (None, Some(beside)) => {
            let config = json::read(&beside, AGAIN)?;
            (beside, config)
        }
        (None, None) => return Ok(BTreeMap::new()),
    };
    let mut strengths = BTreeMap::new();
    if config.is_null() {
        return Ok(strengths);
    }
    let config = config.as_object().ok_or_else(|| unread(&source))?;
    for part in PARTS {
        let prefix = format!("{part}.");
        let prefix = match () {
            () if config.keys().any(|key| key.starts_with(&prefix)) => prefix.as_str(),
            // As with the names of tensors, what has no part in front is of the U-Net.
            () if part == UNET && config.contains_key("lora_alpha") => "",
            () => continue,
        };
        strengths.insert(part, Strength::read(config, prefix).ok_or_else(|| unread(&source))?);
    }
    Ok(strengths)
}

/// The configuration that peft wrote beside a file, if that is called as peft calls it.
pub(super) fn beside(path: &Path) -> Option<PathBuf> {
    let named = path.file_stem().is_some_and(|stem| stem == MATRICES);
    named.then(|| path.with_file_name(BESIDE)).filter(|path| path.is_file())
}

impl Strength {
    fn read(config: &Map<String, Value>, prefix: &str) -> Option<Self> {
        let get = |key: &str| config.get(&format!("{prefix}{key}")).filter(|value| !value.is_null());
        let alpha = match get("lora_alpha") {
            Some(alpha) => alpha.as_f64()?,
            None => USUAL_ALPHA,
        };
        let stabilised = get("use_rslora") == Some(&Value::Bool(true));
        let mut own = Vec::new();
        if let Some(said) = get("alpha_pattern") {
            let said = said.as_object().filter(|said| said.len() <= MOST_NAMES)?;
            let mut expressions = 0;
            for (name, alpha) in said {
                let named = Named::read(name)?;
                expressions += usize::from(matches!(named, Named::Expression(_)));
                if expressions > MOST_EXPRESSIONS {
                    return None;
                }
                own.push((named, alpha.as_f64()?));
            }
        }
        Some(Self { alpha, own, stabilised })
    }

    /// What the product of a layer's matrices is multiplied by. `module` is the layer's name in its network.
    pub(super) fn of(&self, module: &str, rank: usize) -> f64 {
        let own = self.own.iter().find(|(named, _)| named.fits(module)).map(|(_, alpha)| *alpha);
        let rank = rank as f64;
        own.unwrap_or(self.alpha) / if self.stabilised { rank.sqrt() } else { rank }
    }
}

impl Named {
    /// What peft's `get_pattern_key` makes of a name; `None` if it is no expression or one that is too large.
    fn read(name: &str) -> Option<Self> {
        if name.len() > LONGEST_NAME {
            return None;
        }
        let letters = name.strip_prefix('^').unwrap_or(name);
        if letters.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"._-".contains(&letter)) {
            return Some(Self::Plain(name.to_owned()));
        }
        let whole = RegexBuilder::new(&format!(r"^(.*\.)?({name})$")).size_limit(MOST_COMPILED).build();
        whole.ok().map(Self::Expression)
    }

    fn fits(&self, module: &str) -> bool {
        let name = match self {
            Self::Plain(name) => name,
            Self::Expression(expression) => return expression.is_match(module),
        };
        let (whole, name) = match name.strip_prefix('^') {
            Some(name) => (true, name),
            None => (false, name.as_str()),
        };
        let Some(start) = module.len().checked_sub(name.len()) else { return false };
        let (before, rest) = module.as_bytes().split_at(start);
        let begins = before.is_empty() || !whole && before.ends_with(b".");
        begins && rest.iter().zip(name.as_bytes()).all(|(a, b)| a == b || *b == b'.')
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use safetensors::Dtype;
    use safetensors::tensor::TensorView;

    use super::super::{Addition, Additions, keys};
    use super::*;
    use crate::checkpoint::ModelFiles;
    use crate::golden;
    use project::LoraUse;

    const BLOCK: &str = "down_blocks.0.attentions.0.transformer_blocks.0.attn1";

    /// A LoRA of rank 2 for two layers, as peft names them behind `start`.
    fn write(file: &Path, start: &str, said: Option<&str>) {
        let zeros = vec![0_u8; 4 * 2 * 32];
        let matrix = |shape: [usize; 2]| TensorView::new(Dtype::F32, shape.into(), &zeros).unwrap();
        let layer = |name: &str| {
            let name = format!("{start}{BLOCK}.{name}");
            [
                (format!("{name}.lora_A.weight"), matrix([2, 32])),
                (format!("{name}.lora_B.weight"), matrix([32, 2])),
            ]
        };
        let metadata = said.map(|said| HashMap::from([(ADAPTER.to_owned(), said.to_owned())]));
        let tensors = ["to_q", "to_k"].into_iter().flat_map(layer);
        std::fs::write(file, safetensors::serialize(tensors, metadata).unwrap()).unwrap();
    }

    /// How strongly the two layers act.
    fn scales(file: &Path) -> Result<[f32; 2]> {
        let files = ModelFiles::open(&golden("sd1")).unwrap();
        let added = Additions::fit(&files, &[LoraUse::new(file)])?;
        Ok(["to_q", "to_k"].map(|name| {
            match added.to(UNET, &format!("{BLOCK}.{name}.weight")).unwrap().as_slice() {
                [Addition::LowRank(pair)] => pair.scale,
                other => panic!("{other:?}"),
            }
        }))
    }

    #[test]
    fn what_diffusers_says_of_the_strength_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("style.safetensors");
        let root = 2_f64.sqrt();
        for (said, expected) in [
            (None, [1.0, 1.0]),
            (Some(""), [1.0, 1.0]),
            (Some("null"), [1.0, 1.0]),
            (Some(r#"{"text_encoder.lora_alpha": 6}"#), [1.0, 1.0]),
            (Some(r#"{"unet.r": 2, "unet.lora_alpha": 6, "unet.use_rslora": false}"#), [3.0, 3.0]),
            (Some(r#"{"unet.r": 2}"#), [4.0, 4.0]),
            (
                Some(r#"{"unet.lora_alpha": 6, "unet.alpha_pattern": {}, "unet.use_rslora": true}"#),
                [(6.0 / root) as f32; 2],
            ),
            (
                Some(r#"{"unet.lora_alpha": 6, "unet.alpha_pattern": {"to_q": 4, "o_k": 9, "^to_k": 9}}"#),
                [2.0, 3.0],
            ),
            (Some(r#"{"lora_alpha": 6, "r": 2, "alpha_pattern": {"attn1.to_[qv]": 5.0}}"#), [2.5, 3.0]),
            (Some(r#"{"unet.lora_alpha": NaN, "unet.alpha_pattern": {".*attn1.*": 2}}"#), [1.0, 1.0]),
        ] {
            write(&file, "unet.", said);
            assert_eq!(scales(&file).unwrap(), expected, "{said:?}");
        }
        // As diffusers 0.42 writes it for a file in which layers have alphas of their own.
        let exact = format!(
            r#"{{"unet.lora_alpha": 1, "unet.use_rslora": true, "unet.alpha_pattern": {{"^{BLOCK}.to_k": 4}}}}"#
        );
        write(&file, "unet.", Some(&exact));
        assert_eq!(scales(&file).unwrap(), [1.0, 4.0].map(|alpha| (alpha / root) as f32));
        let many: Vec<String> = (0..100).map(|number| format!(r#""to_[{number}]": 1"#)).collect();
        let many = format!(r#"{{"unet.alpha_pattern": {{{}}}}}"#, many.join(", "));
        let huge = format!(r#"{{"unet.alpha_pattern": {{"{}": 1}}}}"#, "(a{90}){90}".repeat(9));
        for said in [
            "{",
            "[6]",
            r#"{"unet.lora_alpha": "6"}"#,
            r#"{"unet.alpha_pattern": ["to_q"]}"#,
            r#"{"unet.alpha_pattern": {"to_q": "4"}}"#,
            r#"{"unet.alpha_pattern": {"to_(q": 4}}"#,
            r#"{"unet.alpha_pattern": {"(?=to_q)to_q": 4}}"#,
            &many,
            &huge,
        ] {
            write(&file, "unet.", Some(said));
            let sentence = scales(&file).unwrap_err().to_string();
            assert!(sentence.contains("of its strength") && sentence.contains("style"), "{said}: {sentence}");
        }
        write(&file, "unet.", Some(r#"{"unet.lora_alpha": 1e300}"#));
        let added =
            Additions::fit(&ModelFiles::open(&golden("sd1")).unwrap(), &[LoraUse::new(&file)]).unwrap();
        let sentence = added.to(UNET, &format!("{BLOCK}.to_q.weight")).unwrap_err().to_string();
        assert!(sentence.contains("not finite"), "{sentence}");
    }

    #[test]
    fn what_peft_says_beside_its_file_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (own, other) =
            (folder.path().join("adapter_model.safetensors"), folder.path().join("style.safetensors"));
        let config = folder.path().join(BESIDE);
        for file in [&own, &other] {
            write(file, "base_model.model.", None);
        }
        assert_eq!(scales(&own).unwrap(), [1.0, 1.0]);
        let alone = keys(&[LoraUse::new(&own)]);
        let said = r#"{"peft_type": "LORA", "r": 2, "lora_alpha": 6, "use_rslora": false, "alpha_pattern": {"to_k": 2}}"#;
        std::fs::write(&config, said).unwrap();
        assert_eq!(scales(&own).unwrap(), [3.0, 1.0]);
        assert_ne!(keys(&[LoraUse::new(&own)]), alone, "what was opened before is another");
        assert_eq!(scales(&other).unwrap(), [1.0, 1.0], "it may be of any file in the folder but that one");
        std::fs::write(&config, "{").unwrap();
        assert!(scales(&own).unwrap_err().to_string().contains(BESIDE));
        write(&own, "base_model.model.", Some(r#"{"lora_alpha": 4}"#));
        assert_eq!(scales(&own).unwrap(), [2.0, 2.0], "the header goes before it");
    }
}
