//! Attention on the processor, a few queries at a time: their scores stay in the nearest memory and are never kept.
//!
//! The backward pass computes them once more. Keys and values are laid out in panels for each head, so that all five
//! products run through the same inner loop; the softmax is exact.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::curve::exp;
use super::product::{Product, lanes};
use super::turn::turn;
use crate::geometry::Attention;
use crate::strategy::Processor;

impl Attention {
    /// Queries at a time.
    fn block(&self) -> usize {
        Processor::queries(padded(self.tokens[1]))
    }

    /// One head of the rows of one picture.
    fn part<'a>(&self, all: &'a [f32], tokens: usize, index: usize) -> Part<'a> {
        let (picture, head) = (index / self.heads.count, index % self.heads.count);
        let from = picture * tokens * self.width + head * self.head();
        Part { all: &all[from..], stride: self.width, rows: tokens, width: self.head() }
    }
}

/// Rows of some columns of a matrix.
#[derive(Clone, Copy)]
struct Part<'a> {
    all: &'a [f32],
    stride: usize,
    rows: usize,
    width: usize,
}

impl<'a> Part<'a> {
    fn row(&self, row: usize) -> &'a [f32] {
        &self.all[row * self.stride..][..self.width]
    }

    fn from(self, row: usize, rows: usize) -> Self {
        Self { all: &self.all[row * self.stride..], rows, ..self }
    }

    /// Panels whose columns are the rows, each `[width, panel width]`.
    fn turned(&self) -> Vec<f32> {
        let mut out = vec![0.0; padded(self.rows) * self.width];
        for (first, width, out) in panels_mut(&mut out, self.rows, self.width) {
            turn(|column| self.row(first + column), width.min(self.rows - first), out, width);
        }
        out
    }

    /// Panels whose columns are the columns, each `[rows, panel width]`.
    fn straight(&self) -> Vec<f32> {
        let mut out = vec![0.0; padded(self.width) * self.rows];
        for (first, width, out) in panels_mut(&mut out, self.width, self.rows) {
            for (row, out) in out.chunks_exact_mut(width).enumerate() {
                let from = &self.row(row)[first..];
                let count = from.len().min(width);
                out[..count].copy_from_slice(&from[..count]);
            }
        }
        out
    }
}

/// The panels of `columns` columns and `depth` rows: first column, width and numbers of each.
fn panels_mut(
    all: &mut [f32],
    columns: usize,
    depth: usize,
) -> impl Iterator<Item = (usize, usize, &mut [f32])> {
    let panel = 2 * lanes();
    all.chunks_mut(panel * depth).enumerate().map(move |(index, numbers)| {
        let first = index * panel;
        (first, panel.min(padded(columns - first)), numbers)
    })
}

fn padded(length: usize) -> usize {
    length.next_multiple_of(lanes())
}

/// `out = rows * panels`, or added to; each of the `count` rows has `depth` numbers, `step` apart.
fn multiply<'a>(
    row: impl Fn(usize) -> &'a [f32],
    count: usize,
    step: usize,
    panels: &[f32],
    depth: usize,
    onto: bool,
    out: &mut [f32],
    stride: usize,
) {
    let (arch, lanes) = (pulp::Arch::new(), lanes());
    for (index, panel) in panels.chunks(2 * lanes * depth).enumerate() {
        let narrow = panel.len() == lanes * depth;
        let out = &mut out[index * 2 * lanes..];
        arch.dispatch(Product { row: &row, rows: count, step, panel, narrow, onto, out, stride });
    }
}

/// Makes probabilities of `scores` (`[queries, padded keys]`), leaving what stands beyond the keys zero.
struct Softmax<'a> {
    scores: &'a mut [f32],
    keys: usize,
    scale: f32,
    /// The place of the first query, where none sees what comes after it.
    causal: Option<usize>,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for (query, row) in self.scores.chunks_exact_mut(padded_for::<S>(self.keys)).enumerate() {
            let seen = self.causal.map_or(self.keys, |first| (first + query + 1).min(self.keys));
            row[seen..].fill(0.0);
            let row = &mut row[..seen];
            let most = strands(row, f32::NEG_INFINITY, f32::max);
            let scale = self.scale;
            row.iter_mut().for_each(|score| *score = exp::<S>((*score - most) * scale));
            let share = 1.0 / strands(row, 0.0, |a, b| a + b);
            row.iter_mut().for_each(|score| *score *= share);
        }
    }
}

