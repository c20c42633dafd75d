//! What every kernel needs to be started: tensors without gaps, room for a result, and how many threads.
//!
//! Nothing here computes. Kernels are launched with their bounds checked, so that none needs `unsafe`.

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use burn_cubecl::cubecl::calculate_cube_count_elemwise;
use burn_cubecl::cubecl::client::Client;
use burn_cubecl::cubecl::ir::{ElemType, FloatKind};
use burn_cubecl::cubecl::prelude::{CubeCount, CubeDim};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::kernel::matmul::{MatmulStrategy, matmul};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;

pub(super) use crate::strategy::vector;
use crate::strategy::{self, Asked, Card, Operation, Pass, Place, Way};

/// What the device of `x` can do.
fn card(x: &CubeTensor) -> Card {
    let properties = x.client.properties();
    Card {
        workgroup: properties.hardware.max_units_per_cube.min(properties.hardware.max_cube_dim.0),
        buffer: usize::try_from(properties.memory.max_page_size).unwrap_or(usize::MAX),
    }
}

/// Threads that work through one row or one group together.
pub(super) fn units(x: &CubeTensor) -> usize {
    card(x).units()
}

/// The way of an operation whose pass begins with `x`.
pub(super) fn way(operation: Operation, pass: Pass, x: &CubeTensor) -> Way {
    strategy::way(&Asked { operation, pass, bytes: x.dtype.size() }, &Place::Card(card(x)))
}

/// The name that kernels have for a number format.
pub(super) fn element(dtype: DType) -> ElemType {
    ElemType::Float(match dtype {
        DType::F64 => FloatKind::F64,
        DType::F16 => FloatKind::F16,
        DType::BF16 => FloatKind::BF16,
        _ => FloatKind::F32,
    })
}

/// Room for a result on the device of `like`.
pub(super) fn empty(like: &CubeTensor, shape: impl Into<Shape>, dtype: DType) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape.into(), dtype)
}

/// The same numbers under another shape.
pub(super) fn reshape(x: CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    let x = into_contiguous(x);
    CubeTensor::new_contiguous(x.client, x.device, shape.into(), x.handle, x.dtype)
}

/// `x` from element `first` on under another shape. `first` must be a multiple of [`step`].
pub(super) fn from(x: &CubeTensor, first: usize, shape: impl Into<Shape>) -> CubeTensor {
    let mut handle = x.handle.clone();
    if first > 0 {
        handle = handle.offset_start((first * x.dtype.size()) as u64);
    }
    CubeTensor::new_contiguous(x.client.clone(), x.device.clone(), shape.into(), handle, x.dtype)
}

/// A tensor may be taken from any multiple of so many of its elements on.
pub(super) fn step(x: &CubeTensor) -> usize {
    (x.client.properties().memory.alignment as usize).div_ceil(x.dtype.size()).max(1)
}

/// Threads for so many pieces of work, each on its own.
pub(super) fn pointwise(x: &CubeTensor, pieces: usize) -> (CubeCount, CubeDim) {
    let dim = CubeDim::new_1d(units(x) as u32);
    (calculate_cube_count_elemwise(&x.client, pieces, dim), dim)
}

/// What a kernel is started with that goes through so many numbers, `size` of them a thread: how often that is, the groups of
/// threads, and the device and the number format of `x`.
pub(super) fn each(
    x: &CubeTensor,
    numbers: usize,
    size: usize,
) -> (usize, CubeCount, CubeDim, Client, ElemType) {
    let count = numbers / size;
    let (cubes, dim) = pointwise(x, count);
    (count, cubes, dim, x.client.clone(), element(x.dtype))
}

/// [`units`] threads for each of so many rows. There may be more groups of threads than rows.
pub(super) fn rowwise(x: &CubeTensor, rows: usize) -> (CubeCount, CubeDim) {
    pointwise(x, rows * units(x))
}

/// A product of the last two axes into `out`, which has no gaps.
pub(super) fn product(left: CubeTensor, right: CubeTensor, out: &CubeTensor) {
    let made = matmul(left, right, Some(out.clone()), MatmulStrategy::default(), out.dtype);
    // The last resort of every product needs nothing of a card.
    assert!(made.is_ok(), "a product of {:?} could not be started: {:?}", out.shape(), made.err());
}

#[cfg(test)]
pub(super) mod testing {
    use burn::backend::Backend;
    use burn::backend::tensor::FloatTensor;
    use burn::tensor::TensorData;
    use burn_cubecl::cubecl::Device;
    use burn_cubecl::cubecl::device::WgpuDeviceKind;
    use burn_cubecl::{CubeBackend, CubeDevice};

    use super::*;

    /// The device of [`crate::tests::opengl`].
    pub(crate) fn device() -> Option<CubeDevice> {
        crate::tests::opengl()?;
        Device::gl(WgpuDeviceKind::DefaultDevice).ok()
    }

    fn put<B: Backend>(data: TensorData, device: &B::Device) -> FloatTensor<B> {
        B::float_from_data(data, device)
    }

    pub(crate) fn upload(values: &[f32], shape: impl Into<Shape>, device: &CubeDevice) -> CubeTensor {
        put::<CubeBackend>(TensorData::new(values.to_vec(), shape.into()), device)
    }

    pub(crate) fn read(x: CubeTensor) -> Vec<f32> {
        burn_cubecl::ops::into_data_sync(x).try_to_vec().unwrap()
    }
}
