//! The picture that is edited: what of it the model draws, how large, and how that is put back.
//!
//! It holds the picture in its own bits, with its transparency and its colour profile, and gives the model red, green and
//! blue of 8 bits. Nothing is ever stretched: where the sizes that a model can draw are of other proportions, the picture lies
//! in the middle of what is drawn, mirrored at its edges, and is cut out again. It knows no network. The length is that of
//! its tests.

use image::imageops::replace;
use image::{DynamicImage, GrayImage, Luma, RgbImage, RgbaImage};

use super::placing::{Cells, LARGER, drawn_size, mirrored, pixels, within};
use crate::message::EditRequest;
use base::{Error, FileKind, Result};
use diffusion::blended::is_thin;
use project::picture::{
    MASKED, Region, composite, extended, fading, in_colour, open_with_profile, read_mask, resize, seamless,
    to_chw, weights,
};
use project::{BlendOrder, EditArea, EditSettings, Filter, Seam};

/// A picture and its mask.
pub struct Canvas {
    picture: DynamicImage,
    /// Its colour profile, to be written with what comes of it.
    pub profile: Option<Vec<u8>>,
    /// 255 where something new belongs, else 0, and between them where it fades; of the picture's size.
    mask: Option<GrayImage>,
}

/// What the model is shown of a picture.
pub struct Frame {
    region: Region,
    /// Whether it is less than the picture.
    pub is_part: bool,
    /// Width and height of what is drawn.
    pub size: [u32; 2],
    /// Where in that the part of the picture lies, in its proportions.
    content: Region,
    /// The side of the tiles in which it is, if it is.
    pub tile: Option<u32>,
    /// What is drawn over, in that size, as planes from -1 to 1.
    pub picture: Vec<f32>,
    /// 1 in each pixel of that size where something new belongs, else 0.
    pub mask: Option<Vec<f32>>,
    /// The mask before it was resized.
    own_mask: Option<GrayImage>,
}

impl Canvas {
    /// Opens the picture and the mask, and makes the picture larger if that is wanted.
    pub fn open(request: &EditRequest) -> Result<Self> {
        let EditRequest { image, edit, .. } = request;
        let (picture, profile) = open_with_profile(image)?;
        let mut picture = in_colour(picture);
        let [width, height] = [picture.width(), picture.height()];
        let given = request.mask.as_deref().map(|path| read_mask(path, [width, height])).transpose()?;
        let mut mask = given.map(|mask| {
            let mut mask = resize(&mask, width, height, Filter::Lanczos);
            mask.iter_mut().for_each(|level| {
                let new = if edit.invert_mask { 255 - *level } else { *level };
                // What lossy files and resizing make of black and white is that.
                *level = match new {
                    0..8 => 0,
                    248.. => 255,
                    soft => soft,
                };
            });
            mask
        });
        if let (Some(empty), Some(path)) =
            (mask.as_ref().map(|mask| mask.iter().all(|v| *v < MASKED)), &request.mask)
            && empty
            && !edit.extends()
        {
            let fault = if edit.invert_mask {
                "this mask is white everywhere"
            } else {
                "this mask is black everywhere"
            };
            let remedy = "Paint white what is to change.";
            return Err(Error::file(FileKind::Picture, path, fault, remedy));
        }
        if edit.extends() {
            let [left, top, ..] = edit.extend;
            let (larger, mut new) = extended(&picture, edit.extend);
            for (x, y, level) in mask.iter().flat_map(GrayImage::enumerate_pixels) {
                new.put_pixel(left + x, top + y, *level);
            }
            (picture, mask) = (larger, Some(new));
        }
        Ok(Self { picture, profile, mask })
    }

