//! The one place where what a person wanted is done: told to the engine, asked of the disk, or changed here.
//!
//! Jobs for the engine are put together in `jobs`, grids in `grid`; concepts are changed in `concept`.

mod concept;
mod grid;
mod jobs;
mod models;
mod words;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::action::{Action, Grid, UiCommand};
use super::app::App;
use super::dialog::Question;
use super::persistence::ThemeChoice;
use super::state::{JobKind, Page, Severity};
use disk::message::{DiscoveryTask, Task};
use engine::message::{Command, JobId};
use project::GenerateSettings;
use starter::bundle::GUIDANCE;

/// Seeds stay short enough to be read and typed.
const SEEDS: u64 = 1 << 31;
/// Rows and columns of a grid that is asked for without saying how large.
const WEIGHTS: usize = 5;
const SEEDS_ACROSS: usize = 3;

impl App {
    pub(super) fn act(&mut self, action: Action, ctx: &egui::Context) {
        match action {
            Action::Command(command) => self.command(command, ctx),
            Action::EditDraft(draft) => self.edit_draft(*draft),
            Action::OpenDraft(folder) => self.ask_disk(Task::OpenDraft(folder)),
            Action::TrashDraft(folder) => self.trash_draft(folder),
            Action::LoadPreview(path) => self.ask_disk(Task::OpenPreview(path)),
            Action::OpenSample(name) => {
                self.page = Page::Concept;
                self.ask_disk(Task::OpenSample(name));
            }
            Action::AddPictures(_)
            | Action::PastePicture(_)
            | Action::RemovePicture(_)
            | Action::SaveMask(..) => self.with_draft(action),
            Action::ShowRun(folder) => {
                self.page = Page::Learn;
                self.ask_disk(Task::OpenRun(folder));
            }
            Action::Continue { run, steps } => self.continue_run(run, steps),
            Action::TrashRun(folder) => self.ask_disk(Task::TrashRun(folder)),
            Action::UseStep { run, step } => self.ask_disk(Task::AddWord { run, step }),
            Action::EditCompose(compose) => {
                let prompt = self.state.compose.settings.prompt != compose.settings.prompt;
                self.state.compose = *compose;
                if prompt {
                    self.count_tokens();
                }
            }
            Action::DrawGrid(grid) => self.draw_grid(&grid),
            Action::OpenPicture(path) => self.ask_disk(Task::OpenPicture(path)),
            Action::RestoreSettings(path) => {
                self.page = Page::Compose;
                self.state.restore = Some(path.clone());
                self.ask_disk(Task::OpenPicture(path));
            }
            Action::TrashPicture(path) => self.ask_disk(Task::TrashPicture(path)),
            Action::CopyPicture(picture) => {
                let size = [picture.width() as usize, picture.height() as usize];
                ctx.copy_image(egui::ColorImage::from_rgb(size, picture.as_raw()));
                self.state.notify(Severity::Info, "The picture is on the clipboard.");
            }
            Action::SavePictureAs(path) => self.ask(Question::CopyPicture(path), ctx),
            Action::ImportWords(files) => self.ask_disk(Task::ImportWords(files)),
            Action::RenameWord(path, word) => self.ask_disk(Task::RenameWord { path, word }),
            Action::DuplicateWord(path) => self.ask_disk(Task::DuplicateWord(path)),
            Action::TrashWord(path) => self.ask_disk(Task::TrashWord(path)),
            Action::DescribeWord(path, rights, kind) => {
                self.ask_disk(Task::DescribeWord { path, rights, kind });
            }
            Action::ExportWord(path, format) => self.ask(Question::ExportWord(path, format), ctx),
            Action::ComposeWith(path) => self.compose_with(&path),
            Action::UseModel(path) => self.use_model(path),
            Action::ConvertModel(path) => self.ask(Question::ConvertModel(path), ctx),
            Action::StopConverting => self.ask_disk(Task::StopConverting),
            Action::SortFiles(files) => self.ask_disk(Task::Sort(files)),
            Action::Fetch(task) => self.fetch(task),
            Action::OpenPage(address) => self.open_page(&address),
            Action::WatchFolder(folder) => self.watch(folder),
            Action::ForgetFolder(folder) => {
                self.ask_disk(Task::Discovery(DiscoveryTask::ForgetFolder(folder)))
            }
            Action::ForgetModel(path) => {
                self.memory.models.retain(|known| *known != path);
                self.state.models.retain(|known| known.path != path);
                if self.state.model_path.as_ref() == Some(&path)
                    && let Some(starter) = self.state.starter.clone()
                {
                    self.use_model(starter);
                }
            }
            Action::Cancel(job) => self.tell(Command::Cancel(job)),
            Action::Dismiss(id) => self.state.notices.retain(|notice| notice.id != id),
            Action::Copy(text) => {
                ctx.copy_text(text);
                self.state.notify(Severity::Info, "Copied.");
            }
            Action::Reveal(path) => self.reveal(&path),
            Action::ExportCurve(run) => self.ask(Question::Curve(run), ctx),
            Action::ExportCurvePicture => self.ask(Question::CurvePicture, ctx),
        }
    }

