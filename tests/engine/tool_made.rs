//! Models as other tools leave them: each opens and computes what the plain one does, to the last bit, or is refused
//! with the name of what is wrong in it.
//!
//! The plain one is the reference model in one file, rounded to 16 bits, so that every number can also be written in
//! wider types. What is compared is what drawing needs: the text encoder, one pass of the U-Net, and the decoder.
//! Its length is that of a list of cases, and of the layouts in which they are written.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use format::Dtype;
use half::{bf16, f16};
use model::Pipeline;
use project::Precision;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::places::{configuration, copy_folder, golden};
use crate::single_files::{Laid, Tensors, family, model, read_safetensors, write_laid, write_safetensors};

type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

fn open(path: &Path) -> base::Result<Pipeline> {
    Pipeline::open(path, &Device::flex(), Precision::F32, &mut |_, _| Ok(()))
}

/// What a model makes of a text and of some latents.
fn drawn(path: &Path) -> (Vec<f32>, Vec<String>) {
    let mut model = open(path).unwrap();
    let device = model.device.clone();
    let ids = model.tokenizers.encode_padded("a cat, a hat").ids;
    let given = model.conditioner.encode(&[ids], None, 1, [64; 2]);
    let context = given.context.clone();
    let latents: Vec<f32> = (0..256).map(|i| (i as f32 * 0.7).sin()).collect();
    let latents = Tensor::<4>::from_data(TensorData::new(latents, [1, 4, 8, 8]), &device);
    let predicted = model.unet.forward(latents, &[500.0], &given);
    let picture = model.vae().unwrap().decode(predicted.clone());
    let values = |data: TensorData| data.try_into_vec::<f32>().unwrap();
    let all = [context.into_data(), predicted.into_data(), picture.into_data()].map(values).concat();
    assert!(all.iter().all(|value| value.is_finite()));
    (all, std::mem::take(&mut model.notes))
}

/// A place for a model in one file, with the configurations of its family beside it.
fn place(file: &str) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    configuration(&place.path().join("model.safetensors"), &golden().join(family(file)));
    place
}

/// Draws with a model of these tensors, in safetensors.
fn drawn_with(file: &str, tensors: &Tensors) -> (Vec<f32>, Vec<String>) {
    let place = place(file);
    let path = place.path().join("model.safetensors");
    write_safetensors(&path, tensors);
    drawn(&path)
}

fn refusal(tensors: &Tensors) -> String {
    let place = place("sd1_fp16");
    let path = place.path().join("model.safetensors");
    write_safetensors(&path, tensors);
    let mut model = match open(&path) {
        Ok(model) => model,
        Err(error) => return error.to_string(),
    };
    model.vae().map(drop).unwrap_err().to_string()
}

/// The reference model in 16 bits.
fn plain(file: &str) -> Tensors {
    model(&golden(), file)
}

fn find<'a>(tensors: &'a mut Tensors, end: &str) -> &'a mut Stored {
    tensors.iter_mut().find(|(name, ..)| name.ends_with(end)).unwrap()
}

/// Numbers of 16 bits in another type that can express them.
fn widen((_, dtype, _, bytes): &mut Stored, to: Dtype) {
    if *dtype != Dtype::F16 {
        return;
    }
    let numbers = bytes.as_chunks().0.iter().map(|number| f16::from_le_bytes(*number).to_f32());
    *bytes = match to {
        Dtype::F32 => numbers.flat_map(f32::to_le_bytes).collect(),
        Dtype::F64 => numbers.flat_map(|number| f64::from(number).to_le_bytes()).collect(),
        Dtype::BF16 => numbers.flat_map(|number| bf16::from_f32(number).to_le_bytes()).collect(),
        // The upper half of a 16-bit number.
        Dtype::F8_E5M2 => bytes.as_chunks::<2>().0.iter().map(|[_, upper]| *upper).collect(),
        other => panic!("{other:?}"),
    };
    *dtype = to;
}

/// The same numbers with the axes one after another in memory as `order` says, the innermost last.
fn reordered((_, dtype, shape, bytes): &Stored, order: &[usize]) -> Laid {
    let size = dtype.bitsize() / 8;
    let mut strides = vec![0; shape.len()];
    order.iter().rev().fold(1, |step, &axis| {
        strides[axis] = step;
        step * shape[axis]
    });
    let mut storage = vec![0; bytes.len()];
    for (flat, number) in bytes.chunks_exact(size).enumerate() {
        let (mut rest, mut at) = (flat, 0);
        for axis in (0..shape.len()).rev() {
            at += rest % shape[axis] * strides[axis];
            rest /= shape[axis];
        }
        storage[at * size..(at + 1) * size].copy_from_slice(number);
    }
    (strides, 0, storage)
}

