//! The job of drawing images with learned words.
//!
//! Words are put into the prompt by name. An image is written as soon as it is drawn, with everything needed to draw
//! it again inside, and never over an older one. The length is that of one loop for drawing and editing, with its tests.

mod enlarge;
mod info;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::edit::{Canvas, Editing};
use crate::context::{JobContext, JobSignal};
use crate::draw::{
    LatentView, LoadedWords, SampleParams, decode, latent_shape, latent_view, latents_of_each, schedule_for,
};
use crate::memory::{tight, together};
use crate::message::{EditRequest, Event, GenerateRequest, JobSummary, Ranked};
use crate::model_hash;
use crate::preflight::Preflight;
use crate::sealing::Origin;
use crate::session::{Studio, WordUnderWay};
use base::{Error, Result, places};
use diffusion::PredictionType;
use format::embedding;
use format::png_info::picture_to_png;
use image::DynamicImage;
use model::Pipeline;
use project::{GenerateSettings, Lineage, SamplerKind};
use text::prompt::{Prompt, WordNames, mentioned};
use text::wildcards;

pub(super) use self::info::info;
use self::info::lora_hashes;

pub fn run(
    request: &GenerateRequest,
    studio: &mut dyn Studio,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let began = Instant::now();
    let count = match wildcards::any(&request.settings) {
        true => draw_each(request, studio, context)?,
        false => draw(request, None, studio, context)?.0,
    };
    Ok(JobSummary::Generated { count, seconds: began.elapsed().as_secs_f64() })
}

/// Draws images of which each has a prompt of its own, drawn from its seed; how many there are.
fn draw_each(
    request: &GenerateRequest,
    studio: &mut dyn Studio,
    context: &mut JobContext<'_>,
) -> Result<usize> {
    request.settings.validate()?;
    let (first, mut count) = (context.counted(), 0);
    for index in 0..request.settings.count {
        let mut one = request.clone();
        one.settings.go_on_after(index);
        one.settings.count = 1;
        draw_wildcards(&mut one)?;
        context.count_from(first + index);
        match draw(&one, None, studio, context) {
            Ok((drawn, _)) => count += drawn,
            // It was left for the next one, or the job is to end.
            Err(Error::Cancelled) => {}
            Err(error) => return Err(error),
        }
        if context.poll() != JobSignal::Continue {
            break;
        }
    }
    context.count_from(first);
    if count == 0 { Err(Error::Cancelled) } else { Ok(count) }
}

/// Draws what the prompts leave to chance, and takes in the offered words that they name then.
///
/// # Errors
/// As [`wildcards::draw`].
pub(super) fn draw_wildcards(request: &mut GenerateRequest) -> Result<()> {
    let GenerateRequest { words, offered, settings, .. } = request;
    wildcards::draw(settings)?;
    let names = WordNames::new(offered.iter().map(|(_, names)| names));
    let prompts = [&settings.prompt, &settings.negative_prompt];
    for (word, _) in prompts.into_iter().flat_map(|prompt| mentioned(prompt, &names)) {
        let file = offered.get(word).map(|(file, _)| file).filter(|file| !words.contains(file));
        words.extend(file.cloned());
    }
    Ok(())
}

