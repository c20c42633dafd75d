//! Every way of writing a learned word, read back: the same numbers bit by bit, the same name, the same origin.
//!
//! What other programs make of these files is checked with PyTorch, Pillow and the `safetensors` library by
//! `tests/golden/check_embeddings.py`; `PSEUDOWORD_KEEP_WORDS` names a folder that receives them for it.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use format::embedding::{self, EmbeddingFormat, Reads};
use format::{LearnedWord, SecondVectors, Weights};
use image::{ImageFormat, RgbImage};
use project::Family;

/// Numbers of every kind that a float can be: signs, subnormals, the largest, one third.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let special = [0.0, -0.0, 1.0 / 3.0, f32::MIN_POSITIVE, f32::from_bits(1), f32::MAX, -f32::MAX, 1e-30];
    let plain = (0..count as u32).map(|n| {
        let bits = (n ^ seed).wrapping_mul(2_654_435_761);
        // An exponent around zero, as in real words.
        f32::from_bits((bits & 0x807f_ffff) | ((120 + (bits >> 23) % 8) << 23))
    });
    special.into_iter().chain(plain).take(count).collect()
}

fn word(count: usize, widths: &[usize]) -> LearnedWord {
    let second = widths
        .get(1)
        .map(|&width| SecondVectors { values: numbers(count * width, 7), shape: [count, width] });
    let metadata = [
        ("ss_steps".to_owned(), "500".to_owned()),
        ("ss_sd_model_name".to_owned(), "a model".to_owned()),
        ("modelspec.license".to_owned(), "CC-BY-4.0".to_owned()),
        ("modelspec.author".to_owned(), "Zoë".to_owned()),
    ];
    LearnedWord {
        token: Some("<cat-toy>".into()),
        vectors: numbers(count * widths[0], 1),
        shape: [count, widths[0]],
        second,
        metadata: metadata.into(),
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|number| number.to_bits()).collect()
}

#[track_caller]
fn assert_same(back: &LearnedWord, word: &LearnedWord) {
    assert_eq!((back.shape, bits(&back.vectors)), (word.shape, bits(&word.vectors)));
    let second = |word: &LearnedWord| word.second.as_ref().map(|second| (second.shape, bits(&second.values)));
    assert_eq!(second(back), second(word));
}

#[track_caller]
fn assert_origin(back: &LearnedWord) {
    assert_eq!(
        (back.metadata["ss_steps"].as_str(), back.metadata["ss_sd_model_name"].as_str()),
        ("500", "a model")
    );
}

/// A folder for the files of a test, kept if someone wants to look at them.
fn folder() -> (Option<tempfile::TempDir>, PathBuf) {
    match std::env::var_os("PSEUDOWORD_KEEP_WORDS") {
        Some(path) => (None, path.into()),
        None => {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().to_path_buf();
            (Some(folder), path)
        }
    }
}

#[test]
fn every_layout_keeps_every_bit() {
    let (_guard, folder) = folder();
    let mut written = 0;
    for (label, widths) in
        [("sd1", &[768][..]), ("sd2", &[1024]), ("sdxl", &[768, 1280]), ("ldm", &[1280]), ("tiny", &[32])]
    {
        for count in [1, 3, 75] {
            let mut word = word(count, widths);
            if label == "ldm" {
                // Nothing but the header tells the paper's model from half a word of Stable Diffusion XL.
                let architecture = "latent-diffusion/textual-inversion".to_owned();
                word.metadata.insert("modelspec.architecture".into(), architecture);
            }
            for format in EmbeddingFormat::ALL {
                let name = format!("{label}-{count}-{}.{}", format.name(), format.extension());
                let path = folder.join(name);
                if word.second.is_some() && !format.holds_two_encoders() {
                    let sentence = embedding::write(&path, &word, format).unwrap_err().to_string();
                    assert!(sentence.contains("no place"), "{sentence}");
                    continue;
                }
                embedding::write(&path, &word, format).unwrap();
                let files = embedding::files(&path, &word, format);
                assert_eq!(
                    files.len(),
                    if label == "sdxl" && format == EmbeddingFormat::Diffusers { 2 } else { 1 }
                );
                for file in &files {
                    let back = embedding::read(file).unwrap();
                    assert_same(&back, &word);
                    assert_eq!(back.family(), word.family(), "{}", file.display());
                    let by_name = matches!(
                        format,
                        EmbeddingFormat::A1111Pt | EmbeddingFormat::PngCard | EmbeddingFormat::OriginalPt
                    );
                    let token = back.token.as_deref().unwrap();
                    let bare = format == EmbeddingFormat::OriginalPt
                        || (format == EmbeddingFormat::A1111Pt && label == "sdxl");
                    if !bare {
                        assert_origin(&back);
                    }
                    match format {
                        // The layout has no place for a name: the file's counts.
                        EmbeddingFormat::OriginalPt => {
                            assert_eq!(token, file.file_stem().unwrap().to_str().unwrap());
                        }
                        EmbeddingFormat::A1111Pt if label == "sdxl" => {}
                        _ => assert_eq!(token, if by_name { "cat-toy" } else { "<cat-toy>" }),
                    }
                    if format.extension() == "safetensors" {
                        assert_eq!(back.metadata["modelspec.license"], "CC-BY-4.0");
                        assert_eq!(back.metadata["modelspec.author"], "Zoë");
                    }
                    written += 1;
                }
            }
        }
    }
    println!("{written} files read back bit by bit");
    assert_eq!(word(1, &[1280]).family(), Some(Family::Ldm));
}

