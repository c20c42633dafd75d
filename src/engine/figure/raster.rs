//! A figure as pixels, with the typeface of the window.
//!
//! Signs that the typeface lacks are left out: a figure is made of the names of methods and concepts. It reads no font
//! of the system, so that the same figure is the same everywhere.

use image::{Rgb, RgbImage};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider as _};
use vello_cpu::color::AlphaColor;
use vello_cpu::kurbo::{Affine, BezPath, Circle, Rect, Shape as _, Stroke};
use vello_cpu::{Pixmap, RenderContext, Resources};

use super::scene::{Anchor, Ink, Scene, Shape};

const FONT: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/fonts/Inter-Regular.otf"));
/// Longest side of a picture in pixels.
const LONGEST: f64 = 16384.0;

/// How wide a text is in letters of this size.
pub fn text_width(text: &str, size: f64) -> f64 {
    let Ok(font) = FontRef::new(FONT) else { return 0.0 };
    let (glyphs, letters) =
        (font.glyph_metrics(Size::new(size as f32), LocationRef::default()), font.charmap());
    let widths = text.chars().filter_map(|letter| glyphs.advance_width(letters.map(letter)?));
    widths.map(f64::from).sum()
}

/// The figure, each of its pixels `scale` of the picture's wide.
pub fn to_image(scene: &Scene, scale: f64) -> RgbImage {
    let [width, height] = scene.size.map(|side| (side * scale).round().clamp(1.0, LONGEST) as u16);
    let mut canvas = RenderContext::new(width, height);
    canvas.set_transform(Affine::scale(scale));
    paint(&mut canvas, [255; 3]);
    canvas.fill_rect(&Rect::new(0.0, 0.0, scene.size[0], scene.size[1]));
    scene.shapes.iter().for_each(|shape| draw(&mut canvas, shape));
    canvas.flush();
    let mut pixels = Pixmap::new(width, height);
    canvas.render(&mut pixels, &mut Resources::new());
    let bytes = pixels.data_as_u8_slice();
    RgbImage::from_fn(width.into(), height.into(), |x, y| {
        let place = 4 * (y as usize * usize::from(width) + x as usize);
        Rgb([0, 1, 2].map(|channel| bytes.get(place + channel).copied().unwrap_or_default()))
    })
}

fn paint(canvas: &mut RenderContext, [red, green, blue]: Ink) {
    canvas.set_paint(AlphaColor::from_rgba8(red, green, blue, 255));
}

fn draw(canvas: &mut RenderContext, shape: &Shape) {
    match shape {
        Shape::Line { from, to, width, ink } => {
            let mut path = BezPath::new();
            path.move_to((from[0], from[1]));
            path.line_to((to[0], to[1]));
            paint(canvas, *ink);
            canvas.set_stroke(Stroke::new(*width));
            canvas.stroke_path(&path);
        }
        Shape::Mark { at: [x, y], radius, ink, square: false, .. } => {
            paint(canvas, *ink);
            canvas.fill_path(&Circle::new((*x, *y), *radius).to_path(0.05));
        }
        Shape::Mark { at: [x, y], radius, ink, square: true, .. } => {
            let square = Rect::new(x - radius, y - radius, x + radius, y + radius);
            paint(canvas, [255; 3]);
            canvas.fill_rect(&square);
            paint(canvas, *ink);
            canvas.set_stroke(Stroke::new(1.6));
            canvas.stroke_rect(&square);
        }
        Shape::Text { at: [x, y], size, ink, anchor, text } => {
            let before = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => text_width(text, *size) / 2.0,
                Anchor::End => text_width(text, *size),
            };
            paint(canvas, *ink);
            canvas.fill_path(&outline(text, *size, [x - before, *y]));
        }
    }
}

/// The outlines of a text that begins at `at` on its line.
fn outline(text: &str, size: f64, at: [f64; 2]) -> BezPath {
    let mut pen = Pen { path: BezPath::new(), at };
    let Ok(font) = FontRef::new(FONT) else { return pen.path };
    let (size, place) = (Size::new(size as f32), LocationRef::default());
    let (glyphs, letters, outlines) =
        (font.glyph_metrics(size, place), font.charmap(), font.outline_glyphs());
    for glyph in text.chars().filter_map(|letter| letters.map(letter)) {
        if let Some(outline) = outlines.get(glyph) {
            // One that cannot be drawn leaves a gap.
            let _ = outline.draw(DrawSettings::unhinted(size, place), &mut pen);
        }
        pen.at[0] += f64::from(glyphs.advance_width(glyph).unwrap_or_default());
    }
    pen.path
}

/// Puts outlines, whose y goes up, on a canvas, whose y goes down.
struct Pen {
    path: BezPath,
    at: [f64; 2],
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f64, f64) {
        (self.at[0] + f64::from(x), self.at[1] - f64::from(y))
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.place(x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.place(x, y));
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.path.quad_to(self.place(cx0, cy0), self.place(x, y));
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.path.curve_to(self.place(cx0, cy0), self.place(cx1, cy1), self.place(x, y));
    }

    fn close(&mut self) {
        self.path.close_path();
    }
}
