//! Pictures and films in formats that are not read here, by how they begin: the one table of them.
//!
//! A raw photo that is a plain TIFF from within is not told from one; its name must.

/// What a picture or a film is that must be converted first, with its article.
pub fn foreign_picture(start: &[u8]) -> Option<&'static str> {
    if start.get(4..8) == Some(b"ftyp") {
        return Some(iso_media(start));
    }
    if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"AVI ") {
        return Some(FILM);
    }
    // Canon's raw photos are TIFFs with a mark of their own.
    if start.starts_with(b"II*\0") && start.get(8..10) == Some(b"CR") {
        return Some(RAW);
    }
    let signature = SIGNATURES.iter().find(|(signature, _)| start.starts_with(signature));
    let svg = || super::text(start).filter(|text| is_svg(text)).map(|_| "an SVG drawing");
    signature.map(|(_, name)| *name).or_else(svg)
}

/// Whether a text in lower case is a drawing. Web pages may hold one.
pub(super) fn is_svg(text: &str) -> bool {
    let begins = ["<?xml", "<!doctype svg", "<!--"].iter().any(|start| text.starts_with(start));
    text.starts_with("<svg") || (begins && text.contains("<svg") && !text.contains("<html"))
}

const RAW: &str = "a raw photo";
/// What [`foreign_picture`] calls a film.
pub const FILM: &str = "a film";

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
