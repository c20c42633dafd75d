//! Putting something new into a picture: where it goes, how it fades into what is there, and that nothing else changes.
//!
//! Outside a mask and its feather every number of a picture stays what it was, whatever its colours are made of: 8 or 16
//! bits, with transparency or without. Nothing is opened or resized here.

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Pixel, Primitive, RgbImage};

/// From this level up a mask means that something new belongs there.
pub const MASKED: u8 = 128;

/// A rectangle of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are what they are called")]
pub struct Region {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

impl Region {
    /// All of a picture of these sides.
    pub fn whole([width, height]: [u32; 2]) -> Self {
        Self { left: 0, top: 0, width, height }
    }

    /// The smallest one that holds everything masked, however softly; `None` if nothing is.
    pub fn of_mask(mask: &GrayImage) -> Option<Self> {
        let masked = mask.enumerate_pixels().filter(|(_, _, level)| level.0[0] > 0);
        let wider = |[l, t, r, b]: [u32; 4], (x, y, _): (u32, u32, &Luma<u8>)| {
            [l.min(x), t.min(y), r.max(x + 1), b.max(y + 1)]
        };
        let [left, top, right, bottom] = masked.fold([u32::MAX, u32::MAX, 0, 0], wider);
        (left < right).then(|| Self { left, top, width: right - left, height: bottom - top })
    }

    /// The same with `padding` pixels at all sides, and at least so large, as far as the picture goes; nowhere more than
    /// twice as long as it is wide, if it can be.
    #[must_use]
    pub fn grown(self, padding: u32, least: [u32; 2], [width, height]: [u32; 2]) -> Self {
        let wanted = [self.width, self.height].map(|side| side.saturating_add(padding.saturating_mul(2)));
        let [wide, high] = [wanted[0].max(wanted[1].div_ceil(2)), wanted[1].max(wanted[0].div_ceil(2))];
        let (left, width) = grow(self.left, self.width, wide.max(least[0]), width);
        let (top, height) = grow(self.top, self.height, high.max(least[1]), height);
        Self { left, top, width, height }
    }

    /// The same part of a picture or mask.
    pub fn cut<P: Pixel<Subpixel = u8> + 'static>(
        &self,
        picture: &ImageBuffer<P, Vec<u8>>,
    ) -> ImageBuffer<P, Vec<u8>> {
        image::imageops::crop_imm(picture, self.left, self.top, self.width, self.height).to_image()
    }
}

/// A stretch made `wanted` long around its middle and moved so that it stays within `length`.
fn grow(start: u32, stretch: u32, wanted: u32, length: u32) -> (u32, u32) {
    let wanted = wanted.clamp(stretch.min(length), length);
    (start.saturating_sub((wanted - stretch) / 2).min(length - wanted), wanted)
}

/// A picture whose colours are red, green and blue, in the bits and with the transparency it has.
pub fn in_colour(picture: DynamicImage) -> DynamicImage {
    use image::ColorType::{L16, La16, Rgb16, Rgb32F, Rgba16, Rgba32F};
    let alpha = picture.color().has_alpha();
    match picture.color() {
        L16 | La16 | Rgb16 | Rgba16 | Rgb32F | Rgba32F if alpha => picture.into_rgba16().into(),
        L16 | La16 | Rgb16 | Rgba16 | Rgb32F | Rgba32F => picture.into_rgb16().into(),
        _ if alpha => picture.into_rgba8().into(),
        _ => picture.into_rgb8().into(),
    }
}

/// How much of what is new each pixel gets: all of it (255) in the mask, and less with every pixel away from it, none
/// beyond `feather` pixels.
pub fn weights(mask: &GrayImage, feather: u32) -> GrayImage {
    // Steps to the side and slanting ones add up to no less than the distance, and to 8 % more at most (Borgefors 1986).
    const STEP: u32 = 12;
    const SLANT: u32 = 17;
    let (width, height) = (mask.width() as usize, mask.height() as usize);
    let far = STEP * (feather + 1);
    let mut distance: Vec<u32> = mask.iter().map(|level| if *level >= MASKED { 0 } else { far }).collect();
    let mut look = |at: usize, x: usize, row: Option<usize>, side: Option<usize>| {
        let mut least = distance[at];
        if let Some(row) = row {
            for (column, cost) in [(x.checked_sub(1), SLANT), (Some(x), STEP), (Some(x + 1), SLANT)] {
                let column = column.filter(|column| *column < width);
                least = column.map_or(least, |column| least.min(distance[row * width + column] + cost));
            }
        }
        distance[at] = side.map_or(least, |side| least.min(distance[side] + STEP));
    };
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            look(at, x, y.checked_sub(1), (x > 0).then(|| at - 1));
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            let at = y * width + x;
            look(at, x, Some(y + 1).filter(|row| *row < height), (x + 1 < width).then(|| at + 1));
        }
    }
    let near = STEP * feather;
    let level = |distance: u32| if distance > near { 0 } else { (255 * (far - distance) / far) as u8 };
    let levels = distance.into_iter().map(level).collect();
    // As many numbers as the mask has.
    GrayImage::from_raw(mask.width(), mask.height(), levels).unwrap_or_default()
}