    /// What the model is shown. It was made for pictures of the side `native`, and draws multiples of `step` pixels.
    pub fn frame(&self, request: &EditRequest, native: u32, step: u32) -> Frame {
        let EditRequest { draw, edit, .. } = request;
        let sides = [self.picture.width(), self.picture.height()];
        let chosen = match (draw.settings.width, draw.settings.height) {
            (None, None) => None,
            (width, height) => Some([width.unwrap_or(native), height.unwrap_or(native)]),
        };
        let region = self.region(edit, chosen, native);
        let part = [region.width, region.height];
        let size = chosen.map(|size| (size, within(part, size)));
        let (size, content) = size.unwrap_or_else(|| drawn_size(part, native, step, edit.tiles));
        let tile = (edit.tiles && size.iter().any(|side| *side > native)).then_some(native);
        // As the published scripts do.
        let filter = if edit.order == BlendOrder::Ldm { Filter::Lanczos } else { Filter::Bilinear };
        let shown = region.cut(&self.picture.to_rgb8());
        let shown = resize(&shown, content.width, content.height, filter);
        let own_mask = self.mask.as_ref().map(|mask| region.cut(mask));
        let mask = own_mask.as_ref().map(|mask| {
            // What is thin would be lost where it is drawn smaller than it is, and nothing new would belong anywhere.
            if content.width < mask.width() {
                let touched = touched(mask, &cells(mask, content, size, size.map(|side| side as usize)));
                if is_thin(&touched, size[0] as usize) {
                    return touched;
                }
            }
            let mask = resize(mask, content.width, content.height, Filter::Lanczos);
            let mut drawn = GrayImage::new(size[0], size[1]);
            replace(&mut drawn, &mask, content.left.into(), content.top.into());
            drawn.iter().map(|level| f32::from(u8::from(*level >= MASKED))).collect()
        });
        let picture = to_chw(&mirrored(&shown, content, size));
        Frame {
            is_part: region != Region::whole(sides),
            region,
            size,
            content,
            tile,
            picture,
            mask,
            own_mask,
        }
    }

    fn region(&self, edit: &EditSettings, chosen: Option<[u32; 2]>, native: u32) -> Region {
        let sides = [self.picture.width(), self.picture.height()];
        let whole = Region::whole(sides);
        let Some(bounds) = self.mask.as_ref().and_then(Region::of_mask) else {
            // Whoever names a size gets it, of the middle of the picture.
            return chosen.map_or(whole, |size| within(size, sides));
        };
        let large = pixels(sides) > LARGER * pixels([native; 2]);
        let least = match edit.area {
            EditArea::Whole => return whole,
            EditArea::Auto if !large => return whole,
            EditArea::Auto => chosen.unwrap_or([native; 2]),
            EditArea::Masked => [0; 2],
        };
        let region = bounds.grown(edit.padding.max(edit.feather), least, sides);
        let Some([width, height]) = chosen.map(|size| size.map(f64::from)) else { return region };
        // Of the proportions in which it is drawn, so that nothing is stretched where the picture goes so far.
        let [across, down] = [region.width, region.height].map(f64::from);
        let least = [down * width / height, across * height / width].map(|side| side.round() as u32);
        region.grown(0, least, sides)
    }

    /// The picture with what was drawn in its place; without a mask what was drawn, as transparent as the picture is there.
    pub fn with(&self, drawn: &RgbImage, frame: &Frame, edit: &EditSettings) -> DynamicImage {
        let Region { left, top, width, height } = frame.region;
        let drawn = frame.content.cut(drawn);
        let Some(mask) = &frame.own_mask else {
            return match self.picture.color().has_alpha() {
                true => with_alpha(&drawn, &frame.region.cut(&self.picture.to_rgba8())).into(),
                false => drawn.into(),
            };
        };
        let drawn = resize(&drawn, width, height, Filter::Lanczos);
        let mut picture = self.picture.clone();
        match edit.seam {
            Seam::Feather => composite(&mut picture, &drawn, &fading(mask, edit.feather), [left, top]),
            Seam::Poisson => {
                let cloned = seamless(&frame.region.cut(&picture.to_rgb8()), &drawn, mask);
                composite(&mut picture, &cloned, &weights(mask, 0), [left, top]);
            }
        }
        picture
    }
}

