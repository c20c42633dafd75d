//! Tensors of the processor as slices of f32, whatever they are kept as.
//!
//! Everything is computed in f32; what is kept in fewer bits is decoded a part at a time for weights, and as a whole for
//! the far smaller activations.

use std::borrow::Cow;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, TensorData};
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::product::lanes;
use crate::ops::Frozen;

/// Numbers decoded by one thread at a time.
const CHUNK: usize = 1 << 14;

/// The numbers of a weight.
pub enum Numbers<'a> {
    F32(&'a [f32]),
    F16(&'a [f16]),
    Bf16(&'a [bf16]),
    /// Codes, and their scales for each place of the kernel and output.
    Coded(&'a [u8], &'a [f32]),
}

impl<'a> Numbers<'a> {
    /// Those of a tensor that lies in memory as it was uploaded.
    pub fn of(tensor: &'a FlexTensor) -> Self {
        match tensor.dtype() {
            DType::F32 => Self::F32(slice(tensor)),
            DType::F16 => Self::F16(slice(tensor)),
            DType::BF16 => Self::Bf16(slice(tensor)),
            other => unreachable!("weights are not kept as {other:?}"),
        }
    }

    /// Those of a weight.
    pub fn weight(weight: &'a Frozen<Flex>) -> Self {
        match weight {
            Frozen::Full(numbers) => Self::of(numbers),
            Frozen::Coded(codes, scales) => {
                Self::Coded(bytemuck::cast_slice(slice::<i32>(codes)), slice(scales))
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F16(values) => values.len(),
            Self::Bf16(values) => values.len(),
            Self::Coded(codes, _) => codes.len(),
        }
    }

    /// `count` of them from `from`, all at one place of the kernel, decoded into `room` if they must be.
    pub fn part<'b>(&'b self, from: usize, count: usize, room: &'b mut Vec<f32>) -> &'b [f32] {
        if let Self::F32(values) = self {
            return &values[from..from + count];
        }
        room.clear();
        self.append(from, count, room);
        room
    }

    /// Puts `count` of them from `from`, all at one place of the kernel, behind `out`.
    pub fn append(&self, from: usize, count: usize, out: &mut Vec<f32>) {
        let there = out.len();
        match self {
            Self::F32(values) => out.extend_from_slice(&values[from..from + count]),
            Self::F16(values) => {
                out.resize(there + count, 0.0);
                values[from..from + count].convert_to_f32_slice(&mut out[there..]);
            }
            Self::Bf16(values) => {
                out.resize(there + count, 0.0);
                values[from..from + count].convert_to_f32_slice(&mut out[there..]);
            }
            Self::Coded(codes, scales) => {
                out.resize(there + count, 0.0);
                let (width, place) = (2 * lanes(), codes.len() / scales.len() * 2 * lanes());
                let scales = &scales[from / place * width..][..width];
                let (codes, out) = (&codes[from..from + count], &mut out[there..]);
                pulp::Arch::new().dispatch(Decode { codes, scales, out });
            }
        }
    }
}

/// Rows of codes, each number with its own scale.
struct Decode<'a> {
    codes: &'a [u8],
    scales: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Decode<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let width = 2 * S::F32_LANES;
        let scales = &self.scales[..width];
        for (codes, out) in self.codes.chunks_exact(width).zip(self.out.chunks_exact_mut(width)) {
            for ((code, scale), out) in codes.iter().zip(scales).zip(out) {
                *out = (f32::from(*code) - 128.0) * scale;
            }
        }
    }
}

fn slice<E: burn::tensor::Element + bytemuck::Pod>(tensor: &FlexTensor) -> &[E] {
    match tensor.as_slice() {
        Some(slice) => slice,
        None => unreachable!("a weight is never turned round"),
    }
}

/// The numbers of an activation in order; copied only if they must be.
pub fn read(tensor: &FlexTensor) -> Cow<'_, [f32]> {
    if !tensor.is_contiguous() {
        return Cow::Owned(read(&tensor.to_contiguous()).into_owned());
    }
    let decode = |tensor: &FlexTensor| {
        let numbers = Numbers::of(tensor);
        let mut values = vec![0.0; numbers.len()];
        values.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, values)| {
            let from = chunk * CHUNK;
            match &numbers {
                Numbers::F32(_) | Numbers::Coded(..) => {}
                Numbers::F16(numbers) => numbers[from..from + values.len()].convert_to_f32_slice(values),
                Numbers::Bf16(numbers) => numbers[from..from + values.len()].convert_to_f32_slice(values),
            }
        });
        values
    };
    match tensor.dtype() {
        DType::F32 => Cow::Borrowed(slice(tensor)),
        _ => Cow::Owned(decode(tensor)),
    }
}

/// A tensor of `values` kept as `dtype`.
pub fn write(values: Vec<f32>, shape: &[usize], dtype: DType) -> FlexTensor {
    fn encode<T: Copy + Send + Sync + Default>(
        values: &[f32],
        encode: impl Fn(&[f32], &mut [T]) + Sync,
    ) -> Vec<T> {
        let mut out = vec![T::default(); values.len()];
        out.par_chunks_mut(CHUNK).zip(values.par_chunks(CHUNK)).for_each(|(out, values)| encode(values, out));
        out
    }
    let shape = shape.to_vec();
    FlexTensor::from_data(match dtype {
        DType::F16 => {
            TensorData::new(encode(&values, |from, to: &mut [f16]| to.convert_from_f32_slice(from)), shape)
        }
        DType::BF16 => {
            TensorData::new(encode(&values, |from, to: &mut [bf16]| to.convert_from_f32_slice(from)), shape)
        }
        _ => TensorData::new(values, shape),
    })
}
