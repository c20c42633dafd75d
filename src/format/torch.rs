//! PyTorch's files (`.pt`, `.bin`, `.ckpt`, `.pth`): a pickle that describes tensors, and their numbers beside
//! it, in a zip archive or, before 2020, in one file behind the pickle.
//!
//! Works on bytes that may be mapped into memory: only the description is read, and a tensor is a range of the
//! file, in whatever order its numbers lie there. Archives are taken as PyTorch writes them, so nothing in them is
//! compressed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::Range;

use zip::{CompressionMethod, ZipArchive};

use super::pickle::{self, MAX_PICKLE, Mode, Pickle, Storage, TensorRef, Value};
use super::stored::{gather, in_order, span};

/// What a legacy file begins with, behind the header of its protocol: a pickle of PyTorch's magic number.
const LEGACY: &[u8] = &[0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];
/// The most entries of an archive; checkpoints have a few thousand.
const MAX_ENTRIES: usize = 1 << 16;
/// Where an archive can end, in bytes before the end of the file: behind it is at most a comment.
const LAST: usize = (1 << 16) + 256;

const UNREADABLE: &str = "its list of contents is not readable, so it is damaged";

const CUT: &str = "it ends before the numbers it announces, so it was cut off or damaged";
const UNFIT: &str = "a tensor in it is larger than any memory";
const BIG_ENDIAN: &str = "it was written by a machine with the other byte order, which is not supported";

/// A PyTorch file's description, with every tensor checked against the file.
#[derive(Debug, Clone, PartialEq)]
pub struct TorchFile {
    /// What was saved.
    pub root: Value,
    /// Where in the file each storage is, in bytes.
    storages: BTreeMap<String, Range<usize>>,
}

impl TorchFile {
    /// Reads the description of the file `bytes`.
    /// The fault is the middle of a sentence about the file.
    pub fn parse(bytes: &[u8], mode: Mode) -> Result<Self, String> {
        let file = match bytes {
            [b'P', b'K', ..] => Self::zipped(bytes, mode)?,
            _ => match legacy_start(bytes) {
                Some(at) => Self::legacy(bytes, at, mode)?,
                None => Self { root: pickle::parse(bytes, mode)?.root, storages: BTreeMap::new() },
            },
        };
        for tensor in file.root.tensors() {
            file.check(tensor)?;
        }
        Ok(file)
    }

    /// Where a tensor's numbers are in the file, from the first to the last, with whatever lies between them; `None`
    /// for those in the pickle itself.
    pub fn tensor_range(&self, tensor: &TensorRef) -> Option<Range<usize>> {
        let Storage::Named { key, .. } = &tensor.storage else { return None };
        let storage = self.storages.get(key)?;
        let inner = extent(tensor)?;
        let range = storage.start + inner.start..storage.start + inner.end;
        (range.end <= storage.end).then_some(range)
    }