/// Draws what a request asks for, from noise or on the picture of `edit`: one image after the other, or several together,
/// which can be left for the next. How many there are, and those that were ranked.
///
/// # Errors
/// [`Error::Cancelled`] if there is none, and those of everything that is done.
pub(super) fn draw(
    request: &GenerateRequest,
    edit: Option<&EditRequest>,
    studio: &mut dyn Studio,
    context: &mut JobContext<'_>,
) -> Result<(usize, Vec<Ranked>)> {
    let word = studio.word();
    let files = word_files(request, word.as_ref());
    let recognise = if edit.is_some() { Preflight::to_edit } else { Preflight::of };
    preflight_with(request, recognise)?.words(&files)?;
    let canvas = edit.map(Canvas::open).transpose()?;
    let device = studio.device().clone();
    let numbers = request.settings.numbers();
    let model = studio.model(&request.model, numbers, &request.settings.loras, context)?;
    let schedule = schedule_for(model, &request.settings)?;
    let (words, settings) = &with_words(request, model, word.as_ref(), &files, context)?;
    if settings.zero_terminal_snr && schedule.prediction_type == PredictionType::Epsilon {
        context.warn(
            "The model predicts noise, and pure noise tells it nothing: with a zero terminal SNR its pictures may fall \
             apart. That is for models that predict velocity.",
        );
    }
    if settings.zero_terminal_snr && settings.sampler == SamplerKind::Pndm {
        context.warn(format!(
            "The sampler {} divides by what pure noise has none of, so it does not begin there. Choose another one.",
            settings.sampler
        ));
    }
    model.vae()?;
    let (view, model) = (latent_view(model, |note| context.warn(note)), &*model);
    let vae = model.loaded_vae().ok_or_else(|| Error::Internal("the autoencoder is not there".into()))?;
    let usual = [settings.width, settings.height].map(|side| side.unwrap_or(model.native_size()));
    let begun = edit.zip(canvas).map(|(edit, canvas)| {
        let frame = canvas.frame(edit, model.native_size(), model.vae_config.downsampling() as u32);
        (edit, canvas, frame)
    });
    let (size, tile) = begun.as_ref().map_or((usual, None), |(.., frame)| (frame.size, frame.tile));
    model.check_size(size[0], size[1])?;
    let large = if begun.is_some() { size } else { settings.enlarged(size) };
    model.check_size(large[0], large[1])?;
    let (tight, shape) = (tight(&device, model, large), latent_shape(model, size));
    // Tiles are what a device has room for. Beside a word that is being learned, nobody knows how much there is.
    let together = match (tile, settings.batch) {
        (Some(_), _) => 1,
        (None, Some(batch)) => batch,
        (None, None) if settings.count > 1 && word.is_none() => together(&device, model, size),
        (None, None) => 1,
    };
    let mut editing =
        begun.map(|begun| Editing::new(begun, (model, vae, tight), &device, words, context)).transpose()?;
    request.out.iter().try_for_each(|out| std::fs::create_dir_all(out).map_err(|e| Error::write(out, e)))?;
    let loras = request.out.as_ref().map_or(Ok(Vec::new()), |_| lora_hashes(settings))?;
    let sealing = request.out.as_ref().map(|_| context.sealing());
    let origin = edit.map_or(Origin::Drawn, |edit| Origin::Edited(&edit.image));
    // What is changed in a picture is drawn once, in its place.
    let enlarges = editing.is_none() && settings.enlarges();
    let more = if enlarges { enlarge::steps(settings) } else { 0 };
    let (mut count, mut next) = (0, 0);
    'batches: while next < settings.count {
        let first = next;
        next = (first + together).min(settings.count);
        let all = next - first;
        let params: Vec<SampleParams<'_>> = (first..next)
            .map(|index| SampleParams::new(words, settings, size, index).in_tiles(tile))
            .collect();
        context.draw_together(all);
        let mut telling = Telling { view: &view, first, skipped: false };
        let mut watch = |step: usize, steps: usize, believed: &[Vec<f32>]| {
            let (done, each) = (step * all, steps + more);
            let shown = believed.get(done.saturating_sub(1) / each.max(1));
            telling.tell(context, [done, each], shown.map_or(&[], Vec::as_slice), shape)
        };
        let drawn = match &editing {
            Some(editing) => editing.latents((model, vae, tight), &schedule, &params, &mut watch)?,
            None => latents_of_each(model, &schedule, &params, &mut watch)?,
        };
        let Some(drawn) = drawn else {
            // Those that are drawn together are left together.
            if telling.skipped {
                continue;
            }
            break;
        };
        for (place, (params, mut drawn)) in params.iter().zip(drawn).enumerate() {
            let index = first + place;
            telling.skipped = false;
            if enlarges {
                let small = decode(vae, drawn, shape, tight)?;
                let large = SampleParams::new(words, settings, large, index);
                let before = (all - 1) * settings.steps + place * more;
                let mut show = |step: usize, steps: usize, believed: &[f32], shape| {
                    telling.tell(context, [before + step, steps], believed, shape)
                };
                match enlarge::enlarged((model, vae, tight), &schedule, &small, &large, &mut show)? {
                    Some(enlarged) => drawn = enlarged,
                    None if telling.skipped => continue,
                    None => break 'batches,
                }
            }
            let save = |image: &DynamicImage, profile: Option<&[u8]>, about: &[(String, String)]| {
                let (Some(out), Some(sealing)) = (&request.out, &sealing) else { return Ok(None) };
                let mut info = info(model, settings, words, &loras, params);
                info.extra.extend_from_slice(about);
                let png = picture_to_png(image, profile, &info)?;
                save_new(out, params.seed, |path| sealing.save_new(path, &png, origin)).map(Some)
            };
            let finished = match &mut editing {
                Some(editing) => {
                    let which = (index, &mut telling.skipped);
                    editing.finish(drawn, (vae, shape, tight), which, &save, context)?
                }
                None => {
                    let shape = if enlarges { latent_shape(model, large) } else { shape };
                    let image = decode(vae, drawn, shape, tight)?.into();
                    let about = enlarge::about(settings);
                    save(&image, None, &about).map(|path| Some((image, path)))?
                }
            };
            let (image, path) = match finished {
                Some(finished) => finished,
                None if telling.skipped => continue,
                None => break 'batches,
            };
            sealing.iter().for_each(|sealing| sealing.tell(context));
            let (seed, image) = (params.seed, image.into_rgb8());
            context.send(Event::Image { job: context.job, index, seed, image, path });
            count += 1;
            if context.poll() != JobSignal::Continue {
                break 'batches;
            }
            // Whoever wished to leave this picture did not mean the next one.
            context.skip_asked();
        }
    }
    if count == 0 {
        return Err(Error::Cancelled);
    }
    Ok((count, editing.map_or_else(Vec::new, Editing::ranked)))
}

