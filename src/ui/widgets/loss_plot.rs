//! The curve of a run: the loss of each step as faint dots, its running mean, the loss on fixed noise and the held-out one as
//! lines.
//!
//! Points are converted once, not in every frame, and thinned out so that a long run draws as fast as a short one.
//! It shows rows and reports clicks; it never asks for more.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use egui_plot::{Corner, GridMark, HoverPosition, Legend, Line, LineStyle, Plot, PlotPoint, Points, VLine};

use crate::theme;
use project::LossRow;

/// Where the curve was drawn last is kept under this name, for a picture of it.
pub const RECT: &str = "loss-plot";
/// The most dots drawn for single steps.
const DOTS: usize = 1200;
/// The most points of a line.
const CORNERS: usize = 600;

/// The curve, with its points kept from frame to frame.
#[derive(Default)]
pub struct LossPlot {
    /// Whether the loss is drawn on a logarithmic scale.
    pub log: bool,
    built: Option<Built>,
    dots: Vec<PlotPoint>,
    mean: Vec<PlotPoint>,
    fixed_noise: Vec<PlotPoint>,
    held_out: Vec<PlotPoint>,
}

/// What the points were made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Built {
    run: PathBuf,
    log: bool,
    rows: usize,
    last: Option<u64>,
}

impl LossPlot {
    /// Shows the curve of a run, `height` points high, with a line at the chosen step; returns the step that was
    /// clicked.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        run: &Path,
        rows: &[LossRow],
        chosen: Option<u64>,
        height: f32,
    ) -> Option<u64> {
        let other = self.rebuild(run, rows);
        let tokens = theme::tokens(ui);
        let log = self.log;
        let (dots, mean) = (self.dots.as_slice(), self.mean.as_slice());
        let (fixed_noise, held_out) = (self.fixed_noise.as_slice(), self.held_out.as_slice());
        let legend = Legend::default()
            .text_style(egui::TextStyle::Small)
            .position(Corner::RightTop)
            .follow_insertion_order(true);
        let mut plot = Plot::new("loss")
            .height(height)
            .legend(legend)
            .show_crosshair(true)
            .cursor_color(tokens.quiet)
            .grid_color(tokens.edge)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_axis_zoom_drag(false)
            .x_axis_label(egui::RichText::new(t!("curve-step")).small())
            .x_axis_formatter(|mark: GridMark, _: &RangeInclusive<f64>| whole_step(mark))
            .y_axis_formatter(move |mark: GridMark, _: &RangeInclusive<f64>| match log {
                true => tick(10_f64.powf(mark.value)),
                false => tick(mark.value),
            })
            .label_formatter(move |hover: &HoverPosition<'_>| label(rows, hover));
        if other {
            plot = plot.reset();
        }
        let shown = plot.show(ui, move |plot| {
            plot.points(
                Points::new(t!("curve-each"), dots).color(tokens.faint).radius(1.4).allow_hover(false),
            );
            plot.line(Line::new(t!("curve-mean"), mean).color(tokens.accent).width(2.0));
            plot.line(Line::new(t!("curve-fixed-noise"), fixed_noise).color(tokens.held_out).width(2.0));
            plot.points(Points::new(t!("curve-held-out"), held_out).color(tokens.good).radius(3.0));
            if let Some(step) = chosen {
                let line = VLine::new("", step as f64).color(tokens.quiet).width(1.0);
                plot.vline(line.style(LineStyle::dashed_loose()).allow_hover(false));
            }
        });
        let name = describe(rows);
        ui.data_mut(|data| data.insert_temp(egui::Id::unique(RECT), shown.response.rect));
        shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Figure, true, &name));
        let place = shown.response.interact_pointer_pos().filter(|_| shown.response.clicked())?;
        Some(shown.transform.value_from_position(place).x.round().max(0.0) as u64)
    }

    /// Converts the rows if they are others than before; whether the view should begin anew.
    fn rebuild(&mut self, run: &Path, rows: &[LossRow]) -> bool {
        let last = rows.last().map(|row| row.step);
        let known = self.built.as_ref().filter(|built| built.run == run && built.log == self.log);
        let other = known.is_none();
        if known.is_some_and(|built| built.rows == rows.len() && built.last == last) {
            return false;
        }
        let log = self.log;
        self.dots = thin(points(rows, log, |row| Some(row.loss)), DOTS);
        self.mean = thin(points(rows, log, |row| Some(row.mean_loss)), CORNERS);
        self.fixed_noise = thin(points(rows, log, |row| row.fixed_noise_loss), CORNERS);
        self.held_out = thin(points(rows, log, |row| row.held_out_loss), CORNERS);
        self.built = Some(Built { run: run.to_owned(), log, rows: rows.len(), last });
        other
    }
}

fn points(rows: &[LossRow], log: bool, loss: impl Fn(&LossRow) -> Option<f64>) -> Vec<PlotPoint> {
    let point = |row: &LossRow| {
        let loss = loss(row)?;
        let loss = if log { loss.log10() } else { loss };
        loss.is_finite().then_some(PlotPoint { x: row.step as f64, y: loss })
    };
    rows.iter().filter_map(point).collect()
}

