//! Giving a word away: which program reads which layout, the buttons that write one, and prompts to copy.
//!
//! What is true of other programs stands in `project::sharing`; this only shows it.

use eframe::egui::{Grid, RichText, Ui};

use crate::desk::message::WordCard;
use crate::format::embedding::EmbeddingFormat;
use crate::project::sharing::{self, Program, Reader, Reads};
use crate::ui::action::Action;
use crate::ui::widgets::room;
use crate::ui::{icons, theme};

const FORMATS: [EmbeddingFormat; 2] = [EmbeddingFormat::EmbParams, EmbeddingFormat::Diffusers];

const fn name(format: EmbeddingFormat) -> &'static str {
    match format {
        EmbeddingFormat::EmbParams => "usual",
        EmbeddingFormat::Diffusers => "diffusers",
    }
}

const fn button_text(format: EmbeddingFormat) -> &'static str {
    match format {
        EmbeddingFormat::EmbParams => "Export usual…",
        EmbeddingFormat::Diffusers => "Export for diffusers…",
    }
}

const fn hint(format: EmbeddingFormat) -> &'static str {
    match format {
        EmbeddingFormat::EmbParams => {
            "Write a safetensors file with the vectors under “emb_params”, which most programs read"
        }
        EmbeddingFormat::Diffusers => {
            "Write a safetensors file with the vectors under the word itself, which diffusers reads as it is"
        }
    }
}

const fn reads(reader: Reader, format: EmbeddingFormat) -> Reads {
    match format {
        EmbeddingFormat::EmbParams => reader.usual,
        EmbeddingFormat::Diffusers => reader.diffusers,
    }
}

/// Shows table, buttons and prompts.
pub(super) fn ui(ui: &mut Ui, card: &WordCard, actions: &mut Vec<Action>) {
    ui.label(room::title("For other programs"));
    for caution in sharing::cautions(&card.path, card.width) {
        room::warning(ui, &caution);
    }
    table(ui);
    ui.add_space(theme::NEAR);
    ui.horizontal_wrapped(|ui| {
        for format in FORMATS {
            let button = room::button(ui, true, icons::EXPORT, button_text(format));
            if button.on_hover_text(hint(format)).clicked() {
                actions.push(Action::ExportWord(card.path.clone(), format));
            }
        }
    });
    ui.add_space(theme::GAP);
    ui.label(room::title("Copy prompt for"));
    ui.horizontal_wrapped(|ui| {
        for program in Program::ALL {
            let text = program.prompt(&card.path, &card.word, card.kind);
            let named = format!("Copy prompt for {}", program.name());
            let button =
                ui.button(format!("{}  {}", icons::CLIPBOARD, program.name())).accessible_name(named);
            if button.on_hover_text(format!("Put this on the clipboard:\n{text}")).clicked() {
                actions.push(Action::Copy(text));
            }
        }
    });
    room::note(ui, "Most programs go by the name of the file: keep it when you hand it on.");
}

fn table(ui: &mut Ui) {
    let tokens = theme::tokens(ui);
    let grid = Grid::new("library-readers").num_columns(3).spacing([theme::GAP, theme::NEAR]);
    grid.min_row_height(18.0).show(ui, |ui| {
        let head = room::quiet(ui, "Reads the file");
        ui.label(head);
        for format in FORMATS {
            let head = room::quiet(ui, name(format));
            ui.label(head).on_hover_text(hint(format));
        }
        ui.end_row();
        for reader in sharing::READERS {
            ui.label(RichText::new(reader.program).small()).on_hover_text(reader.place);
            for format in FORMATS {
                let (text, colour) = match reads(*reader, format) {
                    Reads::Yes => (format!("{} yes", icons::CHECK), tokens.good),
                    Reads::WithWord => (format!("{} with token=", icons::CHECK), tokens.good),
                    Reads::No => ("no".to_owned(), tokens.quiet),
                };
                ui.label(RichText::new(text).small().color(colour)).on_hover_text(reader.place);
            }
            ui.end_row();
        }
    });
}
