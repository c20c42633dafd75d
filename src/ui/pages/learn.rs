//! The Learn page: a run while it learns, or as it was left: curve, pictures along the way, numbers, a judgement.
//!
//! It shows what the state knows and reports what the person wants. Chosen steps are only about looking; nothing
//! of a run changes here.

mod figures;
mod run_header;
mod runs;
mod words;

use egui::{Frame, Label, RichText, Ui};
use std::path::{Path, PathBuf};

use crate::action::{Action, System};
use crate::commands::UiCommand;
use crate::convergence::{Convergence, Trend, assess};
use crate::dialog::Question;
use crate::icons;
use crate::state::{AppState, JobKind, RunView};
use crate::texture::Shared;
use crate::theme;
use crate::widgets::compare_slider::{CompareSlider, Side};
use crate::widgets::controls::{self, button, wide_card};
use crate::widgets::filmstrip::{Filmstrip, Pair};
use crate::widgets::loss_plot::LossPlot;
use disk::message::{Collection, PreviewPicture, Task};
use run_header::RunHeader;
use runs::RunList;

const LIST: f32 = 240.0;
/// From this width on the comparison and the numbers are beside the pictures and the curve, not below them.
const WIDE: f32 = 760.0;
/// Smallest and largest height of the curve, and the part of the page's height it takes.
const CURVE: [f32; 2] = [150.0, 300.0];
const CURVE_PART: f32 = 0.28;
/// The largest side of the two pictures that are compared.
const COMPARE: f32 = 320.0;

#[derive(Default)]
pub struct LearnPage {
    list: RunList,
    header: RunHeader,
    plot: LossPlot,
    film: Filmstrip,
    slider: CompareSlider,
    /// The step chosen last, in the strip, the curve or the list.
    picked: Option<u64>,
    /// The previews that were asked for in full size and are not there yet, left and right.
    asked: [Option<PathBuf>; 2],
    /// The run that all this is about.
    folder: Option<PathBuf>,
    assessed: Option<Assessed>,
}

/// How it stands, and how many rows up to which step it is about.
struct Assessed {
    rows: usize,
    last: Option<u64>,
    /// A text of the language it was said in.
    language: &'static str,
    convergence: Option<Convergence>,
}

