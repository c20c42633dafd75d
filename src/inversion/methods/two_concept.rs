//! Two concepts at once (the authors' module `personalized_compose`, which is known by its byte code alone): a tenth of the
//! pictures is one thing with the other pasted in, "a photo of a <a> and <b>"; the rest are the pictures of both, each
//! with its own word.
//!
//! The original pastes anew in every step. Here pictures are encoded once, so a fixed number of them is put together
//! beforehand, drawn from the seed. A word that no sentence of a step named has no gradient and rests.

use super::Method;
use diffusion::StepRandom;

/// How often a picture is one of both things.
const MIXED: f64 = 0.1;
/// How many pictures are put together.
pub const PASTED: usize = 32;
/// Keeps what is pasted where apart from all else that a run draws.
const PLACES: u64 = 1 << 59;

/// Two words, and pictures of both things.
#[derive(Debug)]
pub(super) struct TwoConcept;

impl Method for TwoConcept {
    fn pastes(&self, random: &mut StepRandom) -> bool {
        random.chance(MIXED)
    }

    fn rests(&self, _step: u64, _row: usize, touched: bool) -> bool {
        !touched
    }
}

/// How a picture is put together of two.
#[derive(Debug, Clone, PartialEq)]
pub struct Composition {
    /// The place of the picture that is pasted onto, among those of the first thing.
    pub onto: usize,
    /// The place of the pasted one, among those of the second.
    pub inset: usize,
    /// Where it comes to lie: left, top, width and height in parts of the whole. The sides are each a quarter to a half,
    /// drawn apart, so that the pasted picture is squeezed.
    pub place: [f64; 4],
    /// Whether all of it is mirrored.
    pub mirrored: bool,
}

/// What a run with this seed puts together of so many pictures of each thing; nothing if one has none.
pub fn compositions(seed: u64, [first, second]: [usize; 2]) -> Vec<Composition> {
    if first == 0 || second == 0 {
        return Vec::new();
    }
    let mut random = StepRandom::new(seed, PLACES);
    let draw = |_| {
        let (onto, inset) = (random.below(first), random.below(second));
        let [width, height] = [(); 2].map(|()| 0.25 + 0.25 * random.uniform());
        let [left, top] = [width, height].map(|side| (1.0 - side) * random.uniform());
        Composition { onto, inset, place: [left, top, width, height], mirrored: random.chance(0.5) }
    };
    (0..PASTED).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_is_pasted() {
        let mut random = StepRandom::new(1, 2);
        let pasted = (0..4000).filter(|_| TwoConcept.pastes(&mut random)).count();
        // Four standard errors.
        assert!((324..=476).contains(&pasted), "{pasted} of 4000");
    }

    #[test]
    fn what_is_pasted_lies_within_and_follows_from_the_seed() {
        let drawn = compositions(7, [3, 2]);
        assert_eq!(drawn, compositions(7, [3, 2]));
        assert_ne!(drawn, compositions(8, [3, 2]));
        assert_eq!((drawn.len(), compositions(7, [0, 2]).len()), (PASTED, 0));
        for Composition { onto, inset, place: [left, top, width, height], .. } in &drawn {
            assert!(*onto < 3 && *inset < 2);
            assert!([width, height].iter().all(|side| (0.25..=0.5).contains(*side)));
            assert!(*left >= 0.0 && left + width <= 1.0 && *top >= 0.0 && top + height <= 1.0);
        }
        assert!((0..2).all(|inset| drawn.iter().any(|one| one.inset == inset)));
    }
}
