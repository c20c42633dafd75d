//! A word's way from one token table into another, over the words that both have.
//!
//! What is carried is the difference to where the word began, as that weighted sum of words which has least squares in
//! the table it comes from. It is an approximation, and exact where one table is a linear image of the other.

use base::Result;
use model::embeddings::{Vocabulary, norm};

/// Part of the mean square of a table that is added against noise in directions where words hardly differ.
const RIDGE: f64 = 1e-3;
/// Most rounds of conjugate gradients.
const ROUNDS: usize = 200;

/// Whether two tables are the same up to the rounding to 16 bits, as far as the smaller reaches.
pub fn same_table(one: &Vocabulary, other: &Vocabulary) -> bool {
    let rows = one.size().min(other.size()) as u32;
    if one.width() != other.width() || rows == 0 || one.size().max(other.size()) > 2 * rows as usize {
        return false;
    }
    let pairs = (0..rows).filter_map(|id| one.row(id).zip(other.row(id)));
    let (mut apart, mut all) = (0.0, 0.0);
    for (one, other) in pairs {
        for (a, b) in one.iter().zip(other.iter()) {
            let (a, b) = (f64::from(*a), f64::from(*b));
            (apart, all) = (apart + (a - b).powi(2), all + a * a);
        }
    }
    apart <= 1e-5 * all
}

/// `difference`, of the width of `from`, as a difference in `to`; `shared` are the ids of the same words in each. It takes
/// seconds: `check` is asked before each round.
///
/// # Errors
/// Those of `check`.
pub fn carry_over(
    difference: &[f32],
    from: &Vocabulary,
    to: &Vocabulary,
    shared: &[(u32, u32)],
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<f32>> {
    let rows = |vocabulary: &Vocabulary, id: fn(&(u32, u32)) -> u32| -> Vec<f64> {
        let width = vocabulary.width();
        let mut rows: Vec<f64> = Vec::new();
        for row in shared.iter().filter_map(|pair| vocabulary.row(id(pair))) {
            rows.extend(row.iter().map(|value| f64::from(*value)));
        }
        let mut mean = vec![0.0; width];
        rows.chunks_exact(width).for_each(|row| add(&mut mean, row, width as f64 / rows.len() as f64));
        rows.chunks_exact_mut(width).for_each(|row| add(row, &mean, -1.0));
        rows
    };
    let (source, target) = (rows(from, |pair| pair.0), rows(to, |pair| pair.1));
    let (width, out) = (from.width(), to.width());
    if source.is_empty() {
        return Ok(vec![0.0; out]);
    }
    let ridge = RIDGE * source.iter().map(|value| value * value).sum::<f64>() / width.max(1) as f64;
    // (X'X + ridge) a = difference; then X a says how much of each word is in it.
    let wanted: Vec<f64> = difference.iter().map(|value| f64::from(*value)).collect();
    let parts = |a: &[f64]| -> Vec<f64> { source.chunks_exact(width).map(|row| dot(row, a)).collect() };
    let (mut a, mut rest) = (vec![0.0; width], wanted.clone());
    let mut along = rest.clone();
    let mut size = dot(&rest, &rest);
    let enough = 1e-16 * size;
    for _ in 0..ROUNDS {
        if size <= enough {
            break;
        }
        check()?;
        let mut image: Vec<f64> = along.iter().map(|value| ridge * value).collect();
        let weights = parts(&along);
        source.chunks_exact(width).zip(weights).for_each(|(row, weight)| add(&mut image, row, weight));
        let step = size / dot(&along, &image);
        add(&mut a, &along, step);
        add(&mut rest, &image, -step);
        let now = dot(&rest, &rest);
        along.iter_mut().zip(&rest).for_each(|(along, rest)| *along = rest + now / size * *along);
        size = now;
    }
    let mut carried = vec![0.0; out];
    target.chunks_exact(out).zip(parts(&a)).for_each(|(row, weight)| add(&mut carried, row, weight));
    Ok(carried.into_iter().map(|value| value as f32).collect())
}

/// `row` moved by `by`, and as long as before.
pub fn moved(row: &[f32], by: &[f32]) -> Vec<f32> {
    let sum: Vec<f32> = row.iter().zip(by).map(|(row, by)| row + by).collect();
    let factor = norm(row) / norm(&sum).max(f32::MIN_POSITIVE);
    sum.into_iter().map(|value| value * factor).collect()
}

fn add(sum: &mut [f64], row: &[f64], factor: f64) {
    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += factor * value);
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use diffusion::StepRandom;

    #[test]
    fn a_linear_image_of_a_table_is_found() {
        let mut random = StepRandom::new(1, 2);
        let mut number = || random.below(2001) as f32 / 1000.0 - 1.0;
        let (words, width, out) = (60, 8, 5);
        let from: Vec<f32> = (0..words * width).map(|_| number()).collect();
        let map: Vec<f32> = (0..width * out).map(|_| number()).collect();
        let image = |row: &[f32]| -> Vec<f32> {
            (0..out).map(|o| row.iter().enumerate().map(|(i, v)| v * map[i * out + o]).sum()).collect()
        };
        let to = Vocabulary::new(from.chunks(width).flat_map(image).collect(), out);
        let difference: Vec<f32> = (0..width).map(|_| number()).collect();
        let from = Vocabulary::new(from, width);
        let shared: Vec<(u32, u32)> = (0..words as u32).map(|id| (id, id)).collect();
        let carried = carry_over(&difference, &from, &to, &shared, &mut || Ok(())).unwrap();
        let ended = carry_over(&difference, &from, &to, &shared, &mut || Err(base::Error::Cancelled));
        assert!(matches!(ended, Err(base::Error::Cancelled)), "{ended:?}");
        for (carried, exact) in carried.iter().zip(image(&difference)) {
            assert!((carried - exact).abs() < 0.02, "{carried} {exact}");
        }
        assert!(same_table(&from, &from) && !same_table(&from, &to));
        let row = from.row(3).unwrap();
        assert!((norm(&moved(&row, &difference)) - norm(&row)).abs() < 1e-5);
    }
}
