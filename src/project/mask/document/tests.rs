//! Steps that are taken back and done again, many and large ones too.

use super::*;

fn stroke(x: f32, add: bool) -> MaskChange {
    MaskChange::Stroke { points: vec![[x, 20.0], [x + 300.0, 280.0]], radius: 9.5, add }
}

#[test]
fn two_hundred_strokes_are_taken_back_and_done_again() {
    let mut document = MaskDocument::new(Mask::new([1000, 700]));
    let mut masks = vec![document.mask().clone()];
    for i in 0..150 {
        document.apply(&stroke(i as f32 * 4.0, i % 3 != 2));
        masks.push(document.mask().clone());
    }
    // A step that changes nothing is none.
    document.apply(&MaskChange::Replace(Mask::new([3, 3])));
    for mask in masks.iter().rev().skip(1) {
        document.undo();
        assert_eq!(document.mask(), mask);
    }
    assert!(!document.can_undo() && document.can_redo());
    masks.iter().skip(1).for_each(|mask| {
        document.redo();
        assert_eq!(document.mask(), mask);
    });
    document.undo();
    document.apply(&MaskChange::Clear);
    assert!(!document.can_redo(), "another way was taken");
    for _ in 0..300 {
        document.apply(&MaskChange::Invert);
    }
    assert_eq!(document.before.len(), STEPS);
}

#[test]
fn a_stroke_is_one_step_and_touches_only_its_tiles() {
    let mut document = MaskDocument::new(Mask::new([8000, 6000]));
    let tiles = document.mask().tiles().len();
    assert_eq!(tiles, 32 * 24);
    for x in [100.0, 140.0, 180.0] {
        let points = vec![[x, 100.0], [x + 40.0, 100.0]];
        document.paint(&MaskChange::Stroke { points, radius: 30.0, add: true });
    }
    document.end();
    let changed = |document: &MaskDocument, before: &Mask| -> Vec<usize> {
        let tiles = document.mask().tiles().iter().zip(before.tiles()).enumerate();
        tiles.filter(|(_, (new, old))| !new.is_same(old)).map(|(tile, _)| tile).collect()
    };
    assert_eq!(
        changed(&document, &Mask::new([8000, 6000])),
        [0],
        "220 + 30 pixels are within the first tile"
    );
    let before = document.mask().clone();
    document.apply(&MaskChange::Stroke { points: vec![[256.0, 256.0]], radius: 5.0, add: true });
    assert_eq!(changed(&document, &before), [0, 1, 32, 33]);
    document.undo();
    document.undo();
    assert!(document.mask().is_empty() && !document.can_undo());
    assert_eq!(document.revision(), 4);
}

/// Any work that is handed out is done, as by whoever the document is of.
fn done(document: &mut MaskDocument, work: Option<MaskWork>, folder: &Path) -> bool {
    let Some(work) = work else { return false };
    document.take(work.work(folder, &|_| {}).unwrap());
    true
}

#[test]
fn a_hundred_steps_of_a_very_noisy_mask_are_kept_in_little_room() {
    let folder = tempfile::tempdir().unwrap();
    // Of 5 x 4 tiles: a MiB a step that no packing makes less.
    let noise = |seed: u32| {
        let mixed =
            |x: u32, y: u32| (x ^ y.rotate_left(11) ^ seed.rotate_left(22)).wrapping_mul(0x9E37_79B1) >> 24;
        Mask::from_image(&image::GrayImage::from_fn(1100, 1000, |x, y| image::Luma([mixed(x, y) as u8])))
    };
    let mut document = MaskDocument { room: 8 << 20, ..MaskDocument::new(noise(0)) };
    let mut hashes = Vec::new();
    let hash = |mask: &Mask| {
        let bytes = mask.tiles.iter().map(|tile| match tile {
            Tile::Plain(value) => u64::from(*value),
            Tile::Painted(bytes) => {
                bytes.iter().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()))
            }
        });
        bytes.fold(0, |sum: u64, tile| sum.rotate_left(5) ^ tile)
    };
    let mut packings = 0;
    for step in 0..104 {
        hashes.push(hash(document.mask()));
        let work = document.apply_or_ask(MaskChange::Replace(noise(step + 1)));
        assert!(done(&mut document, work, folder.path()), "a large mask is replaced elsewhere");
        let work = document.pack();
        packings += usize::from(done(&mut document, work, folder.path()));
        assert!(document.taken() <= document.room, "{} bytes after step {step}", document.taken());
    }
    assert!(packings >= 4, "{packings}");
    assert_eq!(document.before.len(), 104);
    let last = hash(document.mask());
    for wanted in hashes.iter().rev() {
        let work = document.undo();
        done(&mut document, work, folder.path());
        assert_eq!(hash(document.mask()), *wanted);
    }
    assert!(!document.can_undo());
    while document.can_redo() {
        let work = document.redo();
        done(&mut document, work, folder.path());
    }
    assert_eq!(hash(document.mask()), last);
}

#[test]
fn what_was_done_elsewhere_is_one_step_and_comes_too_late_where_the_mask_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (large, small) = (Mask::new([2000, 1000]), Mask::new([500, 400]));
    let mut beside = MaskDocument::new(large.clone());
    let mut document = MaskDocument::new(large);
    for document in [&mut document, &mut beside] {
        assert!(document.apply_or_ask(stroke(30.0, true)).is_none(), "a stroke is done at once");
    }
    let work = document.apply_or_ask(MaskChange::Grow(9)).unwrap();
    assert!(document.mask() == beside.mask() && document.revision() == 1);
    let told = std::sync::Mutex::new(Vec::new());
    let grown = work.work(folder.path(), &|part| told.lock().unwrap().push(part)).unwrap();
    let told = told.into_inner().unwrap();
    assert!(told.iter().all(|part| (0.0..=1.0).contains(part)) && told.contains(&1.0), "{told:?}");
    document.take(grown.clone());
    beside.apply(&MaskChange::Grow(9));
    assert_eq!((document.mask(), document.revision()), (beside.mask(), 2));
    // Once more it is too late.
    document.take(grown);
    assert_eq!(document.revision(), 2);
    assert!(document.undo().is_none() && document.redo().is_none());
    assert_eq!(document.mask(), beside.mask());
    assert!(MaskDocument::new(small).apply_or_ask(MaskChange::Invert).is_none());
}
