//! Group and layer norms on the processor: rows over all threads, sums of a few rows in f32, and those added up in f64.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::curve::{Curve, Silu, fma};
use crate::geometry::Norm;

/// Rows whose sums are made in f32, and that a thread takes at a time.
const ROWS: usize = 64;

/// Group norm of pictures of `pixels` rows of `channels`, in their place.
pub fn groups(mut x: Vec<f32>, [gamma, beta]: [&[f32]; 2], pixels: usize, norm: &Norm) -> Vec<f32> {
    let channels = gamma.len();
    for x in x.chunks_exact_mut(pixels * channels) {
        let [mean, rate] = statistics(x, channels, norm);
        let scale: Vec<f32> = gamma.iter().zip(&rate).map(|(gamma, rate)| gamma * rate).collect();
        let shift: Vec<f32> =
            beta.iter().zip(&mean).zip(&scale).map(|((beta, mean), scale)| beta - mean * scale).collect();
        let arch = pulp::Arch::new();
        x.par_chunks_mut(ROWS * channels).for_each(|x| {
            arch.dispatch(Apply { x, scale: &scale, shift: &shift, silu: norm.silu });
        });
    }
    x
}

/// The gradient of what went into [`groups`], in the place of that of what came out.
pub fn groups_backward(
    x: &[f32],
    [gamma, beta]: [&[f32]; 2],
    mut grad: Vec<f32>,
    pixels: usize,
    norm: &Norm,
) -> Vec<f32> {
    let channels = gamma.len();
    let size = pixels * channels;
    let count = (size / norm.groups) as f64;
    let arch = pulp::Arch::new();
    for (x, grad) in x.chunks_exact(size).zip(grad.chunks_exact_mut(size)) {
        let [mean, rate] = statistics(x, channels, norm);
        let sums: Vec<_> = grad
            .par_chunks_mut(ROWS * channels)
            .zip(x.par_chunks(ROWS * channels))
            .map(|(grad, x)| {
                let mut sums = [vec![0.0; channels], vec![0.0; channels]];
                let [plain, along] = &mut sums;
                let (mean, rate, silu) = (&mean, &rate, norm.silu);
                arch.dispatch(Inner { x, grad, mean, rate, gamma, beta, plain, along, silu });
                sums
            })
            .collect();
        let total = |which: usize| {
            let sums = add_up(sums.iter().map(|sums| &sums[which]), channels);
            over_groups(&sums, norm.groups, |sum| (sum / count) as f32)
        };
        let (plain, along) = (total(0), total(1));
        grad.par_chunks_mut(ROWS * channels).zip(x.par_chunks(ROWS * channels)).for_each(|(grad, x)| {
            arch.dispatch(Outer { x, grad, mean: &mean, rate: &rate, plain: &plain, along: &along });
        });
    }
    grad
}

/// For each channel the mean and the reciprocal deviation of its group.
fn statistics(x: &[f32], channels: usize, norm: &Norm) -> [Vec<f32>; 2] {
    let count = (x.len() / norm.groups) as f64;
    let arch = pulp::Arch::new();
    let sums = |mean: &[f32], squared: bool| {
        let sums: Vec<_> = x
            .par_chunks(ROWS * channels)
            .map(|x| {
                let mut sums = vec![0.0; channels];
                arch.dispatch(Moments { x, mean, sums: &mut sums, squared });
                sums
            })
            .collect();
        add_up(sums.iter(), channels)
    };
    let mean = over_groups(&sums(&vec![0.0; channels], false), norm.groups, |sum| (sum / count) as f32);
    let squares = sums(&mean, true);
    let epsilon = f64::from(norm.epsilon);
    let rate = over_groups(&squares, norm.groups, |sum| (1.0 / (sum / count + epsilon).sqrt()) as f32);
    [mean, rate]
}

fn add_up<'a>(sums: impl Iterator<Item = &'a Vec<f32>>, channels: usize) -> Vec<f64> {
    sums.fold(vec![0.0; channels], |mut total, sums| {
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total += f64::from(*sum));
        total
    })
}

/// Gives each channel what `finish` makes of the sum of its group.
fn over_groups(sums: &[f64], groups: usize, finish: impl Fn(f64) -> f32) -> Vec<f32> {
    let size = sums.len() / groups;
    sums.chunks_exact(size).flat_map(|group| vec![finish(group.iter().sum()); size]).collect()
}

/// Sums of columns, or of the squares of what they are away from `mean`.
struct Moments<'a> {
    x: &'a [f32],
    mean: &'a [f32],
    sums: &'a mut [f32],
    squared: bool,
}

impl WithSimd for Moments<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for row in self.x.chunks_exact(self.mean.len()) {
            if self.squared {
                for ((x, mean), sum) in row.iter().zip(self.mean).zip(self.sums.iter_mut()) {
                    let away = x - mean;
                    *sum = fma::<S>(away, away, *sum);
                }
            } else {
                row.iter().zip(self.sums.iter_mut()).for_each(|(x, sum)| *sum += x);
            }
        }
    }
}

/// `x = x * scale + shift`, and SiLU.
struct Apply<'a> {
    x: &'a mut [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    silu: bool,
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let channels = self.scale.len();
        for row in self.x.chunks_exact_mut(channels) {
            let channel = self.scale.iter().zip(self.shift);
            for (x, (scale, shift)) in row.iter_mut().zip(channel) {
                *x = fma::<S>(*x, *scale, *shift);
            }
            if self.silu {
                row.iter_mut().for_each(|x| *x = Silu::value::<S>(*x));
            }
        }
    }
}

