//! Convolutions and linear layers on the processor: products that find their operands where they lie.
//!
//! Pictures are rows of channels, so each place of the kernel is a product of rows with a slice of the weight, and no
//! picture is ever copied into columns. The backward pass is the same with the slice turned round. How work is divided
//! among threads is chosen elsewhere.

use std::borrow::Cow;

use rayon::prelude::*;

use super::numbers::Numbers;
use super::product::{Product, lanes};
use super::turn::turn;
use super::winograd;
use crate::geometry::Geometry;
use crate::strategy::{ALONE, Way};

/// Where nothing lies: outside the picture.
const OUTSIDE: usize = usize::MAX;

/// Rows that a thread computes at least: less is not worth sharing.
const LEAST_ROWS: usize = 48;

/// Rows that lie this many numbers apart, or a multiple of it, share a few places of a core's nearest cache (4096 bytes in
/// most) and drive each other out of it, as many of them as are read beside each other.
const ALIKE: usize = 1024;
/// What keeps them from that: a line of that cache, in numbers.
const LINE: usize = 16;

/// How far rows of this length should lie apart.
fn apart(depth: usize) -> usize {
    if depth.is_multiple_of(ALIKE) { depth + LINE } else { depth }
}

/// Rows of this length as far apart as they should be.
fn spread(x: &[f32], depth: usize) -> Cow<'_, [f32]> {
    let apart = apart(depth);
    if apart == depth {
        return x.into();
    }
    let mut out = vec![0.0; x.len() / depth * apart];
    let rows = out.par_chunks_mut(apart).with_min_len((ALONE / 16).div_ceil(depth));
    rows.zip(x.par_chunks(depth)).for_each(|(to, from)| to[..depth].copy_from_slice(from));
    out.into()
}

/// Rows that keep all threads busy.
pub fn least_rows() -> usize {
    2 * LEAST_ROWS * rayon::current_num_threads()
}

/// `[rows out, channels out]`: the convolution of `x` (`[rows in, channels in]`), on top of `bias` (`[1 or batch,
/// channels out]`) and of `residual`.
pub fn forward(
    x: &[f32],
    weight: &Numbers<'_>,
    bias: &[f32],
    residual: Option<&[f32]>,
    geometry: &Geometry,
    way: Way,
) -> Vec<f32> {
    let ([input, output], rows, width) = (geometry.channels, geometry.output_rows(), 2 * lanes());
    let depth = geometry.taps() * input;
    let pass = Pass {
        x: &spread(x, input),
        depth: input,
        columns: output,
        rows,
        taps: geometry.taps(),
        way,
        source: |row, tap| geometry.source(row, tap),
    };
    let part = |panel: usize, tap: usize, room: &'_ mut Vec<f32>| {
        room.resize(input * width, 0.0);
        weight.decode((panel * depth + tap * input) * width, room);
    };
    let borrowed = |panel: usize, tap: usize| match weight {
        Numbers::F32(values) => Some(&values[(panel * depth + tap * input) * width..][..input * width]),
        _ => None,
    };
    let start = |first: usize, out: &mut [f32]| {
        for (row, out) in out.chunks_exact_mut(output).enumerate() {
            let row = first + row;
            let bias = &bias[row * (bias.len() / output) / rows * output..][..output];
            match residual {
                Some(residual) => {
                    let residual = &residual[row * output..][..output];
                    out.iter_mut().zip(bias).zip(residual).for_each(|((out, b), r)| *out = b + r);
                }
                None => out.copy_from_slice(bias),
            }
        }
    };
    if way == Way::Winograd {
        let Geometry { input: [_, height, width], output, channels, padding, .. } = *geometry;
        let sizes = winograd::Sizes { input: [height, width], output, channels, padding };
        return winograd::run(x, sizes, part, start);
    }
    pass.run(borrowed, part, start)
}

