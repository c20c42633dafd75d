//! Which way an operation goes: a table of the operation, its sizes, the number format and what the device can do. It is
//! pure, so that every device's choice is tested on any; nothing is measured here.
//!
//! What was measured on a device may overrule the table for exactly the sizes that were measured, if it is a way that
//! the device has. An approximation is in the table only if somebody asks for it. The length is that of its tests, which
//! look at each row.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use crate::geometry::{Attention, Geometry};
pub use crate::tally::Pass;

/// Multiplications that one thread does while another, which is awake, takes over a part of them.
pub(crate) const ALONE: usize = 1 << 18;
/// Rows up to which a gradient is turned round rather than the weight.
const FEW_ROWS: usize = 128;
/// Rows and channels from which Winograd's way is taken where it is asked for: below, its transforms cost what it saves.
const LARGE: [usize; 2] = [256, 32];
/// Bytes of neighbourhoods that a card lays out at a time; graphics interfaces promise no larger buffer than this.
pub(crate) const NEIGHBOURHOODS: usize = 128 << 20;
/// Bytes of scores that a card makes at a time.
pub(crate) const SCORES: usize = 64 << 20;
/// Scores of one thread of the processor at a time: half a megabyte.
const SCORES_OF_THREAD: usize = 1 << 17;

/// An operation that has several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// A convolution or a linear layer.
    Convolution(Geometry),
    /// Attention.
    Attention(Attention),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The operation and its sizes.
    pub operation: Operation,
    /// Which way through the graph.
    pub pass: Pass,
    /// Bytes of each number that goes in.
    pub bytes: usize,
}

/// What a processor can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Processor {
    /// Outputs that lie beside each other in a weight.
    pub panel: usize,
}

impl Processor {
    /// Queries whose scores a thread makes at a time, of `keys` each.
    pub(crate) fn queries(keys: usize) -> usize {
        (SCORES_OF_THREAD / keys).clamp(12, 96) / 12 * 12
    }
}

/// What a card can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// Most threads of a workgroup.
    pub workgroup: u32,
    /// Bytes of its largest buffer.
    pub buffer: usize,
}

impl Card {
    /// Threads that work through one row or one group together: a power of two.
    pub(crate) fn units(self) -> usize {
        1 << self.workgroup.clamp(1, 256).ilog2()
    }
}

/// How many neighbouring numbers each thread of a card takes at once, where rows are `width` long.
pub(crate) fn vector(width: usize) -> usize {
    [4, 2].into_iter().find(|size| width.is_multiple_of(*size)).unwrap_or(1)
}

/// Where something is computed, and what can be done there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the processor.
    Processor(Processor),
    /// On a graphics card.
    Card(Card),
}

/// The ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// One thread of the processor does it all.
    Alone,
    /// Each thread takes rows, and the weight passes by.
    Rows,
    /// Each thread takes panels of the weight, and the rows pass by.
    Panels,
    /// The gradient is turned round, so that the weight is read once and as it lies.
    Turned,
    /// `F(2x2, 3x3)` of Lavin and Gray 2015, <https://arxiv.org/abs/1509.09308>: 16 products in place of 36, which rounds
    /// differently: by about a millionth of the largest number.
    Winograd,
    /// A card's product of what is there.
    Product,
    /// A card makes what lies between for so many rows at a time that it takes no more than these bytes.
    Pieces(usize),
}

impl Way {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Rows => "rows",
            Self::Panels => "panels",
            Self::Turned => "turned",
            Self::Winograd => "winograd",
            Self::Product => "product",
            Self::Pieces(_) => "pieces",
        }
    }
}

/// The table.
pub fn table(asked: &Asked, place: &Place) -> Way {
    match (asked.operation, place) {
        (Operation::Convolution(geometry), Place::Processor(processor)) => {
            let (rows, depth) = asked.rows_and_depth(&geometry);
            let [input, output] = geometry.channels;
            let weight = geometry.taps() * input * output.next_multiple_of(processor.panel);
            if asked.pass == Pass::Backward && rows <= FEW_ROWS {
                Way::Turned
            } else if rows * weight <= ALONE {
                Way::Alone
            } else if rows * depth >= weight {
                // The operand that is not divided passes by every thread: let that be the smaller one.
                Way::Rows
            } else {
                Way::Panels
            }
        }
        (Operation::Convolution(geometry), Place::Card(card)) => {
            if geometry.is_product() {
                Way::Product
            } else {
                Way::Pieces(card.buffer.min(NEIGHBOURHOODS))
            }
        }
        // The processor has one way, with as many queries at a time as stay near.
        (Operation::Attention(_), Place::Processor(_)) => Way::Rows,
        (Operation::Attention(_), Place::Card(_)) => Way::Pieces(SCORES),
    }
}

