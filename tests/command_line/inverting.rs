//! A picture inverted by the real program, with the model inside it: it comes back, and another prompt changes it.

use crate::program::*;
use serde_json::Value;

#[test]
fn a_picture_comes_back_from_its_noise() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("inverted");
    let image = crate::places::repository().join("assets/samples/tea-time-mug");
    let image = std::fs::read_dir(image).unwrap().map(|entry| entry.unwrap().path());
    let image = image.filter(|path| path.extension().is_some_and(|end| end == "png" || end == "jpg")).min();
    let mut line = typed("invert --device cpu --steps 8 --prompt");
    line.arg("a photo of a mug");
    line.args(["--to", "a photo of a cat", "--guidance", "1,4", "--image"]).arg(image.unwrap());
    line.arg("--out").arg(&out);
    let (code, paths, said) = run(&mut line);
    assert_eq!(code, 0, "{said}");
    assert_eq!(paths.lines().count(), 5, "{paths}");
    assert!(said.contains("dB from autoencoder.png") && said.contains("2 other pictures"), "{said}");
    println!("{said}");
    let report: Value = base::json::read(&out.join("invert.json"), "").unwrap();
    let near = report["round_trip"]["psnr"].as_f64().unwrap();
    assert!(near > LEAST, "{near} dB");
    for edit in report["edits"].as_array().unwrap() {
        let picture = image::open(out.join(edit["file"].as_str().unwrap())).unwrap();
        assert_eq!((picture.width(), picture.height()), (64, 64));
    }
    // Nothing is ever written over.
    refuses(&mut line, 2, &["holds autoencoder.png already"]);
}

/// In decibels, well below what 8 steps come back to.
const LEAST: f64 = 20.0;
