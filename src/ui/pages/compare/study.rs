//! The study: sets of questions opened, made, given away and brought together, and what the answers say.
//!
//! What stands in the results is not shown before it is asked for, so that who answers is not led by it.

use egui::{Align, DragValue, Label, Layout, RichText, ScrollArea, TextEdit, Ui};

use super::board::board;
use crate::action::{Action, System};
use crate::comparing::CompareAction;
use crate::dialog::Question;
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::file_name;
use crate::{icons, theme};
use disk::message::{CompareTask, OpenStudy, Task};
use project::evaluation::Score;
use project::study::{PartReport, StudyKind, StudyReport, StudySettings};

/// Most questions that are made here.
const MOST: usize = 200;

pub struct StudyTab {
    /// How many questions to make.
    questions: usize,
    /// Who answers.
    person: String,
    /// Whether the results are shown.
    results: bool,
}

impl Default for StudyTab {
    fn default() -> Self {
        Self { questions: 10, person: String::new(), results: false }
    }
}

fn ask(actions: &mut Vec<Action>, task: CompareTask) {
    actions.push(Action::Disk(Task::Compare(task)));
}

fn choose(actions: &mut Vec<Action>, question: Question) {
    actions.push(Action::System(System::Ask(question)));
}

impl StudyTab {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        ScrollArea::vertical().id_salt("study").auto_shrink([false, false]).show(ui, |ui| {
            match (&state.comparing.study, &state.comparing.answering) {
                (Some(study), Some(answering)) => board(ui, state, shared, study, answering),
                (Some(study), None) => self.overview(ui, study, &mut shared.actions),
                (None, _) => self.start(ui, state, &mut shared.actions),
            }
        });
    }

    /// No questions are open.
    fn start(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        (self.results, self.person) = (false, String::new());
        let colour = theme::tokens(ui).faint;
        ui.vertical_centered(|ui| {
            ui.add_space((ui.available_height() * 0.2).max(theme::FAR));
            ui.label(RichText::new(icons::EYE).size(48.0).color(colour));
            ui.label(controls::title(t!("study-title")));
            ui.scope(|ui| {
                ui.set_max_width(460.0);
                ui.label(t!("study-what"));
            });
            ui.add_space(theme::NEAR);
            steps(ui, &[t!("study-step-make"), t!("study-step-answer"), t!("study-step-add")]);
            ui.add_space(theme::GAP);
            let open = controls::main_button(ui, true, icons::FOLDER, t!("study-open"));
            if open.on_hover_text(t!("study-open.tip")).clicked() {
                choose(actions, Question::Study);
            }
            let comparison = state.comparing.comparison.as_ref().map(|open| open.folder.clone());
            let lacks = t!("study-make.disabled");
            let make = controls::button(ui, comparison.is_some(), icons::PLUS, t!("study-make"));
            let make = make.on_hover_text(t!("study-make.tip"));
            if make.on_disabled_hover_text(lacks).clicked()
                && let Some(comparison) = comparison
            {
                let settings = StudySettings { questions: self.questions, ..StudySettings::default() };
                ask(actions, CompareTask::NewStudy { comparison, settings });
            }
            let field = DragValue::new(&mut self.questions).range(2..=MOST).suffix(t!("study-count.suffix"));
            let field = ui.add(field).accessible_name(t!("study-count.name"));
            field.on_hover_text(t!("study-count.tip"));
        });
    }

    /// Questions are open, and nobody answers.
    fn overview(&mut self, ui: &mut Ui, study: &OpenStudy, actions: &mut Vec<Action>) {
        let count = study.set.questions.len();
        controls::from_right(ui, |ui| {
            let wanted = || CompareAction::CloseStudy;
            controls::offer(ui, icons::CLOSE, named!("study-close"), actions, wanted);
            if controls::pressed(ui, icons::FOLDER, (t!("compare-show-folder"), t!("study-show-folder.tip")))
            {
                actions.push(Action::System(System::Reveal(study.folder.clone())));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(controls::title(file_name(&study.folder))).truncate());
                controls::note(ui, &t!("study-questions", count = count));
            });
        });
        ui.add_space(theme::NEAR);
        controls::wide_card(ui, |ui| {
            ui.label(controls::title(t!("study-answer")));
            ui.horizontal(|ui| {
                let field = TextEdit::singleline(&mut self.person)
                    .hint_text(t!("study-person.hint"))
                    .desired_width(180.0);
                controls::field(ui, named!("study-person"), field);
                let begin = controls::main_button(ui, true, icons::PLAY, t!("study-begin"));
                if begin.on_hover_text(t!("study-begin.tip")).clicked() {
                    let (study, person) = (study.folder.clone(), self.person.clone());
                    ask(actions, CompareTask::Begin { study, person });
                }
            });
        });
        ui.add_space(theme::NEAR);
        controls::wide_card(ui, |ui| self.people(ui, study, actions));
        if let Some(report) = study.report.as_ref().filter(|_| self.results) {
            ui.add_space(theme::NEAR);
            results(ui, report);
        }
    }

    /// Who has answered, and what is done with it.
    fn people(&mut self, ui: &mut Ui, study: &OpenStudy, actions: &mut Vec<Action>) {
        ui.label(controls::title(t!("study-answers")));
        if study.people.answers.is_empty() {
            controls::note(ui, t!("study-nobody"));
        }
        for answers in &study.people.answers {
            let (done, of) = (answers.answered(&study.set), study.set.questions.len());
            ui.add(Label::new(t!("study-done", person = answers.person, done = done, of = of)).truncate());
            // Whoever made the questions has the key to them.
            if study.report.is_none() {
                let file = study.folder.join(answers.path());
                controls::note(ui, &t!("study-send-back", file = file.display()));
            }
        }
        for fault in &study.people.faults {
            controls::warning(ui, fault);
        }
        ui.horizontal_wrapped(|ui| {
            if controls::pressed(ui, icons::EXPORT, named!("study-give")) {
                choose(actions, Question::ShareStudy(study.folder.clone()));
            }
            if controls::pressed(ui, icons::DOWNLOAD, named!("study-add")) {
                choose(actions, Question::StudyAnswers(study.folder.clone()));
            }
            let text = if self.results { t!("study-results-hide") } else { t!("study-results-show") };
            let named = (text, t!("study-results.tip"));
            if controls::able(ui, study.report.is_some(), icons::CHART, named, t!("study-results.disabled")) {
                self.results = !self.results;
            }
        });
    }
}

