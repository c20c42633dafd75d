//! What the real program refuses, with which exit code and in which words; and unusual model folders that it
//! takes.
//!
//! Exit codes: 2 input, 3 model, 4 pictures, 5 learned word, 6 device, 7 disk or run folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::places::*;
use crate::program::*;
use crate::runs::*;
use crate::single_files::{read_safetensors, write_safetensors};
use safetensors::Dtype;

const UNET: &str = "unet/diffusion_pytorch_model.safetensors";

/// Tensors by name: type, shape, bytes.
type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn read_tensors(path: &Path) -> Tensors {
    let by_name = |(name, dtype, shape, bytes)| (name, (dtype, shape, bytes));
    read_safetensors(path).into_iter().map(by_name).collect()
}

fn write_tensors(path: &Path, tensors: &Tensors) {
    let all = tensors
        .iter()
        .map(|(name, (dtype, shape, bytes))| (name.clone(), *dtype, shape.clone(), bytes.clone()));
    write_safetensors(path, &all.collect());
}

/// A learning run with these places for its parts.
struct Line {
    place: tempfile::TempDir,
    model: PathBuf,
    images: PathBuf,
    word: String,
    init: String,
    device: &'static str,
}

impl Line {
    fn new() -> Self {
        let place = workplace();
        let images = place.path().join("images");
        Self { place, model: model(), images, word: "<cat-toy>".into(), init: "cat".into(), device: "cpu" }
    }

    fn out(&self) -> PathBuf {
        self.place.path().join("run")
    }

    fn command(&self) -> Command {
        let mut line = typed("learn --steps 1 --preview-every 0");
        line.arg("--model").arg(&self.model).arg("--images").arg(&self.images).arg("--out").arg(self.out());
        line.args(["--word", &self.word, "--init", &self.init, "--device", self.device]);
        line
    }

    /// The refusal must also leave nothing behind that would be in the way of the next attempt.
    fn refused(&self, code: i32, parts: &[&str]) {
        refuses(&mut self.command(), code, parts);
        assert!(!self.out().exists(), "a run that never began left a folder");
    }

    /// Copies the model and gives the copy's path.
    fn own_model(&mut self) -> &Path {
        self.model = self.place.path().join("model");
        copy_folder(&model(), &self.model);
        &self.model
    }
}

#[test]
fn models_that_are_none() {
    let mut line = Line::new();
    line.model = line.place.path().join("nowhere");
    line.refused(3, &["nowhere", "no such file or folder"]);
    line.model = line.images.clone();
    line.refused(3, &["images", "model_index.json"]);
    line.model = model().join("unet");
    line.refused(3, &["unet", "choose", "instead"]);
    let mut draw = typed("generate --device cpu --prompt x --model");
    draw.arg(&line.images);
    refuses(draw.arg("--out").arg(line.out()), 3, &["model_index.json"]);
    refuses(program().arg("inspect").arg(&line.images), 3, &["images"]);
}

