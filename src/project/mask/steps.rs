//! The steps of a mask that can be taken back: loose as they were made, or kept in little room once they are many.
//!
//! A loose step shares its tiles with the masks before and after it, so that making one costs nothing. A kept step holds
//! what its tiles are apart, packed by runs; a long one lies in a file without a name, which goes with the process.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::{BYTES, Mask, Tile};
use base::{Error, Result};

/// The tiles that a step touched, by their places: before it and after it.
pub(super) type Loose = Vec<(usize, [Tile; 2])>;

/// A step.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Loose(Arc<Loose>),
    Kept(Arc<Kept>),
}

/// What the tiles before and after a step are apart, byte by byte, packed: it leads from either side to the other.
#[derive(Debug)]
pub struct Kept {
    /// The places of the tiles, and how many packed bytes each takes.
    tiles: Vec<(usize, usize)>,
    /// These bytes, one tile after the other.
    at: At,
}

#[derive(Debug)]
enum At {
    Memory(Vec<u8>),
    File(File),
}

impl Step {
    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Loose(step) => {
                step.iter().filter(|(_, [before, _])| matches!(before, Tile::Painted(_))).count() * BYTES
            }
            Self::Kept(kept) => match &kept.at {
                At::Memory(packed) => packed.len(),
                At::File(_) => 0,
            },
        }
    }
}

impl Kept {
    /// Keeps a step; one of more bytes than `share` in a file on the disk of `folder`, if there is room.
    pub fn new(step: &Loose, share: usize, folder: &Path) -> Self {
        let (mut tiles, mut bytes) = (Vec::with_capacity(step.len()), Vec::new());
        for (tile, [before, after]) in step {
            let from = bytes.len();
            pack(&apart(before, after.bytes()), &mut bytes);
            tiles.push((*tile, bytes.len() - from));
        }
        let filed = || {
            let mut file = tempfile::tempfile_in(folder)?;
            file.write_all(&bytes).map(|()| file)
        };
        // Where the disk is full, memory must do.
        let file = if bytes.len() > share { filed().ok() } else { None };
        Self { tiles, at: file.map_or_else(|| At::Memory(std::mem::take(&mut bytes)), At::File) }
    }

    /// Leads a mask from one side of the step to the other.
    ///
    /// # Errors
    /// [`Error::Io`] if the file on the disk of `folder` cannot be read any more.
    pub fn lead(&self, mask: &mut Mask, folder: &Path) -> Result<()> {
        let mut read = Vec::new();
        let packed = match &self.at {
            At::Memory(packed) => packed,
            At::File(file) => {
                let mut file = file;
                let done = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut read));
                done.map_err(|e| Error::read(folder, e))?;
                &read
            }
        };
        let mut rest = packed.as_slice();
        for (tile, length) in &self.tiles {
            let (own, after) = rest.split_at((*length).min(rest.len()));
            rest = after;
            let bytes = apart(&mask.tiles[*tile], unpacked(own));
            mask.put(*tile, bytes);
        }
        Ok(())
    }

    /// Whether it lies in a file.
    #[cfg(test)]
    pub fn is_filed(&self) -> bool {
        matches!(self.at, At::File(_))
    }
}

/// What differs between a tile and these bytes.
fn apart(tile: &Tile, mut bytes: Vec<u8>) -> Vec<u8> {
    match tile {
        Tile::Plain(value) => bytes.iter_mut().for_each(|byte| *byte ^= value),
        Tile::Painted(other) => bytes.iter_mut().zip(other.iter()).for_each(|(byte, other)| *byte ^= other),
    }
    bytes
}

/// How often the first byte is repeated, up to 128.
fn run(bytes: &[u8]) -> usize {
    let Some(&first) = bytes.first() else { return 0 };
    let bytes = &bytes[..bytes.len().min(128)];
    // Eight at once.
    let whole = 8 * bytes.as_chunks().0.iter().take_while(|eight| **eight == [first; 8]).count();
    whole + bytes[whole..].iter().take_while(|byte| **byte == first).count()
}

