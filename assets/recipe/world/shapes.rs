//! Shapes as signed distances: negative inside, positive outside, in the units of the thing being drawn.
//!
//! Distances give edges without stairs, outlines and cuts for free. Shapes know nothing of colour or of
//! pixels.

use super::geometry::{Point, at};

/// The corner points of an upright box: left and top, right and bottom.
pub type Bounds = (Point, Point);

/// A region of the plane.
pub trait Shape {
    /// How far the point is outside (positive) or inside (negative); near the edge, the true distance.
    fn distance(&self, p: Point) -> f32;
    /// A box that holds the whole region.
    fn bounds(&self) -> Bounds;
}

/// An ellipse with upright axes; see [`ellipse`].
#[derive(Debug, Clone, Copy)]
pub struct Ellipse {
    centre: Point,
    radii: Point,
}

/// The ellipse around (x, y) with half axes `rx` and `ry`.
pub const fn ellipse(x: f32, y: f32, rx: f32, ry: f32) -> Ellipse {
    Ellipse { centre: at(x, y), radii: at(rx, ry) }
}

/// The disc around (x, y).
pub const fn disc(x: f32, y: f32, radius: f32) -> Ellipse {
    ellipse(x, y, radius, radius)
}

impl Shape for Ellipse {
    /// First-order distance: the implicit function over the length of its gradient.
    fn distance(&self, p: Point) -> f32 {
        let d = p - self.centre;
        let q = at(d.x / self.radii.x, d.y / self.radii.y);
        let k = q.length();
        if k < 1e-4 {
            return -self.radii.x.min(self.radii.y);
        }
        let slope = at(q.x / self.radii.x, q.y / self.radii.y).length();
        k * (k - 1.0) / slope
    }

    fn bounds(&self) -> Bounds {
        (self.centre - self.radii, self.centre + self.radii)
    }
}

/// An upright rectangle with rounded corners; see [`rect`].
#[derive(Debug, Clone, Copy)]
pub struct Rect {
    centre: Point,
    half: Point,
    round: f32,
}

/// The rectangle around (x, y), `2 hx` wide and `2 hy` high, its corners rounded by `round`.
pub const fn rect(x: f32, y: f32, hx: f32, hy: f32, round: f32) -> Rect {
    Rect { centre: at(x, y), half: at(hx, hy), round }
}

impl Shape for Rect {
    fn distance(&self, p: Point) -> f32 {
        let d = p - self.centre;
        let q = at(d.x.abs() - self.half.x + self.round, d.y.abs() - self.half.y + self.round);
        at(q.x.max(0.0), q.y.max(0.0)).length() + q.x.max(q.y).min(0.0) - self.round
    }

    fn bounds(&self) -> Bounds {
        (self.centre - self.half, self.centre + self.half)
    }
}

/// A capsule: a thick line whose thickness changes from end to end; see [`capsule`].
#[derive(Debug, Clone, Copy)]
pub struct Capsule {
    from: Point,
    to: Point,
    radii: (f32, f32),
}

/// The line between two places, as thick as `2 r0` at the first and `2 r1` at the second.
pub const fn capsule(from: (f32, f32), to: (f32, f32), r0: f32, r1: f32) -> Capsule {
    Capsule { from: at(from.0, from.1), to: at(to.0, to.1), radii: (r0, r1) }
}

impl Shape for Capsule {
    fn distance(&self, p: Point) -> f32 {
        let (along, d) = (self.to - self.from, p - self.from);
        let t = (d.dot(along) / along.dot(along).max(1e-9)).clamp(0.0, 1.0);
        (d - along * t).length() - (self.radii.0 + (self.radii.1 - self.radii.0) * t)
    }

    fn bounds(&self) -> Bounds {
        let r = self.radii.0.max(self.radii.1);
        let low = at(self.from.x.min(self.to.x) - r, self.from.y.min(self.to.y) - r);
        (low, at(self.from.x.max(self.to.x) + r, self.from.y.max(self.to.y) + r))
    }
}

/// A polygon with rounded corners; see [`polygon`].
#[derive(Debug, Clone, Copy)]
pub struct Polygon<const N: usize> {
    corners: [Point; N],
    round: f32,
}

/// The closed polygon through the corners, grown by `round`.
pub fn polygon<const N: usize>(corners: [(f32, f32); N], round: f32) -> Polygon<N> {
    Polygon { corners: corners.map(|(x, y)| at(x, y)), round }
}

impl<const N: usize> Shape for Polygon<N> {
    /// Distance to the nearest side, negative if a ray to the right crosses an odd number of sides.
    fn distance(&self, p: Point) -> f32 {
        let (mut nearest, mut inside) = (f32::MAX, false);
        let mut before = self.corners[N - 1];
        for corner in self.corners {
            let (side, d) = (before - corner, p - corner);
            let t = (d.dot(side) / side.dot(side).max(1e-9)).clamp(0.0, 1.0);
            let off = d - side * t;
            nearest = nearest.min(off.dot(off));
            if (corner.y > p.y) != (before.y > p.y) && d.x < side.x * d.y / side.y {
                inside = !inside;
            }
            before = corner;
        }
        (if inside { -nearest.sqrt() } else { nearest.sqrt() }) - self.round
    }

