//! Tuning a model to a word: the state and one step, by AdamW as in PyTorch.
//!
//! The word and the text encoders stay. A step that gives a value that is not finite is not taken; in 16 bits the loss is
//! scaled by less for the rest. Batches follow from (seed, step), so that a state that was written down goes on as it
//! would have.

use super::adapters::Adapters;
use super::batch::BatchSampler;
use super::leaves::Leaves;
use super::objective::Objective;
use super::optimizer::{AdamW, clip_norm};
use super::vectors::Vectors;
use super::whole::Whole;
use base::Result;
use diffusion::Schedule;
use model::{Conditioner, UNet2dConditionModel};
use project::{AdamW as Moments, TuneSettings};

/// Undone steps in a row after which it does not help to go on.
const MOST_UNDONE: u32 = 3;
/// Below this it is not the scale that makes numbers overflow.
const MIN_LOSS_SCALE: f64 = 1.0 / 65536.0;
/// How much of the mean loss each step leaves.
const SMOOTHING: f64 = 0.95;

/// All that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct TunerState {
    /// Steps done, undone ones included.
    pub step: u64,
    /// The numbers that are learned.
    pub values: Vec<f32>,
    /// Optimiser.
    pub optimizer: AdamW,
    /// What the loss is multiplied by in 16 bits, beside the number of its terms.
    pub loss_scale: f64,
    /// Exponential mean of the loss.
    pub mean_loss: Option<f64>,
    /// Steps undone in a row.
    pub undone: u32,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq)]
pub enum TunerOutcome {
    /// The numbers were improved; the loss of the batch.
    Taken(f64),
    /// They stay as they were: why, as a sentence without its full stop, and whether it will not help to go on.
    Undone(String, bool),
}

/// What of a U-Net is learned.
#[derive(Debug, Clone, PartialEq)]
pub enum Parts {
    /// Small matrices beside projections.
    Adapters(Adapters),
    /// Every number.
    Whole(Whole),
}

impl Parts {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Adapters(adapters) => adapters.len(),
            Self::Whole(whole) => whole.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn attach(&self, values: &[f32], unet: &mut UNet2dConditionModel) -> Leaves {
        match self {
            Self::Adapters(adapters) => adapters.attach(values, unet),
            Self::Whole(whole) => {
                let device = unet.device();
                whole.attach(values, &device, &mut |visit| unet.layers(visit))
            }
        }
    }
}

/// What is frozen.
pub struct TunedModel<'a> {
    /// Text encoders.
    pub conditioner: &'a Conditioner,
    /// The U-Net that is tuned.
    pub unet: &'a mut UNet2dConditionModel,
    /// Noise schedule and prediction type.
    pub schedule: &'a Schedule,
    /// Width and height of the images in pixels.
    pub size: [u32; 2],
    /// Whether gradients are computed with one segment of the U-Net in the graph at a time.
    pub low_memory: bool,
}

/// A tuning: what is fixed, and the state.
pub struct Tuner {
    /// What changes.
    pub state: TunerState,
    /// Which numbers they are.
    pub parts: Parts,
    settings: TuneSettings,
    sampler: BatchSampler,
    word: Vectors,
}

impl TunerState {
    /// The state before the first step.
    pub fn new(values: Vec<f32>) -> Self {
        let optimizer = AdamW::new(values.len());
        Self { step: 0, values, optimizer, loss_scale: 1.0, mean_loss: None, undone: 0 }
    }
}

impl Tuner {
    /// A tuning from `state`. The sentences of the sampler hold `word`.
    pub fn new(
        settings: &TuneSettings,
        parts: Parts,
        sampler: BatchSampler,
        word: Vectors,
        state: TunerState,
    ) -> Self {
        Self { state, parts, settings: settings.clone(), sampler, word }
    }

