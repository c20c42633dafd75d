//! A mask being painted, with what was done to it taken back and done again.
//!
//! At least [`LEAST`] steps can be taken back, whatever they are; once they take more than [`ROOM`] the older ones are packed,
//! away from whoever paints. What takes longer than a frame is handed out as [`MaskWork`] and taken in again when it is
//! done; the document itself never waits and touches no disk.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use super::steps::{Kept, Loose, Step};
use super::{Mask, MaskChange, Tile};
use base::Result;

/// Steps that are kept.
pub const STEPS: usize = 200;
/// Steps that are kept even where there is no room for them.
pub const LEAST: usize = 100;
/// Bytes of memory that all steps may take together before the older ones are packed.
pub const ROOM: usize = 256 << 20;
/// Changes of a whole mask of more pixels than this may take longer than a frame.
const AT_ONCE: u64 = 1 << 20;

/// The document.
#[derive(Debug, Clone)]
pub struct MaskDocument {
    mask: Mask,
    before: VecDeque<Step>,
    after: Vec<Step>,
    /// What the step under way has touched, as it was.
    open: BTreeMap<usize, Tile>,
    revision: u64,
    /// Bytes that the steps may take before the older ones are packed.
    room: usize,
    /// Whether older steps are being packed.
    packing: bool,
}

/// What takes longer than a frame, to be done elsewhere.
#[derive(Debug, Clone)]
pub enum MaskWork {
    /// A change of a whole mask.
    Change(u64, Mask, MaskChange),
    /// A kept step is taken back (true), or done again.
    Lead(u64, Mask, Arc<Kept>, bool),
    /// These steps are to take less room: in memory at most so many bytes each.
    Pack(Vec<Arc<Loose>>, usize),
}

/// What is wanted of a mask.
#[derive(Debug, Clone)]
pub enum MaskWanted {
    /// A part of a stroke.
    Paint(MaskChange),
    /// The stroke is done.
    End,
    /// A step of its own.
    Change(MaskChange),
    /// A step back.
    Undo,
    /// The step that was gone back, again.
    Redo,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum MaskDone {
    /// The mask, and what was changed in it.
    Changed(u64, Mask, Arc<Loose>),
    /// The mask before a step (true), or after it.
    Led(u64, Mask, bool),
    /// Steps and what takes their places.
    Packed(Vec<(Arc<Loose>, Arc<Kept>)>),
}

impl MaskWork {
    /// Does it. Scratch files go to the disk of `folder`; `tell` hears how much is done, from 0 to 1, from any thread.
    ///
    /// # Errors
    /// [`base::Error::Io`] if a step that was kept in a file cannot be read any more.
    pub fn work(self, folder: &Path, tell: &(dyn Fn(f32) + Sync)) -> Result<MaskDone> {
        Ok(match self {
            Self::Change(revision, mask, change) => {
                let mut document = MaskDocument::new(mask);
                document.paint_and_tell(&change, tell);
                let step = document.ended();
                MaskDone::Changed(revision, document.mask, Arc::new(step))
            }
            Self::Lead(revision, mut mask, kept, back) => {
                kept.lead(&mut mask, folder)?;
                MaskDone::Led(revision, mask, back)
            }
            Self::Pack(steps, share) => {
                let kept = |step: Arc<Loose>| {
                    let kept = Arc::new(Kept::new(&step, share, folder));
                    (step, kept)
                };
                MaskDone::Packed(steps.into_iter().map(kept).collect())
            }
        })
    }
}

impl MaskDocument {
    /// A mask of which nothing can be taken back.
    pub fn new(mask: Mask) -> Self {
        let (before, after, open) = (VecDeque::new(), Vec::new(), BTreeMap::new());
        Self { mask, before, after, open, revision: 0, room: ROOM, packing: false }
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
        self.paint_and_tell(change, &|_| {});
    }

    fn paint_and_tell(&mut self, change: &MaskChange, tell: &(dyn Fn(f32) + Sync)) {
        for (tile, before) in self.mask.change_and_tell(change, tell) {
            self.open.entry(tile).or_insert(before);
        }
    }

    /// Ends the step under way; from now on it can be taken back.
    pub fn end(&mut self) {
        let step = self.ended();
        self.push(Arc::new(step));
    }

    /// What the step under way has changed; from here on another one is.
    fn ended(&mut self) -> Loose {
        let (open, tiles) = (std::mem::take(&mut self.open), &self.mask.tiles);
        let changed = open.into_iter().filter(|(tile, before)| tiles[*tile] != *before);
        changed.map(|(tile, before)| (tile, [before, tiles[tile].clone()])).collect()
    }

    fn push(&mut self, step: Arc<Loose>) {
        if step.is_empty() {
            return;
        }
        self.revision += 1;
        self.after.clear();
        self.before.push_back(Step::Loose(step));
        // Far more than there is room for is taken only where the disk is full.
        let least = |taken: usize| if taken > 8 * self.room { 1 } else { LEAST };
        while self.before.len() > STEPS
            || self.taken() > 2 * self.room && self.before.len() > least(self.taken())
        {
            self.before.pop_front();
        }
    }

