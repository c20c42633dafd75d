//! Masks suggested for all pictures of the concept that have none: the button, and how far it is.
//!
//! It only asks; the pictures are looked at elsewhere, and each suggestion can be painted over.

use egui::{ProgressBar, Ui};

use crate::action::Action;
use crate::icons;
use crate::state::AppState;
use crate::widgets::controls;
use project::{ConceptKind, Draft};

pub fn for_all(ui: &mut Ui, state: &AppState, draft: &Draft, actions: &mut Vec<Action>) {
    // One by itself is told of at its own button.
    if let Some(outlining) = state.outlining.as_ref().filter(|outlining| outlining.of > 1) {
        let done = outlining.of.saturating_sub(outlining.waiting.len());
        let bar = ProgressBar::new(done as f32 / outlining.of as f32).desired_width(160.0);
        let text = t!("outlines-progress", done = done, all = outlining.of);
        ui.add(bar.text(text)).on_hover_text(t!("outlines-progress.tip"));
        let stop = ui
            .button(format!("{} {}", icons::CLOSE, t!("outlines-cancel")))
            .accessible_name(t!("outlines-cancel.name"));
        controls::reports(stop, t!("outlines-cancel.tip"), actions, || Action::StopOutlines);
        return;
    }
    let bare = draft.entries.iter().filter(|entry| {
        let view = state.views.iter().find(|view| view.entry.path == entry.path);
        entry.mask.is_none() && view.is_none_or(|view| view.mask.is_none() && view.fault.is_none())
    });
    let bare: Vec<_> = bare.map(|entry| entry.path.clone()).collect();
    let style = draft.concept.kind == ConceptKind::Style;
    let why_not = match style {
        true => t!("outlines-suggest.style"),
        false => t!("outlines-suggest.none"),
    };
    if controls::able(ui, !style && !bare.is_empty(), icons::SPARKLE, named!("outlines-suggest"), why_not) {
        actions.push(Action::SuggestOutlines(bare));
    }
}
