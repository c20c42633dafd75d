//! PNG pictures, alone or with generation settings in the text chunk `parameters`, and with a colour profile.
//!
//! Encodes pictures, and finds the chunk wherever and however packed it is, or what other programs and other kinds of
//! pictures have in place of it. Other text chunks are ignored. The length is that of the tests.

use std::borrow::Cow;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Cursor, Read as _, Seek, Write};
use std::path::Path;

use image::{
    DynamicImage, EncodableLayout, GrayImage, ImageBuffer, ImageFormat, PixelWithColorType, RgbImage,
};

use super::infotext::{GenerateInfo, has_settings, parse_parameters, read_json};
use base::{Error, FileKind, Result, stranger};
use project::picture::user_comment;

/// The keyword under which pictures say how they were drawn.
pub const KEYWORD: &str = "parameters";
/// Those under which other programs keep JSON (ComfyUI, InvokeAI, NovelAI), and the one of a prompt beside it.
const JSON: [&str; 3] = ["prompt", "invokeai_metadata", "Comment"];
const PROSE: &str = "Description";
/// The keyword under which the picture of a grid keeps the file that draws it again.
pub const GRID: &str = "pseudoword-grid";

/// A picture of red, green and blue that may be of 16 bits and transparent as a PNG file, with its settings and its colour
/// profile (ICC).
pub fn picture_to_png(
    picture: &DynamicImage,
    profile: Option<&[u8]>,
    info: &GenerateInfo,
) -> Result<Vec<u8>> {
    let text = info.to_parameters();
    let (color, depth) = match picture {
        DynamicImage::ImageRgba8(_) => (png::ColorType::Rgba, png::BitDepth::Eight),
        DynamicImage::ImageRgb16(_) => (png::ColorType::Rgb, png::BitDepth::Sixteen),
        DynamicImage::ImageRgba16(_) => (png::ColorType::Rgba, png::BitDepth::Sixteen),
        _ => (png::ColorType::Rgb, png::BitDepth::Eight),
    };
    // The most significant byte comes first in a file.
    let levels: Cow<'_, [u8]> = match picture {
        DynamicImage::ImageRgb16(picture) => picture.iter().flat_map(|v| v.to_be_bytes()).collect(),
        DynamicImage::ImageRgba16(picture) => picture.iter().flat_map(|v| v.to_be_bytes()).collect(),
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => Cow::Borrowed(picture.as_bytes()),
        picture => Cow::Owned(picture.to_rgb8().into_raw()),
    };
    let mut about = png::Info::with_size(picture.width(), picture.height());
    (about.color_type, about.bit_depth) = (color, depth);
    about.icc_profile = profile.map(Cow::Borrowed);
    let mut bytes = Vec::new();
    let encoder = png::Encoder::with_info(&mut bytes, about);
    encoder.and_then(|encoder| write(encoder, &levels, [(KEYWORD, text)])).map_err(unencoded)?;
    Ok(bytes)
}

fn unencoded(error: impl Display) -> Error {
    Error::Internal(format!("a picture could not be encoded ({error})"))
}

/// A picture as a PNG file.
pub fn to_png<P: PixelWithColorType>(picture: &ImageBuffer<P, Vec<P::Subpixel>>) -> Result<Vec<u8>>
where
    [P::Subpixel]: EncodableLayout,
{
    let mut bytes = Cursor::new(Vec::new());
    let written = picture.write_to(&mut bytes, ImageFormat::Png);
    written.map_err(unencoded)?;
    Ok(bytes.into_inner())
}

/// A mask as a PNG file, made so fast that it can be kept after each stroke. What is as in the line above, as most of a mask is,
/// takes next to no room, whatever its level.
///
/// # Errors
/// [`Error::Internal`] if it has no pixels.
pub fn mask_to_png(mask: &GrayImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, mask.width(), mask.height());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fastest);
    encoder.set_filter(png::Filter::Up);
    let written = write(encoder, mask.as_raw(), []);
    written.map_err(|error| Error::Internal(format!("a mask could not be encoded ({error})")))?;
    Ok(bytes)
}