    fn bounds(&self) -> Bounds {
        let (mut low, mut high) = (self.corners[0], self.corners[0]);
        for c in self.corners {
            low = at(low.x.min(c.x), low.y.min(c.y));
            high = at(high.x.max(c.x), high.y.max(c.y));
        }
        (low - at(self.round, self.round), high + at(self.round, self.round))
    }
}

/// A five-pointed star around (x, y), one point up.
pub fn star(x: f32, y: f32, radius: f32) -> Polygon<10> {
    // Unit directions of the ten corners, 36 degrees apart, from the top and clockwise.
    const CORNERS: [(f32, f32); 10] = [
        (0.0, -1.0),
        (0.588, -0.809),
        (0.951, -0.309),
        (0.951, 0.309),
        (0.588, 0.809),
        (0.0, 1.0),
        (-0.588, 0.809),
        (-0.951, 0.309),
        (-0.951, -0.309),
        (-0.588, -0.809),
    ];
    let mut index = 0;
    let corners = CORNERS.map(|(dx, dy)| {
        let r = if index % 2 == 0 { radius } else { radius * 0.48 };
        index += 1;
        (x + dx * r, y + dy * r)
    });
    polygon(corners, radius * 0.06)
}

/// The outline of a shape, `2 half` thick; see [`outline`].
#[derive(Debug, Clone, Copy)]
pub struct Outline<S>(S, f32);

/// A band of thickness `2 half` along the edge of a shape.
pub fn outline<S: Shape>(shape: S, half: f32) -> Outline<S> {
    Outline(shape, half)
}

impl<S: Shape> Shape for Outline<S> {
    fn distance(&self, p: Point) -> f32 {
        self.0.distance(p).abs() - self.1
    }

    fn bounds(&self) -> Bounds {
        let (low, high) = self.0.bounds();
        (low - at(self.1, self.1), high + at(self.1, self.1))
    }
}

/// The first shape without the second; see [`difference`].
#[derive(Debug, Clone, Copy)]
pub struct Difference<A, B>(A, B);

/// What is in the first shape and not in the second.
pub fn difference<A: Shape, B: Shape>(kept: A, cut: B) -> Difference<A, B> {
    Difference(kept, cut)
}

impl<A: Shape, B: Shape> Shape for Difference<A, B> {
    fn distance(&self, p: Point) -> f32 {
        self.0.distance(p).max(-self.1.distance(p))
    }

    fn bounds(&self) -> Bounds {
        self.0.bounds()
    }
}

/// What is in either shape; see [`union`].
#[derive(Debug, Clone, Copy)]
pub struct Union<A, B>(A, B);

/// The two shapes melted into one.
pub fn union<A: Shape, B: Shape>(a: A, b: B) -> Union<A, B> {
    Union(a, b)
}

impl<A: Shape, B: Shape> Shape for Union<A, B> {
    fn distance(&self, p: Point) -> f32 {
        self.0.distance(p).min(self.1.distance(p))
    }

    fn bounds(&self) -> Bounds {
        let ((a0, a1), (b0, b1)) = (self.0.bounds(), self.1.bounds());
        (at(a0.x.min(b0.x), a0.y.min(b0.y)), at(a1.x.max(b1.x), a1.y.max(b1.y)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_true_where_they_can_be_worked_out() {
        let near = |a: f32, b: f32| assert!((a - b).abs() < 1e-4, "{a} {b}");
        near(disc(1.0, 0.0, 2.0).distance(at(1.0, 3.0)), 1.0);
        near(ellipse(0.0, 0.0, 2.0, 1.0).distance(at(2.0, 0.0)), 0.0);
        near(rect(0.0, 0.0, 2.0, 1.0, 0.5).distance(at(3.0, 0.0)), 1.0);
        near(rect(0.0, 0.0, 2.0, 1.0, 0.0).distance(at(0.0, 0.0)), -1.0);
        near(capsule((0.0, 0.0), (2.0, 0.0), 0.5, 0.5).distance(at(1.0, 2.0)), 1.5);
        let square = polygon([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)], 0.0);
        near(square.distance(at(0.0, 0.0)), -1.0);
        near(square.distance(at(3.0, 0.0)), 2.0);
        near(difference(square, disc(0.0, 0.0, 0.5)).distance(at(0.0, 0.0)), 0.5);
        near(outline(square, 0.2).distance(at(1.0, 0.0)), -0.2);
        near(union(square, disc(4.0, 0.0, 1.0)).distance(at(3.5, 0.0)), -0.5);
    }

    #[test]
    fn nothing_inside_lies_outside_the_bounds() {
        fn check(shape: &impl Shape) {
            let (low, high) = shape.bounds();
            let mut inside = 0;
            for i in 0..6400 {
                let p = at((i % 80) as f32 * 0.05 - 2.0, (i / 80) as f32 * 0.05 - 2.0);
                if shape.distance(p) < 0.0 {
                    inside += 1;
                    assert!(p.x >= low.x - 1e-3 && p.x <= high.x + 1e-3, "{p:?}");
                    assert!(p.y >= low.y - 1e-3 && p.y <= high.y + 1e-3, "{p:?}");
                }
            }
            assert!(inside > 20);
        }
        check(&star(0.1, 0.2, 0.9));
        check(&capsule((-0.5, 0.2), (0.7, -0.9), 0.1, 0.4));
        check(&outline(ellipse(0.0, 0.1, 0.6, 0.3), 0.1));
        check(&union(disc(-0.5, 0.0, 0.3), rect(0.6, 0.2, 0.3, 0.7, 0.1)));
    }
}