    /// A tensor's numbers in the order of its shape, in little-endian order; `bytes` is the same file.
    pub fn tensor_bytes<'a>(&self, tensor: &'a TensorRef, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
        let numbers = extent(tensor).ok_or(UNFIT)?;
        let numbers = self.storage(tensor, bytes)?.get(numbers).ok_or(CUT)?;
        if in_order(&tensor.shape, &tensor.stride) {
            return Ok(Cow::Borrowed(numbers));
        }
        let size = item_size(tensor).ok_or(UNFIT)?;
        let gathered = gather(numbers, size, &tensor.shape, &tensor.stride);
        gathered.map(Cow::Owned).map_err(|fault| format!("a tensor in it {fault}"))
    }

    fn storage<'a>(&self, tensor: &'a TensorRef, bytes: &'a [u8]) -> Result<&'a [u8], String> {
        match &tensor.storage {
            Storage::Inline(bytes) => Ok(bytes),
            Storage::Named { key, .. } => {
                let range = self.storages.get(key).ok_or_else(|| missing(key))?;
                bytes.get(range.clone()).ok_or_else(|| CUT.to_owned())
            }
        }
    }

    /// Refuses a tensor that shows numbers which the file does not have.
    fn check(&self, tensor: &TensorRef) -> Result<(), String> {
        let size = item_size(tensor).ok_or(UNFIT)?;
        let (room, claimed) = match &tensor.storage {
            Storage::Inline(bytes) => (bytes.len(), bytes.len() / size),
            Storage::Named { key, elements } => {
                (self.storages.get(key).ok_or_else(|| missing(key))?.len(), *elements)
            }
        };
        if claimed.checked_mul(size).is_none_or(|needed| needed > room) {
            return Err(CUT.into());
        }
        if tensor.elements().ok_or(UNFIT)? == 0 {
            return Ok(());
        }
        let end = span(&tensor.shape, &tensor.stride).and_then(|span| span.checked_add(tensor.offset));
        if end.is_none_or(|end| end > claimed) {
            return Err("a tensor in it reaches beyond its numbers, so it is damaged".into());
        }
        Ok(())
    }

    fn zipped(bytes: &[u8], mode: Mode) -> Result<Self, String> {
        expect_few(bytes)?;
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| {
            "it begins like a PyTorch file but its list of contents is missing, so it was cut off or damaged"
        })?;
        let mut entries = BTreeMap::new();
        for index in 0..archive.len() {
            let (name, range) = entry(&mut archive, index, bytes.len())?;
            entries.insert(name, range);
        }
        let pickles: Vec<&String> =
            entries.keys().filter(|name| *name == "data.pkl" || name.ends_with("/data.pkl")).collect();
        let [name] = pickles.as_slice() else {
            return Err("it is an archive, but not one that PyTorch wrote".into());
        };
        let root = name.strip_suffix("data.pkl").unwrap_or_default();
        if entries.get(&format!("{root}byteorder")).is_some_and(|range| bytes[range.clone()] == *b"big") {
            return Err(BIG_ENDIAN.into());
        }
        let range = entries[*name].clone();
        if range.len() > MAX_PICKLE {
            return Err("its description is longer than any model needs".into());
        }
        let Pickle { root: value, storages: named, .. } = pickle::parse(&bytes[range], mode)?;
        let mut storages = BTreeMap::new();
        for storage in named {
            // One that is missing is found when a tensor needs it.
            if let Some(range) = entries.get(&format!("{root}data/{}", storage.key)) {
                storages.insert(storage.key, range.clone());
            }
        }
        Ok(Self { root: value, storages })
    }

    /// Five pickles one after another (magic number, version, machine, content, names of storages), then the
    /// storages with their lengths before them.
    fn legacy(bytes: &[u8], mut at: usize, mode: Mode) -> Result<Self, String> {
        let mut next = |mode| {
            let pickle = pickle::parse(bytes.get(at..).unwrap_or_default(), mode)?;
            at += pickle.length;
            Ok::<_, String>((pickle, at))
        };
        next(mode)?;
        let (machine, _) = next(mode)?;
        if machine.root.get("little_endian") == Some(&Value::Bool(false)) {
            return Err(BIG_ENDIAN.into());
        }
        let (content, _) = next(mode)?;
        let (names, mut at) = next(mode)?;
        let (Value::List(names) | Value::Tuple(names)) = names.root else {
            return Err("the list of its storages is not readable, so it is damaged".into());
        };
        let known: BTreeMap<&str, usize> = content
            .storages
            .iter()
            .map(|storage| (storage.key.as_str(), storage.dtype.bitsize() / 8))
            .collect();
        let mut storages = BTreeMap::new();
        for name in names {
            let size = name
                .as_str()
                .and_then(|name| known.get(name))
                .ok_or("the list of its storages names one that nothing uses, so it is damaged")?;
            let length = bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(CUT)?;
            let length = usize::try_from(u64::from_le_bytes(*length)).ok();
            let end = length.and_then(|length| length.checked_mul(*size)?.checked_add(at + 8));
            let end = end.filter(|&end| end <= bytes.len()).ok_or(CUT)?;
            storages.insert(name.as_str().unwrap_or_default().to_owned(), at + 8..end);
            at = end;
        }
        Ok(Self { root: content.root, storages })
    }
}

