//! Reads `src/` as text and fails when the house leans: a floor that reaches up, plain data that computes, a
//! window toolkit outside the window, a file without a header. It looks at names only and refuses to
//! understand Rust: comments and string literals are blanked first, everything else is a search for paths.

#![allow(clippy::unwrap_used, reason = "a test may stop at a source file that cannot be read")]

use std::{fs, path::Path};

/// Every module of the crate and the floor it stands on. A file may name modules of its own floor and below.
const FLOORS: &[(&str, u8)] = &[
    ("error", 0),
    ("atomic", 0),
    ("project", 1),
    ("format", 2),
    ("text", 2),
    ("kernels", 3),
    ("model", 4),
    ("diffusion", 5),
    ("inversion", 5),
    ("evaluate", 5),
    ("starter", 5),
    ("engine", 6),
    ("desk", 6),
    ("finding", 6),
    ("fetching", 6),
    ("cli", 7),
    ("ui", 7),
];

/// Crates that compute on devices; plain data has no use for them.
const COMPUTING: &[&str] = &["burn", "cubecl", "wgpu"];
/// Crates that draw windows.
const WINDOW: &[&str] = &["egui", "eframe", "egui_wgpu", "egui_plot", "egui_extras", "winit"];
/// Crates and types by which a program reaches a network.
const NETWORK: &[&str] =
    &["ureq", "reqwest", "hyper", "TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "UnixStream"];
/// All that messages between engine and its callers may be made of.
const MESSAGE_CRATES: &[&str] = &["std", "core", "image", "crossbeam_channel", "serde", "crate", "self"];
const PRIMITIVES: &[&str] =
    &["bool", "char", "str", "f32", "f64", "u8", "u16", "u32", "u64", "usize", "i32", "i64"];
const MESSAGE_MODULES: &[&str] = &["error", "project", "format"];
/// A longer file must give the reason for its length in its header.
const LONGEST: usize = 350;

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// The source with comments and the contents of string and character literals replaced by spaces.
fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut code = String::with_capacity(source.len());
    let mut i = 0;
    while i < chars.len() {
        let end = match (at(i), at(i + 1)) {
            ('/', '/') => (i..chars.len()).find(|&j| at(j) == '\n').unwrap_or(chars.len()),
            ('/', '*') => block_comment_end(&chars, i),
            ('"', _) => string_end(&chars, i),
            ('r', '"' | '#') if !is_word(at(i.wrapping_sub(1))) || at(i.wrapping_sub(1)) == 'b' => {
                raw_string_end(&chars, i)
            }
            // A lifetime has no second quote two or three characters on; an escaped character is longer.
            ('\'', '\\') => (i + 3..chars.len()).find(|&j| at(j) == '\'').map_or(chars.len(), |j| j + 1),
            ('\'', _) if at(i + 2) == '\'' => i + 3,
            _ => i,
        };
        if end == i {
            code.push(at(i));
            i += 1;
        } else {
            code.extend(chars[i..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            i = end;
        }
    }
    code
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0, start);
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], start: usize) -> usize {
    let mut i = start + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// The end of `r#"..."#`; `start` itself if it is a raw identifier such as `r#type`.
fn raw_string_end(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|&&c| c == '#').count();
    let open = start + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return start;
    }
    let closes = |j: usize| {
        chars[j] == '"' && chars[j + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes
    };
    (open + 1..chars.len()).find(|&j| closes(j)).map_or(chars.len(), |j| j + 1 + hashes)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Words and the punctuation that paths are made of, in order.
fn tokens(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let length = if is_word(c) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            c.len_utf8()
        };
        if !c.is_whitespace() {
            found.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    found
}

/// Every name that directly follows the crate's root: through `crate::`, a group `crate::{a, b::c}`,
/// `pseudoword::` or enough `super::` to leave the top-level module. `depth` is the number of modules around
/// the file's items.
fn named_modules(code: &str, depth: usize) -> Vec<String> {
    let tokens = tokens(code);
    let mut names = Vec::new();
    for i in 0..tokens.len() {
        let starts_path = i == 0 || tokens[i - 1] != "::";
        let mut after = i + 2;
        let root = match tokens[i] {
            "crate" | "pseudoword" => starts_path,
            "super" if starts_path => {
                let mut climbed = 1;
                while tokens.get(after) == Some(&"super") && tokens.get(after + 1) == Some(&"::") {
                    (climbed, after) = (climbed + 1, after + 2);
                }
                climbed >= depth
            }
            _ => false,
        };
        if !root || tokens.get(after - 1) != Some(&"::") {
            continue;
        }
        match tokens.get(after) {
            Some(&"{") => names.extend(group_heads(&tokens[after + 1..])),
            Some(name) => names.push((*name).to_owned()),
            None => {}
        }
    }
    names
}

/// The first name of each entry of a `{...}` whose opening brace has just been read.
fn group_heads(tokens: &[&str]) -> Vec<String> {
    let (mut depth, mut head, mut heads) = (0, true, Vec::new());
    for token in tokens {
        match *token {
            "}" if depth == 0 => break,
            "}" => depth -= 1,
            "{" => depth += 1,
            "," => head = head || depth == 0,
            name if head => {
                heads.push(name.to_owned());
                head = false;
            }
            _ => {}
        }
    }
    heads
}

/// What is wrong with one file; `path` is relative to `src/` with forward slashes.
fn violations(path: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let header: String = source.lines().take_while(|line| line.starts_with("//!")).collect();
    if header.is_empty() {
        found.push("has no //! header in its first line".to_owned());
    }
    let length = source.lines().count();
    if length > LONGEST && !header.contains("length") {
        found.push(format!("has {length} lines and no reason for its length in its header"));
    }

    let code = code_only(source);
    let words = tokens(&code);
    let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    let top = parts[0];
    if top != "ui" {
        found.extend(
            WINDOW.iter().filter(|name| words.contains(name)).map(|name| format!("uses {name} outside ui/")),
        );
    }
    if top != "fetching" {
        found.extend(
            NETWORK
                .iter()
                .filter(|name| words.contains(name))
                .map(|name| format!("uses {name} outside fetching/")),
        );
    }
    if top == "project" {
        found.extend(
            COMPUTING
                .iter()
                .filter(|name| words.contains(name))
                .map(|name| format!("is plain data but uses {name}")),
        );
    }
    if matches!(path, "lib.rs" | "main.rs") {
        return found;
    }

    let Some(own) = floor(top) else {
        found.push(format!("belongs to `{top}`, which has no floor in tests/architecture.rs"));
        return found;
    };
    // The unit tests at a file's end are one module deeper than the rest.
    let (plain, tests) = code.split_at(code.find("#[cfg(test)]\nmod tests {").unwrap_or(code.len()));
    let mut modules = named_modules(plain, parts.len());
    modules.extend(named_modules(tests, parts.len() + 1));
    for name in &modules {
        match floor(name) {
            Some(other) if other > own => {
                found.push(format!("stands on floor {own} and reaches up to crate::{name} on floor {other}"));
            }
            None if name == "*" => found.push("names everything in the crate with crate::*".to_owned()),
            _ => {}
        }
    }
    if path == "engine/message.rs" {
        for name in modules.iter().filter(|name| name.starts_with(char::is_lowercase)) {
            if !MESSAGE_MODULES.contains(&name.as_str()) {
                found.push(format!("is the waist and may not know crate::{name}"));
            }
        }
        found
            .extend(foreign_roots(&tokens(plain)).map(|name| format!("is the waist and may not use {name}")));
    }
    found
}

/// First names of paths, other than the few crates that messages may be made of.
fn foreign_roots<'a>(words: &'a [&str]) -> impl Iterator<Item = &'a str> {
    words.windows(2).enumerate().filter_map(|(i, pair)| {
        let before = i.checked_sub(1).map(|j| words[j]);
        let root = pair[1] == "::" && before != Some("::") && pair[0].starts_with(char::is_lowercase)
            || before == Some("use") && is_word(pair[0].chars().next()?);
        // Inside a group such as `use std::{fmt::Display}` the name follows a brace or a comma, not a path's
        // start.
        let grouped = matches!(before, Some("{" | ",")) && inside_use(&words[..i]);
        let allowed = MESSAGE_CRATES.contains(&pair[0]) || PRIMITIVES.contains(&pair[0]);
        (root && !grouped && !allowed).then_some(pair[0])
    })
}

