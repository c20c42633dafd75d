//! Whether a JPEG file is all there.
//!
//! Decoders fill what is missing with grey and say nothing, and a word would learn the grey. Some cameras and
//! programs leave the end marker out, though the picture is whole, so a file without one is looked at closely. Only
//! the file's outer structure is read (ITU-T T.81, annex B); whether its picture can be decoded is the decoder's
//! business.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::path::Path;

use image::DynamicImage;
use image::codecs::jpeg::JpegDecoder;

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
/// Begins a segment that describes the picture; the other markers of the group mean something else.
const FRAMES: std::ops::RangeInclusive<u8> = 0xc0..=0xcf;
const NO_FRAMES: [u8; 3] = [0xc4, 0xc8, 0xcc];

/// Whether the file at `path` begins like a JPEG and ends before its picture does. Its size has been found to be
/// bearable.
pub(super) fn is_cut_off(path: &Path) -> io::Result<bool> {
    let mut file = std::fs::File::open(path)?;
    let mut signature = [0; 3];
    let is_jpeg = io::Read::read_exact(&mut file, &mut signature).is_ok() && signature == [0xff, START, 0xff];
    if !is_jpeg {
        return Ok(false);
    }
    let bytes = std::fs::read(path)?;
    Ok(match Structure::of(&bytes) {
        Structure::Ended => false,
        Structure::Broken => true,
        Structure::Open { every_scan } => !(every_scan && is_decided_by_its_data(&bytes)),
    })
}

/// The segments before the picture's data: marker, where the segment begins, and its bytes from the length on.
fn headers(bytes: &[u8]) -> impl Iterator<Item = (u8, usize, &[u8])> {
    let mut at = 2;
    std::iter::from_fn(move || {
        while bytes.get(at..at + 2)? == [0xff, 0xff] {
            at += 1;
        }
        let [0xff, marker, high, low] = *bytes.get(at..)?.first_chunk()? else { return None };
        let begins = at;
        at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
        Some((marker, begins, bytes.get(begins + 2..at)?)).filter(|(marker, ..)| *marker != SCAN)
    })
}

/// The same picture for a decoder that takes nothing for granted, and its sides, if it holds red, green and blue as
/// they are: the usual decoder takes Adobe's mark of that for the mark of four inks, and draws black. What is told from
/// the names of the components alone it takes for luma and chroma.
pub(super) fn of_plain_colours(bytes: &[u8]) -> Option<(Vec<u8>, [u32; 2])> {
    let (mut mark, mut other, mut frame) = (None, false, None);
    for (marker, at, segment) in headers(bytes) {
        match marker {
            0xee if segment.get(2..7) == Some(b"Adobe") => mark = Some((at, segment)),
            0xe0 if segment.get(2..6) == Some(b"JFIF") => other = true,
            marker if FRAMES.contains(&marker) && !NO_FRAMES.contains(&marker) => frame = Some(segment),
            _ => {}
        }
    }
    let [_, _, _, high, low, wide, narrow, 3, components @ ..] = frame? else { return None };
    let names: Vec<u8> = components.iter().step_by(3).copied().collect();
    let said = match mark {
        Some((_, segment)) => segment.get(13) == Some(&0),
        None => !other && names == *b"RGB",
    };
    let mut plain = bytes.to_vec();
    if let Some((at, segment)) = mark {
        plain.drain(at..at + 2 + segment.len());
    }
    let sides = [[*wide, *narrow], [*high, *low]].map(|side| u32::from(u16::from_be_bytes(side)));
    said.then_some((plain, sides))
}

/// How the file's segments follow each other.
#[derive(Debug, PartialEq, Eq)]
enum Structure {
    /// Up to the end marker, or to something that only the decoder can judge.
    Ended,
    /// It ends before the picture's data, or within a segment.
    Broken,
    /// It ends within the picture's data; whether all the scans that a picture needs have begun.
    Open { every_scan: bool },
}