pub(super) fn encode(
    sink: impl Write,
    picture: &RgbImage,
    keyword: &str,
    text: String,
) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(BufWriter::new(sink), picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    write(encoder, picture.as_raw(), [(keyword, text)])
}

/// Writes levels as the encoder was told they are, with texts under their keywords: text within Latin-1 in a `tEXt` chunk,
/// other text in `iTXt`, as A1111 and Pillow do.
fn write<'a>(
    mut encoder: png::Encoder<'_, impl Write>,
    levels: &[u8],
    texts: impl IntoIterator<Item = (&'a str, String)>,
) -> Result<(), png::EncodingError> {
    for (keyword, text) in texts {
        // What would be taken for UTF-8 goes where that belongs.
        if text.chars().all(|part| u32::from(part) < 256) && unpretended(text.clone()) == text {
            encoder.add_text_chunk(keyword.to_owned(), text)?;
        } else {
            encoder.add_itxt_chunk(keyword.to_owned(), text)?;
        }
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(levels)?;
    writer.finish()
}

/// The prompt that a PNG picture says it was drawn with, if it says so and can be read.
pub fn read_prompt(path: &Path) -> Option<String> {
    let text = read_parameters(path).ok()??;
    Some(parse_parameters(&text).prompt)
}

/// What a picture of any kind says of how it was drawn, in the form of the `parameters` chunk: a PNG in its texts, others in
/// EXIF. `None` if it says nothing.
pub fn read_settings(path: &Path) -> Result<Option<String>> {
    let said = if is_png(path) { read_parameters(path)? } else { None };
    // Cameras and people write there as well.
    let comment = || {
        let text = user_comment(path)?;
        Some(in_form(&text, None).unwrap_or(text)).filter(|text| has_settings(text))
    };
    Ok(said.or_else(comment))
}

/// Whether a file is a PNG: by its content, for names of pictures say nothing, or lie; by its name only where it is no picture
/// at all.
pub fn is_png(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
    match read.ok().and_then(|_| image::guess_format(&start).ok()) {
        Some(format) => format == ImageFormat::Png,
        None => path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")),
    }
}

/// The text of a PNG picture's `parameters` chunk, or what a program with JSON keeps in place of it, in the same form;
/// `None` if it has none.
pub fn read_parameters(path: &Path) -> Result<Option<String>> {
    read_with(path, settings_of)
}

/// The text under a keyword in a PNG picture, or `None` if it has none.
pub fn read_text(path: &Path, keyword: &str) -> Result<Option<String>> {
    read_with(path, |info| text_of(info, keyword))
}

/// What is `taken` from the texts of a PNG picture, which is read to its end.
fn read_with(path: &Path, taken: impl FnOnce(&png::Info<'_>) -> Taken) -> Result<Option<String>> {
    let file = File::open(path).map_err(|source| Error::read(path, source))?;
    to_end(BufReader::new(file), taken).map_err(|fault| {
        let remedy = "Choose a PNG picture as the program saved it.";
        let damaged = || Error::file(FileKind::Picture, path, damage(&fault), remedy);
        stranger::refusal(FileKind::Picture, path).unwrap_or_else(damaged)
    })
}

/// Whether a PNG picture has a text under a keyword before its pixels, which are not looked at.
pub fn has_text(source: impl BufRead + Seek, keyword: &str) -> bool {
    png::Decoder::new(source).read_info().is_ok_and(|reader| {
        let info = reader.info();
        info.uncompressed_latin1_text.iter().any(|chunk| chunk.keyword == keyword)
            || info.compressed_latin1_text.iter().any(|chunk| chunk.keyword == keyword)
            || info.utf8_text.iter().any(|chunk| chunk.keyword == keyword)
    })
}

/// The `parameters` of a PNG picture if they stand before its pixels, which are not read: there this program, A1111 and
/// Pillow write them. `None` if there are none or the file is no such picture.
pub fn read_first_parameters(path: &Path) -> Option<String> {
    let reader = png::Decoder::new(BufReader::new(File::open(path).ok()?)).read_info().ok()?;
    settings_of(reader.info()).ok()?
}

/// A picture of 8 bits as a PNG file, with its settings.
pub fn to_png_with(picture: &RgbImage, info: &GenerateInfo) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let written = encode(&mut bytes, picture, KEYWORD, info.to_parameters());
    written.map_err(unencoded)?;
    Ok(bytes)
}

/// A picture of 8 bits as a PNG file, with several texts, each under its keyword.
pub fn to_png_texts(picture: &RgbImage, texts: &[(&str, String)]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(BufWriter::new(&mut bytes), picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = write(encoder, picture.as_raw(), texts.iter().cloned());
    written.map_err(unencoded)?;
    Ok(bytes)
}

/// What is wrong with a file that the decoder has refused, without its inner words.
pub(crate) fn damage(fault: &png::DecodingError) -> String {
    let what = match fault {
        png::DecodingError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "it ends too early".to_owned()
        }
        png::DecodingError::IoError(error) => error.to_string(),
        png::DecodingError::LimitsExceeded => "it is larger than any picture".to_owned(),
        _ => "a part of it is damaged".to_owned(),
    };
    format!("it is not a whole PNG picture: {what}")
}

/// The most that a packed text may become, in bytes.
const MAX_TEXT: usize = 16 << 20;
/// The longest settings, in bytes: more would fill the fields of the window until it stands still.
const LONGEST: usize = 1 << 20;

/// A text that was looked for.
type Taken = Result<Option<String>, png::DecodingError>;

/// The text of a PNG picture under a keyword, wherever and however packed it is.
pub fn text(source: impl BufRead + Seek, keyword: &str) -> Taken {
    to_end(source, |info| text_of(info, keyword))
}

fn to_end(source: impl BufRead + Seek, taken: impl FnOnce(&png::Info<'_>) -> Taken) -> Taken {
    let mut reader = png::Decoder::new(source).read_info()?;
    // Text may also come after the pixels.
    reader.finish()?;
    taken(reader.info())
}

/// The settings, as far as the picture was read: its `parameters`, else what other programs keep under keywords of theirs.
fn settings_of(info: &png::Info<'_>) -> Taken {
    let own = text_of(info, KEYWORD)?;
    let is_json = |text: &String| text.trim_start().starts_with('{');
    let foreign = |keyword: &str| {
        let text = text_of(info, keyword).ok()?.filter(is_json)?;
        in_form(&text, text_of(info, PROSE).ok()?.as_deref())
    };
    let text = match own {
        Some(text) if !is_json(&text) => Some(text),
        own => [KEYWORD].iter().chain(&JSON).find_map(|keyword| foreign(keyword)).or(own),
    };
    Ok(text.filter(|text| text.len() <= LONGEST))
}

/// What a program with JSON keeps, in the form of `parameters`; `None` if it is something else. The prompt may stand beside it.
fn in_form(text: &str, beside: Option<&str>) -> Option<String> {
    read_json(text, beside).map(|info| info.to_parameters())
}

/// The text under a keyword, as far as the picture was read.
fn text_of(info: &png::Info<'_>, keyword: &str) -> Taken {
    if let Some(chunk) = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == keyword) {
        return Ok(Some(unpretended(chunk.text.clone())));
    }
    if let Some(mut chunk) = info.utf8_text.iter().find(|chunk| chunk.keyword == keyword).cloned() {
        chunk.decompress_text_with_limit(MAX_TEXT)?;
        return chunk.get_text().map(Some);
    }
    let packed = info.compressed_latin1_text.iter().find(|chunk| chunk.keyword == keyword).cloned();
    let Some(mut chunk) = packed else { return Ok(None) };
    chunk.decompress_text_with_limit(MAX_TEXT)?;
    chunk.get_text().map(|text| Some(unpretended(text)))
}

/// A text that was read as Latin-1, as the standard wants it. Some programs (stable-diffusion.cpp) put UTF-8 there; hardly
/// any text that is not ASCII is both.
fn unpretended(text: String) -> String {
    let bytes: Option<Vec<u8>> = text.chars().map(|sign| u8::try_from(sign).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use image::ImageEncoder as _;

    use super::*;
    use crate::infotext::parse_parameters;
    use crate::infotext::tests::info;

    #[test]
    fn every_kind_of_picture_is_read_back_with_its_profile() {
        let folder = tempfile::tempdir().unwrap();
        let levels: Vec<u16> = (0..4 * 6).map(|at| at * 2700).collect();
        let picture = DynamicImage::from(ImageBuffer::<image::Rgba<u16>, _>::from_raw(3, 2, levels).unwrap());
        let profile: Vec<u8> = (0..200).collect();
        for (name, picture) in [
            ("a.png", picture.to_rgb8().into()),
            ("b.png", picture.to_rgba8().into()),
            ("c.png", picture.to_rgb16().into()),
            ("d.png", picture),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, picture_to_png(&picture, Some(&profile), &info()).unwrap()).unwrap();
            assert_eq!(image::open(&path).unwrap(), picture, "{name}");
            let reader = png::Decoder::new(BufReader::new(File::open(&path).unwrap())).read_info().unwrap();
            assert_eq!(reader.info().icc_profile.as_deref(), Some(&profile[..]));
            assert_eq!(read_parameters(&path).unwrap().unwrap(), info().to_parameters());
        }
    }

    #[test]
    fn a_damaged_picture_is_named_without_the_decoders_words() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.png");
        let whole = to_png_with(&RgbImage::new(40, 40), &info()).unwrap();
        let mut torn = whole.clone();
        let at = torn.windows(4).rposition(|name| name == b"IDAT").unwrap();
        torn[at + 10] ^= 1;
        for (bytes, expected) in
            [(&whole[..at + 10], "it ends too early"), (&torn[..], "a part of it is damaged")]
        {
            std::fs::write(&path, bytes).unwrap();
            let said = read_parameters(&path).unwrap_err().to_string();
            assert!(said.contains(&format!("it is not a whole PNG picture: {expected}. Choose")), "{said}");
        }
    }

    #[test]
    fn a_mask_of_a_large_picture_is_a_small_file_whatever_is_painted() {
        // Painted at the left, with a soft edge, and wiped again in a disc.
        let mask = GrayImage::from_fn(8000, 6000, |x, y| {
            let wiped = (x.abs_diff(1000).pow(2) + y.abs_diff(3000).pow(2)) < 500 * 500;
            image::Luma([if wiped { 0 } else { 5000_u32.saturating_sub(x).min(255) as u8 }])
        });
        let began = std::time::Instant::now();
        let bytes = mask_to_png(&mask).unwrap();
        let taken = began.elapsed();
        println!("{} bytes in {taken:?}; {:?} by the usual way", bytes.len(), {
            let began = std::time::Instant::now();
            to_png(&mask).map(|_| began.elapsed()).unwrap()
        });
        assert!(bytes.len() < 1 << 20, "{}", bytes.len());
        assert!(image::load_from_memory(&bytes).unwrap().into_luma8() == mask);
        assert!(mask_to_png(&GrayImage::new(0, 0)).is_err());
    }

    #[test]
    fn pictures_carry_their_settings_in_any_script() {
        let folder = tempfile::tempdir().unwrap();
        let picture = RgbImage::from_fn(9, 7, |x, y| image::Rgb([x as u8 * 20, y as u8 * 30, 77]));
        for (name, prompt) in [("plain.png", "ein Kätzchen"), ("wörter 猫.png", "猫 – a cat")] {
            let path = folder.path().join(name);
            let info = GenerateInfo {
                prompt: prompt.into(),
                model: "m".into(),
                negative_prompt: String::new(),
                ..info()
            };
            std::fs::write(&path, to_png_with(&picture, &info).unwrap()).unwrap();
            assert_eq!(parse_parameters(&read_parameters(&path).unwrap().unwrap()), info);
            assert_eq!(image::open(&path).unwrap().to_rgb8(), picture);
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                has_text(Cursor::new(&bytes), KEYWORD) && !has_text(Cursor::new(&bytes), "sd-ti-embedding")
            );
            let chunk: &[u8] = if prompt.contains('猫') { b"iTXtparameters" } else { b"tEXtparameters" };
            assert!(bytes.windows(chunk.len()).any(|window| window == chunk));
        }
    }

    #[test]
    fn utf_8_in_plain_text_is_read_as_what_it_is() {
        let read = |said: String| {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
            encoder.add_text_chunk(KEYWORD.to_owned(), said).unwrap();
            encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
            text(Cursor::new(bytes), KEYWORD).unwrap().unwrap()
        };
        assert_eq!(read("猫".bytes().map(char::from).collect()), "猫");
        assert_eq!(read("ein Kätzchen".to_owned()), "ein Kätzchen");
        // Such a text of one's own comes back as it was.
        let picture = RgbImage::new(1, 1);
        let bytes = to_png_texts(&picture, &[(KEYWORD, "Ã¤".to_owned())]).unwrap();
        assert_eq!(text(Cursor::new(bytes), KEYWORD).unwrap().unwrap(), "Ã¤");
    }

    #[test]
    fn the_settings_of_programs_with_json_are_read_in_the_usual_form() {
        let invoke = r#"{"positive_prompt": "a hat", "seed": 5, "steps": 20, "cfg_scale": 7.5, "scheduler": "euler_a"}"#;
        let novel = r#"{"uc": "fog", "steps": 28, "seed": 5, "scale": 5.0, "sampler": "k_euler"}"#;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        for (texts, prompt) in [
            (&[("invokeai_metadata", invoke)][..], Some("a hat")),
            (&[(KEYWORD, invoke)][..], Some("a hat")),
            (&[(KEYWORD, "{red|blue} hat"), ("invokeai_metadata", "{}")][..], Some("{red|blue} hat")),
            (&[(PROSE, "a boat"), ("Comment", novel)][..], Some("a boat")),
            (&[("Comment", "made by hand")][..], None),
            (&[("prompt", "{}")][..], None),
        ] {
            let texts: Vec<(&str, String)> =
                texts.iter().map(|(key, text)| (*key, (*text).to_owned())).collect();
            std::fs::write(&path, to_png_texts(&RgbImage::new(2, 2), &texts).unwrap()).unwrap();
            let said = read_settings(&path).unwrap().map(|text| parse_parameters(&text).prompt);
            assert_eq!(said.as_deref(), prompt, "{texts:?}");
            assert_eq!(read_first_parameters(&path).is_some(), prompt.is_some(), "{texts:?}");
        }
    }

    #[test]
    fn the_settings_of_other_kinds_of_pictures_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        let text = "猫\nSteps: 20, Sampler: Euler a, CFG scale: 7";
        for (comment, said) in [(text, Some(text)), ("a hat, as I saw it", None)] {
            let mut exif = b"II*\0\x08\0\0\0\x01\0\x86\x92\x07\0".to_vec();
            exif.extend((comment.len() as u32).to_le_bytes());
            exif.extend([26, 0, 0, 0, 0, 0, 0, 0]);
            exif.extend(comment.as_bytes());
            let mut encoder = image::codecs::jpeg::JpegEncoder::new(File::create(&path).unwrap());
            encoder.set_exif_metadata(exif).unwrap();
            encoder.write_image(&RgbImage::new(8, 8), 8, 8, image::ExtendedColorType::Rgb8).unwrap();
            assert_eq!(read_settings(&path).unwrap().as_deref(), said);
        }
    }

    #[test]
    fn settings_without_end_are_none() {
        let folder = tempfile::tempdir().unwrap();
        for (length, read) in [(LONGEST - 1000, true), (LONGEST + 1, false)] {
            let path = folder.path().join(format!("{length}.png"));
            let info = GenerateInfo { prompt: "a".repeat(length), ..info() };
            std::fs::write(&path, to_png_with(&RgbImage::new(2, 2), &info).unwrap()).unwrap();
            assert_eq!(read_parameters(&path).unwrap().is_some(), read, "{length}");
            assert_eq!(read_first_parameters(&path).is_some(), read, "{length}");
        }
    }

    #[test]
    fn pictures_without_settings_and_other_files_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.png");
        RgbImage::new(2, 2).save(&path).unwrap();
        assert_eq!(read_parameters(&path).unwrap(), None);
        assert!(!has_text(BufReader::new(File::open(&path).unwrap()), KEYWORD));
        assert!(to_png(&RgbImage::new(0, 0)).is_err());
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let sentence = read_parameters(&path).unwrap_err().to_string();
        assert!(sentence.contains("x.png"), "{sentence}");
        assert!(to_png_with(&RgbImage::new(0, 0), &GenerateInfo::default()).is_err());
    }
}
