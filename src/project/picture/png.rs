//! A PNG file whose picture is all there but for the mark of its end.
//!
//! Some downloads and cameras stop a few bytes early. The decoder wants the mark before it gives the picture, so it is
//! put back where nothing else is missing. Only the file's outer structure is read (PNG specification, section 5);
//! whether the data before it make a whole picture is the decoder's business.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// The last chunk: its length, its name and its checksum.
const END: [u8; 12] = *b"\0\0\0\0IEND\xae\x42\x60\x82";
/// Length, name and checksum of a chunk.
const FRAME: usize = 12;

/// The bytes of the PNG at `path` with the mark of its end, if that alone is missing or is cut itself. Its size has
/// been found to be bearable.
pub(super) fn with_end(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let mut last = [0; END.len()];
    if file.seek(SeekFrom::End(-(END.len() as i64))).is_err() {
        return Ok(None);
    }
    file.read_exact(&mut last)?;
    if last == END {
        return Ok(None);
    }
    Ok(ended(std::fs::read(path)?))
}

fn ended(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let (mut at, mut data) = (8, false);
    // Chunk by chunk, up to one that is not there whole.
    while let Some([a, b, c, d, name @ ..]) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let end = at.checked_add(FRAME)?.checked_add(u32::from_be_bytes([*a, *b, *c, *d]) as usize)?;
        if name == b"IEND" || end > bytes.len() {
            break;
        }
        data |= name == b"IDAT";
        at = end;
    }
    // What is left over is a part of the mark, or nothing.
    let rest = bytes.get(at..)?;
    (data && rest.len() < END.len() && END.starts_with(rest)).then(|| {
        bytes.truncate(at);
        bytes.extend(END);
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        [&(data.len() as u32).to_be_bytes()[..], name, data, b"sum!"].concat()
    }

    #[test]
    fn only_the_mark_of_the_end_is_put_back() {
        let header = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &[0; 13])].concat();
        let open = [header.clone(), chunk(b"IDAT", b"data")].concat();
        let whole = [&open[..], &END].concat();
        for missing in 1..=END.len() {
            assert_eq!(ended(whole[..whole.len() - missing].to_vec()), Some(whole.clone()), "{missing}");
        }
        for missing in [END.len() + 1, END.len() + 8, whole.len() - header.len()] {
            assert_eq!(ended(whole[..whole.len() - missing].to_vec()), None, "{missing}");
        }
        // Something behind the end is nobody's business.
        assert_eq!(ended([&whole[..], b"more"].concat()), None);
        assert_eq!(ended([&open[..], b"more"].concat()), None);
        assert_eq!(ended(Vec::new()), None);
        let huge = [&header[..], b"\xff\xff\xff\xffIDAT"].concat();
        assert_eq!(ended(huge), None);
    }
}
