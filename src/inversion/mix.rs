//! What can be done with the vectors of words: sums, differences, ways between two, joining, choosing, giving a length.
//!
//! Functions of numbers alone. Where words of several vectors meet, a word of one vector stands beside each of the
//! others'; other numbers of vectors are refused, because nothing says which belong together.

use super::vectors::{Vectors, blend};
use base::{Error, Result};
use project::mix::MixOperation;

/// The vectors that an operation makes of words, each with its weight; `amount` as in
/// [`MixSettings::amount`](project::mix::MixSettings::amount), `widths` as in [`blend`]. All words are as wide as the
/// first.
///
/// # Errors
/// [`Error::Input`] if they are too few for the operation, or if their numbers of vectors do not go together.
pub fn mix(
    operation: MixOperation,
    words: &[(Vectors, f64)],
    widths: &[usize],
    amount: f64,
) -> Result<Vectors> {
    let [least, _] = operation.takes();
    if words.len() < least {
        return Err(Error::input("There are too few words for this", "Add some."));
    }
    if operation == MixOperation::Join {
        let join = |all: Vectors, (word, _): &(Vectors, f64)| all.and(word);
        return Ok(words[1..].iter().fold(words[0].0.clone(), join));
    }
    let alike = alike(words)?;
    let shape = alike[0].shape;
    let values = match operation {
        MixOperation::Slerp => blend(&alike[0].values, &alike[1].values, widths, amount),
        MixOperation::Nudge => weighted(&alike, &[1.0, amount, -amount]),
        MixOperation::Sum | MixOperation::Difference | MixOperation::Join => {
            let taken = operation == MixOperation::Difference;
            let weight = |(place, (_, weight)): (usize, &(Vectors, f64))| {
                if taken && place > 0 { -weight } else { *weight }
            };
            weighted(&alike, &words.iter().enumerate().map(weight).collect::<Vec<_>>())
        }
    };
    Ok(Vectors { values, shape })
}

/// The words in as many vectors as the longest has.
fn alike(words: &[(Vectors, f64)]) -> Result<Vec<Vectors>> {
    let count = words.iter().map(|(word, _)| word.count()).max().unwrap_or(0);
    let spread = |(word, _): &(Vectors, f64)| match word.count() {
        own if own == count => Ok(word.clone()),
        1 => Ok(Vectors { values: word.values.repeat(count), shape: [count, word.shape[1]] }),
        own => Err(Error::input(
            format!("One of the words has {own} vectors and another {count}, which do not go together"),
            "Average them first, so that each is one vector, or join them.",
        )),
    };
    words.iter().map(spread).collect()
}

fn weighted(words: &[Vectors], weights: &[f64]) -> Vec<f32> {
    let number = |at: usize| {
        words.iter().zip(weights).map(|(word, weight)| weight * f64::from(word.values[at])).sum::<f64>()
            as f32
    };
    (0..words[0].values.len()).map(number).collect()
}

impl Vectors {
    /// At most so many vectors: the means of as many groups of neighbours, alike in size up to one. A mean is shorter than
    /// what it is of, the more that differs.
    #[must_use]
    pub fn means(&self, groups: usize) -> Self {
        let (rows, width) = (self.rows().collect::<Vec<_>>(), self.shape[1]);
        let groups = groups.clamp(1, rows.len().max(1));
        let mean = |group: usize| {
            let some = &rows[group * rows.len() / groups..(group + 1) * rows.len() / groups];
            let sum = move |at: usize| some.iter().map(|row| f64::from(row[at])).sum::<f64>();
            (0..width).map(move |at| (sum(at) / some.len().max(1) as f64) as f32)
        };
        Self { values: (0..groups).flat_map(mean).collect(), shape: [groups, width] }
    }

    /// Those of these numbers, counted from 1, in that order; a number may come twice.
    ///
    /// # Errors
    /// [`Error::Input`] if there is no such vector.
    pub fn picked(&self, numbers: &[usize]) -> Result<Self> {
        let rows: Vec<&[f32]> = self.rows().collect();
        let mut values = Vec::with_capacity(numbers.len() * self.shape[1]);
        for number in numbers {
            let row = number.checked_sub(1).and_then(|at| rows.get(at)).ok_or_else(|| {
                let fault = format!("There is no vector {number}: the result has {}", rows.len());
                Error::input(fault, "Keep others; they are counted from 1.")
            })?;
            values.extend_from_slice(row);
        }
        Ok(Self { values, shape: [numbers.len(), self.shape[1]] })
    }

    /// The same directions with these lengths, one for each text encoder; `widths` are those of the encoders.
    #[must_use]
    pub fn with_lengths(mut self, widths: &[usize], lengths: &[f64]) -> Self {
        let parts: Vec<(usize, f64)> = widths.iter().copied().zip(lengths.iter().copied()).collect();
        self.regularise_norm(&parts, 1.0);
        self
    }

