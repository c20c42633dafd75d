//! The Edit page: a picture with a mask painted on it, what is to be drawn there, and all that was drawn before.
//!
//! It keeps only what is about looking and the hand: the tool, its size, where the pointer is. The mask is the reducer's.

mod canvas;
mod column;
mod history;
mod tools;

use egui::text::LayoutJob;
use egui::{Align, Align2, Frame, Role, Sense, TextStyle, Ui, WidgetInfo, vec2};

use crate::action::System;
use crate::dialog::Question;
use crate::pages::compose;
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::{controls, gallery};
use crate::{icons, theme};

/// Height of the lines above the strip of results.
const HEADER: f32 = 64.0;

/// The page.
#[derive(Default)]
pub struct EditPage {
    canvas: canvas::Canvas,
    history: history::History,
    /// Height of what stands below the settings, as it was last laid out.
    footer: f32,
}

impl EditPage {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        let margin = Frame::new().inner_margin(theme::MARGIN);
        let column = egui::Panel::left("edit-column").exact_size(compose::COLUMN).resizable(false);
        column.frame(margin).show(ui, |ui| column::ui(ui, state, shared, &mut self.footer));
        let Some(open) = &state.editing.open else {
            egui::CentralPanel::no_frame().frame(margin).show(ui, nothing);
            return;
        };
        let height = gallery::SIDE + HEADER + 2.0 * theme::GAP;
        let strip = egui::Panel::bottom("edit-history").exact_size(height).resizable(false).frame(margin);
        strip.show(ui, |ui| self.history.ui(ui, state, shared, open));
        let growing = state.latent_preview.as_ref().filter(|latents| {
            let job = state.jobs.iter().find(|job| job.id == latents.job);
            open.watching && job.is_some_and(|job| history::draws_into(job, open))
        });
        egui::CentralPanel::no_frame().frame(margin).show(ui, |ui| match (growing, &open.shown) {
            (Some(latents), _) => compose::canvas::draw(ui, state, shared, latents),
            (None, Some(result)) => self.history.compare(ui, state, shared, open, result),
            (None, None) => {
                tools::ui(ui, &mut self.canvas.hand, open, &mut shared.actions);
                self.canvas.ui(ui, shared, open);
            }
        });
    }
}

/// What stands where no picture is open yet.
fn nothing(ui: &mut Ui) {
    let quiet = theme::tokens(ui).quiet;
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let text = t!("edit-nothing");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let heading = TextStyle::Heading.resolve(ui.style());
    let body = TextStyle::Body.resolve(ui.style());
    let middle = rect.center();
    ui.painter().text(middle, Align2::CENTER_BOTTOM, icons::PENCIL, heading, quiet);
    let width = rect.width() - 2.0 * theme::GAP;
    let job = LayoutJob { halign: Align::Center, ..LayoutJob::simple(text.to_owned(), body, quiet, width) };
    let text = ui.painter().layout_job(job);
    ui.painter().galley(middle + vec2(0.0, theme::NEAR), text, quiet);
}

fn open_button(ui: &mut Ui, shared: &mut Shared) {
    let wanted = || System::Ask(Question::EditPicture);
    controls::offer(ui, icons::IMAGE, named!("edit-open"), &mut shared.actions, wanted);
}
