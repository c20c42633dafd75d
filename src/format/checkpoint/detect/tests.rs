//! Synthetic headers of every kind of file.

use std::collections::BTreeMap;

use safetensors::Dtype;

use super::*;
use crate::tensors::Stored;

type Header = BTreeMap<String, Stored>;

fn put(header: &mut Header, name: &str, shape: &[usize]) {
    let stored = Stored { dtype: Dtype::F16, shape: shape.to_vec(), bytes: 0..0, strides: None };
    header.insert(name.to_owned(), stored);
}

/// A U-Net with transformers of these depths, and nothing else.
fn unet(channels: usize, widths: &[usize], depths: &[usize], context: usize, linear: bool) -> Header {
    let mut header = Header::new();
    let tail: &[usize] = if linear { &[] } else { &[1, 1] };
    let mut put =
        |name: String, shape: &[usize]| put(&mut header, &format!("model.diffusion_model.{name}"), shape);
    put("input_blocks.0.0.weight".into(), &[widths[0], channels, 3, 3]);
    let mut block = 1;
    for (level, (&width, &depth)) in widths.iter().zip(depths).enumerate() {
        for _ in 0..2 {
            put(format!("input_blocks.{block}.0.out_layers.3.weight"), &[width, width, 3, 3]);
            for inner in 0..depth {
                let name = format!("input_blocks.{block}.1.transformer_blocks.{inner}.attn2.to_k.weight");
                put(name, &[width, context]);
            }
            block += 1;
        }
        if level + 1 < widths.len() {
            put(format!("input_blocks.{block}.0.op.weight"), &[width, width, 3, 3]);
            block += 1;
        }
    }
    for output in 0..widths.len() * 3 {
        put(format!("output_blocks.{output}.0.out_layers.3.weight"), &[widths[0], widths[0], 3, 3]);
    }
    let last = widths[widths.len() - 1];
    put("middle_block.0.out_layers.3.weight".into(), &[last, last, 3, 3]);
    put("middle_block.1.proj_in.weight".into(), &[&[last, last], tail].concat());
    put("middle_block.1.transformer_blocks.0.attn2.to_k.weight".into(), &[last, context]);
    put("middle_block.2.out_layers.3.weight".into(), &[last, last, 3, 3]);
    header
}

fn with(mut header: Header, names: &[(&str, &[usize])]) -> Header {
    for (name, shape) in names {
        put(&mut header, name, shape);
    }
    header
}

const CLIP: (&str, &[usize]) =
    ("cond_stage_model.transformer.text_model.embeddings.token_embedding.weight", &[49408, 768]);
const OPEN: (&str, &[usize]) = ("cond_stage_model.model.token_embedding.weight", &[49408, 1024]);
const FIRST: (&str, &[usize]) =
    ("conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight", &[49408, 768]);
const SECOND: (&str, &[usize]) = ("conditioner.embedders.1.model.token_embedding.weight", &[49408, 1280]);
const ADDED: (&str, &[usize]) = ("model.diffusion_model.label_emb.0.0.weight", &[1280, 2816]);
const FOUR: &[usize] = &[320, 640, 1280, 1280];

fn sd1(channels: usize) -> Header {
    with(unet(channels, FOUR, &[1, 1, 1, 0], 768, false), &[CLIP])
}

fn sd2(channels: usize) -> Header {
    with(unet(channels, FOUR, &[1, 1, 1, 0], 1024, true), &[OPEN])
}

fn xl(depths: &[usize]) -> Header {
    with(unet(4, &[320, 640, 1280], depths, 2048, true), &[FIRST, SECOND, ADDED])
}

fn ldm() -> Header {
    with(
        unet(4, FOUR, &[1, 1, 1, 0], 1280, false),
        &[("cond_stage_model.transformer.token_emb.weight", &[30522, 1280])],
    )
}

fn found(header: &Header) -> Result<Found, String> {
    let contents = TensorGroups::new(header).unwrap();
    match other_kind(&contents) {
        Some(kind) => Err(kind.what.into()),
        None => detect(&contents, false),
    }
}

