//! A grid of pictures as one picture: each in its cell, with what its row and its column are written beside and above.
//!
//! Pictures are read from their files one by one, so that a large grid costs no more memory than its sheet. What is missing
//! stays an empty cell; signs that the typeface lacks are left out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use image::{Rgb, RgbImage, imageops};

use crate::figure::{Anchor, Ink, Scene, Shape, text_width, to_image};
use project::picture::open_picture;

/// Size of the letters, and height of a line, in pixels.
const LETTERS: f64 = 18.0;
const LINE: f64 = 24.0;
/// Most lines of a label.
const LINES: usize = 4;
/// Widest that the labels of the rows may be, in pixels.
const MARGIN: f64 = 260.0;
/// Between two pictures.
const GAP: u32 = 8;
/// Most pixels of a sheet, and its longest side.
const PIXELS: f64 = 64e6;
const LONGEST: f64 = 16000.0;
/// Narrowest cell in which a label can be read.
const NARROWEST: u32 = 96;
const INK: Ink = [34, 34, 34];
const EMPTY: Rgb<u8> = Rgb([236; 3]);

/// The sheet of pictures in files, by their place row by row, with the labels of the rows and of the columns.
pub(crate) fn grid_sheet(files: &BTreeMap<usize, PathBuf>, [rows, columns]: [&[String]; 2]) -> RgbImage {
    let sizes = files.values().filter_map(|file| image::image_dimensions(file).ok());
    let own = sizes.fold((1, 1), |(width, height), own| (width.max(own.0), height.max(own.1)));
    let cell = fitting([own.0, own.1], [columns.len(), rows.len()]);
    let widest = rows.iter().map(|label| text_width(label, LETTERS)).fold(0.0, f64::max);
    let beside = if widest > 0.0 { widest.min(MARGIN) + 2.0 * f64::from(GAP) } else { f64::from(GAP) };
    let above: Vec<Vec<String>> = columns.iter().map(|label| lines(label, f64::from(cell[0]))).collect();
    let above_height = above.iter().map(Vec::len).max().unwrap_or(0) as f64 * LINE + 2.0 * f64::from(GAP);
    let side = |count: usize, side: u32| count as u32 * (side + GAP);
    let (left, top) = (beside as u32, above_height as u32);
    let size = [left + side(columns.len(), cell[0]), top + side(rows.len(), cell[1])];
    let mut scene = Scene::new(size.map(f64::from));
    let mut letter = |lines: &[String], at: [f64; 2], anchor: Anchor| {
        for (line, text) in lines.iter().enumerate() {
            let at = [at[0], at[1] + line as f64 * LINE];
            scene.add(Shape::text(at, LETTERS, INK, anchor, text.clone()));
        }
    };
    for (column, lines) in above.iter().enumerate() {
        let middle = f64::from(left + side(column, cell[0])) + f64::from(cell[0]) / 2.0;
        letter(lines, [middle, f64::from(GAP) + LETTERS], Anchor::Middle);
    }
    for (row, label) in rows.iter().enumerate() {
        let lines = lines(label, MARGIN);
        let half = (lines.len() as f64 * LINE) / 2.0;
        let middle = f64::from(top + side(row, cell[1])) + f64::from(cell[1]) / 2.0;
        letter(&lines, [beside - f64::from(GAP), middle - half + LETTERS], Anchor::End);
    }
    let mut sheet = to_image(&scene, 1.0);
    let across = columns.len().max(1);
    for place in 0..rows.len() * columns.len() {
        let [x, y] = [left + side(place % across, cell[0]), top + side(place / across, cell[1])];
        let picture =
            files.get(&place).and_then(|file| open_picture(file).ok()).map(|found| found.into_rgb8());
        let picture = match picture {
            Some(picture) => {
                let part = |side: u32, cell: u32, own: u32| (side * cell / own.max(1)).clamp(1, cell);
                let (width, height) =
                    (part(picture.width(), cell[0], own.0), part(picture.height(), cell[1], own.1));
                project::resize(&picture, width, height, project::Filter::Lanczos)
            }
            None => RgbImage::from_pixel(cell[0], cell[1], EMPTY),
        };
        imageops::replace(&mut sheet, &picture, x.into(), y.into());
    }
    sheet
}

