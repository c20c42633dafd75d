//! Blending beside the numbers of PyTorch: the small models of `tests/golden`, with their own noise. The length is that of one list of cases.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;
use crate::context::JobSignal;
use crate::draw::tests::noting;
use crate::draw::{
    DecoderFit, LoadedWords, SampleParams, Wanted, fit_background, latents, latents_on, scheduler,
};
use crate::session::tests::{golden, inpainting, session};
use diffusion::blended::shrinking;
use model::Pipeline;
use project::{GenerateSettings, Precision, SamplerKind, SigmaSpacing};

/// Reference numbers of a folder.
struct Numbers {
    reference: Value,
    bytes: Vec<u8>,
}

impl Numbers {
    fn open(folder: &Path) -> Self {
        let reference = std::fs::read(folder.join("reference.json")).unwrap();
        let reference = base::json::from_slice(&reference).unwrap();
        Self { reference, bytes: std::fs::read(folder.join("reference.safetensors")).unwrap() }
    }

    fn get(&self, name: &str) -> Vec<f32> {
        let tensors = safetensors::SafeTensors::deserialize(&self.bytes).unwrap();
        let data = tensors.tensor(name).unwrap().data().to_vec();
        data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    /// Part `index` of `len` numbers.
    fn part(&self, name: &str, index: usize, len: usize) -> Vec<f32> {
        self.get(name)[index * len..(index + 1) * len].to_vec()
    }

    /// The rule of the reference data: ten times its own distance from a 64-bit run, and a few roundings.
    fn check(&self, name: &str, got: &[f32]) {
        let (want, about) = (self.get(name), &self.reference["tensors"][name]);
        let number = |key: &str| about[key].as_f64().unwrap();
        let allowed = 10.0 * number("err") + 4e-6 * number("max_abs");
        assert_eq!(got.len(), want.len(), "{name}");
        let worst = got.iter().zip(&want).map(|(g, w)| f64::from((g - w).abs())).fold(0.0, f64::max);
        assert!(worst <= allowed, "{name} differs by {worst:e}, allowed {allowed:e}");
        println!("{name}: {:.3} of the tolerance", worst / allowed);
    }
}

/// A course that begins with given noise, as clean latents do or with that alone, and keeps what comes of each step.
struct Recorded<'a> {
    course: EditCourse<'a>,
    start: Vec<f32>,
    from_noise: bool,
    states: Vec<f32>,
}

impl Course for Recorded<'_> {
    fn first_step(&self, steps: usize) -> usize {
        self.course.first_step(steps)
    }

    fn begin(&mut self, sampler: &dyn Sampler, index: usize, _noise: Vec<f32>) -> Vec<f32> {
        let start = self.start.clone();
        if self.from_noise { start } else { self.course.begin(sampler, index, start) }
    }

    fn before_step(&mut self, place: &Place, sample: Vec<f32>) -> Result<Vec<f32>> {
        self.course.before_step(place, sample)
    }

    fn after_step(&mut self, place: &Place, sample: Vec<f32>, predicted: &[f32]) -> Result<Vec<f32>> {
        let sample = self.course.after_step(place, sample, predicted)?;
        self.states.extend(&sample);
        Ok(sample)
    }

    fn beside(&self) -> &[f32] {
        self.course.beside()
    }
}

fn open(folder: &Path) -> Pipeline {
    let mut model =
        Pipeline::open(folder, &session().device.device, Precision::F32, &mut |_, _| Ok(())).unwrap();
    model.vae().unwrap();
    model
}

/// The latents after each step.
fn states(model: &Pipeline, settings: &GenerateSettings, mut course: Recorded<'_>) -> Vec<f32> {
    let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
    let params = SampleParams::new(&words, settings, [64; 2], 0);
    let schedule = scheduler(model).unwrap();
    latents_on(&mut course, model, &schedule, &params, &mut |_, _, _| JobSignal::Continue).unwrap().unwrap();
    course.states
}

fn settings(numbers: &Value, steps: &Value, guidance: &Value) -> GenerateSettings {
    let text = |key: &str| numbers[key].as_str().unwrap().to_owned();
    GenerateSettings {
        prompt: text("prompt"),
        negative_prompt: text("negative_prompt"),
        sampler: SamplerKind::Ddim,
        steps: steps.as_u64().unwrap() as usize,
        guidance: guidance.as_f64(),
        ..GenerateSettings::default()
    }
}

