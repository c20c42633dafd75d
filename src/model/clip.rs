//! `CLIPTextModel`: token vectors to the context that the U-Net reads.
//!
//! It takes vectors rather than token ids, so that learned rows can be put in before the position embedding
//! is added; looking ids up is `embeddings`' work. The network itself is causal and frozen.

use burn::module::{Module, Param};
use burn::tensor::{Bool, Tensor};

use super::attention::attend_hiding;
use super::config::ClipTextConfig;
use super::embeddings::{Vocabulary, hidden_states};
use super::source::Loader;
use base::Result;
use kernels::{Activation, LayerNorm, Linear};

/// The text encoder. Fields carry transformers' names, without the prefixes `text_model` and `encoder`.
#[derive(Module, Debug)]
pub struct ClipTextModel {
    pub(super) position_embedding: Param<Tensor<2>>,
    layers: Vec<ClipEncoderLayer>,
    pub(super) final_layer_norm: LayerNorm,
    pub(super) text_projection: Option<Linear>,
    #[module(skip)]
    pub(super) vocabulary: Vocabulary,
    #[module(skip)]
    pub(super) config: ClipTextConfig,
}

/// `CLIPEncoderLayer`: self-attention and a small network, each after a norm and added back. Both towers of CLIP
/// are made of it; only the text tower is causal.
#[derive(Module, Debug)]
pub struct ClipEncoderLayer {
    layer_norm1: LayerNorm,
    self_attn: ClipAttention,
    layer_norm2: LayerNorm,
    mlp: ClipMlp,
}

#[derive(Module, Debug)]
struct ClipAttention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    out_proj: Linear,
    heads: usize,
    causal: bool,
}

#[derive(Module, Debug)]
struct ClipMlp {
    fc1: Linear,
    fc2: Linear,
    quick: bool,
}

impl ClipTextModel {
    /// Builds the network at the loader's place; the token table stays on the host, where only the few rows of a prompt
    /// are read.
    pub fn load(loader: &mut Loader<'_>, config: &ClipTextConfig) -> Result<Self> {
        let (width, epsilon) = (config.hidden_size, config.layer_norm_eps);
        let quick = config.hidden_act == "quick_gelu";
        let shape = [width, config.intermediate_size, config.num_attention_heads];
        let table = loader.values("embeddings.token_embedding.weight", &[config.vocab_size, width])?;
        let layer = |_, loader: &mut Loader<'_>| ClipEncoderLayer::load(loader, shape, epsilon, quick, true);
        let positions = [config.max_position_embeddings, width];
        Ok(Self {
            position_embedding: loader.tensor("embeddings.position_embedding.weight", positions)?,
            layers: loader.list("encoder.layers", config.num_hidden_layers, layer)?,
            final_layer_norm: loader.layer_norm("final_layer_norm", width, config.layer_norm_eps)?,
            text_projection: None,
            vocabulary: Vocabulary::kept(table, width, loader.dtype),
            config: config.clone(),
        })
    }

    /// Builds a `CLIPTextModelWithProjection`, which can also pool a text into one vector.
    pub fn load_projecting(loader: &mut Loader<'_>, config: &ClipTextConfig) -> Result<Self> {
        let model = Self::load(loader, config)?;
        let projection =
            loader.linear("text_projection", config.hidden_size, config.projection_dim, false)?;
        Ok(Self { text_projection: Some(projection), ..model })
    }

    /// The embeddings with their positions added, then the output of each layer up to the one `clip_skip`
    /// counts from the end: 1 is the last, 2 the one before ("clip skip 2").
    ///
    /// # Shapes
    /// - `vectors`: `[batch, tokens, hidden_size]`, at most `max_position_embeddings` tokens
    /// - `unseen`: `[batch, tokens]`, true for the tokens that no other sees
    /// - each output: as `vectors`
    pub(super) fn hidden_states(
        &self,
        vectors: Tensor<3>,
        clip_skip: usize,
        unseen: Option<&Tensor<2, Bool>>,
    ) -> Vec<Tensor<3>> {
        let forward = |layer: &ClipEncoderLayer, states| layer.forward(states, unseen);
        hidden_states(vectors, self.position_embedding.val(), &self.layers, clip_skip, forward)
    }