#[test]
fn the_same_word_makes_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    for widths in [&[768][..], &[768, 1280]] {
        for format in EmbeddingFormat::ALL {
            let path = folder.path().join(format!("word.{}", format.extension()));
            let word = word(2, widths);
            if embedding::write(&path, &word, format).is_err() {
                continue;
            }
            let back = LearnedWord { token: word.token.clone(), ..embedding::read(&path).unwrap() };
            embedding::write(&path, &back, format).unwrap();
            let hash = embedding::read_hashed(&path).unwrap().1;
            assert_eq!(hash.len(), 12);
            embedding::write(&path, &back, format).unwrap();
            assert_eq!(embedding::read_hashed(&path).unwrap().1, hash, "{}", format.name());
        }
    }
}

#[test]
fn a_card_is_read_from_its_pixels_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card.png");
    let picture = RgbImage::from_fn(320, 300, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
    for shown in [None, Some(&picture)] {
        let word = word(3, &[768]);
        embedding::write_card(&path, &word, shown).unwrap();
        assert_same(&embedding::read(&path).unwrap(), &word);
        assert_origin(&embedding::read(&path).unwrap());
        let card = image::open(&path).unwrap().to_rgb8();
        if let Some(shown) = shown {
            let left = (card.width() - shown.width()) / 2;
            let middle = image::imageops::crop_imm(&card, left, 0, shown.width(), shown.height()).to_image();
            assert_eq!(&middle, shown);
        }
        // Without the text chunk; with a channel for transparency; as WebP without loss.
        for (name, format) in [("bare.png", ImageFormat::Png), ("bare.webp", ImageFormat::WebP)] {
            let bare = folder.path().join(name);
            card.save_with_format(&bare, format).unwrap();
            let back = embedding::read(&bare).unwrap();
            assert_same(&back, &word);
            assert!(back.describe().contains("pixels"), "{}", back.describe());
        }
        let mut bytes = Cursor::new(Vec::new());
        let transparent = image::DynamicImage::ImageRgb8(card.clone()).into_rgba8();
        transparent.write_to(&mut bytes, ImageFormat::Png).unwrap();
        assert_eq!(embedding::read_bytes(&bytes.into_inner()).unwrap()[0].vectors.len(), word.vectors.len());
        // One bit of a lower half is enough to lose it, and that is noticed.
        let mut spoiled = card.clone();
        spoiled.get_pixel_mut(0, 0).0[0] ^= 1;
        spoiled.save(folder.path().join("bare.png")).unwrap();
        let sentence = embedding::read(&folder.path().join("bare.png")).unwrap_err().to_string();
        assert!(sentence.contains("bare.png"), "{sentence}");
    }
    picture.save(&path).unwrap();
    let sentence = embedding::read(&path).unwrap_err().to_string();
    assert!(sentence.contains("carries no learned word"), "{sentence}");
}

