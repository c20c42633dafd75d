//! Attention: the one function, and the `Transformer2DModel` of the U-Net that uses it on images and text.
//!
//! Tokens are `[batch, tokens, width]`, which is what a picture is when its pixels are counted. No scores are kept for a
//! gradient: they are computed once more.

use burn::module::Module;
use burn::tensor::activation::softmax;
use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Bool, DType, Tensor};

use super::layers::{Layer, Visit};
use super::source::Loader;
use base::Result;
use kernels::{GroupNorm, Heads, LayerNorm, Linear};

/// Scaled dot-product attention over `heads` heads, `softmax(q k^T / sqrt(width / heads)) v`.
///
/// # Shapes
/// - `query`: `[batch, n, width]`; `key`, `value`: `[batch, m, width]`
/// - output: `[batch, n, width]`
pub fn attend(
    query: Tensor<3>,
    key: Tensor<3>,
    value: Tensor<3>,
    heads: usize,
    causal: bool,
    upcast: bool,
) -> Tensor<3> {
    let dtype = query.dtype();
    let cast = |tensor: Tensor<3>| if upcast { tensor.cast(DType::F32) } else { tensor };
    let heads = Heads { count: heads, causal };
    let out = kernels::attend(cast(query), cast(key), cast(value), heads);
    if upcast { out.cast(dtype) } else { out }
}

/// The same without looking at the keys that `unseen`, of `[batch, m]`, is true for: the few tokens of a text, whose
/// scores burn may keep.
pub(super) fn attend_hiding(
    query: Tensor<3>,
    key: Tensor<3>,
    value: Tensor<3>,
    heads: usize,
    causal: bool,
    unseen: Option<&Tensor<2, Bool>>,
) -> Tensor<3> {
    let Some(unseen) = unseen else { return attend(query, key, value, heads, causal, false) };
    let [batch, tokens, width] = query.dims();
    let split = |tensor: Tensor<3>| {
        let [batch, tokens, width] = tensor.dims();
        tensor.reshape([batch, tokens, heads, width / heads]).swap_dims(1, 2)
    };
    let options = AttentionModuleOptions { is_causal: causal, ..Default::default() };
    let keys = unseen.dims()[1];
    let mask = unseen.clone().reshape([batch, 1, 1, keys]).expand([batch, heads, tokens, keys]);
    let out = attention(split(query), split(key), split(value), Some(mask), None, options);
    out.swap_dims(1, 2).reshape([batch, tokens, width])
}

/// diffusers' `Attention`: projections around [`attend`]. `to_out` is the checkpoint's `to_out.0`.
#[derive(Module, Debug)]
pub struct Attention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    heads: usize,
    upcast: bool,
}

/// The sizes of an [`Attention`].
#[derive(Debug, Clone, Copy)]
pub struct AttentionShape {
    /// Width of the queries and of the output.
    pub query: usize,
    /// Width of what is attended to.
    pub context: usize,
    /// Number of heads; divides `query`.
    pub heads: usize,
    /// Whether the query, key and value projections have a bias.
    pub bias: bool,
    /// Whether the scores are computed in f32 whatever the precision of the weights.
    pub upcast: bool,
}

impl Attention {
    /// Loads the layer at the loader's place.
    pub fn load(loader: &mut Loader<'_>, shape: AttentionShape) -> Result<Self> {
        let AttentionShape { query, context, heads, bias, upcast } = shape;
        Ok(Self {
            to_q: loader.linear("to_q", query, query, bias)?,
            to_k: loader.linear("to_k", context, query, bias)?,
            to_v: loader.linear("to_v", context, query, bias)?,
            to_out: loader.linear("to_out.0", query, query, true)?,
            heads,
            upcast,
        })
    }

    /// Gives `visit` each projection with the name that diffusers has for it, below `place`.
    pub(super) fn layers(&mut self, place: &str, visit: &mut Visit<'_>) {
        let Self { to_q, to_k, to_v, to_out, .. } = self;
        for (name, layer) in [("to_q", to_q), ("to_k", to_k), ("to_v", to_v), ("to_out.0", to_out)] {
            visit(format!("{place}.{name}"), Layer::Linear(layer));
        }
    }

