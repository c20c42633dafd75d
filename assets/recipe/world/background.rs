//! The twelve places a thing can be, drawn in picture coordinates with a horizon near two thirds of the
//! height.
//!
//! Each is a wash and a few shapes whose places and sizes depend on the scene's seed. Backgrounds stay calmer
//! and paler or darker than the thing, which is to stand out.

use super::canvas::{Canvas, Paint, Transform};
use super::geometry::{Point, Rgb, at, blend, hash, mix, noise, scaled, smoothstep};
use super::scene::{Background, Scene};
use super::shapes::{Shape, capsule, disc, ellipse, outline, polygon, rect, union};

/// Draws the scene's background over the whole canvas.
pub fn draw(canvas: &mut Canvas, scene: &Scene) {
    let mut painter = BackgroundPainter { canvas, seed: scene.seed, sun: scene.sun };
    match scene.background {
        Background::Beach => beach(&mut painter),
        Background::Moon => moon(&mut painter),
        Background::Forest => forest(&mut painter),
        Background::City => city(&mut painter),
        Background::Snow => snow(&mut painter),
        Background::Desert => desert(&mut painter),
        Background::LivingRoom => living_room(&mut painter),
        Background::Table => table(&mut painter),
        Background::Underwater => underwater(&mut painter),
        Background::Meadow => meadow(&mut painter),
        Background::Street => street(&mut painter),
        Background::Space => space(&mut painter),
    }
}

struct BackgroundPainter<'a> {
    canvas: &'a mut Canvas,
    seed: u32,
    sun: f32,
}

impl BackgroundPainter<'_> {
    /// The scene's own number from 0 to 1 for a detail.
    fn own(&self, detail: i32) -> f32 {
        hash(detail, 77, self.seed)
    }

    fn fill_all(&mut self, colour: impl Fn(Point) -> Rgb) {
        self.canvas.fill_all(|p| Paint::flat(colour(p)));
    }

    fn put(&mut self, colour: Rgb, shape: impl Shape) {
        self.canvas.fill(&Transform::IDENTITY, &shape, |_| Paint::flat(colour));
    }

    fn paint(&mut self, shape: impl Shape, colour: impl Fn(Point) -> Rgb) {
        self.canvas.fill(&Transform::IDENTITY, &shape, |p| Paint::flat(colour(p)));
    }

    /// The ground from `y` down, from one colour at the horizon to another in front.
    fn ground(&mut self, y: f32, far: Rgb, near: Rgb) {
        self.paint(rect(0.5, y + 0.5, 0.6, 0.5, 0.0), |p| blend(far, near, (p.y - y) / (1.0 - y)));
    }

    fn stars(&mut self, count: i32, below: f32) {
        for i in 0..count {
            let radius = mix(0.004, 0.010, self.own(300 + i));
            let (x, y) = (self.own(100 + i), self.own(200 + i) * below);
            self.put([0.97, 0.96, 0.86], disc(x, y, radius));
        }
    }

    fn fir(&mut self, x: f32, foot: f32, height: f32, colour: Rgb) {
        let w = height * 0.3;
        let tip = foot - height;
        self.put(colour, polygon([(x - w, foot), (x, tip + height * 0.25), (x + w, foot)], 0.0));
        self.put(
            scaled(colour, 1.12),
            polygon([(x - w * 0.7, foot - height * 0.4), (x, tip), (x + w * 0.7, foot - height * 0.4)], 0.0),
        );
    }

    fn cloud(&mut self, x: f32, y: f32, size: f32) {
        let puffs =
            union(ellipse(x, y, size, size * 0.42), disc(x - size * 0.2, y - size * 0.3, size * 0.45));
        self.put([0.98, 0.99, 1.0], union(puffs, disc(x + size * 0.35, y - size * 0.15, size * 0.36)));
    }
}