/// The ways that are worth measuring, that of the table first.
pub fn candidates(asked: &Asked, place: &Place) -> Vec<Way> {
    let first = table(asked, place);
    let mut all = vec![first];
    match (asked.operation, place) {
        (Operation::Convolution(geometry), Place::Processor(_)) if first != Way::Alone => {
            let ways = [Way::Rows, Way::Panels, Way::Turned, Way::Winograd];
            all.extend(ways.into_iter().filter(|way| *way != first && asked.has(*way, &geometry)));
        }
        (operation, Place::Card(card)) if first != Way::Product => {
            let needed = match operation {
                Operation::Convolution(geometry) => {
                    geometry.output_rows() * geometry.taps() * geometry.channels[0] * asked.bytes
                }
                Operation::Attention(sizes) => {
                    sizes.batch * sizes.heads.count * sizes.tokens[0] * sizes.tokens[1] * size_of::<f32>()
                }
            };
            // Beyond the first that takes everything at once there is no difference.
            let sizes = [16, 32, 64, 128, 256].map(|megabytes| megabytes << 20);
            let useful = |at: usize| at == 0 || sizes[at - 1] < needed;
            let of = |at: usize| (useful(at) && sizes[at] <= card.buffer).then_some(Way::Pieces(sizes[at]));
            let pieces: Vec<_> = (0..sizes.len()).filter_map(of).collect();
            if pieces.len() > 1 {
                all.extend(pieces.into_iter().filter(|way| *way != first));
            }
        }
        _ => {}
    }
    all
}

impl Asked {
    /// Rows of the result and the length of those that go in.
    fn rows_and_depth(&self, geometry: &Geometry) -> (usize, usize) {
        match self.pass {
            Pass::Forward => (geometry.output_rows(), geometry.channels[0]),
            Pass::Backward => (geometry.input_rows(), geometry.channels[1]),
        }
    }

    /// Whether the processor has this way for it.
    fn has(&self, way: Way, geometry: &Geometry) -> bool {
        match way {
            Way::Alone | Way::Rows | Way::Panels => true,
            Way::Turned => self.pass == Pass::Backward,
            Way::Winograd => geometry.is_of_nine(),
            Way::Product | Way::Pieces(_) => false,
        }
    }

    /// Whether a device like `place` has this way for it.
    pub fn can_go(&self, way: Way, place: &Place) -> bool {
        match (self.operation, place) {
            (Operation::Convolution(geometry), Place::Processor(_)) => self.has(way, &geometry),
            (Operation::Attention(_), Place::Processor(_)) => way == Way::Rows,
            (operation, Place::Card(card)) => match way {
                Way::Product => {
                    matches!(operation, Operation::Convolution(geometry) if geometry.is_product())
                }
                Way::Pieces(bytes) => {
                    table(self, place) != Way::Product && (1..=card.buffer).contains(&bytes)
                }
                _ => false,
            },
        }
    }
}

/// Whether convolutions may be approximated by Winograd's way on the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Winograd {
    /// Never.
    Never,
    /// Where it was measured to be faster.
    #[default]
    Measured,
    /// On every large map.
    Large,
}

/// What overrules the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Ways that were measured.
    pub ways: BTreeMap<Asked, Way>,
    /// The approximation.
    pub winograd: Winograd,
}

static CHOSEN: RwLock<Chosen> = RwLock::new(Chosen { ways: BTreeMap::new(), winograd: Winograd::Measured });

/// Lets this overrule the table in the whole process, in place of what did before; that is returned.
pub fn overrule(chosen: Chosen) -> Chosen {
    std::mem::replace(&mut CHOSEN.write().unwrap_or_else(PoisonError::into_inner), chosen)
}

