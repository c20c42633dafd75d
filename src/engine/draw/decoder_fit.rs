//! A decoder whose own numbers are fitted to one picture, until it paints the original around the mask: the default of
//! `ldm/image_reconstruction.py` (omriav/blended-latent-diffusion).
//!
//! It takes far more memory than fitting latents, so how much that is, is reckoned before anything is drawn: of all of the
//! decoder, of its last blocks, or of the last one, the first that there is room for is fitted, and none is refused. What is
//! fitted is a copy that goes with its picture; the model stays as it is, to the last bit.

use super::background::{Fit, GoOn, Part, Wanted};
use super::in_parts;
use super::tiles::{TILE, Tiling};
use crate::device::OpenDevice;
use crate::memory::{available, memory};
use base::{Error, Result, units};
use inversion::Whole;
use model::memory::{DeviceMemory, ModelSizes};
use model::{AutoencoderKl, Pipeline};
use project::NumberFormat;

/// As published.
const RATE: f64 = 1e-4;

/// What of a decoder is fitted.
pub(crate) struct DecoderFit {
    /// The layers.
    whole: Whole,
    /// Their numbers as the model's file has them.
    values: Vec<f32>,
    /// How many of the decoder's last blocks they are, of all.
    blocks: [usize; 2],
    /// Whether a picture is fitted in tiles.
    tiles: bool,
}

impl DecoderFit {
    /// As much of a model's decoder as there is memory for, for pictures of `size` (width, height) in pixels; in tiles where
    /// that is large, or memory `tight`.
    ///
    /// # Errors
    /// [`Error::Device`] if there is no memory for its last block; those of the model's file.
    pub fn of(
        model: &Pipeline,
        vae: &AutoencoderKl,
        device: &OpenDevice,
        size: [u32; 2],
        tight: bool,
    ) -> Result<Self> {
        let (pixel, all) = (vae.config.downsampling(), vae.decoder_blocks());
        let size = size.map(|side| side as usize);
        let tiled = in_parts(size.map(|side| side / pixel), pixel, tight);
        let (memory, available) = (memory(device), available());
        let room = Room { sizes: model.sizes(), numbers: model.numbers, memory, available };
        let [tiles, blocks] = room.most(size, tiled, all)?;
        Self::last(model, vae, blocks, tiles > 0)
    }

    /// So many of the decoder's last blocks, fitted in tiles or not.
    ///
    /// # Errors
    /// Those of the model's file.
    pub fn last(model: &Pipeline, vae: &AutoencoderKl, blocks: usize, tiles: bool) -> Result<Self> {
        let (mut copy, mut read) = (vae.clone(), model.stored("vae")?);
        let (whole, values) = Whole::of(&mut |visit| copy.decoder_layers(blocks, visit), &mut read)?;
        Ok(Self { whole, values, blocks: [blocks, vae.decoder_blocks()], tiles })
    }

    /// What is worth knowing: that only a part of it is fitted.
    pub fn note(&self) -> Option<String> {
        let [blocks, all] = self.blocks;
        let note = format!(
            "There is too little memory to fit all of the decoder: of its {all} blocks the last {blocks} will be."
        );
        (blocks < all).then_some(note)
    }

    /// The picture of latents, `[channels, height, width]`, by the decoder after so many steps: planes of red, green and blue
    /// from -1 to 1. `None` if `go_on` says to end.
    ///
    /// # Errors
    /// [`Error::Device`] if the device fails, [`Error::Numbers`] if the numbers are no longer finite.
    pub fn fit(
        &self,
        vae: &AutoencoderKl,
        latents: &[f32],
        [channels, height, width]: [usize; 3],
        wanted: &Wanted<'_>,
        steps: usize,
        go_on: &mut GoOn<'_>,
    ) -> Result<Option<Vec<f32>>> {
        let sides = [height, width];
        let tiling = match self.tiles {
            true => Tiling::of_pixels(sides, vae.config.downsampling()),
            false => Tiling::whole(sides),
        };
        let part = Part::Decoder(&self.whole, self.blocks[0]);
        let mut fit = Fit { vae: vae.clone(), part, latents, channels, tiling, wanted };
        let fitted = fit.descend(self.values.clone(), RATE, steps, go_on)?;
        fitted.map(|values| fit.planes(&values)).transpose()
    }
}

