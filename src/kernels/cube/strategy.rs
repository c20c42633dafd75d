//! How an operation is computed on a card, from what the card can do and nothing else, so that every answer can be
//! tested without one.
//!
//! Nothing is timed: a table answers at once and always alike. f32 is exact everywhere; what rounds more is only ever
//! offered.

use burn::tensor::DType;
use burn_cubecl::cubecl::client::Client;
use burn_cubecl::cubecl::features::TypeUsage;
use burn_cubecl::cubecl::ir::{ElemType, FloatKind};

use super::launch::element;

/// What matters of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Card {
    /// Whether it computes in f16.
    half: bool,
    /// Products of small matrices that it makes in one instruction.
    matrices: Vec<Matrices>,
    /// Whether threads that run together can sum without shared memory.
    planes: bool,
}

/// Threads that share a row or a group, a power of two, where a workgroup has `most` at most.
pub(super) fn units(most: u32) -> usize {
    1 << most.clamp(1, 256).ilog2()
}

/// Bytes of something passing, where `wanted` would be the best and a buffer has `most` at most.
pub(super) fn bytes(most: u64, wanted: usize) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX).min(wanted)
}

/// Rows, columns and depth of a product of matrices of one number format, summed in f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Matrices {
    input: ElemType,
    size: [u32; 3],
}

/// What computes a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    /// The card's instructions for matrices of this size; they need threads that run together.
    Matrices([u32; 3]),
    /// Its ordinary arithmetic, with tiles in registers.
    Registers,
    /// Nothing: the card has no arithmetic for the format.
    Refused,
}

/// How scores of attention are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scores {
    /// For many queries at a time, in f32.
    Chunks,
    /// Never in memory, with heads filled up with zeros to this width, rounded to f16 on the way.
    Flash(usize),
}

impl Card {
    pub(super) fn of(client: &Client) -> Self {
        let properties = client.properties();
        let f32 = ElemType::Float(FloatKind::F32);
        let made = properties.features.matmul.cmma.iter();
        let summed = made.filter(|made| made.a_type == made.b_type && made.cd_type == f32);
        let mut matrices: Vec<Matrices> =
            summed.map(|made| Matrices { input: made.a_type, size: [made.m, made.n, made.k] }).collect();
        matrices.sort_by_key(|matrices| std::cmp::Reverse(matrices.size));
        Self {
            half: properties.type_usage(element(DType::F16)).contains(TypeUsage::Arithmetic),
            matrices,
            planes: !properties.features.plane.is_empty(),
        }
    }

    /// What computes products of tensors of a format. The largest matrices are the best used.
    pub(super) fn product(&self, dtype: DType) -> Product {
        if dtype == DType::F16 && !self.half {
            return Product::Refused;
        }
        let fitting = self.matrices.iter().find(|matrices| self.planes && matrices.input == element(dtype));
        fitting.map_or(Product::Registers, |matrices| Product::Matrices(matrices.size))
    }

    /// How the scores of heads of a width are made; never rounded where they are to be `exact`.
    pub(super) fn scores(&self, dtype: DType, head: usize, exact: bool) -> Scores {
        match self.product(dtype) {
            Product::Matrices([_, _, depth]) if dtype == DType::F16 && !exact => {
                Scores::Flash(head.next_multiple_of(depth as usize))
            }
            _ => Scores::Chunks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(half: bool, matrices: &[(DType, [u32; 3])]) -> Card {
        let made = |(dtype, size): &(DType, [u32; 3])| Matrices { input: element(*dtype), size: *size };
        let (planes, matrices) = (!matrices.is_empty(), matrices.iter().map(made).collect());
        Card { half, matrices, planes }
    }

    #[test]
    fn what_a_card_can_do_decides() {
        use DType::{F16, F32};
        let sixteen = [16, 16, 16];
        let none = card(false, &[]);
        let half = card(true, &[]);
        let nvidia = card(true, &[(F16, sixteen), (F16, [16, 8, 8])]);
        let apple = card(true, &[(F16, [8; 3]), (F32, [8; 3])]);
        for (card, dtype, product) in [
            (&none, F32, Product::Registers),
            (&none, F16, Product::Refused),
            (&half, F16, Product::Registers),
            (&nvidia, F16, Product::Matrices(sixteen)),
            (&nvidia, F32, Product::Registers),
            (&apple, F16, Product::Matrices([8; 3])),
            (&apple, F32, Product::Matrices([8; 3])),
        ] {
            assert_eq!(card.product(dtype), product, "{card:?}, {dtype:?}");
        }
        for (card, dtype, head, exact, scores) in [
            (&nvidia, F16, 40, false, Scores::Flash(48)),
            (&nvidia, F16, 160, false, Scores::Flash(160)),
            (&nvidia, F16, 40, true, Scores::Chunks),
            (&nvidia, F32, 40, false, Scores::Chunks),
            (&apple, F16, 40, false, Scores::Flash(40)),
            (&half, F16, 40, false, Scores::Chunks),
            (&none, F32, 64, false, Scores::Chunks),
        ] {
            assert_eq!(card.scores(dtype, head, exact), scores, "{card:?}, {dtype:?}, head {head}");
        }
    }

    #[test]
    fn matrices_need_threads_that_run_together() {
        let card = Card { planes: false, ..card(true, &[(DType::F16, [16; 3])]) };
        assert_eq!(card.product(DType::F16), Product::Registers);
    }

    /// WGSL knows no matrices.
    #[test]
    fn opengl_computes_products_in_registers() {
        let Some(device) = crate::cube::launch::testing::device() else { return };
        let card = Card::of(&device.client());
        println!("{card:?}");
        assert_eq!(card.product(DType::F32), Product::Registers);
    }

    #[test]
    fn small_limits_are_kept() {
        for (most, expected) in [(1024, 256), (256, 256), (192, 128), (128, 128), (1, 1)] {
            assert_eq!(units(most), expected);
        }
        assert_eq!((bytes(64 << 20, 128 << 20), bytes(64 << 20, 1 << 20)), (64 << 20, 1 << 20));
    }
}