/// `[rows in, channels in]`: what a gradient of the result (`[rows out, channels out]`) means for what went in.
pub fn backward(grad: &[f32], weight: &Numbers<'_>, geometry: &Geometry, way: Way) -> Vec<f32> {
    let ([input, output], width) = (geometry.channels, 2 * lanes());
    let depth = geometry.taps() * input;
    if way == Way::Turned {
        return backward_of_few(grad, weight, geometry);
    }
    let pass = Pass {
        x: &spread(grad, output),
        depth: output,
        columns: input,
        rows: geometry.input_rows(),
        taps: geometry.taps(),
        way,
        source: |row, tap| geometry.target(row, tap),
    };
    let turned = |panel: usize, tap: usize, room: &mut Vec<f32>| {
        let from = panel * width;
        let count = width.min(input - from);
        room.clear();
        room.resize(output * width, 0.0);
        let mut decoded = Vec::new();
        for (index, room) in room.chunks_mut(width * width).enumerate() {
            let start = (index * depth + tap * input + from) * width;
            let part = weight.part(start, count * width, &mut decoded);
            let outputs = room.len() / width;
            turn(|channel| &part[channel * width..][..outputs], count, room, width);
        }
    };
    if way == Way::Winograd {
        let Geometry { input: [_, height, width], output: from, padding, .. } = *geometry;
        // The gradient is a convolution with the kernel turned by half a circle.
        let sizes = winograd::Sizes {
            input: from,
            output: [height, width],
            channels: [output, input],
            padding: padding.map(|zeros| geometry.kernel - 1 - zeros),
        };
        let last = geometry.taps() - 1;
        return winograd::run(grad, sizes, |panel, tap, room| turned(panel, last - tap, room), |_, _| {});
    }
    pass.run(|_, _| None, turned, |_, _| {})
}

/// Channels that a task computes at most: of these, what is read and made stays in the nearest memory.
const CHANNELS: usize = 48;
/// And at least.
const LEAST_CHANNELS: usize = 12;

/// The same for few rows: the gradient is turned round, so that the weight is read once and as it lies.
fn backward_of_few(grad: &[f32], weight: &Numbers<'_>, geometry: &Geometry) -> Vec<f32> {
    let ([input, output], taps, rows) = (geometry.channels, geometry.taps(), geometry.input_rows());
    let (width, threads) = (2 * lanes(), rayon::current_num_threads());
    // Rows beside each other: what is beyond the last one is calculated in vain.
    let wide = if rows <= lanes() { lanes() } else { width };
    let (panels, blocks) = (output.div_ceil(width), rows.div_ceil(wide));
    // For each place and each block of rows, `[channels out, rows]`.
    let size = panels * width * wide;
    let (mut turned, nothing) = (vec![0.0; taps * blocks * size], vec![0.0; output]);
    let copied = (ALONE / 16).div_ceil(size);
    turned.par_chunks_mut(size).with_min_len(copied).enumerate().for_each(|(index, turned)| {
        let (tap, first) = (index / blocks, index % blocks * wide);
        let row = |lane: usize| match geometry.target(first + lane, tap) {
            Some(target) => &grad[target * output..][..output],
            None => &nothing[..],
        };
        turn(row, wide.min(rows - first), turned, wide);
    });
    // `[channels in, rows]`.
    let mut across = vec![0.0; input * blocks * wide];
    let tasks = input.div_ceil(CHANNELS).next_multiple_of(threads);
    let channels =
        if rows * weight.len() <= ALONE { input } else { input.div_ceil(tasks).max(LEAST_CHANNELS) };
    across.par_chunks_mut(channels * blocks * wide).enumerate().for_each(|(task, out)| {
        let (first, stride) = (task * channels, blocks * wide);
        let (count, mut room) = (out.len() / stride, Vec::new());
        for tap in 0..taps {
            let turned = &turned[tap * blocks * size..][..blocks * size];
            for panel in 0..panels {
                let from = (panel * taps * input + tap * input + first) * width;
                let part = weight.part(from, count * width, &mut room);
                for (block, turned) in turned.chunks_exact(size).enumerate() {
                    pulp::Arch::new().dispatch(Product {
                        row: |i: usize| &part[i * width..][..width],
                        rows: count,
                        step: 1,
                        panel: &turned[panel * width * wide..][..width * wide],
                        narrow: wide < width,
                        onto: true,
                        out: &mut out[block * wide..],
                        stride,
                    });
                }
            }
        }
    });
    let mut out = vec![0.0; rows * input];
    turn(|channel| &across[channel * blocks * wide..][..rows], input, &mut out, input);
    out
}

/// Products of the rows of `x` with panels, summed over the places of a kernel.
struct Pass<'a, F> {
    /// As [`spread`] has it.
    x: &'a [f32],
    /// Length of a row of `x`.
    depth: usize,
    /// Length of a row of the result.
    columns: usize,
    /// Rows of the result.
    rows: usize,
    taps: usize,
    way: Way,
    /// The row of `x` that a row of the result reads at a place.
    source: F,
}

