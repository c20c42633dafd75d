//! Pictures of prompts, drawn and judged by CLIP, one subject after another at the same settings and seeds.
//!
//! All pictures of a prompt that fit are drawn together, which on small models saves most of the time. It holds the judge
//! and the prompts; the model is lent for each subject.

use image::RgbImage;

use super::pictures::Outside;
use super::subject::Subject;
use crate::clip::{BATCH, embed, embed_texts};
use crate::context::{JobContext, JobSignal};
use crate::device::OpenDevice;
use crate::draw::{SampleParams, at_once, decode, latent_shape, latents_together, scheduler};
use crate::jobs::generate::info;
use crate::memory::tight;
use base::{Error, Result};
use diffusion::SchedulerConfig;
use format::infotext::GenerateInfo;
use metrics::{diversity, image_only, image_similarity, mean, score, text_of_mean, text_similarity};
use model::{ClipModel, Pipeline};
use project::evaluation::{EvaluateSettings, PLAIN, SubjectScores, with_word};
use project::{GenerateSettings, SamplerKind, SigmaSpacing};

/// Pictures of the plain prompt, and prompts with one picture each, that are kept to be looked at.
const KEPT: [usize; 2] = [3, 8];

/// Judges subjects of one model.
pub struct Scorer<'a> {
    clip: &'a ClipModel,
    settings: &'a EvaluateSettings,
    /// With `{}` for the word.
    prompts: Vec<String>,
    /// What CLIP makes of them without the word.
    texts: Vec<Vec<f32>>,
    schedule: SchedulerConfig,
    size: [u32; 2],
    /// Whether memory is short, so that pictures are decoded in tiles.
    tight: bool,
}

/// How many of how many pictures are drawn.
pub struct Tally {
    done: usize,
    of: usize,
}

impl Tally {
    /// None of so many.
    pub fn new(of: usize) -> Self {
        Self { done: 0, of }
    }
}

/// A picture with what it says of itself.
pub type Drawn = (RgbImage, GenerateInfo);

/// The scores of a subject, and some of its pictures: of the plain prompt, then one a prompt.
pub struct Judged {
    pub scores: SubjectScores,
    pub pictures: Vec<Drawn>,
}

impl<'a> Scorer<'a> {
    /// A judge of these prompts, each with `{}` for the word.
    pub fn new(
        model: &Pipeline,
        device: &OpenDevice,
        clip: &'a ClipModel,
        settings: &'a EvaluateSettings,
        prompts: Vec<String>,
    ) -> Result<Self> {
        let side = settings.size.unwrap_or(model.native_size());
        model.check_size(side, side)?;
        let texts: Vec<String> = prompts.iter().map(|prompt| with_word(prompt, "")).collect();
        let mut vectors = Vec::new();
        for batch in texts.chunks(BATCH) {
            vectors.extend(embed_texts(clip, batch)?);
        }
        let schedule = scheduler(model)?;
        let (size, tight) = ([side; 2], tight(device, model, [side; 2]));
        Ok(Self { clip, settings, prompts, texts: vectors, schedule, size, tight })
    }

    /// How many pictures a subject takes.
    pub fn pictures(&self) -> usize {
        (self.prompts.len() + 1) * self.settings.count
    }

    /// How many prompts there are.
    pub fn prompts(&self) -> usize {
        self.prompts.len()
    }

    /// Draws and judges a subject beside the vectors of the concept's pictures; the first picture of each prompt is drawn
    /// from `seed`, the others from those after it.
    pub fn judge(
        &self,
        seed: u64,
        model: &mut Pipeline,
        subject: &Subject,
        concept: &[Vec<f32>],
        tally: &mut Tally,
        context: &mut JobContext<'_>,
    ) -> Result<Judged> {
        let [plain, others] = KEPT;
        let (alike, mut pictures) = self.draw(seed, model, subject, PLAIN, plain, tally, context)?;
        let mut obeying = Vec::new();
        for (index, prompt) in self.prompts.iter().enumerate() {
            let keep = usize::from(index < others);
            let (drawn, kept) = self.draw(seed, model, subject, prompt, keep, tally, context)?;
            obeying.push(drawn);
            pictures.extend(kept);
        }
        let likeness = image_similarity(concept, &alike);
        Ok(Judged { scores: self.scores(&subject.name, &likeness, &alike, &obeying), pictures })
    }

