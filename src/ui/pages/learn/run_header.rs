//! The top of the Learn page: the word, how it stands, and what can be done with its run.
//!
//! One button is the main one: stop while it runs, resume while it can, else put the word into the library.

use std::path::Path;

use super::{figures, words};
use crate::action::{Action, Grid};
use crate::commands::UiCommand;
use crate::icons;
use crate::language::floors;
use crate::language::sentences::said;
use crate::pages::advanced;
use crate::state::{AppState, Job, JobKind, RunView};
use crate::theme;
use crate::widgets::controls;
use disk::message::Task;
use project::{ConceptKind, Continuation, LearnSettings, RunState};

/// How many more steps are offered.
const MORE: u64 = 500;
/// Room for what stands behind the slider of likeness.
const LIKENESS: f32 = 130.0;
/// Widest that settings are laid out.
const SETTINGS: f32 = 420.0;

#[derive(Default)]
pub(super) struct RunHeader {
    more: Option<u64>,
    /// What is kept of the word less than all, in parts of one.
    likeness: Option<f64>,
    /// The settings of the run, and those to go on with.
    changed: Option<[LearnSettings; 2]>,
}

impl RunHeader {
    /// Shows word, state and buttons; returns the step that was picked for use.
    pub(super) fn ui(
        &mut self,
        ui: &mut egui::Ui,
        state: &AppState,
        folder: &Path,
        picked: Option<u64>,
        actions: &mut Vec<Action>,
    ) -> Option<u64> {
        let run = &state.run;
        title(ui, run);
        if run.job.is_some() {
            let job = state.jobs.iter().find(|job| Some(job.id) == run.job);
            let text = progress(ui, run, job);
            running(ui, job, &text, actions);
            return None;
        }
        standing(ui, run);
        let buttons = ui.horizontal_wrapped(|ui| {
            let further = self.more(ui, state);
            let likeness = self.likeness.unwrap_or(1.0);
            let chosen = use_step(ui, run, folder, picked, likeness, actions);
            self.likeness(ui, run, folder, picked, actions);
            (further, chosen)
        });
        self.other_settings(ui, state);
        let (further, chosen) = buttons.inner;
        // Only now: a field below may have been left by the very press.
        if let Some(steps) = further {
            actions.push(Action::Continue { run: folder.to_owned(), asked: self.asked(steps) });
        }
        chosen
    }

    /// What is asked of a run up to so many steps.
    fn asked(&self, steps: Option<u64>) -> Box<Continuation> {
        let changed = self.changed.as_ref().filter(|[old, new]| old != new);
        let settings = changed.map(|[_, new]| new.clone());
        Box::new(Continuation { steps, settings, ..Continuation::default() })
    }

    /// The settings to go on with, out of the way until somebody wants others.
    fn other_settings(&mut self, ui: &mut egui::Ui, state: &AppState) {
        let Some(card) = state.run.card.as_ref().filter(|card| !card.locked) else { return };
        let shown = egui::CollapsingHeader::new(t!("learn-settings")).id_salt("other settings");
        let shown = shown.show(ui, |ui| {
            if self.changed.as_ref().is_none_or(|[old, _]| *old != card.settings) {
                self.changed = Some([card.settings.clone(), card.settings.clone()]);
            }
            let Some([_, new]) = &mut self.changed else { return };
            let text = t!("learn-settings-what");
            controls::note(ui, text);
            ui.scope(|ui| {
                ui.set_max_width(SETTINGS);
                advanced::going_on(ui, new, card.concept.kind, &state.model_defaults());
            });
        });
        shown.header_response.on_hover_text(t!("learn-settings.tip"));
    }