impl LearnPage {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        self.follow(&state.run);
        if !state.runs.is_empty() || state.damaged(Collection::Runs).next().is_some() {
            let frame = Frame::NONE.inner_margin(theme::MARGIN);
            let panel = egui::Panel::left("runs").resizable(false).exact_size(LIST).frame(frame);
            panel.show(ui, |ui| self.list.ui(ui, state, shared));
        }
        let frame = Frame::NONE.inner_margin(theme::PAGE_MARGIN);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| match state.run.folder() {
            Some(folder) => {
                let area = egui::ScrollArea::vertical().id_salt("run").auto_shrink([false, false]);
                area.show(ui, |ui| self.run(ui, folder, state, shared));
            }
            None => empty(ui, state, &mut shared.actions),
        });
    }

    /// Begins anew when another run is shown.
    fn follow(&mut self, run: &RunView) {
        if self.folder.as_deref() == run.folder() {
            return;
        }
        self.folder = run.folder().map(Path::to_owned);
        self.film.forget();
        self.header = RunHeader::default();
        self.picked = None;
        self.assessed = None;
    }

    fn run(&mut self, ui: &mut Ui, folder: &Path, state: &AppState, shared: &mut Shared) {
        let run = &state.run;
        if let Some(step) = self.header.ui(ui, state, folder, self.picked, &mut shared.actions) {
            self.pick(run, step);
        }
        self.convergence(ui, run, measured_since(state, folder));
        ui.add_space(theme::NEAR);
        // What the word looks like says more than any number.
        let pair = self.film.pair(&run.previews);
        let wide = ui.available_width() >= WIDE;
        let gap = ui.spacing().item_spacing.x;
        if !wide {
            wide_card(ui, |ui| self.pictures(ui, state, shared));
            if let Some(pair) = pair {
                wide_card(ui, |ui| self.compare(ui, state, folder, pair, shared));
            }
            wide_card(ui, |ui| self.curve(ui, run, folder, &mut shared.actions));
            wide_card(ui, |ui| figures::ui(ui, run, &mut shared.actions));
            return;
        }
        ui.horizontal_top(|ui| {
            let width = ui.available_width() - COMPARE - gap;
            ui.vertical(|ui| {
                ui.set_width(width);
                wide_card(ui, |ui| self.pictures(ui, state, shared));
                wide_card(ui, |ui| self.curve(ui, run, folder, &mut shared.actions));
            });
            ui.vertical(|ui| {
                ui.set_width(COMPARE);
                if let Some(pair) = pair {
                    wide_card(ui, |ui| self.compare(ui, state, folder, pair, shared));
                }
                wide_card(ui, |ui| figures::ui(ui, run, &mut shared.actions));
            });
        });
    }

    /// Makes a step the chosen one, and its preview the left picture.
    fn pick(&mut self, run: &RunView, step: u64) {
        self.film.choose(&run.previews, step);
        self.picked = Some(step);
    }

    fn convergence(&mut self, ui: &mut Ui, run: &RunView, since: u64) {
        let judged = &run.rows[run.rows.partition_point(|row| row.step <= since)..];
        let (rows, last) = (judged.len(), judged.last().map(|row| row.step));
        let language = t!("learn-judged.tip");
        let of = |known: &Assessed| (known.rows, known.last, known.language);
        if self.assessed.as_ref().map(of) != Some((rows, last, language)) {
            let convergence = assess(judged, run.steps().unwrap_or_default(), run.best.as_ref());
            self.assessed = Some(Assessed { rows, last, language, convergence });
        }
        let Some(found) = self.assessed.as_ref().and_then(|known| known.convergence.as_ref()) else { return };
        let tokens = theme::tokens(ui);
        let (icon, colour) = match found.trend {
            Trend::Young => (icons::CLOCK, tokens.quiet),
            Trend::Falling => (icons::CHART, tokens.accent),
            Trend::Settled => (icons::CHECK, tokens.good),
            Trend::Unmoved | Trend::Rising => (icons::WARNING, tokens.warning),
            Trend::Unclear => (icons::INFO, tokens.quiet),
        };
        let text = found.text.clone();
        let better = found.better;
        let mut chosen = None;
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(icon).color(colour));
            let tooltip = t!("learn-judged.tip");
            ui.label(text).on_hover_text(tooltip);
            if let Some(step) = better
                && controls::pressed(ui, icons::EYE, (&t!("learn-look", step = step), t!("learn-look.tip")))
            {
                chosen = Some(step);
            }
        });
        if let Some(step) = chosen {
            self.pick(run, step);
        }
    }

    fn curve(&mut self, ui: &mut Ui, run: &RunView, folder: &Path, actions: &mut Vec<Action>) {
        ui.horizontal_wrapped(|ui| {
            ui.label(controls::title(t!("learn-curve")));
            controls::tick(ui, &mut self.plot.log, named!("learn-log"));
            let some = !run.rows.is_empty();
            let table = button(ui, some, icons::EXPORT, t!("learn-export"));
            let wanted = || System::Ask(Question::Curve(folder.to_owned()));
            controls::reports(table, t!("learn-export.tip"), actions, wanted);
            let picture = button(ui, some, icons::IMAGE, t!("learn-curve-picture"));
            let wanted = || System::Ask(Question::CurvePicture);
            controls::reports(picture, t!("learn-curve-picture.tip"), actions, wanted);
        });
        if run.rows.is_empty() {
            controls::note(ui, t!("learn-curve-soon"));
            return;
        }
        let chosen = self.picked.or(self.film.pair(&run.previews).map(|pair| pair.b));
        let height = (ui.ctx().content_rect().height() * CURVE_PART).clamp(CURVE[0], CURVE[1]);
        if let Some(step) = self.plot.ui(ui, folder, &run.rows, chosen, height) {
            self.pick(run, step);
        }
        let text = t!("learn-curve-what");
        controls::note(ui, text);
    }

    fn pictures(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        let run = &state.run;
        let text = t!("learn-pictures-what");
        ui.label(controls::title(t!("learn-pictures"))).on_hover_text(text);
        if run.previews.is_empty() && run.latent_preview.is_none() {
            let text = match run.job {
                Some(_) => t!("learn-pictures-soon"),
                None => t!("learn-pictures-none"),
            };
            controls::note(ui, text);
            return;
        }
        // Said until there is something to compare; then the page belongs to the curve.
        if self.film.pair(&run.previews).is_none_or(|pair| pair.a == pair.b) {
            controls::note(ui, text);
        }
        let latent_preview = run.latent_preview.as_ref();
        if let Some(step) = self.film.ui(ui, &run.previews, latent_preview, &state.thumbnails, shared) {
            self.picked = Some(step);
        }
    }

    fn compare(&mut self, ui: &mut Ui, state: &AppState, folder: &Path, pair: Pair, shared: &mut Shared) {
        let run = &state.run;
        ui.label(controls::title(t!("learn-compare")));
        let find = |step: u64| {
            let of_step = |index: usize| {
                run.previews.iter().find(|preview| (preview.step, preview.index) == (step, index))
            };
            // The newest step may not have a picture of every prompt yet.
            of_step(pair.prompt).or_else(|| of_step(0))
        };
        let (Some(left), Some(right)) = (find(pair.a), find(pair.b)) else { return };
        let names = [t!("learn-step", step = pair.a), t!("learn-step", step = pair.b)];
        for (asked, preview) in self.asked.iter_mut().zip([left, right]) {
            if missing(asked, &preview.path, state.full(&preview.path).is_some()) {
                shared.actions.push(Action::Disk(Task::OpenPreview(preview.path.clone())));
            }
        }
        let kept = run.checkpoints.as_slice();
        let side = ui.available_width().min(COMPARE);
        let tokens = theme::tokens(ui);
        let places = [("A", pair.a, tokens.accent), ("B", pair.b, tokens.held_out)];
        for (letter, step, colour) in places.into_iter().take(if pair.a == pair.b { 1 } else { 2 }) {
            ui.horizontal(|ui| {
                ui.label(RichText::new(letter).strong().color(colour));
                ui.label(t!("learn-step", step = step));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let name = t!("learn-take", step = step);
                    let take = button(ui, kept.contains(&step), icons::CHECK, &name);
                    let take = take
                        .on_hover_text(t!("learn-take.tip"))
                        .on_disabled_hover_text(t!("learn-take.disabled"));
                    if take.clicked() {
                        shared.actions.push(Action::Disk(Task::AddWord {
                            run: folder.to_owned(),
                            step: Some(step),
                            likeness: 1.0,
                        }));
                    }
                });
            });
        }
        let [a, b] = &names;
        // The small copies until the large ones are there.
        let mut picture = |of: &PreviewPicture| {
            let copy = shared.thumbnail(&state.thumbnails, &of.path);
            state.full(&of.path).or(copy)
        };
        if let (Some(left), Some(right)) = (picture(left), picture(right)) {
            let (left, right) = (Side { picture: left, name: a }, Side { picture: right, name: b });
            self.slider.ui(ui, shared, left, right, side);
        }
    }
}

