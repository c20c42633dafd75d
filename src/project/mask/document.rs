//! A mask being painted, with what was done to it taken back and done again.
//!
//! Of each step only the tiles that it touched are kept, packed by their runs. At least [`STEPS`] steps can be taken back
//! while they fit into [`ROOM`]; the oldest go first.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::{BYTES, Mask, MaskChange, Tile};

/// Steps that are kept.
pub const STEPS: usize = 200;
/// Bytes that all steps may take together.
pub const ROOM: usize = 256 << 20;

/// A tile, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Packed {
    Plain(u8),
    Runs(Vec<u8>),
}

/// Tiles as they were before a step, or after one that was taken back.
type Step = Vec<(usize, Packed)>;

/// The document.
#[derive(Debug, Clone, Default)]
pub struct MaskDocument {
    mask: Mask,
    before: VecDeque<Step>,
    after: Vec<Step>,
    /// What the step under way has touched, as it was.
    open: BTreeMap<usize, Tile>,
    revision: u64,
}

impl MaskDocument {
    /// A mask of which nothing can be taken back.
    pub fn new(mask: Mask) -> Self {
        Self { mask, ..Self::default() }
    }

    /// The mask as it is.
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// Counts the steps that were done, taken back or done again.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Does something, as a part of the step under way: a stroke grows by several.
    pub fn paint(&mut self, change: &MaskChange) {
        for (tile, before) in self.mask.change(change) {
            self.open.entry(tile).or_insert(before);
        }
    }

    /// Ends the step under way; from now on it can be taken back.
    pub fn end(&mut self) {
        let open = std::mem::take(&mut self.open);
        let changed = open.into_iter().filter(|(tile, before)| self.mask.tiles[*tile] != *before);
        let step: Step = changed.map(|(tile, before)| (tile, packed(&before))).collect();
        if step.is_empty() {
            return;
        }
        self.revision += 1;
        self.after.clear();
        self.before.push_back(step);
        let bytes = |step: &Step| step.iter().map(|(_, packed)| packed.bytes()).sum::<usize>();
        let mut room: usize = self.before.iter().map(bytes).sum();
        while self.before.len() > STEPS || room > ROOM && self.before.len() > 1 {
            room -= self.before.pop_front().map_or(0, |step| bytes(&step));
        }
    }

    /// Does something as a step of its own.
    pub fn apply(&mut self, change: &MaskChange) {
        self.end();
        self.paint(change);
        self.end();
    }

    /// Whether there is a step to take back.
    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    /// Whether there is a step to do again.
    pub fn can_redo(&self) -> bool {
        !self.after.is_empty()
    }

    /// Takes back the last step.
    pub fn undo(&mut self) {
        self.end();
        if let Some(step) = self.before.pop_back() {
            let back = self.swapped(step);
            self.after.push(back);
        }
    }

    /// Does again what was taken back last.
    pub fn redo(&mut self) {
        self.end();
        if let Some(step) = self.after.pop() {
            let back = self.swapped(step);
            self.before.push_back(back);
        }
    }

    /// Puts the tiles of a step in their places; what was there.
    fn swapped(&mut self, step: Step) -> Step {
        self.revision += 1;
        let swap = |(tile, kept): (usize, Packed)| {
            let there = std::mem::replace(&mut self.mask.tiles[tile], kept.unpacked());
            (tile, packed(&there))
        };
        step.into_iter().map(swap).collect()
    }
}

impl Packed {
    fn bytes(&self) -> usize {
        match self {
            Self::Plain(_) => 1,
            Self::Runs(runs) => runs.len(),
        }
    }

    fn unpacked(self) -> Tile {
        let runs = match self {
            Self::Plain(value) => return Tile::Plain(value),
            Self::Runs(runs) => runs,
        };
        let mut bytes = Vec::with_capacity(BYTES);
        let mut rest = runs.as_slice();
        while let [head, after @ ..] = rest {
            let count = usize::from(*head & 127) + 1;
            let (taken, left) = after.split_at(if *head < 128 { count } else { 1 }.min(after.len()));
            match *head < 128 {
                true => bytes.extend_from_slice(taken),
                false => bytes.extend(taken.iter().flat_map(|value| std::iter::repeat_n(*value, count))),
            }
            rest = left;
        }
        Tile::Painted(Arc::new(bytes))
    }
}

