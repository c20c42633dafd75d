//! Models in one file, made from the golden folders when a test asks: the same weights under the names of the original
//! repositories (CompVis, Stability, OpenCLIP), as safetensors or as the zip with a pickle that `torch.save` writes.
//!
//! The program's own reader has no part in it, and what is made must have the checksums of the files that PyTorch once
//! wrote of these folders (`single_file.rs`). One of them is kept and copied instead of made, so that PyTorch's own
//! pickle is read as well: `tests/golden/single_file/sd1_fp16.ckpt`. Its length is that of the tables of names.
#![allow(dead_code, reason = "each program of tests uses its part")]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use zip::write::SimpleFileOptions;

use crate::places::{configuration, golden};

/// Tensors as a file holds them: name, type, shape, bytes.
pub type Tensors = Vec<(String, Dtype, Vec<usize>, Vec<u8>)>;

/// New names for old: each pair replaces its first occurrence, in this order.
type Names = [(&'static str, &'static str)];

const UNET: &Names = &[
    ("time_embedding.linear_1.", "time_embed.0."),
    ("time_embedding.linear_2.", "time_embed.2."),
    ("add_embedding.linear_1.", "label_emb.0.0."),
    ("add_embedding.linear_2.", "label_emb.0.2."),
    ("conv_in.", "input_blocks.0.0."),
    ("conv_norm_out.", "out.0."),
    ("conv_out.", "out.2."),
];
const RESNET: &Names = &[
    ("norm1.", "in_layers.0."),
    ("conv1.", "in_layers.2."),
    ("time_emb_proj.", "emb_layers.1."),
    ("norm2.", "out_layers.0."),
    ("conv2.", "out_layers.3."),
    ("conv_shortcut.", "skip_connection."),
];
const VAE: &Names = &[
    ("mid_block.resnets.0.", "mid.block_1."),
    ("mid_block.resnets.1.", "mid.block_2."),
    ("mid_block.attentions.0.", "mid.attn_1."),
    ("attn_1.group_norm.", "attn_1.norm."),
    ("attn_1.to_out.0.", "attn_1.proj_out."),
    ("attn_1.to_", "attn_1."),
    // As diffusers called them before 0.17.
    ("attn_1.query.", "attn_1.q."),
    ("attn_1.key.", "attn_1.k."),
    ("attn_1.value.", "attn_1.v."),
    ("attn_1.proj_attn.", "attn_1.proj_out."),
    ("conv_norm_out.", "norm_out."),
    ("down_blocks.", "down."),
    ("up_blocks.", "up."),
    (".resnets.", ".block."),
    (".downsamplers.0.", ".downsample."),
    (".upsamplers.0.", ".upsample."),
    ("conv_shortcut.", "nin_shortcut."),
];
const OPEN_CLIP: &Names = &[
    ("text_model.", ""),
    ("embeddings.position_embedding.weight", "positional_embedding"),
    ("embeddings.token_embedding.", "token_embedding."),
    ("final_layer_norm.", "ln_final."),
    ("encoder.layers.", "transformer.resblocks."),
    ("layer_norm1.", "ln_1."),
    ("layer_norm2.", "ln_2."),
    ("mlp.fc1.", "mlp.c_fc."),
    ("mlp.fc2.", "mlp.c_proj."),
    ("self_attn.out_proj.", "attn.out_proj."),
    ("self_attn.q_proj.", "attn.in_proj_"),
    ("text_projection.weight", "text_projection"),
];
const LDM_BERT: &Names = &[
    ("model.embed_tokens.", "token_emb."),
    ("model.embed_positions.", "pos_emb.emb."),
    ("model.layer_norm.", "norm."),
];
/// The layers of attention (0) and of the feed-forward network (1) that make one of diffusers'.
const LDM_BERT_LAYER: [(&str, usize, &str); 8] = [
    ("self_attn_layer_norm.", 0, "0."),
    ("self_attn.q_proj.", 0, "1.to_q."),
    ("self_attn.k_proj.", 0, "1.to_k."),
    ("self_attn.v_proj.", 0, "1.to_v."),
    ("self_attn.out_proj.", 0, "1.to_out."),
    ("final_layer_norm.", 1, "0."),
    ("fc1.", 1, "1.net.0.0."),
    ("fc2.", 1, "1.net.2."),
];

/// Puts a model such as `sd1_fp16.ckpt` into `place` with the configurations and vocabularies of its family beside it.
pub fn single_file(place: &Path, file: &str) -> PathBuf {
    let path = place.join(file);
    write_model(&golden(), file, &path);
    configuration(&path, &golden().join(family(file)));
    path
}

