//! What learning and drawing take of a device's memory, reckoned from a model's configuration before anything is loaded, and what
//! follows from it: whether to go through the U-Net one segment at a time, whether the autoencoder may stay, and how many
//! pictures are drawn together.
//!
//! Plain arithmetic: weights in their precision, what the graph keeps, and a bound for what the operations use on the
//! way. It asks no device, and knows nothing of what a driver and other programs take. The length is that of what there is
//! to reckon: learning, tuning, fitting, drawing.

mod networks;
mod unet;

use serde::Serialize;

use crate::config::{UNetConfig, VaeConfig};
use project::{LearnSettings, LowMemory, NumberFormat, Precision, WeightFormat};

pub use networks::TextSizes;

/// Latent pixels in one pass whatever the settings say: one image of 512 pixels, which fits wherever the model does.
/// Micro-batches of smaller images are joined into one pass, because many small ones leave a device idle.
pub const MIN_PASS_LATENTS: usize = 64 * 64;
/// The part of a device's memory that may be reckoned with: drivers, the window and other programs need some too.
const USABLE: f64 = 0.9;
/// A card's largest convolution is laid out in at most so many bytes before it is multiplied.
const CARD_SCRATCH: u64 = 128 << 20;
/// What the threads of a processor use beside the tensors.
const PROCESSOR_SCRATCH: u64 = 48 << 20;
/// The program itself on a processor, as it was seen in a published build: some 50 MB of its own code and tables that a run
/// comes to use, and some 35 of what is there before a model is opened: threads, texts, the search for cards.
const PROGRAM: u64 = 84 << 20;
/// Tensors of the largest size that exist at the same time while an operation goes back: what goes in, comes out, and
/// the gradient.
const AT_ONCE: usize = 3;
/// Most pictures that are drawn together where nobody says how many: more gain little, and the first is seen later.
const TOGETHER: usize = 4;
/// Rows of a picture that is drawn with guidance.
const GUIDED: usize = 2;
/// Bytes of a number that is learned.
const LEARNED: u64 = 4;

/// Sizes of a model's networks.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSizes {
    /// The U-Net.
    pub unet: UNetConfig,
    /// The autoencoder.
    pub vae: VaeConfig,
    /// The text encoders.
    pub text: Vec<TextSizes>,
    /// Whether its files have U-Net and text encoders in 16 bits, which is how processors keep what is exact in them.
    pub halves: bool,
}

/// The memory that a device computes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceMemory {
    /// Bytes that can be had, if that is known.
    pub there: Option<u64>,
    /// Whether a graphics card computes, so that what the program holds besides does not count.
    pub card: bool,
    /// Whether it is a card's own, so that what the processor holds is elsewhere.
    pub own: bool,
}

impl DeviceMemory {
    /// Whether so many bytes fit, if that can be said.
    pub fn fits(&self, bytes: u64) -> Option<bool> {
        self.there.map(|there| bytes as f64 <= USABLE * there as f64)
    }
}

/// One pass of learning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Height and width of the latents.
    pub latent: [usize; 2],
    /// Pictures in it.
    pub rows: usize,
    /// The numbers of the networks.
    pub numbers: NumberFormat,
    /// Whether a graphics card computes, so that what the processor holds does not count.
    pub card: bool,
    /// Whether the graph holds one segment of the U-Net at a time.
    pub low_memory: bool,
    /// Whether the text encoders compute on the processor, beside the card.
    pub text_apart: bool,
}

/// An amount of memory, part by part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// What each part is called, and its bytes.
    pub parts: Vec<(&'static str, u64)>,
}

/// How to learn on a device with so much memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Whether to go through the U-Net one segment at a time.
    pub low_memory: bool,
    /// Whether the text encoders compute on the processor.
    pub text_apart: bool,
    /// Whether the autoencoder may stay on the device between the pictures that it draws.
    pub keeps_autoencoder: bool,
    /// What a step takes, done that way, and what stays beside the steps: the autoencoder, and the CLIP that judges.
    pub estimate: Estimate,
}

