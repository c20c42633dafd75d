//! The pictures of a request, one after the other: what is the same in drawing and in editing.
//!
//! Each is shown while it takes shape, can be left for the next one, and is written as soon as it is there. How its latents
//! come to be, and what is made of them, is for the job to say.

use std::path::{Path, PathBuf};

use image::RgbImage;

use super::generate::{info, lora_hashes, save_new, with_words};
use crate::context::{JobContext, JobSignal};
use crate::device::OpenDevice;
use crate::draw::{LoadedWords, SampleParams, latent_colours, latent_preview, latent_shape, scheduler};
use crate::memory::tight;
use crate::message::{Event, GenerateRequest};
use crate::session::WordUnderWay;
use base::{Error, Result};
use diffusion::SchedulerConfig;
use format::infotext::GenerateInfo;
use model::pipeline::LatentColours;
use model::{AutoencoderKl, Pipeline};
use project::{GenerateSettings, LoraUse};

/// Is told of each step: which, of how many, and the clean latents that the model believes in.
pub(super) type Watch<'a> = dyn FnMut(usize, usize, &[f32]) -> JobSignal + 'a;

/// What all pictures of a request are drawn with.
pub(super) struct Drawing<'a> {
    out: Option<&'a Path>,
    pub model: &'a Pipeline,
    pub vae: &'a AutoencoderKl,
    pub schedule: SchedulerConfig,
    pub words: LoadedWords,
    /// Those of the request, with the words for negative prompts in their place.
    pub settings: GenerateSettings,
    loras: Vec<(LoraUse, String)>,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Largest side that the U-Net is shown at once; none for the whole.
    pub tile: Option<u32>,
    /// Of the latents.
    pub shape: [usize; 3],
    /// Whether pictures are decoded in parts.
    pub tight: bool,
    colours: LatentColours,
}

impl<'a> Drawing<'a> {
    /// What a request draws in `size`, with these files of words and the word that is being learned.
    pub fn new(
        request: &'a GenerateRequest,
        model: &'a mut Pipeline,
        device: &OpenDevice,
        size: [u32; 2],
        (word, files): (Option<&WordUnderWay>, &[PathBuf]),
        context: &JobContext<'_>,
    ) -> Result<Self> {
        model.check_size(size[0], size[1])?;
        let schedule = scheduler(model)?;
        let (words, settings) = with_words(request, model, word, files, context)?;
        let out = request.out.as_deref();
        let loras = out.map_or(Ok(Vec::new()), |_| lora_hashes(&settings))?;
        model.vae()?;
        let colours = latent_colours(model);
        let model: &Pipeline = model;
        let vae = model.loaded_vae();
        let vae = vae.ok_or_else(|| Error::Internal("the autoencoder was loaded and is not there".into()))?;
        let (shape, tight) = (latent_shape(model, size), tight(device, model, size));
        Ok(Self {
            out,
            model,
            vae,
            schedule,
            words,
            settings,
            loras,
            size,
            tile: None,
            shape,
            tight,
            colours,
        })
    }

    /// Draws them: `latents` as [`crate::draw::latents`] does, and `finish` makes of them and their number what is shown and
    /// where it was written; each says `None` if it was ended. How many there are.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if there is none, and those of what draws.
    pub fn all(
        &self,
        context: &mut JobContext<'_>,
        latents: impl Fn(&SampleParams<'_>, &mut Watch<'_>) -> Result<Option<Vec<f32>>>,
        mut finish: impl FnMut(
            Vec<f32>,
            (usize, &SampleParams<'_>),
            &mut JobContext<'_>,
        ) -> Result<Option<(RgbImage, Option<PathBuf>)>>,
    ) -> Result<usize> {
        if let Some(out) = self.out {
            std::fs::create_dir_all(out).map_err(|e| Error::write(out, e))?;
        }
        let mut count = 0;
        for index in 0..self.settings.count {
            let params = SampleParams::new(&self.words, &self.settings, self.size, index).in_tiles(self.tile);
            let mut skipped = false;
            let mut watch = |step: usize, steps: usize, believed: &[f32]| {
                let image = latent_preview(believed, self.shape, &self.colours);
                context.send(Event::Latents { job: context.job, index, step, steps, image });
                let signal = context.poll();
                skipped = signal == JobSignal::Continue && context.skip_asked();
                if skipped { JobSignal::Stop } else { signal }
            };
            let Some(drawn) = latents(&params, &mut watch)? else {
                if skipped {
                    continue;
                }
                break;
            };
            let Some((image, path)) = finish(drawn, (index, &params), context)? else { break };
            context.send(Event::Image { job: context.job, index, seed: params.seed, image, path });
            count += 1;
            if context.poll() != JobSignal::Continue {
                break;
            }
        }
        if count == 0 { Err(Error::Cancelled) } else { Ok(count) }
    }

    /// Saves a picture by `save`, if that was asked for, with what it says of itself and `about` it; where.
    pub fn save(
        &self,
        params: &SampleParams<'_>,
        about: &[(String, String)],
        save: impl Fn(&Path, &GenerateInfo) -> Result<()>,
    ) -> Result<Option<PathBuf>> {
        let Some(out) = self.out else { return Ok(None) };
        let mut info = info(self.model, &self.settings, &self.words, &self.loras, params);
        info.extra.extend_from_slice(about);
        save_new(out, params.seed, |path| save(path, &info)).map(Some)
    }
}
