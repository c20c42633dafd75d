//! Places for names beside marks, so that none lies on another or on a mark.
//!
//! Each name is tried close to its mark first, then farther away, all around; the order of the marks decides who comes
//! first. It draws nothing.

/// Directions that are tried, the usual ones first, as parts of a full turn clockwise from the right.
const TURNS: [f64; 16] = [
    0.0, 0.5, 0.75, 0.25, 0.875, 0.125, 0.625, 0.375, 0.9375, 0.0625, 0.5625, 0.4375, 0.8125, 0.6875, 0.1875,
    0.3125,
];
/// Rings that are tried, and how far apart they are.
const RINGS: usize = 60;
const RING: f64 = 10.0;

/// The upper left corners of names of these sizes (width, height), each for the mark in the same place of the list, within
/// the rectangle from the first to the second corner of `area`.
pub fn place(marks: &[[f64; 2]], sizes: &[[f64; 2]], radius: f64, area: [[f64; 2]; 2]) -> Vec<[f64; 2]> {
    let mut taken: Vec<[[f64; 2]; 2]> =
        marks.iter().map(|[x, y]| [[x - radius, y - radius], [x + radius, y + radius]]).collect();
    let mut found = Vec::new();
    for (&[x, y], &[width, height]) in marks.iter().zip(sizes) {
        let rectangle = |reach: f64, turn: f64| {
            let (sin, cos) = (turn * std::f64::consts::TAU).sin_cos();
            // Beside the mark the name begins there, above and below it its middle is there.
            let middle = [x + cos * (reach + width / 2.0), y + sin * (reach + height / 2.0)];
            let corner = [middle[0] - width / 2.0, middle[1] - height / 2.0];
            [corner, [corner[0] + width, corner[1] + height]]
        };
        let near = radius + 3.0;
        let tried = (0..RINGS).flat_map(|ring| TURNS.map(|turn| rectangle(near + ring as f64 * RING, turn)));
        let inside = |[from, to]: &[[f64; 2]; 2]| {
            (0..2).all(|axis| from[axis] >= area[0][axis] && to[axis] <= area[1][axis])
        };
        let mut tried = tried.filter(inside);
        let free = tried.find(|rectangle| !taken.iter().any(|other| overlap(rectangle, other)));
        let free = free.unwrap_or_else(|| rectangle(near, 0.0));
        taken.push(free);
        found.push(free[0]);
    }
    found
}

/// Where a line from a mark to its name ends: at the nearest place of the name's rectangle, if that is so far that it would
/// not be seen what the name belongs to.
pub fn leader(mark: [f64; 2], corner: [f64; 2], size: [f64; 2], radius: f64) -> Option<[f64; 2]> {
    let nearest = [0, 1].map(|axis| mark[axis].clamp(corner[axis], corner[axis] + size[axis]));
    let far = (nearest[0] - mark[0]).hypot(nearest[1] - mark[1]);
    (far > 3.0 * radius).then_some(nearest)
}

fn overlap(one: &[[f64; 2]; 2], other: &[[f64; 2]; 2]) -> bool {
    (0..2).all(|axis| one[0][axis] < other[1][axis] && other[0][axis] < one[1][axis])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_marks_in_one_heap_lie_apart() {
        let marks: Vec<[f64; 2]> =
            (0..20).map(|i| [300.0 + f64::from(i % 4), 200.0 + f64::from(i % 5)]).collect();
        let sizes: Vec<[f64; 2]> = (0..20).map(|i| [40.0 + 5.0 * f64::from(i), 17.0]).collect();
        let area = [[70.0, 60.0], [800.0, 540.0]];
        let places = place(&marks, &sizes, 5.0, area);
        let rectangle = |i: usize| {
            let [x, y] = places[i];
            [[x, y], [x + sizes[i][0], y + sizes[i][1]]]
        };
        for i in 0..20 {
            let own = rectangle(i);
            assert!(own[0][0] >= 70.0 && own[1][0] <= 800.0 && own[0][1] >= 60.0 && own[1][1] <= 540.0);
            assert!((0..i).all(|j| !overlap(&own, &rectangle(j))), "{i}");
            assert!(marks.iter().all(|[x, y]| !overlap(&own, &[[x - 5.0, y - 5.0], [x + 5.0, y + 5.0]])));
        }
        let alone = place(&[[300.0, 200.0]], &[[50.0, 17.0]], 5.0, area);
        assert_eq!(alone, [[308.0, 191.5]], "beside it, on the right");
        assert_eq!(leader([300.0, 200.0], alone[0], [50.0, 17.0], 5.0), None);
        // Twenty pixels to the right are too far: a line goes to the left side of the name.
        assert_eq!(leader([300.0, 200.0], [320.0, 192.0], [50.0, 17.0], 5.0), Some([320.0, 200.0]));
    }
}