/// [`weights`] of a mask that may be soft: from where it is full on they are the feather's, but nowhere less than it is
/// painted.
pub fn fading(mask: &GrayImage, feather: u32) -> GrayImage {
    let mut full = mask.clone();
    full.iter_mut().filter(|level| **level < u8::MAX).for_each(|level| *level = 0);
    let mut fading = weights(&full, feather);
    fading.iter_mut().zip(mask.iter()).for_each(|(weight, level)| *weight = (*weight).max(*level));
    fading
}

/// Puts `drawn` into a picture at (`left`, `top`), as far as `weights`, of the same size as it, say. Transparency stays.
/// The picture is [in colour](in_colour) and holds the whole place.
pub fn composite(picture: &mut DynamicImage, drawn: &RgbImage, weights: &GrayImage, place: [u32; 2]) {
    match picture {
        DynamicImage::ImageRgb8(picture) => mix(picture, drawn, weights, place),
        DynamicImage::ImageRgba8(picture) => mix(picture, drawn, weights, place),
        DynamicImage::ImageRgb16(picture) => mix(picture, drawn, weights, place),
        DynamicImage::ImageRgba16(picture) => mix(picture, drawn, weights, place),
        _ => {}
    }
}

/// A number that says how much of a colour there is.
trait Level: Primitive {
    /// A part of 255 of a new level of 8 bits, and the rest of this one.
    fn mixed(self, new: u8, part: u8) -> Self;
}

impl Level for u8 {
    fn mixed(self, new: u8, part: u8) -> Self {
        let [old, new, part] = [self, new, part].map(u32::from);
        ((old * (255 - part) + new * part + 127) / 255) as Self
    }
}

impl Level for u16 {
    fn mixed(self, new: u8, part: u8) -> Self {
        let [new, part] = [new, part].map(u32::from);
        ((u32::from(self) * (255 - part) + new * 257 * part + 127) / 255) as Self
    }
}

fn mix<P: Pixel>(
    picture: &mut ImageBuffer<P, Vec<P::Subpixel>>,
    drawn: &RgbImage,
    weights: &GrayImage,
    [left, top]: [u32; 2],
) where
    P::Subpixel: Level,
{
    for (x, y, &Luma([weight])) in weights.enumerate_pixels().filter(|(_, _, weight)| weight.0[0] > 0) {
        let pixel = picture.get_pixel_mut(left + x, top + y);
        for (level, new) in pixel.channels_mut().iter_mut().zip(drawn.get_pixel(x, y).0) {
            *level = level.mixed(new, weight);
        }
    }
}

/// A picture [in colour](in_colour) made larger by so many pixels at its left, top, right and bottom; there its edge goes
/// on, and nothing is transparent. With it a mask of what is new.
pub fn extended(picture: &DynamicImage, sides: [u32; 4]) -> (DynamicImage, GrayImage) {
    let [left, top, right, bottom] = sides;
    let (width, height) = (picture.width(), picture.height());
    let new = |x: u32, y: u32| x < left || y < top || x >= left + width || y >= top + height;
    let larger: DynamicImage = match picture {
        DynamicImage::ImageRgba8(picture) => extend(picture, sides, new).into(),
        DynamicImage::ImageRgb16(picture) => extend(picture, sides, new).into(),
        DynamicImage::ImageRgba16(picture) => extend(picture, sides, new).into(),
        picture => extend(&picture.to_rgb8(), sides, new).into(),
    };
    let mask = GrayImage::from_fn(width + left + right, height + top + bottom, |x, y| {
        Luma([if new(x, y) { 255 } else { 0 }])
    });
    (larger, mask)
}

fn extend<P: Pixel>(
    picture: &ImageBuffer<P, Vec<P::Subpixel>>,
    [left, top, right, bottom]: [u32; 4],
    new: impl Fn(u32, u32) -> bool,
) -> ImageBuffer<P, Vec<P::Subpixel>> {
    let (width, height) = picture.dimensions();
    ImageBuffer::from_fn(width + left + right, height + top + bottom, |x, y| {
        let near = |at: u32, before: u32, length: u32| at.saturating_sub(before).min(length - 1);
        let mut pixel = *picture.get_pixel(near(x, left, width), near(y, top, height));
        if let Some(alpha) = pixel.channels_mut().get_mut(3).filter(|_| new(x, y)) {
            *alpha = P::Subpixel::DEFAULT_MAX_VALUE;
        }
        pixel
    })
}

#[cfg(test)]
mod tests;