impl Chosen {
    /// What overrules the table now.
    pub fn now() -> Self {
        CHOSEN.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The way for it: as measured, else as the table says.
    pub fn way(&self, asked: &Asked, place: &Place) -> Way {
        let allowed = |way: &Way| *way != Way::Winograd || self.winograd != Winograd::Never;
        let measured = self.ways.get(asked).copied().filter(|way| asked.can_go(*way, place));
        if let Some(way) = measured.filter(allowed) {
            return way;
        }
        match (asked.operation, place) {
            (Operation::Convolution(geometry), Place::Processor(_))
                if self.winograd == Winograd::Large && geometry.is_of_nine() =>
            {
                let (rows, _) = asked.rows_and_depth(&geometry);
                let channels = geometry.channels.into_iter().min().unwrap_or_default();
                if rows >= LARGE[0] && channels >= LARGE[1] { Way::Winograd } else { table(asked, place) }
            }
            _ => table(asked, place),
        }
    }
}

/// Whether somebody watches, and what was asked for since.
static WATCHING: AtomicBool = AtomicBool::new(false);
static WATCHED: Mutex<Vec<(Asked, Place)>> = Mutex::new(Vec::new());

/// Does `work`, and says what the whole process asked for meanwhile, each once and in the order it came.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, Vec<(Asked, Place)>) {
    let watched = || WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    watched().clear();
    WATCHING.store(true, Ordering::Relaxed);
    let out = work();
    WATCHING.store(false, Ordering::Relaxed);
    (out, std::mem::take(&mut watched()))
}

