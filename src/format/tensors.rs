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
use safetensors::{Dtype, SafeTensors};

use super::container::{header_fault, refuse_repeated_names};
use super::damage::damaged;
use super::kinds;
use super::pickle::{Mode, TensorRef, Value};
use super::torch::TorchFile;
use base::{Error, FileKind, Result, stranger};

/// Parts of a file shorter than this are not worth a call, in bytes.
const RELEASED: usize = 1 << 16;

/// How deep the dictionary of weights may lie within others (`state_dict` in `state_dict` …).
const MAX_WRAPPERS: usize = 8;

/// Where a tensor is in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub dtype: Dtype,
    /// Its sizes, outermost first.
    pub shape: Vec<usize>,
    /// Its bytes in the file.
    pub bytes: Range<usize>,
    /// Whether the two axes of a matrix lie in the file the other way round.
    pub transposed: bool,
}

#[derive(Debug)]
pub(super) struct TensorFile {
    pub path: PathBuf,
    /// All its bytes.
    pub map: Mmap,
    pub tensors: BTreeMap<String, Stored>,
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
        let parsed = SafeTensors::read_metadata(&map);
        let (header, contents) = parsed.map_err(|error| damaged(path, header_fault(&error, &map)))?;
        let data = size_of::<u64>() + header;
        refuse_repeated_names(&map[size_of::<u64>()..data]).map_err(|fault| damaged(path, fault))?;
        let stored = |info: &safetensors::tensor::TensorInfo| Stored {
            dtype: info.dtype,
            shape: info.shape.clone(),
            bytes: data + info.data_offsets.0..data + info.data_offsets.1,
            transposed: false,
        };
        let tensors = contents.tensors().into_iter().map(|(name, info)| (name, stored(info))).collect();
        Ok(Self { path: path.to_path_buf(), map, tensors, safetensors: true })
    }

    fn torch(path: &Path, map: Mmap) -> Result<Self> {
        let fault = |fault: String| damaged(path, fault);
        let file = TorchFile::parse(&map, Mode::Lenient).map_err(fault)?;
        let mut tensors = BTreeMap::new();
        for (name, value) in weights_in(&file.root) {
            // Checkpoints carry the state of optimisers and loggers as well; what is no tensor is none of ours.
            let (Value::Str(name), Value::Tensor(tensor)) = (name, value) else { continue };
            let turned = |tensor: &TensorRef| {
                let mut turned = tensor.clone();
                turned.shape.reverse();
                turned.stride.reverse();
                (tensor.shape.len() == 2).then_some(turned)
            };
            let whole = file.tensor_range(tensor).map(|bytes| (bytes, false));
            let range = whole.or_else(|| Some((file.tensor_range(&turned(tensor)?)?, true)));
            let Some((bytes, transposed)) = range else {
                return Err(fault(format!("the numbers of its tensor {name:?} do not lie in one piece")));
            };
            let stored = Stored { dtype: tensor.dtype, shape: tensor.shape.clone(), bytes, transposed };
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
        Ok(Self { path: path.to_path_buf(), map, tensors, safetensors: false })
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

/// The dictionary that holds the weights: unwrapped from `state_dict` as often as it is wrapped.
fn weights_in(root: &Value) -> &[(Value, Value)] {
    let mut inside = root;
    for _ in 0..MAX_WRAPPERS {
        let Value::Dict(entries) = inside else { return &[] };
        let wrapped = |(key, value): &&(Value, Value)| {
            let holds = matches!(value, Value::Dict(inner) if !inner.is_empty());
            holds && matches!(key, Value::Str(key) if key == "state_dict" || key == "model_state_dict")
        };
        match entries.iter().find(wrapped) {
            Some((_, value)) => inside = value,
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
