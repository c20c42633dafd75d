//! TIFFs that the `image` crate refuses: with a palette, in luma and chroma (YCbCr), in few levels of grey, grey with
//! transparency. The `tiff` crate unpacks their samples, and those of JPEGs that `image` misreads; here they become
//! colours.
//!
//! What even that cannot unpack (old JPEG, Lab, planes of other than red, green and blue) is refused.

use std::io::Cursor;
use std::path::Path;

use image::error::{DecodingError, ImageFormatHint, UnsupportedError, UnsupportedErrorKind};
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::ifd::Directory;

// Tags of TIFF 6.0.
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const MEANING: u16 = 262;
const STRIPS: u16 = 273;
const ORIENTATION: u16 = 274;
const SAMPLES: u16 = 277;
const ROWS: u16 = 278;
const LENGTHS: u16 = 279;
const PLANAR: u16 = 284;
const PALETTE: u16 = 320;
const TILES: u16 = 322;
const EXTRA: u16 = 338;
const CHROMA: u16 = 530;
/// Tag of the colour profile (ICC.1, annex B.4).
const PROFILE: u16 = 34_675;

/// `PhotometricInterpretation`: zero is black.
const GREY: u32 = 1;
const COLOURS: u32 = 2;
/// `Compression`: JPEG as it is today; its decoder brings chroma to full size by itself.
const JPEG: u32 = 7;

/// What the samples mean.
enum Meaning {
    /// Places in a list of colours.
    Palette { bits: u32, colours: Vec<[u8; 3]> },
    /// Levels of less than eight bits.
    Grey { bits: u32 },
    /// A level and an opacity; whether the latter is one.
    GreyAlpha(bool),
    /// Red, green and blue.
    Colours,
    /// Luma and chroma for each pixel.
    Chroma,
    /// Lumas of so many pixels across and down, then their common chroma.
    ChromaBlocks([u32; 2]),
}

/// What stands in a file beside its pixels.
#[derive(Default)]
struct Beside {
    icc: Option<Vec<u8>>,
    exif: Option<Vec<u8>>,
    xmp: Option<Vec<u8>>,
    iptc: Option<Vec<u8>>,
}

/// A TIFF and how to read it.
pub(super) struct OddTiff {
    /// The file, described so that it can be unpacked.
    file: Vec<u8>,
    size: [u32; 2],
    orientation: Orientation,
    meaning: Meaning,
    /// Its notes are read elsewhere, but for those of what was no TIFF.
    beside: Beside,
    limits: Limits,
}

fn unsupported(what: &str) -> ImageError {
    let kind = UnsupportedErrorKind::GenericFeature(what.to_owned());
    let hint = ImageFormatHint::Exact(ImageFormat::Tiff);
    ImageError::Unsupported(UnsupportedError::from_format_and_kind(hint, kind))
}

fn failed(error: TiffError) -> ImageError {
    match error {
        TiffError::IoError(error) => ImageError::IoError(error),
        TiffError::UnsupportedError(what) => unsupported(&what.to_string()),
        error => ImageError::Decoding(DecodingError::new(ImageFormatHint::Exact(ImageFormat::Tiff), error)),
    }
}

impl OddTiff {
    /// Reads the directory of a file whose length is bearable.
    pub(super) fn open(path: &Path) -> ImageResult<Self> {
        let bytes = std::fs::read(path)?;
        Self::new(&bytes).ok_or_else(|| unsupported("this kind of TIFF"))
    }

