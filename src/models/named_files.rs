//! Which files on this disk a picture means by the hashes it carries: the model it was drawn with, and the words.
//!
//! Looked for are files that are given along, those whose hash is known, the library, and files called so in the folders
//! the artist named. Words are
//! small and hashed at once; models whose hash would have to be computed first are told to the caller.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::discovery::WatchedFolders;
use base::{FileKind, json};
use format::GenerateInfo;
use format::infotext::NamedLora;
use format::lora::Lora;
use project::DataDir;
use project::file_hashes::{FileHashes, SMALL};
use project::files::{inside, read_toml, sha256_file};

/// A file that a picture names by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedFile {
    /// Whether it is the model, else a word.
    pub model: bool,
    /// What the picture calls it.
    pub name: String,
    /// The beginning of its hash.
    pub hash: String,
    /// Where it is on this disk.
    pub path: Option<PathBuf>,
}

impl NamedFile {
    /// `cat-toy: /words/cat-toy.safetensors`, or that it is not known here.
    pub fn describe(&self) -> String {
        let what = if self.model { "model" } else { "word" };
        match &self.path {
            Some(path) => format!("{what} {} ({}): {}", self.name, self.hash, path.display()),
            None => format!("{what} {} ({}): not among the files known here", self.name, self.hash),
        }
    }
}

/// How many files and folders are looked at, and how deep.
const MOST: usize = 10_000;
const DEEPEST: usize = 4;
/// Bytes up to which no hash is worth remembering.
const TINY: u64 = 1 << 20;

/// The files that a picture names, and models called like its own whose hash is not known yet.
pub fn named_files(info: &GenerateInfo, home: &DataDir) -> (Vec<NamedFile>, Vec<PathBuf>) {
    named_among(info, home, &[])
}

/// [`named_files`], looked for first among files that are `given` along with the picture.
pub fn named_among(info: &GenerateInfo, home: &DataDir, given: &[PathBuf]) -> (Vec<NamedFile>, Vec<PathBuf>) {
    let hashes = FileHashes::of(home);
    let (mut named, mut unknown) = (Vec::new(), Vec::new());
    let model = !info.model_hash.is_empty();
    if !model && info.ti_hashes.is_empty() {
        return (named, unknown);
    }
    // Of several with the same content the one that is called so.
    let known = |hash: &str, name: &str| {
        let mut all = hashes.find(hash);
        all.sort_by_key(|path| !is_called(path, name));
        all.into_iter().next()
    };
    let same = |file: &Path, hash: &str| {
        // Words are read as quickly as the table of what is known.
        let tiny = file.metadata().is_ok_and(|data| data.len() <= TINY);
        let own = if tiny { sha256_file(file).ok() } else { hashes.compute(file, &|| false).ok().flatten() };
        own.is_some_and(|own| starts(&own, hash))
    };
    let given = |hash: &str, name: &str| {
        let mut given: Vec<&PathBuf> = given.iter().filter(|file| file.is_file()).collect();
        given.sort_by_key(|path| !is_called(path, name));
        let same = |file: &&&PathBuf| match small(file) {
            true => same(file, hash),
            false => hashes.known(file).is_some_and(|own| starts(&own, hash)),
        };
        given.iter().find(same).map(|file| (*file).clone())
    };
    let mut files = None;
    let mut called = |name: &str| -> Vec<PathBuf> {
        let files = files.get_or_insert_with(|| files_of(home));
        files.iter().filter(|path| is_called(path, name)).cloned().collect()
    };
    if model {
        let mut path = given(&info.model_hash, &info.model).or_else(|| known(&info.model_hash, &info.model));
        if path.is_none() {
            for file in called(&info.model) {
                match small(&file) {
                    true if same(&file, &info.model_hash) => path = Some(file),
                    false if hashes.known(&file).is_none() => unknown.push(file),
                    _ => {}
                }
            }
        }
        named.push(NamedFile { model, name: info.model.clone(), hash: info.model_hash.clone(), path });
    }
    for (word, hash) in &info.ti_hashes {
        let inside = word.trim_matches(['<', '>']);
        let path = given(hash, inside).or_else(|| in_library(home, hash, inside, &same));
        let path = path.or_else(|| known(hash, inside));
        let path = path.or_else(|| called(inside).into_iter().find(|file| small(file) && same(file, hash)));
        named.push(NamedFile { model: false, name: word.clone(), hash: hash.clone(), path });
    }
    (named, unknown)
}

