//! One tensor in its file: the type of its numbers, its shape, where they lie and in which order.
//!
//! PyTorch stores views as they are: transposed, channels-last, or a part of something larger, told by strides that
//! count numbers. Nothing beyond a tensor's own bytes is read, and a few numbers are not blown up into gigabytes.

use std::borrow::Cow;
use std::ops::Range;

use safetensors::Dtype;

/// A view that repeats its numbers may become this much larger than they are, in bytes.
const MAX_REPEATED: usize = 1 << 20;

const BLOWN_UP: &str = "blows a few numbers up into a huge tensor";

/// Where a tensor is in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub dtype: Dtype,
    /// Its sizes, outermost first.
    pub shape: Vec<usize>,
    /// Its bytes in the file, from the first number to the last.
    pub bytes: Range<usize>,
    /// How many numbers lie between neighbours on each axis, unless they lie in the order of the shape.
    pub strides: Option<Vec<usize>>,
}

impl Stored {
    /// A tensor of any layout that begins at byte `start`; the fault is said of the tensor.
    pub fn new(dtype: Dtype, shape: Vec<usize>, strides: Vec<usize>, start: usize) -> Result<Self, String> {
        let size = dtype.bitsize() / 8;
        let span = span(&shape, &strides).and_then(|span| span.checked_mul(size));
        let end = span.and_then(|span| start.checked_add(span)).ok_or("is larger than any memory")?;
        refuse_blown_up(end - start, &shape, size)?;
        let strides = (!in_order(&shape, &strides)).then_some(strides);
        Ok(Self { dtype, shape, bytes: start..end, strides })
    }

    /// How many bytes its numbers take, without gaps.
    pub fn size(&self) -> usize {
        match self.strides {
            Some(_) => self.shape.iter().product::<usize>() * (self.dtype.bitsize() / 8),
            None => self.bytes.len(),
        }
    }

    /// Its strides, also where they are only those of its shape.
    pub fn strides(&self) -> Vec<usize> {
        self.strides.clone().unwrap_or_else(|| row_major(&self.shape))
    }

    /// Its numbers in the order of its shape; `file` is all bytes of the file. The fault is said of the tensor.
    pub fn numbers<'a>(&self, file: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
        let bytes = file.get(self.bytes.clone()).ok_or("lies beyond the end of the file")?;
        match &self.strides {
            None => Ok(Cow::Borrowed(bytes)),
            Some(strides) => gather(bytes, self.dtype.bitsize() / 8, &self.shape, strides).map(Cow::Owned),
        }
    }
}

/// The strides of numbers in the order of their shape.
fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// How many numbers lie from the first to the last, both counted; `None` for more than any memory has.
pub(super) fn span(shape: &[usize], strides: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    let mut axes = shape.iter().zip(strides);
    axes.try_fold(1_usize, |sum, (&length, &stride)| sum.checked_add((length - 1).checked_mul(stride)?))
}

/// Whether numbers lie in one piece and in the order of their shape. Along an axis of length one nobody steps.
pub(super) fn in_order(shape: &[usize], strides: &[usize]) -> bool {
    let expected = row_major(shape);
    shape.contains(&0)
        || shape
            .iter()
            .zip(strides)
            .zip(expected)
            .all(|((&length, &stride), expected)| length == 1 || stride == expected)
}

/// Numbers of `size` bytes each, put into the order of their shape; `bytes` begins at the first of them.
pub(super) fn gather(
    bytes: &[u8],
    size: usize,
    shape: &[usize],
    strides: &[usize],
) -> Result<Vec<u8>, String> {
    let total = refuse_blown_up(bytes.len(), shape, size)?;
    let out = match size {
        1 => pick::<1>(bytes, shape, strides, total),
        2 => pick::<2>(bytes, shape, strides, total),
        4 => pick::<4>(bytes, shape, strides, total),
        8 => pick::<8>(bytes, shape, strides, total),
        _ => None,
    };
    out.ok_or_else(|| "reaches beyond its numbers".into())
}

