//! The job of drawing images with learned words.
//!
//! Words are put into the prompt by name. An image is written as soon as it is drawn, with everything needed to draw
//! it again inside, and never over an older one.

mod checks;
mod enlarge;
mod info;
mod saving;

use std::path::PathBuf;
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
use base::places::make_folder;
use base::{Error, Result};
use diffusion::PredictionType;
use format::png_info::picture_to_png;
use image::DynamicImage;
use model::Pipeline;
use project::{GenerateSettings, SamplerKind};
use text::prompt::{WordNames, mentioned};
use text::wildcards;

pub(super) use self::checks::{preflight, warn_of_lineage, warn_of_text};
use self::checks::{preflight_with, warn_of_prompt};
pub(super) use self::info::info;
use self::info::lora_hashes;
use self::saving::save_new;

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
        context.warn_once(
            "The model predicts noise, and pure noise tells it nothing: with a zero terminal SNR its pictures may fall \
             apart. That is for models that predict velocity.",
        );
    }
    if settings.zero_terminal_snr && settings.sampler == SamplerKind::Pndm {
        context.warn_once(format!(
            "The sampler {} divides by what pure noise has none of, so it does not begin there. Choose another one.",
            settings.sampler
        ));
    }
    model.vae()?;
    let (view, model) = (latent_view(model, |note| context.warn_once(note)), &*model);
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
    request.out.iter().try_for_each(|out| make_folder(out))?;
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
                let large = SampleParams::new(words, settings, large, index).second_pass();
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
    words.place_negatives(&mut settings).into_iter().for_each(|note| context.warn_once(note));
    warn_of_lineage(model, files, context);
    let guidance = settings.guidance.unwrap_or(model.defaults().guidance());
    warn_of_prompt(&words, &settings, guidance, context);
    Ok((words, settings))
}

#[cfg(test)]
mod tests;