impl Plan {
    /// The same with what it takes to open the largest picture: no way to learn spares it, and none of it is on a card. The
    /// steps come later, but what the autoencoder works with comes in between, and no step counts that.
    #[must_use]
    pub fn with_opening(mut self, bytes: u64, memory: DeviceMemory) -> Self {
        if bytes > 0 && !memory.card {
            self.estimate.parts.push(("opening the largest picture", bytes));
        }
        self
    }
}

impl Estimate {
    /// Bytes of all parts together.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().fold(0, |all, (_, bytes)| all.saturating_add(*bytes))
    }
}

/// How many groups of a step are one pass, where one picture has so many latent pixels.
pub fn groups_in_pass(settings: &LearnSettings, pixels: usize) -> usize {
    let group = pixels.max(1) * settings.batch_size.max(1) * settings.refine.rows_of_picture();
    (MIN_PASS_LATENTS / group).clamp(1, settings.gradient_accumulation.max(1))
}

/// Bytes of a number.
fn width(precision: Precision) -> u64 {
    match precision {
        Precision::F32 | Precision::Auto => 4,
        Precision::F16 | Precision::Bf16 => 2,
    }
}

impl ModelSizes {
    /// What one learning step takes.
    pub fn learning(&self, pass: &Pass) -> Estimate {
        let bytes = |numbers: usize| (numbers as u64).saturating_mul(width(pass.numbers.precision));
        let each = |numbers: usize| bytes(numbers).saturating_mul(pass.rows as u64);
        let tokens = self.text.iter().map(|text| text.positions).max().unwrap_or(0);
        let timed = self.unet.added_widths().is_some();
        let segments = self.unet.sizes(pass.latent, tokens);
        let first = segments.iter().position(|size| self.unet.reads_text(size.segment, timed));
        let reached = &segments[first.unwrap_or(0)..];

        let of_text = |numbers: fn(&TextSizes) -> usize| self.text.iter().map(numbers).sum::<usize>();
        let coded = pass.numbers.weights == WeightFormat::EightBit;
        let named = if coded { "U-Net in 8 bits" } else { "U-Net" };
        let mut parts = vec![(named, self.kept_of_unet(pass.numbers, pass.card))];
        if !pass.text_apart {
            let weights = of_text(TextSizes::weights);
            parts.push(("text encoders", self.kept(weights, pass.numbers.precision, pass.card)));
            parts.push(("kept of the text encoders", each(of_text(TextSizes::kept))));
        }
        if !pass.card {
            parts.push(("token tables", bytes(of_text(TextSizes::table))));
            parts.push(("the program", PROGRAM));
        }
        if pass.low_memory {
            let handed_on: usize = segments.iter().map(|size| size.output).sum();
            let largest = reached.iter().map(|size| size.kept).max().unwrap_or(0);
            parts.push(("kept between the segments", each(handed_on)));
            parts.push(("kept of the largest segment", each(largest)));
        } else {
            let kept: usize = reached.iter().map(|size| size.kept).sum();
            parts.push(("kept of the U-Net", each(kept)));
        }
        let largest = segments.iter().map(|size| size.largest).max().unwrap_or(0);
        // A card decodes a weight as a whole, which is no larger than a convolution laid out.
        let scratch = match pass.card {
            true if coded => 2 * CARD_SCRATCH,
            true => CARD_SCRATCH,
            false => PROCESSOR_SCRATCH,
        };
        parts.push(("at work", each(AT_ONCE * largest) + scratch));
        Estimate { parts }
    }

    /// What a tuning step takes that learns every number of the U-Net, done one segment at a time: on the device, and with
    /// the processor, where both may be the same memory.
    pub fn tuning_whole(&self, pass: &Pass) -> [Estimate; 2] {
        let numbers = self.unet_weights() as u64;
        let mut device = self.learning(&Pass { low_memory: true, ..*pass });
        // Plain operations keep what goes in and what comes out.
        let kept =
            device.parts.iter().filter(|(part, _)| part.starts_with("kept")).map(|(_, bytes)| bytes).sum();
        device.parts.push(("kept by plain operations", kept));
        device.parts.push(("what is learned, and its gradient", numbers.saturating_mul(2 * LEARNED)));
        let host = vec![
            ("what is learned, its gradient and its moments", numbers.saturating_mul(4 * LEARNED)),
            // Two tables more of the first, and all four as they are written.
            ("a checkpoint while it is written", numbers.saturating_mul(12 * LEARNED)),
        ];
        [device, Estimate { parts: host }]
    }

