//! What strokes and the other changes of a mask make of it, byte by byte.

use super::*;
use crate::files::sha256;

impl Mask {
    fn change(&mut self, change: &MaskChange) -> Touched {
        self.change_and_tell(change, &|_| {})
    }
}

fn stroke(points: &[[f32; 2]], radius: f32, add: bool) -> MaskChange {
    MaskChange::Stroke { points: points.to_vec(), radius, add }
}

/// The hashes are those of `tests/golden/make_mask_strokes.py`, which knows no tiles.
#[test]
fn a_recorded_sequence_gives_the_same_bytes_everywhere() {
    let lasso = [[100.0, 300.0], [420.5, 310.0], [390.0, 480.5], [250.0, 350.0], [120.0, 490.0]];
    let steps = [
        // stroke
        (
            stroke(&[[40.0, 30.0], [300.5, 260.25], [650.0, 90.0]], 17.5, true),
            "8480ea1dbe86dd7325307bb7a68fb099b1dcdf83b41e5010bf469c0fbba94a8d",
        ),
        // wipe
        (
            stroke(&[[255.75, 0.0], [256.25, 499.0]], 3.0, false),
            "c71e630dc2d16bc8092c8e4e8ce778e38b0527c1302de928f181fdb0b6b7e60f",
        ),
        // dot beyond the edge
        (
            stroke(&[[699.0, 499.0]], 40.0, true),
            "83dbb93849f301d46b553cba435366c51d92a5ae08ccac1b9a9550ecf9e9a8a0",
        ),
        // lasso
        (
            MaskChange::Lasso { points: lasso.to_vec(), add: true },
            "fe347304b399ce9a2b4f92103aa0c9d7c4c429cf537ca029b8e55a5c4ab41dd2",
        ),
        // rectangle
        (
            MaskChange::Rectangle { corners: [[620.0, 240.0], [500.0, 270.0]], add: true },
            "03e5252f78ebb502377e239e47cb8fcad330bbc46c8920da9c29ce4e4e01fbb7",
        ),
        // fill to wipe
        (
            MaskChange::Fill { at: [560, 255], add: false },
            "fe347304b399ce9a2b4f92103aa0c9d7c4c429cf537ca029b8e55a5c4ab41dd2",
        ),
        // ring
        (
            stroke(&[[30.0, 330.0], [90.0, 330.0], [90.0, 450.0], [30.0, 450.0], [30.0, 330.0]], 4.0, true),
            "5fc1a14543afc37b86f4c921e152446aff750686a31f9324423b62649e0e653c",
        ),
        // fill
        (
            MaskChange::Fill { at: [60, 400], add: true },
            "9b244b975ce82fea27288a3ef1bf0ed629603085cd234c813d0373824a811469",
        ),
        // invert
        (MaskChange::Invert, "ed92ef7bcdbf399ea4880f8e3d605a7b4a53bf7a55a120f2a2ec14cc7d41030e"),
        // grow
        (MaskChange::Grow(5), "ba772957539e0d23d9330598844caefb89f71831751d7d0936f85a001701880c"),
        // shrink
        (MaskChange::Shrink(2), "38ee2af356fd8d06064f2a2accf6eeff14ac29f66e3f1c91b6747911e71e7267"),
        // feather
        (MaskChange::Feather(10), "c1e8bbcd9e33e926412108329668a7886f4713a90d85f5dd17ee43845ca52695"),
    ];
    let mut mask = Mask::new([700, 500]);
    for (change, hash) in &steps {
        mask.change(change);
        assert_eq!(sha256(mask.to_image().as_raw()), *hash, "{change:?}");
    }
}

#[test]
fn a_mask_goes_through_a_picture_and_back() {
    let mut mask = Mask::new([300, 257]);
    mask.change(&stroke(&[[10.0, 10.0], [290.0, 250.0]], 6.0, true));
    assert_eq!(Mask::from_image(&mask.to_image()), mask);
    assert_eq!(mask.place(3), [256, 256, 44, 1]);
    // Another one in its place, and one that does not fit.
    let mut other = Mask::new([300, 257]);
    other.change(&MaskChange::Replace(mask.clone()));
    other.change(&MaskChange::Replace(Mask::new([9, 9])));
    assert_eq!(other, mask);
}

#[test]
fn what_is_the_same_all_over_costs_no_bytes() {
    let mut mask = Mask::new([8000, 6000]);
    mask.change(&MaskChange::Fill { at: [4000, 3000], add: true });
    assert!(mask.tiles().iter().all(|tile| *tile == Tile::Plain(255)));
    mask.change(&stroke(&[[4000.0, 3000.0]], 50.0, false));
    let painted = mask.tiles().iter().filter(|tile| matches!(tile, Tile::Painted(_))).count();
    assert_eq!(painted, 1, "4000 is 160 within its tile and 3000 is 184");
    mask.change(&MaskChange::Fill { at: [4000, 3000], add: true });
    assert!(mask.tiles().iter().all(|tile| *tile == Tile::Plain(255)));
    mask.change(&MaskChange::Clear);
    assert!(mask.is_empty());
}

#[test]
fn odd_places_and_sizes_change_nothing_or_what_they_can() {
    for size in [[0, 0], [1, 1], [257, 1]] {
        let mut mask = Mask::new(size);
        for change in [
            stroke(&[], 3.0, true),
            stroke(&[[f32::NAN, 2.0], [f32::INFINITY, -1e30]], 3.0, true),
            MaskChange::Lasso { points: Vec::new(), add: true },
            MaskChange::Lasso { points: vec![[f32::NAN, 0.0], [5.0, f32::MAX], [-9.0, -9.0]], add: true },
            MaskChange::Rectangle { corners: [[-1e30, f32::NAN], [1e30, 4.0]], add: true },
            MaskChange::Fill { at: [9999, 9999], add: true },
            MaskChange::Grow(u32::MAX),
            MaskChange::Shrink(0),
            MaskChange::Feather(u32::MAX),
            MaskChange::Invert,
            MaskChange::Clear,
        ] {
            mask.change(&change);
        }
        assert!(mask.is_empty());
    }
}
