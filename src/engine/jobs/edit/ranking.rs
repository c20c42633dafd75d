//! Which of several edits shows best what was asked for, by CLIP: what is new in each, on black, beside the prompt without
//! its learned words.
//!
//! As the published script of Blended Latent Diffusion ranks its batch, with any CLIP that is at hand in place of its
//! ViT-B/16. Without one nothing is ranked.

use std::path::PathBuf;

use image::RgbImage;

use super::canvas::Frame;
use crate::clip::{embed, embed_texts};
use crate::context::JobContext;
use crate::device::OpenDevice;
use crate::draw::LoadedWords;
use crate::message::{EditRequest, Ranked};
use base::Result;
use model::ClipModel;
use model::embeddings::cosine;

/// What CLIP says of the edits so far.
pub struct Ranking {
    judge: Option<(ClipModel, Vec<f32>)>,
    ranked: Vec<Ranked>,
}

impl Ranking {
    /// Opens the CLIP of a request, where there is one and something to compare.
    pub fn open(
        request: &EditRequest,
        device: &OpenDevice,
        words: &LoadedWords,
        context: &mut JobContext<'_>,
    ) -> Result<Self> {
        let several = request.draw.settings.count > 1;
        let folder = request.clip.as_ref().filter(|_| several);
        let judge = folder.map(|folder| -> Result<_> {
            let clip = ClipModel::open(folder, &device.device, &mut || context.check())?;
            // A CLIP knows nothing of learned words.
            let plain = |text: String, word: &String| text.replace(word.as_str(), " ");
            let text = words.words.iter().fold(request.draw.settings.prompt.clone(), plain);
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let text = embed_texts(&clip, &[text])?.pop().unwrap_or_default();
            Ok((clip, text))
        });
        Ok(Self { judge: judge.transpose()?, ranked: Vec::new() })
    }

    /// Looks at what was drawn.
    pub fn look(
        &mut self,
        index: usize,
        path: Option<PathBuf>,
        drawn: &RgbImage,
        frame: &Frame,
    ) -> Result<()> {
        let Some((clip, text)) = &self.judge else { return Ok(()) };
        let mut seen = drawn.clone();
        if let Some(mask) = &frame.mask {
            let outside = seen.pixels_mut().zip(mask).filter(|(_, mask)| **mask == 0.0);
            outside.for_each(|(pixel, _)| pixel.0 = [0; 3]);
        }
        let vector = embed(clip, &[seen])?.pop().unwrap_or_default();
        self.ranked.push(Ranked { index, path, score: cosine(&vector, text) });
        Ok(())
    }

    /// All that were looked at.
    pub fn best_first(mut self) -> Vec<Ranked> {
        self.ranked.sort_by(|one, other| other.score.total_cmp(&one.score));
        self.ranked
    }
}
