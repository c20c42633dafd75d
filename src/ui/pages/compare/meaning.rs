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
                None => _ = controls::note(ui, t!("meaning-nothing")),
            }
        });
    }

    fn column(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        let wish = &mut self.wish;
        look::word(ui, state, named!("meaning-word"), &mut wish.word, None);
        look::word(ui, state, named!("meaning-towards"), &mut wish.towards, Some(t!("meaning-towards.none")));
        line(ui, named!("meaning-sentence"), &mut wish.prompt);
        line(ui, named!("meaning-gibberish"), &mut wish.gibberish);
        look::settings(ui, &mut wish.settings);
        if state.clip().is_none() {
            let lacks = t!("meaning-no-clip");
            controls::note(ui, lacks);
        }
        ui.add_space(theme::NEAR);
        let nothing = wish.word.is_none() && wish.gibberish.trim().is_empty();
        let lacks = || nothing.then(|| t!("meaning-no-word").into());
        let obstacle = look::obstacle(state, &wish.prompt).or_else(lacks);
        if look::press(ui, icons::SPARKLE, named!("meaning-find"), obstacle) {
            self.large.shown = None;
            actions.push(Action::Compare(CompareAction::Explain(Box::new(wish.clone()))));
        }
        open_report(ui, &state.comparing.reports[1], actions);
    }

    fn report(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, open: &OpenReport<Explanation>) {
        self.large.keep_below(&open.folder);
        if self.large.ui(ui, state, shared, t!("meaning-back")) {
            return;
        }
        ui.horizontal(|ui| {
            ui.label(controls::title(match &open.report.word {
                Some(word) => t!("meaning-of-word", word = word.word),
                None => t!("meaning-of-text").to_owned(),
            }));
            show_folder(ui, open, &mut shared.actions);
        });
        ScrollArea::vertical().id_salt("meaning-report").auto_shrink([false, false]).show(ui, |ui| {
            if let Some(word) = &open.report.word {
                self.word(ui, state, shared, open, word);
            }
            if let Some(found) = &open.report.gibberish {
                controls::wide_card(ui, |ui| {
                    ui.label(controls::title(t!("meaning-gibberish")));
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
            ui.label(controls::title(t!("meaning-near")));
            word.vectors.iter().for_each(|vector| near(ui, vector, &word.vectors));
        });
        controls::wide_card(ui, |ui| {
            let tip = t!("meaning-beside.tip");
            ui.label(controls::title(t!("meaning-beside"))).on_hover_text(tip);
            look::sheet(ui, (state, shared), &open.folder, &word.renderings, &mut self.large);
        });
        if let Some(between) = &word.between {
            controls::wide_card(ui, |ui| {
                let tip = t!("meaning-between.tip");
                ui.label(controls::title(t!("meaning-between"))).on_hover_text(tip);
                look::sheet(ui, (state, shared), &open.folder, between, &mut self.large);
            });
        }
        controls::wide_card(ui, |ui| {
            let tip = t!("meaning-heat.tip");
            ui.label(controls::title(t!("meaning-heat"))).on_hover_text(tip);
            self.heat(ui, state, shared, open, &word.heat);
        });
        controls::wide_card(ui, |ui| {
            ui.label(controls::title(t!("meaning-ordinary")));
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
        let own = t!("meaning-picture");
        let own = (own, own.to_owned(), &heat.picture);
        let words = heat.words.iter().map(|of| {
            let [largest, mean] = [of.largest, of.mean].map(|figure| format!("{figure:.2}"));
            let name = t!("meaning-heat-of", word = of.word, largest = largest, mean = mean);
            (of.word.as_str(), name, &of.file)
        });
        let area = ScrollArea::horizontal().id_salt("heat").auto_shrink([false, true]);
        area.show(ui, |ui| {
            ui.horizontal(|ui| {
                for (text, name, file) in std::iter::once(own).chain(words) {
                    let Some(path) = inside(&open.folder, file) else { continue };
                    ui.vertical(|ui| {
                        let side = theme::CARD;
                        let tile =
                            Tile { picture: Some(&path), name: &name, mark: None, chosen: false, side };
                        let tile = tile.ui(ui, state, shared, Sense::click());
                        let hint = format!("{name}\n{}", t!("compare-look-picture-large.tip"));
                        if tile.on_hover_text(hint).clicked() {
                            self.large.shown = Some(path);
                        }
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
    let [length, low, high] = [length, low, high].map(|figure| format!("{figure:.3}"));
    let said = if encoders {
        t!("meaning-vector-of", vector = vector, encoder = encoder, length = length, low = low, high = high)
    } else {
        t!("meaning-vector", vector = vector, length = length, low = low, high = high)
    };
    let tip = t!("meaning-long.tip");
    controls::note(ui, &said).on_hover_text(tip);
    ui.add(Label::new(listed(&found.nearest)).wrap()).on_hover_text(t!("meaning-cosines.tip"));
    let tip = t!("meaning-mix.tip");
    ui.add(Label::new(format!("{} {}", icons::SHAPES, found.mixed())).wrap()).on_hover_text(tip);
}

fn stand_in(ui: &mut Ui, found: &HardPrompt) {
    let cosine = format!("{:.2}", found.cosine);
    let said = match found.searched {
        true => t!("meaning-sought", text = found.text, cosine = cosine),
        false => t!("meaning-nearest", text = found.text, cosine = cosine),
    };
    ui.add(Label::new(said).wrap());
    if let (Some(what), Some(own), Some(word)) = (&found.compared_with, &found.likeness, &found.word_likeness)
    {
        let tip = t!("meaning-stand-in.tip");
        let [own, word] = [own, word].map(super::scored);
        controls::note(ui, &t!("meaning-likeness", what = what, own = own, word = word)).on_hover_text(tip);
    }
}

fn seen(ui: &mut Ui, found: &Gibberish) {
    ui.add(
        Label::new(match found.words.is_empty() {
            true => format!("“{}”", found.prompt),
            false => t!("meaning-looks-like", prompt = found.prompt, words = listed(&found.words)),
        })
        .wrap(),
    );
}
