//! What a new comparison is to be: the things to learn, the methods to learn them by, and how they are scored.
//!
//! It only gathers wishes; the disk makes the plan of them and the engine follows it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::{ScrollArea, Ui};

use super::look::press;
use crate::action::Action;
use crate::comparing::CompareAction;
use crate::icons;
use crate::language::floors;
use crate::pages::advanced::rows::{line, number, optional};
use crate::state::AppState;
use crate::theme;
use crate::widgets::controls;
use base::with_defaults;
use disk::message::Wanted;
use project::methods::{Baseline, METHODS};
use project::typed;
use starter::SAMPLES;

/// Baselines that need nothing typed.
const BASELINES: [Baseline; 4] =
    [Baseline::ImageOnly, Baseline::PromptOnly, Baseline::InitialWord, Baseline::ClipWord];
/// What is ticked at first.
const USUAL: [&str; 6] = ["single", "turning", "vectors-2", "image-only", "prompt-only", "initial-word"];
/// Steps that are offered where one wants the same for all.
const STEPS: u64 = 400;
/// Widest that the settings are laid out.
const WIDTH: f32 = 420.0;

with_defaults! {
    /// The form, and whether it is open.
    pub struct StartForm {
        pub open: bool = false,
        samples: BTreeSet<&'static str> = SAMPLES.first().map(|sample| sample.name).into_iter().collect(),
        /// Folders of concepts.
        concepts: BTreeSet<PathBuf> = BTreeSet::new(),
        methods: BTreeSet<&'static str> = USUAL.into(),
        steps: Option<u64> = None,
        seeds: u64 = 1,
        /// Numbers as they are typed; empty for all pictures.
        set_sizes: String = String::new(),
        count: usize = 8,
        draw_steps: usize = 50,
        /// A name, or a whole path.
        folder: String = "comparison".into(),
    }
}

impl StartForm {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            ui.label(controls::title(t!("compare-new-title")));
            if controls::pressed(ui, icons::UNDO, (t!("methods-back"), t!("compare-new-back.tip"))) {
                self.open = false;
            }
        });
        ScrollArea::vertical().id_salt("compare-start").auto_shrink([false, false]).show(ui, |ui| {
            controls::wide_card(ui, |ui| self.concepts(ui, state));
            controls::wide_card(ui, |ui| self.methods(ui));
            controls::wide_card(ui, |ui| {
                ui.set_max_width(WIDTH);
                self.settings(ui);
            });
            let sizes = sizes(&self.set_sizes);
            let obstacle = self.obstacle(state).or_else(|| sizes.as_ref().err().cloned());
            if press(ui, icons::PLAY, named!("compare-new-begin"), obstacle)
                && let Ok(sizes) = sizes
            {
                self.open = false;
                actions.push(Action::Compare(CompareAction::Start(Box::new(self.wanted(sizes)))));
            }
        });
    }

    fn concepts(&mut self, ui: &mut Ui, state: &AppState) {
        ui.label(controls::title(t!("compare-new-things")));
        ui.horizontal_wrapped(|ui| {
            for sample in SAMPLES {
                tick(ui, &mut self.samples, &sample.name, sample.name, t!("compare-new-sample.tip"));
            }
        });
        let there = |draft: &&disk::message::DraftCard| draft.pictures > 0 && !draft.word.is_empty();
        let drafts: Vec<_> = state.drafts.iter().filter(there).collect();
        self.concepts.retain(|folder| drafts.iter().any(|draft| draft.folder == *folder));
        if drafts.is_empty() {
            controls::note(ui, t!("compare-new-no-concepts"));
        }
        ui.horizontal_wrapped(|ui| {
            for draft in drafts {
                let hint = t!("compare-new-concept.tip", count = draft.pictures);
                tick(ui, &mut self.concepts, &draft.folder, &draft.word, &hint);
            }
        });
    }

    fn methods(&mut self, ui: &mut Ui) {
        ui.label(controls::title(t!("compare-new-methods")));
        for (name, _, help) in METHODS {
            method(ui, &mut self.methods, name, floors::compared(name, help));
        }
        ui.add_space(theme::NEAR);
        ui.label(controls::title(t!("compare-new-baselines")));
        for baseline in BASELINES {
            method(ui, &mut self.methods, baseline.name(), floors::about(baseline));
        }
    }

    fn settings(&mut self, ui: &mut Ui) {
        ui.label(controls::title(t!("compare-new-how")));
        optional(ui, named!("compare-new-steps"), &mut self.steps, STEPS, 1..=1_000_000);
        number(ui, named!("compare-new-seeds"), &mut self.seeds, 1..=20);
        line(ui, named!("compare-new-sizes"), &mut self.set_sizes);
        number(ui, (t!("compare-scores-judged"), t!("compare-new-judged.tip")), &mut self.count, 1..=256);
        number(ui, named!("compare-new-judged-steps"), &mut self.draw_steps, 1..=1000);
        line(ui, named!("compare-new-folder"), &mut self.folder);
    }

    fn obstacle(&self, state: &AppState) -> Option<String> {
        state.engine_obstacle().or_else(|| state.model_obstacle()).or_else(|| {
            let lacks = if state.clip().is_none() {
                t!("compare-scores-no-clip")
            } else if self.samples.is_empty() && self.concepts.is_empty() {
                t!("compare-new-no-things")
            } else if self.methods.is_empty() {
                t!("compare-new-no-methods")
            } else if self.folder.trim().is_empty() {
                t!("compare-new-no-folder")
            } else {
                return None;
            };
            Some(lacks.to_owned())
        })
    }

    /// What is chosen, in the order in which it stands on the page.
    fn wanted(&self, set_sizes: Vec<usize>) -> Wanted {
        let names = METHODS.iter().map(|(name, ..)| *name).chain(BASELINES.map(Baseline::name));
        Wanted {
            out: self.folder.trim().into(),
            samples: SAMPLES.iter().filter(|sample| self.samples.contains(sample.name)).collect(),
            concepts: self.concepts.iter().cloned().collect(),
            methods: names.filter(|name| self.methods.contains(name)).map(str::to_owned).collect(),
            steps: self.steps,
            seeds: self.seeds,
            set_sizes,
            count: self.count,
            draw_steps: self.draw_steps,
            ..Wanted::default()
        }
    }
}

