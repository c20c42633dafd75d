//! How well a word explains its pictures, on batches of fixed noise: what it started as, once in a run, and the word as
//! it is; and which words of the vocabulary it is close to.
//!
//! On a slow device this takes minutes, so it says how far it is and ends when the person wants to go on.

use super::super::explain::nearest;
use super::LearnJob;
use super::judge::Judge;
use super::prepare::preview_side;
use super::retry::retry_until_written;
use crate::context::{JobContext, JobSignal};
use crate::memory::tight;
use base::{Error, Result};
use inversion::Vectors;
use project::verdict::Scores;

/// How many of the vocabulary's closest words are reported.
const NEAREST: usize = 5;

impl LearnJob<'_> {
    /// Measures what the word started as, unless the run remembers it.
    pub(super) fn measure_initial_word(&mut self, context: &mut JobContext<'_>) -> Result<()> {
        if self.run.manifest.settings.fixed_noise_every == 0 || self.run.manifest.initial_loss.is_some() {
            return Ok(());
        }
        let learner = &self.run.learner;
        let loss = learner.fixed_noise_loss(&learner.start, &self.objective(), &mut measuring(context))?;
        self.run.manifest.initial_loss = loss.filter(|loss| loss.is_finite());
        if self.run.manifest.initial_loss.is_some() {
            retry_until_written(context, || self.run.folder.save_manifest(&self.run.manifest))?;
        }
        Ok(())
    }

    /// Opens the CLIP that judges, if there is one; a run goes on without it.
    pub(super) fn open_judge(&mut self, context: &mut JobContext<'_>) -> Result<()> {
        let run = &self.run;
        if run.learner.state.step >= run.manifest.settings.steps {
            return Ok(());
        }
        let side = preview_side(&run.manifest.settings, run.model);
        let tight = tight(&run.device, run.model, [side; 2]);
        self.judge = match Judge::open(run.model, &run.manifest, side, tight, context) {
            Err(error @ (Error::Cancelled | Error::Device { .. })) => return Err(error),
            Err(error) => {
                context.warn(format!("Pictures are not judged: {error}"));
                None
            }
            Ok(judge) => judge,
        };
        Ok(())
    }

    /// Judges what the word started as, unless the run remembers it.
    pub(super) fn judge_initial_word(&mut self, context: &mut JobContext<'_>) -> Result<()> {
        if self.judge.is_none() || self.run.manifest.initial_scores.is_some() {
            return Ok(());
        }
        let start = self.run.learner.start.clone();
        if let Some(judged) = self.judge_vectors(start, context)? {
            self.run.manifest.initial_scores = Some(judged);
            retry_until_written(context, || self.run.folder.save_manifest(&self.run.manifest))?;
        }
        Ok(())
    }

    /// Judges the word as it is now.
    pub(super) fn judge(&mut self, context: &mut JobContext<'_>) -> Result<Option<Scores>> {
        self.judge_vectors(self.run.learner.state.vectors.clone(), context)
    }

    fn judge_vectors(&mut self, vectors: Vectors, context: &mut JobContext<'_>) -> Result<Option<Scores>> {
        if self.judge.is_some() {
            self.show(vectors);
        }
        let Some(judge) = &self.judge else { return Ok(None) };
        let run = &mut self.run;
        let judged = judge.judge(run.model, &run.scheduler, &run.words, &run.manifest.concept.word, context);
        if !run.plan.keeps_autoencoder {
            run.model.drop_vae();
        }
        match judged {
            Err(error @ Error::Device { .. }) => Err(error),
            // What cannot be judged is learned all the same.
            Err(Error::Cancelled) => Ok(None),
            Err(error) => {
                context.warn(format!("Pictures are not judged: {error}"));
                self.judge = None;
                Ok(None)
            }
            judged => judged,
        }
    }

    /// Measures the word that a run ends with whose last step was not taken, and so was not measured after it.
    pub(super) fn measure_last_word(&mut self, context: &mut JobContext<'_>) -> Result<()> {
        if self.run.manifest.settings.fixed_noise_every > 0 {
            let learner = &self.run.learner;
            let word = &learner.state.vectors;
            let loss = learner.fixed_noise_loss(word, &self.objective(), &mut measuring(context))?;
            self.measured = loss.map(|loss| (learner.state.taken, loss));
        }
        Ok(())
    }

    /// The loss of what the word started as and of the word as it is, if that was measured.
    pub(super) fn fixed_noise_loss(&self) -> Option<[f64; 2]> {
        let (_, now) = self.measured.filter(|(step, _)| *step == self.run.learner.state.taken)?;
        Some([self.run.manifest.initial_loss?, now])
    }

    /// The vocabulary's words closest to the first vector.
    pub(super) fn nearest(&self) -> Vec<(String, f32)> {
        let first = self.run.learner.state.vectors.rows().next().unwrap_or_default();
        let vocabulary = self.run.model.conditioner.vocabulary();
        let first = &first[..vocabulary.width().min(first.len())];
        nearest(vocabulary, &self.run.model.tokenizers, first, NEAREST)
    }
}

/// Says how far measuring the fixed-noise loss is, and lets the person end or skip it.
pub(super) fn measuring(context: &mut JobContext<'_>) -> impl FnMut(usize, usize) -> bool {
    // What was to be skipped before is over.
    context.skip_asked();
    move |done, of| {
        context.progress("measuring the loss", done, of);
        context.poll() == JobSignal::Continue && !context.skip_asked()
    }
}
