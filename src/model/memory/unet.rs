//! What each segment of a U-Net holds, counted from its configuration: weights, what its graph keeps for the gradient,
//! what it hands on.
//!
//! Counts are numbers, not bytes, and for one row of a batch; `kept` counts what the operations of `kernels` keep:
//! convolutions and linear layers nothing, norms and activations their input, attention its query, key and value.

use crate::config::{SIZES, UNetConfig};
use crate::unet::Segment;

/// Counts of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentSize {
    pub segment: Segment,
    pub weights: usize,
    /// Kept by its graph until the gradient is there.
    pub kept: usize,
    /// Its largest single tensor.
    pub largest: usize,
    /// Handed to the next segment.
    pub output: usize,
    /// Height and width of what it hands on.
    side: [usize; 2],
    channels: usize,
}

impl SegmentSize {
    fn pixels(&self) -> usize {
        self.side[0] * self.side[1]
    }

    fn handing_on(mut self) -> Self {
        self.output = self.channels * self.pixels();
        self.largest = self.largest.max(self.output);
        self
    }
}

pub(super) fn conv(input: usize, output: usize) -> usize {
    9 * input * output + output
}

pub(super) fn linear(input: usize, output: usize) -> usize {
    input * output + output
}

/// Weights of a residual block; `time` is the width of the time embedding, or 0.
pub(super) fn resnet(input: usize, output: usize, time: usize) -> usize {
    let shortcut = if input == output { 0 } else { linear(input, output) };
    let shift = if time == 0 { 0 } else { linear(time, output) };
    2 * input + conv(input, output) + shift + 2 * output + conv(output, output) + shortcut
}

impl UNetConfig {
    /// Whether a segment's result depends on the text by itself: through attention, or, where the time does (`timed`),
    /// through its residual blocks.
    pub fn reads_text(&self, segment: Segment, timed: bool) -> bool {
        match segment {
            Segment::DownLayer { block, .. } => {
                timed || self.down_block_types[block] == "CrossAttnDownBlock2D"
            }
            Segment::UpLayer { block, .. } => timed || self.up_block_types[block] == "CrossAttnUpBlock2D",
            Segment::Mid => true,
            Segment::ConvIn | Segment::Downsample { .. } | Segment::Upsample { .. } | Segment::ConvOut => {
                false
            }
        }
    }

    /// Numbers in the whole network.
    pub fn weights(&self) -> usize {
        self.sizes([1, 1], 1).iter().map(|size| size.weights).sum::<usize>() + self.time_weights()
    }

    /// Weights outside of the segments: of the time embedding, and of that of the sizes.
    pub(super) fn time_weights(&self) -> usize {
        let width = self.time_embed_dim();
        let network = |input| linear(input, width) + linear(width, width);
        let added = self.added_widths().map_or(0, |[pooled, size]| network(pooled + SIZES * size));
        network(self.block_out_channels[0]) + added
    }

    /// All segments, in their order, for latents of `side` and texts of `tokens`.
    pub(super) fn sizes(&self, side: [usize; 2], tokens: usize) -> Vec<SegmentSize> {
        let widths = &self.block_out_channels;
        let (first, last) = (widths[0], widths.len() - 1);
        let mut list: Vec<SegmentSize> = Vec::new();
        let mut residuals: Vec<SegmentSize> = Vec::new();
        let blank = |segment, side, channels| SegmentSize {
            segment,
            weights: 0,
            kept: 0,
            largest: 0,
            output: 0,
            side,
            channels,
        };
        let mut now = blank(Segment::ConvIn, side, first).handing_on();
        now.weights = conv(self.in_channels, first);
        list.push(now);
        residuals.push(now);
        for (block, &width) in widths.iter().enumerate() {
            let crossing = self.reads_text(Segment::DownLayer { block, layer: 0 }, false);
            for layer in 0..self.layers_per_block.get(block) {
                let input = now.channels;
                now = blank(Segment::DownLayer { block, layer }, now.side, width);
                self.add_resnet(&mut now, input);
                self.add_transformer(&mut now, block, tokens, crossing);
                now = now.handing_on();
                list.push(now);
                residuals.push(now);
            }
            if block < last {
                now = blank(Segment::Downsample { block }, now.side.map(|side| side.div_ceil(2)), width)
                    .handing_on();
                now.weights = conv(width, width);
                list.push(now);
                residuals.push(now);
            }
        }
        now = blank(Segment::Mid, now.side, widths[last]);
        self.add_resnet(&mut now, widths[last]);
        self.add_transformer(&mut now, last, tokens, true);
        self.add_resnet(&mut now, widths[last]);
        now = now.handing_on();
        list.push(now);
        for block in 0..=last {
            let mirrored = last - block;
            let width = widths[mirrored];
            let crossing = self.reads_text(Segment::UpLayer { block, layer: 0 }, false);
            for layer in 0..=self.layers_per_block.get(mirrored) {
                let input = now.channels + residuals.pop().map_or(0, |residual| residual.channels);
                now = blank(Segment::UpLayer { block, layer }, now.side, width);
                self.add_resnet(&mut now, input);
                self.add_transformer(&mut now, mirrored, tokens, crossing);
                now = now.handing_on();
                list.push(now);
            }
            if block < last {
                let side = residuals.last().map_or(now.side.map(|side| 2 * side), |residual| residual.side);
                now = blank(Segment::Upsample { block }, side, width).handing_on();
                now.weights = conv(width, width);
                list.push(now);
            }
        }
        let mut out = blank(Segment::ConvOut, now.side, self.out_channels).handing_on();
        out.weights = 2 * first + conv(first, self.out_channels);
        out.kept = now.output;
        out.largest = now.output;
        list.push(out);
        list
    }

    /// A residual block: both norms keep their input, the first of them the result of joining as well.
    fn add_resnet(&self, size: &mut SegmentSize, input: usize) {
        let pixels = size.pixels();
        size.weights += resnet(input, size.channels, self.time_embed_dim());
        size.kept += (input + size.channels) * pixels;
        size.largest = size.largest.max(input.max(size.channels) * pixels);
    }

    /// A transformer: the group norm's input, and in each block three norms' inputs, query, key and value of attention
    /// to itself, the query of that to the text with key and value of the text, and the input of the GEGLU.
    fn add_transformer(&self, size: &mut SegmentSize, block: usize, tokens: usize, crossing: bool) {
        if !crossing {
            return;
        }
        let (width, pixels, context) = (size.channels, size.pixels(), self.cross_attention_dim);
        let depth = self.transformer_layers_per_block.get(block);
        let attention = |context: usize| 2 * width * width + 2 * context * width + width;
        let inner = linear(width, 8 * width) + linear(4 * width, width);
        size.weights += 2 * width + 2 * linear(width, width);
        size.weights += depth * (6 * width + attention(width) + attention(context) + inner);
        size.kept += width * pixels + depth * width * (15 * pixels + 2 * tokens);
        size.largest = size.largest.max(8 * width * pixels);
    }
}
