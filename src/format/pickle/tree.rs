//! From the graph of shared nodes to a tree of plain values.
//!
//! What is shared is copied wherever it occurs, so this is where a small pickle could become a huge tree, or an
//! endless one; values, text and depth are counted and the rest refused.

use super::cursor::too_many;
use super::machine::{Id, Machine, Node};
use super::{MAX_DEPTH, MAX_TEXT, MAX_VALUES, Value};

pub(super) fn unfold(machine: &Machine<'_>, root: Id) -> Result<Value, String> {
    Tree { machine, values: 0, text: 0 }.value(root, 0)
}

struct Tree<'a, 'b> {
    machine: &'a Machine<'b>,
    values: usize,
    text: usize,
}

impl Tree<'_, '_> {
    fn value(&mut self, id: Id, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("its values lie too deeply within each other".into());
        }
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(too_many());
        }
        let machine = self.machine;
        Ok(match machine.node(id) {
            Node::None => Value::None,
            Node::Bool(truth) => Value::Bool(*truth),
            Node::Int(number) => Value::Int(*number),
            Node::Float(number) => Value::Float(*number),
            Node::Bytes(range) => {
                self.count(range.len())?;
                Value::Bytes(machine.input.bytes[range.clone()].to_vec())
            }
            Node::OwnBytes(bytes) => {
                self.count(bytes.len())?;
                Value::Bytes(bytes.clone())
            }
            Node::Str(text) => {
                self.count(text.len())?;
                Value::Str(text.clone())
            }
            Node::List(items) => Value::List(self.all(items, depth)?),
            Node::Tuple(items) => Value::Tuple(self.all(items, depth)?),
            Node::Dict(entries) => {
                let mut pairs = Vec::new();
                for &(key, value) in entries {
                    pairs.push((self.value(key, depth + 1)?, self.value(value, depth + 1)?));
                }
                Value::Dict(pairs)
            }
            Node::ParameterDict => Value::Dict(Vec::new()),
            Node::Global(module, name) => {
                self.count(module.len() + name.len())?;
                Value::Global(module.clone(), name.clone())
            }
            Node::Tensor(tensor) => {
                self.count(tensor.cost())?;
                Value::Tensor(tensor.clone())
            }
            Node::Opaque(module, name) => {
                self.count(module.len() + name.len())?;
                Value::Opaque(module.clone(), name.clone())
            }
            Node::Storage(..) | Node::NumpyType(_) | Node::NumpyArray => {
                Value::Opaque("torch".into(), String::new())
            }
        })
    }

    fn all(&mut self, items: &[Id], depth: usize) -> Result<Vec<Value>, String> {
        // Stops where the limit does: the length of a shared list says nothing about what it leaves of it.
        items.iter().map(|&item| self.value(item, depth + 1)).collect()
    }

    fn count(&mut self, bytes: usize) -> Result<(), String> {
        self.text += bytes;
        if self.text > MAX_TEXT {
            Err("it unfolds into more text than any model needs".into())
        } else {
            Ok(())
        }
    }
}
