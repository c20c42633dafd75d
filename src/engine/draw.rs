//! Drawing an image: the loop from noise to latents to pixels, shared by images asked for and by previews.
//!
//! Guidance runs the network once per step on both prompts together. The sampler works on the host in f64, so
//! a seed gives the same image on every device up to the network's own rounding. The length is that of the one loop and its
//! tests.

mod background;
mod conditioning;
mod contact_sheet;
mod course;
mod decoder_fit;
mod grid_sheet;
mod inverse;
mod latent_preview;
mod loaded_words;
mod prompt_weighting;
mod sheet;
mod tiles;

use std::cell::RefCell;

use burn::tensor::{DType, Tensor, TensorData};
use image::RgbImage;

pub(crate) use background::{Wanted, fit_background};
pub(crate) use contact_sheet::contact_sheet;
pub(crate) use course::{BlendNoise, Course, EditCourse, Original, PixelPhase, Place};
pub(crate) use decoder_fit::DecoderFit;
pub(crate) use grid_sheet::grid_sheet;
pub(crate) use inverse::{inverted, null_texts};
pub(crate) use latent_preview::{LatentView, latent_view};
pub use loaded_words::LoadedWords;
pub(crate) use loaded_words::side_by_side;
pub(crate) use sheet::{at_once, latents_together};

use self::conditioning::PromptPlan;
use self::course::FromNoise;
use self::tiles::{Tile, Tiling, decode_in_tiles};
use super::context::JobSignal;
use base::{Error, Result};
use diffusion::config::TimestepSpacing;
use diffusion::sampler::{self, Sampler};
use diffusion::{Noise, SchedulerConfig, between};
use inversion::objective::read;
use kernels::Crew;
use model::unet::Conditioning;
use model::{AutoencoderKl, Pipeline};
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
}

