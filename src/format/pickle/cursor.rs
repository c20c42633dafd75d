//! The bytes of a pickle, read from front to back.
//!
//! No length is believed: whatever is asked for must be there.

use std::ops::Range;

use super::MAX_PICKLE;

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

pub(super) fn damaged() -> String {
    "its description is not readable, so it is damaged or not a PyTorch file".into()
}

pub(super) fn too_many() -> String {
    "it unfolds into more values than any model has".into()
}