/// The sides of a cell: those of the pictures, or smaller ones of the same proportions where the sheet would be too large.
fn fitting(own: [u32; 2], counts: [usize; 2]) -> [u32; 2] {
    let [across, down] = [0, 1].map(|axis| counts[axis].max(1) as f64);
    let whole = [across * f64::from(own[0] + GAP), down * f64::from(own[1] + GAP)];
    let longest =
        |count: f64, own: u32| ((LONGEST - MARGIN) / count - f64::from(GAP)) / f64::from(own.max(1));
    let scale = (PIXELS / (whole[0] * whole[1]))
        .sqrt()
        .min(longest(across, own[0]))
        .min(longest(down, own[1]))
        .min(1.0);
    // Tiny pictures of a small model are still shown large enough for their letters.
    let enlarged = (f64::from(NARROWEST) / f64::from(own[0].max(1))).ceil().max(1.0);
    let scale = if whole[0] * enlarged < LONGEST / 4.0 { scale * enlarged } else { scale };
    own.map(|side| ((f64::from(side) * scale) as u32).max(1))
}

/// A label in lines that are no wider than this, at most a few; the last one says if there is more.
fn lines(label: &str, width: f64) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in label.split_whitespace() {
        let longer = found.last().map(|line| format!("{line} {word}"));
        match longer.filter(|line| text_width(line, LETTERS) <= width) {
            Some(longer) => {
                found.pop();
                found.push(longer);
            }
            None => found.push(word.to_owned()),
        }
    }
    let more = found.len() > LINES;
    found.truncate(LINES);
    if more && let Some(last) = found.last_mut() {
        last.push('…');
    }
    for line in &mut found {
        let whole = line.chars().count();
        let shown = (1..=whole).rev().find(|count| {
            let start: String = line.chars().take(*count).collect();
            text_width(&start, LETTERS) <= width
        });
        if let Some(shown) = shown.filter(|shown| *shown < whole) {
            *line = line.chars().take(shown.saturating_sub(1)).chain(['…']).collect();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_stands_in_its_cell_below_its_column_and_beside_its_row() {
        let place = tempfile::tempdir().unwrap();
        let inks = [[200, 0, 0], [0, 200, 0], [0, 0, 200]];
        let mut files = BTreeMap::new();
        for (cell, ink) in [0, 1, 3].into_iter().zip(inks) {
            let path = place.path().join(format!("{cell}.png"));
            RgbImage::from_pixel(128, 160, Rgb(ink)).save(&path).unwrap();
            files.insert(cell, path);
        }
        let label = |text: &str| text.to_owned();
        let (rows, columns) = ([label("seed 1"), label("seed 2")], [label("Euler"), label("DPM++ 2M")]);
        let sheet = grid_sheet(&files, [&rows, &columns]);
        let corner = [sheet.width() - 2 * (128 + GAP), sheet.height() - 2 * (160 + GAP)];
        let middle = |cell: u32| {
            let [x, y] = [cell % 2 * (128 + GAP) + 64, cell / 2 * (160 + GAP) + 80];
            sheet.get_pixel(corner[0] + x, corner[1] + y).0
        };
        assert_eq!([middle(0), middle(1), middle(3)], inks);
        assert_eq!(middle(2), EMPTY.0, "it was not drawn");
        let dark = |[from, to]: [[u32; 2]; 2]| {
            let mut pixels = (from[0]..to[0]).flat_map(|x| (from[1]..to[1]).map(move |y| (x, y)));
            pixels.any(|(x, y)| sheet.get_pixel(x, y).0.iter().all(|level| *level < 100))
        };
        for cell in 0..2 {
            let x = corner[0] + cell * (128 + GAP);
            assert!(dark([[x, 0], [x + 128, corner[1]]]), "column {cell} has no letters");
            let y = corner[1] + cell * (160 + GAP);
            assert!(dark([[0, y], [corner[0], y + 160]]), "row {cell} has no letters");
        }
    }

    #[test]
    fn large_grids_have_small_cells_and_long_labels_several_lines() {
        assert_eq!(fitting([512, 512], [3, 3]), [512, 512]);
        assert_eq!(fitting([64, 64], [2, 2]), [128, 128], "twice as large, to be read");
        let [width, height] = fitting([1024, 1024], [20, 20]);
        assert!(width == height && (390..=400).contains(&width), "{width}: 8000 pixels in all");
        let label =
            "a photo of a red hat in the snow, best quality, very long, and longer, much longer than that";
        let found = lines(label, 120.0);
        assert_eq!(found.len(), LINES);
        assert!(
            found[3].ends_with('…') && found.iter().all(|line| text_width(line, LETTERS) < 145.0),
            "{found:?}"
        );
        assert!(lines("incomprehensibilities", 80.0)[0].ends_with('…'));
        assert!(lines("", 80.0).is_empty());
    }
}
