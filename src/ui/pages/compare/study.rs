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
            ui.label(controls::title("What do people say?"));
            ui.scope(|ui| {
                ui.set_max_width(460.0);
                ui.label(
                    "Pictures of several methods are put into an order by people who do not know which is which: by \
                     likeness to the thing, or by how well they show what was asked for.",
                );
            });
            ui.add_space(theme::NEAR);
            steps(
                ui,
                &[
                    "Open a comparison in Methods, and make questions of its pictures.",
                    "Answer them, and give a copy to others, who open it here.",
                    "Add the answers they send back, and look at the results.",
                ],
            );
            ui.add_space(theme::GAP);
            let open = controls::main_button(ui, true, icons::FOLDER, "Open questions…");
            if open.on_hover_text("Choose the folder of a set of questions").clicked() {
                choose(actions, Question::Study);
            }
            let comparison = state.comparing.comparison.as_ref().map(|open| open.folder.clone());
            let lacks = "Open a comparison in Methods first: its pictures are asked about";
            let make = controls::button(ui, comparison.is_some(), icons::PLUS, "Make questions");
            let make = make.on_hover_text("Make questions from the pictures of the comparison that is open in Methods");
            if make.on_disabled_hover_text(lacks).clicked()
                && let Some(comparison) = comparison
            {
                let settings = StudySettings { questions: self.questions, ..StudySettings::default() };
                ask(actions, CompareTask::NewStudy { comparison, settings });
            }
            let field = DragValue::new(&mut self.questions).range(2..=MOST).suffix(" questions");
            let field = ui.add(field).accessible_name("Questions to make");
            field.on_hover_text("How many questions to make: half by likeness, half by the match to a text");
        });
    }

    /// Questions are open, and nobody answers.
    fn overview(&mut self, ui: &mut Ui, study: &OpenStudy, actions: &mut Vec<Action>) {
        let count = study.set.questions.len();
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let close = controls::button(ui, true, icons::CLOSE, "Close the questions");
                if close.on_hover_text("Put them aside; everything is kept").clicked() {
                    actions.push(Action::Compare(CompareAction::CloseStudy));
                }
                let show = controls::button(ui, true, icons::FOLDER, "Show folder");
                if show.on_hover_text("Open their folder; your answers lie there, to be sent back").clicked()
                {
                    actions.push(Action::System(System::Reveal(study.folder.clone())));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(controls::title(file_name(&study.folder))).truncate());
                    controls::note(ui, &format!("{count} questions"));
                });
            });
        });
        ui.add_space(theme::NEAR);
        controls::wide_card(ui, |ui| {
            ui.label(controls::title("Answer"));
            ui.horizontal(|ui| {
                let label = ui.label("Your name");
                let field =
                    TextEdit::singleline(&mut self.person).hint_text("or initials").desired_width(180.0);
                let field = ui.add(field).labelled_by(label.id);
                field.on_hover_text("Your answers are kept under this name; the same name goes on with them");
                let begin = controls::main_button(ui, true, icons::PLAY, "Begin");
                if begin.on_hover_text("Answer the questions one by one; stop whenever you like").clicked() {
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
        ui.label(controls::title("Answers"));
        if study.people.answers.is_empty() {
            controls::note(ui, "Nobody has answered yet.");
        }
        for answers in &study.people.answers {
            let (done, of) = (answers.answered(&study.set), study.set.questions.len());
            ui.add(Label::new(format!("{}: {done} of {of}", answers.person)).truncate());
            // Whoever made the questions has the key to them.
            if study.report.is_none() {
                let file = study.folder.join(answers.path());
                controls::note(ui, &format!("Send this file back: {}", file.display()));
            }
        }
        for fault in &study.people.faults {
            controls::warning(ui, fault);
        }
        ui.horizontal_wrapped(|ui| {
            let give = controls::button(ui, true, icons::EXPORT, "Give the questions away…");
            let hint = "Copy the questions and pictures into a new folder, without what tells the methods";
            if give.on_hover_text(hint).clicked() {
                choose(actions, Question::ShareStudy(study.folder.clone()));
            }
            let add = controls::button(ui, true, icons::DOWNLOAD, "Add answers…");
            if add.on_hover_text("Bring in the answers of others, from the files they sent back").clicked() {
                choose(actions, Question::StudyAnswers(study.folder.clone()));
            }
            let text = if self.results { "Hide the results" } else { "Show the results" };
            let show = controls::button(ui, study.report.is_some(), icons::CHART, text);
            let show =
                show.on_hover_text("How the methods were ranked; look when you have answered yourself");
            let lacks = "These questions came without what tells the methods: send your answers back";
            if show.on_disabled_hover_text(lacks).clicked() {
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
        controls::note(ui, "No question is answered yet.");
    }
    for part in &report.parts {
        controls::wide_card(ui, |ui| table(ui, part));
        ui.add_space(theme::NEAR);
    }
}

fn table(ui: &mut Ui, part: &PartReport) {
    let (title, unit) = match part.kind {
        StudyKind::Likeness => ("Likeness to the pictures", "likeness"),
        StudyKind::Obedience => ("Match to the text", "obedience"),
    };
    ui.label(controls::title(title));
    controls::note(
        ui,
        &format!("{} answers; in brackets what 95 in 100 such studies would find", part.rankings),
    );
    let spacing = egui::vec2(theme::FAR, 2.0);
    egui::Grid::new(("study-results", title)).num_columns(3).spacing(spacing).striped(true).show(ui, |ui| {
        for (name, hint) in [
            ("Method", "The best first"),
            ("Mean place", "1 is the best"),
            ("Strength", "Of two methods, how often each is preferred, in parts of one (Bradley and Terry)"),
        ] {
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
        let said = format!("Agreement with CLIP's {unit}: {}", figure(agreement));
        ui.label(said)
            .on_hover_text("1: CLIP puts them into the same order; 0: into any; -1: into the opposite one");
    }
}

fn figure(score: &Score) -> String {
    format!("{:.2} ({:.2} to {:.2})", score.mean, score.low, score.high)
}
