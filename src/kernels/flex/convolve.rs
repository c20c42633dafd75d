//! Convolutions and linear layers on the processor: products that find their operands where they lie.
//!
//! Pictures are rows of channels, so each place of the kernel is a product of rows with a slice of the weight, and no
//! picture is ever copied into columns. Work is divided among threads along whichever operand is smaller to share.

use rayon::prelude::*;

use super::numbers::Numbers;
use super::product::{Dots, Product, columns, lanes};
use crate::geometry::Geometry;

/// Where nothing lies: outside the picture.
const OUTSIDE: usize = usize::MAX;

/// Rows that a thread computes at least: less is not worth sharing.
const LEAST_ROWS: usize = 48;

/// `[rows out, channels out]`: the convolution of `x` (`[rows in, channels in]`), on top of `bias` (`[1 or batch,
/// channels out]`) and of `residual`.
pub fn forward(
    x: &[f32],
    weight: &Numbers<'_>,
    bias: &[f32],
    residual: Option<&[f32]>,
    geometry: &Geometry,
) -> Vec<f32> {
    let ([input, output], rows) = (geometry.channels, geometry.output_rows());
    let panels = output.div_ceil(2 * lanes());
    let mut out = vec![0.0; rows * output];
    let by_rows = rows_per_task(rows);
    // Each task streams the operand that is not divided: let that be the smaller one.
    if rows * input >= weight.len() || by_rows * rayon::current_num_threads() * 2 < rows {
        out.par_chunks_mut(by_rows * output).enumerate().for_each(|(task, out)| {
            let first = task * by_rows;
            start(out, first, bias, residual, geometry);
            let sources = Sources::of(geometry, first, out.len() / output, Geometry::source);
            add_panels(x, weight, geometry, &sources, 0..panels, out, output);
        });
    } else {
        let width = 2 * lanes();
        let sources = Sources::of(geometry, 0, rows, Geometry::source);
        let mut strips = vec![0.0; panels * rows * width];
        strips.par_chunks_mut(rows * width).enumerate().for_each(|(panel, strip)| {
            add_panels(x, weight, geometry, &sources, panel..panel + 1, strip, width);
        });
        let by_rows = rows.div_ceil(rayon::current_num_threads());
        out.par_chunks_mut(by_rows * output).enumerate().for_each(|(task, out)| {
            start(out, task * by_rows, bias, residual, geometry);
            for (row, out) in out.chunks_exact_mut(output).enumerate() {
                for (panel, out) in out.chunks_mut(width).enumerate() {
                    let strip = &strips[(panel * rows + task * by_rows + row) * width..];
                    out.iter_mut().zip(strip).for_each(|(out, strip)| *out += strip);
                }
            }
        });
    }
    out
}

/// What the products are added to.
fn start(out: &mut [f32], first: usize, bias: &[f32], residual: Option<&[f32]>, geometry: &Geometry) {
    let output = geometry.channels[1];
    for (row, out) in out.chunks_exact_mut(output).enumerate() {
        let row = first + row;
        let bias = match bias.len() / output {
            1 => bias,
            pictures => &bias[row * pictures / geometry.output_rows() * output..][..output],
        };
        match residual {
            Some(residual) => {
                let residual = &residual[row * output..][..output];
                out.iter_mut().zip(bias).zip(residual).for_each(|((out, b), r)| *out = b + r);
            }
            None => out.copy_from_slice(bias),
        }
    }
}

/// Rows that read or are read at each place of the kernel.
struct Sources {
    /// `[taps, rows]`, [`OUTSIDE`] where there is none.
    rows: Vec<usize>,
    count: usize,
}

impl Sources {
    fn of(
        geometry: &Geometry,
        first: usize,
        count: usize,
        find: impl Fn(&Geometry, usize, usize) -> Option<usize>,
    ) -> Self {
        let find = |tap| {
            let find = &find;
            (first..first + count).map(move |row| find(geometry, row, tap).unwrap_or(OUTSIDE))
        };
        Self { rows: (0..geometry.taps()).flat_map(find).collect(), count }
    }

    /// The rows of one place, and whether any of them is inside.
    fn tap(&self, tap: usize) -> &[usize] {
        &self.rows[tap * self.count..][..self.count]
    }
}

