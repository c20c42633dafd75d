//! Figures of a comparison as files for papers and for looking at: likeness to the right, obedience upwards, a mark for
//! each method with its intervals and its name (figure 10 of the paper).
//!
//! A figure is a list of shapes, which are written as SVG or painted as pixels; both show the same. It knows numbers and
//! names alone, and the window draws its own.

mod axis;
mod labels;
mod raster;
mod scene;
mod set_sizes;

use self::axis::{Axis, axes};
use metrics::MethodScores;
use project::evaluation::Score;

pub use axis::around;
pub use labels::{leader, place};
pub use raster::{text_width, to_image};
pub use scene::{Anchor, Ink, Scene, Shape};
pub use set_sizes::set_sizes;

/// Width and height of a figure.
const SIZE: [f64; 2] = [820.0, 600.0];
/// Where it is plotted, from the left to the right and from below upwards.
const WIDE: [f64; 2] = [70.0, 790.0];
const HIGH: [f64; 2] = [538.0, 60.0];
/// What the axes are called.
const LIKENESS: &str = "image similarity: looks like the pictures";
const OBEDIENCE: &str = "text similarity: obeys prompts";
const TEXT: f64 = 14.0;
const RADIUS: f64 = 5.0;
/// How wide the line of an interval is.
const BAR: f64 = 1.2;

const BLACK: Ink = [34, 34, 34];
const GREY: Ink = [120, 120, 120];
const PALE: Ink = [226, 226, 226];
/// Inks that can be told apart with any eyes (Okabe and Ito 2008), for the methods in turn.
const INKS: [Ink; 7] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [230, 159, 0],
    [140, 81, 10],
];

/// The figure of these methods. Those without both scores have no place in it.
pub fn figure(title: &str, methods: &[MethodScores]) -> Scene {
    let marks: Vec<(&MethodScores, Score, Score)> =
        methods.iter().filter_map(|method| Some((method, method.image?, method.text?))).collect();
    let across = Axis::of(marks.iter().map(|(_, image, _)| *image), WIDE);
    let up = Axis::of(marks.iter().map(|(.., text)| *text), HIGH);
    let mut scene = Scene::new(SIZE);
    axes(&mut scene, title, [&across, &up], [LIKENESS, OBEDIENCE]);
    let places: Vec<[f64; 2]> =
        marks.iter().map(|(_, image, text)| [across.place(image.mean), up.place(text.mean)]).collect();
    for ((index, (method, image, text)), at) in marks.iter().enumerate().zip(&places) {
        let ink = ink(method, index);
        let flat = image.interval().map(|ends| ends.map(|end| [across.place(end), at[1]]));
        let upright = text.interval().map(|ends| ends.map(|end| [at[0], up.place(end)]));
        for [from, to] in [flat, upright].into_iter().flatten() {
            scene.add(Shape::Line { from, to, width: BAR, ink });
        }
        let title = format!("{}: {:.3}, {:.3}", method.method, image.mean, text.mean);
        scene.add(Shape::Mark { at: *at, radius: RADIUS, ink, square: method.baseline, title });
    }
    let names =
        marks.iter().enumerate().map(|(index, (method, ..))| (method.method.clone(), ink(method, index)));
    name(&mut scene, &places, &names.collect::<Vec<_>>());
    scene
}

/// Writes names beside marks, in their inks, with a line where one is far from its mark.
fn name(scene: &mut Scene, marks: &[[f64; 2]], names: &[(String, Ink)]) {
    let sizes: Vec<[f64; 2]> = names.iter().map(|(text, _)| [text_width(text, TEXT), TEXT * 1.2]).collect();
    let area = [[WIDE[0], HIGH[1]], [SIZE[0] - 4.0, HIGH[0]]];
    let places = place(marks, &sizes, RADIUS, area).into_iter();
    for (((at, mark), (text, ink)), [width, height]) in places.zip(marks).zip(names).zip(sizes) {
        if let Some(to) = leader(*mark, at, [width, height], RADIUS) {
            scene.add(Shape::Line { from: *mark, to, width: 0.6, ink: *ink });
        }
        scene.add(Shape::text([at[0], at[1] + TEXT * 0.95], TEXT, *ink, Anchor::Start, text.clone()));
    }
}

fn ink(method: &MethodScores, index: usize) -> Ink {
    if method.baseline { GREY } else { INKS[index % INKS.len()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(name: &str, image: f64, text: f64, baseline: bool) -> MethodScores {
        let score = |mean: f64| Some(Score { mean, low: mean - 0.02, high: mean + 0.03, count: 8 });
        let (image, text) = (score(image), score(text));
        MethodScores { method: name.into(), baseline, image, text, points: 2, seconds: 1.0 }
    }

    #[test]
    fn every_method_has_a_mark_and_a_name_in_the_picture() {
        let mut methods: Vec<MethodScores> = (0..9)
            .map(|i| method(&format!("vectors-{i} <&>"), 0.7 + f64::from(i % 3) * 1e-3, 0.2, false))
            .collect();
        methods.push(method("image-only", 0.8, 0.15, true));
        methods.push(MethodScores { image: None, ..method("without", 0.1, 0.1, true) });
        let scene = figure("garden-robot", &methods);
        let svg = scene.to_svg();
        let read = roxmltree::Document::parse(&svg).unwrap();
        let marks = read.descendants().filter(|node| node.attribute("class") == Some("mark")).count();
        assert_eq!(marks, 10);
        let names: Vec<&str> = read.descendants().filter_map(|node| node.text()).collect();
        for method in &methods[..10] {
            assert!(names.contains(&method.method.as_str()), "{names:?}");
        }
        assert!(!svg.contains("without") && svg.contains("garden-robot"));
        let image = to_image(&scene, 1.0);
        assert_eq!(image.dimensions(), (820, 600));
        let coloured = image.pixels().filter(|pixel| pixel.0 == INKS[0]).count();
        assert!(coloured > 60, "{coloured} pixels of the first mark and its name");
        assert_eq!(image.get_pixel(819, 0).0, [255; 3]);
    }

    #[test]
    fn one_picture_alone_has_no_bar() {
        let one = Some(Score { mean: 0.5, low: 0.5, high: 0.5, count: 1 });
        let several = method("several", 0.7, 0.2, false);
        let alone = MethodScores { image: one, text: one, ..several.clone() };
        let bars = |methods: &[MethodScores]| {
            let shapes = figure("cup", methods).shapes;
            shapes.iter().filter(|shape| matches!(shape, Shape::Line { width, .. } if *width == BAR)).count()
        };
        assert_eq!((bars(std::slice::from_ref(&several)), bars(&[several, alone])), (2, 2));
    }
}
