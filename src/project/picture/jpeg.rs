//! Whether a JPEG file is all there.
//!
//! Decoders fill what is missing with grey and say nothing, and a word would learn the grey. Only the file's outer
//! structure is looked at (ITU-T T.81, annex B); whether its picture can be decoded is the decoder's business.

use std::io;
use std::path::Path;

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;

/// Whether the file at `path` begins like a JPEG and ends before its picture does.
pub(super) fn is_cut_off(path: &Path) -> io::Result<bool> {
    let mut file = std::fs::File::open(path)?;
    let mut signature = [0; 3];
    let is_jpeg = io::Read::read_exact(&mut file, &mut signature).is_ok() && signature == [0xff, START, 0xff];
    Ok(is_jpeg && !comes_to_its_end(&std::fs::read(path)?))
}

/// Whether the end marker follows the picture's data. Small pictures inside the file's notes have markers of their
/// own, so what comes before the data is skipped by its lengths.
fn comes_to_its_end(bytes: &[u8]) -> bool {
    let mut rest = &bytes[2..];
    loop {
        match *rest {
            [0xff, 0xff, ..] => rest = &rest[1..],
            [0xff, END, ..] => return true,
            // Within the data no marker stands but those that start anew.
            [0xff, SCAN, ref data @ ..] => return data.windows(2).any(|pair| *pair == [0xff, END]),
            // Markers without a length.
            [0xff, 0x01 | 0xd0..=START, ref after @ ..] => rest = after,
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                match rest.get(2 + length..) {
                    Some(after) => rest = after,
                    None => return false,
                }
            }
            // Ends in the middle, or is something that only the decoder can judge.
            [0xff] | [0xff, _] | [0xff, _, _] | [] => return false,
            _ => return true,
        }
    }
}
