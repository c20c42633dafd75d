//! The comment in EXIF in which programs that draw keep the settings of a JPEG or a WebP, which have no texts as a PNG has.

use std::path::Path;

use image::ImageDecoder as _;

use super::ifd::Directory;
use super::notes::{decoded, without_mark};
use super::open_decoder;

/// Where EXIF's own directory is, and `UserComment` in it.
const EXIF: u16 = 0x8769;
const USER_COMMENT: u16 = 0x9286;
/// The longest comment, in bytes: more would fill the fields of the window until it stands still.
const LONGEST: usize = 1 << 20;

/// What stands in a picture's `UserComment`; `None` if there is nothing, or the picture cannot be read.
pub fn user_comment(path: &Path) -> Option<String> {
    let (mut decoder, _) = open_decoder(path).ok()?;
    let block = decoder.exif_metadata().ok().flatten()?;
    let directory = Directory::first(without_mark(&block))?;
    let inner = directory.within(EXIF).and_then(|inner| inner.text(USER_COMMENT));
    // Fooocus puts it among the entries of the picture.
    let comment = inner.or_else(|| directory.text(USER_COMMENT))?;
    Some(written(comment)).filter(|text| !text.is_empty() && text.len() <= LONGEST)
}

/// The text of a comment: eight bytes name its letters (Exif 2.32, section 4.6.5), though not every program writes them.
fn written(comment: &[u8]) -> String {
    let comment = &comment[..comment.len().min(2 * LONGEST + 8)];
    let text = match comment.split_first_chunk::<8>() {
        Some((b"UNICODE\0", text)) => utf_16(text),
        Some((b"ASCII\0\0\0" | b"\0\0\0\0\0\0\0\0", text)) => decoded(text),
        _ => decoded(comment),
    };
    text.trim_matches(|sign: char| matches!(sign, '\0' | '\u{feff}') || sign.is_whitespace()).to_owned()
}

/// UTF-16 of either byte order, of which the comment says nothing: settings have many letters of which one byte is zero.
fn utf_16(text: &[u8]) -> String {
    let zeros = |place: usize| text.chunks_exact(2).filter(|pair| pair[place] == 0).count();
    let little = match text.first_chunk() {
        Some([0xff, 0xfe]) => true,
        Some([0xfe, 0xff]) => false,
        _ => zeros(1) > zeros(0),
    };
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let units: Vec<u16> = text.chunks_exact(2).map(unit).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::codecs::webp::WebPEncoder;
    use image::{ExtendedColorType, ImageEncoder, RgbImage};

    use super::*;

    const SETTINGS: &str = "猫 on a roof\nSteps: 20, Sampler: Euler a, CFG scale: 7";

    /// A block of EXIF with a comment in its own directory, or beside the picture's entries.
    fn exif(big: bool, within: bool, comment: &[u8]) -> Vec<u8> {
        let short = |number: u16| if big { number.to_be_bytes() } else { number.to_le_bytes() };
        let long = |number: u32| if big { number.to_be_bytes() } else { number.to_le_bytes() };
        let entry = |tag: u16, kind: u16, count: u32, value: u32| {
            let (tag, kind) = (short(tag), short(kind));
            [&short(1)[..], &tag, &kind, &long(count), &long(value), &[0; 4]].concat()
        };
        let mut block = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        block.extend(long(8));
        let mut at = 8 + 18;
        if within {
            block.extend(entry(EXIF, 4, 1, at));
            at += 18;
        }
        block.extend(entry(USER_COMMENT, 7, comment.len() as u32, at));
        block.extend(comment);
        block
    }

    fn save(mut encoder: impl ImageEncoder, exif: Vec<u8>) {
        encoder.set_exif_metadata(exif).unwrap();
        encoder.write_image(&RgbImage::new(8, 8), 8, 8, ExtendedColorType::Rgb8).unwrap();
    }

    #[test]
    fn the_comment_of_a_picture_is_read_as_every_program_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let units = |bytes: fn(u16) -> [u8; 2]| {
            let text: Vec<u8> = SETTINGS.encode_utf16().flat_map(bytes).collect();
            [b"UNICODE\0", &text[..]].concat()
        };
        let bare = SETTINGS.as_bytes().to_vec();
        let named = |name: &[u8]| [name, &bare, b"\0"].concat();
        for (number, (big, within, comment)) in [
            (true, true, units(u16::to_be_bytes)),
            // As piexif writes it, whatever the order of the file.
            (false, true, units(u16::to_be_bytes)),
            (false, true, units(u16::to_le_bytes)),
            (true, true, named(b"ASCII\0\0\0")),
            (false, true, named(&[0; 8])),
            (true, false, bare.clone()),
            (false, false, bare.clone()),
        ]
        .into_iter()
        .enumerate()
        {
            let [jpeg, webp] = ["jpg", "webp"].map(|end| folder.path().join(format!("{number}.{end}")));
            let file = |path: &Path| std::fs::File::create(path).unwrap();
            save(JpegEncoder::new(file(&jpeg)), exif(big, within, &comment));
            save(WebPEncoder::new_lossless(file(&webp)), exif(big, within, &comment));
            for path in [jpeg, webp] {
                assert_eq!(user_comment(&path).as_deref(), Some(SETTINGS), "{}", path.display());
            }
        }
    }

    #[test]
    fn a_picture_without_a_comment_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        for comment in [&b""[..], b"ASCII\0\0\0   \0", b"UNICODE\0"] {
            save(JpegEncoder::new(std::fs::File::create(&path).unwrap()), exif(true, true, comment));
            assert_eq!(user_comment(&path), None, "{comment:?}");
        }
        RgbImage::new(8, 8).save(&path).unwrap();
        assert_eq!(user_comment(&path), None);
        assert_eq!(user_comment(&folder.path().join("none.jpg")), None);
        // Cut anywhere, it is read or none.
        let whole = exif(false, true, b"ASCII\0\0\0Steps: 20");
        for end in 0..whole.len() {
            save(JpegEncoder::new(std::fs::File::create(&path).unwrap()), whole[..end].to_vec());
            assert_eq!(user_comment(&path), None, "{end}");
        }
    }
}
