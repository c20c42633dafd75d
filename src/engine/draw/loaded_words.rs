//! Learned words among a model's tokens: read from files, named, and put where a prompt names them.
//!
//! Any file of words can be used, with all the words it holds. Where a word cannot be called what its file calls it, or
//! not by that alone, a note says under which name it was taken.

use std::ops::Range;
use std::path::{Path, PathBuf};

use base::Result;
use format::embedding::{self, LearnedWord};
use inversion::Vectors;
use model::Pipeline;
use text::prompt::{Prompt, WordNames, mentioned, name_words, prompt_name, unloaded};
use text::{Tokenizers, Tokens, expand};

/// Learned words put into a model's tokenizers, and their vectors in the order of their ids.
pub struct LoadedWords {
    tokenizers: Tokenizers,
    /// What each word is called.
    pub(crate) words: Vec<String>,
    /// The file of each word, where it was read from one.
    pub(crate) files: Vec<PathBuf>,
    /// What there is to say of how the words are called.
    notes: Vec<String>,
    /// The names of the words, then those that diffusers gives to their single vectors, `toy_1`.
    names: WordNames,
    /// The vectors that each of these stands for.
    spans: Vec<Range<usize>>,
    /// The vectors of all words one after another; `None` without words.
    pub(crate) vectors: Option<Vectors>,
}

impl LoadedWords {
    /// Puts words, each with all its names and its vectors, into a model's tokenizers. A word is called by the first of
    /// its names.
    pub fn new(tokenizers: &Tokenizers, words: &[(Vec<String>, Vectors)]) -> Result<Self> {
        let values: Vec<f32> = words.iter().flat_map(|(_, vectors)| vectors.values.clone()).collect();
        let width = words.first().map_or(1, |(_, vectors)| vectors.shape[1]).max(1);
        let count = values.len() / width;
        let vectors = (!words.is_empty()).then(|| Vectors { shape: [count, width], values });
        let mut spans = Vec::new();
        for (_, vectors) in words {
            let first = spans.last().map_or(0, |span: &Range<usize>| span.end);
            spans.push(first..first + vectors.count());
        }
        let mut names: Vec<Vec<String>> = words.iter().map(|(names, _)| names.clone()).collect();
        for word in 0..words.len() {
            for (number, vector) in spans[word].clone().enumerate().skip(1) {
                names.push(names[word].iter().map(|name| format!("{name}_{number}")).collect());
                spans.push(vector..vector + 1);
            }
        }
        Ok(Self {
            tokenizers: tokenizers.with_vectors(count)?,
            words: words.iter().map(|(names, _)| names.first().cloned().unwrap_or_default()).collect(),
            files: Vec::new(),
            notes: Vec::new(),
            names: WordNames::new(&names),
            spans,
            vectors,
        })
    }

    /// Reads files of learned words for a model.
    pub(crate) fn read(model: &Pipeline, paths: &[PathBuf]) -> Result<Self> {
        let mut found: Vec<(PathBuf, LearnedWord, Vec<String>)> = Vec::new();
        for path in paths {
            let words = embedding::read_all(path)?;
            let alone = words.len() == 1;
            for word in words {
                word.expect_widths(&model.conditioner.widths(), path)?;
                let names = word.names(path, alone);
                // The two files of one word of Stable Diffusion XL are read together, whichever is given.
                let same = |(file, other, _): &(PathBuf, LearnedWord, Vec<String>)| {
                    other.token == word.token
                        && (&other.vectors, &other.second) == (&word.vectors, &word.second)
                        && (file == path || word.second.is_some())
                };
                if !found.iter().any(same) {
                    found.push((path.clone(), word, names));
                }
            }
        }
        let ordinary = |name: &str| model.tokenizers.is_ordinary(name);
        let given: Vec<Vec<String>> = found.iter().map(|(.., names)| names.clone()).collect();
        let named = name_words(&given, ordinary);
        let mut notes = Vec::new();
        for ((path, _, given), names) in found.iter().zip(&named) {
            notes.extend(note(path, given, names, &ordinary));
        }
        let (files, words): (Vec<PathBuf>, Vec<_>) = found
            .into_iter()
            .zip(named)
            .map(|((path, word, _), names)| (path, (names, side_by_side(word))))
            .unzip();
        Ok(Self { files, notes, ..Self::new(&model.tokenizers, &words)? })
    }

    /// The ids of a sentence to learn from, in which brackets are only characters. Every word is spelled out in all its
    /// vectors, also within other words: a caption was checked to hold it.
    pub(crate) fn ids(&self, sentence: &str) -> Vec<u32> {
        let find = |text: &str, at| self.names.find_within(text, at);
        self.tokenizers.encode_padded(&self.expand(sentence, find)).ids
    }

