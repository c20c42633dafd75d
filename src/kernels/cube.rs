//! The operations on graphics cards.

use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;

use crate::geometry::{Activation, Geometry, Heads, Norm};
use crate::ops::Kernels;

impl Kernels for CubeBackend {
    fn convolve(
        _x: FloatTensor<Self>,
        _weight: FloatTensor<Self>,
        _bias: FloatTensor<Self>,
        _geometry: Geometry,
    ) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn convolve_onto(
        _x: FloatTensor<Self>,
        _weight: FloatTensor<Self>,
        _bias: FloatTensor<Self>,
        _residual: FloatTensor<Self>,
        _geometry: Geometry,
    ) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn convolve_backward(
        _grad: FloatTensor<Self>,
        _weight: FloatTensor<Self>,
        _geometry: Geometry,
    ) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn norm_groups(
        _x: FloatTensor<Self>,
        _gamma: FloatTensor<Self>,
        _beta: FloatTensor<Self>,
        _norm: Norm,
    ) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn norm_groups_backward(
        _x: FloatTensor<Self>,
        _gamma: FloatTensor<Self>,
        _beta: FloatTensor<Self>,
        _grad: FloatTensor<Self>,
        _norm: Norm,
    ) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn norm_rows(
        _x: FloatTensor<Self>,
        _gamma: FloatTensor<Self>,
        _beta: FloatTensor<Self>,
        _epsilon: f32,
    ) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn norm_rows_backward(
        _x: FloatTensor<Self>,
        _gamma: FloatTensor<Self>,
        _grad: FloatTensor<Self>,
        _epsilon: f32,
    ) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn activate(_x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn activate_backward(
        _x: FloatTensor<Self>,
        _grad: FloatTensor<Self>,
        _activation: Activation,
    ) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn geglu(_x: FloatTensor<Self>) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn geglu_backward(_x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn attend(
        _query: FloatTensor<Self>,
        _key: FloatTensor<Self>,
        _value: FloatTensor<Self>,
        _heads: Heads,
    ) -> FloatTensor<Self> {
        unimplemented!()
    }
    fn attend_backward(
        _query: FloatTensor<Self>,
        _key: FloatTensor<Self>,
        _value: FloatTensor<Self>,
        _grad: FloatTensor<Self>,
        _heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unimplemented!()
    }
}
