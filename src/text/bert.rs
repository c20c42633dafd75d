//! The WordPiece tokenizer of the paper's own model: BERT's uncased vocabulary.
//!
//! It reproduces transformers' `BertTokenizer` as the original code calls it (77 tokens between `[CLS]` and
//! `[SEP]`, filled with `[PAD]`); learned words are added behind the vocabulary as with CLIP, where the original
//! replaces the vector of an ordinary word such as `*` inside the encoder. The ids of everything else are the same.

use std::path::Path;

use tokenizers::models::bpe::Vocab;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{AddedToken, Tokenizer};

use super::tokenizer::TextTokenizer;
use super::vocabulary::{
    CONTEXT_LENGTH, REPAIR, parse_word_list, read_part, read_single, refused, single_vocab,
};
use base::{Error, FileKind, Result};

/// Longest word that is split, in characters; longer ones are unknown (BERT's own limit).
const LONGEST_WORD: usize = 100;

/// What continues a word, as BERT writes it.
pub(super) const CONTINUED: &str = "##";

impl TextTokenizer {
    /// Opens the `tokenizer` folder of a latent-diffusion model, which holds `vocab.txt` or `tokenizer.json`.
    pub fn open_bert(folder: &Path) -> Result<Self> {
        let single = read_single(folder)?;
        if !single.is_null() {
            let built = single_vocab(&single, "WordPiece").and_then(Self::of_pieces);
            return built.map_err(|fault| Error::file(FileKind::Model, folder, fault, REPAIR));
        }
        let path = folder.join("vocab.txt");
        let words = read_part(&path)?;
        Self::bert(&words).map_err(|fault| {
            refused(&path, &words).unwrap_or_else(|| Error::file(FileKind::Model, &path, fault, REPAIR))
        })
    }

    /// Builds the tokenizer from the contents of BERT's `vocab.txt`, one token a line; the fault is the middle of a
    /// sentence about the file.
    pub(super) fn bert(vocabulary: &[u8]) -> Result<Self, String> {
        Self::of_pieces(parse_word_list(vocabulary)?)
    }

    /// Builds the tokenizer from BERT's pieces and their ids.
    fn of_pieces(vocab: Vocab) -> Result<Self, String> {
        let model = WordPiece::builder()
            .vocab(vocab)
            .unk_token("[UNK]".into())
            .continuing_subword_prefix(CONTINUED.into())
            .max_input_chars_per_word(LONGEST_WORD)
            .build()
            .map_err(|fault| format!("its words cannot be used ({fault})"))?;
        let mut tokenizer = Tokenizer::new(model);
        let unusable = |fault: tokenizers::Error| format!("the tokenizer cannot be set up ({fault})");
        // Control characters cleaned, Chinese characters set apart, accents stripped, lower case: "uncased".
        tokenizer.with_normalizer(Some(BertNormalizer::new(true, true, None, true))).map_err(unusable)?;
        tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
        tokenizer
            .with_decoder(Some(tokenizers::decoders::wordpiece::WordPiece::new(CONTINUED.into(), false)));
        let specials = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"];
        let present = specials.iter().filter(|name| tokenizer.token_to_id(name).is_some());
        let present: Vec<AddedToken> = present.map(|name| AddedToken::from(*name, true)).collect();
        tokenizer.add_special_tokens(present).map_err(unusable)?;
        let find = |name: &str| {
            tokenizer.token_to_id(name).ok_or_else(|| format!("it lacks the special token {name:?}"))
        };
        let (bos, eos, pad) = (find("[CLS]")?, find("[SEP]")?, find("[PAD]")?);
        find("[UNK]")?;
        let learned_from = tokenizer.get_vocab_size(true) as u32;
        let context_length = CONTEXT_LENGTH;
        Ok(Self { tokenizer, bos, eos, pad, context_length, learned_from, notes: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::tests::golden;

    fn tiny() -> TextTokenizer {
        TextTokenizer::open_bert(&golden("ldm")).unwrap()
    }

    #[test]
    fn a_word_of_its_own_takes_the_id_after_the_vocabulary() {
        let tokenizer = tiny().with_placeholders(&["<Cat-Toy>".to_owned()]).unwrap();
        assert_eq!(tokenizer.encode("a photo of <cat-toy>, cat"), [101, 142, 239, 237, 371, 115, 245, 102]);
        assert!(tiny().with_placeholders(&["*".to_owned()]).is_err(), "the vocabulary has it");
    }

    #[test]
    fn pieces_and_decoding_are_readable() {
        assert_eq!(tiny().tokens("A photo of sunsets"), ["a", "photo", "of", "sunset", "s"]);
        assert_eq!(tiny().decode(&tiny().encode("a photo of sunsets.")), "a photo of sunsets .");
    }

    #[test]
    fn lists_that_are_not_berts_are_refused() {
        for broken in [&b"\xff\xfe"[..], b"", b"a\nb\n", b"[CLS]\n[SEP]\n[PAD]\n[UNK]\na\na\n"] {
            assert!(TextTokenizer::bert(broken).is_err(), "{broken:?}");
        }
    }
}