    /// Bytes that all steps take.
    fn taken(&self) -> usize {
        self.before.iter().chain(&self.after).map(Step::bytes).sum()
    }

    /// Does something as a step of its own.
    pub fn apply(&mut self, change: &MaskChange) {
        self.end();
        self.paint(change);
        self.end();
    }

    /// The same, unless it may take longer than a frame: then it is to be done elsewhere.
    pub fn apply_or_ask(&mut self, change: MaskChange) -> Option<MaskWork> {
        let [width, height] = self.mask.size().map(u64::from);
        if matches!(change, MaskChange::Stroke { .. }) || width * height <= AT_ONCE {
            self.apply(&change);
            return None;
        }
        self.end();
        Some(MaskWork::Change(self.revision, self.mask.clone(), change))
    }

    /// Does what is wanted, unless it may take longer than a frame: then it is to be done elsewhere.
    pub fn want(&mut self, wanted: MaskWanted) -> Option<MaskWork> {
        match wanted {
            MaskWanted::Paint(change) => self.paint(&change),
            MaskWanted::End => self.end(),
            MaskWanted::Change(change) => return self.apply_or_ask(change),
            MaskWanted::Undo => return self.undo(),
            MaskWanted::Redo => return self.redo(),
        }
        None
    }

    /// Does, however long it takes, what is being done elsewhere, and then what waits for it; scratch files as for
    /// [`MaskWork::work`].
    ///
    /// # Errors
    /// The first of what could not be done; the rest is.
    pub fn finish(&mut self, work: Option<MaskWork>, waiting: Vec<MaskWanted>, folder: &Path) -> Result<()> {
        let (mut work, mut waiting, mut failed) = (work, waiting.into_iter(), Ok(()));
        loop {
            if let Some(work) = work.take() {
                match work.work(folder, &|_| {}) {
                    Ok(done) => self.take(done),
                    Err(why) => failed = failed.and(Err(why)),
                }
            }
            let Some(wanted) = waiting.next() else { break };
            work = self.want(wanted);
        }
        self.end();
        failed
    }

    /// Whether there is a step to take back.
    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    /// Whether there is a step to do again.
    pub fn can_redo(&self) -> bool {
        !self.after.is_empty()
    }

    /// Takes back the last step, if there is one; what is to be done elsewhere for that, where the step was packed.
    pub fn undo(&mut self) -> Option<MaskWork> {
        self.end();
        let step = self.before.back()?.clone();
        self.lead(step, true)
    }

    /// Does again what was taken back last, in the same way.
    pub fn redo(&mut self) -> Option<MaskWork> {
        self.end();
        let step = self.after.last()?.clone();
        self.lead(step, false)
    }

    fn lead(&mut self, step: Step, back: bool) -> Option<MaskWork> {
        match step {
            Step::Kept(kept) => Some(MaskWork::Lead(self.revision, self.mask.clone(), kept, back)),
            Step::Loose(step) => {
                for (tile, sides) in step.iter() {
                    self.mask.tiles[*tile] = sides[usize::from(!back)].clone();
                }
                self.led(back);
                None
            }
        }
    }

    /// The mask has gone back a step, or forth.
    fn led(&mut self, back: bool) {
        self.revision += 1;
        if back {
            self.after.extend(self.before.pop_back());
        } else {
            self.before.extend(self.after.pop());
        }
    }

    /// What is to be done elsewhere because the steps take too much room: the newest stay as they are.
    pub fn pack(&mut self) -> Option<MaskWork> {
        if self.packing || self.taken() <= self.room {
            return None;
        }
        let (mut taken, mut steps) = (0, Vec::new());
        for step in self.before.iter().rev().chain(self.after.iter().rev()) {
            taken += step.bytes();
            if let Step::Loose(step) = step
                && taken > self.room / 2
            {
                steps.push(step.clone());
            }
        }
        self.packing = !steps.is_empty();
        self.packing.then_some(MaskWork::Pack(steps, self.room / STEPS / 2))
    }

    /// Takes in what was done elsewhere; a mask only if this one is still as it was then.
    pub fn take(&mut self, done: MaskDone) {
        match done {
            MaskDone::Changed(revision, mask, step) if revision == self.revision => {
                self.mask = mask;
                self.push(step);
            }
            MaskDone::Led(revision, mask, back) if revision == self.revision => {
                self.mask = mask;
                self.led(back);
            }
            MaskDone::Changed(..) | MaskDone::Led(..) => {}
            MaskDone::Packed(steps) => {
                self.packing = false;
                for step in self.before.iter_mut().chain(&mut self.after) {
                    let Step::Loose(known) = step else { continue };
                    if let Some((_, kept)) = steps.iter().find(|(loose, _)| Arc::ptr_eq(loose, known)) {
                        *step = Step::Kept(kept.clone());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
