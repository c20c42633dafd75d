//! Each program's folders as they are on each system, built in a temporary place and searched; and what is meant
//! to break the search.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

const SYSTEMS: [Os; 3] = [Os::Linux, Os::MacOs, Os::Windows];

/// A computer of one user in a temporary folder.
struct Computer {
    folder: tempfile::TempDir,
    here: Environment,
}

impl Computer {
    fn new(os: Os) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home ä猫");
        let [config, data] = match os {
            Os::Linux => [".config", ".local/share"],
            Os::MacOs => ["Library/Application Support"; 2],
            Os::Windows => ["AppData/Roaming", "AppData/Local"],
        };
        let here = Environment {
            os,
            config: home.join(config),
            data: home.join(data),
            documents: home.join("Documents"),
            drives: vec![folder.path().join("drive")],
            variables: BTreeMap::new(),
            home,
        };
        for path in [&here.config, &here.data, &here.documents, &here.drives[0]] {
            fs::create_dir_all(path).unwrap();
        }
        Self { folder, here }
    }

    fn search(&self) -> (Vec<Found>, Summary) {
        let places = places(&self.here, &|| false);
        let (found, mut summary) = search_in(&places.places, Limits::default());
        summary.notes = places.notes;
        (found, summary)
    }

    /// Program, kind, name and family of all that is found, sorted.
    fn told(&self) -> Vec<(Program, Kind, String, Option<Family>)> {
        let (found, summary) = self.search();
        assert_eq!(summary.notes, Vec::<String>::new());
        assert_eq!((summary.found, summary.cut_short), (found.len(), false));
        let mut told: Vec<_> =
            found.into_iter().map(|found| (found.program, found.kind, found.name, found.family)).collect();
        told.sort();
        told
    }
}

fn search_in(places: &[Place], limits: Limits) -> (Vec<Found>, Summary) {
    let mut found = Vec::new();
    let summary = search(places, &recognise, limits, &|| false, &mut |step| {
        if let Step::Found(thing) = step {
            found.push(*thing);
        }
    });
    (found, summary)
}

