//! What LoRAs add to a weight, put into its numbers while it is read, before they are rounded or laid out for a device.
//!
//! A model with a LoRA costs no more in a step than without. The products are computed on the processor, wherever the
//! model is to lie.

use burn::tensor::{Device, Tensor, TensorData};

use base::{Error, Result};
use format::lora::{Addition, LowRank};

/// Adds to a weight, `[outputs, numbers of an output]` row by row, or a bias. A table of which only the first rows were
/// read is given those.
///
/// # Errors
/// [`Error::Device`] if the product cannot be computed.
pub fn add(values: &mut [f32], addition: Addition) -> Result<()> {
    let (added, scale) = match addition {
        Addition::Whole(numbers, scale) => (numbers, scale),
        Addition::LowRank(pair) => product(pair)?,
    };
    values.iter_mut().zip(added).for_each(|(value, added)| *value += scale * added);
    Ok(())
}

/// The product of two matrices, and what it is multiplied by.
fn product(LowRank { up, down, rank, scale }: LowRank) -> Result<(Vec<f32>, f32)> {
    let device = Device::flex();
    let (outputs, width) = (up.len() / rank, down.len() / rank);
    let matrix = |values, shape| Tensor::<2>::from_data(TensorData::new(values, shape), &device);
    let product = matrix(up, [outputs, rank]).matmul(matrix(down, [rank, width]));
    let product = product.try_into_vec_as::<f32>().map_err(|error| {
        Error::device(format!("A LoRA could not be added ({error})"), "Close other programs and try again.")
    })?;
    Ok((product, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_added_with_its_scale() {
        let mut values = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let added = LowRank { up: vec![1.0, 2.0], down: vec![3.0, 4.0, 5.0], rank: 1, scale: 0.5 };
        add(&mut values, Addition::LowRank(added)).unwrap();
        assert_eq!(values, [2.5, 3.0, 3.5, 4.0, 5.0, 6.0]);
        add(&mut values, Addition::Whole(vec![2.0, 0.0, 0.0, 0.0, 0.0, -4.0], 0.25)).unwrap();
        assert_eq!(values, [3.0, 3.0, 3.5, 4.0, 5.0, 5.0]);
    }
}
