//! A computer in a temporary folder, to be searched, and files that are models by their headers alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use format::Dtype;
use project::{Family, Precision};
use random_model::write_hollow;

mod programs;
mod walks;

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

    fn search(&self) -> (Vec<Found>, SearchSummary) {
        let places = places(&self.here, &|| false);
        let (found, mut summary) = search_in(&places.places, Limits::default());
        summary.notes = places.notes;
        (found, summary)
    }

    /// Origin, kind, name and family of all that is found, sorted.
    fn told(&self) -> Vec<(Origin, Kind, String, Option<Family>)> {
        let (found, summary) = self.search();
        assert_eq!(summary.notes, Vec::<String>::new());
        assert_eq!((summary.found, summary.cut_short), (found.len(), false));
        let mut told: Vec<_> =
            found.into_iter().map(|found| (found.program, found.kind, found.name, found.family)).collect();
        told.sort();
        told
    }
}

fn search_in(places: &[Place], limits: Limits) -> (Vec<Found>, SearchSummary) {
    let mut found = Vec::new();
    let summary = search(places, limits, &|| false, &mut |step| {
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

/// A single file of a family with nothing in it but its table of contents.
fn model(path: impl AsRef<Path>, family: Family) {
    altered(path, family, &[]);
}

/// As [`model`], with some tensors in other shapes.
fn altered(path: impl AsRef<Path>, family: Family, named: &[(&str, &[usize])]) {
    let dtype = if family == Family::Sd2 { Dtype::F32 } else { Dtype::F16 };
    fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    write_hollow(family, dtype, named, path.as_ref()).unwrap();
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

fn one(program: Origin, kind: Kind, name: &str, family: Family) -> (Origin, Kind, String, Option<Family>) {
    (program, kind, name.into(), Some(family))
}
