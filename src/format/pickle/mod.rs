//! Python pickles as plain values: a reader that knows the instructions and runs nothing.
//!
//! A call gives a value only for the few constructors that tensors, arrays and dictionaries are made with, and this
//! code builds that value; any other is refused by name or leaves a mark, as [`Mode`] says. Numbers stay in the file.
//!
//! Everything is bounded: the length of the pickle, its instructions, its depth, and what it unfolds into,
//! because a pickle of 300 bytes may name a tree of 2^40 leaves.

use safetensors::Dtype;

mod constructors;
mod cursor;
mod machine;
mod numpy;
mod opcodes;
mod step;
#[cfg(test)]
mod tests;
mod tree;

/// The longest pickle that is read, in bytes. The largest checkpoints have about one million.
pub(crate) const MAX_PICKLE: usize = 16 << 20;
/// The most instructions of one pickle.
pub(super) const MAX_STEPS: usize = 1 << 19;
/// The most values that a pickle may unfold into, shared ones counted as often as they occur.
pub(super) const MAX_VALUES: usize = 1 << 19;
/// The most bytes of text and raw data that a pickle may unfold into.
pub(super) const MAX_TEXT: usize = 32 << 20;
/// How deep values may lie within each other.
pub(super) const MAX_DEPTH: usize = 100;
/// What a tensor counts as, in bytes of text, so that their number is limited as well.
pub(super) const TENSOR_COST: usize = 256;
/// The most axes of a tensor.
pub(super) const MAX_AXES: usize = 8;

/// What to do with a call that makes neither tensors nor plain values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Refuse it by name: for learned words, which need none.
    Strict,
    /// Put a mark in place of its result: for checkpoints, which carry the state of other programs.
    Lenient,
}

/// A value of a pickle.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Python's `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number; those beyond 64 bits become floats.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// Text; what is not Unicode in it is replaced.
    Str(String),
    /// A list or a set.
    List(Vec<Value>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A dictionary of any class, in the order it was filled; a `ParameterDict` is the dictionary in it.
    Dict(Vec<(Value, Value)>),
    /// A class or function that is named but not called, such as `torch.float32`: its module and its name there.
    Global(String, String),
    /// A tensor or an array of numbers.
    Tensor(Box<TensorRef>),
    /// What a call of something unknown would have made: the module, empty if what was to be called was not even a
    /// name, and the name. Nothing was called and its arguments are gone.
    Opaque(String, String),
}

/// Where the numbers of a tensor are.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorRef {
    /// The type of the numbers.
    pub dtype: Dtype,
    /// The length of each axis, at most eight of them.
    pub shape: Vec<usize>,
    /// How many numbers of the storage lie between neighbours on each axis; as long as `shape`.
    pub stride: Vec<usize>,
    /// How many numbers of the storage come before the first.
    pub offset: usize,
    /// The storage.
    pub storage: Storage,
}

/// What a tensor's numbers are taken from.
#[derive(Debug, Clone, PartialEq)]
pub enum Storage {
    /// A part of the file around the pickle.
    Named {
        /// Its name there.
        key: String,
        /// How many numbers the pickle says it has.
        elements: usize,
    },
    /// Bytes in the pickle itself: arrays of NumPy.
    Inline(Vec<u8>),
}

/// A storage that a pickle names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedStorage {
    /// Its name in the file around the pickle.
    pub key: String,
    /// The type of its numbers.
    pub dtype: Dtype,
    /// How many numbers it has, as the pickle says.
    pub elements: usize,
}

/// A pickle that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Pickle {
    /// What it holds.
    pub root: Value,
    /// How many bytes it took, up to and with its last instruction.
    pub length: usize,
    /// Every storage it names, each once.
    pub storages: Vec<NamedStorage>,
}

/// Reads the pickle at the beginning of `bytes`, of any protocol from 0 to 5.
/// The fault is the middle of a sentence about the file.
pub fn parse(bytes: &[u8], mode: Mode) -> Result<Pickle, String> {
    let mut machine = machine::Machine::new(&bytes[..bytes.len().min(MAX_PICKLE)], mode);
    let root = machine.run()?;
    let root = tree::unfold(&machine, root)?;
    Ok(Pickle { root, length: machine.input.at, storages: machine.storages })
}

impl Value {
    /// The value that a dictionary has for a key of text.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The entries of a dictionary.
    pub fn entries(&self) -> Option<&[(Self, Self)]> {
        match self {
            Self::Dict(entries) => Some(entries),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match *self {
            Self::Int(number) => Some(number),
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(number as i64),
            _ => None,
        }
    }

    /// The tensor.
    pub(crate) fn as_tensor(&self) -> Option<&TensorRef> {
        match self {
            Self::Tensor(tensor) => Some(tensor),
            _ => None,
        }
    }

    /// Every tensor in the value, at any depth, in order.
    pub fn tensors(&self) -> Vec<&TensorRef> {
        let mut found = Vec::new();
        let mut rest = vec![self];
        while let Some(value) = rest.pop() {
            match value {
                Self::Tensor(tensor) => found.push(&**tensor),
                Self::List(items) | Self::Tuple(items) => rest.extend(items.iter().rev()),
                Self::Dict(entries) => rest.extend(entries.iter().rev().map(|(_, value)| value)),
                _ => {}
            }
        }
        found
    }
}

impl TensorRef {
    /// What it counts as, in bytes of text.
    fn cost(&self) -> usize {
        let own = match &self.storage {
            Storage::Named { key, .. } => key.len(),
            Storage::Inline(bytes) => bytes.len(),
        };
        TENSOR_COST + own
    }

    /// How many numbers it has, or `None` if that is beyond any memory.
    pub(crate) fn elements(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |product, &length| product.checked_mul(length))
    }
}

/// The name of something in a pickle, for a sentence: short, and of harmless characters only.
fn spelled(module: &str, name: &str) -> String {
    let full = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
    let plain = |part: char| part.is_ascii_alphanumeric() || matches!(part, '.' | '_');
    if full.is_empty() || full.len() > 80 || !full.chars().all(plain) {
        return "something without a proper name".into();
    }
    full
}
