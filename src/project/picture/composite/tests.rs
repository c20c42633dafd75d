//! That nothing changes outside a mask, whatever the picture is like.

use image::{ColorType, Rgb};

use super::*;

/// Numbers that look random, the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(bound.max(1))) as u32
    }
}

/// A picture of random levels in any of the four kinds that there are.
fn picture(numbers: &mut Numbers, width: u32, height: u32) -> DynamicImage {
    let kinds = [ColorType::Rgb8, ColorType::Rgba8, ColorType::Rgb16, ColorType::Rgba16];
    let kind = kinds[numbers.below(4) as usize];
    let mut picture = ImageBuffer::<image::Rgba<u16>, Vec<u16>>::new(width, height);
    picture.iter_mut().for_each(|level| *level = numbers.below(1 << 16) as u16);
    let picture = DynamicImage::from(picture);
    let picture = match kind {
        ColorType::Rgb8 => picture.into_rgb8().into(),
        ColorType::Rgba8 => picture.into_rgba8().into(),
        ColorType::Rgb16 => picture.into_rgb16().into(),
        _ => picture,
    };
    assert_eq!(in_colour(picture.clone()), picture);
    picture
}

/// A few rectangles, from a pixel to the whole.
fn mask(numbers: &mut Numbers, width: u32, height: u32) -> GrayImage {
    let mut mask = GrayImage::new(width, height);
    for _ in 0..=numbers.below(3) {
        let (left, top) = (numbers.below(width), numbers.below(height));
        let (right, bottom) = (left + 1 + numbers.below(width - left), top + 1 + numbers.below(height - top));
        for (x, y) in (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y))) {
            mask.put_pixel(x, y, Luma([255]));
        }
    }
    mask
}

#[test]
fn outside_the_mask_and_its_feather_every_byte_is_the_originals() {
    let mut numbers = Numbers(7);
    let (mut kept, mut changed) = (0, 0);
    for _ in 0..50 {
        let (width, height) = (1 + numbers.below(90), 1 + numbers.below(90));
        let original = picture(&mut numbers, width, height);
        let mask = mask(&mut numbers, width, height);
        let feather = numbers.below(9);
        let region = Region::of_mask(&mask).unwrap().grown(feather, [1; 2], [width, height]);
        let part = region.cut(&mask);
        let mut drawn = RgbImage::new(region.width, region.height);
        drawn.iter_mut().for_each(|level| *level = numbers.below(256) as u8);
        let mut edited = original.clone();
        composite(&mut edited, &drawn, &weights(&part, feather), [region.left, region.top]);
        assert_eq!(edited.color(), original.color());
        let bytes = usize::from(original.color().bytes_per_pixel());
        let masked: Vec<(u32, u32)> = mask
            .enumerate_pixels()
            .filter(|(_, _, level)| level.0[0] >= MASKED)
            .map(|(x, y, _)| (x, y))
            .collect();
        let pixels = original.as_bytes().chunks_exact(bytes).zip(edited.as_bytes().chunks_exact(bytes));
        for (at, (before, after)) in pixels.enumerate() {
            let (x, y) = (at as u32 % width, at as u32 / width);
            let apart = |(mx, my): &(u32, u32)| mx.abs_diff(x).pow(2) + my.abs_diff(y).pow(2);
            let distance = f64::from(masked.iter().map(apart).min().unwrap()).sqrt();
            if distance > f64::from(feather) {
                assert_eq!(
                    before, after,
                    "{x}, {y} of {width} x {height}, {distance} away, feather {feather}"
                );
                kept += 1;
            }
            changed += usize::from(before != after);
            // Transparency stays everywhere.
            if original.color().has_alpha() {
                let alpha = bytes - bytes / 4;
                assert_eq!(before[alpha..], after[alpha..]);
            }
        }
    }
    assert!(kept > 10_000 && changed > 10_000, "{kept} kept, {changed} changed");
}

