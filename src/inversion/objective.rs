//! The objective of textual inversion and its gradient: how well the frozen model removes the noise from the
//! images when the prompt contains the word (paper section 3, equation 2).
//!
//! The graph starts at the word's vectors and everything else is a constant, so the backward pass costs one
//! pass for activations only. Loss and vectors are f32 whatever the precision of the networks.

use std::borrow::Cow;

use burn::tensor::{DType, Tensor, TensorData};

use super::refined::NegativeWord;
use super::replay::{Collect, Reach, Replay, Tell, TextGradient};
use super::vectors::Vectors;
use base::{Error, Result};
use diffusion::Schedule;
use model::unet::{Added, Conditioning};
use model::{Conditioner, Pipeline, UNet2dConditionModel};

/// Everything random about one evaluation, drawn beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Token ids of each row's sentence, a context length for each text encoder; ids beyond the vocabulary are the
    /// word's vectors.
    pub ids: Vec<Vec<u32>>,
    /// Clean latents, `[batch, channels, height, width]` row-major, already scaled.
    pub clean: Vec<f32>,
    /// Noise of the same shape.
    pub noise: Vec<f32>,
    /// Timestep of each row.
    pub timesteps: Vec<usize>,
    /// Weight of each latent pixel, `[batch, 1, height, width]` with mean 1 per row, if images have masks.
    pub weight: Option<Vec<f32>>,
    /// `[channels, height, width]`.
    pub latent: [usize; 3],
}

impl Batch {
    /// These rows and then those, of latents of the same shape.
    pub fn and(mut self, other: Self) -> Self {
        self.ids.extend(other.ids);
        self.clean.extend(other.clean);
        self.noise.extend(other.noise);
        self.timesteps.extend(other.timesteps);
        if let (Some(mine), Some(theirs)) = (&mut self.weight, other.weight) {
            mine.extend(theirs);
        }
        self
    }

    fn shape(&self) -> [usize; 4] {
        let [channels, height, width] = self.latent;
        [self.timesteps.len(), channels, height, width]
    }
}

/// The frozen parts of the objective.
#[derive(Clone, Copy)]
pub struct Objective<'a> {
    /// Text encoders.
    pub conditioner: &'a Conditioner,
    /// U-Net.
    pub unet: &'a UNet2dConditionModel,
    /// Noise schedule and prediction type.
    pub schedule: &'a Schedule,
    /// Layer of the text encoder that is used, counted from the one the family was trained with, which is 1.
    pub clip_skip: usize,
    /// Width and height of the images in pixels, for models that are conditioned on it.
    pub size: [u32; 2],
    /// Whether gradients are computed with one segment of the U-Net in the graph at a time.
    pub low_memory: bool,
    /// The word of the negative prompt, if one is learned as well.
    pub negative: Option<&'a NegativeWord>,
}

impl<'a> Objective<'a> {
    /// That of a model on images of this size: the usual layer of its text encoder, the whole U-Net in the graph, and no
    /// negative word.
    pub fn of(model: &'a Pipeline, schedule: &'a Schedule, size: [u32; 2]) -> Self {
        let (conditioner, unet) = (&model.conditioner, &model.unet);
        Self { conditioner, unet, schedule, clip_skip: 1, size, low_memory: false, negative: None }
    }
}

