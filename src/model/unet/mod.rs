//! `UNet2DConditionModel`: predicts the noise in a latent image, given the time and the text.
//!
//! The network is a list of [`Segment`]s over a small [`State`]; a forward pass folds over them. Keeping them
//! separate lets a caller look at what each one computed, or replay them one by one during learning so that
//! only one segment's intermediate results are in memory. Its weights are constants; what
//! is learned stands beside them, or in their place.

mod blocks;
mod time;

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor};

use self::blocks::{Block, Layers};
use self::time::TimestepEmbedding;
use super::attention::AttentionMap;
use super::config::{SIZES, UNetConfig};
use super::layers::{Layer, channels_first, channels_last};
use super::source::Loader;
use base::Result;
use kernels::{Conv2d, GroupNorm, Linear, join, silu, upsample_nearest};

/// What the prediction depends on besides the noisy image and the time.
#[derive(Debug, Clone)]
pub struct Conditioning {
    /// The text, `[batch, text tokens, cross_attention_dim]`.
    pub context: Tensor<3>,
    /// What SDXL is conditioned on in addition; nothing in the other families.
    pub added: Option<Added>,
}

/// SDXL's additional conditioning (SDXL paper, section 2.2).
#[derive(Debug, Clone)]
pub struct Added {
    /// Each text in one vector, `[batch, pooled width]`.
    pub pooled: Tensor<2>,
    /// For each row, in pixels: original height and width, top and left of the crop, target height and width.
    pub sizes: Vec<[f64; SIZES]>,
}

impl Conditioning {
    /// The same rows so many times, one after the other.
    #[must_use]
    pub fn repeated(self, times: usize) -> Self {
        if times == 1 {
            return self;
        }
        let added = self.added.map(|added| Added {
            pooled: added.pooled.repeat(&[times, 1]),
            sizes: added.sizes.repeat(times),
        });
        Self { context: self.context.repeat(&[times, 1, 1]), added }
    }
}

/// One step of the forward pass, small enough to be recomputed on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "`block` is an index among the down or up blocks, `layer` one within it")]
pub enum Segment {
    /// The first convolution.
    ConvIn,
    /// A residual block and its transformer, going down.
    DownLayer { block: usize, layer: usize },
    /// Halving the image after a down block.
    Downsample { block: usize },
    /// The middle block.
    Mid,
    /// A residual block and its transformer, going up.
    UpLayer { block: usize, layer: usize },
    /// Doubling the image after an up block.
    Upsample { block: usize },
    /// The last norm and convolution.
    ConvOut,
}

/// What flows from one segment to the next.
#[derive(Debug, Clone)]
pub struct State {
    /// The image so far: before the first segment and after the last one `[batch, channels, height, width]`, between
    /// them `[batch, height, width, channels]`.
    pub hidden: Tensor<4>,
    /// Results of the way down, to be joined on the way up; the last one is used first.
    pub residuals: Vec<Tensor<4>>,
}

/// The U-Net. Fields carry diffusers' names.
#[derive(Module, Debug)]
pub struct UNet2dConditionModel {
    conv_in: Conv2d,
    time_embedding: TimestepEmbedding,
    add_embedding: Option<TimestepEmbedding>,
    down_blocks: Vec<Block>,
    mid_block: Layers,
    up_blocks: Vec<Block>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    /// The forward pass as a list, in order.
    #[module(skip)]
    pub segments: Vec<Segment>,
    /// The sizes it was built with.
    #[module(skip)]
    pub config: UNetConfig,
    /// Precision of the weights and of the intermediate results.
    #[module(skip)]
    pub dtype: DType,
}