/// The folder that a single file is made from.
pub fn family(file: &str) -> &str {
    file.split('_').next().unwrap()
}

/// Writes the model `file` to `to`: its name says the family's folder in `models`, the precision and the container.
pub fn write_model(models: &Path, file: &str, to: &Path) {
    let kept = models.join("single_file").join(file);
    if kept.is_file() {
        std::fs::copy(kept, to).unwrap();
        return;
    }
    let tensors = model(models, file);
    if file.ends_with(".ckpt") { write_checkpoint(to, &tensors) } else { write_safetensors(to, &tensors) }
}

/// Everything that the model `file` holds: its weights, and what published files of its family have besides.
pub fn model(models: &Path, file: &str) -> Tensors {
    let mut tensors = weights(models, family(file));
    let zeros = |name: &str, shape: &[usize]| {
        (name.to_owned(), Dtype::F32, shape.to_vec(), vec![0; 4 * shape.iter().product::<usize>()])
    };
    let mut extra = match family(file) {
        "sdxl" => vec![zeros("conditioner.embedders.1.model.logit_scale", &[])],
        _ => vec![zeros("alphas_cumprod", &[1000]), zeros("betas", &[1000])],
    };
    if family(file) == "sd2" {
        // The last layer of OpenCLIP's text tower, which nobody uses and diffusers' folder lacks.
        let start = "cond_stage_model.model.transformer.resblocks.";
        let layers = count(&tensors, start);
        let last = tensors.iter().filter_map(|(name, dtype, shape, bytes)| {
            let rest = name.strip_prefix(&format!("{start}{}.", layers - 1))?;
            Some((format!("{start}{layers}.{rest}"), *dtype, shape.clone(), bytes.clone()))
        });
        extra.extend(last);
        extra.push(zeros("cond_stage_model.model.logit_scale", &[]));
        let width = tensors.iter().find(|(name, ..)| name.ends_with("ln_final.bias")).unwrap().2[0];
        extra.push(zeros("cond_stage_model.model.text_projection", &[width, width]));
    }
    tensors.extend(extra);
    if file.contains("_fp16") {
        round(&mut tensors);
    }
    let clips = [("sd1", "cond_stage_model"), ("sdxl", "conditioner.embedders.0")];
    for (_, clip) in clips.iter().filter(|(name, _)| *name == family(file)) {
        let name = format!("{clip}.transformer.text_model.embeddings.position_ids");
        tensors.push((name, Dtype::I64, vec![1, 77], (0..77_i64).flat_map(i64::to_le_bytes).collect()));
    }
    tensors
}

/// Rounds all numbers to 16 bits.
pub fn round(tensors: &mut Tensors) {
    for (_, dtype, _, bytes) in tensors {
        let numbers = bytes.as_chunks().0.iter().map(|number| f16::from_f32(f32::from_le_bytes(*number)));
        (*dtype, *bytes) = (Dtype::F16, numbers.flat_map(f16::to_le_bytes).collect());
    }
}

/// The weights of a model folder in 32 bits, by their original names.
pub fn weights(models: &Path, family: &str) -> Tensors {
    let read = |part: &str| read_part(&models.join(family).join(part));
    let (mut unet, mut vae) = (read("unet"), read(if family == "ldm" { "vqvae" } else { "vae" }));
    let layers = count(&unet, "down_blocks.0.resnets.");
    let attentive: Vec<bool> = (0..count(&unet, "up_blocks."))
        .map(|level| count(&unet, &format!("up_blocks.{level}.attentions.")) > 0)
        .collect();
    rename(&mut unet, |name| format!("model.diffusion_model.{}", unet_name(name, layers, &attentive)));
    let levels = count(&vae, "decoder.up_blocks.");
    rename(&mut vae, |name| format!("first_stage_model.{}", vae_name(name, levels)));
    for (name, _, shape, _) in &mut vae {
        if name.contains(".attn_1.") && shape.len() == 2 {
            shape.extend([1, 1]);
        }
    }
    let text = match family {
        "sd1" => prefixed(read("text_encoder"), "cond_stage_model.transformer."),
        "sd2" => prefixed(open_clip(&read("text_encoder")), "cond_stage_model.model."),
        "sdxl" => {
            let first = prefixed(read("text_encoder"), "conditioner.embedders.0.transformer.");
            let second = prefixed(open_clip(&read("text_encoder_2")), "conditioner.embedders.1.model.");
            [first, second].concat()
        }
        "ldm" => {
            let mut bert = read("bert");
            rename(&mut bert, |name| format!("cond_stage_model.transformer.{}", ldm_bert_name(name)));
            bert
        }
        other => panic!("no family {other}"),
    };
    [unet, vae, text].concat()
}

