//! Giving a word away: a layout to choose, which program reads it, the button that writes it, and prompts to copy.
//!
//! What is true of other programs stands in `format::embedding` and `project::sharing`; this only shows it.

use egui::{ComboBox, Grid, Id, RichText, Ui};

use crate::action::{Action, System};
use crate::dialog::Question;
use crate::language::floors;
use crate::widgets::controls;
use crate::{icons, theme};
use disk::message::WordCard;
use format::embedding::{EmbeddingFormat, Reader, Reads};
use project::sharing::{self, Program};

/// What a layout is called here.
fn name(format: EmbeddingFormat) -> &'static str {
    match format {
        EmbeddingFormat::EmbParams => t!("library-export-usual"),
        EmbeddingFormat::Diffusers => "diffusers",
        EmbeddingFormat::A1111Pt => "A1111 .pt",
        EmbeddingFormat::OriginalPt => t!("library-export-paper"),
        EmbeddingFormat::OneTrainer => "OneTrainer",
        EmbeddingFormat::PngCard => t!("library-export-picture-card"),
    }
}

pub(super) fn ui(ui: &mut Ui, card: &WordCard, actions: &mut Vec<Action>) {
    ui.label(controls::title(t!("library-export-title")));
    for caution in sharing::cautions(&card.path, &card.widths) {
        controls::warning(ui, &caution);
    }
    let two_encoders = card.widths.len() > 1;
    let format = choose(ui, two_encoders);
    controls::note(ui, floors::about(format));
    table(ui, format, two_encoders);
    let id = Id::unique("library-export-receipt");
    let mut receipt = ui.data(|data| data.get_temp(id)).unwrap_or(false);
    if controls::tick(ui, &mut receipt, named!("library-export-receipt")).changed() {
        ui.data_mut(|data| data.insert_temp(id, receipt));
    }
    ui.add_space(theme::NEAR);
    let wanted = || System::Ask(Question::ExportWord(card.path.clone(), format, receipt));
    controls::offer(ui, icons::EXPORT, named!("library-export-write"), actions, wanted);
    ui.add_space(theme::GAP);
    ui.label(controls::title(t!("library-export-copy-title")));
    ui.horizontal_wrapped(|ui| {
        for program in Program::ALL {
            let text = program.prompt(&card.path, &card.word, card.kind);
            let named = t!("library-export-copy.name", program = program.name());
            let button =
                ui.button(format!("{}  {}", icons::CLIPBOARD, program.name())).accessible_name(named);
            let tip = format!("{}\n{text}", t!("library-export-copy.tip"));
            controls::reports(button, tip, actions, || System::Copy(text));
        }
    });
    controls::note(ui, t!("library-export-keep-name"));
}

/// The layout to write, remembered from word to word.
fn choose(ui: &mut Ui, two_encoders: bool) -> EmbeddingFormat {
    let id = Id::unique("library-export-format");
    let fits = |format: &EmbeddingFormat| !two_encoders || format.holds_two_encoders();
    let chosen: EmbeddingFormat = ui.data(|data| data.get_temp(id)).filter(fits).unwrap_or_default();
    let mut format = chosen;
    ui.horizontal(|ui| {
        let label = ui.label(t!("library-export-file"));
        let list = ComboBox::from_id_salt("library-export").width(170.0).selected_text(name(format));
        let shown = list.show_ui(ui, |ui| {
            for choice in EmbeddingFormat::ALL.into_iter().filter(fits) {
                let option = ui.selectable_value(&mut format, choice, name(choice));
                option.on_hover_text(floors::about(choice));
            }
        });
        let hint = t!("library-export-file.tip");
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
            ui.label(RichText::new(reader.program).small()).on_hover_text(place(&reader));
            let (text, colour) = match reads {
                Reads::Yes => (format!("{} {}", icons::CHECK, t!("library-export-reads")), tokens.good),
                Reads::WithArgument(argument) => (
                    format!(
                        "{} {}",
                        icons::CHECK,
                        t!("library-export-reads-with", argument = asked(argument))
                    ),
                    tokens.good,
                ),
                Reads::No => (t!("library-export-reads-not").to_owned(), tokens.quiet),
                Reads::Unknown => (t!("library-export-not-tried").to_owned(), tokens.quiet),
            };
            ui.label(RichText::new(text).small().color(colour)).on_hover_text(place(&reader));
            ui.end_row();
        }
    });
}

/// Where a program wants the file.
fn place(reader: &Reader) -> &'static str {
    match reader.program {
        "AUTOMATIC1111, Forge" => t!("library-export-place-a1111"),
        "ComfyUI" => t!("library-export-place-comfyui"),
        "InvokeAI" => t!("library-export-place-invokeai"),
        "diffusers" => t!("library-export-place-diffusers"),
        "kohya's scripts" => t!("library-export-place-kohya"),
        "OneTrainer" => t!("library-export-place-onetrainer"),
        "stable-diffusion.cpp" => t!("library-export-place-cpp"),
        "SD.Next" => t!("library-export-place-sdnext"),
        _ => reader.place,
    }
}

/// What a program has to be told besides.
fn asked(argument: &'static str) -> &'static str {
    match argument {
        "one call for each text encoder" => t!("library-export-two-calls"),
        // Code, the same in every language.
        _ => argument,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Language, speak};

    #[test]
    fn programs_are_told_of_as_they_are_below() {
        let readers = |two| EmbeddingFormat::ALL.into_iter().flat_map(move |format| format.readers(two));
        let all = || readers(false).chain(readers(true));
        for (reader, reads) in all() {
            assert_eq!(place(&reader), reader.place);
            if let Reads::WithArgument(argument) = reads {
                assert_eq!(asked(argument), argument);
            }
        }
        speak(Language::Japanese);
        for (reader, reads) in all() {
            assert_ne!(place(&reader), reader.place, "{}", reader.program);
            if let Reads::WithArgument(argument) = reads {
                assert!(asked(argument) != argument || argument == "token=", "{argument}");
            }
        }
    }
}