    /// One step. What is learned stays attached to the U-Net: [`Adapters::detach`] takes them away.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails, in which case the state is as before the step.
    pub fn step(&mut self, model: &mut TunedModel<'_>) -> Result<TunerOutcome> {
        let batch = self.sampler.draw(self.state.step, 0, 1, self.settings.batch_size);
        let leaves = self.parts.attach(&self.state.values, model.unet);
        let objective = Objective {
            conditioner: model.conditioner,
            unet: &*model.unet,
            schedule: model.schedule,
            clip_skip: self.settings.clip_skip,
            size: model.size,
            low_memory: model.low_memory,
            negative: None,
        };
        let (loss, mut gradient) = leaves.gradient(&objective, &self.word, &batch, self.state.loss_scale)?;
        Ok(self.apply(loss, &mut gradient, objective.scales_loss()))
    }

    fn apply(&mut self, loss: f64, gradient: &mut [f32], scaled: bool) -> TunerOutcome {
        let (learning_rate, weight_decay) = (self.settings.rate(), self.settings.weight_decay);
        let state = &mut self.state;
        state.step += 1;
        let overflow = gradient.iter().any(|g| !g.is_finite());
        if scaled && overflow && loss.is_finite() && state.loss_scale > MIN_LOSS_SCALE {
            state.loss_scale /= 2.0;
            let (step, scale) = (state.step, state.loss_scale);
            let text =
                format!("Step {step} was too large for 16 bits and left out; the loss is scaled by {scale}");
            return TunerOutcome::Undone(text, false);
        }
        if overflow || !loss.is_finite() {
            state.undone += 1;
            let text = format!("The loss or its gradient was not a finite number at step {}", state.step);
            return TunerOutcome::Undone(text, state.undone >= MOST_UNDONE);
        }
        clip_norm(gradient, self.settings.gradient_clip);
        let moments = Moments { weight_decay, ..Moments::default() };
        state.optimizer.step(&mut state.values, gradient, learning_rate, &moments);
        state.undone = 0;
        state.mean_loss =
            Some(state.mean_loss.map_or(loss, |mean| SMOOTHING * mean + (1.0 - SMOOTHING) * loss));
        TunerOutcome::Taken(loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timesteps;

    #[test]
    fn a_step_that_is_not_finite_is_left_out_and_three_end_it() {
        let sampler = BatchSampler {
            images: Vec::new(),
            held_out: Vec::new(),
            pasted: Vec::new(),
            latent: [1, 1, 1],
            timesteps: Timesteps::uniform([0, 1]),
            seed: 0,
            method: crate::methods::of(&project::LearnSettings::default()),
        };
        let adapters = Adapters { layers: Vec::new(), rank: 1, scale: 1.0 };
        let word = Vectors { values: Vec::new(), shape: [0, 1] };
        let state = TunerState::new(vec![1.0]);
        let parts = Parts::Adapters(adapters);
        let mut tuner = Tuner::new(&TuneSettings::default(), parts, sampler, word, state);
        let ends = |outcome| matches!(outcome, TunerOutcome::Undone(_, true));
        assert!(!ends(tuner.apply(1.0, &mut [f32::INFINITY], true)));
        assert_eq!((tuner.state.loss_scale, &tuner.state.values[..]), (0.5, &[1.0][..]));
        assert!(
            !ends(tuner.apply(f64::NAN, &mut [1.0], false))
                && !ends(tuner.apply(1.0, &mut [f32::NAN], false))
        );
        assert_eq!(tuner.apply(2.0, &mut [1.0], false), TunerOutcome::Taken(2.0));
        assert!(tuner.state.values[0] < 1.0 && tuner.state.undone == 0 && tuner.state.step == 4);
        let ended: Vec<bool> = (0..3).map(|_| ends(tuner.apply(f64::NAN, &mut [1.0], false))).collect();
        assert_eq!(ended, [false, false, true]);
        tuner.settings.gradient_clip = Some(1.0);
        tuner.state = TunerState::new(vec![1.0]);
        assert_eq!(tuner.apply(1.0, &mut [5.0], false), TunerOutcome::Taken(1.0));
        // A tenth of the shortened one; unclipped it were 0.5.
        assert!((tuner.state.optimizer.first_moment[0] - 0.1).abs() < 1e-6);
    }
}
