//! What a word is worth while it is learned: a few small pictures are drawn with it and judged by CLIP. Do they look like
//! the pictures it is learned from, and do they still obey?
//!
//! It needs a CLIP: the one that the settings name, or the one that came with the model. Without it nothing is drawn.
//! The seeds are always the same, so that one step can be compared with another.

use crate::clip::{AROUND, beside, embed, embed_texts};
use crate::context::{JobContext, JobSignal};
use crate::draw::{LoadedWords, decode, latent_shape, latents_together};
use base::Result;
use diffusion::SchedulerConfig;
use metrics::{image_similarity, text_similarity};
use model::{ClipModel, Pipeline};
use project::evaluation::{PLAIN, PromptSet, with_word};
use project::picture::{learned_square, thing_and_background};
use project::verdict::Scores;
use project::{GenerateSettings, RunManifest};

/// The sentences whose pictures should look like those that are learned from. With an article a word is read otherwise,
/// and one that fails there is not yet learned.
const ALIKE: [&str; 2] = [PLAIN, "a photo of a {}"];
/// How many of the prompts of its set a word is asked to obey.
const PROMPTS: usize = 4;

/// Judges words of one concept.
pub struct Judge {
    clip: ClipModel,
    concept: Vec<Vec<f32>>,
    /// The things of the same pictures alone, and what is around them.
    things: Vec<Vec<f32>>,
    backgrounds: Vec<Vec<f32>>,
    /// Prompts with `{}` for the word, and their vectors without it.
    prompts: Vec<(&'static str, Vec<f32>)>,
    settings: GenerateSettings,
    count: usize,
    size: [u32; 2],
}

impl Judge {
    /// The judge of a run, if a CLIP is at hand and it is to judge.
    pub fn open(
        model: &Pipeline,
        manifest: &RunManifest,
        side: u32,
        context: &mut JobContext<'_>,
    ) -> Result<Option<Self>> {
        let settings = &manifest.settings;
        let own = beside(model.files.path());
        let named = settings.clip.clone().map(|folder| (folder, PromptSet::Core));
        let named = named.filter(|(folder, _)| own.as_ref().is_none_or(|(own, _)| own != folder));
        let Some((folder, prompts)) = named.or(own) else { return Ok(None) };
        if settings.score_every == 0 {
            return Ok(None);
        }
        let clip = ClipModel::open(&folder, &model.device, &mut || context.check())?;
        let (mut concept, mut things, mut backgrounds) = (Vec::new(), Vec::new(), Vec::new());
        for picture in &manifest.pictures {
            context.check()?;
            let around = settings.use_masks.then_some(AROUND);
            concept.extend(embed(&clip, &[learned_square(&picture.entry, around)?])?);
            let [thing, background] = thing_and_background(&picture.entry, AROUND)?;
            things.extend(embed(&clip, &[thing])?);
            backgrounds.extend(embed(&clip, &[background])?);
        }
        let prompts: Vec<&str> = prompts.prompts().iter().copied().take(PROMPTS).collect();
        let texts: Vec<String> = prompts.iter().map(|prompt| with_word(prompt, "")).collect();
        let texts = embed_texts(&clip, &texts)?;
        let prompts = prompts.into_iter().zip(texts).collect();
        let (count, size) = (settings.score_count, [side; 2]);
        Ok(Some(Self {
            clip,
            concept,
            things,
            backgrounds,
            prompts,
            settings: drawn_with(manifest),
            count,
            size,
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
        for sentence in ALIKE {
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
            vectors.extend(embed(&self.clip, &[decode(model.vae()?, latents, shape, false)?])?);
        }
        let (alike, obeying) = vectors.split_at(alike);
        let likeness = alike.chunks(self.count).map(|drawn| mean(&image_similarity(&self.concept, drawn)));
        let obedience = self
            .prompts
            .iter()
            .zip(obeying)
            .flat_map(|((_, text), drawn)| text_similarity(text, std::slice::from_ref(drawn)));
        let image = likeness.fold(f64::INFINITY, f64::min);
        let like = |pictures: &[Vec<f32>]| mean(&image_similarity(pictures, alike));
        let background = like(&self.backgrounds) - like(&self.things);
        Ok(Some(Scores { image, text: mean(&obedience.collect::<Vec<_>>()), background }))
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
