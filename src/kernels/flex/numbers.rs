//! Tensors of the processor as slices of f32, whatever they are kept as.
//!
//! Everything is computed in f32; what is kept in fewer bits is decoded a part at a time for weights, and for activations
//! some rows at a time where no row depends on others, and else as a whole.

use std::borrow::Cow;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Element, TensorData};
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::product::lanes;
use crate::ops::Frozen;

/// Numbers decoded by one thread at a time.
const CHUNK: usize = 1 << 14;
/// Numbers of the widest of what goes in and comes out that are in 32 bits at a time.
const PIECE: usize = 1 << 21;
/// The same where no weight is decoded once more for each piece.
pub(super) const SMALL_PIECE: usize = 1 << 19;

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
        room.resize(count, 0.0);
        self.decode(from, room);
        room
    }

    /// Fills `out` with those from `from` on, all at one place of the kernel.
    pub fn decode(&self, from: usize, out: &mut [f32]) {
        let count = out.len();
        match self {
            Self::F32(values) => out.copy_from_slice(&values[from..from + count]),
            Self::F16(values) => values[from..from + count].convert_to_f32_slice(out),
            Self::Bf16(values) => values[from..from + count].convert_to_f32_slice(out),
            Self::Coded(codes, scales) => {
                let (width, place) = (2 * lanes(), codes.len() / scales.len() * 2 * lanes());
                let scales = &scales[from / place * width..][..width];
                let codes = &codes[from..from + count];
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

fn slice<E: Element + bytemuck::Pod>(tensor: &FlexTensor) -> &[E] {
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
    match tensor.dtype() {
        DType::F32 => Cow::Borrowed(slice(tensor)),
        _ => {
            let numbers = Numbers::of(tensor);
            Cow::Owned(decode(&numbers, 0, numbers.len()))
        }
    }
}

/// `count` numbers of an activation from `from` on, decoded by all threads.
pub(super) fn decode(numbers: &Numbers<'_>, from: usize, count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count];
    let chunks = values.par_chunks_mut(CHUNK).enumerate();
    chunks.for_each(|(chunk, values)| numbers.decode(from + chunk * CHUNK, values));
    values
}

/// Numbers in 16 bits.
pub(super) trait Half: Element + bytemuck::Pod {
    fn encode(values: &[f32], out: &mut [Self]);
    fn numbers(values: &[Self]) -> Numbers<'_>;
}

impl Half for f16 {
    fn encode(values: &[f32], out: &mut [Self]) {
        out.convert_from_f32_slice(values);
    }

    fn numbers(values: &[Self]) -> Numbers<'_> {
        Numbers::F16(values)
    }
}

impl Half for bf16 {
    fn encode(values: &[f32], out: &mut [Self]) {
        out.convert_from_f32_slice(values);
    }

    fn numbers(values: &[Self]) -> Numbers<'_> {
        Numbers::Bf16(values)
    }
}

pub(super) fn encode<T: Half>(values: &[f32], out: &mut [T]) {
    out.par_chunks_mut(CHUNK).zip(values.par_chunks(CHUNK)).for_each(|(out, values)| T::encode(values, out));
}

/// A tensor of `values` kept as `dtype`.
pub fn write(values: Vec<f32>, shape: &[usize], dtype: DType) -> FlexTensor {
    fn encoded<T: Half>(values: &[f32], shape: &[usize]) -> TensorData {
        let mut out: Vec<T> = bytemuck::zeroed_vec(values.len());
        encode(values, &mut out);
        TensorData::new(out, shape.to_vec())
    }
    FlexTensor::from_data(match dtype {
        DType::F16 => encoded::<f16>(&values, shape),
        DType::BF16 => encoded::<bf16>(&values, shape),
        _ => TensorData::new(values, shape.to_vec()),
    })
}

/// What `compute` makes of `inputs`, which is of `shape`, where each row depends on the same row of each input alone. What
/// is kept in 16 bits is gone through in pieces of `least` rows or more, so that little of it is in 32 bits at a time.
pub fn by_rows<const N: usize>(
    inputs: [&FlexTensor; N],
    shape: &[usize],
    least: usize,
    compute: impl Fn([&[f32]; N]) -> Vec<f32>,
) -> FlexTensor {
    let dtype = inputs[0].dtype();
    let size = [least, if least > 1 { PIECE } else { SMALL_PIECE }];
    let data = match dtype {
        DType::F16 => TensorData::new(pieces::<f16, N>(inputs, shape, size, compute), shape.to_vec()),
        DType::BF16 => TensorData::new(pieces::<bf16, N>(inputs, shape, size, compute), shape.to_vec()),
        _ => {
            let inputs = inputs.map(read);
            return write(compute(inputs.each_ref().map(|input| &input[..])), shape, dtype);
        }
    };
    FlexTensor::from_data(data)
}

/// The same; a piece has as many rows as the widest makes numbers of, but at least so many.
fn pieces<T: Half, const N: usize>(
    inputs: [&FlexTensor; N],
    shape: &[usize],
    [least, numbers]: [usize; 2],
    compute: impl Fn([&[f32]; N]) -> Vec<f32>,
) -> Vec<T> {
    let mut out: Vec<T> = bytemuck::zeroed_vec(shape.iter().product());
    let width = shape.last().map_or(1, |width| (*width).max(1));
    let rows = out.len() / width;
    let inputs = inputs.map(FlexTensor::to_contiguous);
    let inputs = inputs.each_ref().map(Numbers::of);
    let widths = inputs.each_ref().map(|input| input.len() / rows.max(1));
    let widest = widths.iter().fold(width, |most, width| most.max(*width));
    let at_once = (numbers / widest).max(least).max(1);
    for (index, out) in out.chunks_mut(at_once * width).enumerate() {
        let (first, count) = (index * at_once, out.len() / width);
        let decoded: [Vec<f32>; N] =
            std::array::from_fn(|i| decode(&inputs[i], first * widths[i], count * widths[i]));
        encode(&compute(decoded.each_ref().map(|values| &values[..])), out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_what_they_are_together() {
        // Seven rows, three numbers in the first input and one in the other: their sums, and the number twice.
        let numbers = |count: usize| (0..count).map(|i| i as f32 - 9.0).collect::<Vec<_>>();
        let of = |count: usize| write(numbers(count), &[7, count / 7], DType::F16);
        let (left, right) = (of(21), of(7));
        let sums = |[left, right]: [&[f32]; 2]| -> Vec<f32> {
            let rows = left.chunks_exact(3).zip(right);
            rows.flat_map(|(row, right)| [row.iter().sum::<f32>() + right, 2.0 * right]).collect()
        };
        let whole = sums([&numbers(21), &numbers(7)]);
        for [least, numbers] in [[1, 1], [1, 6], [2, 1], [3, 9], [7, 1], [9, 99]] {
            let most = std::cell::Cell::new(0);
            let made = pieces::<f16, 2>([&left, &right], &[7, 2], [least, numbers], |inputs| {
                most.set(most.get().max(inputs[1].len()));
                sums(inputs)
            });
            let made: Vec<f32> = made.into_iter().map(f16::to_f32).collect();
            assert_eq!(made, whole, "{least}, {numbers}");
            assert_eq!(most.get(), (numbers / 3).max(least).min(7), "{least}, {numbers}");
        }
        let turned = |dtype| {
            let rows = write(numbers(21), &[3, 7], dtype);
            let layout = rows.layout().transpose(0, 1);
            rows.with_layout(layout)
        };
        let kept = by_rows([&turned(DType::F32)], &[7, 3], 1, |[x]| x.to_vec());
        let half = pieces::<f16, 1>([&turned(DType::F16)], &[7, 3], [2, 1], |[x]| x.to_vec());
        assert_eq!(read(&kept).into_owned(), half.into_iter().map(f16::to_f32).collect::<Vec<_>>());
        assert_eq!(read(&kept)[..3], [-9.0, -2.0, 5.0]);
    }
}
