//! The token table of a text encoder, and putting learned vectors among its rows.
//!
//! The table stays on the host: a prompt touches 77 of its 49,408 rows. Ids beyond the table mean learned
//! vectors, in order. Only these can carry a gradient; the table is never changed.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};

/// The frozen rows of a text encoder's token table.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    rows: Arc<[f32]>,
    width: usize,
}

impl Vocabulary {
    /// A table from its row-major values; `width` divides their number.
    pub fn new(rows: Vec<f32>, width: usize) -> Self {
        Self { rows: rows.into(), width }
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn size(&self) -> usize {
        self.rows.len() / self.width.max(1)
    }

    /// The vector of token `id`, or `None` beyond the table.
    pub fn row(&self, id: u32) -> Option<&[f32]> {
        let start = (id as usize).checked_mul(self.width)?;
        self.rows.get(start..start + self.width)
    }

    /// Euclidean norm of every row, in order.
    pub fn norms(&self) -> Vec<f32> {
        self.rows.chunks_exact(self.width.max(1)).map(norm).collect()
    }

    /// The `count` rows closest in direction to `vector`, with their cosine, best first.
    pub fn nearest(&self, vector: &[f32], count: usize) -> Vec<(u32, f32)> {
        let mut found: Vec<(u32, f32)> = (self.rows.chunks_exact(self.width.max(1)).enumerate())
            .map(|(id, row)| (id as u32, cosine(row, vector)))
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found.truncate(count);
        found
    }

    /// Token vectors of a batch of id sequences of equal length, with `learned` rows for the ids beyond the
    /// table (the first of them has id [`Self::size`]).
    ///
    /// The learned rows enter by products with 0 and 1 and sums only, so that the result is exact and the
    /// gradient is summed in the same order every time.
    ///
    /// # Shapes
    /// - `ids`: `batch` sequences of `tokens` ids; `learned`: `[vectors, width]`, f32
    /// - output: `[batch, tokens, width]`, f32
    pub fn embed(&self, ids: &[Vec<u32>], learned: Option<&Tensor<2>>, device: &Device) -> Tensor<3> {
        let (batch, tokens) = (ids.len(), ids.first().map_or(0, Vec::len));
        let mut values = vec![0.0; batch * tokens * self.width];
        for (slot, id) in values.chunks_exact_mut(self.width.max(1)).zip(ids.iter().flatten()) {
            if let Some(row) = self.row(*id) {
                slot.copy_from_slice(row);
            }
        }
        let mut vectors =
            Tensor::<3>::from_data(TensorData::new(values, [batch, tokens, self.width]), device);
        let Some(learned) = learned else { return vectors };
        for index in 0..learned.dims()[0] {
            let wanted = (self.size() + index) as u32;
            let places: Vec<f32> =
                ids.iter().flatten().map(|id| f32::from(u8::from(*id == wanted))).collect();
            if places.iter().any(|place| *place > 0.0) {
                let places = Tensor::<3>::from_data(TensorData::new(places, [batch, tokens, 1]), device);
                let row = learned.clone().slice([index..index + 1, 0..self.width]);
                vectors = vectors + row.reshape([1, 1, self.width]) * places;
            }
        }
        vectors
    }
}

/// Euclidean norm.
pub fn norm(vector: &[f32]) -> f32 {
    vector.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt() as f32
}

/// Cosine of the angle between two vectors; 0 if either is zero.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    let norms = f64::from(norm(a)) * f64::from(norm(b));
    if norms > 0.0 { (dot / norms) as f32 } else { 0.0 }
}

/// The states of a text encoder: the embeddings with their positions added, in the type of the positions, then the
/// output of each layer up to the one that `clip_skip` counts from the end (1 is the last).
///
/// # Shapes
/// - `vectors`: `[batch, tokens, width]`; `positions`: `[at least tokens, width]`; each output: as `vectors`
pub(super) fn hidden_states<L>(
    vectors: Tensor<3>,
    positions: Tensor<2>,
    layers: &[L],
    clip_skip: usize,
    forward: impl Fn(&L, Tensor<3>) -> Tensor<3>,
) -> Vec<Tensor<3>> {
    let [_, tokens, width] = vectors.dims();
    let dtype = positions.dtype();
    let mut states = vec![vectors.cast(dtype) + positions.slice([0..tokens, 0..width]).unsqueeze_dim(0)];
    let used = (layers.len() + 1).saturating_sub(clip_skip.max(1));
    for layer in &layers[..used] {
        states.push(forward(layer, states[states.len() - 1].clone()));
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vocabulary {
        Vocabulary::new(vec![1.0, 0.0, 0.0, 2.0, 3.0, 4.0], 2)
    }

    #[test]
    fn learned_rows_take_their_places() {
        let device = Device::flex();
        let learned = Tensor::<2>::from_floats([[7.0, 8.0], [9.0, 10.0]], &device);
        let vectors = table().embed(&[vec![1, 3, 4], vec![4, 0, 2]], Some(&learned), &device);
        let values = vectors.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(values, [0., 2., 7., 8., 9., 10., 9., 10., 1., 0., 3., 4.]);
    }

    #[test]
    fn nearest_rows_are_by_direction() {
        let nearest = table().nearest(&[0.0, 1.0], 2);
        assert_eq!(nearest.iter().map(|n| n.0).collect::<Vec<_>>(), [1, 2]);
        assert!((nearest[1].1 - 0.8).abs() < 1e-6);
        assert_eq!(table().norms(), [1.0, 2.0, 5.0]);
    }
}