/// Tells of pictures on their way. The steps of those that are drawn together are told of as if one came after the other,
/// so that as much seems to be done as is.
struct Telling<'a> {
    view: &'a LatentView,
    /// The place of the first of those that are drawn together.
    first: usize,
    /// Whether they were to be left.
    skipped: bool,
}

impl Telling<'_> {
    /// Tells that so many steps of all are done, where a picture has `each`, and what is believed in; whether to go on.
    fn tell(
        &mut self,
        context: &mut JobContext<'_>,
        [done, each]: [usize; 2],
        believed: &[f32],
        shape: [usize; 3],
    ) -> JobSignal {
        // Between the tiles of a step there is nothing to show.
        if !believed.is_empty() {
            let (image, before) = (self.view.show(believed, shape), done.saturating_sub(1) / each.max(1));
            let (job, index, step) = (context.job, self.first + before, done - before * each);
            context.send(Event::Latents { job, index, step, steps: each, image });
        }
        let signal = context.poll();
        self.skipped = signal == JobSignal::Continue && context.skip_asked();
        if self.skipped { JobSignal::Stop } else { signal }
    }
}

/// The files of the words of a request, without that of the word that is being learned.
fn word_files(request: &GenerateRequest, word: Option<&WordUnderWay>) -> Vec<PathBuf> {
    let files = request.words.iter().filter(|file| word.is_none_or(|word| word.path != **file));
    files.cloned().collect()
}

/// The words of a request among the tokens of its model, and its settings with the words for negative prompts in their
/// place. What is odd about them is said.
fn with_words(
    request: &GenerateRequest,
    model: &Pipeline,
    word: Option<&WordUnderWay>,
    files: &[PathBuf],
    context: &JobContext<'_>,
) -> Result<(LoadedWords, GenerateSettings)> {
    model.check_clip_skip(request.settings.clip_skip)?;
    let mut words = LoadedWords::read(model, &request.words, word)?;
    // So that the pictures' hashes are given the words' names again.
    files.iter().for_each(|word| model_hash::begin(word, || {}));
    let mut settings = request.settings.clone();
    words.find_ordinary([&settings.prompt, &settings.negative_prompt]);
    words.place_negatives(&mut settings).into_iter().for_each(|note| context.warn(note));
    warn_of_lineage(model, files, context);
    let guidance = settings.guidance.unwrap_or(model.defaults().guidance());
    warn_of_prompt(&words, &settings, guidance, context);
    Ok((words, settings))
}

/// Refuses what the model's configuration is enough to refuse; the words are not looked at yet.
pub(super) fn preflight(request: &GenerateRequest) -> Result<Preflight> {
    preflight_with(request, Preflight::of)
}

/// The same with another way to recognise the model.
fn preflight_with(
    request: &GenerateRequest,
    recognise: impl FnOnce(&Path) -> Result<Preflight>,
) -> Result<Preflight> {
    let settings = &request.settings;
    settings.validate()?;
    request.out.as_deref().map_or(Ok(()), places::expect_folder)?;
    let preflight = recognise(&request.model)?;
    preflight.clip_skip(settings.clip_skip)?;
    preflight.size(settings.width, settings.height)?;
    preflight.sampler(settings.sampler, settings.spacing, settings.eta, settings.steps)?;
    preflight.loras(&settings.loras)?;
    Ok(preflight)
}

