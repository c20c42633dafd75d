//! That every language has every message with the same values, that none is left over, that the fonts have their letters,
//! and that nothing in the window says anything in English by itself.
//!
//! The source is read as text, as much of it as these files need (no comments within a line): `t!("id", value = …)` is found
//! where it stands. The length is that of the reading.

mod below;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::*;
use crate::commands::UiCommand;

/// Texts that are the same in every language: names, units, beginnings of prompts, names of places in the window and of
/// files, and what is said in an error.
const SAME: &[&str] = &[
    "remote",
    "remote:",
    "ws://",
    "machine form",
    "another machine",
    "remote:…@192.168.1.5:9234",
    "remote:{}",
    "ADDRESS",
    "a word",
    "Pseudoword",
    "{word} – Pseudoword",
    "{}{what} · Pseudoword",
    "MIT OR Apache-2.0",
    "Inter",
    "Droid Sans Fallback",
    "Phosphor",
    "OFL-1.1, Ubuntu-font-1.0, MIT",
    "https://arxiv.org/abs/2208.01618",
    ", {:.0} GB",
    "Vulkan",
    "Metal",
    "Direct3D 12",
    "OpenGL",
    "cpu",
    "ckpt",
    "safetensors",
    "pt",
    "bin",
    "pti",
    "png",
    "webp",
    "csv",
    "tsv",
    "txt",
    "toml",
    "json",
    "{}.safetensors",
    "{}-loss.csv",
    "loss.png",
    "mask.png",
    "questions",
    "likeness-{:.0}.safetensors",
    "step-{step}.safetensors",
    "bus",
    "its thread ended",
    "a photo of",
    "a photo of a {}",
    "a photo of {word}",
    " in the style of ",
    "<mix-preview>",
    "<{}-mix>",
    "new",
    "learn",
    "<cat-toy>",
    "toy",
    "</w>",
    "a photo of {}",
    "from whom",
    "all-jobs",
    "clip",
    "png",
    "look",
    "learned word",
    "a photo of {} on the beach",
    "comparison",
    "single",
    "turning",
    "vectors-2",
    "image-only",
    "prompt-only",
    "initial-word",
    "compare-bias",
    "compare-meaning",
    "compare-pictures",
    "bias-jobs",
    "meaning-jobs",
    "methods-jobs",
    "score-jobs",
    "bias-table",
    "methods-table",
    "word-scores",
    "study-results",
    "methods",
    "mark",
    "pictures of",
    "pictures of the question",
    "words sought",
    " px",
    "edit",
    "edit canvas",
    "editing",
    "blending",
    "editing-drawing",
    "crop editor",
    "preview",
    "sketch",
    "loss",
    "loss-plot",
    "mask brush",
    "picture card",
    "picture",
    "picture view",
    "the picture view's shaders cannot be used: {error}",
    "/../../shaders/picture_view.wgsl",
    "whole_view",
    "to_linear_target",
    "to_gamma_target",
    "divider",
    "buttons",
    "diffusers",
    "A1111 .pt",
    "OneTrainer",
    "/home/ann/certificate.pem",
    "/home/ann/certificate.key",
    "CC-BY-4.0",
    "library-readers",
    "a photo of",
    "a painting of",
    "a drawing of",
    "an oil painting of",
    "a pencil sketch of",
    "a photo of {word}",
    " or ",
    "LoRA",
    "draw",
    "prompt",
    "negative-prompt",
    "composer",
    "loras",
    "drawing",
    "drawing-advanced-table",
    "compose-grid-size",
    "compose-grid-sides",
    "compose-queue",
    "gallery-wall",
    "gallery-page",
];

/// Files that say nothing in the window: prompts, names of messages and of fonts, what is written for the terminal, and
/// errors, which are English as those from below.
const ELSEWHERE: &[&str] =
    &["action.rs", "commands.rs", "engine_link.rs", "frame_stats.rs", "lib.rs", "persistence.rs", "theme.rs"];

/// What stands before a text that nobody reads: the name of a message or of a place in the window, a comparison.
const UNREAD: &[&str] = &[
    "t!",
    "named!",
    "_salt",
    "unique",
    "Panel::left",
    "Panel::right",
    "Panel::top",
    "Panel::bottom",
    "push_id",
    "steady(ui,",
    "load_texture",
    "HELP.get",
    "HELP.row",
    "include_bytes!",
    "include_str!",
    "env!",
    "log::error!",
    "Error::Internal(format!",
    "Builder::new().name",
    "strip_prefix",
    "with_extension",
    "var_os",
    "root().join",
    "folder.join",
    "model.join",
    "rename_all =",
    "target_os =",
    "reason =",
    "==",
    "!=",
];

