//! Drawing an image: the loop from noise to latents to pixels, shared by images asked for and by previews.
//!
//! Guidance runs the network once per step on both prompts together. The sampler works on the host in f64, so
//! a seed gives the same image on every device up to the network's own rounding. The length is that of the one loop.

mod background;
mod conditioning;
mod contact_sheet;
mod course;
mod decoder_fit;
mod grid_sheet;
mod inverse;
mod latent_preview;
mod loaded_words;
mod pixels;
mod prompt_weighting;
mod sheet;
mod tiles;

use std::cell::RefCell;

use burn::tensor::{Tensor, TensorData};

pub(crate) use background::{Wanted, fit_background};
pub(crate) use contact_sheet::contact_sheet;
pub(crate) use course::{BlendNoise, Course, EditCourse, Original, PixelPhase, Place};
pub(crate) use decoder_fit::DecoderFit;
pub(crate) use grid_sheet::grid_sheet;
pub(crate) use inverse::{inverted, null_texts};
pub(crate) use latent_preview::{LatentView, latent_view};
pub use loaded_words::LoadedWords;
pub(crate) use loaded_words::side_by_side;
pub(crate) use pixels::{decode, latent_shape, picture_of};
pub(crate) use sheet::{at_once, latents_together};

use self::conditioning::PromptPlan;
use self::course::FromNoise;
use self::pixels::{decode_planes, in_parts, to_image};
use self::tiles::{Tile, Tiling};
use super::context::JobSignal;
use base::{Error, Result};
use diffusion::config::TimestepSpacing;
use diffusion::sampler::{self, Sampler};
use diffusion::{Noise, SchedulerConfig, between};
use inversion::objective::read;
use kernels::Crew;
use model::Pipeline;
use model::unet::Conditioning;
use project::{Family, GenerateSettings};

/// The model's noise schedule.
pub(crate) fn scheduler(model: &Pipeline) -> Result<SchedulerConfig> {
    let mut config =
        SchedulerConfig::from_json(model.files.scheduler()?, &model.files.part_path("scheduler"))?;
    config.sdxl = model.files.family() == Family::Sdxl;
    Ok(config)
}

/// The model's noise schedule, changed as the settings ask. With a zero terminal signal-to-noise ratio the first step has to
/// be the last timestep, which only the trailing spacing is sure to give.
pub(crate) fn schedule_for(model: &Pipeline, settings: &GenerateSettings) -> Result<SchedulerConfig> {
    let mut config = scheduler(model)?;
    if settings.zero_terminal_snr {
        config.rescale_betas_zero_snr = true;
        config.timestep_spacing = Some(TimestepSpacing::Trailing);
    }
    Ok(config)
}

/// What one image is sampled with.
pub(crate) struct SampleParams<'a> {
    words: &'a LoadedWords,
    /// Everything else that was asked for.
    pub settings: &'a GenerateSettings,
    /// Seed of the noise.
    pub seed: u64,
    /// The seed that the noise to begin with goes towards, if it does.
    pub variation_seed: u64,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// The noise to begin with; none for that of the seed.
    noise: Option<&'a [f32]>,
    /// What stands for the negative prompt at each step, row by row; empty for what the text encoders make of it.
    null_texts: &'a [Vec<f32>],
    /// Largest side in pixels that the U-Net is shown at once; none for the whole.
    tile: Option<u32>,
    /// Whether this goes over a picture that the same settings drew, so that prompts count their steps on.
    second: bool,
}

impl<'a> SampleParams<'a> {
    /// Image `index` of a request, with its own [seeds](GenerateSettings::seeds).
    pub fn new(words: &'a LoadedWords, settings: &'a GenerateSettings, size: [u32; 2], index: usize) -> Self {
        let [seed, variation_seed] = settings.seeds(index);
        Self {
            words,
            settings,
            seed,
            variation_seed,
            size,
            noise: None,
            null_texts: &[],
            tile: None,
            second: false,
        }
    }

    /// The same in tiles of this side in pixels, if there is one. Between two of them, who watches is asked whether to go
    /// on, with no latents.
    pub fn in_tiles(self, tile: Option<u32>) -> Self {
        Self { tile, ..self }
    }

