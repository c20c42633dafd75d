//! Exponentials and the activations made of them, without branches, so that the compiler turns loops over them into
//! vectors. They are within two units in the last place of the exact ones; erf is off by at most 2e-7.
//!
//! What is below `exp(-60)` counts as nothing: times a gradient it would be a number below the least normal one, and many
//! processors take a hundred times as long for a product with one of these.

use std::marker::PhantomData;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::geometry::Activation;

/// Numbers that a thread takes at a time.
const CHUNK: usize = 1 << 14;

/// `a * b + c`, rounded once where the processor can.
#[inline(always)]
pub fn fma<S: Simd>(a: f32, b: f32, c: f32) -> f32 {
    if S::F32_LANES > 1 { a.mul_add(b, c) } else { a * b + c }
}

/// Where the exponential is nothing beside what it is added to, 9e-27.
const FAINT: f32 = -60.0;

/// The exponential, up to 1e38; zero below that of [`FAINT`].
#[inline(always)]
pub fn exp<S: Simd>(power: f32) -> f32 {
    /// Adding this rounds to whole numbers, which then stand in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = power.clamp(FAINT, 88.0);
    let shifted = fma::<S>(x, std::f32::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    // What rounding takes from the logarithm of two is given back.
    let rest = fma::<S>(whole, 1.904_654_3e-9, fma::<S>(whole, -std::f32::consts::LN_2, x));
    // Taylor's series: on half an octave its first eight terms are exact to a rounding.
    let mut sum = 1.0 / 5040.0;
    for term in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = fma::<S>(sum, rest, term);
    }
    let octave = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    if power < FAINT { 0.0 } else { sum * f32::from_bits(octave) }
}

#[inline(always)]
fn sigmoid<S: Simd>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<S>((-x).min(-FAINT)))
}

/// Abramowitz and Stegun 7.1.26, as PyTorch's vectors have it; and `exp(-x * x)`, which is needed on the way.
#[inline(always)]
fn erf<S: Simd>(x: f32) -> (f32, f32) {
    let size = x.abs();
    let t = 1.0 / fma::<S>(size, 0.327_591_1, 1.0);
    let mut sum = 1.061_405_4;
    for term in [-1.453_152, 1.421_413_8, -0.284_496_74, 0.254_829_6] {
        sum = fma::<S>(sum, t, term);
    }
    let bell = exp::<S>(-x * x);
    ((1.0 - sum * t * bell).copysign(x), bell)
}

/// A function of one number and its slope.
pub trait Curve: Send + Sync {
    /// The value at `x`.
    fn value<S: Simd>(x: f32) -> f32;
    /// The slope at `x`.
    fn slope<S: Simd>(x: f32) -> f32;
}

/// `x * sigmoid(k x)`.
pub struct Swish<const QUICK: bool>;
pub type Silu = Swish<false>;
pub type QuickGelu = Swish<true>;
pub struct Gelu;

impl<const QUICK: bool> Swish<QUICK> {
    const K: f32 = if QUICK { 1.702 } else { 1.0 };
}

impl<const QUICK: bool> Curve for Swish<QUICK> {
    #[inline(always)]
    fn value<S: Simd>(x: f32) -> f32 {
        x * sigmoid::<S>(Self::K * x)
    }

    #[inline(always)]
    fn slope<S: Simd>(x: f32) -> f32 {
        let gate = sigmoid::<S>(Self::K * x);
        gate * fma::<S>(Self::K * x, 1.0 - gate, 1.0)
    }
}

impl Curve for Gelu {
    #[inline(always)]
    fn value<S: Simd>(x: f32) -> f32 {
        0.5 * x * (1.0 + erf::<S>(x * std::f32::consts::FRAC_1_SQRT_2).0)
    }

    #[inline(always)]
    fn slope<S: Simd>(x: f32) -> f32 {
        /// 1 / sqrt(2 pi).
        const PEAK: f32 = 0.398_942_3;
        let (erf, bell) = erf::<S>(x * std::f32::consts::FRAC_1_SQRT_2);
        fma::<S>(x, PEAK * bell, 0.5 * (1.0 + erf))
    }
}

/// `out = value(x)`, or for a gradient `out *= slope(x)`.
struct Each<'a, C, const SLOPE: bool>(&'a [f32], &'a mut [f32], PhantomData<C>);

impl<C: Curve, const SLOPE: bool> WithSimd for Each<'_, C, SLOPE> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let pairs = self.1.iter_mut().zip(self.0);
        pairs.for_each(|(out, x)| *out = if SLOPE { *out * C::slope::<S>(*x) } else { C::value::<S>(*x) });
    }
}

