//! Pictures side by side in one: rows of any lengths, on white.
//!
//! No text is written into it; what stands where is said by whoever made it.

use image::{Rgb, RgbImage, imageops};

/// Between the pictures and around them, as a part of a picture's width.
const GAP: u32 = 16;

/// All pictures, row by row, each in a cell as large as the largest of them.
pub fn contact_sheet(rows: &[Vec<RgbImage>]) -> RgbImage {
    let pictures = rows.iter().flatten();
    let (width, height) = pictures
        .map(RgbImage::dimensions)
        .fold((0, 0), |(width, height), own| (width.max(own.0), height.max(own.1)));
    let gap = (width / GAP).max(1);
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0) as u32;
    let side = |count: u32, side: u32| count * (side + gap) + gap;
    let mut sheet =
        RgbImage::from_pixel(side(columns, width), side(rows.len() as u32, height), Rgb([255; 3]));
    for (y, row) in rows.iter().enumerate() {
        for (x, picture) in row.iter().enumerate() {
            let [x, y] = [side(x as u32, width), side(y as u32, height)].map(i64::from);
            imageops::replace(&mut sheet, picture, x, y);
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_has_its_cell() {
        let dark = |width, height| RgbImage::new(width, height);
        let sheet = contact_sheet(&[vec![dark(2, 3), dark(1, 1)], vec![dark(2, 2)]]);
        assert_eq!(sheet.dimensions(), (7, 9));
        let drawn: String = (0..9)
            .flat_map(|y| (0..7).map(move |x| (x, y)))
            .map(|(x, y)| if sheet.get_pixel(x, y).0 == [0; 3] { '#' } else { '.' })
            .collect();
        let expected = [
            ".......", ".##.#..", ".##....", ".##....", ".......", ".##....", ".##....", ".......", ".......",
        ];
        assert_eq!(drawn, expected.concat());
        assert_eq!(contact_sheet(&[]).dimensions(), (1, 1));
    }
}
