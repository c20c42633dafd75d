//! What a word means to the model: the words it is near, the mix of words it is, what it draws beside them and on the way
//! to another word, where in a picture it is looked for, and what ordinary words could stand for it. A text that means
//! nothing to people can be looked at in the same way.
//!
//! None of it is proof, so the pictures lie beside the figures.

use egui::{Label, ScrollArea, Sense, Ui, vec2};

use super::bias::{open_report, show_folder};
use super::look;
use crate::action::Action;
use crate::comparing::{CompareAction, MeaningWish};
use crate::pages::advanced::rows::line;
use crate::state::{AppState, JobKind};
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::large_picture::LargePicture;
use crate::widgets::tile::Tile;
use crate::{icons, theme};
use disk::message::OpenReport;
use project::meaning::{Explanation, Gibberish, HardPrompt, Heat, VectorMeaning, WordMeaning, listed};
use project::study::inside;

#[derive(Default)]
pub struct MeaningTab {
    wish: MeaningWish,
    large: LargePicture,
}

impl MeaningTab {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        look::column(ui, "compare-meaning", |ui| self.column(ui, state, &mut shared.actions));
        let margin = egui::Frame::NONE.inner_margin(theme::MARGIN);
        egui::CentralPanel::no_frame().frame(margin).show(ui, |ui| {
            let is = |kind: &JobKind| matches!(kind, JobKind::Explain(_));
            look::jobs(ui, state, "meaning-jobs", is, &mut shared.actions);
            match &state.comparing.meaning {
                Some(open) => self.report(ui, state, shared, open),
                None => _ = controls::note(
                    ui,
                    "What your word means to the model appears here: the words it is near, what it draws beside them, \
                     and where in a picture it is looked for.",
                ),
            }
        });
    }

    fn column(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        let wish = &mut self.wish;
        look::word(ui, state, ("Word", "The learned word to look into"), &mut wish.word, None);
        let tip = "Another learned word: pictures are drawn on the way from the first to it";
        look::word(ui, state, ("On the way to", tip), &mut wish.towards, Some("no other"));
        line(ui, "Sentence", "The sentence they are drawn in; {} stands for each", &mut wish.prompt);
        let tip = "Type any letters, such as mugrobo: what does the model draw for a text that means nothing to people?";
        line(ui, "A text without meaning", tip, &mut wish.gibberish);
        look::settings(ui, &mut wish.settings);
        if state.clip().is_none() {
            let lacks = "Without a CLIP nothing is scored and no words are sought; download one in Models.";
            controls::note(ui, lacks);
        }
        ui.add_space(theme::NEAR);
        let nothing = wish.word.is_none() && wish.gibberish.trim().is_empty();
        let lacks = || {
            nothing.then(|| {
                "There is no word to look into yet: learn one, or type a text without meaning.".into()
            })
        };
        let obstacle = look::obstacle(state, &wish.prompt).or_else(lacks);
        let hint = "Find the words it is near, draw it beside them, and see where it is looked for";
        if look::press(ui, icons::SPARKLE, "Find out", hint, obstacle) {
            self.large.shown = None;
            actions.push(Action::Compare(CompareAction::Explain(Box::new(wish.clone()))));
        }
        open_report(ui, &state.comparing.reports[1], actions);
    }

    fn report(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, open: &OpenReport<Explanation>) {
        self.large.keep_below(&open.folder);
        if self.large.ui(ui, state, shared, "Back to the report") {
            return;
        }
        ui.horizontal(|ui| {
            let word = open.report.word.as_ref().map(|word| word.word.as_str());
            ui.label(controls::title(format!("What {} means", word.unwrap_or("the text"))));
            show_folder(ui, open, &mut shared.actions);
        });
        ScrollArea::vertical().id_salt("meaning-report").auto_shrink([false, false]).show(ui, |ui| {
            if let Some(word) = &open.report.word {
                self.word(ui, state, shared, open, word);
            }
            if let Some(found) = &open.report.gibberish {
                controls::wide_card(ui, |ui| {
                    ui.label(controls::title("A text without meaning"));
                    seen(ui, found);
                    look::sheet(ui, (state, shared), &open.folder, &found.sheet, &mut self.large);
                });
            }
        });
    }

    fn word(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        shared: &mut Shared,
        open: &OpenReport<Explanation>,
        word: &WordMeaning,
    ) {
        controls::wide_card(ui, |ui| {
            ui.label(controls::title("Nearest words"));
            word.vectors.iter().for_each(|vector| near(ui, vector, &word.vectors));
        });
        controls::wide_card(ui, |ui| {
            let tip = "From the same seeds: the word alone, in its sentence, and its nearest words there";
            ui.label(controls::title("Beside its neighbours")).on_hover_text(tip);
            look::sheet(ui, (state, shared), &open.folder, &word.renderings, &mut self.large);
        });
        if let Some(between) = &word.between {
            controls::wide_card(ui, |ui| {
                let tip = "From the one word to the other in even steps: what changes first, and what stays longest?";
                ui.label(controls::title("On the way to another word")).on_hover_text(tip);
                look::sheet(ui, (state, shared), &open.folder, between, &mut self.large);
            });
        }
        controls::wide_card(ui, |ui| {
            let tip = "Where the model looked for each word of the sentence while it drew; bright is much";
            ui.label(controls::title("Where each word is looked for")).on_hover_text(tip);
            self.heat(ui, state, shared, open, &word.heat);
        });
        controls::wide_card(ui, |ui| {
            ui.label(controls::title("In ordinary words"));
            stand_in(ui, &word.hard_prompt);
        });
    }

    /// The picture, and where each word of its sentence was looked for in it.
    fn heat(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        shared: &mut Shared,
        open: &OpenReport<Explanation>,
        heat: &Heat,
    ) {
        let own = ("the picture".to_owned(), &heat.picture);
        let words = heat
            .words
            .iter()
            .map(|of| (format!("{}, at most {:.2}, mean {:.2}", of.word, of.largest, of.mean), &of.file));
        let area = ScrollArea::horizontal().id_salt("heat").auto_shrink([false, true]);
        area.show(ui, |ui| {
            ui.horizontal(|ui| {
                for (name, file) in std::iter::once(own).chain(words) {
                    let Some(path) = inside(&open.folder, file) else { continue };
                    ui.vertical(|ui| {
                        let side = theme::CARD;
                        let tile =
                            Tile { picture: Some(&path), name: &name, mark: None, chosen: false, side };
                        let tile = tile.ui(ui, state, shared, Sense::click());
                        if tile.on_hover_text(format!("{name}\nClick to see it large")).clicked() {
                            self.large.shown = Some(path);
                        }
                        let text = name.split(", ").next().unwrap_or_default();
                        let text = Label::new(controls::quiet(ui, text)).truncate();
                        ui.add_sized(vec2(side, ui.spacing().interact_size.y), text);
                    });
                }
            });
        });
    }
}

