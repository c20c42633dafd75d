//! What a word is worth while it is learned: a few small pictures are drawn with it and judged by CLIP. Do they look like
//! the pictures it is learned from, and do they still obey?
//!
//! It needs a CLIP: the one that the settings name, or the one that the model had when the run began. Without it nothing is
//! drawn. The seeds are always the same, so that one step can be compared with another.

use crate::clip::{AROUND, embed, embed_texts, judging};
use crate::context::{JobContext, JobSignal};
use crate::draw::{LoadedWords, decode, latent_shape, latents_together};
use base::Result;
use diffusion::SchedulerConfig;
use metrics::{image_similarity, text_similarity};
use model::{ClipModel, Pipeline};
use project::evaluation::{PLAIN, with_word};
use project::picture::{learned_square, thing_and_background};
use project::verdict::Scores;
use project::{ConceptKind, GenerateSettings, RunManifest};

/// The sentences whose pictures should look like those that are learned from. With an article a word is read otherwise,
/// and one that fails there is not yet learned.
const ALIKE: [&str; 2] = [PLAIN, "a photo of a {}"];
/// The same for a style.
const ALIKE_STYLE: [&str; 2] = ["a painting in the style of {}", "a picture in the style of {}"];
/// How many of the prompts of its set a word is asked to obey.
const PROMPTS: usize = 4;
/// What a style is asked to be put on: things and places that any model knows, the starter's too.
const SUBJECTS: [&str; PROMPTS] =
    ["a cat on the beach", "a house in the snow", "a mug in a living room", "a boat in a city at night"];

/// Judges words of one concept.
pub struct Judge {
    clip: ClipModel,
    concept: Vec<Vec<f32>>,
    /// The things of the same pictures alone, and what is around them; nothing of a style.
    things: Vec<Vec<f32>>,
    backgrounds: Vec<Vec<f32>>,
    /// What should look like the concept, with `{}` for the word.
    alike: [&'static str; 2],
    /// Prompts with `{}` for the word, and their vectors without it.
    prompts: Vec<(String, Vec<f32>)>,
    settings: GenerateSettings,
    count: usize,
    size: [u32; 2],
    /// Whether memory is short, so that pictures are decoded in tiles; from the first to the last, to be compared.
    pub(super) tight: bool,
}

impl Judge {
    /// The judge of a run, if a CLIP is at hand and it is to judge. Memory may be `tight` for its pictures.
    pub fn open(
        model: &Pipeline,
        manifest: &RunManifest,
        side: u32,
        tight: bool,
        context: &mut JobContext<'_>,
    ) -> Result<Option<Self>> {
        let settings = &manifest.settings;
        let Some((folder, prompts)) = judging(manifest) else { return Ok(None) };
        let clip = ClipModel::open(&folder, &model.device, &mut || context.check())?;
        let style = manifest.concept.kind == ConceptKind::Style;
        let (mut concept, mut things, mut backgrounds) = (Vec::new(), Vec::new(), Vec::new());
        for picture in &manifest.pictures {
            context.check()?;
            let around = settings.use_masks.then_some(AROUND);
            concept.extend(embed(&clip, &[learned_square(&picture.entry, around)?])?);
            if style {
                // It is everywhere in a picture.
                continue;
            }
            let [thing, background] = thing_and_background(&picture.entry, AROUND)?;
            things.extend(embed(&clip, &[thing])?);
            backgrounds.extend(embed(&clip, &[background])?);
        }
        let asked = prompts.prompts().iter().take(PROMPTS);
        let (prompts, texts): (Vec<String>, Vec<String>) = match style {
            true => SUBJECTS
                .iter()
                .map(|subject| (format!("{subject} in the style of {{}}"), (*subject).into()))
                .unzip(),
            false => asked.map(|prompt| ((*prompt).into(), with_word(prompt, ""))).unzip(),
        };
        let prompts = prompts.into_iter().zip(embed_texts(&clip, &texts)?).collect();
        let alike = if style { ALIKE_STYLE } else { ALIKE };
        let (count, size) = (settings.score_count, [side; 2]);
        Ok(Some(Self {
            clip,
            concept,
            things,
            backgrounds,
            alike,
            prompts,
            settings: drawn_with(manifest),
            count,
            size,
            tight,
        }))
    }

    /// Judges the word that `words` holds under the name `word`; `None` if told to end.
    pub fn judge(
        &self,
        model: &mut Pipeline,
        scheduler: &SchedulerConfig,
        words: &LoadedWords,
        word: &str,
        context: &mut JobContext<'_>,
    ) -> Result<Option<Scores>> {
        let mut pictures = Vec::new();
        for sentence in self.alike {
            let seeds = 0..self.count as u64;
            pictures.extend(seeds.map(|seed| (with_word(sentence, word), seed)));
        }
        let alike = pictures.len();
        let others = self.prompts.iter().zip(0..);
        pictures.extend(others.map(|((prompt, _), seed)| (with_word(prompt, word), seed)));
        let mut go_on = || context.poll() != JobSignal::Stop && !context.skip_asked();
        let drawn = (&pictures[..], self.size);
        let Some(latents) = latents_together(model, scheduler, words, &self.settings, drawn, &mut go_on)?
        else {
            return Ok(None);
        };
        let shape = latent_shape(model, self.size);
        let mut vectors = Vec::new();
        for latents in latents {
            if !go_on() {
                return Ok(None);
            }
            vectors.extend(embed(&self.clip, &[decode(model.vae()?, latents, shape, self.tight)?])?);
        }
        let (alike, obeying) = vectors.split_at(alike);
        let likeness = alike.chunks(self.count).map(|drawn| mean(&image_similarity(&self.concept, drawn)));
        // Of each prompt and each picture.
        let close: Vec<Vec<f64>> =
            self.prompts.iter().map(|(_, text)| text_similarity(text, obeying)).collect();
        let own: Vec<f64> = close.iter().enumerate().map(|(at, row)| row[at]).collect();
        let others = close.iter().enumerate().flat_map(|(at, row)| {
            row.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, close)| *close)
        });
        let effect = mean(&own) - mean(&others.collect::<Vec<_>>());
        let image = likeness.fold(f64::INFINITY, f64::min);
        let like = |pictures: &[Vec<f32>]| mean(&image_similarity(pictures, alike));
        let background = like(&self.backgrounds) - like(&self.things);
        Ok(Some(Scores { image, text: mean(&own), background, effect: Some(effect) }))
    }
}

/// How the pictures are drawn: as previews, in fewer steps.
fn drawn_with(manifest: &RunManifest) -> GenerateSettings {
    let settings = &manifest.settings;
    let preview = &settings.preview;
    let negative = settings.refine.negative_vectors > 0;
    GenerateSettings {
        negative_prompt: if negative { manifest.concept.negative_word() } else { String::new() },
        sampler: preview.sampler,
        spacing: preview.spacing,
        steps: settings.score_steps,
        guidance: preview.guidance,
        clip_skip: settings.clip_skip,
        ..GenerateSettings::default()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
