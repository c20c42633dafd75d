//! Leaving: the window remembers how it was left, and asks before it leaves a run.

use std::time::Instant;

use super::app::App;
use super::state::Severity;
use super::theme;
use super::widgets::controls;

impl App {
    /// Writes how the window is left, at most once a second.
    pub(super) fn remember(&mut self, ctx: &egui::Context) {
        self.memory.page = self.page;
        self.memory.compose = self.state.compose.clone();
        self.memory.draft = self.state.draft.as_ref().map(|draft| draft.folder.clone());
        self.memory.model =
            self.state.model_path.clone().filter(|path| Some(path) != self.state.starter.as_ref());
        self.memory.maximized = ctx.input(|i| i.viewport().maximized).unwrap_or(false);
        let rect = ctx.input(|i| i.viewport().inner_rect).filter(|_| !self.memory.maximized);
        if let Some(rect) = rect {
            self.memory.size = [rect.width(), rect.height()];
        }
        if self.memory != self.saved && self.saved_at.elapsed().as_secs_f32() > 1.0 {
            self.save_memory();
        }
    }

    pub(super) fn save_memory(&mut self) {
        if let Err(error) = self.memory.save(&self.home) {
            self.state.notify(Severity::Warning, error.to_string());
        }
        self.saved = self.memory.clone();
        self.saved_at = Instant::now();
    }

    /// Asks once before a run is left.
    pub(super) fn guard_closing(&mut self, ctx: &egui::Context) {
        if ctx.input(|i| i.viewport().close_requested()) && self.state.learning() && !self.closing {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.asking_to_close = true;
        }
        if !self.asking_to_close {
            return;
        }
        egui::Modal::new(egui::Id::unique("closing")).frame(controls::dialog(ctx)).show(ctx, |ui| {
            ui.set_width(420.0);
            ui.heading("A word is being learned");
            ui.label("Close now, and it is saved after its current step and goes on when you start again.");
            ui.add_space(theme::GAP);
            ui.horizontal(|ui| {
                let save = ui.button("Save and close").on_hover_text("Nothing that was learned is lost");
                if save.clicked() {
                    self.closing = true;
                    self.asking_to_close = false;
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
                if ui.button("Keep learning").on_hover_text("Stay here").clicked() {
                    self.asking_to_close = false;
                }
            });
        });
    }
}
