//! Each program's folders as they are on each system. The length is that of the list of programs.

use super::*;

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
        let batch = format!(
            "@echo off\r\nrem set COMMANDLINE_ARGS=--ckpt-dir /no\r\nset COMMANDLINE_ARGS={line}\r\ncall webui.bat"
        );
        let line = line.replace('"', "'");
        let shell =
            format!("#export COMMANDLINE_ARGS=\"--ckpt-dir /no\"\nexport COMMANDLINE_ARGS=\"{line}\"\n");
        let windows = os == Os::Windows;
        let (name, script) = if windows { ("webui-user.bat", batch) } else { ("webui-user.sh", shell) };
        write(forge.join(name), script);
        let expected = [
            one(Origin::A1111, Kind::Model, "dream", Family::Sd1),
            one(Origin::A1111, Kind::Model, "xl", Family::Sdxl),
            one(Origin::A1111, Kind::Embedding, "cat", Family::Sd1),
            one(Origin::A1111, Kind::Embedding, "dog", Family::Sd2),
            (Origin::A1111, Kind::Embedding, "old".into(), None),
        ];
        assert_eq!(computer.told(), expected, "{os:?}");
    }
}

#[test]
fn programs_side_by_side_are_all_found() {
    for os in SYSTEMS {
        let computer = Computer::new(os);
        let [first, second] = ["ComfyUI", "stable-diffusion-webui"].map(|name| computer.here.home.join(name));
        comfy(&first);
        webui(&second);
        model(first.join("models/checkpoints/a.safetensors"), Family::Sd1);
        model(second.join("models/Stable-diffusion/b.safetensors"), Family::Sd2);
        // The configuration of a single file is no model of its own.
        let beside = second.join("models/Stable-diffusion/b.config");
        write(beside.join("model_index.json"), "{}");
        let expected = [
            one(Origin::A1111, Kind::Model, "b", Family::Sd2),
            one(Origin::ComfyUi, Kind::Model, "a", Family::Sd1),
        ];
        let mut told = computer.told();
        told.sort_by(|a, b| b.2.cmp(&a.2));
        assert_eq!(told, expected, "{os:?}");
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
            one(Origin::ComfyUi, Kind::Model, "a", Family::Sd2),
            one(Origin::ComfyUi, Kind::Model, "b", Family::Ldm),
            one(Origin::ComfyUi, Kind::Model, "c", Family::Sd1),
            one(Origin::ComfyUi, Kind::Model, "d", Family::Sd1),
            one(Origin::ComfyUi, Kind::Embedding, "e", Family::Sd1),
            one(Origin::ComfyUi, Kind::Embedding, "w", Family::Sd2),
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
            one(Origin::ComfyUi, Kind::Model, "a", Family::Sd1),
            one(Origin::ComfyUi, Kind::Model, "b", Family::Sd2),
            one(Origin::ComfyUi, Kind::Model, "usual", Family::Sdxl),
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
        let state = || {
            let modified = file.metadata().unwrap().modified().unwrap();
            (fs::read(&file).unwrap(), listing(file.parent().unwrap()), modified)
        };
        let before = state();
        let expected = [
            one(Origin::InvokeAi, Kind::Model, "Dream", Family::Sd1),
            one(Origin::InvokeAi, Kind::Model, "XL", Family::Sdxl),
            one(Origin::InvokeAi, Kind::Embedding, "easy", Family::Sd1),
        ];
        assert_eq!(computer.told(), expected, "{os:?}");
        let after = state();
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
    assert_eq!(computer.told(), [one(Origin::InvokeAi, Kind::Model, "a", Family::Sd1)]);
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
        let matrix = |kind, name, family| one(Origin::StabilityMatrix, kind, name, family);
        let expected = [
            one(Origin::ComfyUi, Kind::Model, "c", Family::Sdxl),
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
            one(Origin::HuggingFace, Kind::Model, "org/sd-1-5", Family::Sd1),
            one(Origin::HuggingFace, Kind::Model, "x/y/one-file", Family::Sdxl),
            (Origin::HuggingFace, Kind::Embedding, "sd-concepts-library/cat-toy".into(), None),
        ];
        assert_eq!(computer.told(), expected, "{os:?} {inside}");
    }
}
