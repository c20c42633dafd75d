//! A frozen weight, laid out once for the device it lies on.
//!
//! Processors read it in panels, as many outputs beside each other as two vectors hold, so that a product runs through
//! memory in order; graphics cards take it as one panel, which is a plain matrix. It may be kept in 8 bits, which is an
//! approximation: each output at each place of the kernel has a scale of its own. Nothing else knows the difference.

use burn::backend::{Dispatch, DispatchDevice};
use burn::module::{Module, Param, ParamId};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

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
        let data = TensorData::new(layout.lay(values, |value, _| value), layout.shape()).convert_dtype(dtype);
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
        let codes: Vec<i32> = bytemuck::pod_collect_to_vec(&layout.lay(values, encode));
        let [panels, rows, width] = layout.shape();
        let codes = TensorData::new(codes, [panels, rows, width / 4]);
        let of_place = Layout { input: 1, ..layout };
        let scales = of_place.lay(&most, |most, _| most / LARGEST);
        let scales = TensorData::new(scales, of_place.shape());
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
}

impl Layout {
    fn new([input, output, kernel]: [usize; 3], device: &Device) -> Self {
        let width = match panel_width(device) {
            0 => output,
            width => width,
        };
        Self { input, taps: kernel * kernel, width, panels: output.div_ceil(width) }
    }

    fn shape(&self) -> [usize; 3] {
        [self.panels, self.taps * self.input, self.width]
    }

    /// `[panels, taps * input, width]` of `[output, input, taps]`; `encode` is also told which output and place of the
    /// kernel, in that order, a number belongs to.
    fn lay<T: Copy + Default>(&self, values: &[f32], encode: impl Fn(f32, usize) -> T) -> Vec<T> {
        let Self { input, taps, width, panels } = *self;
        let mut laid = vec![T::default(); panels * taps * input * width];
        for (o, row) in values.chunks_exact(input * taps).enumerate() {
            let base = o / width * taps * input * width + o % width;
            for (i, values) in row.chunks_exact(taps).enumerate() {
                for (tap, value) in values.iter().enumerate() {
                    laid[base + (tap * input + i) * width] = encode(*value, o * taps + tap);
                }
            }
        }
        laid
    }
}

/// Outputs that lie beside each other in a weight on `device`; zero for all of them.
fn panel_width(device: &Device) -> usize {
    match device.clone().inner().as_dispatch() {
        DispatchDevice::Flex(_) => flex::panel_width(),
        _ => remote::about(device).map_or(0, |about| about.panel_width),
    }
}
