//! How much each token of a prompt counts, and what an empty negative prompt is.
//!
//! Weights act on what the text encoders made of a prompt, as the programs do that artists know: by multiplying
//! (AUTOMATIC1111), or away from the empty prompt (ComfyUI). Nothing here encodes a text.

use burn::tensor::{Tensor, TensorData};

use base::Result;
use inversion::objective::read;
use model::unet::{Added, Conditioning};
use text::Tokens;

/// Gives each token its weight in the context of its text: by multiplying, or, if the context of the empty prompt is
/// given, by going further away from it.
///
/// # Shapes
/// - `context`: `[texts, tokens, width]`; `empty`: `[1, tokens, width]`; output: as `context`
pub(super) fn apply_weights(
    context: Tensor<3>,
    empty: Option<Tensor<3>>,
    texts: &[&Tokens],
) -> Result<Tensor<3>> {
    let (shape, dtype, device) = (context.dims(), context.dtype(), context.device());
    // Reading the context waits for the device, once for each picture. Here the sums are the same everywhere.
    let mut values = read(context)?;
    let empty = empty.map(read).transpose()?;
    let [_, tokens, width] = shape;
    for (rows, text) in values.chunks_exact_mut((tokens * width).max(1)).zip(texts) {
        // Every encoder cuts a text into the same tokens, so the first one's weights are those of all.
        let weights = text.weights.get(..tokens).unwrap_or(&text.weights);
        match &empty {
            Some(empty) => interpolate_from_empty(rows, empty, weights),
            None => scale_keeping_mean(rows, weights),
        }
    }
    Ok(Tensor::<3>::from_data(TensorData::new(values, shape), &device).cast(dtype))
}

/// `empty + weight (context - empty)` for each token: the emphasis of ComfyUI.
fn interpolate_from_empty(context: &mut [f32], empty: &[f32], weights: &[f32]) {
    let width = context.len() / weights.len().max(1);
    let rows = context.chunks_exact_mut(width.max(1)).zip(empty.chunks_exact(width.max(1)));
    for ((row, empty), weight) in rows.zip(weights).filter(|(_, weight)| **weight != 1.0) {
        row.iter_mut().zip(empty).for_each(|(value, zero)| *value = (*value - zero) * weight + zero);
    }
}

/// The same with zeros in place of the first text, which SDXL takes as "no negative prompt".
pub(super) fn without_first(given: Conditioning) -> Conditioning {
    let keep = |rows: usize| (0..rows).map(|row| f32::from(u8::from(row > 0))).collect::<Vec<_>>();
    let context = given.context;
    let ([rows, _, _], device, dtype) = (context.dims(), context.device(), context.dtype());
    let mask = Tensor::<1>::from_data(TensorData::new(keep(rows), [rows]), &device).cast(dtype);
    let added = given
        .added
        .map(|Added { pooled, sizes }| Added { pooled: pooled * mask.clone().reshape([rows, 1]), sizes });
    Conditioning { context: context * mask.reshape([rows, 1, 1]), added }
}

/// Multiplies each token's row by its weight, and then all rows by the one number that gives them the mean they
/// had: the "original" emphasis of AUTOMATIC1111's web UI.
fn scale_keeping_mean(context: &mut [f32], weights: &[f32]) {
    if weights.iter().all(|weight| *weight == 1.0) {
        return;
    }
    let before = mean(context);
    let width = context.len() / weights.len();
    for (row, weight) in context.chunks_exact_mut(width.max(1)).zip(weights) {
        row.iter_mut().for_each(|value| *value *= weight);
    }
    let factor = (before / mean(context)) as f32;
    // A mean of zero, or one that changed its sign, cannot be given back by multiplying.
    if factor.is_normal() && factor > 0.0 {
        context.iter_mut().for_each(|value| *value *= factor);
    }
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_keep_the_mean_of_the_context() {
        let mut context = [1.0, 3.0, 2.0, 0.0, 1.0, 1.0];
        scale_keeping_mean(&mut context, &[1.0, 4.0, 1.0]);
        // The sum was 8 and became 14.
        let expected = [1.0, 3.0, 8.0, 0.0, 1.0, 1.0].map(|value: f32| value * 8.0 / 14.0);
        assert!(context.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{context:?}");

        let mut zero = [1.0, -1.0, 0.5, -0.5];
        scale_keeping_mean(&mut zero, &[2.0, 1.0]);
        assert_eq!(zero, [2.0, -2.0, 0.5, -0.5]);
    }

    #[test]
    fn a_text_without_weights_is_left_alone() {
        let text =
            |weights: &[f32]| Tokens { ids: vec![0; 2], weights: weights.to_vec(), length: 2, dropped: 0 };
        let (plain, weighted) = (text(&[1.0, 1.0]), text(&[1.0, 2.0]));
        let device = burn::tensor::Device::flex();
        let context =
            || Tensor::<3>::from_floats([[[0.1, 0.7], [0.3, 0.9]], [[0.1, 0.7], [0.3, 0.9]]], &device);
        let same = read(apply_weights(context(), None, &[&plain, &plain]).unwrap()).unwrap();
        assert_eq!(same, [0.1, 0.7, 0.3, 0.9, 0.1, 0.7, 0.3, 0.9]);
        let values = read(apply_weights(context(), None, &[&plain, &weighted]).unwrap()).unwrap();
        assert_eq!(values[..4], [0.1, 0.7, 0.3, 0.9]);
        // The sum was 2 and became 3.2.
        let expected = [0.1, 0.7, 0.6, 1.8].map(|value: f32| value * 2.0 / 3.2);
        assert!(values[4..].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{values:?}");

        let empty = Tensor::<3>::from_floats([[[0.0, 0.0], [0.2, 0.2]]], &device);
        let values = read(apply_weights(context(), Some(empty), &[&plain, &weighted]).unwrap()).unwrap();
        let expected = [0.1, 0.7, 0.3, 0.9, 0.1, 0.7, 0.4, 1.6];
        assert!(values.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{values:?}");
    }

    #[test]
    fn an_empty_negative_prompt_can_be_zeros() {
        let device = burn::tensor::Device::flex();
        let context = Tensor::<3>::from_floats([[[1.0, 2.0]], [[3.0, 4.0]]], &device);
        let pooled = Tensor::<2>::from_floats([[5.0], [6.0]], &device);
        let added = Some(Added { pooled, sizes: vec![[8.0; 6]; 2] });
        let given = without_first(Conditioning { context, added });
        assert_eq!(read(given.context).unwrap(), [0.0, 0.0, 3.0, 4.0]);
        assert_eq!(read(given.added.unwrap().pooled).unwrap(), [0.0, 6.0]);
    }
}