    /// The ids of a prompt to draw, in which brackets say how much each part counts. Every word is
    /// spelled out in all its vectors, each with the word's weight; brackets within a word are part of it.
    pub fn tokens(&self, prompt: &str) -> Tokens {
        // Words that are called by their file's name can have brackets: `toy(1)`.
        let mut pieces = Prompt::parse(prompt, &self.names).pieces();
        for piece in &mut pieces {
            piece.text = self.expand(&piece.text, |text, at| {
                // As ComfyUI does, a word that is not there is left out.
                let missing = || unloaded(text, at).map(|length| (length, self.spans.len()));
                self.names.find(text, at).or_else(missing)
            });
        }
        self.tokenizers.weighted(&pieces)
    }

    /// What there is to say of the words in prompts: how they are called, which of them no prompt names, and which names
    /// are no word's.
    pub(crate) fn notes(&self, prompts: &[&str]) -> Vec<String> {
        let unused = self.unused(prompts).into_iter().map(|word| {
            format!("The prompt does not contain the learned word {word}. Write {word} where it belongs.")
        });
        let unknown = prompts.iter().flat_map(|prompt| {
            let mentions = Prompt::parse(prompt, &self.names).mentions.into_iter();
            mentions.filter(|mention| mention.word.is_none()).map(|mention| &prompt[mention.span])
        });
        let unknown = unknown.filter_map(|name| match name.as_bytes() {
            [b'<', ..] if name.contains(':') => None,
            [b'<', ..] => Some(format!("No word {name} is loaded. The model reads it as ordinary letters.")),
            _ => Some(format!(
                "The word of {name} is not loaded, so it is left out. Add its file to the words."
            )),
        });
        self.notes.iter().cloned().chain(unused).chain(unknown).collect()
    }

    /// What each word is called that none of the prompts names.
    fn unused(&self, prompts: &[&str]) -> Vec<&str> {
        let named: Vec<usize> =
            prompts.iter().flat_map(|prompt| mentioned(prompt, &self.names)).map(|(word, _)| word).collect();
        let used = |word: usize| named.iter().any(|&named| self.within(named, word));
        let words = self.words.iter().enumerate();
        words.filter(|(word, _)| !used(*word)).map(|(_, name)| name.as_str()).collect()
    }

    /// Whether a name stands for vectors of a word.
    fn within(&self, name: usize, word: usize) -> bool {
        let span = |index: usize| self.spans.get(index).cloned().unwrap_or_default();
        span(word).start <= span(name).start && span(name).end <= span(word).end
    }

    /// The text with every word spelled out in all its vectors.
    fn expand(&self, text: &str, find: impl Fn(&str, usize) -> Option<(usize, usize)>) -> String {
        expand(text, |text, at| {
            let (length, name) = find(text, at)?;
            Some((length, self.spans.get(name).cloned().unwrap_or_default()))
        })
    }
}

/// Says under which name a word was taken, where that is not what its file calls it.
fn note(path: &Path, given: &[String], names: &[String], ordinary: impl Fn(&str) -> bool) -> Option<String> {
    let (own, called) = (given.first()?, names.first()?);
    if own == called {
        return None;
    }
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let why = match () {
        () if prompt_name(own, &ordinary) != *called => format!("Another word is called {own} already"),
        () if ordinary(own) => format!("“{own}” is what prompts say without meaning a learned word"),
        () => format!("“{own}” has signs or spaces that prompts use"),
    };
    Some(format!("{why}. Write {called} for the word of {file}."))
}

