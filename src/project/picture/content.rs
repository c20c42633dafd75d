//! What a file is, by how it begins: phones, browsers and cameras give pictures names that say nothing, or lie.
//!
//! Only the first bytes are read. Whether a picture is whole is its decoder's business, and what is no picture at all
//! names `base::stranger`; a name decides nothing here.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base::stranger;
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
        if let Some(what) = stranger::foreign_picture(start) {
            return Self::Foreign(what);
        }
        match image::guess_format(start).ok().filter(|format| readable.contains(format)) {
            // Two letters begin many a sentence; the header behind them has few lengths.
            Some(ImageFormat::Bmp) if !is_bmp(start) => Self::Other,
            Some(format) => Self::Picture(format),
            None => Self::Other,
        }
    }
}

/// Whether the length of the second header is one that there is (`BITMAPCOREHEADER` to `BITMAPV5HEADER`).
fn is_bmp(start: &[u8]) -> bool {
    start
        .get(14..18)
        .is_some_and(|length| matches!(length, [12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
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
            (b"II*\0\x10\0\0\0CR\x02\0".to_vec(), Content::Foreign("a raw photo")),
            (ftyp("heic\0\0\0\0mif1heic"), Content::Foreign("a HEIC picture")),
            (ftyp("mif1\0\0\0\0mif1avif"), Content::Foreign("an AVIF picture")),
            (ftyp("qt  \0\0\0\0qt  "), Content::Foreign("a film")),
            (b"\xef\xbb\xbf\n<!DOCTYPE HTML><html>".to_vec(), Content::Other),
            (b"version https://git-lfs.github.com/spec/v1\n".to_vec(), Content::Other),
            (b"<?xml version='1.0'?>\n<svg>".to_vec(), Content::Foreign("an SVG drawing")),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), Content::Other),
            (Vec::new(), Content::Other),
        ] {
            assert_eq!(Content::of_start(&start), content, "{:?}", String::from_utf8_lossy(&start));
        }
    }
}
