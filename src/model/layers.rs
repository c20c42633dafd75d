//! The building blocks that the U-Net and the autoencoder share: the residual block and the order of axes.
//!
//! Shapes are `[batch, height, width, channels]`; fields carry diffusers' names. Nothing here knows whether
//! it is being learned through: weights are constants unless their owner says otherwise, who is given each layer by name.

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::{Conv2d, GroupNorm, LayerNorm, Learned, Linear};

use super::source::Loader;
use base::Result;

/// A layer with numbers of its own.
#[derive(Debug)]
pub enum Layer<'a> {
    /// A convolution.
    Conv(&'a mut Conv2d),
    /// A linear layer.
    Linear(&'a mut Linear),
    /// A group norm.
    GroupNorm(&'a mut GroupNorm),
    /// A layer norm.
    LayerNorm(&'a mut LayerNorm),
}

impl Layer<'_> {
    /// Numbers that are learned in place of its own, or its own again.
    pub fn learn(self, learned: Option<Learned>) {
        match self {
            Self::Conv(layer) => layer.learned = learned,
            Self::Linear(layer) => layer.learned = learned,
            Self::GroupNorm(layer) => layer.learned = learned,
            Self::LayerNorm(layer) => layer.learned = learned,
        }
    }

    /// Channels that come out.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Conv(layer) => layer.channels[1],
            Self::Linear(layer) => layer.channels[1],
            Self::GroupNorm(layer) => layer.gamma.val().dims()[0],
            Self::LayerNorm(layer) => layer.gamma.val().dims()[0],
        }
    }
}

/// Is given layers, each with its name.
pub(super) type Visit<'v> = dyn FnMut(String, Layer<'_>) + 'v;

/// `ResnetBlock2D`: norm, SiLU, convolution, twice, around a skip connection; the time embedding is added
/// between the two where there is one.
#[derive(Module, Debug)]
pub struct ResnetBlock2d {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
    conv_shortcut: Option<Conv2d>,
}

/// What a [`ResnetBlock2d`] needs to know besides its weights.
#[derive(Debug, Clone, Copy)]
pub struct ResnetShape {
    /// Channels in.
    pub input: usize,
    /// Channels out.
    pub output: usize,
    /// Width of the time embedding, if there is one.
    pub time: Option<usize>,
    /// Groups of the group norms.
    pub groups: usize,
    /// Epsilon of the group norms.
    pub epsilon: f64,
}

impl ResnetBlock2d {
    /// Loads the block at the loader's place.
    pub fn load(loader: &mut Loader<'_>, shape: ResnetShape) -> Result<Self> {
        let ResnetShape { input, output, time, groups, epsilon } = shape;
        Ok(Self {
            norm1: loader.group_norm("norm1", groups, input, epsilon)?,
            conv1: loader.conv3x3("conv1", input, output)?,
            time_emb_proj: time
                .map(|width| loader.linear("time_emb_proj", width, output, true))
                .transpose()?,
            norm2: loader.group_norm("norm2", groups, output, epsilon)?,
            conv2: loader.conv3x3("conv2", output, output)?,
            conv_shortcut: (input != output)
                .then(|| loader.conv1x1("conv_shortcut", input, output))
                .transpose()?,
        })
    }

    /// Gives `visit` each layer with the name that diffusers has for it, below `place`.
    pub(super) fn layers(&mut self, place: &str, visit: &mut Visit<'_>) {
        let Self { norm1, conv1, time_emb_proj, norm2, conv2, conv_shortcut } = self;
        visit(format!("{place}.norm1"), Layer::GroupNorm(norm1));
        visit(format!("{place}.conv1"), Layer::Conv(conv1));
        if let Some(projection) = time_emb_proj {
            visit(format!("{place}.time_emb_proj"), Layer::Linear(projection));
        }
        visit(format!("{place}.norm2"), Layer::GroupNorm(norm2));
        visit(format!("{place}.conv2"), Layer::Conv(conv2));
        if let Some(shortcut) = conv_shortcut {
            visit(format!("{place}.conv_shortcut"), Layer::Conv(shortcut));
        }
    }

    /// # Shapes
    /// - `hidden`: `[batch, height, width, input]`
    /// - `time`: `[batch, time width]`, already through SiLU
    /// - output: `[batch, height, width, output]`
    pub fn forward(&self, hidden: Tensor<4>, time: Option<&Tensor<2>>) -> Tensor<4> {
        let inner = self.norm1.forward_silu(hidden.clone());
        let inner = match (&self.time_emb_proj, time) {
            (Some(projection), Some(time)) => {
                self.conv1.forward_shifted(inner, projection.forward(time.clone()))
            }
            _ => self.conv1.forward(inner),
        };
        let inner = self.norm2.forward_silu(inner);
        let skipped = match &self.conv_shortcut {
            Some(shortcut) => shortcut.forward(hidden),
            None => hidden,
        };
        self.conv2.forward_onto(inner, skipped)
    }
}

/// A picture as the files have it, `[batch, channels, height, width]`, as the layers take it.
pub fn channels_last(picture: Tensor<4>) -> Tensor<4> {
    // Not by `permute`: burn 0.22 tells another machine that what is permuted are whole numbers.
    picture.swap_dims(1, 2).swap_dims(2, 3)
}

/// The way back from [`channels_last`].
pub fn channels_first(picture: Tensor<4>) -> Tensor<4> {
    picture.swap_dims(2, 3).swap_dims(1, 2)
}