fn beach(s: &mut BackgroundPainter<'_>) {
    let sea = 0.44 + 0.06 * s.own(0);
    s.fill_all(|p| blend([0.45, 0.75, 0.96], [0.84, 0.94, 0.98], p.y / sea));
    s.put([1.0, 0.93, 0.55], disc(0.5 + 0.34 * s.sun, 0.13, 0.085));
    s.paint(rect(0.5, sea + 0.1, 0.6, 0.1, 0.0), |p| {
        let crest = noise(at(p.x * 7.0, p.y * 60.0), 5) > 0.72;
        let water = blend([0.10, 0.45, 0.72], [0.25, 0.68, 0.80], (p.y - sea) / 0.18);
        if crest { blend(water, [1.0; 3], 0.35) } else { water }
    });
    let (seed, shore) = (s.seed, sea + 0.15);
    s.paint(rect(0.5, shore + 0.5, 0.6, 0.5, 0.0), move |p| {
        let foam = p.y - shore - 0.02 * noise(at(p.x * 6.0, 0.0), seed) < 0.02;
        let grain = hash((p.x * 70.0) as i32, (p.y * 70.0) as i32, seed);
        if foam {
            [0.97, 0.99, 1.0]
        } else {
            scaled(blend([0.95, 0.86, 0.62], [0.88, 0.73, 0.46], (p.y - shore) * 2.4), 0.97 + 0.05 * grain)
        }
    });
}

fn moon(s: &mut BackgroundPainter<'_>) {
    s.fill_all(|p| blend([0.02, 0.02, 0.07], [0.07, 0.07, 0.15], p.y));
    s.stars(34, 0.62);
    let (x, y) = (mix(0.12, 0.88, s.own(1)), 0.16);
    s.put([0.20, 0.45, 0.88], disc(x, y, 0.1));
    s.put([0.32, 0.68, 0.42], ellipse(x - 0.03, y - 0.02, 0.04, 0.05));
    s.put([0.93, 0.96, 0.98], ellipse(x + 0.03, y + 0.04, 0.045, 0.016));
    let horizon = 0.60 + 0.05 * s.own(0);
    s.paint(ellipse(0.5, horizon + 0.62, 1.1, 0.64), move |p| {
        blend([0.62, 0.62, 0.66], [0.43, 0.43, 0.48], (p.y - horizon) * 2.4)
    });
    for i in 0..6 {
        let (x, y) = (s.own(10 + i), mix(horizon + 0.07, 0.97, s.own(20 + i)));
        let r = mix(0.03, 0.08, s.own(30 + i)) * (0.4 + y);
        s.put([0.70, 0.70, 0.74], ellipse(x, y + r * 0.1, r, r * 0.36));
        s.put([0.34, 0.34, 0.40], ellipse(x, y, r * 0.9, r * 0.29));
    }
}

fn forest(s: &mut BackgroundPainter<'_>) {
    s.fill_all(|p| blend([0.36, 0.56, 0.34], [0.60, 0.74, 0.46], p.y * 1.4));
    for i in 0..5 {
        let x = (i as f32 + 0.15 + 0.7 * s.own(i)) / 5.0;
        s.put([0.30, 0.40, 0.26], capsule((x, 0.1), (x, 0.7), 0.018, 0.024));
    }
    for i in 0..4 {
        let x = (i as f32 + 0.1 + 0.8 * s.own(10 + i)) / 4.0;
        s.put([0.32, 0.22, 0.15], capsule((x, 0.0), (x, 0.74), 0.032, 0.05));
    }
    for i in 0..7 {
        let (x, y) = ((i as f32 + s.own(20 + i)) / 7.0, 0.03 + 0.11 * s.own(30 + i));
        let green = blend([0.10, 0.30, 0.13], [0.17, 0.42, 0.18], s.own(40 + i));
        s.put(green, disc(x, y, 0.13));
    }
    s.ground(0.66 + 0.05 * s.own(50), [0.24, 0.42, 0.18], [0.15, 0.28, 0.11]);
    for i in 0..5 {
        let (x, y) = (s.own(60 + i), mix(0.76, 0.98, s.own(70 + i)));
        s.put([0.34, 0.54, 0.22], ellipse(x, y, 0.05, 0.014));
    }
}

