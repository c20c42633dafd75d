//! Asking for files: the system's dialogs, and a plain field for a path where the system has none.
//!
//! A dialog is open as long as the person likes, on a thread of its own; its answer comes back as a message. No file
//! that is there already is written over before the person has said so. The length is that of the list of questions and of
//! its tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::theme;
use crate::widgets::controls;
use format::embedding::{EmbeddingFormat, receipt_file};
use project::DataDir;
use project::dataset::ENDINGS;

#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    Pictures,
    PictureFolder,
    Words,
    Loras,
    /// A file of prompts, or a grid that was saved.
    Drawings,
    Model,
    ModelFile,
    ConvertModel(PathBuf),
    WatchFolder,
    /// A folder of words of another program.
    WordFolder,
    /// A picture by which the word of this content is shown.
    WordPicture(String),
    ExportWord(PathBuf, EmbeddingFormat, bool),
    CopyPicture(PathBuf),
    Curve(PathBuf),
    CurvePicture,
    /// A picture to edit.
    EditPicture,
    /// A mask for it.
    LoadMask,
    SaveMask,
    /// The folder of a comparison.
    Comparison,
    /// The folder of a report about a word.
    Report,
    /// The folder of a set of questions.
    Study,
    /// A new folder for a copy of a set.
    ShareStudy(PathBuf),
    /// Answers to a set.
    StudyAnswers(PathBuf),
}

impl Question {
    fn title(&self) -> &'static str {
        match self {
            Self::Pictures => t!("dialog-pictures"),
            Self::PictureFolder => t!("dialog-picture-folders"),
            Self::Words => t!("dialog-words"),
            Self::Loras => t!("dialog-loras"),
            Self::Drawings => t!("dialog-drawings"),
            Self::Model => t!("dialog-model-folder"),
            Self::WatchFolder => t!("dialog-watch-folder"),
            Self::WordFolder => t!("dialog-word-folder"),
            Self::WordPicture(_) => t!("dialog-word-picture"),
            Self::ModelFile => t!("dialog-model-file"),
            Self::ConvertModel(_) => t!("dialog-convert-model"),
            Self::ExportWord(..) => t!("dialog-export-word"),
            Self::CopyPicture(_) => t!("dialog-copy-picture"),
            Self::Curve(_) => t!("dialog-curve"),
            Self::CurvePicture => t!("dialog-curve-picture"),
            Self::EditPicture => t!("dialog-edit-picture"),
            Self::LoadMask => t!("dialog-load-mask"),
            Self::SaveMask => t!("dialog-save-mask"),
            Self::Comparison => t!("dialog-comparison"),
            Self::Report => t!("dialog-report"),
            Self::Study => t!("dialog-study"),
            Self::ShareStudy(_) => t!("dialog-share-study"),
            Self::StudyAnswers(_) => t!("dialog-answers"),
        }
    }

    /// The file name offered where something is to be written.
    fn file_name(&self) -> Option<String> {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Some(match self {
            Self::ExportWord(path, format, _) => name(&path.with_extension(format.extension())),
            Self::ConvertModel(path) => name(&path.with_extension("safetensors")),
            Self::CopyPicture(path) => name(path),
            Self::Curve(run) => format!("{}-loss.csv", name(run)),
            Self::CurvePicture => "loss.png".into(),
            Self::SaveMask => "mask.png".into(),
            Self::ShareStudy(_) => "questions".into(),
            _ => return None,
        })
    }

    /// How the file may end that is to be written: the first where the person did not say.
    fn endings(&self) -> Vec<&'static str> {
        let (usual, others): (_, &[&'static str]) = match self {
            Self::ExportWord(_, format, _) => (format.extension(), &WORDS),
            Self::ConvertModel(_) => ("safetensors", &["ckpt"]),
            Self::CopyPicture(path) => {
                let own = path.extension().unwrap_or_default();
                let own = ENDINGS.into_iter().find(|known| own.eq_ignore_ascii_case(known));
                (own.unwrap_or("png"), &ENDINGS)
            }
            Self::Curve(_) => ("csv", &["tsv", "txt"]),
            Self::CurvePicture | Self::SaveMask => ("png", &[]),
            _ => return Vec::new(),
        };
        std::iter::once(usual).chain(others.iter().copied()).collect()
    }

    /// The path with an ending, where a file is to be written and the name has none of its kind: "my.v2" has none.
    fn with_ending(&self, path: PathBuf) -> PathBuf {
        let endings = self.endings();
        let given = path.extension().unwrap_or_default();
        match endings.first() {
            Some(usual) if !endings.iter().any(|known| given.eq_ignore_ascii_case(known)) => {
                path.with_added_extension(usual)
            }
            _ => path,
        }
    }

    /// Whether a file is to be written.
    fn saves(&self) -> bool {
        !self.endings().is_empty()
    }

    /// The files that are written where this one is wanted; some bring others along.
    fn written(&self, to: &Path, home: &DataDir) -> Vec<PathBuf> {
        let Self::ExportWord(word, format, receipt) = self else { return vec![to.to_path_buf()] };
        // Of a word that cannot be read nothing is written.
        let files = disk::exported(home, word, *format, to).unwrap_or_else(|_| vec![to.to_path_buf()]);
        files.into_iter().chain(receipt.then(|| receipt_file(to))).collect()
    }

    /// Whether several paths answer it.
    fn many(&self) -> bool {
        matches!(
            self,
            Self::Pictures | Self::PictureFolder | Self::Words | Self::Loras | Self::StudyAnswers(_)
        )
    }

    /// The paths in what was typed or pasted.
    fn paths(&self, typed: &str) -> Vec<PathBuf> {
        let parts = typed.split(|c| c == '\n' || c == ';' && self.many());
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        parts.take(if self.many() { usize::MAX } else { 1 }).map(path_of).collect()
    }
}