    /// The same from this noise, which the sampler does not scale, and with these null texts if there are any.
    pub fn with_noise(self, noise: &'a [f32], null_texts: &'a [Vec<f32>]) -> Self {
        Self { noise: Some(noise), null_texts, ..self }
    }

    /// The same as the second pass of a drawing.
    pub fn second_pass(self) -> Self {
        Self { second: true, ..self }
    }

    /// The unit noise that it begins with.
    fn unit_noise(&self, shape: [usize; 3]) -> Vec<f32> {
        let noise = |seed| Noise::new(seed).normal(0, shape.iter().product());
        match self.settings.variation {
            share if share > 0.0 => between(&noise(self.seed), &noise(self.variation_seed), shape, share),
            _ => noise(self.seed),
        }
    }
}

/// Walks from noise to the latents of the image. After each call of the network `watch` gets the step it belongs to, the
/// number of steps and the clean latents that the model currently predicts; `Ok(None)` if it says to end. The noise of
/// call `index`, where the sampler needs any, is stream `1 + index` of the seed's.
pub(crate) fn latents(
    model: &Pipeline,
    schedule: &SchedulerConfig,
    params: &SampleParams<'_>,
    watch: &mut dyn FnMut(usize, usize, &[f32]) -> JobSignal,
) -> Result<Option<Vec<f32>>> {
    latents_on(&mut FromNoise, model, schedule, params, watch)
}

