//! What the Edit page knows: the picture that is open with its mask and its history, and what is to be drawn there.
//!
//! Plain data like the rest of the state; only the reducer changes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::Context;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::state::ComposeDraft;
use disk::message::{EditTask, EditedView, Task};
use project::EditSettings;
use project::edited::EditedPicture;
use project::mask::MaskChange;
use project::mask::document::{MaskDocument, MaskWanted, MaskWork};

/// A mask that could not be kept is tried again after this long.
const AGAIN: Duration = Duration::from_secs(10);

/// What is open in the Edit page.
#[derive(Debug, Clone, Default)]
pub struct Editing {
    pub open: Option<OpenPicture>,
    /// Whether one is being opened.
    pub opening: bool,
    /// Whether another picture of the history is on its way, with the mask and the settings that belong to it: until it
    /// has come, what is open is the old one, and on the disk it is not.
    pub going: bool,
    /// How often the mask of the one that is open could not be kept before that.
    pub failures: u64,
    /// Whether the one that was left open could not be opened again, and is not to be asked for once more.
    pub forgotten: bool,
    pub draft: EditDraft,
}

/// What is to be drawn, and how it is joined with the picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EditDraft {
    /// As in Compose.
    pub drawing: ComposeDraft,
    pub edit: EditSettings,
}

/// A picture that is edited.
#[derive(Debug, Clone)]
pub struct OpenPicture {
    /// Names it: the same folder opened again has another.
    pub id: u64,
    pub folder: PathBuf,
    pub edited: EditedPicture,
    /// What is being changed.
    pub picture: Arc<RgbImage>,
    pub mask: MaskDocument,
    /// The files of the results, by step.
    pub results: Vec<Vec<PathBuf>>,
    /// The result that is laid beside the picture.
    pub shown: Option<PathBuf>,
    /// Whether results are shown as they come; who paints on meanwhile is not disturbed.
    pub watching: bool,
    /// That of the last step which shows best what was asked for, where several were ranked.
    pub best: Option<PathBuf>,
    /// How much is done of what takes longer than a frame, from 0 to 1, while something of that kind is done to the mask.
    pub working: Option<f32>,
    /// What that is.
    pub work: Option<MaskWork>,
    /// What is wanted of the mask meanwhile, in its order.
    pub waiting: Vec<MaskWanted>,
    /// How often the mask could not be kept.
    pub failures: u64,
}

/// What a person wants of that page.
#[derive(Debug, Clone)]
pub enum EditAction {
    Open(PathBuf),
    Paste(Arc<RgbImage>),
    /// Put the word in this file into the prompt.
    With(PathBuf),
    /// A part of a stroke.
    Paint(MaskChange),
    /// The stroke is done.
    EndStroke,
    /// A step of its own.
    Change(MaskChange),
    Undo,
    Redo,
    Draft(Box<EditDraft>),
    /// Paint the thing in the picture.
    FindThing,
    /// Draw what the prompt says into the picture.
    Draw,
    /// Lay a result beside the picture, or paint.
    Show(Option<PathBuf>),
    /// Show results as they come.
    Watch,
    /// Copy a result to the pictures that were drawn.
    Keep(PathBuf),
    /// Edit a result, or the picture as it came.
    GoOn(PathBuf),
    /// Everything as it was when a step was drawn.
    BackTo(usize),
}

impl OpenPicture {
    pub fn new(id: u64, view: EditedView) -> Self {
        let EditedView { folder, edited, picture, mask, results, shown, step: _ } = view;
        let mask = MaskDocument::new(mask);
        Self {
            id,
            folder,
            edited,
            picture,
            mask,
            results,
            shown,
            watching: false,
            best: None,
            working: None,
            work: None,
            waiting: Vec::new(),
            failures: 0,
        }
    }

    /// Keeps the mask as it is.
    pub fn keep_mask(&self) -> Task {
        let (folder, base, mask) = (self.folder.clone(), self.edited.base.clone(), self.mask.mask().clone());
        Task::Edit(EditTask::SaveMask { folder, base, mask })
    }

    /// Keeps the mask with all that was painted while something takes long, and without that: a kill loses it alone.
    pub fn keep_painted(&self) -> Task {
        let mut mask = self.mask.clone();
        for wanted in &self.waiting {
            if let MaskWanted::Paint(change) | MaskWanted::Change(change @ MaskChange::Stroke { .. }) = wanted
            {
                mask.paint(change);
            }
        }
        let (folder, base, mask) = (self.folder.clone(), self.edited.base.clone(), mask.mask().clone());
        Task::Edit(EditTask::SaveMask { folder, base, mask })
    }

