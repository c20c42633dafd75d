//! Learned words as other programs write them, and files that must be refused.
//!
//! The files in the golden folder's `embeddings` come with the vectors that PyTorch reads from them, which must
//! be equal bit by bit. Everything in `broken` must end in a sentence that names the file, within a second and
//! 200 MB.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use format::embedding;
use format::{LearnedWord, Weights};
use serde_json::Value;

/// `tests/golden/embeddings`, or the same folder of the tree that `PSEUDOWORD_GOLDEN` names if that has one.
fn golden() -> PathBuf {
    crate::numbers::folder_with("embeddings").join("embeddings")
}

#[test]
fn every_container_gives_the_reference_vectors() {
    let text = std::fs::read_to_string(golden().join("reference.json")).unwrap();
    let reference: Value = serde_json::from_str(&text).unwrap();
    let tensors = Weights::open_file(&golden().join("reference.safetensors")).unwrap();
    let expected = |tensor: &str| -> (Vec<f32>, Vec<usize>) {
        (tensors.read_f32(tensor).unwrap(), tensors.shape(tensor).unwrap().to_vec())
    };
    let files = reference["files"].as_array().unwrap();
    assert!(files.len() >= 27);
    let mut seen = Vec::new();
    for case in files {
        let file = case["file"].as_str().unwrap();
        let path = golden().join(file);
        let words = embedding::read_all(&path).unwrap();
        let parts: Vec<(&str, &str)> = case["expected"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, tensor)| (key.as_str(), tensor.as_str().unwrap()))
            .collect();
        let compare = |values: &[f32], shape: [usize; 2], tensor: &str| {
            let (want, want_shape) = expected(tensor);
            assert_eq!(shape.as_slice(), want_shape, "{file}");
            // Bits, not numbers: zeros have signs.
            assert!(values.iter().zip(&want).all(|(a, b)| a.to_bits() == b.to_bits()), "{file}");
            assert_eq!(values.len(), want.len());
        };
        let find = |key: &str| parts.iter().find(|(name, _)| *name == key).map(|(_, tensor)| *tensor);
        if let (Some(first), Some(second)) = (find("clip_l"), find("clip_g")) {
            compare(&words[0].vectors, words[0].shape, first);
            let other = words[0].second.as_ref().unwrap();
            compare(&other.values, other.shape, second);
        } else if file.starts_with("sdxl_learned_embeds") {
            // The two files are one word, whichever is named.
            compare(&words[0].vectors, words[0].shape, "clip_l");
            let other = words[0].second.as_ref().unwrap();
            compare(&other.values, other.shape, "clip_g");
        } else {
            assert_eq!(words.len(), parts.len(), "{file}");
            for (word, (key, tensor)) in words.iter().zip(&parts) {
                compare(&word.vectors, word.shape, tensor);
                let token = word.token.as_deref().unwrap();
                let stem = path.file_stem().unwrap().to_str().unwrap();
                let expected = match *key {
                    "emb_params" => stem,
                    "*" if words.len() == 1 && file.starts_with("a1111") => "cat-toy",
                    "*" if words.len() == 1 => stem,
                    key => key,
                };
                assert_eq!(token, expected, "{file}");
            }
        }
        println!("{file}: every bit equal. {}", words[0].describe());
        seen.push(file.to_owned());
    }
    let a1111 = embedding::read(&golden().join("a1111.pt")).unwrap();
    assert_eq!(
        (a1111.metadata["ss_steps"].as_str(), a1111.metadata["ss_sd_model_name"].as_str()),
        ("1500", "tiny-v1")
    );
    let kohya = embedding::read(&golden().join("kohya.safetensors")).unwrap();
    assert_eq!(kohya.metadata["ss_num_vectors"], "3");
    assert!(seen.iter().any(|file| file == "original_multi.pt"));
}

