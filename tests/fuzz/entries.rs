//! Everything that reads bytes from outside, one function each: fed by the fuzzer and by `tests/engine/hostile.rs`.
//!
//! Each must come to an end without a panic, whatever the bytes are. What it says about them does not matter here.

use std::borrow::Cow;
use std::io::{Cursor, Write as _};
use std::path::Path;

use base64::Engine as _;
use format::infotext::read_json;
use format::pickle::{self, Mode};
use format::torch::TorchFile;
use format::{ModelFiles, Weights, embedding, parse_parameters, png_info};
use image::{Rgb, RgbImage};
use project::comparison::{Comparison, Plan};
use project::edited::EditedPicture;
use project::meaning::{BiasReport, Explanation};
use project::study::{People, StudyKey, StudySet};
use project::{
    Dataset, Draft, Emphasis, GenerateSettings, LearnSettings, PictureNotes, RunFolder, RunManifest,
    TemplateSet, Tuning,
};
use text::TextTokenizer;
use text::prompt::{Moment, Outline, Prompt, WordNames, adjust_weight};

/// What is done with bytes.
pub type Entry = fn(&[u8]);

/// Every entry by name.
pub const ENTRIES: [(&str, Entry); 15] = [
    ("safetensors_header", safetensors_header),
    ("torch_zip", torch_zip),
    ("pickle", pickle),
    ("png_card", png_card),
    ("pixel_card", pixel_card),
    ("embedding", embedding),
    ("infotext", infotext),
    ("configs", configs),
    ("prompt", prompt),
    ("documents", documents),
    ("run_folder", run_folder),
    ("texts", texts),
    ("tokenizer", tokenizer),
    ("picture", picture),
    ("weights", weights),
];

/// Lets `read` look at a folder in which `data` lies under each of these names. It is this thread's own.
fn in_folder(names: &[&str], data: &[u8], read: impl FnOnce(&Path)) {
    thread_local! {
        static FOLDER: Option<tempfile::TempDir> = tempfile::tempdir().ok();
    }
    FOLDER.with(|folder| {
        let Some(folder) = folder.as_ref().map(|folder| folder.path()) else { return };
        let written = names.iter().all(|name| {
            let path = folder.join(name);
            path.parent().is_some_and(|parent| std::fs::create_dir_all(parent).is_ok())
                && std::fs::write(path, data).is_ok()
        });
        assert!(written, "there is no room for files to read");
        read(folder);
        for name in names {
            let _ = std::fs::remove_file(folder.join(name));
        }
    });
}

/// A safetensors file with `data` as its table of contents, and one without that.
pub fn safetensors_header(data: &[u8]) {
    let mut file = (data.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(data);
    file.extend((0..64u8).flat_map(|n| (f32::from(n) / 7.0).to_le_bytes()));
    let _ = embedding::read_bytes(&file);
    let _ = embedding::read_bytes(data);
}

/// A PyTorch file of any kind.
pub fn torch_zip(data: &[u8]) {
    for mode in [Mode::Strict, Mode::Lenient] {
        let Ok(file) = TorchFile::parse(data, mode) else { continue };
        for tensor in file.root.tensors().into_iter().take(64) {
            let bytes = file.tensor_bytes(tensor, data);
            if let Some(range) = file.tensor_range(tensor) {
                assert!(range.end <= data.len());
                // What does not lie in order is gathered, or refused where a few numbers would fill the memory.
                if let Ok(Cow::Borrowed(bytes)) = bytes {
                    assert_eq!(bytes, &data[range]);
                }
            }
        }
    }
}

/// A pickle by itself, and inside an archive with numbers for its tensors.
pub fn pickle(data: &[u8]) {
    for mode in [Mode::Strict, Mode::Lenient] {
        if let Ok(pickle) = pickle::parse(data, mode) {
            assert!(pickle.length <= data.len());
        }
    }
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let numbers = [0x3f; 256];
    for (name, bytes) in
        [("a/data.pkl", data), ("a/data/0", &numbers), ("a/data/1", &numbers), ("a/version", b"3\n")]
    {
        if zip.start_file(name, options).and_then(|()| Ok(zip.write_all(bytes)?)).is_err() {
            return;
        }
    }
    if let Ok(archive) = zip.finish() {
        let archive = archive.into_inner();
        torch_zip(&archive);
        let _ = embedding::read_bytes(&archive);
    }
}

/// A PNG card with `data` as the text of its word, and a PNG picture of these bytes.
pub fn png_card(data: &[u8]) {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 1, 1);
    encoder.set_color(png::ColorType::Rgb);
    let text = base64::engine::general_purpose::STANDARD.encode(data);
    let written = encoder
        .add_text_chunk("sd-ti-embedding".into(), text)
        .and_then(|()| encoder.write_header())
        .and_then(|mut writer| writer.write_image_data(&[1, 2, 3]));
    if written.is_ok() {
        let _ = embedding::read_bytes(&out);
    }
    let _ = png_info::text(Cursor::new(data), "sd-ti-embedding");
}