#[inline(always)]
fn padded_for<S: Simd>(length: usize) -> usize {
    length.next_multiple_of(S::F32_LANES)
}

/// Folds `values` in sixteen strands, which become vectors.
#[inline(always)]
fn strands(values: &[f32], start: f32, fold: impl Fn(f32, f32) -> f32) -> f32 {
    let mut strands = [start; 16];
    let chunks = values.chunks_exact(16);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (strand, value) in strands.iter_mut().zip(chunk) {
            *strand = fold(*strand, *value);
        }
    }
    strands.iter().chain(rest).fold(start, |a, b| fold(a, *b))
}

/// Keys and values laid out for each head of each picture, so that they need no longer be there themselves.
pub fn panels(key: &[f32], value: &[f32], sizes: Attention) -> Vec<(Vec<f32>, Vec<f32>)> {
    let keys = sizes.tokens[1];
    let batch = key.len() / (keys * sizes.width);
    (0..batch * sizes.heads.count)
        .into_par_iter()
        .map(|index| (sizes.part(key, keys, index).turned(), sizes.part(value, keys, index).straight()))
        .collect()
}

/// `[batch, queries, width]`, where the keys and values are laid out by [`panels`].
pub fn forward(query: &[f32], panels: &[(Vec<f32>, Vec<f32>)], sizes: Attention) -> Vec<f32> {
    let ([queries, keys], width, head) = (sizes.tokens, sizes.width, sizes.head());
    let heads = sizes.heads.count;
    let mut out = vec![0.0; query.len()];
    let block = sizes.block();
    let pictures = out.par_chunks_mut(queries * width).enumerate();
    pictures.for_each(|(picture, out)| {
        out.par_chunks_mut(block * width).enumerate().for_each(|(index, out)| {
            let (first, count) = (index * block, out.len() / width);
            let (row_length, padded_head) = (padded(keys), padded(head));
            let (mut scores, mut sums) = (vec![0.0; count * row_length], vec![0.0; count * padded_head]);
            for in_picture in 0..heads {
                let (keys_turned, values) = &panels[picture * heads + in_picture];
                let query = sizes.part(query, queries, picture * heads + in_picture).from(first, count);
                probabilities(query, keys_turned, first, &mut scores, &sizes);
                let row = |i: usize| &scores[i * row_length..][..keys];
                multiply(row, count, 1, values, keys, false, &mut sums, padded_head);
                for (out, sums) in out.chunks_exact_mut(width).zip(sums.chunks_exact(padded_head)) {
                    out[in_picture * head..][..head].copy_from_slice(&sums[..head]);
                }
            }
        });
    });
    out
}

/// The probabilities of some queries, from `first` on, into `scores` (`[queries, padded keys]`).
fn probabilities(query: Part<'_>, keys_turned: &[f32], first: usize, scores: &mut [f32], sizes: &Attention) {
    let keys = sizes.tokens[1];
    multiply(|i| query.row(i), query.rows, 1, keys_turned, sizes.head(), false, scores, padded(keys));
    let causal = sizes.heads.causal.then_some(first);
    pulp::Arch::new().dispatch(Softmax { scores, keys, scale: sizes.scale(), causal });
}