    /// Attends from `hidden` to `context`, or to itself, and adds the result to `residual`.
    ///
    /// # Shapes
    /// - `hidden`, `residual`: `[batch, n, query]`; `context`: `[batch, m, context]`
    /// - output: `[batch, n, query]`
    pub fn forward_onto(
        &self,
        hidden: Tensor<3>,
        context: Option<&Tensor<3>>,
        residual: Tensor<3>,
    ) -> Tensor<3> {
        let source = context.unwrap_or(&hidden);
        let key = self.to_k.forward(source.clone());
        let value = self.to_v.forward(source.clone());
        let out = attend(self.to_q.forward(hidden), key, value, self.heads, false, self.upcast);
        self.to_out.forward_onto(out, residual)
    }

    /// How much each place of `hidden` attends to each of `context`, the mean over the heads, in f32.
    ///
    /// # Shapes
    /// - `hidden`: `[batch, n, query]`; `context`: `[batch, m, context]`
    /// - output: `[batch, n, m]`
    fn probabilities(&self, hidden: Tensor<3>, context: &Tensor<3>) -> Tensor<3> {
        let split = |tensor: Tensor<3>| {
            let [batch, tokens, width] = tensor.dims();
            tensor.cast(DType::F32).reshape([batch, tokens, self.heads, width / self.heads]).swap_dims(1, 2)
        };
        let (query, key) = (split(self.to_q.forward(hidden)), split(self.to_k.forward(context.clone())));
        let [batch, _, places, width] = query.dims();
        let scores = query.matmul(key.swap_dims(2, 3)).div_scalar((width as f64).sqrt());
        let tokens = scores.dims()[3];
        softmax(scores, 3).mean_dim(1).reshape([batch, places, tokens])
    }
}

/// How a picture attends to its text in one layer, for whoever wants to see it.
#[derive(Debug)]
pub struct AttentionMap {
    /// Height and width of the picture in the layer.
    pub size: [usize; 2],
    /// The mean over the heads, `[batch, height * width, text tokens]`, f32.
    pub probabilities: Tensor<3>,
}

/// `FeedForward` with GEGLU: `ff.net.0.proj` and `ff.net.2` of the checkpoint.
#[derive(Module, Debug)]
pub struct FeedForward {
    proj_in: Linear,
    proj_out: Linear,
}

impl FeedForward {
    fn load(loader: &mut Loader<'_>, width: usize) -> Result<Self> {
        Ok(Self {
            proj_in: loader.linear("net.0.proj", width, 8 * width, true)?,
            proj_out: loader.linear("net.2", 4 * width, width, true)?,
        })
    }

    fn layers(&mut self, place: &str, visit: &mut Visit<'_>) {
        visit(format!("{place}.net.0.proj"), Layer::Linear(&mut self.proj_in));
        visit(format!("{place}.net.2"), Layer::Linear(&mut self.proj_out));
    }

    fn forward_onto(&self, hidden: Tensor<3>, residual: Tensor<3>) -> Tensor<3> {
        self.proj_out.forward_onto(kernels::geglu(self.proj_in.forward(hidden)), residual)
    }
}

/// `BasicTransformerBlock`: self-attention, cross-attention to the text, feed-forward, each after a norm and
/// added back.
#[derive(Module, Debug)]
pub struct BasicTransformerBlock {
    norm1: LayerNorm,
    attn1: Attention,
    norm2: LayerNorm,
    attn2: Attention,
    norm3: LayerNorm,
    ff: FeedForward,
}

impl BasicTransformerBlock {
    fn load(loader: &mut Loader<'_>, shape: TransformerShape) -> Result<Self> {
        let TransformerShape { width, context, heads, upcast, .. } = shape;
        let attention = |context| AttentionShape { query: width, context, heads, bias: false, upcast };
        Ok(Self {
            norm1: loader.layer_norm("norm1", width, 1e-5)?,
            attn1: Attention::load(&mut loader.child("attn1"), attention(width))?,
            norm2: loader.layer_norm("norm2", width, 1e-5)?,
            attn2: Attention::load(&mut loader.child("attn2"), attention(context))?,
            norm3: loader.layer_norm("norm3", width, 1e-5)?,
            ff: FeedForward::load(&mut loader.child("ff"), width)?,
        })
    }

    fn layers(&mut self, place: &str, visit: &mut Visit<'_>) {
        let Self { norm1, attn1, norm2, attn2, norm3, ff } = self;
        visit(format!("{place}.norm1"), Layer::LayerNorm(norm1));
        attn1.layers(&format!("{place}.attn1"), visit);
        visit(format!("{place}.norm2"), Layer::LayerNorm(norm2));
        attn2.layers(&format!("{place}.attn2"), visit);
        visit(format!("{place}.norm3"), Layer::LayerNorm(norm3));
        ff.layers(&format!("{place}.ff"), visit);
    }