impl<'a, F: Fn(usize, usize) -> Option<usize> + Sync> Pass<'a, F> {
    /// `borrowed` or `made` give the `[depth, panel width]` of a panel at a place; `start` fills rows of the result, from
    /// a first one on, with what the products are added to.
    fn run<'w>(
        &self,
        borrowed: impl Fn(usize, usize) -> Option<&'w [f32]> + Sync,
        made: impl Fn(usize, usize, &mut Vec<f32>) + Sync,
        start: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Vec<f32> {
        let (width, columns, rows) = (2 * lanes(), self.columns, self.rows);
        let (panels, threads) = (columns.div_ceil(width), rayon::current_num_threads());
        let mut out = vec![0.0; rows * columns];
        if self.way != Way::Panels {
            let shared = rows.div_ceil(threads).max(LEAST_ROWS).next_multiple_of(12);
            let by_rows = if self.way == Way::Alone { rows } else { shared };
            out.par_chunks_mut(by_rows * columns).enumerate().for_each(|(task, out)| {
                let first = task * by_rows;
                start(first, out);
                let sources = self.sources(first, out.len() / columns);
                let mut room = Vec::new();
                for panel in 0..panels {
                    self.add(
                        panel,
                        &sources,
                        &borrowed,
                        &made,
                        &mut out[panel * width..],
                        columns,
                        &mut room,
                    );
                }
            });
            return out;
        }
        let sources = self.sources(0, rows);
        let mut strips = vec![0.0; panels * rows * width];
        strips.par_chunks_mut(rows * width).enumerate().for_each_init(Vec::new, |room, (panel, strip)| {
            self.add(panel, &sources, &borrowed, &made, strip, width, room);
        });
        let by_rows = rows.div_ceil(threads);
        out.par_chunks_mut(by_rows * columns).enumerate().for_each(|(task, out)| {
            start(task * by_rows, out);
            for (row, out) in out.chunks_exact_mut(columns).enumerate() {
                for (panel, out) in out.chunks_mut(width).enumerate() {
                    let strip = &strips[(panel * rows + task * by_rows + row) * width..];
                    out.iter_mut().zip(strip).for_each(|(out, strip)| *out += strip);
                }
            }
        });
        out
    }

    /// `[taps, count]`: the rows that are read by those from `first` on, [`OUTSIDE`] where there is none.
    fn sources(&self, first: usize, count: usize) -> Vec<usize> {
        let of_tap = |tap| (first..first + count).map(move |row| (self.source)(row, tap).unwrap_or(OUTSIDE));
        (0..self.taps).flat_map(of_tap).collect()
    }

    /// Adds the products with one panel to `out`, whose rows are `stride` apart.
    fn add<'w>(
        &self,
        panel: usize,
        sources: &[usize],
        borrowed: &impl Fn(usize, usize) -> Option<&'w [f32]>,
        made: &impl Fn(usize, usize, &mut Vec<f32>),
        out: &mut [f32],
        stride: usize,
        room: &mut Vec<f32>,
    ) {
        let (width, rows) = (2 * lanes(), sources.len() / self.taps);
        let here = width.min(self.columns - panel * width);
        let (nothing, apart) = (vec![0.0; self.depth], apart(self.depth));
        // The last panel may be wider than what is left of a row.
        let mut narrow = if here < width && stride != width { vec![0.0; rows * width] } else { Vec::new() };
        for (tap, sources) in sources.chunks_exact(rows).enumerate() {
            if sources.iter().all(|source| *source == OUTSIDE) {
                continue;
            }
            let row = |i: usize| match sources[i] {
                OUTSIDE => &nothing[..],
                source => &self.x[source * apart..][..self.depth],
            };
            let part = match borrowed(panel, tap) {
                Some(part) => part,
                None => {
                    made(panel, tap, room);
                    &room[..]
                }
            };
            let (out, stride) =
                if narrow.is_empty() { (&mut *out, stride) } else { (&mut narrow[..], width) };
            pulp::Arch::new().dispatch(Product {
                row,
                rows,
                step: 1,
                panel: part,
                narrow: false,
                onto: true,
                out,
                stride,
            });
        }
        for (out, narrow) in out.chunks_mut(stride).zip(narrow.chunks_exact(width)) {
            out.iter_mut().zip(&narrow[..here]).for_each(|(out, narrow)| *out += narrow);
        }
    }
}
