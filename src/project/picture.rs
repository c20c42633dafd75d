//! From a picture file to the square the model learns from: upright, cropped, resized, with its mask.
//!
//! Pictures are never stretched, and known by their content, whatever they are called. A file that cannot be decoded,
//! or is so large that it would fill the memory, is refused by name. The length is that of what can lie in a file.

mod comment;
mod composite;
pub(crate) mod content;
mod ifd;
mod inset;
mod jpeg;
mod marks;
mod notes;
mod outline;
mod png;
mod poisson;
mod tiff;

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Seek};
use std::path::Path;

use image::metadata::Orientation;
use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
    imageops,
};

use super::picture_entry::PictureEntry;
pub use super::resample::{Filter, resize};
use base::{Error, FileKind, Result, places, stranger};
pub use comment::user_comment;
pub use composite::{MASKED, Region, composite, extended, fading, in_colour, weights};
use content::Content;
pub use notes::PictureNotes;
pub use outline::suggest_outline;
pub use poisson::seamless;

/// Longest side on which an outline is looked for, in pixels.
const OUTLINED: u32 = 512;
/// Longest side that is decoded, in pixels.
const MAX_SIDE: u32 = 30_000;
/// Most memory one decoded picture may take, in bytes: a 200-megapixel photo fits.
const MAX_BYTES: u64 = 1 << 30;

/// A picture as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedPicture {
    /// `size` x `size` pixels.
    pub rgb: RgbImage,
    /// `size * size` numbers from 0 (leave out) to 1 (learn), row by row; `None` if everything is learned.
    pub weight: Option<Vec<f32>>,
    /// The picture's own sentence, if it has one.
    pub caption: Option<String>,
}

impl PreparedPicture {
    /// The picture seen in a mirror, with its mask.
    pub fn mirrored(&self) -> Self {
        let width = self.rgb.width().max(1) as usize;
        let mirror = |w: &Vec<f32>| w.chunks(width).flat_map(|row| row.iter().rev().copied()).collect();
        Self {
            rgb: imageops::flip_horizontal(&self.rgb),
            weight: self.weight.as_ref().map(mirror),
            caption: self.caption.clone(),
        }
    }

    /// Its middle, four fifths as wide and high, made as large as it is, with its mask.
    pub fn middle(&self) -> Self {
        let side = self.rgb.width();
        let inner = (side * 4 / 5).max(1);
        let at = (side - inner) / 2;
        let enlarged = imageops::crop_imm(&self.rgb, at, at, inner, inner).to_image();
        let part = |weight: &Vec<f32>| {
            let place = |i: u32| at + (i * inner / side).min(inner - 1);
            let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
            pixels.map(|(x, y)| weight[(place(y) * side + place(x)) as usize]).collect()
        };
        Self {
            rgb: resize(&enlarged, side, side, Filter::Bicubic),
            weight: self.weight.as_ref().map(part),
            caption: self.caption.clone(),
        }
    }
}

/// Decodes a picture, crops its square and resizes it to `size` x `size` pixels, bicubic, as Pillow does.
///
/// Transparency is dropped as by Pillow's `convert("RGB")` and kept as the weight, unless the entry names a
/// mask; 16-bit levels are rounded to 8 bits.
pub fn prepare(entry: &PictureEntry, size: u32) -> Result<PreparedPicture> {
    prepare_with(entry, size, None)
}

/// The same with a mask that is in no file yet, of the proportions of the upright picture.
pub fn prepare_with(entry: &PictureEntry, size: u32, mask: Option<&GrayImage>) -> Result<PreparedPicture> {
    let (picture, mask) = square(entry, mask)?;
    let weight = match mask {
        Some((source, mask)) => {
            let mask = resize(&mask, size, size, Filter::Bilinear);
            if mask.iter().all(|&v| v == 0) {
                return Err(nothing_to_learn(source));
            }
            let partial = mask.iter().any(|&v| v < 255);
            partial.then(|| mask.iter().map(|&v| f32::from(v) / 255.0).collect())
        }
        None => None,
    };
    let rgb = resize(&picture.into_rgb8(), size, size, Filter::Bicubic);
    Ok(PreparedPicture { rgb, weight, caption: entry.caption.clone() })
}

/// The square of a picture that is learned, in its own size; with `around`, that colour where the mask or the
/// transparency leaves it out.
pub fn learned_square(entry: &PictureEntry, around: Option<Rgb<u8>>) -> Result<RgbImage> {
    learned_square_with(entry, around, None)
}