/// Whether the last statement begun before this point is a `use` with a path in front of its group.
fn inside_use(before: &[&str]) -> bool {
    before.iter().rev().take_while(|word| **word != ";").any(|word| *word == "use")
}

fn visit(folder: &Path, prefix: &str, check: &mut dyn FnMut(&str, &str)) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().unwrap().to_str().unwrap());
        if entry.is_dir() {
            visit(&entry, &format!("{name}/"), check);
        } else if name.ends_with(".rs") {
            check(&name, &fs::read_to_string(&entry).unwrap());
        }
    }
}

#[test]
fn the_house_stands() {
    let (mut files, mut report) = (0, String::new());
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut |path, source| {
        files += 1;
        for violation in violations(path, source) {
            report += &format!("\nsrc/{path} {violation}");
        }
    });
    assert!(files > 1, "no source files were read");
    assert!(report.is_empty(), "{report}");
}

/// Made-up files, each with the words its one violation must contain, or none.
#[test]
fn violations_are_caught() {
    let long = "//! A header.\n".to_owned() + &"fn f() {}\n".repeat(LONGEST);
    let excused = long.replace("A header.", "A header; the length is that of the published table.");
    let cases: &[(&str, &str, &str)] = &[
        ("model/vae.rs", "//! H\nuse crate::engine::Handle;", "reaches up to crate::engine"),
        ("model/vae.rs", "//! H\nuse crate::{error::Error, cli::{run, exit}};", "crate::cli"),
        ("model/vae.rs", "//! H\nfn f() { crate :: diffusion :: noise() }", "crate::diffusion"),
        ("model/unet/down.rs", "//! H\nuse super::super::super::engine::Handle;", "crate::engine"),
        ("model/vae.rs", "//! H\nuse pseudoword::engine;", "crate::engine"),
        ("format/mod.rs", "//! H\nuse super::kernels;", "crate::kernels"),
        ("model/vae.rs", "//! H\nuse crate::*;", "crate::*"),
        ("secret/mod.rs", "//! H\n", "has no floor"),
        ("project/run.rs", "//! H\nuse burn::tensor::Tensor;", "uses burn"),
        ("engine/worker.rs", "//! H\nfn f(_: &egui::Context) {}", "uses egui outside ui/"),
        ("main.rs", "//! H\nfn main() { eframe::run_native() }", "uses eframe"),
        ("desk/fetch.rs", "//! H\nuse ureq::Agent;", "uses ureq outside fetching/"),
        ("main.rs", "//! H\nfn main() { std::net::TcpStream::connect(a) }", "uses TcpStream"),
        ("fetching/wire.rs", "//! H\nuse ureq::Agent;", ""),
        ("engine/message.rs", "//! H\nuse crate::model::Unet;", "may not know crate::model"),
        ("engine/message.rs", "//! H\nuse super::worker::Job;", "may not use super"),
        ("engine/message.rs", "//! H\nstruct A(burn::tensor::Device);", "may not use burn"),
        ("engine/message.rs", "//! H\nuse burn;", "may not use burn"),
        ("atomic.rs", "//! H\n#[cfg(test)]\nmod tests { use super::super::*; }", "crate::*"),
        ("text/mod.rs", "fn f() {}", "no //! header"),
        ("text/mod.rs", &long, "no reason for its length"),
        ("text/mod.rs", &excused, ""),
        ("model/vae.rs", "//! See crate::engine.\n/// [`crate::ui`]\nuse crate::format::Weights;", ""),
        (
            "model/vae.rs",
            "//! H\n/* crate::ui /* x */ crate::cli */ fn f<'a>(_: &'a str) { g('\"', \"crate::ui\\\"\") }",
            "",
        ),
        ("model/vae.rs", "//! H\nconst T: &str = r#\"use crate::cli; \"egui\"\"#;", ""),
        ("inversion/step.rs", "//! H\nuse crate::diffusion::{Schedule, noise};\nuse super::words;", ""),
        ("model/unet/down.rs", "//! H\nuse super::super::engine;", ""),
        ("atomic.rs", "//! H\n#[cfg(test)]\nmod tests { use super::*; }", ""),
        ("ui/app.rs", "//! H\nuse egui; use crate::engine::Handle;", ""),
        (
            "engine/message.rs",
            "//! H\nuse std::{fmt::{self, Debug}, sync::Arc};\nuse crate::{Error, project::settings::X};\n\
             type R = image::RgbaImage; enum E { A } fn f() -> E { E::A } const X: f32 = f32::MAX;\n#[cfg(test)]\nmod tests { use super::*; }",
            "",
        ),
    ];
    for (path, source, expected) in cases {
        let found = violations(path, source);
        if expected.is_empty() {
            assert!(found.is_empty(), "{path} {source}: {found:?}");
        } else {
            assert!(found.iter().any(|text| text.contains(expected)), "{path} {source}: {found:?}");
        }
    }
}
