//! One picture pasted into another: how a picture of two things is made of two pictures.

use image::imageops;

use super::{Filter, PreparedPicture, resize};

impl PreparedPicture {
    /// This picture with `other`, of the same size, squeezed into a part of it: left, top, width and height in parts of the
    /// whole. The mask of each holds where it is seen.
    #[must_use]
    pub fn with_inset(&self, other: &Self, [left, top, width, height]: [f64; 4]) -> Self {
        let side = self.rgb.width();
        let pixels = |part: f64| (part * f64::from(side)).round() as u32;
        let [width, height] = [width, height].map(|part| pixels(part).clamp(1, side));
        let [left, top] = [(left, width), (top, height)].map(|(part, taken)| pixels(part).min(side - taken));
        let mut rgb = self.rgb.clone();
        let inset = resize(&other.rgb, width, height, Filter::Bicubic);
        imageops::replace(&mut rgb, &inset, left.into(), top.into());
        let weight = (self.weight.is_some() || other.weight.is_some()).then(|| {
            let of = |picture: &Self, x: u32, y: u32| match &picture.weight {
                Some(weight) => weight.get((y * side + x) as usize).copied().unwrap_or(0.0),
                None => 1.0,
            };
            let place = |x: u32, y: u32| match (x.checked_sub(left), y.checked_sub(top)) {
                (Some(dx), Some(dy)) if dx < width && dy < height => {
                    of(other, dx * side / width, dy * side / height)
                }
                _ => of(self, x, y),
            };
            (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).map(|(x, y)| place(x, y)).collect()
        });
        Self { rgb, weight, caption: None }
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    #[test]
    fn the_other_picture_lies_where_it_was_put() {
        let plain = |grey: u8, weight: Option<Vec<f32>>| PreparedPicture {
            rgb: RgbImage::from_pixel(8, 8, Rgb([grey; 3])),
            weight,
            caption: Some("a {}".into()),
        };
        let half: Vec<f32> = (0..64).map(|i| f32::from(u8::from(i % 8 < 4))).collect();
        let both = plain(10, None).with_inset(&plain(200, Some(half)), [0.5, 0.25, 0.5, 0.25]);
        for (x, y, pixel) in both.rgb.enumerate_pixels() {
            let inside = x >= 4 && (2..4).contains(&y);
            assert_eq!(pixel.0[0], if inside { 200 } else { 10 }, "{x}, {y}");
            let weight = both.weight.as_ref().unwrap()[(8 * y + x) as usize];
            assert_eq!(weight, if inside && x >= 6 { 0.0 } else { 1.0 }, "{x}, {y}");
        }
        assert!(plain(1, None).with_inset(&plain(2, None), [0.9, 0.9, 0.5, 0.5]).weight.is_none());
        assert_eq!(both.caption, None);
    }
}
