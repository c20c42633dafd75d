//! The two published vocabularies that the program carries, for models that bring none.
//!
//! Of CLIP's only the merges are stored; the rest follows from them. Their origin and licences are in
//! `assets/vocabularies`.

use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use tokenizers::models::bpe::Vocab;

use super::tokenizer::TextTokenizer;
use super::vocabulary::{REPAIR, Settings, parse_merges, special};
use base::{Error, Result};
use format::{BundledVocabulary, TokenizerFiles};

static CLIP: LazyLock<String> =
    LazyLock::new(|| unpack(include_bytes!("../../assets/vocabularies/clip_merges.txt.gz")));
/// `vocab.txt` of `bert-base-uncased`.
pub(super) static BERT: LazyLock<String> =
    LazyLock::new(|| unpack(include_bytes!("../../assets/vocabularies/bert_uncased.txt.gz")));

/// CLIP's tokenizer, to know ordinary words by.
static ORDINARY: LazyLock<Option<TextTokenizer>> =
    LazyLock::new(|| TextTokenizer::bundled("<|endoftext|>").ok());

/// What CLIP puts behind the last piece of a word.
const END_OF_WORD: &str = "</w>";

/// The text in a file that is part of the program; a test reads both.
fn unpack(packed: &[u8]) -> String {
    let mut text = String::new();
    match GzDecoder::new(packed).read_to_string(&mut text) {
        Ok(_) => text,
        Err(_) => String::new(),
    }
}

/// Whether a name is nothing but words of CLIP's vocabulary, numbers or signs, and so stands in prompts that do not mean
/// a learned word.
pub fn is_ordinary(name: &str) -> bool {
    ORDINARY.as_ref().is_some_and(|tokenizer| tokenizer.is_ordinary(name))
}

impl TextTokenizer {
    /// The tokenizer of a text encoder: CLIP's in a folder, or a bundled one.
    pub(super) fn of(files: &TokenizerFiles) -> Result<Self> {
        match files {
            TokenizerFiles::Folder(folder) => Self::open(folder),
            TokenizerFiles::Bundled(BundledVocabulary::ClipL) => Self::bundled("<|endoftext|>"),
            TokenizerFiles::Bundled(BundledVocabulary::OpenClip) => Self::bundled("!"),
            TokenizerFiles::Bundled(BundledVocabulary::Bert) => {
                Self::bert(BERT.as_bytes()).map_err(Error::Internal)
            }
        }
    }

    /// CLIP's published tokenizer with its 49,408 ids, padded with `pad`: `<|endoftext|>` for Stable Diffusion 1
    /// and the first encoder of XL, `!` for 2 and the second.
    fn bundled(pad: &str) -> Result<Self> {
        let vocab = clip_vocabulary(&CLIP);
        let merges = parse_merges(CLIP.as_bytes(), &vocab).map_err(Error::Internal)?;
        let settings = Settings { pad: special(pad), ..Settings::default() };
        Self::build(vocab, merges, settings).map_err(|fault| Error::input(fault, REPAIR))
    }
}

/// Every byte as CLIP writes it, the same at the end of a word, each merge in turn, and the two special tokens.
fn clip_vocabulary(merges: &str) -> Vocab {
    let letters = |ending| byte_letters().map(move |letter| format!("{letter}{ending}"));
    let bytes = ["", END_OF_WORD].into_iter().flat_map(letters);
    let merged = merges.lines().map(|line| line.replacen(' ', "", 1));
    let special = ["<|startoftext|>", "<|endoftext|>"].map(String::from);
    bytes.chain(merged).chain(special).zip(0..).collect()
}

/// The 256 letters that stand for bytes, in the order of the vocabulary: first those of the bytes that are
/// printable Latin letters themselves, then letters from U+0100 on for the others.
fn byte_letters() -> impl Iterator<Item = char> {
    let printable = ('!'..='~').chain('¡'..='¬').chain('®'..='ÿ');
    printable.chain('\u{100}'..='\u{143}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_prompts_have_their_published_ids() {
        let tokenizer = TextTokenizer::bundled("<|endoftext|>").unwrap();
        assert_eq!(tokenizer.vocabulary_size(), 49408);
        assert_eq!(tokenizer.encode("a photo of a cat"), [49406, 320, 1125, 539, 320, 2368, 49407]);
        assert_eq!(tokenizer.encode("*"), [49406, 265, 49407]);
        assert_eq!((tokenizer.id("!"), tokenizer.id("!</w>")), (Some(0), Some(256)));
        assert_eq!((tokenizer.bos, tokenizer.eos, tokenizer.pad), (49406, 49407, 49407));
        assert_eq!(tokenizer.decode(&tokenizer.encode("Ein Kätzchen 猫 🎨")), "ein kätzchen 猫 🎨");
        let open = TextTokenizer::bundled("!").unwrap();
        assert_eq!(open.encode_padded("a cat").ids[..5], [49406, 320, 2368, 49407, 0]);
        assert_eq!(open.pad, 0);
        assert!(TextTokenizer::bundled("no such token").is_err());
    }

    #[test]
    fn ordinary_words_are_known() {
        for name in
            ["painting", "Cat", "red", "12", "1.5", "*", "BREAK", "oil painting", "my cat toy", "red, green"]
        {
            assert!(is_ordinary(name), "{name}");
        }
        for name in
            ["easynegative", "cat-toy", "bad_pictures", "whatever-200", "my easynegative", "ねこじゃらし"]
        {
            assert!(!is_ordinary(name), "{name}");
        }
    }

    #[test]
    fn the_letters_of_bytes_are_all_different() {
        let letters: std::collections::HashSet<char> = byte_letters().collect();
        assert_eq!((letters.len(), byte_letters().count()), (256, 256));
    }

    #[test]
    fn the_pieces_of_bert_have_their_published_ids() {
        let pieces: Vec<&str> = BERT.lines().collect();
        assert_eq!(pieces.len(), 30522);
        for (id, piece) in
            [(0, "[PAD]"), (100, "[UNK]"), (101, "[CLS]"), (102, "[SEP]"), (1037, "a"), (4937, "cat")]
        {
            assert_eq!(pieces[id], piece);
        }
        assert_eq!(pieces[30521], "##～");
    }
}
