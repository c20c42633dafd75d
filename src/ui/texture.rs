//! Pictures as textures, made once for each picture and let go with it.

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

use egui::{Color32, ColorImage, Context, TextureHandle, TextureOptions};
use image::{GrayImage, RgbImage};

use crate::action::Action;

/// A picture that egui handed over.
pub fn to_rgb(image: &ColorImage) -> Option<RgbImage> {
    let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(0));
    let bytes = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    RgbImage::from_raw(width, height, bytes)
}

/// The picture, made smaller if one of its sides is longer than a texture's may be.
pub(crate) fn reduced(picture: &RgbImage, longest: u32) -> Cow<'_, RgbImage> {
    let (width, height) = picture.dimensions();
    let side = width.max(height);
    if side <= longest {
        return Cow::Borrowed(picture);
    }
    let part = |length: u32| {
        let part = u64::from(length) * u64::from(longest) / u64::from(side);
        u32::try_from(part).unwrap_or(longest).max(1)
    };
    Cow::Owned(image::imageops::thumbnail(picture, part(width), part(height)))
}

/// The address of what is shown, whether its pixels stay square, and the colour of a veil. An address may be used again
/// once its picture is gone.
type Shown = (usize, bool, Color32);

/// Textures by what they show.
#[derive(Default)]
pub struct Textures(HashMap<Shown, (Weak<dyn Any + Send + Sync>, TextureHandle)>);

impl Textures {
    /// The texture of a picture; `crisp` keeps its pixels square when enlarged.
    pub fn picture(&mut self, ctx: &Context, picture: &Arc<RgbImage>, crisp: bool) -> TextureHandle {
        let owner = Arc::clone(picture);
        self.hold(owner, crisp, Color32::TRANSPARENT, || {
            let longest = ctx.input(|i| i.max_texture_side);
            let shown = reduced(picture, u32::try_from(longest).unwrap_or(2048));
            let size = [shown.width() as usize, shown.height() as usize];
            let options = if crisp { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
            ctx.load_texture("picture", ColorImage::from_rgb(size, shown.as_raw()), options)
        })
    }

    /// The texture of a mask: `veil` where it is black, nothing where it is white.
    pub fn mask(&mut self, ctx: &Context, mask: &Arc<GrayImage>, veil: Color32) -> TextureHandle {
        let owner = Arc::clone(mask);
        self.hold(owner, false, veil, || {
            let size = [mask.width() as usize, mask.height() as usize];
            let veiled = |&value: &u8| veil.gamma_multiply(1.0 - f32::from(value) / 255.0);
            let pixels = mask.as_raw().iter().map(veiled).collect();
            ctx.load_texture("mask", ColorImage::new(size, pixels), TextureOptions::LINEAR)
        })
    }

    fn hold(
        &mut self,
        owner: Arc<dyn Any + Send + Sync>,
        crisp: bool,
        veil: Color32,
        texture: impl FnOnce() -> TextureHandle,
    ) -> TextureHandle {
        let key = (Arc::as_ptr(&owner).addr(), crisp, veil);
        if let Some((_, texture)) = self.0.get(&key).filter(|(weak, _)| weak.strong_count() > 0) {
            return texture.clone();
        }
        // Before a new one comes, those whose picture is gone go.
        self.0.retain(|_, (weak, _)| weak.strong_count() > 0);
        let texture = texture();
        self.0.insert(key, (Arc::downgrade(&owner), texture.clone()));
        texture
    }
}

/// What the pages share beside the state: textures, whether pictures can be drawn by our own shaders, and what the
/// person wants.
#[derive(Default)]
pub struct Shared {
    /// Pictures as textures.
    pub textures: Textures,
    /// Whether the window is drawn by wgpu, so that the picture view's shaders can run.
    pub shaders: bool,
    /// In the order in which it was wanted in this frame.
    pub(crate) actions: Vec<Action>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_large_is_reduced() {
        let size = |width, height| reduced(&RgbImage::new(width, height), 8192).dimensions();
        assert_eq!(size(8192, 100), (8192, 100));
        assert_eq!(size(16384, 800), (8192, 400));
        assert_eq!(size(3, 50_000), (1, 8192));
    }
}
