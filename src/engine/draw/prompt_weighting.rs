//! How much each token of a prompt counts: what weights do to what the text encoders made of a window.
//!
//! Three ways of the programs that artists know; the sums are the same on every device, because they are made here. The
//! pooled text of SDXL is that of the first window and is never weighted, as in all of them.

use super::conditioning::Encoder;
use base::Result;
use project::Emphasis;
use text::Window;
use text::prompt::Piece;

/// What a text became.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Encoded {
    /// Row by row, a row for each token.
    pub(super) context: Vec<f32>,
    pub(super) pooled: Option<Vec<f32>>,
}

impl Encoded {
    /// Nothing, in the same shape.
    pub(super) fn zeros(&self) -> Self {
        let zeros = |values: &Vec<f32>| vec![0.0; values.len()];
        Self { context: zeros(&self.context), pooled: self.pooled.as_ref().map(zeros) }
    }
}

/// The context of a text of one or more windows, weighted. `empty` is a window without words; `widths` is how wide each
/// encoder's part of a row is.
pub(super) fn weighted(
    encoder: &mut Encoder<'_>,
    pieces: &[Piece],
    windows: &[Window],
    empty: &Window,
    emphasis: Emphasis,
    widths: &[usize],
) -> Result<Encoded> {
    let plain: Vec<_> = windows.iter().map(|window| (window.ids.as_slice(), None)).collect();
    let mut encoded = encoder.encode(&plain)?;
    let pooled = encoded[0].pooled.clone();
    let weights = |window: &Window| -> Vec<f32> {
        window.pieces.iter().map(|piece| piece.map_or(1.0, |piece| pieces[piece].weight as f32)).collect()
    };
    if pieces.iter().any(|piece| piece.weight != 1.0) {
        let empty = encoder.encode(&[(empty.ids.as_slice(), None)])?.swap_remove(0).context;
        for (window, encoded) in windows.iter().zip(&mut encoded) {
            match emphasis {
                Emphasis::Automatic1111 => scale_keeping_mean(&mut encoded.context, &weights(window), widths),
                Emphasis::ComfyUi => from_empty(&mut encoded.context, &empty, &weights(window)),
                Emphasis::Compel => {
                    from_empty(&mut encoded.context, &empty, &weights(window));
                    without_what_counts_less(encoder, pieces, window, encoded, &empty, &weights(window))?;
                }
            }
        }
    }
    let context = encoded.into_iter().flat_map(|window| window.context).collect();
    Ok(Encoded { context, pooled })
}

/// compel: the context is mixed with what it would be if a piece that counts less could not be seen, for each such piece
/// by `tan((1 - weight) pi / 2)`, over the sum of all.
fn without_what_counts_less(
    encoder: &mut Encoder<'_>,
    pieces: &[Piece],
    window: &Window,
    encoded: &mut Encoded,
    empty: &[f32],
    weights: &[f32],
) -> Result<()> {
    /// Less than this is taken as this: the tangent of a right angle is infinite.
    const LEAST: f64 = 1e-5;
    let mut sum = encoded.context.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
    let mut total = 1.0;
    for (index, piece) in pieces.iter().enumerate().filter(|(_, piece)| piece.weight < 1.0) {
        let share = ((1.0 - piece.weight.max(LEAST)) * std::f64::consts::FRAC_PI_2).tan();
        total += share;
        let unseen: Vec<bool> = window.pieces.iter().map(|place| *place == Some(index)).collect();
        let unseen = unseen.contains(&true).then_some(unseen.as_slice());
        let mut without = encoder.encode(&[(window.ids.as_slice(), unseen)])?.swap_remove(0).context;
        from_empty(&mut without, empty, weights);
        sum.iter_mut().zip(without).for_each(|(sum, value)| *sum += share * f64::from(value));
    }
    encoded.context = sum.into_iter().map(|value| (value / total) as f32).collect();
    Ok(())
}

/// `empty + weight (context - empty)` for each token: the emphasis of ComfyUI.
fn from_empty(context: &mut [f32], empty: &[f32], weights: &[f32]) {
    let width = (context.len() / weights.len().max(1)).max(1);
    let rows = context.chunks_exact_mut(width).zip(empty.chunks_exact(width));
    for ((row, empty), weight) in rows.zip(weights).filter(|(_, weight)| **weight != 1.0) {
        row.iter_mut().zip(empty).for_each(|(value, zero)| *value = (*value - zero) * weight + zero);
    }
}

/// Multiplies each token's row by its weight, and then all rows by the one number that gives them the mean they
/// had, for each encoder by itself: the "original" emphasis of AUTOMATIC1111's web UI.
fn scale_keeping_mean(context: &mut [f32], weights: &[f32], widths: &[usize]) {
    if weights.iter().all(|weight| *weight == 1.0) {
        return;
    }
    let width = widths.iter().sum::<usize>().max(1);
    let mut first = 0;
    for own in widths {
        let part = first..first + own;
        first = part.end;
        let mean = |context: &[f32]| {
            let rows = context.chunks_exact(width).flat_map(|row| &row[part.clone()]);
            rows.map(|value| f64::from(*value)).sum::<f64>() / (weights.len() * own).max(1) as f64
        };
        let before = mean(context);
        for (row, weight) in context.chunks_exact_mut(width).zip(weights) {
            row[part.clone()].iter_mut().for_each(|value| *value *= weight);
        }
        let factor = (before / mean(context)) as f32;
        // A mean of zero, or one that changed its sign, cannot be given back by multiplying.
        if factor.is_normal() && factor > 0.0 {
            let rows = context.chunks_exact_mut(width).flat_map(|row| &mut row[part.clone()]);
            rows.for_each(|value| *value *= factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_keep_the_mean_of_the_context() {
        let mut context = [1.0, 3.0, 2.0, 0.0, 1.0, 1.0];
        scale_keeping_mean(&mut context, &[1.0, 4.0, 1.0], &[2]);
        // The sum was 8 and became 14.
        let expected = [1.0, 3.0, 8.0, 0.0, 1.0, 1.0].map(|value: f32| value * 8.0 / 14.0);
        assert!(context.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{context:?}");

        let mut zero = [1.0, -1.0, 0.5, -0.5];
        scale_keeping_mean(&mut zero, &[2.0, 1.0], &[2]);
        assert_eq!(zero, [2.0, -2.0, 0.5, -0.5]);
    }

    #[test]
    fn each_encoder_keeps_its_own_mean() {
        // Two tokens; the first value is one encoder's, the others are the second's.
        let mut context = [1.0, 10.0, 20.0, 3.0, 30.0, 40.0];
        scale_keeping_mean(&mut context, &[1.0, 2.0], &[1, 2]);
        let expected =
            [4.0 / 7.0, 10.0 * 10.0 / 17.0, 20.0 * 10.0 / 17.0, 24.0 / 7.0, 600.0 / 17.0, 800.0 / 17.0];
        assert!(context.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-4), "{context:?}");
    }

    #[test]
    fn words_move_away_from_nothing() {
        let mut context = [0.1, 0.7, 0.3, 0.9];
        from_empty(&mut context, &[0.0, 0.0, 0.2, 0.2], &[1.0, 2.0]);
        let expected = [0.1, 0.7, 0.4, 1.6];
        assert!(context.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{context:?}");
    }
}