    /// What copying the concept's pictures would score.
    pub fn image_only(&self, name: &str, concept: &[Vec<f32>]) -> SubjectScores {
        let same = vec![concept; self.prompts.len()];
        self.scores(name, &image_only(concept), concept, &same)
    }

    /// The scores of pictures that others drew.
    pub fn outside(&self, name: &str, concept: &[Vec<f32>], outside: &Outside) -> SubjectScores {
        self.scores(name, &image_similarity(concept, &outside.alike), &outside.alike, &outside.obeying)
    }

    fn scores<V: AsRef<[Vec<f32>]>>(
        &self,
        name: &str,
        likeness: &[f64],
        alike: &[Vec<f32>],
        obeying: &[V],
    ) -> SubjectScores {
        let prompts = || self.texts.iter().zip(obeying.iter().map(AsRef::as_ref));
        let cosines: Vec<f64> = prompts().flat_map(|(text, drawn)| text_similarity(text, drawn)).collect();
        let means: Vec<f64> = prompts().filter_map(|(text, drawn)| text_of_mean(text, drawn)).collect();
        SubjectScores {
            subject: name.to_owned(),
            image_similarity: score(likeness),
            text_similarity: score(&cosines),
            text_of_mean: mean(&means),
            diversity: diversity(alike),
        }
    }

    /// The vectors of `count` images of a prompt, drawn by DDIM as in the paper, and the first `keep` images.
    fn draw(
        &self,
        seed: u64,
        model: &mut Pipeline,
        subject: &Subject,
        prompt: &str,
        keep: usize,
        tally: &mut Tally,
        context: &mut JobContext<'_>,
    ) -> Result<(Vec<Vec<f32>>, Vec<Drawn>)> {
        let EvaluateSettings { steps, guidance, clip_skip, count, .. } = *self.settings;
        let sentence = |index: usize| with_word(prompt, &subject.says[index % subject.says.len()]);
        let mut settings = GenerateSettings {
            prompt: sentence(0),
            negative_prompt: String::new(),
            sampler: SamplerKind::Ddim,
            spacing: SigmaSpacing::Normal,
            steps,
            guidance,
            clip_skip: clip_skip.unwrap_or(1),
            ..GenerateSettings::default()
        };
        subject.words.place_negatives(&mut settings);
        let pictures: Vec<(String, u64)> =
            (0..count).map(|index| (sentence(index), seed.wrapping_add(index as u64))).collect();
        let shape = latent_shape(model, self.size);
        let (mut vectors, mut kept) = (Vec::new(), Vec::new());
        for some in pictures.chunks(at_once(model, self.size).min(BATCH)) {
            let mut go_on = || context.poll() != JobSignal::Stop;
            let drawn = (some, self.size);
            let words = &*subject.words;
            let latents = latents_together(model, &self.schedule, words, &settings, drawn, &mut go_on)?;
            let latents = latents.ok_or(Error::Cancelled)?;
            let images = latents.into_iter().map(|latents| decode(model.vae()?, latents, shape, self.tight));
            let images = images.collect::<Result<Vec<RgbImage>>>()?;
            vectors.extend(embed(self.clip, &images)?);
            let left = keep - kept.len();
            kept.extend(images.into_iter().zip(some).take(left).map(|(image, (sentence, seed))| {
                let settings = GenerateSettings { prompt: sentence.clone(), seed: *seed, ..settings.clone() };
                let info =
                    info(model, &settings, words, &[], &SampleParams::new(words, &settings, self.size, 0));
                (image, info)
            }));
            tally.done += some.len();
            context.progress("drawing for the scores", tally.done, tally.of);
            context.check()?;
        }
        Ok((vectors, kept))
    }
}