impl<'a> SampleParams<'a> {
    /// Image `index` of a request, with its own [seeds](GenerateSettings::seeds).
    pub fn new(words: &'a LoadedWords, settings: &'a GenerateSettings, size: [u32; 2], index: usize) -> Self {
        let [seed, variation_seed] = settings.seeds(index);
        Self { words, settings, seed, variation_seed, size, noise: None, null_texts: &[], tile: None }
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
    let mut crew = Crew::default();
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
    let Some(&SampleParams { words, settings, size, tile, null_texts, .. }) = params.first() else {
        return Ok(Some(Vec::new()));
    };
    // Who is told of a size is told of the one that the network sees.
    let seen = size.map(|side| tile.map_or(side, |tile| side.min(tile)));
    let mut plan = PromptPlan::new(model, words, settings, seen);
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
    let first = courses.first().map_or(0, |course| course.first_step(steps));
    let first = if first == 0 { 0 } else { (first * calls + more).min(timesteps.len() - 1) };
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
        // Some samplers ask more often than they step.
        let step = ((index / calls + 1) * settings.steps).div_ceil(timesteps.len().div_ceil(calls).max(1));
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

/// `[channels, height, width]` of the latents of an image of `size` (width, height) pixels.
pub(crate) fn latent_shape(model: &Pipeline, [width, height]: [u32; 2]) -> [usize; 3] {
    let step = model.vae_config.downsampling();
    [model.vae_config.latent_channels, height as usize / step, width as usize / step]
}

/// Longest side of a picture in pixels that is decoded at once.
const AT_ONCE: usize = 1024;

/// Latents to pixels; in tiles where the picture is large, or memory `tight`.
pub(crate) fn decode(
    vae: &AutoencoderKl,
    latents: Vec<f32>,
    shape: [usize; 3],
    tight: bool,
) -> Result<RgbImage> {
    Ok(picture_of(vae, &decode_planes(vae, latents, shape, tight)?, shape))
}

/// The picture of what latents of this shape were decoded to.
pub(crate) fn picture_of(vae: &AutoencoderKl, planes: &[f32], shape: [usize; 3]) -> RgbImage {
    let [_, height, width] = shape.map(|side| side * vae.config.downsampling());
    to_image(planes, [width, height], |v| (v + 1.0) / 2.0)
}

/// Whether a picture of latents of these sides is decoded in tiles.
fn in_parts([height, width]: [usize; 2], scale: usize, tight: bool) -> bool {
    tight || height.max(width) * scale > AT_ONCE
}

/// [`decode`] to planes of red, green and blue from -1 to 1.
fn decode_planes(vae: &AutoencoderKl, latents: Vec<f32>, shape: [usize; 3], tight: bool) -> Result<Vec<f32>> {
    let scale = vae.config.downsampling();
    let mut planes = |latents: Vec<f32>, [channels, height, width]: [usize; 3]| {
        let latents = TensorData::new(latents, [1, channels, height, width]);
        let latents = Tensor::<4>::from_data(latents, &vae.device()).cast(vae.dtype);
        read(vae.decode(latents).cast(DType::F32))
    };
    let values = match in_parts([shape[1], shape[2]], scale, tight) {
        true => decode_in_tiles(&latents, shape, scale, &mut planes)?,
        false => planes(latents, shape)?,
    };
    if values.iter().any(|value| !value.is_finite()) {
        return Err(not_finite());
    }
    Ok(values)
}

/// Planes of red, green and blue, row by row, to an image; `level` maps a value to 0 (dark) to 1.
fn to_image(planes: &[f32], [width, height]: [usize; 2], level: impl Fn(f32) -> f32) -> RgbImage {
    let plane = width * height;
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let place = y as usize * width + x as usize;
        let channel = |c: usize| planes.get(c * plane + place).copied().unwrap_or_default();
        image::Rgb([0, 1, 2].map(|c| (level(channel(c)).clamp(0.0, 1.0) * 255.0).round() as u8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{golden, session};
    use project::{Precision, SamplerKind};

    /// By how much of a picture's contrast its tiles may differ from it, in the root of the mean square: group norms and
    /// attention look at a tile instead of the whole. Measured on the small model, whose noise is alike everywhere: less
    /// than half of it.
    const TILED: f64 = 0.06;

    #[test]
    fn tiles_are_nearly_the_picture() {
        let device = session().device.device;
        let mut model = Pipeline::open(&golden(), &device, Precision::F32, &mut |_, _| Ok(())).unwrap();
        let scale = model.vae_config.downsampling();
        let shape = [model.vae_config.latent_channels, 96 * 8 / scale, 80 * 8 / scale];
        let latents = Noise::new(3).normal(0, shape.iter().product());
        let vae = model.vae().unwrap();
        let levels = |tight| -> Vec<f64> {
            let picture = decode(vae, latents.clone(), shape, tight).unwrap();
            assert_eq!(picture.dimensions(), (640, 768));
            picture.into_raw().into_iter().map(f64::from).collect()
        };
        let (whole, tiled) = (levels(false), levels(true));
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / whole.len() as f64;
        let grey = mean(&mut whole.iter().copied());
        let contrast = mean(&mut whole.iter().map(|value| (value - grey).powi(2))).sqrt();
        let apart = mean(&mut whole.iter().zip(&tiled).map(|(a, b)| (a - b).powi(2))).sqrt();
        println!("{apart:.3} levels apart, of a contrast of {contrast:.1}");
        assert!(apart > 0.0 && apart < TILED * contrast, "{apart} of {contrast}");
    }

    #[test]
    fn where_memory_is_tight_a_picture_is_encoded_in_tiles() {
        let device = session().device.device;
        let mut model = Pipeline::open(&golden(), &device, Precision::F32, &mut |_, _| Ok(())).unwrap();
        let vae = model.vae().unwrap();
        let planes: Vec<f32> = (0..3 * 768 * 64).map(|at| (at as f32 * 0.05).sin() * 0.5).collect();
        let encoded = |size, planes: &[f32], tight| Original::encode(vae, planes, size, tight).unwrap().mean;
        let [whole, tiled] = [false, true].map(|tight| encoded([768, 64], &planes, tight));
        let length = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
        let apart = length(&mut whole.iter().zip(&tiled).map(|(a, b)| a - b));
        let length = length(&mut whole.iter().copied());
        println!("{apart:.4} apart, of {length:.4}");
        // With diffusers' own network 0.023 of it.
        assert!(whole.len() == tiled.len() && apart > 0.0 && apart < 0.06 * length, "{apart} of {length}");
        // What is no larger than a tile is the same.
        let small = &planes[..3 * 64 * 64];
        assert_eq!(encoded([64; 2], small, true), encoded([64; 2], small, false));
    }

    #[test]
    fn one_tile_of_the_unet_is_the_whole_and_several_are_one_picture() {
        let device = session().device.device;
        for family in ["sd1", "sdxl"] {
            let path = golden().with_file_name(family);
            let model = Pipeline::open(&path, &device, Precision::F32, &mut |_, _| Ok(())).unwrap();
            let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
            let settings =
                GenerateSettings { prompt: "a cat".into(), steps: 2, ..GenerateSettings::default() };
            let schedule = scheduler(&model).unwrap();
            let drawn = |tile, size| {
                let params = SampleParams::new(&words, &settings, size, 0).in_tiles(tile);
                latents(&model, &schedule, &params, &mut |_, _, _| JobSignal::Continue).unwrap().unwrap()
            };
            assert_eq!(drawn(Some(64), [64; 2]), drawn(None, [64; 2]), "{family}");
            let (whole, tiled) = (drawn(None, [136, 64]), drawn(Some(64), [136, 64]));
            assert_eq!((whole.len(), tiled.len()), (4 * 8 * 17, 4 * 8 * 17));
            assert!(whole != tiled && tiled.iter().all(|value| value.is_finite()), "{family}");
            let params = SampleParams::new(&words, &settings, [136, 64], 0).in_tiles(Some(64));
            let mut asked = 0;
            let mut stop = |_: usize, _: usize, believed: &[f32]| {
                asked += 1;
                if believed.is_empty() { JobSignal::Stop } else { JobSignal::Continue }
            };
            assert_eq!(latents(&model, &schedule, &params, &mut stop).unwrap(), None, "{family}");
            assert_eq!(asked, 1, "it was not stopped after the first tile");
        }
    }

    /// By how much of the largest latent a picture of a batch may differ from the one that is drawn alone: the same numbers
    /// are added in another order.
    const ROUNDING: f32 = 2e-4;

    #[test]
    fn each_picture_of_a_batch_is_the_one_that_is_drawn_alone() {
        let device = session().device.device;
        for family in ["sd1", "sdxl"] {
            let path = golden().with_file_name(family);
            let model = Pipeline::open(&path, &device, Precision::F32, &mut |_, _| Ok(())).unwrap();
            let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
            // Two prompts at once, so that the network is asked more than once in a step.
            for (sampler, prompt) in [
                (SamplerKind::Euler, "a cat AND a dog"),
                (SamplerKind::EulerAncestral, "a cat"),
                (SamplerKind::DpmPpSde, "a (cat:1.2)"),
            ] {
                let settings = GenerateSettings {
                    prompt: prompt.into(),
                    sampler,
                    steps: 3,
                    seed: 5,
                    guidance: Some(2.0),
                    rescale: 0.5,
                    ..GenerateSettings::default()
                };
                let schedule = schedule_for(&model, &settings).unwrap();
                let params: Vec<SampleParams<'_>> =
                    (0..3).map(|index| SampleParams::new(&words, &settings, [64; 2], index)).collect();
                let mut told = 0;
                let mut watch = |_: usize, steps: usize, believed: &[Vec<f32>]| {
                    assert_eq!((steps, believed.len()), (3, 3));
                    told += 1;
                    JobSignal::Continue
                };
                let batch = latents_of_each(&model, &schedule, &params, &mut watch).unwrap().unwrap();
                assert!(batch.len() == 3 && batch[0] != batch[1] && told >= 3, "{family}, {sampler}: {told}");
                for (params, found) in params.iter().zip(&batch) {
                    let mut watch = |_: usize, _: usize, _: &[f32]| JobSignal::Continue;
                    let alone = latents(&model, &schedule, params, &mut watch).unwrap().unwrap();
                    let largest = alone.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
                    let apart = alone.iter().zip(found).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
                    assert!(apart <= ROUNDING * largest, "{family}, {sampler}: {apart} of {largest}");
                }
                let mut stop = |_: usize, _: usize, _: &[Vec<f32>]| JobSignal::Stop;
                assert_eq!(latents_of_each(&model, &schedule, &params, &mut stop).unwrap(), None);
            }
        }
    }

    #[test]
    fn a_zero_terminal_snr_that_is_asked_for_is_that_of_a_model_that_says_so() {
        let device = session().device.device;
        let path = golden().with_file_name("sd2");
        let model = Pipeline::open(&path, &device, Precision::F32, &mut |_, _| Ok(())).unwrap();
        let (own, mut settings) = (scheduler(&model).unwrap(), GenerateSettings::default());
        assert_eq!(schedule_for(&model, &settings).unwrap(), own);
        settings.zero_terminal_snr = true;
        let asked = schedule_for(&model, &settings).unwrap();
        // What the samplers make of such a file is held against diffusers by `tests/engine/golden_schedule.rs`.
        let said = SchedulerConfig {
            rescale_betas_zero_snr: true,
            timestep_spacing: Some(TimestepSpacing::Trailing),
            ..own
        };
        assert_eq!(asked, said);
        let ddim = sampler::build(SamplerKind::Ddim, settings.spacing, 0.0, 4, &asked).unwrap();
        assert_eq!(ddim.timesteps()[0] as usize, asked.num_train_timesteps - 1);
        assert_eq!(ddim.mixture(0), [0.0, 1.0], "it begins in pure noise");
    }

    #[test]
    fn pixels_are_clamped_and_placed() {
        let planes = [-3.0, 1.0, 0.0, 0.0, 3.0, -1.0];
        let picture = to_image(&planes, [2, 1], |v| (v + 1.0) / 2.0);
        assert_eq!(picture.get_pixel(0, 0).0, [0, 128, 255]);
        assert_eq!(picture.get_pixel(1, 0).0, [255, 128, 0]);
    }
}
