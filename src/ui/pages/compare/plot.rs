//! The plot of a comparison, as in figure 10 of the paper: likeness to the right, obedience up, a mark for each method and
//! concept with its intervals, the mean of each method larger and named.
//!
//! It shows marks and reports the one that was clicked.

use egui::{RichText, Role, Ui, WidgetInfo};
use egui_plot::{HoverPosition, Line, MarkerShape, Plot, PlotPoint, Points, Text};

use super::marks::Mark;
use crate::theme;

/// A click so many points from a mark means it.
const NEAR: f32 = 14.0;
/// Radius of a mark, of the chosen one, and of a mean.
const SIZES: [f32; 3] = [4.0, 6.5, 8.0];

/// Shows the marks; gives the place in the list of the one that was clicked.
pub fn plot(ui: &mut Ui, marks: &[Mark], chosen: Option<usize>, height: f32) -> Option<usize> {
    let tokens = theme::tokens(ui);
    let colours: Vec<_> = marks.iter().map(|mark| theme::series(ui, mark.number)).collect();
    let shapes: Vec<MarkerShape> = MarkerShape::all().collect();
    let hovered = |hover: &HoverPosition<'_>| match hover {
        HoverPosition::NearDataPoint { position, .. } => {
            let here = |mark: &&Mark| mark.place() == Some([position.x, position.y]);
            marks.iter().find(here).map(describe)
        }
        HoverPosition::Elsewhere { .. } => None,
    };
    let shown = Plot::new("methods")
        .height(height)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .grid_color(tokens.edge)
        .cursor_color(tokens.quiet)
        .x_axis_label(RichText::new("likeness to the pictures").small())
        .y_axis_label(RichText::new("obedience to the prompts").small())
        .label_formatter(hovered)
        .show(ui, |plot| {
            for (number, (mark, colour)) in marks.iter().zip(&colours).enumerate() {
                let Some([x, y]) = mark.place() else { continue };
                let faint = colour.gamma_multiply(0.45);
                let bars = [
                    mark.image.map(|image| vec![[image.low, y], [image.high, y]]),
                    mark.text.map(|text| vec![[x, text.low], [x, text.high]]),
                ];
                for (axis, bar) in bars.into_iter().enumerate() {
                    let bar = bar.map(|bar| Line::new("", bar).color(faint).allow_hover(false));
                    bar.into_iter().for_each(|bar| plot.line(bar.id((number, axis))));
                }
                let size = match (&mark.concept, chosen == Some(number)) {
                    (None, _) => SIZES[2],
                    (_, true) => SIZES[1],
                    _ => SIZES[0],
                };
                let points = Points::new("", vec![[x, y]]).radius(size).color(*colour);
                plot.points(points.shape(shapes[mark.number % shapes.len()]).id((number, "mark")));
                if mark.concept.is_none() {
                    let name = RichText::new(format!("  {}", mark.method)).color(*colour);
                    let text = Text::new("", PlotPoint::new(x, y), name);
                    plot.text(text.anchor(egui::Align2::LEFT_BOTTOM).id((number, "name")));
                }
            }
        });
    let name = format!("Plot of {} marks; the table below says the same", marks.len());
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &name));
    let at = shown.response.interact_pointer_pos().filter(|_| shown.response.clicked())?;
    let far = |mark: &Mark| {
        let [x, y] = mark.place()?;
        Some(shown.transform.position_from_point(&PlotPoint::new(x, y)).distance(at))
    };
    let near = marks.iter().enumerate().filter_map(|(number, mark)| Some((number, far(mark)?)));
    near.filter(|(_, far)| *far < NEAR).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(number, _)| number)
}

fn describe(mark: &Mark) -> String {
    let figure = |name: &str, figure: Option<super::marks::Figure>| {
        figure.map(|f| format!("\n{name} {:.3} ({:.3} to {:.3})", f.mean, f.low, f.high)).unwrap_or_default()
    };
    format!("{}{}{}", mark.name(), figure("likeness", mark.image), figure("obedience", mark.text))
}