/// A path as it is typed, or as other programs copy it: `file:///a%20b`. One that is not whole begins in the person's own
/// folder: where the program was started nobody sees in a window.
fn path_of(text: &str) -> PathBuf {
    let Some(address) = text.strip_prefix("file://") else {
        let path = Path::new(text.strip_prefix("~/").unwrap_or(text));
        return std::env::home_dir().map_or_else(|| path.into(), |home| home.join(path));
    };
    let mut rest = address.strip_prefix("localhost").unwrap_or(address).as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let [first, others @ ..] = rest {
        let digits = others.get(..2).filter(|two| *first == b'%' && two.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    let path = String::from_utf8(bytes).unwrap_or_else(|_| address.to_owned());
    // Before the letter of a drive stands a slash.
    if cfg!(windows) { path.trim_start_matches('/').into() } else { path.into() }
}

/// Whether writing there would replace a file; what stands in the way otherwise is said by who writes.
fn replaces(path: &Path) -> bool {
    path.exists() && !path.is_dir()
}

/// How files of learned words end.
pub const WORDS: [&str; 6] = ["safetensors", "pt", "bin", "pti", "png", "webp"];

/// How files of LoRAs end.
const LORAS: [&str; 4] = ["safetensors", "pt", "bin", "ckpt"];

pub type Answer = (Question, Vec<PathBuf>);

/// Whether the system can show dialogs: always, but on Linux only where a session bus is.
pub fn portal() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|bus| !bus.is_empty());
    let usual =
        std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| PathBuf::from(folder).join("bus").exists());
    bus || usual
}

/// Dialogs that are open, and the answers of those that were.
pub struct Dialogs {
    sender: Sender<Heard>,
    heard: Receiver<Heard>,
    portal: bool,
    /// Where the words lie that are exported.
    home: DataDir,
    /// The plain field, where the system has no dialogs.
    field: Option<Field>,
}

/// What comes back from the threads that ask.
enum Heard {
    Answer(Answer),
    /// Where files are to be written there are some.
    Exists(Question, Taken),
}

/// A path that was chosen, and the files that would be replaced there.
#[derive(Debug, Clone, PartialEq)]
struct Taken {
    to: PathBuf,
    files: Vec<PathBuf>,
}

/// The plain field for a path.
struct Field {
    question: Question,
    text: String,
    /// What would be replaced, until the person has decided.
    taken: Option<Taken>,
}

impl Dialogs {
    /// No dialog yet; `portal` as [`portal`] says.
    pub fn new(portal: bool, home: DataDir) -> Self {
        let (sender, heard) = bounded(16);
        Self { sender, heard, portal, home, field: None }
    }

    pub fn portal(&self) -> bool {
        self.portal
    }

    pub fn answers(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        for heard in self.heard.try_iter() {
            match heard {
                Heard::Answer(answer) => answers.push(answer),
                Heard::Exists(question, taken) => {
                    let text = taken.to.display().to_string();
                    self.field = Some(Field { question, text, taken: Some(taken) });
                }
            }
        }
        answers
    }