#[test]
fn every_family_blends_before_and_after_a_step_as_the_reference() {
    for family in ["sd1", "sd2", "sdxl", "ldm"] {
        println!("== {family}");
        let folder = golden().with_file_name(family);
        let (model, numbers) = (open(&folder), Numbers::open(&folder));
        let about = &numbers.reference["settings"];
        let settings = settings(about, &about["inpaint"]["steps"], &about["inpaint"]["guidance"]);
        let original =
            Original::encode(model.loaded_vae().unwrap(), &numbers.get("in.inpaint.image"), [64; 2], false);
        let clean = original.unwrap().mean;
        numbers.check("out.inpaint.source", &clean);
        let noise = |kind: BlendNoise, len: usize| match kind {
            BlendNoise::Blend(turn) => numbers.part("in.inpaint.noise", turn, len),
            other => panic!("{other:?}"),
        };
        for (order, kind) in [(BlendOrder::Ldm, "before_step"), (BlendOrder::Sd, "same_level")] {
            let course = EditCourse {
                clean: clean.clone(),
                masks: vec![numbers.get("out.inpaint.latent_mask")],
                order,
                strength: 1.0,
                pixels: None,
                beside: Vec::new(),
                noise: &noise,
            };
            let start = numbers.get("in.inpaint.latents");
            let found =
                states(&model, &settings, Recorded { course, start, from_noise: true, states: Vec::new() });
            numbers.check(&format!("out.inpaint.{kind}.trajectory"), &found);
        }
    }
}

/// The numbers of `make_edit.py`, and noise from there, with a note of what was asked for.
fn edit_numbers() -> (Numbers, GenerateSettings) {
    let numbers = Numbers::open(&golden().with_file_name("edit"));
    let about = &numbers.reference["settings"];
    let settings = settings(about, &about["steps"], &about["guidance"]);
    (numbers, settings)
}

fn given(numbers: &Numbers, kind: BlendNoise, len: usize) -> Vec<f32> {
    match kind {
        BlendNoise::Posterior => numbers.get("in.posterior"),
        BlendNoise::Blend(turn) => numbers.part("in.blend", turn, len),
        BlendNoise::Pixels(turn) => numbers.part("in.pixels", turn, len),
        BlendNoise::Again(turn) => numbers.part("in.again", turn, len),
    }
}

/// The mask of each cell of latents, of which it covers all or nothing.
fn cells(pixels: &[f32]) -> Vec<f32> {
    (0..64).map(|at| pixels[(at / 8 * 8 + 4) * 64 + at % 8 * 8 + 4]).collect()
}

#[test]
fn the_order_ldm_is_that_of_the_published_sampler() {
    let (numbers, settings) = edit_numbers();
    let model = open(&golden().with_file_name("ldm"));
    let vae = model.loaded_vae().unwrap();
    let (picture, mask) = (numbers.get("in.image"), numbers.get("in.mask"));
    let asked = Cell::new(0);
    let noise = |kind: BlendNoise, len: usize| {
        asked.set(asked.get() + 1);
        given(&numbers, kind, len)
    };
    let original = Original::encode(vae, &picture, [64; 2], false).unwrap();
    let clean = original.sample(&noise(BlendNoise::Posterior, 0));
    for (dilations, skipped, share) in
        [0, 3].into_iter().flat_map(|d| [0, 10].into_iter().flat_map(move |s| [0.0, 0.1].map(|p| (d, s, p))))
    {
        let pixels = (share > 0.0).then(|| PixelPhase {
            share,
            vae,
            picture: &picture,
            mask: &mask,
            size: [64; 2],
            tight: false,
        });
        let course = EditCourse {
            clean: clean.clone(),
            masks: shrinking(&cells(&mask), 8, dilations),
            order: BlendOrder::Ldm,
            strength: 1.0 - skipped as f64 / settings.steps as f64,
            pixels,
            beside: Vec::new(),
            noise: &noise,
        };
        let start = numbers.get("in.start");
        let found =
            states(&model, &settings, Recorded { course, start, from_noise: false, states: Vec::new() });
        let (masks, part) = (dilations + 1, (100.0 * share) as usize);
        numbers.check(&format!("out.ldm.m{masks}.s{skipped}.p{part}.trajectory"), &found);
    }
    assert!(asked.get() > 100);
}

#[test]
fn the_order_sd_is_that_of_the_published_script() {
    let (numbers, settings) = edit_numbers();
    let model = open(&golden());
    let noise = |kind: BlendNoise, len: usize| given(&numbers, kind, len);
    let original =
        Original::encode(model.loaded_vae().unwrap(), &numbers.get("in.image"), [64; 2], false).unwrap();
    let course = EditCourse {
        clean: original.mean,
        masks: vec![cells(&numbers.get("in.mask"))],
        order: BlendOrder::Sd,
        strength: 0.75,
        pixels: None,
        beside: Vec::new(),
        noise: &noise,
    };
    let start = numbers.get("in.start");
    let found = states(&model, &settings, Recorded { course, start, from_noise: false, states: Vec::new() });
    numbers.check("out.sd.trajectory", &found);
}