fn pick<const N: usize>(bytes: &[u8], shape: &[usize], strides: &[usize], total: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(total);
    let (&length, outer) = shape.split_last().unwrap_or((&1, &[]));
    // Along an axis of length one nobody steps, however far its stride is.
    let step = strides.last().map_or(1, |stride| *stride).saturating_mul(N);
    let mut index = vec![0; outer.len()];
    while out.len() < total {
        let first = index.iter().zip(strides).map(|(at, stride)| at * stride).sum::<usize>() * N;
        if step == N {
            out.extend_from_slice(bytes.get(first..first + length * N)?);
        } else {
            for at in (0..length).map(|place| first + place * step) {
                out.extend_from_slice(bytes.get(at..at + N)?);
            }
        }
        for (at, &length) in index.iter_mut().zip(outer).rev() {
            *at += 1;
            if *at < length {
                break;
            }
            *at = 0;
        }
    }
    Some(out)
}

/// The bytes of a tensor without gaps, unless they are far more than the `stored` ones.
fn refuse_blown_up(stored: usize, shape: &[usize], size: usize) -> Result<usize, String> {
    let total = shape.iter().try_fold(size, |product, &length| product.checked_mul(length));
    total.filter(|total| *total <= stored.max(MAX_REPEATED)).ok_or_else(|| BLOWN_UP.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers 0, 1, 2, … read in a shape and with strides.
    fn read(shape: &[usize], strides: &[usize], offset: usize) -> Vec<u16> {
        let file: Vec<u8> = (0..200_u16).flat_map(u16::to_le_bytes).collect();
        let stored = Stored::new(Dtype::U16, shape.to_vec(), strides.to_vec(), 2 * offset).unwrap();
        let numbers = stored.numbers(&file).unwrap();
        assert_eq!(numbers.len(), stored.size());
        numbers.as_chunks().0.iter().map(|number| u16::from_le_bytes(*number)).collect()
    }

    #[test]
    fn every_order_that_torch_stores_is_read() {
        assert_eq!(read(&[2, 3], &[3, 1], 0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(read(&[2, 3], &[1, 2], 1), [1, 3, 5, 2, 4, 6], "a transposed matrix");
        assert_eq!(read(&[2, 2], &[10, 1], 5), [5, 6, 15, 16], "a part of a wider one");
        assert_eq!(read(&[2, 3], &[0, 1], 7), [7, 8, 9, 7, 8, 9], "one row, repeated");
        assert_eq!(read(&[3], &[4], 0), [0, 4, 8]);
        assert_eq!(read(&[], &[], 9), [9]);
        assert!(read(&[0, 4], &[1, 9], 0).is_empty());
        // A convolution of 2 x 3 channels and 2 x 2 pixels, channels last, by the definition of strides.
        let expected = (0..2).flat_map(|o| {
            (0..3)
                .flat_map(move |i| (0..2).flat_map(move |y| (0..2).map(move |x| 12 * o + i + 6 * y + 3 * x)))
        });
        assert_eq!(read(&[2, 3, 2, 2], &[12, 1, 6, 3], 0), expected.collect::<Vec<_>>());
    }

    #[test]
    fn order_is_told_by_the_axes_one_steps_along() {
        assert!(
            in_order(&[2, 3], &[3, 1]) && in_order(&[2, 1, 3], &[3, 77, 1]) && in_order(&[0, 5], &[9, 9])
        );
        assert!(!in_order(&[2, 3], &[1, 2]) && !in_order(&[2, 2], &[3, 1]));
    }

    #[test]
    fn nothing_grows_without_bound_or_reaches_out() {
        let huge = Stored::new(Dtype::F32, vec![1 << 30, 2], vec![0, 1], 0).unwrap_err();
        assert!(huge.contains("huge"), "{huge}");
        assert!(Stored::new(Dtype::F32, vec![usize::MAX, 2], vec![1, 1], 0).is_err());
        assert!(Stored::new(Dtype::F32, vec![2, 2], vec![usize::MAX, 1], 0).is_err());
        assert_eq!(read(&[2, 1], &[10, usize::MAX], 0), [0, 10]);
        let beyond = Stored::new(Dtype::F32, vec![2, 2], vec![1, 2], 4).unwrap();
        assert!(beyond.numbers(&[0; 19]).is_err() && beyond.numbers(&[0; 20]).is_ok());
        assert!(gather(&[0; 8], 4, &[2, 2], &[1, 2]).is_err());
    }
}