fn write(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    let path = path.as_ref();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A safetensors file of tensors that are named and shaped but hold only zeros; of a large one only the header
/// is written, and the rest is a hole.
fn tensors(path: impl AsRef<Path>, dtype: &str, tensors: &[(&str, &[u64])]) {
    let width = if dtype == "F32" { 4 } else { 2 };
    let (mut header, mut end) = (serde_json::Map::new(), 0);
    for (name, shape) in tensors {
        let start = end;
        end += shape.iter().product::<u64>() * width;
        header.insert((*name).into(), json!({"dtype": dtype, "shape": shape, "data_offsets": [start, end]}));
    }
    let header = serde_json::Value::Object(header).to_string();
    write(&path, [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat());
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(8 + header.len() as u64 + end).unwrap();
}

/// The tensors by which a single file of a family is known.
fn model(path: impl AsRef<Path>, family: Family) {
    const CONV: (&str, &[u64]) = ("model.diffusion_model.input_blocks.0.0.weight", &[320, 4, 3, 3]);
    let key = |block: u8| {
        format!("model.diffusion_model.input_blocks.{block}.1.transformer_blocks.0.attn2.to_k.weight")
    };
    let (first, fourth) = (key(1), key(4));
    match family {
        Family::Sd1 => tensors(path, "F16", &[CONV, (&first, &[320, 768])]),
        Family::Sd2 => tensors(path, "F32", &[CONV, (&first, &[320, 1024])]),
        Family::Sdxl => tensors(path, "F16", &[CONV, (&fourth, &[640, 2048])]),
        Family::Ldm => {
            let bert: (&str, &[u64]) = ("cond_stage_model.transformer.token_emb.weight", &[30522, 1280]);
            tensors(path, "F32", &[CONV, (&first, &[320, 1280]), bert]);
        }
    }
}

fn word(path: impl AsRef<Path>, width: u64) {
    tensors(path, "F32", &[("emb_params", &[2, width])]);
}

fn webui(root: &Path) {
    write(root.join("webui.py"), "");
    fs::create_dir_all(root.join("modules")).unwrap();
}

fn comfy(root: &Path) {
    write(root.join("folder_paths.py"), "");
    fs::create_dir_all(root.join("comfy")).unwrap();
}

fn one(program: Program, kind: Kind, name: &str, family: Family) -> (Program, Kind, String, Option<Family>) {
    (program, kind, name.into(), Some(family))
}

#[test]
fn a1111_and_what_its_start_script_adds() {
    for os in SYSTEMS {
        let computer = Computer::new(os);
        let (home, drive) = (&computer.here.home, &computer.here.drives[0]);
        let root = home.join("stable-diffusion-webui");
        webui(&root);
        model(root.join("models/Stable-diffusion/sub/dream.safetensors"), Family::Sd1);
        tensors(root.join("models/Stable-diffusion/x.vae.safetensors"), "F16", &[("a", &[1])]);
        word(root.join("embeddings/cat.safetensors"), 768);
        write(root.join("embeddings/old.pt"), "pickle");
        // A release as it is unpacked on a second drive, told to use folders elsewhere.
        let forge = drive.join("AI/sd.webui/webui");
        webui(&forge);
        let elsewhere = computer.folder.path().join("my models");
        model(elsewhere.join("xl.safetensors"), Family::Sdxl);
        word(home.join("words/dog.safetensors"), 1024);
        let line = format!("--xformers --ckpt-dir \"{}\" --embeddings-dir=~/words", elsewhere.display());
        let script = match os {
            Os::Windows => (
                "webui-user.bat",
                format!(
                    "@echo off\r\nrem set COMMANDLINE_ARGS=--ckpt-dir /no\r\nset COMMANDLINE_ARGS={line}\r\ncall webui.bat"
                ),
            ),
            _ => (
                "webui-user.sh",
                format!(
                    "#export COMMANDLINE_ARGS=\"--ckpt-dir /no\"\nexport COMMANDLINE_ARGS=\"{}\"\n",
                    line.replace('"', "'")
                ),
            ),
        };
        write(forge.join(script.0), script.1);
        let expected = [
            one(Program::A1111, Kind::Model, "dream", Family::Sd1),
            one(Program::A1111, Kind::Model, "xl", Family::Sdxl),
            one(Program::A1111, Kind::Embedding, "cat", Family::Sd1),
            one(Program::A1111, Kind::Embedding, "dog", Family::Sd2),
            (Program::A1111, Kind::Embedding, "old".into(), None),
        ];
        assert_eq!(computer.told(), expected, "{os:?}");
    }
}

#[test]
fn comfyui_portable_cloned_and_its_extra_paths() {
    for os in SYSTEMS {
        let computer = Computer::new(os);
        let root = computer.here.drives[0].join("ComfyUI_windows_portable/ComfyUI");
        comfy(&root);
        model(root.join("models/checkpoints/a.safetensors"), Family::Sd2);
        word(root.join("models/embeddings/deep/er/w.safetensors"), 1024);
        let other = computer.folder.path().join("other");
        model(other.join("one/b.safetensors"), Family::Ldm);
        model(other.join("two/c.safetensors"), Family::Sd1);
        model(root.join("beside/d.safetensors"), Family::Sd1);
        word(other.join("emb/e.safetensors"), 768);
        let base = other.display();
        let yaml = format!(
            "# comment\na111:\n    base_path: {base}/\n    checkpoints: |\n        one\n        two/\n    vae: nothing\n    embeddings: emb\n\
             empty:\nrelative:\n    is_default: true\n    checkpoints: ./beside\n    custom_nodes: [1, 2]\n"
        );
        write(root.join("extra_model_paths.yaml"), yaml);
        let places = places(&computer.here, &|| false).places;
        let order: Vec<&Path> = places.iter().map(|place| place.path.as_path()).collect();
        let position = |path: PathBuf| order.iter().position(|known| *known == path);
        assert!(position(root.join("beside")) < position(other.join("one")), "the default comes first");
        let expected = [
            one(Program::ComfyUi, Kind::Model, "a", Family::Sd2),
            one(Program::ComfyUi, Kind::Model, "b", Family::Ldm),
            one(Program::ComfyUi, Kind::Model, "c", Family::Sd1),
            one(Program::ComfyUi, Kind::Model, "d", Family::Sd1),
            one(Program::ComfyUi, Kind::Embedding, "e", Family::Sd1),
            one(Program::ComfyUi, Kind::Embedding, "w", Family::Sd2),
        ];
        assert_eq!(computer.told(), expected, "{os:?}");
    }
}

#[test]
fn the_desktop_application_of_comfyui() {
    for os in SYSTEMS {
        let mut computer = Computer::new(os);
        let base = computer.folder.path().join("chosen");
        let settings = computer.here.config.join("ComfyUI");
        write(
            settings.join("config.json"),
            json!({"basePath": base, "installState": "installed"}).to_string(),
        );
        model(base.join("models/checkpoints/a.safetensors"), Family::Sd1);
        model(computer.here.documents.join("ComfyUI/models/checkpoints/usual.safetensors"), Family::Sdxl);
        let profile = computer.folder.path().join("profile");
        model(profile.join("x/models/checkpoints/b.safetensors"), Family::Sd2);
        let named = if os == Os::Windows { "%USERPROFILE%/x" } else { "${USERPROFILE}/x" };
        computer.here.variables.insert("USERPROFILE".into(), profile.to_str().unwrap().into());
        let yaml = format!(
            "# ComfyUI extra_model_paths.yaml for {os:?}\ncomfyui_desktop:\n  base_path: '{named}'\n  is_default: true\n  checkpoints: models/checkpoints/\n"
        );
        write(settings.join("extra_models_config.yaml"), yaml);
        let expected = [
            one(Program::ComfyUi, Kind::Model, "a", Family::Sd1),
            one(Program::ComfyUi, Kind::Model, "b", Family::Sd2),
            one(Program::ComfyUi, Kind::Model, "usual", Family::Sdxl),
        ];
        assert_eq!(computer.told(), expected, "{os:?}");
    }
}

/// A database as InvokeAI writes it: the columns are computed from the description.
fn invoke_database(path: &Path, configs: &[serde_json::Value], journal: &str) -> rusqlite::Connection {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let database = rusqlite::Connection::open(path).unwrap();
    database.execute_batch(&format!("PRAGMA journal_mode = {journal};")).unwrap();
    database
        .execute_batch(
            "CREATE TABLE models (id TEXT NOT NULL PRIMARY KEY,
             base TEXT GENERATED ALWAYS as (json_extract(config, '$.base')) VIRTUAL NOT NULL,
             path TEXT GENERATED ALWAYS as (json_extract(config, '$.path')) VIRTUAL NOT NULL, config TEXT NOT NULL);",
        )
        .unwrap();
    for (i, config) in configs.iter().enumerate() {
        let row = (i.to_string(), config.to_string());
        database.execute("INSERT INTO models (id, config) VALUES (?1, ?2)", row).unwrap();
    }
    database
}

#[test]
fn invokeai_by_its_database_which_is_left_alone() {
    for (os, named, journal) in
        [(Os::Linux, true, "WAL"), (Os::MacOs, false, "DELETE"), (Os::Windows, true, "WAL")]
    {
        let mut computer = Computer::new(os);
        let root = computer.here.home.join(if named { "somewhere # ?/inv 100%" } else { "invokeai" });
        if named {
            computer.here.variables.insert("INVOKEAI_ROOT".into(), root.to_str().unwrap().into());
        }
        let outside = computer.folder.path().join("in place.safetensors");
        model(&outside, Family::Sdxl);
        model(root.join("weights/0f/a.safetensors"), Family::Sd1);
        model(root.join("weights/unlisted/a.safetensors"), Family::Sd1);
        word(root.join("weights/1f/e.safetensors"), 768);
        write(root.join("invokeai.yaml"), "schema_version: 4.0.2\nmodels_dir: weights\n");
        let configs = [
            json!({"path": "0f/a.safetensors", "base": "sd-1", "type": "main", "name": "Dream"}),
            json!({"path": outside, "base": "sdxl", "type": "main", "name": "XL"}),
            json!({"path": "1f/e.safetensors", "base": "sd-1", "type": "embedding", "name": "easy"}),
            json!({"path": "2f/gone.safetensors", "base": "sd-1", "type": "main", "name": "gone"}),
            json!({"path": "0f/a.safetensors", "base": "any", "type": "vae", "name": "vae"}),
            json!({"path": 7, "base": "sd-1", "type": "main"}),
        ];
        let file = root.join("databases/invokeai.db");
        drop(invoke_database(&file, &configs, journal));
        let listing = |folder: &Path| {
            let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
            let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
            names.sort();
            names
        };
        let before = (
            fs::read(&file).unwrap(),
            listing(file.parent().unwrap()),
            file.metadata().unwrap().modified().unwrap(),
        );
        let expected = [
            one(Program::InvokeAi, Kind::Model, "Dream", Family::Sd1),
            one(Program::InvokeAi, Kind::Model, "XL", Family::Sdxl),
            one(Program::InvokeAi, Kind::Embedding, "easy", Family::Sd1),
        ];
        assert_eq!(computer.told(), expected, "{os:?}");
        let after = (
            fs::read(&file).unwrap(),
            listing(file.parent().unwrap()),
            file.metadata().unwrap().modified().unwrap(),
        );
        assert!(before == after, "nothing may be written beside the database: {:?}", after.1);
    }
}

#[test]
fn a_database_in_use_is_read_without_waiting() {
    let computer = Computer::new(Os::Linux);
    let root = computer.here.home.join("invokeai");
    model(root.join("models/k/a.safetensors"), Family::Sd1);
    let config = json!({"path": "k/a.safetensors", "base": "sd-1", "type": "main", "name": "a"});
    let database = invoke_database(&root.join("databases/invokeai.db"), &[config], "DELETE");
    database.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let start = Instant::now();
    assert_eq!(computer.told(), [one(Program::InvokeAi, Kind::Model, "a", Family::Sd1)]);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn stability_matrix_in_its_usual_named_and_portable_library() {
    for os in SYSTEMS {
        let computer = Computer::new(os);
        let named = computer.here.drives[0].join("Matrix");
        let settings = computer.here.config.join("StabilityMatrix");
        // Written by .NET, with a mark at its beginning.
        let library = json!({"LibraryPath": named}).to_string();
        write(settings.join("library.json"), [b"\xEF\xBB\xBF", library.as_bytes()].concat());
        model(named.join("Models/StableDiffusion/a.safetensors"), Family::Sd1);
        word(named.join("Models/Embeddings/e.safetensors"), 768);
        let moved = computer.folder.path().join("moved");
        model(moved.join("StableDiffusion/b.safetensors"), Family::Sd2);
        write(
            named.join("settings.json"),
            json!({"ModelDirectoryOverride": moved, "Version": 1}).to_string(),
        );
        comfy(&named.join("Packages/ComfyUI"));
        model(named.join("Packages/ComfyUI/models/checkpoints/c.safetensors"), Family::Sdxl);
        let usual = computer.here.home.join("StabilityMatrix");
        model(usual.join("Models/StableDiffusion/u.safetensors"), Family::Sd1);
        let portable = computer.here.home.join("Desktop/SM");
        write(portable.join("Data/.sm-portable"), "");
        model(portable.join("Data/Models/StableDiffusion/p.safetensors"), Family::Sd1);
        let matrix = |kind, name, family| one(Program::StabilityMatrix, kind, name, family);
        let expected = [
            one(Program::ComfyUi, Kind::Model, "c", Family::Sdxl),
            matrix(Kind::Model, "a", Family::Sd1),
            matrix(Kind::Model, "b", Family::Sd2),
            matrix(Kind::Model, "p", Family::Sd1),
            matrix(Kind::Model, "u", Family::Sd1),
            matrix(Kind::Embedding, "e", Family::Sd1),
        ];
        assert_eq!(computer.told(), expected, "{os:?}");
    }
}

fn diffusers(folder: &Path, class: &str, width: u64) {
    write(folder.join("model_index.json"), json!({"_class_name": class, "unet": [], "vae": []}).to_string());
    write(folder.join("unet/config.json"), json!({"cross_attention_dim": width}).to_string());
    tensors(folder.join("unet/diffusion_pytorch_model.safetensors"), "F16", &[("w", &[1000])]);
    tensors(folder.join("unet/diffusion_pytorch_model.non_ema.safetensors"), "F32", &[("w", &[1000])]);
    tensors(folder.join("vae/diffusion_pytorch_model.fp16.safetensors"), "F16", &[("w", &[100])]);
}

#[test]
fn the_cache_of_hugging_face_by_each_of_its_variables() {
    for (os, variable, inside) in [
        (Os::Linux, None, "home ä猫/.cache/huggingface/hub"),
        (Os::MacOs, Some(("HF_HOME", "hf")), "hf/hub"),
        (Os::Windows, Some(("HF_HUB_CACHE", "cache")), "cache"),
        (Os::Linux, Some(("XDG_CACHE_HOME", "xdg")), "xdg/huggingface/hub"),
    ] {
        let mut computer = Computer::new(os);
        let at = |path: &str| computer.folder.path().join(path);
        let hub = at(inside);
        let variable = variable.map(|(name, path)| (name.to_owned(), at(path).to_str().unwrap().to_owned()));
        computer.here.variables.extend(variable);
        let sd = hub.join("models--org--sd-1-5");
        diffusers(&sd.join("snapshots/abc123"), "StableDiffusionPipeline", 768);
        diffusers(&sd.join("snapshots/newer"), "StableDiffusionPipeline", 1024);
        write(sd.join("refs/main"), "abc123\n");
        let toy = hub.join("models--sd-concepts-library--cat-toy");
        write(toy.join("blobs/b1"), "pickle");
        fs::create_dir_all(toy.join("snapshots/r")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("../../blobs/b1", toy.join("snapshots/r/learned_embeds.bin")).unwrap();
        #[cfg(not(unix))]
        write(toy.join("snapshots/r/learned_embeds.bin"), "pickle");
        model(hub.join("models--x--y/snapshots/r/one-file.safetensors"), Family::Sdxl);
        tensors(hub.join("models--x--bert/snapshots/r/model.safetensors"), "F32", &[("bert.x", &[9, 9, 9])]);
        write(hub.join("datasets--x--z/snapshots/r/a.ckpt"), "no model");
        let (found, _) = computer.search();
        let folder = found.iter().find(|found| found.name == "org/sd-1-5").unwrap();
        assert_eq!((folder.family, folder.precision), (Some(Family::Sd1), Some(Precision::F16)));
        let sizes =
            ["unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.fp16.safetensors"];
        let size = |file: &&str| folder.path.join(file).metadata().unwrap().len();
        assert_eq!(folder.bytes, sizes.iter().map(size).sum::<u64>(), "only what would be used counts");
        let expected = [
            one(Program::HuggingFace, Kind::Model, "org/sd-1-5", Family::Sd1),
            one(Program::HuggingFace, Kind::Model, "x/y/one-file", Family::Sdxl),
            (Program::HuggingFace, Kind::Embedding, "sd-concepts-library/cat-toy".into(), None),
        ];
        assert_eq!(computer.told(), expected, "{os:?} {inside}");
    }
}

#[test]
fn what_lies_in_a_folder_of_anything_is_told_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let place = Place {
        path: folder.path().into(),
        program: Program::Folder,
        holds: Holds::Anything,
        exact: false,
        name: None,
    };
    for family in Family::ALL {
        model(at(&format!("{family:?}.safetensors")), family);
    }
    word(at("words/ti.safetensors"), 768);
    tensors(at("words/xl.safetensors"), "F16", &[("clip_l", &[1, 768]), ("clip_g", &[1, 1280])]);
    tensors(at("words/half.safetensors"), "F16", &[("clip_g", &[1, 1280])]);
    tensors(at("words/diffusers.safetensors"), "F32", &[("<猫>", &[1024])]);
    tensors(at("lora.safetensors"), "F16", &[("lora_unet_x.lora_down.weight", &[4, 320]), ("b", &[1])]);
    tensors(at("vae.safetensors"), "F32", &[("encoder.conv_in.weight", &[128, 3, 3, 3])]);
    tensors(at("flux.safetensors"), "BF16", &[("double_blocks.0.img_attn.proj.weight", &[3072, 3072])]);
    let key = "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight";
    tensors(at("refiner.safetensors"), "F16", &[(key, &[768, 1280])]);
    let first = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight";
    let conv = "model.diffusion_model.input_blocks.0.0.weight";
    tensors(at("inpaint.safetensors"), "F16", &[(conv, &[320, 9, 3, 3]), (first, &[320, 768])]);
    write(at("cut.safetensors"), [&900u64.to_le_bytes()[..], b"{}"].concat());
    write(at("pickled.ckpt"), vec![0; 1000]);
    write(at("notes.txt"), "hello");
    let (mut found, _) = search_in(&[place], Limits::default());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let told: Vec<(String, Kind, Option<Family>, bool)> =
        found.iter().map(|f| (f.name.clone(), f.kind, f.family, f.fault.is_some())).collect();
    let (model, word) = (Kind::Model, Kind::Embedding);
    let expected: Vec<(String, Kind, Option<Family>, bool)> = [
        ("Ldm", model, Some(Family::Ldm), false),
        ("Sd1", model, Some(Family::Sd1), false),
        ("Sd2", model, Some(Family::Sd2), false),
        ("Sdxl", model, Some(Family::Sdxl), false),
        ("cut", model, None, true),
        ("flux", model, None, true),
        ("inpaint", model, Some(Family::Sd1), true),
        ("pickled", model, None, false),
        ("refiner", model, None, true),
        ("diffusers", word, Some(Family::Sd2), false),
        ("half", word, None, false),
        ("ti", word, Some(Family::Sd1), false),
        ("xl", word, Some(Family::Sdxl), false),
    ]
    .map(|(name, kind, family, fault)| (name.into(), kind, family, fault))
    .into();
    assert_eq!(told, expected);
    let by_name = |name: &str| found.iter().find(|found| found.name == name).unwrap();
    assert_eq!(by_name("flux").precision, Some(Precision::Bf16));
    assert_eq!(by_name("Sd2").precision, Some(Precision::F32));
    let fault = by_name("refiner").fault.as_ref().unwrap();
    assert!(fault.contains("refiner.safetensors") && fault.ends_with('.'), "{fault}");
}

#[test]
fn cards_are_told_from_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], kind, data, &[0; 4]].concat()
    };
    let png = |chunks: &[Vec<u8>]| [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat();
    let (head, end) = (chunk(b"IHDR", &[0; 13]), chunk(b"IEND", b""));
    let card = chunk(b"tEXt", b"sd-ti-embedding\0e30=");
    write(
        folder.path().join("card.png"),
        png(&[head.clone(), chunk(b"tEXt", b"a\0b"), card.clone(), end.clone()]),
    );
    write(folder.path().join("picture.png"), png(&[head.clone(), chunk(b"IDAT", &[1; 100]), end]));
    write(folder.path().join("x.preview.png"), png(&[head.clone(), card]));
    write(folder.path().join("huge.png"), [png(&[head]), b"\xFF\xFF\xFF\xFFIDAT".to_vec()].concat());
    write(folder.path().join("short.png"), b"\x89PN");
    let place = Place {
        path: folder.path().into(),
        program: Program::A1111,
        holds: Holds::Embeddings,
        exact: false,
        name: None,
    };
    let (found, _) = search_in(&[place], Limits::default());
    assert_eq!(found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["card"]);
}