/// The same with a mask that is in no file yet, of the proportions of the upright picture.
pub fn learned_square_with(
    entry: &PictureEntry,
    around: Option<Rgb<u8>>,
    mask: Option<&GrayImage>,
) -> Result<RgbImage> {
    let (picture, mask) = square(entry, mask)?;
    let mut picture = picture.into_rgb8();
    if let (Some(around), Some((source, mask))) = (around, mask) {
        let mask = resize(&mask, picture.width(), picture.height(), Filter::Bilinear);
        if mask.iter().all(|&v| v == 0) {
            return Err(nothing_to_learn(source));
        }
        for (pixel, weight) in picture.pixels_mut().zip(mask.iter()) {
            let mixed = |level: u8, around: u8| {
                let [weight, level, around] = [*weight, level, around].map(u32::from);
                ((weight * level + (255 - weight) * around + 127) / 255) as u8
            };
            let [r, g, b] = pixel.0;
            pixel.0 = [mixed(r, around.0[0]), mixed(g, around.0[1]), mixed(b, around.0[2])];
        }
    }
    Ok(picture)
}

/// The square of a picture twice, with `around` in place of all but the thing and in place of the thing: it is where the
/// mask or the transparency says, else where something stands out, else in the middle.
pub fn thing_and_background(entry: &PictureEntry, around: Rgb<u8>) -> Result<[RgbImage; 2]> {
    let (picture, mask) = square(entry, None)?;
    let mask =
        mask.map(|(_, mask)| mask).or_else(|| suggest_outline(&picture.thumbnail(OUTLINED, OUTLINED)).ok());
    let mut background = picture.into_rgb8();
    let mut thing = background.clone();
    let side = background.width();
    let (from, to) = (side / 5, side - side / 5);
    let mask = mask.map(|mask| resize(&mask, side, side, Filter::Bilinear));
    for (x, y, pixel) in background.enumerate_pixels_mut() {
        let is_thing = match &mask {
            Some(mask) => mask.get_pixel(x, y).0[0] >= 128,
            None => (from..to).contains(&x) && (from..to).contains(&y),
        };
        *(if is_thing { pixel } else { thing.get_pixel_mut(x, y) }) = around;
    }
    Ok([thing, background])
}

fn nothing_to_learn(source: &Path) -> Error {
    let fault = "the mask, or the transparency, leaves nothing of the picture to learn";
    let remedy = "Make white (or opaque) what should be learned, or move the crop.";
    Error::file(FileKind::Picture, source, fault, remedy)
}

/// The chosen square of a picture, and the same square of its mask, if need be `given`, with the file it comes from.
fn square<'a>(
    entry: &'a PictureEntry,
    given: Option<&GrayImage>,
) -> Result<(DynamicImage, Option<(&'a Path, GrayImage)>)> {
    let path = entry.path.as_path();
    let mut picture = open_picture(path)?;
    let (width, height) = (picture.width(), picture.height());
    let square = |w, h| {
        entry.crop.square(w, h).ok_or_else(|| {
            let remedy = "Choose a square inside of the picture.";
            Error::file(FileKind::Picture, path, "the chosen crop lies outside of the picture", remedy)
        })
    };
    let (left, top, side) = square(width, height)?;
    picture = picture.crop_imm(left, top, side, side);
    let mask = match (given, &entry.mask) {
        (Some(mask), _) => Some((path, mask.clone())),
        (None, Some(mask_path)) => Some((mask_path.as_path(), read_mask(mask_path, [width, height])?)),
        (None, None) => None,
    };
    let Some((source, mask)) = mask else {
        let alpha = alpha(&picture).map(|alpha| (path, alpha));
        return Ok((picture, alpha));
    };
    let (left, top, side) = square(mask.width(), mask.height())?;
    let mask = imageops::crop_imm(&mask, left, top, side, side).to_image();
    Ok((picture, Some((source, mask))))
}

/// Decodes a picture (of an animation, the first frame) and turns it upright as its EXIF orientation says.
pub fn open_picture(path: &Path) -> Result<DynamicImage> {
    open_with_profile(path).map(|(picture, _)| picture)
}

/// The same with the colour profile (ICC) in the file, where it is one of red, green and blue.
pub fn open_with_profile(path: &Path) -> Result<(DynamicImage, Option<Vec<u8>>)> {
    let (mut decoder, orientation) = open_decoder(path)?;
    let (width, height) = decoder.dimensions();
    if decoder.total_bytes() > MAX_BYTES || width.max(height) > MAX_SIDE {
        let fault = format!("this picture is too large ({width} x {height} pixels)");
        return Err(Error::file(FileKind::Picture, path, fault, "Make it smaller; 2000 pixels are plenty."));
    }
    decoder.set_limits(limits()).map_err(|e| undecodable(path, &e))?;
    if jpeg::is_cut_off(path).map_err(|e| Error::read(path, e))? {
        let fault = "this picture is cut off: its end is missing";
        let remedy = "Copy it again from the original, or remove it.";
        return Err(Error::file(FileKind::Picture, path, fault, remedy));
    }
    // Its header names what it is of (ICC.1, section 7.2); a damaged one costs the profile, not the picture.
    let profile = decoder.icc_profile().ok().flatten().filter(|icc| icc.get(16..20) == Some(b"RGB "));
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| undecodable(path, &e))?;
    picture.apply_orientation(orientation);
    if picture.width() == 0 || picture.height() == 0 {
        return Err(Error::file(FileKind::Picture, path, "this picture has no pixels", "Replace it."));
    }
    Ok((picture, profile))
}