/// The file of a LoRA that a picture names, in the folders of the artist: by its hash, and by its name alone where the
/// picture says no hash. AUTOMATIC1111 names it by the hash of its numbers, Civitai by that of the whole file.
pub fn lora_file(lora: &NamedLora, home: &DataDir) -> Option<PathBuf> {
    let hashes = FileHashes::of(home);
    let mut called = files_of(home).into_iter().filter(|path| is_called(path, &lora.name));
    let whole = |path: &Path| hashes.compute(path, &|| false).ok().flatten();
    called.find(|path| {
        let Ok(found) = Lora::open(path) else { return false };
        lora.hash.is_empty()
            || starts(&found.hash(), &lora.hash)
            || whole(path).is_some_and(|own| starts(&own, &lora.hash))
    })
}

fn starts(own: &str, hash: &str) -> bool {
    hash.len() >= 8 && own.get(..hash.len()).is_some_and(|start| start.eq_ignore_ascii_case(hash))
}

fn is_called(path: &Path, name: &str) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_string_lossy().eq_ignore_ascii_case(name))
}

fn small(file: &Path) -> bool {
    file.metadata().is_ok_and(|data| data.len() <= SMALL)
}

/// A word of the library: its own file, or what was brought in from a file with this hash.
fn in_library(home: &DataDir, hash: &str, name: &str, same: &dyn Fn(&Path, &str) -> bool) -> Option<PathBuf> {
    #[derive(Default, Deserialize)]
    struct Note {
        original: Option<String>,
    }
    let brought = |path: &Path| {
        let note: Note = read_toml(FileKind::Settings, &path.with_extension("toml")).unwrap_or_default();
        note.original.is_some_and(|original| starts(&original, hash))
    };
    let listing = inside(&home.words());
    let mut words: Vec<PathBuf> =
        listing.filter(|path| path.extension().is_some_and(|end| end == "safetensors")).collect();
    // It is most likely called so; a library may have thousands.
    words.sort_by_cached_key(|path| (!is_called(path, name), path.clone()));
    words.into_iter().find(|path| brought(path) || (small(path) && same(path, hash)))
}