/// A file of the window without its tests.
struct Source {
    /// Its place in the folder of the window.
    name: String,
    code: String,
    /// Its texts, and where each stands with its quotes.
    texts: Vec<(Range<usize>, String)>,
}

impl Source {
    fn read(folder: &Path, path: &Path) -> Self {
        let whole = std::fs::read_to_string(path).unwrap();
        let begins_tests = |(at, mark): &(usize, &str)| {
            // Other attributes may stand between.
            let mut lines = whole[at + mark.len()..].lines();
            let line = lines.find(|line| !line.starts_with(['#', ' ', ')'])).unwrap_or_default();
            line.contains("mod ") && line.ends_with('{')
        };
        let tests = whole.match_indices("#[cfg(test)]\n").find(begins_tests);
        let code = whole[..tests.map_or(whole.len(), |(at, _)| at)].to_owned();
        let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        let (mut at, mut texts) = (0, Vec::new());
        while let Some(rest) = code.get(at..).filter(|rest| !rest.is_empty()) {
            at += if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if let Some(length) = letter(rest).or_else(|| raw(rest)) {
                length
            } else if rest.starts_with('"') {
                let bytes = rest.as_bytes();
                let mut end = 1;
                while bytes[end] != b'"' {
                    end += 1 + usize::from(bytes[end] == b'\\');
                }
                texts.push((at..at + end + 1, rest[1..end].to_owned()));
                end + 1
            } else {
                rest.chars().next().map_or(1, char::len_utf8)
            };
        }
        Self { name, code, texts }
    }

    /// Whether a text stands right after this, but for brackets.
    fn follows(&self, place: &Range<usize>, before: &str) -> bool {
        let bracket = |c: char| "(&".contains(c) || c.is_whitespace();
        let rest = self.code[..place.start].trim_end_matches(bracket).strip_suffix(before);
        // `format!` is no `t!`.
        let whole = before.starts_with(|c: char| c.is_ascii_lowercase());
        rest.is_some_and(|rest| !(whole && rest.ends_with(|c: char| c.is_alphanumeric() || c == '_')))
    }

    /// The names of the values given to a message after its name, which ends here.
    fn values(&self, end: usize) -> BTreeSet<String> {
        let (mut depth, mut at, mut part, mut parts) = (0, end, String::new(), Vec::new());
        while depth >= 0 {
            if let Some((place, _)) = self.texts.iter().find(|(place, _)| place.start == at) {
                at = place.end;
                continue;
            }
            let letter = self.code[at..].chars().next().unwrap();
            depth += i32::from("([{".contains(letter)) - i32::from(")]}".contains(letter));
            if depth < 0 || (depth == 0 && letter == ',') {
                parts.push(std::mem::take(&mut part));
            } else {
                part.push(letter);
            }
            at += letter.len_utf8();
        }
        let name = |part: &String| part.split_once('=').map(|(name, _)| name.trim().to_owned());
        parts.iter().filter_map(name).collect()
    }
}

/// The length of a single letter in quotes, if one stands here; a lifetime is none.
fn letter(code: &str) -> Option<usize> {
    let inner = code.strip_prefix('\'')?;
    if inner.starts_with('\\') {
        return Some(3 + code.get(3..)?.find('\'')? + 1);
    }
    let length = inner.chars().next()?.len_utf8();
    inner[length..].starts_with('\'').then_some(length + 2)
}

/// The length of a raw text, if one begins here: a pattern, or code in another language.
fn raw(code: &str) -> Option<usize> {
    let inner = code.strip_prefix('r')?;
    let text = inner.trim_start_matches('#');
    let end = format!("\"{}", "#".repeat(inner.len() - text.len()));
    let length = text.strip_prefix('"')?.find(&end)?;
    Some(1 + inner.len() - text.len() + 1 + length + end.len())
}

/// All files of the window but those about its languages.
fn sources() -> Vec<Source> {
    let mut found = files_in(Path::new(env!("CARGO_MANIFEST_DIR")));
    found.retain(|source| !source.name.starts_with("language"));
    found
}

/// All files of a folder but tests.
fn files_in(folder: &Path) -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, &mut found);
    found.sort();
    found.iter().map(|path| Source::read(folder, path)).collect()
}

/// The messages of a language, each with the names of its values.
fn book(files: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let values = |text: &str| {
        let parts = text.split('$').skip(1);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        parts.map(|part| part.split(|c| !is_name(c)).next().unwrap_or_default().to_owned()).collect()
    };
    files.iter().flat_map(|text| messages(text)).map(|(id, text)| (id, values(&text))).collect()
}

