//! Null-text inversion (Mokady et al. 2022, arXiv 2211.09794): at each step of drawing, what stands for the empty prompt
//! is learned so that the step, guidance and all, ends where the picture's own way to noise came by.
//!
//! The numbers are those of diffusers' community pipeline (`pipeline_null_text_inversion.py`). All but the network is
//! arithmetic on the host: only the product of the error with the derivative by the text is asked of the device. It knows
//! no prompt and no word.

use burn::tensor::{DType, Tensor, TensorData};

use super::objective::read;
use super::optimizer::AdamW;
use super::replay::{Reach, Replay};
use base::{Error, Result};
use diffusion::invert::DdimStep;
use model::UNet2dConditionModel;
use model::unet::{Added, Conditioning};
use project::AdamW as Settings;

/// Most steps of the optimiser at each step of drawing.
pub const INNER_STEPS: usize = 10;

/// What a step of drawing is made of, at the latents that it begins with: the prediction is `factor` times that for the
/// null text, and `rest`.
pub struct Guided {
    /// One less the guidance.
    pub factor: f64,
    /// The other predictions, each multiplied by its factor.
    pub rest: Vec<f32>,
    /// What the empty prompt gives: the null text before the first step, and what is not learned of it.
    pub empty: Conditioning,
}

/// What was learned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NullTexts {
    /// The text for each step, the noisiest first; row by row, a row for each token.
    pub texts: Vec<Vec<f32>>,
    /// Steps of the optimiser for each.
    pub inner_steps: Vec<usize>,
    /// Mean squared error before the last of them.
    pub losses: Vec<f64>,
    /// Where drawing with these texts ends.
    pub latents: Vec<f32>,
}

/// The frozen parts.
pub struct NullText<'a> {
    /// U-Net.
    pub unet: &'a UNet2dConditionModel,
    /// The steps of drawing, the noisiest first.
    pub steps: &'a [DdimStep],
    /// `[channels, height, width]` of the latents.
    pub shape: [usize; 3],
    /// Whether gradients are computed with one segment of the U-Net in the graph at a time.
    pub low_memory: bool,
}

impl NullText<'_> {
    /// Learns the text of each step after the other, each beginning as the one before ended. `path` are the latents from
    /// the picture to its noise; `guided` is asked what drawing a step is made of, and `tell` is called before each, and
    /// before each step of the optimiser, with how many are done.
    ///
    /// # Errors
    /// [`Error::Device`] if the device fails, [`Error::Numbers`] if the network's numbers are not finite; those of
    /// `guided` and `tell`.
    pub fn learn(
        &self,
        path: &[Vec<f32>],
        guided: &mut dyn FnMut(usize, &[f32]) -> Result<Guided>,
        tell: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<NullTexts> {
        let mut learned =
            NullTexts { latents: path.last().cloned().unwrap_or_default(), ..Default::default() };
        let mut text: Option<(Vec<f32>, [usize; 3])> = None;
        for (index, step) in self.steps.iter().enumerate() {
            tell(index)?;
            let Guided { factor, rest, empty } = guided(index, &learned.latents)?;
            let (mut values, shape) = match text.take() {
                Some(text) => text,
                None => (read(empty.context.clone())?, empty.context.dims()),
            };
            let added = empty.added;
            // Where the way to noise is a step shorter, the last one goes on from the picture to the picture.
            let target = &path[path.len().saturating_sub(index + 2)];
            let inner =
                Inner { null: self, step, latents: &learned.latents, factor, rest, added, target, shape };
            let part = index as f64 / self.steps.len() as f64;
            let (count, loss) = inner.learn(&mut values, part, &mut || tell(index))?;
            let next = inner.result(&read(inner.predict(inner.tensor(&values)))?);
            learned.latents = next;
            learned.texts.push(values.clone());
            learned.inner_steps.push(count);
            learned.losses.push(loss);
            text = Some((values, shape));
        }
        Ok(learned)
    }
}

/// One step of drawing.
struct Inner<'a> {
    null: &'a NullText<'a>,
    step: &'a DdimStep,
    latents: &'a [f32],
    factor: f64,
    rest: Vec<f32>,
    added: Option<Added>,
    target: &'a [f32],
    /// `[1, tokens, width]` of the text.
    shape: [usize; 3],
}