#[test]
fn hostile_settings_are_noted_and_do_not_stop_the_rest() {
    let bomb = format!(
        "a: &a [x,x,x,x,x,x,x,x,x]\n{}",
        (0..12u8)
            .map(|i| {
                let (new, old) = (char::from(b'b' + i), char::from(b'a' + i));
                format!("{new}: &{new} [{}]\n", vec![format!("*{old}"); 9].join(","))
            })
            .collect::<String>()
    );
    let deep = format!("a: {}", "[".repeat(100_000));
    let texts: [&[u8]; 8] = [
        b"{",
        b"a: b: c: [",
        b"\xFF\xFE\x00",
        bomb.as_bytes(),
        deep.as_bytes(),
        b"- 1\n- 2",
        b"!!python/object:os.system x",
        &[b'x'; 5 << 20],
    ];
    for text in texts {
        let computer = Computer::new(Os::Linux);
        let root = computer.here.home.join("ComfyUI");
        comfy(&root);
        model(root.join("models/checkpoints/a.safetensors"), Family::Sd1);
        model(computer.here.home.join("invokeai/models/k/b.safetensors"), Family::Sd1);
        write(root.join("extra_model_paths.yaml"), text);
        for path in ["ComfyUI/config.json", "StabilityMatrix/library.json", "StabilityMatrix/settings.json"] {
            write(computer.here.config.join(path), text);
        }
        write(computer.here.home.join("invokeai/invokeai.yaml"), text);
        write(computer.here.home.join("invokeai/databases/invokeai.db"), text);
        let start = Instant::now();
        let (found, summary) = computer.search();
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(found.len(), 2, "{summary:?}");
        assert!(summary.notes.len() >= 4, "{:?}", summary.notes);
        for note in &summary.notes {
            assert!(note.ends_with('.') && note.contains("home ä猫") && note.len() < 400, "{note}");
        }
    }
}

