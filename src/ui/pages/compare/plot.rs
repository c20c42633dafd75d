//! The plot of a comparison, as in figure 10 of the paper: likeness to the right, obedience up, a mark for each method and
//! concept with its intervals, the mean of each method larger and named.
//!
//! It shows marks and reports the one that was clicked.

use egui::{Color32, Rect, RichText, Role, Stroke, TextStyle, Ui, WidgetInfo, pos2};
use egui_plot::{HoverPosition, Line, MarkerShape, Plot, PlotPoint, PlotTransform, Points};

use super::marks::{Figure, Mark};
use crate::theme;
use engine::{around, leader, place_names};

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
    // The intervals of two concepts are so wide that the marks would lie in a heap.
    let [across, up] =
        [0, 1].map(|axis| around(marks.iter().filter_map(Mark::place).map(|place| place[axis])));
    let within = |figure: Figure, [least, most]: [f64; 2]| [figure.low.max(least), figure.high.min(most)];
    let shown = Plot::new("methods")
        .height(height)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .grid_color(tokens.edge)
        .cursor_color(tokens.quiet)
        .x_axis_label(RichText::new(t!("compare-plot-x")).small())
        .y_axis_label(RichText::new(t!("compare-plot-y")).small())
        .label_formatter(hovered)
        .show(ui, |plot| {
            for (number, (mark, colour)) in marks.iter().zip(&colours).enumerate() {
                let Some([x, y]) = mark.place() else { continue };
                let faint = colour.gamma_multiply(0.45);
                let bars = [
                    mark.image.map(|image| within(image, across).map(|end| [end, y]).to_vec()),
                    mark.text.map(|text| within(text, up).map(|end| [x, end]).to_vec()),
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
            }
        });
    names(ui, marks, &colours, &shown.transform, shown.response.rect);
    let name = t!("compare-plot-name", count = marks.len());
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &name));
    let at = shown.response.interact_pointer_pos().filter(|_| shown.response.clicked())?;
    let far = |mark: &Mark| {
        let [x, y] = mark.place()?;
        Some(shown.transform.position_from_point(&PlotPoint::new(x, y)).distance(at))
    };
    let near = marks.iter().enumerate().filter_map(|(number, mark)| Some((number, far(mark)?)));
    near.filter(|(_, far)| *far < NEAR).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(number, _)| number)
}

/// Writes the names of the means so that none lies on another or on a mark, with a line where one is far from its own.
fn names(ui: &Ui, marks: &[Mark], colours: &[Color32], transform: &PlotTransform, area: Rect) {
    let painter = ui.painter_at(area);
    let font = TextStyle::Body.resolve(ui.style());
    let at = |mark: &Mark| {
        let [x, y] = mark.place()?;
        let at = transform.position_from_point(&PlotPoint::new(x, y));
        area.contains(at).then(|| [f64::from(at.x), f64::from(at.y)])
    };
    let (mut named, mut others) = (Vec::new(), Vec::new());
    for (mark, colour) in marks.iter().zip(colours) {
        match (at(mark), &mark.concept) {
            (Some(at), None) => {
                let text = painter.layout_no_wrap(mark.method.clone(), font.clone(), *colour);
                named.push((at, text, *colour));
            }
            (Some(at), Some(_)) => others.push(at),
            (None, _) => {}
        }
    }
    let places: Vec<[f64; 2]> = named.iter().map(|(at, ..)| *at).chain(others).collect();
    let sizes: Vec<[f64; 2]> =
        named.iter().map(|(_, text, _)| [f64::from(text.size().x), f64::from(text.size().y)]).collect();
    let radius = f64::from(SIZES[2]);
    let corners = [area.min, area.max].map(|corner| [f64::from(corner.x), f64::from(corner.y)]);
    let on_screen = |[x, y]: [f64; 2]| pos2(x as f32, y as f32);
    let found = place_names(&places, &sizes, radius, corners);
    for (((at, text, colour), corner), size) in named.into_iter().zip(found).zip(sizes) {
        if let Some(to) = leader(at, corner, size, radius) {
            let stroke = Stroke::new(1.0, colour.gamma_multiply(0.6));
            painter.line_segment([on_screen(at), on_screen(to)], stroke);
        }
        painter.galley(on_screen(corner), text, colour);
    }
}

fn describe(mark: &Mark) -> String {
    let figure = |f: Figure| super::figure([f.mean, f.low, f.high], 3);
    let likeness = mark.image.map(|image| t!("compare-plot-likeness", figure = figure(image)));
    let obedience = mark.text.map(|text| t!("compare-plot-obedience", figure = figure(text)));
    [Some(mark.name()), likeness, obedience].into_iter().flatten().collect::<Vec<_>>().join("\n")
}