#[test]
fn a_file_of_several_words_asks_which() {
    let path = golden().join("original_multi.pt");
    let refusal = embedding::read(&path).unwrap_err().to_string();
    assert!(refusal.contains("“*”") && refusal.contains("“@”") && refusal.contains("--word"), "{refusal}");
    let other = embedding::read_named(&path, Some("@")).unwrap();
    assert_eq!((other.token.as_deref(), other.shape), (Some("@"), [2, 32]));
    let missing = embedding::read_named(&path, Some("#")).unwrap_err().to_string();
    assert!(missing.contains("“#”") && missing.contains("“@”"), "{missing}");
}

/// The refusal of a broken file, or `None` if it is taken.
fn refusal(path: &Path) -> Option<base::Error> {
    let check = |word: LearnedWord| word.expect_widths(&[32], path);
    embedding::read(path).and_then(check).err()
}

#[test]
fn damaged_and_hostile_files_are_refused_by_name_at_once() {
    let mut count = 0;
    for entry in std::fs::read_dir(golden().join("broken")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        let start = Instant::now();
        let outcome = refusal(&path);
        let seconds = start.elapsed();
        assert!(seconds < Duration::from_secs(1), "{name} took {seconds:?}");
        count += 1;
        let refusal = outcome.unwrap_or_else(|| panic!("{name} was taken"));
        let sentence = refusal.to_string();
        assert!(sentence.contains(&name), "{sentence}");
        assert!(sentence.ends_with('.') && sentence.contains(". "), "no remedy: {sentence}");
        assert_eq!(refusal.exit_code(), 5, "{sentence}");
        println!("{}", sentence.rsplit('/').next().unwrap());
    }
    assert!(count >= 52, "only {count} files");
    assert!(!Path::new("/tmp/pwned_marker").exists(), "a pickle was run");
}

/// The most memory this process ever had, in bytes, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

#[test]
fn refusing_takes_little_memory() {
    const CHILD: &str = "PSEUDOWORD_TEST_BROKEN_FILE";
    if let Some(path) = std::env::var_os(CHILD) {
        let before = peak();
        let _ = refusal(Path::new(&path));
        println!("peak {} {}", before.unwrap_or(0), peak().unwrap_or(0));
        return;
    }
    // One process for each file, because the peak of a process never falls.
    let mut worst = (0, String::new());
    for entry in std::fs::read_dir(golden().join("broken")).unwrap() {
        let path = entry.unwrap().path();
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["golden_embeddings::refusing_takes_little_memory", "--exact", "--nocapture"])
            .env(CHILD, &path)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}: {text}", path.display());
        let line = text.lines().find_map(|line| line.split_once("peak ")).map(|(_, rest)| rest.to_owned());
        let most: u64 = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap();
        assert!(most < 200 << 20, "{} took {} MiB", path.display(), most >> 20);
        worst = worst.max((most, path.file_name().unwrap().to_string_lossy().into_owned()));
    }
    println!("the most was {} MiB, for {}", worst.0 >> 20, worst.1);
}

#[test]
fn a_large_file_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.safetensors");
    std::fs::write(&path, [1; 64]).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(5 << 30).unwrap();
    let sentence = embedding::read(&path).unwrap_err().to_string();
    assert!(sentence.contains("5120 MiB"), "{sentence}");
}

