//! The receipt of a word: from which model and pictures it was learned or of which words it was mixed, by what right, how,
//! when and by whom.
//!
//! It lies as JSON in the header and names pictures by their hashes alone, so that whoever has a picture can tell and nobody
//! else can. It says what people said: nothing of it is checked here but that it can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::provenance;
use super::signature::Signed;
use super::word::LearnedWord;
use base::atomic::write_atomic;
use base::{Result, units};
use project::Author;
use project::mix::RecipePart;

/// Its entry in the header.
pub(super) const RECEIPT: &str = "pseudoword.receipt";
const AUTHOR: &str = "modelspec.author";
const LICENCE: &str = "modelspec.license";
/// Longest receipt that is read, in bytes: hundreds of pictures fit.
const LONGEST: usize = 1 << 20;
/// Pictures and parts that are listed one by one, and characters of a line, since a stranger's file may say anything.
const LISTED: usize = 24;
const LINE: usize = 300;

/// What a word was made of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// The word as it was called when it was learned.
    pub word: String,
    /// The base model's name.
    pub model: String,
    /// Its fingerprint, [`ModelFiles::fingerprint`](crate::ModelFiles::fingerprint).
    pub model_fingerprint: String,
    /// SHA-256 of its file, where it is one and that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_sha256: Option<String>,
    /// The pictures that were learned from; of a mix those of its words, as far as these say.
    pub pictures: Vec<PictureReceipt>,
    /// What it was mixed of, each word with the whole hash of its file; nothing for a word that was learned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<RecipePart>,
    /// Optimiser steps.
    pub steps: u64,
    /// How much of what was learned is kept, where it is not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likeness: Option<f64>,
    /// The method, by its name in files.
    pub method: String,
    /// When learning began or it was mixed, as ISO 8601 in UTC.
    pub learned: String,
    /// Who learned or mixed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The licence of the word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Who answers for pictures that bear a mark against learning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permitted_by: Option<String>,
    /// The program that learned it.
    pub program: String,
}

/// A picture of a receipt: never the picture, its name or its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PictureReceipt {
    /// SHA-256 of its file.
    pub sha256: String,
    /// By what right it was used, a name of [`project::Rights`].
    pub rights: String,
    /// From whom that right is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Marks in it against learning.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
    /// Why it was learned from all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub despite_mark: Option<String>,
}

impl Receipt {
    /// That of a mix of `parts`, which holds the pictures of `words` and who answers for them, on the model that its
    /// `metadata` names. Its licence is the one that all words have, if there are any; else the author's.
    pub fn of_mix(
        parts: Vec<RecipePart>,
        words: &[&LearnedWord],
        metadata: &BTreeMap<String, String>,
        author: Author,
    ) -> Self {
        let receipts: Vec<Self> =
            words.iter().map(|word| Self::read(&word.metadata).unwrap_or_default()).collect();
        let (mut pictures, mut known) = (Vec::new(), BTreeSet::new());
        for receipt in &receipts {
            let new = receipt.pictures.iter().filter(|picture| known.insert(*picture));
            pictures.extend(new.cloned());
        }
        let permitted: BTreeSet<&str> =
            receipts.iter().filter_map(|receipt| receipt.permitted_by.as_deref()).collect();
        let permitted = permitted.into_iter().collect::<Vec<_>>().join(", ");
        let licence = match receipts.split_first() {
            None => author.licence,
            Some((first, others)) => {
                first.licence.clone().filter(|_| others.iter().all(|other| other.licence == first.licence))
            }
        };
        let [model, model_fingerprint] = provenance::model(metadata);
        Self {
            model,
            model_fingerprint,
            pictures,
            parts,
            learned: units::iso8601(SystemTime::now()),
            author: author.name,
            licence,
            permitted_by: Some(permitted).filter(|who| !who.is_empty()),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            ..Self::default()
        }
    }

    /// The receipt in a file's metadata; `None` if there is none that can be read.
    pub fn read(metadata: &BTreeMap<String, String>) -> Option<Self> {
        let text = metadata.get(RECEIPT).filter(|text| text.len() <= LONGEST)?;
        serde_json::from_str(text).ok()
    }

    /// Puts it into a file's metadata, with author and licence where other programs look for them.
    pub fn write(&self, metadata: &mut BTreeMap<String, String>) {
        // Text and numbers can always be written.
        if let Ok(text) = serde_json::to_string(self) {
            metadata.insert(RECEIPT.into(), text);
        }
        for (key, value) in [(AUTHOR, &self.author), (LICENCE, &self.licence)] {
            if let Some(value) = value {
                metadata.insert(key.into(), value.clone());
            }
        }
    }