/// As training leaves them: convolutions channels-last, matrices column by column, vectors as every second number of
/// something larger.
fn scattered(tensor: &Stored) -> Laid {
    let (_, dtype, shape, bytes) = tensor;
    let size = dtype.bitsize() / 8;
    match shape.len() {
        4 => reordered(tensor, &[0, 2, 3, 1]),
        2 => reordered(tensor, &[1, 0]),
        1 => {
            let spread = bytes.chunks_exact(size).flat_map(|number| [&vec![0x7f; size], number].concat());
            (vec![2], 1, spread.collect())
        }
        _ => (vec![0; shape.len()], 0, bytes.clone()),
    }
}

#[test]
fn tensors_in_any_order_draw_the_same() {
    for file in ["sd1_fp16", "sdxl_fp16"] {
        let tensors = plain(file);
        let expected = drawn_with(file, &tensors);
        let place = place(file);
        let path = place.path().join("model.ckpt");
        write_laid(&path, &tensors, &scattered);
        assert_eq!(drawn(&path), expected, "{file}");
        // What is written anew lies in the usual order.
        let converted = place.path().join("model.safetensors");
        format::checkpoint::convert_to_safetensors(&path, &converted, &mut |_| {}, &|| false).unwrap();
        let mut wanted = tensors.clone();
        wanted.sort_by(|a, b| a.0.cmp(&b.0));
        let mut got = read_safetensors(&converted);
        got.sort_by(|a, b| a.0.cmp(&b.0));
        assert!(got == wanted, "{file}");
    }
}

#[test]
fn axes_of_length_one_make_no_difference() {
    for file in ["sd1_fp16", "sd2_fp16", "sdxl_fp16"] {
        let tensors = plain(file);
        let expected = drawn_with(file, &tensors);
        let mut other = tensors.clone();
        for (name, _, shape, _) in &mut other {
            let weight = name.ends_with("weight") && !name.contains("embedding.weight");
            match shape.len() {
                1 if name.ends_with("bias") && !name.contains("cond") => shape.extend([1, 1]),
                2 if weight && !name.contains("cond") => shape.extend([1, 1]),
                2 if weight => shape.push(1),
                4 if shape[2..] == [1, 1] => shape.truncate(2),
                _ => {}
            }
        }
        assert_ne!(other, tensors);
        assert_eq!(drawn_with(file, &other), expected, "{file}");
    }
}

#[test]
fn what_training_and_merging_leave_is_passed_over() {
    let tensors = plain("sd1_fp16");
    let expected = drawn_with("sd1_fp16", &tensors);
    let mut more = tensors.clone();
    more.retain(|(name, ..)| !name.ends_with("position_ids"));
    let mut put = |name: &str, shape: &[usize]| {
        more.push((name.into(), Dtype::F32, shape.to_vec(), vec![0xff; 4 * shape.iter().product::<usize>()]));
    };
    put("cond_stage_model.transformer.text_model.embeddings.position_ids", &[1, 77]);
    put("embedding_manager.string_to_param_dict.*", &[1, 32]);
    put("embedding_manager.initial_embeddings.*", &[1, 32]);
    put("model_ema.decay", &[]);
    put("model_ema.diffusion_modeloutbias", &[4]);
    put("optimizer_states.0.state.0.exp_avg", &[2, 2]);
    put("lora_te_text_model_encoder_layers_0.lora_up.weight", &[2, 2]);
    put("bundle_emb.toy.string_to_param.*", &[1, 32]);
    put("first_stage_model.loss.logvar", &[]);
    more.push(("model.diffusion_model.num_updates".into(), Dtype::I64, vec![], vec![0; 8]));
    more.push(("first_stage_model.steps".into(), Dtype::I64, vec![], vec![0; 8]));
    assert_eq!(drawn_with("sd1_fp16", &more), expected);
    let wrapped = |new: &dyn Fn(&str) -> String| {
        let mut wrapped = tensors.clone();
        wrapped.iter_mut().for_each(|(name, ..)| *name = new(name));
        assert_eq!(drawn_with("sd1_fp16", &wrapped), expected, "{}", wrapped[0].0);
    };
    wrapped(&|name| format!("module.{name}"));
    wrapped(&|name| format!("state_dict._forward_module.module.{name}"));
    wrapped(&|name| name.replacen("model.", "model._orig_mod.", 1));
    wrapped(&|name| name.replacen("diffusion_model.", "diffusion_model.module.", 1));
    let place = place("sd1_fp16");
    let path = place.path().join("model.ckpt");
    write_laid(&path, &more, &|tensor| scattered(tensor));
    assert_eq!(drawn(&path), expected);
}

