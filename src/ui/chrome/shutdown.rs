//! Leaving: the person is asked once before a run is left.

use crate::theme;
use crate::widgets::controls;

/// Whether it was asked, and what was answered.
#[derive(Default)]
pub(crate) struct Shutdown {
    asking: bool,
    agreed: bool,
}

impl Shutdown {
    /// Holds the window open and asks while a word is being learned.
    pub fn guard(&mut self, ctx: &egui::Context, learning: bool) {
        if ctx.input(|i| i.viewport().close_requested()) && learning && !self.agreed {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.asking = true;
        }
        if !self.asking {
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
                    self.agreed = true;
                    self.asking = false;
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
                if ui.button("Keep learning").on_hover_text("Stay here").clicked() {
                    self.asking = false;
                }
            });
        });
    }
}
