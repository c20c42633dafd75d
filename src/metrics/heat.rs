//! Where in a picture each token of its prompt was looked for: cross-attention over all layers and steps, brought to one
//! size and averaged (DAAM, Tang et al. 2022, <https://arxiv.org/abs/2210.04885>). DAAM's own code leaves the middle of the
//! U-Net out and enlarges bicubically; here all layers count, bilinearly.
//!
//! Probabilities go in as the network has them; each layer and step counts alike. Where the network looks is not why it
//! draws what it draws, and nothing here says so.

use std::collections::BTreeMap;
use std::ops::Range;

/// The sum of what was looked at.
#[derive(Debug, Clone, Default)]
pub struct HeatMaps {
    /// By height and width: a row of tokens for each pixel.
    sums: BTreeMap<[usize; 2], Vec<f64>>,
    tokens: usize,
    maps: usize,
}

impl HeatMaps {
    /// Takes in what one layer gave at one step for one picture.
    ///
    /// # Shapes
    /// - `probabilities`: `[height * width, tokens]`, row by row, as many tokens each time
    pub fn add(&mut self, size: [usize; 2], probabilities: &[f32]) {
        let sums = self.sums.entry(size).or_insert_with(|| vec![0.0; probabilities.len()]);
        sums.iter_mut().zip(probabilities).for_each(|(sum, value)| *sum += f64::from(*value));
        self.tokens = probabilities.len() / (size[0] * size[1]).max(1);
        self.maps += 1;
    }

    /// How many tokens there are.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// The mean probability of some tokens, the mean of them too, at each place of a picture of `size` (height, width),
    /// row by row.
    pub fn of(&self, tokens: Range<usize>, size: [usize; 2]) -> Vec<f64> {
        let tokens = tokens.start.min(self.tokens)..tokens.end.min(self.tokens);
        let count = (self.maps * tokens.len()).max(1) as f64;
        let mut map = vec![0.0; size[0] * size[1]];
        for (from, sums) in &self.sums {
            let own =
                sums.chunks_exact(self.tokens.max(1)).map(|row| row[tokens.clone()].iter().sum::<f64>());
            let larger = upsample(&own.collect::<Vec<_>>(), *from, size);
            map.iter_mut().zip(larger).for_each(|(map, value)| *map += value / count);
        }
        map
    }
}

/// Values of a height and width at another one, bilinearly between the middles of the pixels (PyTorch's `interpolate` with
/// `align_corners=False`).
pub fn upsample(values: &[f64], from: [usize; 2], to: [usize; 2]) -> Vec<f64> {
    let [rows, columns] = [0, 1].map(|axis| taps(from[axis], to[axis]));
    let across = |row: usize, (at, next, part): (usize, usize, f64)| {
        let row = &values[row * from[1]..(row + 1) * from[1]];
        row[at] * (1.0 - part) + row[next] * part
    };
    let place = |&(at, next, part): &(usize, usize, f64)| {
        columns.iter().map(move |tap| across(at, *tap) * (1.0 - part) + across(next, *tap) * part)
    };
    rows.iter().flat_map(place).collect()
}

/// For each new place the two old ones it lies between, and how far on the way from the one to the other.
fn taps(from: usize, to: usize) -> Vec<(usize, usize, f64)> {
    let scale = from as f64 / to.max(1) as f64;
    let tap = |place: usize| {
        let middle = ((place as f64 + 0.5) * scale - 0.5).max(0.0);
        let at = (middle as usize).min(from.saturating_sub(1));
        (at, (at + 1).min(from.saturating_sub(1)), middle - at as f64)
    };
    (0..to).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_all_sizes_count_alike() {
        let mut maps = HeatMaps::default();
        // Two tokens: the first is looked for on the left, in the larger map everywhere by 0.25.
        maps.add([1, 2], &[1.0, 0.0, 0.0, 0.5]);
        maps.add([2, 2], &[0.25, 0.0, 0.25, 0.0, 0.25, 0.0, 0.25, 0.0]);
        assert_eq!(maps.tokens(), 2);
        assert_eq!(maps.of(0..1, [2, 2]), [0.625, 0.125, 0.625, 0.125]);
        assert_eq!(maps.of(1..2, [1, 2]), [0.0, 0.25]);
        assert_eq!(maps.of(0..2, [1, 2]), [0.3125, 0.1875]);
        assert_eq!(maps.of(5..9, [1, 1]), [0.0]);
    }

    #[test]
    fn values_lie_between_the_middles_of_pixels() {
        // As torch.nn.functional.interpolate of [[[[0, 4]]]] to (1, 4).
        assert_eq!(upsample(&[0.0, 4.0], [1, 2], [1, 4]), [0.0, 1.0, 3.0, 4.0]);
        assert_eq!(upsample(&[0.0, 4.0], [2, 1], [4, 1]), [0.0, 1.0, 3.0, 4.0]);
        assert_eq!(upsample(&[2.0], [1, 1], [2, 2]), [2.0; 4]);
    }
}