impl UNet2dConditionModel {
    /// Builds the network at the loader's place. What comes first and last, and what is made of the time, is small and
    /// reaches everything: it is kept in full.
    pub fn load(loader: &mut Loader<'_>, config: &UNetConfig) -> Result<Self> {
        let widths = &config.block_out_channels;
        let (first, last) = (widths[0], widths.len() - 1);
        let down = |block, loader: &mut Loader<'_>| Block::load_down(loader, config, block);
        let up = |block, loader: &mut Loader<'_>| Block::load_up(loader, config, block);
        let down_blocks = loader.list("down_blocks", widths.len(), down)?;
        let up_blocks = loader.list("up_blocks", widths.len(), up)?;
        let segments = segments(&down_blocks, &up_blocks);
        Ok(Self {
            conv_in: loader.in_full().conv3x3("conv_in", config.in_channels, first)?,
            time_embedding: TimestepEmbedding::load(&mut loader.in_full(), "time_embedding", first, config)?,
            add_embedding: config
                .projection_class_embeddings_input_dim
                .filter(|_| config.added_widths().is_some())
                .map(|input| TimestepEmbedding::load(&mut loader.in_full(), "add_embedding", input, config))
                .transpose()?,
            down_blocks,
            mid_block: Layers::load(&mut loader.child("mid_block"), config, last, [2, 1], |_| widths[last])?,
            up_blocks,
            conv_norm_out: loader.group_norm(
                "conv_norm_out",
                config.norm_num_groups,
                first,
                config.norm_eps,
            )?,
            conv_out: loader.in_full().conv3x3("conv_out", first, config.out_channels)?,
            segments,
            config: config.clone(),
            dtype: loader.dtype,
        })
    }

    /// Residual blocks of each down block; of the first, where they differ.
    pub fn layers_per_block(&self) -> usize {
        self.config.layers_per_block.get(0)
    }

    /// The device of the weights.
    pub fn device(&self) -> Device {
        self.conv_in.device()
    }

