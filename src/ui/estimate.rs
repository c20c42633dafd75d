//! How long learning will take, in plain arithmetic: from what earlier runs of the model took on this device, else a
//! guess that says how wide it is.
//!
//! A guess only for the processor, whose speed was measured; of a graphics card nothing is claimed before its first
//! steps.

use disk::message::{ModelCard, RunCard};
use engine::message::DeviceInfo;
use project::LearnSettings;

/// Numbers of the model times cells of the latents that one thread takes in a second, with gradients. Measured on two
/// threads of a server: 1.7e11 for the starter model (0.04 s a step), 1.8e11 for Stable Diffusion 1.5 at 256 pixels (3 s).
const THREAD: f64 = 1.5e11;
/// How far off a guess may be, down and up: other processors and memories differ by as much.
const GUESS: [f64; 2] = [0.5, 4.0];
/// The part of a learning step that looking at a picture without learning takes.
const LOOK: f64 = 1.0 / 3.0;

/// Seconds for one step, as a range that was not measured.
pub fn guess_step_seconds(
    card: &ModelCard,
    settings: &LearnSettings,
    device: &DeviceInfo,
    threads: usize,
) -> Option<[f64; 2]> {
    if device.api != "cpu" || card.size == 0 || card.parameters == 0 {
        return None;
    }
    let work = card.parameters as f64 * card.latent_size as f64 * work(card, settings);
    Some(GUESS.map(|factor| factor * work / (THREAD * threads.max(1) as f64)))
}

/// Seconds for one step, from the run that was most like this one of those of the model on this device; of several the
/// newest, which comes first.
pub fn measured_step_seconds(
    card: &ModelCard,
    settings: &LearnSettings,
    device: &DeviceInfo,
    runs: &[RunCard],
) -> Option<f64> {
    let numbers = settings.numbers().resolve(|_| device.is_card() && !device.software);
    let same = |run: &&RunCard| {
        run.model == card.path && run.device == device.name && run.settings.numbers() == numbers
    };
    let wanted = work(card, settings);
    let found = runs.iter().filter(same).filter_map(|run| {
        let factor = wanted / work(card, &run.settings);
        Some((factor.ln().abs(), run.step_seconds? * factor))
    });
    found.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, seconds)| seconds)
}

/// How many pictures of the model's own size a step looks at.
fn work(card: &ModelCard, settings: &LearnSettings) -> f64 {
    let side = side(card, settings.resolution);
    let pictures = (settings.batch_size * settings.gradient_accumulation).max(1);
    side * side * (pictures * settings.refine.rows_of_picture()) as f64
}

/// A side, as a part of the model's own.
fn side(card: &ModelCard, chosen: Option<u32>) -> f64 {
    chosen.filter(|_| card.size > 0).map_or(1.0, |side| f64::from(side) / f64::from(card.size))
}