impl Frame {
    /// The mask for latents of these sides, and whether it is thin. What is thin would fall between the places that the
    /// published scripts look at (the nearest pixel of each), so then every cell counts that it touches.
    pub fn latent_mask(&self, width: usize, height: usize) -> Option<(Vec<f32>, bool)> {
        let own = self.own_mask.as_ref()?;
        let sides = cells(own, self.content, self.size, [width, height]);
        let touched = touched(own, &sides);
        if is_thin(&touched, width) {
            return Some((touched, true));
        }
        let [columns, rows] = sides;
        let masked = |(row, column): (usize, usize)| {
            let level = columns.nearest(column).zip(rows.nearest(row)).map(|(x, y)| own.get_pixel(x, y).0[0]);
            f32::from(u8::from(level.is_some_and(|level| level >= MASKED)))
        };
        Some(((0..height).flat_map(|y| (0..width).map(move |x| (y, x))).map(masked).collect(), false))
    }
}

/// Where each pixel of a mask lies among so many cells across and down, by the side: of what is drawn in `size`, `content`
/// shows the mask's part of the picture.
fn cells(mask: &GrayImage, content: Region, size: [u32; 2], [across, down]: [usize; 2]) -> [Cells; 2] {
    let Region { left, top, width, height } = content;
    [
        Cells { cells: across, drawn: size[0], first: left, shown: width, own: mask.width() },
        Cells { cells: down, drawn: size[1], first: top, shown: height, own: mask.height() },
    ]
}

/// 1 in each cell that something of a mask touches, else 0.
fn touched(mask: &GrayImage, [columns, rows]: &[Cells; 2]) -> Vec<f32> {
    let mut touched = vec![0.0; columns.cells * rows.cells];
    for (x, y, _) in mask.enumerate_pixels().filter(|(_, _, level)| level.0[0] >= MASKED) {
        rows.of(y).for_each(|row| touched[row * columns.cells..][columns.of(x)].fill(1.0));
    }
    touched
}

