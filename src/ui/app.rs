//! The window's heart: each frame it takes in what the engine and the disk say, draws the page, and hands what the
//! person wanted to the reducer.
//!
//! Only here do the state, the services and the chrome meet. Nothing here waits.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crossbeam_channel::{TryRecvError, bounded};

use crate::action::{Action, Effect};
use crate::chrome::Chrome;
use crate::commands::UiCommand;
use crate::device_lost;
use crate::dialog::{self, Dialogs};
use crate::editing::MaskKeeper;
use crate::engine_link::EngineLink;
use crate::frame_stats::FrameStats;
use crate::input;
use crate::language::LanguageChoice;
use crate::persistence::{Persistence, ThemeChoice};
use crate::reducer::Outside;
use crate::services::{Refusal, Services};
use crate::state::{AppState, Severity};
use crate::theme;
use crate::widgets::picture_paint;
use base::Result;
use disk::Disk;
use disk::message::{DiscoveryTask, GalleryTask, Moved, Task};
use engine::message::{DeviceChoice, JobId};
use project::DataDir;

/// Seeds stay short enough to be read and typed.
const SEEDS: u64 = 1 << 31;

/// How a window is started.
pub struct Options {
    /// Where everything is kept.
    pub home: DataDir,
    /// The device that computes.
    pub device: DeviceChoice,
    /// Print how long frames took at the end.
    pub frame_stats: bool,
    /// A test that plays the engine.
    pub link: Option<EngineLink>,
    /// Whether the system can show file dialogs; see `dialog::portal`.
    pub portal: bool,
}

/// The window.
pub struct App {
    /// What it knows and shows.
    state: AppState,
    /// What it works with.
    services: Services,
    /// What is only there to be drawn.
    chrome: Chrome,
    frame_stats: Option<FrameStats>,
    seen: Seen,
    mask_keeper: MaskKeeper,
}

/// Which job the person sees at the head of the queue. A press is meant for the job that was seen a moment before.
#[derive(Debug, Default)]
struct Seen {
    job: Option<JobId>,
    before: Option<JobId>,
    /// When the one took the place of the other.
    since: f64,
}

/// Seconds until a person has noticed that another job is shown.
const NOTICING: f64 = 0.3;

impl Seen {
    /// Another frame was drawn.
    fn show(&mut self, job: Option<JobId>, now: f64) {
        if job != self.job {
            (self.before, self.job, self.since) = (self.job, job, now);
        }
    }

    /// The one that a press is meant for.
    fn meant(&self, now: f64) -> Option<JobId> {
        self.before.filter(|_| now - self.since < NOTICING).or(self.job)
    }
}

impl App {
    /// Starts the disk's threads and the engine, and finds everything as it was left.
    pub fn new(cc: &eframe::CreationContext<'_>, options: Options) -> Result<Self> {
        let ctx = &cc.egui_ctx;
        theme::install(ctx);
        let render_state = cc.wgpu_render_state.as_ref();
        let device_lost = render_state.map(device_lost::survive).unwrap_or_default();
        let shaders = render_state.is_some_and(picture_paint::install);
        let (persistence, damage) = Persistence::load(&options.home);
        let (mut state, effects) = AppState::open_as_left(&persistence.left);
        damage.into_iter().for_each(|text| state.notify(Severity::Warning, text));
        // What is said at the start is meant for that time alone.
        let remembered = persistence.left.device.as_ref().and_then(|text| text.parse().ok());
        let remembered = remembered.filter(|_| options.device == DeviceChoice::Auto);
        state.remembered = remembered.is_some();
        let mut app = Self {
            state,
            chrome: Chrome::new(shaders, device_lost, persistence.left.guided),
            services: Services {
                disk: Disk::start(&options.home, &dialog::waker(ctx))?,
                engine: options.link,
                dialogs: Dialogs::new(options.portal, options.home.clone()),
                home: options.home,
                device: remembered.unwrap_or(options.device),
                persistence,
                unopened: bounded(16),
            },
            frame_stats: options.frame_stats.then(FrameStats::default),
            seen: Seen::default(),
            mask_keeper: MaskKeeper::default(),
        };
        app.apply_theme(ctx);
        if app.services.engine.is_none() {
            app.start_engine(ctx);
        }
        app.perform(effects, ctx);
        Ok(app)
    }