    /// Gives `visit` each layer with the name that diffusers has for it, always in the same order.
    pub fn layers(&mut self, visit: &mut dyn FnMut(String, Layer<'_>)) {
        visit("conv_in".into(), Layer::Conv(&mut self.conv_in));
        self.time_embedding.layers("time_embedding", visit);
        if let Some(embedding) = &mut self.add_embedding {
            embedding.layers("add_embedding", visit);
        }
        for (index, block) in self.down_blocks.iter_mut().enumerate() {
            block.each(&format!("down_blocks.{index}"), "downsamplers", visit);
        }
        self.mid_block.each("mid_block", visit);
        for (index, block) in self.up_blocks.iter_mut().enumerate() {
            block.each(&format!("up_blocks.{index}"), "upsamplers", visit);
        }
        visit("conv_norm_out".into(), Layer::GroupNorm(&mut self.conv_norm_out));
        visit("conv_out".into(), Layer::Conv(&mut self.conv_out));
    }

    /// The same for the projections of its attentions alone: query, key, value and output, of self- and of
    /// cross-attention.
    pub fn projections(&mut self, visit: &mut dyn FnMut(String, &mut Linear)) {
        self.layers(&mut |path, layer| match layer {
            Layer::Linear(layer) if path.contains(".attn") => visit(path, layer),
            _ => {}
        });
    }

    /// The time embedding of each row, already through the SiLU that every residual block applies first.
    ///
    /// # Shapes
    /// - `timesteps`: one per row of the batch, 0 to 999, fractions allowed
    /// - output: `[batch, 4 * first width]`
    pub fn embed_time(&self, timesteps: &[f64], added: Option<&Added>) -> Tensor<2> {
        let time = self.time_embedding.forward(timesteps, &self.config, &self.device(), self.dtype);
        silu(match (&self.add_embedding, added, self.config.added_widths()) {
            (Some(network), Some(added), Some([_, width])) => {
                let pooled = added.pooled.clone().cast(self.dtype);
                let added = Added { pooled, sizes: added.sizes.clone() };
                time + network.forward_added(&added, width, &self.config)
            }
            _ => time,
        })
    }

    /// Runs one segment.
    ///
    /// # Shapes
    /// - `time`: what [`Self::embed_time`] gives; `context`: `[batch, text tokens, cross_attention_dim]`
    pub fn run(&self, segment: Segment, state: State, time: &Tensor<2>, context: &Tensor<3>) -> State {
        self.run_seen(segment, state, time, context, None)
    }

    /// [`Self::run`]; where `seen` is given, what was attended to in the text is put there.
    fn run_seen(
        &self,
        segment: Segment,
        state: State,
        time: &Tensor<2>,
        context: &Tensor<3>,
        mut seen: Option<&mut Vec<AttentionMap>>,
    ) -> State {
        let State { mut hidden, mut residuals } = state;
        match segment {
            Segment::ConvIn => hidden = self.conv_in.forward(channels_last(hidden)),
            Segment::DownLayer { block, layer } => {
                hidden = self.down_blocks[block].layers.forward(layer, hidden, time, context, seen);
            }
            Segment::Downsample { block } => hidden = self.down_blocks[block].resample(hidden),
            Segment::Mid => {
                hidden = self.mid_block.forward(0, hidden, time, context, seen.as_deref_mut());
                hidden = self.mid_block.forward(1, hidden, time, context, seen);
            }
            Segment::UpLayer { block, layer } => {
                let joined = match residuals.pop() {
                    Some(residual) => join(hidden, residual),
                    None => hidden,
                };
                hidden = self.up_blocks[block].layers.forward(layer, joined, time, context, seen);
            }
            Segment::Upsample { block } => {
                let [_, height, width, _] = hidden.dims();
                let target = residuals.last().map_or([2 * height, 2 * width], |r| [r.dims()[1], r.dims()[2]]);
                hidden = self.up_blocks[block].resample(upsample_nearest(hidden, target));
            }
            Segment::ConvOut => {
                hidden = channels_first(self.conv_out.forward(self.conv_norm_out.forward_silu(hidden)));
            }
        }
        if matches!(segment, Segment::ConvIn | Segment::DownLayer { .. } | Segment::Downsample { .. }) {
            residuals.push(hidden.clone());
        }
        State { hidden, residuals }
    }

    /// The prediction (noise or velocity, whatever the model was trained for).
    ///
    /// # Shapes
    /// - `sample`: `[batch, in_channels, height, width]`; `timesteps`: one per row
    /// - output: `[batch, out_channels, height, width]`
    pub fn forward(&self, sample: Tensor<4>, timesteps: &[f64], given: &Conditioning) -> Tensor<4> {
        let time = self.embed_time(timesteps, given.added.as_ref());
        let start = State { hidden: sample, residuals: Vec::new() };
        let run = |state, segment: &Segment| self.run(*segment, state, &time, &given.context);
        self.segments.iter().fold(start, run).hidden
    }

    /// [`Self::forward`], and what each layer attended to in the text: slower, and nothing can be learned through it.
    pub fn forward_seen(
        &self,
        sample: Tensor<4>,
        timesteps: &[f64],
        given: &Conditioning,
    ) -> (Tensor<4>, Vec<AttentionMap>) {
        let time = self.embed_time(timesteps, given.added.as_ref());
        let (mut state, mut seen) = (State { hidden: sample, residuals: Vec::new() }, Vec::new());
        for segment in &self.segments {
            state = self.run_seen(*segment, state, &time, &given.context, Some(&mut seen));
        }
        (state.hidden, seen)
    }
}

fn segments(down_blocks: &[Block], up_blocks: &[Block]) -> Vec<Segment> {
    let mut list = vec![Segment::ConvIn];
    for (block, down) in down_blocks.iter().enumerate() {
        list.extend((0..down.layers.resnets.len()).map(|layer| Segment::DownLayer { block, layer }));
        list.extend(down.resampler.is_some().then_some(Segment::Downsample { block }));
    }
    list.push(Segment::Mid);
    for (block, up) in up_blocks.iter().enumerate() {
        list.extend((0..up.layers.resnets.len()).map(|layer| Segment::UpLayer { block, layer }));
        list.extend(up.resampler.is_some().then_some(Segment::Upsample { block }));
    }
    list.push(Segment::ConvOut);
    list
}