/// The files of models and words in the artist's folders, and the models used in the window.
fn files_of(home: &DataDir) -> Vec<PathBuf> {
    #[derive(Default, Deserialize)]
    struct Window {
        #[serde(default)]
        models: Vec<PathBuf>,
    }
    #[derive(Default, Deserialize)]
    struct Library {
        #[serde(default)]
        folders: Vec<PathBuf>,
    }
    let window: Window = read_toml(FileKind::Settings, &home.window()).unwrap_or_default();
    let mut files: Vec<PathBuf> = window.models.into_iter().filter(|path| path.is_file()).collect();
    let watched = WatchedFolders::load(home);
    // Where words of other programs are looked at.
    let library: Library = json::read(&home.library(), "").unwrap_or_default();
    let roots = watched.folders().map(Path::to_path_buf).chain(library.folders).chain([home.models()]);
    let mut waiting: Vec<(PathBuf, usize)> = roots.map(|folder| (folder, 0)).collect();
    let mut looked = 0;
    while let Some((folder, depth)) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            looked += 1;
            if looked > MOST {
                return files;
            }
            let path = entry.path();
            let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            if ["safetensors", "ckpt", "pt", "bin"].contains(&ending.as_str()) {
                files.push(path);
            } else if depth < DEEPEST && path.is_dir() {
                waiting.push((path, depth + 1));
            }
        }
    }
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::files::sha256;

    #[test]
    fn hashes_are_given_the_names_of_the_files_that_have_them() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().join("home"));
        std::fs::create_dir_all(home.words()).unwrap();
        std::fs::create_dir_all(home.models().join("sub")).unwrap();
        let (own, brought) = (home.words().join("own.safetensors"), home.words().join("brought.safetensors"));
        let model = home.models().join("sub/dream.safetensors");
        std::fs::write(&own, b"own").unwrap();
        std::fs::write(&brought, b"rewritten").unwrap();
        std::fs::write(brought.with_extension("toml"), format!("original = \"{}\"\n", sha256(b"as it was")))
            .unwrap();
        std::fs::write(&model, b"model").unwrap();
        let start = |bytes: &[u8], digits: usize| sha256(bytes)[..digits].to_owned();
        let mut info = GenerateInfo {
            model: "dream".into(),
            model_hash: start(b"model", 10),
            ti_hashes: vec![
                ("<own>".into(), start(b"own", 12)),
                ("other".into(), start(b"as it was", 12)),
                ("gone".into(), start(b"gone", 12)),
            ],
            ..GenerateInfo::default()
        };
        let paths = |info: &GenerateInfo| -> Vec<Option<PathBuf>> {
            named_files(info, &home).0.into_iter().map(|file| file.path).collect()
        };
        assert_eq!(paths(&info), [Some(model.clone()), Some(own), Some(brought), None]);
        // Found again by its hash alone, and not by a hash that it does not have.
        info.model = "another name".into();
        assert_eq!(paths(&info)[0], None);
        FileHashes::of(&home).compute(&model, &|| false).unwrap();
        assert_eq!(paths(&info)[0], Some(base::places::real(&model).unwrap()));
        // Of two with the same content the one that is called so.
        let copy = home.models().join("another.safetensors");
        std::fs::write(&copy, b"model").unwrap();
        FileHashes::of(&home).compute(&copy, &|| false).unwrap();
        info.model = "dream".into();
        assert_eq!(paths(&info)[0], Some(base::places::real(&model).unwrap()));
        // What is given along is known, whatever it is called.
        let beside = place.path().join("beside.safetensors");
        std::fs::write(&beside, b"gone").unwrap();
        let found = named_among(&info, &home, &[place.path().to_path_buf(), beside.clone()]).0;
        assert_eq!(found[3].path, Some(beside));
        info.model_hash = "0123456789".into();
        info.model = "dream".into();
        assert_eq!(paths(&info)[0], None);
        assert!(named_files(&info, &home).0[0].describe().contains("not among the files known here"));
        assert!(named_files(&GenerateInfo::default(), &home).0.is_empty());
    }

    #[test]
    fn a_lora_is_found_by_its_hash_or_by_its_name_alone() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().join("home"));
        std::fs::create_dir_all(home.models()).unwrap();
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/lora/sd1_kohya.safetensors");
        let file = home.models().join("storm.safetensors");
        std::fs::copy(golden, &file).unwrap();
        let (own, whole) = (Lora::open(&file).unwrap().hash(), sha256_file(&file).unwrap());
        for (name, hash, found) in [
            ("storm", "", true),
            ("Storm", &own[..10], true),
            // As Civitai writes it.
            ("storm", &whole[..10], true),
            ("storm", "0123456789", false),
            ("dusk", "", false),
        ] {
            let lora = NamedLora { name: name.into(), weight: 1.0, hash: hash.into() };
            assert_eq!(lora_file(&lora, &home), found.then(|| file.clone()), "{name} {hash}");
        }
    }

    #[test]
    fn words_in_watched_folders_are_named_too() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().join("home"));
        let other = place.path().join("embeddings");
        std::fs::create_dir_all(other.join("anime")).unwrap();
        std::fs::create_dir_all(home.root()).unwrap();
        let word = other.join("anime/badhands.pt");
        std::fs::write(&word, b"numbers").unwrap();
        let info = GenerateInfo {
            ti_hashes: vec![("badhands".into(), sha256(b"numbers")[..12].to_owned())],
            ..GenerateInfo::default()
        };
        assert_eq!(named_files(&info, &home).0[0].path, None);
        let folders = format!("{{\"version\": 1, \"folders\": [{:?}]}}", other.to_str().unwrap());
        std::fs::write(home.library(), folders).unwrap();
        assert_eq!(named_files(&info, &home).0[0].path, Some(word));
    }
}