fn near(ui: &mut Ui, found: &VectorMeaning, all: &[VectorMeaning]) {
    let VectorMeaning { vector, encoder, length, usual: [low, _, high], .. } = found;
    let encoders = all.iter().any(|other| other.encoder > 1);
    let encoder = if encoders { format!(" in text encoder {encoder}") } else { String::new() };
    let tip = "A vector much longer than usual ones drowns the rest of its sentence";
    controls::note(ui, &format!("Vector {vector}{encoder}: length {length:.3}, usual {low:.3} to {high:.3}"))
        .on_hover_text(tip);
    ui.add(Label::new(listed(&found.nearest)).wrap()).on_hover_text(
        "How near each is to your word: 1 is the same, 0 has nothing in common with it (cosines)",
    );
    let tip = "The sum of ordinary words that comes closest to it, and how much of it that explains";
    ui.add(Label::new(format!("{} {}", icons::SHAPES, found.mixed())).wrap()).on_hover_text(tip);
}

fn stand_in(ui: &mut Ui, found: &HardPrompt) {
    let how = if found.searched { "sought by CLIP among the nearest" } else { "the nearest" };
    ui.add(
        Label::new(format!("“{}”, {how}; mean cosine {:.2} to its vectors", found.text, found.cosine)).wrap(),
    );
    if let (Some(what), Some(own), Some(word)) = (&found.compared_with, &found.likeness, &found.word_likeness)
    {
        let tip = "By CLIP, mean and 95 % interval: by how much the stand-in is poorer than the word";
        controls::note(ui, &format!("Likeness to {what}: {own}; of the word {word}")).on_hover_text(tip);
    }
}

fn seen(ui: &mut Ui, found: &Gibberish) {
    ui.add(
        Label::new(match found.words.is_empty() {
            true => format!("“{}”", found.prompt),
            false => format!("“{}” looks to CLIP like {}", found.prompt, listed(&found.words)),
        })
        .wrap(),
    );
}
