//! The window: egui over the engine's and the disk's streams.
//!
//! It sees plain data and messages, never a tensor. Pages show the state (`state`) and report what the person wants
//! (`action`); the `reducer` changes the state and says what is to be done, which [`app`] does. Colours live in
//! [`theme`], the words of a language in [`language`]. No frame waits for work.

// First: its macro is known to all that follow.
#[macro_use]
pub mod language;

mod action;
pub mod app;
mod chrome;
pub mod commands;
mod comparing;
mod convergence;
mod device_lost;
mod dialog;
mod editing;
pub mod engine_link;
mod estimate;
mod frame_stats;
mod icons;
mod input;
mod mixing;
mod obstacles;
mod pages;
mod persistence;
mod recent;
mod reducer;
mod seeing;
mod services;
mod state;
pub mod texture;
pub mod theme;
mod under_way;
pub mod widgets;
mod word_library;
mod work_ahead;

use std::path::PathBuf;

use app::{App, Options};
use base::{Error, Result};
use engine::message::DeviceChoice;
use project::DataDir;

/// Opens the window, with these words and models, and stays until it is closed.
///
/// # Errors
/// [`Error::Device`] if the system gives no window.
pub fn run(device: DeviceChoice, frame_stats: bool, files: Vec<PathBuf>) -> Result<()> {
    let home = DataDir::usual();
    leave_room();
    persistence::Persisted::language(&home).begin();
    let (size, maximized) = persistence::Persisted::size(&home);
    let viewport = egui::ViewportBuilder::default()
        .with_title("Pseudoword")
        .with_app_id("pseudoword")
        .with_inner_size(size)
        .with_min_inner_size(theme::SMALLEST)
        .with_maximized(maximized)
        .with_icon(icon());
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let create: eframe::AppCreator<'_> = Box::new(move |cc| {
        let options = Options { home, device, frame_stats, link: None, portal: dialog::portal() };
        let mut app = App::new(cc, options)?;
        app.heed_signals(&cc.egui_ctx);
        app.open(files, &cc.egui_ctx);
        Ok(Box::new(app))
    });
    eframe::run_native("Pseudoword", options, create).map_err(|error| {
        let error = error.to_string();
        // The library begins with the line of its own source that said so.
        let said = error.split_once(".rs:").and_then(|(_, rest)| rest.split_once(": "));
        let said = said.map_or(error.as_str(), |(_, said)| said).trim_end_matches('.');
        Error::device(
            format!("The window could not be opened ({said})"),
            "Check that a screen is there, or use the command line: pseudoword --help.",
        )
    })
}

/// Learning on the processor would otherwise take every core, and the window would stutter: one is left to it. Of two
/// that would be half the speed, so both are used, and the window goes first where the system knows of such threads.
fn leave_room() {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = if cores > 2 { cores - 1 } else { cores };
    // Fails only if the pool is there already, which then keeps its size.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).start_handler(|_| go_last()).build_global();
}

/// Lowers the priority of this thread: beside one of the window that is busy it gets a tenth of a core. Linux alone gives
/// each thread its own.
pub(crate) fn go_last() {
    // Refused, it only goes on as it was.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, 10);
}

pub(crate) fn icon() -> egui::IconData {
    let png = include_bytes!("../../assets/icons/pseudoword-128.png");
    eframe::icon_data::from_png_bytes(png).unwrap_or_default()
}
