//! One file of tensors mapped into memory: what it holds and where, with nothing copied.
//!
//! The file is told by its content: safetensors, or what PyTorch saves, whose description is parsed and never
//! executed. Numbers are read from the map when somebody asks for them, so that a file of gigabytes costs no
//! more memory than what is taken from it.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::container::{LONGEST_NAME, read_header};
use super::damage::damaged;
use super::kinds;
use super::pickle::{Mode, Value};
pub(super) use super::stored::Stored;
use super::torch::TorchFile;
use base::{Error, FileKind, Result, stranger};

/// Parts of a file shorter than this are not worth a call, in bytes.
const RELEASED: usize = 1 << 16;

/// How deep the dictionary of weights may lie within others (`state_dict` in `state_dict` …).
const MAX_WRAPPERS: usize = 8;
/// What that dictionary is called there, the surest name first.
const WRAPPERS: [&str; 4] = ["state_dict", "model_state_dict", "model", "module"];

#[derive(Debug)]
pub(super) struct TensorFile {
    pub path: PathBuf,
    /// All its bytes.
    pub map: Mmap,
    pub tensors: BTreeMap<String, Stored>,
    /// What it says of itself, as text by key.
    pub metadata: BTreeMap<String, String>,
    /// Whether it is a safetensors file, and not one of PyTorch's.
    pub safetensors: bool,
}

impl TensorFile {
    /// Opens a file of either format, told by its first bytes.
    pub fn open(path: &Path) -> Result<Self> {
        let map = map_file(path)?;
        // Safetensors begins with the length of its header, which may look like anything, and then the header.
        let torch = (map.starts_with(b"PK") || map.starts_with(&[0x80])) && map.get(8) != Some(&b'{');
        let opened = if torch { Self::torch(path, map) } else { Self::safetensors(path, map) };
        opened.map_err(|error| stranger::refusal(FileKind::Model, path).unwrap_or(error))
    }

    fn safetensors(path: &Path, map: Mmap) -> Result<Self> {
        let contents = read_header(&map).map_err(|fault| damaged(path, fault))?;
        let tensors = contents.tensors.into_iter().map(|(name, info)| {
            let (start, end) = info.data_offsets;
            let bytes = contents.data + start..contents.data + end;
            (name, Stored { dtype: info.dtype, shape: info.shape, bytes, strides: None })
        });
        let (path, tensors, metadata) = (path.to_path_buf(), tensors.collect(), contents.metadata);
        Ok(Self { path, tensors, metadata, map, safetensors: true })
    }

    fn torch(path: &Path, map: Mmap) -> Result<Self> {
        let fault = |fault: String| damaged(path, fault);
        let file = TorchFile::parse(&map, Mode::Lenient).map_err(fault)?;
        let mut tensors = BTreeMap::new();
        for (name, value) in weights_in(&file.root) {
            // Checkpoints carry the state of optimisers and loggers as well; what is no tensor is none of ours.
            let (Value::Str(name), Value::Tensor(tensor)) = (name, value) else { continue };
            if name.len() > LONGEST_NAME {
                continue;
            }
            // Numbers within the description, arrays of NumPy, are states of other programs as well.
            let Some(range) = file.tensor_range(tensor) else { continue };
            let (shape, strides) = (tensor.shape.clone(), tensor.stride.clone());
            let stored = Stored::new(tensor.dtype, shape, strides, range.start)
                .map_err(|what| fault(format!("its tensor {name:?} {what}")))?;
            tensors.insert(name.clone(), stored);
        }
        if tensors.is_empty() {
            let keys: Vec<&str> =
                file.root.entries().unwrap_or_default().iter().filter_map(|(key, _)| key.as_str()).collect();
            return Err(match kinds::of_keys(&keys) {
                Some(kind) => {
                    Error::file(FileKind::Model, path, format!("this is {}", kind.what), kind.remedy)
                }
                None => fault("it holds no weights".into()),
            });
        }
        let (path, metadata) = (path.to_path_buf(), BTreeMap::new());
        Ok(Self { path, map, tensors, metadata, safetensors: false })
    }