/// The gradient of the normed numbers in place of `grad`, and its sums, plain and along the normed numbers.
struct Inner<'a> {
    x: &'a [f32],
    grad: &'a mut [f32],
    mean: &'a [f32],
    rate: &'a [f32],
    gamma: &'a [f32],
    beta: &'a [f32],
    plain: &'a mut [f32],
    along: &'a mut [f32],
    silu: bool,
}

impl WithSimd for Inner<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let channels = self.gamma.len();
        let (mean, rate) = (&self.mean[..channels], &self.rate[..channels]);
        let (gamma, beta) = (&self.gamma[..channels], &self.beta[..channels]);
        let (plain, along) = (&mut self.plain[..channels], &mut self.along[..channels]);
        for (x, grad) in self.x.chunks_exact(channels).zip(self.grad.chunks_exact_mut(channels)) {
            for c in 0..channels {
                let normed = (x[c] - mean[c]) * rate[c];
                let slope =
                    if self.silu { Silu::slope::<S>(fma::<S>(normed, gamma[c], beta[c])) } else { 1.0 };
                let inner = grad[c] * slope * gamma[c];
                grad[c] = inner;
                plain[c] += inner;
                along[c] = fma::<S>(inner, normed, along[c]);
            }
        }
    }
}

/// `grad = rate * (grad - plain - normed * along)`.
struct Outer<'a> {
    x: &'a [f32],
    grad: &'a mut [f32],
    mean: &'a [f32],
    rate: &'a [f32],
    plain: &'a [f32],
    along: &'a [f32],
}

impl WithSimd for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let channels = self.mean.len();
        let (mean, rate) = (&self.mean[..channels], &self.rate[..channels]);
        let (plain, along) = (&self.plain[..channels], &self.along[..channels]);
        for (x, grad) in self.x.chunks_exact(channels).zip(self.grad.chunks_exact_mut(channels)) {
            for c in 0..channels {
                let normed = (x[c] - mean[c]) * rate[c];
                grad[c] = rate[c] * (grad[c] - fma::<S>(normed, along[c], plain[c]));
            }
        }
    }
}

/// Layer norm of rows of `gamma.len()`.
pub fn rows(x: &[f32], [gamma, beta]: [&[f32]; 2], epsilon: f32) -> Vec<f32> {
    let width = gamma.len();
    let mut out = vec![0.0; x.len()];
    let arch = pulp::Arch::new();
    out.par_chunks_mut(ROWS * width)
        .zip(x.par_chunks(ROWS * width))
        .for_each(|(out, x)| arch.dispatch(Rows { x, out, gamma, beta, epsilon }));
    out
}

/// The gradient of what went into [`rows`].
pub fn rows_backward(x: &[f32], gamma: &[f32], grad: &[f32], epsilon: f32) -> Vec<f32> {
    let width = gamma.len();
    let mut out = vec![0.0; x.len()];
    let arch = pulp::Arch::new();
    out.par_chunks_mut(ROWS * width)
        .zip(x.par_chunks(ROWS * width).zip(grad.par_chunks(ROWS * width)))
        .for_each(|(out, (x, grad))| arch.dispatch(RowsBackward { x, grad, out, gamma, epsilon }));
    out
}

/// The sum of what `term` gives for each index below `count`, in sixteen strands that become vectors.
#[inline(always)]
fn sum(count: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut strands = [0.0_f32; 16];
    let whole = count - count % 16;
    for from in (0..whole).step_by(16) {
        for (i, strand) in strands.iter_mut().enumerate() {
            *strand += term(from + i);
        }
    }
    strands.iter().sum::<f32>() + (whole..count).map(term).sum::<f32>()
}

/// Mean and reciprocal deviation of a row.
#[inline(always)]
fn row_statistics(x: &[f32], epsilon: f32) -> (f32, f32) {
    let count = x.len() as f32;
    let mean = sum(x.len(), |i| x[i]) / count;
    let variance = sum(x.len(), |i| (x[i] - mean) * (x[i] - mean)) / count;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

struct Rows<'a> {
    x: &'a [f32],
    out: &'a mut [f32],
    gamma: &'a [f32],
    beta: &'a [f32],
    epsilon: f32,
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let width = self.gamma.len();
        for (x, out) in self.x.chunks_exact(width).zip(self.out.chunks_exact_mut(width)) {
            let (mean, rate) = row_statistics(x, self.epsilon);
            let channel = self.gamma.iter().zip(self.beta);
            for ((x, out), (gamma, beta)) in x.iter().zip(out).zip(channel) {
                *out = fma::<S>((x - mean) * rate, *gamma, *beta);
            }
        }
    }
}

struct RowsBackward<'a> {
    x: &'a [f32],
    grad: &'a [f32],
    out: &'a mut [f32],
    gamma: &'a [f32],
    epsilon: f32,
}

impl WithSimd for RowsBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let width = self.gamma.len();
        let gamma = &self.gamma[..width];
        let rows = self.x.chunks_exact(width).zip(self.grad.chunks_exact(width));
        for ((x, grad), out) in rows.zip(self.out.chunks_exact_mut(width)) {
            let (mean, rate) = row_statistics(x, self.epsilon);
            let plain = sum(width, |i| grad[i] * gamma[i]) / width as f32;
            let along = sum(width, |i| grad[i] * gamma[i] * (x[i] - mean)) * rate / width as f32;
            for i in 0..width {
                let normed = (x[i] - mean) * rate;
                out[i] = rate * (grad[i] * gamma[i] - fma::<S>(normed, along, plain));
            }
        }
    }
}
