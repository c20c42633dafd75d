//! The steps around byte-pair merging: how CLIP normalises a text and cuts it into words.
//!
//! They follow transformers' `CLIPTokenizer` to the letter, its quirks included; improving them would change
//! the ids that models were trained on.

use tokenizers::normalizers::replace::ReplacePattern;
use tokenizers::normalizers::{Lowercase, NFC, Replace, Sequence as Normalizers};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{SplitDelimiterBehavior, Tokenizer};

/// How CLIP cuts a text into words: the two special tokens, English contractions, runs of letters, single
/// digits, runs of anything else but white space (OpenAI CLIP, `SimpleTokenizer.pat`).
const WORDS: &str =
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// Gives a tokenizer CLIP's normaliser, word splitting and byte code.
pub(super) fn assemble(tokenizer: &mut Tokenizer) -> tokenizers::Result<()> {
    let spaces = Replace::new(ReplacePattern::Regex(r"\s+".to_owned()), " ")?;
    let normalizer = Normalizers::new(vec![NFC.into(), spaces.into(), Lowercase.into()]);
    tokenizer.with_normalizer(Some(normalizer))?;
    let words = Split::new(SplitPattern::Regex(WORDS.to_owned()), SplitDelimiterBehavior::Removed, true)?;
    let bytes = ByteLevel::new(false, true, true);
    tokenizer.with_pre_tokenizer(Some(PreTokenizers::new(vec![words.into(), bytes.into()])));
    tokenizer.with_decoder(Some(bytes));
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokenizers::models::bpe::BPE;
    use tokenizers::{
        NormalizedString, Normalizer as _, OffsetReferential, OffsetType, PreTokenizedString,
        PreTokenizer as _,
    };

    use super::*;

    #[test]
    fn texts_are_composed_lowered_and_cut_like_clip_does() {
        let mut tokenizer = Tokenizer::new(BPE::default());
        assemble(&mut tokenizer).unwrap();
        let mut text = NormalizedString::from("Cafe\u{301} \t\n ISN'T 42!?");
        tokenizer.get_normalizer().unwrap().normalize(&mut text).unwrap();
        assert_eq!(text.get(), "café isn't 42!?");
        let mut words = PreTokenizedString::from("don't we've 42!?");
        tokenizer.get_pre_tokenizer().unwrap().pre_tokenize(&mut words).unwrap();
        let words = words.get_splits(OffsetReferential::Original, OffsetType::Byte);
        let words: Vec<_> = words.into_iter().map(|(word, ..)| word.to_owned()).collect();
        assert_eq!(words, ["don", "'t", "we", "'ve", "4", "2", "!?"]);
    }
}