#[test]
fn half_a_word_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let wide = |name: &str, tensor: &str, width: usize, metadata: &str| {
        let header = format!(
            r#"{{{metadata}"{tensor}":{{"dtype":"F32","shape":[1,{width}],"data_offsets":[0,{}]}}}}"#,
            4 * width
        );
        let numbers: Vec<u8> = (0..width).flat_map(|n| (n as f32 + 0.5).to_le_bytes()).collect();
        let path = folder.path().join(name);
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &numbers].concat();
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let sentence = |path: &Path| embedding::read(path).unwrap_err().to_string();
    assert!(sentence(&wide("a.safetensors", "clip_l", 768, "")).contains("clip_g) is missing"));
    assert!(sentence(&wide("b.safetensors", "clip_g", 1280, "")).contains("clip_l) is missing"));
    // 1280 numbers under a plain name are the second half, unless the file says that it is the paper's model.
    let second = wide("learned_embeds_2.safetensors", "<toy>", 1280, "");
    assert!(sentence(&second).contains("clip_l) is missing"));
    let paper = r#""__metadata__":{"modelspec.architecture":"latent-diffusion/textual-inversion"},"#;
    let word = embedding::read(&wide("c.safetensors", "emb_params", 1280, paper)).unwrap();
    assert_eq!(word.family(), Some(project::Family::Ldm));
    // With the first half beside it, either file gives the whole word; with another word beside it neither does.
    let first = wide("learned_embeds.safetensors", "<toy>", 768, "");
    for path in [&first, &second] {
        let word = embedding::read(path).unwrap();
        assert_eq!((word.widths(), word.family()), (vec![768, 1280], Some(project::Family::Sdxl)));
        assert_eq!(word.token.as_deref(), Some("<toy>"));
    }
    let steps = wide("learned_embeds_2-steps-500.safetensors", "<toy>", 1280, "");
    wide("learned_embeds-steps-500.safetensors", "<toy>", 768, "");
    assert_eq!(embedding::read(&steps).unwrap().widths(), [768, 1280]);
    wide("learned_embeds.safetensors", "<other>", 768, "");
    assert!(sentence(&second).contains("clip_l) is missing"));
    assert_eq!(embedding::read(&first).unwrap().widths(), [768]);
}

#[test]
fn what_is_no_word_is_called_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |names: &[&str]| {
        let tensors: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(n, name)| {
                format!(
                    r#""{name}":{{"dtype":"F32","shape":[1,2],"data_offsets":[{},{}]}}"#,
                    8 * n,
                    8 * n + 8
                )
            })
            .collect();
        let header = format!("{{{}}}", tensors.join(","));
        let path = folder.path().join("file.safetensors");
        let numbers: Vec<u8> = (0..2 * names.len()).flat_map(|n| (n as f32).to_le_bytes()).collect();
        std::fs::write(
            &path,
            [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &numbers].concat(),
        )
        .unwrap();
        embedding::read_all(&path)
    };
    let layers = ["IN01", "IN02", "IN04", "IN05", "IN07", "IN08", "MID", "OUT03", "OUT04", "OUT05", "OUT06"];
    for (names, expected) in [
        (&layers[..], "every layer"),
        (&["lora_te_text_model.alpha", "lora_te_text_model.lora_down.weight"], "LoRA"),
        (&["model.diffusion_model.input_blocks.0.0.weight"], "a model"),
        (&["emp_params_out"], "output of the text encoder"),
        (&["a b", "c"], "2 tensors"),
    ] {
        let sentence = write(names).unwrap_err().to_string();
        assert!(sentence.contains(expected), "{sentence}");
    }
    // A LoRA that carries words, in each way of writing them.
    let words = write(&[
        "lora_unet_x.lora_down.weight",
        "bundle_emb.cat.v1.string_to_param.*",
        "bundle_emb.dog.clip_l",
        "bundle_emb.dog.clip_g",
        "bundle_emb.owl.emp_params",
    ])
    .unwrap();
    let found: Vec<(&str, f32, bool)> = words
        .iter()
        .map(|word| (word.token.as_deref().unwrap(), word.vectors[0], word.second.is_some()))
        .collect();
    assert_eq!(found, [("cat.v1", 2.0, false), ("dog", 4.0, true), ("owl", 8.0, false)]);
    // OneTrainer's two parts: the word is read, and what is left out is said.
    let words = write(&["emp_params", "emp_params_out"]).unwrap();
    assert!(words[0].describe().contains("left out"), "{}", words[0].describe());
    // Several words of diffusers in one file.
    let words = write(&["<a>", "<b>"]).unwrap();
    assert_eq!(words.iter().map(|word| word.token.as_deref().unwrap()).collect::<Vec<_>>(), ["<a>", "<b>"]);
}