/// What Japanese says of the choices and settings of the floors below, which has no English here.
fn choices() -> &'static str {
    JAPANESE.iter().find(|text| text.contains("help-learn-steps")).unwrap()
}

#[test]
fn every_language_has_every_message_and_no_other() {
    let (english, mut japanese) = (book(ENGLISH), book(JAPANESE));
    let mut used = BTreeMap::new();
    for source in &sources() {
        for (place, id) in source.texts.iter().filter(|(place, _)| source.follows(place, "t!")) {
            let values = source.values(place.end);
            let known = used.insert(id.clone(), values.clone());
            assert!(
                known.is_none_or(|known| known == values),
                "{}: {id} has other values elsewhere",
                source.name
            );
        }
    }
    for source in &sources() {
        for (_, id) in source.texts.iter().filter(|(place, _)| source.follows(place, "named!")) {
            used.extend([id.clone(), format!("{id}.tip")].map(|id| (id, BTreeSet::new())));
        }
    }
    for command in UiCommand::ALL {
        used.extend(command.messages().map(|id| (id.to_owned(), BTreeSet::new())));
    }
    let names = |book: &BTreeMap<String, _>| book.keys().cloned().collect::<BTreeSet<String>>();
    for id in book(&[choices(), below::japanese()]).keys() {
        japanese.remove(id);
    }
    assert_eq!(
        names(&used).difference(&names(&english)).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "missing"
    );
    assert_eq!(
        names(&english).difference(&names(&used)).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "unused"
    );
    for (id, values) in &used {
        assert_eq!((id, values), (id, &english[id]), "English");
    }
    let differ = |id: &&String| english.get(*id) != japanese.get(*id);
    let all = names(&english).union(&names(&japanese)).cloned().collect::<Vec<_>>();
    assert_eq!(all.iter().filter(differ).collect::<Vec<_>>(), Vec::<&String>::new(), "not alike");
}

#[test]
fn every_file_can_be_read_whole() {
    for (name, files) in [("en", ENGLISH), ("ja", JAPANESE)] {
        let mut bundle = FluentBundle::new_concurrent(vec![name.parse().unwrap()]);
        for text in files {
            let read = FluentResource::try_new((*text).to_owned());
            let read =
                read.map_err(|(_, faults)| format!("{name}, {}: {faults:?}", text.lines().next().unwrap()));
            let added = bundle.add_resource(read.unwrap());
            assert!(added.is_ok(), "{name} has a message twice: {added:?}");
        }
    }
    // What is said without values is ready, and the rest wants its values.
    for (book, files) in [(&BOOKS[0], ENGLISH), (&BOOKS[1], JAPANESE)] {
        for text in files {
            for (id, line) in messages(text) {
                assert_eq!(book.plain.contains_key(&id), !line.contains('$'), "{id}");
            }
        }
    }
}

#[test]
fn what_the_floors_below_say_is_translated() {
    let known = book(&[choices()]);
    let mut wanted = BTreeSet::new();
    for source in &sources() {
        let named = source.texts.iter().find(|(place, _)| source.follows(place, "Tips::of"));
        let Some((_, list)) = named else { continue };
        let asked = |place| ["HELP.get", "HELP.row"].iter().any(|before| source.follows(place, before));
        let keys = source.texts.iter().filter(|(place, _)| asked(place));
        wanted.extend(keys.map(|(_, key)| floors::tip(list, key)));
    }
    assert!(wanted.contains("help-learn-steps"), "{wanted:?}");
    for (list, [name, _, about]) in floors::all() {
        // Some names are the same in every language; what a choice does never is.
        assert!(!about.is_empty());
        wanted.insert(format!("{list}-{name}.tip"));
    }
    let missing = wanted.iter().filter(|id| !known.contains_key(*id)).collect::<Vec<_>>();
    assert_eq!(missing, Vec::<&String>::new());
    let names =
        floors::all().into_iter().map(|(list, [name, ..])| format!("{list}-{name}")).collect::<Vec<_>>();
    let unused = |id: &&String| !wanted.contains(*id) && !names.contains(id) && !id.starts_with("unit-");
    assert_eq!(known.keys().filter(unused).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_window_says_nothing_in_english_by_itself() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| !ELSEWHERE.contains(&source.name.as_str())) {
        for (place, text) in &source.texts {
            let after = source.code[place.end..].trim_start();
            let unread = UNREAD.iter().any(|before| source.follows(place, before)) || after.starts_with("=>");
            if !unread && !SAME.contains(&text.as_str()) && is_prose(text) {
                let line = source.code[..place.start].lines().count();
                found.push(format!("{}:{line}: {text:?}", source.name));
            }
        }
    }
    assert!(found.is_empty(), "say these by t!(), or name them in SAME:\n{}", found.join("\n"));
}