    pub fn ask(&mut self, question: Question, ctx: &egui::Context) {
        if !self.portal {
            let text = question.file_name().unwrap_or_default();
            self.field = Some(Field { question, text, taken: None });
            return;
        }
        // Made here, because on macOS dialogs belong to the main thread; waited for elsewhere.
        let dialog = rfd::AsyncFileDialog::new().set_title(question.title());
        let named = |dialog: rfd::AsyncFileDialog| match question.file_name() {
            Some(name) => dialog.set_file_name(name),
            None => dialog,
        };
        // Pictures are known by their content, so those without an ending can be chosen as well.
        let all = |dialog: rfd::AsyncFileDialog| match cfg!(target_os = "macos") {
            // The dialogs of macOS put all filters together and know none for all files: there none is set.
            true => rfd::AsyncFileDialog::new().set_title(question.title()),
            false => dialog.add_filter(t!("dialog-filter-all"), &["*"]),
        };
        let pictures =
            |dialog: rfd::AsyncFileDialog| dialog.add_filter(t!("dialog-filter-pictures"), &ENDINGS);

        let chosen: Paths = match &question {
            Question::Pictures => many(all(pictures(dialog)).pick_files()),
            Question::WordPicture(_) => one(pictures(dialog).pick_file()),
            Question::EditPicture | Question::LoadMask => one(all(pictures(dialog)).pick_file()),
            Question::ModelFile => {
                one(dialog.add_filter(t!("dialog-filter-models"), &["safetensors", "ckpt"]).pick_file())
            }
            Question::Loras => many(dialog.add_filter(t!("dialog-filter-loras"), &LORAS).pick_files()),
            Question::Drawings => {
                let files = dialog.add_filter(t!("dialog-filter-drawings"), &["txt", "csv", "toml", "png"]);
                one(all(files).pick_file())
            }
            Question::Words => many(dialog.add_filter(t!("dialog-filter-words"), &WORDS).pick_files()),
            Question::StudyAnswers(_) => {
                many(dialog.add_filter(t!("dialog-filter-answers"), &["json"]).pick_files())
            }
            Question::PictureFolder => many(dialog.pick_folders()),
            Question::Model
            | Question::WatchFolder
            | Question::WordFolder
            | Question::Comparison
            | Question::Report
            | Question::Study => one(dialog.pick_folder()),
            _ => one(named(dialog).save_file()),
        };
        self.answer(question, move || pollster::block_on(chosen), true, ctx);
    }

    /// Waits for the paths on a thread of its own. A file that they name or bring along is not replaced unasked; the
    /// system's dialog has asked for the very name that was `chosen` there.
    fn answer(
        &self,
        question: Question,
        paths: impl FnOnce() -> Vec<PathBuf> + Send + 'static,
        asked: bool,
        ctx: &egui::Context,
    ) {
        let (sender, ctx, home) = (self.sender.clone(), ctx.clone(), self.home.clone());
        let wait = move || {
            let chosen = paths();
            let named = chosen.iter().map(|path| question.with_ending(path.clone())).collect::<Vec<_>>();
            let Some(first) = named.first() else { return };
            let written = if question.saves() { question.written(first, &home) } else { Vec::new() };
            let unasked = |path: &PathBuf| replaces(path) && !(asked && chosen.contains(path));
            let files: Vec<PathBuf> = written.into_iter().filter(unasked).collect();
            let heard = match files.is_empty() {
                true => Heard::Answer((question, named)),
                false => Heard::Exists(question, Taken { to: first.clone(), files }),
            };
            if sender.send(heard).is_ok() {
                ctx.request_repaint();
            }
        };
        let _ = std::thread::Builder::new().name("pseudoword-dialog".into()).spawn(wait);
    }

    /// Shows the plain field, if it is open.
    pub fn ui(&mut self, ctx: &egui::Context) {
        let Some(Field { question, text, taken }) = &mut self.field else { return };
        if let Some(taken) = taken.clone() {
            return self.ask_to_replace(taken, ctx);
        }
        let (mut done, mut close) = (false, false);
        egui::Modal::new(egui::Id::unique("path-field")).frame(controls::dialog(ctx)).show(ctx, |ui| {
            ui.set_width(520.0);
            ui.heading(question.title());
            ui.add_space(theme::NEAR);
            let label = ui.label(t!("path-field"));
            let field = match question.many() {
                true => egui::TextEdit::multiline(text).desired_rows(2),
                false => egui::TextEdit::singleline(text),
            };
            let field = ui.add(field.desired_width(f32::INFINITY)).labelled_by(label.id);
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if ui.memory(|memory| memory.focused().is_none()) {
                field.request_focus();
            }
            if question.many() {
                controls::note(ui, t!("path-several"));
            }
            ui.add_space(theme::NEAR);
            ui.horizontal(|ui| {
                let take = ui.button(t!("path-take")).on_hover_text(t!("path-take.tip"));
                done = entered || take.clicked();
                close = ui.button(t!("path-cancel")).on_hover_text(t!("path-cancel.tip")).clicked();
            });
            close |= ui.input(|i| i.key_pressed(egui::Key::Escape));
        });
        let (question, paths) = (question.clone(), question.paths(text));
        if done || close {
            self.field = None;
        }
        if done && question.saves() {
            self.answer(question, move || paths, false, ctx);
        } else if done && !paths.is_empty() {
            let _ = self.sender.try_send(Heard::Answer((question, paths)));
        }
    }

