//! A vector as a weighted sum of a few others: what a learned word is made of, in words that have vectors.
//!
//! Non-negative orthogonal matching pursuit (Bruckstein, Elad and Zibulevsky 2008,
//! <https://doi.org/10.1109/TIT.2008.929920>): the vector that points most along what is left is taken in, and then all
//! weights are chosen anew. The best mix of so many is not promised; the same one each time is.

use base::Result;
use model::embeddings::norm;

/// A vector that explains less than this part more is not worth a word.
const LEAST_GAIN: f64 = 1e-3;
/// Sweeps over the weights at most: they settle long before.
const SWEEPS: usize = 10_000;

/// A mix.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SparseMix {
    /// Which vectors, and what each is multiplied by, more than 0; the longest products first.
    pub parts: Vec<(usize, f64)>,
    /// 1 - |rest|^2 / |target|^2.
    pub explained: f64,
}

/// The mix of at most `most` of the vectors `atoms`, all as wide as `target`, that comes close to it. To look through tens of
/// thousands for each part takes a while: `check` is asked before.
///
/// # Errors
/// Those of `check`.
pub fn sparse_mix(
    target: &[f32],
    atoms: &[&[f32]],
    most: usize,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<SparseMix> {
    let whole = dot(target, target);
    if whole <= 0.0 || !whole.is_finite() {
        return Ok(SparseMix::default());
    }
    let lengths: Vec<f64> = atoms.iter().map(|atom| f64::from(norm(atom))).collect();
    let mut parts: Vec<(usize, f64)> = Vec::new();
    let mut explained = 0.0;
    while parts.len() < most {
        check()?;
        let rest = rest(target, atoms, &parts);
        let along = |atom: usize| rest.iter().zip(atoms[atom]).map(|(r, a)| r * f64::from(*a)).sum::<f64>();
        let usable = (0..atoms.len()).filter(|atom| lengths[*atom] > 0.0);
        // Of equals the first.
        let best =
            usable.map(|atom| (atom, along(atom) / lengths[atom])).fold(None, |best, found| match best {
                Some((_, most)) if found.1 <= most => best,
                _ => Some(found),
            });
        let Some((atom, _)) = best.filter(|(_, along)| *along > 0.0) else { break };
        let mut longer = parts.clone();
        if longer.iter().all(|(known, _)| *known != atom) {
            longer.push((atom, 0.0));
        }
        weigh(target, atoms, &mut longer);
        longer.retain(|(_, weight)| *weight > 0.0);
        let left: f64 = self::rest(target, atoms, &longer).iter().map(|value| value * value).sum();
        let now = 1.0 - left / whole;
        if now - explained < LEAST_GAIN {
            break;
        }
        (parts, explained) = (longer, now);
    }
    parts.sort_by(|a, b| (b.1 * lengths[b.0]).total_cmp(&(a.1 * lengths[a.0])));
    Ok(SparseMix { parts, explained })
}

/// Chooses the weights, none below 0, with which the parts come closest to the target: one after another, round and round,
/// until none changes.
fn weigh(target: &[f32], atoms: &[&[f32]], parts: &mut [(usize, f64)]) {
    let products: Vec<Vec<f64>> =
        parts.iter().map(|(a, _)| parts.iter().map(|(b, _)| dot(atoms[*a], atoms[*b])).collect()).collect();
    let wanted: Vec<f64> = parts.iter().map(|(atom, _)| dot(atoms[*atom], target)).collect();
    for _ in 0..SWEEPS {
        let mut change = 0.0_f64;
        for (own, row) in products.iter().enumerate() {
            let others = row.iter().zip(parts.iter()).enumerate().filter(|(other, _)| *other != own);
            let others: f64 = others.map(|(_, (product, (_, weight)))| product * weight).sum();
            let weight = ((wanted[own] - others) / row[own]).max(0.0);
            change = change.max((weight - parts[own].1).abs());
            parts[own].1 = weight;
        }
        if change < 1e-12 {
            break;
        }
    }
}

/// What a mix leaves of the target.
fn rest(target: &[f32], atoms: &[&[f32]], parts: &[(usize, f64)]) -> Vec<f64> {
    let mut rest: Vec<f64> = target.iter().map(|value| f64::from(*value)).collect();
    for (atom, weight) in parts {
        rest.iter_mut().zip(atoms[*atom]).for_each(|(rest, value)| *rest -= weight * f64::from(*value));
    }
    rest
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close((target, atoms, most): (&[f32], &[&[f32]], usize), parts: &[(usize, f64)], explained: f64) {
        let found = sparse_mix(target, atoms, most, &mut || Ok(())).unwrap();
        let same = found.parts.iter().zip(parts).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-6);
        assert!(same && found.parts.len() == parts.len(), "{found:?}");
        assert!((found.explained - explained).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn weights_are_those_of_the_words_as_they_are() {
        // 2 (2, 0, 0) + 3 (0, 1, 0) leaves (0, 0, 1) of (4, 3, 1); its square is 1 of 26.
        let atoms: [&[f32]; 4] = [&[0.0, 1.0, 0.0], &[-1.0, 0.0, 0.0], &[2.0, 0.0, 0.0], &[0.0; 3]];
        close((&[4.0, 3.0, 1.0], &atoms, 8), &[(2, 2.0), (0, 3.0)], 25.0 / 26.0);
        // Only one: the one that points most along it.
        close((&[4.0, 3.0, 1.0], &atoms, 1), &[(2, 2.0)], 16.0 / 26.0);
    }

    #[test]
    fn it_can_be_ended_before_each_part() {
        let atoms: [&[f32]; 2] = [&[1.0, 0.0], &[0.0, 1.0]];
        let mut left = 2;
        let mut check = || {
            left -= 1;
            if left > 0 { Ok(()) } else { Err(base::Error::Cancelled) }
        };
        let ended = sparse_mix(&[2.0, 1.0], &atoms, 8, &mut check);
        assert!(matches!(ended, Err(base::Error::Cancelled)), "{ended:?}");
    }

    #[test]
    fn words_that_are_alike_are_weighed_together() {
        // Alone the first would get 2.6; with the second beside it, 2.
        let atoms: [&[f32]; 2] = [&[1.0, 0.0], &[0.6, 0.8]];
        close((&[2.6, 0.8], &atoms, 8), &[(0, 2.0), (1, 1.0)], 1.0);
    }

    #[test]
    fn what_points_away_is_left_out() {
        let atoms: [&[f32]; 2] = [&[1.0, 0.0], &[0.0, 0.0]];
        close((&[-1.0, 0.0], &atoms, 8), &[], 0.0);
        close((&[0.0, 0.0], &atoms, 8), &[], 0.0);
        // The second would need a negative weight: (1, -1) is 1 (1, 0) and rest (0, -1).
        let atoms: [&[f32]; 2] = [&[1.0, 0.0], &[0.0, 1.0]];
        close((&[1.0, -1.0], &atoms, 8), &[(0, 1.0)], 0.5);
    }
}
