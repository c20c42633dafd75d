//! Published sizes, and files as they are written.

use super::*;
use crate::checkpoint::detect::detect;
use crate::checkpoint::prediction::Prediction;
use crate::checkpoint::published;
use crate::checkpoint::tensor_groups::TensorGroups;

/// Numbers in the published files without averaged copies: U-Net, text encoders and autoencoder.
#[test]
fn published_sizes_are_met() {
    for (family, numbers) in [
        (Family::Sd1, [859_520_964, 83_653_863, 123_060_480, 0].iter().sum::<usize>()),
        (Family::Sd2, [865_910_724, 83_653_863, 354_032_641, 0].iter().sum()),
        (Family::Sdxl, [2_567_463_684, 83_653_863, 123_060_480, 694_659_841].iter().sum()),
        (Family::Ldm, [872_300_484, 83_653_863, 0, 581_994_042].iter().sum()),
    ] {
        let layout = layout(family);
        let count = |shape: &Vec<usize>| shape.iter().product::<usize>();
        assert_eq!(layout.values().map(count).sum::<usize>(), numbers, "{family:?}");
        let stored = |shape: &Vec<usize>| Stored {
            dtype: Dtype::F16,
            shape: shape.clone(),
            bytes: 0..2 * count(shape),
            transposed: false,
        };
        let tensors = layout.iter().map(|(name, shape)| (name.clone(), stored(shape))).collect();
        let contents = TensorGroups::new(&tensors).unwrap();
        let found = detect(&contents).unwrap();
        assert_eq!(found.family, family);
        let config = |part| published::config(family, part, Prediction::default()).unwrap();
        assert_eq!(found.unet.disagreement(&config("unet")), None);
        for part in ["text_encoder", "vae"] {
            assert_eq!(published::disagreement(&contents, family, part, &config(part)), None);
        }
    }
}

#[test]
fn numbers_have_the_magnitude_of_fresh_networks() {
    let bytes = numbers("x.weight", &[64, 256], 1000, &mut 7);
    let values: Vec<f32> =
        bytes.as_chunks::<2>().0.iter().map(|&two| half::f16::from_le_bytes(two).to_f32()).collect();
    assert_eq!(values.len(), 1000);
    assert!(values.iter().all(|value| (0.03..0.0626).contains(&value.abs())));
    assert!((values.iter().sum::<f32>() / 1000.0).abs() < 0.01);
    assert_eq!(numbers("norm.weight", &[4], 1, &mut 7), [0x00, 0x3c]);
    assert_eq!(numbers("logit_scale", &[], 1, &mut 7), [0, 0]);
}

#[test]
fn a_written_file_has_the_layout_it_should_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let layout: Layout =
        [("a.weight".to_owned(), vec![3, 5]), ("b".to_owned(), vec![]), ("c.bias".to_owned(), vec![2])]
            .into();
    write(&layout, &path).unwrap();
    let weights = crate::Weights::open_file(&path).unwrap();
    assert!(weights.names().eq(layout.keys()));
    assert_eq!(weights.shape("a.weight").unwrap(), [3, 5]);
    assert!(weights.read_f32("a.weight").unwrap().iter().all(|number| *number != 0.0));
    assert_eq!(weights.read_f32("c.bias").unwrap(), [0.0, 0.0]);
}