    /// The mean length in each text encoder; `widths` are those of the encoders.
    pub fn lengths(&self, widths: &[usize]) -> Vec<f64> {
        let mut rest = self.clone();
        let part = |width: &usize| {
            let length = rest.norm(*width);
            let behind = rest.rows().flat_map(|row| row.get(*width..).unwrap_or_default().iter().copied());
            let values = behind.collect();
            rest = Self { values, shape: [rest.shape[0], rest.shape[1].saturating_sub(*width)] };
            length
        };
        widths.iter().map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(rows: &[[f32; 2]]) -> Vectors {
        Vectors { values: rows.concat(), shape: [rows.len(), 2] }
    }

    fn mixed(operation: MixOperation, words: &[(Vectors, f64)], amount: f64) -> Vectors {
        mix(operation, words, &[2], amount).unwrap()
    }

    #[test]
    fn sums_and_differences_are_by_weight() {
        let (a, b) = (word(&[[4.0, 0.0]]), word(&[[0.0, 2.0]]));
        let sum = mixed(MixOperation::Sum, &[(a.clone(), 0.75), (b.clone(), 0.25)], 0.0);
        assert_eq!(sum, word(&[[3.0, 0.5]]));
        let difference = mixed(MixOperation::Difference, &[(a.clone(), 1.0), (b.clone(), 0.5)], 0.0);
        assert_eq!(difference, word(&[[4.0, -1.0]]));
        // 4 + 0.5 (0 - 1), 0 + 0.5 (2 - 1).
        let nudged = [(a, 1.0), (b, 1.0), (word(&[[1.0, 1.0]]), 1.0)];
        assert_eq!(mixed(MixOperation::Nudge, &nudged, 0.5), word(&[[3.5, 0.5]]));
    }

    #[test]
    fn one_vector_stands_beside_each_of_several() {
        let (two, one) = (word(&[[1.0, 2.0], [3.0, 4.0]]), word(&[[10.0, 20.0]]));
        let sum = mixed(MixOperation::Sum, &[(one.clone(), 1.0), (two.clone(), 1.0)], 0.0);
        assert_eq!(sum, word(&[[11.0, 22.0], [13.0, 24.0]]));
        let joined = mixed(MixOperation::Join, &[(two.clone(), 1.0), (one, 1.0)], 0.0);
        assert_eq!(joined, word(&[[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]]));
        let three = word(&[[0.0, 0.0]; 3]);
        let said = mix(MixOperation::Sum, &[(two, 1.0), (three, 1.0)], &[2], 0.0).unwrap_err().to_string();
        assert!(said.contains("2 vectors and another 3") && said.contains("Average"), "{said}");
        assert!(mix(MixOperation::Slerp, &[(word(&[[1.0, 0.0]]), 1.0)], &[2], 0.5).is_err());
    }

    #[test]
    fn the_way_between_two_turns_and_changes_length_evenly() {
        let words = [(word(&[[1.0, 0.0]]), 1.0), (word(&[[0.0, 3.0]]), 1.0)];
        let half = mixed(MixOperation::Slerp, &words, 0.5);
        // Half way round a right angle, 2 long.
        let near = half.values.iter().all(|value| (f64::from(*value) - 2.0 * 0.5_f64.sqrt()).abs() < 1e-6);
        assert!(near, "{half:?}");
        assert_eq!(mixed(MixOperation::Slerp, &words, 0.0), words[0].0);
    }

    #[test]
    fn vectors_are_averaged_chosen_and_made_as_long_as_asked() {
        let all = word(&[[1.0, 2.0], [3.0, 6.0], [5.0, 1.0]]);
        assert_eq!(all.means(1), word(&[[3.0, 3.0]]));
        // The first alone, and the mean of the other two.
        assert_eq!(all.means(2), word(&[[1.0, 2.0], [4.0, 3.5]]));
        assert_eq!([all.means(3), all.means(9)], [all.clone(), all.clone()]);
        assert_eq!(all.picked(&[3, 1]).unwrap(), word(&[[5.0, 1.0], [1.0, 2.0]]));
        assert!(all.picked(&[4]).unwrap_err().to_string().contains("no vector 4: the result has 3"));
        assert!(all.picked(&[0]).is_err());
        // Two encoders, 2 and 1 wide: lengths 5 and 2 become 10 and 1.
        let both = Vectors { values: vec![3.0, 4.0, -2.0], shape: [1, 3] };
        assert_eq!(both.lengths(&[2, 1]), [5.0, 2.0]);
        let longer = both.with_lengths(&[2, 1], &[10.0, 1.0]);
        assert_eq!(
            (longer.values.as_slice(), longer.lengths(&[2, 1])),
            (&[6.0, 8.0, -1.0][..], vec![10.0, 1.0])
        );
    }
}