    /// What it says, as names and values in an order to read.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("word", self.word.clone()), ("learned on", self.model.clone())];
        lines.push(("fingerprint", self.model_fingerprint.clone()));
        lines.extend(self.model_sha256.clone().map(|hash| ("model SHA-256", hash)));
        let likeness = self.likeness.map(|part| format!(", {part} of the way")).unwrap_or_default();
        let how = match self.parts.as_slice() {
            [] => format!("{}{likeness}, method {}", units::counted(self.steps, "step"), self.method),
            parts => format!("mixed of {}, method {}", parts.len(), self.method),
        };
        lines.push(("how", how));
        for part in self.parts.iter().take(LISTED) {
            let hash = if part.hash.is_empty() { String::new() } else { format!(": {}", part.hash) };
            lines.push(("made of", format!("{} {}{hash}", part.weight, part.name())));
        }
        lines.push(("when", self.learned.clone()));
        lines.push(("author", self.author.clone().unwrap_or_else(|| "not said".into())));
        lines.push(("licence", self.licence.clone().unwrap_or_else(|| "not said".into())));
        lines.push(("pictures", self.pictures.len().to_string()));
        for picture in self.pictures.iter().take(LISTED) {
            let rights = match picture.rights.as_str() {
                "" | "unknown" => "rights not said",
                said => said,
            };
            let from = picture.from.as_ref().map(|from| format!(" ({from})")).unwrap_or_default();
            lines.push(("picture", format!("{}: {rights}{from}", picture.sha256)));
            if !picture.marks.is_empty() {
                lines.push(("  marked", picture.marks.join(", ")));
            }
            lines.extend(picture.despite_mark.clone().map(|reason| ("  learned all the same", reason)));
        }
        lines.extend(self.permitted_by.clone().map(|who| ("answered for by", who)));
        lines.push(("program", format!("Pseudoword {}", self.program)));
        lines.into_iter().map(|(name, value)| (name, on_a_line(&value))).collect()
    }

    /// The receipt as a text file for people; `signed` says how its signature stands.
    pub fn text(&self, signed: &str) -> String {
        let lines = self.lines().into_iter().map(|(name, value)| format!("{name}: {value}\n"));
        format!("Receipt of a learned word\n\n{}signature: {signed}\n", lines.collect::<String>())
    }
}

/// Where the readable receipt of the word in `path` is written: `NAME.receipt.txt`.
pub fn receipt_file(path: &Path) -> PathBuf {
    path.with_extension("receipt.txt")
}

/// Writes the readable receipt of a word, or that it has none.
///
/// # Errors
/// [`base::Error::Io`] if it cannot be written.
pub fn write_receipt(path: &Path, word: &LearnedWord) -> Result<()> {
    let signed = Signed::of(word).describe();
    match Receipt::read(&word.metadata) {
        Some(receipt) => write_atomic(path, receipt.text(&signed).as_bytes()),
        None => {
            write_atomic(path, format!("This word carries no receipt.\nsignature: {signed}\n").as_bytes())
        }
    }
}

/// Without what would break a line, and not too long.
fn on_a_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_goes_through_a_header_and_reads_well() {
        let marked = PictureReceipt {
            sha256: "ab12".into(),
            rights: "licensed".into(),
            from: Some("Ann\nBo".into()),
            marks: vec!["noai".into()],
            despite_mark: Some("Ann wrote to me".into()),
        };
        let receipt = Receipt {
            word: "<ねこ>".into(),
            steps: 7,
            method: "single".into(),
            licence: Some("CC-BY-4.0".into()),
            pictures: vec![marked, PictureReceipt::default()],
            ..Receipt::default()
        };
        let mut metadata = BTreeMap::new();
        assert_eq!(Receipt::read(&metadata), None);
        receipt.write(&mut metadata);
        assert_eq!(Receipt::read(&metadata), Some(receipt.clone()));
        assert_eq!((metadata[LICENCE].as_str(), metadata.get(AUTHOR)), ("CC-BY-4.0", None));
        let text = receipt.text("not signed");
        for line in [
            "word: <ねこ>\n",
            "how: 7 steps, method single\n",
            "picture: ab12: licensed (Ann Bo)\n",
            "  marked: noai\n",
            "  learned all the same: Ann wrote to me\n",
            "picture: : rights not said\n",
            "author: not said\n",
            "signature: not signed\n",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        let one =
            RecipePart { word: "<one>".into(), hash: "0a".into(), weight: 0.5, ..RecipePart::default() };
        let other = RecipePart { sentence: "a cat".into(), weight: 2.0, ..RecipePart::default() };
        let mixed = Receipt { method: "sum".into(), parts: vec![one, other], ..Receipt::default() };
        mixed.write(&mut metadata);
        assert_eq!(Receipt::read(&metadata).as_ref(), Some(&mixed));
        let text = mixed.text("not signed");
        for line in ["how: mixed of 2, method sum\n", "made of: 0.5 <one>: 0a\n", "made of: 2 “a cat”\n"]
        {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        // What a later version adds is passed over, and what is missing is empty.
        metadata.insert(RECEIPT.into(), r#"{"steps": 3, "weather": "fine"}"#.into());
        assert_eq!(Receipt::read(&metadata).unwrap().steps, 3);
        metadata.insert(RECEIPT.into(), "rubbish".into());
        assert_eq!(Receipt::read(&metadata), None);
    }
}
