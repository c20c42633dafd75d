//! The rail on the left: one button for each page, and what is always at hand.

use egui::{self, Align, Layout, RichText, Ui};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::state::{AppState, Page};
use crate::theme;
use crate::widgets::controls;

/// Its width.
pub(super) const WIDTH: f32 = 92.0;
/// What is always at hand, the lowest first.
const AT_HAND: [UiCommand; 3] = [UiCommand::About, UiCommand::ToggleTheme, UiCommand::Palette];

/// The left rail: one button for each page, in the order of the work; there is a place for more below them.
pub fn show(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    egui::Panel::left("rail").exact_size(WIDTH).resizable(false).show(ui, |ui| {
        ui.add_space(theme::GAP);
        let height = page_height(ui);
        ui.vertical_centered_justified(|ui| {
            for other in Page::ALL {
                let command = UiCommand::to_page(other);
                let busy = other == Page::Learn && state.run.job.is_some();
                let button = rail_button(ui, command, height, state.page == other, busy);
                controls::on_press(button, command, actions);
            }
        });
        ui.with_layout(Layout::bottom_up(Align::Center), |ui| {
            ui.add_space(theme::NEAR);
            for command in AT_HAND {
                icon_button(ui, command, actions);
            }
        });
    });
}

/// How high the buttons of the pages are: lower where not all of them have room above what is always at hand.
fn page_height(ui: &Ui) -> f32 {
    let spacing = ui.spacing();
    let at_hand = AT_HAND.len() as f32 * (spacing.interact_size.y + spacing.item_spacing.y);
    let room = ui.available_height() - theme::NEAR - at_hand;
    (room / Page::ALL.len() as f32 - spacing.item_spacing.y).clamp(32.0, 50.0)
}

/// The icon above the name; a page where something runs has a dot.
fn rail_button(ui: &mut Ui, command: UiCommand, height: f32, chosen: bool, busy: bool) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(80.0, height), egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Button, true, chosen, t!("rail-page", page = command.text()))
    });
    let visuals = ui.style().interact_selectable(&response, chosen);
    let painter = ui.painter();
    if chosen || response.hovered() || response.has_focus() {
        let (fill, edge) = (visuals.weak_bg_fill, visuals.bg_stroke);
        painter.rect(rect, theme::ROUND, fill, edge, egui::StrokeKind::Inside);
    }
    let colour = visuals.text_color();
    let text = |at: egui::Vec2, text: &str, size: f32| {
        let font = egui::FontId::proportional(size);
        painter.text(rect.center() + at, egui::Align2::CENTER_CENTER, text, font, colour);
    };
    text(egui::vec2(0.0, -0.18 * height), command.icon(), 0.46 * height);
    text(egui::vec2(0.0, 0.28 * height), command.text(), 12.5);
    if busy {
        painter.circle_filled(
            rect.center() + egui::vec2(18.0, -0.36 * height),
            4.0,
            theme::tokens(ui).accent,
        );
    }
    response
}

/// A button that shows only its icon, with its name for those who cannot see it.
fn icon_button(ui: &mut Ui, command: UiCommand, actions: &mut Vec<Action>) {
    let button = ui.add(egui::Button::new(RichText::new(command.icon()).size(18.0)).frame(false));
    controls::on_press(button.accessible_name(command.text()), command, actions);
}
