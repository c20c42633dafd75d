//! The directional optimiser (Kim et al. 2025, "Directional Textual Inversion", <https://arxiv.org/abs/2512.13672>): the
//! word keeps one length, that of usual words, and only turns.
//!
//! A word that grows drowns the rest of its sentence; here that cannot happen. Each step turns each vector by the angle
//! whose tangent is the rate, against its gradient on the sphere, after a prior has pulled it towards the word it began
//! as. There is no state beside the vectors themselves.

use model::embeddings::norm;

/// Parts of a row that turn by themselves: one for each text encoder, as wide as its vocabulary.
fn parts<'a>(row: &'a mut [f32], widths: &[usize]) -> Vec<&'a mut [f32]> {
    let mut rest = row;
    let mut parts = Vec::new();
    for width in widths {
        let (part, behind) = rest.split_at_mut((*width).min(rest.len()));
        parts.push(part);
        rest = behind;
    }
    parts
}

/// Gives each part of each vector of `values`, rows of so many widths, the length that is usual for it.
pub(crate) fn set_lengths(values: &mut [f32], lengths: &[(usize, f64)]) {
    let widths: Vec<usize> = lengths.iter().map(|(width, _)| *width).collect();
    for row in values.chunks_exact_mut(widths.iter().sum::<usize>().max(1)) {
        for (part, (_, wanted)) in parts(row, &widths).into_iter().zip(lengths) {
            let length = f64::from(norm(part));
            if length > 0.0 {
                part.iter_mut().for_each(|value| *value = (f64::from(*value) * wanted / length) as f32);
            }
        }
    }
}

/// One step. With u the direction of a vector, m that of the word it began as and g the gradient by u, which is the length times
/// the one by the vector: `g <- g - prior m`, `g <- g - (g.u) u`, `u <- normalise(u - rate g / |g|)`. The length is `lengths`' before and after.
pub(crate) fn turn(
    values: &mut [f32],
    gradient: &[f32],
    start: &[f32],
    rate: f64,
    prior: f64,
    lengths: &[(usize, f64)],
) {
    let width = lengths.iter().map(|(width, _)| *width).sum::<usize>().max(1);
    let rows = values.chunks_exact_mut(width).zip(gradient.chunks_exact(width));
    for ((row, gradient), start) in rows.zip(start.chunks_exact(width)) {
        let mut at = 0;
        for (part, length) in lengths {
            let place = at..at + part;
            turn_one(&mut row[place.clone()], &gradient[place.clone()], &start[place], rate, prior, *length);
            at += part;
        }
    }
}

fn turn_one(value: &mut [f32], gradient: &[f32], start: &[f32], rate: f64, prior: f64, length: f64) {
    let unit = |values: &[f32]| {
        let length = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        values.iter().map(|v| f64::from(*v) / length).collect::<Vec<f64>>()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (u, m) = (unit(value), unit(start));
    // The published gradient is the one by the direction, of which the word is `length` times as long.
    let mut g: Vec<f64> = gradient.iter().zip(&m).map(|(g, m)| length * f64::from(*g) - prior * m).collect();
    let along = dot(&g, &u);
    g.iter_mut().zip(&u).for_each(|(g, u)| *g -= along * u);
    let size = dot(&g, &g).sqrt();
    // Nothing says where to: a sentence without the word, say.
    if size == 0.0 {
        return;
    }
    let turned: Vec<f64> = u.iter().zip(&g).map(|(u, g)| u - rate * g / size).collect();
    let size = dot(&turned, &turned).sqrt();
    value.iter_mut().zip(turned).for_each(|(value, u)| *value = (length * u / size) as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn angle(a: &[f32], b: &[f32]) -> f64 {
        let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        (dot / f64::from(norm(a)) / f64::from(norm(b))).clamp(-1.0, 1.0).acos()
    }

    #[test]
    fn a_step_is_the_published_rule() {
        // u = (1, 0, 0), g = 2 (5, 2, 0) - 1 (0, 0, 1) = (10, 4, -1), on the sphere (0, 4, -1), along which u turns by 0.1.
        let mut value = [2.0, 0.0, 0.0];
        turn(&mut value, &[5.0, 2.0, 0.0], &[0.0, 0.0, 3.0], 0.1, 1.0, &[(3, 2.0)]);
        let (size, part) = (1.01_f64.sqrt(), 0.1 / 17.0_f64.sqrt());
        let expected = [2.0 / size, -8.0 * part / size, 2.0 * part / size];
        assert!(value.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6), "{value:?}");
        // The prior alone leads back to the word it began as.
        let mut value = [1.0, 0.0];
        (0..400).for_each(|_| turn(&mut value, &[0.0, 0.0], &[0.0, 3.0], 0.01, 1e-4, &[(2, 1.0)]));
        assert!(angle(&value, &[0.0, 1.0]) < 0.011, "{value:?}");
    }

    #[test]
    fn the_length_stays_and_the_angle_is_the_rate() {
        let lengths = [(8, 0.4), (4, 0.7)];
        let mut values: Vec<f32> = (0..24).map(|i| ((i * 7 % 11) as f32) - 4.5).collect();
        let start = values.clone();
        set_lengths(&mut values, &lengths);
        for step in 0..200 {
            let before = values.clone();
            let gradient: Vec<f32> = (0..24).map(|i| ((i * 5 + step * 3) % 13) as f32 - 6.0).collect();
            turn(&mut values, &gradient, &start, 0.01, 1e-4, &lengths);
            for row in 0..2 {
                for (place, length) in [(row * 12..row * 12 + 8, 0.4), (row * 12 + 8..row * 12 + 12, 0.7)] {
                    let (now, was) = (&values[place.clone()], &before[place]);
                    assert!((f64::from(norm(now)) - length).abs() < 1e-6);
                    // f32 values: an angle of 0.01 is known to about 1e-5 of itself by their differences.
                    assert!((angle(now, was) - 0.01_f64.atan()).abs() < 1e-5, "{}", angle(now, was));
                }
            }
        }
    }

    #[test]
    fn without_a_gradient_a_vector_stays() {
        let mut value = [0.0, 0.5];
        turn(&mut value, &[0.0, 0.0], &[0.0, 2.0], 0.1, 1e-4, &[(2, 0.5)]);
        assert_eq!(value, [0.0, 0.5]);
    }
}
