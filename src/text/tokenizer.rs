//! The tokenizer of a text encoder, with room for learned words after the vocabulary: here CLIP's byte pairs, in
//! [`super::bert`] BERT's word pieces.
//!
//! It reproduces the ids of the published pipelines (transformers' `CLIPTokenizer` on the `tokenizers`
//! library), because a learned vector is only worth as much as the sentence around it. It does not repair
//! text the way the original CLIP code did (ftfy, HTML entities): Stable-Diffusion pipelines do not either. Its
//! length is that of the questions that are asked of one tokenizer, each a few lines.

use std::collections::HashSet;
use std::path::Path;

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::{AddedToken, NormalizedString, Normalizer as _, Tokenizer};

use super::bert::CONTINUED;
use super::placeholder::placeholder;
use super::steps::assemble;
use super::tokens::Tokens;
use super::vocabulary::{
    REPAIR, Settings, added_tokens, parse_merges, parse_vocab, read_part, read_single, refused,
    single_merges, single_vocab,
};
use base::{Error, FileKind, Result};

/// The tokenizer of a text encoder, possibly extended by learned words.
#[derive(Debug, Clone)]
pub struct TextTokenizer {
    pub(super) tokenizer: Tokenizer,
    /// The id of the begin token, `<|startoftext|>`.
    pub bos: u32,
    /// The id of the end token, `<|endoftext|>`.
    pub eos: u32,
    /// The id that fills the context behind the end token.
    pub pad: u32,
    /// How many ids the encoder takes at once (77), begin and end token included.
    pub context_length: usize,
    /// The id of the first learned word: how large the vocabulary is without them.
    pub(super) learned_from: u32,
    /// What is worth knowing of its files, as sentences.
    pub notes: Vec<String>,
}

impl TextTokenizer {
    /// Opens the `tokenizer` folder of a diffusers model.
    ///
    /// Reads `vocab.json` and `merges.txt` or, where one of them is missing, `tokenizer.json`. `tokenizer_config.json`
    /// (`model_max_length`, special tokens) and `special_tokens_map.json` (special tokens, which take precedence) may be
    /// missing.
    ///
    /// # Errors
    /// A file is missing, unreadable, not of its format, or disagrees with the others.
    pub fn open(folder: &Path) -> Result<Self> {
        let single = read_single(folder)?;
        let settings = Settings::read(folder, &single)?;
        if !single.is_null() {
            let build = || {
                let vocab = single_vocab(&single, "BPE")?;
                let merges = single_merges(&single, &vocab)?;
                Self::build(vocab, merges, settings)
            };
            return build().map_err(|fault| Error::file(FileKind::Model, folder, fault, REPAIR));
        }
        let places = ["vocab.json", "merges.txt"].map(|name| folder.join(name));
        let (vocab, merges) = (read_part(&places[0])?, read_part(&places[1])?);
        let build = || {
            let vocab = parse_vocab(&vocab)?;
            let merges = parse_merges(&merges, &vocab)?;
            Self::build(vocab, merges, settings)
        };
        build().map_err(|fault| {
            let named = refused(&places[0], &vocab).or_else(|| refused(&places[1], &merges));
            named.unwrap_or_else(|| Error::file(FileKind::Model, folder, fault, REPAIR))
        })
    }

    /// Adds the words that the folder lists behind its vocabulary, as many as the token table has `rows` for, and up to
    /// the first gap in their ids.
    pub(super) fn with_added(mut self, folder: &Path, rows: usize) -> Result<Self> {
        for (id, token) in added_tokens(folder)? {
            let (next, at) = (self.vocabulary_size(), id as usize);
            if at >= next && rows > 0 && self.id(&token.content).is_none() && (at >= rows || at > next) {
                let why = if at >= rows { "has no row" } else { "does not follow the others" };
                let word = &token.content;
                self.notes
                    .push(format!("The word {word} that was added to this model {why} and is left out."));
            }
            if next == at && at < rows && !token.content.is_empty() {
                let unusable = |fault| {
                    let fault =
                        format!("the word {:?} that was added to it cannot be used ({fault})", token.content);
                    Error::file(FileKind::Model, folder, fault, REPAIR)
                };
                self.tokenizer.add_tokens([token.clone()]).map_err(unusable)?;
            }
        }
        Ok(self)
    }

