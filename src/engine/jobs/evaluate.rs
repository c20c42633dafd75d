//! The job of scoring a learned word beside its baselines.
//!
//! It draws the same prompts with the same seeds for the word, for what the word started as, and for nothing in
//! its place, and compares the images with the concept's own, cut and masked as they were learned, by CLIP (paper
//! sections 5.1 and 5.2).

use super::look::run_beside;
use crate::clip::{AROUND, BATCH, embed, embed_texts, seen};
use crate::context::JobContext;
use crate::draw::{LoadedWords, SampleParams, decode, latent_shape, latents, scheduler};
use crate::message::{EvaluateRequest, JobSummary};
use crate::preflight::Preflight;
use crate::session::Session;
use base::{Error, Result};
use diffusion::SchedulerConfig;
use format::embedding;
use metrics::{image_only, image_similarity, score, text_similarity};
use model::{ClipModel, Pipeline};
use project::dataset::left_out;
use project::evaluation::{EvaluateSettings, EvaluationReport, PLAIN, SubjectScores, with_word};
use project::picture::learned_square;
use project::{Dataset, Draft, GenerateSettings, NumberFormat, RunManifest, SamplerKind, SigmaSpacing};

/// Key of the initial word in the header of a word's file.
pub(super) const INITIAL_WORD: &str = "pseudoword.initial_word";