/// Whether there are words in a text beside what is filled in.
fn is_prose(text: &str) -> bool {
    let mut depth = 0;
    let words: String = text
        .replace("\\u", "")
        .replace("\\n", " ")
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0
        })
        .collect();
    words.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_alphabetic))
}

#[test]
fn english_is_plain_text() {
    speak(Language::English);
    assert_eq!(t!("models-forget"), "Forget");
    assert_eq!(t!("models-forget.tip"), "Take the model off this list; its files stay where they are");
    assert_eq!(t!("top-queue-jobs", count = 1_usize), "1 job");
    assert_eq!(t!("top-queue-jobs", count = 3_u64), "3 jobs");
    assert_eq!(t!("notice-times", times = 2_u32), " (2 times)");
    assert_eq!(t!("advanced-prompt.tip"), "What to draw; {} stands for the word");
    assert_eq!(
        t!("picture-caption-found", description = "a {cat}".to_owned()),
        "Written in the picture: “a {cat}”"
    );
    assert_eq!(t!("concept-entry", word = "<ねこ>", pictures = &1_usize), "<ねこ> · 1 picture");
    assert_eq!(t!("status-progress", done = u64::MAX, of = 0.25_f32), format!("{} of 0.25", u64::MAX));
    assert_eq!(plain("no-such-message"), "no-such-message");
    assert_eq!(floors::duration(200.0), "3 minutes");
}

#[test]
fn japanese_is_spoken_by_one_thread_and_found_by_the_system() {
    speak(Language::Japanese);
    assert_eq!(t!("models-forget"), "一覧から外す");
    assert_eq!(t!("top-queue-jobs", count = 1_usize), "ジョブ 1 件");
    assert_eq!([0.5, 200.0, 9000.0].map(floors::duration), ["一瞬", "3分", "2.5時間"]);
    assert_eq!(floors::short_duration(7800.0), "2時間10分");
    let ages = [0, 60, 90_000, 1_300_000, 5_300_000];
    assert_eq!(ages.map(|age| floors::ago(0, age)), ["たった今", "1分前", "昨日", "2週間前", "2か月前"]);
    assert_eq!(floors::words(project::Method::Single).0, "一つの単語");
    assert_eq!(floors::label(project::SamplerKind::Euler), "Euler");
    assert_eq!(UiCommand::Quit.text(), "終了");
    assert_eq!(UiCommand::Quit.english()[0], "Quit");
    let elsewhere = std::thread::Builder::new().spawn(|| t!("models-forget")).unwrap().join().unwrap();
    assert_eq!(elsewhere, "Forget");
    let first = |names: &[&str]| Language::first_of(names.iter().map(|name| (*name).to_owned()));
    assert_eq!(first(&["ja_JP.UTF-8"]), Some(Language::Japanese));
    assert_eq!(first(&["fr-FR", "ja-JP", "en-US"]), Some(Language::Japanese));
    assert_eq!(first(&["en-GB", "ja"]), Some(Language::English));
    assert_eq!([first(&["C"]), first(&["de"]), first(&[])], [None; 3]);
}

#[test]
fn the_fonts_have_every_letter() {
    let ctx = egui::Context::default();
    crate::theme::install(&ctx);
    let _ = ctx.run_ui(egui::RawInput::default(), |_| {});
    let letters: BTreeSet<char> = JAPANESE.concat().chars().filter(|c| !c.is_control()).collect();
    for family in [egui::FontFamily::Proportional, crate::theme::heading_family()] {
        let font = egui::FontId::new(14.0, family);
        let missing = |c: &&char| !ctx.fonts_mut(|fonts| fonts.has_glyph(&font, **c));
        assert_eq!(letters.iter().filter(missing).collect::<String>(), "", "{font:?}");
    }
}

#[test]
fn a_frame_of_labels_is_cheap() {
    speak(Language::Japanese);
    let ids: Vec<&'static str> = UiCommand::ALL.iter().flat_map(|command| command.messages()).collect();
    let frame = || {
        let began = Instant::now();
        for id in ids.iter().cycle().take(300) {
            std::hint::black_box(plain(id));
        }
        began.elapsed()
    };
    let best = (0..50).map(|_| frame()).min().unwrap_or_default();
    assert!(best < Duration::from_micros(200), "{best:?}");
}
