//! Weights of 8 bits on a card, decoded for as long as a product takes.
//!
//! Products are the library's own and read plain matrices, so a weight is decoded as a whole, a thread for each number,
//! into memory that the next one is given again. What is kept in full passes through.

use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::ElemType;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{element, empty, pointwise};
use crate::ops::Frozen;

/// `[1, taps * channels in, channels out]`, of the number format and on the device of `like`.
pub(super) fn decode(weight: Frozen<CubeBackend>, like: &CubeTensor) -> CubeTensor {
    let (codes, scales) = match weight {
        Frozen::Full(numbers) => return numbers,
        Frozen::Coded(codes, scales) => (codes, scales),
    };
    let (rows, taps, width) = (codes.meta.shape()[1], scales.meta.shape()[1], scales.meta.shape()[2]);
    let out = empty(like, [1, rows, width], like.dtype);
    let (cubes, dim) = pointwise(like, rows * width);
    decode_kernel::launch(
        &like.client,
        cubes,
        dim,
        codes.into_buffer_arg(),
        scales.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        width,
        rows / taps * width,
        rows * width,
        element(like.dtype),
    );
    out
}

#[cube(launch)]
fn decode_kernel<F: Float>(
    codes: &[u32],
    scales: &[f32],
    out: &mut [F],
    width: usize,
    place: usize,
    pieces: usize,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= pieces {
        terminate!();
    }
    let code = (codes[ABSOLUTE_POS / 4] >> (8 * (ABSOLUTE_POS % 4) as u32)) & 255;
    let scale = scales[ABSOLUTE_POS / place * width + ABSOLUTE_POS % width];
    out[ABSOLUTE_POS] = F::cast_from((f32::cast_from(code) - 128.0) * scale);
}
