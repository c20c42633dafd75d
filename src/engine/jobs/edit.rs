//! The job of changing a picture, or a part of it: image to image, Blended Latent Diffusion, inpainting models, larger
//! canvases.
//!
//! The picture is opened before the model is loaded. However it was drawn, it is put back as pixels: outside the mask and
//! its feather nothing changes. The file itself is never written to.

mod canvas;
mod ranking;

use std::time::Instant;

use self::canvas::{Canvas, Frame};
use self::ranking::Ranking;
use super::drawing::{Drawing, Watch};
use super::generate::{preflight_with, word_files};
use crate::context::{JobContext, JobSignal};
use crate::draw::{
    BlendNoise, EditCourse, Original, PixelPhase, SampleParams, Wanted, decode, fit_background, latent_shape,
    latents_on,
};
use crate::message::{EditRequest, JobSummary};
use crate::preflight::Preflight;
use crate::session::Studio;
use base::Result;
use diffusion::blended::{blend, shrinking};
use format::png_info::save_picture;
use image::RgbImage;
use model::{AutoencoderKl, Pipeline};
use project::files::sha256_file;
use project::picture::to_chw;
use project::{BlendOrder, EditSettings};

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
    let EditRequest { draw, edit, .. } = request;
    let word = studio.word();
    let files = word_files(draw, word.as_ref());
    edit.validate()?;
    preflight_with(draw, Preflight::to_edit)?.words(&files)?;
    let canvas = Canvas::open(request)?;
    let device = studio.device().clone();
    let model = studio.model(&draw.model, draw.settings.numbers(), &draw.settings.loras, context)?;
    let frame = canvas.frame(request, model.native_size(), model.vae_config.downsampling() as u32);
    let mut drawing = Drawing::new(draw, model, &device, frame.size, (word.as_ref(), &files), context)?;
    drawing.tile = frame.tile;
    let drawing = drawing;
    let mut ranking = Ranking::open(request, &device, &drawing.words, context)?;
    let source = Source::new(&frame, edit, drawing.model, drawing.vae)?;
    let about = draw.out.as_ref().map_or(Ok(Vec::new()), |_| about(request, &frame, source.strength))?;
    let latents = |params: &SampleParams<'_>, watch: &mut Watch<'_>| {
        let noise = |kind: BlendNoise, len: usize| kind.draw(edit.order, params.seed, len);
        let mut course = source.course(&frame, edit, drawing.vae, &noise);
        latents_on(&mut course, drawing.model, &drawing.schedule, params, watch)
    };
    let count = drawing.all(context, latents, |latents, (index, params), context| {
        let mut fitting = |done: usize| {
            context.progress("fitting the background", done, FITTING);
            context.poll()
        };
        let Some(drawn) = finished(latents, &frame, edit, &drawing, &mut fitting)? else { return Ok(None) };
        let image = canvas.with(&drawn, &frame, edit);
        let path = drawing
            .save(params, &about, |path, info| save_picture(path, &image, canvas.profile.as_deref(), info))?;
        ranking.look(index, path.clone(), &drawn, &frame)?;
        Ok(Some((image.into_rgb8(), path)))
    })?;
    Ok(JobSummary::Edited { count, seconds: began.elapsed().as_secs_f64(), ranking: ranking.best_first() })
}

/// Latents as a picture, whose background is fitted to the original's first if that is wanted; `None` if `fitting`, told of
/// each step of that, says to end.
fn finished(
    latents: Vec<f32>,
    frame: &Frame,
    edit: &EditSettings,
    drawing: &Drawing<'_>,
    fitting: &mut dyn FnMut(usize) -> JobSignal,
) -> Result<Option<RgbImage>> {
    let &Drawing { vae, shape, tight, .. } = drawing;
    let Some(mask) = frame.mask.as_ref().filter(|_| edit.fit_background) else {
        return decode(vae, latents, shape, tight).map(Some);
    };
    let drawn = to_chw(&decode(vae, latents.clone(), shape, tight)?);
    let wanted = Wanted { drawn: &drawn, original: &frame.picture, mask };
    let fitting = &mut |step, _| fitting(step);
    let fitted = fit_background(vae, latents, shape, &wanted, (FITTING, tight), fitting)?;
    fitted.map(|latents| decode(vae, latents, shape, tight)).transpose()
}

/// What is the same for all images of a request.
struct Source {
    clean: Vec<f32>,
    masks: Vec<Vec<f32>>,
    strength: f64,
    beside: Vec<f32>,
}

impl Source {
    fn new(frame: &Frame, edit: &EditSettings, model: &Pipeline, vae: &AutoencoderKl) -> Result<Self> {
        let [channels, height, width] = latent_shape(model, frame.size);
        let (masked, inpaints) = (frame.mask.is_some(), model.inpaints());
        let strength = edit.strength(masked, inpaints);
        let original = Original::encode(vae, &frame.picture, frame.size)?;
        let posterior = masked && edit.order == BlendOrder::Ldm && !inpaints;
        let clean = match posterior {
            true => original.sample(&BlendNoise::Posterior.draw(edit.order, 0, channels * height * width)),
            false => original.mean,
        };
        let latent_mask = frame.latent_mask(width, height);
        if inpaints {
            let (mask, _) = latent_mask.unwrap_or_else(|| (vec![1.0; height * width], false));
            let pixels = frame.mask.clone().unwrap_or_else(|| vec![1.0; frame.picture.len() / 3]);
            // What is in the mask is grey to the network.
            let nothing = vec![0.0; frame.picture.len()];
            let around = blend(&pixels, &nothing, &frame.picture);
            let beside = [mask, Original::encode(vae, &around, frame.size)?.mean].concat();
            return Ok(Self { clean, masks: Vec::new(), strength, beside });
        }
        let wider = |thin: bool| match edit.order {
            BlendOrder::Ldm => edit.dilations.unwrap_or(if thin { WIDER } else { 0 }),
            BlendOrder::Sd => 0,
        };
        let masks = latent_mask.map(|(mask, thin)| shrinking(&mask, width, wider(thin)));
        Ok(Self { clean, masks: masks.unwrap_or_default(), strength, beside: Vec::new() })
    }

    fn course<'a>(
        &self,
        frame: &'a Frame,
        edit: &EditSettings,
        vae: &'a AutoencoderKl,
        noise: &'a dyn Fn(BlendNoise, usize) -> Vec<f32>,
    ) -> EditCourse<'a> {
        let mask = frame.mask.as_ref().filter(|_| edit.pixel_phase > 0.0 && self.beside.is_empty());
        EditCourse {
            clean: self.clean.clone(),
            masks: self.masks.clone(),
            order: edit.order,
            strength: self.strength,
            pixels: mask.map(|mask| PixelPhase {
                share: edit.pixel_phase,
                vae,
                picture: &frame.picture,
                mask,
                size: frame.size,
            }),
            beside: self.beside.clone(),
            noise,
        }
    }
}

/// What an edited picture says of how it was edited, and of which files.
fn about(request: &EditRequest, frame: &Frame, strength: f64) -> Result<Vec<(String, String)>> {
    let mut about = request.edit.about(strength, frame.mask.is_some(), frame.is_part);
    let files = [("Init image hash", Some(&request.image)), ("Mask hash", request.mask.as_ref())];
    for (key, file) in files {
        about.extend(file.map(|file| Ok((key.to_owned(), sha256_file(file)?))).transpose()?);
    }
    Ok(about)
}

#[cfg(test)]
mod tests;