/// Where a legacy file goes on behind its magic number; `None` if it is none.
fn legacy_start(bytes: &[u8]) -> Option<usize> {
    let [0x80, 2..=5, rest @ ..] = bytes else { return None };
    // From protocol 4 on the number is framed.
    let rest = match rest {
        [0x95, _, _, _, _, _, _, _, _, rest @ ..] => rest,
        _ => rest,
    };
    Some(bytes.len() - rest.strip_prefix(LEGACY)?.len())
}

/// Refuses an archive that announces more parts than any model has: its reader makes room for as many as it says. Only the
/// end for large files (zip64) can say so. PyTorch puts it where it says, right before the note of that.
fn expect_few(bytes: &[u8]) -> Result<(), String> {
    let first = bytes.len().saturating_sub(LAST);
    for (at, _) in bytes[first..].windows(4).enumerate().filter(|(_, four)| *four == b"PK\x05\x06") {
        let note = (first + at).checked_sub(20).filter(|note| bytes[*note..].starts_with(b"PK\x06\x07"));
        let Some(note) = note else { continue };
        let number = |at: usize| bytes.get(at..)?.first_chunk().map(|number| u64::from_le_bytes(*number));
        let end = note.checked_sub(56).filter(|end| bytes[*end..].starts_with(b"PK\x06\x06"));
        let end = end.filter(|end| number(note + 8) == Some(*end as u64)).ok_or(UNREADABLE)?;
        let announced = number(end + 32).unwrap_or(u64::MAX);
        if announced > MAX_ENTRIES as u64 {
            return Err(format!("it is an archive of {announced} parts, more than any model has"));
        }
    }
    Ok(())
}

/// The name of an archive's entry and where its bytes are.
fn entry(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    length: usize,
) -> Result<(String, Range<usize>), String> {
    let damaged = || UNREADABLE.to_owned();
    let file = archive.by_index_raw(index).map_err(|_| damaged())?;
    let name = String::from_utf8(file.name_raw().to_vec()).map_err(|_| damaged())?;
    // Nothing is unpacked. PyTorch names the folder inside after the file, which may have a colon in its name.
    if name.starts_with('/') || name.contains(['\\', '\0']) || name.split('/').any(|part| part == "..") {
        return Err("it holds a part that wants to be unpacked outside its folder".into());
    }
    if file.encrypted() {
        return Err("it is an archive with a password".into());
    }
    if file.compression() != CompressionMethod::Stored {
        return Err("it is a compressed archive, which PyTorch never writes".into());
    }
    if file.size() != file.compressed_size() {
        return Err("a part of it claims another size than it has, so it is damaged".into());
    }
    let start = file.data_start().and_then(|start| usize::try_from(start).ok());
    let size = usize::try_from(file.size()).ok();
    let end = start.zip(size).and_then(|(start, size)| start.checked_add(size));
    match (start, end) {
        (Some(start), Some(end)) if end <= length => Ok((name, start..end)),
        _ => Err(CUT.into()),
    }
}

/// The part of its storage that a tensor takes, in bytes, from its first number to its last.
fn extent(tensor: &TensorRef) -> Option<Range<usize>> {
    let size = item_size(tensor)?;
    let length = span(&tensor.shape, &tensor.stride)?.checked_mul(size)?;
    if length == 0 {
        return Some(0..0);
    }
    let start = tensor.offset.checked_mul(size)?;
    Some(start..start.checked_add(length)?)
}

fn item_size(tensor: &TensorRef) -> Option<usize> {
    let bits = tensor.dtype.bitsize();
    (bits > 0 && bits.is_multiple_of(8)).then_some(bits / 8)
}

fn missing(key: &str) -> String {
    let plain = key.len() <= 20 && key.chars().all(|part| part.is_ascii_alphanumeric());
    let which = if plain { format!(" (part {key})") } else { String::new() };
    format!("the numbers of one of its tensors are missing{which}, so it is damaged")
}

#[cfg(test)]
mod tests;