/// A picture: the first byte says how high it is, the others are its channels.
pub fn pixel_card(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let height = u32::from(first % 64) + 1;
    let width = (rest.len() as u32 / 3).div_ceil(height).clamp(1, 256);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let at = 3 * (y * width + x) as usize;
        Rgb([0, 1, 2].map(|channel| rest.get(at + channel).copied().unwrap_or_default()))
    });
    let _ = embedding::read_picture(&picture);
    if let Ok(card) = embedding::encode_pixels(&RgbImage::new(4, 1 + u32::from(first)), rest) {
        let _ = embedding::read_picture(&card);
    }
}

/// A file of a learned word, of any kind.
pub fn embedding(data: &[u8]) {
    if let Ok(words) = embedding::read_bytes(data) {
        for word in words {
            assert!(!word.describe().is_empty());
            let [count, width] = word.shape;
            assert_eq!(count * width, word.vectors.len());
        }
    }
}

/// The settings inside a picture, as text and as a PNG file.
pub fn infotext(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let info = parse_parameters(&text);
    let _ = parse_parameters(&info.to_parameters());
    if let Some(info) = read_json(&text, Some("a <toy>")) {
        let _ = (info.loras(), parse_parameters(&info.to_parameters()));
    }
    let _ = png_info::text(Cursor::new(data), "parameters");
}

/// Settings in TOML, tables in JSON, side-cars in YAML.
pub fn configs(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(settings) = toml::from_str::<LearnSettings>(text) {
        let _ = settings.validate();
    }
    if let Ok(settings) = toml::from_str::<GenerateSettings>(text) {
        let _ = settings.validate();
    }
    let _ = toml::from_str::<RunManifest>(text);
    let _ = serde_json::from_str::<serde_json::Value>(text);
    let _ = serde_saphyr::from_str::<serde_json::Value>(text);
}

fn again(text: &str, negative: bool, names: &WordNames) -> Outline {
    if negative {
        Prompt::parse_negative(text, names).outline()
    } else {
        Prompt::parse(text, names).outline()
    }
}

/// A prompt, and what is left of it when it is written out and read again.
pub fn prompt(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let names =
        WordNames::new([vec!["toy(1)", "<toy>"], vec!["<b>-a"], vec!["rock AND roll"], vec!["a|b:0.5"]]);
    for negative in [false, true] {
        let prompt =
            if negative { Prompt::parse_negative(&text, &names) } else { Prompt::parse(&text, &names) };
        let printed = prompt.to_string();
        assert_eq!(again(&printed, negative, &names), prompt.outline(), "{text:?} was written {printed:?}");
        let spans = prompt.spans();
        assert_eq!(spans.iter().map(|(span, _)| &text[span.clone()]).collect::<String>(), text);
        prompt.notes(20, |_| false);
        for part in 0..prompt.parts().len() {
            for step in [1, 2] {
                for emphasis in Emphasis::ALL {
                    prompt.pieces(part, Moment::of(step, 20), *emphasis, &[]);
                }
            }
        }
        let at = text.len() / 2;
        adjust_weight(&text, at..at, 0.1, &names);
    }
}