/// Says where a word and the model come from different lineages.
pub(super) fn warn_of_lineage(model: &Pipeline, files: &[PathBuf], context: &JobContext<'_>) {
    let lineage = model.files.lineage();
    if lineage.is_none() {
        return;
    }
    for word in files.iter().filter_map(|file| embedding::read_all(file).ok()).flatten() {
        let name = word.token.as_deref().unwrap_or("The word");
        if let Some(caution) = Lineage::caution(name, word.lineage(), lineage) {
            context.warn(caution);
        }
    }
}

fn warn_of_prompt(words: &LoadedWords, settings: &GenerateSettings, guidance: f64, context: &JobContext<'_>) {
    let prompts = [words.prompt(&settings.prompt), words.negative_prompt(&settings.negative_prompt)];
    for (prompt, called) in prompts.iter().zip(["prompt", "negative prompt"]) {
        warn_of_text(words, prompt, called, settings.steps, context);
    }
    if guidance == 1.0 && prompts[0].parts() == [1.0] && !settings.negative_prompt.trim().is_empty() {
        context.warn("At a guidance of 1 the negative prompt does nothing. Choose a higher one.");
    }
    for note in words.notes(&prompts) {
        context.warn(note);
    }
}

/// Says what of a prompt is lost, and what of it may mean something else than it seems to.
pub(super) fn warn_of_text(
    words: &LoadedWords,
    prompt: &Prompt<'_>,
    called: &str,
    steps: usize,
    context: &JobContext<'_>,
) {
    let (_, dropped) = words.count(prompt, steps);
    if dropped > 0 {
        context.warn(format!("The {called} is too long: its last {dropped} tokens are left out."));
    }
    let notes = prompt.notes(steps, |word| words.knows(word));
    notes.into_iter().for_each(|note| context.warn(note));
}

/// Saves a picture as `00000-SEED.png`, with the first number that is not taken; where it goes.
fn save_new(folder: &Path, seed: u64, save: impl Fn(&Path) -> Result<()>) -> Result<PathBuf> {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut number = first_free(names.map(|name| name.to_string_lossy().into_owned()));
    loop {
        let path = folder.join(format!("{number:05}-{seed}.png"));
        match save(&path) {
            // Another program that draws into the folder was quicker.
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => number += 1,
            saved => return saved.map(|()| path),
        }
    }
}

