//! Every number of a U-Net, or of another network, as what is learned: where they stand, and how they are put in place of the
//! layers' own.
//!
//! They are kept as the model's file stores them, so that what is learned does not depend on how a device lays a weight
//! out. Reading the file is left to others.

use super::leaves::{Leaves, Numbers, taking};
use super::replay::Reach;
use base::{Error, Result};
use burn::tensor::Device;
use model::{Layer, Learned, Stored};

/// A layer whose numbers are learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeLayer {
    /// What diffusers calls it.
    pub path: String,
    /// Of its weight, as the file stores it.
    pub shape: Vec<usize>,
    /// Whether it has a bias, which is as long as the first side of its weight.
    pub bias: bool,
    /// Whether it is a norm.
    pub norm: bool,
}

/// The layers, in the order of their numbers: of each its weight, then its bias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// In the order of the network.
    pub layers: Vec<WholeLayer>,
}

/// Gives whoever it is handed each layer of a network with its name, always in the same order.
pub type Visits<'v> = dyn FnMut(&mut dyn FnMut(String, Layer<'_>)) + 'v;

impl WholeLayer {
    fn outputs(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    fn weights(&self) -> usize {
        self.shape.iter().product()
    }

    fn biases(&self) -> usize {
        if self.bias { self.outputs() } else { 0 }
    }
}

impl Whole {
    /// The layers of a network that are visited, and their numbers, which `read` finds by their names: nothing for one that is
    /// not there.
    ///
    /// # Errors
    /// Those of `read`; [`Error::Internal`] if a layer has no weight there, which would stay as it is unnoticed.
    pub fn of(
        visits: &mut Visits<'_>,
        read: &mut dyn FnMut(&str) -> Result<Option<Stored>>,
    ) -> Result<(Self, Vec<f32>)> {
        let mut paths = Vec::new();
        visits(&mut |path, layer| {
            let norm = matches!(layer, Layer::GroupNorm(_) | Layer::LayerNorm(_));
            paths.push((path, layer.outputs(), norm));
        });
        let (mut layers, mut values) = (Vec::new(), Vec::new());
        for (path, outputs, norm) in paths {
            let weight = read(&format!("{path}.weight"))?;
            let missing = || Error::Internal(format!("the model's file has no {path}.weight"));
            let (shape, weight) = weight.ok_or_else(missing)?;
            let bias = read(&format!("{path}.bias"))?.filter(|(_, bias)| bias.len() == outputs);
            values.extend(weight);
            layers.push(WholeLayer { path, shape, bias: bias.is_some(), norm });
            values.extend(bias.into_iter().flat_map(|(_, bias)| bias));
        }
        Ok((Self { layers }, values))
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.layers.iter().map(|layer| layer.weights() + layer.biases()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Each layer's weight and bias, the latter empty where it has none.
    pub fn parts<'v>(&self, values: &'v [f32]) -> Vec<(&WholeLayer, &'v [f32], &'v [f32])> {
        let mut take = taking(values);
        self.layers.iter().map(|layer| (layer, take(layer.weights()), take(layer.biases()))).collect()
    }

    /// Puts a copy of the numbers in place of the layers' own, where a graph begins.
    pub fn attach(&self, values: &[f32], device: &Device, visits: &mut Visits<'_>) -> Leaves {
        let mut numbers = Numbers::new(values, device);
        let mut known = self.layers.iter().peekable();
        visits(&mut |path, layer| {
            let Some(found) = known.next_if(|known| known.path == path) else { return };
            let outputs = found.outputs();
            let weight = numbers.next([outputs, found.weights() / outputs.max(1)]);
            let bias = found.bias.then(|| numbers.next([1, outputs]));
            layer.learn(Some(Learned { weight, bias }));
        });
        numbers.leaves(Reach::All)
    }
}