#[test]
fn the_last_of_few_steps_leaves_no_noise_behind() {
    let model = open(&golden());
    let (_, settings) = edit_numbers();
    let settings = GenerateSettings {
        sampler: SamplerKind::Euler,
        spacing: SigmaSpacing::SgmUniform,
        steps: 4,
        ..settings
    };
    let mask: Vec<f32> = (0..64).map(|at| f32::from(u8::from(at % 8 < 4))).collect();
    let clean = Noise::new(5).normal(0, 4 * 64);
    let outside = |found: &[f32], wanted: &[f32]| {
        let pairs = found.iter().zip(wanted).zip(mask.iter().cycle());
        pairs.filter(|(_, mask)| **mask == 0.0).all(|((found, wanted), _)| found == wanted)
    };
    let noise = |kind: BlendNoise, len: usize| kind.draw(BlendOrder::Sd, 1, len);
    let course = EditCourse {
        clean: clean.clone(),
        masks: vec![mask.clone()],
        order: BlendOrder::Sd,
        strength: 1.0,
        pixels: None,
        beside: Vec::new(),
        noise: &noise,
    };
    let start = Noise::new(6).normal(0, clean.len());
    let found = states(&model, &settings, Recorded { course, start, from_noise: false, states: Vec::new() });
    let states: Vec<&[f32]> = found.chunks(clean.len()).collect();
    assert_eq!(states.len(), 4);
    assert!(outside(states[3], &clean) && !outside(states[2], &clean));
    // Steps in pixels end as clean.
    let place = |turn, noise| Place { mixture: [1.0, noise], turn, turns: 4 }.mixture_after();
    assert_eq!([place(3, 0.5), place(3, 0.04), place(2, 0.5)], [[1.0, 0.0], [1.0, 0.04], [1.0, 0.5]]);
}

#[test]
fn a_network_of_nine_channels_is_told_the_mask_and_what_is_around_it() {
    let (numbers, settings) = edit_numbers();
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = inpainting(folder.path());
    let model = open(&path);
    assert!(model.inpaints() && !open(&golden()).inpaints());
    let (picture, mask) = (numbers.get("in.image"), numbers.get("in.mask"));
    let around = blend(&mask, &vec![0.0; picture.len()], &picture);
    let around = Original::encode(model.loaded_vae().unwrap(), &around, [64; 2], false).unwrap().mean;
    let noise = |kind: BlendNoise, _: usize| -> Vec<f32> { panic!("{kind:?} is not blended") };
    let course = EditCourse {
        clean: vec![0.0; around.len()],
        masks: Vec::new(),
        order: BlendOrder::Ldm,
        strength: 1.0,
        pixels: None,
        beside: [cells(&mask), around].concat(),
        noise: &noise,
    };
    let start = numbers.get("in.start");
    let found = states(&model, &settings, Recorded { course, start, from_noise: false, states: Vec::new() });
    numbers.check("out.nine.trajectory", &found);
}

#[test]
fn images_share_the_noise_of_the_original_in_the_order_ldm_alone() {
    let drawn = |order, seed, kind: BlendNoise| kind.draw(order, seed, 8);
    use BlendNoise::{Again, Blend, Pixels, Posterior};
    for kind in [Posterior, Blend(3)] {
        assert_eq!(drawn(BlendOrder::Ldm, 1, kind), drawn(BlendOrder::Ldm, 2, kind));
        assert_ne!(drawn(BlendOrder::Sd, 1, kind), drawn(BlendOrder::Sd, 2, kind));
    }
    for kind in [Pixels(0), Again(0)] {
        assert_ne!(drawn(BlendOrder::Ldm, 1, kind), drawn(BlendOrder::Ldm, 2, kind));
    }
    let all = [Posterior, Blend(0), Blend(1), Pixels(0), Again(0)].map(|kind| drawn(BlendOrder::Sd, 5, kind));
    assert!((1..all.len()).all(|at| !all[..at].contains(&all[at])));
}

#[test]
fn tiles_of_the_unet_are_joined_as_in_the_reference() {
    let (numbers, settings) = edit_numbers();
    let model = open(&golden());
    let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
    let noise = numbers.get("in.tiles");
    let params =
        SampleParams::new(&words, &settings, [136, 64], 0).with_noise(&noise, &[]).in_tiles(Some(64));
    let schedule = scheduler(&model).unwrap();
    let found = latents(&model, &schedule, &params, &mut |_, _, _| JobSignal::Continue).unwrap();
    numbers.check("out.tiles.latents", &found.unwrap());
}