impl Structure {
    /// Small pictures inside the file's notes have markers of their own, so what is not data is skipped by its
    /// length.
    fn of(bytes: &[u8]) -> Self {
        let mut rest = &bytes[2..];
        let mut scans = Scans::default();
        let mut begun = false;
        loop {
            match *rest {
                [0xff, 0xff, ..] => rest = &rest[1..],
                [0xff, END, ..] => return Self::Ended,
                // Markers without a length.
                [0xff, 0x01 | 0xd0..=START, ref after @ ..] => rest = after,
                [0xff, marker, high, low, ..] => {
                    let length = usize::from(u16::from_be_bytes([high, low]));
                    let Some((segment, after)) = rest.get(2..).and_then(|rest| rest.split_at_checked(length))
                    else {
                        return if begun { Self::Open { every_scan: scans.all() } } else { Self::Broken };
                    };
                    if FRAMES.contains(&marker) && !NO_FRAMES.contains(&marker) {
                        scans.frame(segment);
                    }
                    rest = after;
                    if marker == SCAN {
                        begun = true;
                        scans.scan(segment);
                        // Within the data no marker stands but those that start anew.
                        let marker =
                            |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
                        match rest.windows(2).position(marker) {
                            Some(end) => rest = &rest[end..],
                            None => return Self::Open { every_scan: scans.all() },
                        }
                    }
                }
                [0xff] | [0xff, _] | [0xff, _, _] | [] => {
                    return if begun { Self::Open { every_scan: scans.all() } } else { Self::Broken };
                }
                _ => return Self::Ended,
            }
        }
    }
}

/// For each component, how many low bits of each of its 64 coefficients are still to come.
#[derive(Default)]
struct Scans(BTreeMap<u8, [u8; 64]>);

impl Scans {
    /// A frame header: length, precision, height, width, and three bytes for each component.
    fn frame(&mut self, segment: &[u8]) {
        let components = segment.get(8..).unwrap_or_default().chunks_exact(3);
        self.0.extend(components.map(|component| (component[0], [u8::MAX; 64])));
    }

    /// A scan header: length, number of components, two bytes for each, first and last coefficient, bits.
    fn scan(&mut self, segment: &[u8]) {
        let count = segment.get(2).map_or(0, |count| usize::from(*count));
        let Some((components, [first, last, bits])) =
            segment.get(3..).and_then(|rest| rest.split_last_chunk::<3>())
        else {
            return;
        };
        for component in components.chunks_exact(2).take(count) {
            if let Some(coefficients) = self.0.get_mut(&component[0]) {
                let last = usize::from(*last).min(63);
                coefficients[usize::from(*first).min(last)..=last].fill(bits & 0xf);
            }
        }
    }

    fn all(&self) -> bool {
        !self.0.is_empty() && self.0.values().flatten().all(|bits| *bits == 0)
    }
}

/// Whether the picture stays the same whatever follows: a picture that lacks data would be drawn from it.
fn is_decided_by_its_data(bytes: &[u8]) -> bool {
    // Half an end marker is no data.
    let bytes = bytes.strip_suffix(&[0xff]).unwrap_or(bytes);
    let followed_by = |junk: u8| {
        let whole = [bytes, &vec![junk; 4096], &[0xff, END]].concat();
        JpegDecoder::new(Cursor::new(whole)).and_then(DynamicImage::from_decoder).ok()
    };
    let first = followed_by(0x00);
    first.is_some() && first == followed_by(0x5b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of two components, then scans of (components, first, last, low bits still to come).
    fn file(scans: &[(&[u8], u8, u8, u8)]) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xc2\0\x0e\x08\0\x08\0\x08\x02\x01\x11\0\x02\x11\0".to_vec();
        for (components, first, last, bits) in scans {
            bytes.extend([0xff, SCAN, 0, 6 + 2 * components.len() as u8, components.len() as u8]);
            components.iter().for_each(|component| bytes.extend([*component, 0]));
            bytes.extend([*first, *last, *bits, 1, 2, 0xff, 0, 3]);
        }
        bytes
    }

    #[test]
    fn every_coefficient_must_have_come() {
        let of = |scans: &[(&[u8], u8, u8, u8)]| Structure::of(&file(scans));
        let open = |every_scan| Structure::Open { every_scan };
        assert_eq!(of(&[(&[1, 2], 0, 63, 0)]), open(true));
        assert_eq!(of(&[(&[1], 0, 63, 0)]), open(false), "a component is missing");
        let rough: [(&[u8], u8, u8, u8); 3] = [(&[1, 2], 0, 0, 0), (&[1], 1, 63, 2), (&[2], 1, 63, 0)];
        assert_eq!(of(&rough), open(false), "two bits of the first are missing");
        let mut fine = rough.to_vec();
        fine.extend([(&[1][..], 1, 63, 0x21), (&[1], 1, 63, 0x10)]);
        assert_eq!(of(&fine), open(true));
        assert_eq!(Structure::of(&[file(&fine), vec![0xff, END]].concat()), Structure::Ended);
        assert_eq!(of(&[]), Structure::Broken);
        assert_eq!(Structure::of(&file(&[])[..10]), Structure::Broken);
    }
}
