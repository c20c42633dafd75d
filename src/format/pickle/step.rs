//! One instruction of a pickle, as Python's `pickletools` describes it.
//!
//! Moves values between stack, memo and containers. Calls are handed on; unknown instructions are refused.

use super::cursor::damaged;
use super::machine::{Id, Machine, Node};
use super::opcodes as op;

impl Machine<'_> {
    /// Does what the instruction `code` says.
    pub(super) fn step(&mut self, code: u8) -> Result<(), String> {
        if let Some(node) = self.value(code)? {
            self.push(node);
            return Ok(());
        }
        match code {
            op::PROTO => {
                let version = self.input.byte()?;
                if version > 5 {
                    return Err(format!("it is a pickle of version {version}, and 5 is the newest known"));
                }
            }
            op::FRAME => {
                self.input.take(8)?;
            }
            op::MARK => self.marks.push(self.stack.len()),
            op::POP => match self.marks.last() {
                Some(&mark) if mark == self.stack.len() => drop(self.marks.pop()),
                _ => drop(self.pop()?),
            },
            op::POP_MARK => drop(self.pop_to_mark()?),
            op::DUP => {
                let top = self.top()?;
                self.stack.push(top);
            }
            op::INT | op::LONG | op::FLOAT | op::STRING | op::UNICODE => self.line_value(code)?,
            op::BINUNICODE | op::SHORT_BINUNICODE | op::BINUNICODE8 => {
                let range = self.input.counted(match code {
                    op::SHORT_BINUNICODE => 1,
                    op::BINUNICODE => 4,
                    _ => 8,
                })?;
                let text = String::from_utf8_lossy(&self.input.bytes[range]).into_owned();
                self.push_text(text)?;
            }
            op::BINSTRING | op::SHORT_BINSTRING => {
                let range = self.input.counted(if code == op::BINSTRING { 4 } else { 1 })?;
                match std::str::from_utf8(&self.input.bytes[range.clone()]) {
                    Ok(text) => self.push_text(text.to_owned())?,
                    Err(_) => self.push(Node::Bytes(range)),
                }
            }
            op::READONLY_BUFFER => {}
            op::APPEND => {
                let item = self.pop()?;
                self.extend(&[item])?;
            }
            op::APPENDS | op::ADDITEMS => {
                let items = self.pop_to_mark()?;
                self.extend(&items)?;
            }
            op::SETITEM => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set(&[(key, value)])?;
            }
            op::SETITEMS => {
                let items = self.pop_to_mark()?;
                self.set(&pairs(&items)?)?;
            }
            op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE => {
                let key = match code {
                    op::MEMOIZE => self.memo.len() as u32,
                    _ => self.memo_key(code, op::PUT, op::BINPUT)?,
                };
                let top = self.top()?;
                self.memo.insert(key, top);
            }
            op::GET | op::BINGET | op::LONG_BINGET => {
                let key = self.memo_key(code, op::GET, op::BINGET)?;
                let id = *self.memo.get(&key).ok_or_else(damaged)?;
                self.stack.push(id);
            }
            op::GLOBAL => {
                let [module, name] = [self.input.line()?, self.input.line()?];
                self.push_global(&module, &name)?;
            }
            op::STACK_GLOBAL => {
                let [name, module] = [self.pop()?, self.pop()?];
                let text = |id| self.text_of(id).map(str::to_owned).ok_or_else(damaged);
                let [module, name] = [text(module)?, text(name)?];
                self.push_global(&module, &name)?;
            }
            op::PERSID => {
                // Only Python 2 wrote it so, and PyTorch never.
                let line = self.input.line()?;
                self.push_text(line)?;
                self.persistent()?;
            }
            op::BINPERSID => self.persistent()?,
            op::REDUCE | op::NEWOBJ | op::NEWOBJ_EX => {
                if code == op::NEWOBJ_EX {
                    self.pop()?;
                }
                let arguments = self.pop()?;
                let callee = self.pop()?;
                self.call(callee, arguments)?;
            }
            op::INST => {
                let [module, name] = [self.input.line()?, self.input.line()?];
                let arguments = self.pop_to_mark()?;
                self.push_global(&module, &name)?;
                let callee = self.pop()?;
                let arguments = self.add(Node::Tuple(arguments));
                self.call(callee, arguments)?;
            }
            op::OBJ => {
                let mut items = self.pop_to_mark()?;
                if items.is_empty() {
                    return Err(damaged());
                }
                let callee = items.remove(0);
                let arguments = self.add(Node::Tuple(items));
                self.call(callee, arguments)?;
            }
            op::BUILD => {
                let state = self.pop()?;
                let target = self.top()?;
                self.build(target, state)?;
            }
            op::EXT1..=op::EXT4 => {
                return Err("it refers to a list of functions that only another program has".into());
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// The value that an instruction makes of what follows it or lies on the stack, if it does no more than that.
    fn value(&mut self, code: u8) -> Result<Option<Node>, String> {
        Ok(Some(match code {
            op::NONE => Node::None,
            op::NEWTRUE => Node::Bool(true),
            op::NEWFALSE => Node::Bool(false),
            op::BININT => Node::Int(i32::from_le_bytes(self.input.array()?).into()),
            op::BININT1 => Node::Int(self.input.byte()?.into()),
            op::BININT2 => Node::Int(u16::from_le_bytes(self.input.array()?).into()),
            op::BINFLOAT => Node::Float(f64::from_be_bytes(self.input.array()?)),
            op::LONG1 | op::LONG4 => {
                let range = self.input.counted(if code == op::LONG1 { 1 } else { 4 })?;
                long(&self.input.bytes[range])?
            }
            op::SHORT_BINBYTES => Node::Bytes(self.input.counted(1)?),
            op::BINBYTES => Node::Bytes(self.input.counted(4)?),
            op::BINBYTES8 | op::BYTEARRAY8 => Node::Bytes(self.input.counted(8)?),
            op::EMPTY_LIST | op::EMPTY_SET => Node::List(Vec::new()),
            op::EMPTY_TUPLE => Node::Tuple(Vec::new()),
            op::EMPTY_DICT => Node::Dict(Vec::new()),
            op::LIST | op::FROZENSET => Node::List(self.pop_to_mark()?),
            op::TUPLE => Node::Tuple(self.pop_to_mark()?),
            op::TUPLE1 | op::TUPLE2 | op::TUPLE3 => {
                let count = usize::from(code - op::TUPLE1) + 1;
                let mut items = (0..count).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
                items.reverse();
                Node::Tuple(items)
            }
            op::DICT => Node::Dict(pairs(&self.pop_to_mark()?)?),
            _ => return Ok(None),
        }))
    }

    /// A value written as a line of text, as the oldest pickles do.
    fn line_value(&mut self, code: u8) -> Result<(), String> {
        let line = self.input.line()?;
        let node = match (code, line.as_str()) {
            (op::INT, "00") => Node::Bool(false),
            (op::INT, "01") => Node::Bool(true),
            (op::INT | op::LONG, digits) => {
                let digits = digits.trim_end_matches('L');
                let whole = digits.parse().map(Node::Int).ok();
                whole.or_else(|| digits.parse().map(Node::Float).ok()).ok_or_else(damaged)?
            }
            (op::FLOAT, digits) => Node::Float(digits.parse().map_err(|_| damaged())?),
            (op::STRING, quoted) => {
                let inner = [('\'', '\''), ('"', '"')]
                    .iter()
                    .find_map(|&(open, close)| quoted.strip_prefix(open)?.strip_suffix(close));
                return self.push_text(inner.ok_or_else(damaged)?.to_owned());
            }
            (_, text) => return self.push_text(text.to_owned()),
        };
        self.push(node);
        Ok(())
    }

    fn memo_key(&mut self, code: u8, as_line: u8, as_byte: u8) -> Result<u32, String> {
        if code == as_line {
            return self.input.line()?.parse().map_err(|_| damaged());
        }
        if code == as_byte {
            Ok(self.input.byte()?.into())
        } else {
            Ok(u32::from_le_bytes(self.input.array()?))
        }
    }
}

fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>, String> {
    match items.as_chunks::<2>() {
        (pairs, []) => Ok(pairs.iter().map(|&[key, value]| (key, value)).collect()),
        _ => Err(damaged()),
    }
}

/// A number of any length in two's complement, lowest byte first.
fn long(bytes: &[u8]) -> Result<Node, String> {
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
