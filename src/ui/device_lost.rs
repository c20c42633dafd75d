//! The window's own graphics device: what goes wrong on it is said and survived.
//!
//! wgpu's own answer to an error that nobody expected is to end the process, and with it the run that is being learned.
//! Nothing is mended here: a device that is lost draws no more frames until the program is started again, but what the
//! engine does is kept, and goes on if its own device is another one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui_wgpu::RenderState;

#[derive(Debug, Default)]
pub struct DeviceLost {
    lost: Arc<AtomicBool>,
    told: bool,
}

impl DeviceLost {
    /// Whether it is gone and nobody was told yet.
    pub fn take_news(&mut self) -> bool {
        self.lost.load(Ordering::Relaxed) && !std::mem::replace(&mut self.told, true)
    }
}

/// Sees to it that no error of the window's device ends the process. Says each of them on standard error.
pub fn survive(render_state: &RenderState) -> DeviceLost {
    let lost = DeviceLost::default();
    render_state.device.on_uncaptured_error(Arc::new(|error: wgpu::Error| {
        log::error!("the window could not draw a frame: {error}");
    }));
    let flag = Arc::clone(&lost.lost);
    render_state.device.set_device_lost_callback(move |reason, text| {
        // A device that is let go on purpose, as when the window closes, is no loss.
        if !matches!(reason, wgpu::DeviceLostReason::Destroyed) {
            log::error!("the window's graphics device was lost: {text}");
        }
        flag.store(true, Ordering::Relaxed);
    });
    lost
}