#[test]
fn a_hostile_database_is_noted() {
    let endless =
        "CREATE TABLE models (id, config TEXT GENERATED ALWAYS AS (hex(zeroblob(400000000))) VIRTUAL);
                   INSERT INTO models VALUES (1), (2), (3), (4), (5);";
    let view = "CREATE VIEW models AS WITH RECURSIVE x(config) AS (SELECT 'a' UNION ALL SELECT config FROM x) SELECT config FROM x;";
    for schema in [endless, view, "CREATE TABLE models (other)", "CREATE TABLE x (config)"] {
        let computer = Computer::new(Os::Linux);
        let root = computer.here.home.join("invokeai");
        let file = root.join("databases/invokeai.db");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        rusqlite::Connection::open(&file).unwrap().execute_batch(schema).unwrap();
        let start = Instant::now();
        let (found, summary) = computer.search();
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert!(found.is_empty());
        assert!(
            summary.notes.len() == 1 && summary.notes[0].contains("no list of models"),
            "{:?}",
            summary.notes
        );
    }
}

#[cfg(unix)]
#[test]
fn loops_of_links_end_and_one_file_is_told_once() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    model(at("a/b/x.safetensors"), Family::Sd1);
    symlink(folder.path(), at("a/b/up")).unwrap();
    symlink(at("a"), at("again")).unwrap();
    symlink(at("a/b/x.safetensors"), at("other name.safetensors")).unwrap();
    symlink(at("nowhere"), at("broken.safetensors")).unwrap();
    symlink("self", at("self")).unwrap();
    let place =
        |path: PathBuf, holds| Place { path, program: Program::Folder, holds, exact: false, name: None };
    let places = [place(folder.path().into(), Holds::Anything), place(at("a"), Holds::Models)];
    let (found, summary) = search_in(&places, Limits::default());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(!summary.cut_short && summary.looked < 40, "{summary:?}");
}

