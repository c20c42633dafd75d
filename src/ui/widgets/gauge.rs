//! A small horizontal gauge: a number on a scale, with the range where it usually lies.
//!
//! Only paints; what is usual is for the caller to know.

use crate::theme;

/// Height of the bar.
const BAR: f32 = 8.0;

#[derive(Debug, Clone, Copy, Default)]
pub struct Gauge<'a> {
    /// What it is: "Distance from the start".
    pub name: &'a str,
    pub text: &'a str,
    /// What it means, in an artist's words.
    pub tooltip: &'a str,
    pub value: f64,
    /// The ends of the scale.
    pub scale: [f64; 2],
    /// From where to where it usually lies.
    pub usual: Option<[f64; 2]>,
    /// The most usual value.
    pub middle: Option<f64>,
}

impl Gauge<'_> {
    /// Shows name, number and bar across the width there is.
    pub fn ui(&self, ui: &mut egui::Ui) -> egui::Response {
        let tokens = theme::tokens(ui);
        line(ui, self.name, self.text, self.tooltip);
        let (rect, response) =
            ui.allocate_exact_size(egui::vec2(ui.available_width(), BAR), egui::Sense::hover());
        let name = format!("{}: {}", self.name, self.text);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Meter, true, &name));
        let painter = ui.painter();
        let x = |value: f64| rect.left() + self.part(value) * rect.width();
        painter.rect_filled(rect, BAR / 2.0, tokens.edge);
        if let Some([low, high]) = self.usual {
            let usual = egui::Rect::from_x_y_ranges(x(low)..=x(high), rect.y_range());
            painter.rect_filled(usual, BAR / 2.0, tokens.good.gamma_multiply(0.45));
        }
        if let Some(middle) = self.middle {
            painter.vline(x(middle), rect.y_range(), egui::Stroke::new(1.5, tokens.good));
        }
        let ring = egui::Stroke::new(1.5, tokens.card);
        painter.circle(egui::pos2(x(self.value), rect.center().y), BAR * 0.75, tokens.accent, ring);
        response.on_hover_text(self.tooltip)
    }

    /// Where on the scale a value lies, from 0 to 1.
    fn part(&self, value: f64) -> f32 {
        let [low, high] = self.scale;
        let part = (value - low) / (high - low).max(f64::MIN_POSITIVE);
        if part.is_finite() { part.clamp(0.0, 1.0) as f32 } else { 0.0 }
    }
}

/// A line of a name and its number.
pub fn line(ui: &mut egui::Ui, name: &str, text: &str, tooltip: &str) {
    let quiet = theme::tokens(ui).quiet;
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(name).small().color(quiet)).on_hover_text(tooltip);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(egui::RichText::new(text).small());
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_outside_the_scale_stays_at_its_end() {
        let gauge = Gauge { scale: [0.0, 2.0], ..Gauge::default() };
        let parts = [-1.0, 0.5, 9.0, f64::NAN].map(|value| gauge.part(value));
        assert_eq!(parts, [0.0, 0.25, 1.0, 0.0]);
        assert_eq!(Gauge { scale: [1.0, 1.0], ..gauge }.part(1.0), 0.0);
    }
}
