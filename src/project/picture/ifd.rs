//! The directories of a TIFF file, which are also how EXIF keeps its notes.
//!
//! It reads the few entries that are asked for and trusts no length. Files larger than 4 GiB (BigTIFF) are not known.

use std::collections::{BTreeSet, VecDeque};

/// Most entries of all directories together: real pages have a few dozen.
const MOST_ENTRIES: usize = 1 << 18;
/// Most numbers that are read of an entry: the longest, a palette, has 768.
const MOST_NUMBERS: usize = 1024;
/// Directories within another, such as smaller copies of its page (TIFF 6.0's supplement 1).
const INNER: u16 = 330;

/// One entry: what it is called, the type and number of its values, and where they stand if they fit into it.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    at: usize,
}

/// A directory of a file.
pub(super) struct Directory<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    entries: Vec<Entry>,
}

/// Types of values; the last is a place of a directory.
const SHORT: u16 = 3;
const LONG: u16 = 4;
const PLACE: u16 = 13;

fn size(kind: u16) -> usize {
    match kind {
        1 | 2 | 6 | 7 => 1,
        SHORT | 8 => 2,
        LONG | 9 | 11 | PLACE => 4,
        _ => 8,
    }
}

impl<'a> Directory<'a> {
    /// The first directory, which is that of the picture; `None` if this is no TIFF.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        let (file, at) = Self::start(bytes)?;
        file.list(at)
    }

    /// All directories, the first one first: those of further pages too, and those within. Each is given once.
    pub(super) fn all(bytes: &'a [u8]) -> Vec<Self> {
        let Some((file, at)) = Self::start(bytes) else { return Vec::new() };
        let (mut places, mut known) = (VecDeque::from([at]), BTreeSet::new());
        let (mut found, mut entries) = (Vec::new(), 0);
        while let Some(at) = places.pop_front() {
            // Nothing can begin before the end of the header; 0 says that there is no further one.
            let new = at >= 8 && known.insert(at);
            let Some(directory) = new.then(|| file.list(at)).flatten() else { continue };
            let mut others = directory.numbers(INNER);
            others.extend(directory.long(at + 2 + 12 * directory.entries.len()));
            entries += directory.entries.len() + others.len() + 1;
            if entries > MOST_ENTRIES {
                break;
            }
            places.extend(others.into_iter().map(|place| place as usize));
            found.push(directory);
        }
        found
    }

    /// A file whose entries are not read yet, and where its first directory is.
    fn start(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let big_endian = match bytes.first_chunk()? {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        let file = Self { bytes, big_endian, entries: Vec::new() };
        let at = file.long(4)? as usize;
        Some((file, at))
    }

    /// The list of entries that stands there.
    fn list(&self, at: usize) -> Option<Self> {
        let count = usize::from(self.short(at)?);
        // One that is not there whole is not gone through first.
        self.bytes.get(at..)?.get(..2 + 12 * count)?;
        let mut entries = Vec::with_capacity(count);
        for at in (0..count).map(|index| at + 2 + 12 * index) {
            let (tag, kind) = (self.short(at)?, self.short(at + 2)?);
            entries.push(Entry { tag, kind, count: self.long(at + 4)?, at: at + 8 });
        }
        Some(Self { bytes: self.bytes, big_endian: self.big_endian, entries })
    }

    /// A directory without entries of a little-endian file.
    pub(super) fn empty(bytes: &'a [u8]) -> Self {
        Self { bytes, big_endian: false, entries: Vec::new() }
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// The type and the bytes of an entry.
    fn value(&self, tag: u16) -> Option<(u16, usize, &'a [u8])> {
        let entry = self.entries.iter().find(|entry| entry.tag == tag)?;
        let length = size(entry.kind).checked_mul(entry.count as usize)?;
        let at = if length > 4 { self.long(entry.at)? as usize } else { entry.at };
        Some((entry.kind, at, self.bytes.get(at..at.checked_add(length)?)?))
    }

    /// The first whole numbers of an entry; none if it is not there or holds something else.
    pub(super) fn numbers(&self, tag: u16) -> Vec<u32> {
        let Some((kind, at, bytes)) = self.value(tag) else { return Vec::new() };
        let places = (at..at + bytes.len()).step_by(size(kind)).take(MOST_NUMBERS);
        match kind {
            1 => bytes.iter().take(MOST_NUMBERS).map(|byte| u32::from(*byte)).collect(),
            SHORT => places.filter_map(|at| self.short(at).map(u32::from)).collect(),
            LONG | PLACE => places.filter_map(|at| self.long(at)).collect(),
            _ => Vec::new(),
        }
    }

    /// The first number of an entry.
    pub(super) fn number(&self, tag: u16) -> Option<u32> {
        self.numbers(tag).first().copied()
    }

    /// The directory whose place an entry tells.
    pub(super) fn within(&self, tag: u16) -> Option<Self> {
        self.list(self.number(tag)? as usize)
    }

    /// The bytes of a text.
    pub(super) fn text(&self, tag: u16) -> Option<&'a [u8]> {
        self.value(tag).filter(|(kind, ..)| size(*kind) == 1).map(|(_, _, bytes)| bytes)
    }

    /// The file with a new directory in which some entries hold another number. Its pixels stay where they are.
    pub(super) fn with(&self, changed: &[(u16, u32)]) -> Option<Vec<u8>> {
        let big = self.big_endian;
        let short = |number: u16| if big { number.to_be_bytes() } else { number.to_le_bytes() };
        let long = |number: u32| if big { number.to_be_bytes() } else { number.to_le_bytes() };
        let kept = self.entries.iter().filter(|entry| changed.iter().all(|(tag, _)| *tag != entry.tag));
        let mut entries = Vec::new();
        for Entry { tag, kind, count, at } in kept.copied() {
            let value = *self.bytes.get(at..)?.first_chunk()?;
            entries.push((tag, kind, count, value));
        }
        entries.extend(changed.iter().map(|(tag, number)| (*tag, LONG, 1, long(*number))));
        entries.sort_by_key(|entry| entry.0);
        let mut file = self.bytes.to_vec();
        // Directories begin at even places.
        file.resize(file.len().next_multiple_of(2), 0);
        let place = long(u32::try_from(file.len()).ok()?);
        file.get_mut(4..8)?.copy_from_slice(&place);
        file.extend(short(u16::try_from(entries.len()).ok()?));
        for (tag, kind, count, value) in entries {
            file.extend([short(tag), short(kind)].concat());
            file.extend(long(count));
            file.extend::<[u8; 4]>(value);
        }
        file.extend([0; 4]);
        Some(file)
    }
}
