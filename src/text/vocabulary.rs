//! Reading the files of a CLIP tokenizer folder into checked values.
//!
//! Hostile or damaged files must end in a sentence, never in a panic of the library that uses the values, so
//! everything that library takes for granted is checked here.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde_json::Value;
use tokenizers::AddedToken;
use tokenizers::models::bpe::Vocab;

use base::{Error, FileKind, Result, json, stranger};

/// The context length of every CLIP text encoder: 75 tokens between a begin and an end token.
pub(super) const CONTEXT_LENGTH: usize = 77;

pub(super) const REPAIR: &str = "Download the model folder again, complete with its tokenizer.";

/// What the two small files beside the vocabulary say; the defaults are those of CLIP.
pub(super) struct Settings {
    pub(super) bos: AddedToken,
    pub(super) eos: AddedToken,
    pub(super) unk: AddedToken,
    pub(super) pad: AddedToken,
    pub(super) context_length: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let (bos, end) = (special("<|startoftext|>"), special("<|endoftext|>"));
        let [bos, eos] = [bos, end.clone()].map(|token| token.normalized(true));
        Self { bos, unk: eos.clone(), eos, pad: end, context_length: CONTEXT_LENGTH }
    }
}

impl Settings {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let mut settings = Self::default();
        let config = read_object(&folder.join("tokenizer_config.json"))?;
        let map = read_object(&folder.join("special_tokens_map.json"))?;
        for source in [&config, &map] {
            for (key, token) in [
                ("bos_token", &mut settings.bos),
                ("eos_token", &mut settings.eos),
                ("unk_token", &mut settings.unk),
                ("pad_token", &mut settings.pad),
            ] {
                if let Some(given) = source.get(key).and_then(parse_special) {
                    *token = given;
                }
            }
        }
        // Folders saved without a limit carry 10^30 here.
        let limit = config.get("model_max_length").and_then(Value::as_u64).unwrap_or(0);
        if let Some(length) = usize::try_from(limit).ok().filter(|length| (3..=4096).contains(length)) {
            settings.context_length = length;
        }
        Ok(settings)
    }
}

/// A special token given as bare text, which transformers matches before lower-casing.
pub(super) fn special(content: &str) -> AddedToken {
    AddedToken::from(content, true)
}

fn parse_special(value: &Value) -> Option<AddedToken> {
    if let Some(content) = value.as_str() {
        return Some(special(content));
    }
    let flag = |key, default| value.get(key).and_then(Value::as_bool).unwrap_or(default);
    let token = special(value.get("content")?.as_str()?)
        .normalized(flag("normalized", true))
        .single_word(flag("single_word", false))
        .lstrip(flag("lstrip", false))
        .rstrip(flag("rstrip", false));
    Some(token)
}

/// Words that were added behind a vocabulary, by id: the list that transformers writes beside it, and what newer
/// versions have in the settings instead.
pub(super) fn added_tokens(folder: &Path) -> Result<BTreeMap<u32, AddedToken>> {
    let list = read_object(&folder.join("added_tokens.json"))?;
    let config = read_object(&folder.join("tokenizer_config.json"))?;
    let id = |value: Option<u64>| value.and_then(|id| u32::try_from(id).ok());
    let listed = list.as_object().into_iter().flatten();
    let listed =
        listed.filter_map(|(word, at)| Some((id(at.as_u64())?, AddedToken::from(word.as_str(), false))));
    let entry = |at: Option<u32>, value: &Value| Some((at?, parse_special(value)?));
    let settings = config.get("added_tokens_decoder").and_then(Value::as_object).into_iter().flatten();
    let settings = settings.filter_map(|(at, value)| entry(at.parse().ok(), value));
    let mut found = BTreeMap::new();
    for (at, mut token) in listed.chain(settings) {
        // A special one would be left out where ids are shown as text.
        token.special = false;
        found.entry(at).or_insert(token);
    }
    Ok(found)
}

pub(super) fn parse_vocab(bytes: &[u8]) -> Result<Vocab, String> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|fault| format!("vocab.json is not readable ({fault})"))?;
    let entries = value.as_object().ok_or("vocab.json is not a table of tokens")?;
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let parsed: Option<Vocab> =
        entries.iter().map(|(token, value)| id(value).map(|id| (token.clone(), id))).collect();
    let vocab = parsed.ok_or("vocab.json gives a token an id that is not a whole number")?;
    // New words take the ids after the last one, so a gap would let them collide.
    let distinct: HashSet<u32> = vocab.values().copied().collect();
    let complete = (0..vocab.len()).all(|id| u32::try_from(id).is_ok_and(|id| distinct.contains(&id)));
    if complete { Ok(vocab) } else { Err("vocab.json leaves out ids or uses them twice".to_owned()) }
}