    fn new(bytes: &[u8]) -> Option<Self> {
        let directory = Directory::first(bytes)?;
        let number = |tag| directory.number(tag);
        let [width, height] = [number(WIDTH)?, number(HEIGHT)?];
        let bits = number(BITS).unwrap_or(1);
        if number(PLANAR).unwrap_or(1) != 1 || width == 0 || height == 0 {
            return None;
        }
        let mut changed = Vec::new();
        let meaning = match (number(MEANING)?, number(SAMPLES).unwrap_or(1)) {
            (3, 1) => {
                changed.push((MEANING, GREY));
                Meaning::Palette { bits, colours: palette(&directory.numbers(PALETTE), bits)? }
            }
            (0 | GREY, 1) if matches!(bits, 2 | 4) => Meaning::Grey { bits },
            (0 | GREY, 2) if matches!(bits, 8 | 16) => {
                Meaning::GreyAlpha(matches!(number(EXTRA), Some(1 | 2)))
            }
            (6, 3) if bits == 8 => {
                let block = <[u32; 2]>::try_from(directory.numbers(CHROMA)).unwrap_or([2, 2]);
                if number(COMPRESSION) == Some(JPEG) || block == [1, 1] {
                    Meaning::Chroma
                } else {
                    changed = as_blocks(&directory, [width, height], block)?;
                    Meaning::ChromaBlocks(block)
                }
            }
            _ => return None,
        };
        let orientation =
            number(ORIENTATION).and_then(|number| Orientation::from_exif(number.min(255) as u8));
        let orientation = orientation.unwrap_or(Orientation::NoTransforms);
        let beside = Beside { icc: directory.text(PROFILE).map(<[u8]>::to_vec), ..Beside::default() };
        let file = directory.with(&changed)?;
        Some(Self { file, size: [width, height], orientation, meaning, beside, limits: Limits::default() })
    }

    /// A JPEG whose samples are red, green and blue as they are: in a TIFF it is unpacked without a change. The decoder
    /// that misreads its colours reads all the rest.
    pub(super) fn of_jpeg(
        jpeg: &[u8],
        size: [u32; 2],
        orientation: Orientation,
        usual: &mut dyn ImageDecoder,
    ) -> Option<Self> {
        let length = u32::try_from(jpeg.len()).ok()?;
        let [width, height] = size.map(|side| side.max(1));
        let bare = [b"II*\0\0\0\0\0", jpeg].concat();
        let file = Directory::empty(&bare).with(&[
            (WIDTH, width),
            (HEIGHT, height),
            (BITS, 8),
            (COMPRESSION, JPEG),
            (MEANING, COLOURS),
            (STRIPS, 8),
            (SAMPLES, 3),
            (ROWS, height),
            (LENGTHS, length),
        ])?;
        let beside = Beside {
            icc: usual.icc_profile().ok().flatten(),
            exif: usual.exif_metadata().ok().flatten(),
            xmp: usual.xmp_metadata().ok().flatten(),
            iptc: usual.iptc_metadata().ok().flatten(),
        };
        let meaning = Meaning::Colours;
        Some(Self { file, size: [width, height], orientation, meaning, beside, limits: Limits::default() })
    }

    /// The samples as the file has them, row by row.
    fn samples(&self) -> ImageResult<DecodingResult> {
        let decoder = Decoder::new(Cursor::new(&self.file)).map_err(failed)?;
        decoder.with_limits(self.limits.clone()).read_image().map_err(failed)
    }
}

/// The colours of a palette: all reds, all greens, all blues, of 16 bits each; some programs write 8.
fn palette(levels: &[u32], bits: u32) -> Option<Vec<[u8; 3]>> {
    let count = matches!(bits, 1 | 2 | 4 | 8).then(|| 1_usize << bits)?;
    let shift = if levels.iter().any(|level| *level > 255) { 8 } else { 0 };
    let level = |place: usize| levels.get(place).map(|level| (level >> shift) as u8);
    (0..count).map(|i| Some([level(i)?, level(count + i)?, level(2 * count + i)?])).collect()
}

/// Describes blocks of luma and chroma as a grey picture with as many pixels as there are bytes.
fn as_blocks(directory: &Directory<'_>, size: [u32; 2], [across, down]: [u32; 2]) -> Option<Vec<(u16, u32)>> {
    let known = |side: u32| matches!(side, 1 | 2 | 4);
    if !known(across) || !known(down) || directory.number(TILES).is_some() {
        return None;
    }
    let rows = directory.number(ROWS).unwrap_or(size[1]).min(size[1]);
    if rows < size[1] && !rows.is_multiple_of(down) {
        return None;
    }
    let width = size[0].div_ceil(across).checked_mul(across * down + 2)?;
    let new = [(WIDTH, width), (HEIGHT, size[1].div_ceil(down)), (ROWS, rows.div_ceil(down))];
    Some([&new[..], &[(BITS, 8), (SAMPLES, 1), (MEANING, GREY)]].concat())
}

