//! What a file is, by how it begins: phones, browsers and cameras give pictures names that say nothing, or lie.
//!
//! Only the first bytes are read. Whether a picture is whole is its decoder's business; a name decides nothing here.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use image::ImageFormat;

/// How much of a file is looked at, in bytes.
const START: u64 = 512;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// A picture in a format that is read.
    Picture(ImageFormat),
    /// A picture or a film that must be converted first: what it is, with its article.
    Foreign(&'static str),
    /// A page that a browser or a script took for the picture.
    WebPage,
    /// What Git LFS leaves in a file's place.
    LfsNote,
    /// Something else.
    Other,
}

impl Content {
    /// Looks at the beginning of a file.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let mut start = Vec::new();
        File::open(path)?.take(START).read_to_end(&mut start)?;
        Ok(Self::of_start(&start))
    }

    fn of_start(start: &[u8]) -> Self {
        let readable = [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Gif,
            ImageFormat::Tiff,
            ImageFormat::Bmp,
        ];
        let format = image::guess_format(start).ok().filter(|format| readable.contains(format));
        match format {
            // Canon's raw photos are TIFFs with a mark of their own.
            Some(ImageFormat::Tiff) if start.get(8..10) == Some(b"CR") => Self::Foreign(RAW),
            // Two letters begin many a sentence; the header behind them has few lengths.
            Some(ImageFormat::Bmp) if !is_bmp(start) => text(start),
            Some(format) => Self::Picture(format),
            None => foreign(start).map_or_else(|| text(start), Self::Foreign),
        }
    }
}

const RAW: &str = "a raw photo";
const FILM: &str = "a film";

/// Whether the length of the second header is one that there is (`BITMAPCOREHEADER` to `BITMAPV5HEADER`).
fn is_bmp(start: &[u8]) -> bool {
    start
        .get(14..18)
        .is_some_and(|length| matches!(length, [12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// Pictures and films that are not read.
fn foreign(start: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 22] = [
        (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
        (b"\xff\x0a", "a JPEG XL picture"),
        (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
        (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
        (b"II\xbc\x01", "a JPEG XR picture"),
        (b"8BPS", "a Photoshop document"),
        (b"gimp xcf", "a GIMP document"),
        (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
        (b"#?RADIANCE", "an HDR picture"),
        (b"qoif", "a QOI picture"),
        (b"DDS ", "a DDS texture"),
        (b"FUJIFILMCCD-RAW", RAW),
        (b"IIRO", RAW),
        (b"IIRS", RAW),
        (b"MMOR", RAW),
        (b"IIU\0", RAW),
        (b"FOVb", RAW),
        (b"II+\0", "a BigTIFF picture"),
        (b"MM\0+", "a BigTIFF picture"),
        (b"\x1a\x45\xdf\xa3", FILM),
        (b"\0\0\x01\xba", FILM),
        (b"FLV\x01", FILM),
    ];
    if start.get(4..8) == Some(b"ftyp") {
        return Some(iso_media(start));
    }
    if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"AVI ") {
        return Some(FILM);
    }
    SIGNATURES.iter().find(|(signature, _)| start.starts_with(signature)).map(|(_, name)| *name)
}

/// Files in boxes (ISO/IEC 14496-12) say in the first one what they may be read as.
fn iso_media(start: &[u8]) -> &'static str {
    let length = start.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = start.get(8..length.min(start.len())).unwrap_or_default();
    let any =
        |wanted: &[&[u8; 4]]| brands.chunks_exact(4).any(|brand| wanted.iter().any(|known| **known == brand));
    if any(&[b"avif", b"avis"]) {
        "an AVIF picture"
    } else if any(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        "a HEIC picture"
    } else if any(&[b"crx "]) {
        RAW
    } else {
        FILM
    }
}

/// Text that lies where a picture should.
fn text(start: &[u8]) -> Content {
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("version https://git-lfs") {
        Content::LfsNote
    } else if text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg")) {
        Content::Foreign("an SVG drawing")
    } else if text.starts_with("<!doctype html") || text.starts_with("<html") || text.starts_with("<head") {
        Content::WebPage
    } else {
        Content::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_says_what_a_file_is() {
        let ftyp = |brands: &str| {
            let length = (8 + brands.len() as u32).to_be_bytes();
            [&length, b"ftyp".as_slice(), brands.as_bytes(), b"junkavif"].concat()
        };
        let bmp = [b"BM".as_slice(), &[0; 12], &40_u32.to_le_bytes()].concat();
        for (start, content) in [
            (b"\xff\xd8\xff\xe0".to_vec(), Content::Picture(ImageFormat::Jpeg)),
            (b"\x89PNG\r\n\x1a\n".to_vec(), Content::Picture(ImageFormat::Png)),
            (b"MM\0*\0\0\0\x08".to_vec(), Content::Picture(ImageFormat::Tiff)),
            (bmp, Content::Picture(ImageFormat::Bmp)),
            (b"BMW on a street, in the rain".to_vec(), Content::Other),
            (b"P3 is a good pen".to_vec(), Content::Other),
            (b"II*\0\x10\0\0\0CR\x02\0".to_vec(), Content::Foreign(RAW)),
            (ftyp("heic\0\0\0\0mif1heic"), Content::Foreign("a HEIC picture")),
            (ftyp("mif1\0\0\0\0mif1avif"), Content::Foreign("an AVIF picture")),
            (ftyp("qt  \0\0\0\0qt  "), Content::Foreign(FILM)),
            (b"\xef\xbb\xbf\n<!DOCTYPE HTML><html>".to_vec(), Content::WebPage),
            (b"version https://git-lfs.github.com/spec/v1\n".to_vec(), Content::LfsNote),
            (b"<?xml version='1.0'?>\n<svg>".to_vec(), Content::Foreign("an SVG drawing")),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), Content::Other),
            (Vec::new(), Content::Other),
        ] {
            assert_eq!(Content::of_start(&start), content, "{:?}", String::from_utf8_lossy(&start));
        }
    }
}
