//! Shapes of a figure, and the same as SVG.
//!
//! The text of an SVG stays text, so that it can be found and set in another typeface. Nothing else is known here than
//! lines, marks and words.

/// Red, green and blue.
pub type Ink = [u8; 3];

/// Which end of a text lies at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// What is drawn; places in pixels from the upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A straight line.
    Line { from: [f64; 2], to: [f64; 2], width: f64, ink: Ink },
    /// A disc, or an open square, with a title that tells of it.
    Mark { at: [f64; 2], radius: f64, ink: Ink, square: bool, title: String },
    /// A text on the line through `at`.
    Text { at: [f64; 2], size: f64, ink: Ink, anchor: Anchor, text: String },
}

impl Shape {
    /// A text.
    pub fn text(at: [f64; 2], size: f64, ink: Ink, anchor: Anchor, text: String) -> Self {
        Self::Text { at, size, ink, anchor, text }
    }
}

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Width and height.
    pub size: [f64; 2],
    /// From the lowest up.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// A white one.
    pub fn new(size: [f64; 2]) -> Self {
        Self { size, shapes: Vec::new() }
    }

    /// Draws over what is there.
    pub fn add(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    /// The figure as a document for browsers and drawing programs.
    pub fn to_svg(&self) -> String {
        let [width, height] = self.size;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" font-family=\"Inter, Helvetica, Arial, sans-serif\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
        );
        for shape in &self.shapes {
            svg += &element(shape);
            svg.push('\n');
        }
        svg + "</svg>\n"
    }
}

fn element(shape: &Shape) -> String {
    match shape {
        Shape::Line { from: [x1, y1], to: [x2, y2], width, ink } => format!(
            "<line x1=\"{x1:.2}\" y1=\"{y1:.2}\" x2=\"{x2:.2}\" y2=\"{y2:.2}\" stroke=\"{}\" stroke-width=\"{width}\"/>",
            hex(ink)
        ),
        Shape::Mark { at: [x, y], radius, ink, square: false, title } => format!(
            "<circle class=\"mark\" cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius}\" fill=\"{}\"><title>{}</title></circle>",
            hex(ink),
            escaped(title)
        ),
        Shape::Mark { at: [x, y], radius, ink, square: true, title } => format!(
            "<rect class=\"mark\" x=\"{:.2}\" y=\"{:.2}\" width=\"{side}\" height=\"{side}\" fill=\"#ffffff\" \
             stroke=\"{}\" stroke-width=\"1.6\"><title>{}</title></rect>",
            x - radius,
            y - radius,
            hex(ink),
            escaped(title),
            side = 2.0 * radius
        ),
        Shape::Text { at: [x, y], size, ink, anchor, text } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            format!(
                "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{}\">{}</text>",
                hex(ink),
                escaped(text)
            )
        }
    }
}

fn hex([red, green, blue]: &Ink) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    let visible = text.chars().filter(|sign| !sign.is_control());
    visible.collect::<String>().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
