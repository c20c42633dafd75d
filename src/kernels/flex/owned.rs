//! Activations of the processor that are given up: what is kept in 16 bits need not be there beside what it is decoded to,
//! and a result may lie where that was which it is made of. What somebody else has is never changed.

use burn::backend::TensorMetadata;
use burn::backend::flex::FlexTensor;
use burn::tensor::DType;
use half::{bf16, f16};

use super::numbers::{Half, Numbers, SMALL_PIECE, decode, encode, read, write};

/// An activation in 32 bits; what it was kept as is let go.
pub fn wide(tensor: FlexTensor) -> FlexTensor {
    match tensor.dtype() {
        DType::F32 => tensor,
        _ => write(read(&tensor).into_owned(), &tensor.shape(), DType::F32),
    }
}

/// The numbers of an activation in order, to be changed: in its own memory where nobody else has it.
pub fn take(tensor: FlexTensor) -> Vec<f32> {
    let tensor = wide(tensor);
    if !is_whole(&tensor) {
        return read(&tensor).into_owned();
    }
    if !tensor.is_unique() {
        return decode(&Numbers::of(&tensor), 0, tensor.layout().num_elements());
    }
    match tensor.into_data().try_into_vec() {
        Ok(values) => values,
        Err(error) => unreachable!("it is in 32 bits: {error}"),
    }
}

/// Whether the numbers of a tensor are all that its memory holds, in order.
fn is_whole(tensor: &FlexTensor) -> bool {
    let bytes = tensor.layout().num_elements() * tensor.dtype().size();
    tensor.is_contiguous() && tensor.bytes().len() == bytes
}

/// What `compute` makes of `x` and `grad`, which is of the shape of `x`, where each row depends on the same row of both
/// alone. What is kept in 16 bits takes the place of `x`, where nobody else has that, a piece at a time.
pub fn onto(x: FlexTensor, grad: &FlexTensor, compute: impl Fn([&[f32]; 2]) -> Vec<f32>) -> FlexTensor {
    match x.dtype() {
        DType::F16 => pieces_onto::<f16>(x, grad, SMALL_PIECE, compute),
        DType::BF16 => pieces_onto::<bf16>(x, grad, SMALL_PIECE, compute),
        dtype => write(compute([&read(&x), &read(grad)]), &x.shape(), dtype),
    }
}

/// The same; a piece has as many rows as the widest makes numbers of.
fn pieces_onto<T: Half>(
    x: FlexTensor,
    grad: &FlexTensor,
    numbers: usize,
    compute: impl Fn([&[f32]; 2]) -> Vec<f32>,
) -> FlexTensor {
    let mut x = if is_whole(&x) { x } else { x.to_contiguous() };
    let width = x.shape().last().map_or(1, |width| (*width).max(1));
    let grad = grad.to_contiguous();
    let grad = Numbers::of(&grad);
    let of_grad = grad.len() / (x.layout().num_elements() / width).max(1);
    let at_once = (numbers / width.max(of_grad)).max(1);
    for (index, x) in x.storage_mut::<T>().chunks_mut(at_once * width).enumerate() {
        let rows = x.len() / width;
        let made = {
            let x = decode(&T::numbers(x), 0, x.len());
            let grad = decode(&grad, index * at_once * of_grad, rows * of_grad);
            compute([&x, &grad])
        };
        encode(&made, x);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_takes_the_place_of_what_it_is_made_of() {
        // Five rows of four numbers, and of two.
        let numbers = |count: usize| (0..count).map(|i| i as f32 - 7.0).collect::<Vec<_>>();
        let sums = |[x, grad]: [&[f32]; 2]| -> Vec<f32> {
            let rows = x.chunks_exact(4).zip(grad.chunks_exact(2));
            rows.flat_map(|(x, grad)| [x[0] + x[3], grad[0], x[1] * grad[1], x[2]]).collect()
        };
        let whole = sums([&numbers(20), &numbers(10)]);
        let values = |tensor: &FlexTensor| read(tensor).into_owned();
        for dtype in [DType::F16, DType::BF16, DType::F32] {
            let grad = write(numbers(10), &[5, 2], dtype);
            let x = write(numbers(20), &[5, 4], dtype);
            let (kept, place) = (x.clone(), x.bytes().as_ptr());
            // What somebody else has stays as it is.
            assert_eq!(values(&onto(x.clone(), &grad, sums)), whole, "{dtype:?}");
            assert_eq!(values(&kept), numbers(20), "{dtype:?}");
            drop(kept);
            let made = onto(x, &grad, sums);
            assert_eq!((values(&made), made.shape().to_vec()), (whole.clone(), vec![5, 4]), "{dtype:?}");
            assert_eq!(made.bytes().as_ptr() == place, dtype != DType::F32, "{dtype:?}");
        }
        for numbers_at_once in [1, 4, 9, 99] {
            let (x, grad) =
                (write(numbers(20), &[5, 4], DType::F16), write(numbers(10), &[5, 2], DType::F16));
            assert_eq!(values(&pieces_onto::<f16>(x, &grad, numbers_at_once, sums)), whole);
        }
        let rows = write(numbers(20), &[4, 5], DType::F16);
        let layout = rows.layout().transpose(0, 1);
        let turned = rows.with_layout(layout);
        let (straight, grad) = (values(&turned), write(numbers(10), &[5, 2], DType::F16));
        assert_eq!(values(&onto(turned, &grad, sums)), sums([&straight, &numbers(10)]));
    }

    #[test]
    fn numbers_are_taken_out_of_their_tensor() {
        let numbers: Vec<f32> = (0..6).map(|i| i as f32).collect();
        for dtype in [DType::F32, DType::F16, DType::BF16] {
            let tensor = write(numbers.clone(), &[2, 3], dtype);
            let kept = tensor.clone();
            let mut taken = take(tensor);
            assert_eq!(taken, numbers, "{dtype:?}");
            taken.fill(9.0);
            assert_eq!(read(&kept).into_owned(), numbers, "{dtype:?}");
            let place = kept.bytes().as_ptr();
            let taken = take(kept);
            assert_eq!(taken, numbers, "{dtype:?}");
            assert_eq!(taken.as_ptr().cast() == place, dtype == DType::F32, "{dtype:?}");
            assert_eq!(wide(write(numbers.clone(), &[6], dtype)).dtype(), DType::F32);
        }
        let rows = write(numbers, &[2, 3], DType::F32);
        let layout = rows.layout().transpose(0, 1);
        assert_eq!(take(rows.with_layout(layout)), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    }
}
