//! Learned words among a model's tokens: read from files, named, and put where a prompt names them.
//!
//! Any file of words can be used, with all the words it holds. Where a word cannot be called what its file calls it, or
//! not by that alone, a note says under which name it was taken. Its length is that of the tests.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::session::WordUnderWay;
use base::Result;
use format::embedding::{self, LearnedWord};
use inversion::Vectors;
use model::Pipeline;
use project::{Emphasis, GenerateSettings};
use text::prompt::{Moment, Piece, Prompt, WordNames, mentioned, name_words, prompt_name};
use text::{Tokenizers, Windows, expand, placeholder};

/// Learned words put into a model's tokenizers, and their vectors in the order of their ids.
pub struct LoadedWords {
    tokenizers: Tokenizers,
    /// What each word is called.
    pub(crate) words: Vec<String>,
    /// The hash of the file of each word, as it was when it was read, where it was read from one.
    pub(crate) hashes: Vec<String>,
    /// Which words were learned for negative prompts.
    negative: Vec<bool>,
    /// What there is to say of how each word is called.
    notes: Vec<Option<String>>,
    /// The names of the words, then those that diffusers gives to their single vectors, `toy_1`.
    spellings: Vec<Vec<String>>,
    names: WordNames,
    /// Names of each word that are ordinary words, and so are not among its names.
    ordinary: Vec<Vec<String>>,
    /// The vectors that each of these stands for.
    spans: Vec<Range<usize>>,
    /// What stands for each in the texts to encode: its tokens.
    spelled: Vec<String>,
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
        let vectors = (!words.is_empty()).then_some(Vectors { shape: [count, width], values });
        let mut spans = Vec::new();
        for (_, vectors) in words {
            let first = spans.last().map_or(0, |span: &Range<usize>| span.end);
            spans.push(first..first + vectors.count());
        }
        // diffusers writes a word out, `toy toy_1 toy_2`.
        let numbered = |name: &String, number: usize| {
            if number == 0 { name.clone() } else { format!("{name}_{number}") }
        };
        let all = |(names, vectors): &(Vec<String>, Vectors)| -> Vec<String> {
            let whole =
                |name: &String| (0..vectors.count()).map(|number| numbered(name, number)).collect::<Vec<_>>();
            names.iter().cloned().chain(names.iter().map(|name| whole(name).join(" "))).collect()
        };
        let mut names: Vec<Vec<String>> = words.iter().map(all).collect();
        for (word, (own, _)) in words.iter().enumerate() {
            for (number, vector) in spans[word].clone().enumerate().skip(1) {
                // A bare `toy_1` is more likely another file.
                let angled = own.iter().filter(|name| name.ends_with('>'));
                names.push(angled.map(|name| numbered(name, number)).collect());
                spans.push(vector..vector + 1);
            }
        }
        Ok(Self {
            tokenizers: tokenizers.with_vectors(count)?,
            words: words.iter().map(|(names, _)| names.first().cloned().unwrap_or_default()).collect(),
            hashes: Vec::new(),
            negative: Vec::new(),
            notes: Vec::new(),
            names: WordNames::new(&names),
            spellings: names,
            ordinary: Vec::new(),
            spelled: spans.iter().map(|span| span.clone().map(placeholder).collect()).collect(),
            spans,
            vectors,
        })
    }

    /// Reads files of learned words for a model. The word that is being learned on it is taken in place of its file, and
    /// also unasked where no file holds a word of its name; it has no hash.
    pub(crate) fn read(
        model: &Pipeline,
        paths: &[PathBuf],
        under_way: Option<&WordUnderWay>,
    ) -> Result<Self> {
        let mut found: Vec<(PathBuf, Option<LearnedWord>, Vec<String>)> = Vec::new();
        let mut hashes = Vec::new();
        let mut add = under_way.map(|word| ((word.path.clone(), None, word.names.clone()), &word.path));
        for path in paths {
            if let Some((word, _)) = add.take_if(|(_, own)| *own == path) {
                found.push(word);
                hashes.push(String::new());
                continue;
            }
            let (words, hash) = embedding::read_hashed(path)?;
            let alone = words.len() == 1;
            for word in words {
                word.expect_widths(&model.conditioner.widths(), path)?;
                let names = word.names(path, alone);
                // The two files of one word of Stable Diffusion XL are read together, whichever is given.
                let same = |(file, other, _): &(PathBuf, Option<LearnedWord>, Vec<String>)| {
                    other.as_ref().is_some_and(|other| {
                        other.token == word.token
                            && (&other.vectors, &other.second) == (&word.vectors, &word.second)
                    }) && (file == path || word.second.is_some())
                };
                if !found.iter().any(same) {
                    found.push((path.clone(), Some(word), names));
                    hashes.push(hash.clone());
                }
            }
        }
        if let Some((word, _)) = add
            && !found.iter().any(|(.., names)| names.iter().any(|name| word.2.first() == Some(name)))
        {
            found.push(word);
            hashes.push(String::new());
        }
        let ordinary = |name: &str| model.tokenizers.is_ordinary(name);
        let given: Vec<Vec<String>> = found.iter().map(|(.., names)| names.clone()).collect();
        let named = name_words(&given, ordinary);
        let notes = found.iter().zip(&named);
        let notes = notes.map(|((path, _, given), names)| note(path, given, names, ordinary)).collect();
        let plain = |names: Vec<String>| {
            names.into_iter().filter(|name| !name.starts_with('<') && ordinary(name)).collect()
        };
        let plain = given.into_iter().map(plain).collect();
        let negative =
            found.iter().map(|(_, word, _)| word.as_ref().is_some_and(LearnedWord::is_negative)).collect();
        let words = found.into_iter().zip(named).filter_map(|((_, word, _), names)| {
            let vectors = word.map(side_by_side).or(under_way.map(|word| word.vectors.clone()))?;
            Some((names, vectors))
        });
        let words: Vec<_> = words.collect();
        Ok(Self { hashes, negative, notes, ordinary: plain, ..Self::new(&model.tokenizers, &words)? })
    }

    /// Takes words that the prompts name only by an ordinary word, `painting`, to be meant: who gives a file by hand and
    /// writes its name wants it. Who writes `<painting>` anywhere does not mean the other paintings.
    pub(crate) fn find_ordinary(&mut self, prompts: [&str; 2]) {
        let read = prompts.map(|prompt| self.prompt(prompt));
        let unused: Vec<usize> = (0..self.words.len()).filter(|word| !self.is_used(*word, &read)).collect();
        let mut spellings = self.spellings.clone();
        for &word in &unused {
            spellings[word].extend(self.ordinary.get(word).into_iter().flatten().cloned());
        }
        let names = WordNames::new(&spellings);
        for word in unused {
            let mentions = prompts.iter().flat_map(|prompt| mentioned(prompt, &names));
            if let (true, [name, ..]) =
                (mentions.into_iter().any(|(found, _)| found == word), &self.ordinary[word][..])
            {
                let called = &self.words[word];
                let note = format!(
                    "“{name}” is taken as the learned word. To say where it is meant, write {called}."
                );
                self.notes[word] = Some(note);
            }
        }
        self.names = names;
    }

    /// Puts the words that were learned for negative prompts, and that no prompt names, into the negative prompt; what to
    /// say of it.
    pub(crate) fn place_negatives(&self, settings: &mut GenerateSettings) -> Vec<String> {
        let prompts = [self.prompt(&settings.prompt), self.negative_prompt(&settings.negative_prompt)];
        let negative = |word: &usize| self.negative.get(*word) == Some(&true);
        let words = (0..self.words.len()).filter(negative).filter(|word| !self.is_used(*word, &prompts));
        let words: Vec<&str> = words.map(|word| self.words[word].as_str()).collect();
        if words.is_empty() {
            return Vec::new();
        }
        let given = Some(settings.negative_prompt.trim()).filter(|given| !given.is_empty());
        let parts: Vec<&str> = given.into_iter().chain(words.iter().copied()).collect();
        let all = parts.join(", ");
        settings.negative_prompt = all;
        let note = |word: &&str| format!("{word} was learned for negative prompts, so it is put into that.");
        words.iter().map(note).collect()
    }

    /// The words that were not learned for negative prompts.
    pub(crate) fn positive(&self) -> impl Iterator<Item = &String> {
        let positive = |(word, _): &(usize, &String)| self.negative.get(*word) != Some(&true);
        self.words.iter().enumerate().filter(positive).map(|(_, word)| word)
    }

    /// Whether one of the prompts names a word or some of its vectors.
    fn is_used(&self, word: usize, prompts: &[Prompt<'_>]) -> bool {
        let span = |name: usize| self.spans.get(name).cloned().unwrap_or_default();
        let mut named = prompts.iter().flat_map(|prompt| &prompt.mentions).filter_map(|mention| mention.word);
        named.any(|name| span(name).start >= span(word).start && span(name).end <= span(word).end)
    }

    /// The words that the prompts name, each with the hash of its file.
    pub(crate) fn used(&self, prompts: &[Prompt<'_>]) -> Vec<(String, String)> {
        let all = self.words.iter().zip(&self.hashes).enumerate();
        let used = all.filter(|(word, (_, hash))| !hash.is_empty() && self.is_used(*word, prompts));
        used.map(|(_, (word, hash))| (word.clone(), hash.clone())).collect()
    }

    /// Spells the first word in its first `count` vectors alone from here on: the others are not in use yet.
    pub(crate) fn use_first(&mut self, count: usize) {
        if let (Some(span), Some(spelled)) = (self.spans.first(), self.spelled.first_mut()) {
            *spelled = span.clone().take(count).map(placeholder).collect();
        }
    }

    /// The ids of a sentence to learn from, in which brackets are only characters. Every word is spelled out in all its
    /// vectors, also within other words: a caption was checked to hold it.
    pub(crate) fn ids(&self, sentence: &str) -> Vec<u32> {
        let expanded = expand(sentence, |text, at| {
            let (length, name) = self.names.find_within(text, at)?;
            Some((length, self.spelled.get(name)?.as_str()))
        });
        self.tokenizers.encode_padded(&expanded).ids
    }

    /// Whether the model itself has a word.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.tokenizers.iter().any(|tokenizer| tokenizer.id(word).is_some())
    }

    /// A prompt to draw, taken apart.
    pub fn prompt<'p>(&self, prompt: &'p str) -> Prompt<'p> {
        Prompt::parse(prompt, &self.names)
    }

    /// A negative prompt, taken apart.
    pub fn negative_prompt<'p>(&self, prompt: &'p str) -> Prompt<'p> {
        Prompt::parse_negative(prompt, &self.names)
    }

    /// What one of a prompt's parts says at a step, every word spelled out in all its vectors.
    pub(crate) fn pieces(
        &self,
        prompt: &Prompt<'_>,
        part: usize,
        moment: Moment,
        emphasis: Emphasis,
    ) -> Vec<Piece> {
        prompt.pieces(part, moment, emphasis, &self.spelled)
    }

    /// What the text encoders get of it.
    pub(crate) fn windows(&self, pieces: &[Piece]) -> Windows {
        let counts: Vec<usize> = self.spans.iter().take(self.words.len()).map(Range::len).collect();
        self.tokenizers.windows(pieces, &counts)
    }

    /// The words of a prompt as its first window has them, each with its places there. The tokens of a learned word are
    /// one word, and so are those that an ordinary one falls into; signs are left out.
    pub(crate) fn placed(&self, prompt: &str) -> Vec<(String, Range<usize>)> {
        let pieces = self.pieces(&self.prompt(prompt), 0, Moment::FIRST, Emphasis::Automatic1111);
        let window = self.windows(&pieces).windows.swap_remove(0);
        let learned = self.vectors.as_ref().map_or(0, Vectors::count);
        let first = self.tokenizers.vocabulary_size().saturating_sub(learned);
        // BERT marks what goes on a word, CLIP what ends one.
        let marks = self.tokenizers.id("[UNK]").is_some();
        let mut found: Vec<(Option<usize>, Range<usize>)> = Vec::new();
        let mut goes_on = false;
        for (place, &id) in window.ids.iter().enumerate().skip(1).take(window.content) {
            let token = self.tokenizers.token(id).unwrap_or_default();
            let vector = (id as usize).checked_sub(first);
            let word = vector.and_then(|vector| {
                self.spans.iter().take(self.words.len()).position(|span| span.contains(&vector))
            });
            let begins = word.zip(vector).is_some_and(|(word, vector)| self.spans[word].start == vector);
            let same = match (word, found.last()) {
                (Some(_), Some((last, _))) => *last == word && !begins,
                (None, Some((last, _))) => last.is_none() && (goes_on || marks && token.starts_with("##")),
                _ => false,
            };
            match found.last_mut().filter(|_| same) {
                Some((_, places)) => places.end = place + 1,
                None => found.push((word, place..place + 1)),
            }
            goes_on = word.is_none() && !marks && !token.ends_with("</w>");
        }
        let named = found.into_iter().map(|(word, places)| match word {
            Some(word) => (self.words[word].clone(), places),
            None => (self.tokenizers.decode(&window.ids[places.clone()]), places),
        });
        named.filter(|(name, _)| name.chars().any(char::is_alphanumeric)).collect()
    }

    /// The most tokens that a prompt takes at any step of the two passes, and how many of them do not fit.
    pub fn count(&self, prompt: &Prompt<'_>, [steps, more]: [usize; 2]) -> (usize, usize) {
        let moments = Moment::all(if prompt.changes() { [steps.max(1), more] } else { [1, 0] });
        let mut texts: Vec<Vec<Piece>> = Vec::new();
        for moment in moments {
            let parts = 0..prompt.parts().len();
            texts.extend(parts.map(|part| self.pieces(prompt, part, moment, Emphasis::Automatic1111)));
        }
        let mut known = HashSet::new();
        let said = |pieces: &[Piece]| -> Vec<(String, usize)> {
            pieces.iter().map(|piece| (piece.text.clone(), piece.breaks)).collect()
        };
        texts.retain(|pieces| known.insert(said(pieces)));
        let counts = texts.iter().map(|pieces| self.windows(pieces)).map(|all| (all.content(), all.dropped));
        counts.max().unwrap_or_default()
    }

    /// What there is to say of the words: how they are called, and which of them no prompt names.
    pub(crate) fn notes(&self, prompts: &[Prompt<'_>]) -> Vec<String> {
        let given = |word: usize| self.hashes.get(word).is_none_or(|hash| !hash.is_empty());
        let unused = self.words.iter().enumerate();
        let unused = unused.filter(|(word, _)| given(*word) && !self.is_used(*word, prompts));
        let unused = unused.map(|(_, word)| {
            format!("No prompt contains the learned word {word}. Write {word} where it belongs.")
        });
        self.notes.iter().flatten().cloned().chain(unused).collect()
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
pub(crate) fn side_by_side(word: LearnedWord) -> Vectors {
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

    /// The ids of a prompt's first window, and their weights.
    fn drawn(words: &LoadedWords, prompt: &str) -> (Vec<u32>, Vec<f64>) {
        let pieces = words.pieces(&words.prompt(prompt), 0, Moment::FIRST, Emphasis::Automatic1111);
        let window = words.windows(&pieces).windows.swap_remove(0);
        let weight = |piece: Option<usize>| piece.map_or(1.0, |piece| pieces[piece].weight);
        (window.ids, window.pieces.into_iter().map(weight).collect())
    }

    #[test]
    fn words_have_their_places() {
        let words = words(&[(&["<cat-toy>"], 2), (&["<b>"], 1)]);
        let placed = words.placed("a photo of <cat-toy><cat-toy>, <b> <b>");
        let names: Vec<&str> = placed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "photo", "of", "<cat-toy>", "<cat-toy>", "<b>", "<b>"]);
        let end = placed[2].1.end;
        let learned: Vec<Range<usize>> = placed[3..].iter().map(|(_, places)| places.clone()).collect();
        // The comma takes a place and is no word.
        assert_eq!(learned, [end..end + 2, end + 2..end + 4, end + 5..end + 6, end + 6..end + 7]);
        assert_eq!(placed[0].1, 1..2);
        // However many tokens a word falls into, it is one.
        let long = words.placed("a qwertyzz cat");
        assert_eq!(long.len(), 3, "{long:?}");
        assert!(
            long[1].0 == "qwertyzz" && long[1].1.len() > 1 && long[2].1.start == long[1].1.end,
            "{long:?}"
        );
    }

    #[test]
    fn learned_words_keep_their_vectors_within_brackets() {
        let words = words(&[(&["<cat-toy>"], 2), (&["toy(1)"], 2)]);
        let plain = words.ids("a <cat-toy> of toy(1)");
        let (ids, weights) = drawn(&words, "a (<cat-toy>:1.5) of toy(1)");
        assert_eq!(ids, plain);
        assert_eq!(weights[..8], [1.0, 1.0, 1.5, 1.5, 1.0, 1.0, 1.0, 1.0]);
        for other in ["a ([<CAT-TOY>]:1.5) of (toy(1):2)", r"a <cat-toy> of [toy\(1\)]"] {
            assert_eq!(drawn(&words, other).0, plain, "{other}");
        }
        let (ids, weights) = drawn(&words, "a <cat-toy>, of a cat");
        assert_eq!(ids, words.ids("a <cat-toy>, of a cat"));
        assert!(weights.iter().all(|weight| *weight == 1.0));
        assert_eq!(words.count(&words.prompt("a [<cat-toy>|cat]"), [2, 0]), (3, 0));
    }

    /// The learned vectors in a prompt, by their numbers.
    fn learned(words: &LoadedWords, prompt: &str) -> Vec<u32> {
        drawn(words, prompt).0.into_iter().filter_map(|id| id.checked_sub(FIRST)).collect()
    }

    #[test]
    fn every_spelling_of_a_word_has_its_vectors() {
        let names: [(&[&str], usize); 3] =
            [(&["<easynegative>", "easynegative"], 2), (&["whatever-200"], 1), (&["whatever-2000"], 2)];
        let words = words(&names);
        for spelling in
            ["<easynegative>", "EasyNegative", "embedding:easynegative", "embedding: easynegative.pt,"]
        {
            assert_eq!(learned(&words, &format!("a {spelling} cat")), [0, 1], "{spelling}");
        }
        assert_eq!(learned(&words, "whatever-2000, whatever-200"), [3, 4, 2]);
        assert!(learned(&words, "whatever-20000 easynegatives").is_empty());
        let ids = |prompt: &str| drawn(&words, prompt).0;
        assert_eq!(
            ids("a embedding:easynegative cat"),
            ids("a <easynegative> cat"),
            "nothing else is left of it"
        );
        assert_eq!(ids("a embedding:other cat"), ids("a cat"));
        let prompts = ["a whatever-200", "(embedding:easynegative:1.2)"].map(|prompt| words.prompt(prompt));
        let notes = words.notes(&prompts);
        assert!(notes.len() == 1 && notes[0].contains("word whatever-2000."), "{notes:?}");
    }

    #[test]
    fn a_name_may_end_like_the_number_of_a_vector() {
        let words = words(&[(&["<toy>"], 3), (&["<toy>_2"], 1), (&["<toy_2>"], 1)]);
        assert_eq!(learned(&words, "<toy> and <toy>_1, <toy_2>"), [0, 1, 2, 1, 4]);
        assert_eq!(learned(&words, "<toy>_2"), [3]);
        let words = self::words(&[(&["<toy>"], 3)]);
        assert_eq!(learned(&words, "<toy> <toy>_1 <toy>_2, <toy>_2"), [0, 1, 2, 2], "as diffusers writes it");
    }

    #[test]
    fn a_negative_word_goes_into_the_negative_prompt_where_no_prompt_names_it() {
        let mut words = words(&[(&["<toy>"], 1), (&["<toy-neg>"], 2)]);
        words.negative = vec![false, true];
        let place = |prompt: &str, negative: &str| {
            let (prompt, negative_prompt) = (prompt.into(), negative.into());
            let mut settings = GenerateSettings { prompt, negative_prompt, ..GenerateSettings::default() };
            let notes = words.place_negatives(&mut settings).len();
            (settings.negative_prompt, notes)
        };
        assert_eq!(place("a <toy>", ""), ("<toy-neg>".into(), 1));
        assert_eq!(place("a <toy>", "blurry "), ("blurry, <toy-neg>".into(), 1));
        assert_eq!(place("a <toy>", "(<toy-neg>:1.2)"), ("(<toy-neg>:1.2)".into(), 0));
        assert_eq!(place("a <toy-neg>", ""), (String::new(), 0), "who writes it elsewhere means it there");
    }

    #[test]
    fn a_word_that_grows_is_spelled_in_what_it_has() {
        let mut words = words(&[(&["<toy>"], 3), (&["<bad>"], 1)]);
        words.use_first(1);
        assert_eq!(learned(&words, "a <toy>, <bad>"), [0, 3]);
        words.use_first(3);
        assert_eq!(learned(&words, "a <toy>, <bad>"), [0, 1, 2, 3]);
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
