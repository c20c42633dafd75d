//! Drawing and editing as a person or a script does it: seeds and sizes, words of any script, masks.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::places::*;
use crate::program::*;
use crate::runs::*;
use format::{GenerateInfo, embedding, parse_parameters, read_parameters};
use image::RgbImage;

/// `pseudoword generate` in four steps, without a word.
fn generate_line(model: &Path, out: &Path, prompt: &str) -> Command {
    let mut line = typed("generate --device cpu --sampler ddim --steps 4 --prompt");
    line.arg(prompt);
    line.arg("--model").arg(model).arg("--out").arg(out);
    line
}

/// Draws and reads what was drawn, with the settings inside.
fn draw(line: &mut Command) -> Vec<(PathBuf, RgbImage, GenerateInfo)> {
    let paths: Vec<PathBuf> = run_well(line).lines().map(PathBuf::from).collect();
    let read = |path: PathBuf| {
        let info = parse_parameters(&read_parameters(&path).unwrap().unwrap());
        (path.clone(), image::open(path).unwrap().to_rgb8(), info)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn any_script_and_spaces_are_fine() {
    let place = workplace();
    let root = place.path().join("作品 集");
    let [model, out, pictures] = ["モデル v1", "出力 フォルダ", "絵"].map(|name| root.join(name));
    copy_folder(&crate::runs::model(), &model);
    copy_folder(&place.path().join("images"), &root.join("images"));
    std::fs::rename(root.join("images/source_0.png"), root.join("images/赤い 猫.png")).unwrap();
    let mut line = typed("learn --device cpu --word <ねこ> --init cat --steps 3");
    line.args(["--preview-every", "0", "--kind", "style", "--model"]).arg(&model);
    line.arg("--images").arg(root.join("images")).arg("--out").arg(&out);
    let word = out.join("ねこ.safetensors");
    assert_eq!(run_well(&mut line).trim(), word.to_string_lossy());
    assert_eq!(embedding::read(&word).unwrap().token.as_deref(), Some("<ねこ>"));

    let mut line = generate_line(&model, &pictures, "a photo of <ねこ>");
    let drawn = draw(line.args(["--negative", "ugly, 悪い", "--seed", "7", "--word"]).arg(&word));
    let [(path, _, info)] = drawn.as_slice() else { panic!("{} pictures", drawn.len()) };
    assert!(path.starts_with(&pictures));
    assert_eq!((info.prompt.as_str(), info.negative_prompt.as_str()), ("a photo of <ねこ>", "ugly, 悪い"));
    assert_eq!(
        (info.steps, info.seed, info.sampler.as_str(), info.model.as_str()),
        (4, 7, "DDIM", "モデル v1")
    );
    assert_eq!(info.ti_hashes, [("<ねこ>".to_string(), embedding::read_hashed(&word).unwrap().1)]);

    // All kinds of things say what they are.
    for (path, parts) in [
        (&model, ["made for", "64 pixels"]),
        (&out, ["finished after 3 of 3 steps", "<ねこ>"]),
        (&word, ["<ねこ>", "one vector of 32 numbers"]),
        (path, ["a photo of <ねこ>", "Seed: 7"]),
    ] {
        let text = run_well(program().arg("inspect").arg(path));
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}

#[test]
fn seeds_and_sizes_decide_the_picture() {
    let place = workplace();
    let out = place.path().join("drawn");
    let prompt = "a painting of a cat";
    let both = draw(generate_line(&model(), &out, prompt).args(["--seed", "5", "--count", "2"]));
    let again = draw(generate_line(&model(), &out, prompt).args(["--seed", "6"]));
    let [(_, first, five), (_, second, six)] = both.as_slice() else { panic!("{} pictures", both.len()) };
    assert_eq!((five.seed, six.seed, five.width, five.height), (5, 6, 64, 64));
    assert_ne!(first, second, "another seed must give another picture");
    assert_eq!(&again[0].1, second, "the same seed must give the same picture, to the last bit");
    let flat = |picture: &RgbImage| picture.iter().all(|v| *v == picture.as_raw()[0]);
    assert!(!flat(first) && !flat(second));
    let any = draw(generate_line(&model(), &place.path().join("any"), prompt).args(["--seed", "-1"]));
    assert!(
        any[0].0.to_string_lossy().ends_with(&format!("-{}.png", any[0].2.seed)),
        "{}",
        any[0].0.display()
    );
    assert!(any[0].2.seed > 6, "drawn at random");
    let wide = draw(generate_line(&model(), &out, prompt).args(["--seed", "5", "--size", "64x128"]));
    assert_eq!(wide[0].1.dimensions(), (64, 128));
    assert_eq!((wide[0].2.width, wide[0].2.height), (64, 128));
    let mut names: Vec<String> =
        std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["00000-5.png", "00001-6.png", "00002-6.png", "00003-5.png"]);
}

#[test]
fn a_picture_is_edited_where_the_mask_says_and_its_file_stays() {
    let place = workplace();
    let image = place.path().join("images/source_0.png");
    let before = std::fs::read(&image).unwrap();
    let original = image::open(&image).unwrap().to_rgb8();
    let (width, height) = original.dimensions();
    let mask = place.path().join("mask.png");
    let left = |x: u32| image::Luma([if x < width / 2 { 255 } else { 0 }]);
    image::GrayImage::from_fn(width, height, |x, _| left(x)).save(&mask).unwrap();
    let line = |more: &[&str]| {
        let mut line = typed("edit --device cpu --sampler ddim --steps 4 --prompt");
        line.arg("a cat");
        line.arg("--image").arg(&image).arg("--model").arg(model());
        line.arg("--out").arg(place.path().join("edited")).args(more);
        line
    };
    // What is only for masks is named where there is none; the picture is drawn all the same.
    let (code, _, said) = run(&mut line(&["--fit-background", "--mask-blur", "3", "--order", "ldm"]));
    assert_eq!((code, said.matches("is of use only with --mask or --extend").count()), (0, 3), "{said}");
    let mask = mask.to_str().unwrap();
    let drawn = draw(&mut line(&["--mask", mask, "--feather", "0", "--order", "SD", "--area", "whole"]));
    let [(_, edited, info)] = &drawn[..] else { panic!("{} pictures", drawn.len()) };
    assert_eq!(edited.dimensions(), (width, height));
    let changed = edited.enumerate_pixels().filter(|(x, y, pixel)| *pixel != original.get_pixel(*x, *y));
    let changed: Vec<u32> = changed.map(|(x, ..)| x).collect();
    assert!(changed.len() > 100 && changed.iter().all(|x| *x < width / 2));
    for (key, value) in
        [("Denoising strength", "0.75"), ("Inpaint area", "Whole picture"), ("Blending", "sd")]
    {
        assert!(info.extra.contains(&(key.into(), value.into())), "{info:?}");
    }
    for (typed, said) in
        [(&["--fit-background", "decoder"][..], "decoder"), (&["--fit-background"][..], "latents")]
    {
        let drawn = draw(&mut line(&[&["--mask", mask][..], typed].concat()));
        let said = ("Fit background".to_owned(), said.to_owned());
        assert!(drawn.iter().any(|(.., info)| info.extra.contains(&said)), "{said:?}");
    }
    assert_eq!(draw(&mut line(&["--count", "2", "--strength", "0.5"])).len(), 2);
    assert_eq!(std::fs::read(&image).unwrap(), before);
    refuses(&mut line(&["--strength", "2"]), 2, &["strength is 2"]);
}