/// The way for an operation that is about to be done.
pub(crate) fn way(asked: &Asked, place: &Place) -> Way {
    if WATCHING.load(Ordering::Relaxed) {
        let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
        if watched.iter().all(|(known, _)| known != asked) {
            watched.push((*asked, *place));
        }
    }
    CHOSEN.read().unwrap_or_else(PoisonError::into_inner).way(asked, place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Heads;

    const PROCESSOR: Place = Place::Processor(Processor { panel: 16 });
    const CARD: Place = Place::Card(Card { workgroup: 256, buffer: 1 << 30 });

    fn convolution(side: usize, channels: [usize; 2], kernel: usize, stride: usize) -> Geometry {
        let output = [side.div_ceil(stride); 2];
        Geometry { input: [1, side, side], output, channels, kernel, stride, padding: [kernel / 2; 2] }
    }

    fn asked(geometry: Geometry, pass: Pass) -> Asked {
        Asked { operation: Operation::Convolution(geometry), pass, bytes: 4 }
    }

    #[test]
    fn the_processor_divides_what_is_smaller_to_share() {
        let of = |geometry, pass| table(&asked(geometry, pass), &PROCESSOR);
        for (geometry, forward, backward) in [
            // 4096 * 320 numbers against 9 * 320 * 320.
            (convolution(64, [320, 320], 3, 1), Way::Rows, Way::Rows),
            (convolution(32, [320, 320], 3, 1), Way::Panels, Way::Panels),
            (convolution(8, [1280, 1280], 3, 1), Way::Panels, Way::Turned),
            (convolution(4, [8, 8], 3, 1), Way::Alone, Way::Turned),
            (convolution(16, [8, 8], 1, 1), Way::Alone, Way::Alone),
            (Geometry::linear(1024, [320, 320]), Way::Rows, Way::Rows),
            (Geometry::linear(77, [768, 320]), Way::Panels, Way::Turned),
        ] {
            assert_eq!(of(geometry, Pass::Forward), forward, "{geometry:?}");
            assert_eq!(of(geometry, Pass::Backward), backward, "{geometry:?}");
        }
    }

    #[test]
    fn a_card_lays_out_no_more_than_its_buffers_hold() {
        let small = Place::Card(Card { workgroup: 128, buffer: 32 << 20 });
        let three = asked(convolution(64, [320, 320], 3, 1), Pass::Forward);
        assert_eq!(table(&three, &CARD), Way::Pieces(NEIGHBOURHOODS));
        assert_eq!(table(&three, &small), Way::Pieces(32 << 20));
        let one = asked(convolution(64, [320, 320], 1, 1), Pass::Backward);
        assert_eq!(table(&one, &CARD), Way::Product);
        // A kernel of one pixel that steps is none.
        let stepping = asked(convolution(64, [320, 320], 1, 2), Pass::Forward);
        assert_eq!(table(&stepping, &CARD), Way::Pieces(NEIGHBOURHOODS));
        for (workgroup, units) in [(1024, 256), (256, 256), (192, 128), (128, 128), (1, 1)] {
            assert_eq!(Card { workgroup, buffer: 0 }.units(), units);
        }
        assert_eq!([40, 6, 9].map(vector), [4, 2, 1]);
        assert_eq!([77, 4096, 1 << 20].map(Processor::queries), [96, 24, 12]);
    }

    #[test]
    fn only_what_makes_a_difference_is_measured() {
        let of = |geometry, place| candidates(&asked(geometry, Pass::Backward), place);
        let three = convolution(32, [320, 320], 3, 1);
        assert_eq!(of(three, &PROCESSOR), [Way::Panels, Way::Rows, Way::Turned, Way::Winograd]);
        let stepping = convolution(32, [320, 320], 3, 2);
        assert_eq!(of(stepping, &PROCESSOR), [Way::Panels, Way::Rows, Way::Turned]);
        assert_eq!(of(convolution(4, [8, 8], 1, 1), &PROCESSOR).len(), 2 + 1);
        // 1024 * 9 * 320 * 4 bytes are 11.25 MB: all at once whatever is allowed.
        assert_eq!(of(three, &CARD), [Way::Pieces(NEIGHBOURHOODS)]);
        // 45 MB.
        let pieces = [128, 16, 32, 64].map(|megabytes| Way::Pieces(megabytes << 20));
        assert_eq!(of(convolution(64, [320, 320], 3, 1), &CARD), pieces);
        assert_eq!(of(convolution(64, [320, 320], 1, 1), &CARD), [Way::Product]);
        let heads = Heads { count: 8, causal: false };
        let sizes = Attention { batch: 1, tokens: [1024; 2], width: 320, heads };
        let attention = Asked { operation: Operation::Attention(sizes), pass: Pass::Forward, bytes: 2 };
        // 8 * 1024 * 1024 scores of four bytes are 32 MB.
        assert_eq!(candidates(&attention, &CARD), [64, 16, 32].map(|megabytes| Way::Pieces(megabytes << 20)));
        assert_eq!(candidates(&attention, &PROCESSOR), [Way::Rows]);
    }

    #[test]
    fn what_was_measured_overrules_the_table_where_it_can_be_done() {
        let three = asked(convolution(64, [320, 320], 3, 1), Pass::Forward);
        let stepping = asked(convolution(64, [320, 320], 3, 2), Pass::Forward);
        let all = |way| Chosen {
            ways: [three, stepping].map(|asked| (asked, way)).into(),
            winograd: Winograd::Measured,
        };
        assert_eq!(all(Way::Panels).way(&three, &PROCESSOR), Way::Panels);
        assert_eq!(all(Way::Winograd).way(&three, &PROCESSOR), Way::Winograd);
        // What no such operation has came from elsewhere.
        assert_eq!(all(Way::Winograd).way(&stepping, &PROCESSOR), table(&stepping, &PROCESSOR));
        assert_eq!(all(Way::Turned).way(&three, &PROCESSOR), Way::Rows);
        assert_eq!(all(Way::Winograd).way(&three, &CARD), Way::Pieces(NEIGHBOURHOODS));
        assert_eq!(all(Way::Pieces(0)).way(&three, &CARD), Way::Pieces(NEIGHBOURHOODS));
        assert_eq!(all(Way::Pieces(1 << 24)).way(&three, &CARD), Way::Pieces(1 << 24));
    }

    #[test]
    fn an_approximation_is_taken_where_it_is_asked_for() {
        let large = asked(convolution(64, [320, 320], 3, 1), Pass::Forward);
        let small = asked(convolution(8, [320, 320], 3, 1), Pass::Forward);
        let thin = asked(convolution(64, [4, 320], 3, 1), Pass::Forward);
        let mut chosen = Chosen { ways: [(large, Way::Winograd)].into(), winograd: Winograd::Never };
        assert_eq!(chosen.way(&large, &PROCESSOR), Way::Rows);
        chosen = Chosen { ways: BTreeMap::new(), winograd: Winograd::Large };
        assert_eq!(chosen.way(&large, &PROCESSOR), Way::Winograd);
        for asked in [small, thin] {
            assert_eq!(chosen.way(&asked, &PROCESSOR), table(&asked, &PROCESSOR));
        }
        assert_eq!(chosen.way(&large, &CARD), Way::Pieces(NEIGHBOURHOODS));
    }
}
