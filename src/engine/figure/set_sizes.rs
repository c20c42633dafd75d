//! How scores change with the number of pictures that are learned from: a curve of likeness and one of obedience for each
//! method (appendix B and figure 12 of the paper).
//!
//! The numbers are taken from the names of the methods, `single n=5`.

use metrics::MethodScores;

use super::axis::{Axis, axes};
use super::scene::{Ink, Scene, Shape};
use super::{HIGH, INKS, RADIUS, SIZE, WIDE, name};
use project::evaluation::Score;

/// A curve: its name and ink, whether it is of obedience, and its points.
struct Curve {
    name: String,
    ink: Ink,
    obedience: bool,
    points: Vec<(usize, Score)>,
}

/// So far above the end of a line its name stands, so that the line does not go through it.
const ABOVE: f64 = 14.0;

/// The figure of those methods that learned from several numbers of pictures; `None` if there are none.
pub fn set_sizes(title: &str, methods: &[MethodScores]) -> Option<Scene> {
    let mut curves: Vec<Curve> = Vec::new();
    for method in methods {
        let Some((base, count)) = method.method.rsplit_once(" n=") else { continue };
        let Ok(count) = count.parse::<usize>() else { continue };
        for (what, score) in [("image", method.image), ("text", method.text)] {
            let (called, ink) = (format!("{base}, {what}"), INKS[curves.len() / 2 % INKS.len()]);
            let Some(score) = score else { continue };
            match curves.iter_mut().find(|curve| curve.name == called) {
                Some(curve) => curve.points.push((count, score)),
                None => {
                    let (obedience, points) = (what == "text", vec![(count, score)]);
                    curves.push(Curve { name: called, ink, obedience, points });
                }
            }
        }
    }
    curves.iter_mut().for_each(|curve| curve.points.sort_by_key(|(count, _)| *count));
    let all = || curves.iter().flat_map(|curve| &curve.points);
    all().next()?;
    let across = Axis::of_counts(all().map(|(count, _)| *count), WIDE);
    let up = Axis::of(all().map(|(_, score)| *score), HIGH);
    let mut scene = Scene::new(SIZE);
    axes(&mut scene, title, [&across, &up], ["pictures learned from", "image and text similarity"]);
    let (mut ends, mut names) = (Vec::new(), Vec::new());
    for Curve { name, ink, obedience, points } in curves {
        let at = |(count, score): &(usize, Score)| [across.place(*count as f64), up.place(score.mean)];
        for pair in points.windows(2) {
            scene.add(Shape::Line { from: at(&pair[0]), to: at(&pair[1]), width: 1.6, ink });
        }
        for point in &points {
            let [x, _] = at(point);
            if let Some(ends) = point.1.interval() {
                let [from, to] = ends.map(|end| [x, up.place(end)]);
                scene.add(Shape::Line { from, to, width: 1.0, ink });
            }
            let title = format!("{name} of {}: {:.3}", point.0, point.1.mean);
            scene.add(Shape::Mark { at: at(point), radius: RADIUS, ink, square: obedience, title });
        }
        ends.extend(points.last().map(at).map(|[x, y]| [x, y - ABOVE]));
        names.push((name, ink));
    }
    name(&mut scene, &ends, &names);
    Some(scene)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_has_two_curves_over_the_numbers() {
        let score = |mean: f64| Some(Score { mean, low: mean - 0.02, high: mean + 0.03, count: 8 });
        let method = |name: &str, image: f64| MethodScores {
            method: name.into(),
            baseline: false,
            image: score(image),
            text: score(0.2),
            points: 1,
            seconds: 1.0,
        };
        assert_eq!(set_sizes("cup", &[method("single", 0.5)]), None);
        let methods = [method("single n=5", 0.7), method("single n=1", 0.5), method("image-only", 0.8)];
        let svg = set_sizes("cup", &methods).unwrap().to_svg();
        let read = roxmltree::Document::parse(&svg).unwrap();
        let with = |name: &str| read.descendants().filter(|node| node.has_tag_name(name)).count();
        assert_eq!((with("circle"), svg.matches("class=\"mark\"").count()), (2, 4));
        let texts: Vec<&str> = read.descendants().filter_map(|node| node.text()).collect();
        for text in ["1", "5", "single, image", "single, text"] {
            assert!(texts.contains(&text), "{texts:?}");
        }
    }
}
