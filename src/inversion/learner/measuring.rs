//! How well a word explains pictures, in numbers that can be compared from step to step: its loss on batches whose noise
//! never changes, of pictures it is learned from and of others.

use super::Learner;
use crate::batch::BatchSampler;
use crate::objective::{Batch, Objective};
use crate::vectors::Vectors;
use base::Result;
use model::memory::MIN_PASS_LATENTS;
use project::LearnSettings;

impl Learner {
    /// Mean loss of a word over the batches of fixed noise. `go_on` is called before each of them with how many are done, and
    /// of how many; `None` if it says to end.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn fixed_noise_loss(
        &self,
        vectors: &Vectors,
        objective: &Objective<'_>,
        go_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Option<f64>> {
        mean_loss(&self.fixed_noise, vectors, &self.guided(objective), go_on)
    }

    /// The same over what is not learned from; `None` too where there is nothing.
    ///
    /// # Errors
    /// As there.
    pub fn held_out_loss(
        &self,
        vectors: &Vectors,
        objective: &Objective<'_>,
        go_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Option<f64>> {
        match self.held_out.is_empty() {
            true => Ok(None),
            false => mean_loss(&self.held_out, vectors, &self.guided(objective), go_on),
        }
    }
}

/// What a word is measured on: pictures that it is learned from, and pictures that it is not.
pub(super) fn measure_on(settings: &LearnSettings, sampler: &BatchSampler, list: usize) -> [Vec<Batch>; 2] {
    let cells = sampler.pixels() * settings.refine.rows_of_picture();
    let rows = settings.batch_size.max(MIN_PASS_LATENTS / cells);
    let count = settings.fixed_noise_size;
    [sampler.fixed_noise(count, rows, list), sampler.held_out(2 * count, rows, list)]
}

fn mean_loss(
    batches: &[Batch],
    vectors: &Vectors,
    objective: &Objective<'_>,
    go_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<f64>> {
    let mut sum = 0.0;
    let mut rows = 0;
    for (done, batch) in batches.iter().enumerate() {
        if !go_on(done, batches.len()) {
            return Ok(None);
        }
        sum += objective.loss(vectors, batch)? * batch.timesteps.len() as f64;
        rows += batch.timesteps.len();
    }
    Ok(Some(sum / rows.max(1) as f64))
}
