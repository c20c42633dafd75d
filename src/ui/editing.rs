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
use project::mask::document::MaskDocument;

/// A mask is kept at most this often.
const OFTEN: Duration = Duration::from_millis(500);

/// What is open in the Edit page.
#[derive(Debug, Clone, Default)]
pub struct Editing {
    pub open: Option<OpenPicture>,
    /// Whether one is being opened.
    pub opening: bool,
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
}

/// What a person wants of that page.
#[derive(Debug, Clone)]
pub enum EditAction {
    Open(PathBuf),
    Paste(Arc<RgbImage>),
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
        let EditedView { folder, edited, picture, mask, results } = view;
        let mask = MaskDocument::new(mask);
        Self { id, folder, edited, picture, mask, results, shown: None, watching: false, best: None }
    }

    /// Keeps the mask as it is.
    pub fn keep_mask(&self) -> Task {
        let (folder, mask) = (self.folder.clone(), self.mask.mask().clone());
        Task::Edit(EditTask::SaveMask { folder, mask })
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

/// When the mask was kept, so that a kill loses at most the last stroke.
#[derive(Debug, Default)]
pub struct MaskKeeper {
    /// Of which picture, which state, and when.
    kept: Option<(u64, u64, Instant)>,
}

impl MaskKeeper {
    /// The mask is to be kept now; `last` if there is no later.
    pub fn follow(&mut self, ctx: &Context, editing: &Editing, last: bool) -> Option<Task> {
        let open = editing.open.as_ref()?;
        let now = Instant::now();
        let revision = open.mask.revision();
        let kept = self.kept.as_ref().filter(|(id, ..)| *id == open.id);
        let known = kept.map_or(0, |(_, revision, _)| *revision);
        if known == revision {
            return None;
        }
        if let Some((.., at)) = kept.filter(|_| !last)
            && now.duration_since(*at) < OFTEN
        {
            ctx.request_repaint_after(OFTEN);
            return None;
        }
        self.kept = Some((open.id, revision, now));
        Some(open.keep_mask())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::mask::Mask;

    #[test]
    fn a_mask_is_kept_at_once_and_then_now_and_then_and_at_the_end() {
        let edited = EditedPicture::new("a.png".into(), "source.png".into(), String::new());
        let picture = Arc::new(RgbImage::new(64, 64));
        let (folder, mask, results) = (PathBuf::from("/e"), Mask::new([64, 64]), Vec::new());
        let open = OpenPicture::new(1, EditedView { folder, edited, picture, mask, results });
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
        assert!(keeper.follow(&ctx, &editing, false).is_none(), "half a second has not passed");
        assert!(keeper.follow(&ctx, &editing, true).is_some());
        assert!(keeper.follow(&ctx, &editing, true).is_none());
        // Opened again and painted on as often, it is another one.
        let open = editing.open.as_mut().unwrap();
        open.id = 2;
        assert!(keeper.follow(&ctx, &editing, true).is_some());
    }
}
