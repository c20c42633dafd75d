//! Models that can be downloaded: what each is good for, how large it is and under which licence, before anything is
//! asked of a network.
//!
//! It shows how downloads stand and reports what the person wants; nothing begins by itself.

use base::units;
use egui::{self, Align, Label, Layout, RichText, Ui};

use super::find::badge;
use crate::action::{Action, System};
use crate::language::floors::short_duration;
use crate::language::sentences::said;
use crate::state::AppState;
use crate::widgets::controls;
use crate::{icons, theme};
use disk::message::{DownloadCard, DownloadTask, FetchState, Progress, Task};

pub(super) fn ui(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    if state.downloads.is_empty() {
        return;
    }
    controls::wide_card(ui, |ui| {
        ui.label(controls::title(t!("get-title")));
        controls::note(ui, t!("get-what"));
        for card in &state.downloads {
            ui.add_space(theme::NEAR);
            ui.separator();
            ui.push_id(card.download.id, |ui| download(ui, state, card, actions));
        }
    });
}

fn download(ui: &mut Ui, state: &AppState, card: &DownloadCard, actions: &mut Vec<Action>) {
    let progress = state.download.as_ref().filter(|progress| progress.id == card.download.id);
    controls::from_right(ui, |ui| {
        match progress {
            Some(progress) => running(ui, progress, card, actions),
            None => resting(ui, state, card, actions),
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if card.download.family.is_some() {
                badge(ui, card.download.family);
            }
            ui.add(Label::new(RichText::new(card.download.name).strong()).truncate());
        });
    });
    controls::note(ui, card.download.sentence);
    ui.horizontal_wrapped(|ui| {
        let facts = controls::quiet(
            ui,
            t!("get-facts", size = units::bytes(card.download.bytes), licence = card.download.licence),
        );
        ui.label(facts);
        for (text, address, tip) in [
            (t!("get-licence"), card.download.licence_url, t!("get-licence.tip")),
            (t!("get-about"), card.page.as_str(), t!("get-about.tip")),
        ] {
            let name = format!("{text}: {}", card.download.name);
            let link = ui.add(egui::Button::new(RichText::new(text).small()).small()).accessible_name(name);
            let wanted = || System::OpenPage(address.to_owned());
            controls::reports(link, format!("{tip}: {address}"), actions, wanted);
        }
    });
    if let Some(progress) = progress {
        bar(ui, progress);
    }
}

/// What can be done while it is not being downloaded.
fn resting(ui: &mut Ui, state: &AppState, card: &DownloadCard, actions: &mut Vec<Action>) {
    if let Some(folder) = &card.here {
        if card.download.family.is_none() {
            ui.label(
                RichText::new(format!("{} {}", icons::CHECK, t!("get-here"))).color(theme::tokens(ui).good),
            );
            return;
        }
        let in_use = state.model_path.as_ref() == Some(folder);
        let take = controls::button(
            ui,
            !in_use,
            icons::CHECK,
            if in_use { t!("find-in-use") } else { t!("models-use") },
        );
        let take = take.accessible_name(t!("get-use.name", name = card.download.name));
        let take = take.on_hover_text(t!("get-use.tip"));
        if take.on_disabled_hover_text(t!("find-in-use.disabled")).clicked() {
            actions.push(Action::UseModel(folder.clone()));
        }
        return;
    }
    let text = match card.unfinished {
        Some(done) => {
            t!("get-go-on-part", done = units::bytes(done), size = units::bytes(card.download.bytes))
        }
        None => t!("get-download", size = units::bytes(card.download.bytes)),
    };
    let free = state.download.is_none();
    let get = controls::button(ui, free, icons::DOWNLOAD, &text)
        .accessible_name(t!("get-download.name", name = card.download.name));
    let get = get.on_disabled_hover_text(t!("get-download.disabled"));
    let tip =
        t!("get-download.tip", size = units::bytes(card.download.bytes), licence = card.download.licence);
    controls::reports(get, tip, actions, || Task::Download(DownloadTask::Start(card.download)));
}

fn running(ui: &mut Ui, progress: &Progress, card: &DownloadCard, actions: &mut Vec<Action>) {
    let paused = progress.state == FetchState::Paused;
    let cancel = controls::button(ui, true, icons::CLOSE, t!("models-cancel"))
        .accessible_name(t!("get-cancel.name", name = card.download.name));
    controls::reports(cancel, t!("get-cancel.tip"), actions, || Task::Download(DownloadTask::Cancel));
    let (icon, text, tip, task) = match paused {
        true => (icons::PLAY, t!("get-go-on"), t!("get-go-on.tip"), DownloadTask::Resume),
        false => (icons::PAUSE, t!("get-pause"), t!("get-pause.tip"), DownloadTask::Pause),
    };
    let hold =
        controls::button(ui, true, icon, text).accessible_name(format!("{text} {}", card.download.name));
    controls::reports(hold, tip, actions, || Task::Download(task));
}

fn bar(ui: &mut Ui, progress: &Progress) {
    let part = progress.done as f32 / progress.total.max(1) as f32;
    let bar = egui::ProgressBar::new(part).desired_height(theme::NEAR).fill(theme::tokens(ui).accent);
    ui.add(bar).on_hover_text(t!("get-done.tip"));
    let came = t!("get-came", done = units::bytes(progress.done), size = units::bytes(progress.total));
    let text = match &progress.state {
        FetchState::Listing => t!("get-listing").to_owned(),
        FetchState::Downloading => {
            let left = progress.seconds_left.map(|left| t!("get-left", time = short_duration(left as f64)));
            t!(
                "get-downloading",
                came = came,
                rate = units::bytes(progress.bytes_per_second as u64),
                left = left.unwrap_or_default()
            )
        }
        FetchState::Checking => t!("get-checking", came = came, file = progress.file),
        FetchState::Retrying { seconds, why } => t!("get-retrying", why = said(why), seconds = seconds),
        FetchState::Paused => t!("get-paused", came = came),
    };
    controls::note(ui, &text);
}
