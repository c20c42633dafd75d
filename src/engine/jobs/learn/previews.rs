//! Pictures of the word on the way: which prompts, from which noise, and when they would only be in the way.
//!
//! They never change what is learned, and one that fails or is left does not end the run.

use std::time::{Duration, Instant};

use super::LearnJob;
use super::prepare::preview_side;
use super::retry::retry_until_written;
use crate::context::{JobContext, JobSignal};
use crate::draw::{SampleParams, decode, latent_shape, latent_view, latents};
use crate::memory::tight;
use crate::message::Event;
use crate::sealing::Origin;
use crate::session::load_vae;
use base::{Error, Result, units};
use format::png_info::to_png;
use project::GenerateSettings;

/// A picture that takes longer is not drawn before the word has learned something.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Steps after which it has.
const FIRST_STEPS: u64 = 100;

/// Why a picture was not drawn to its end.
#[derive(PartialEq)]
enum Left {
    Stopped,
    Skipped,
    Postponed(Duration),
}

impl LearnJob<'_> {
    /// Whether to draw after this step, if it would be the time for it on a device that is quick enough.
    pub(super) fn preview_due(&self, due: bool) -> bool {
        let step = self.run.learner.state.step;
        let early = step < FIRST_STEPS && step < self.run.manifest.settings.steps;
        if self.postponed { step == FIRST_STEPS || due && !early } else { due }
    }

    /// Whether a run that was broken off lacks a picture that was due after the checkpoint it goes on from.
    pub(super) fn previews_missing(&self) -> bool {
        let (step, settings) = (self.run.learner.state.step, &self.run.manifest.settings);
        let mut paths =
            (0..settings.preview.prompts.len()).map(|index| self.run.folder.preview_path(step, index));
        let due = step.is_multiple_of(settings.preview_every) || step == settings.steps;
        due && paths.any(|path| !path.exists())
    }

    /// Draws the preview prompts with the word as it is now. Where nobody asked for them and a picture turns out to take
    /// long, they wait for the first hundred steps.
    pub(super) fn preview(&mut self, asked: bool, context: &mut JobContext<'_>) -> Result<()> {
        // What was to be skipped before is over.
        context.skip_asked();
        // Any other fault shows when it is needed.
        if let Err(Error::Cancelled) = load_vae(self.run.model, context) {
            return Ok(());
        }
        let preview = self.run.manifest.settings.preview.clone();
        let concept = self.run.manifest.concept.clone();
        let negative = self.run.manifest.settings.refine.negative_vectors > 0;
        let negative_prompt = if negative { concept.negative_word() } else { String::new() };
        let (step, end) = (self.run.learner.state.step, self.run.manifest.settings.steps);
        let patience = (!asked && step < FIRST_STEPS && step < end).then_some(self.patience);
        self.show(self.run.learner.state.vectors.clone());
        let size = [preview_side(&self.run.manifest.settings, self.run.model); 2];
        let tight = tight(&self.run.device, self.run.model, size);
        let shape = latent_shape(self.run.model, size);
        let view = latent_view(self.run.model, |note| context.warn(note));
        let mut skipped = context.skip_asked();
        for (index, template) in preview.prompts.iter().enumerate() {
            if std::mem::take(&mut skipped) {
                continue;
            }
            let settings = GenerateSettings {
                prompt: template.replace("{}", &self.run.manifest.concept.word),
                negative_prompt: negative_prompt.clone(),
                sampler: preview.sampler,
                spacing: preview.spacing,
                steps: preview.steps,
                guidance: preview.guidance,
                seed: preview.seed,
                clip_skip: self.run.manifest.settings.clip_skip,
                ..GenerateSettings::default()
            };
            let params = SampleParams::new(&self.run.words, &settings, size, 0);
            let (mut left, mut began) = (Left::Stopped, Instant::now());
            let mut last = (0, began);
            context.skip_asked();
            let mut watch = |step: usize, steps: usize, believed: &[f32]| {
                let image = view.show(believed, shape);
                context.send(Event::Latents { job: context.job, index, step, steps, image });
                let what = format!("preview {} of {}", index + 1, preview.prompts.len());
                context.progress(what, step, steps);
                // The second step alone, because a device warms up in the first. A step may be told of twice.
                if step > last.0 {
                    began = last.1;
                }
                last = (step, Instant::now());
                let all = began.elapsed().saturating_mul(steps as u32);
                left = match context.poll() {
                    JobSignal::Stop => Left::Stopped,
                    JobSignal::Continue if context.skip_asked() => Left::Skipped,
                    JobSignal::Continue if step == 2 && patience.is_some_and(|most| all > most) => {
                        Left::Postponed(all)
                    }
                    JobSignal::Continue => return JobSignal::Continue,
                };
                JobSignal::Stop
            };
            let drawn = latents(self.run.model, &self.run.scheduler, &params, &mut watch);
            let image = drawn.and_then(|drawn| {
                drawn.map(|drawn| decode(self.run.model.vae()?, drawn, shape, tight)).transpose()
            });
            // A preview that fails or is cut short must not end the run.
            let image = match image {
                Ok(Some(image)) => image,
                Ok(None) if left == Left::Skipped => continue,
                Ok(None) => {
                    if let Left::Postponed(all) = left {
                        self.postponed = true;
                        let all = units::duration(all.as_secs_f64());
                        context.warn(format!(
                            "A picture takes about {all} here, so the first one is drawn after {FIRST_STEPS} steps."
                        ));
                    }
                    break;
                }
                Err(error @ Error::Device { .. }) => return Err(error),
                Err(error) => {
                    context.warn(format!("No preview: {error}"));
                    break;
                }
            };
            let sealing = context.sealing();
            let png = sealing.sealed(to_png(&image)?, Origin::Drawn);
            sealing.tell(context);
            let path = retry_until_written(context, || self.run.folder.save_preview(step, index, &png))?;
            let prompt = settings.prompt;
            context.send(Event::Preview { job: context.job, step, prompt, image, path });
        }
        if !self.run.plan.keeps_autoencoder {
            self.run.model.drop_vae();
        }
        self.postponed &= step < FIRST_STEPS;
        Ok(())
    }
}
