//! The methods of a comparison: the plot, the same in numbers, and the pictures of the chosen mark.
//!
//! A comparison is begun here as well, and gone on with. While one runs somewhere its file is looked at every two seconds;
//! it reads nothing itself.

use egui::{Align, Label, Layout, RichText, ScrollArea, Sense, Ui};

use super::look;
use super::marks::{Figure, Mark, marks};
use super::plot::plot;
use super::start::StartForm;
use crate::action::{Action, System};
use crate::comparing::CompareAction;
use crate::dialog::Question;
use crate::language::floors::duration;
use crate::state::{AppState, JobKind};
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::file_name;
use crate::widgets::large_picture::LargePicture;
use crate::widgets::tile::Tile;
use crate::{icons, theme};
use disk::message::{CompareTask, OpenComparison, Task};
use project::comparison::{LeftOut, SET_SIZES};
use project::study::inside;

/// Seconds between two looks at a comparison that is not complete.
const LOOK: f64 = 2.0;
/// Side of the pictures of a mark.
const SIDE: f32 = 150.0;

#[derive(Default)]
pub struct MethodsTab {
    /// Method and concept.
    chosen: Option<(String, Option<String>)>,
    large: LargePicture,
    start: StartForm,
    /// When the file was looked at last.
    looked: f64,
}

impl MethodsTab {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        if self.start.open {
            return self.start.ui(ui, state, &mut shared.actions);
        }
        let is = |kind: &JobKind| matches!(kind, JobKind::Compare(_));
        look::jobs(ui, state, "methods-jobs", is, &mut shared.actions);
        let Some(open) = &state.comparing.comparison else {
            return nothing(ui, &mut self.start.open, &mut shared.actions);
        };
        self.watch(ui, open, &mut shared.actions);
        header(ui, state, open, &mut self.start.open, &mut shared.actions);
        self.large.keep_below(&open.folder);
        if self.large.ui(ui, state, shared, t!("methods-back")) {
            return;
        }
        self.by_size(ui, open);
        let marks = marks(&open.comparison);
        let is_chosen =
            |mark: &Mark| self.chosen.as_ref().is_some_and(|(m, c)| *m == mark.method && *c == mark.concept);
        let mut chosen = marks.iter().position(is_chosen);
        if let Some(mark) = chosen.map(|place| &marks[place]) {
            let panel = egui::Panel::right("methods-pictures").exact_size(2.0 * SIDE + 64.0).resizable(false);
            panel
                .show_separator_line(false)
                .frame(controls::card(ui))
                .show(ui, |ui| self.pictures(ui, state, shared, open, mark));
        }
        egui::CentralPanel::no_frame().show(ui, |ui| {
            let height = (ui.available_height() * 0.55).max(2.0 * theme::CARD);
            if let Some(clicked) = plot(ui, &marks, chosen, height) {
                chosen = Some(clicked);
            }
            ui.add_space(theme::NEAR);
            table(ui, &marks, &open.comparison.left_out, &mut chosen);
        });
        self.chosen = chosen.map(|place| (marks[place].method.clone(), marks[place].concept.clone()));
    }

    /// The way to the figure of scores by the number of pictures (figure 12 of the paper), where several were learned from.
    fn by_size(&mut self, ui: &mut Ui, open: &OpenComparison) {
        if !open.comparison.points.iter().any(|point| point.method.contains(" n=")) {
            return;
        }
        let hint = t!("methods-by-size.tip");
        if controls::button(ui, true, icons::CHART, t!("methods-by-size")).on_hover_text(hint).clicked() {
            self.large.shown = Some(open.folder.join(SET_SIZES).with_extension("png"));
        }
    }

    /// Looks now and then whether there is more of a comparison that is not complete.
    fn watch(&mut self, ui: &Ui, open: &OpenComparison, actions: &mut Vec<Action>) {
        if open.comparison.points.len() >= open.comparison.of {
            return;
        }
        let now = ui.input(|i| i.time);
        if now - self.looked >= LOOK {
            self.looked = now;
            let (folder, known) = (open.folder.clone(), Some(open.stamp));
            actions.push(Action::Disk(Task::Compare(CompareTask::Open { folder, known })));
        }
        ui.request_repaint_after(std::time::Duration::from_secs_f64(LOOK));
    }

    fn pictures(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        shared: &mut Shared,
        open: &OpenComparison,
        mark: &Mark,
    ) {
        ui.add(Label::new(controls::title(mark.name())).truncate());
        if mark.pictures.is_empty() {
            controls::note(ui, t!("methods-no-picture"));
        }
        ScrollArea::vertical().id_salt("methods-pictures").auto_shrink([false, false]).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                for path in mark.pictures.iter().filter_map(|picture| inside(&open.folder, picture)) {
                    let name = t!("methods-picture", file = file_name(&path));
                    let tile =
                        Tile { picture: Some(&path), name: &name, mark: None, chosen: false, side: SIDE };
                    let tile = tile.ui(ui, state, shared, Sense::click());
                    if tile.on_hover_text(t!("methods-picture.tip")).clicked() {
                        self.large.shown = Some(path);
                    }
                }
            });
        });
    }
}

