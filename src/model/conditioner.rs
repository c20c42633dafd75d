//! From a model's token ids to what its U-Net is conditioned on: one text encoder or two, of three kinds.
//!
//! Ids come as one context length for each encoder, one after another; a word's vectors as one row for each, as wide
//! as all encoders together. Which layer is used, and whether a text is also pooled into one vector, is decided here by
//! the family, so that learning and sampling need not know it.

use burn::tensor::{Bool, Device, Tensor, TensorData};

use super::clip::ClipTextModel;
use super::embeddings::Vocabulary;
use super::ldm_bert::LdmBertModel;
use super::unet::{Added, Conditioning};

/// A text encoder.
#[expect(clippy::large_enum_variant, reason = "a model has two at most")]
#[derive(Debug)]
pub enum TextEncoder {
    /// CLIP or OpenCLIP.
    Clip(ClipTextModel),
    /// The encoder of latent diffusion.
    Bert(LdmBertModel),
}

/// All text encoders of a model.
#[derive(Debug)]
pub struct Conditioner {
    /// The encoders, in the order of their ids.
    pub encoders: Vec<TextEncoder>,
    /// SDXL: the states before the last layer are used without the final norm, and the last encoder pools.
    pub pools: bool,
    /// Whether an empty negative prompt is all zeros.
    pub zero_negative: bool,
    /// Stable Diffusion 2: its encoder comes without the last layer, which the family does not use.
    pub lacks_last: bool,
}

impl TextEncoder {
    /// The rows of its token table.
    pub fn vocabulary(&self) -> &Vocabulary {
        match self {
            Self::Clip(model) => &model.vocabulary,
            Self::Bert(model) => &model.vocabulary,
        }
    }

    /// How many tokens it takes at most.
    pub fn positions(&self) -> usize {
        match self {
            Self::Clip(model) => model.config.max_position_embeddings,
            Self::Bert(model) => model.config.max_position_embeddings,
        }
    }

    fn layers(&self) -> usize {
        match self {
            Self::Clip(model) => model.config.num_hidden_layers,
            Self::Bert(model) => model.config.encoder_layers,
        }
    }

    /// The embeddings with their positions, then the output of each layer; see
    /// [`ClipTextModel::hidden_states`].
    pub fn hidden_states(
        &self,
        vectors: Tensor<3>,
        clip_skip: usize,
        unseen: Option<&Tensor<2, Bool>>,
    ) -> Vec<Tensor<3>> {
        match self {
            Self::Clip(model) => model.hidden_states(vectors, clip_skip, unseen),
            Self::Bert(model) => model.hidden_states(vectors, clip_skip, unseen),
        }
    }

    /// The final norm.
    pub fn normalise(&self, hidden: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Clip(model) => model.final_layer_norm.forward(hidden),
            Self::Bert(model) => model.layer_norm.forward(hidden),
        }
    }

    fn device(&self) -> Device {
        match self {
            Self::Clip(model) => model.position_embedding.val(),
            Self::Bert(model) => model.embed_positions.val(),
        }
        .device()
    }
}

impl Conditioner {
    /// One encoder whose normed last state is the context: Stable Diffusion 1 and 2, latent diffusion.
    pub fn single(encoder: TextEncoder) -> Self {
        Self { encoders: vec![encoder], pools: false, zero_negative: false, lacks_last: false }
    }

    /// SDXL's pair; the second must project. With `zero_negative` an empty negative prompt is all zeros
    /// (`force_zeros_for_empty_prompt` of its `model_index.json`).
    pub fn pair(first: ClipTextModel, second: ClipTextModel, zero_negative: bool) -> Self {
        let encoders = vec![TextEncoder::Clip(first), TextEncoder::Clip(second)];
        Self { encoders, pools: true, zero_negative, lacks_last: false }
    }

    /// The rows of the first encoder's token table, whose words are shown to people.
    pub fn vocabulary(&self) -> &Vocabulary {
        self.encoders[0].vocabulary()
    }

    /// How wide a word's vector is in each encoder.
    pub fn widths(&self) -> Vec<usize> {
        self.encoders.iter().map(|encoder| encoder.vocabulary().width()).collect()
    }

    /// How wide a word's vector is in all encoders together.
    pub fn width(&self) -> usize {
        self.widths().iter().sum()
    }

    /// Device of the weights.
    pub fn device(&self) -> Device {
        self.encoders[0].device()
    }

