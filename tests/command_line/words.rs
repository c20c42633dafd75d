//! Learned words as artists have and write them: names of all kinds, several words in a file, other programs' notations.
//!
//! Pictures are compared pixel by pixel: the same word draws the same, and a word that is not found another one.

use std::path::{Path, PathBuf};

use format::embedding::{self, EmbeddingFormat, LearnedWord};
use format::{parse_parameters, read_parameters};

use crate::program::*;
use crate::runs::model;

/// A folder with files of words, and one for pictures.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A file of a word of `count` vectors that are told apart by `seed`, which calls itself `token` if it does.
    fn word(&self, file: &str, token: Option<&str>, count: usize, seed: u32) -> PathBuf {
        let path = self.0.path().join(file);
        let number =
            |index: usize| ((index as u32).wrapping_mul(2_654_435_761).wrapping_add(seed * 977) % 199) as f32;
        let vectors = (0..count * 32).map(|index| number(index) / 199.0 - 0.5).collect();
        let word = LearnedWord {
            token: token.map(str::to_owned),
            vectors,
            shape: [count, 32],
            ..LearnedWord::default()
        };
        embedding::write(&path, &word, EmbeddingFormat::EmbParams).unwrap();
        path
    }

    /// The picture of a prompt and what the program said; `|` parts the prompt from the negative one.
    fn draw(&self, words: &[&PathBuf], prompt: &str) -> (image::RgbImage, String) {
        let (prompt, negative) = prompt.split_once('|').unwrap_or((prompt, ""));
        let mut line = typed("generate --device cpu --steps 2 --seed 1 --size 32x32");
        line.args(["--prompt", prompt, "--negative", negative, "--model"]).arg(model());
        line.arg("--out").arg(self.0.path().join("pictures"));
        if !words.is_empty() {
            line.arg("--word").args(words);
        }
        let (code, path, said) = run(&mut line);
        assert_eq!(code, 0, "{said}");
        (image::open(path.trim()).unwrap().to_rgb8(), said)
    }

    fn picture(&self, words: &[&PathBuf], prompt: &str) -> image::RgbImage {
        self.draw(words, prompt).0
    }
}

/// A safetensors file of tensors one above another, each 32 numbers wide.
fn tensors(path: &Path, named: &[(&str, usize)]) {
    let (mut header, mut numbers) = (serde_json::Map::new(), Vec::new());
    for (name, count) in named {
        let begin = numbers.len();
        let seed = named.len() + begin;
        numbers.extend(
            (0..count * 32).flat_map(|i| (((i * 37 + seed) % 101) as f32 / 101.0 - 0.5).to_le_bytes()),
        );
        let offsets = [begin, numbers.len()];
        header.insert(
            (*name).into(),
            serde_json::json!({"dtype": "F32", "shape": [count, 32], "data_offsets": offsets}),
        );
    }
    let header = serde_json::to_vec(&header).unwrap();
    let length = (header.len() as u64).to_le_bytes();
    std::fs::write(path, [&length[..], &header, &numbers].concat()).unwrap();
}

#[test]
fn the_longest_name_is_the_word_and_both_names_of_a_file_are() {
    let place = Place::new();
    let short = place.word("whatever-200.safetensors", None, 2, 1);
    let long = place.word("whatever-2000.safetensors", None, 2, 2);
    let alone = place.word("sole.safetensors", None, 2, 2);
    let wanted = place.picture(&[&alone], "a photo of <sole>");
    assert_eq!(place.picture(&[&short, &long], "a photo of whatever-2000"), wanted);
    let (picture, said) = place.draw(&[&short], "a photo of whatever-2000");
    assert_ne!(picture, wanted);
    assert!(said.contains("No prompt contains the learned word whatever-200."), "{said}");

    let named = place.word("outer-name.safetensors", Some("inner-4000"), 2, 2);
    for prompt in ["outer-name", "inner-4000", "embedding:outer-name.pt", "<Inner-4000>"] {
        let (picture, said) = place.draw(&[&named], &format!("a photo of {prompt}"));
        assert_eq!(picture, wanted, "{prompt}");
        assert!(!said.contains("Note:"), "{said}");
    }
}

