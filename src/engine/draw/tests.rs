//! Pictures of the small models, drawn whole, in tiles and together.

use super::*;
use crate::session::tests::opened;
use project::SamplerKind;

/// Keeps the losses that a fit tells of, and lets it go on.
pub(super) fn noting(losses: &mut Vec<f32>) -> impl FnMut(usize, Option<f32>) -> JobSignal {
    move |_, loss| {
        losses.extend(loss);
        JobSignal::Continue
    }
}

/// By how much of a picture's contrast its tiles may differ from it, in the root of the mean square: group norms and
/// attention look at a tile instead of the whole. Measured on the small model, whose noise is alike everywhere: less
/// than half of it.
const TILED: f64 = 0.06;

#[test]
fn tiles_are_nearly_the_picture() {
    let mut model = opened("sd1");
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
    let mut model = opened("sd1");
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
    for family in ["sd1", "sdxl"] {
        let model = opened(family);
        let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
        let settings = GenerateSettings { prompt: "a cat".into(), steps: 2, ..GenerateSettings::default() };
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
    for family in ["sd1", "sdxl"] {
        let model = opened(family);
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
    let model = opened("sd2");
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