/// The memory that there is for fitting.
struct Room<'a> {
    sizes: &'a ModelSizes,
    numbers: NumberFormat,
    memory: DeviceMemory,
    /// Bytes of the computer's, where the device has its own.
    available: Option<u64>,
}

impl Room<'_> {
    /// Whether to fit in tiles (1) or not (0), and how many of the last blocks: the most there is room for.
    fn most(&self, size: [usize; 2], tiled: bool, all: usize) -> Result<[usize; 2]> {
        let whole = (!tiled).then_some([0, all]);
        let mut tries = whole.into_iter().chain((1..=all).rev().map(|blocks| [1, blocks]));
        let needed = |[tiles, blocks]: [usize; 2]| {
            let shown = size.map(|side| if tiles > 0 { side.min(TILE) } else { side });
            let needed = self.sizes.fitting_decoder(shown, blocks, self.memory, self.numbers);
            needed.map(|estimate| estimate.bytes())
        };
        let found = tries.find(|wanted| self.has(needed(*wanted)));
        found.ok_or_else(|| {
            let [device, host] = needed([1, 1]);
            let least = if self.memory.own { device } else { device.saturating_add(host) };
            let there = self.memory.there.map_or(String::new(), |there| {
                format!(", and {} can be had", units::bytes(there))
            });
            Error::device(
                format!("To fit only the last block of the decoder takes {}{there}", units::bytes(least)),
                "Fit the drawing instead (--fit-background latents), which takes less, or draw it smaller (--size).",
            )
        })
    }

    /// Whether so much can be had, on the device and with the processor; it is tried where that cannot be said.
    fn has(&self, [device, host]: [u64; 2]) -> bool {
        match self.memory.own {
            true => {
                self.memory.fits(device) != Some(false) && self.available.is_none_or(|there| host <= there)
            }
            false => self.memory.fits(device.saturating_add(host)) != Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::{Family, Precision};

    #[test]
    fn as_much_is_fitted_as_there_is_memory_for_and_none_is_refused() {
        let sizes = ModelSizes::published(Family::Sd1).unwrap();
        let numbers = NumberFormat::from(Precision::F32);
        let memory = |there, own| DeviceMemory { there, card: own, own };
        let most = |memory, available, size, tiled| {
            let room = Room { sizes: &sizes, numbers, memory, available };
            room.most(size, tiled, 4)
        };
        let gigabytes = |count: u64| Some(count << 30);
        // Nothing is known, or there is plenty.
        for there in [None, gigabytes(128)] {
            assert_eq!(most(memory(there, false), None, [1024; 2], false).unwrap(), [0, 4]);
            assert_eq!(most(memory(there, false), None, [1024; 2], true).unwrap(), [1, 4]);
        }
        // Just enough for so many blocks is enough for no more.
        for blocks in 1..=4 {
            let needed = sizes.fitting_decoder([512; 2], blocks, memory(None, false), numbers);
            let needed: u64 = needed.iter().map(|estimate| estimate.bytes()).sum();
            let enough = memory(Some(needed + needed / 9 + 16), false);
            println!("{blocks} blocks: {}", units::bytes(needed));
            assert_eq!(most(enough, None, [768; 2], false).unwrap(), [1, blocks]);
        }
        let refused = most(memory(gigabytes(4), false), None, [512; 2], false).unwrap_err().to_string();
        assert!(refused.contains("can be had") && refused.contains("--fit-background latents"), "{refused}");
        // A card has memory of its own, and the computer must have some as well.
        let card = memory(gigabytes(80), true);
        assert_eq!(most(card, gigabytes(2), [512; 2], false).unwrap(), [0, 4]);
        assert_eq!(most(card, Some(64 << 20), [512; 2], false).unwrap(), [1, 1]);
    }
}