/// A tile as runs of up to 128: below 128 as many different bytes and one, from there on one byte as often. One that is the
/// same everywhere is that byte alone.
fn pack(tile: &[u8], packed: &mut Vec<u8>) {
    if let [first, ..] = tile
        && tile.iter().all(|byte| byte == first)
    {
        return packed.push(*first);
    }
    // Where the head of the different bytes stands that may still grow.
    let mut head: Option<usize> = None;
    let mut rest = tile;
    while let Some(first) = rest.first() {
        let length = run(rest);
        if length < 3 {
            for byte in &rest[..length] {
                match head.filter(|&at| packed[at] < 127) {
                    Some(at) => packed[at] += 1,
                    None => {
                        head = Some(packed.len());
                        packed.push(0);
                    }
                }
                packed.push(*byte);
            }
        } else {
            head = None;
            packed.extend([127 + length as u8, *first]);
        }
        rest = &rest[length..];
    }
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    if let [all] = packed {
        return vec![*all; BYTES];
    }
    let mut bytes = Vec::with_capacity(BYTES);
    let mut rest = packed;
    while let [head, after @ ..] = rest {
        let count = usize::from(*head & 127) + 1;
        let (taken, left) = after.split_at(if *head < 128 { count } else { 1 }.min(after.len()));
        match *head < 128 {
            true => bytes.extend_from_slice(taken),
            false => bytes.extend(taken.iter().flat_map(|value| std::iter::repeat_n(*value, count))),
        }
        rest = left;
    }
    // Whatever became of the file, a tile has its size.
    bytes.resize(BYTES, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_packed_and_unpacked() {
        let noisy: Vec<u8> = (0..BYTES).map(|i| (i * 7919 % 251) as u8).collect();
        let mixed: Vec<u8> =
            (0..BYTES).map(|i| if i % 700 < 500 { 255 } else { (i % 5 / 2) as u8 }).collect();
        for (bytes, most) in [(noisy, BYTES + BYTES / 100), (mixed, BYTES / 2), (vec![3; BYTES], 1)] {
            let mut packed = Vec::new();
            pack(&bytes, &mut packed);
            assert!(packed.len() <= most, "{}", packed.len());
            assert_eq!(unpacked(&packed), bytes);
        }
        assert_eq!([run(&[]), run(&[4]), run(&[4; 9]), run(&[4; 300])], [0, 1, 9, 128]);
        assert_eq!(run(&[[7; 8].as_slice(), &[7, 7, 1, 7]].concat()), 10);
    }

    #[test]
    fn a_kept_step_leads_both_ways_in_memory_and_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        // Of 4 x 4 tiles, and of pixels that do not repeat.
        let noise = |seed: u32| {
            let mixed = |x: u32, y: u32| (x ^ y.rotate_left(9) ^ seed).wrapping_mul(0x9E37_79B1) >> 24;
            Mask::from_image(&image::GrayImage::from_fn(1000, 1000, |x, y| image::Luma([mixed(x, y) as u8])))
        };
        for (before, after, filed) in [
            (Mask::new([1000, 1000]), noise(1), true),
            (noise(1), noise(2), true),
            (
                Mask::new([300, 300]),
                Mask::from_image(&image::GrayImage::from_pixel(300, 300, image::Luma([9]))),
                false,
            ),
        ] {
            let sides = before.tiles.iter().zip(&after.tiles);
            let step: Loose = sides.map(|(a, b)| [a.clone(), b.clone()]).enumerate().collect();
            let kept = Kept::new(&step, 600_000, folder.path());
            assert_eq!(kept.is_filed(), filed);
            let mut mask = before.clone();
            for side in [&after, &before, &after] {
                kept.lead(&mut mask, folder.path()).unwrap();
                assert_eq!(mask, *side);
            }
            let named = std::fs::read_dir(folder.path()).unwrap().count();
            assert!(cfg!(windows) || named == 0, "the file has no name");
            // Where there is no place for a file, memory does.
            let kept = Kept::new(&step, 0, &folder.path().join("none"));
            assert!(!kept.is_filed());
            kept.lead(&mut mask, folder.path()).unwrap();
            assert_eq!(mask, before);
        }
    }
}