    /// Asks before a file is lost.
    fn ask_to_replace(&mut self, Taken { to, files }: Taken, ctx: &egui::Context) {
        let (mut replace, mut back) = (false, false);
        egui::Modal::new(egui::Id::unique("replace-file")).frame(controls::dialog(ctx)).show(ctx, |ui| {
            ui.set_width(520.0);
            let (title, text, hint) = match files.len() {
                1 => (t!("replace-title"), t!("replace-file"), t!("replace-file.tip")),
                _ => (t!("replace-title-all"), t!("replace-all"), t!("replace-all.tip")),
            };
            ui.heading(title);
            files.iter().for_each(|file| _ = ui.label(file.display().to_string()));
            ui.add_space(theme::NEAR);
            ui.horizontal(|ui| {
                replace = ui.button(text).on_hover_text(hint).clicked();
                back = ui.button(t!("replace-back")).on_hover_text(t!("replace-back.tip")).clicked();
            });
            back |= ui.input(|i| i.key_pressed(egui::Key::Escape));
        });
        if back {
            self.field.iter_mut().for_each(|field| field.taken = None);
        }
        if replace && let Some(Field { question, .. }) = self.field.take() {
            let _ = self.sender.try_send(Heard::Answer((question, vec![to])));
            ctx.request_repaint();
        }
    }
}

type Paths = std::pin::Pin<Box<dyn Future<Output = Vec<PathBuf>> + Send>>;

fn many(future: impl Future<Output = Option<Vec<rfd::FileHandle>>> + Send + 'static) -> Paths {
    Box::pin(async {
        future.await.unwrap_or_default().iter().map(|file| file.path().to_path_buf()).collect()
    })
}

fn one(future: impl Future<Output = Option<rfd::FileHandle>> + Send + 'static) -> Paths {
    Box::pin(async { future.await.iter().map(|file| file.path().to_path_buf()).collect() })
}

/// Says something where the window itself cannot: in a box of the system's if it can show one, and on standard error.
pub fn tell(text: &str, portal: bool) {
    log::error!("{text}");
    if portal {
        let shown = rfd::AsyncMessageDialog::new().set_title("Pseudoword").set_description(text).show();
        let wait = move || drop(pollster::block_on(shown));
        let _ = std::thread::Builder::new().name("pseudoword-dialog".into()).spawn(wait);
    }
}

/// Wakes the window from any thread.
pub fn waker(ctx: &egui::Context) -> Arc<dyn Fn() + Send + Sync> {
    let ctx = ctx.clone();
    Arc::new(move || ctx.request_repaint())
}

#[cfg(test)]
mod tests {
    use super::*;
    use format::embedding::{self, LearnedWord, SecondVectors, role};

    #[test]
    fn what_is_saved_gets_an_ending_of_its_kind() {
        let ending = |question: Question, name: &str| question.with_ending(name.into()).display().to_string();
        let word = || Question::ExportWord("/w.pt".into(), EmbeddingFormat::EmbParams, false);
        assert_eq!(ending(word(), "my.v2"), "my.v2.safetensors");
        assert_eq!(ending(word(), "my.PT"), "my.PT");
        assert_eq!(ending(Question::CopyPicture("/a.png".into()), "/b/copy"), "/b/copy.png");
        assert_eq!(ending(Question::CopyPicture("/a.webp".into()), "v1.5"), "v1.5.webp");
        assert_eq!(ending(Question::Curve("/run".into()), "loss"), "loss.csv");
        assert_eq!(ending(Question::CurvePicture, "loss.png"), "loss.png");
        assert_eq!(ending(Question::Model, "/models/sd"), "/models/sd");
    }