/// [`latents`] of pictures that differ in their seeds alone, drawn together; see [`latents_of_batch`].
pub(crate) fn latents_of_each(
    model: &Pipeline,
    schedule: &SchedulerConfig,
    params: &[SampleParams<'_>],
    watch: &mut WatchBatch<'_>,
) -> Result<Option<Vec<Vec<f32>>>> {
    let mut courses: Vec<FromNoise> = params.iter().map(|_| FromNoise).collect();
    let courses = courses.iter_mut().map(|course| course as &mut dyn Course).collect();
    latents_of_batch(courses, model, schedule, params, watch)
}

/// [`latents_on`] of pictures that differ in their seeds and courses alone, in tiles only if it is a single one. The U-Net is
/// asked about all of them at once; each has its own noise and its own sampler, and so is what it would be alone, but for the
/// rounding of larger batches.
pub(crate) fn latents_of_batch(
    courses: Vec<&mut dyn Course>,
    model: &Pipeline,
    schedule: &SchedulerConfig,
    params: &[SampleParams<'_>],
    watch: &mut WatchBatch<'_>,
) -> Result<Option<Vec<Vec<f32>>>> {
    let mut crew = Crew::on(&model.device);
    let watch = RefCell::new(watch);
    let first = params.first();
    let tile = first.and_then(|one| one.tile).map(|side| side as usize / model.vae_config.downsampling());

    // As MultiDiffusion draws what is larger than its model (Bar-Tal et al. 2023, arXiv 2302.08113): one tile after the
    // other, at each step, and the mean of what is predicted where they overlap.
    let mut ask = |input: Tensor<4>, timesteps: &[f64], given: &Conditioning, known: Option<&Known>| {
        let [rows, channels, height, width] = input.dims();
        let whole = Tiling::whole([height, width]);
        let tiling = tile.map_or(whole, |side| Tiling::of_latents([height, width], side));
        let mut begun = false;
        tiling.join(1, &mut |place| {
            if let Some(known) = known.filter(|known| tiling.is_clear(&known.mask, place)) {
                return Ok(tiling.cut(&known.prediction, place, 1).repeat(rows));
            }
            let Tile { from: [top, left], sides: [tall, wide] } = place;
            let wait = std::mem::replace(&mut begun, true);
            if wait && (watch.borrow_mut())(0, 0, &[]) != JobSignal::Continue {
                return Err(Error::Cancelled);
            }
            let part = [0..rows, 0..channels, top..top + tall, left..left + wide];
            let part = input.clone().slice(part);
            crew.step(|| read(model.unet.forward(part, timesteps, given)))
        })
    };
    let tell =
        &mut |step: usize, steps: usize, believed: &[Vec<f32>]| (watch.borrow_mut())(step, steps, believed);
    match walk(courses, &mut ask, model, schedule, params, tell) {
        Err(Error::Cancelled) => Ok(None),
        drawn => drawn,
    }
}

/// [`latents`] on a course of its own: from the latents where that begins, and with what it does on the way.
pub(crate) fn latents_on(
    course: &mut dyn Course,
    model: &Pipeline,
    schedule: &SchedulerConfig,
    params: &SampleParams<'_>,
    watch: &mut dyn FnMut(usize, usize, &[f32]) -> JobSignal,
) -> Result<Option<Vec<f32>>> {
    let params = std::slice::from_ref(params);
    let drawn = latents_of_batch(vec![course], model, schedule, params, &mut of_one(watch))?;
    Ok(drawn.and_then(|mut drawn| drawn.pop()))
}

/// Told of a step, of all steps, and of what the model believes in of each picture; of no picture between two tiles.
pub(crate) type WatchBatch<'a> = dyn FnMut(usize, usize, &[Vec<f32>]) -> JobSignal + 'a;

/// Who watches a single picture, as one who watches several.
fn of_one(
    watch: &mut dyn FnMut(usize, usize, &[f32]) -> JobSignal,
) -> impl FnMut(usize, usize, &[Vec<f32>]) -> JobSignal {
    move |step, steps, believed| watch(step, steps, believed.first().map_or(&[], Vec::as_slice))
}

/// What answers for the network: from rows of noisy latents, a timestep for each and what to be conditioned on, the
/// prediction. Of a picture's rows the last is the prompt's.
pub(crate) type Ask<'a> = dyn FnMut(Tensor<4>, &[f64], &Conditioning) -> Result<Vec<f32>> + 'a;

/// [`latents`], where the network is asked by `ask`.
pub(crate) fn latents_asking(
    model: &Pipeline,
    schedule: &SchedulerConfig,
    params: &SampleParams<'_>,
    ask: &mut Ask<'_>,
    watch: &mut dyn FnMut(usize, usize, &[f32]) -> JobSignal,
) -> Result<Option<Vec<f32>>> {
    let mut ask = |input: Tensor<4>, timesteps: &[f64], given: &Conditioning, _: Option<&Known>| {
        ask(input, timesteps, given)
    };
    let (course, params): (&mut dyn Course, _) = (&mut FromNoise, std::slice::from_ref(params));
    let drawn = walk(vec![course], &mut ask, model, schedule, params, &mut of_one(watch))?;
    Ok(drawn.and_then(|mut drawn| drawn.pop()))
}

/// What need not be asked: where the mask is 0, the network's prediction is this, row by row of each plane.
struct Known {
    mask: Vec<f32>,
    prediction: Vec<f32>,
}

/// [`Ask`], told what need not be asked.
type AskUnknown<'a> = dyn FnMut(Tensor<4>, &[f64], &Conditioning, Option<&Known>) -> Result<Vec<f32>> + 'a;

/// A picture on its way.
struct Walker<'a> {
    course: &'a mut dyn Course,
    sampler: Box<dyn Sampler>,
    noise: Noise,
    sample: Vec<f32>,
}

fn walk(
    courses: Vec<&mut dyn Course>,
    ask: &mut AskUnknown<'_>,
    model: &Pipeline,
    schedule: &SchedulerConfig,
    params: &[SampleParams<'_>],
    watch: &mut WatchBatch<'_>,
) -> Result<Option<Vec<Vec<f32>>>> {
    let Some(&SampleParams { words, settings, size, tile, null_texts, second, .. }) = params.first() else {
        return Ok(Some(Vec::new()));
    };
    // Who is told of a size is told of the one that the network sees.
    let seen = size.map(|side| tile.map_or(side, |tile| side.min(tile)));
    let skipped = courses.first().map_or(0, |course| course.first_step(settings.steps));
    let mut plan = match second {
        true => PromptPlan::second(model, words, settings, seen, skipped),
        false => PromptPlan::new(model, words, settings, seen),
    };
    plan.take_null_texts(null_texts);

    let GenerateSettings { sampler, spacing, eta, steps, .. } = *settings;
    let build = || sampler::build(sampler, spacing, eta, steps, schedule);
    let shape = latent_shape(model, size);
    let len = shape.iter().product::<usize>().max(1);
    let of_all = build()?;
    let timesteps = of_all.timesteps().to_vec();
    let calls = of_all.calls_per_step();
    // A sampler that asks more often than it steps does so in its first step.
    let more = (timesteps.len() + calls - 1).saturating_sub(steps * calls);
    let first = if skipped == 0 { 0 } else { (skipped * calls + more).min(timesteps.len() - 1) };
    let turns = timesteps.len() - first;
    let mut pictures = Vec::with_capacity(params.len());
    for (course, params) in courses.into_iter().zip(params) {
        let sampler = build()?;
        let sample = match params.noise {
            Some(given) => given.to_vec(),
            None => course.begin(&*sampler, first, params.unit_noise(shape)),
        };
        pictures.push(Walker { course, sampler, noise: Noise::new(params.seed), sample });
    }
    let count = pictures.len();
    for (index, timestep) in timesteps.iter().enumerate().skip(first) {
        let place = Place { mixture: of_all.mixture(index), turn: index - first, turns };
        for picture in &mut pictures {
            let sample = std::mem::take(&mut picture.sample);
            picture.sample = picture.course.before_step(&place, sample)?;
        }
        let inputs = pictures.iter().map(|picture| {
            let mut input = picture.sampler.scale_model_input(index, &picture.sample);
            input.extend(picture.course.beside());
            input
        });
        let inputs: Vec<Vec<f32>> = inputs.collect();
        // Some samplers ask more often than they step; where steps are left out, not in the others.
        let step = match second && skipped > 0 {
            true => skipped + place.turn / calls + 1,
            false => ((index / calls + 1) * steps).div_ceil(timesteps.len().div_ceil(calls).max(1)),
        };
        let alone = pictures.first().filter(|_| tile.is_some());
        let known = alone.and_then(|alone| {
            let (mask, clean) = alone.course.known(&place)?;
            let prediction = schedule.prediction_type.of_known(place.mixture, clean, &alone.sample);
            Some(Known { mask: mask.to_vec(), prediction })
        });
        let predictions = plan.predict(step, count, |given, rows| {
            ask(rows_of(model, shape, &inputs, rows), &vec![*timestep; rows * count], given, known.as_ref())
        })?;
        let mut believed = Vec::with_capacity(count);
        for (picture, prediction) in pictures.iter_mut().zip(predictions.chunks(len)) {
            let Walker { course, sampler, noise, sample } = picture;
            let predicted = sampler.predicted_original(index, prediction, sample);
            let fresh = sampler.needs_noise(index).then(|| noise.normal(1 + index as u64, len));
            let next = sampler.step(index, prediction, sample, fresh.as_deref());
            *sample = course.after_step(&place, next, &predicted)?;
            believed.push(predicted);
        }
        if watch(place.turn / calls + 1, turns.div_ceil(calls), &believed) != JobSignal::Continue {
            return Ok(None);
        }
    }
    if pictures.iter().any(|picture| picture.sample.iter().any(|value| !value.is_finite())) {
        return Err(not_finite());
    }
    Ok(Some(pictures.into_iter().map(|picture| picture.sample).collect()))
}

/// Asks the U-Net about the same latents for as many rows as there are texts.
fn ask(
    model: &Pipeline,
    shape: [usize; 3],
    input: &[f32],
    timestep: f64,
    crew: &mut Crew,
) -> impl FnMut(&Conditioning, usize) -> Result<Vec<f32>> {
    move |given, rows| {
        let input = rows_of(model, shape, &[input], rows);
        // Reading the prediction waits for the device: the one sync point of a sampling step.
        crew.step(|| read(model.unet.forward(input, &vec![timestep; rows], given)))
    }
}

/// The latents of each picture, with what lies beside them, in so many rows, as the U-Net takes them.
fn rows_of(
    model: &Pipeline,
    [_, height, width]: [usize; 3],
    pictures: &[impl AsRef<[f32]>],
    rows: usize,
) -> Tensor<4> {
    let latents: Vec<f32> = pictures.iter().flat_map(|latents| latents.as_ref().repeat(rows)).collect();
    let rows = rows * pictures.len();
    let channels = latents.len() / (rows * height * width).max(1);
    let latents = TensorData::new(latents, [rows, channels, height, width]);
    Tensor::<4>::from_data(latents, &model.device).cast(model.unet.dtype)
}

fn not_finite() -> Error {
    Error::Numbers(
        "The picture came out as numbers that are not finite".into(),
        "Use --precision f32 (or bf16), or a lower guidance.".into(),
    )
}

#[cfg(test)]
mod tests;
