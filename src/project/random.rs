//! Chance from a seed, the same on every machine.

/// Numbers from a seed: SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random(pub u64);

impl Random {
    /// By which the state grows with each number.
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    /// One of several sequences from the same seed.
    pub fn stream(seed: u64, stream: u64) -> Self {
        Self(Self(seed).number() ^ stream.wrapping_mul(Self::STEP))
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::STEP);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `bound`, 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.number()) * bound as u128) >> 64) as usize
    }

    /// Puts items into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_by_chance_holds_everything_once() {
        let mut items: Vec<usize> = (0..50).collect();
        Random(7).shuffle(&mut items);
        let mut sorted = items.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..50) && !items.is_sorted());
        assert!((0..1000).all(|seed| Random(seed).below(3) < 3));
    }
}
