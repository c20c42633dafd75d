//! A picture of the curve: the part of a screenshot that shows it.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{ColorImage, Context, Pos2, Rect};

use crate::texture::to_rgb;
use crate::widgets::loss_plot;
use disk::message::Task;

/// Where the next picture goes, and the way by which screenshots come.
pub(crate) struct CurvePicture {
    to: Option<PathBuf>,
    sender: Sender<Arc<ColorImage>>,
    shots: Receiver<Arc<ColorImage>>,
}

impl Default for CurvePicture {
    fn default() -> Self {
        let (sender, shots) = bounded(2);
        Self { to: None, sender, shots }
    }
}

impl CurvePicture {
    pub fn ask(&mut self, ctx: &Context, to: PathBuf) {
        self.to = Some(to);
        let (sender, waker) = (self.sender.clone(), ctx.clone());
        let shot = egui::ScreenshotCallback::new(move |image| {
            let _ = sender.try_send(image);
            waker.request_repaint();
        });
        ctx.send_viewport_cmd(egui::ViewportCommand::Screenshot(shot));
    }

    /// What is to be written once the screenshot is there.
    pub fn taken(&mut self, ctx: &Context) -> Option<Task> {
        let shot = self.shots.try_recv().ok()?;
        let to = self.to.take()?;
        let rect: Option<Rect> = ctx.data(|data| data.get_temp(egui::Id::unique(loss_plot::RECT)));
        // Only what is in view can be taken.
        let scale = ctx.pixels_per_point();
        let [width, height] = shot.size.map(|side| side as f32 / scale);
        let screen = Rect::from_min_size(Pos2::ZERO, egui::vec2(width, height));
        let rect = rect
            .map(|rect| rect.intersect(screen))
            .filter(|rect| rect.width() > 40.0 && rect.height() > 40.0);
        let part = rect.map(|rect| shot.region(&rect, Some(scale)));
        let picture = Arc::new(to_rgb(part.as_ref().unwrap_or(&shot))?);
        Some(Task::WritePicture { picture, to })
    }
}