fn each<C: Curve>(x: &[f32], grad: Option<&[f32]>) -> Vec<f32> {
    let mut out = match grad {
        Some(grad) => grad.to_vec(),
        None => vec![0.0; x.len()],
    };
    let arch = pulp::Arch::new();
    out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(out, x)| match grad {
        Some(_) => arch.dispatch(Each::<C, true>(x, out, PhantomData)),
        None => arch.dispatch(Each::<C, false>(x, out, PhantomData)),
    });
    out
}

/// The activation of each number; with `grad`, the gradient of what went in instead.
pub fn activate(x: &[f32], grad: Option<&[f32]>, activation: Activation) -> Vec<f32> {
    match activation {
        Activation::Silu => each::<Silu>(x, grad),
        Activation::Gelu => each::<Gelu>(x, grad),
        Activation::QuickGelu => each::<QuickGelu>(x, grad),
    }
}

/// `[rows, 2 width]` to `[rows, width]`.
struct Geglu<'a> {
    x: &'a [f32],
    out: &'a mut [f32],
    width: usize,
}

impl WithSimd for Geglu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for (x, out) in self.x.chunks_exact(2 * self.width).zip(self.out.chunks_exact_mut(self.width)) {
            let (value, gate) = x.split_at(self.width);
            let parts = value.iter().zip(gate);
            out.iter_mut().zip(parts).for_each(|(out, (value, gate))| *out = value * Gelu::value::<S>(*gate));
        }
    }
}

/// The gradient of `[rows, 2 width]` from that of `[rows, width]`.
struct GegluBackward<'a> {
    x: &'a [f32],
    grad: &'a [f32],
    out: &'a mut [f32],
    width: usize,
}

impl WithSimd for GegluBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let rows = self.x.chunks_exact(2 * self.width).zip(self.grad.chunks_exact(self.width));
        for ((x, grad), out) in rows.zip(self.out.chunks_exact_mut(2 * self.width)) {
            let (value, gate) = x.split_at(self.width);
            let (to_value, to_gate) = out.split_at_mut(self.width);
            to_value.iter_mut().zip(grad.iter().zip(gate)).for_each(|(out, (grad, gate))| {
                *out = grad * Gelu::value::<S>(*gate);
            });
            to_gate
                .iter_mut()
                .zip(grad.iter().zip(value.iter().zip(gate)))
                .for_each(|(out, (grad, (value, gate)))| *out = grad * value * Gelu::slope::<S>(*gate));
        }
    }
}

/// The first half of each row times the GELU of the second, `width` numbers each.
pub fn geglu(x: &[f32], width: usize) -> Vec<f32> {
    let mut out = vec![0.0; x.len() / 2];
    let rows = (CHUNK / width).max(1);
    let arch = pulp::Arch::new();
    out.par_chunks_mut(rows * width)
        .zip(x.par_chunks(rows * 2 * width))
        .for_each(|(out, x)| arch.dispatch(Geglu { x, out, width }));
    out
}

/// The gradient of what went into [`geglu`].
pub fn geglu_backward(x: &[f32], grad: &[f32], width: usize) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let rows = (CHUNK / width).max(1);
    let arch = pulp::Arch::new();
    out.par_chunks_mut(rows * 2 * width)
        .zip(x.par_chunks(rows * 2 * width).zip(grad.par_chunks(rows * width)))
        .for_each(|(out, (x, grad))| arch.dispatch(GegluBackward { x, grad, out, width }));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_exact_to_a_few_roundings() {
        struct Worst;
        impl WithSimd for Worst {
            type Output = f32;

            #[inline(always)]
            fn with_simd<S: Simd>(self, _simd: S) -> f32 {
                let error = |x: f32| (exp::<S>(x) / (f64::from(x).exp() as f32) - 1.0).abs();
                (-6_000..8_700).map(|i| error(i as f32 * 0.01)).fold(0.0, f32::max)
            }
        }
        let worst = pulp::Arch::new().dispatch(Worst);
        assert!(worst < 3e-7, "{worst}");
    }

    /// A row of gates from -50 to 50 with the gradients that a word's last layers see.
    #[test]
    fn no_gradient_is_below_the_least_normal_number() {
        let gates: Vec<f32> = (-5_000..5_000).map(|i| i as f32 * 0.01).collect();
        let grads = vec![1e-7; gates.len()];
        let row = [vec![1e-3; gates.len()], gates.clone()].concat();
        let all = [
            geglu_backward(&row, &grads, gates.len()),
            activate(&gates, Some(&grads), Activation::Gelu),
            activate(&gates, Some(&grads), Activation::Silu),
            activate(&gates, Some(&grads), Activation::QuickGelu),
        ];
        for (which, values) in all.iter().enumerate() {
            let first = values.iter().position(|value| value.is_subnormal());
            assert_eq!(first, None, "{which}");
        }
    }
}