    /// The slider between likeness and obedience, and what proves it.
    fn likeness(
        &mut self,
        ui: &mut egui::Ui,
        run: &RunView,
        folder: &Path,
        picked: Option<u64>,
        actions: &mut Vec<Action>,
    ) {
        let (Some(card), Some(step)) = (&run.card, step_of(run, picked)) else { return };
        let mut likeness = self.likeness.unwrap_or(1.0);
        // A slider does not go to the next row by itself, and would widen the page beyond the window.
        if ui.available_size_before_wrap().x < ui.spacing().slider_width + LIKENESS {
            ui.end_row();
        }
        let slider = egui::Slider::new(&mut likeness, 0.0..=1.0).show_value(false).text(t!("learn-likeness"));
        let tooltip = t!("learn-likeness.tip");
        ui.add(slider).on_hover_text(tooltip).accessible_name(t!("learn-likeness.name"));
        self.likeness = Some(likeness);
        let compare = controls::button(ui, true, icons::GRID, t!("learn-likeness-grid"));
        let tooltip = t!("learn-likeness-grid.tip");
        if compare.on_hover_text(tooltip).clicked() {
            let (run, kind) = (folder.to_owned(), card.concept.kind);
            actions.push(Action::DrawGrid(Grid::LikenessSentence { run, step, kind }));
        }
    }

    /// Resuming, and going on for longer than was planned: up to how many steps, once either is wanted.
    fn more(&mut self, ui: &mut egui::Ui, state: &AppState) -> Option<Option<u64>> {
        let run = &state.run;
        let card = run.card.as_ref()?;
        let mut further = None;
        let word = card.concept.word.as_str();
        let waits = |job: &Job| job.kind == JobKind::Learn && !job.begun && job.label.contains(word);
        let free = !card.locked && !state.jobs.iter().any(waits);
        let busy = t!("learn-resume.disabled");
        if card.state != RunState::Finished {
            let button = if card.can_resume() { controls::main_button } else { controls::button };
            let resume =
                button(ui, free, icons::PLAY, t!("learn-resume")).on_hover_text(t!("learn-resume.tip"));
            if resume.on_disabled_hover_text(busy).clicked() {
                further = Some(None);
            }
        }
        let mut more = self.more.unwrap_or(MORE);
        if controls::able(ui, free, icons::PLUS, named!("learn-more"), busy) {
            let done = run.rows.last().map_or(card.step, |row| row.step.max(card.step));
            further = Some(Some(done + more));
        }
        let range = 10..=100_000_u64;
        let value = egui::DragValue::new(&mut more)
            .range(range)
            .speed(10.0)
            .prefix("+")
            .suffix(t!("learn-more-steps.suffix"));
        ui.add(value).on_hover_text(t!("learn-more-steps.tip")).accessible_name(t!("learn-more-steps.name"));
        self.more = Some(more);
        further
    }
}

/// The kept step nearest to the one that was picked, else to the best, else the newest.
fn step_of(run: &RunView, picked: Option<u64>) -> Option<u64> {
    let newest = *run.checkpoints.last()?;
    let wanted = picked.or(run.best.as_ref().map(|best| best.step)).unwrap_or(newest);
    run.checkpoints.iter().copied().min_by_key(|step| step.abs_diff(wanted))
}

/// Choosing a step and putting the word of it into the library; returns a step picked in the list.
fn use_step(
    ui: &mut egui::Ui,
    run: &RunView,
    folder: &Path,
    picked: Option<u64>,
    likeness: f64,
    actions: &mut Vec<Action>,
) -> Option<u64> {
    let steps = run.checkpoints.as_slice();
    let nearest = step_of(run, picked)?;
    let mut chosen = nearest;
    let list = egui::ComboBox::from_id_salt("step to use").selected_text(t!("learn-step", step = chosen));
    let list = list.show_ui(ui, |ui| {
        for &step in steps.iter().rev() {
            ui.selectable_value(&mut chosen, step, t!("learn-step", step = step));
        }
    });
    let tooltip = t!("learn-choose-step.tip");
    list.response.on_hover_text(tooltip).accessible_name(t!("learn-choose-step.name"));
    let resumes = run.card.as_ref().is_some_and(|card| card.can_resume());
    let button = if resumes { controls::button } else { controls::main_button };
    let take = button(ui, true, icons::CHECK, t!("learn-use"));
    let tooltip = t!("learn-use.tip", step = chosen);
    let wanted = || Task::AddWord { run: folder.to_owned(), step: Some(chosen), likeness };
    controls::reports(take, tooltip, actions, wanted);
    (chosen != nearest).then_some(chosen)
}

