//! What a call in a pickle means: the few functions that tensors and dictionaries are made with.
//!
//! Each is imitated here from its published meaning; nothing is looked up in any interpreter. Whatever is not
//! in this list is refused by name or, in lenient mode, becomes a mark without content.

use safetensors::Dtype;

use super::cursor::damaged;
use super::machine::{Id, Machine, Node};
use super::{MAX_AXES, Mode, NamedStorage, Storage, TENSOR_COST, TensorRef, spelled};

/// Each type of numbers as `torch` names it, its class of storage there, and NumPy's code for it. A storage of plain
/// bytes goes by two more names.
pub(super) const DTYPES: [(&str, &str, &str, Dtype); 17] = [
    ("float64", "DoubleStorage", "f8", Dtype::F64),
    ("float32", "FloatStorage", "f4", Dtype::F32),
    ("float16", "HalfStorage", "f2", Dtype::F16),
    ("bfloat16", "BFloat16Storage", "", Dtype::BF16),
    ("int64", "LongStorage", "i8", Dtype::I64),
    ("int32", "IntStorage", "i4", Dtype::I32),
    ("int16", "ShortStorage", "i2", Dtype::I16),
    ("int8", "CharStorage", "i1", Dtype::I8),
    ("uint64", "", "u8", Dtype::U64),
    ("uint32", "", "u4", Dtype::U32),
    ("uint16", "", "u2", Dtype::U16),
    ("uint8", "ByteStorage", "u1", Dtype::U8),
    ("bool", "BoolStorage", "b1", Dtype::BOOL),
    ("float8_e4m3fn", "", "", Dtype::F8_E4M3),
    ("float8_e5m2", "", "", Dtype::F8_E5M2),
    ("", "UntypedStorage", "", Dtype::U8),
    ("", "_UntypedStorage", "", Dtype::U8),
];

