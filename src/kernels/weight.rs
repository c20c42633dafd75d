//! A frozen weight, laid out once for the device it lies on.
//!
//! Processors read it in panels, as many outputs beside each other as two vectors hold, so that a product runs through
//! memory in order; graphics cards take it as one panel, which is a plain matrix. Processors keep numbers in 16 bits where
//! each of them is exact in 16, as those of most files are: memory is what they wait for. It may be kept in 8 bits, which
//! is an approximation: each output at each place of the kernel has a scale of its own. Nothing else knows the difference.

use burn::backend::{Dispatch, DispatchDevice};
use burn::module::{Module, Param, ParamId};
use burn::tensor::{Bytes, DType, Device, Element, Int, Tensor, TensorData};
use bytemuck::Pod;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use crate::flex;
use crate::ops::Frozen;
use crate::remote;

/// The largest code. That of the other end is left out, so that zero is exact and both signs are alike.
const LARGEST: f32 = 127.0;
/// What is added to codes, so that none is negative: it turns the sign bit round.
const MIDDLE: u8 = 1 << 7;
/// 1.5 * 2^23: f32 has whole numbers only near it.
const WHOLE: f32 = 12_582_912.0;

/// The weight of a convolution or a linear layer, `[panels, taps * channels in, panel width]`. Outputs beyond the last
/// one, up to a whole panel, are zero.
#[derive(Module, Debug)]
pub struct Weight {
    /// The numbers, or where there are codes what these are multiplied by, `[panels, taps, panel width]`.
    panels: Param<Tensor<3>>,
    /// Four numbers in each.
    codes: Option<Param<Tensor<3, Int>>>,
}

impl Weight {
    /// Lays out `values`, row-major `[output, input, kernel, kernel]` as PyTorch stores them.
    pub fn new(values: &[f32], sizes: [usize; 3], device: &Device, dtype: DType) -> Self {
        let layout = Layout::new(sizes, device);
        let kept = if layout.stays { least(values, dtype) } else { dtype };
        let data = match kept {
            DType::F16 => layout.data(values, |value, _| f16::from_f32(value)),
            DType::BF16 => layout.data(values, |value, _| bf16::from_f32(value)),
            _ => layout.data(values, |value, _| value).convert_dtype(kept),
        };
        Self { panels: param(remote::upload(data, device)), codes: None }
    }

    /// The same in 8 bits, rounded to the nearest of 255 numbers that reach as far as the largest of the output at a
    /// place of the kernel. In full, as `dtype`, where outputs do not come in fours.
    pub fn coded(values: &[f32], sizes: [usize; 3], device: &Device, dtype: DType) -> Self {
        let layout = Layout::new(sizes, device);
        let Layout { input, taps, width, .. } = layout;
        if !width.is_multiple_of(4) {
            return Self::new(values, sizes, device, dtype);
        }
        let mut most = vec![0.0_f32; sizes[1] * taps];
        for (row, most) in values.chunks_exact(input * taps).zip(most.chunks_exact_mut(taps)) {
            for values in row.chunks_exact(taps) {
                most.iter_mut().zip(values).for_each(|(most, value)| *most = most.max(value.abs()));
            }
        }
        let rates: Vec<f32> =
            most.iter().map(|most| if *most > 0.0 { LARGEST / most } else { 0.0 }).collect();
        // The sum has no digits behind the point left, and its lowest bits are those of the nearest whole number.
        let encode = |value: f32, place: usize| ((value * rates[place] + WHOLE).to_bits() as u8) ^ MIDDLE;
        let [panels, rows, width] = layout.shape();
        let shape = [panels, rows, width / 4];
        let codes = layout.filled(shape, |codes: &mut [i32]| {
            layout.lay(values, encode, bytemuck::cast_slice_mut(codes));
        });
        let codes = TensorData::from_bytes(codes, shape, DType::I32);
        let scales = Layout { input: 1, ..layout }.data(&most, |most, _| most / LARGEST);
        Self {
            panels: param(remote::upload(scales, device)),
            codes: Some(param(remote::upload_codes(codes, device))),
        }
    }

    /// As the operations take it.
    pub fn frozen(&self) -> Frozen<Dispatch> {
        let panels = self.panels.val().into_dispatch();
        match &self.codes {
            Some(codes) => Frozen::Coded(codes.val().into_dispatch(), panels),
            None => Frozen::Full(panels),
        }
    }
}

