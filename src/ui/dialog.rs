//! Asking for files: the system's dialogs, and a plain field for a path where the system has none.
//!
//! A dialog is open as long as the person likes, on a thread of its own; its answer comes back as a message.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::theme;
use crate::widgets::controls;
use format::embedding::EmbeddingFormat;
use project::dataset::ENDINGS;

#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    Pictures,
    PictureFolder,
    Words,
    Model,
    ModelFile,
    ConvertModel(PathBuf),
    WatchFolder,
    ExportWord(PathBuf, EmbeddingFormat),
    CopyPicture(PathBuf),
    Curve(PathBuf),
    CurvePicture,
}

impl Question {
    fn title(&self) -> &'static str {
        match self {
            Self::Pictures => "Choose pictures",
            Self::PictureFolder => "Choose folders of pictures",
            Self::Words => "Choose word files",
            Self::Model => "Choose the folder of a model",
            Self::WatchFolder => "Choose a folder with models or words",
            Self::ModelFile => "Choose the file of a model",
            Self::ConvertModel(_) => "Write the model as",
            Self::ExportWord(..) => "Export the word as",
            Self::CopyPicture(_) => "Save a copy of the picture as",
            Self::Curve(_) => "Save the curve as",
            Self::CurvePicture => "Save the picture of the curve as",
        }
    }

    /// The file name offered where something is to be written.
    fn file_name(&self) -> Option<String> {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Some(match self {
            Self::ExportWord(path, format) => name(&path.with_extension(format.extension())),
            Self::ConvertModel(path) => name(&path.with_extension("safetensors")),
            Self::CopyPicture(path) => name(path),
            Self::Curve(run) => format!("{}-loss.csv", name(run)),
            Self::CurvePicture => "loss.png".into(),
            _ => return None,
        })
    }
}

/// How files of learned words end.
pub const WORDS: [&str; 6] = ["safetensors", "pt", "bin", "pti", "png", "webp"];

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
    sender: Sender<Answer>,
    answers: Receiver<Answer>,
    portal: bool,
    /// The plain field, where the system has no dialogs.
    field: Option<(Question, String)>,
}

impl Dialogs {
    /// No dialog yet; `portal` as [`portal`] says.
    pub fn new(portal: bool) -> Self {
        let (sender, answers) = bounded(16);
        Self { sender, answers, portal, field: None }
    }

    pub fn portal(&self) -> bool {
        self.portal
    }

    pub fn answers(&self) -> Vec<Answer> {
        self.answers.try_iter().collect()
    }

    pub fn ask(&mut self, question: Question, ctx: &egui::Context) {
        if !self.portal {
            let text = question.file_name().unwrap_or_default();
            self.field = Some((question, text));
            return;
        }
        // Made here, because on macOS dialogs belong to the main thread; waited for elsewhere.
        let dialog = rfd::AsyncFileDialog::new().set_title(question.title());
        let named = |dialog: rfd::AsyncFileDialog| match question.file_name() {
            Some(name) => dialog.set_file_name(name),
            None => dialog,
        };

        let chosen: Paths = match &question {
            Question::Pictures => {
                // Pictures are known by their content, so those without an ending can be chosen as well.
                many(dialog.add_filter("Pictures", &ENDINGS).add_filter("All files", &["*"]).pick_files())
            }
            Question::ModelFile => one(dialog.add_filter("Models", &["safetensors", "ckpt"]).pick_file()),
            Question::Words => many(dialog.add_filter("Words", &WORDS).pick_files()),
            Question::PictureFolder => many(dialog.pick_folders()),
            Question::Model | Question::WatchFolder => one(dialog.pick_folder()),
            _ => one(named(dialog).save_file()),
        };
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let wait = move || {
            let paths = pollster::block_on(chosen);
            if !paths.is_empty() && sender.send((question, paths)).is_ok() {
                ctx.request_repaint();
            }
        };
        let _ = std::thread::Builder::new().name("pseudoword-dialog".into()).spawn(wait);
    }

    /// Shows the plain field, if it is open.
    pub fn ui(&mut self, ctx: &egui::Context) {
        let Some((question, text)) = &mut self.field else { return };
        let (mut done, mut close) = (false, false);
        egui::Modal::new(egui::Id::unique("path-field")).frame(controls::dialog(ctx)).show(ctx, |ui| {
            ui.set_width(520.0);
            ui.heading(question.title());
            ui.add_space(theme::NEAR);
            let label =
                ui.label("Path of a file or folder; several are separated by a line break or a semicolon");
            let field = egui::TextEdit::multiline(text).desired_rows(2).desired_width(f32::INFINITY);
            let field = ui.add(field).labelled_by(label.id);
            if ui.memory(|memory| memory.focused().is_none()) {
                field.request_focus();
            }
            ui.add_space(theme::NEAR);
            ui.horizontal(|ui| {
                done = ui.button("Take it").on_hover_text("Use this path").clicked();
                close = ui.button("Cancel").on_hover_text("Go back without choosing").clicked();
            });
            close |= ui.input(|i| i.key_pressed(egui::Key::Escape));
        });
        if done {
            let parts = text.split(['\n', ';']).map(str::trim).filter(|part| !part.is_empty());
            let paths: Vec<PathBuf> =
                parts.map(|part| PathBuf::from(part.trim_start_matches("file://"))).collect();
            if !paths.is_empty() {
                let _ = self.sender.try_send((question.clone(), paths));
            }
        }
        if done || close {
            self.field = None;
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
