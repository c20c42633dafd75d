//! The numbers beside the curve: how strong the word is, how far it has come, what it is near to, how fast it
//! goes.
//!
//! A run read from the disk shows the numbers of its last step.

use super::words;
use crate::action::{Action, System};
use crate::language::floors;
use crate::state::RunView;
use crate::theme;
use crate::widgets::controls;
use crate::widgets::gauge::{Gauge, line};
use crate::widgets::loss_plot::short;
use engine::message::RunInfo;
use project::LossRow;

/// How many rows the speed is a mean of.
const RECENT: usize = 20;

pub(super) fn ui(ui: &mut egui::Ui, run: &RunView, actions: &mut Vec<Action>) {
    ui.label(controls::title(t!("learn-word")));
    let Some(row) = run.rows.last() else {
        controls::note(ui, t!("learn-word-soon"));
        return;
    };
    norm(ui, row, run.info.as_ref());
    let distance = (1.0 - row.cosine_to_initial).max(0.0);
    let text = format!("{distance:.2}");
    let gauge = Gauge {
        name: t!("learn-distance"),
        text: &text,
        tooltip: t!("learn-distance.tip"),
        value: distance,
        scale: [0.0, 1.0],
        ..Gauge::default()
    };
    gauge.ui(ui);
    ui.add_space(theme::NEAR);
    nearest(ui, run, actions);
    ui.add_space(theme::NEAR);
    line(ui, t!("learn-rate"), &short(row.rate), t!("learn-rate.tip"));
    if let Some(seconds) = seconds_each(&run.rows) {
        line(ui, t!("learn-speed"), &words::speed(seconds), t!("learn-speed.tip"));
        if let (Some(_), Some(left)) = (run.job, steps_left(run)) {
            let left = floors::duration(seconds * left as f64);
            line(ui, t!("learn-left"), &left, t!("learn-left.tip"));
        }
    }
}

/// Seconds for a step, a mean over the last of them.
pub(super) fn seconds_each(rows: &[LossRow]) -> Option<f64> {
    let recent = &rows[rows.len().saturating_sub(RECENT)..];
    let sum: f64 = recent.iter().map(|row| row.seconds).sum();
    (!recent.is_empty() && sum > 0.0).then(|| sum / recent.len() as f64)
}

fn steps_left(run: &RunView) -> Option<u64> {
    Some(run.steps()?.saturating_sub(run.rows.last().map_or(0, |row| row.step)))
}

fn norm(ui: &mut egui::Ui, row: &LossRow, info: Option<&RunInfo>) {
    let text = format!("{:.3}", row.norm);
    let Some([low, median, high]) = info.map(|info| info.norms) else {
        line(ui, t!("learn-strength"), &text, t!("learn-strength.tip"));
        return;
    };
    let gauge = Gauge {
        name: t!("learn-strength"),
        text: &text,
        tooltip: t!("learn-strength.tip"),
        value: row.norm,
        scale: [0.0, (high * 1.5).max(row.norm * 1.1)],
        usual: Some([low, high]),
        middle: Some(median),
    };
    gauge.ui(ui);
    if row.norm > high * 1.2 {
        controls::warning(ui, t!("learn-strength-loud"));
    }
}

fn nearest(ui: &mut egui::Ui, run: &RunView, actions: &mut Vec<Action>) {
    if run.nearest.is_empty() {
        return;
    }
    controls::note(ui, t!("learn-nearest"));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(theme::NEAR);
        for (word, cosine) in &run.nearest {
            let text = egui::RichText::new(format!("{word} {cosine:.2}")).small();
            let chip = ui.add(egui::Button::new(text).small().corner_radius(theme::ROUND));
            let tooltip = t!("learn-nearest.tip");
            controls::reports(chip, tooltip, actions, || System::Copy(word.clone()));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_that_of_the_last_steps() {
        assert_eq!(seconds_each(&[]), None);
        let row = |seconds: f64| LossRow { seconds, ..LossRow::default() };
        let rows = [vec![row(9.0); 100], vec![row(0.5); 20]].concat();
        assert_eq!(seconds_each(&rows), Some(0.5));
    }
}
