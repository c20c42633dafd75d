//! What is painted by hand: strokes of a round brush, lassos, rectangles.
//!
//! Plain arithmetic on single floats, in a fixed order, so that every computer gets the same bytes.

use super::{Mask, Tile, Touched};

/// How much of a pixel with its middle at a place is covered by a round brush that was led from one place to another, from
/// 0 to 1; its edge is a pixel soft.
pub fn cover([x, y]: [f32; 2], [from, to]: [[f32; 2]; 2], radius: f32) -> f32 {
    let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    let squared = dx * dx + dy * dy;
    let along = ((x - from[0]) * dx + (y - from[1]) * dy) / squared;
    let along = if squared > 0.0 { along.clamp(0.0, 1.0) } else { 0.0 };
    let [away_x, away_y] = [x - (from[0] + along * dx), y - (from[1] + along * dy)];
    (radius + 0.5 - (away_x * away_x + away_y * away_y).sqrt()).clamp(0.0, 1.0)
}

/// Left, top, and the ends of all pixels that such a brush may touch.
pub fn reach([from, to]: [[f32; 2]; 2], radius: f32) -> [i64; 4] {
    let first = |axis: usize| (from[axis].min(to[axis]) - radius - 1.0).floor() as i64;
    let end = |axis: usize| (from[axis].max(to[axis]) + radius + 2.0).ceil() as i64;
    [first(0), first(1), end(0), end(1)]
}

/// A pixel after a brush has covered so much of it. The same brush twice does nothing more.
pub fn brushed(old: u8, cover: f32, add: bool) -> u8 {
    let level = (cover * 255.0).round() as u8;
    if add { old.max(level) } else { old.min(255 - level) }
}

impl Mask {
    pub(super) fn stroke(&mut self, points: &[[f32; 2]], radius: f32, add: bool) -> Touched {
        let single = points.first().filter(|_| points.len() == 1).map(|&point| [point, point]);
        let lines = points.windows(2).map(|pair| [pair[0], pair[1]]).chain(single);
        let mut touched = Touched::new();
        for line in lines {
            let full = if add { 255 } else { 0 };
            let covered = |x: u32, y: u32| cover([x as f32 + 0.5, y as f32 + 0.5], line, radius);
            // Where a brush has no dent, all between covered corners is covered.
            let all = |[left, top, width, height]: [u32; 4], tile: &Tile| {
                let corners = [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)];
                let within = || corners.iter().all(|(x, y)| covered(left + x, top + y) >= 1.0);
                (*tile == Tile::Plain(full) || within()).then_some(Tile::Plain(full))
            };
            touched.extend(self.edit(reach(line, radius), all, |x, y, old| {
                if old == full { old } else { brushed(old, covered(x, y), add) }
            }));
        }
        touched
    }

    pub(super) fn rectangle(&mut self, [a, b]: [[f32; 2]; 2], add: bool) -> Touched {
        let first = |axis: usize| a[axis].min(b[axis]).round() as i64;
        let end = |axis: usize| a[axis].max(b[axis]).round() as i64;
        let full = if add { 255 } else { 0 };
        let all = |_: [u32; 4], _: &Tile| Some(Tile::Plain(full));
        self.edit([first(0), first(1), end(0), end(1)], all, |_, _, _| full)
    }

    /// By the even-odd rule at the pixels' middles.
    pub(super) fn lasso(&mut self, points: &[[f32; 2]], add: bool) -> Touched {
        let heights = || points.iter().map(|point| point[1]).filter(|y| y.is_finite());
        let [low, high] = [heights().fold(f32::MAX, f32::min), heights().fold(f32::MIN, f32::max)];
        let top = (low.floor() as i64).clamp(0, self.size[1].into());
        let bottom = (high.ceil() as i64).clamp(top, self.size[1].into());
        let spans: Vec<Vec<[i64; 2]>> = (top..bottom).map(|y| spans(points, y as f32 + 0.5)).collect();
        let left = spans.iter().flatten().map(|span| span[0]).min().unwrap_or(0);
        let right = spans.iter().flatten().map(|span| span[1]).max().unwrap_or(0);
        self.edit(
            [left, top, right, bottom],
            |_, _| None,
            |x, y, old| {
                let inside = |span: &[i64; 2]| (span[0]..span[1]).contains(&i64::from(x));
                match spans[(i64::from(y) - top) as usize].iter().any(inside) {
                    true if add => 255,
                    true => 0,
                    false => old,
                }
            },
        )
    }
}

/// The pixels of a row, at the height of their middles, that lie within a closed line: first and end of each run.
fn spans(points: &[[f32; 2]], y: f32) -> Vec<[i64; 2]> {
    let following = points.iter().skip(1).chain(points.first());
    let crossing = |([x0, y0], [x1, y1]): (&[f32; 2], &[f32; 2])| {
        ((*y0 <= y) != (*y1 <= y)).then(|| x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    };
    let mut crossings: Vec<f32> = points.iter().zip(following).filter_map(crossing).collect();
    crossings.sort_by(f32::total_cmp);
    let first = |x: f32| (x - 0.5).ceil() as i64;
    crossings.chunks_exact(2).map(|pair| [first(pair[0]), first(pair[1])]).collect()
}