/// A picture with the transparency of another one.
fn with_alpha(drawn: &RgbImage, rgba: &RgbaImage) -> RgbaImage {
    let alpha = GrayImage::from_fn(rgba.width(), rgba.height(), |x, y| Luma([rgba.get_pixel(x, y).0[3]]));
    let alpha = resize(&alpha, drawn.width(), drawn.height(), Filter::Lanczos);
    RgbaImage::from_fn(drawn.width(), drawn.height(), |x, y| {
        let [r, g, b] = drawn.get_pixel(x, y).0;
        image::Rgba([r, g, b, alpha.get_pixel(x, y).0[0]])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::GenerateRequest;
    use image::{ImageBuffer, Rgb, Rgba};
    use std::path::PathBuf;

    /// Numbers that look random, the same in every run.
    struct Dice(u64);

    impl Dice {
        fn level(&mut self) -> u8 {
            // Knuth's linear congruential generator, whose high bits are good.
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 56) as u8
        }

        fn below(&mut self, most: u32) -> u32 {
            ((u32::from(self.level()) << 8) | u32::from(self.level())) % most
        }
    }

    /// A picture of one of the four kinds.
    fn picture(dice: &mut Dice, [width, height]: [u32; 2]) -> DynamicImage {
        let kind = dice.below(4);
        let mut pixel = || [0; 4].map(|_: u8| dice.level());
        let wide = |level: u8| u16::from(level) * 251;
        match kind {
            0 => RgbImage::from_fn(width, height, |_, _| Rgb([pixel()[0], pixel()[1], pixel()[2]])).into(),
            1 => RgbaImage::from_fn(width, height, |_, _| Rgba(pixel())).into(),
            2 => ImageBuffer::from_fn(width, height, |_, _| {
                let [r, g, b, _] = pixel().map(wide);
                Rgb([r, g, b])
            })
            .into(),
            _ => ImageBuffer::from_fn(width, height, |_, _| Rgba(pixel().map(wide))).into(),
        }
    }

    #[test]
    fn outside_of_the_mask_and_its_feather_every_byte_stays() {
        let mut dice = Dice(7);
        for case in 0..50 {
            let sides = [8 + dice.below(80), 8 + dice.below(80)];
            let original = picture(&mut dice, sides);
            let mut mask = GrayImage::new(sides[0], sides[1]);
            // Strokes of one to eight pixels, down or across.
            for _ in 0..1 + dice.below(3) {
                let (left, top) = (dice.below(sides[0]), dice.below(sides[1]));
                let (mut wide, mut high) = (1 + dice.below(8), 1 + dice.below(sides[1]));
                if dice.below(2) == 1 {
                    (wide, high) = (high, wide);
                }
                for x in left..(left + wide).min(sides[0]) {
                    (top..(top + high).min(sides[1])).for_each(|y| mask.put_pixel(x, y, Luma([255])));
                }
            }
            let edit = EditSettings {
                feather: dice.below(6),
                seam: Seam::ALL[dice.below(2) as usize],
                area: EditArea::ALL[dice.below(3) as usize],
                order: BlendOrder::ALL[dice.below(2) as usize],
                tiles: dice.below(2) == 1,
                padding: dice.below(20),
                ..EditSettings::default()
            };
            let request = EditRequest { edit, ..asked(None) };
            let canvas = Canvas { picture: original.clone(), profile: None, mask: Some(mask.clone()) };
            let frame = canvas.frame(&request, 32, 8);
            let [width, height] = frame.size;
            let drawn = RgbImage::from_fn(width, height, |_, _| Rgb([0; 3].map(|_: u8| dice.level())));
            let edited = canvas.with(&drawn, &frame, &request.edit);
            assert_eq!((edited.color(), [edited.width(), edited.height()]), (original.color(), sides));
            let size = usize::from(original.color().bytes_per_pixel());
            let [before, after] = [&original, &edited].map(|picture| picture.as_bytes().chunks_exact(size));
            let mut changed = 0;
            for (at, (before, after)) in before.zip(after).enumerate() {
                let (x, y) = (at as u32 % sides[0], at as u32 / sides[0]);
                let near = |at: u32| at.saturating_sub(request.edit.feather)..=at + request.edit.feather;
                let masked = near(x)
                    .any(|x| near(y).any(|y| mask.get_pixel_checked(x, y).is_some_and(|v| v.0[0] > 0)));
                assert!(masked || before == after, "case {case}, {:?}: {x}, {y} changed", request.edit);
                changed += usize::from(before != after);
            }
            assert!(changed > 0, "case {case}: nothing changed");
        }
    }

    #[test]
    fn a_mask_that_fades_lets_the_new_fade() {
        let folder = tempfile::tempdir().unwrap();
        let [image, mask] = ["image.png", "mask.png"].map(|name| folder.path().join(name));
        RgbImage::new(16, 16).save(&image).unwrap();
        GrayImage::from_fn(16, 16, |x, _| Luma([17 * x as u8])).save(&mask).unwrap();
        for (area, invert_mask) in
            [EditArea::Whole, EditArea::Masked].into_iter().flat_map(|area| [(area, false), (area, true)])
        {
            let edit = EditSettings { area, invert_mask, padding: 0, feather: 0, ..EditSettings::default() };
            let request = EditRequest { image: image.clone(), mask: Some(mask.clone()), edit, ..asked(None) };
            let canvas = Canvas::open(&request).unwrap();
            let frame = canvas.frame(&request, 32, 8);
            let white = RgbImage::from_pixel(frame.size[0], frame.size[1], Rgb([255; 3]));
            let edited = canvas.with(&white, &frame, &request.edit).into_rgb8();
            for (x, y, pixel) in edited.enumerate_pixels() {
                let level = if invert_mask { 255 - 17 * x as u8 } else { 17 * x as u8 };
                assert_eq!(pixel.0, [level; 3], "{area:?}, inverted: {invert_mask}: {x}, {y}");
            }
        }
    }

    #[test]
    fn a_small_mask_that_is_drawn_large_is_whole_among_the_latents() {
        let mask =
            GrayImage::from_fn(64, 64, |x, y| Luma([if x / 2 == 10 && y / 2 == 12 { 255 } else { 0 }]));
        let canvas = Canvas { picture: RgbImage::new(64, 64).into(), profile: None, mask: Some(mask) };
        let edit = EditSettings { area: EditArea::Masked, padding: 0, feather: 0, ..EditSettings::default() };
        let frame = canvas.frame(&EditRequest { edit, ..asked(None) }, 64, 8);
        // Two pixels by two, of which each is as large as four cells by four.
        assert_eq!((frame.size, frame.latent_mask(8, 8)), ([64, 64], Some((vec![1.0; 64], false))));
    }

    #[test]
    fn a_small_mask_in_a_large_picture_that_is_drawn_whole_is_not_lost() {
        let mask =
            GrayImage::from_fn(640, 640, |x, y| Luma([if x / 4 == 25 && y / 4 == 50 { 255 } else { 0 }]));
        let canvas = Canvas { picture: RgbImage::new(640, 640).into(), profile: None, mask: Some(mask) };
        let edit = EditSettings { area: EditArea::Whole, ..EditSettings::default() };
        let frame = canvas.frame(&EditRequest { edit, ..asked(None) }, 64, 8);
        assert_eq!(frame.size, [64, 64]);
        // Four tenths of a pixel each way.
        let masked = frame.mask.iter().flatten().enumerate().filter(|(_, level)| **level == 1.0);
        assert_eq!(masked.map(|(at, _)| (at % 64, at / 64)).collect::<Vec<_>>(), [(10, 20)]);
    }

    fn asked(size: Option<[u32; 2]>) -> EditRequest {
        let settings = project::GenerateSettings {
            width: size.map(|[width, _]| width),
            height: size.map(|[_, height]| height),
            ..project::GenerateSettings::default()
        };
        let draw = GenerateRequest::of(PathBuf::new(), Vec::new(), settings);
        EditRequest { draw, image: PathBuf::new(), mask: None, edit: EditSettings::default(), clip: None }
    }

    /// A model that draws what it is shown.
    fn as_shown(frame: &Frame) -> RgbImage {
        let plane = frame.picture.len() / 3;
        RgbImage::from_fn(frame.size[0], frame.size[1], |x, y| {
            let at = (y * frame.size[0] + x) as usize;
            Rgb([0, 1, 2].map(|c| ((frame.picture[c * plane + at] + 1.0) * 127.5).round() as u8))
        })
    }

    #[test]
    fn a_picture_is_not_stretched_to_the_sizes_that_a_model_draws() {
        let mut dice = Dice(3);
        for sides in [[60, 90], [90, 60], [64, 64], [71, 57]] {
            let original =
                RgbaImage::from_fn(sides[0], sides[1], |_, _| Rgba([0; 4].map(|_: u8| dice.level())));
            let canvas = Canvas { picture: original.clone().into(), profile: None, mask: None };
            let frame = canvas.frame(&asked(None), 64, 8);
            // What a model leaves as it is comes back, to the byte.
            assert_eq!(canvas.with(&as_shown(&frame), &frame, &EditSettings::default()), original.into());
        }
        let flat = RgbImage::from_pixel(400, 300, Rgb([10, 20, 30]));
        let canvas = Canvas { picture: flat.into(), profile: None, mask: None };
        for (size, shown) in [(None, [72, 54]), (Some([64, 64]), [64, 64]), (Some([128, 64]), [128, 64])] {
            let frame = canvas.frame(&asked(size), 64, 8);
            let edited = canvas.with(&as_shown(&frame), &frame, &EditSettings::default());
            assert_eq!([edited.width(), edited.height()], shown, "{size:?}");
            // Of what is shown, the middle is cut out in those proportions.
            let [wide, high] = [frame.region.width * shown[1], frame.region.height * shown[0]].map(f64::from);
            assert!((wide / high - 1.0).abs() < 0.01, "{size:?}: {:?}", frame.region);
        }
    }
}