/// The first number that none of the names begins with. A folder can hold many thousands: they are read once.
fn first_free(names: impl Iterator<Item = String>) -> usize {
    let number = |name: String| {
        let (digits, _) = name.split_once('-')?;
        let number: usize = digits.parse().ok()?;
        (format!("{number:05}") == digits).then_some(number)
    };
    let taken: HashSet<usize> = names.filter_map(number).collect();
    (0..).find(|number| !taken.contains(number)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Command;
    use crate::queue::test_queue;
    use crate::session::tests::{drawing, golden, session};
    use format::infotext::GenerateInfo;
    use format::png_info::save_png;
    use image::RgbImage;
    use project::LoraUse;

    #[test]
    fn pictures_are_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let info = GenerateInfo { seed: 5, ..GenerateInfo::default() };
        let image = RgbImage::new(2, 2);
        let save = || save_new(folder.path(), 5, |path| save_png(path, &image, &info)).unwrap();
        for expected in ["00000-5.png", "00001-5.png"] {
            assert_eq!(save().file_name().unwrap(), expected);
        }
        // Several programs may draw into one folder.
        std::thread::scope(|scope| {
            (0..4).for_each(|_| drop(scope.spawn(|| (0..10).for_each(|_| drop(save())))));
        });
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 42);
        let names = ["00000-5.png", "00002-1.png", "00001", "+0001-7.png", "1-7.png", "notes-1.txt"];
        assert_eq!(first_free(names.into_iter().map(str::to_owned)), 1);
        let began = Instant::now();
        let many = (0..200_000).rev().map(|number| format!("{number:05}-0.png"));
        assert_eq!(first_free(many), 200_000);
        assert!(began.elapsed().as_secs() < 20, "once for each number, it would be hours");
    }

    #[test]
    fn too_many_steps_are_refused_before_anything_is_loaded_or_made() {
        let (mut queue, _commands, events) = test_queue();
        let folder = tempfile::tempdir().unwrap();
        let settings = GenerateSettings { sampler: SamplerKind::Lcm, steps: 500, ..Default::default() };
        let out = Some(folder.path().join("out"));
        let request = drawing(settings, out);
        let refused = run(&request, &mut session(), &mut JobContext::new(1, &mut queue)).unwrap_err();
        assert!(refused.to_string().contains("500 steps"), "{refused}");
        assert!(events.try_iter().next().is_none() && !folder.path().join("out").exists());
    }

    #[test]
    fn a_sampler_that_cannot_begin_in_pure_noise_says_so() {
        let (mut queue, _commands, events) = test_queue();
        let mut session = session();
        let mut warned = |sampler: SamplerKind| {
            let settings =
                GenerateSettings { steps: 2, sampler, zero_terminal_snr: true, ..Default::default() };
            // This model predicts noise: what becomes of the picture is another matter.
            let _ = run(&drawing(settings, None), &mut session, &mut JobContext::new(1, &mut queue));
            let begins = |event: &Event| matches!(event, Event::Warning { message, .. } if message.contains("begin there"));
            events.try_iter().any(|event| begins(&event))
        };
        assert!(warned(SamplerKind::Pndm) && !warned(SamplerKind::Ddim));
    }

    #[test]
    fn a_lora_changes_the_drawings_that_it_is_asked_for_and_no_other() {
        let (mut queue, _commands, events) = test_queue();
        let mut session = session();
        let lora = golden().join("../lora/sd1_kohya.safetensors");
        let mut draw = |weight: Option<f64>| {
            let loras = weight.map(|weight| LoraUse { file: lora.clone(), weight }).into_iter().collect();
            let sampler = SamplerKind::Ddim;
            let settings =
                GenerateSettings { prompt: "a cat".into(), steps: 2, sampler, loras, ..Default::default() };
            let request = drawing(settings, None);
            run(&request, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
            let mut loaded = false;
            let image = events.try_iter().fold(None, |image, event| match event {
                Event::Loading { .. } => {
                    loaded = true;
                    image
                }
                Event::Image { image, .. } => Some(image),
                _ => image,
            });
            (image.unwrap(), loaded)
        };
        let plain = draw(None);
        let with = draw(Some(0.8));
        assert!(plain.0 != with.0 && with.1 && !draw(Some(0.8)).1, "it is loaded once");
        assert_ne!(draw(Some(0.4)).0, with.0);
        assert!(draw(None).0 == plain.0 && !draw(Some(0.0)).1);
    }

    #[test]
    fn what_is_left_to_chance_is_drawn_by_the_seed_and_said_by_the_picture() {
        let (mut queue, _commands, events) = test_queue();
        let (mut session, out) = (session(), tempfile::tempdir().unwrap());
        let mut draw = |prompt: &str, seed: u64, count: usize| {
            let sampler = SamplerKind::Ddim;
            let settings = GenerateSettings {
                prompt: prompt.into(),
                steps: 1,
                count,
                seed,
                sampler,
                ..Default::default()
            };
            let out = Some(out.path().to_path_buf());
            let request = drawing(settings, out);
            run(&request, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
            let found = events.try_iter().filter_map(|event| match event {
                Event::Image { index, seed, image, path, .. } => {
                    let said = format::read_prompt(&path.unwrap()).unwrap();
                    Some((index, seed, said, image))
                }
                _ => None,
            });
            found.collect::<Vec<_>>()
        };
        let four = draw("a {cat|dog}", 0, 4);
        assert_eq!(
            four.iter().map(|(index, seed, ..)| (*index, *seed)).collect::<Vec<_>>(),
            [(0, 0), (1, 1), (2, 2), (3, 3)]
        );
        assert!(
            four.iter().any(|(.., said, _)| said == "a cat")
                && four.iter().any(|(.., said, _)| said == "a dog")
        );
        for (_, seed, said, image) in &four {
            // Alone, and by the prompt that it says, it is the same picture.
            for prompt in ["a {cat|dog}", said] {
                assert!(draw(prompt, *seed, 1)[0].3 == *image, "{prompt}");
            }
        }
    }

    #[test]
    fn pictures_drawn_together_come_one_by_one_as_if_drawn_alone() {
        let (mut queue, commands, events) = test_queue();
        let (mut session, out) = (session(), tempfile::tempdir().unwrap());
        let mut draw = |batch: Option<usize>| {
            let settings = GenerateSettings {
                prompt: "a cat".into(),
                sampler: SamplerKind::EulerAncestral,
                steps: 2,
                count: 3,
                seed: 4,
                batch,
                ..Default::default()
            };
            let out = Some(out.path().to_path_buf());
            let request = drawing(settings, out);
            run(&request, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
            let (mut steps, mut pictures) = (Vec::new(), Vec::new());
            for event in events.try_iter() {
                match event {
                    Event::Latents { index, step, steps: 2, .. } => steps.push((index, step)),
                    Event::Image { index, seed, image, path: Some(path), .. } => {
                        assert!(
                            path.to_string_lossy().ends_with(&format!("-{seed}.png")),
                            "{}",
                            path.display()
                        );
                        pictures.push((index, seed, image));
                    }
                    _ => {}
                }
            }
            (steps, pictures)
        };
        let (steps, alone) = draw(None);
        assert_eq!(steps, [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)], "a processor draws one by one");
        let (steps, together) = draw(Some(2));
        // As much seems to be done as is: two pictures at each step, then one.
        assert_eq!(steps, [(0, 2), (1, 2), (2, 1), (2, 2)]);
        for ((index, (place, seed, image)), (.., one)) in together.iter().enumerate().zip(&alone) {
            assert_eq!((*place, *seed), (index, 4 + index as u64));
            let pairs = image.as_raw().iter().zip(one.as_raw());
            let apart = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(u8::MAX);
            assert!(apart <= 2, "picture {index} is {apart} levels apart");
        }
        // Who leaves one leaves those that are drawn with it.
        commands.send(Command::Skip(1)).unwrap();
        let (_, left) = draw(Some(2));
        assert_eq!(left.iter().map(|(index, seed, _)| (*index, *seed)).collect::<Vec<_>>(), [(2, 6)]);
    }

    #[test]
    fn a_word_that_only_a_file_of_choices_names_is_read() {
        let (mut queue, _commands, events) = test_queue();
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("pet.txt"), "<Cat-Toy>\n").unwrap();
        let settings = GenerateSettings {
            prompt: "a photo of __pet__".into(),
            sampler: SamplerKind::Ddim,
            steps: 1,
            wildcards: Some(place.path().into()),
            ..Default::default()
        };
        let file = |name: &str| golden().join("../embeddings").join(name);
        let named = |name: &str, word: &str| (file(name), vec![word.to_owned()]);
        // What no prompt names is not read, whatever it is.
        let offered = [named("diffusers.bin", "<Cat-Toy>"), named("nowhere.pt", "<dog>")].into();
        let out = Some(place.path().join("out"));
        let request = GenerateRequest { offered, ..drawing(settings, out) };
        run(&request, &mut session(), &mut JobContext::new(1, &mut queue)).unwrap();
        let drawn = events.try_iter().find_map(|event| match event {
            Event::Image { path, .. } => path,
            _ => None,
        });
        let said = format::png_info::read_parameters(&drawn.unwrap()).unwrap().unwrap();
        assert!(said.contains("a photo of <Cat-Toy>") && said.contains("TI hashes"), "{said}");
    }

    #[test]
    fn images_come_one_by_one_until_the_job_is_stopped() {
        let (mut queue, commands, events) = test_queue();
        let mut session = session();
        let mut settings =
            GenerateSettings { prompt: "a cat".into(), steps: 2, count: 2, ..Default::default() };
        settings.sampler = SamplerKind::Ddim;
        let request = drawing(settings, None);
        let summary = run(&request, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
        assert!(matches!(summary, JobSummary::Generated { count: 2, .. }), "{summary:?}");
        let seeds = events.try_iter().filter_map(|event| match event {
            Event::Image { job: 1, index, seed, .. } => Some((index, seed)),
            _ => None,
        });
        assert_eq!(seeds.collect::<Vec<_>>(), [(0, 0), (1, 1)]);

        commands.send(Command::Stop(2)).unwrap();
        let stopped = run(&request, &mut session, &mut JobContext::new(2, &mut queue));
        assert_eq!(stopped.unwrap_err().exit_code(), 130);
    }
}