    /// # Shapes
    /// - `hidden`: `[batch, height * width, channels]`; `context`: `[batch, text tokens, context]`
    /// - output: as `hidden`
    pub fn forward(&self, hidden: Tensor<3>, context: &Tensor<3>) -> Tensor<3> {
        let hidden = self.attn1.forward_onto(self.norm1.forward(hidden.clone()), None, hidden);
        let hidden = self.attn2.forward_onto(self.norm2.forward(hidden.clone()), Some(context), hidden);
        self.ff.forward_onto(self.norm3.forward(hidden.clone()), hidden)
    }

    /// How `hidden` will attend to `context` in [`Self::forward`], which keeps no probabilities: they are computed here
    /// once more.
    fn probabilities(&self, hidden: Tensor<3>, context: &Tensor<3>) -> Tensor<3> {
        let hidden = self.attn1.forward_onto(self.norm1.forward(hidden.clone()), None, hidden);
        self.attn2.probabilities(self.norm2.forward(hidden), context)
    }
}

/// The sizes of a [`Transformer2d`].
#[derive(Debug, Clone, Copy)]
pub struct TransformerShape {
    /// Channels of the image.
    pub width: usize,
    /// Width of the text context.
    pub context: usize,
    /// Attention heads.
    pub heads: usize,
    /// Transformer blocks in a row.
    pub depth: usize,
    /// Groups of the group norm.
    pub groups: usize,
    /// Attention scores in f32.
    pub upcast: bool,
}

/// `Transformer2DModel`: an image turned into tokens, transformed with the text, and added back. Projections that SD 1
/// stores as 1x1 convolutions are the linear layers that they are.
#[derive(Module, Debug)]
pub struct Transformer2d {
    norm: GroupNorm,
    proj_in: Linear,
    transformer_blocks: Vec<BasicTransformerBlock>,
    proj_out: Linear,
}

impl Transformer2d {
    /// Loads the transformer at the loader's place.
    pub fn load(loader: &mut Loader<'_>, shape: TransformerShape) -> Result<Self> {
        let block = |_, loader: &mut Loader<'_>| BasicTransformerBlock::load(loader, shape);
        Ok(Self {
            norm: loader.group_norm("norm", shape.groups, shape.width, 1e-6)?,
            proj_in: loader.linear("proj_in", shape.width, shape.width, true)?,
            transformer_blocks: loader.list("transformer_blocks", shape.depth, block)?,
            proj_out: loader.linear("proj_out", shape.width, shape.width, true)?,
        })
    }

    /// Gives `visit` each layer; names are below `place`.
    pub(super) fn layers(&mut self, place: &str, visit: &mut Visit<'_>) {
        visit(format!("{place}.norm"), Layer::GroupNorm(&mut self.norm));
        visit(format!("{place}.proj_in"), Layer::Linear(&mut self.proj_in));
        for (index, block) in self.transformer_blocks.iter_mut().enumerate() {
            block.layers(&format!("{place}.transformer_blocks.{index}"), visit);
        }
        visit(format!("{place}.proj_out"), Layer::Linear(&mut self.proj_out));
    }

    /// Where `seen` is given, what each block attended to is put there.
    ///
    /// # Shapes
    /// - `hidden`: `[batch, height, width, channels]`; `context`: `[batch, text tokens, context]`
    /// - output: as `hidden`
    pub fn forward(
        &self,
        hidden: Tensor<4>,
        context: &Tensor<3>,
        mut seen: Option<&mut Vec<AttentionMap>>,
    ) -> Tensor<4> {
        let [batch, height, width, channels] = hidden.dims();
        let to_tokens = |picture: Tensor<4>| picture.reshape([batch, height * width, channels]);
        let mut tokens = self.proj_in.forward(to_tokens(self.norm.forward(hidden.clone())));
        for block in &self.transformer_blocks {
            if let Some(seen) = &mut seen {
                let probabilities = block.probabilities(tokens.clone(), context);
                seen.push(AttentionMap { size: [height, width], probabilities });
            }
            tokens = block.forward(tokens, context);
        }
        self.proj_out.forward_onto(tokens, to_tokens(hidden)).reshape([batch, height, width, channels])
    }
}