/// Seconds for a whole run whose steps take so long: with its previews and measurements.
pub fn run_seconds(card: &ModelCard, settings: &LearnSettings, step_seconds: f64) -> f64 {
    let times = |every: u64| if every == 0 { 0.0 } else { (1 + settings.steps.div_ceil(every)) as f64 };
    let preview = &settings.preview;
    let guided = if preview.guidance == Some(1.0) { 1.0 } else { 2.0 };
    let drawn = times(settings.preview_every) * (preview.prompts.len() * preview.steps) as f64 * guided;
    let drawn = drawn * side(card, preview.size.or(settings.resolution)).powi(2);
    let measured = times(settings.fixed_noise_every) * settings.fixed_noise_size as f64;
    let rows = settings.refine.rows_of_picture() as f64;
    let measured = measured * rows * side(card, settings.resolution).powi(2);
    // A step at the first size is as much quicker as its pictures are smaller.
    let first = settings.refine.first_resolution.map(|first| side(card, Some(first)));
    let saved = first.map_or(0.0, |first| 1.0 - (first / side(card, settings.resolution)).powi(2));
    let steps = settings.steps as f64 - saved.max(0.0) * settings.first_steps() as f64;
    // Pictures are judged where a CLIP is at hand: those of two sentences, and of four others.
    let judged =
        if card.clip.is_some() || settings.clip.is_some() { times(settings.score_every) } else { 0.0 };
    let judged = judged * ((2 * settings.score_count + 4) * settings.score_steps) as f64 * guided;
    let judged = judged * side(card, preview.size.or(settings.resolution)).powi(2);
    step_seconds * (steps + LOOK * (drawn + measured + judged) / work(card, settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_near_what_was_measured() {
        let card = |parameters, latent_size, size| ModelCard {
            parameters,
            latent_size,
            size,
            ..ModelCard::default()
        };
        let device = |api: &str| DeviceInfo { api: api.into(), ..DeviceInfo::default() };
        let settings = LearnSettings::default();
        let within = |seconds: f64, guess: [f64; 2]| (guess[0]..guess[1]).contains(&seconds);
        let starter = guess_step_seconds(&card(13_450_000, 256, 64), &settings, &device("cpu"), 2).unwrap();
        // What it took with nothing and with much beside it.
        assert!(within(0.04, starter) && within(0.1, starter), "{starter:?}");
        let one =
            LearnSettings { gradient_accumulation: 1, resolution: Some(256), ..LearnSettings::default() };
        let large = guess_step_seconds(&card(1_070_000_000, 4096, 512), &one, &device("cpu"), 2).unwrap();
        assert!(within(3.0, large), "{large:?}");
        assert_eq!(guess_step_seconds(&card(1, 1, 1), &settings, &device("vulkan"), 2), None);
    }

    #[test]
    fn a_run_on_this_device_is_believed_more_than_a_guess() {
        let card = ModelCard { path: "/m".into(), size: 512, ..ModelCard::default() };
        let device = DeviceInfo { name: "GPU".into(), ..DeviceInfo::default() };
        let settings = LearnSettings {
            steps: 1000,
            fixed_noise_every: 100,
            fixed_noise_size: 16,
            preview_every: 200,
            ..LearnSettings::default()
        };
        let run = |model: &str, device: &str, pictures: usize, seconds: Option<f64>| RunCard {
            folder: "/r".into(),
            concept: project::Draft::blank(),
            model: model.into(),
            state: project::RunState::Finished,
            locked: false,
            left: false,
            step: 1,
            steps: 1,
            created: 0,
            message: None,
            device: device.into(),
            settings: LearnSettings {
                batch_size: pictures,
                gradient_accumulation: 1,
                precision: settings.precision.resolve(|_| true),
                ..settings.clone()
            },
            measured_since: 0,
            step_seconds: seconds,
            picture: None,
        };
        let measured = |runs: &[RunCard]| measured_step_seconds(&card, &settings, &device, runs);
        assert_eq!(measured(&[run("/other", "GPU", 4, Some(1.0)), run("/m", "CPU", 4, Some(1.0))]), None);
        assert_eq!(measured(&[run("/m", "GPU", 4, None)]), None);
        let runs =
            [run("/m", "GPU", 1, Some(0.2)), run("/m", "GPU", 4, Some(0.46)), run("/m", "GPU", 4, Some(9.0))];
        assert_eq!(measured(&runs), Some(0.46));
        assert_eq!(measured(&runs[..1]), Some(0.8));
        // A thousand steps, 480 looks for six previews and 176 for eleven measurements; four looks are a step's.
        let all = run_seconds(&card, &settings, 0.46);
        assert!((all - 0.46 * (1000.0 + (480.0 + 176.0) / 12.0)).abs() < 1e-9, "{all}");
        let bare = LearnSettings { preview_every: 0, fixed_noise_every: 0, ..settings.clone() };
        assert_eq!(run_seconds(&card, &bare, 0.5), 500.0);
        // 600 steps at half the size take a quarter of the time.
        let mut grown = bare;
        grown.refine.first_resolution = Some(256);
        assert_eq!(run_seconds(&card, &grown, 1.0), 400.0 + 150.0);
    }
}
