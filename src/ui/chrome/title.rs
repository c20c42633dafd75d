//! The window's title and its icon: how far the job that runs is, seen while another program is in front.
//!
//! The icon gets a bar where the system lets a window change it: on Windows, and on X11. Wayland and macOS show the one
//! that was installed, and the title alone tells there.

use std::sync::Arc;

use egui::{Context, IconData, ViewportCommand};

use crate::state::{AppState, Job};
use crate::theme;
use text::prompt::shortened;

/// Characters of what a job is called.
const LABEL: usize = 60;
/// The bar on the icon grows in so many parts: each is another icon for the system.
const PARTS: u64 = 20;

/// What was told to the system last. Not every system tells it back, and telling it draws another frame.
#[derive(Default)]
pub(crate) struct WindowTitle {
    title: String,
    /// Of [`PARTS`].
    part: Option<u64>,
}

impl WindowTitle {
    /// Tells the system what has changed.
    pub fn follow(&mut self, ctx: &Context, state: &AppState) {
        let title = title(state);
        if self.title != title {
            self.title.clone_from(&title);
            ctx.send_viewport_cmd(ViewportCommand::Title(title));
        }
        let part = under_way(state).and_then(|(_, progress)| part_of(progress?, PARTS));
        if self.part != part {
            self.part = part;
            ctx.send_viewport_cmd(ViewportCommand::Icon(Some(Arc::new(icon(part)))));
        }
    }
}

/// "34 % · learning <cat-toy> · Pseudoword"; while nothing is done, the word of the concept.
fn title(state: &AppState) -> String {
    if let Some((what, progress)) = under_way(state) {
        let percent = progress.and_then(|progress| part_of(progress, 100)).map(|part| format!("{part} % · "));
        return format!("{}{what} · Pseudoword", percent.unwrap_or_default());
    }
    match state.draft.as_ref().map(|draft| draft.concept.word.as_str()) {
        Some(word) if !word.is_empty() => format!("{word} – Pseudoword"),
        _ => "Pseudoword".to_owned(),
    }
}

/// What is being done, and how much of how much: the job of the engine, else what the disk converts or downloads.
fn under_way(state: &AppState) -> Option<(String, Option<(u64, u64)>)> {
    let of_job = |job: &Job| {
        let what = in_the_middle(&job.label);
        (if job.paused { t!("title-paused", what = what) } else { what }, job.progress)
    };
    let converting = || {
        let (from, part) = state.converting.as_ref()?;
        let name = from.file_name().unwrap_or_default().to_string_lossy();
        Some((t!("title-converting", name = shortened(&name, LABEL)), Some(((part * 1000.0) as u64, 1000))))
    };
    let download = || {
        let progress = state.download.as_ref()?;
        let card = state.downloads.iter().find(|card| card.download.id == progress.id);
        let name = card.map_or(progress.id, |card| card.download.name);
        Some((t!("title-downloading", name = name), Some((progress.done, progress.total))))
    };
    state.running().map(of_job).or_else(converting).or_else(download)
}

/// A label as it stands in a sentence: "learning <cat-toy>".
fn in_the_middle(label: &str) -> String {
    let mut letters = label.lines().next().unwrap_or_default().chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    shortened(&(first + letters.as_str()), LABEL)
}

fn part_of((done, of): (u64, u64), parts: u64) -> Option<u64> {
    (of > 0).then(|| parts * done.min(of) / of)
}

/// The program's icon, with a bar along its lower edge if a part of a job is done.
fn icon(part: Option<u64>) -> IconData {
    let mut icon = crate::icon();
    let (width, height) = (icon.width as usize, icon.height as usize);
    let Some(part) = part else { return icon };
    let done = width * part as usize / PARTS as usize;
    let bar = height - height / 6..height;
    for (place, pixel) in icon.rgba.chunks_exact_mut(4).enumerate() {
        if width > 0 && bar.contains(&(place / width)) {
            let colour = theme::ON_ICON[usize::from(place % width >= done)];
            pixel.copy_from_slice(&colour.to_array());
        }
    }
    icon
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::JobKind;

    fn running(kind: JobKind, label: &str, progress: Option<(u64, u64)>) -> AppState {
        let mut state = AppState::default();
        state.submitted(1, kind, label.into());
        assert_eq!(title(&state), "Pseudoword", "it has not begun");
        if let Some(job) = state.jobs.first_mut() {
            (job.begun, job.progress) = (true, progress);
        }
        state
    }

    #[test]
    fn the_title_says_how_much_of_what_is_done() {
        assert_eq!(title(&AppState::default()), "Pseudoword");
        let mut state = running(JobKind::Learn, "Learning <Cat-Toy>", Some((37, 200)));
        assert_eq!(title(&state), "18 % · learning <Cat-Toy> · Pseudoword");
        state.jobs[0].paused = true;
        assert_eq!(title(&state), "18 % · paused, learning <Cat-Toy> · Pseudoword");
        let kinds = [
            JobKind::Open,
            JobKind::Suggest("/c".into()),
            JobKind::Measure,
            JobKind::Mix { saves: None },
            JobKind::Draw { count: 2 },
            JobKind::Edit { folder: "/e".into(), step: 0, count: 1 },
            JobKind::Grid { id: 1, rows: Vec::new(), columns: Vec::new() },
            JobKind::Compare("/c".into()),
            JobKind::Count("/c".into()),
            JobKind::Explain("/c".into()),
        ];
        for kind in kinds {
            let state = running(kind.clone(), "Working: ä cat\nin rain", Some((1, 3)));
            assert_eq!(title(&state), "33 % · working: ä cat · Pseudoword", "{kind:?}");
        }
        let state = running(JobKind::Open, "Opening a model", None);
        assert_eq!(title(&state), "opening a model · Pseudoword");
        let long = running(JobKind::Draw { count: 1 }, &"Drawing ".repeat(20), Some((0, 0)));
        assert_eq!(title(&long).chars().count(), LABEL + " · Pseudoword".chars().count());
        let mut state = AppState { converting: Some(("/m/dream.ckpt".into(), 0.25)), ..AppState::default() };
        assert_eq!(title(&state), "25 % · converting dream.ckpt · Pseudoword");
        state.submitted(1, JobKind::Learn, "Learning <toy>".into());
        state.jobs[0].begun = true;
        assert_eq!(title(&state), "learning <toy> · Pseudoword", "the engine's job comes first");
    }

    #[test]
    fn the_icon_has_a_bar_as_long_as_what_is_done() {
        let (plain, half) = (icon(None), icon(part_of((1, 2), PARTS)));
        assert_eq!(plain, crate::icon());
        let pixel = |x: usize, y: usize| {
            let at = 4 * (y * half.width as usize + x);
            <[u8; 4]>::try_from(&half.rgba[at..at + 4]).unwrap()
        };
        let (right, low) = (half.width as usize - 1, half.height as usize - 1);
        let [done, left] = theme::ON_ICON.map(|colour| colour.to_array());
        assert_eq!([pixel(0, low), pixel(right / 2, low)], [done, done]);
        assert_eq!([pixel(right / 2 + 1, low), pixel(right, low)], [left, left]);
        let above = 4 * (half.width as usize * (half.height as usize / 2));
        assert_eq!(half.rgba[..above], plain.rgba[..above]);
    }
}