    /// What the window knows, for tests.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Closes the window as a person would when the system, or whoever started the program, ends it by a signal.
    pub fn heed_signals(&self, ctx: &egui::Context) {
        self.chrome.shutdown.heed_signals(ctx);
    }

    /// Takes in files as if they had been dropped on the window: a word goes to the library, a model is used.
    pub fn open(&mut self, files: Vec<PathBuf>, ctx: &egui::Context) {
        if !files.is_empty() {
            self.act(Action::Disk(Task::LookAtDropped(files)), ctx);
        }
    }

    fn start_engine(&mut self, ctx: &egui::Context) {
        self.state.engine_gone = self.services.start_engine(ctx).err().map(|error| error.to_string());
    }

    fn apply_theme(&self, ctx: &egui::Context) {
        ctx.set_theme(match self.services.persistence.left.theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        });
    }

    /// Takes in what came since the last frame.
    fn listen(&mut self, ctx: &egui::Context) {
        while let Some(event) = self.services.engine.as_ref().map(|engine| engine.events().try_recv()) {
            match event {
                Ok(event) => {
                    let effects = self.state.apply(event);
                    self.perform(effects, ctx);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.services.engine = None;
                    self.state.lose_engine();
                }
            }
        }
        let answers: Vec<_> = self.services.disk.answers().try_iter().collect();
        for answer in answers {
            let effects = self.state.answer(answer);
            self.perform(effects, ctx);
        }
        for Refusal { severity, text } in self.services.refused() {
            self.state.notify(severity, text);
        }
        for (question, paths) in self.services.dialogs.answers() {
            self.act(Action::Chosen(question, paths), ctx);
        }
    }

    fn act(&mut self, action: Action, ctx: &egui::Context) {
        let selected_word = self.chrome.selected_word();
        let seen = self.seen.meant(ctx.input(|i| i.time));
        let outside = Outside { home: &self.services.home, seed: new_seed(), selected_word, seen };
        let effects = self.state.act(action, &outside);
        self.perform(effects, ctx);
    }

    /// Does one after the other, until the engine does not take a job.
    fn perform(&mut self, effects: Vec<Effect>, ctx: &egui::Context) {
        for effect in effects {
            let job = matches!(effect, Effect::Submit { .. } | Effect::Learn { .. });
            if let Err(Refusal { severity, text }) = self.perform_one(effect, ctx) {
                self.state.notify(severity, text);
                if job {
                    break;
                }
            }
        }
    }

    fn perform_one(&mut self, effect: Effect, ctx: &egui::Context) -> Result<(), Refusal> {
        match effect {
            Effect::Engine(command) => self.services.tell(command)?,
            Effect::Submit { job, kind, label, command } => {
                self.services.submit(command.clone())?;
                self.state.submitted(job, kind, label);
                self.state.keep_request(job, command);
            }
            Effect::Learn { job, model, draft } => {
                self.services.ask_disk(Task::BeginRun { job, model, draft })?;
                self.state.preparing = Some(job);
            }
            Effect::StartEngine(choice) => {
                self.services.device = choice;
                self.start_engine(ctx);
            }
            Effect::RememberDevice(choice) => {
                self.services.device = choice;
                self.services.persistence.left.device =
                    (choice != DeviceChoice::Auto).then(|| choice.to_string());
            }
            Effect::Disk(task) => self.services.ask_disk(task)?,
            Effect::System(wanted) => self.services.ask_system(wanted, ctx)?,
            Effect::CaptureCurve(to) => self.chrome.curve_picture.ask(ctx, to),
            Effect::Window(command) => self.window(command, ctx),
        }
        Ok(())
    }

    /// Does what concerns the window alone.
    fn window(&mut self, command: UiCommand, ctx: &egui::Context) {
        match command {
            UiCommand::ToggleTheme => {
                let dark = ctx.theme() == egui::Theme::Dark;
                self.services.persistence.left.theme =
                    if dark { ThemeChoice::Light } else { ThemeChoice::Dark };
                self.apply_theme(ctx);
            }
            UiCommand::SpeakSystem => self.speak(LanguageChoice::System),
            UiCommand::SpeakEnglish => self.speak(LanguageChoice::English),
            UiCommand::SpeakJapanese => self.speak(LanguageChoice::Japanese),
            UiCommand::RestartEngine if self.state.engine_gone.is_some() => self.start_engine(ctx),
            // What comes is read like any other text that is pasted.
            UiCommand::PasteSettings => ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste),
            UiCommand::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            other => self.chrome.toggle(other),
        }
    }

    /// Lets the window speak a language, now and another day.
    fn speak(&mut self, language: LanguageChoice) {
        self.services.persistence.left.language = language;
        language.speak();
    }

    fn save_persisted(&mut self) {
        let task = self.services.persistence.save(&self.services.home).map_err(Refusal::from);
        if let Err(Refusal { severity, text }) = task.and_then(|task| self.services.ask_disk(task)) {
            self.state.notify(severity, text);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.listen(ctx);
        if self.chrome.device_lost.take_news() {
            // No frame can say it any more.
            self.save_persisted();
            dialog::tell(t!("app-device-lost"), self.services.dialogs.portal());
        }
        // Folders are looked at when the window gets the focus, never in between.
        if self.chrome.refocused(ctx) {
            self.services.disk.ask(Task::Discovery(DiscoveryTask::Refocused));
        }
        if let (Some(stats), Some(seconds)) = (&mut self.frame_stats, frame.info().cpu_usage) {
            stats.add(seconds, self.state.run.job.is_some());
        }
        if let Some(task) = self.mask_keeper.follow(ctx, &self.state.editing, false) {
            self.perform(vec![Effect::Disk(task)], ctx);
        }
        self.chrome.title.follow(ctx, &self.state);
        if self.services.persistence.follow(ctx, &self.state, !self.chrome.guide.open) {
            self.save_persisted();
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let mut actions = Vec::new();
        input::read(&ctx, self.state.page, self.chrome.lists_commands(), &mut actions);
        let left = (self.services.home.root(), self.services.persistence.left.language);
        self.chrome.ui(ui, &self.state, left, &mut actions);
        self.services.dialogs.ui(&ctx);
        self.chrome.shutdown.guard(&ctx, &self.state);
        actions.extend(self.chrome.curve_picture.taken(&ctx).map(Action::Disk));
        for action in actions {
            self.act(action, &ctx);
        }
        self.seen.show(self.state.jobs.first().map(|job| job.id), ctx.input(|i| i.time));
    }

    fn on_exit(&mut self) {
        // Only what is left on purpose goes on by itself.
        if let Some(run) = self.state.left_run().map(Path::to_path_buf) {
            let _ = self.services.ask_disk(Task::LeaveRun { run, left: true });
        }
        if let Some(task) = self.mask_keeper.follow(&egui::Context::default(), &self.state.editing, true) {
            let _ = self.services.ask_disk(task);
        }
        for task in self.chrome.unkept(&self.state) {
            let _ = self.services.ask_disk(task);
        }
        // Nobody can put it back any more.
        if let Some((moves, Moved::Binned)) = self.state.seeing.undo.take() {
            let _ = self.services.ask_disk(Task::Gallery(GalleryTask::LetGo(moves)));
        }
        self.save_persisted();
        if let Some(stats) = &self.frame_stats {
            use std::io::Write as _;
            let _ = writeln!(std::io::stdout(), "{stats}");
        }
        // The engine saves its run before it ends.
        self.services.engine = None;
    }
}

/// Another seed, from the clock.
fn new_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    // The low bits of the clock move slowly on some systems; a multiplication spreads them.
    (now as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20 & (SEEDS - 1)
}