#[test]
fn every_family_is_told_by_its_header() {
    let leftover: (&str, &[usize]) = ("embedding_manager.string_to_param_dict.*", &[1, 768]);
    assert_eq!(found(&with(sd1(4), &[leftover])).unwrap().family, Family::Sd1, "a trainer's leftovers");
    for (header, family) in
        [(sd1(4), Family::Sd1), (sd2(4), Family::Sd2), (xl(&[0, 2, 10]), Family::Sdxl), (ldm(), Family::Ldm)]
    {
        assert_eq!(found(&header).unwrap().family, family);
    }
    let old = ("cond_stage_model.transformer.embeddings.token_embedding.weight", &[49408, 768][..]);
    let header = with(unet(4, FOUR, &[1, 1, 1, 0], 768, false), &[old]);
    assert_eq!(found(&header).unwrap().family, Family::Sd1);
    let turbo = ("conditioner.embedders.0.model.token_embedding.weight", &[49408, 1024][..]);
    let header = with(unet(4, FOUR, &[1, 1, 1, 0], 1024, true), &[turbo]);
    assert_eq!(found(&header).unwrap().family, Family::Sd2);
}

#[test]
fn other_shapes_than_the_published_are_named() {
    let config = |family| super::super::published::config(family, "unet", Default::default()).unwrap();
    let differs = |header: Header| {
        let found = found(&header).unwrap();
        found.unet.disagreement(&config(found.family)).unwrap()
    };
    assert!(differs(xl(&[0, 1, 2])).contains("transformer depths [0, 1, 2]"));
    let narrow = with(unet(4, &[32, 64, 64, 64], &[1, 1, 1, 0], 768, false), &[CLIP]);
    assert!(differs(narrow).contains("widths [32, 64, 64, 64]"));
    let other = with(unet(4, FOUR, &[1, 1, 1, 0], 512, false), &[CLIP]);
    assert!(differs(other).contains("context width of 512"));
}

#[test]
fn everything_else_is_declined_with_its_reason() {
    let bare = |name: &str| with(Header::new(), &[(name, &[4, 4])]);
    let prefix = "model.diffusion_model.";
    let without = |mut header: Header, part: &str| {
        header.retain(|name, _| !name.contains(part));
        header
    };
    let stored_in = |dtype, mut header: Header| {
        header.values_mut().for_each(|stored| stored.dtype = dtype);
        header
    };
    let refiner = with(
        unet(4, &[384, 768, 1536, 1536], &[0, 4, 4, 0], 1280, true),
        &[ADDED, ("conditioner.embedders.0.model.token_embedding.weight", &[49408, 1280])],
    );
    let other_text = with(
        unet(4, FOUR, &[1, 1, 1, 0], 768, false),
        &[("cond_stage_model.transformer.roberta.embeddings.word.weight", &[250_002, 1024])],
    );
    for (header, expected) in [
        (sd1(9), "inpainting"),
        (sd2(9), "inpainting"),
        (sd1(8), "instructions"),
        (sd2(5), "depth-to-image"),
        (sd1(7), "7 channels"),
        (refiner, "refiner"),
        (without(xl(&[0, 2, 4]), "middle_block.1."), "SSD-1B"),
        (without(xl(&[0, 1, 2]), "output_blocks.8"), "Vega"),
        (without(sd1(4), "cond_stage_model"), "no text encoder"),
        (other_text, "another text encoder"),
        (with(sd1(4), &[("model.diffusion_model.scaled_fp8", &[2])]), "scales of their own"),
        (with(sd1(4), &[("model.diffusion_model.out.2.scale_weight", &[])]), "scales of their own"),
        (with(sd1(4), &[("model.diffusion_model.out.2.lora_down.weight", &[4])]), "LoRA"),
        (stored_in(Dtype::U8, sd1(4)), "quantised"),
        (with(xl(&[0, 2, 10]), &[("edm_mean", &[4])]), "Playground"),
        (with(xl(&[0, 2, 10]), &[("edm_vpred.sigma_max", &[])]), "EDM"),
        (with(sd2(4), &[("noise_augmentor.data_mean", &[1])]), "unCLIP"),
        (with(sd1(4), &[("control_model.input_blocks.0.0.weight", &[4])]), "ControlNet"),
        (with(sd1(4), &[("model.diffusion_model.input_blocks.1.1.time_stack.0.x", &[4])]), "video"),
        (bare(&format!("{prefix}joint_blocks.0.x_block.attn.qkv.weight")), "Stable Diffusion 3"),
        (bare("joint_blocks.0.x_block.attn.qkv.weight"), "Stable Diffusion 3"),
        (bare("double_blocks.0.img_attn.qkv.weight"), "Flux"),
        (bare(&format!("{prefix}double_blocks.0.img_attn.qkv.weight")), "Flux"),
        (bare("transformer.single_transformer_blocks.0.attn.to_q.weight"), "Flux"),
        (bare("lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight"), "LoRA"),
        (bare("unet.down_blocks.0.attentions.0.proj_in.lora_A.weight"), "LoRA"),
        (bare("emb_params"), "learned word"),
        (bare("clip_g"), "learned word"),
        (bare("first_stage_model.decoder.conv_in.weight"), "autoencoder"),
        (bare("decoder.conv_in.weight"), "autoencoder"),
        (bare("down_blocks.0.resnets.0.norm1.weight"), "U-Net and nothing else"),
        (bare("text_model.final_layer_norm.weight"), "text encoder and nothing else"),
        (bare("model_ema.decay"), "averaged"),
        (bare("anything"), "no U-Net"),
        (Header::new(), "no U-Net"),
    ] {
        let fault = found(&header).unwrap_err();
        assert!(fault.contains(expected), "{expected}: {fault}");
    }
}