    /// Parameters of the token tables, which stay on the host, and their bytes.
    pub fn tables(&self) -> [usize; 2] {
        let tables = self.encoders.iter().map(TextEncoder::vocabulary);
        tables.fold([0; 2], |[numbers, bytes], table| {
            [numbers + table.size() * table.width(), bytes + table.bytes()]
        })
    }

    /// The largest clip skip that leaves a layer to use.
    pub(super) fn most_clip_skip(&self) -> usize {
        let layers = self.encoders.iter().map(TextEncoder::layers).min().unwrap_or(1);
        layers + usize::from(self.lacks_last)
    }

    /// Which layer that is here a clip skip means, 1 for the last. Counted as other programs do, by whom a family that was
    /// trained on the state before the last layer never sees the last: 1 and 2 are the same for Stable Diffusion 2 and XL.
    fn layer(&self, clip_skip: usize) -> usize {
        let least = if self.pools || self.lacks_last { 2 } else { 1 };
        clip_skip.max(least) - usize::from(self.lacks_last)
    }

    /// Whether a text holds a learned word: an id beyond the token table.
    pub fn mentions_word(&self, ids: &[u32]) -> bool {
        let learned = self.vocabulary().size() as u32;
        self.window(ids, 0).iter().any(|id| *id >= learned)
    }

    /// The part of a text's ids that is for one encoder.
    pub fn window<'a>(&self, ids: &'a [u32], encoder: usize) -> &'a [u32] {
        let length = ids.len() / self.encoders.len();
        &ids[encoder * length..(encoder + 1) * length]
    }

    /// What the U-Net is conditioned on.
    ///
    /// # Shapes
    /// - `ids`: for each text the ids of each encoder, one after another, all of the same length; an id beyond an
    ///   encoder's table is a learned vector, in order
    /// - `learned`: `[vectors, width]`, f32
    /// - `clip_skip`: 1 is the layer the family was trained with; otherwise layers are counted from the end, 1 the last
    /// - `size`: width and height of the image in pixels, for models that are conditioned on it (SDXL)
    pub fn encode(
        &self,
        ids: &[Vec<u32>],
        learned: Option<&Tensor<2>>,
        clip_skip: usize,
        size: [u32; 2],
    ) -> Conditioning {
        self.encode_hiding(ids, learned, clip_skip, size, None)
    }

    /// The same for texts of which some tokens are not seen by the others.
    ///
    /// # Shapes
    /// - `unseen`: for each text whether each token of an encoder's context is hidden
    pub fn encode_hiding(
        &self,
        ids: &[Vec<u32>],
        learned: Option<&Tensor<2>>,
        clip_skip: usize,
        size: [u32; 2],
        unseen: Option<&[Vec<bool>]>,
    ) -> Conditioning {
        let device = self.device();
        let unseen = unseen.map(|rows| {
            let shape = [rows.len(), rows.first().map_or(0, Vec::len)];
            Tensor::<2, Bool>::from_data(TensorData::new(rows.concat(), shape), &device)
        });
        let unseen = unseen.as_ref();
        let (mut contexts, mut pooled, mut offset) = (Vec::new(), None, 0);
        let layer = self.layer(clip_skip);
        for (index, encoder) in self.encoders.iter().enumerate() {
            let windows: Vec<Vec<u32>> = ids.iter().map(|ids| self.window(ids, index).to_vec()).collect();
            let width = encoder.vocabulary().width();
            let own = learned.map(|all| all.clone().slice([0..all.dims()[0], offset..offset + width]));
            offset += width;
            let vectors = encoder.vocabulary().embed(&windows, own.as_ref(), &device);
            let last = self.pools && index + 1 == self.encoders.len();
            match encoder {
                TextEncoder::Clip(model) if last => {
                    let mut states = model.hidden_states(vectors, 1, unseen);
                    pooled = states.last().map(|state| model.pool(state.clone(), &windows));
                    contexts.push(states.swap_remove(states.len().saturating_sub(layer)));
                }
                _ => {
                    let mut states = encoder.hidden_states(vectors, layer, unseen);
                    let state = states.swap_remove(states.len() - 1);
                    contexts.push(if self.pools { state } else { encoder.normalise(state) });
                }
            }
        }
        let context = if contexts.len() == 1 { contexts.swap_remove(0) } else { Tensor::cat(contexts, 2) };
        let [width, height] = size.map(f64::from);
        let sizes = vec![[height, width, 0.0, 0.0, height, width]; ids.len()];
        Conditioning { context, added: pooled.map(|pooled| Added { pooled, sizes }) }
    }
}
