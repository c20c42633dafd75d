//! The job of changing a picture, or a part of it: image to image, Blended Latent Diffusion, inpainting models, larger
//! canvases.
//!
//! The picture is opened before the model is loaded. However it was drawn, it is put back as pixels: outside the mask and
//! its feather nothing changes. The file itself is never written to.

mod canvas;
mod placing;
mod ranking;

use std::path::PathBuf;
use std::time::Instant;

pub(super) use self::canvas::Canvas;
use self::canvas::Frame;
use self::ranking::Ranking;
use super::generate::{draw, draw_wildcards};
use crate::context::{JobContext, JobSignal};
use crate::device::OpenDevice;
use crate::draw::{
    BlendNoise, Course, DecoderFit, EditCourse, LoadedWords, Original, PixelPhase, SampleParams, Wanted,
    WatchBatch, decode, fit_background, latent_shape, latents_of_batch, picture_of,
};
use crate::message::{EditRequest, JobSummary, Ranked};
use crate::session::Studio;
use base::Result;
use diffusion::SchedulerConfig;
use diffusion::blended::{blend, shrinking};
use image::DynamicImage;
use model::{AutoencoderKl, Pipeline};
use project::edited::MADE_OF;
use project::files::sha256_file;
use project::picture::to_chw;
use project::{BackgroundFit, BlendOrder};
use text::wildcards;

/// Steps in which the background is fitted, as published.
const FITTING: usize = 75;
/// How often the mask is made wider for something thin to take shape.
const WIDER: usize = 3;

pub fn run(
    request: &EditRequest,
    studio: &mut dyn Studio,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let began = Instant::now();
    request.edit.validate()?;
    // What is left to chance in the prompt falls once: all results are ranked by it.
    let mut request = request.clone();
    if wildcards::any(&request.draw.settings) {
        draw_wildcards(&mut request.draw)?;
    }
    let (count, ranking) = draw(&request.draw, Some(&request), studio, context)?;
    Ok(JobSummary::Edited { count, seconds: began.elapsed().as_secs_f64(), ranking })
}

/// Saves a picture with this colour profile and what it says besides; where, if that was asked for.
type Save<'a> = dyn Fn(&DynamicImage, Option<&[u8]>, &[(String, String)]) -> Result<Option<PathBuf>> + 'a;

/// What is done with a picture that is edited, and not where one is drawn from noise.
pub(super) struct Editing<'a> {
    request: &'a EditRequest,
    canvas: Canvas,
    frame: Frame,
    ranking: Ranking,
    /// What results say of how they came to be.
    about: Vec<(String, String)>,
    clean: Vec<f32>,
    masks: Vec<Vec<f32>>,
    strength: f64,
    beside: Vec<f32>,
    /// What of the decoder is fitted to each result, if anything is.
    decoder: Option<DecoderFit>,
}