/// A word's vectors as learning and drawing have them: one row for all encoders.
fn side_by_side(word: LearnedWord) -> Vectors {
    let [count, width] = word.shape;
    let Some(second) = word.second else { return Vectors { values: word.vectors, shape: word.shape } };
    let rows =
        word.vectors.chunks_exact(width.max(1)).zip(second.values.chunks_exact(second.shape[1].max(1)));
    let values = rows.flat_map(|(first, second)| first.iter().chain(second).copied()).collect();
    Vectors { values, shape: [count, width + second.shape[1]] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use text::TextTokenizer;

    fn words(named: &[(&[&str], usize)]) -> LoadedWords {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sd1/tokenizer");
        let tokenizers = Tokenizers::from(TextTokenizer::open(&golden).unwrap());
        let word = |(names, count): &(&[&str], usize)| {
            let vectors = Vectors { values: vec![0.0; *count], shape: [*count, 1] };
            (names.iter().map(|name| (*name).to_owned()).collect(), vectors)
        };
        LoadedWords::new(&tokenizers, &named.iter().map(word).collect::<Vec<_>>()).unwrap()
    }

    /// The first id of a learned vector.
    const FIRST: u32 = 854;

    #[test]
    fn learned_words_keep_their_vectors_within_brackets() {
        let words = words(&[(&["<cat-toy>"], 2), (&["toy(1)"], 2)]);
        let plain = words.ids("a <cat-toy> of toy(1)");
        let tokens = words.tokens("a (<cat-toy>:1.5) of toy(1)");
        assert_eq!((&tokens.ids, tokens.dropped), (&plain, 0));
        assert_eq!(tokens.weights[..8], [1.0, 1.0, 1.5, 1.5, 1.0, 1.0, 1.0, 1.0]);
        for other in ["a ([<CAT-TOY>]:1.5) of (toy(1):2)", r"a <cat-toy> of [toy\(1\)]"] {
            assert_eq!(words.tokens(other).ids, plain, "{other}");
        }
        let tokens = words.tokens("a <cat-toy>, of a cat");
        assert_eq!(tokens.ids, words.ids("a <cat-toy>, of a cat"));
        assert!(tokens.weights.iter().all(|weight| *weight == 1.0));
    }

    /// The learned vectors in a prompt, by their numbers.
    fn learned(words: &LoadedWords, prompt: &str) -> Vec<u32> {
        words.tokens(prompt).ids.into_iter().filter_map(|id| id.checked_sub(FIRST)).collect()
    }

    #[test]
    fn every_spelling_of_a_word_has_its_vectors() {
        let words = words(&[
            (&["<easynegative>", "easynegative"], 2),
            (&["whatever-200"], 1),
            (&["whatever-2000"], 2),
        ]);
        for spelling in
            ["<easynegative>", "EasyNegative", "embedding:easynegative", "embedding: easynegative.pt,"]
        {
            assert_eq!(learned(&words, &format!("a {spelling} cat")), [0, 1], "{spelling}");
        }
        assert_eq!(learned(&words, "whatever-2000, whatever-200"), [3, 4, 2]);
        assert!(learned(&words, "whatever-20000 easynegatives").is_empty());
        let plain = words.tokens("a <easynegative> cat").ids;
        assert_eq!(words.tokens("a embedding:easynegative cat").ids, plain, "nothing else is left of it");
        assert_eq!(words.tokens("a embedding:other cat").ids, words.tokens("a cat").ids);
        let notes = words.notes(&["a <dog>, whatever-200", "(embedding:easynegative:1.2) embedding:bad"]);
        let parts =
            ["not contain the learned word whatever-2000.", "No word <dog>", "word of embedding:bad is not"];
        assert!(notes.iter().zip(parts).all(|(note, part)| note.contains(part)), "{notes:?}");
        assert_eq!(notes.len(), 3);
    }

    #[test]
    fn a_name_may_end_like_the_number_of_a_vector() {
        let words = words(&[(&["<toy>"], 3), (&["<toy>_2"], 1), (&["<toy_2>"], 1)]);
        assert_eq!(learned(&words, "<toy> <toy>_2 <toy_2>"), [0, 1, 2, 3, 4]);
        // As diffusers writes them out.
        assert_eq!(learned(&words, "<toy> <toy>_1, <toy>_1"), [0, 1, 1]);
    }

    #[test]
    fn sentences_to_learn_from_hold_the_word_anywhere() {
        let words = words(&[(&["cat-toy"], 1)]);
        assert!(words.ids("two cat-toys").contains(&FIRST));
        assert!(learned(&words, "two cat-toys").is_empty());
    }

    #[test]
    fn a_name_that_was_changed_is_said() {
        let ordinary = |name: &str| name == "painting";
        let said = |given: &[&str], name: &str| {
            let given: Vec<String> = given.iter().map(|name| (*name).to_owned()).collect();
            note(Path::new("/words/a b.pt"), &given, &[name.to_owned()], ordinary)
        };
        assert_eq!(said(&["toy"], "toy"), None);
        for (given, name, why) in [
            ("painting", "<painting>", "without meaning"),
            ("a b", "<a_b>", "spaces"),
            ("toy", "toy-2", "Another word"),
        ] {
            let said = said(&[given], name).unwrap();
            assert!(
                said.contains(why) && said.contains(&format!("Write {name} for the word of a b.pt.")),
                "{said}"
            );
        }
    }
}