#[test]
fn any_file_can_be_used_under_a_name_that_is_said() {
    let place = Place::new();
    let wanted = place.picture(&[&place.word("sole.safetensors", None, 2, 7)], "a photo of <sole>");
    for (stem, name) in [
        ("my cat toy", "<my_cat_toy>"),
        ("Bob-Style (v2, final)", "<Bob-Style__v2__final_>"),
        ("toy＿全角\u{3000}空白", "<toy＿全角_空白>"),
        ("painting", "<painting>"),
        ("oil painting", "<oil_painting>"),
        ("2024", "<2024>"),
    ] {
        let file = place.word(&format!("{stem}.safetensors"), None, 2, 7);
        let (picture, said) = place.draw(&[&file], &format!("a photo of {name}"));
        assert_eq!(picture, wanted, "{stem}");
        assert!(said.contains(&format!("Write {name} for the word of {stem}.safetensors.")), "{said}");
        assert!(!said.contains("No prompt contains"), "{said}");
    }
    let file = place.0.path().join("painting.safetensors");
    let sole = place.0.path().join("sole.safetensors");
    let both = place.picture(&[&sole], "a painting of <sole>");
    assert_eq!(place.picture(&[&file], "a painting of <painting>"), both, "an ordinary word stays one");
    // Whoever gives the file and writes its name without brackets means it.
    let (picture, said) = place.draw(&[&file], "a photo of Painting");
    assert_eq!(picture, wanted);
    assert!(
        said.contains("“painting” is taken as the learned word. To say where it is meant, write <painting>"),
        "{said}"
    );
    // Two files that call themselves the same, and one that is called like a vector of another.
    let [one, two] = ["one-file", "second-file"]
        .map(|stem| place.word(&format!("{stem}.safetensors"), Some("<same>"), 3, 7));
    let third = place.word("<same>_2.safetensors", None, 2, 7);
    let (_, said) = place.draw(&[&one, &two, &third], "a <same> with second-file and <same>_2");
    assert!(
        said.contains("Another word is called <same> already. Write second-file for the word of second-file.safetensors."),
        "{said}"
    );
    assert!(!said.contains("No prompt contains"), "{said}");
}

#[test]
fn other_programs_notations_and_negative_prompts_are_heard() {
    let place = Place::new();
    let good = place.word("easynegative.safetensors", None, 4, 3);
    let bad = place.word("bad_pictures.safetensors", None, 2, 4);
    let words = [&good, &bad];
    let wanted = place.picture(&words, "a cat|easynegative, bad_pictures");
    for negative in [
        "embedding:easynegative, embedding:bad_pictures",
        "Embedding: EasyNegative.safetensors, embedding:sub/bad_pictures.pt",
        "<easynegative>, (embedding:bad_pictures:1.0)",
    ] {
        let (picture, said) = place.draw(&words, &format!("a cat|{negative}"));
        assert_eq!(picture, wanted, "{negative}");
        assert!(!said.contains("Note:"), "{said}");
    }
    assert_ne!(place.picture(&[], "a cat"), wanted);
    let (picture, said) = place.draw(&[], "a cat|embedding:other");
    assert_eq!(picture, place.picture(&[], "a cat"));
    assert!(said.contains("“embedding:other” is left out"), "{said}");
}

#[test]
fn all_words_of_a_file_are_taken() {
    let place = Place::new();
    let (several, lora) = (place.0.path().join("two.safetensors"), place.0.path().join("lora.safetensors"));
    tensors(&several, &[("<first>", 1), ("second", 2)]);
    let named =
        ["bundle_emb.first.emb_params", "bundle_emb.second.emb_params", "lora_unet_x.lora_down.weight"];
    tensors(&lora, &[(named[0], 1), (named[1], 2), (named[2], 4)]);
    let none = place.picture(&[], "a cat");
    for (file, prompts) in [(&several, ["<first>", "<second>"]), (&lora, ["embedding:first", "<second>"])] {
        let pictures = prompts.map(|word| place.draw(&[file], &format!("a cat, {word}")).0);
        assert!(pictures[0] != pictures[1] && !pictures.contains(&none));
    }
    for (prompt, used) in
        [("a <first>, <second>", &["<first>", "<second>"][..]), ("a cat|<second>", &["<second>"][..])]
    {
        let (_, said) = place.draw(&[&several], prompt);
        assert_eq!(said.contains("No prompt contains"), used.len() < 2, "{said}");
        let drawn = std::fs::read_dir(place.0.path().join("pictures")).unwrap();
        let drawn = drawn.map(|entry| entry.unwrap().path()).max();
        let info = parse_parameters(&read_parameters(&drawn.unwrap()).unwrap().unwrap());
        let names: Vec<&str> = info.ti_hashes.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, used, "only what the prompts use");
    }
}