/// Width and height of a picture as it is seen, upright, without decoding it.
/// Damage behind the header goes unseen.
pub fn upright_dimensions(path: &Path) -> Result<(u32, u32)> {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    let (decoder, orientation) = open_decoder(path)?;
    let (width, height) = decoder.dimensions();
    Ok(match orientation {
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (height, width),
        _ => (width, height),
    })
}

/// Bytes that a picture of this width and height takes while its square is cut out: twice its pixels, for a sideways one is
/// copied to be turned.
pub fn opening_bytes((width, height): (u32, u32)) -> u64 {
    2 * 3 * u64::from(width) * u64::from(height)
}

/// Where a decoder reads from.
trait Source: BufRead + Seek {}

impl<T: BufRead + Seek> Source for T {}

/// Opens a picture by its content, whatever its name says, and reads its header.
fn open_decoder(path: &Path) -> Result<(Box<dyn ImageDecoder>, Orientation)> {
    places::expect_plain(FileKind::Picture, path)?;
    let file = File::open(path).map_err(|e| Error::read(path, e))?;
    // Some decoders read the whole file before they know its size.
    let length = file.metadata().map_err(|e| Error::read(path, e))?.len();
    if length > MAX_BYTES {
        let fault = format!("this picture is too large ({} MiB)", length >> 20);
        return Err(Error::file(FileKind::Picture, path, fault, "Make it smaller; 2000 pixels are plenty."));
    }
    let content = Content::of(path).map_err(|e| Error::read(path, e))?;
    let ended = match content {
        Content::Picture(ImageFormat::Png) => png::with_end(path).map_err(|e| Error::read(path, e))?,
        _ => None,
    };
    let source: Box<dyn Source> = match ended {
        Some(bytes) => Box::new(Cursor::new(bytes)),
        None => Box::new(BufReader::new(file)),
    };
    let mut reader = ImageReader::new(source).with_guessed_format().map_err(|e| Error::read(path, e))?;
    let format = reader.format();
    reader.limits(limits());
    let mut decoder: Box<dyn ImageDecoder> = match reader.into_decoder() {
        Ok(decoder) => Box::new(decoder),
        Err(ImageError::Unsupported(_)) if format == Some(ImageFormat::Tiff) => {
            Box::new(tiff::OddTiff::open(path).map_err(|e| undecodable(path, &e))?)
        }
        Err(error) => return Err(undecodable(path, &error)),
    };
    // Damaged EXIF data costs the orientation, not the picture.
    let orientation = decoder.orientation().ok().filter(|found| *found != Orientation::NoTransforms);
    let marked = || Orientation::from_exif_chunk(notes::without_mark(&decoder.exif_metadata().ok()??));
    let orientation = orientation.or_else(marked).unwrap_or(Orientation::NoTransforms);
    if format == Some(ImageFormat::Jpeg) {
        let bytes = std::fs::read(path).map_err(|e| Error::read(path, e))?;
        let plain = jpeg::of_plain_colours(&bytes)
            .and_then(|(jpeg, size)| tiff::OddTiff::of_jpeg(&jpeg, size, orientation, &mut *decoder));
        if let Some(plain) = plain {
            return Ok((Box::new(plain), orientation));
        }
    }
    Ok((decoder, orientation))
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_BYTES);
    limits
}

/// The sentence for a picture that cannot be decoded.
fn undecodable(path: &Path, error: &ImageError) -> Error {
    let (fault, remedy) = match error {
        ImageError::Unsupported(_) => match stranger::refusal(FileKind::Picture, path) {
            Some(refusal) => return refusal,
            None => unsupported(path),
        },
        ImageError::Limits(_) => {
            ("this picture is too large".to_owned(), "Make it smaller; 2000 pixels are plenty.")
        }
        ImageError::IoError(error) => match error.raw_os_error() {
            Some(number) => return Error::read(path, std::io::Error::from_raw_os_error(number)),
            None => (
                "this picture is cut off: its end is missing".to_owned(),
                "Copy it again from the original, or remove it.",
            ),
        },
        // What decoders say of it is for programmers.
        _ => ("this picture is damaged".to_owned(), "Save it again from the original, or remove it."),
    };
    Error::file(FileKind::Picture, path, fault, remedy)
}

