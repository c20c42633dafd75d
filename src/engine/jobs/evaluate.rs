//! The job of scoring a learned word beside its baselines.
//!
//! It draws the same prompts with the same seeds for the word, for what the word started as, and for nothing in
//! its place, and compares the images with the concept's own by CLIP (paper sections 5.1 and 5.2).

use image::RgbImage;

use crate::context::JobContext;
use crate::draw::{LoadedWords, SampleParams, decode, latent_shape, latents, scheduler};
use crate::message::{EvaluateRequest, JobSummary};
use crate::preflight::Preflight;
use crate::session::Session;
use base::{Error, FileKind, Result};
use diffusion::SchedulerConfig;
use format::embedding;
use inversion::objective::read;
use metrics::{image_only, image_similarity, score, text_similarity};
use model::{ClipModel, Pipeline};
use project::evaluation::{EvaluateSettings, EvaluationReport, PLAIN, SubjectScores, with_word};
use project::picture::{Filter, center_crop_resize, open_picture};
use project::{Dataset, GenerateSettings, SamplerKind, SigmaSpacing};

/// Key of the initial word in the header of a word's file.
const INITIAL_WORD: &str = "pseudoword.initial_word";

pub fn run(
    request: &EvaluateRequest,
    session: &mut Session,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let settings = &request.settings;
    settings.validate()?;
    let preflight = Preflight::of(&request.model)?;
    preflight.size(settings.size, settings.size)?;
    preflight.words(std::slice::from_ref(&request.word))?;
    Dataset::open(&request.images)?;
    let clip = ClipModel::open(&request.clip, &session.device.device, &mut || context.check())?;
    let concept = concept_images(request, &clip)?;
    let held = embedding::read_all(&request.word)?;
    let initial_word = held.first().and_then(|word| word.metadata.get(INITIAL_WORD).cloned());
    let model = session.load(&request.model, settings.precision, context)?;
    let guidance = Some(settings.guidance(&model.defaults()));
    let settings = &EvaluateSettings { guidance, ..settings.clone() };
    let words = LoadedWords::read(model, std::slice::from_ref(&request.word))?;
    let every = words.words.join(", ");
    for note in words.notes(&[words.prompt(&every)]) {
        context.warn(note);
    }

    let texts: Vec<String> = settings.prompts.prompts().iter().map(|prompt| with_word(prompt, "")).collect();
    let texts = rows(&clip, texts.len(), read(clip.embed_texts(&texts))?);
    // Of several words each is a subject of its own.
    let alone = words.words.len() == 1;
    let called =
        |word: &String| if alone { "learned word".to_owned() } else { format!("learned word {word}") };
    let mut subjects: Vec<_> = words.words.iter().map(|word| (called(word), word.clone())).collect();
    subjects.extend(initial_word.clone().map(|initial| ("initial word only".into(), initial)));
    subjects.push(("prompt only".into(), String::new()));

    let mut sampler = EvalSampler::new(model, &words, settings, subjects.len())?;
    let mut report = Vec::new();
    for (subject, text) in subjects {
        let plain = embed(&clip, &sampler.draw(&with_word(PLAIN, &text), context)?)?;
        let mut obedience = Vec::new();
        for (prompt, target) in settings.prompts.prompts().iter().zip(&texts) {
            let drawn = embed(&clip, &sampler.draw(&with_word(prompt, &text), context)?)?;
            obedience.extend(text_similarity(target, &drawn));
        }
        report.push(SubjectScores {
            subject,
            image_similarity: score(&image_similarity(&concept, &plain)),
            text_similarity: score(&obedience),
        });
    }
    report.push(SubjectScores {
        subject: "image only".into(),
        image_similarity: score(&image_only(&concept)),
        text_similarity: score(
            &texts.iter().flat_map(|text| text_similarity(text, &concept)).collect::<Vec<_>>(),
        ),
    });
    let pictures = concept.len();
    let report = EvaluationReport {
        word: every,
        initial_word,
        pictures,
        settings: settings.clone(),
        subjects: report,
    };
    Ok(JobSummary::Evaluated { report })
}

/// The vectors of the concept's images, cut square as learning cuts them.
fn concept_images(request: &EvaluateRequest, clip: &ClipModel) -> Result<Vec<Vec<f32>>> {
    let dataset = Dataset::open(&request.images)?;
    let open = |path: &std::path::Path| {
        let picture = open_picture(path)?.to_rgb8();
        let side = picture.width().min(picture.height());
        Ok(center_crop_resize(&picture, side, Filter::Bicubic))
    };
    let pictures: Vec<RgbImage> = dataset.enabled().map(|entry| open(&entry.path)).collect::<Result<_>>()?;
    if pictures.is_empty() {
        let remedy = "Switch at least one picture on.";
        return Err(Error::file(
            FileKind::Picture,
            &request.images,
            "all its pictures are switched off",
            remedy,
        ));
    }
    embed(clip, &pictures)
}

fn embed(clip: &ClipModel, pictures: &[RgbImage]) -> Result<Vec<Vec<f32>>> {
    Ok(rows(clip, pictures.len(), read(clip.embed_images(pictures))?))
}

fn rows(clip: &ClipModel, count: usize, values: Vec<f32>) -> Vec<Vec<f32>> {
    debug_assert_eq!(values.len(), count * clip.width());
    values.chunks(clip.width()).map(<[f32]>::to_vec).collect()
}

/// Draws prompts one after another and says how far it is.
struct EvalSampler<'a> {
    model: &'a mut Pipeline,
    words: &'a LoadedWords,
    settings: &'a EvaluateSettings,
    schedule: SchedulerConfig,
    size: [u32; 2],
    done: usize,
    of: usize,
}

impl<'a> EvalSampler<'a> {
    fn new(
        model: &'a mut Pipeline,
        words: &'a LoadedWords,
        settings: &'a EvaluateSettings,
        subjects: usize,
    ) -> Result<Self> {
        let side = settings.size.unwrap_or(model.native_size());
        model.check_size(side, side)?;
        let schedule = scheduler(model)?;
        let of = subjects * (settings.prompts.prompts().len() + 1) * settings.count;
        Ok(Self { model, words, settings, schedule, size: [side, side], done: 0, of })
    }

    /// `count` images of a prompt, by DDIM as in the paper.
    fn draw(&mut self, prompt: &str, context: &mut JobContext<'_>) -> Result<Vec<RgbImage>> {
        let settings = GenerateSettings {
            prompt: prompt.into(),
            negative_prompt: String::new(),
            sampler: SamplerKind::Ddim,
            spacing: SigmaSpacing::Normal,
            steps: self.settings.steps,
            guidance: self.settings.guidance,
            seed: self.settings.seed,
            ..GenerateSettings::default()
        };
        let shape = latent_shape(self.model, self.size);
        let mut images = Vec::new();
        for index in 0..self.settings.count {
            let params = SampleParams::new(self.words, &settings, self.size, index);
            let mut watch = |_: usize, _: usize, _: &[f32]| context.poll();
            let drawn = latents(self.model, &self.schedule, &params, &mut watch)?.ok_or(Error::Cancelled)?;
            images.push(decode(self.model.vae()?, drawn, shape)?);
            self.done += 1;
            context.progress("drawing for the scores", self.done, self.of);
            context.check()?;
        }
        Ok(images)
    }
}