fn title(ui: &mut egui::Ui, run: &RunView) {
    let name = run.word().unwrap_or(t!("learn-new-word"));
    let word = |ui: &mut egui::Ui| ui.add(egui::Label::new(egui::RichText::new(name).heading()).truncate());
    let concept = run.card.as_ref().map(|card| &card.concept);
    let start = match (concept, &run.info) {
        (Some(concept), _) => concept.initial_word.clone(),
        (None, Some(info)) => info.initial_tokens.join(" "),
        (None, None) => {
            word(ui);
            return;
        }
    };
    let text = match concept.map(|concept| concept.kind) {
        Some(ConceptKind::Object) => t!("learn-starts-thing", start = start),
        Some(ConceptKind::Style) => t!("learn-starts-style", start = start),
        None => t!("learn-starts", start = start),
    };
    let text = egui::RichText::new(text).color(theme::tokens(ui).quiet);
    ui.horizontal(|ui| {
        word(ui);
        ui.add(egui::Label::new(text).truncate());
    });
}

/// How a run stands that nobody is learning in this window.
fn standing(ui: &mut egui::Ui, run: &RunView) {
    let Some(card) = &run.card else { return };
    let tokens = theme::tokens(ui);
    let text = t!("learn-standing", step = card.step, steps = card.steps, standing = words::standing(card));
    ui.label(egui::RichText::new(text).color(tokens.quiet));
    if let Some(message) = &card.message {
        let text = egui::RichText::new(format!("{} {}", icons::WARNING, said(message))).color(tokens.warning);
        ui.add(egui::Label::new(text).wrap());
    }
}

/// The bar; gives what is being done, in words.
fn progress(ui: &mut egui::Ui, run: &RunView, job: Option<&Job>) -> String {
    let tokens = theme::tokens(ui);
    let planned = run.info.as_ref().map(|info| (info.step, info.steps));
    let (done, of) = job.and_then(|job| job.progress).or(planned).unwrap_or((0, 0));
    let part = if of > 0 { done as f32 / of as f32 } else { 0.0 };
    ui.add(egui::ProgressBar::new(part).desired_height(theme::NEAR).fill(tokens.accent));
    let doing = match job {
        Some(job) if job.paused => t!("learn-progress-held").to_owned(),
        Some(job) if !job.doing.is_empty() => t!("learn-progress-doing", doing = said(&job.doing)),
        _ => String::new(),
    };
    let left = figures::seconds_each(&run.rows).map_or_else(String::new, |seconds| {
        let left = floors::duration(seconds * of.saturating_sub(done) as f64);
        t!("learn-progress-left", left = left)
    });
    t!("learn-progress", done = done, of = of, doing = doing, left = left)
}

fn running(ui: &mut egui::Ui, job: Option<&Job>, text: &str, actions: &mut Vec<Action>) {
    let paused = job.is_some_and(|job| job.paused);
    let busy = job.is_some_and(|job| !paused && !job.is_at_its_steps());
    let doing = egui::RichText::new(text).color(theme::tokens(ui).quiet);
    let (icon, text) =
        if paused { (icons::PLAY, t!("learn-resume")) } else { (icons::PAUSE, t!("learn-pause")) };
    ui.horizontal_wrapped(|ui| {
        controls::on_press(controls::button(ui, true, icon, text), UiCommand::PauseResume, actions);
        let stop = controls::main_button(ui, true, UiCommand::Stop.icon(), UiCommand::Stop.text());
        controls::on_press(stop, UiCommand::Stop, actions);
        controls::command(ui, UiCommand::PreviewNow, actions);
        controls::command(ui, UiCommand::TryWord, actions);
        // Always there, so that nothing moves when a preview begins or ends.
        if controls::able(ui, busy, UiCommand::Skip.icon(), named!("learn-skip"), t!("learn-skip.disabled")) {
            actions.push(Action::Command(UiCommand::Skip));
        }
    });
    // On a line of its own: behind the buttons it would go to the next line whenever it says more.
    ui.add(egui::Label::new(doing).truncate());
}
