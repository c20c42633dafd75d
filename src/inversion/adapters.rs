//! Small matrices beside the frozen projections of a U-Net: the numbers that are learned when a model is tuned to a word.
//!
//! The product begins as zero, so that the first step starts at the model as it is. Their gradient is found by `leaves`.

use super::leaves::{Leaves, Numbers, taking};
use super::replay::Reach;
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
        let mut take = taking(values);
        let each = self.layers.iter().map(|layer| {
            let [input, output] = layer.channels;
            (layer, take(self.rank * input), take(output * self.rank))
        });
        each.collect()
    }

    /// Puts a copy of the numbers beside the projections, where a graph begins.
    pub fn attach(&self, values: &[f32], unet: &mut UNet2dConditionModel) -> Leaves {
        let mut numbers = Numbers::new(values, &unet.device());
        let mut known = self.layers.iter().peekable();
        unet.projections(&mut |path, layer| {
            layer.adapter = known.next_if(|known| known.path == path).map(|known| {
                let [input, output] = known.channels;
                let (down, up) = (numbers.next([self.rank, input]), numbers.next([output, self.rank]));
                Adapter { down, up, scale: self.scale }
            });
        });
        numbers.leaves(Reach::Text)
    }

    /// Leaves the U-Net as it was.
    pub fn detach(unet: &mut UNet2dConditionModel) {
        unet.projections(&mut |_, layer| layer.adapter = None);
        unet.layers(&mut |_, layer| layer.learn(None));
    }
}