impl<'a> Editing<'a> {
    /// Encodes what the model is shown, and opens what ranks.
    pub fn new(
        (request, canvas, frame): (&'a EditRequest, Canvas, Frame),
        (model, vae, tight): (&Pipeline, &AutoencoderKl, bool),
        device: &OpenDevice,
        words: &LoadedWords,
        context: &mut JobContext<'_>,
    ) -> Result<Self> {
        let edit = &request.edit;
        let decoder = (frame.mask.is_some() && edit.fit_background == BackgroundFit::Decoder)
            .then(|| DecoderFit::of(model, vae, device, frame.size, tight))
            .transpose()?;
        context.warn_all(decoder.iter().filter_map(DecoderFit::note));
        let ranking = Ranking::open(request, device, words, context)?;
        let [channels, height, width] = latent_shape(model, frame.size);
        let (masked, inpaints) = (frame.mask.is_some(), model.inpaints());
        let strength = edit.strength(masked, inpaints);
        let mut about = edit.about(strength, masked, frame.is_part);
        let files = [(MADE_OF, Some(&request.image)), ("Mask hash", request.mask.as_ref())];
        for (key, file) in files {
            let file = file.filter(|_| request.draw.out.is_some());
            about.extend(file.map(|file| Ok((key.to_owned(), sha256_file(file)?))).transpose()?);
        }
        let original = Original::encode(vae, &frame.picture, frame.size, tight)?;
        let posterior = masked && edit.order == BlendOrder::Ldm && !inpaints;
        let clean = match posterior {
            true => original.sample(&BlendNoise::Posterior.draw(edit.order, 0, channels * height * width)),
            false => original.mean,
        };
        let latent_mask = frame.latent_mask(width, height);
        let (mut masks, mut beside) = (Vec::new(), Vec::new());
        if inpaints {
            let (mask, _) = latent_mask.unwrap_or_else(|| (vec![1.0; height * width], false));
            let pixels = frame.mask.clone().unwrap_or_else(|| vec![1.0; frame.picture.len() / 3]);
            // What is in the mask is grey to the network.
            let nothing = vec![0.0; frame.picture.len()];
            let around = blend(&pixels, &nothing, &frame.picture);
            beside = [mask, Original::encode(vae, &around, frame.size, tight)?.mean].concat();
        } else if let Some((mask, thin)) = latent_mask {
            let wider = match edit.order {
                BlendOrder::Ldm => edit.dilations.unwrap_or(if thin { WIDER } else { 0 }),
                BlendOrder::Sd => 0,
            };
            masks = shrinking(&mask, width, wider);
        }
        Ok(Self { request, canvas, frame, ranking, about, clean, masks, strength, beside, decoder })
    }

    /// The latents of images that are drawn together; `None` if `watch` says to end.
    pub fn latents(
        &self,
        (model, vae, tight): (&Pipeline, &AutoencoderKl, bool),
        schedule: &SchedulerConfig,
        params: &[SampleParams<'_>],
        watch: &mut WatchBatch<'_>,
    ) -> Result<Option<Vec<Vec<f32>>>> {
        let (edit, frame) = (&self.request.edit, &self.frame);
        let noise = |seed| move |kind: BlendNoise, len: usize| kind.draw(edit.order, seed, len);
        let noises: Vec<_> = params.iter().map(|one| noise(one.seed)).collect();
        let mask = frame.mask.as_ref().filter(|_| edit.pixel_phase > 0.0 && self.beside.is_empty());
        let (share, picture, size) = (edit.pixel_phase, &frame.picture, frame.size);
        let courses = noises.iter().map(|noise| EditCourse {
            clean: self.clean.clone(),
            masks: self.masks.clone(),
            order: edit.order,
            strength: self.strength,
            pixels: mask.map(|mask| PixelPhase { share, vae, picture, mask, size, tight }),
            beside: self.beside.clone(),
            noise,
        });
        let mut courses: Vec<EditCourse<'_>> = courses.collect();
        let courses = courses.iter_mut().map(|course| course as &mut dyn Course).collect();
        latents_of_batch(courses, model, schedule, params, watch)
    }

    /// Latents as a picture that is back in its place, and where it was saved. Its background is fitted to the original's
    /// first if that is wanted, by the latents or by the decoder; `None` if the job is to end meanwhile, or the picture is
    /// `skipped`.
    pub fn finish(
        &mut self,
        latents: Vec<f32>,
        (vae, shape, tight): (&AutoencoderKl, [usize; 3], bool),
        (index, skipped): (usize, &mut bool),
        save: &Save<'_>,
        context: &mut JobContext<'_>,
    ) -> Result<Option<(DynamicImage, Option<PathBuf>)>> {
        let Self { canvas, frame, decoder, request: EditRequest { edit, .. }, .. } = self;
        let fits = edit.fit_background != BackgroundFit::Off;
        let drawn = if let Some(mask) = frame.mask.as_ref().filter(|_| fits) {
            let drawn = to_chw(&decode(vae, latents.clone(), shape, tight)?);
            let wanted = Wanted { drawn: &drawn, original: &frame.picture, mask };
            let mut fitting = |done: usize, loss: Option<f32>| {
                if loss.is_some() {
                    context.progress("fitting the background", done, FITTING);
                }
                let signal = context.poll();
                *skipped = signal == JobSignal::Continue && context.skip_asked();
                if *skipped { JobSignal::Stop } else { signal }
            };
            let picture = match decoder {
                Some(decoder) => decoder
                    .fit(vae, &latents, shape, &wanted, FITTING, &mut fitting)?
                    .map(|planes| picture_of(vae, &planes, shape)),
                None => fit_background(vae, latents, shape, &wanted, (FITTING, tight), &mut fitting)?
                    .map(|latents| decode(vae, latents, shape, tight))
                    .transpose()?,
            };
            let Some(picture) = picture else { return Ok(None) };
            picture
        } else {
            decode(vae, latents, shape, tight)?
        };
        let image = canvas.with(&drawn, frame, edit);
        let path = save(&image, canvas.profile.as_deref(), &self.about)?;
        self.ranking.look(index, path.clone(), &drawn, &self.frame)?;
        Ok(Some((image, path)))
    }

    /// What CLIP says of all that were finished, the best first.
    pub fn ranked(self) -> Vec<Ranked> {
        self.ranking.best_first()
    }
}

#[cfg(test)]
mod tests;