#[test]
fn what_lies_beside_a_whole_model_makes_no_difference() {
    let kept = |header: Header, family| assert_eq!(found(&header).unwrap().family, family);
    kept(with(sd1(4), &[("embedding_manager.string_to_param_dict.*", &[1, 768])]), Family::Sd1);
    kept(with(sd1(4), &[("string_to_param.*", &[1, 768])]), Family::Sd1);
    kept(
        with(xl(&[0, 2, 10]), &[("bundle_emb.toy.clip_l", &[1, 768]), ("lora_unet_x.lora_up", &[4])]),
        Family::Sdxl,
    );
    for (name, dtype) in [("num_updates", Dtype::I64), ("training", Dtype::BOOL), ("step", Dtype::I32)] {
        let mut header = sd1(4);
        put(&mut header, &format!("model.diffusion_model.{name}"), &[]);
        header.values_mut().last().unwrap().dtype = dtype;
        kept(header, Family::Sd1);
    }
    for dtype in [Dtype::F8_E4M3, Dtype::F8_E5M2, Dtype::F64] {
        let mut header = sd1(4);
        header.values_mut().for_each(|stored| stored.dtype = dtype);
        kept(header, Family::Sd1);
    }
    // Linear layers as convolutions of one pixel, and the other way round.
    kept(with(unet(4, FOUR, &[1, 1, 1, 0], 768, true), &[CLIP]), Family::Sd1);
    kept(with(unet(4, FOUR, &[1, 1, 1, 0], 1024, false), &[OPEN]), Family::Sd2);
}

#[test]
fn hostile_headers_end_in_a_sentence() {
    let prefix = "model.diffusion_model.";
    for name in ["input_blocks.9999.0.x", "input_blocks.63.1.y", "output_blocks.12.0.z", "middle_block.9.0"] {
        let header = with(sd1(4), &[(&format!("{prefix}{name}"), &[4])]);
        assert!(found(&header).is_err(), "{name}");
    }
    let mut header = sd1(4);
    put(&mut header, &format!("{prefix}input_blocks.0.0.weight"), &[]);
    assert!(found(&header).is_err());
    let mut header = sd1(4);
    put(&mut header, &format!("{prefix}input_blocks.1.0.out_layers.3.weight"), &[]);
    assert!(found(&header).is_err());
}
