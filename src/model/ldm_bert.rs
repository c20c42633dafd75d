//! `LDMBertModel`: the text encoder of the paper's own latent diffusion model, a transformer like BERT.
//!
//! It reads in both directions and, as the original code runs it, without hiding the padding. As with CLIP, it takes
//! vectors and not ids, so that a learned word can be put in before the positions are added. The head that
//! guesses words (`to_logits`) has no use here and is not loaded.
//! Source: `LDMBertEncoder` in diffusers' `pipelines/latent_diffusion`.

use burn::module::{Module, Param};
use burn::tensor::{Bool, Tensor};

use super::attention::attend_hiding;
use super::config::LdmBertConfig;
use super::embeddings::{Vocabulary, hidden_states};
use super::source::Loader;
use base::Result;
use kernels::{Activation, LayerNorm, Linear};

/// Epsilon of its norms (PyTorch's default; the configuration does not say).
const EPSILON: f64 = 1e-5;

/// The text encoder. Fields carry diffusers' names, without the prefix `model`.
#[derive(Module, Debug)]
pub struct LdmBertModel {
    pub(super) embed_positions: Param<Tensor<2>>,
    layers: Vec<LdmBertEncoderLayer>,
    pub(super) layer_norm: LayerNorm,
    #[module(skip)]
    pub(super) vocabulary: Vocabulary,
    #[module(skip)]
    pub(super) config: LdmBertConfig,
}

/// `LDMBertEncoderLayer`: self-attention and a small network, each after a norm and added back.
#[derive(Module, Debug)]
struct LdmBertEncoderLayer {
    self_attn_layer_norm: LayerNorm,
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    out_proj: Linear,
    heads: usize,
    final_layer_norm: LayerNorm,
    fc1: Linear,
    fc2: Linear,
}

impl LdmBertModel {
    /// Builds the network at the loader's place; the token table stays on the host.
    pub fn load(loader: &mut Loader<'_>, config: &LdmBertConfig) -> Result<Self> {
        let width = config.d_model;
        let mut loader = loader.child("model");
        let table = loader.values("embed_tokens.weight", &[config.vocab_size, width])?;
        Ok(Self {
            embed_positions: loader
                .tensor("embed_positions.weight", [config.max_position_embeddings, width])?,
            layers: loader.list("layers", config.encoder_layers, |_, loader| {
                LdmBertEncoderLayer::load(loader, config)
            })?,
            layer_norm: loader.layer_norm("layer_norm", width, EPSILON)?,
            vocabulary: Vocabulary::kept(table, width, loader.dtype),
            config: config.clone(),
        })
    }

    /// The embeddings with their positions, then the output of each layer up to the one `clip_skip` counts from the
    /// end (1 is the last).
    ///
    /// # Shapes
    /// - `vectors`: `[batch, tokens, d_model]`, at most `max_position_embeddings` tokens; each output: the same
    /// - `unseen`: `[batch, tokens]`, true for the tokens that no other sees
    pub(super) fn hidden_states(
        &self,
        vectors: Tensor<3>,
        clip_skip: usize,
        unseen: Option<&Tensor<2, Bool>>,
    ) -> Vec<Tensor<3>> {
        let forward = |layer: &LdmBertEncoderLayer, states| layer.forward(states, unseen);
        hidden_states(vectors, self.embed_positions.val(), &self.layers, clip_skip, forward)
    }
}

impl LdmBertEncoderLayer {
    fn load(loader: &mut Loader<'_>, config: &LdmBertConfig) -> Result<Self> {
        let (width, inner) = (config.d_model, config.encoder_ffn_dim);
        let attention = config.encoder_attention_heads * config.head_dim;
        Ok(Self {
            self_attn_layer_norm: loader.layer_norm("self_attn_layer_norm", width, EPSILON)?,
            q_proj: loader.linear("self_attn.q_proj", width, attention, false)?,
            k_proj: loader.linear("self_attn.k_proj", width, attention, false)?,
            v_proj: loader.linear("self_attn.v_proj", width, attention, false)?,
            out_proj: loader.linear("self_attn.out_proj", attention, width, true)?,
            heads: config.encoder_attention_heads,
            final_layer_norm: loader.layer_norm("final_layer_norm", width, EPSILON)?,
            fc1: loader.linear("fc1", width, inner, true)?,
            fc2: loader.linear("fc2", inner, width, true)?,
        })
    }

    /// `[batch, tokens, d_model]` to the same.
    fn forward(&self, hidden: Tensor<3>, unseen: Option<&Tensor<2, Bool>>) -> Tensor<3> {
        let normed = self.self_attn_layer_norm.forward(hidden.clone());
        let query = self.q_proj.forward(normed.clone());
        let key = self.k_proj.forward(normed.clone());
        let value = self.v_proj.forward(normed);
        let attended = attend_hiding(query, key, value, self.heads, false, unseen);
        let hidden = self.out_proj.forward_onto(attended, hidden);
        let inner = self.fc1.forward(self.final_layer_norm.forward(hidden.clone()));
        self.fc2.forward_onto(kernels::activate(inner, Activation::Gelu), hidden)
    }
}