/// ITU-R BT.601 at full range, as TIFF has it unless it says otherwise.
fn colour(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let [luma, blue, red] = [f32::from(luma), f32::from(blue) - 128.0, f32::from(red) - 128.0];
    let level = |level: f32| level.round().clamp(0.0, 255.0) as u8;
    [level(luma + 1.402 * red), level(luma - 0.344_136 * blue - 0.714_136 * red), level(luma + 1.772 * blue)]
}

/// Numbers of less than a byte, each row beginning with a new one.
fn unpacked(bytes: &[u8], width: usize, bits: u32) -> impl Iterator<Item = u8> {
    let each = 8 / bits as usize;
    let mask = (0xff_u16 >> (8 - bits)) as u8;
    let row = move |row: &[u8]| {
        let at = |x: usize| {
            row.get(x / each).map_or(0, |byte| byte >> (8 - bits as usize * (x % each + 1)) & mask)
        };
        (0..width).map(at).collect::<Vec<u8>>()
    };
    bytes.chunks(width.div_ceil(each).max(1)).flat_map(row)
}

fn fill(buffer: &mut [u8], values: impl Iterator<Item = u8>) {
    buffer.iter_mut().zip(values).for_each(|(place, value)| *place = value);
}

impl ImageDecoder for OddTiff {
    fn dimensions(&self) -> (u32, u32) {
        self.size.into()
    }

    fn color_type(&self) -> ColorType {
        match self.meaning {
            Meaning::Grey { .. } | Meaning::GreyAlpha(false) => ColorType::L8,
            Meaning::GreyAlpha(true) => ColorType::La8,
            _ => ColorType::Rgb8,
        }
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.beside.icc.clone())
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.beside.exif.clone())
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.beside.xmp.clone())
    }

    fn iptc_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.beside.iptc.clone())
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        Ok(self.orientation)
    }

    fn set_limits(&mut self, limits: image::Limits) -> ImageResult<()> {
        let (width, height) = self.dimensions();
        limits.check_dimensions(width, height)?;
        let most = limits.max_alloc.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        self.limits.decoding_buffer_size = most;
        self.limits.intermediate_buffer_size = most;
        Ok(())
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        let width = self.size[0] as usize;
        match (&self.meaning, self.samples()?) {
            (Meaning::Palette { bits, colours }, DecodingResult::U8(samples)) => {
                let colour = |place: u8| colours.get(usize::from(place)).copied().unwrap_or_default();
                fill(buffer, unpacked(&samples, width, *bits).flat_map(colour));
            }
            (Meaning::Grey { bits }, DecodingResult::U8(samples)) => {
                let most = (1 << bits) - 1;
                fill(
                    buffer,
                    unpacked(&samples, width, *bits).map(|level| (u32::from(level) * 255 / most) as u8),
                );
            }
            (Meaning::GreyAlpha(alpha), DecodingResult::U8(samples)) => {
                fill(buffer, samples.into_iter().step_by(if *alpha { 1 } else { 2 }));
            }
            (Meaning::GreyAlpha(alpha), DecodingResult::U16(samples)) => {
                let samples = samples.into_iter().step_by(if *alpha { 1 } else { 2 });
                fill(buffer, samples.map(|level| ((u32::from(level) * 255 + 32_767) / 65_535) as u8));
            }
            (Meaning::Colours, DecodingResult::U8(samples)) => fill(buffer, samples.into_iter()),
            (Meaning::Chroma, DecodingResult::U8(samples)) => {
                let (pixels, _) = samples.as_chunks::<3>();
                fill(buffer, pixels.iter().flat_map(|[luma, blue, red]| colour(*luma, *blue, *red)));
            }
            (Meaning::ChromaBlocks([across, down]), DecodingResult::U8(samples)) => {
                let (across, down) = (*across as usize, *down as usize);
                let length = across * down + 2;
                let row = width.div_ceil(across) * length;
                for (y, line) in buffer.chunks_exact_mut(width * 3).enumerate() {
                    let blocks = samples.get(y / down * row..).unwrap_or_default();
                    for (x, pixel) in line.chunks_exact_mut(3).enumerate() {
                        let block = blocks.get(x / across * length..).unwrap_or_default();
                        if let Some([lumas @ .., blue, red]) = block.get(..length) {
                            pixel.copy_from_slice(&colour(
                                lumas[y % down * across + x % across],
                                *blue,
                                *red,
                            ));
                        }
                    }
                }
            }
            _ => return Err(unsupported("samples of this kind")),
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

#[cfg(test)]
mod tests;