/// Gradients of query, key and value, of each head of each picture by itself.
pub fn backward(
    query: &[f32],
    key: &[f32],
    value: &[f32],
    grad: &[f32],
    sizes: Attention,
) -> [Vec<Vec<f32>>; 3] {
    let ([queries, keys], width) = (sizes.tokens, sizes.width);
    let batch = query.len() / (queries * width);
    let parts: Vec<_> = (0..batch * sizes.heads.count)
        .into_par_iter()
        .map(|index| {
            let part = |all, tokens| sizes.part(all, tokens, index);
            head_backward(
                part(query, queries),
                part(key, keys),
                part(value, keys),
                part(grad, queries),
                &sizes,
            )
        })
        .collect();
    let mut apart: [Vec<Vec<f32>>; 3] = Default::default();
    for part in parts {
        apart.iter_mut().zip(part).for_each(|(all, part)| all.push(part));
    }
    apart
}

/// `[batch, tokens, width]` of what [`backward`] gives of one of the three.
pub fn together(parts: Vec<Vec<f32>>, tokens: usize, sizes: Attention) -> Vec<f32> {
    let (heads, head, stride) = (sizes.heads.count, sizes.head(), padded(sizes.head()));
    let mut out = vec![0.0; parts.len() / heads * tokens * sizes.width];
    out.par_chunks_mut(sizes.width).enumerate().for_each(|(row, out)| {
        for (in_picture, out) in out.chunks_exact_mut(head).enumerate() {
            let part = &parts[row / tokens * heads + in_picture];
            out.copy_from_slice(&part[row % tokens * stride..][..head]);
        }
    });
    out
}

/// The same of one head, each `[tokens, padded head]`.
fn head_backward(
    query: Part<'_>,
    key: Part<'_>,
    value: Part<'_>,
    grad: Part<'_>,
    sizes: &Attention,
) -> [Vec<f32>; 3] {
    let ([queries, keys], head, scale) = (sizes.tokens, sizes.head(), sizes.scale());
    let (block, row_length, stride) = (sizes.block(), padded(keys), padded(head));
    let (keys_turned, values_turned, keys_straight) = (key.turned(), value.turned(), key.straight());
    let mut to_query = vec![0.0; queries * stride];
    let (mut to_key, mut to_value) = (vec![0.0; keys * stride], vec![0.0; keys * stride]);
    let (mut shares, mut slopes) = (vec![0.0; block * row_length], vec![0.0; block * row_length]);
    for first in (0..queries).step_by(block) {
        let count = block.min(queries - first);
        let (shares, slopes) = (&mut shares[..count * row_length], &mut slopes[..count * row_length]);
        let (query, grad) = (query.from(first, count), grad.from(first, count));
        probabilities(query, &keys_turned, first, shares, sizes);
        // How the loss changes with each probability, then with each score.
        multiply(|i| grad.row(i), count, 1, &values_turned, head, false, slopes, row_length);
        multiply(|i| &shares[i..], keys, row_length, &grad.straight(), count, true, &mut to_value, stride);
        pulp::Arch::new().dispatch(Scores { shares, slopes, row_length, scale });
        let to_query = &mut to_query[first * stride..];
        multiply(
            |i| &slopes[i * row_length..][..keys],
            count,
            1,
            &keys_straight,
            keys,
            false,
            to_query,
            stride,
        );
        multiply(|i| &slopes[i..], keys, row_length, &query.straight(), count, true, &mut to_key, stride);
    }
    [to_query, to_key, to_value]
}

/// `slopes = shares * (slopes - sum(shares * slopes)) * scale`, row by row.
struct Scores<'a> {
    shares: &'a [f32],
    slopes: &'a mut [f32],
    row_length: usize,
    scale: f32,
}

impl WithSimd for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let rows = self.shares.chunks_exact(self.row_length);
        for (shares, slopes) in rows.zip(self.slopes.chunks_exact_mut(self.row_length)) {
            let mut strands = [0.0_f32; 16];
            for (shares, slopes) in shares.chunks(16).zip(slopes.chunks(16)) {
                for ((strand, share), slope) in strands.iter_mut().zip(shares).zip(slopes) {
                    *strand += share * slope;
                }
            }
            let mean: f32 = strands.iter().sum();
            for (share, slope) in shares.iter().zip(slopes) {
                *slope = share * (*slope - mean) * self.scale;
            }
        }
    }
}
