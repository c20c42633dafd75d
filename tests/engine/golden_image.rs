//! Picture preparation against Pillow's own numbers: every filter, the centre crop and every colour type, bit
//! for bit.
//!
//! The folder is `tests/golden` unless the environment variable `PSEUDOWORD_GOLDEN` names another; any folder
//! of the same layout must pass. What is compared is found in the file, so a folder without a single
//! comparison fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use image::RgbImage;
use project::picture::{Filter, center_crop_resize, open_picture, resize, to_chw};
use project::{PictureEntry, prepare};
use safetensors::{Dtype, SafeTensors};

fn folder() -> PathBuf {
    crate::numbers::folder().join("image")
}

/// A stored uint8 picture `[height, width, 3]`.
fn stored(file: &SafeTensors, name: &str) -> RgbImage {
    let view = file.tensor(name).unwrap();
    assert_eq!(view.dtype(), Dtype::U8, "{name}");
    let &[height, width, 3] = view.shape() else { panic!("{name} has shape {:?}", view.shape()) };
    RgbImage::from_raw(width as u32, height as u32, view.data().to_vec()).unwrap()
}

/// Pictures must agree in every level: the resampling is Pillow's own arithmetic, so there is nothing to
/// tolerate.
fn assert_same(got: &RgbImage, want: &RgbImage, name: &str) {
    assert_eq!(got.dimensions(), want.dimensions(), "{name}");
    let worst = got.iter().zip(want.iter()).map(|(&a, &b)| a.abs_diff(b)).max().unwrap_or(0);
    let count = got.iter().zip(want.iter()).filter(|(a, b)| a != b).count();
    assert_eq!(count, 0, "{name}: {count} of {} levels differ, by {worst} at most", want.len());
}

fn filter(name: &str) -> Filter {
    match name {
        "nearest" => Filter::Nearest,
        "bilinear" => Filter::Bilinear,
        "bicubic" => Filter::Bicubic,
        "lanczos" => Filter::Lanczos,
        other => panic!("no filter is called {other}"),
    }
}

#[test]
fn pictures_are_prepared_as_pillow_does() {
    let folder = folder();
    let bytes = fs::read(folder.join("reference.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut compared = BTreeSet::new();
    for name in file.names() {
        let parts: Vec<&str> = name.split('.').collect();
        let source = |index: &str| {
            let picture = open_picture(&folder.join(format!("source_{index}.png"))).unwrap().into_rgb8();
            assert_same(&picture, &stored(&file, &format!("in.source.{index}")), index);
            picture
        };
        match parts.as_slice() {
            ["in", "source", index] => drop(source(index)),
            ["out", "resized", index, "bicubic_center_crop"] => {
                let want = stored(&file, name);
                assert_same(&center_crop_resize(&source(index), want.width(), Filter::Bicubic), &want, name);
                // The way a picture goes when learning must arrive at the same place.
                let entry = PictureEntry::new(folder.join(format!("source_{index}.png")));
                let prepared = prepare(&entry, want.width()).unwrap();
                assert_same(&prepared.rgb, &want, name);
                assert!(prepared.weight.is_none());
            }
            ["out", "resized", index, kind] => {
                let want = stored(&file, name);
                assert_same(&resize(&source(index), want.width(), want.height(), filter(kind)), &want, name);
            }
            ["out", "tensor", index, kind] => {
                let view = file.tensor(name).unwrap();
                let &[3, height, width] = view.shape() else { panic!("{name} has shape {:?}", view.shape()) };
                assert_eq!(view.dtype(), Dtype::F32, "{name}");
                let want: Vec<f32> =
                    view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
                let got = to_chw(&resize(&source(index), width as u32, height as u32, filter(kind)));
                let count = got.iter().zip(&want).filter(|(a, b)| a != b).count();
                assert_eq!((got.len(), count), (want.len(), 0), "{name}: {count} values differ");
            }
            ["out", "mode", mode] => {
                let picture = open_picture(&folder.join(format!("mode_{mode}.png"))).unwrap().into_rgb8();
                assert_same(&picture, &stored(&file, name), name);
            }
            _ => panic!("{name} is not known to this test"),
        }
        compared.insert(name.to_owned());
    }
    assert!(!compared.is_empty(), "{} holds nothing to compare", folder.display());
    println!("{} pictures and tensors equal, bit for bit", compared.len());
}