pub fn run(
    request: &EvaluateRequest,
    session: &mut Session,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    request.settings.validate()?;
    let preflight = Preflight::of(&request.model)?;
    preflight.size(request.settings.size, request.settings.size)?;
    preflight.sampler(SamplerKind::Ddim, SigmaSpacing::Normal, 0.0, request.settings.steps)?;
    preflight.words(std::slice::from_ref(&request.word))?;
    let held = embedding::read_all(&request.word)?;
    let first = held.first();
    let (settings, run) = as_learned(request, first.and_then(|word| word.token.as_deref()));
    preflight.clip_skip(settings.clip_skip.unwrap_or(1))?;
    Dataset::gather(&request.images)?;
    let clip = ClipModel::open(&request.clip, &session.device.device, &mut || context.check())?;
    let concept = concept_images(request, &settings, run.as_ref(), &clip, context)?;
    let initial_word = first.and_then(|word| word.metadata.get(INITIAL_WORD).cloned());
    let model = session.load(&request.model, settings.numbers(), context)?;
    let guidance = Some(settings.guidance(&model.defaults()));
    let NumberFormat { precision, weights } = model.numbers;
    let settings = &EvaluateSettings { guidance, precision, weights, ..settings };
    let words = LoadedWords::read(model, std::slice::from_ref(&request.word), None)?;
    let every = words.words.join(", ");
    for note in words.notes(&[words.prompt(&every)]) {
        context.warn(note);
    }

    let texts: Vec<String> = settings.prompts.prompts().iter().map(|prompt| with_word(prompt, "")).collect();
    let texts = embed_texts(&clip, &texts)?;
    // Of several words each is a subject of its own.
    let alone = words.words.len() == 1;
    let called =
        |word: &String| if alone { "learned word".to_owned() } else { format!("learned word {word}") };
    let mut subjects: Vec<_> = words.words.iter().map(|word| (called(word), word.clone())).collect();
    subjects.extend(initial_word.clone().map(|initial| ("initial word only".into(), initial)));
    subjects.push(("prompt only".into(), String::new()));

    let mut sampler = EvalSampler::new(model, &words, &clip, settings, subjects.len())?;
    let mut report = Vec::new();
    for (subject, text) in subjects {
        let plain = sampler.draw(&with_word(PLAIN, &text), context)?;
        let mut obedience = Vec::new();
        for (prompt, target) in settings.prompts.prompts().iter().zip(&texts) {
            let drawn = sampler.draw(&with_word(prompt, &text), context)?;
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

/// The settings with what was not asked for as the word was learned: in the run whose folder it lies in, else as the
/// concept whose pictures are given says. The run goes along.
fn as_learned(request: &EvaluateRequest, word: Option<&str>) -> (EvaluateSettings, Option<RunManifest>) {
    let run = run_beside(&request.word, word);
    let concept =
        || request.images.iter().find_map(|place| Draft::open(place).ok()).map(|draft| draft.settings);
    let learned = run.as_ref().map(|run| run.settings.clone()).or_else(concept).unwrap_or_default();
    let clip_skip = request.settings.clip_skip.unwrap_or(learned.clip_skip);
    let use_masks = request.settings.use_masks.unwrap_or(learned.use_masks);
    let (clip_skip, use_masks) = (Some(clip_skip), Some(use_masks));
    (EvaluateSettings { clip_skip, use_masks, ..request.settings.clone() }, run)
}

/// The vectors of the concept's images, cut and masked as learning saw them. One at a time: photos are large.
fn concept_images(
    request: &EvaluateRequest,
    settings: &EvaluateSettings,
    run: Option<&RunManifest>,
    clip: &ClipModel,
    context: &mut JobContext<'_>,
) -> Result<Vec<Vec<f32>>> {
    let dataset = Dataset::gather(&request.images)?;
    if let Some(said) = left_out(&dataset.left_out) {
        context.warn(said);
    }
    let records = run.map(|run| run.pictures.as_slice()).unwrap_or_default();
    let around = settings.use_masks.unwrap_or(true).then_some(AROUND);
    seen(clip, dataset.enabled(), &dataset.folder, context, |entry| {
        let path = std::path::absolute(&entry.path).map_err(|e| Error::read(&entry.path, e))?;
        let known = records.iter().map(|record| &record.entry).find(|known| known.path == path);
        learned_square(known.unwrap_or(entry), around)
    })
}

/// Draws prompts one after another and says how far it is.
struct EvalSampler<'a> {
    model: &'a mut Pipeline,
    words: &'a LoadedWords,
    clip: &'a ClipModel,
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
        clip: &'a ClipModel,
        settings: &'a EvaluateSettings,
        subjects: usize,
    ) -> Result<Self> {
        let side = settings.size.unwrap_or(model.native_size());
        model.check_size(side, side)?;
        let schedule = scheduler(model)?;
        let of = subjects * (settings.prompts.prompts().len() + 1) * settings.count;
        Ok(Self { model, words, clip, settings, schedule, size: [side, side], done: 0, of })
    }

    /// The vectors of `count` images of a prompt, drawn by DDIM as in the paper. No more than a batch of them is kept.
    fn draw(&mut self, prompt: &str, context: &mut JobContext<'_>) -> Result<Vec<Vec<f32>>> {
        let settings = GenerateSettings {
            prompt: prompt.into(),
            negative_prompt: String::new(),
            sampler: SamplerKind::Ddim,
            spacing: SigmaSpacing::Normal,
            steps: self.settings.steps,
            guidance: self.settings.guidance,
            seed: self.settings.seed,
            clip_skip: self.settings.clip_skip.unwrap_or(1),
            ..GenerateSettings::default()
        };
        let shape = latent_shape(self.model, self.size);
        let (mut vectors, mut images) = (Vec::new(), Vec::new());
        for index in 0..self.settings.count {
            let params = SampleParams::new(self.words, &settings, self.size, index);
            let mut watch = |_: usize, _: usize, _: &[f32]| context.poll();
            let drawn = latents(self.model, &self.schedule, &params, &mut watch)?.ok_or(Error::Cancelled)?;
            images.push(decode(self.model.vae()?, drawn, shape, false)?);
            if images.len() == BATCH || index + 1 == self.settings.count {
                vectors.extend(embed(self.clip, &images)?);
                images.clear();
            }
            self.done += 1;
            context.progress("drawing for the scores", self.done, self.of);
            context.check()?;
        }
        Ok(vectors)
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::clip::rows;
    use crate::queue::test_queue;
    use crate::session::tests::{golden, session};
    use inversion::objective::read;
    use project::{Concept, ConceptKind, Crop, LearnSettings, PictureEntry, RunFolder};

    fn clip() -> ClipModel {
        let folder = golden().parent().unwrap().join("clip");
        ClipModel::open(&folder, &session().device.device, &mut || Ok(())).unwrap()
    }

    #[test]
    fn any_number_of_images_has_the_same_vectors() {
        let clip = clip();
        let image = |i: usize| RgbImage::from_fn(9, 7, |x, y| Rgb([i as u8 * 5, x as u8 * 20, y as u8 * 30]));
        let images: Vec<RgbImage> = (0..2 * BATCH + 3).map(image).collect();
        let together = rows(&clip, images.len(), read(clip.embed_images(&images)).unwrap());
        let vectors = embed(&clip, &images).unwrap();
        assert_eq!(vectors.len(), images.len());
        for (one, other) in vectors.iter().flatten().zip(together.iter().flatten()) {
            assert!((one - other).abs() < 1e-4, "{one} {other}");
        }
    }

    #[test]
    fn images_are_judged_as_they_were_learned() {
        let folder = tempfile::tempdir().unwrap();
        let clip = clip();
        let concept =
            Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
        let mut draft = Draft::create(folder.path(), concept).unwrap();
        // Red on the left, where the square is chosen, and blue on the right; green where the mask leaves it out.
        let picture = RgbImage::from_fn(64, 32, |x, y| match (x, y) {
            (32.., _) => Rgb([0, 0, 255]),
            (_, 16..) => Rgb([0, 255, 0]),
            _ => Rgb([255, 0, 0]),
        });
        picture.save(draft.folder.join("a.png")).unwrap();
        let mask = image::GrayImage::from_fn(64, 32, |_, y| image::Luma([if y < 16 { 255 } else { 0 }]));
        mask.save(draft.folder.join("a.mask.png")).unwrap();
        draft.refresh().unwrap();
        draft.entries[0].crop = Crop::Chosen { left: 0.0, top: 0.0, side: 1.0 };
        draft.settings = LearnSettings { clip_skip: 2, ..draft.settings };
        draft.save().unwrap();
        let request = EvaluateRequest {
            model: golden(),
            word: folder.path().join("none.safetensors"),
            images: vec![draft.folder.clone()],
            clip: folder.path().into(),
            settings: EvaluateSettings::default(),
        };
        let (settings, run) = as_learned(&request, Some("<cat-toy>"));
        assert_eq!((settings.clip_skip, settings.use_masks, run), (Some(2), Some(true), None));
        let (mut queue, _commands, _events) = test_queue();
        let mut context = JobContext::new(1, &mut queue);
        let mut judged = |settings: &EvaluateSettings, run: Option<&RunManifest>| {
            concept_images(&request, settings, run, &clip, &mut context).unwrap()
        };
        let half =
            |below: Rgb<u8>| RgbImage::from_fn(32, 32, |_, y| if y < 16 { Rgb([255, 0, 0]) } else { below });
        let whole = EvaluateSettings { use_masks: Some(false), ..settings.clone() };
        assert_eq!(judged(&settings, None), embed(&clip, &[half(AROUND)]).unwrap());
        assert_eq!(judged(&whole, None), embed(&clip, &[half(Rgb([0, 255, 0]))]).unwrap());

        // A run remembers its own decisions.
        let entry = PictureEntry {
            mask: None,
            crop: Crop::Chosen { left: 1.0, top: 0.0, side: 1.0 },
            ..draft.entries[0].clone()
        };
        let record = project::PictureRecord::new(entry).unwrap();
        let base = project::manifest::BaseModel {
            path: golden(),
            fingerprint: String::new(),
            family: project::Family::Sd1,
            lineage: None,
            velocity: false,
            widths: Vec::new(),
        };
        let learned = LearnSettings { clip_skip: 3, use_masks: false, ..LearnSettings::default() };
        let manifest = RunManifest::new(draft.concept.clone(), learned, vec![record], base, String::new());
        let run = RunFolder::create(&folder.path().join("run"), &manifest).unwrap();
        let request = EvaluateRequest { word: run.path().join("cat-toy.safetensors"), ..request.clone() };
        let (settings, run) = as_learned(&request, Some("<cat-toy>"));
        assert_eq!((settings.clip_skip, settings.use_masks), (Some(3), Some(false)));
        assert_eq!(as_learned(&request, Some("<dog>")).0.clip_skip, Some(2), "a word of another run");
        let blue = RgbImage::from_pixel(32, 32, Rgb([0, 0, 255]));
        assert_eq!(judged(&settings, run.as_ref()), embed(&clip, &[blue]).unwrap());
        let asked =
            EvaluateSettings { clip_skip: Some(1), use_masks: Some(true), ..EvaluateSettings::default() };
        let request = EvaluateRequest { settings: asked.clone(), ..request };
        assert_eq!(as_learned(&request, Some("<cat-toy>")).0, asked);
    }
}
