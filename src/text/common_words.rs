//! Words that can say what pictures show: whole words that are one token in every text encoder of a model.
//!
//! A vocabulary also holds hashtags, names, misspellings and pieces of words. What BERT's vocabulary, made from books and
//! an encyclopaedia, has as well is a word, and so is what two of these make, such as teapot. Which of them are nouns it
//! cannot tell.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::bundled::BERT;
use super::model_tokenizers::Tokenizers;
use project::ConceptKind;
use project::template::{OBJECT_TEMPLATES, STYLE_TEMPLATES};

/// Fewest letters.
const SHORTEST: usize = 3;

/// What only joins other words.
const JOINING: &str = "about above after again against all also and another any are around because been before behind \
    being below between both but can could did does doing during each either else ever every few for from had has have \
    having her here hers him his how into its itself just like made make many may might more most much must near nor not \
    now off often only onto other others our out over own per quite rather same shall she should since some such than \
    that the their them then there these they this those though through too toward under until upon use used very was \
    were what when where whether which while who whom whose why will with within without would yet you your";

static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let joining: HashSet<&str> = JOINING.split_whitespace().collect();
    let word = |line: &&str| line.len() >= SHORTEST && line.bytes().all(|letter| letter.is_ascii_lowercase());
    BERT.lines().filter(word).filter(|word| !joining.contains(word)).collect()
});

/// Whether a word is one of these, or two in one.
fn is_common(word: &str) -> bool {
    let known = |part: &str| COMMON.contains(part);
    let mut cuts = SHORTEST..(word.len() + 1).saturating_sub(SHORTEST);
    known(word)
        || cuts.any(|cut| word.split_at_checked(cut).is_some_and(|(one, two)| known(one) && known(two)))
}

impl Tokenizers {
    /// The words that can say what the pictures of a thing or style show, in the order of the first vocabulary, where
    /// frequent ones come early. What the published sentences say of every thing, such as “photo” or “nice”, is no thing.
    pub fn common_words(&self, kind: ConceptKind) -> Vec<String> {
        let sentences =
            OBJECT_TEMPLATES.iter().chain(&STYLE_TEMPLATES).filter(|_| kind == ConceptKind::Object);
        let said: HashSet<&str> = sentences.flat_map(|sentence| sentence.split([' ', '-'])).collect();
        let common = |word: &String| is_common(word) && !said.contains(word.as_str());
        let one = |word: &String| self.iter().all(|tokenizer| tokenizer.content(word).len() == 1);
        let ids = 0..u32::try_from(self.vocabulary_size()).unwrap_or(u32::MAX);
        ids.filter_map(|id| self.whole_word(id)).filter(common).filter(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TextTokenizer;

    #[test]
    fn words_are_told_from_pieces_hashtags_and_fillers() {
        let clip =
            TextTokenizer::of(&format::TokenizerFiles::Bundled(format::BundledVocabulary::ClipL)).unwrap();
        let bert =
            TextTokenizer::of(&format::TokenizerFiles::Bundled(format::BundledVocabulary::Bert)).unwrap();
        for tokenizers in [Tokenizers::from(clip), Tokenizers::from(bert)] {
            let words = tokenizers.common_words(ConceptKind::Object);
            println!("{} words", words.len());
            assert!((5_000..25_000).contains(&words.len()), "{}", words.len());
            let known: HashSet<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(known.len(), words.len());
            for word in ["cat", "robot", "boat", "mug", "teapot", "cupcake"] {
                assert_eq!(known.contains(word), tokenizers.content(word).len() == 1, "{word}");
            }
            for word in ["the", "with", "photo", "painting", "nice", "a", "throwbackthursday", "tbt"] {
                assert!(!known.contains(word), "{word}");
            }
            assert!(tokenizers.common_words(ConceptKind::Style).iter().any(|word| word == "painting"));
        }
    }
}
