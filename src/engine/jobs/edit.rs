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
use super::generate::{info, lora_hashes, preflight_with, save_new, with_words, word_files};
use crate::context::{JobContext, JobSignal};
use crate::draw::{
    BlendNoise, EditCourse, Original, PixelPhase, SampleParams, Wanted, decode, fit_background, latent_shape,
    latent_view, latents_on, scheduler,
};
use crate::memory::tight;
use crate::message::{EditRequest, Event, JobSummary};
use crate::preflight::Preflight;
use crate::session::Studio;
use base::{Error, Result};
use diffusion::blended::{blend, shrinking};
use format::png_info::save_picture;
use image::RgbImage;
use model::{AutoencoderKl, Pipeline};
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
    let size = frame.size;
    model.check_size(size[0], size[1])?;
    let schedule = scheduler(model)?;
    let (words, settings) = &with_words(draw, model, word.as_ref(), &files, context)?;
    let mut ranking = Ranking::open(request, &device, words, context)?;
    if let Some(out) = &draw.out {
        std::fs::create_dir_all(out).map_err(|e| Error::write(out, e))?;
    }

    let loras = draw.out.as_ref().map_or(Ok(Vec::new()), |_| lora_hashes(settings))?;
    let tight = tight(&device, model, size);
    let shape = latent_shape(model, size);
    let view = latent_view(model, |note| context.warn(note));
    let (model, vae) = with_vae(model)?;
    let source = Source::new(&frame, edit, model, vae)?;
    let mut count = 0;
    for index in 0..settings.count {
        let params = SampleParams::new(words, settings, size, index);
        let noise = |kind: BlendNoise, len: usize| kind.draw(edit.order, params.seed, len);
        let mut course = source.course(&frame, edit, vae, &noise);
        let mut skipped = false;
        let mut watch = |step: usize, steps: usize, believed: &[f32]| {
            let image = view.show(believed, shape);
            context.send(Event::Latents { job: context.job, index, step, steps, image });
            let signal = context.poll();
            skipped = signal == JobSignal::Continue && context.skip_asked();
            if skipped { JobSignal::Stop } else { signal }
        };
        let drawn = latents_on(&mut course, model, &schedule, &params, &mut watch)?;
        let Some(drawn) = drawn else {
            if skipped {
                continue;
            }
            break;
        };
        let mut fitting = |done: usize| {
            context.progress("fitting the background", done, FITTING);
            context.poll()
        };
        let Some(drawn) = finished(drawn, &frame, edit, vae, (shape, tight), &mut fitting)? else { break };
        let image = canvas.with(&drawn, &frame, edit);
        let path = match &draw.out {
            Some(out) => {
                let mut info = info(model, settings, words, &loras, &params);
                info.extra.extend(about(edit, &frame, source.strength));
                Some(save_new(out, params.seed, |path| {
                    save_picture(path, &image, canvas.profile.as_deref(), &info)
                })?)
            }
            None => None,
        };
        ranking.look(index, path.clone(), &drawn, &frame)?;
        let image = image.into_rgb8();
        context.send(Event::Image { job: context.job, index, seed: params.seed, image, path });
        count += 1;
        if context.poll() != JobSignal::Continue {
            break;
        }
    }
    if count == 0 {
        return Err(Error::Cancelled);
    }
    Ok(JobSummary::Edited { count, seconds: began.elapsed().as_secs_f64(), ranking: ranking.best_first() })
}

/// Latents as a picture, whose background is fitted to the original's first if that is wanted; `None` if `fitting`, told of
/// each step of that, says to end.
fn finished(
    latents: Vec<f32>,
    frame: &Frame,
    edit: &EditSettings,
    vae: &AutoencoderKl,
    (shape, tight): ([usize; 3], bool),
    fitting: &mut dyn FnMut(usize) -> JobSignal,
) -> Result<Option<RgbImage>> {
    let Some(mask) = frame.mask.as_ref().filter(|_| edit.fit_background) else {
        return decode(vae, latents, shape, tight).map(Some);
    };
    let drawn = to_chw(&decode(vae, latents.clone(), shape, tight)?);
    let wanted = Wanted { drawn: &drawn, original: &frame.picture, mask };
    let fitted = fit_background(vae, latents, shape, &wanted, FITTING, &mut |step, _| fitting(step))?;
    fitted.map(|latents| decode(vae, latents, shape, tight)).transpose()
}

/// A model with its autoencoder, loaded if it is not.
pub(super) fn with_vae(model: &mut Pipeline) -> Result<(&Pipeline, &AutoencoderKl)> {
    model.vae()?;
    let model: &Pipeline = model;
    let vae = model.loaded_vae();
    Ok((model, vae.ok_or_else(|| Error::Internal("the autoencoder was loaded and is not there".into()))?))
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

/// What AUTOMATIC1111's web UI says of an edited picture, and in which order it was blended.
fn about(edit: &EditSettings, frame: &Frame, strength: f64) -> Vec<(String, String)> {
    let mut about = vec![("Denoising strength", strength.to_string())];
    if frame.mask.is_some() {
        about.push(("Mask blur", edit.feather.to_string()));
        about.push(("Inpaint area", if frame.is_part { "Only masked" } else { "Whole picture" }.to_string()));
        if frame.is_part {
            about.push(("Masked area padding", edit.padding.to_string()));
        }
        about.push(("Masked content", "original".to_string()));
        if edit.invert_mask {
            about.push(("Mask mode", "Inpaint not masked".to_string()));
        }
        about.push(("Blending", edit.order.to_string()));
    }
    about.into_iter().map(|(key, value)| (key.to_string(), value)).collect()
}

#[cfg(test)]
mod tests;
