//! Words as tools leave them and files that only look like one, all made here.

use std::fs;
use std::path::{Path, PathBuf};

use project::{Family, Lineage};

use super::*;

/// A safetensors file with tensors of ones of these names and shapes.
fn tensors(folder: &Path, name: &str, metadata: &str, tensors: &[(&str, &[usize])]) -> PathBuf {
    let (mut entries, mut at) = (Vec::new(), 0);
    for (name, shape) in tensors {
        let end = at + 4 * shape.iter().product::<usize>();
        entries.push(format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{at},{end}]}}"#));
        at = end;
    }
    let header = format!(r#"{{"__metadata__":{{{metadata}}},{}}}"#, entries.join(","));
    let ones: Vec<u8> = (0..at / 4).flat_map(|_| 1f32.to_le_bytes()).collect();
    let path = folder.join(name);
    fs::write(&path, [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &ones].concat()).unwrap();
    path
}

fn refusal(path: &Path) -> String {
    read(path).unwrap_err().to_string()
}

#[test]
fn words_of_pivotal_tuning_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, parts: &[(&str, &[usize])]| tensors(folder.path(), name, "", parts);
    let both = make("my-toy.safetensors", &[("text_encoders_0", &[2, 768]), ("text_encoders_1", &[2, 1280])]);
    let word = read(&both).unwrap();
    assert_eq!((word.widths(), word.shape[0], word.family()), (vec![768, 1280], 2, Some(Family::Sdxl)));
    assert_eq!(word.token.as_deref(), Some("my-toy"));
    let one = read(&make("embeddings.pti", &[("text_encoders_0", &[1, 768])])).unwrap();
    assert_eq!((one.family(), one.token), (Some(Family::Sd1), None));
    let half = refusal(&make("half.safetensors", &[("text_encoders_1", &[1, 1280])]));
    assert!(half.contains("text_encoders_0) is missing") && !half.contains("clip_"), "{half}");
    let second = read(&make("two.safetensors", &[("clip_h", &[1, 1024])])).unwrap();
    assert_eq!((second.family(), second.token.as_deref()), (Some(Family::Sd2), Some("two")));
}