    /// What a step takes that fits the last `blocks` of the autoencoder's decoder to a picture of `size` (width, height) in
    /// pixels, with the other networks of these numbers beside it: on the device, and with the processor, where both may be
    /// the same memory.
    pub fn fitting_decoder(
        &self,
        size: [usize; 2],
        blocks: usize,
        memory: DeviceMemory,
        numbers: NumberFormat,
    ) -> [Estimate; 2] {
        let learned = self.decoder_weights(blocks) as u64 * LEARNED;
        let kept = self.kept_of_decoder(size[0] * size[1], blocks) as u64 * width(Precision::F32);
        let mut device = self.autoencoder(size, None, Precision::F32);
        device.parts.extend([
            ("the other networks", self.networks(memory, numbers)),
            ("kept by plain operations", kept),
            ("what is learned, and its gradient", 2 * learned),
            if memory.card {
                ("at work", CARD_SCRATCH)
            } else {
                ("the program", PROGRAM + PROCESSOR_SCRATCH)
            },
        ]);
        // As it is and as it was, the gradient and two moments.
        let host = vec![("what is learned, its gradient and its moments", 5 * learned)];
        [device, Estimate { parts: host }]
    }

    /// Bytes of the text encoders that are on the device, and of the U-Net.
    fn networks(&self, memory: DeviceMemory, numbers: NumberFormat) -> u64 {
        let apart = self.text_apart(memory, numbers);
        let text: usize = self.text.iter().filter(|_| !apart).map(TextSizes::weights).sum();
        self.kept_of_unet(numbers, memory.card) + self.kept(text, numbers.precision, memory.card)
    }

    /// What drawing or encoding a picture of so many pixels takes beside the text encoders and the U-Net, by the
    /// autoencoder; the others are in this precision, and so is it, but in 32 bits for f16 and for Stable Diffusion XL.
    /// Larger ones than `tile` are decoded in tiles of that side.
    pub fn autoencoder(&self, size: [usize; 2], tile: Option<usize>, precision: Precision) -> Estimate {
        let overflows = precision == Precision::F16 || self.unet.added_widths().is_some();
        let precision = if overflows { Precision::F32 } else { precision };
        let side = |side: usize| tile.map_or(side, |tile| side.min(tile));
        let widths = &self.vae.block_out_channels;
        // The last block of the way up is given the width of the one below at full size.
        let largest = widths[1.min(widths.len() - 1)] * side(size[0]) * side(size[1]);
        let bytes = |numbers: usize| numbers as u64 * width(precision);
        let parts =
            vec![("autoencoder", bytes(self.vae_weights())), ("its pictures", bytes(AT_ONCE * largest))];
        Estimate { parts }
    }

    /// Whether a picture of `size` (width, height) in pixels can be decoded at once, with the other networks of these
    /// numbers beside it; nothing where that cannot be said.
    pub fn picture_fits(&self, size: [u32; 2], memory: DeviceMemory, numbers: NumberFormat) -> Option<bool> {
        let picture = self.autoencoder(size.map(|side| side as usize), None, numbers.precision);
        memory.fits(self.networks(memory, numbers) + picture.bytes())
    }