/// As runs of up to 128: below 128 as many different bytes and one, from there on one byte as often.
fn packed(tile: &Tile) -> Packed {
    let bytes = match tile {
        Tile::Plain(value) => return Packed::Plain(*value),
        Tile::Painted(bytes) => bytes,
    };
    let mut runs: Vec<u8> = Vec::new();
    // Where the head of the different bytes stands that may still grow.
    let mut head: Option<usize> = None;
    for run in bytes.chunk_by(|a, b| a == b).flat_map(|run| run.chunks(128)) {
        let single = run.len() < 3;
        for value in run.iter().take(if single { run.len() } else { 0 }) {
            match head.filter(|&at| runs[at] < 127) {
                Some(at) => runs[at] += 1,
                None => {
                    head = Some(runs.len());
                    runs.push(0);
                }
            }
            runs.push(*value);
        }
        if !single {
            head = None;
            runs.extend([127 + run.len() as u8, run[0]]);
        }
    }
    Packed::Runs(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stroke(x: f32, add: bool) -> MaskChange {
        MaskChange::Stroke { points: vec![[x, 20.0], [x + 300.0, 280.0]], radius: 9.5, add }
    }

    #[test]
    fn tiles_are_packed_and_unpacked() {
        let noisy: Vec<u8> = (0..BYTES).map(|i| (i * 7919 % 251) as u8).collect();
        let mixed: Vec<u8> =
            (0..BYTES).map(|i| if i % 700 < 500 { 255 } else { (i % 5 / 2) as u8 }).collect();
        for bytes in [noisy, mixed, vec![3; BYTES]] {
            let tile = Tile::Painted(Arc::new(bytes));
            let packed = packed(&tile);
            assert!(packed.bytes() <= BYTES + BYTES / 100, "{}", packed.bytes());
            assert_eq!(packed.unpacked(), tile);
        }
    }

    #[test]
    fn two_hundred_strokes_are_taken_back_and_done_again() {
        let mut document = MaskDocument::new(Mask::new([1000, 700]));
        let mut masks = vec![document.mask().clone()];
        for i in 0..150 {
            document.apply(&stroke(i as f32 * 4.0, i % 3 != 2));
            masks.push(document.mask().clone());
        }
        // A step that changes nothing is none.
        document.apply(&MaskChange::Replace(Mask::new([3, 3])));
        for mask in masks.iter().rev().skip(1) {
            document.undo();
            assert_eq!(document.mask(), mask);
        }
        assert!(!document.can_undo() && document.can_redo());
        masks.iter().skip(1).for_each(|mask| {
            document.redo();
            assert_eq!(document.mask(), mask);
        });
        document.undo();
        document.apply(&MaskChange::Clear);
        assert!(!document.can_redo(), "another way was taken");
        for _ in 0..300 {
            document.apply(&MaskChange::Invert);
        }
        assert_eq!(document.before.len(), STEPS);
    }

    #[test]
    fn a_stroke_is_one_step_and_touches_only_its_tiles() {
        let mut document = MaskDocument::new(Mask::new([8000, 6000]));
        let tiles = document.mask().tiles().len();
        assert_eq!(tiles, 32 * 24);
        for x in [100.0, 140.0, 180.0] {
            let points = vec![[x, 100.0], [x + 40.0, 100.0]];
            document.paint(&MaskChange::Stroke { points, radius: 30.0, add: true });
        }
        document.end();
        let changed = |document: &MaskDocument, before: &Mask| -> Vec<usize> {
            let tiles = document.mask().tiles().iter().zip(before.tiles()).enumerate();
            tiles.filter(|(_, (new, old))| !new.is_same(old)).map(|(tile, _)| tile).collect()
        };
        assert_eq!(
            changed(&document, &Mask::new([8000, 6000])),
            [0],
            "220 + 30 pixels are within the first tile"
        );
        let before = document.mask().clone();
        document.apply(&MaskChange::Stroke { points: vec![[256.0, 256.0]], radius: 5.0, add: true });
        assert_eq!(changed(&document, &before), [0, 1, 32, 33]);
        document.undo();
        document.undo();
        assert!(document.mask().is_empty() && !document.can_undo());
        assert_eq!(document.revision(), 4);
    }
}
