//! Giving a word away: a layout to choose, which program reads it, the button that writes it, and prompts to copy.
//!
//! What is true of other programs stands in `format::embedding` and `project::sharing`; this only shows it.

use egui::{ComboBox, Grid, Id, RichText, Ui};

use crate::action::{Action, System};
use crate::dialog::Question;
use crate::widgets::controls;
use crate::{icons, theme};
use disk::message::WordCard;
use format::embedding::{EmbeddingFormat, Reads};
use project::sharing::{self, Program};

const fn name(format: EmbeddingFormat) -> &'static str {
    match format {
        EmbeddingFormat::EmbParams => "Usual",
        EmbeddingFormat::Diffusers => "diffusers",
        EmbeddingFormat::A1111Pt => "A1111 .pt",
        EmbeddingFormat::OriginalPt => "The paper's .pt",
        EmbeddingFormat::OneTrainer => "OneTrainer",
        EmbeddingFormat::PngCard => "Picture card",
    }
}

pub(super) fn ui(ui: &mut Ui, card: &WordCard, actions: &mut Vec<Action>) {
    ui.label(controls::title("For other programs"));
    for caution in sharing::cautions(&card.path, &card.widths) {
        controls::warning(ui, &caution);
    }
    let two_encoders = card.widths.len() > 1;
    let format = choose(ui, two_encoders);
    controls::note(ui, format.description());
    table(ui, format, two_encoders);
    let id = Id::unique("library-export-receipt");
    let mut receipt = ui.data(|data| data.get_temp(id)).unwrap_or(false);
    let hint = "Also write NAME.receipt.txt: which model and pictures the word was learned from, by what right and by whom. \
                Pictures are named by their hashes alone";
    if ui.checkbox(&mut receipt, "With a receipt to read").on_hover_text(hint).changed() {
        ui.data_mut(|data| data.insert_temp(id, receipt));
    }
    ui.add_space(theme::NEAR);
    let button = controls::button(ui, true, icons::EXPORT, "Export…");
    if button.on_hover_text("Write the word as a file of this kind; the word here stays as it is").clicked() {
        actions.push(Action::System(System::Ask(Question::ExportWord(card.path.clone(), format, receipt))));
    }
    ui.add_space(theme::GAP);
    ui.label(controls::title("Copy prompt for"));
    ui.horizontal_wrapped(|ui| {
        for program in Program::ALL {
            let text = program.prompt(&card.path, &card.word, card.kind);
            let named = format!("Copy prompt for {}", program.name());
            let button =
                ui.button(format!("{}  {}", icons::CLIPBOARD, program.name())).accessible_name(named);
            if button.on_hover_text(format!("Put this on the clipboard:\n{text}")).clicked() {
                actions.push(Action::System(System::Copy(text)));
            }
        }
    });
    controls::note(ui, "Most programs go by the name of the file: keep it when you hand it on.");
}

/// The layout to write, remembered from word to word.
fn choose(ui: &mut Ui, two_encoders: bool) -> EmbeddingFormat {
    let id = Id::unique("library-export-format");
    let fits = |format: &EmbeddingFormat| !two_encoders || format.holds_two_encoders();
    let chosen: EmbeddingFormat = ui.data(|data| data.get_temp(id)).filter(fits).unwrap_or_default();
    let mut format = chosen;
    ui.horizontal(|ui| {
        let label = ui.label("File");
        let list = ComboBox::from_id_salt("library-export").width(170.0).selected_text(name(format));
        let shown = list.show_ui(ui, |ui| {
            for choice in EmbeddingFormat::ALL.into_iter().filter(fits) {
                let option = ui.selectable_value(&mut format, choice, name(choice));
                option.on_hover_text(choice.description());
            }
        });
        let hint = "The kind of file to write: programs differ in which they read";
        shown.response.labelled_by(label.id).on_hover_text(hint);
    });
    if format != chosen {
        ui.data_mut(|data| data.insert_temp(id, format));
    }
    format
}

fn table(ui: &mut Ui, format: EmbeddingFormat, two_encoders: bool) {
    let tokens = theme::tokens(ui);
    let grid = Grid::new("library-readers").num_columns(2).spacing([theme::GAP, theme::NEAR]);
    grid.min_row_height(18.0).show(ui, |ui| {
        for (reader, reads) in format.readers(two_encoders) {
            ui.label(RichText::new(reader.program).small()).on_hover_text(reader.place);
            let (text, colour) = match reads {
                Reads::Yes => (format!("{} yes", icons::CHECK), tokens.good),
                Reads::WithArgument(argument) => (format!("{} with {argument}", icons::CHECK), tokens.good),
                Reads::No => ("no".to_owned(), tokens.quiet),
                Reads::Unknown => ("not tried".to_owned(), tokens.quiet),
            };
            ui.label(RichText::new(text).small().color(colour)).on_hover_text(reader.place);
            ui.end_row();
        }
    });
}