    /// Builds a tokenizer from a vocabulary and merges that belong together.
    pub(super) fn build(
        vocab: Vocab,
        merges: Vec<(String, String)>,
        settings: Settings,
    ) -> Result<Self, String> {
        let model = BPE::builder()
            .vocab_and_merges(vocab, merges)
            .unk_token(settings.unk.content.clone())
            .continuing_subword_prefix(String::new())
            .end_of_word_suffix("</w>".to_owned())
            .build()
            .map_err(|fault| format!("the vocabulary and the merges disagree ({fault})"))?;
        let mut tokenizer = Tokenizer::new(model);
        assemble(&mut tokenizer).map_err(|fault| format!("the tokenizer cannot be set up ({fault})"))?;

        let find = |token: &AddedToken| {
            let missing = || format!("the vocabulary lacks the special token {:?}", token.content);
            tokenizer.token_to_id(&token.content).ok_or_else(missing)
        };
        let (bos, eos, pad) = (find(&settings.bos)?, find(&settings.eos)?, find(&settings.pad)?);
        find(&settings.unk)?;
        // Of two special tokens with the same text the last decides how it is matched, as in transformers:
        // `<|endoftext|>` is usually declared with its options as the end token and again, bare, as the padding,
        // and is then not matched in other spellings such as `<|EndOfText|>`.
        let mut seen = HashSet::new();
        let specials = [settings.pad, settings.unk, settings.eos, settings.bos];
        let mut specials: Vec<AddedToken> =
            specials.into_iter().filter(|token| seen.insert(token.content.clone())).collect();
        specials.reverse();
        tokenizer
            .add_special_tokens(specials)
            .map_err(|fault| format!("the special tokens cannot be used ({fault})"))?;
        let learned_from = tokenizer.get_vocab_size(true) as u32;
        let context_length = settings.context_length;
        Ok(Self { tokenizer, bos, eos, pad, context_length, learned_from, notes: Vec::new() })
    }

