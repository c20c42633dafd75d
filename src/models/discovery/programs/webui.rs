//! AUTOMATIC1111's web interface and Forge: the folder itself, and what its start script adds.
//!
//! Source: `modules/paths_internal.py` and `modules/cmd_args.py` of both. Scripts are read, never run.

use std::path::{Path, PathBuf};

use crate::discovery::environment::{Environment, resolve};
use crate::discovery::places::{Holds, Origin, Places};
use base::text_file;

/// Where both programs keep models below their data folder.
const MODELS: &str = "models/Stable-diffusion";

pub(in crate::discovery) fn is_here(folder: &Path) -> bool {
    folder.join("webui.py").is_file() && folder.join("modules").is_dir()
}

pub(in crate::discovery) fn places(root: &Path, here: &Environment, found: &mut Places) {
    let flags = ["webui-user.bat", "webui-user.sh"].iter().flat_map(|name| {
        // Batch files are in whatever code page, of which only the paths matter.
        flags(&text_file::read_start(&root.join(name), 1 << 18), here)
    });
    let flags: Vec<(String, String)> = flags.collect();
    let path = |text: &str| resolve(root, text);
    // Forge can be told to use the models of an A1111 beside it.
    let mut data: Vec<PathBuf> = vec![root.to_path_buf()];
    for (flag, value) in &flags {
        match flag.as_str() {
            "--data-dir" | "--forge-ref-a1111-home" => data.push(path(value)),
            "--models-dir" => found.add(path(value).join("Stable-diffusion"), Origin::A1111, Holds::Models),
            "--ckpt-dir" | "--ckpt-dirs" => found.add(path(value), Origin::A1111, Holds::Models),
            "--embeddings-dir" => found.add(path(value), Origin::A1111, Holds::Embeddings),
            _ => {}
        }
    }
    for data in data {
        found.add(data.join(MODELS), Origin::A1111, Holds::Models);
        found.add(data.join("models/diffusers"), Origin::A1111, Holds::Models);
        found.add(data.join("embeddings"), Origin::A1111, Holds::Embeddings);
        found.add(data.join("models/embeddings"), Origin::A1111, Holds::Embeddings);
    }
}

/// The options with values of every `COMMANDLINE_ARGS=` line that is not commented out.
fn flags(script: &str, here: &Environment) -> Vec<(String, String)> {
    let mut flags = Vec::new();
    for line in script.lines().map(str::trim) {
        let lower = line.to_ascii_lowercase();
        if line.starts_with(['#', ':']) || lower.starts_with("rem ") {
            continue;
        }
        let Some((_, value)) = line.split_once("COMMANDLINE_ARGS=") else { continue };
        let value = value.trim();
        // The whole value may be quoted, as the shell wants it; paths inside then have quotes of another kind.
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let value = quoted.filter(|inner| !inner.contains('"')).unwrap_or(value);
        let words = words(value);
        for (i, word) in words.iter().enumerate().filter(|(_, word)| word.starts_with("--")) {
            if let Some((flag, value)) = word.split_once('=') {
                flags.push((flag.to_owned(), here.expand(value)));
            } else if let Some(value) = words.get(i + 1).filter(|next| !next.starts_with("--")) {
                flags.push((word.clone(), here.expand(value)));
            }
        }
    }
    flags
}

/// A command line in words; quotes of either kind hold one together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (c, quote) {
            ('"' | '\'', None) => (quote, begun) = (Some(c), true),
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (c, _) => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}