fn nothing(ui: &mut Ui, starting: &mut bool, actions: &mut Vec<Action>) {
    let colour = theme::tokens(ui).faint;
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.2).max(theme::FAR));
        ui.label(RichText::new(icons::CHART).size(48.0).color(colour));
        ui.label(controls::title(t!("methods-none")));
        ui.scope(|ui| {
            ui.set_max_width(460.0);
            ui.label(t!("methods-none.what"));
        });
        ui.add_space(theme::GAP);
        let new = controls::main_button(ui, true, icons::PLUS, t!("methods-new"));
        *starting = new.on_hover_text(t!("methods-start.tip")).clicked();
        let wanted = || System::Ask(Question::Comparison);
        controls::offer(ui, icons::FOLDER, named!("methods-open"), actions, wanted);
    });
}

fn header(
    ui: &mut Ui,
    state: &AppState,
    open: &OpenComparison,
    starting: &mut bool,
    actions: &mut Vec<Action>,
) {
    let missing = open.comparison.points.len() < open.comparison.of;
    let runs = state.jobs.iter().any(|job| job.kind == JobKind::Compare(open.folder.clone()));
    controls::from_right(ui, |ui| {
        *starting = controls::button(ui, true, icons::PLUS, t!("methods-new-short"))
            .on_hover_text(t!("methods-start.tip"))
            .clicked();
        let wanted = || System::Ask(Question::Comparison);
        controls::offer(ui, icons::FOLDER, named!("methods-other"), actions, wanted);
        if controls::pressed(ui, icons::EYE, (t!("compare-show-folder"), t!("methods-show-folder.tip"))) {
            actions.push(Action::System(System::Reveal(open.folder.clone())));
        }
        if missing && !runs {
            let hint = t!("methods-go-on.tip");
            let go_on = controls::button(ui, state.engine_gone.is_none(), icons::PLAY, t!("methods-go-on"));
            if go_on.on_hover_text(hint).on_disabled_hover_text(t!("methods-go-on.disabled")).clicked() {
                actions.push(Action::Compare(CompareAction::GoOn));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(Label::new(controls::title(file_name(&open.folder))).truncate());
            let (points, of) = (open.comparison.points.len(), open.comparison.of);
            let said = if points < of {
                t!("methods-points-of", points = points, of = of)
            } else {
                t!("methods-points", points = points)
            };
            controls::note(ui, &said);
        });
    });
}

/// The marks in numbers; the first column chooses one. Below them stands what was left out, and why.
fn table(ui: &mut Ui, marks: &[Mark], left_out: &[LeftOut], chosen: &mut Option<usize>) {
    ScrollArea::both().id_salt("methods-table").auto_shrink([false, false]).show(ui, |ui| {
        let spacing = egui::vec2(theme::FAR, 2.0);
        egui::Grid::new("methods-table").num_columns(4).spacing(spacing).striped(true).show(ui, |ui| {
            for name in
                [t!("methods-method"), t!("compare-likeness"), t!("compare-obedience"), t!("methods-seconds")]
            {
                let name = controls::quiet(ui, name);
                ui.label(name);
            }
            ui.end_row();
            for (place, mark) in marks.iter().enumerate() {
                let mut name = RichText::new(mark.name());
                if mark.concept.is_none() {
                    name = name.strong();
                }
                let row = ui.selectable_label(*chosen == Some(place), name);
                let hint = match mark.concept {
                    Some(_) => t!("methods-mark.tip"),
                    None => t!("methods-mean.tip"),
                };
                if row.on_hover_text(hint).clicked() {
                    *chosen = Some(place);
                }
                ui.label(figure(mark.image));
                ui.label(figure(mark.text));
                ui.label(if mark.seconds > 0.0 { duration(mark.seconds) } else { "–".into() });
                ui.end_row();
            }
        });
        left_out.iter().for_each(|left_out| _ = controls::warning(ui, &left_out.to_string()));
    });
}

fn figure(figure: Option<Figure>) -> String {
    figure.map_or_else(|| "–".into(), |f| super::figure([f.mean, f.low, f.high], 3))
}