/// Adds the products with some panels to `out`, whose rows are `stride` apart.
fn add_panels(
    x: &[f32],
    weight: &Numbers<'_>,
    geometry: &Geometry,
    sources: &Sources,
    panels: std::ops::Range<usize>,
    out: &mut [f32],
    stride: usize,
) {
    let ([input, _], width, rows) = (geometry.channels, 2 * lanes(), sources.count);
    let depth = geometry.taps() * input;
    let nothing = vec![0.0; input];
    let arch = pulp::Arch::new();
    let (mut decoded, mut narrow) = (Vec::new(), Vec::new());
    let first = panels.start;
    for panel in panels {
        let column = (panel - first) * width;
        let partial = stride - column < width;
        if partial {
            narrow.clear();
            narrow.resize(rows * width, 0.0);
        }
        for tap in 0..geometry.taps() {
            let sources = sources.tap(tap);
            let row = |i: usize| match sources[i] {
                OUTSIDE => &nothing[..],
                source => &x[source * input..][..input],
            };
            let part = weight.part((panel * depth + tap * input) * width, input * width, &mut decoded);
            let (out, stride) = match partial {
                true => (&mut narrow[..], width),
                false => (&mut out[column..], stride),
            };
            arch.dispatch(Product { row, rows, step: 1, panel: part, out, stride });
        }
        if partial {
            for (out, narrow) in out.chunks_exact_mut(stride).zip(narrow.chunks_exact(width)) {
                out[column..].iter_mut().zip(narrow).for_each(|(out, narrow)| *out += narrow);
            }
        }
    }
}

/// `[rows in, channels in]`: what a gradient of the result (`[rows out, channels out]`) means for what went in.
pub fn backward(grad: &[f32], weight: &Numbers<'_>, geometry: &Geometry) -> Vec<f32> {
    let ([input, output], rows) = (geometry.channels, geometry.input_rows());
    let (width, block) = (2 * lanes(), columns());
    let padded_width = output.next_multiple_of(width);
    let padded;
    let grad = if padded_width == output {
        grad
    } else {
        padded = pad_rows(grad, output, padded_width);
        &padded
    };
    let mut out = vec![0.0; rows * input];
    let by_rows = rows_per_task(rows);
    let blocks = input.div_ceil(block);
    if rows * output >= weight.len() || by_rows * rayon::current_num_threads() * 2 < rows {
        out.par_chunks_mut(by_rows * input).enumerate().for_each(|(task, out)| {
            let count = out.len() / input;
            let targets = Sources::of(geometry, task * by_rows, count, Geometry::target);
            let (mut slab, mut strip) = (Vec::new(), vec![0.0; count * block]);
            for index in 0..blocks {
                dots(grad, weight, geometry, &targets, index, &mut slab, &mut strip);
                place(&strip, out, input, index * block, block);
            }
        });
    } else {
        let targets = Sources::of(geometry, 0, rows, Geometry::target);
        let mut strips = vec![0.0; blocks * rows * block];
        strips.par_chunks_mut(rows * block).enumerate().for_each_init(Vec::new, |slab, (index, strip)| {
            dots(grad, weight, geometry, &targets, index, slab, strip);
        });
        let by_rows = rows.div_ceil(rayon::current_num_threads());
        out.par_chunks_mut(by_rows * input).enumerate().for_each(|(task, out)| {
            for (index, strip) in strips.chunks_exact(rows * block).enumerate() {
                place(&strip[task * by_rows * block..], out, input, index * block, block);
            }
        });
    }
    out
}

/// Puts `[rows, block]` into the columns from `column` of `[rows, width]`.
fn place(strip: &[f32], out: &mut [f32], width: usize, column: usize, block: usize) {
    let block_here = block.min(width - column);
    for (out, strip) in out.chunks_exact_mut(width).zip(strip.chunks_exact(block)) {
        out[column..column + block_here].copy_from_slice(&strip[..block_here]);
    }
}

/// The gradients of one block of input channels.
fn dots(
    grad: &[f32],
    weight: &Numbers<'_>,
    geometry: &Geometry,
    targets: &Sources,
    index: usize,
    slab: &mut Vec<f32>,
    out: &mut [f32],
) {
    let ([input, output], width, block) = (geometry.channels, 2 * lanes(), columns());
    let (panels, depth) = (output.div_ceil(width), geometry.taps() * input);
    let here = block.min(input - index * block);
    slab.clear();
    for tap in 0..geometry.taps() {
        for panel in 0..panels {
            let from = (panel * depth + tap * input + index * block) * width;
            weight.append(from, here * width, slab);
            slab.resize(slab.len() + (block - here) * width, 0.0);
        }
    }
    let nothing = vec![0.0; panels * width];
    let row = |i: usize, tap: usize| match targets.tap(tap)[i] {
        OUTSIDE => &nothing[..],
        target => &grad[target * panels * width..][..panels * width],
    };
    let (rows, parts) = (targets.count, geometry.taps());
    pulp::Arch::new().dispatch(Dots { row, rows, parts, slab, panels, out });
}

fn pad_rows(values: &[f32], from: usize, to: usize) -> Vec<f32> {
    let mut padded = vec![0.0; values.len() / from * to];
    for (to, from) in padded.chunks_exact_mut(to).zip(values.chunks_exact(from)) {
        to[..from.len()].copy_from_slice(from);
    }
    padded
}

/// Rows of one task, so that all threads have some and none has too few.
fn rows_per_task(rows: usize) -> usize {
    rows.div_ceil(rayon::current_num_threads()).max(LEAST_ROWS).next_multiple_of(12)
}
