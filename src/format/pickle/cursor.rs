//! The bytes of a pickle, read from front to back.
//!
//! No length is believed: whatever is asked for must be there.

use std::ops::Range;

use super::MAX_PICKLE;
use super::machine::Node;

/// A place in the bytes.
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Cursor<'_> {
    pub(super) fn byte(&mut self) -> Result<u8, String> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let range = self.take(N)?;
        self.bytes[range].try_into().map_err(|_| damaged())
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<Range<usize>, String> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| {
            if self.bytes.len() == MAX_PICKLE {
                return "its description is longer than any model needs".to_owned();
            }
            "it ends in the middle, so it was cut off or damaged".to_owned()
        })?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    /// Bytes with their number before them, in `width` bytes.
    pub(super) fn counted(&mut self, width: usize) -> Result<Range<usize>, String> {
        let range = self.take(width)?;
        let count = self.bytes[range].iter().rev().fold(0u64, |count, &byte| count << 8 | u64::from(byte));
        self.take(usize::try_from(count).unwrap_or(usize::MAX))
    }

    pub(super) fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let range = self.take(length + 1)?;
        let line = &self.bytes[range.start..range.end - 1];
        Ok(String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned())
    }
}

/// A number of any length in two's complement, lowest byte first.
pub(super) fn long(bytes: &[u8]) -> Result<Node, String> {
    if bytes.len() > 64 {
        return Err(damaged());
    }
    let negative = bytes.last().is_some_and(|&byte| byte & 0x80 != 0);
    if bytes.len() <= 8 {
        let mut full = [if negative { 0xff } else { 0 }; 8];
        full[..bytes.len()].copy_from_slice(bytes);
        return Ok(Node::Int(i64::from_le_bytes(full)));
    }
    let sign = if negative { -(256f64.powi(bytes.len() as i32)) } else { 0.0 };
    Ok(Node::Float(bytes.iter().rev().fold(0.0, |sum, &byte| sum * 256.0 + f64::from(byte)) + sign))
}

pub(super) fn damaged() -> String {
    "its description is not readable, so it is damaged or not a PyTorch file".into()
}

pub(super) fn too_many() -> String {
    "it unfolds into more values than any model has".into()
}
