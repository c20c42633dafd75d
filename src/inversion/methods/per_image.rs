//! Per-image tokens ("per-image" in figure 10): beside the word there is one for each picture, for what only that picture
//! shows. A quarter of the sentences name both, "a photo of a <word> with <picture word>".
//!
//! All are learned together; what is drawn later uses the word alone. The released code begins the picture words as random
//! numbers, far longer than any word; here they begin as the mean of the vocabulary, which says nothing in particular. A
//! picture's word that no sentence of a step named rests. In the released code its gradient is zero and not missing, so that
//! AdamW moves it on by its momentum and lets it decay. The optimiser counts its steps for all rows together, so that the
//! first changes of one that is named late are not corrected for bias. A picture's second list of sentences is the one with both words.

use super::Method;
use diffusion::StepRandom;

/// How often a sentence names the picture's word too.
const BOTH: f64 = 0.25;

/// A word for each picture beside the word.
#[derive(Debug)]
pub(super) struct PerImage;

impl Method for PerImage {
    fn list(&self, _step: u64, random: &mut StepRandom) -> usize {
        usize::from(random.chance(BOTH))
    }

    fn rests(&self, _step: u64, _row: usize, touched: bool) -> bool {
        !touched
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_sentences_name_both() {
        let mut random = StepRandom::new(3, 4);
        let both: usize = (1..=4000).map(|step| PerImage.list(step, &mut random)).sum();
        // Four standard errors.
        assert!((890..=1110).contains(&both), "{both} of 4000");
        assert_eq!(PerImage.measured(7), 0, "the word is measured alone");
        assert!(PerImage.rests(1, 2, false) && !PerImage.rests(1, 2, true));
    }
}