    /// One vector for each text: the normed last state at its end token, projected if the model projects.
    ///
    /// # Shapes
    /// - `last`: `[batch, tokens, hidden_size]`, the output of the last layer before the final norm
    /// - output: `[batch, projection_dim]`, or `[batch, hidden_size]`
    pub fn pool(&self, last: Tensor<3>, ids: &[Vec<u32>]) -> Tensor<2> {
        let [_, _, width] = last.dims();
        let ends = ids.iter().enumerate().map(|(row, ids)| {
            let end = end_position(ids, self.config.eos_token_id, self.vocabulary.size() as u32);
            last.clone().slice([row..row + 1, end..end + 1, 0..width])
        });
        // The norm looks at each token alone, so it can be left until only one of each text is left.
        let ends = self.final_layer_norm.forward(Tensor::cat(ends.collect(), 0)).reshape([ids.len(), width]);
        match &self.text_projection {
            Some(projection) => projection.forward(ends),
            None => ends,
        }
    }
}

/// Position of the end token whose state stands for the whole text: the first end token, `eos` by its configuration.
/// Old exports call it 2 and mean the largest id of the vocabulary, which has `known` of them; learned words have larger
/// ones, and are not meant (ComfyUI keeps the end token the largest for the same reason; transformers pools at the word).
fn end_position(ids: &[u32], eos: Option<u32>, known: u32) -> usize {
    let target = match eos {
        Some(eos) if eos != 2 => Some(eos),
        _ => ids.iter().filter(|id| **id < known).max().copied(),
    };
    ids.iter().position(|id| Some(*id) == target).unwrap_or(0)
}

impl ClipEncoderLayer {
    /// Loads a layer of `[width, inner width, heads]`.
    pub(super) fn load(
        loader: &mut Loader<'_>,
        [width, inner, heads]: [usize; 3],
        epsilon: f64,
        quick: bool,
        causal: bool,
    ) -> Result<Self> {
        Ok(Self {
            layer_norm1: loader.layer_norm("layer_norm1", width, epsilon)?,
            self_attn: ClipAttention {
                q_proj: loader.linear("self_attn.q_proj", width, width, true)?,
                k_proj: loader.linear("self_attn.k_proj", width, width, true)?,
                v_proj: loader.linear("self_attn.v_proj", width, width, true)?,
                out_proj: loader.linear("self_attn.out_proj", width, width, true)?,
                heads,
                causal,
            },
            layer_norm2: loader.layer_norm("layer_norm2", width, epsilon)?,
            mlp: ClipMlp {
                fc1: loader.linear("mlp.fc1", width, inner, true)?,
                fc2: loader.linear("mlp.fc2", inner, width, true)?,
                quick,
            },
        })
    }

    /// `[batch, tokens, width]` to the same. No token sees those that `unseen`, of `[batch, tokens]`, is true for.
    pub(super) fn forward(&self, hidden: Tensor<3>, unseen: Option<&Tensor<2, Bool>>) -> Tensor<3> {
        let normed = self.layer_norm1.forward(hidden.clone());
        let hidden = self.self_attn.forward_onto(normed, unseen, hidden);
        self.mlp.forward_onto(self.layer_norm2.forward(hidden.clone()), hidden)
    }
}

impl ClipAttention {
    fn forward_onto(
        &self,
        hidden: Tensor<3>,
        unseen: Option<&Tensor<2, Bool>>,
        residual: Tensor<3>,
    ) -> Tensor<3> {
        let query = self.q_proj.forward(hidden.clone());
        let key = self.k_proj.forward(hidden.clone());
        let value = self.v_proj.forward(hidden);
        let out = attend_hiding(query, key, value, self.heads, self.causal, unseen);
        self.out_proj.forward_onto(out, residual)
    }
}

impl ClipMlp {
    fn forward_onto(&self, hidden: Tensor<3>, residual: Tensor<3>) -> Tensor<3> {
        let activation = if self.quick { Activation::QuickGelu } else { Activation::Gelu };
        self.fc2.forward_onto(kernels::activate(self.fc1.forward(hidden), activation), residual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_pooled_at_its_end_and_not_at_a_learned_word() {
        // Start, a, two learned vectors, cat, end, padding with the end token.
        let ids = [98, 3, 100, 101, 7, 99, 99];
        for eos in [Some(99), Some(2), None] {
            assert_eq!(end_position(&ids, eos, 100), 5, "{eos:?}");
        }
        assert_eq!(end_position(&[98, 3, 99, 0, 0], Some(99), 100), 2);
        assert_eq!(end_position(&[100], None, 100), 0);
    }
}