#[test]
fn the_background_is_fitted_as_by_the_published_code() {
    let (numbers, _) = edit_numbers();
    let model = open(&golden());
    let vae = model.loaded_vae().unwrap();
    let (latents, shape) = (numbers.get("in.posterior"), [4, 8, 8]);
    let drawn = decode_planes(vae, latents.clone(), shape, false).unwrap();
    let (original, mask) = (numbers.get("in.image"), numbers.get("in.mask"));
    let wanted = Wanted { drawn: &drawn, original: &original, mask: &mask };
    let mut losses = Vec::new();
    let fitted = fit_background(vae, latents, shape, &wanted, (6, false), &mut noting(&mut losses)).unwrap();
    numbers.check("out.fit.loss", &losses);
    numbers.check("out.fit.latents", &fitted.unwrap());
}

#[test]
fn the_decoder_is_fitted_as_by_the_published_code_and_stays_as_it_is() {
    let (numbers, _) = edit_numbers();
    let model = open(&golden());
    let vae = model.loaded_vae().unwrap();
    let (latents, shape) = (numbers.get("in.posterior"), [4, 8, 8]);
    let decoded = || decode_planes(vae, latents.clone(), shape, false).unwrap();
    let (drawn, original, mask) = (decoded(), numbers.get("in.image"), numbers.get("in.mask"));
    let wanted = Wanted { drawn: &drawn, original: &original, mask: &mask };
    for (name, blocks) in [("decoder", 4), ("last", 1)] {
        let mut losses = Vec::new();
        let part = DecoderFit::last(&model, vae, blocks, false).unwrap();
        let fitted = part.fit(vae, &latents, shape, &wanted, 4, &mut noting(&mut losses)).unwrap();
        assert!(losses.is_sorted_by(|before, after| before > after), "{losses:?}");
        numbers.check(&format!("out.{name}.loss"), &losses);
        numbers.check(&format!("out.{name}.picture"), &fitted.unwrap());
        assert_eq!(decoded(), drawn, "the model's own decoder is as it was");
    }
    // In tiles it goes the same way; who waits is heard.
    let part = DecoderFit::last(&model, vae, 4, true).unwrap();
    let ended = part.fit(vae, &latents, shape, &wanted, 4, &mut |_, _| JobSignal::Stop);
    assert_eq!(ended.unwrap(), None);
}

#[test]
fn tiles_outside_of_the_mask_are_not_asked_about_and_change_nothing_in_it() {
    // Of 17 columns three tiles of 8 show 0 to 7, 4 to 11 and 9 to 16; something new belongs into the first two.
    let (columns, len) = (17, 4 * 8 * 17);
    let mask: Vec<f32> = (0..8 * columns).map(|at| f32::from(u8::from(at % columns < 2))).collect();
    let clean = Noise::new(5).normal(0, len);
    for family in ["sd1", "sd2"] {
        let model = open(&golden().with_file_name(family));
        let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
        let schedule = scheduler(&model).unwrap();
        for (order, sampler) in [(BlendOrder::Ldm, SamplerKind::Ddim), (BlendOrder::Sd, SamplerKind::Euler)] {
            let settings =
                GenerateSettings { prompt: "a cat".into(), sampler, steps: 3, ..GenerateSettings::default() };
            let params = SampleParams::new(&words, &settings, [136, 64], 0).in_tiles(Some(64));
            let noise = |kind: BlendNoise, len: usize| kind.draw(order, 1, len);
            let course = || EditCourse {
                clean: clean.clone(),
                masks: vec![mask.clone()],
                order,
                strength: 1.0,
                pixels: None,
                beside: Vec::new(),
                noise: &noise,
            };
            let drawn = |course: &mut dyn Course| {
                let (mut between, mut believed) = (0, Vec::new());
                let mut watch = |_: usize, _: usize, told: &[f32]| {
                    between += usize::from(told.is_empty());
                    believed = told.to_vec();
                    JobSignal::Continue
                };
                let found = latents_on(course, &model, &schedule, &params, &mut watch).unwrap().unwrap();
                (found, between, believed)
            };
            let (found, between, believed) = drawn(&mut course());
            assert_eq!(between, 0, "{family}: only one tile was asked about");
            let far = believed.iter().zip(&clean).enumerate().filter(|(at, _)| at % columns > 7);
            let worst = far.map(|(_, (a, b))| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-3, "{family}, {sampler}: {worst} from what was there");
            // As if the network had been asked about everything.
            let start = Noise::new(params.seed).normal(0, len);
            let mut all = Recorded { course: course(), start, from_noise: false, states: Vec::new() };
            let (other, between, _) = drawn(&mut all);
            assert_eq!(between, 2 * 3, "{family}");
            let inside = found.iter().zip(&other).enumerate().filter(|(at, _)| at % columns < 2);
            assert!(inside.clone().count() == 64 && inside.clone().all(|(_, (a, b))| a == b), "{family}");
        }
    }
}