#[test]
fn number_formats_may_differ_within_a_model() {
    let tensors = plain("sd1_fp16");
    let expected = drawn_with("sd1_fp16", &tensors);
    let mut mixed = tensors.clone();
    for (index, tensor) in mixed.iter_mut().enumerate() {
        match (index % 3, tensor.0.starts_with("first_stage_model.")) {
            (0, _) => widen(tensor, Dtype::F64),
            (_, true) => widen(tensor, Dtype::F32),
            _ => {}
        }
    }
    assert_eq!(drawn_with("sd1_fp16", &mixed), expected);

    // The U-Net in 8 bits, the text encoder in bf16, against the same numbers in 16 and 32 bits.
    let (mut narrow, mut wide) = (tensors.clone(), tensors);
    for (narrow, wide) in narrow.iter_mut().zip(&mut wide) {
        if wide.1 == Dtype::F16 && wide.0.starts_with("model.") {
            widen(narrow, Dtype::F8_E5M2);
            wide.3.as_chunks_mut::<2>().0.iter_mut().for_each(|number| number[0] = 0);
        } else if wide.0.starts_with("cond_stage_model.") && wide.1 == Dtype::F16 {
            widen(narrow, Dtype::BF16);
            let numbers = narrow.3.as_chunks().0.iter().map(|number| bf16::from_le_bytes(*number).to_f32());
            (wide.1, wide.3) = (Dtype::F32, numbers.flat_map(f32::to_le_bytes).collect());
        }
    }
    let expected = drawn_with("sd1_fp16", &wide);
    assert_eq!(drawn_with("sd1_fp16", &narrow), expected);
    let place = place("sd1_fp16");
    let path = place.path().join("model.ckpt");
    write_laid(&path, &narrow, &scattered);
    assert_eq!(drawn(&path), expected);
}

/// Repeats the last row of a table.
fn lengthen((_, _, shape, bytes): &mut Stored, rows: usize) {
    let row = bytes.len() / shape[0];
    let last = bytes[bytes.len() - row..].to_vec();
    (0..rows).for_each(|_| bytes.extend(&last));
    shape[0] += rows;
}

#[test]
fn rows_that_no_token_names_are_left_out_and_said() {
    for file in ["sd1_fp16", "sd2_fp16", "sdxl_fp16", "ldm_fp16"] {
        let tensors = plain(file);
        let (expected, notes) = drawn_with(file, &tensors);
        assert!(notes.is_empty(), "{notes:?}");
        let mut longer = tensors.clone();
        let tables = ["token_embedding.weight", "token_emb.weight"];
        let (mut tables_found, mut positions_found) = (0, 0);
        for tensor in &mut longer {
            if tables.iter().any(|table| tensor.0.ends_with(table)) {
                lengthen(tensor, 2);
                tables_found += 1;
            } else if tensor.0.contains("position") && tensor.1 == Dtype::F16 || tensor.0.contains("pos_emb")
            {
                lengthen(tensor, 171);
                positions_found += 1;
            }
        }
        let (got, notes) = drawn_with(file, &longer);
        assert_eq!(got, expected, "{file}");
        let about = |what: &str| notes.iter().filter(|note| note.contains(what)).count();
        assert_eq!(
            (about("rows in its token table"), about("248 positions")),
            (tables_found, positions_found)
        );
        assert_eq!(tables_found, if file == "sdxl_fp16" { 2 } else { 1 }, "{notes:?}");
    }
    let mut other = plain("sd1_fp16");
    lengthen(find(&mut other, "token_embedding.weight"), 300);
    let fault = refusal(&other);
    assert!(fault.contains("1154 rows") && fault.contains("tokenizer 854"), "{fault}");
    let mut shorter = plain("sd1_fp16");
    let (_, _, shape, bytes) = find(&mut shorter, "token_embedding.weight");
    shape[0] -= 1;
    bytes.truncate(bytes.len() - 64);
    let fault = refusal(&shorter);
    assert!(fault.contains("vocabulary of 853") && fault.contains("854"), "{fault}");
}