#[test]
fn in_the_mask_all_is_new_and_around_it_less_and_less() {
    let mut mask = GrayImage::new(20, 1);
    mask.put_pixel(9, 0, Luma([MASKED]));
    mask.put_pixel(2, 0, Luma([MASKED - 1]));
    let weights = weights(&mask, 4);
    assert_eq!(&weights.as_raw()[5..14], [51, 102, 153, 204, 255, 204, 153, 102, 51]);
    assert_eq!(weights.iter().filter(|weight| **weight > 0).count(), 9);
    let mut picture = DynamicImage::from(RgbImage::from_pixel(20, 1, Rgb([0, 100, 255])));
    composite(&mut picture, &RgbImage::from_pixel(20, 1, Rgb([255, 200, 0])), &weights, [0, 0]);
    assert_eq!(picture.to_rgb8().get_pixel(9, 0).0, [255, 200, 0]);
    assert_eq!(picture.to_rgb8().get_pixel(10, 0).0, [204, 180, 51]);
    let mut picture = DynamicImage::new(20, 1, ColorType::Rgb16);
    composite(&mut picture, &RgbImage::from_pixel(20, 1, Rgb([255; 3])), &weights, [0, 0]);
    assert_eq!(picture.to_rgb16().get_pixel(9, 0).0, [u16::MAX; 3]);
}

#[test]
fn a_soft_mask_fades_as_it_is_painted_and_as_the_feather_does() {
    for (levels, feather, wanted) in [
        (vec![0, 40, 80, 160, 240, 255], 0, vec![0, 40, 80, 160, 240, 255]),
        (vec![0, 0, 140, 255], 4, vec![102, 153, 204, 255]),
        (vec![200, 0, 0, 255], 1, vec![200, 0, 127, 255]),
    ] {
        let mask = GrayImage::from_raw(levels.len() as u32, 1, levels).unwrap();
        assert_eq!(fading(&mask, feather).into_raw(), wanted, "{mask:?}, feather {feather}");
    }
}

#[test]
fn a_region_grows_within_the_picture() {
    let mut mask = GrayImage::new(100, 60);
    (40..50).for_each(|x| mask.put_pixel(x, 30, Luma([255])));
    let bounds = Region::of_mask(&mask).unwrap();
    assert_eq!(bounds, Region { left: 40, top: 30, width: 10, height: 1 });
    let grown = bounds.grown(4, [0; 2], [100, 60]);
    assert_eq!(grown, Region { left: 36, top: 26, width: 18, height: 9 });
    assert_eq!(bounds.grown(0, [64; 2], [100, 60]), Region { left: 13, top: 0, width: 64, height: 60 });
    assert_eq!(bounds.grown(5000, [0; 2], [100, 60]), Region::whole([100, 60]));
    assert_eq!(Region::of_mask(&GrayImage::new(3, 3)), None);
    mask.put_pixel(10, 20, Luma([1]));
    assert_eq!(Region::of_mask(&mask).unwrap(), Region { left: 10, top: 20, width: 40, height: 11 });
    assert_eq!(grown.cut(&mask).dimensions(), (18, 9));
}

#[test]
fn a_picture_grows_by_its_edges() {
    let mut picture = image::RgbaImage::from_pixel(2, 2, image::Rgba([1, 2, 3, 0]));
    picture.put_pixel(1, 0, image::Rgba([9, 9, 9, 7]));
    let (larger, mask) = extended(&picture.into(), [1, 0, 2, 3]);
    assert_eq!((larger.width(), larger.height(), larger.color()), (5, 5, ColorType::Rgba8));
    let larger = larger.to_rgba8();
    assert_eq!((larger.get_pixel(0, 0).0, larger.get_pixel(1, 0).0), ([1, 2, 3, 255], [1, 2, 3, 0]));
    assert_eq!((larger.get_pixel(4, 0).0, larger.get_pixel(2, 0).0), ([9, 9, 9, 255], [9, 9, 9, 7]));
    assert_eq!(mask.iter().filter(|level| **level == 0).count(), 4);
    assert_eq!(mask.get_pixel(0, 0).0, [255]);
}