impl Objective<'_> {
    /// Mean weighted squared error over the batch, without a gradient.
    ///
    /// # Errors
    /// [`Error::Device`] if the device fails.
    pub fn loss(&self, vectors: &Vectors, batch: &Batch) -> Result<f64> {
        read_one(self.forward(&vectors.to_tensor(&self.conditioner.device()), batch))
    }

    /// Whether [`gradient`](Self::gradient) scales the loss: f16 alone has too small a range for its gradients. bf16 has
    /// that of f32.
    pub fn scales_loss(&self) -> bool {
        self.unet.dtype == DType::F16
    }

    /// What the loss is multiplied by before the backward pass.
    pub(super) fn factor(&self, batch: &Batch, loss_scale: f64) -> f32 {
        match self.scales_loss() {
            true => batch.clean.len() as f32 / 2.0 * loss_scale as f32,
            false => 1.0,
        }
    }

    /// The loss and its gradient with respect to the vectors, row-major `[k, d]`.
    ///
    /// In f16 the loss is multiplied by half the number of its terms before the backward pass, so that the first
    /// gradient is of the size of the error itself and small ones do not vanish, and by `loss_scale`, which the learner
    /// lowers where that is too much; the gradient is divided by the same number afterwards.
    ///
    /// # Errors
    /// [`Error::Device`] if the device fails.
    pub fn gradient(&self, vectors: &Vectors, batch: &Batch, loss_scale: f64) -> Result<(f64, Vec<f32>)> {
        if self.negative.is_none() && !batch.ids.iter().any(|ids| self.conditioner.mentions_word(ids)) {
            // No sentence of the batch contains the word (a long caption whose end was cut off, say).
            return Ok((self.loss(vectors, batch)?, vec![0.0; vectors.values.len()]));
        }
        let device = self.conditioner.device();
        let scale = self.factor(batch, loss_scale);
        let leaf = vectors.to_tensor(&device.clone().autodiff()).require_grad();
        // What is computed on two devices is no one graph.
        let apart = device != self.unet.device();
        let (loss, gradient) = match self.low_memory || apart {
            true => self.replayed(&leaf, batch, scale, &mut |_, _| Ok(()))?,
            false => {
                let loss = self.forward(&leaf, batch);
                let gradients = (loss.clone() * scale).backward();
                (loss, leaf.grad(&gradients))
            }
        };
        let gradient = match gradient {
            // Reading back waits for the device: the one sync point of a step, with the loss below.
            Some(gradient) => read(gradient)?.into_iter().map(|g| g / scale).collect(),
            None => vec![0.0; vectors.values.len()],
        };
        Ok((read_one(loss.inner())?, gradient))
    }

    /// The loss and the gradient of the word, with one segment of the U-Net in the graph at a time. The text encoders
    /// keep their graph, which is small, and may be on another device.
    fn replayed(
        &self,
        word: &Tensor<2>,
        batch: &Batch,
        scale: f32,
        tell: &mut Tell<'_>,
    ) -> Result<(Tensor<1>, Option<Tensor<2>>)> {
        let given = self.conditioner.encode(&self.ids(batch), Some(word), self.clip_skip, self.size);
        let plain = self.plain(given.clone());
        // The time depends on the text through the pooled text alone.
        let added =
            plain.added.map(|added| Added { pooled: added.pooled.autodiff().require_grad(), ..added });
        let time = self.unet.embed_time(&self.timesteps(batch), added.as_ref());
        let reach = if time.is_tracked() { Reach::TextAndTime } else { Reach::Text };
        let given_on = (time.clone(), plain.context);
        let (loss, text) = self.through(given_on, (batch, scale), reach, tell, &mut |_| ())?;
        let pooled = text.time.and_then(|grad| {
            let gradients = (time * grad).sum().backward();
            added.and_then(|added| added.pooled.grad(&gradients))
        });
        let context = text.context.map(|grad| share(given.context, grad));
        let pooled = given.added.zip(pooled).map(|(added, grad)| share(added.pooled, grad));
        let sum = match (context, pooled) {
            (Some(context), Some(pooled)) => context + pooled,
            (Some(share), None) | (None, Some(share)) => share,
            (None, None) => return Ok((loss, None)),
        };
        let gradient = word.grad(&sum.backward());
        Ok((loss, gradient))
    }

    /// The loss, and the gradients of what is learned within the U-Net, which are handed on one segment at a time.
    pub(super) fn replayed_within(
        &self,
        word: &Tensor<2>,
        batch: &Batch,
        scale: f32,
        reach: Reach,
        collect: &mut Collect<'_>,
    ) -> Result<Tensor<1>> {
        let given = self.conditioner.encode(&self.ids(batch), Some(word), self.clip_skip, self.size);
        let given = self.plain(given);
        let time = self.unet.embed_time(&self.timesteps(batch), given.added.as_ref());
        let given_on = (time.clone(), given.context);
        let (loss, text) = self.through(given_on, (batch, scale), reach, &mut |_, _| Ok(()), collect)?;
        if let Some(grad) = text.time.filter(|_| time.is_tracked()) {
            collect(&mut (time * grad).sum().backward());
        }
        Ok(loss)
    }

    /// Goes through the U-Net and back, one segment at a time, where the loss counts `scale` times: the loss, and the
    /// gradients of the time and the text that are given.
    fn through(
        &self,
        (time, context): (Tensor<2>, Tensor<3>),
        (batch, scale): (&Batch, f32),
        reach: Reach,
        tell: &mut Tell<'_>,
        collect: &mut Collect<'_>,
    ) -> Result<(Tensor<1>, TextGradient)> {
        let sample = self.noisy(batch);
        let (replay, prediction) = Replay::forward(self.unet, sample, time.inner(), context, reach, tell)?;
        let prediction = prediction.autodiff().require_grad();
        let loss = self.error(prediction.clone(), batch);
        let gradients = (loss.clone() * scale).backward();
        let text = match prediction.grad(&gradients) {
            Some(grad) => replay.backward(grad, tell, collect)?,
            None => TextGradient::default(),
        };
        Ok((loss, text))
    }

    /// Asks for all that a step asks for, one segment of the U-Net at a time, and waits for each: what a graphics card
    /// compiles for the first step is compiled afterwards. `tell` is called before each with how many are done, and how
    /// many there are; an error of it ends the rehearsal.
    ///
    /// # Errors
    /// [`Error::Device`] if the device fails; those of `tell`.
    pub fn rehearse(
        &self,
        vectors: &Vectors,
        batch: &Batch,
        tell: &mut dyn FnMut(usize, usize) -> Result<()>,
    ) -> Result<()> {
        let (device, word) = (self.unet.device(), self.conditioner.device());
        let leaf = vectors.to_tensor(&word.autodiff()).require_grad();
        let mut wait = |done, of| {
            device.sync().map_err(stopped)?;
            tell(done, of)
        };
        let (loss, gradient) = self.replayed(&leaf, batch, 1.0, &mut wait)?;
        gradient.map(read).transpose()?;
        read_one(loss.inner())?;
        // What reaches over two segments.
        if self.low_memory { Ok(()) } else { self.gradient(vectors, batch, 1.0).map(drop) }
    }

    /// What the text encoders gave, out of their graph and as the U-Net takes it.
    fn plain(&self, given: Conditioning) -> Conditioning {
        let (device, dtype) = (self.unet.device(), self.unet.dtype);
        let added = given
            .added
            .map(|added| Added { pooled: added.pooled.inner().to_device(&device).cast(dtype), ..added });
        Conditioning { context: given.context.inner().to_device(&device).cast(dtype), added }
    }

    /// The loss as a tensor of one value; tracked if `vectors` is, or what is learned within the U-Net.
    pub(super) fn forward(&self, vectors: &Tensor<2>, batch: &Batch) -> Tensor<1> {
        let given = self.conditioner.encode(&self.ids(batch), Some(vectors), self.clip_skip, self.size);
        let given = if given.context.is_tracked() { given } else { self.plain(given) };
        let prediction = self.unet.forward(self.noisy(batch), &self.timesteps(batch), &given);
        self.error(prediction, batch)
    }

    /// What the U-Net is given, in its precision.
    fn noisy(&self, batch: &Batch) -> Tensor<4> {
        let noisy = self.schedule.add_noise(&batch.clean, &batch.noise, &batch.timesteps);
        let noisy = TensorData::new(noisy, batch.shape());
        let noisy = Tensor::<4>::from_data(noisy, &self.unet.device()).cast(self.unet.dtype);
        if self.negative.is_some() { Tensor::cat(vec![noisy.clone(), noisy], 0) } else { noisy }
    }

    /// The sentences, and as many negative prompts if there is a negative word.
    fn ids<'b>(&self, batch: &'b Batch) -> Cow<'b, [Vec<u32>]> {
        let Some(negative) = self.negative else { return Cow::Borrowed(&batch.ids) };
        let negatives = std::iter::repeat_n(&negative.ids, batch.ids.len());
        Cow::Owned(batch.ids.iter().chain(negatives).cloned().collect())
    }

    /// The timesteps of the rows that the U-Net is given.
    fn timesteps(&self, batch: &Batch) -> Vec<f64> {
        let timesteps: Vec<f64> = batch.timesteps.iter().map(|t| *t as f64).collect();
        if self.negative.is_some() { timesteps.repeat(2) } else { timesteps }
    }

    /// The prediction led away from that of the negative prompt, if there is one.
    ///
    /// # Shapes
    /// - `prediction`: `[rows, channels, height, width]`, or with twice the rows; output: the former
    fn guided(&self, prediction: Tensor<4>) -> Tensor<4> {
        let Some(NegativeWord { guidance, .. }) = self.negative else { return prediction };
        let rows = prediction.dims()[0] / 2;
        let (positive, negative) = (prediction.clone().narrow(0, 0, rows), prediction.narrow(0, rows, rows));
        negative.clone() + (positive - negative) * *guidance as f32
    }

    /// Mean weighted squared error of a prediction.
    fn error(&self, prediction: Tensor<4>, batch: &Batch) -> Tensor<1> {
        let device = &self.unet.device();
        let target = self.schedule.target(&batch.clean, &batch.noise, &batch.timesteps);
        let target = Tensor::from_data(TensorData::new(target, batch.shape()), device);
        let error = (self.guided(prediction.cast(DType::F32)) - target).square();
        match &batch.weight {
            Some(weight) => {
                let [rows, _, height, width] = batch.shape();
                let data = TensorData::new(weight.clone(), [rows, 1, height, width]);
                (error * Tensor::from_data(data, device)).mean()
            }
            None => error.mean(),
        }
    }
}

/// A sum whose derivative by `given` is `grad`, wherever that was computed.
fn share<const D: usize>(given: Tensor<D>, grad: Tensor<D>) -> Tensor<1> {
    let device = given.device().inner();
    let grad = grad.to_device(&device).cast(given.dtype());
    (given * grad).sum()
}

/// Reads a tensor back as f32.
///
/// # Errors
/// [`Error::Device`] if the device was lost or ran out of memory.
pub fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    tensor.cast(DType::F32).try_into_vec_as::<f32>().map_err(stopped)
}

fn stopped(what: impl std::fmt::Display) -> Error {
    Error::device(
        format!("The device stopped answering ({what})"),
        "Close other programs that use it, choose a smaller size or batch, and resume from the last checkpoint.",
    )
}

pub(super) fn read_one(tensor: Tensor<1>) -> Result<f64> {
    Ok(read(tensor)?.first().map_or(f64::NAN, |loss| f64::from(*loss)))
}