impl Inner<'_> {
    /// Learns the text at this part of the way, 0 to 1; the steps taken, and the loss before the last.
    ///
    /// The rate falls from 0.01 by half, and what is good enough grows from 1e-6 to 1e-3: in 50 steps these are the
    /// published `1e-2 * (1 - i / 100)` and `1e-6 + i * 2e-5`. The loss is looked at after a step, as it is published.
    fn learn(
        &self,
        values: &mut [f32],
        part: f64,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<(usize, f64)> {
        let (rate, enough) = (1e-2 * (1.0 - part / 2.0), 1e-6 + part * 1e-3);
        let settings = Settings { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };
        let mut adam = AdamW::new(values.len());
        let mut count = 0;
        loop {
            check()?;
            let (loss, gradient) = self.gradient(values)?;
            if !loss.is_finite() || gradient.iter().any(|number| !number.is_finite()) {
                return Err(Error::Numbers(
                    "The null text came out as numbers that are not finite".into(),
                    "Use --precision f32 (or bf16), or a lower guidance.".into(),
                ));
            }
            adam.step(values, &gradient, rate, &settings);
            count += 1;
            if loss < enough || count == INNER_STEPS {
                return Ok((count, loss));
            }
        }
    }

    /// The loss, which is the mean squared distance of the step's result from its target, and its gradient by the text.
    fn gradient(&self, values: &[f32]) -> Result<(f64, Vec<f32>)> {
        let unet = self.null.unet;
        if self.null.low_memory {
            let time = unet.embed_time(&[self.step.time], self.added.as_ref());
            let input = self.latents(self.latents);
            let (replay, prediction) =
                Replay::forward(unet, input, time, self.tensor(values), Reach::Text, &mut |_, _| Ok(()))?;
            let (loss, grad, scale) = self.error(&read(prediction)?);
            let gradient = replay.backward(self.latents(&grad), &mut |_, _| Ok(()), &mut |_| ())?.context;
            return Ok((loss, unscaled(gradient, scale)?));
        }
        let leaf = TensorData::new(values.to_vec(), self.shape);
        let leaf = Tensor::<3>::from_data(leaf, &unet.device().autodiff()).require_grad();
        let prediction = self.predict(leaf.clone().cast(unet.dtype));
        let (loss, grad, scale) = self.error(&read(prediction.clone().inner())?);
        let gradients = (prediction * self.latents(&grad)).sum().backward();
        Ok((loss, unscaled(leaf.grad(&gradients), scale)?))
    }

    /// The loss of a prediction for the text, and its gradient by that prediction, multiplied by a power of two that
    /// brings it to about 1, so that nothing of it is lost in 16 bits.
    fn error(&self, prediction: &[f32]) -> (f64, Vec<f32>, f64) {
        let result = self.result(prediction);
        let error = |(a, b): (&f32, &f32)| f64::from(*a) - f64::from(*b);
        let errors: Vec<f64> = result.iter().zip(self.target).map(error).collect();
        let loss = errors.iter().map(|error| error * error).sum::<f64>() / errors.len().max(1) as f64;
        let [_, of_prediction] = self.step.factors();
        let slope = 2.0 * of_prediction * self.factor / errors.len().max(1) as f64;
        let size = slope.abs() * loss.sqrt();
        let scale = if size.is_normal() { (-size.log2()).round().exp2() } else { 1.0 };
        (loss, errors.iter().map(|error| (error * slope * scale) as f32).collect(), scale)
    }

    /// The latents behind the step, where this is predicted for the text.
    fn result(&self, prediction: &[f32]) -> Vec<f32> {
        let guided = diffusion::guidance::sum(&[(self.factor, prediction), (1.0, self.rest.as_slice())]);
        self.step.apply(self.latents, &guided)
    }

    fn predict(&self, context: Tensor<3>) -> Tensor<4> {
        let given = Conditioning { context, added: self.added.clone() };
        self.null.unet.forward(self.latents(self.latents), &[self.step.time], &given)
    }

    /// Numbers of the latents' shape, as the U-Net takes them.
    fn latents(&self, values: &[f32]) -> Tensor<4> {
        let [channels, height, width] = self.null.shape;
        let data = TensorData::new(values.to_vec(), [1, channels, height, width]);
        let unet = self.null.unet;
        Tensor::<4>::from_data(data, &unet.device()).cast(unet.dtype)
    }

    /// A text as the U-Net takes it.
    fn tensor(&self, values: &[f32]) -> Tensor<3> {
        let unet = self.null.unet;
        let data = TensorData::new(values.to_vec(), self.shape);
        Tensor::<3>::from_data(data, &unet.device()).cast(unet.dtype)
    }
}

/// A gradient on the host, as it was before it was multiplied. A prediction that is right already has one of zeros; none
/// at all means that the network does not read the text, and the text would stay as it was and pass for learned.
fn unscaled(gradient: Option<Tensor<3>>, scale: f64) -> Result<Vec<f32>> {
    let fault = || Error::Internal("the null text has no part in what the U-Net predicts".into());
    let values = read(gradient.ok_or_else(fault)?.cast(DType::F32))?;
    Ok(values.into_iter().map(|value| (f64::from(value) / scale) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn a_gradient_that_is_missing_is_no_gradient_of_zeros() {
        assert!(matches!(unscaled(None, 1.0), Err(Error::Internal(_))));
        let given = Tensor::<3>::from_data([[[2.0_f32, 0.0]]], &Device::flex());
        assert_eq!(unscaled(Some(given), 4.0).unwrap(), [0.5, 0.0]);
    }
}
