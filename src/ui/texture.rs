//! Pictures as textures, made once for each picture and let go with it.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use egui::{Color32, ColorImage, Context, TextureHandle, TextureOptions};
use image::{GrayImage, RgbImage};

/// A picture that egui handed over.
pub fn to_rgb(image: &ColorImage) -> Option<RgbImage> {
    let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(0));
    let bytes = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    RgbImage::from_raw(width, height, bytes)
}

/// Textures by the picture they show.
#[derive(Default)]
pub struct Textures {
    pictures: HashMap<(usize, bool), (Weak<RgbImage>, TextureHandle)>,
    masks: HashMap<(usize, Color32), (Weak<GrayImage>, TextureHandle)>,
}

impl Textures {
    /// The texture of a picture; `crisp` keeps its pixels square when enlarged.
    pub fn picture(&mut self, ctx: &Context, picture: &Arc<RgbImage>, crisp: bool) -> TextureHandle {
        let key = (Arc::as_ptr(picture) as usize, crisp);
        let known = self.pictures.get(&key).filter(|(weak, _)| weak.strong_count() > 0);
        if let Some((_, texture)) = known {
            return texture.clone();
        }
        // Before a new one comes, those whose picture is gone go; an address may be used again.
        self.pictures.retain(|_, (weak, _)| weak.strong_count() > 0);
        let most = u32::try_from(ctx.input(|i| i.max_texture_side)).unwrap_or(2048);
        let smaller = (picture.width().max(picture.height()) > most).then(|| {
            let scale = f64::from(most) / f64::from(picture.width().max(picture.height()));
            let side = |side: u32| ((f64::from(side) * scale) as u32).clamp(1, most);
            image::imageops::thumbnail(picture.as_ref(), side(picture.width()), side(picture.height()))
        });
        let shown = smaller.as_ref().unwrap_or(picture);
        let size = [shown.width() as usize, shown.height() as usize];
        let image = ColorImage::from_rgb(size, shown.as_raw());
        let options = if crisp { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
        let texture = ctx.load_texture("picture", image, options);
        self.pictures.insert(key, (Arc::downgrade(picture), texture.clone()));
        texture
    }

    /// The texture of a mask: `veil` where it is black, nothing where it is white.
    pub fn mask(&mut self, ctx: &Context, mask: &Arc<GrayImage>, veil: Color32) -> TextureHandle {
        let key = (Arc::as_ptr(mask) as usize, veil);
        if let Some((_, texture)) = self.masks.get(&key).filter(|(weak, _)| weak.strong_count() > 0) {
            return texture.clone();
        }
        self.masks.retain(|_, (weak, _)| weak.strong_count() > 0);
        let size = [mask.width() as usize, mask.height() as usize];
        let pixels = mask.as_raw().iter().map(|&v| veil.gamma_multiply(1.0 - f32::from(v) / 255.0)).collect();
        let texture = ctx.load_texture("mask", ColorImage::new(size, pixels), TextureOptions::LINEAR);
        self.masks.insert(key, (Arc::downgrade(mask), texture.clone()));
        texture
    }
}

/// What the pages share beside the state: textures, and whether pictures can be drawn by our own shaders.
#[derive(Default)]
pub struct Shared {
    /// Pictures as textures.
    pub textures: Textures,
    /// Whether the window is drawn by wgpu, so that the picture view's shaders can run.
    pub shaders: bool,
}
