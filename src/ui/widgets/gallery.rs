//! A strip and a wall of drawn pictures, and how a picture is painted into a place of another shape.
//!
//! Only what is visible is laid out, so that thousands of pictures cost nothing. Pictures that were not read yet
//! show their file's name; the strip says which are in view and reads nothing by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{
    Align2, FontId, Image, Key, Modifiers, Rect, Role, Sense, Stroke, StrokeKind, TextStyle, Vec2,
    WidgetInfo, vec2,
};
use image::RgbImage;

use crate::recent::Thumbnails;
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::tile::Tile;
use crate::{icons, theme};

/// Side of a picture in the strip.
pub const SIDE: f32 = theme::CARD * 0.6;
/// Side of a picture on the wall.
const WALL_SIDE: f32 = theme::CARD * 1.25;

/// Shows the strip, with the `chosen` picture marked. Gives the picture that was clicked.
pub fn strip(
    ui: &mut egui::Ui,
    shared: &mut Shared,
    pictures: &[PathBuf],
    copies: &Thumbnails,
    chosen: Option<&Path>,
) -> Option<PathBuf> {
    let step = SIDE + theme::NEAR;
    let mut clicked = None;
    // There is no other way to go, so a plain wheel goes it.
    ui.style_mut().always_scroll_the_only_direction = true;
    egui::ScrollArea::horizontal().id_salt("gallery").auto_shrink([false, true]).show_viewport(
        ui,
        |ui, view| {
            let width = (step * pictures.len() as f32 - theme::NEAR).max(0.0);
            let (area, _) = ui.allocate_exact_size(vec2(width, SIDE), Sense::hover());
            let first = (view.left() / step).floor().max(0.0) as usize;
            let last = (view.right() / step).ceil().max(0.0) as usize;
            for (place, picture) in pictures.iter().enumerate().take(last).skip(first) {
                let corner = area.min + vec2(step * place as f32, 0.0);
                let rect = Rect::from_min_size(corner, Vec2::splat(SIDE));
                let marked = chosen == Some(picture.as_path());
                let id = ui.make_persistent_id((place, picture));
                let copy = shared.thumbnail(copies, picture);
                if card(ui, shared, (picture, copy), (rect, id), marked).clicked() {
                    clicked = Some(picture.clone());
                }
            }
        },
    );
    clicked
}

fn card(
    ui: &mut egui::Ui,
    shared: &mut Shared,
    (path, copy): (&Path, Option<&Arc<RgbImage>>),
    (rect, id): (Rect, egui::Id),
    marked: bool,
) -> egui::Response {
    let tokens = theme::tokens(ui);
    let name = file_name(path);
    let response = ui.interact(rect, id, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, enabled, marked, t!("strip-picture.name", name = name))
    });
    match copy {
        Some(picture) => paint(ui, shared, picture, rect, Fit::Cover),
        None => {
            ui.painter().rect_filled(rect, theme::ROUND, tokens.card);
            let style = TextStyle::Heading.resolve(ui.style());
            ui.painter().text(rect.center(), Align2::CENTER_BOTTOM, icons::IMAGE, style, tokens.quiet);
            small_text(ui, rect.shrink(theme::NEAR), &name);
        }
    }
    let edge = if marked || response.has_focus() {
        Stroke::new(2.0, tokens.accent)
    } else if response.hovered() {
        Stroke::new(1.0, tokens.quiet)
    } else {
        Stroke::new(1.0, tokens.edge)
    };
    ui.painter().rect_stroke(rect, theme::ROUND, edge, StrokeKind::Inside);
    response.on_hover_text(format!("{name}\n{}", t!("strip-picture.tip")))
}

/// One line of small quiet text in the lower half of a place, cut where it is too long.
fn small_text(ui: &egui::Ui, rect: Rect, text: &str) {
    let font: FontId = TextStyle::Small.resolve(ui.style());
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), font, theme::tokens(ui).quiet, rect.width());
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let corner = rect.center() + vec2(-galley.size().x / 2.0, theme::NEAR);
    ui.painter().galley(corner, galley, theme::tokens(ui).quiet);
}