/// Whether a picture is to be asked for: once until it is there, and again where it has left the window's memory since.
fn missing(asked: &mut Option<PathBuf>, path: &Path, there: bool) -> bool {
    asked.take_if(|_| there);
    let missing = !there && asked.as_deref() != Some(path);
    if missing {
        *asked = Some(path.to_owned());
    }
    missing
}

/// The step after which a run's losses can be compared with one another.
fn measured_since(state: &AppState, folder: &Path) -> u64 {
    let card = state.runs.iter().find(|card| card.folder == folder);
    card.map_or(0, |card| card.measured_since)
}

/// What the page shows while there is nothing to show.
fn empty(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.2).max(theme::FAR));
        ui.label(RichText::new(icons::CHART).size(2.0 * theme::FAR).color(tokens.quiet));
        let job = state.jobs.iter().find(|job| job.kind == JobKind::Learn);
        let coming = job.is_some() || state.preparing.is_some();
        ui.heading(match job {
            Some(job) if job.begun => t!("learn-empty-loading"),
            Some(_) => t!("learn-empty-waiting"),
            None if coming => t!("learn-empty-preparing"),
            None => t!("learn-empty"),
        });
        ui.add_space(theme::NEAR);
        ui.set_max_width(COMPARE);
        let text = t!("learn-empty-what");
        ui.add(Label::new(RichText::new(text).color(tokens.quiet)).wrap());
        if coming {
            return;
        }
        if !state.runs.is_empty() {
            let text = t!("learn-empty-earlier");
            ui.add(Label::new(RichText::new(text).color(tokens.quiet)).wrap());
        }
        ui.add_space(theme::GAP);
        let go = controls::main_button(ui, true, UiCommand::GoConcept.icon(), t!("learn-prepare"));
        controls::on_press(go, UiCommand::GoConcept, actions);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_asked_for_once_and_again_when_it_is_held_no_longer() {
        let (mut asked, path) = (None, Path::new("/run/previews/000010_0.png"));
        let mut look = |there: bool| missing(&mut asked, path, there);
        // Asked for, waited for, there, and gone for others that were looked at meanwhile.
        let asked_for = [false, false, true, true, false, false].map(&mut look);
        assert_eq!(asked_for, [true, false, false, false, true, false]);
        assert!(missing(&mut asked, Path::new("/run/previews/000020_0.png"), false), "another one");
    }
}
