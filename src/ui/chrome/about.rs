//! The About window: version, language, the method, licences, and the folder where everything is kept.
//!
//! Nothing here looks anything up; it says what was built in.

use std::path::Path;

use egui::{self, ColorImage, Context, Label, TextureHandle, TextureOptions, Ui, vec2};

use crate::action::{Action, System};
use crate::commands::UiCommand;
use crate::language::LanguageChoice;
use crate::widgets::controls;
use crate::{icons, theme};

const ICON: &[u8] = include_bytes!("../../../assets/icons/pseudoword-128.png");
/// The languages of the window, and the commands that choose them.
const LANGUAGES: [(LanguageChoice, UiCommand); 3] = [
    (LanguageChoice::System, UiCommand::SpeakSystem),
    (LanguageChoice::English, UiCommand::SpeakEnglish),
    (LanguageChoice::Japanese, UiCommand::SpeakJapanese),
];
const PAPER: &str = "https://arxiv.org/abs/2208.01618";

/// What is built in, and under which licence.
fn licences() -> [(&'static str, &'static str); 6] {
    [
        ("Pseudoword", "MIT OR Apache-2.0"),
        (t!("about-licence-starter"), t!("about-licence-starter.licence")),
        ("Inter", t!("about-licence-inter")),
        ("Droid Sans Fallback", t!("about-licence-droid")),
        ("Phosphor", t!("about-licence-phosphor")),
        (t!("about-licence-egui"), "OFL-1.1, Ubuntu-font-1.0, MIT"),
    ]
}

#[derive(Default)]
pub struct About {
    pub open: bool,
    texture: Option<TextureHandle>,
}

impl About {
    pub fn ui(&mut self, ctx: &Context, home: &Path, language: LanguageChoice, actions: &mut Vec<Action>) {
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
            area.show(ui, |ui| self.content(ui, home, language, actions)).inner
        });
        if shown.inner || shown.should_close() {
            self.open = false;
        }
    }

    /// Whether it is to be closed.
    fn content(&self, ui: &mut Ui, home: &Path, language: LanguageChoice, actions: &mut Vec<Action>) -> bool {
        ui.horizontal(|ui| {
            if let Some(texture) = &self.texture {
                let image = egui::Image::from_texture(texture).fit_to_exact_size(vec2(72.0, 72.0));
                ui.add(image.alt_text(t!("about-icon")));
            }
            ui.vertical(|ui| {
                ui.add_space(theme::NEAR);
                ui.heading("Pseudoword");
                controls::note(ui, &t!("about-version", version = env!("CARGO_PKG_VERSION")));
            });
        });
        ui.add_space(theme::GAP);
        ui.add(Label::new(t!("about-what")).wrap());
        ui.add_space(theme::GAP);
        ui.label(controls::title(t!("about-language")));
        ui.horizontal(|ui| {
            for (choice, command) in LANGUAGES {
                let label = ui.selectable_label(choice == language, command.text());
                controls::on_press(label, command, actions);
            }
        });
        ui.add_space(theme::GAP);
        ui.label(controls::title(t!("about-method")));
        controls::note(ui, t!("about-paper"));
        ui.horizontal(|ui| {
            ui.add(Label::new(PAPER).selectable(true));
            let copy = controls::icon_button(ui, icons::COPY, t!("about-copy.name"));
            controls::reports(copy, t!("about-copy.tip"), actions, || System::Copy(PAPER.into()));
        });
        ui.add_space(theme::GAP);
        ui.label(controls::title(t!("about-licences")));
        for (what, licence) in licences() {
            controls::fact(ui, what, licence);
        }
        ui.add_space(theme::GAP);
        ui.label(controls::title(t!("about-home")));
        controls::own(ui, &home.display().to_string());
        ui.add_space(theme::GAP);
        let mut close = false;
        ui.horizontal(|ui| {
            let wanted = || System::Reveal(home.to_path_buf());
            controls::offer(ui, icons::FOLDER, named!("about-show"), actions, wanted);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                close = controls::main_button(ui, true, icons::CHECK, t!("about-close"))
                    .on_hover_text(t!("about-close.tip"))
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