    /// Lets the system take back the memory in which it keeps a part of the file. Whoever looks there again gets
    /// the same bytes, read anew. Without this, a model that was read once would count twice until the end.
    #[allow(unsafe_code, reason = "memory-mapped weights are the one exception")]
    pub fn release(&self, range: &Range<usize>) {
        if range.len() < RELEASED {
            return;
        }
        // SAFETY: nothing is ever written to this map, which mirrors a file, so that pages given back hold the
        // same bytes when they are read again. A refusal changes nothing.
        #[cfg(unix)]
        let _ = unsafe {
            self.map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, range.start, range.len())
        };
    }
}

/// The dictionary that holds the weights: unwrapped as often as it is wrapped, from what training programs keep
/// beside their own states.
fn weights_in(root: &Value) -> &[(Value, Value)] {
    let mut inside = root;
    for _ in 0..MAX_WRAPPERS {
        let Value::Dict(entries) = inside else { return &[] };
        let wrapped = |name: &str| {
            let named = entries.iter().find(|(key, _)| key.as_str() == Some(name));
            named
                .map(|(_, value)| value)
                .filter(|value| value.entries().is_some_and(|inner| !inner.is_empty()))
        };
        // Where there are tensors already, `model` is more likely the name of something else.
        let bare = !entries.iter().any(|(_, value)| matches!(value, Value::Tensor(_)));
        let names: &[&str] = if bare { &WRAPPERS } else { &WRAPPERS[..2] };
        match names.iter().find_map(|name| wrapped(name)) {
            Some(value) => inside = value,
            None => return entries,
        }
    }
    &[]
}

#[allow(unsafe_code, reason = "memory-mapped weights are the one exception")]
pub(super) fn map_file(path: &Path) -> Result<Mmap> {
    let file = File::open(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => damaged(path, "this file of the model is missing"),
        _ => Error::read(path, source),
    })?;
    // SAFETY: the map is read-only and private to this process. Another program that shortens a model file
    // while it is loaded could still stop this one; copying gigabytes to exclude that would cost more than it
    // saves.
    unsafe { Mmap::map(&file) }.map_err(|source| Error::read(path, source))
}

#[cfg(test)]
mod tests {
    use safetensors::Dtype;

    use super::*;
    use crate::pickle::{Storage, TensorRef};

    fn dict(entries: &[(&str, Value)]) -> Value {
        Value::Dict(entries.iter().map(|(key, value)| (Value::Str((*key).into()), value.clone())).collect())
    }

    #[test]
    fn weights_are_found_beside_the_states_of_training() {
        let storage = Storage::Inline(vec![0; 4]);
        let tensor = TensorRef { dtype: Dtype::F32, shape: vec![1], stride: vec![1], offset: 0, storage };
        let weights = dict(&[("w", Value::Tensor(Box::new(tensor.clone())))]);
        let states = dict(&[("state", dict(&[("exp_avg", Value::Tensor(Box::new(tensor)))]))]);
        let names = |root: &Value| {
            let entries = weights_in(root).iter();
            entries.filter_map(|(key, _)| Some(key.as_str()?.to_owned())).collect::<Vec<_>>()
        };
        for wrapper in ["state_dict", "model_state_dict", "model", "module"] {
            let epoch = ("epoch", Value::Int(3));
            let root = dict(&[("optimizer", states.clone()), epoch, (wrapper, weights.clone())]);
            assert_eq!(names(&root), ["w"], "{wrapper}");
            assert_eq!(names(&dict(&[("state_dict", root)])), ["w"], "{wrapper}");
        }
        assert_eq!(names(&weights), ["w"]);
        // Where there are tensors already, only the surest names are wrappers.
        let Value::Dict(mut entries) = weights.clone() else { unreachable!() };
        entries.push((Value::Str("model".into()), states));
        assert_eq!(names(&Value::Dict(entries)), ["w", "model"]);
    }
}
