//! Pictures of two things, put together of one of each, for two words that are learned together.
//!
//! Which, and where the one lies in the other, follows from the run's seed, so that a run goes on with the same. They are
//! encoded with the other pictures, and the autoencoder is gone afterwards.

use base::Result;
use inversion::methods::compositions;
use inversion::{CachedPosterior, EncodedImage};
use project::PreparedPicture;

/// A picture at each size that is learned at, and whether it may be mirrored.
pub type AtEachSize = (Vec<PreparedPicture>, bool);

/// What is put together of the pictures of the first and the second thing: for each size the encoded images. `encode`
/// is told how many were encoded before.
///
/// # Errors
/// Those of `encode`.
pub fn paste(
    seed: u64,
    [first, second]: [&[AtEachSize]; 2],
    sentences: &[Vec<Vec<u32>>],
    encode: &mut dyn FnMut(&PreparedPicture, usize) -> Result<CachedPosterior>,
) -> Result<Vec<Vec<EncodedImage>>> {
    let sizes = first.first().map_or(0, |(sizes, _)| sizes.len());
    let mut images: Vec<Vec<EncodedImage>> = vec![Vec::new(); sizes];
    for (done, drawn) in compositions(seed, [first.len(), second.len()]).into_iter().enumerate() {
        let ((onto, flip), (inset, other_flip)) = (&first[drawn.onto], &second[drawn.inset]);
        for ((onto, inset), images) in onto.iter().zip(inset).zip(&mut images) {
            let both = onto.with_inset(inset, drawn.place);
            let both = if drawn.mirrored && *flip && *other_flip { both.mirrored() } else { both };
            let upright = encode(&both, done)?;
            images.push(EncodedImage { upright, mirrored: None, sentences: sentences.to_vec() });
        }
    }
    Ok(images)
}