    /// The ids of a whole text, begin and end token included, however long it is.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut ids = vec![self.bos];
        ids.extend(self.content(text));
        ids.push(self.eos);
        ids
    }

    /// The ids of a text, as many as the context is long: cut to fit while keeping the end token, then padded.
    pub fn encode_padded(&self, text: &str) -> Tokens {
        let mut ids = vec![self.bos];
        ids.extend(self.content(text));
        let room = self.context_length - 1;
        let dropped = ids.len().saturating_sub(room);
        ids.truncate(room);
        ids.push(self.eos);
        let length = ids.len();
        ids.resize(self.context_length, self.pad);
        Tokens { ids, length, dropped }
    }

    /// The pieces a text falls into, for display: without begin and end token, in lower case. A character
    /// that is split between tokens shows as `�` in each.
    pub fn tokens(&self, text: &str) -> Vec<String> {
        // BERT marks what continues a word; that is no part of what it reads.
        let readable = |piece: String| match piece.strip_prefix(CONTINUED) {
            Some(rest) if rest.starts_with(char::is_alphanumeric) => rest.to_owned(),
            _ => piece,
        };
        self.content(text).into_iter().map(|id| readable(self.decode(&[id]))).collect()
    }

    /// A readable text for ids: special tokens left out, words separated by single spaces.
    pub fn decode(&self, ids: &[u32]) -> String {
        let mut text = String::new();
        let mut plain = Vec::new();
        for &id in ids {
            // Added tokens are written in ordinary characters, the others in CLIP's code for bytes.
            match self.tokenizer.get_added_vocabulary().get_added_tokens_decoder().get(&id) {
                Some(added) => {
                    text.push_str(&self.decode_plain(&std::mem::take(&mut plain)));
                    if !added.special {
                        text.push_str(&added.content);
                        text.push(' ');
                    }
                }
                None => plain.push(id),
            }
        }
        text.push_str(&self.decode_plain(&plain));
        text.trim_end().to_owned()
    }

    fn decode_plain(&self, ids: &[u32]) -> String {
        self.tokenizer.decode(ids, false).unwrap_or_default().replace("</w>", " ")
    }

    /// The ids of a text without begin and end token.
    pub(super) fn content(&self, text: &str) -> Vec<u32> {
        // Encoding fails only when the unknown token is missing from the vocabulary, which `build` excludes.
        self.tokenizer
            .encode_fast(text, false)
            .map(|encoding| encoding.get_ids().to_vec())
            .unwrap_or_default()
    }

    /// A tokenizer that also knows `words`, whose new ids follow the vocabulary in order.
    ///
    /// Words are matched anywhere in a text after lower-casing and Unicode composition, the longest first,
    /// as tokens added by diffusers' training script are. A word that is empty, contains white space, or is in the
    /// vocabulary already (in any case) is refused.
    pub fn with_placeholders(&self, words: &[String]) -> Result<Self> {
        let mut extended = self.clone();
        for word in words {
            extended.check_new(word)?;
            let token = AddedToken::from(word.as_str(), false);
            let unusable =
                |_| Error::input(format!("The word {word:?} cannot be used"), "Choose another one.");
            extended.tokenizer.add_tokens([token]).map_err(unusable)?;
        }
        Ok(extended)
    }

    /// A tokenizer that also knows `count` learned vectors by their placeholders, whose ids follow the vocabulary.
    pub(super) fn with_vectors(&self, count: usize) -> Result<Self> {
        let mut extended = self.clone();
        // Taken as they are: a normaliser may remove such characters.
        let tokens = (0..count).map(|vector| AddedToken::from(placeholder(vector), false).normalized(false));
        let fault = |fault| Error::Internal(format!("the tokenizer takes no vectors ({fault})"));
        extended.tokenizer.add_tokens(tokens).map_err(fault)?;
        Ok(extended)
    }

    /// Whether a name is nothing but words that the vocabulary has, numbers or signs.
    pub(super) fn is_ordinary(&self, name: &str) -> bool {
        let mut words = name.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
        !name.chars().any(char::is_alphabetic) || words.all(|word| self.content(word).len() <= 1)
    }

    /// Refuses a new word that is none, or that the vocabulary has in any case.
    pub(super) fn check_new(&self, word: &str) -> Result<()> {
        const REMEDY: &str = "Choose a word that means nothing yet, for example <cat-toy>.";
        if word.is_empty() || word.chars().any(|part| part.is_whitespace() || part.is_control()) {
            let fault = format!("A new word must be one piece without spaces, and {word:?} is not");
            return Err(Error::input(fault, REMEDY));
        }
        let mut normalized = NormalizedString::from(word);
        if let Some(normalizer) = self.tokenizer.get_normalizer() {
            let unusable = |_| Error::input(format!("The word {word:?} cannot be used"), REMEDY);
            normalizer.normalize(&mut normalized).map_err(unusable)?;
        }
        let known = [word, normalized.get()].iter().any(|form| self.id(form).is_some());
        if known || self.content(word).len() <= 1 {
            return Err(Error::input(format!("The model already knows the word {word:?}"), REMEDY));
        }
        Ok(())
    }

    /// The number of ids, learned words included.
    pub fn vocabulary_size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The id of a token as the vocabulary spells it (`cat</w>` for the whole word) or of a learned word.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.tokenizer.token_to_id(token)
    }

    /// The word that an id is all of; `None` for parts of words, punctuation and special tokens.
    pub fn whole_word(&self, id: u32) -> Option<String> {
        let token = self.tokenizer.id_to_token(id)?;
        let word = match self.id("[UNK]") {
            // BERT marks what continues a word, CLIP what ends one.
            Some(_) => (!token.starts_with(CONTINUED)).then_some(token.as_str()),
            None => token.strip_suffix("</w>"),
        };
        word.filter(|word| word.chars().any(char::is_alphanumeric) && !word.starts_with('['))
            .map(str::to_owned)
    }

    /// Whether an id only says that a word is not in the vocabulary (BERT's `[UNK]`; CLIP can spell everything).
    pub fn is_unknown(&self, id: u32) -> bool {
        self.id("[UNK]") == Some(id)
    }

    /// The token of an id, as the vocabulary spells it; learned words as they were given.
    pub fn token(&self, id: u32) -> Option<String> {
        let added = self.tokenizer.get_added_vocabulary().get_added_tokens_decoder().get(&id);
        added.map(|token| token.content.clone()).or_else(|| self.tokenizer.id_to_token(id))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::PathBuf;

    use super::*;

    /// The tokenizer of a small model.
    pub(crate) fn golden(family: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(family).join("tokenizer")
    }

    pub(crate) fn tiny() -> TextTokenizer {
        TextTokenizer::open(&golden("sd1")).unwrap()
    }

    #[test]
    fn long_texts_keep_their_end_token() {
        let tokenizer = tiny();
        let tokens = tokenizer.encode_padded(&"a ".repeat(200));
        assert_eq!((tokens.ids.len(), tokens.length, tokens.dropped), (77, 77, 125));
        assert_eq!((tokens.ids[0], tokens.ids[76]), (tokenizer.bos, tokenizer.eos));
        let tokens = tokenizer.encode_padded("a cat");
        assert_eq!((tokens.length, tokens.dropped), (4, 0));
        assert!(tokens.ids[4..].iter().all(|&id| id == tokenizer.pad));
    }

    #[test]
    fn pieces_and_decoding_are_readable() {
        let tokenizer = tiny().with_placeholders(&["<Kätzchen>".to_owned()]).unwrap();
        assert_eq!(
            tokenizer.tokens("A photo of <KÄTZCHEN>, cat"),
            ["a", "photo", "of", "<Kätzchen>", ",", "cat"]
        );
        assert_eq!(tokenizer.decode(&tokenizer.encode("a Cat of  <kätzchen> 猫")), "a cat of <Kätzchen> 猫");
        assert_eq!(tokenizer.token(854).as_deref(), Some("<Kätzchen>"));
        assert_eq!(tokenizer.id("cat</w>"), Some(574));
        assert_eq!((tokenizer.vocabulary_size(), tiny().vocabulary_size()), (855, 854));
        assert_eq!(tokenizer.token(9_999), None);
    }

    #[test]
    fn words_that_mean_something_are_refused() {
        let tokenizer = tiny();
        for taken in ["cat", "CAT", "*", "<|endoftext|>", "", " ", "two words", "th", "\u{0}"] {
            let refusal = tokenizer.with_placeholders(&[taken.to_owned()]);
            assert!(matches!(refusal, Err(Error::Input { .. })), "{taken:?}");
        }
        let twice = ["<toy>".to_owned(), "<TOY>".to_owned()];
        let sentence = tokenizer.with_placeholders(&twice).unwrap_err().to_string();
        assert!(sentence.contains("<TOY>") && sentence.contains("already knows"), "{sentence}");
    }

    #[test]
    fn words_can_be_added_one_after_another() {
        let first = tiny().with_placeholders(&["<猫>".to_owned()]).unwrap();
        let both = first.with_placeholders(&["<猫>_1".to_owned()]).unwrap();
        assert_eq!(first.id("<猫>"), Some(854));
        assert_eq!(both.encode("<猫>_1<猫>"), [852, 855, 854, 853]);
    }

    #[test]
    fn words_that_a_model_brings_take_their_ids() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["vocab.json", "merges.txt"] {
            std::fs::copy(golden("sd1").join(name), folder.path().join(name)).unwrap();
        }
        let within =
            |rows| TextTokenizer::open(folder.path()).and_then(|all| all.with_added(folder.path(), rows));
        let open = || within(1000).unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put("added_tokens.json", r#"{"<own-2>": 855, "<own>": 854, "<|endoftext|>": 853, "<later>": 900}"#);
        assert_eq!(open().vocabulary_size(), 856);
        let all = open().notes;
        assert!(all.len() == 1 && all[0].contains("<later>") && all[0].contains("follow"), "{all:?}");
        let few = within(855).unwrap().notes;
        assert!(few.len() == 2 && few[0].contains("<own-2>") && few[0].contains("no row"), "{few:?}");
        assert!(within(0).unwrap().notes.is_empty(), "whoever misses the table says so");
        assert_eq!(open().encode("a <own> <OWN-2> cat"), [852, 320, 854, 855, 574, 853]);
        let extended = open().with_placeholders(&["<toy>".to_owned()]).unwrap();
        assert_eq!(extended.id("<toy>"), Some(856));
        assert!(open().with_placeholders(&["<own>".to_owned()]).is_err(), "the model knows it");
        assert_eq!(within(855).unwrap().vocabulary_size(), 855, "the table has a row for one");
        std::fs::remove_file(folder.path().join("added_tokens.json")).unwrap();
        let decoder =
            r#"{"853": {"content": "<|endoftext|>", "special": true}, "854": {"content": "<own>"}}"#;
        put("tokenizer_config.json", &format!(r#"{{"added_tokens_decoder": {decoder}}}"#));
        assert_eq!((open().id("<own>"), open().vocabulary_size()), (Some(854), 855));
        assert_eq!(open().decode(&[854]), "<own>");
        put("added_tokens.json", "{");
        assert!(within(1000).unwrap_err().to_string().contains("added_tokens.json"));
    }

    #[test]
    fn a_missing_or_damaged_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let sentence = TextTokenizer::open(folder.path()).unwrap_err().to_string();
        assert!(sentence.contains("vocab.json") && sentence.contains("missing"), "{sentence}");
        std::fs::write(folder.path().join("vocab.json"), r#"{"a": 0}"#).unwrap();
        std::fs::write(folder.path().join("merges.txt"), "").unwrap();
        let sentence = TextTokenizer::open(folder.path()).unwrap_err().to_string();
        assert!(sentence.contains("<|startoftext|>"), "{sentence}");
        std::fs::write(folder.path().join("merges.txt"), "<!DOCTYPE html><html></html>").unwrap();
        let sentence = TextTokenizer::open(folder.path()).unwrap_err().to_string();
        assert!(sentence.contains("merges.txt") && sentence.contains("web page"), "{sentence}");
        std::fs::write(folder.path().join("vocab.json"), "version https://git-lfs.github.com/spec/v1\n")
            .unwrap();
        let sentence = TextTokenizer::open(folder.path()).unwrap_err().to_string();
        assert!(sentence.contains("vocab.json") && sentence.contains("Git LFS"), "{sentence}");
    }
}