    #[test]
    fn typed_paths_are_split_only_where_several_are_asked_for() {
        let paths = |question: Question, typed: &str| question.paths(typed);
        assert_eq!(paths(Question::Pictures, " /a.png;\n/b.png"), [Path::new("/a.png"), Path::new("/b.png")]);
        assert_eq!(paths(Question::Curve("/r".into()), "/a;b.csv\n"), [Path::new("/a;b.csv")]);
        let home = std::env::home_dir().unwrap();
        assert_eq!(paths(Question::Words, "a%20b.pt"), [home.join("a%20b.pt")]);
        assert_eq!(paths(Question::Words, "~/a.pt"), [home.join("a.pt")]);
        if cfg!(unix) {
            assert_eq!(paths(Question::Words, "file:///a%20b%C3%A9%zz.pt"), [Path::new("/a bé%zz.pt")]);
            assert_eq!(paths(Question::Model, "file://localhost/a%3Bb"), [Path::new("/a;b")]);
        }
    }

    fn without_portal(folder: &Path) -> Dialogs {
        Dialogs::new(false, DataDir::at(folder.join("home")))
    }

    /// The answers, once there are some or the person is asked about files.
    fn wait(dialogs: &mut Dialogs) -> Vec<Answer> {
        let began = std::time::Instant::now();
        loop {
            let answers = dialogs.answers();
            if !answers.is_empty() || dialogs.field.is_some() || began.elapsed().as_secs() > 20 {
                return answers;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn all_files_that_an_export_would_replace_are_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let words = DataDir::at(folder.path().join("home")).words();
        std::fs::create_dir_all(&words).unwrap();
        let [word, negative] = ["toy.safetensors", "toy-neg.safetensors"].map(|name| words.join(name));
        // A word for Stable Diffusion XL, of which diffusers wants two files, and the negative word learned with it.
        for (path, own, other) in [(&word, "<toy>", "<toy-neg>"), (&negative, "<toy-neg>", "<toy>")] {
            let mut learned = LearnedWord::new(own, vec![0.5; 768]);
            learned.second = Some(SecondVectors { values: vec![0.5; 1280], shape: [1, 1280] });
            role::write(&mut learned.metadata, own == "<toy-neg>", other);
            embedding::write(path, &learned, EmbeddingFormat::EmbParams).unwrap();
        }
        let out = |name: &str| folder.path().join(name);
        let written =
            ["toy.safetensors", "toy_2.safetensors", "toy-neg.safetensors", "toy-neg_2.safetensors"];
        let written: Vec<PathBuf> = written.into_iter().chain(["toy.receipt.txt"]).map(out).collect();
        let question = |receipt| Question::ExportWord(word.clone(), EmbeddingFormat::Diffusers, receipt);
        let ask = |receipt: bool| {
            let (mut dialogs, to) = (without_portal(folder.path()), out("toy.safetensors"));
            // The system's dialog has asked for the name that was chosen there.
            dialogs.answer(question(receipt), move || vec![to], true, &egui::Context::default());
            let answers = wait(&mut dialogs);
            (answers, dialogs.field.and_then(|field| field.taken).map(|taken| taken.files))
        };
        let nothing_is_there = (vec![(question(true), vec![out("toy.safetensors")])], None);
        assert_eq!(ask(true), nothing_is_there);
        written.iter().for_each(|path| std::fs::write(path, "1").unwrap());
        assert_eq!(ask(true), (Vec::new(), Some(written[1..].to_vec())));
        assert_eq!(ask(false).1, Some(written[1..4].to_vec()), "no receipt is wanted");
    }

    #[test]
    fn a_file_is_replaced_only_when_the_person_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("loss.csv");
        std::fs::write(&there, "1").unwrap();
        // Named whole, named without its ending, and named to the system's dialog without its ending.
        for (name, asked, asks) in [
            ("loss.csv", false, true),
            ("loss", false, true),
            ("loss", true, true),
            ("loss.csv", true, false),
        ] {
            let mut dialogs = without_portal(folder.path());
            let path = folder.path().join(name);
            let question = Question::Curve("/run".into());
            dialogs.answer(question.clone(), move || vec![path], asked, &egui::Context::default());
            let answers = wait(&mut dialogs);
            let taken = dialogs.field.and_then(|field| field.taken);
            let asked_about = Taken { to: there.clone(), files: vec![there.clone()] };
            assert_eq!(taken, asks.then_some(asked_about), "{name} {asked}");
            assert_eq!(answers.is_empty(), asks, "{name} {asked}");
        }
        let mut dialogs = without_portal(folder.path());
        let path = there.clone();
        dialogs.answer(Question::Words, move || vec![path], false, &egui::Context::default());
        assert_eq!(wait(&mut dialogs), [(Question::Words, vec![there])], "what is read is not asked about");
    }
}
