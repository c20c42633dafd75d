//! Blended Latent Diffusion (Avrahami et al. 2023, <https://arxiv.org/abs/2206.02779>) on plain slices: what is new comes
//! from the sampler, what is to stay from the original, noised as far as the sampler is.
//!
//! Masks are planes of the latents' size, 1 where something new belongs and 0 where the original stays. Where each of
//! these is used in a step is for whoever draws; no noise is drawn here.

use super::weighted_sum;

/// Clean latents made as noisy as a sampler's are before a step, by its [mixture](super::sampler::Sampler::mixture).
///
/// # Panics
/// When the slices differ in length.
pub fn noised([signal, noise]: [f64; 2], clean: &[f32], unit_noise: &[f32]) -> Vec<f32> {
    weighted_sum([(signal, clean), (noise, unit_noise)])
}

/// `inside` where the mask is 1, `outside` where it is 0. Both hold any number of planes of the mask's size.
///
/// # Panics
/// When `inside` and `outside` differ in length.
pub fn blend(mask: &[f32], inside: &[f32], outside: &[f32]) -> Vec<f32> {
    assert_eq!(inside.len(), outside.len(), "latents of different length");
    let pairs = inside.iter().zip(outside).zip(mask.iter().cycle());
    pairs.map(|((inside, outside), mask)| outside * (1.0 - mask) + mask * inside).collect()
}

/// A mask of rows of `width`, before it the same made wider `dilations` times, the widest first: what progressive
/// shrinking goes through (section 4.3). Each is wider by one cell on all sides than the one after it.
pub fn shrinking(mask: &[f32], width: usize, dilations: usize) -> Vec<Vec<f32>> {
    let wider = (1..=dilations).rev().map(|cells| dilated(mask, width, cells));
    wider.chain([mask.to_vec()]).collect()
}

/// Which of so many shrinking masks is used at a step, of all that are taken.
pub fn mask_of_step(step: usize, steps: usize, masks: usize) -> usize {
    (step / (steps / masks.max(1) + 1)).min(masks.saturating_sub(1))
}

/// The first step that is blended in pixels, where that is done for the last `share` (0 to 1) of the steps.
pub fn first_in_pixels(steps: usize, share: f64) -> usize {
    (steps as f64 * (1.0 - share)) as usize
}

/// The first step that is taken at a strength of 0 (none of `steps` would be) to 1 (all are). Where a step is split, it is
/// taken with `generous`, as the published blending scripts do; image to image leaves it out.
pub fn first_step(steps: usize, strength: f64, generous: bool) -> usize {
    // So that nine tenths of 50 are 45, whatever their binary digits.
    let taken = steps as f64 * strength;
    let taken = if generous { (taken - 1e-9).ceil() } else { (taken + 1e-9).floor() };
    steps.saturating_sub(taken.max(1.0) as usize)
}

/// Whether a mask of rows of `width` is nowhere three cells wide and high: such a mask loses against what is around it
/// while a picture takes shape.
pub fn is_thin(mask: &[f32], width: usize) -> bool {
    (0..mask.len()).all(|at| around(mask, width, at, 1).filter(|value| *value > 0.0).count() < 9)
}

/// 1 wherever something of the mask is at most `cells` away along both axes.
fn dilated(mask: &[f32], width: usize, cells: usize) -> Vec<f32> {
    let any = |at| around(mask, width, at, cells).any(|value| value > 0.0);
    (0..mask.len()).map(|at| f32::from(u8::from(any(at)))).collect()
}

/// The values at most `cells` away from a place along both axes.
fn around(mask: &[f32], width: usize, at: usize, cells: usize) -> impl Iterator<Item = f32> {
    let width = width.max(1);
    let (x, y, height) = (at % width, at / width, mask.len() / width);
    let rows = y.saturating_sub(cells)..(y + cells + 1).min(height);
    let columns = x.saturating_sub(cells)..(x + cells + 1).min(width);
    rows.flat_map(move |y| columns.clone().map(move |x| mask[y * width + x]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mask as a drawing: `#` is 1.
    fn drawn(rows: &[&str]) -> Vec<f32> {
        rows.concat().chars().map(|sign| f32::from(u8::from(sign == '#'))).collect()
    }

    #[test]
    fn every_plane_is_blended_by_the_same_mask() {
        let blended = blend(&[1.0, 0.0, 0.5], &[1.0; 6], &[3.0, 3.0, 3.0, -1.0, -1.0, -1.0]);
        assert_eq!(blended, [1.0, 3.0, 2.0, 1.0, -1.0, 0.0]);
        assert_eq!(noised([0.5, 2.0], &[2.0], &[-1.0]), [-1.0]);
    }

    #[test]
    fn masks_shrink_to_the_mask_itself() {
        let mask = drawn(&["......", "..#...", "......", "......"]);
        let masks = shrinking(&mask, 6, 2);
        assert_eq!(masks[0], drawn(&["#####.", "#####.", "#####.", "#####."]));
        assert_eq!(masks[1], drawn(&[".###..", ".###..", ".###..", "......"]));
        assert_eq!(masks[2], mask);
        assert_eq!(shrinking(&mask, 6, 0), [mask]);
        // As `mask[i // (len(time_range) // n_masks + 1)]` of the published sampler.
        let used: Vec<usize> = (0..10).map(|step| mask_of_step(step, 10, 4)).collect();
        assert_eq!(used, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]);
        assert_eq!((mask_of_step(0, 1, 4), mask_of_step(7, 8, 1)), (0, 0));
    }

    #[test]
    fn strength_says_how_many_steps_are_taken() {
        for (steps, strength, generous, first) in [
            (50, 1.0, true, 0),
            (50, 0.75, true, 12),
            (50, 0.75, false, 13),
            (50, 0.8, true, 10),
            (50, 0.9, false, 5),
            (20, 0.5, true, 10),
            (10, 0.001, false, 9),
            (1, 0.3, true, 0),
        ] {
            assert_eq!(first_step(steps, strength, generous), first, "{strength} of {steps}");
        }
        assert_eq!((first_in_pixels(10, 0.1), first_in_pixels(20, 0.0), first_in_pixels(7, 1.0)), (9, 20, 0));
    }

    #[test]
    fn what_is_nowhere_three_cells_wide_is_thin() {
        assert!(is_thin(&drawn(&["######", "######", "......", "......"]), 6));
        assert!(is_thin(&drawn(&["#.....", ".#....", "..#...", "...#.."]), 6));
        assert!(!is_thin(&drawn(&["......", ".###..", ".###..", ".###.."]), 6));
        assert!(is_thin(&[], 6));
    }
}
