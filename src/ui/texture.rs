//! Pictures as textures, made once for each picture and let go with it, or when they were not shown for longest and
//! take more of the card's memory than they may.

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use egui::{Color32, ColorImage, Context, TextureHandle, TextureOptions};
use image::{GrayImage, RgbImage};

use crate::action::Action;
use crate::recent::Thumbnails;

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

/// Most bytes of textures on the card, unless one frame shows more.
const MOST: usize = 32 << 20;

/// Textures by what they show.
#[derive(Default)]
pub struct Textures(HashMap<Shown, Held>);

struct Held {
    owner: Weak<dyn Any + Send + Sync>,
    texture: TextureHandle,
    /// In which frame it was shown last.
    frame: u64,
}

impl Textures {
    /// The texture of a picture; `crisp` keeps its pixels square when enlarged.
    pub fn picture(&mut self, ctx: &Context, picture: &Arc<RgbImage>, crisp: bool) -> TextureHandle {
        let owner = Arc::clone(picture);
        self.hold(ctx, owner, crisp, Color32::TRANSPARENT, || {
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
        self.hold(ctx, owner, false, veil, || {
            let size = [mask.width() as usize, mask.height() as usize];
            let veiled = |&value: &u8| veil.gamma_multiply(1.0 - f32::from(value) / 255.0);
            let pixels = mask.as_raw().iter().map(veiled).collect();
            ctx.load_texture("mask", ColorImage::new(size, pixels), TextureOptions::LINEAR)
        })
    }

    fn hold(
        &mut self,
        ctx: &Context,
        owner: Arc<dyn Any + Send + Sync>,
        crisp: bool,
        veil: Color32,
        texture: impl FnOnce() -> TextureHandle,
    ) -> TextureHandle {
        let key = (Arc::as_ptr(&owner).addr(), crisp, veil);
        let frame = ctx.cumulative_pass_nr();
        if let Some(held) = self.0.get_mut(&key).filter(|held| held.owner.strong_count() > 0) {
            held.frame = frame;
            return held.texture.clone();
        }
        self.make_room(frame);
        let texture = texture();
        let held = Held { owner: Arc::downgrade(&owner), texture: texture.clone(), frame };
        self.0.insert(key, held);
        texture
    }

    /// Before a new one comes, those whose picture is gone go, and then those not shown for longest. What this frame
    /// shows stays.
    fn make_room(&mut self, frame: u64) {
        self.0.retain(|_, held| held.owner.strong_count() > 0);
        let mut bytes: usize = self.0.values().map(|held| held.texture.byte_size()).sum();
        while bytes > MOST {
            let older = self.0.iter().filter(|(_, held)| held.frame < frame);
            let Some(oldest) = older.min_by_key(|(_, held)| held.frame).map(|(key, _)| *key) else { return };
            bytes -= self.0.remove(&oldest).map_or(0, |held| held.texture.byte_size());
        }
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
    /// The pictures in view whose small copies are shown.
    in_view: Vec<PathBuf>,
    /// Those that were in view when it was last told, and how many were not there yet.
    told: (Vec<PathBuf>, usize),
}

impl Shared {
    /// The small copy of a picture that is in view, if it is there yet.
    pub(crate) fn thumbnail<'a>(&mut self, copies: &'a Thumbnails, path: &Path) -> Option<&'a Arc<RgbImage>> {
        self.in_view.push(path.to_path_buf());
        copies.get(path)
    }

    /// Tells what was in view in this frame, if that is not what it was, or if something of it is gone.
    pub(crate) fn tell_in_view(&mut self, copies: &Thumbnails) {
        let in_view = std::mem::take(&mut self.in_view);
        let missing = in_view.iter().filter(|path| !copies.knows(path)).count();
        if self.told.0 != in_view || missing > self.told.1 {
            self.actions.push(Action::Want(in_view.clone()));
        }
        self.told = (in_view, missing);
    }
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

    #[test]
    fn textures_are_let_go_when_they_are_too_many() {
        let ctx = Context::default();
        let mut textures = Textures::default();
        let bytes =
            |textures: &Textures| textures.0.values().map(|held| held.texture.byte_size()).sum::<usize>();
        // A MiB each; all are still held elsewhere.
        let pictures: Vec<Arc<RgbImage>> = (0..200).map(|_| Arc::new(RgbImage::new(512, 512))).collect();
        let show = |textures: &mut Textures, part: &[Arc<RgbImage>]| {
            ctx.begin_pass(egui::RawInput::default());
            let shown: Vec<_> =
                part.iter().map(|picture| textures.picture(&ctx, picture, false).id()).collect();
            let _ = ctx.end_pass();
            shown
        };
        let first = show(&mut textures, &pictures[..1]);
        for part in pictures.chunks(8) {
            assert_eq!(show(&mut textures, &pictures[..1]), first, "what is shown again stays");
            show(&mut textures, part);
            assert!(bytes(&textures) <= MOST + (8 << 20), "{} bytes", bytes(&textures));
        }
        // More than that in one frame: all of it is there.
        show(&mut textures, &pictures);
        assert!(bytes(&textures) >= 200 << 20);
        drop(pictures);
        textures.make_room(u64::MAX);
        assert_eq!(bytes(&textures), 0);
    }
}