fn city(s: &mut BackgroundPainter<'_>) {
    s.fill_all(|p| blend([0.04, 0.05, 0.17], [0.24, 0.16, 0.36], p.y * 1.5));
    s.stars(8, 0.25);
    s.put([0.97, 0.94, 0.80], disc(0.5 + 0.36 * s.sun, 0.12, 0.055));
    for i in 0..6 {
        let x = (i as f32 + 0.5) / 6.0 + 0.03 * (s.own(i) - 0.5);
        let top = mix(0.16, 0.46, s.own(10 + i));
        let (seed, half) = (s.seed.wrapping_add(i as u32), 0.078);
        let wall = blend([0.09, 0.09, 0.20], [0.15, 0.12, 0.26], s.own(20 + i));
        s.paint(rect(x, top + 0.4, half, 0.4, 0.0), move |p| {
            let (u, v) = ((p.x - x + half) / (half * 2.0) * 3.0, (p.y - top) * 15.0);
            let pane = (u - u.floor() - 0.5).abs() < 0.27 && (v - v.floor() - 0.5).abs() < 0.30;
            let on = hash(u as i32, v as i32, seed) < 0.48;
            if pane && on { [1.0, 0.84, 0.38] } else { wall }
        });
    }
    s.ground(0.70 + 0.03 * s.own(40), [0.17, 0.16, 0.23], [0.10, 0.10, 0.15]);
    for i in 0..4 {
        let x = (i as f32 + s.own(50 + i)) / 4.0;
        s.put([0.36, 0.29, 0.26], ellipse(x, 0.77 + 0.18 * s.own(60 + i), 0.07, 0.008));
    }
}

fn snow(s: &mut BackgroundPainter<'_>) {
    s.fill_all(|p| blend([0.62, 0.76, 0.90], [0.84, 0.90, 0.96], p.y * 1.5));
    let far = 0.52 + 0.04 * s.own(0);
    s.put([0.80, 0.86, 0.94], ellipse(mix(0.1, 0.9, s.own(1)), far + 0.3, 0.8, 0.36));
    for i in 0..5 {
        let x = (i as f32 + 0.1 + 0.8 * s.own(10 + i)) / 5.0;
        s.fir(x, 0.65, mix(0.24, 0.42, s.own(20 + i)), [0.18, 0.36, 0.32]);
    }
    s.paint(ellipse(mix(0.2, 0.8, s.own(2)), 1.42, 1.3, 0.83), |p| {
        blend([0.97, 0.98, 1.0], [0.83, 0.88, 0.95], (p.y - 0.6) * 2.2)
    });
    for i in 0..22 {
        s.put([1.0; 3], disc(s.own(40 + i), s.own(80 + i) * 0.66, mix(0.006, 0.013, s.own(120 + i))));
    }
}

fn desert(s: &mut BackgroundPainter<'_>) {
    s.fill_all(|p| blend([0.98, 0.66, 0.38], [1.0, 0.88, 0.62], p.y * 1.6));
    s.put([1.0, 0.97, 0.80], disc(0.5 + 0.34 * s.sun, 0.2, 0.1));
    s.put([0.86, 0.54, 0.30], ellipse(mix(0.0, 0.4, s.own(0)), 0.75, 0.6, 0.24));
    s.put([0.80, 0.47, 0.26], ellipse(mix(0.6, 1.0, s.own(1)), 0.78, 0.6, 0.22));
    let x = if s.own(2) < 0.5 { mix(0.05, 0.15, s.own(3)) } else { mix(0.85, 0.95, s.own(3)) };
    let green = [0.25, 0.45, 0.26];
    s.put(
        green,
        union(
            capsule((x, 0.30), (x, 0.68), 0.03, 0.03),
            capsule((x - 0.07, 0.42), (x - 0.07, 0.5), 0.02, 0.02),
        ),
    );
    s.put(
        green,
        union(
            capsule((x - 0.07, 0.5), (x, 0.52), 0.02, 0.02),
            capsule((x, 0.47), (x + 0.07, 0.42), 0.02, 0.02),
        ),
    );
    let top = 0.64;
    s.paint(ellipse(0.5, top + 0.6, 1.2, 0.6), |p| {
        let ripple = (noise(at(p.x * 2.0, 0.0), 3) * 0.08 + p.y) * 14.0;
        let line = ripple - ripple.floor() < 0.25;
        let sand = blend([0.96, 0.74, 0.44], [0.85, 0.56, 0.28], (p.y - top) * 2.6);
        if line { scaled(sand, 0.92) } else { sand }
    });
}

