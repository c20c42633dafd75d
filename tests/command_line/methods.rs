//! Every method of learning from the shell, on the model inside the program: three steps, its files, and what is refused.

use std::path::Path;
use std::process::Command;

use crate::program::*;

fn learn(method: &str, images: &Path, out: &Path) -> Command {
    let mut line = typed("learn --device cpu --word <mug> --init mug --steps 3");
    line.args(["--gradient-accumulation", "1", "--preview-every", "0", "--score-every", "0"]);
    line.args(["--fixed-noise-every", "0", "--method", method]);
    line.arg("--images").arg(images).arg("--out").arg(out);
    line
}

#[test]
fn every_method_learns_and_refuses_what_is_for_another() {
    let place = tempfile::tempdir().unwrap();
    let samples = crate::places::repository().join("assets/samples");
    let [mug, robot] = ["tea-time-mug", "garden-robot"].map(|name| samples.join(name));
    for (method, vectors) in [
        ("single", 1),
        ("extended", 2),
        ("progressive", 2),
        ("regularised", 1),
        ("per-image", 1),
        ("captions", 1),
        ("two-concept", 1),
    ] {
        let out = place.path().join(method);
        let mut line = learn(method, &mug, &out);
        match method {
            "progressive" => line.args(["--add-vector-at", "2"]),
            "regularised" => line.args(["--regularisation", "0.1"]),
            "two-concept" => {
                line.args(["--with-word", "<robot>", "--with-init", "robot"]).arg("--with-images").arg(&robot)
            }
            _ => &mut line,
        };
        run_well(&mut line);
        let word = format::embedding::read(&out.join("mug.safetensors")).unwrap();
        assert_eq!(word.shape[0], vectors, "{method}");
        assert_eq!(out.join("robot.safetensors").is_file(), method == "two-concept");
    }
    let out = place.path().join("refused");
    let other = |method| learn(method, &mug, &out);
    refuses(other("single").args(["--add-vector-at", "2"]), 2, &["--method progressive"]);
    refuses(&mut other("two-concept"), 2, &["--with-images"]);
    refuses(other("progressive").args(["--vectors", "2"]), 2, &["--add-vector-at"]);
    let mut same = other("two-concept");
    same.args(["--with-word", "MUG", "--with-init", "robot"]).arg("--with-images").arg(&robot);
    refuses(&mut same, 2, &["<mug> and MUG"]);
    assert!(!out.exists());
}