    fn command(&mut self, command: UiCommand, ctx: &egui::Context) {
        match command {
            UiCommand::GoConcept => self.page = Page::Concept,
            UiCommand::GoLearn => self.page = Page::Learn,
            UiCommand::GoCompose => self.page = Page::Compose,
            UiCommand::GoLibrary => self.page = Page::Library,
            UiCommand::GoModels => self.page = Page::Models,
            UiCommand::NewConcept => {
                self.page = Page::Concept;
                self.ask_disk(Task::NewDraft);
            }
            UiCommand::AddPictures => self.ask(Question::Pictures, ctx),
            UiCommand::AddFolder => self.ask(Question::PictureFolder, ctx),
            UiCommand::Learn => self.learn(),
            UiCommand::GoOn => self.go_on(),
            UiCommand::PauseResume => {
                let paused = self.state.running().is_some_and(|job| job.paused);
                self.tell(if paused { Command::Resume } else { Command::Pause });
            }
            UiCommand::Stop => self.tell(Command::Stop),
            UiCommand::PreviewNow => self.tell(Command::Preview),
            UiCommand::Skip => self.tell(Command::Skip),
            UiCommand::Draw => self.draw(),
            UiCommand::GridOfWeights => self.draw_grid(&Grid::of_weights(WEIGHTS, SEEDS_ACROSS)),
            UiCommand::GridOfSteps => self.draw_grid_of_steps(),
            UiCommand::RollSeed => self.state.compose.settings.seed = new_seed(),
            UiCommand::ImportWord => self.ask(Question::Words, ctx),
            UiCommand::ExportWord => self.export_chosen(ctx),
            UiCommand::OpenModel => self.ask(Question::Model, ctx),
            UiCommand::OpenModelFile => self.ask(Question::ModelFile, ctx),
            UiCommand::FindModels => self.find_models(),
            UiCommand::StopFinding => self.ask_disk(Task::Discovery(DiscoveryTask::Cancel)),
            UiCommand::WatchFolder => self.ask(Question::WatchFolder, ctx),
            UiCommand::Palette => self.palette.open = !self.palette.open,
            UiCommand::ToggleTheme => {
                let dark = ctx.theme() == egui::Theme::Dark;
                self.memory.theme = if dark { ThemeChoice::Light } else { ThemeChoice::Dark };
                self.apply_theme(ctx);
            }
            UiCommand::ShowGuide => {
                self.memory.guided = false;
                self.guide_open = true;
            }
            UiCommand::About => self.about_open = true,
            UiCommand::RestartEngine => {
                if self.state.engine_gone.is_some() {
                    self.start_engine(ctx);
                }
            }
            UiCommand::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    /// What was chosen in a dialog.
    pub(super) fn chosen(&mut self, question: Question, paths: Vec<PathBuf>, ctx: &egui::Context) {
        let Some(first) = paths.first().cloned() else { return };
        match question {
            Question::Pictures | Question::PictureFolder => self.act(Action::AddPictures(paths), ctx),
            Question::Words => self.act(Action::ImportWords(paths), ctx),
            Question::WatchFolder => self.watch(first),
            Question::Model | Question::ModelFile => {
                self.page = Page::Models;
                self.use_model(first);
            }
            Question::ConvertModel(from) => {
                let to =
                    if first.extension().is_some() { first } else { first.with_extension("safetensors") };
                self.state.converting = Some((from.clone(), 0.0));
                self.ask_disk(Task::ConvertModel { from, to });
            }
            Question::ExportWord(path, format) => {
                let to = if first.extension().is_some() {
                    first
                } else {
                    first.with_extension(format.extension())
                };
                self.ask_disk(Task::ExportWord { path, format, to });
            }
            Question::CopyPicture(from) => self.ask_disk(Task::CopyPicture { from, to: first }),
            Question::Curve(run) => self.ask_disk(Task::ExportCurve { run, to: first }),
            Question::CurvePicture => {
                self.capture_curve = Some(first);
                let (sender, waker) = (self.shots.0.clone(), ctx.clone());
                let shot = egui::ScreenshotCallback::new(move |image| {
                    let _ = sender.try_send(image);
                    waker.request_repaint();
                });
                ctx.send_viewport_cmd(egui::ViewportCommand::Screenshot(shot));
            }
        }
    }

    pub(super) fn ask_disk(&mut self, task: Task) {
        if !self.disk.ask(task) {
            self.state.notify(
                Severity::Warning,
                "Too much is waiting to be done on the disk. Try again in a moment.",
            );
        }
    }

    pub(super) fn tell(&mut self, command: Command) {
        let sent = self.link.as_ref().map(|link| link.send(command));
        if let Some(Err(error)) = sent {
            self.state.notify(Severity::Error, error.to_string());
        }
    }

    /// Gives the engine a job. Whether it was taken.
    pub(super) fn submit(
        &mut self,
        kind: JobKind,
        label: String,
        command: impl FnOnce(JobId) -> Command,
    ) -> bool {
        let id = self.next_job;
        self.next_job += 1;
        let sent = self.link.as_ref().map(|link| link.send(command(id)));
        match sent {
            Some(Ok(())) => {
                self.state.submitted(id, kind, label);
                true
            }
            Some(Err(error)) => {
                self.state.notify(Severity::Error, error.to_string());
                false
            }
            None => {
                self.state.notify(Severity::Warning, "Nothing can compute: start the engine again first.");
                false
            }
        }
    }

    pub(super) fn use_model(&mut self, path: PathBuf) {
        self.ask_disk(Task::Model(path.clone()));
        if Some(&path) != self.state.starter.as_ref() && !self.memory.models.contains(&path) {
            self.memory.models.insert(0, path.clone());
        }
        self.state.model_path = Some(path);
        self.suit_guidance();
        self.ask_for_tokens();
        self.count_tokens();
    }

    /// The guidance that suits the model in use, where nobody has chosen another.
    fn suit_guidance(&mut self) {
        let (small, usual) = (GUIDANCE, GenerateSettings::default().guidance);
        let starter = self.state.model_path == self.state.starter;
        let (from, to) = if starter { (usual, small) } else { (small, usual) };
        let suit = |guidance: &mut f64| {
            if *guidance == from {
                *guidance = to;
            }
        };
        suit(&mut self.state.compose.settings.guidance);
        if let Some(mut draft) = self.state.draft.clone() {
            suit(&mut draft.settings.preview.guidance);
            self.edit_draft(draft);
        }
    }

    fn reveal(&mut self, path: &Path) {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        if let Err(error) = open::that_detached(folder) {
            let text = format!("The folder {} could not be shown ({error}).", folder.display());
            self.state.notify(Severity::Warning, text);
        }
    }

    /// Writes the part of the last screenshot that shows the curve.
    pub(super) fn take_captured_curve(&mut self, ctx: &egui::Context) {
        let shot = self.shots.1.try_recv().ok();
        let (Some(shot), Some(to)) = (shot, self.capture_curve.clone()) else { return };
        self.capture_curve = None;
        let rect: Option<egui::Rect> =
            ctx.data(|data| data.get_temp(egui::Id::unique(super::widgets::loss_plot::RECT)));
        // Only what is in view can be taken.
        let scale = ctx.pixels_per_point();
        let [width, height] = shot.size.map(|side| side as f32 / scale);
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, height));
        let rect = rect
            .map(|rect| rect.intersect(screen))
            .filter(|rect| rect.width() > 40.0 && rect.height() > 40.0);
        let part = rect.map(|rect| shot.region(&rect, Some(scale)));
        let image = part.as_ref().unwrap_or(&shot);
        let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(0));
        let bytes = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
        if let Some(picture) = image::RgbImage::from_raw(width, height, bytes) {
            let to = if to.extension().is_some() { to } else { to.with_extension("png") };
            self.ask_disk(Task::WritePicture { picture: std::sync::Arc::new(picture), to });
        }
    }
}

/// Another seed, from the clock.
fn new_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    // The low bits of the clock move slowly on some systems; a multiplication spreads them.
    (now as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20 & (SEEDS - 1)
}