#[test]
fn what_is_not_what_it_seems_is_named() {
    let line = Line::new();
    let place = |name: &str, bytes: &[u8]| {
        let path = line.place.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let draw = |model: &Path, word: &Path| {
        let mut draw = typed("generate --device cpu --prompt x --model");
        draw.arg(model);
        draw.arg("--word").arg(word).arg("--out").arg(line.out());
        draw
    };
    let page = b"<!DOCTYPE html>\n<html><head><title>Log in</title>";
    for name in ["page.safetensors", "page.ckpt"] {
        let word = place("any.pt", b"");
        refuses(&mut draw(&place(name, page), &word), 3, &[name, "web page", "download button"]);
    }
    for name in ["page.pt", "page.bin", "page.safetensors"] {
        refuses(&mut draw(&model(), &place(name, page)), 5, &[name, "web page", "download button"]);
        let mut inspect = program();
        let (_, _, said) = run(inspect.arg("inspect").arg(place(name, page)));
        assert!(said.contains("web page"), "{said}");
    }
    let note = place("note.png", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n");
    refuses(program().arg("inspect").arg(&note), 4, &["note.png", "Git LFS", "git lfs pull"]);
    let mut convert = program();
    convert.arg("convert").arg(&note).args(["--to", "emb-params", "--out"]).arg(line.out());
    refuses(&mut convert, 5, &["note.png", "Git LFS"]);
}

#[test]
fn damaged_weights_are_named() {
    let mut line = Line::new();
    let path = line.own_model().join(UNET);
    let whole = std::fs::read(&path).unwrap();
    let tensors = read_tensors(&path);
    let name = "mid_block.attentions.0.proj_in.weight";
    let changed = |change: &dyn Fn(&mut Tensors)| {
        let mut tensors = tensors.clone();
        change(&mut tensors);
        write_tensors(&path, &tensors);
    };
    changed(&|_| {});
    run_well(&mut line.command());
    std::fs::remove_dir_all(line.out()).unwrap();

    changed(&|tensors| drop(tensors.remove(name).unwrap()));
    line.refused(3, &[name, "missing"]);
    changed(&|tensors| tensors.get_mut(name).unwrap().1 = vec![48 * 48]);
    line.refused(3, &[name, "shape"]);
    changed(&|tensors| drop(tensors.insert("one.too.many".into(), (Dtype::F32, vec![1], vec![0; 4]))));
    line.refused(3, &["one.too.many", "has no place"]);
    std::fs::write(&path, &whole[..whole.len() - 1000]).unwrap();
    line.refused(3, &[UNET, "cut off"]);
    let mut garbled = whole.clone();
    garbled[8..40].fill(b'?');
    std::fs::write(&path, &garbled).unwrap();
    line.refused(3, &[UNET, "damaged"]);
    std::fs::remove_file(&path).unwrap();
    line.refused(3, &["unet", "no weights"]);
    std::fs::write(&path, &whole).unwrap();
    let vae = line.model.join("vae/diffusion_pytorch_model.safetensors");
    let mut tensors = read_tensors(&vae);
    tensors.remove("decoder.conv_out.bias").unwrap();
    write_tensors(&vae, &tensors);
    line.refused(3, &["decoder.conv_out.bias", "missing"]);
}

/// Rewrites the weights of a part in 16 bits, in two shards with an index or as a file with `fp16` in its
/// name.
fn halve(part: &Path, stem: &str, sharded: bool) {
    let whole = part.join(format!("{stem}.safetensors"));
    let mut tensors = read_tensors(&whole);
    std::fs::remove_file(&whole).unwrap();
    for (dtype, _, bytes) in tensors.values_mut().filter(|tensor| tensor.0 == Dtype::F32) {
        let numbers = bytes.as_chunks().0.iter().map(|b| half::f16::from_f32(f32::from_le_bytes(*b)));
        (*dtype, *bytes) = (Dtype::F16, numbers.flat_map(half::f16::to_le_bytes).collect());
    }
    if !sharded {
        return write_tensors(&part.join(format!("{stem}.fp16.safetensors")), &tensors);
    }
    let middle = tensors.keys().nth(tensors.len() / 2).unwrap().clone();
    let second = tensors.split_off(&middle);
    let mut map = serde_json::Map::new();
    for (number, tensors) in [(1, tensors), (2, second)] {
        let name = format!("{stem}-0000{number}-of-00002.safetensors");
        write_tensors(&part.join(&name), &tensors);
        map.extend(tensors.into_keys().map(|key| (key, name.clone().into())));
    }
    let index = serde_json::json!({ "metadata": {}, "weight_map": map });
    std::fs::write(part.join(format!("{stem}.safetensors.index.json")), index.to_string()).unwrap();
}

#[test]
fn half_precision_and_shards_give_the_same_picture() {
    let mut line = Line::new();
    let draw = |model: &Path, out: &Path| {
        let mut draw = typed("generate --device cpu --steps 6 --seed 3 --prompt");
        draw.args(["a cat", "--model"]);
        let path = run_well(draw.arg(model).arg("--out").arg(out));
        image::open(path.trim()).unwrap().to_rgb8()
    };
    let out = line.place.path().join("drawn");
    let exact = draw(&model(), &out);
    let own = line.own_model().to_path_buf();
    halve(&own.join("unet"), "diffusion_pytorch_model", true);
    halve(&own.join("text_encoder"), "model", true);
    halve(&own.join("vae"), "diffusion_pytorch_model", false);
    let halved = draw(&own, &out);
    let differences: Vec<u8> = exact.iter().zip(halved.iter()).map(|(a, b)| a.abs_diff(*b)).collect();
    let (worst, mean) = (
        differences.iter().max().copied().unwrap(),
        differences.iter().map(|d| f64::from(*d)).sum::<f64>() / differences.len() as f64,
    );
    println!("16-bit weights change the picture by {mean:.3} of 255 in the mean, {worst} at most");
    // Weights rounded to 11 bits differ by up to 1/2048; a swapped or wrong tensor changes tens of levels.
    assert!(worst <= 4 && mean < 0.7, "{worst} at most, {mean} in the mean");
    assert!(exact.iter().max() > exact.iter().min());
}

#[test]
fn words_that_cannot_be_learned() {
    let mut line = Line::new();
    line.word = "cat".into();
    line.refused(2, &["cat", "already knows"]);
    line.word = "two words".into();
    line.refused(2, &["space"]);
    line.word = "<__w__>".into();
    line.refused(2, &["<__w__>", "“__” twice", "Write it like <cat-toy>"]);
    line.word = "<cat-toy>".into();
    for init in ["", "   "] {
        line.init = init.into();
        line.refused(2, &["no initial word"]);
    }
    line.init = "<|endoftext|>".into();
    line.refused(2, &["does not know the initial word"]);
}

#[test]
fn pictures_that_cannot_be_used() {
    let mut line = Line::new();
    let empty = line.place.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    line.images = empty.clone();
    line.refused(4, &["empty", "no picture"]);
    line.images = line.place.path().join("nowhere");
    line.refused(4, &["nowhere", "no such folder"]);
    line.images = empty;
    std::fs::write(line.images.join("broken.png"), b"\x89PNG\r\n\x1a\nnothing more").unwrap();
    line.refused(4, &["broken.png"]);
    std::fs::write(line.images.join("broken.png"), b"no picture at all").unwrap();
    line.refused(4, &["broken.png"]);
    // The same line works once the picture does.
    std::fs::copy(line.place.path().join("images/source_0.png"), line.images.join("broken.png")).unwrap();
    run_well(&mut line.command());
}

#[test]
fn run_folders_that_cannot_be_used() {
    let line = Line::new();
    run_well(&mut line.command());
    let manifest = std::fs::read(line.out().join("run.toml")).unwrap();
    refuses(&mut line.command(), 7, &["already holds a run", "Resume"]);
    assert_eq!(std::fs::read(line.out().join("run.toml")).unwrap(), manifest);
    let resume = |out: &Path| {
        let mut resume = typed("learn --resume --device cpu --out");
        resume.arg(out);
        resume
    };
    refuses(&mut resume(&line.images), 7, &["images", "not a run"]);
    refuses(&mut resume(&line.place.path().join("nowhere")), 7, &["nowhere"]);
    // A run edited by hand.
    let text = String::from_utf8(manifest).unwrap();
    let at = text.find("[[pictures]]").unwrap();
    for (edited, sentence) in [
        (text.replace("batch_size = 1", "batch_size = 0"), "batch_size"),
        (text.replace("gradient_accumulation = 4", "gradient_accumulation = 0"), "gradient_accumulation"),
        (format!("pictures = []\n{}", &text[..at]), "no pictures"),
    ] {
        assert_ne!(edited, text);
        std::fs::write(line.out().join("run.toml"), edited).unwrap();
        let (code, _, said) = run(&mut resume(&line.out()));
        assert!([2, 7].contains(&code) && said.contains(sentence), "{code}: {said}");
    }
    std::fs::write(line.out().join("run.toml"), "format = ").unwrap();
    refuses(&mut resume(&line.out()), 7, &["run.toml", "line 1"]);
    refuses(
        program().arg("inspect").arg(line.images.join("source_0.png")),
        4,
        &["neither generation settings"],
    );
    let word = line.out().join("cat-toy.safetensors");
    std::fs::write(&word, b"no word").unwrap();
    refuses(program().arg("inspect").arg(&word), 5, &["cat-toy.safetensors"]);
}

#[test]
fn a_gpu_that_is_not_there() {
    let line = Line { device: "vulkan", ..Line::new() };
    let mut command = line.command();
    // The Vulkan loader then finds no driver, on any machine.
    command.env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent");
    command.env_remove("VK_ADD_DRIVER_FILES");
    refuses(&mut command, 6, &["vulkan", "--device cpu"]);
    assert!(!line.out().exists());
}