/// All tensors in a folder's safetensors files but the tables of positions, which are no weights.
fn read_part(folder: &Path) -> Tensors {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let weights = files.filter(|path| path.extension().is_some_and(|end| end == "safetensors"));
    let mut tensors: Tensors = weights.flat_map(|path| read_safetensors(&path)).collect();
    tensors.retain(|(name, ..)| !name.ends_with("position_ids"));
    tensors
}

fn rename(tensors: &mut Tensors, new: impl Fn(&str) -> String) {
    tensors.iter_mut().for_each(|(name, ..)| *name = new(name));
}

fn prefixed(mut tensors: Tensors, prefix: &str) -> Tensors {
    rename(&mut tensors, |name| format!("{prefix}{name}"));
    tensors
}

fn replaced(name: &str, names: &Names) -> String {
    names.iter().fold(name.to_owned(), |name, (old, new)| name.replacen(old, new, 1))
}

/// One more than the largest index that follows `start`.
fn count(tensors: &Tensors, start: &str) -> usize {
    let index = |name: &str| name.strip_prefix(start)?.split('.').next()?.parse::<usize>().ok();
    tensors.iter().filter_map(|(name, ..)| index(name)).max().map_or(0, |last| last + 1)
}

/// A tensor of the U-Net with so many layers a block; `attentive` says which up blocks have attention.
fn unet_name(name: &str, layers: usize, attentive: &[bool]) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let number = |text: &str| text.parse::<usize>().unwrap();
    match *parts {
        ["mid_block", "attentions", _, ref rest @ ..] => format!("middle_block.1.{}", rest.join(".")),
        ["mid_block", _, index, ref rest @ ..] => {
            format!("middle_block.{}.{}", 2 * number(index), replaced(&rest.join("."), RESNET))
        }
        [side @ ("down_blocks" | "up_blocks"), level, kind, index, ref rest @ ..] => {
            let (side, first) = if side == "down_blocks" { ("input", 1) } else { ("output", 0) };
            let layer = if kind.ends_with("samplers") { layers } else { number(index) };
            let block = format!("{side}_blocks.{}", first + number(level) * (layers + 1) + layer);
            let rest = rest.join(".");
            match kind {
                "resnets" => format!("{block}.0.{}", replaced(&rest, RESNET)),
                "attentions" => format!("{block}.1.{rest}"),
                "downsamplers" => format!("{block}.0.{}", rest.replacen("conv.", "op.", 1)),
                _ => format!("{block}.{}.{rest}", if attentive[number(level)] { 2 } else { 1 }),
            }
        }
        _ => replaced(name, UNET),
    }
}

/// A tensor of the autoencoder, whose decoder counts its levels from the other end.
fn vae_name(name: &str, levels: usize) -> String {
    let name = replaced(name, VAE);
    let Some(rest) = name.strip_prefix("decoder.up.") else { return name };
    let (level, rest) = rest.split_once('.').unwrap();
    format!("decoder.up.{}.{rest}", levels - 1 - level.parse::<usize>().unwrap())
}

/// transformers' CLIP text model as OpenCLIP stores it: query, key and value in one matrix, the projection transposed.
fn open_clip(tensors: &Tensors) -> Tensors {
    let mut out = Tensors::new();
    for (name, dtype, shape, bytes) in tensors {
        let (mut shape, mut bytes) = (shape.clone(), bytes.clone());
        if name.contains(".k_proj.") || name.contains(".v_proj.") {
            continue;
        }
        if name.contains(".q_proj.") {
            for letter in ["k_proj", "v_proj"] {
                let other = name.replacen("q_proj", letter, 1);
                bytes.extend(&tensors.iter().find(|(name, ..)| *name == other).unwrap().3);
            }
            shape[0] *= 3;
        }
        if name == "text_projection.weight" {
            let (numbers, width) = (bytes.as_chunks::<4>().0, shape[1]);
            bytes = (0..width)
                .flat_map(|column| numbers.iter().skip(column).step_by(width).flatten().copied())
                .collect();
            shape.reverse();
        }
        out.push((replaced(name, OPEN_CLIP), *dtype, shape, bytes));
    }
    out
}

/// A tensor of Latent Diffusion's text encoder, where layers of attention and feed-forward networks alternate.
fn ldm_bert_name(name: &str) -> String {
    let Some(layer) = name.strip_prefix("model.layers.") else { return replaced(name, LDM_BERT) };
    let (index, inner) = layer.split_once('.').unwrap();
    let found =
        LDM_BERT_LAYER.iter().find_map(|(now, half, then)| Some((half, then, inner.strip_prefix(now)?)));
    let (half, then, rest) = found.unwrap();
    format!("attn_layers.layers.{}.{then}{rest}", 2 * index.parse::<usize>().unwrap() + half)
}