    /// Keeps the mask as it will be once all is done that was wanted of it: the picture is left. Nothing if nothing was.
    pub fn leave_mask(&self) -> Option<Task> {
        let Some(work) = &self.work else { return (self.mask.revision() > 0).then(|| self.keep_mask()) };
        let (folder, base) = (self.folder.clone(), self.edited.base.clone());
        let (mask, work, waiting) = (self.mask.clone(), work.clone(), self.waiting.clone());
        Some(Task::Edit(EditTask::FinishMask {
            folder,
            base,
            mask: Box::new(mask),
            work: Box::new(work),
            waiting,
        }))
    }

    /// The file of what is being changed.
    pub fn base(&self) -> PathBuf {
        self.folder.join(&self.edited.base)
    }

    /// The file as it came.
    pub fn source(&self) -> PathBuf {
        self.folder.join(&self.edited.source)
    }

    /// The picture that a result was made of.
    pub fn before(&self, result: &Path) -> Option<PathBuf> {
        let step = self.results.iter().position(|results| results.iter().any(|path| path == result))?;
        Some(self.folder.join(&self.edited.steps.get(step)?.base))
    }
}

/// When the mask was kept: after each stroke, so that a kill loses at most the last one. The disk passes over those that
/// were overtaken.
#[derive(Debug, Default)]
pub struct MaskKeeper {
    /// Of which picture, which state, after how many failures, and when.
    kept: Option<(u64, u64, u64, Instant)>,
}

impl MaskKeeper {
    /// The mask is to be kept now; `last` if there is no later.
    pub fn follow(&mut self, ctx: &Context, editing: &Editing, last: bool) -> Option<Task> {
        let open = editing.open.as_ref()?;
        if last && open.work.is_some() {
            return open.leave_mask();
        }
        let (now, revision) = (Instant::now(), open.mask.revision());
        let kept = self.kept.filter(|(id, ..)| *id == open.id).unwrap_or((open.id, 0, 0, now));
        let (_, known, failures, at) = kept;
        if known == revision {
            if failures == open.failures {
                return None;
            }
            if !last && now.duration_since(at) < AGAIN {
                ctx.request_repaint_after(AGAIN);
                return None;
            }
        }
        self.kept = Some((open.id, revision, open.failures, now));
        Some(open.keep_mask())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::mask::Mask;

    #[test]
    fn a_mask_is_kept_after_each_stroke_and_once_more_where_that_failed() {
        let edited = EditedPicture::new("a.png".into(), "source.png".into(), String::new());
        let picture = Arc::new(RgbImage::new(64, 64));
        let (folder, mask, results) = (PathBuf::from("/e"), Mask::new([64, 64]), Vec::new());
        let view = EditedView { folder, edited, picture, mask, results, shown: None, step: None };
        let open = OpenPicture::new(1, view);
        let mut editing = Editing { open: Some(open), ..Editing::default() };
        let (ctx, mut keeper) = (Context::default(), MaskKeeper::default());
        assert!(keeper.follow(&ctx, &editing, true).is_none(), "nothing was painted");
        let stroke = |editing: &mut Editing, x: f32| {
            let change = MaskChange::Stroke { points: vec![[x, 9.0]], radius: 4.0, add: true };
            editing.open.as_mut().unwrap().mask.apply(&change);
        };
        stroke(&mut editing, 9.0);
        let task = keeper.follow(&ctx, &editing, false);
        let Some(Task::Edit(EditTask::SaveMask { mask, .. })) = task else { panic!("{task:?}") };
        assert_eq!(mask, *editing.open.as_ref().unwrap().mask.mask());
        stroke(&mut editing, 30.0);
        assert!(keeper.follow(&ctx, &editing, false).is_some(), "a kill loses the last stroke alone");
        assert!(keeper.follow(&ctx, &editing, true).is_none());
        // The disk was full: it is tried again, at the latest when the window is closed.
        editing.open.as_mut().unwrap().failures = 1;
        assert!(keeper.follow(&ctx, &editing, false).is_none(), "ten seconds have not passed");
        assert!(keeper.follow(&ctx, &editing, true).is_some());
        assert!(keeper.follow(&ctx, &editing, true).is_none());
        editing.open.as_mut().unwrap().failures = 2;
        stroke(&mut editing, 50.0);
        assert!(keeper.follow(&ctx, &editing, false).is_some(), "the next stroke does not wait for that");
        // Opened again and painted on as often, it is another one.
        let open = editing.open.as_mut().unwrap();
        open.id = 2;
        assert!(keeper.follow(&ctx, &editing, true).is_some());
        // What is still being done when the window is closed is done before it is kept.
        editing.open.as_mut().unwrap().work = Some(MaskWork::Pack(Vec::new(), 0));
        let task = keeper.follow(&ctx, &editing, true);
        assert!(matches!(task, Some(Task::Edit(EditTask::FinishMask { .. }))), "{task:?}");
    }
}