    /// What drawing so many guided pictures of `size` (width, height) in pixels together takes: all networks, what one part
    /// of the U-Net hands on to others, and what is at work, in which one picture is decoded afterwards.
    pub fn drawing(
        &self,
        size: [u32; 2],
        pictures: usize,
        memory: DeviceMemory,
        numbers: NumberFormat,
    ) -> Estimate {
        let [across, down] = size.map(|side| side as usize / self.vae.downsampling());
        let tokens = self.text.iter().map(|text| text.positions).max().unwrap_or(0);
        let segments = self.unet.sizes([down, across], tokens);
        let rows = (GUIDED * pictures) as u64;
        let each = |numbers_of: usize| (numbers_of as u64).saturating_mul(rows * width(numbers.precision));
        let handed_on: usize = segments.iter().map(|size| size.output).sum();
        let largest = segments.iter().map(|size| size.largest).max().unwrap_or(0);
        let scratch = if memory.card { 2 * CARD_SCRATCH } else { PROCESSOR_SCRATCH };
        let picture = self.autoencoder(size.map(|side| side as usize), None, numbers.precision);
        let mut parts = vec![
            ("networks", self.networks(memory, numbers)),
            ("handed on", each(handed_on)),
            ("at work", each(AT_ONCE * largest) + scratch),
        ];
        parts.extend(picture.parts);
        Estimate { parts }
    }

    /// How many pictures of `size` (width, height) in pixels are drawn together where nobody says how many: on a card as
    /// many as surely fit, up to four. A processor is busy with one.
    pub fn drawn_together(&self, size: [u32; 2], memory: DeviceMemory, numbers: NumberFormat) -> usize {
        let fits = |pictures: &usize| {
            memory.fits(self.drawing(size, *pictures, memory, numbers).bytes()) == Some(true)
        };
        (2..=TOGETHER).rev().find(|pictures| memory.card && fits(pictures)).unwrap_or(1)
    }

    /// Whether the text encoders have to leave a card to the U-Net: where not even one picture of the model's own size
    /// can be learned otherwise. They take part in every step, so they compute on the processor then.
    pub fn text_apart(&self, memory: DeviceMemory, numbers: NumberFormat) -> bool {
        let latent = [self.unet.side(); 2];
        let pass = Pass { latent, rows: 1, numbers, card: true, low_memory: true, text_apart: false };
        memory.own && memory.fits(self.learning(&pass).bytes()) == Some(false)
    }

    /// How to learn with these settings on a device with such memory, beside a CLIP of so many numbers that judges; 0 for
    /// none.
    pub fn plan(&self, settings: &LearnSettings, memory: DeviceMemory, judge: usize) -> Plan {
        let step = self.vae.downsampling();
        // Nearly every card has f16; the engine asks its own.
        let numbers = settings.numbers().resolve(|_| memory.card);
        let side = settings.resolution.map_or(self.unet.side(), |side| side as usize / step);
        let rows_at = |side: usize| {
            settings.refine.rows_of_picture() * settings.batch_size * groups_in_pass(settings, side * side)
        };
        // Small pictures at first may be more in a pass, and so take more than the large ones.
        let first = settings.refine.first_resolution.map(|first| first as usize / step);
        let text_apart = self.text_apart(memory, numbers);
        let of = |low_memory| {
            let card = memory.card;
            let pass = |side: usize| {
                let (latent, rows) = ([side; 2], rows_at(side));
                self.learning(&Pass { latent, rows, numbers, card, low_memory, text_apart })
            };
            let all = pass(side);
            let mut all = first.map(pass).filter(|first| first.bytes() > all.bytes()).unwrap_or(all);
            // It is there from the first step to the last, in full whatever the model's numbers are.
            if judge > 0 {
                all.parts.push(("the judging CLIP", judge as u64 * width(Precision::F32)));
            }
            all
        };
        let plain = of(false);
        let low_memory = match settings.low_memory {
            // Only what is computed by itself can be computed elsewhere.
            _ if text_apart => true,
            LowMemory::On => true,
            LowMemory::Off => false,
            LowMemory::Auto => memory.fits(plain.bytes()) == Some(false),
        };
        let mut estimate = if low_memory { of(true) } else { plain };
        let autoencoder = self.autoencoder([side * step; 2], None, numbers.precision);
        let together = estimate.bytes() + autoencoder.bytes();
        let keeps_autoencoder = !low_memory && memory.fits(together) == Some(true);
        if keeps_autoencoder {
            // Its numbers, which come first. Its pictures come and go between the steps.
            estimate.parts.extend(autoencoder.parts.into_iter().next());
        }
        Plan { low_memory, text_apart, keeps_autoencoder, estimate }
    }
}

#[cfg(test)]
mod tests;
