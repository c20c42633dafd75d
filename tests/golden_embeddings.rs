//! Learned words as other programs write them, and files that must be refused.
//!
//! The files in `tests/golden/embeddings` come with the vectors that PyTorch reads from them, which must be
//! equal bit by bit. Everything in `broken` must end in a sentence that names the file, within a second.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pseudoword::format::embedding::{self, EmbeddingFormat};
use pseudoword::format::{LearnedWord, Weights};
use serde_json::Value;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/embeddings")
}

#[test]
fn every_layout_gives_the_reference_vectors() {
    let text = std::fs::read_to_string(golden().join("reference.json")).unwrap();
    let reference: Value = serde_json::from_str(&text).unwrap();
    let tensors = Weights::open_file(&golden().join("reference.safetensors")).unwrap();
    let files = reference["files"].as_array().unwrap();
    assert!(files.len() >= 6);
    for case in files {
        let file = case["file"].as_str().unwrap();
        let word = embedding::read(&golden().join(file)).unwrap();
        let (key, tensor) = case["expected"].as_object().unwrap().iter().next().unwrap();
        let tensor = tensor.as_str().unwrap();
        assert_eq!(word.shape.as_slice(), tensors.shape(tensor).unwrap(), "{file}");
        assert_eq!(word.vectors, tensors.read_f32(tensor).unwrap(), "{file}");
        let stem = file.trim_end_matches(".safetensors");
        let token = if key == "emb_params" { stem } else { key.as_str() };
        assert_eq!(word.token.as_deref(), Some(token), "{file}");
        println!("{file}: {:?} {token}, every bit equal", word.shape);
    }
    let kohya = embedding::read(&golden().join("kohya.safetensors")).unwrap();
    assert_eq!(kohya.metadata["ss_num_vectors"], "3");
}

#[test]
fn damaged_and_hostile_files_are_refused_by_name_at_once() {
    let mut count = 0;
    for entry in std::fs::read_dir(golden().join("broken")).unwrap() {
        let path = entry.unwrap().path();
        let start = Instant::now();
        let outcome = embedding::read(&path).and_then(|word| word.expect_width(32, &path));
        let seconds = start.elapsed();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(seconds < Duration::from_secs(1), "{name} took {seconds:?}");
        count += 1;
        match outcome {
            // Of a key that occurs twice either value may be taken.
            Ok(()) => assert_eq!(name, "st_duplicate_key.safetensors"),
            Err(refusal) => {
                let sentence = refusal.to_string();
                assert!(sentence.contains(&name), "{sentence}");
                assert_eq!(refusal.exit_code(), 5, "{sentence}");
                println!("{}", sentence.rsplit('/').next().unwrap());
            }
        }
    }
    assert!(count >= 28, "only {count} files");
}

#[test]
fn containers_that_are_not_read_yet_are_called_by_their_name() {
    for (file, expected) in [
        ("a1111.pt", "a PyTorch file"),
        ("diffusers.bin", "a PyTorch file"),
        ("a1111_legacy.pt", "an old PyTorch file"),
        ("a1111_embedded.png", "a picture"),
        ("sdxl.safetensors", "Stable Diffusion XL"),
    ] {
        let sentence = embedding::read(&golden().join(file)).unwrap_err().to_string();
        assert!(sentence.contains(expected) && sentence.contains(file), "{sentence}");
    }
}

#[test]
fn a_written_word_is_read_back_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Mein Kätzchen 猫.safetensors");
    let vectors: Vec<f32> = (0..64u8).map(|number| f32::from(number) / 7.0 - 3.0).collect();
    let metadata = [("ss_steps".to_owned(), "500".to_owned())].into();
    let word = LearnedWord { token: Some("<kätzchen>".into()), vectors, shape: [2, 32], metadata };
    for format in [EmbeddingFormat::EmbParams, EmbeddingFormat::Diffusers] {
        embedding::write(&path, &word, format).unwrap();
        let back = embedding::read(&path).unwrap();
        assert_eq!((&back.token, &back.vectors, back.shape), (&word.token, &word.vectors, word.shape));
        assert_eq!(back.metadata["ss_steps"], "500");
        assert_eq!(back.metadata["modelspec.sai_model_spec"], "1.0.0");
        assert_eq!(back.metadata["modelspec.trigger_phrase"], "<kätzchen>");
        let tensors = Weights::open_file(&path).unwrap();
        let name = if format == EmbeddingFormat::Diffusers { "<kätzchen>" } else { "emb_params" };
        assert_eq!(tensors.names().collect::<Vec<_>>(), [name]);
        // With its date now fixed, the same word makes the same file.
        let hash = embedding::file_hash(&path).unwrap();
        embedding::write(&path, &back, format).unwrap();
        let again = embedding::file_hash(&path).unwrap();
        embedding::write(&path, &back, format).unwrap();
        assert_eq!(embedding::file_hash(&path).unwrap(), again);
        assert_eq!((hash.len(), hash), (12, again));
    }
    let unnamed = LearnedWord { token: None, ..word.clone() };
    assert!(embedding::write(&path, &unnamed, EmbeddingFormat::Diffusers).is_err());
    embedding::write(&folder.path().join("learned_embeds.safetensors"), &unnamed, EmbeddingFormat::EmbParams)
        .unwrap();
    assert_eq!(embedding::read(&folder.path().join("learned_embeds.safetensors")).unwrap().token, None);
    embedding::write(&folder.path().join("toy.safetensors"), &unnamed, EmbeddingFormat::EmbParams).unwrap();
    assert_eq!(
        embedding::read(&folder.path().join("toy.safetensors")).unwrap().token.as_deref(),
        Some("toy")
    );
}

#[test]
fn unusable_vectors_are_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("word.safetensors");
    let word = |vectors: Vec<f32>, shape| LearnedWord {
        token: Some("<toy>".into()),
        vectors,
        shape,
        metadata: std::collections::BTreeMap::new(),
    };
    for (vectors, shape) in
        [(vec![f32::NAN; 4], [1, 4]), (vec![], [0, 4]), (vec![0.0; 3], [1, 4]), (vec![0.0; 304], [76, 4])]
    {
        let failure = embedding::write(&path, &word(vectors, shape), EmbeddingFormat::EmbParams).unwrap_err();
        assert_eq!(failure.exit_code(), 8);
        assert!(!path.exists());
    }
}

#[test]
fn one_axis_is_one_vector_and_too_large_files_are_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.safetensors");
    let header = br#"{"<toy>":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let numbers = [1.0f32, 2.0].map(f32::to_le_bytes).concat();
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header, &numbers].concat();
    std::fs::write(&path, bytes).unwrap();
    let word = embedding::read(&path).unwrap();
    assert_eq!((word.shape, word.vectors, word.token.as_deref()), ([1, 2], vec![1.0, 2.0], Some("<toy>")));
    std::fs::File::create(&path).unwrap().set_len(5 << 30).unwrap();
    let sentence = embedding::read(&path).unwrap_err().to_string();
    assert!(sentence.contains("5120 MiB"), "{sentence}");
}
