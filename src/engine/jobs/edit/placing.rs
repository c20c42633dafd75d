//! How large a picture is drawn, and where in what is drawn it lies.
//!
//! A model draws whole multiples of some pixels, and a picture has the sides that it has. Pure arithmetic: nothing here knows a
//! mask's meaning or a model, and nothing stretches a picture.

use std::ops::RangeInclusive;

use image::RgbImage;

use project::picture::Region;

/// A picture this much larger than the model's, in pixels, is drawn in part.
pub(super) const LARGER: f64 = 1.5;
/// And one this much smaller is drawn larger.
const SMALLER: f64 = 0.75;
/// Longest side that is drawn, in pixels.
const LONGEST: u32 = 4096;

/// How many there are.
pub(super) fn pixels([width, height]: [u32; 2]) -> f64 {
    f64::from(width) * f64::from(height)
}

/// How large a part of a picture is drawn, and where in that it lies: as it is, if that is about what the model was made
/// for, or more and done in `tiles`; else about as many pixels as that, in its proportions. What is drawn has whole multiples
/// of `step`.
pub(super) fn drawn_size(sides: [u32; 2], native: u32, step: u32, tiles: bool) -> ([u32; 2], Region) {
    let ratio = pixels(sides) / pixels([native; 2]).max(1.0);
    let longest = f64::from(LONGEST) / f64::from(sides[0].max(sides[1]));
    let fits = ratio >= SMALLER && (tiles || ratio <= LARGER);
    let scale = if fits { 1.0 } else { ratio.sqrt().recip() }.min(longest);
    let as_it_is = fits && longest >= 1.0;
    let step = step.max(1);
    let size = sides.map(|side| {
        let steps = f64::from(side) * scale / f64::from(step);
        let steps = if as_it_is { steps.ceil() } else { steps.round() } as u32;
        (steps * step).clamp(step, LONGEST.next_multiple_of(step))
    });
    (size, if as_it_is { amid(sides, size) } else { within(sides, size) })
}

/// The largest part of something of this size that has these proportions, in its middle.
pub(super) fn within(proportions: [u32; 2], size: [u32; 2]) -> Region {
    let [wide, high] = proportions.map(f64::from);
    let scale = (f64::from(size[0]) / wide).min(f64::from(size[1]) / high);
    amid([wide, high].map(|side| ((side * scale).round() as u32).max(1)), size)
}

/// So much of the middle of something of this size.
fn amid([width, height]: [u32; 2], size: [u32; 2]) -> Region {
    let [width, height] = [width.min(size[0]), height.min(size[1])];
    Region { left: (size[0] - width) / 2, top: (size[1] - height) / 2, width, height }
}

/// A picture that lies there in one of that size, mirrored at its edges.
pub(super) fn mirrored(picture: &RgbImage, content: Region, size: [u32; 2]) -> RgbImage {
    let within = |at: u32, first: u32, length: u32| {
        let at = (i64::from(at) - i64::from(first)).rem_euclid(2 * i64::from(length)) as u32;
        at.min(2 * length - 1 - at)
    };
    RgbImage::from_fn(size[0], size[1], |x, y| {
        *picture.get_pixel(within(x, content.left, content.width), within(y, content.top, content.height))
    })
}

/// One side of a mask and of the latents that it is for.
pub(super) struct Cells {
    /// Of the latents.
    pub cells: usize,
    /// Pixels that are drawn, and which of them show the mask's part of the picture.
    pub drawn: u32,
    pub first: u32,
    pub shown: u32,
    /// Pixels of the mask.
    pub own: u32,
}

impl Cells {
    /// The cells that a pixel of the mask touches: several where it is drawn larger than they are.
    pub fn of(&self, at: u32) -> RangeInclusive<usize> {
        let [first, shown, own, at] = [self.first, self.shown, self.own, at].map(|number| number as usize);
        let each = own * self.drawn as usize;
        let [begin, end] = [at, at + 1].map(|at| (first * own + at * shown) * self.cells);
        begin / each..=(end - 1) / each
    }

    /// The pixel of the mask at a cell's middle; `None` beside the picture.
    pub fn nearest(&self, cell: usize) -> Option<u32> {
        let [drawn, first, shown, own] = [self.drawn, self.first, self.shown, self.own].map(i64::from);
        let cells = self.cells as i64;
        let at = (((2 * cell as i64 + 1) * drawn - 2 * cells * first) * own).div_euclid(2 * cells * shown);
        u32::try_from(at).ok().filter(|at| *at < self.own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_about_as_large_as_the_model_was_made_for() {
        for (sides, native, size, shown) in [
            ([64, 64], 64, [64, 64], [64, 64]),
            ([60, 90], 64, [64, 96], [60, 90]),
            ([512, 768], 512, [512, 768], [512, 768]),
            ([500, 500], 512, [504, 504], [500, 500]),
            ([4000, 3000], 512, [592, 440], [587, 440]),
            ([100, 50], 512, [728, 360], [720, 360]),
            ([30_000, 10], 512, [4096, 8], [4096, 1]),
        ] {
            let (drawn, content) = drawn_size(sides, native, 8, false);
            assert_eq!((drawn, [content.width, content.height]), (size, shown), "{sides:?}");
        }
        for (sides, size) in
            [([4000, 3000], [4000, 3000]), ([8000, 6000], [4096, 3072]), ([100, 50], [728, 360])]
        {
            assert_eq!(drawn_size(sides, 512, 8, true).0, size, "{sides:?}");
        }
    }

    #[test]
    fn a_mask_lies_among_the_latents_where_it_lies_in_what_is_drawn() {
        // 60 pixels in the middle of 64, eight to a cell: the cells' middles lie two pixels further left in the picture.
        let cells = Cells { cells: 8, drawn: 64, first: 2, shown: 60, own: 60 };
        assert_eq!([0, 5, 6, 59].map(|at| cells.of(at)), [0..=0, 0..=0, 1..=1, 7..=7]);
        assert_eq!([0, 1, 7].map(|cell| cells.nearest(cell)), [Some(2), Some(10), Some(58)]);
        // 64 pixels drawn half as large: two cells at each side lie beside the picture.
        let cells = Cells { cells: 8, drawn: 64, first: 16, shown: 32, own: 64 };
        assert_eq!([0, 1, 2, 5, 6].map(|cell| cells.nearest(cell)), [None, None, Some(8), Some(56), None]);
        // Two pixels drawn as 32 of 64: each is as wide as two cells. Three as 64 share the cells between them.
        let cells = Cells { cells: 8, drawn: 64, first: 16, shown: 32, own: 2 };
        assert_eq!([0, 1].map(|at| cells.of(at)), [2..=3, 4..=5]);
        let cells = Cells { cells: 8, drawn: 64, first: 0, shown: 64, own: 3 };
        assert_eq!([0, 1, 2].map(|at| cells.of(at)), [0..=2, 2..=5, 5..=7]);
    }
}