/// The smallest format in which `values` are as exact as in `dtype`.
fn least(values: &[f32], dtype: DType) -> DType {
    match dtype {
        DType::F32 if are_exact::<f16>(values) => DType::F16,
        DType::F32 if are_exact::<bf16>(values) => DType::BF16,
        _ => dtype,
    }
}

fn are_exact<T: Pod>(values: &[f32]) -> bool
where
    [T]: HalfFloatSliceExt,
{
    let (mut kept, mut back) = ([T::zeroed(); 256], [0.0_f32; 256]);
    values.chunks(256).all(|values| {
        let (kept, back) = (&mut kept[..values.len()], &mut back[..values.len()]);
        kept.convert_from_f32_slice(values);
        kept.convert_to_f32_slice(back);
        back.iter().zip(values).all(|(back, value)| back.to_bits() == value.to_bits())
    })
}

fn param<T: burn::module::Parameter>(tensor: T) -> Param<T> {
    Param::initialized(ParamId::new(), tensor)
}

/// Where the numbers of a weight lie.
#[derive(Clone, Copy)]
struct Layout {
    input: usize,
    taps: usize,
    /// Outputs that lie beside each other.
    width: usize,
    panels: usize,
    /// Whether it is for the processor, and so stays where it is laid out.
    stays: bool,
}

impl Layout {
    fn new([input, output, kernel]: [usize; 3], device: &Device) -> Self {
        let stays = matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_));
        let width = match panel_width(device) {
            0 => output,
            width => width,
        };
        Self { input, taps: kernel * kernel, width, panels: output.div_ceil(width), stays }
    }

    fn shape(&self) -> [usize; 3] {
        [self.panels, self.taps * self.input, self.width]
    }

    /// Numbers of that shape that `fill` puts into their places.
    fn filled<T: Pod + Element>(&self, shape: [usize; 3], fill: impl FnOnce(&mut [T])) -> Bytes {
        let count = shape.iter().product();
        if self.stays {
            return flex::filled(count, fill);
        }
        let mut numbers = vec![T::zeroed(); count];
        fill(&mut numbers);
        Bytes::from_elems(numbers)
    }

    /// `values` laid out, each as `encode` has it.
    fn data<T: Pod + Element>(&self, values: &[f32], encode: impl Fn(f32, usize) -> T) -> TensorData {
        let laid = self.filled(self.shape(), |laid| self.lay(values, encode, laid));
        TensorData::from_bytes(laid, self.shape(), T::dtype())
    }

    /// `[output, input, taps]` into `[panels, taps * input, width]`; `encode` is also told which output and place of the
    /// kernel, in that order, a number belongs to.
    fn lay<T>(&self, values: &[f32], encode: impl Fn(f32, usize) -> T, laid: &mut [T]) {
        let Self { input, taps, width, .. } = *self;
        for (o, row) in values.chunks_exact(input * taps).enumerate() {
            let base = o / width * taps * input * width + o % width;
            for (i, values) in row.chunks_exact(taps).enumerate() {
                for (tap, value) in values.iter().enumerate() {
                    laid[base + (tap * input + i) * width] = encode(*value, o * taps + tap);
                }
            }
        }
    }
}

/// Outputs that lie beside each other in a weight on `device`; zero for all of them.
fn panel_width(device: &Device) -> usize {
    match device.clone().inner().as_dispatch() {
        DispatchDevice::Flex(_) => flex::panel_width(),
        _ => remote::about(device).map_or(0, |about| about.panel_width),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_in_16_bits_where_they_are_exact_in_them() {
        let kept = |values: [f32; 4]| {
            let weight = Weight::new(&values, [2, 2, 1], &Device::flex(), DType::F32);
            weight.panels.val().dtype()
        };
        assert_eq!(kept([1.0, -0.0, 65504.0, f16::MIN_POSITIVE_SUBNORMAL.to_f32()]), DType::F16);
        // Beyond the range of the one, and with more digits than either has.
        assert_eq!(kept([1.0, 2.0, 100_000.0, 0.5]), DType::F32);
        assert_eq!(kept([1.0, 2.0, f32::from_bits(0x7149_0000), 0.5]), DType::BF16);
        assert_eq!(kept([1.0, 2.0, 0.1, 0.5]), DType::F32);
    }
}
