//! Small matrices beside the frozen projections of a U-Net: the numbers that are learned when a model is tuned to a word,
//! and their gradient.
//!
//! They live on the host in f32, one after another, as the word does; the device only ever sees a copy, which is the
//! leaf of the graph. The text is a constant here. The product begins as zero, so that the first step starts at the
//! model as it is.

use burn::tensor::{Tensor, TensorData};

use super::objective::{Batch, Objective, read, read_one};
use super::vectors::Vectors;
use base::Result;
use diffusion::StepRandom;
use model::{Adapter, UNet2dConditionModel};
use project::TuneParts;

/// Keeps what they begin as apart from the randomness of the steps.
const BEGINNING: u64 = 1 << 59;

/// The sizes of a projection that has matrices beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdaptedLayer {
    /// What diffusers calls it.
    pub path: String,
    /// Channels in and out.
    pub channels: [usize; 2],
}

/// Which projections have matrices beside them, and how they are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapters {
    /// In the order of the U-Net.
    pub layers: Vec<AdaptedLayer>,
    /// Rows of each `down`.
    pub rank: usize,
    /// What the products are multiplied by.
    pub scale: f32,
}

/// The matrices on the device, in the order of the layers: `down` and `up` of each.
pub struct Leaves(Vec<Tensor<2>>);

impl Adapters {
    /// Those of the projections of a U-Net that take part.
    pub fn of(unet: &mut UNet2dConditionModel, parts: TuneParts, rank: usize, alpha: f64) -> Self {
        let mut layers = Vec::new();
        unet.projections(&mut |path, layer| {
            if parts.holds(&path) {
                layers.push(AdaptedLayer { path, channels: layer.channels });
            }
        });
        Self { layers, rank, scale: (alpha / rank as f64) as f32 }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.shapes().map(|[rows, columns]| rows * columns).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Of `down` and `up` of each layer.
    fn shapes(&self) -> impl Iterator<Item = [usize; 2]> {
        let rank = self.rank;
        self.layers.iter().flat_map(move |layer| {
            let [input, output] = layer.channels;
            [[rank, input], [output, rank]]
        })
    }

    /// What they begin as: `down` evenly from within `1 / sqrt(inputs)` (PyTorch's `kaiming_uniform_` with `a =
    /// sqrt(5)`, as kohya's scripts and peft begin), `up` zero.
    pub fn beginning(&self, seed: u64) -> Vec<f32> {
        let mut random = StepRandom::new(seed, BEGINNING);
        let mut values = Vec::with_capacity(self.len());
        for layer in &self.layers {
            let [input, output] = layer.channels;
            let bound = 1.0 / (input as f64).sqrt();
            values.extend((0..self.rank * input).map(|_| ((2.0 * random.uniform() - 1.0) * bound) as f32));
            values.extend(std::iter::repeat_n(0.0, output * self.rank));
        }
        values
    }

    /// The matrices of each layer, `[rank, inputs]` and `[outputs, rank]`.
    pub fn matrices<'v>(&self, values: &'v [f32]) -> Vec<(&AdaptedLayer, &'v [f32], &'v [f32])> {
        let mut rest = values;
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at(count.min(rest.len()));
            rest = left;
            taken
        };
        let each = |layer: &'_ AdaptedLayer| {
            let [input, output] = layer.channels;
            (take(self.rank * input), take(output * self.rank))
        };
        let matrices: Vec<_> = self.layers.iter().map(each).collect();
        self.layers.iter().zip(matrices).map(|(layer, (down, up))| (layer, down, up)).collect()
    }

    /// Puts a copy of the numbers beside the projections, where a graph begins.
    pub fn attach(&self, values: &[f32], unet: &mut UNet2dConditionModel) -> Leaves {
        let device = unet.device().autodiff();
        let mut from = 0;
        let leaves: Vec<Tensor<2>> = self
            .shapes()
            .map(|shape| {
                let numbers = values[from..from + shape[0] * shape[1]].to_vec();
                from += numbers.len();
                Tensor::from_data(TensorData::new(numbers, shape), &device).require_grad()
            })
            .collect();
        let mut beside = self.layers.iter().zip(leaves.chunks_exact(2)).peekable();
        unet.projections(&mut |path, layer| {
            layer.adapter = beside.next_if(|(known, _)| known.path == path).map(|(_, pair)| Adapter {
                down: pair[0].clone(),
                up: pair[1].clone(),
                scale: self.scale,
            });
        });
        Leaves(leaves)
    }

    /// Leaves the U-Net as it was.
    pub fn detach(unet: &mut UNet2dConditionModel) {
        unet.projections(&mut |_, layer| layer.adapter = None);
    }
}

impl Leaves {
    /// The loss of a batch, in which sentences hold the word of these vectors, and its gradient with respect to the
    /// matrices, in their order. The objective's U-Net must be the one that they are attached to.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn gradient(
        &self,
        objective: &Objective<'_>,
        word: &Vectors,
        batch: &Batch,
        loss_scale: f64,
    ) -> Result<(f64, Vec<f32>)> {
        let scale = objective.factor(batch, loss_scale);
        let loss = objective.forward(&word.to_tensor(&objective.conditioner.device()), batch);
        let mut gradients = (loss.clone() * scale).backward();
        let device = objective.unet.device();
        let parts = self.0.iter().map(|leaf| {
            let [rows, columns] = leaf.dims();
            let gradient = leaf.grad_remove(&mut gradients);
            gradient.map_or_else(
                || Tensor::<1>::zeros([rows * columns], &device),
                |gradient| gradient.reshape([rows * columns]),
            )
        });
        // Read together, because each read waits for the device.
        let gradient = read(Tensor::cat(parts.collect(), 0))?.into_iter().map(|g| g / scale).collect();
        Ok((read_one(loss.inner())?, gradient))
    }
}