#[test]
fn a_damaged_part_is_named() {
    for (tensor, part, bits) in [
        ("model.diffusion_model.out.2.bias", "U-Net", 0x7e00_u16),
        ("encoder.layers.1.mlp.fc2.weight", "text encoder", 0xfc00),
        ("token_embedding.weight", "text encoder", 0x7e00),
        ("first_stage_model.decoder.conv_out.weight", "autoencoder", 0x7c00),
    ] {
        let mut tensors = plain("sd1_fp16");
        find(&mut tensors, tensor).3[2..4].copy_from_slice(&bits.to_le_bytes());
        let fault = refusal(&tensors);
        let last = tensor.rsplit('.').next().unwrap();
        assert!(fault.contains(&format!("its {part} is damaged")) && fault.contains(last), "{fault}");
        assert!(fault.contains("not finite") && !fault.contains("precision"), "{fault}");
    }
}

/// Changes a JSON file.
fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(path, value.to_string()).unwrap();
}

#[test]
fn a_folder_as_trainers_save_it_draws_the_same() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("model");
    copy_folder(&golden().join("sd1"), &folder);
    let (expected, _) = drawn(&folder);
    // The U-Net in two pickled shards, compiled; the text encoder with a word of its own.
    let unet = folder.join("unet/diffusion_pytorch_model.safetensors");
    let mut tensors = read_safetensors(&unet);
    std::fs::remove_file(&unet).unwrap();
    tensors.iter_mut().for_each(|(name, ..)| *name = format!("_orig_mod.{name}"));
    let mut shards = tensors.chunks(tensors.len() / 2 + 1).enumerate();
    let mut map = json!({});
    for (index, shard) in &mut shards {
        let name = format!("diffusion_pytorch_model-0000{}-of-00002.bin", index + 1);
        shard.iter().for_each(|(tensor, ..)| map[tensor] = name.clone().into());
        write_laid(&folder.join("unet").join(name), &shard.to_vec(), &scattered);
    }
    let index = json!({ "metadata": { "total_size": 1 }, "weight_map": map }).to_string();
    std::fs::write(folder.join("unet/diffusion_pytorch_model.bin.index.json"), index).unwrap();
    edit(&folder.join("unet/config.json"), |config| {
        config["sample_size"] = json!([8, 12]);
        config["upcast_attention"] = Value::Null;
    });
    edit(&folder.join("vae/config.json"), |config| config["sample_size"] = Value::Null);
    let text = folder.join("text_encoder/model.safetensors");
    let mut tensors = read_safetensors(&text);
    lengthen(find(&mut tensors, "token_embedding.weight"), 1);
    write_safetensors(&text, &tensors);
    std::fs::write(folder.join("tokenizer/added_tokens.json"), r#"{"<own>": 854}"#).unwrap();
    let (got, notes) = drawn(&folder);
    assert_eq!(got, expected);
    assert!(notes.is_empty(), "{notes:?}");
    let model = open(&folder).unwrap();
    assert_eq!((model.native_size(), model.conditioner.vocabulary().size()), (64, 855));
    assert_eq!(model.tokenizers.encode("a <own>")[2], 854);

    // Without a row the word is none, as before; a configuration that promises one is refused.
    lengthen_back(&text);
    let model = open(&folder).unwrap();
    assert_eq!((model.conditioner.vocabulary().size(), model.tokenizers.id("<own>")), (854, None));
    edit(&folder.join("text_encoder/config.json"), |config| config["vocab_size"] = 855.into());
    let fault = open(&folder).map(drop).unwrap_err().to_string();
    assert!(fault.contains("854 rows") && fault.contains("configuration 855"), "{fault}");
}

/// Takes the last row of the token table away again.
fn lengthen_back(text: &Path) {
    let mut tensors = read_safetensors(text);
    let (_, _, shape, bytes) = find(&mut tensors, "token_embedding.weight");
    bytes.truncate(bytes.len() - bytes.len() / shape[0]);
    shape[0] -= 1;
    write_safetensors(text, &tensors);
}
