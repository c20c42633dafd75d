//! Leaving: the person is asked once before a run is left or drawings are lost.
//!
//! The question goes by itself when there is nothing left to ask about. Nobody is asked who logs out, shuts the computer
//! down or ends the program by a signal: what is left is saved as when the question was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::state::AppState;
use crate::theme;
use crate::widgets::controls;

/// Whether it was asked, and what was answered.
#[derive(Default)]
pub(crate) struct Shutdown {
    asking: bool,
    agreed: bool,
    /// Whether a signal wants the window closed.
    told: Arc<AtomicBool>,
}

impl Shutdown {
    /// Lets signals close the window. To be called once in a program.
    pub fn heed_signals(&self, ctx: &egui::Context) {
        let (told, ctx) = (Arc::clone(&self.told), ctx.clone());
        let close = move || {
            told.store(true, Ordering::Relaxed);
            ctx.send_viewport_cmd_to(egui::ViewportId::ROOT, egui::ViewportCommand::Close);
        };
        // Without that a signal ends the program at once.
        if let Err(error) = base::signals::on_first(close) {
            log::warn!("{error}");
        }
    }

    /// Holds the window open and asks while there is something to lose.
    pub fn guard(&mut self, ctx: &egui::Context, state: &AppState) {
        self.agreed |= self.told.load(Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{ViewportCommand, ViewportEvent, ViewportId};

    /// Whether a window that is to be closed is held open.
    fn is_held(shutdown: &mut Shutdown, state: &AppState) -> bool {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let mut input = egui::RawInput::default();
        input.viewports.entry(ViewportId::ROOT).or_default().events.push(ViewportEvent::Close);
        let shown = ctx.run_ui(input, |ui| shutdown.guard(ui.ctx(), state));
        let mut commands = shown.viewport_output.values().flat_map(|output| &output.commands);
        commands.any(|command| matches!(command, ViewportCommand::CancelClose))
    }

    #[test]
    fn a_signal_closes_without_a_question() {
        let mut shutdown = Shutdown::default();
        let state = AppState { preparing: Some(1), ..AppState::default() };
        assert!(is_held(&mut shutdown, &state) && shutdown.asking);
        shutdown.told.store(true, Ordering::Relaxed);
        assert!(!is_held(&mut shutdown, &state), "though it was asked before");
    }
}