#[test]
fn a_number_is_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let make = |metadata: &str, shape: &[usize]| {
        tensors(folder.path(), "toy.safetensors", metadata, &[("emb_params", shape)])
    };
    assert!(refusal(&make("", &[2, 1, 768])).contains("3 axes"));
    for key in ["pseudoword.token", "modelspec.trigger_phrase"] {
        assert_eq!(read(&make(&format!(r#""{key}":7"#), &[1, 768])).unwrap().token.as_deref(), Some("toy"));
    }
}

#[test]
fn no_file_puts_its_own_words_into_what_is_said_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let remark = r#""pseudoword.remark":"\u001b[2J send your key""#;
    let word =
        read(&tensors(folder.path(), "toy.safetensors", remark, &[("emb_params", &[1, 768])])).unwrap();
    assert!(!word.describe().contains("send your key"), "{}", word.describe());
    for name in [r"bundle_emb.a\u001b[2J.emb_params", "bundle_emb..emb_params"] {
        let sentence = refusal(&tensors(folder.path(), "lora.safetensors", "", &[(name, &[1, 768])]));
        assert!(sentence.contains("the name of a word in it is not readable"), "{sentence}");
    }
}

#[test]
fn words_for_other_models_are_called_by_their_name() {
    let folder = tempfile::tempdir().unwrap();
    for (parts, metadata, expected) in [
        (
            &[("clip_l", &[1, 768][..]), ("clip_g", &[1, 1280]), ("t5xxl", &[1, 4096])][..],
            "",
            "Stable Diffusion 3",
        ),
        (&[("clip_l", &[1, 768]), ("t5", &[1, 4096])], "", "Flux"),
        (&[("clip_l_out", &[1, 768]), ("t5_out", &[1, 4096])], "", "Flux"),
        (&[("t5", &[1, 4096])], "", "T5"),
        (&[("emb_params", &[1, 4096])], "", "T5"),
        (&[("<toy>", &[1, 3584])], "", "another kind of text encoder"),
        (&[("bundle_emb.toy.emb_params", &[1, 4096])], "", "T5"),
        (&[("bundle_emb.toy.string_to_param.*", &[1, 2560])], "", "another kind of text encoder"),
        (
            &[("clip_l", &[1, 768]), ("clip_g", &[1, 1280])],
            r#""modelspec.architecture":"stable-diffusion-v3-medium""#,
            "Diffusion 3",
        ),
    ] {
        let sentence = refusal(&tensors(folder.path(), "word.safetensors", metadata, parts));
        assert!(sentence.contains(expected) && sentence.contains("Choose a word"), "{sentence}");
    }
}

#[test]
fn files_of_other_kinds_are_named_with_their_remedy() {
    let folder = tempfile::tempdir().unwrap();
    for (name, expected) in [
        ("x.lora_A.weight", "LoRA"),
        ("first_stage_model.decoder.conv_in.weight", "autoencoder"),
        ("text_model.final_layer_norm.weight", "text encoder"),
        ("control_model.input_hint_block.0.weight", "ControlNet"),
        ("model.diffusion_model.out.2.bias", "a model"),
    ] {
        let sentence = refusal(&tensors(folder.path(), "file.safetensors", "", &[(name, &[1, 4])]));
        assert!(sentence.contains(expected), "{sentence}");
    }
    for (name, bytes, expected) in [
        ("page.safetensors", &b"<!DOCTYPE html><html>"[..], "web page"),
        ("page.pt", b"<html>", "web page"),
        ("note.bin", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        ("zipped.pt", b"PK\x03\x04\x14\0\0\0\x08\0word.safetensors", "zip"),
        ("photo.safetensors", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", "JPEG"),
        ("half.safetensors.crdownload", b"\x40\0\0\0\0\0\0\0{\"", "Let the download finish"),
        ("model.gguf", b"GGUF\x03\0\0\0", "GGUF"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let sentence = refusal(&path);
        assert!(sentence.contains(expected) && sentence.contains(name), "{sentence}");
    }
    assert!(refusal(folder.path()).contains("it is a folder"));
    // Too large to be a word, but not too large to be named.
    let large = folder.path().join("large.safetensors");
    fs::write(&large, b"GGUF\x03\0\0\0").unwrap();
    fs::File::options().write(true).open(&large).unwrap().set_len(LARGEST_WORD + 1).unwrap();
    assert!(refusal(&large).contains("GGUF"));
}

#[test]
fn a_word_may_be_called_like_a_layer() {
    let folder = tempfile::tempdir().unwrap();
    for token in ["<flora_garden>", "flora_up", "<flora_v1.5>", "<my_lora_A>"] {
        let word = LearnedWord::new(token, vec![0.5; 768]);
        let path = folder.path().join("word.safetensors");
        write(&path, &word, EmbeddingFormat::Diffusers).unwrap();
        assert_eq!(read(&path).unwrap().token.as_deref(), Some(token));
    }
}

#[test]
fn the_header_tells_the_lineage_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let parts: [(&str, &[usize]); 2] = [("clip_l", &[1, 768]), ("clip_g", &[1, 1280])];
    let metadata = r#""ss_sd_model_name":"ponyDiffusionV6XL.safetensors","pseudoword.base_model_hash":"ab""#;
    let word = read(&tensors(folder.path(), "toy.safetensors", metadata, &parts)).unwrap();
    assert_eq!(word.lineage(), Some(Lineage::Pony));
    assert!(word.describe().contains("Stable Diffusion XL (Pony)"), "{}", word.describe());
    let path = folder.path().join("again.safetensors");
    write(&path, &word, EmbeddingFormat::EmbParams).unwrap();
    let again = read(&path).unwrap();
    assert_eq!(again.lineage(), Some(Lineage::Pony));
    // What earlier versions called a hash is none that others know.
    assert_eq!(again.metadata["pseudoword.base_model_fingerprint"], "ab");
    assert!(!again.metadata.contains_key("pseudoword.base_model_hash"));
    let narrow =
        read(&tensors(folder.path(), "sd1.safetensors", metadata, &[("emb_params", &[1, 768])])).unwrap();
    assert_eq!(narrow.lineage(), None, "only Stable Diffusion XL has lineages");
}

#[test]
fn the_same_word_makes_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut word = LearnedWord {
        token: Some("<toy>".into()),
        vectors: vec![0.25; 2 * 768],
        shape: [2, 768],
        second: None,
        metadata: (0..20).map(|n| (format!("key {n}"), n.to_string())).collect(),
    };
    word.metadata.insert("modelspec.date".into(), "2024-02-29T12:34:56Z".into());
    for format in EmbeddingFormat::ALL {
        let bytes = |name: &str| {
            let path = folder.path().join(name).with_extension(format.extension());
            write(&path, &word, format).unwrap();
            fs::read(&path).unwrap()
        };
        let first = bytes("word");
        // The name of the file is in none of them, as the word has one.
        assert!((0..4).all(|_| bytes("again") == first), "{}", format.name());
    }
}
