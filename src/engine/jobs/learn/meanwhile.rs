//! What is drawn for others with the model that learns, and with the word as it is at that moment: while the run is
//! paused, or between two of its steps where that is asked for.
//!
//! It reads the word and borrows the model. Nothing of what is learned changes, and a drawing that fails ends itself
//! alone, unless the device is lost.

use std::path::Path;
use std::time::Instant;

use super::LearnJob;
use crate::context::{JobContext, JobSignal};
use crate::device::{self, OpenDevice, guarded};
use crate::jobs;
use crate::lent::Lent;
use crate::message::{Command, Event};
use crate::queue::failed;
use crate::session::{Studio, WordUnderWay, load_vae, say_ready};
use base::{Error, Result};
use model::Pipeline;
use project::{LoraUse, NumberFormat};

impl LearnJob<'_> {
    /// Waits while the run is paused, and does meanwhile what can be done with its model.
    pub(super) fn between_steps(&mut self, context: &mut JobContext<'_>) -> Result<JobSignal> {
        loop {
            if context.poll() == JobSignal::Stop {
                return Ok(JobSignal::Stop);
            }
            match context.next_meanwhile() {
                Some((job, command)) => self.meanwhile(command, &mut context.within(job))?,
                None => return Ok(JobSignal::Continue),
            }
        }
    }

    /// Does another job to its end, and leaves the model as the run had it.
    fn meanwhile(&mut self, command: Command, context: &mut JobContext<'_>) -> Result<()> {
        let began = Instant::now();
        // Behind the word's rows are those of others.
        let all = &self.run.learner.state.vectors;
        let own = all.first(self.run.learner.active(self.run.manifest.rows(all.count()).word.len()));
        let mut borrowed = Borrowed {
            lent: Lent::new(self.run.model, &self.run.device),
            device: &self.run.device,
            word: WordUnderWay {
                names: vec![self.run.manifest.concept.word.clone(), self.run.manifest.concept.file_stem()],
                path: self.word_path(),
                vectors: own,
            },
            model: self.run.model,
        };
        let done = guarded(|| jobs::run_in(command, &mut borrowed, context));
        self.began += began.elapsed();
        let job = context.job;
        let failure = match done {
            Ok(summary) => {
                context.send(Event::Finished { job, summary });
                None
            }
            Err(error) => {
                context.send(failed(job, &error));
                Some(error)
            }
        };
        if let Some(error) = failure.filter(|error| device::is_lost(&self.run.device, error)) {
            return Err(error);
        }
        if !self.run.plan.keeps_autoencoder {
            self.run.model.drop_vae();
        }
        Ok(())
    }
}

/// The model of the run, and its word.
struct Borrowed<'a> {
    lent: Lent,
    device: &'a OpenDevice,
    word: WordUnderWay,
    model: &'a mut Pipeline,
}

impl Studio for Borrowed<'_> {
    fn device(&self) -> &OpenDevice {
        self.device
    }

    fn model(
        &mut self,
        path: &Path,
        numbers: NumberFormat,
        loras: &[LoraUse],
        context: &mut JobContext<'_>,
    ) -> Result<&mut Pipeline> {
        if !self.lent.is(path, numbers, loras) {
            return Err(Error::Internal("another model was asked for than the one that learns".into()));
        }
        load_vae(self.model, context)?;
        say_ready(self.model, context);
        Ok(self.model)
    }

    fn word(&self) -> Option<WordUnderWay> {
        Some(self.word.clone())
    }
}
