//! A frozen weight, laid out once for the device it lies on.
//!
//! Processors read it in panels, as many outputs beside each other as two vectors hold, so that a product runs through
//! memory in order; graphics cards take it as one panel, which is a plain matrix. Nothing else knows the difference.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::flex;

/// The weight of a convolution or a linear layer, `[panels, taps * channels in, panel width]`. Outputs beyond the last
/// one, up to a whole panel, are zero.
#[derive(Module, Debug)]
pub struct Weight {
    /// The numbers.
    pub panels: Param<Tensor<3>>,
}

impl Weight {
    /// Lays out `values`, row-major `[output, input, kernel, kernel]` as PyTorch stores them.
    pub fn new(values: &[f32], [input, output, kernel]: [usize; 3], device: &Device, dtype: DType) -> Self {
        let width = panel_width(output, device);
        let (taps, panels) = (kernel * kernel, output.div_ceil(width));
        let mut laid = vec![0.0; panels * taps * input * width];
        for (o, row) in values.chunks_exact(input * taps).enumerate() {
            let base = o / width * taps * input * width + o % width;
            for (i, taps) in row.chunks_exact(taps).enumerate() {
                for (tap, value) in taps.iter().enumerate() {
                    laid[base + (tap * input + i) * width] = *value;
                }
            }
        }
        let data = TensorData::new(laid, [panels, taps * input, width]).convert_dtype(dtype);
        Self { panels: Param::initialized(ParamId::new(), Tensor::from_data(data, (device, dtype))) }
    }
}

/// Outputs that lie beside each other on `device`.
fn panel_width(output: usize, device: &Device) -> usize {
    if on_processor(device) { flex::panel_width() } else { output }
}

/// Whether `device` computes on the processor by itself.
fn on_processor(device: &Device) -> bool {
    matches!(device.clone().inner().as_dispatch(), burn::backend::DispatchDevice::Flex(_))
}
