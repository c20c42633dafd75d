//! Reading the files of a tokenizer folder into checked values: a vocabulary with small files beside it, or the one
//! `tokenizer.json` that transformers writes since version 5.
//!
//! Hostile or damaged files must end in a sentence, never in a panic of the library that uses the values, so
//! everything that library takes for granted is checked here. The length is that of the tests.

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
    /// `single` is what [`read_single`] found in the folder.
    pub(super) fn read(folder: &Path, single: &Value) -> Result<Self> {
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
        // Beside a `tokenizer.json` special tokens are bare text; how each is matched stands in it.
        for token in [&mut settings.bos, &mut settings.eos, &mut settings.unk, &mut settings.pad] {
            let same = |entry: &&Value| entry["content"].as_str() == Some(token.content.as_str());
            if let Some(given) = declared(single).find(same).and_then(parse_special) {
                *token = given;
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

/// The `tokenizer.json` of a folder; null where the older files are whole, which are then read, or where there is none.
pub(super) fn read_single(folder: &Path) -> Result<Value> {
    let older = [&["vocab.json", "merges.txt"][..], &["vocab.txt"]];
    if older.iter().any(|names| names.iter().all(|name| folder.join(name).exists())) {
        return Ok(Value::Null);
    }
    read_object(&folder.join("tokenizer.json"))
}

/// What a `tokenizer.json` lists beside its vocabulary: special tokens, and words that were added.
fn declared(single: &Value) -> impl Iterator<Item = &Value> {
    single["added_tokens"].as_array().into_iter().flatten()
}

/// Words that were added behind a vocabulary, by id: the list that transformers writes beside it, and what newer
/// versions have instead, in the settings or in `tokenizer.json`.
pub(super) fn added_tokens(folder: &Path) -> Result<BTreeMap<u32, AddedToken>> {
    let list = read_object(&folder.join("added_tokens.json"))?;
    let config = read_object(&folder.join("tokenizer_config.json"))?;
    let single = read_single(folder)?;
    let id = |value: Option<u64>| value.and_then(|id| u32::try_from(id).ok());
    let listed = list.as_object().into_iter().flatten();
    let listed =
        listed.filter_map(|(word, at)| Some((id(at.as_u64())?, AddedToken::from(word.as_str(), false))));
    let entry = |at: Option<u32>, value: &Value| Some((at?, parse_special(value)?));
    let settings = config.get("added_tokens_decoder").and_then(Value::as_object).into_iter().flatten();
    let settings = settings.filter_map(|(at, value)| entry(at.parse().ok(), value));
    let newest = declared(&single).filter_map(|value| entry(id(value["id"].as_u64()), value));
    let mut found = BTreeMap::new();
    for (at, mut token) in listed.chain(settings).chain(newest) {
        // A special one would be left out where ids are shown as text.
        token.special = false;
        found.entry(at).or_insert(token);
    }
    Ok(found)
}

pub(super) fn parse_vocab(bytes: &[u8]) -> Result<Vocab, String> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|fault| format!("vocab.json is not readable ({fault})"))?;
    check_vocab(&value, "vocab.json")
}

/// The vocabulary of a `tokenizer.json` whose kind is the one that the model has: `BPE` or `WordPiece`.
pub(super) fn single_vocab(single: &Value, kind: &str) -> Result<Vocab, String> {
    let model = &single["model"];
    // Old versions of the library do not write the kind.
    if model["type"].as_str().is_some_and(|found| found != kind) {
        return Err(format!("tokenizer.json holds another kind of tokenizer than this model has ({kind})"));
    }
    check_vocab(&model["vocab"], "tokenizer.json")
}

/// Tokens and their ids, as `file` gives them.
fn check_vocab(table: &Value, file: &str) -> Result<Vocab, String> {
    let entries = table.as_object().ok_or_else(|| format!("{file} has no table of tokens"))?;
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let parsed: Option<Vocab> =
        entries.iter().map(|(token, value)| id(value).map(|id| (token.clone(), id))).collect();
    let vocab = parsed.ok_or_else(|| format!("{file} gives a token an id that is not a whole number"))?;
    // New words take the ids after the last one, so a gap would let them collide.
    let distinct: HashSet<u32> = vocab.values().copied().collect();
    let complete = (0..vocab.len()).all(|id| u32::try_from(id).is_ok_and(|id| distinct.contains(&id)));
    if complete { Ok(vocab) } else { Err(format!("{file} leaves out ids or uses them twice")) }
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
        merges.push(line.trim_end().split_once(' ').and_then(|pair| fitting(pair, vocab)).ok_or_else(fault)?);
    }
    Ok(merges)
}

