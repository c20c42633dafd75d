//! The picture view without shaders: the same scene in the window's own shapes, for windows that are not drawn by
//! wgpu. It leaves out what only a shader can do well: smooth reduction of large pictures, and rounded corners.

use egui::{Color32, CornerRadius, Mesh, Painter, Pos2, Rect, Shape, TextureId, Ui, pos2, vec2};

use super::super::picture_paint::{SQUARE, Scene};
use crate::texture::Textures;

/// Most squares of the ground, so that a large view stays cheap.
const MOST_SQUARES: f32 = 6000.0;

pub fn paint(ui: &Ui, textures: &mut Textures, scene: &Scene) {
    let painter = ui.painter_at(scene.view);
    ground(&painter, scene);
    let (left, right) = match scene.divider {
        Some(at) => scene.view.split_left_right_at_x(at.clamp(scene.view.left(), scene.view.right())),
        None => (scene.view, Rect::NOTHING),
    };
    let first = textures.picture(ui.ctx(), &scene.first, scene.crisp);
    show(&painter.with_clip_rect(left), first.id(), scene.picture);
    if let Some(second) = &scene.second {
        let second = textures.picture(ui.ctx(), second, scene.crisp);
        show(&painter.with_clip_rect(right), second.id(), scene.picture);
    }
}

/// A texture as it is: white is no tint.
fn show(painter: &Painter, texture: TextureId, rect: Rect) {
    let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
    painter.image(texture, rect, whole, Color32::WHITE);
}

/// The chequered ground, without the squares that the picture covers and those in the rounded corners.
fn ground(painter: &Painter, scene: &Scene) {
    let Scene { view, ground: [ground, chequer], rounding, .. } = scene;
    painter.rect_filled(*view, CornerRadius::from(*rounding), *ground);
    let side = SQUARE.max((view.area() / MOST_SQUARES).sqrt());
    let columns = (view.width() / side).ceil() as usize;
    let rows = (view.height() / side).ceil() as usize;
    let flat = [view.shrink2(vec2(*rounding, 0.0)), view.shrink2(vec2(0.0, *rounding))];
    let mut mesh = Mesh::default();
    for row in 0..rows {
        for column in (0..columns).filter(|column| (row + column) % 2 == 1) {
            let corner = view.min + vec2(column as f32, row as f32) * side;
            let square = Rect::from_min_size(corner, vec2(side, side)).intersect(*view);
            if flat.iter().any(|flat| flat.contains_rect(square)) && !scene.picture.contains_rect(square) {
                mesh.add_colored_rect(square, *chequer);
            }
        }
    }
    painter.add(Shape::mesh(mesh));
}
