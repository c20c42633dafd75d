//! The table of contents of a safetensors file: names, shapes and number formats, without the numbers.
//!
//! At most 64 MiB are read, whatever the file claims. Whole readers check far more; this one answers what a file
//! is while thousands are looked at.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::project::Precision;

/// The longest table of contents that is read; that of SDXL has a third of a MiB.
const LONGEST: u64 = 64 << 20;

/// The tensors of a file.
#[derive(Debug, Default)]
pub(super) struct Header {
    tensors: Vec<(String, Entry)>,
    /// What `modelspec.architecture` says, if anything.
    pub architecture: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

impl Header {
    /// Reads a file's table of contents.
    ///
    /// # Errors
    /// What is wrong with the file, as the middle of a sentence.
    pub fn read(path: &Path) -> Result<Self, String> {
        let fault = |error: std::io::Error| format!("it cannot be read ({error})");
        let mut file = File::open(path).map_err(fault)?;
        let size = file.metadata().map_err(fault)?.len();
        let mut length = [0; 8];
        file.read_exact(&mut length).map_err(|_| "it is too short to be a safetensors file".to_owned())?;
        let length = u64::from_le_bytes(length);
        if length > LONGEST || length + 8 > size {
            return Err("it is not a safetensors file, or it was cut off".into());
        }
        let mut json = Vec::new();
        file.take(length).read_to_end(&mut json).map_err(fault)?;
        let unreadable =
            |_| "its table of contents is not readable, so it is damaged or not a safetensors file";
        let header: Self = serde_json::from_slice(&json).map_err(unreadable)?;
        let end = header.tensors.iter().map(|(_, entry)| entry.data_offsets[1]).max().unwrap_or(0);
        if end > size - 8 - length {
            return Err("it is shorter than its table of contents says, so it was cut off".into());
        }
        Ok(header)
    }

    /// The sizes of a tensor.
    pub fn shape(&self, name: &str) -> Option<&[u64]> {
        let found = self.tensors.iter().find(|(known, _)| known == name);
        found.map(|(_, entry)| entry.shape.as_slice())
    }

    /// Whether any tensor's name begins so.
    pub fn any(&self, prefix: &str) -> bool {
        self.tensors.iter().any(|(name, _)| name.starts_with(prefix))
    }

    /// Names and shapes.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[u64])> {
        self.tensors.iter().map(|(name, entry)| (name.as_str(), entry.shape.as_slice()))
    }

    /// The number format that takes most of the file's bytes, among those we know.
    pub fn precision(&self) -> Option<Precision> {
        let formats = [("F32", Precision::F32), ("F16", Precision::F16), ("BF16", Precision::Bf16)];
        let bytes = |dtype: &str| -> u64 {
            let same = self.tensors.iter().filter(|(_, entry)| entry.dtype == dtype);
            same.fold(0, |sum, (_, entry)| {
                let [start, end] = entry.data_offsets;
                sum.saturating_add(end.saturating_sub(start))
            })
        };
        let most = formats.iter().max_by_key(|(dtype, _)| bytes(dtype));
        most.filter(|(dtype, _)| bytes(dtype) > 0).map(|(_, precision)| *precision)
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tensors;

        impl<'de> Visitor<'de> for Tensors {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                #[derive(Deserialize)]
                struct Metadata {
                    #[serde(rename = "modelspec.architecture")]
                    architecture: Option<String>,
                }
                let mut header = Header::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        let metadata = map.next_value::<Option<Metadata>>()?;
                        header.architecture = metadata.and_then(|metadata| metadata.architecture);
                    } else if name.len() > 4096 {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        header.tensors.push((name, map.next_value()?));
                    }
                }
                Ok(header)
            }
        }

        deserializer.deserialize_map(Tensors)
    }
}