#[test]
fn a_search_is_bounded_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..10_000 {
        write(folder.path().join(format!("{}/{i}.safetensors", i % 10)), b"short");
    }
    let place = |path: PathBuf| Place {
        path,
        program: Program::Folder,
        holds: Holds::Models,
        exact: false,
        name: None,
    };
    let places = [place(folder.path().into())];
    let start = Instant::now();
    let (found, summary) = search_in(&places, Limits::default());
    println!("10,000 files in {:?}", start.elapsed());
    assert_eq!((found.len(), summary.cut_short), (10_000, false));
    assert!(start.elapsed() < Duration::from_secs(5));
    let (found, summary) = search_in(&places, Limits { entries: 500, ..Limits::default() });
    assert!(summary.cut_short && found.len() <= 500);
    let (_, summary) = search_in(&places, Limits { time: Duration::ZERO, ..Limits::default() });
    assert!(summary.cut_short && summary.looked <= 2);
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 50
    };
    let summary = search(&places, &recognise, Limits::default(), &stop, &mut |_| {});
    assert!(summary.stopped && summary.looked < 60);
    let deep = tempfile::tempdir().unwrap();
    model(deep.path().join("1/2/3/x.safetensors"), Family::Sd1);
    let places = [place(deep.path().into())];
    for (depth, expected) in [(3, 1), (2, 0)] {
        assert_eq!(search_in(&places, Limits { depth, ..Limits::default() }).0.len(), expected);
    }
}

