//! The programs that are here, and the places to search that they and their settings name.
//!
//! Programs that can lie anywhere are recognised by their own files in a shallow look at likely folders; the
//! others say themselves where their models are.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::environment::{Environment, Os};
use super::places::Places;
use super::programs::{comfy, hugging_face, invoke, matrix, webui};

/// How many folders are looked into for programs.
const MOST_FOLDERS: usize = 20_000;
/// How long programs are looked for.
const LONGEST: Duration = Duration::from_secs(5);
/// Folders that hold a great deal, but no such program.
const DULL: [&str; 12] = [
    "node_modules",
    "Windows",
    "$Recycle.Bin",
    "System Volume Information",
    "ProgramData",
    "Recovery",
    "proc",
    "sys",
    "Library",
    "site-packages",
    "Perflogs",
    "lost+found",
];
/// Where a program's own folder lies inside the one that is unpacked: releases of A1111, ComfyUI portable and
/// Pinokio.
const INNER: [&str; 3] = ["webui", "ComfyUI", "app"];

/// Everywhere to search on a computer. The look for programs ends early when `stop` says so.
pub fn places(here: &Environment, stop: &dyn Fn() -> bool) -> Places {
    let mut found = Places::default();
    let libraries = matrix::libraries(here, &mut found);
    comfy::desktop(here, &mut found);
    hugging_face::cache(here, &mut found);
    let mut invoke_roots = invoke::usual_roots(here);
    for folder in installs(here, &libraries, stop) {
        if webui::is_here(&folder) {
            webui::places(&folder, here, &mut found);
        } else if comfy::is_here(&folder) {
            comfy::places(&folder, here, &mut found);
        } else if invoke::is_here(&folder) {
            invoke_roots.push(folder);
        } else if matrix::is_portable(&folder) {
            matrix::places(&folder.join("Data"), &mut found);
        }
    }
    invoke_roots.dedup();
    for root in invoke_roots {
        invoke::places(&root, here, &mut found);
    }
    for library in &libraries {
        matrix::places(library, &mut found);
    }
    found
}

/// Folders in which people unpack programs, and how deep to look below each.
fn bases(here: &Environment, libraries: &[PathBuf]) -> Vec<(PathBuf, usize)> {
    let home = &here.home;
    let mut bases: Vec<(PathBuf, usize)> = libraries.iter().map(|path| (path.join("Packages"), 1)).collect();
    bases.push((home.join("pinokio/api"), 1));
    bases.push((home.clone(), 2));
    bases.push((here.documents.clone(), 2));
    bases.extend(["Desktop", "Downloads", "Applications"].map(|name| (home.join(name), 2)));
    if here.os == Os::MacOs {
        bases.push(("/Applications".into(), 1));
    }
    bases.extend(here.drives.iter().map(|drive| (drive.clone(), 2)));
    bases
}

/// Folders that look like a program of which `places` knows more, each once.
fn installs(here: &Environment, libraries: &[PathBuf], stop: &dyn Fn() -> bool) -> Vec<PathBuf> {
    let until = Instant::now() + LONGEST;
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let mut waiting: Vec<(PathBuf, usize)> = bases(here, libraries);
    waiting.reverse();
    while let Some((folder, depth)) = waiting.pop() {
        if seen.len() >= MOST_FOLDERS || Instant::now() > until || stop() {
            break;
        }
        let Ok(real) = folder.canonicalize() else { continue };
        if !real.is_dir() || !seen.insert(real) {
            continue;
        }
        if is_program(&folder) {
            found.push(folder);
            continue;
        }
        if depth == 0 {
            found.extend(INNER.iter().map(|name| folder.join(name)).filter(|inner| is_program(inner)));
            continue;
        }
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten().take(MOST_FOLDERS);
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // Reading a whole tree of links to network drives is not a shallow look.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_symlink());
            if is_folder && !name.starts_with('.') && !DULL.contains(&name.as_ref()) {
                waiting.push((entry.path(), depth - 1));
            }
        }
    }
    let mut once = HashSet::new();
    found.retain(|path| once.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    found.sort();
    found
}

fn is_program(folder: &Path) -> bool {
    webui::is_here(folder) || comfy::is_here(folder) || invoke::is_here(folder) || matrix::is_portable(folder)
}
