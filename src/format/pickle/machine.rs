//! The stack machine: instructions to nodes of a graph.
//!
//! Values that a pickle shares are one node here, so nothing grows faster than the pickle is long. What the
//! machine will not do is call anything: that question goes to [`super::constructors`].

use std::collections::HashMap;
use std::ops::Range;

use super::cursor::{Cursor, damaged, too_many};
use super::opcodes as op;
use super::{MAX_STEPS, MAX_TEXT, MAX_VALUES, Mode, NamedStorage, TensorRef};

/// The number of a node.
pub(super) type Id = u32;

/// A value in the making; its parts are other nodes.
#[derive(Debug, Clone)]
pub(super) enum Node {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A part of the pickle.
    Bytes(Range<usize>),
    /// Bytes that are not in the pickle as they are.
    OwnBytes(Vec<u8>),
    Str(String),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A `ParameterDict` before its content arrives.
    ParameterDict,
    Global(String, String),
    /// Part of the file, and how many of its numbers to leave out.
    Storage(Box<NamedStorage>, usize),
    Tensor(Box<TensorRef>),
    /// The type of an array's numbers; `None` for one that is not numbers in little-endian order.
    NumpyType(Option<safetensors::Dtype>),
    /// An array before its content arrives.
    NumpyArray,
    Opaque(String, String),
}

pub(super) struct Machine<'a> {
    pub(super) input: Cursor<'a>,
    pub(super) mode: Mode,
    nodes: Vec<Node>,
    pub(super) stack: Vec<Id>,
    pub(super) marks: Vec<usize>,
    pub(super) memo: HashMap<u32, Id>,
    pub(super) storages: Vec<NamedStorage>,
    known: HashMap<String, usize>,
    text: usize,
    copied: usize,
}

impl<'a> Machine<'a> {
    pub(super) fn new(bytes: &'a [u8], mode: Mode) -> Self {
        Self {
            input: Cursor { bytes, at: 0 },
            mode,
            nodes: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            storages: Vec::new(),
            known: HashMap::new(),
            text: 0,
            copied: 0,
        }
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        // Every id was given out by `add`.
        &self.nodes[id as usize]
    }

    pub(super) fn node_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id as usize]
    }

    /// The bytes of a node that is bytes, or text in the way old Pythons wrote bytes.
    pub(super) fn raw(&self, id: Id) -> Option<&[u8]> {
        match self.node(id) {
            Node::Bytes(range) => Some(&self.input.bytes[range.clone()]),
            Node::OwnBytes(bytes) => Some(bytes),
            Node::Str(text) => Some(text.as_bytes()),
            _ => None,
        }
    }

    pub(super) fn text_of(&self, id: Id) -> Option<&str> {
        match self.node(id) {
            Node::Str(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn add(&mut self, node: Node) -> Id {
        // There are at most as many nodes as instructions and a few more for each: far below 2^32.
        let id = self.nodes.len() as Id;
        self.nodes.push(node);
        id
    }

    /// Counts text that is kept apart from the pickle's own bytes.
    pub(super) fn charge_text(&mut self, bytes: usize) -> Result<(), String> {
        self.text = self.text.saturating_add(bytes);
        if self.text > MAX_TEXT { Err("it holds more text than any model needs".into()) } else { Ok(()) }
    }

    /// Counts values that are copied out of a shared list.
    pub(super) fn charge_copies(&mut self, count: usize) -> Result<(), String> {
        self.copied = self.copied.saturating_add(count);
        if self.copied > MAX_VALUES { Err(too_many()) } else { Ok(()) }
    }

    /// Remembers a storage, or refuses it if it contradicts what was said of it before.
    pub(super) fn register(&mut self, storage: &NamedStorage) -> Result<(), String> {
        match self.known.get(&storage.key) {
            Some(&index) if self.storages[index] == *storage => Ok(()),
            Some(_) => Err("it describes the same numbers in two ways, so it is damaged".into()),
            None => {
                self.charge_text(2 * storage.key.len())?;
                self.known.insert(storage.key.clone(), self.storages.len());
                self.storages.push(storage.clone());
                Ok(())
            }
        }
    }

    /// Runs to the end and returns the value that is left.
    pub(super) fn run(&mut self) -> Result<Id, String> {
        for _ in 0..MAX_STEPS {
            let code = self.input.byte()?;
            if code == op::STOP {
                return self.pop();
            }
            self.step(code)?;
        }
        Err("it has more instructions than any model needs".into())
    }

    pub(super) fn extend(&mut self, items: &[Id]) -> Result<(), String> {
        let target = self.top()?;
        match self.node_mut(target) {
            Node::List(list) => list.extend_from_slice(items),
            Node::Opaque(..) => {}
            _ => return Err(damaged()),
        }
        Ok(())
    }

    pub(super) fn set(&mut self, entries: &[(Id, Id)]) -> Result<(), String> {
        let target = self.top()?;
        match self.node_mut(target) {
            Node::Dict(dict) => dict.extend_from_slice(entries),
            Node::Opaque(..) => {}
            _ => return Err(damaged()),
        }
        Ok(())
    }

    pub(super) fn push(&mut self, node: Node) {
        let id = self.add(node);
        self.stack.push(id);
    }

    pub(super) fn push_text(&mut self, text: String) -> Result<(), String> {
        self.charge_text(text.len())?;
        self.push(Node::Str(text));
        Ok(())
    }

    pub(super) fn push_global(&mut self, module: &str, name: &str) -> Result<(), String> {
        self.charge_text(module.len() + name.len())?;
        self.push(Node::Global(module.to_owned(), name.to_owned()));
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Result<Id, String> {
        if self.marks.last().is_some_and(|&mark| mark >= self.stack.len()) {
            return Err(damaged());
        }
        self.stack.pop().ok_or_else(damaged)
    }

    pub(super) fn top(&self) -> Result<Id, String> {
        self.stack.last().copied().ok_or_else(damaged)
    }

    pub(super) fn pop_to_mark(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or_else(damaged)?;
        if mark > self.stack.len() {
            return Err(damaged());
        }
        Ok(self.stack.split_off(mark))
    }
}