#[cfg(unix)]
#[test]
fn folders_that_may_not_be_read_are_counted() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    model(folder.path().join("open/x.safetensors"), Family::Sd1);
    let shut = folder.path().join("shut");
    fs::create_dir(&shut).unwrap();
    fs::set_permissions(&shut, fs::Permissions::from_mode(0)).unwrap();
    let place = Place {
        path: folder.path().into(),
        program: Program::Folder,
        holds: Holds::Models,
        exact: false,
        name: None,
    };
    let (found, summary) = search_in(&[place], Limits::default());
    // The system's administrator may read everything.
    let allowed = fs::read_dir(&shut).is_ok();
    assert_eq!((found.len(), summary.unreadable), (1, usize::from(!allowed)));
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn named_folders_are_kept_and_only_changes_are_searched_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = crate::project::Home::at(folder.path().join("home"));
    let mine = folder.path().join("meine 猫");
    for i in 0..200 {
        fs::create_dir_all(mine.join(format!("{i}/inner"))).unwrap();
    }
    let mut watched = Watched::load(&home);
    assert_eq!(watched.folders().count(), 0);
    watched.add(&home, &mine).unwrap();
    watched.add(&home, &mine).unwrap();
    assert!(watched.add(&home, &folder.path().join("gone")).unwrap_err().to_string().contains("gone"));
    let mut watched = Watched::load(&home);
    assert_eq!(watched.folders().collect::<Vec<_>>(), [mine.as_path()]);
    assert_eq!(watched.changed().len(), 1, "what was never searched counts as changed");
    watched.remember(&mine);
    let start = Instant::now();
    assert!(watched.changed().is_empty());
    println!("400 folders unchanged in {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_millis(200));
    std::thread::sleep(Duration::from_millis(20));
    model(mine.join("7/inner/new.safetensors"), Family::Sd1);
    let changed = watched.changed();
    assert_eq!(changed.len(), 1);
    assert_eq!(search_in(&changed, Limits::default()).0[0].name, "new");
    watched.remember(&mine);
    assert!(watched.changed().is_empty());
    watched.remove(&home, &mine).unwrap();
    assert_eq!(Watched::load(&home).folders().count(), 0);
    for text in ["version = 9\nfolders = ['/a']", "nonsense", "version = 1"] {
        write(home.folders(), text);
        assert_eq!(Watched::load(&home).folders().count(), 0);
    }
}