/// What this program writes down of comparisons, studies, explanations, tunings and edits, and may be sent by others.
pub fn documents(data: &[u8]) {
    let names = ["compare.json", "compare.toml", "study.json", "key.json", "answers/a.json"];
    in_folder(&names, data, |folder| {
        let _ = Plan::load(folder);
        if let Ok(found) = Comparison::load(folder) {
            let _ = found.to_csv();
        }
        if let Ok(set) = StudySet::load(folder) {
            let _ = StudyKey::load(folder, &set);
            let _ = People::of(folder, &set);
        }
    });
    let names = ["explain.json", "bias.json", "tune.toml", "edit.toml", "draft.toml", "dataset.toml"];
    in_folder(&names, data, |folder| {
        let _ = Explanation::load(folder);
        let _ = BiasReport::load(folder);
        let _ = EditedPicture::load(folder);
        if let Ok(tuning) = Tuning::read(folder) {
            let _ = tuning.settings.validate();
        }
        let _ = Draft::open(folder);
        let _ = Dataset::open(folder);
    });
}

/// The least that a run's document says.
const RUN: &str = "format = 1\nprogram = \"\"\ncreated = 0\ndevice = \"\"\nmodel = \"m\"\nmodel_fingerprint = \"\"\n\
    pictures = []\n[concept]\nword = \"<a>\"\ninitial_word = \"cat\"\nkind = \"object\"\n[settings]\n";

/// The document of a run, and what lies beside one that is whole.
pub fn run_folder(data: &[u8]) {
    in_folder(&["run.toml"], data, |folder| {
        let _ = RunFolder::open(folder);
    });
    let names = ["status.toml", "loss.csv", "checkpoints/step-000001.safetensors"];
    in_folder(&names, data, |folder| {
        let run = folder.join("run.toml");
        assert!(std::fs::write(&run, RUN).is_ok());
        let Ok(opened) = RunFolder::open(folder) else { panic!("the document is whole") };
        let _ = opened.status();
        let _ = opened.losses();
        let _ = opened.step_seconds();
        let _ = opened.latest_checkpoint();
        let _ = std::fs::remove_file(run);
    });
}

/// Templates, captions and attributes.
pub fn texts(data: &[u8]) {
    in_folder(&["a.txt"], data, |folder| {
        let path = folder.join("a.txt");
        let _ = TemplateSet::from_file(&path);
        let _ = project::evaluation::captions_in(&path, project::evaluation::LONG);
    });
    let text = String::from_utf8_lossy(data);
    let _ = project::meaning::read_attributes(&text);
    let _ = project::SamplerKind::read(&text, None);
}

/// The files of a tokenizer: its vocabulary, its merges, and what is said of special tokens.
pub fn tokenizer(data: &[u8]) {
    let others: [(&str, &[u8]); 2] = [
        ("vocab.json", br#"{"a": 0, "a</w>": 1, "aa</w>": 2, "<|startoftext|>": 3, "<|endoftext|>": 4}"#),
        ("merges.txt", b"#version: 0.2\na a</w>\n"),
    ];
    let said = ["added_tokens.json", "tokenizer_config.json", "special_tokens_map.json"];
    // Alone a `tokenizer.json` is read.
    let alone = ["tokenizer.json"];
    for names in [&["vocab.json"][..], &["merges.txt"], &said, &alone] {
        in_folder(names, data, |folder| {
            let beside = others.iter().filter(|(name, _)| *names != alone && !names.contains(name));
            for (name, whole) in beside {
                assert!(std::fs::write(folder.join(name), whole).is_ok());
            }
            let _ = TextTokenizer::open_bert(folder);
            if let Ok(tokenizer) = TextTokenizer::open(folder) {
                tokenizer.encode("a photo of an aa");
            }
        });
    }
}

/// A picture of any kind, and what others noted in it.
pub fn picture(data: &[u8]) {
    in_folder(&["a.png"], data, |folder| {
        let path = folder.join("a.png");
        let _ = PictureNotes::of(&path);
        let _ = png_info::read_settings(&path);
        let _ = project::picture::open_picture(&path);
    });
}

/// Weights of a model or a LoRA in a file of either kind.
pub fn weights(data: &[u8]) {
    in_folder(&["a.safetensors", "a.ckpt"], data, |folder| {
        for name in ["a.safetensors", "a.ckpt"] {
            let path = folder.join(name);
            if let Ok(weights) = Weights::open_file(&path) {
                for name in weights.names().take(64) {
                    let _ = weights.read_f32(name);
                }
            }
            let _ = format::lora::Lora::open(&path);
            let _ = ModelFiles::open(&path);
        }
    });
}
