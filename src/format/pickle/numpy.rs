//! Arrays and numbers of NumPy inside a pickle: types, shapes and the bytes themselves.
//!
//! Files saved on Apple devices carry their tensors so. Only plain numbers in little-endian order and in rows
//! are understood.

use safetensors::Dtype;

use super::constructors::DTYPES;
use super::machine::{Id, Machine, Node};
use super::{Storage, TENSOR_COST, TensorRef};

impl Machine<'_> {
    /// The type that NumPy's code names, such as `f4` or `<f4`.
    pub(super) fn numpy_dtype(&self, code: Id) -> Node {
        let code = self.text_of(code).unwrap_or_default();
        let code = code.strip_prefix(['<', '=', '|']).unwrap_or(code);
        let known = DTYPES.iter().find(|row| !code.is_empty() && row.2 == code);
        Node::NumpyType(known.map(|row| row.3))
    }

    /// Takes the byte order from a type's state; the other one is not understood.
    pub(super) fn numpy_byte_order(&mut self, target: Id, state: Id) {
        let order = self.items(state).ok().and_then(|parts| self.text_of(*parts.get(1)?));
        if order == Some(">") {
            *self.node_mut(target) = Node::NumpyType(None);
        }
    }

    /// An array of `shape` with its numbers in `raw`, or `None` if it is not understood.
    pub(super) fn numpy_array(&mut self, shape: Id, dtype: Id, raw: Id) -> Result<Option<Node>, String> {
        let Node::NumpyType(Some(dtype)) = *self.node(dtype) else { return Ok(None) };
        let shape = self.sizes(shape)?;
        let Some(raw) = self.raw(raw) else { return Ok(None) };
        let raw = raw.to_vec();
        self.charge_text(TENSOR_COST + raw.len())?;
        let mut stride = vec![1; shape.len()];
        for axis in (1..shape.len()).rev() {
            // Overflow is found when the shape is compared with the bytes.
            stride[axis - 1] = shape[axis].saturating_mul(stride[axis]);
        }
        let storage = Storage::Inline(raw);
        Ok(Some(Node::Tensor(Box::new(TensorRef { dtype, shape, stride, offset: 0, storage }))))
    }

    pub(super) fn numpy_scalar(&mut self, dtype: Id, raw: Id) -> Result<Option<Node>, String> {
        let Node::NumpyType(Some(dtype)) = *self.node(dtype) else { return Ok(None) };
        let Some(raw) = self.raw(raw) else { return Ok(None) };
        fn of<const N: usize>(raw: &[u8], read: impl Fn([u8; N]) -> Node) -> Option<Node> {
            Some(read(raw.try_into().ok()?))
        }
        Ok(match dtype {
            Dtype::F64 => of(raw, |raw| Node::Float(f64::from_le_bytes(raw))),
            Dtype::F32 => of(raw, |raw| Node::Float(f32::from_le_bytes(raw).into())),
            Dtype::I64 => of(raw, |raw| Node::Int(i64::from_le_bytes(raw))),
            Dtype::I32 => of(raw, |raw| Node::Int(i32::from_le_bytes(raw).into())),
            Dtype::U8 => of(raw, |[byte]| Node::Int(byte.into())),
            Dtype::BOOL => of(raw, |[byte]| Node::Bool(byte != 0)),
            _ => None,
        })
    }
}
