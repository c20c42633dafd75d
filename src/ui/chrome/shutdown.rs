//! Leaving: the person is asked once before a run is left or drawings are lost.
//!
//! The question goes by itself when there is nothing left to ask about.

use crate::state::AppState;
use crate::theme;
use crate::widgets::controls;

/// Whether it was asked, and what was answered.
#[derive(Default)]
pub(crate) struct Shutdown {
    asking: bool,
    agreed: bool,
}

impl Shutdown {
    /// Holds the window open and asks while there is something to lose.
    pub fn guard(&mut self, ctx: &egui::Context, state: &AppState) {
        let closing = ctx.input(|i| i.viewport().close_requested()) && !self.agreed;
        let leaving = if closing || self.asking { state.leaving() } else { None };
        if closing && leaving.is_some() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.asking = true;
        }
        self.asking &= leaving.is_some();
        let Some((heading, text)) = leaving.filter(|_| self.asking) else { return };
        let (close, close_hint) = match state.left_run() {
            Some(_) => named!("leave-save"),
            None => named!("leave-anyway"),
        };
        let learning = state.learning() || state.preparing.is_some();
        let stay = if learning { t!("leave-keep-learning") } else { t!("leave-keep-drawing") };
        let modal = egui::Modal::new(egui::Id::unique("closing")).frame(controls::dialog(ctx));
        let shown = modal.show(ctx, |ui| {
            ui.set_width(420.0);
            ui.heading(heading);
            ui.label(text);
            ui.add_space(theme::GAP);
            ui.horizontal(|ui| {
                if ui.button(close).on_hover_text(close_hint).clicked() {
                    self.agreed = true;
                    self.asking = false;
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
                if ui.button(stay).on_hover_text(t!("leave-stay.tip")).clicked() {
                    self.asking = false;
                }
            });
        });
        self.asking &= !shown.should_close();
    }
}
