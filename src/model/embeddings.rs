//! The token table of a text encoder, and putting learned vectors among its rows.
//!
//! The table stays on the host: a prompt touches 77 of its 49,408 rows. Ids beyond the table mean learned
//! vectors, in order. Only these can carry a gradient; the table is never changed.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use half::slice::HalfFloatSliceExt;
use half::vec::HalfFloatVecExt;
use half::{bf16, f16};

/// The frozen rows of a text encoder's token table.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    rows: Rows,
    width: usize,
}

/// The numbers of a table, row-major.
#[derive(Debug, Clone)]
enum Rows {
    F32(Arc<[f32]>),
    F16(Arc<[f16]>),
    Bf16(Arc<[bf16]>),
}

impl Rows {
    fn len(&self) -> usize {
        match self {
            Self::F32(rows) => rows.len(),
            Self::F16(rows) => rows.len(),
            Self::Bf16(rows) => rows.len(),
        }
    }

    /// Some of them; `None` if not all of these are there.
    fn part(&self, range: Range<usize>) -> Option<Cow<'_, [f32]>> {
        match self {
            Self::F32(rows) => rows.get(range).map(Cow::Borrowed),
            Self::F16(rows) => rows.get(range).map(|rows| Cow::Owned(rows.to_f32_vec())),
            Self::Bf16(rows) => rows.get(range).map(|rows| Cow::Owned(rows.to_f32_vec())),
        }
    }
}

impl Vocabulary {
    /// A table from its row-major values; `width` divides their number.
    pub fn new(rows: Vec<f32>, width: usize) -> Self {
        Self { rows: Rows::F32(rows.into()), width }
    }

    /// The same for a network of `dtype`, kept in 16 bits where that changes nothing: where the file had no more, or where
    /// the network rounds what it reads to as many.
    pub fn kept(rows: Vec<f32>, width: usize, dtype: DType) -> Self {
        let half = Vec::<f16>::from_f32_slice(&rows);
        let exact = half.iter().zip(&rows).all(|(half, row)| half.to_f32().to_bits() == row.to_bits());
        let rows = match dtype {
            DType::BF16 if !exact => Rows::Bf16(Vec::<bf16>::from_f32_slice(&rows).into()),
            DType::F16 | DType::BF16 => Rows::F16(half.into()),
            _ if exact => Rows::F16(half.into()),
            _ => Rows::F32(rows.into()),
        };
        Self { rows, width }
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn size(&self) -> usize {
        self.rows.len() / self.width.max(1)
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        let each = if matches!(self.rows, Rows::F32(_)) { size_of::<f32>() } else { size_of::<f16>() };
        self.rows.len() * each
    }

    /// The vector of token `id`, or `None` beyond the table.
    pub fn row(&self, id: u32) -> Option<Cow<'_, [f32]>> {
        let start = (id as usize).checked_mul(self.width)?;
        self.rows.part(start..start + self.width)
    }

    /// All rows, in order.
    fn rows(&self) -> impl Iterator<Item = Cow<'_, [f32]>> {
        (0..self.size() as u32).map_while(|id| self.row(id))
    }

    /// Euclidean norm of every row, in order.
    pub fn norms(&self) -> Vec<f32> {
        self.rows().map(|row| norm(&row)).collect()
    }

    /// The `count` rows closest in direction to `vector`, with their cosine, best first.
    pub fn nearest(&self, vector: &[f32], count: usize) -> Vec<(u32, f32)> {
        let mut found: Vec<(u32, f32)> =
            (0..).zip(self.rows()).map(|(id, row)| (id, cosine(&row, vector))).collect();
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
                slot.copy_from_slice(&row);
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
    fn a_table_is_kept_in_as_many_bits_as_are_needed() {
        let stored = vec![0.5, -3.0, 2048.0, f16::from_bits(1).to_f32()];
        for dtype in [DType::F32, DType::F16, DType::BF16] {
            let kept = Vocabulary::kept(stored.clone(), 2, dtype);
            assert_eq!((kept.bytes(), kept.size()), (8, 2), "{dtype:?}");
            assert_eq!(kept.rows().flat_map(Cow::into_owned).collect::<Vec<_>>(), stored, "{dtype:?}");
        }
        let rows = |dtype, values: &[f32]| {
            let kept = Vocabulary::kept(values.to_vec(), values.len(), dtype);
            (kept.bytes(), kept.row(0).unwrap().into_owned())
        };
        // No 16 bits hold a third, or 2049.
        let third = vec![1.0 / 3.0, 2049.0];
        assert_eq!(rows(DType::F32, &third), (8, third.clone()));
        // 1365 / 4096 and 171 / 512: eleven and eight bits.
        assert_eq!(rows(DType::F16, &third), (4, vec![1365.0 / 4096.0, 2048.0]));
        assert_eq!(rows(DType::BF16, &third), (4, vec![171.0 / 512.0, 2048.0]));
        let kept = Vocabulary::kept(third, 2, DType::F16);
        assert!(kept.row(1).is_none() && kept.row(u32::MAX).is_none());
        let vectors = kept.embed(&[vec![0]], None, &Device::flex());
        assert_eq!(vectors.into_data().try_to_vec::<f32>().unwrap(), [1365.0 / 4096.0, 2048.0]);
    }

    #[test]
    fn nearest_rows_are_by_direction() {
        let nearest = table().nearest(&[0.0, 1.0], 2);
        assert_eq!(nearest.iter().map(|n| n.0).collect::<Vec<_>>(), [1, 2]);
        assert!((nearest[1].1 - 0.8).abs() < 1e-6);
        assert_eq!(table().norms(), [1.0, 2.0, 5.0]);
    }
}
