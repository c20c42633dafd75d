//! The sizes of the operations, worked out once where a layer is called, so that forward and backward passes on every
//! device agree about them. Pictures are `[batch, height, width, channels]` throughout.

use burn::tensor::Shape;

/// The sizes of a convolution with a square kernel. A linear layer is one with a kernel of one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Geometry {
    /// Batch, height and width that go in.
    pub input: [usize; 3],
    /// Height and width that come out.
    pub output: [usize; 2],
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Side of the kernel in pixels.
    pub kernel: usize,
    /// Pixels from one output to the next.
    pub stride: usize,
    /// Rows and columns of zeros above and left of the picture.
    pub padding: [usize; 2],
}

impl Geometry {
    /// A linear layer on `rows` rows.
    pub fn linear(rows: usize, channels: [usize; 2]) -> Self {
        let (input, output) = ([1, 1, rows], [1, rows]);
        Self { input, output, channels, kernel: 1, stride: 1, padding: [0; 2] }
    }

    /// Pixels that come out, of the whole batch.
    pub fn output_rows(&self) -> usize {
        self.input[0] * self.output[0] * self.output[1]
    }

    /// Pixels that go in, of the whole batch.
    pub fn input_rows(&self) -> usize {
        self.input.iter().product()
    }

    /// Places of the kernel.
    pub fn taps(&self) -> usize {
        self.kernel * self.kernel
    }

    /// Whether it is a product of matrices: each output pixel depends on the input pixel in its place alone.
    pub fn is_product(&self) -> bool {
        self.kernel == 1 && self.stride == 1 && self.padding == [0; 2]
    }

    /// Whether each output pixel depends on nine neighbours and the next on those beside them, with no more zeros around
    /// the picture than the kernel reaches.
    pub fn is_of_nine(&self) -> bool {
        self.kernel == 3 && self.stride == 1 && self.padding.iter().all(|zeros| *zeros <= 2)
    }

    /// The input pixel that output pixel `row` reads at `tap`; nothing outside the picture.
    pub fn source(&self, row: usize, tap: usize) -> Option<usize> {
        let [batch, height, width] = self.input;
        let [out_height, out_width] = self.output;
        let (x, y, picture) = (row % out_width, row / out_width % out_height, row / (out_width * out_height));
        let [top, left] = self.padding;
        let y = (y * self.stride + tap / self.kernel).checked_sub(top).filter(|y| *y < height)?;
        let x = (x * self.stride + tap % self.kernel).checked_sub(left).filter(|x| *x < width)?;
        debug_assert!(picture < batch);
        Some((picture * height + y) * width + x)
    }

    /// The output pixel that reads input pixel `row` at `tap`; nothing where none does.
    pub fn target(&self, row: usize, tap: usize) -> Option<usize> {
        let [_, height, width] = self.input;
        let [out_height, out_width] = self.output;
        let (x, y, picture) = (row % width, row / width % height, row / (width * height));
        let [top, left] = self.padding;
        let back = |at: usize, padding: usize, tap: usize, length: usize| {
            let from = (at + padding).checked_sub(tap)?;
            (from % self.stride == 0 && from / self.stride < length).then_some(from / self.stride)
        };
        let y = back(y, top, tap / self.kernel, out_height)?;
        let x = back(x, left, tap % self.kernel, out_width)?;
        Some((picture * out_height + y) * out_width + x)
    }

    /// Shape of the result, `[batch, height, width, channels]`.
    pub(crate) fn output_shape(&self) -> Shape {
        Shape::from([self.input[0], self.output[0], self.output[1], self.channels[1]])
    }

    /// Shape of what goes in, `[batch, height, width, channels]`.
    pub(crate) fn input_shape(&self) -> Shape {
        let [batch, height, width] = self.input;
        Shape::from([batch, height, width, self.channels[0]])
    }
}

/// A picture twice as high and wide, or less by one pixel each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubling {
    /// Batch, height and width that go in.
    pub input: [usize; 3],
    /// Height and width that come out.
    pub output: [usize; 2],
    /// Channels.
    pub channels: usize,
}

impl Doubling {
    pub(crate) fn output_shape(&self) -> Shape {
        Shape::from([self.input[0], self.output[0], self.output[1], self.channels])
    }

    pub(crate) fn input_shape(&self) -> Shape {
        let [batch, height, width] = self.input;
        Shape::from([batch, height, width, self.channels])
    }
}

/// A group norm, with the SiLU behind it where there is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Norm {
    /// Groups that the channels are divided into.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f32,
    /// Whether SiLU follows.
    pub silu: bool,
}

/// Attention over heads that lie beside each other in the last axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heads {
    /// How many; divides the width.
    pub count: usize,
    /// Whether a token sees only itself and those before it.
    pub causal: bool,
}

/// The sizes of one attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attention {
    /// Rows of the batch.
    pub batch: usize,
    /// Queries and keys of each.
    pub tokens: [usize; 2],
    /// Width of all heads together.
    pub width: usize,
    /// Heads.
    pub heads: Heads,
}

impl Attention {
    /// Of a query and a key of these shapes, `[batch, tokens, width]`.
    pub(crate) fn of(query: &[usize], key: &[usize], heads: Heads) -> Self {
        Self { batch: query[0], tokens: [query[1], key[1]], width: query[2], heads }
    }

    /// Width of a head.
    pub(crate) fn head(&self) -> usize {
        self.width / self.heads.count
    }

    /// What scores are multiplied by.
    pub(crate) fn scale(&self) -> f32 {
        1.0 / (self.head() as f32).sqrt()
    }
}

/// Functions of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `x * sigmoid(x)`.
    Silu,
    /// `x / 2 * (1 + erf(x / sqrt(2)))`.
    Gelu,
    /// `x * sigmoid(1.702 x)`: OpenAI's approximation of GELU, which the first CLIP models were trained with.
    QuickGelu,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_targets_mirror_each_other() {
        for (stride, padding, output) in
            [(1, [1, 1], [5, 3]), (2, [1, 1], [3, 2]), (2, [0, 0], [2, 1]), (2, [0, 0], [3, 2])]
        {
            let geometry =
                Geometry { input: [2, 5, 3], output, channels: [1, 1], kernel: 3, stride, padding };
            for tap in 0..9 {
                for row in 0..geometry.output_rows() {
                    if let Some(source) = geometry.source(row, tap) {
                        assert_eq!(geometry.target(source, tap), Some(row));
                    }
                }
                for row in 0..geometry.input_rows() {
                    if let Some(target) = geometry.target(row, tap) {
                        assert_eq!(geometry.source(target, tap), Some(row));
                    }
                }
            }
        }
    }
}
