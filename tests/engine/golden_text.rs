//! The tokenizer against the ids that transformers produces, for every model family whose data is present.
//!
//! The data lie in `tests/golden`, or where the environment variable `PSEUDOWORD_GOLDEN` points. Every id of
//! every text must be equal; there is no tolerance in this file.

use serde_json::Value;
use text::TextTokenizer;

use crate::numbers::folder as golden;

/// Family, its tokenizer folder, and the names of its two lists in `reference.json` (empty: no such list).
const FAMILIES: &[(&str, &str, &str, &str)] = &[
    ("sd1", "tokenizer", "tokenization", "tokenization_with_placeholders"),
    ("sd2", "tokenizer", "tokenization", "tokenization_with_placeholders"),
    ("sdxl", "tokenizer", "tokenization", "tokenization_with_placeholders"),
    ("sdxl", "tokenizer_2", "tokenization_2", ""),
    ("ldm", "tokenizer", "tokenization", ""),
];

/// The settings and the tokenizer of each family present; the first family must be.
fn families() -> Vec<(String, Value, TextTokenizer, &'static str, &'static str)> {
    let present = FAMILIES.iter().filter(|family| golden().join(family.0).is_dir());
    let found: Vec<_> = present
        .map(|&(family, folder, plain, placed)| {
            let root = golden().join(family);
            let text = std::fs::read_to_string(root.join("reference.json")).unwrap();
            // Python writes infinite sampler settings as no JSON reader accepts them; no text contains the
            // word.
            let text = text.replace("-Infinity", "null");
            let settings = serde_json::from_str::<Value>(&text).unwrap()["settings"].take();
            let folder_of = root.join(folder);
            let open = if family == "ldm" { TextTokenizer::open_bert } else { TextTokenizer::open };
            let tokenizer = open(&folder_of).unwrap();
            (format!("{family}/{folder}"), settings, tokenizer, plain, placed)
        })
        .collect();
    assert!(!found.is_empty(), "no golden data in {}", golden().display());
    found
}

fn ids(value: &Value) -> Vec<u32> {
    serde_json::from_value(value.clone()).unwrap()
}

fn assert_same(tokenizer: &TextTokenizer, family: &str, case: &Value) {
    let text = case["text"].as_str().unwrap();
    assert_eq!(tokenizer.encode(text), ids(&case["ids_full"]), "{family}: ids_full of {text:?}");
    let tokens = tokenizer.encode_padded(text);
    assert_eq!(tokens.ids, ids(&case["ids"]), "{family}: ids of {text:?}");
    let full = ids(&case["ids_full"]).len();
    assert_eq!(
        (tokens.length, tokens.dropped),
        (full.min(77), full.saturating_sub(77)),
        "{family}: {text:?}"
    );
}

#[test]
fn every_text_has_the_ids_of_the_published_tokenizer() {
    for (family, settings, tokenizer, plain, _) in families() {
        let cases = settings[plain].as_array().unwrap();
        assert!(cases.len() >= 20, "{family}: only {} texts", cases.len());
        for case in cases {
            assert_same(&tokenizer, &family, case);
        }
        println!("{family}: {} texts, every id equal", cases.len());
    }
}

#[test]
fn every_text_with_learned_words_has_the_ids_of_the_published_tokenizer() {
    for (family, settings, tokenizer, _, placed) in families() {
        if placed.is_empty() {
            continue;
        }
        let words: Vec<String> = serde_json::from_value(settings[placed]["added_tokens"].clone()).unwrap();
        let extended = tokenizer.with_placeholders(&words).unwrap();
        let added: Vec<u32> = words.iter().filter_map(|word| extended.id(word)).collect();
        assert_eq!(added, ids(&settings[placed]["added_ids"]), "{family}");
        let cases = settings[placed]["prompts"].as_array().unwrap();
        assert!(!cases.is_empty(), "{family}: no texts");
        for case in cases {
            assert_same(&extended, &family, case);
        }
        println!("{family}: {} texts with learned words, every id equal", cases.len());
    }
}

/// transformers 5.23: with the padding declared as bare `<|endoftext|>`, only that spelling is the end token,
/// while the begin token is matched in any case.
#[test]
fn other_spellings_of_special_tokens_are_matched_as_published() {
    let folder = crate::places::repository().join("tests/golden/sd1/tokenizer");
    let tokenizer = TextTokenizer::open(&folder).unwrap();
    assert_eq!(
        tokenizer.encode("x <|ENDOFTEXT|>"),
        [852, 343, 27, 347, 68, 77, 547, 69, 83, 744, 91, 285, 853]
    );
    assert_eq!(tokenizer.encode("<|StartOfText|> b"), [852, 852, 321, 853]);
}