/// What to do, in order.
pub(super) fn steps(ui: &mut Ui, steps: &[&str]) {
    for (number, step) in (1..).zip(steps) {
        controls::note(ui, &format!("{number}. {step}"));
    }
}

fn results(ui: &mut Ui, report: &StudyReport) {
    if report.parts.is_empty() {
        controls::note(ui, t!("study-no-answers"));
    }
    for part in &report.parts {
        controls::wide_card(ui, |ui| table(ui, part));
        ui.add_space(theme::NEAR);
    }
}

fn table(ui: &mut Ui, part: &PartReport) {
    let title = match part.kind {
        StudyKind::Likeness => t!("study-likeness"),
        StudyKind::Obedience => t!("study-obedience"),
    };
    ui.label(controls::title(title));
    controls::note(ui, &t!("study-rankings", count = part.rankings));
    let spacing = egui::vec2(theme::FAR, 2.0);
    egui::Grid::new(("study-results", title)).num_columns(3).spacing(spacing).striped(true).show(ui, |ui| {
        for (name, hint) in [named!("study-method"), named!("study-rank"), named!("study-strength")] {
            let name = controls::quiet(ui, name);
            ui.label(name).on_hover_text(hint);
        }
        ui.end_row();
        for method in &part.methods {
            ui.label(&method.method);
            ui.label(figure(&method.mean_rank));
            ui.label(figure(&method.strength));
            ui.end_row();
        }
    });
    if let Some(agreement) = &part.agreement {
        let agreement = figure(agreement);
        let said = match part.kind {
            StudyKind::Likeness => t!("study-agreement-likeness", figure = agreement),
            StudyKind::Obedience => t!("study-agreement-obedience", figure = agreement),
        };
        ui.label(said).on_hover_text(t!("study-agreement.tip"));
    }
}

fn figure(score: &Score) -> String {
    super::figure([score.mean, score.low, score.high], 2)
}