/// What is wrong with a file that no decoder takes, and what to do.
fn unsupported(path: &Path) -> (String, &'static str) {
    if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        return ("this file is empty".to_owned(), "Copy it again from the original, or remove it.");
    }
    match Content::of(path).unwrap_or(Content::Other) {
        Content::Picture(format) => {
            let kind = format!("{format:?}").to_uppercase();
            (format!("this kind of {kind} cannot be read"), "Save it as PNG or JPEG.")
        }
        // These were named already.
        Content::Foreign(_) | Content::Other => (
            "this is not a picture in a format that can be read".to_owned(),
            "Save it as PNG, JPEG, WebP, BMP, GIF or TIFF.",
        ),
    }
}

/// Where to learn in a whole upright picture, 255 where to and 0 where not: its mask file, else its transparency;
/// `None` if everything is learned.
pub fn mask_of(entry: &PictureEntry, picture: &DynamicImage) -> Result<Option<GrayImage>> {
    match &entry.mask {
        Some(path) => read_mask(path, [picture.width(), picture.height()]).map(Some),
        None => Ok(alpha(picture)),
    }
}

/// The opacity of a picture, 0 to 255; `None` if it is opaque everywhere.
fn alpha(picture: &DynamicImage) -> Option<GrayImage> {
    if !picture.color().has_alpha() {
        return None;
    }
    let rgba = picture.to_rgba8();
    let alpha: Vec<u8> = rgba.pixels().map(|p| p.0[3]).collect();
    if alpha.iter().all(|&a| a == 255) {
        return None;
    }
    GrayImage::from_raw(rgba.width(), rgba.height(), alpha)
}

/// A mask file as levels, upright; what is transparent counts as black. Its picture has these sides.
///
/// # Errors
/// That of [`open_picture`], and where the mask has other proportions.
pub fn read_mask(path: &Path, [width, height]: [u32; 2]) -> Result<GrayImage> {
    let mask = open_picture(path)?.into_luma_alpha8();
    let (w, h) = mask.dimensions();
    let (across, down) = (f64::from(w) * f64::from(height), f64::from(h) * f64::from(width));
    if (across - down).abs() > 0.02 * down {
        let fault = format!("this mask is {w} x {h} pixels, its picture (upright) {width} x {height}");
        let remedy = "Give the mask the proportions of the picture.";
        return Err(Error::file(FileKind::Picture, path, fault, remedy));
    }
    let level = |x, y| {
        let [luma, alpha] = mask.get_pixel(x, y).0;
        image::Luma([(u16::from(luma) * u16::from(alpha) / 255) as u8])
    };
    Ok(GrayImage::from_fn(mask.width(), mask.height(), level))
}

/// The largest centred square of a picture, resized to `size` x `size` (`center_crop` of diffusers'
/// `textual_inversion.py`: an odd remainder goes to the right and the bottom).
pub fn center_crop_resize(picture: &RgbImage, size: u32, filter: Filter) -> RgbImage {
    let (width, height) = picture.dimensions();
    let side = width.min(height);
    let square = imageops::crop_imm(picture, (width - side) / 2, (height - side) / 2, side, side).to_image();
    resize(&square, size, size, filter)
}

/// A picture as the networks take it: `[3, height, width]`, row by row, each level divided by 127.5 less 1,
/// so from -1 to 1 (computed in f64 and rounded once, as numpy does).
pub fn to_chw(picture: &RgbImage) -> Vec<f32> {
    let value = |v: u8| (f64::from(v) / 127.5 - 1.0) as f32;
    (0..3).flat_map(|channel| picture.pixels().map(move |p| value(p.0[channel]))).collect()
}

/// The weight of every latent cell, `latent_size * latent_size` numbers row by row: the mean over the cell's
/// pixels of `weight` (`size * size` numbers), scaled so that all cells have a mean of 1 and a small mask
/// does not make learning slower. `None` if nothing weighs anything: a scale does not exist then, and the
/// picture must be left out.
pub fn weight_for_latents(weight: &[f32], size: usize, latent_size: usize) -> Option<Vec<f32>> {
    if weight.len() != size * size || latent_size == 0 || latent_size > size {
        return None;
    }
    let mut sums = vec![0.0_f64; latent_size * latent_size];
    let mut counts = vec![0_u32; latent_size * latent_size];
    for (i, &w) in weight.iter().enumerate() {
        let (row, column) = (i / size * latent_size / size, i % size * latent_size / size);
        sums[row * latent_size + column] += f64::from(w);
        counts[row * latent_size + column] += 1;
    }
    let means: Vec<f64> = sums.iter().zip(&counts).map(|(s, &c)| s / f64::from(c)).collect();
    let mean = means.iter().sum::<f64>() / means.len() as f64;
    (mean.is_finite() && mean > 0.0).then(|| means.iter().map(|m| (m / mean) as f32).collect())
}

#[cfg(test)]
mod tests;
