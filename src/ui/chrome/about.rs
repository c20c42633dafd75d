//! The About window: version, licences, the method, and the folder where everything is kept.
//!
//! Nothing here looks anything up; it says what was built in.

use std::path::Path;

use egui::{self, ColorImage, Context, Label, TextureHandle, TextureOptions, Ui, vec2};

use crate::action::{Action, System};
use crate::widgets::controls;
use crate::{icons, theme};

const ICON: &[u8] = include_bytes!("../../../assets/icons/pseudoword-128.png");
const PAPER: &str = "https://arxiv.org/abs/2208.01618";

/// What is built in, and under which licence.
const LICENCES: &[(&str, &str)] = &[
    ("Pseudoword", "MIT OR Apache-2.0"),
    ("Starter model", "CC0 1.0, free of rights"),
    ("Inter", "font, OFL-1.1"),
    ("Droid Sans Fallback", "font, Apache-2.0"),
    ("Phosphor", "icons, MIT"),
    ("egui's own fonts", "OFL-1.1, Ubuntu-font-1.0, MIT"),
];

#[derive(Default)]
pub struct About {
    pub open: bool,
    texture: Option<TextureHandle>,
}

impl About {
    pub fn ui(&mut self, ctx: &Context, home: &Path, actions: &mut Vec<Action>) {
        if !self.open {
            return;
        }
        if self.texture.is_none() {
            self.texture = icon(ctx);
        }
        let modal = egui::Modal::new(egui::Id::unique("about")).frame(controls::dialog(ctx));
        let shown = modal.show(ctx, |ui| {
            ui.set_width(440.0);
            ui.spacing_mut().item_spacing.y = 4.0;
            let height = ctx.content_rect().height() - 96.0;
            let area = egui::ScrollArea::vertical().id_salt("about").max_height(height);
            area.show(ui, |ui| self.content(ui, home, actions)).inner
        });
        if shown.inner || shown.should_close() {
            self.open = false;
        }
    }

    /// Whether it is to be closed.
    fn content(&self, ui: &mut Ui, home: &Path, actions: &mut Vec<Action>) -> bool {
        ui.horizontal(|ui| {
            if let Some(texture) = &self.texture {
                let image = egui::Image::from_texture(texture).fit_to_exact_size(vec2(72.0, 72.0));
                ui.add(image.alt_text("Pseudoword's icon: a toy cat between angle brackets"));
            }
            ui.vertical(|ui| {
                ui.add_space(theme::NEAR);
                ui.heading("Pseudoword");
                controls::note(ui, concat!("Version ", env!("CARGO_PKG_VERSION")));
            });
        });
        ui.add_space(theme::GAP);
        ui.add(Label::new("Teach a text-to-image model a new word from three to five pictures.").wrap());
        ui.add_space(theme::GAP);
        ui.label(controls::title("The method"));
        controls::note(
            ui,
            "Rinon Gal and others: An Image is Worth One Word: Personalizing Text-to-Image Generation using \
             Textual Inversion, 2022.",
        );
        ui.horizontal(|ui| {
            ui.add(Label::new(PAPER).selectable(true));
            let copy = controls::icon_button(ui, icons::COPY, "Copy the address of the paper");
            if copy.on_hover_text("Put the address on the clipboard").clicked() {
                actions.push(Action::System(System::Copy(PAPER.into())));
            }
        });
        ui.add_space(theme::GAP);
        ui.label(controls::title("Licences"));
        for (what, licence) in LICENCES {
            controls::fact(ui, what, licence);
        }
        ui.add_space(theme::GAP);
        ui.label(controls::title("Where everything is kept"));
        controls::note(ui, &home.display().to_string());
        ui.add_space(theme::GAP);
        let mut close = false;
        ui.horizontal(|ui| {
            let show = controls::button(ui, true, icons::FOLDER, "Show");
            if show.on_hover_text("Open the folder with your concepts, words and pictures").clicked() {
                actions.push(Action::System(System::Reveal(home.to_path_buf())));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                close = controls::main_button(ui, true, icons::CHECK, "Close")
                    .on_hover_text("Back to work")
                    .clicked();
            });
        });
        close
    }
}

fn icon(ctx: &Context) -> Option<TextureHandle> {
    let picture = image::load_from_memory(ICON).ok()?.to_rgba8();
    let size = [picture.width() as usize, picture.height() as usize];
    let image = ColorImage::from_rgba_unmultiplied(size, picture.as_raw());
    Some(ctx.load_texture("pseudoword", image, TextureOptions::LINEAR))
}
