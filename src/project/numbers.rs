//! What the numbers of the networks are, as it can be chosen: those they compute with, and those that the U-Net's
//! layers remember.
//!
//! What they mean for a device is not known here. The word itself is f32 always.

use serde::{Deserialize, Serialize};

use super::named_enum::named_enum;

named_enum! {
    /// Number format of the networks. The word itself is always learned in f32.
    pub enum Precision as "precision" {
        /// 16 bits on graphics cards that have them, and 32 bits elsewhere.
        Auto = "auto" as "by itself",
        /// Exact, works everywhere.
        F32 = "f32" as "32 bits",
        /// Half the memory, and faster on nearly every graphics card.
        F16 = "f16" as "16 bits",
        /// Half the memory with a wider range, for cards that know bf16; never overflows where 16 bits might.
        Bf16 = "bf16" as "16 bits, wide",
    }
}

impl Precision {
    /// What is computed in: where nobody chose, the first of f16 and bf16 that `has` is true for, else f32.
    #[must_use]
    pub fn resolve(self, has: impl Fn(Self) -> bool) -> Self {
        match self {
            Self::Auto => [Self::F16, Self::Bf16].into_iter().find(|half| has(*half)).unwrap_or(Self::F32),
            chosen => chosen,
        }
    }
}

named_enum! {
    /// How the weights of the U-Net's layers are kept.
    pub enum WeightFormat as "weights" default Full {
        /// As exactly as the precision says.
        Full = "full",
        /// Rounded to 8 bits: a quarter of the memory of 32, half that of 16. An approximation: words and pictures
        /// come out a little different.
        EightBit = "8bit" as "8 bits, roughly",
    }
}

/// The numbers of the networks. A model that was loaded with some is not taken for one with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
pub struct NumberFormat {
    /// Number format while drawing: shorter numbers are faster on graphics cards, and a little less exact.
    ///
    /// Default: auto, which is f16 on graphics cards that have it and f32 elsewhere.
    #[arg(long, ignore_case = true)]
    pub precision: Precision,
    /// How exactly the model is remembered: 8 bits take a quarter of the memory of 32. They are an approximation, and
    /// pictures come out a little different.
    ///
    /// Default: full.
    #[arg(long, ignore_case = true)]
    pub weights: WeightFormat,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Precision::Auto.into()
    }
}

impl From<Precision> for NumberFormat {
    fn from(precision: Precision) -> Self {
        Self { precision, weights: WeightFormat::Full }
    }
}

impl NumberFormat {
    /// With the precision that is computed in where nobody chose one.
    #[must_use]
    pub fn resolve(self, has: impl Fn(Precision) -> bool) -> Self {
        Self { precision: self.precision.resolve(has), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_stays_and_else_f16_goes_before_bf16() {
        use Precision::{Auto, Bf16, F16, F32};
        let cases: [(Precision, &[Precision], Precision); 6] = [
            (Auto, &[F16, Bf16], F16),
            (Auto, &[Bf16], Bf16),
            (Auto, &[], F32),
            (F32, &[F16], F32),
            (Bf16, &[F16], Bf16),
            (F16, &[], F16),
        ];
        for (wanted, has, expected) in cases {
            assert_eq!(
                wanted.resolve(|half| has.contains(&half)),
                expected,
                "{wanted} where there is {has:?}"
            );
        }
    }
}