fn living_room(s: &mut BackgroundPainter<'_>) {
    let walls = [[0.88, 0.78, 0.66], [0.72, 0.80, 0.76], [0.86, 0.72, 0.70], [0.76, 0.78, 0.86]];
    let wall = walls[((s.own(0) * 4.0) as usize).min(3)];
    s.fill_all(|p| {
        let band = ((p.x * 9.0) - (p.x * 9.0).floor()) < 0.5;
        scaled(wall, if band { 1.0 } else { 0.96 } * mix(1.03, 0.93, p.y))
    });
    let left = s.own(1) < 0.5;
    let (x, y) = (if left { 0.2 } else { 0.8 }, 0.25);
    s.paint(rect(x, y, 0.13, 0.17, 0.0), |p| {
        blend([0.52, 0.78, 0.97], [0.88, 0.95, 0.99], (p.y - 0.08) * 3.0)
    });
    s.put([0.98, 0.97, 0.94], outline(rect(x, y, 0.13, 0.17, 0.0), 0.016));
    s.put([0.98, 0.97, 0.94], union(rect(x, y, 0.008, 0.17, 0.0), rect(x, y, 0.13, 0.008, 0.0)));
    let (x, tone) = (1.0 - x, blend([0.85, 0.45, 0.35], [0.35, 0.55, 0.6], s.own(2)));
    s.put(tone, rect(x, 0.24, 0.1, 0.085, 0.0));
    s.put([0.45, 0.30, 0.18], outline(rect(x, 0.24, 0.1, 0.085, 0.0), 0.014));
    let floor = 0.68 + 0.04 * s.own(3);
    s.ground(floor, [0.58, 0.38, 0.24], [0.48, 0.30, 0.18]);
    s.put([0.96, 0.94, 0.9], rect(0.5, floor, 0.6, 0.016, 0.0));
    let rug = blend([0.70, 0.30, 0.30], [0.30, 0.38, 0.58], s.own(4));
    s.put(rug, ellipse(0.5, 0.93, 0.52, 0.14));
    s.put(blend(rug, [1.0; 3], 0.35), outline(ellipse(0.5, 0.93, 0.47, 0.115), 0.010));
}

fn table(s: &mut BackgroundPainter<'_>) {
    let wall = blend([0.56, 0.62, 0.60], [0.70, 0.64, 0.56], s.own(0));
    s.fill_all(|p| scaled(wall, mix(1.10, 0.82, p.y * 1.4)));
    let (edge, seed) = (0.60 + 0.06 * s.own(1), s.seed);
    s.paint(rect(0.5, edge + 0.5, 0.6, 0.5, 0.0), move |p| {
        let depth = (p.y - edge) / (1.0 - edge);
        let plank = (depth * (2.6 - depth) * 2.2).floor();
        let seam = depth * (2.6 - depth) * 2.2 - plank < 0.10;
        let fibre = noise(at(p.x * 3.0 + plank * 7.0, p.y * 70.0), seed);
        let tone = 0.94 + 0.10 * hash(plank as i32, 3, seed) + 0.10 * (fibre - 0.5);
        scaled([0.66, 0.43, 0.24], if seam { 0.62 } else { tone })
    });
}

fn underwater(s: &mut BackgroundPainter<'_>) {
    s.fill_all(|p| blend([0.36, 0.78, 0.86], [0.02, 0.24, 0.46], smoothstep(-0.1, 1.0, p.y)));
    for i in 0..4 {
        let x = (i as f32 + s.own(i)) / 4.0;
        s.canvas.fill(
            &Transform::IDENTITY,
            &polygon([(x, -0.1), (x + 0.08, -0.1), (x - 0.06, 0.8), (x - 0.24, 0.8)], 0.0),
            |p| Paint::flat(blend([0.52, 0.87, 0.91], [0.05, 0.29, 0.50], smoothstep(-0.1, 0.82, p.y))),
        );
    }
    for i in 0..4 {
        let x = if i % 2 == 0 { 0.02 + 0.14 * s.own(10 + i) } else { 0.84 + 0.14 * s.own(10 + i) };
        let top = mix(0.40, 0.66, s.own(20 + i));
        s.put([0.08, 0.45, 0.32], capsule((x + 0.03, top), (x - 0.02, (top + 0.9) * 0.5), 0.012, 0.022));
        s.put([0.08, 0.45, 0.32], capsule((x - 0.02, (top + 0.9) * 0.5), (x, 0.92), 0.022, 0.024));
    }
    s.paint(ellipse(mix(0.2, 0.8, s.own(30)), 1.36, 1.2, 0.5), |p| {
        blend([0.55, 0.66, 0.52], [0.34, 0.48, 0.46], (p.y - 0.86) * 6.0)
    });
    for i in 0..9 {
        let (x, y, r) = (s.own(40 + i), s.own(50 + i) * 0.85, mix(0.012, 0.028, s.own(60 + i)));
        s.put([0.78, 0.95, 0.98], outline(disc(x, y, r), 0.005));
    }
}

