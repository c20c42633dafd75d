//! The sizes of the operations, worked out once where a layer is called, so that forward and backward passes on every
//! device agree about them. Pictures are `[batch, height, width, channels]` throughout.

use burn::tensor::Shape;

/// How long the rows of a tensor of this shape are.
pub(crate) fn width(shape: &[usize]) -> usize {
    shape[shape.len() - 1]
}

/// The same shape with rows of another length.
pub(crate) fn of_width(mut shape: Shape, width: usize) -> Shape {
    let last = shape.num_dims() - 1;
    shape[last] = width;
    shape
}

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

    /// What the shapes of input and output do not say, in one number.
    pub(crate) fn code(&self) -> u64 {
        let [top, left] = self.padding;
        [self.kernel, self.stride, top, left].into_iter().rev().fold(0, |code, side| code << 16 | side as u64)
    }

    /// From [`code`](Self::code) and the shapes, `[batch, height, width, channels]`, of what goes in and comes out.
    pub(crate) fn decode(code: u64, input: &[usize], output: &[usize]) -> Self {
        let part = |nth: u32| (code >> (16 * nth) & 0xffff) as usize;
        Self {
            input: [input[0], input[1], input[2]],
            output: [output[1], output[2]],
            channels: [input[3], output[3]],
            kernel: part(0),
            stride: part(1),
            padding: [part(2), part(3)],
        }
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
    /// From the shapes, `[batch, height, width, channels]`, of what goes in and comes out.
    pub(crate) fn of(input: &[usize], output: &[usize]) -> Self {
        Self { input: [input[0], input[1], input[2]], output: [output[1], output[2]], channels: input[3] }
    }

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

impl Norm {
    /// All of it in one number.
    pub(crate) fn code(&self) -> u64 {
        u64::from(self.epsilon.to_bits()) << 32 | (self.groups as u64) << 1 | u64::from(self.silu)
    }

    /// From [`code`](Self::code).
    pub(crate) fn decode(code: u64) -> Self {
        let groups = (code >> 1 & 0x7fff_ffff) as usize;
        Self { groups, epsilon: f32::from_bits((code >> 32) as u32), silu: code & 1 == 1 }
    }
}

/// Attention over heads that lie beside each other in the last axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heads {
    /// How many; divides the width.
    pub count: usize,
    /// Whether a token sees only itself and those before it.
    pub causal: bool,
}

impl Heads {
    /// Both in one number.
    pub(crate) fn code(&self) -> u64 {
        (self.count as u64) << 1 | u64::from(self.causal)
    }

    /// From [`code`](Self::code).
    pub(crate) fn decode(code: u64) -> Self {
        Self { count: (code >> 1) as usize, causal: code & 1 == 1 }
    }
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

impl Activation {
    const ALL: [Self; 3] = [Self::Silu, Self::Gelu, Self::QuickGelu];

    /// Which it is.
    pub(crate) fn code(self) -> u64 {
        self as u64
    }

    /// From [`code`](Self::code), if there is such a one.
    pub(crate) fn decode(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|activation| activation.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_one_number_comes_back() {
        let geometry = Geometry {
            input: [2, 9, 7],
            output: [4, 3],
            channels: [5, 6],
            kernel: 3,
            stride: 2,
            padding: [1, 0],
        };
        assert_eq!(Geometry::decode(geometry.code(), &[2, 9, 7, 5], &[2, 4, 3, 6]), geometry);
        let norm = Norm { groups: 32, epsilon: 1e-6, silu: true };
        assert_eq!(Norm::decode(norm.code()), norm);
        let heads = Heads { count: 12, causal: true };
        assert_eq!(Heads::decode(heads.code()), heads);
        for activation in Activation::ALL {
            assert_eq!(Activation::decode(activation.code()), Some(activation));
        }
        assert_eq!(Activation::decode(3), None);
    }

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
