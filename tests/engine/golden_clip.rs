//! CLIP's two towers, the preparation of pictures and the two scores, against transformers and Pillow.
//!
//! The folder is `clip` beside the other reference numbers; a tree named by `PSEUDOWORD_GOLDEN` that has none is
//! measured on the bundled one instead, and says so.

use crate::numbers::{Golden, test_device};
use burn::tensor::{Tensor, TensorData};
use image::RgbImage;
use metrics::{image_similarity, score, text_similarity};
use model::ClipModel;
use safetensors::Dtype;

fn golden() -> Golden {
    Golden::open_at(&crate::numbers::folder_with("clip").join("clip"))
}

fn pictures(golden: &Golden) -> Vec<RgbImage> {
    let count = golden.settings()["images"].as_u64().unwrap();
    let picture = |index| {
        let tensors = golden.tensors();
        let view = tensors.tensor(&format!("in.image.{index}")).unwrap();
        assert_eq!(view.dtype(), Dtype::U8);
        let (height, width) = (view.shape()[0] as u32, view.shape()[1] as u32);
        RgbImage::from_raw(width, height, view.data().to_vec()).unwrap()
    };
    (0..count).map(picture).collect()
}

fn rows(tensor: Tensor<2>) -> Vec<Vec<f32>> {
    let [_, width] = tensor.dims();
    let values = tensor.into_data().convert::<f32>().try_into_vec::<f32>().unwrap();
    values.chunks(width).map(<[f32]>::to_vec).collect()
}

#[test]
fn clip_matches() {
    let device = test_device();
    let golden = golden();
    let clip = ClipModel::open(&golden.folder, &device.device, &mut || Ok(())).unwrap();
    let pictures = pictures(&golden);
    let mut pixels = Vec::new();
    for (index, picture) in pictures.iter().enumerate() {
        let prepared = clip.prepare(picture);
        golden.check_f32(&format!("out.pixel_values.{index}"), &prepared);
        pixels.extend(prepared);
    }
    let size = golden.settings()["image_size"].as_u64().unwrap() as usize;
    let pixels =
        Tensor::<4>::from_data(TensorData::new(pixels, [pictures.len(), 3, size, size]), &device.device);
    for (layer, state) in clip.vision_model.hidden_states(pixels.clone()).into_iter().enumerate() {
        golden.check_tensor(&format!("out.vision.hidden.{layer}"), state);
    }
    golden.check_tensor("out.vision.pooled", clip.vision_model.forward(pixels));

    let texts = golden.settings()["texts"].as_array().unwrap();
    let texts: Vec<String> = texts.iter().map(|text| text.as_str().unwrap().to_string()).collect();
    let ids: Vec<Vec<u32>> = texts.iter().map(|text| clip.tokenizer.encode_padded(text).ids).collect();
    assert_eq!(ids, golden.ids("in.text.ids"));
    let images = clip.embed_images(&pictures);
    let words = clip.embed_texts(&texts);
    golden.check_tensor("out.image_embeds", images.clone());
    golden.check_tensor("out.text_embeds", words.clone());

    let (images, words) = (rows(images), rows(words));
    let split = golden.settings()["split"].as_u64().unwrap() as usize;
    let (concept, drawn) = images.split_at(split);
    let likeness = score(&image_similarity(concept, drawn)).unwrap();
    golden.check("out.metric.image_similarity", &[likeness.mean]);
    golden.check("out.metric.text_similarity", &[score(&text_similarity(&words[0], drawn)).unwrap().mean]);
    assert!(likeness.low <= likeness.mean && likeness.mean <= likeness.high);
}