fn meadow(s: &mut BackgroundPainter<'_>) {
    s.fill_all(|p| blend([0.40, 0.70, 0.96], [0.86, 0.95, 0.99], p.y * 1.6));
    s.cloud(mix(0.1, 0.4, s.own(0)), 0.13 + 0.06 * s.own(1), 0.12);
    s.cloud(mix(0.6, 0.95, s.own(2)), 0.16 + 0.1 * s.own(3), 0.1);
    s.put([0.52, 0.76, 0.42], ellipse(mix(0.0, 0.35, s.own(4)), 0.86, 0.6, 0.32));
    s.put([0.45, 0.70, 0.36], ellipse(mix(0.65, 1.0, s.own(5)), 0.9, 0.6, 0.34));
    s.paint(ellipse(0.5, 1.38, 1.3, 0.76), |p| {
        blend([0.50, 0.76, 0.30], [0.30, 0.58, 0.20], (p.y - 0.62) * 2.6)
    });
    let petals = [[1.0, 0.98, 0.95], [1.0, 0.85, 0.25], [0.95, 0.45, 0.6]];
    for i in 0..16 {
        let (x, y) = (s.own(10 + i), mix(0.70, 0.99, s.own(30 + i)));
        s.put(petals[(i % 3) as usize], disc(x, y, 0.008 + 0.008 * y));
    }
}

fn street(s: &mut BackgroundPainter<'_>) {
    s.fill_all(|p| blend([0.60, 0.80, 0.94], [0.88, 0.93, 0.95], p.y * 1.8));
    let facades =
        [[0.86, 0.70, 0.58], [0.78, 0.60, 0.54], [0.90, 0.84, 0.68], [0.66, 0.70, 0.72], [0.80, 0.74, 0.80]];
    for i in 0..4 {
        let x = (i as f32 + 0.5) / 4.0;
        let wall = facades[((s.own(i) * 5.0) as usize).min(4)];
        let top = mix(0.10, 0.30, s.own(10 + i));
        s.paint(rect(x, top + 0.35, 0.125, 0.35, 0.0), move |p| {
            let (u, v) = ((p.x - x + 0.125) * 8.0, (p.y - top) * 6.5);
            let pane = (u - u.floor() - 0.5).abs() < 0.22 && (v - v.floor() - 0.5).abs() < 0.27;
            if pane { [0.42, 0.52, 0.60] } else { wall }
        });
    }
    let kerb = 0.66 + 0.03 * s.own(20);
    s.ground(kerb, [0.74, 0.72, 0.69], [0.74, 0.72, 0.69]);
    s.ground(kerb + 0.06, [0.40, 0.40, 0.43], [0.32, 0.32, 0.35]);
    s.put([0.60, 0.58, 0.56], rect(0.5, kerb + 0.06, 0.6, 0.008, 0.0));
    let shift = s.own(21) * 0.3;
    for i in 0..4 {
        s.put([0.93, 0.91, 0.82], rect(i as f32 * 0.36 - shift + 0.1, 0.88, 0.10, 0.013, 0.0));
    }
}

fn space(s: &mut BackgroundPainter<'_>) {
    let seed = s.seed;
    let tint = blend([0.45, 0.12, 0.50], [0.10, 0.30, 0.58], s.own(0));
    s.fill_all(move |p| {
        let cloud = 0.65 * noise(p * 3.0, seed) + 0.35 * noise(p * 7.0, seed ^ 9);
        blend([0.04, 0.02, 0.11], tint, smoothstep(0.42, 0.85, cloud))
    });
    s.stars(46, 1.0);
    let (x, y) = (if s.own(1) < 0.5 { 0.13 } else { 0.87 }, mix(0.14, 0.3, s.own(2)));
    let planet = blend([0.94, 0.68, 0.40], [0.55, 0.78, 0.70], s.own(3));
    s.paint(disc(x, y, 0.1), |p| scaled(planet, mix(1.1, 0.55, smoothstep(-0.1, 0.12, p.x - x + p.y - y))));
    s.put([0.92, 0.86, 0.74], outline(ellipse(x, y + 0.005, 0.165, 0.04), 0.010));
}