#[test]
fn layouts_say_who_reads_them() {
    let find = |format: EmbeddingFormat, program: &str, two: bool| {
        format.readers(two).into_iter().find(|(reader, _)| reader.program == program).unwrap().1
    };
    for format in EmbeddingFormat::ALL {
        assert_eq!(format.name().parse(), Ok(format));
        assert!(format.description().ends_with('.'));
        assert_eq!(find(format, "AUTOMATIC1111, Forge", false), Reads::Yes);
    }
    assert_eq!(find(EmbeddingFormat::EmbParams, "diffusers", false), Reads::WithArgument("token="));
    assert_eq!(find(EmbeddingFormat::Diffusers, "InvokeAI", false), Reads::No);
    assert_eq!(find(EmbeddingFormat::EmbParams, "OneTrainer", false), Reads::No);
    assert_eq!(find(EmbeddingFormat::EmbParams, "OneTrainer", true), Reads::Yes);
    assert_eq!(find(EmbeddingFormat::OneTrainer, "OneTrainer", false), Reads::Yes);
    assert!("emb_params".parse::<EmbeddingFormat>().unwrap_err().contains("png-card"));
}

#[test]
fn files_hold_what_their_readers_look_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("word.safetensors");
    let names = |format, widths: &[usize], path: &Path| {
        embedding::write(path, &word(2, widths), format).unwrap();
        let tensors = Weights::open_file(path).unwrap();
        tensors.names().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(EmbeddingFormat::EmbParams, &[768], &path), ["emb_params"]);
    assert_eq!(names(EmbeddingFormat::EmbParams, &[768, 1280], &path), ["clip_g", "clip_l"]);
    assert_eq!(names(EmbeddingFormat::OneTrainer, &[768], &path), ["emp_params"]);
    assert_eq!(names(EmbeddingFormat::Diffusers, &[768, 1280], &path), ["<cat-toy>"]);
    let second = Weights::open_file(&folder.path().join("word_2.safetensors")).unwrap();
    assert_eq!(second.shape("<cat-toy>").unwrap(), [2, 1280]);
    // Steps stay at the end of the name, where diffusers writes them.
    let word = word(1, &[768, 1280]);
    let files = embedding::files(
        &folder.path().join("learned_embeds-steps-9.safetensors"),
        &word,
        EmbeddingFormat::Diffusers,
    );
    assert!(files[1].ends_with("learned_embeds_2-steps-9.safetensors"));
}

#[test]
fn unusable_words_are_never_written() {
    let folder = tempfile::tempdir().unwrap();
    for (vectors, shape) in
        [(vec![f32::NAN; 4], [1, 4]), (vec![], [0, 4]), (vec![0.0; 3], [1, 4]), (vec![0.0; 304], [76, 4])]
    {
        let word = LearnedWord { token: Some("<toy>".into()), vectors, shape, ..LearnedWord::default() };
        for format in EmbeddingFormat::ALL {
            let path = folder.path().join(format!("word.{}", format.extension()));
            assert_eq!(embedding::write(&path, &word, format).unwrap_err().exit_code(), 8);
            assert!(!path.exists());
        }
    }
    let uneven =
        LearnedWord { second: Some(SecondVectors { values: vec![0.5; 3], shape: [1, 3] }), ..word(2, &[4]) };
    let path = folder.path().join("word.safetensors");
    let sentence = embedding::write(&path, &uneven, EmbeddingFormat::EmbParams).unwrap_err().to_string();
    assert!(
        sentence.contains("2 vectors for the first") && sentence.contains("1 for the second"),
        "{sentence}"
    );
    let unnamed = LearnedWord { token: None, ..word(1, &[4]) };
    assert!(embedding::write(&path, &unnamed, EmbeddingFormat::Diffusers).is_err());
}

#[test]
fn names_come_from_the_file_where_it_says_none() {
    let folder = tempfile::tempdir().unwrap();
    let unnamed = LearnedWord { token: None, ..word(1, &[4]) };
    for (name, token) in
        [("learned_embeds.safetensors", None), ("Mein Kätzchen 猫.safetensors", Some("Mein Kätzchen 猫"))]
    {
        let path = folder.path().join(name);
        embedding::write(&path, &unnamed, EmbeddingFormat::EmbParams).unwrap();
        assert_eq!(embedding::read(&path).unwrap().token.as_deref(), token);
    }
    let path = folder.path().join("x.safetensors");
    let named = LearnedWord { token: Some("<kätzchen>".into()), ..unnamed };
    embedding::write(&path, &named, EmbeddingFormat::EmbParams).unwrap();
    let back = embedding::read(&path).unwrap();
    assert_eq!(back.token.as_deref(), Some("<kätzchen>"));
    assert_eq!(back.metadata["modelspec.trigger_phrase"], "<kätzchen>");
    assert_eq!(back.metadata["modelspec.sai_model_spec"], "1.0.0");
}