/// Something to be chosen among others.
fn tick<T: Ord + Clone>(ui: &mut Ui, chosen: &mut BTreeSet<T>, this: &T, name: &str, hint: &str) {
    let mut on = chosen.contains(this);
    if ui.checkbox(&mut on, name).on_hover_text(hint).changed() {
        if on {
            chosen.insert(this.clone());
        } else {
            chosen.remove(this);
        }
    }
}

/// A method, and in a line what it is.
fn method(ui: &mut Ui, chosen: &mut BTreeSet<&'static str>, name: &'static str, help: &str) {
    ui.horizontal_wrapped(|ui| {
        tick(ui, chosen, &name, name, help);
        let help = controls::quiet(ui, help);
        ui.label(help);
    });
}

/// The numbers in a text, smallest first and each once.
fn sizes(text: &str) -> Result<Vec<usize>, String> {
    let parts = typed::entries_of_any(text).flat_map(str::split_whitespace);
    let found: Option<BTreeSet<usize>> =
        parts.map(|part| part.parse().ok().filter(|size| (1..=10_000).contains(size))).collect();
    let said = || t!("compare-new-no-sizes", typed = text);
    found.map(|sizes| sizes.into_iter().collect()).ok_or_else(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_pictures_are_read_as_they_are_typed() {
        assert_eq!(sizes("1, 5,3 3"), Ok(vec![1, 3, 5]));
        assert_eq!(sizes("1、5；3　3"), Ok(vec![1, 3, 5]));
        assert_eq!(sizes("  "), Ok(Vec::new()));
        for wrong in ["0", "1, x", "-2"] {
            assert!(sizes(wrong).unwrap_err().contains(wrong));
        }
    }

    #[test]
    fn what_is_ticked_at_first_can_be_compared() {
        let form = StartForm::default();
        let wanted = form.wanted(vec![1]);
        let expected = ["single", "turning", "vectors-2", "image-only", "prompt-only", "initial-word"];
        assert_eq!(wanted.methods, expected);
        assert_eq!((wanted.samples.len(), wanted.set_sizes), (1, vec![1]));
    }
}