/// Keeps every second, fourth, eighth … point, so that those kept stay the same while a run grows; and the newest.
fn thin(points: Vec<PlotPoint>, most: usize) -> Vec<PlotPoint> {
    let stride = points.len().div_ceil(most.max(1)).next_power_of_two();
    if stride == 1 {
        return points;
    }
    let newest = points.last().copied().filter(|_| !(points.len() - 1).is_multiple_of(stride));
    points.into_iter().step_by(stride).chain(newest).collect()
}

/// The numbers of the step under the pointer.
fn label(rows: &[LossRow], hover: &HoverPosition<'_>) -> Option<String> {
    let x = match hover {
        HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position } => position.x,
    };
    let index = rows.partition_point(|row| (row.step as f64) < x - 0.5);
    let row = rows.get(index).or_else(|| rows.last())?;
    let [at, loss, mean] = [t!("curve-step"), t!("curve-loss"), t!("curve-short-mean")];
    let mut text = format!("{at} {}\n{loss} {}\n{mean} {}", row.step, short(row.loss), short(row.mean_loss));
    let before = rows.get(..=index).unwrap_or(rows);
    type Figure = fn(&LossRow) -> Option<f64>;
    let measured: [(&str, Figure); 4] = [
        (t!("curve-fixed-noise"), |row| row.fixed_noise_loss),
        (t!("curve-held-out"), |row| row.held_out_loss),
        (t!("curve-likeness"), |row| row.image_score),
        (t!("curve-obedience"), |row| row.text_score),
    ];
    for (name, figure) in measured {
        if let Some((step, value)) = before.iter().rev().find_map(|row| Some((row.step, figure(row)?))) {
            text += &format!("\n{name} {}", short(value));
            if step != row.step {
                text += &t!("curve-measured", step = step);
            }
        }
    }
    Some(text)
}

/// What a screen reader says of the curve.
fn describe(rows: &[LossRow]) -> String {
    match rows.last() {
        Some(row) => t!("curve-name", loss = short(row.mean_loss), step = row.step),
        None => t!("curve-empty").into(),
    }
}

/// Steps are whole numbers, also where the view is closer than that.
fn whole_step(mark: GridMark) -> String {
    if mark.value < 0.0 || mark.value.fract() != 0.0 { String::new() } else { format!("{:.0}", mark.value) }
}

/// A loss at the axis: without zeros that say nothing.
fn tick(value: f64) -> String {
    let text = short(value);
    if text.contains('.') && !text.contains('e') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

/// A loss in as many digits as matter.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 1.0 {
        format!("{value:.2}")
    } else if size >= 0.01 {
        format!("{value:.4}")
    } else if size >= 0.0001 {
        format!("{value:.6}")
    } else {
        format!("{value:.1e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(steps: u64) -> Vec<LossRow> {
        let row = |step: u64| LossRow {
            step,
            loss: 1.0 / step as f64,
            mean_loss: 0.5,
            fixed_noise_loss: step.is_multiple_of(100).then_some(0.25),
            ..LossRow::default()
        };
        (1..=steps).map(row).collect()
    }

    #[test]
    fn a_long_run_is_thinned_out_and_keeps_its_ends() {
        let all = points(&rows(50_000), false, |row| Some(row.loss));
        let kept = thin(all.clone(), DOTS);
        assert!(kept.len() <= DOTS + 1, "{}", kept.len());
        assert_eq!((kept.first(), kept.last()), (all.first(), all.last()));
        assert_eq!(thin(all[..DOTS].to_vec(), DOTS).len(), DOTS);
        assert!(thin(Vec::new(), DOTS).is_empty());
    }

    #[test]
    fn points_are_made_anew_only_for_other_rows_runs_and_scales() {
        let mut plot = LossPlot::default();
        let rows = rows(300);
        assert!(plot.rebuild(Path::new("a"), &rows[..200]));
        assert!(!plot.rebuild(Path::new("a"), &rows));
        assert_eq!((plot.dots.len(), plot.fixed_noise.len()), (300, 3));
        assert!(plot.rebuild(Path::new("b"), &rows));
        plot.log = true;
        assert!(plot.rebuild(Path::new("b"), &rows));
        assert!((plot.dots[9].y + 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_logarithm_that_is_none_is_left_out() {
        let mut rows = rows(3);
        rows[0].loss = 0.0;
        rows[1].loss = f64::NAN;
        assert_eq!(points(&rows, true, |row| Some(row.loss)).len(), 1);
    }

    #[test]
    fn the_label_tells_of_the_nearest_step() {
        let rows = rows(300);
        let at =
            |x: f64| label(&rows, &HoverPosition::Elsewhere { position: PlotPoint { x, y: 0.0 } }).unwrap();
        assert!(at(149.6).starts_with("step 150\n"), "{}", at(149.6));
        assert!(at(150.4).ends_with("fixed noise 0.2500 (step 100)"), "{}", at(150.4));
        assert!(at(-5.0).starts_with("step 1\n") && at(9999.0).starts_with("step 300\n"));
    }

    #[test]
    fn losses_have_the_digits_that_matter() {
        let texts: Vec<_> = [0.0, 0.023_456, 0.002_345_6, 1.5, 1e-7].into_iter().map(short).collect();
        assert_eq!(texts, ["0", "0.0235", "0.002346", "1.50", "1.0e-7"]);
        let ticks: Vec<_> = [0.0, 0.15, 2.0, 200.0, 1e-7].into_iter().map(tick).collect();
        assert_eq!(ticks, ["0", "0.15", "2", "200", "1.0e-7"]);
    }
}