/// The tensors of a safetensors file.
pub fn read_safetensors(path: &Path) -> Tensors {
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = |(name, view): (String, TensorView<'_>)| {
        (name, view.dtype(), view.shape().to_vec(), view.data().to_vec())
    };
    file.tensors().into_iter().map(tensor).collect()
}

/// Writes a safetensors file.
pub fn write_safetensors(path: &Path, tensors: &Tensors) {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// Where a tensor's numbers lie in a storage of their own: the strides, how many numbers come before the first, and the
/// storage.
pub type Laid = (Vec<usize>, usize, Vec<u8>);

/// In the order of the shape.
fn in_order((_, _, shape, bytes): &(String, Dtype, Vec<usize>, Vec<u8>)) -> Laid {
    ((1..=shape.len()).map(|axis| shape[axis..].iter().product()).collect(), 0, bytes.clone())
}

/// Writes a PyTorch checkpoint: the tensors under `state_dict`, beside what training programs leave there.
pub fn write_checkpoint(path: &Path, tensors: &Tensors) {
    write_laid(path, tensors, &in_order);
}

/// A tensor with its name, type, shape and bytes.
pub type Named = (String, Dtype, Vec<usize>, Vec<u8>);

/// Writes a PyTorch checkpoint whose tensors lie in their storages as `lay` says.
pub fn write_laid(path: &Path, tensors: &Tensors, lay: &dyn Fn(&Named) -> Laid) {
    let text = |text: &str| [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let tuple = |numbers: &[usize]| {
        let numbers = numbers.iter().flat_map(|number| [b"J", &(*number as i32).to_le_bytes()[..]].concat());
        [b"(".to_vec(), numbers.collect(), b"t".to_vec()].concat()
    };
    let mut pickle = [b"\x80\x02}(", &text("epoch")[..], b"K\x03", &text("state_dict")].concat();
    pickle.extend(b"ccollections\nOrderedDict\n)R(");
    let laid: Vec<Laid> = tensors.iter().map(lay).collect();
    for (index, ((name, dtype, shape, _), (strides, offset, storage))) in
        tensors.iter().zip(&laid).enumerate()
    {
        // Since 8 bits PyTorch keeps the type beside a storage of bytes instead of in the storage's.
        let (version, class, size, kind) = match dtype {
            Dtype::F16 => (2, "torch\nHalfStorage", 2, ""),
            Dtype::BF16 => (2, "torch\nBFloat16Storage", 2, ""),
            Dtype::F32 => (2, "torch\nFloatStorage", 4, ""),
            Dtype::F64 => (2, "torch\nDoubleStorage", 8, ""),
            Dtype::I64 => (2, "torch\nLongStorage", 8, ""),
            Dtype::F8_E4M3 => (3, "torch.storage\nUntypedStorage", 1, "ctorch\nfloat8_e4m3fn\n"),
            Dtype::F8_E5M2 => (3, "torch.storage\nUntypedStorage", 1, "ctorch\nfloat8_e5m2\n"),
            other => panic!("no storage of {other:?} is written"),
        };
        let number = |number: usize| [b"J", &(number as i32).to_le_bytes()[..]].concat();
        let function = format!("ctorch._utils\n_rebuild_tensor_v{version}\n((");
        pickle.extend([&text(name)[..], function.as_bytes(), &text("storage")].concat());
        let storage = number(storage.len() / size);
        pickle.extend([format!("c{class}\n").as_bytes(), &text(&index.to_string()), &text("cpu")].concat());
        // The number of elements stands alone, where a tuple would have its brackets.
        pickle.extend([&storage[..], b"tQ", &number(*offset), &tuple(shape), &tuple(strides)].concat());
        pickle.extend([&b"\x89ccollections\nOrderedDict\n)R"[..], kind.as_bytes(), b"tR"].concat());
    }
    pickle.push(b'u');
    pickle.extend([&text("callbacks")[..], b"}cpytorch_lightning.callbacks.model_checkpoint\n"].concat());
    pickle.extend(b"ModelCheckpoint\n}su.");
    let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut put = |name: &str, bytes: &[u8]| {
        zip.start_file(format!("archive/{name}"), stored).unwrap();
        zip.write_all(bytes).unwrap();
    };
    put("data.pkl", &pickle);
    laid.iter().enumerate().for_each(|(index, (_, _, bytes))| put(&format!("data/{index}"), bytes));
    put("version", b"3\n");
    zip.finish().unwrap();
}