/// BERT's list of words: one a line, whose number is its id.
pub(super) fn parse_word_list(bytes: &[u8]) -> Result<Vocab, String> {
    let text = std::str::from_utf8(bytes).map_err(|fault| format!("it is not UTF-8 text ({fault})"))?;
    let mut ids = Vocab::new();
    for (id, line) in text.lines().enumerate() {
        let id = u32::try_from(id).map_err(|_| "it is too long for a vocabulary")?;
        if ids.insert(line.trim_end().to_owned(), id).is_some() {
            return Err(format!("its line {} repeats an earlier one", id + 1));
        }
    }
    Ok(ids)
}

pub(super) fn parse_merges(bytes: &[u8], vocab: &Vocab) -> Result<Vec<(String, String)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "merges.txt is not UTF-8 text")?;
    let mut merges = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || (index == 0 && line.starts_with("#version")) {
            continue;
        }
        let fault = || format!("line {} of merges.txt does not fit the vocabulary", index + 1);
        let (left, right) = line.trim_end().split_once(' ').ok_or_else(fault)?;
        // Checked here because the library indexes out of bounds on a merge longer than any token.
        if ![left, right, &format!("{left}{right}")].iter().all(|token| vocab.contains_key(*token)) {
            return Err(fault());
        }
        merges.push((left.to_owned(), right.to_owned()));
    }
    Ok(merges)
}

pub(super) fn read_part(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            Error::file(FileKind::Model, path, "this file of the model is missing", REPAIR)
        }
        _ => Error::read(path, source),
    })
}

/// Why a file of a tokenizer is not what it should be, once its reader has refused it: by its name where something else
/// lies in its place.
pub(super) fn refused(path: &Path, bytes: &[u8]) -> Option<Error> {
    let found = stranger::in_place(bytes.get(..stranger::START as usize).unwrap_or(bytes))?;
    Some(Error::file(FileKind::Model, path, found.fault, found.remedy))
}

/// A JSON object, or an empty one if there is no such file.
fn read_object(path: &Path) -> Result<Value> {
    if !path.exists() {
        return Ok(Value::Null);
    }
    json::read(path, REPAIR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_vocabularies_are_refused() {
        assert_eq!(parse_vocab(br#"{"a": 0, "b": 1, "ab": 2}"#).unwrap().len(), 3);
        for broken in [
            &b"\xff"[..],
            b"",
            b"[]",
            b"{\"a\": -1}",
            b"{\"a\": 1}",
            b"{\"a\": 0, \"b\": 0}",
            b"{\"a\": \"0\"}",
        ] {
            assert!(parse_vocab(broken).is_err(), "{}", String::from_utf8_lossy(broken));
        }
    }

    #[test]
    fn merges_must_fit_the_vocabulary() {
        let vocab = parse_vocab(br#"{"a": 0, "b": 1, "ab": 2}"#).unwrap();
        assert_eq!(parse_merges(b"#version: 0.2\na b\n", &vocab).unwrap().len(), 1);
        for broken in [&b"a c"[..], b"b a", b"ab", b"a b\nab ab", b"\xff\xfe"] {
            assert!(parse_merges(broken, &vocab).is_err(), "{}", String::from_utf8_lossy(broken));
        }
    }

    #[test]
    fn the_special_tokens_map_wins_and_absurd_limits_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let config = r#"{"pad_token": "<|endoftext|>", "model_max_length": 1000000000000000019884624838656}"#;
        std::fs::write(folder.path().join("tokenizer_config.json"), config).unwrap();
        std::fs::write(folder.path().join("special_tokens_map.json"), r#"{"pad_token": "!"}"#).unwrap();
        let settings = Settings::read(folder.path()).unwrap();
        assert_eq!((settings.pad.content.as_str(), settings.context_length), ("!", CONTEXT_LENGTH));
        assert!(settings.eos.normalized && !settings.pad.normalized);
        std::fs::write(folder.path().join("special_tokens_map.json"), "{").unwrap();
        let sentence = Settings::read(folder.path()).err().unwrap().to_string();
        assert!(sentence.contains("special_tokens_map.json"), "{sentence}");
    }
}