/// Pictures side by side in rows, of which only those in view are laid out.
pub struct Wall<'a> {
    /// Tells it from other walls.
    pub salt: &'a str,
    pub pictures: &'a [PathBuf],
    /// What stands before a picture's name for those who do not see it.
    pub called: &'a str,
    /// What a press does.
    pub hint: &'a str,
    pub chosen: &'a dyn Fn(&Path) -> bool,
    /// A few signs in the corner of a picture.
    pub mark: &'a dyn Fn(&Path) -> Option<&'static str>,
}

/// A picture of the wall that was pressed.
pub struct Pressed {
    pub path: PathBuf,
    /// The keys that were held.
    pub modifiers: Modifiers,
    /// Whether it was pressed twice, or with Enter.
    pub opens: bool,
}

impl Wall<'_> {
    /// Shows it; gives the picture that was pressed.
    pub fn ui(&self, ui: &mut egui::Ui, state: &AppState, shared: &mut Shared) -> Option<Pressed> {
        ui.spacing_mut().item_spacing = Vec2::splat(theme::NEAR);
        let width = ui.available_width() - ui.spacing().scroll.bar_width - theme::NEAR;
        let columns = (((width + theme::NEAR) / (WALL_SIDE + theme::NEAR)).floor() as usize).max(1);
        let mut pressed = None;
        let area = egui::ScrollArea::vertical().id_salt(self.salt).auto_shrink([false, false]);
        area.show_rows(ui, WALL_SIDE, self.pictures.len().div_ceil(columns), |ui, rows| {
            for row in rows {
                ui.horizontal(|ui| {
                    for path in self.pictures.iter().skip(row * columns).take(columns) {
                        pressed = self.tile(ui, state, shared, path).or(pressed.take());
                    }
                });
            }
        });
        pressed
    }

    fn tile(&self, ui: &mut egui::Ui, state: &AppState, shared: &mut Shared, path: &Path) -> Option<Pressed> {
        let file = file_name(path);
        let name = format!("{} {file}", self.called);
        let (chosen, mark) = ((self.chosen)(path), (self.mark)(path));
        let tile = Tile { picture: Some(path), name: &name, mark, chosen, side: WALL_SIDE };
        let response = tile.ui(ui, state, shared, Sense::click());
        if response.gained_focus() {
            // Whoever goes on with the arrows sees where they are.
            response.scroll_to_me(None);
        }
        let (clicked, twice) = (response.clicked(), response.double_clicked());
        if clicked {
            // From here the arrows go on, and Enter opens it.
            response.request_focus();
        }
        response.on_hover_ui(|ui| _ = ui.label(format!("{file}\n{}", self.hint)));
        let (modifiers, enter) = ui.input(|i| (i.modifiers, i.key_pressed(Key::Enter)));
        clicked.then(|| Pressed { path: path.to_path_buf(), modifiers, opens: twice || enter })
    }
}

/// How a picture is fitted into a place of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// All of the picture.
    Contain,
    /// All of the place; the picture's middle.
    Cover,
}

pub fn paint(ui: &egui::Ui, shared: &mut Shared, picture: &Arc<RgbImage>, place: Rect, fit: Fit) {
    if !ui.is_rect_visible(place) || picture.width() == 0 || picture.height() == 0 {
        return;
    }
    let texture = shared.textures.picture(ui.ctx(), picture, false);
    let size = texture.size_vec2();
    let (rect, uv) = match fit {
        Fit::Contain => {
            let scale = (place.width() / size.x).min(place.height() / size.y);
            (Rect::from_center_size(place.center(), size * scale), whole())
        }
        Fit::Cover => {
            let scale = (place.width() / size.x).max(place.height() / size.y);
            let part = vec2(place.width() / (size.x * scale), place.height() / (size.y * scale));
            (place, Rect::from_center_size(whole().center(), part))
        }
    };
    let image = Image::from_texture((texture.id(), size)).uv(uv).corner_radius(theme::ROUND);
    image.paint_at(ui, rect);
}

fn whole() -> Rect {
    Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0))
}

/// The name of a file, without its folder.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
