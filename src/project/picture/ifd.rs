//! The directory of a TIFF file, which is also how EXIF keeps its notes.
//!
//! It reads the few entries that are asked for and trusts no length. Files larger than 4 GiB (BigTIFF) are not known.

/// One entry: what it is called, the type and number of its values, and where they stand if they fit into it.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    at: usize,
}

/// The first directory of a file.
pub(super) struct Directory<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    entries: Vec<Entry>,
}

/// Types of values.
const SHORT: u16 = 3;
const LONG: u16 = 4;

fn size(kind: u16) -> usize {
    match kind {
        1 | 2 | 6 | 7 => 1,
        SHORT | 8 => 2,
        LONG | 9 | 11 => 4,
        _ => 8,
    }
}

impl<'a> Directory<'a> {
    /// Reads the list of entries; `None` if this is no TIFF.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.first_chunk()? {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        let mut directory = Self { bytes, big_endian, entries: Vec::new() };
        let at = directory.long(4)? as usize;
        for index in 0..usize::from(directory.short(at)?) {
            let at = at + 2 + 12 * index;
            let (tag, kind) = (directory.short(at)?, directory.short(at + 2)?);
            directory.entries.push(Entry { tag, kind, count: directory.long(at + 4)?, at: at + 8 });
        }
        Some(directory)
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

    /// The whole numbers of an entry; none if it is not there or holds something else.
    pub(super) fn numbers(&self, tag: u16) -> Vec<u32> {
        let Some((kind, at, bytes)) = self.value(tag) else { return Vec::new() };
        let places = (at..at + bytes.len()).step_by(size(kind));
        match kind {
            1 => bytes.iter().map(|byte| u32::from(*byte)).collect(),
            SHORT => places.filter_map(|at| self.short(at).map(u32::from)).collect(),
            LONG => places.filter_map(|at| self.long(at)).collect(),
            _ => Vec::new(),
        }
    }

    /// The first number of an entry.
    pub(super) fn number(&self, tag: u16) -> Option<u32> {
        self.numbers(tag).first().copied()
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