/// The merges of a `tokenizer.json`: pairs or, from old versions of the library, lines.
pub(super) fn single_merges(single: &Value, vocab: &Vocab) -> Result<Vec<(String, String)>, String> {
    let list = single["model"]["merges"].as_array().ok_or("tokenizer.json has no list of merges")?;
    let pair = |merge: &Value| match merge.as_array().map(Vec::as_slice) {
        Some([left, right]) => fitting((left.as_str()?, right.as_str()?), vocab),
        _ => fitting(merge.as_str()?.split_once(' ')?, vocab),
    };
    let fault = |index: usize| format!("merge {} of tokenizer.json does not fit the vocabulary", index + 1);
    list.iter().enumerate().map(|(index, merge)| pair(merge).ok_or_else(|| fault(index))).collect()
}

/// A merge, if the vocabulary has its parts and what they make: the library indexes out of bounds on one that is longer
/// than any token.
fn fitting((left, right): (&str, &str), vocab: &Vocab) -> Option<(String, String)> {
    let fits = [left, right, &format!("{left}{right}")].iter().all(|token| vocab.contains_key(*token));
    fits.then(|| (left.to_owned(), right.to_owned()))
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
    use serde_json::json;

    use super::super::tokenizer::TextTokenizer;
    use super::super::tokenizer::tests::golden;
    use super::*;

    /// The model of a CLIP folder as `tokenizer.json` has it, its merges in pairs as transformers 5 does, or in lines.
    fn clip_model(folder: &Path, lines: bool) -> Value {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let vocab: Value = serde_json::from_str(&read("vocab.json")).unwrap();
        let merge = |(left, right): (&str, &str)| {
            if lines { json!(format!("{left} {right}")) } else { json!([left, right]) }
        };
        let merges: Vec<Value> =
            read("merges.txt").lines().skip(1).filter_map(|line| line.split_once(' ')).map(merge).collect();
        json!({
            "type": "BPE", "unk_token": "<|endoftext|>", "continuing_subword_prefix": "",
            "end_of_word_suffix": "</w>", "vocab": vocab, "merges": merges
        })
    }

    /// Writes what transformers 5.24 does, as far as it is read. Of a listed word: whether it is normalized, and special.
    fn put_single(folder: &Path, model: &Value, listed: &[(u32, &str, bool, bool)]) {
        let entry = |(id, content, normalized, special): &(u32, &str, bool, bool)| {
            json!({
                "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": normalized, "special": special
            })
        };
        let listed: Vec<Value> = listed.iter().map(entry).collect();
        let whole = json!({"version": "1.0", "padding": null, "added_tokens": listed, "model": model});
        std::fs::write(folder.join("tokenizer.json"), whole.to_string()).unwrap();
    }

    /// The ids are those of transformers 5.24, from the older folders as from what it made of them.
    #[test]
    fn a_clip_folder_that_transformers_5_saved_has_the_ids_of_the_older_one() {
        let texts =
            ["a photo of a cat", "Ein Kätzchen 猫 🎨", "<|EndOfText|> a <|endoftext|>", "don't  *", ""];
        let end = "<|endoftext|>";
        for (family, pad, end_normalized, sign) in [("sd1", end, false, 256), ("sd2", "!", true, 0)] {
            let (older, folder) = (golden(family), tempfile::tempdir().unwrap());
            let config = json!({
                "bos_token": "<|startoftext|>", "eos_token": end, "pad_token": pad,
                "unk_token": end, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"
            });
            std::fs::write(folder.path().join("tokenizer_config.json"), config.to_string()).unwrap();
            let mut listed = vec![
                (852, "<|startoftext|>", true, true),
                (853, end, end_normalized, true),
                (854, "<own>", true, false),
                (855, "<spec>", false, true),
            ];
            listed.extend((pad == "!").then_some((0, "!", false, true)));
            let older_tokenizer = TextTokenizer::open(&older).unwrap();
            for lines in [false, true] {
                put_single(folder.path(), &clip_model(&older, lines), &listed);
                let tokenizer = TextTokenizer::open(folder.path()).unwrap();
                for text in texts {
                    let ids = [&older_tokenizer, &tokenizer].map(|all| all.encode_padded(text).ids);
                    assert_eq!(ids[0], ids[1], "{family}: {text:?}");
                }
                let signs = tokenizer.encode("<|startoftext|>hi! 12 !");
                assert_eq!(signs, [852, 852, 71, 328, sign, 272, 273, sign, 853], "{family}");
                assert_eq!(tokenizer.vocabulary_size(), 854);
                let own = tokenizer.with_added(folder.path(), 1000).unwrap();
                assert_eq!(own.encode("a <own> <OWN> <spec> cat"), [852, 320, 854, 854, 855, 574, 853]);
                assert!(own.notes.is_empty(), "{:?}", own.notes);
            }
        }
    }

    #[test]
    fn a_bert_folder_that_transformers_5_saved_has_the_ids_of_the_older_one() {
        let (older, folder) = (golden("ldm"), tempfile::tempdir().unwrap());
        let words = std::fs::read_to_string(older.join("vocab.txt")).unwrap();
        let vocab: serde_json::Map<String, Value> =
            words.lines().zip(0_u32..).map(|(word, id)| (word.to_owned(), Value::from(id))).collect();
        let model = json!({
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab
        });
        let listed = [(0, "[PAD]"), (100, "[UNK]"), (101, "[CLS]"), (102, "[SEP]"), (103, "[MASK]")];
        let mut listed = listed.map(|(id, word)| (id, word, false, true)).to_vec();
        listed.extend([(371, "<own>", true, false), (372, "<spec>", false, true)]);
        put_single(folder.path(), &model, &listed);
        let tokenizer = TextTokenizer::open_bert(folder.path()).unwrap();
        let older = TextTokenizer::open_bert(&older).unwrap();
        for text in ["a photo of a cat", "Ein Kätzchen 猫 🎨", "[MASK] sunsets", "don't  *", ""] {
            assert_eq!(tokenizer.encode_padded(text).ids, older.encode_padded(text).ids, "{text:?}");
        }
        let own = tokenizer.with_added(folder.path(), 1000).unwrap();
        assert_eq!(own.encode("a <own> <OWN> <spec> cat"), [101, 142, 371, 371, 372, 245, 102]);
        let sentence = TextTokenizer::open(folder.path()).unwrap_err().to_string();
        assert!(sentence.contains("tokenizer.json") && sentence.contains("(BPE)"), "{sentence}");
    }

    #[test]
    fn a_damaged_tokenizer_json_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let whole = clip_model(&golden("sd1"), false);
        for (key, value, expected) in [
            ("type", json!("Unigram"), "another kind of tokenizer than this model has (BPE)"),
            ("vocab", json!([["a", 0]]), "no table of tokens"),
            ("vocab", json!({"a": "0"}), "not a whole number"),
            ("vocab", json!({"a": 1}), "leaves out ids"),
            ("merges", Value::Null, "no list of merges"),
            ("merges", json!([["o", "f</w>"], ["o", "nowhere"]]), "merge 2 of"),
            ("merges", json!([["o", "f</w>", ""]]), "merge 1 of"),
            ("merges", json!(["of"]), "merge 1 of"),
        ] {
            let mut model = whole.clone();
            model[key] = value;
            put_single(folder.path(), &model, &[]);
            let sentence = TextTokenizer::open(folder.path()).unwrap_err().to_string();
            assert!(sentence.contains("tokenizer.json") && sentence.contains(expected), "{sentence}");
        }
        std::fs::write(folder.path().join("tokenizer.json"), "{").unwrap();
        for open in [TextTokenizer::open, TextTokenizer::open_bert] {
            let sentence = open(folder.path()).unwrap_err().to_string();
            assert!(sentence.contains("tokenizer.json") && sentence.contains("JSON"), "{sentence}");
        }
        for name in ["vocab.json", "merges.txt"] {
            std::fs::copy(golden("sd1").join(name), folder.path().join(name)).unwrap();
        }
        let older = TextTokenizer::open(folder.path()).unwrap();
        assert!(older.with_added(folder.path(), 1000).is_ok(), "the older files are whole");
    }

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
        let settings = Settings::read(folder.path(), &Value::Null).unwrap();
        assert_eq!((settings.pad.content.as_str(), settings.context_length), ("!", CONTEXT_LENGTH));
        assert!(settings.eos.normalized && !settings.pad.normalized);
        std::fs::write(folder.path().join("special_tokens_map.json"), "{").unwrap();
        let sentence = Settings::read(folder.path(), &Value::Null).err().unwrap().to_string();
        assert!(sentence.contains("special_tokens_map.json"), "{sentence}");
    }
}