impl Machine<'_> {
    /// Replaces a call by its meaning.
    pub(super) fn call(&mut self, callee: Id, arguments: Id) -> Result<(), String> {
        let Node::Tuple(arguments) = self.node(arguments) else { return Err(damaged()) };
        // More than any function here takes; the rest would only cost time.
        let arguments: Vec<Id> = arguments.iter().copied().take(16).collect();
        let (module, name) = match self.node(callee) {
            Node::Global(module, name) => (module.clone(), name.clone()),
            _ => (String::new(), String::new()),
        };
        let made = self.make(&module, &name, &arguments)?;
        if made.is_none() && self.mode == Mode::Strict {
            let what = spelled(&module, &name);
            return Err(format!("it asks to run {what}, which no learned word needs"));
        }
        self.charge_text(module.len() + name.len())?;
        self.push(made.unwrap_or(Node::Opaque(module, name)));
        Ok(())
    }

    /// The result of a known call, or `None` if it is not known.
    fn make(&mut self, module: &str, name: &str, arguments: &[Id]) -> Result<Option<Node>, String> {
        Ok(match (module, name, arguments) {
            ("collections", "OrderedDict", []) => Some(Node::Dict(Vec::new())),
            ("collections", "OrderedDict", [pairs, ..]) => Some(self.ordered(*pairs)?),
            ("collections", "defaultdict", _) => Some(Node::Dict(Vec::new())),
            ("__builtin__" | "builtins", "set" | "frozenset" | "list" | "tuple", [items])
            | ("torch", "Size", [items]) => {
                let items = self.items(*items)?.to_vec();
                self.charge_copies(items.len())?;
                Some(Node::List(items))
            }
            // Where the numbers lay when they were saved does not matter here.
            ("torch", "device", _) => Some(Node::Opaque(module.to_owned(), name.to_owned())),
            ("torch.nn.modules.container", "ParameterDict", _) => Some(Node::ParameterDict),
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state", [tensor, ..]) => {
                self.same_tensor(*tensor)?
            }
            (
                "torch._utils",
                "_rebuild_tensor_v2" | "_rebuild_tensor",
                [storage, offset, shape, stride, ..],
            ) => self.tensor(*storage, *offset, *shape, *stride, None)?,
            ("torch._utils", "_rebuild_tensor_v3", [storage, offset, shape, stride, _, _, dtype, ..]) => {
                let dtype = self.named_dtype(*dtype);
                match dtype {
                    Some(_) => self.tensor(*storage, *offset, *shape, *stride, dtype)?,
                    None => None,
                }
            }
            ("torch._utils", "_rebuild_device_tensor_from_numpy", [array, ..]) => self.same_tensor(*array)?,
            ("torch._tensor", "_rebuild_from_type_v2", [function, _, inner, ..]) => {
                self.rebuild_from_type(*function, *inner)?
            }
            ("_codecs", "encode", [text, encoding]) => self.encode(*text, *encoding)?,
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct", _) => Some(Node::NumpyArray),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar", [dtype, raw]) => {
                self.numpy_scalar(*dtype, *raw)?
            }
            ("numpy", "dtype", [code, ..]) => Some(self.numpy_dtype(*code)),
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer", [raw, dtype, shape, ..]) => {
                self.numpy_array(*shape, *dtype, *raw)?
            }
            _ => None,
        })
    }

    /// A tensor subclass with attributes: the tensor in it.
    fn rebuild_from_type(&mut self, function: Id, inner: Id) -> Result<Option<Node>, String> {
        let Node::Global(module, name) = self.node(function) else { return Ok(None) };
        if module != "torch._utils" {
            return Ok(None);
        }
        let (module, name) = (module.clone(), name.clone());
        let inner: Vec<Id> = self.items(inner)?.iter().copied().take(16).collect();
        self.make(&module, &name, &inner)
    }

    fn same_tensor(&mut self, id: Id) -> Result<Option<Node>, String> {
        let Node::Tensor(tensor) = self.node(id) else { return Ok(None) };
        let tensor = tensor.clone();
        self.charge_text(tensor.cost())?;
        Ok(Some(Node::Tensor(tensor)))
    }

    fn tensor(
        &mut self,
        storage: Id,
        offset: Id,
        shape: Id,
        stride: Id,
        dtype: Option<Dtype>,
    ) -> Result<Option<Node>, String> {
        let Node::Storage(storage, before) = self.node(storage) else { return Ok(None) };
        let (storage, before) = (storage.clone(), *before);
        let own = dtype.unwrap_or(storage.dtype);
        // A storage of bytes carries the type in the tensor.
        let elements = storage.elements / (own.bitsize() / storage.dtype.bitsize()).max(1);
        let [shape, stride] = [self.sizes(shape)?, self.sizes(stride)?];
        let offset = self.size(offset)?.checked_add(before).ok_or_else(damaged)?;
        if shape.len() != stride.len() {
            return Err("a tensor in it has a layout that contradicts its shape".into());
        }
        self.charge_text(TENSOR_COST + storage.key.len())?;
        let storage = Storage::Named { key: storage.key, elements };
        let tensor = TensorRef { dtype: own, shape, stride, offset, storage };
        Ok(Some(Node::Tensor(Box::new(tensor))))
    }

    fn size(&self, id: Id) -> Result<usize, String> {
        match *self.node(id) {
            Node::Int(number) => usize::try_from(number)
                .map_err(|_| "a tensor in it has a negative size or place, so it is damaged".to_owned()),
            Node::Float(_) => Err("a tensor in it is larger than any memory".into()),
            _ => Err(damaged()),
        }
    }

    pub(super) fn sizes(&self, id: Id) -> Result<Vec<usize>, String> {
        let items = self.items(id)?;
        if items.len() > MAX_AXES {
            return Err(format!("a tensor in it has {} axes", items.len()));
        }
        items.iter().map(|&item| self.size(item)).collect()
    }

    pub(super) fn items(&self, id: Id) -> Result<&[Id], String> {
        match self.node(id) {
            Node::List(items) | Node::Tuple(items) => Ok(items),
            _ => Err(damaged()),
        }
    }

    /// An ordered dictionary from a list of pairs, as Python 2 wrote it.
    fn ordered(&mut self, pairs: Id) -> Result<Node, String> {
        let count = self.items(pairs)?.len();
        self.charge_copies(count)?;
        let pair = |&id: &Id| match self.items(id)? {
            &[key, value] => Ok((key, value)),
            _ => Err(damaged()),
        };
        Ok(Node::Dict(self.items(pairs)?.iter().map(pair).collect::<Result<_, String>>()?))
    }

    /// Bytes that were written as text, one character for each.
    fn encode(&mut self, text: Id, encoding: Id) -> Result<Option<Node>, String> {
        if !matches!(self.text_of(encoding), Some("latin1" | "latin-1" | "iso-8859-1")) {
            return Ok(None);
        }
        let text = self.text_of(text).ok_or_else(damaged)?;
        let bytes: Result<Vec<u8>, _> = text.chars().map(|part| u8::try_from(u32::from(part))).collect();
        let bytes = bytes.map_err(|_| damaged())?;
        self.charge_text(bytes.len())?;
        Ok(Some(Node::OwnBytes(bytes)))
    }

    /// Fills an object with its state.
    pub(super) fn build(&mut self, target: Id, state: Id) -> Result<(), String> {
        match self.node(target) {
            Node::ParameterDict => {
                // Looking for a key takes time, too, and the same state may be given to many objects.
                let Node::Dict(state) = self.node(state) else { return Err(damaged()) };
                let inside = state.iter().find(|(key, _)| self.text_of(*key) == Some("_parameters"));
                let Some(Node::Dict(entries)) = inside.map(|&(_, id)| self.node(id)) else {
                    return Err(damaged());
                };
                let (entries, count) = (entries.clone(), state.len() + entries.len());
                self.charge_copies(count)?;
                *self.node_mut(target) = Node::Dict(entries);
            }
            Node::NumpyType(_) => self.numpy_byte_order(target, state),
            Node::NumpyArray => {
                let &[_, shape, dtype, fortran, raw] = self.items(state)? else { return Err(damaged()) };
                let rows = matches!(self.node(fortran), Node::Bool(false) | Node::Int(0));
                let array = if rows { self.numpy_array(shape, dtype, raw)? } else { None };
                if array.is_none() && self.mode == Mode::Strict {
                    return Err("it holds an array of a kind that learned words do not have".into());
                }
                *self.node_mut(target) = array.unwrap_or(Node::Opaque("numpy".into(), "ndarray".into()));
            }
            // An ordered dictionary may carry attributes (PyTorch keeps version numbers there).
            Node::Dict(_) | Node::Opaque(..) | Node::Tensor(_) => {}
            _ if self.mode == Mode::Lenient => {}
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// What a persistent id stands for: a storage of the file, or a class whose source text old files carry.
    pub(super) fn persistent(&mut self) -> Result<(), String> {
        let id = self.pop()?;
        let parts: Vec<Id> = match self.node(id) {
            Node::Tuple(parts) => parts.iter().copied().take(8).collect(),
            _ => Vec::new(),
        };
        // Nothing is copied before it is known to be short: one text may be referred to by each instruction.
        let is = |kind| parts.first().and_then(|&id| self.text_of(id)) == Some(kind);
        let id = match parts.as_slice() {
            // A class is only a name.
            [_, class, ..] if is("module") => *class,
            [_, class, key, _location, elements, view @ ..] if is("storage") => {
                let node = self.storage(*class, *key, *elements, view.first().copied())?;
                self.charge_text(TENSOR_COST)?;
                self.add(node)
            }
            _ => self.add(Node::Opaque("torch".into(), String::new())),
        };
        match self.node(id) {
            Node::Opaque(..) if self.mode == Mode::Strict => {
                return Err("it refers to something outside the file".into());
            }
            Node::Global(..) | Node::Storage(..) | Node::Opaque(..) => {}
            _ => return Err(damaged()),
        }
        self.stack.push(id);
        Ok(())
    }

    fn storage(&mut self, class: Id, key: Id, elements: Id, view: Option<Id>) -> Result<Node, String> {
        let Node::Global(module, name) = self.node(class) else { return Err(damaged()) };
        let known = matches!(module.as_str(), "torch" | "torch.cuda" | "torch.storage") && !name.is_empty();
        let Some(&(.., dtype)) = DTYPES.iter().find(|row| known && row.1 == name) else {
            if self.mode == Mode::Lenient {
                return Ok(Node::Opaque("torch".into(), String::new()));
            }
            let what = spelled(module, name);
            return Err(format!("it keeps its numbers in {what}, a type that learned words do not have"));
        };
        let key = match self.node(key) {
            Node::Str(key) if key.len() <= 256 => key.clone(),
            Node::Int(key) => key.to_string(),
            _ => return Err(damaged()),
        };
        let elements = self.size(elements)?;
        // The oldest files have views of storages: a key, the place and the length.
        let before = match view.map(|view| self.node(view)) {
            Some(Node::Tuple(view)) => match *view.as_slice() {
                [_, offset, _] => self.size(offset)?,
                _ => return Err(damaged()),
            },
            _ => 0,
        };
        let storage = NamedStorage { key, dtype, elements };
        self.register(&storage)?;
        Ok(Node::Storage(Box::new(storage), before))
    }

    /// The type that a name such as `torch.float32` stands for.
    fn named_dtype(&self, id: Id) -> Option<Dtype> {
        let Node::Global(module, name) = self.node(id) else { return None };
        let known = module == "torch" && !name.is_empty();
        DTYPES.iter().find(|row| known && row.0 == name).map(|row| row.3)
    }
}
