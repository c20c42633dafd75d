//! The window's heart: each frame it takes in what the engine and the disk say, draws the page, and hands what the
//! person wanted to the reducer.
//!
//! Only here do the streams, the pages and the actions meet. Nothing here waits.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use super::action::Action;
use super::device_lost;
use super::dialog::{self, Dialogs, Question};
use super::engine_link::EngineLink;
use super::frame_stats::FrameStats;
use super::pages::{about, bars, compose, concept, guide, learn, library, models, palette};
use super::persistence::{Memory, ThemeChoice};
use super::state::{AppState, Page};
use super::texture::Shared;
use super::theme;
use super::widgets::picture_paint;
use base::Result;
use disk::Disk;
use disk::message::{Answer, DiscoveryTask, Task};
use engine::Engine;
use engine::message::{DeviceChoice, Event, JobId, Summary};
use project::Home;

/// How a window is started.
pub struct Options {
    /// Where everything is kept.
    pub home: Home,
    /// The device that computes.
    pub device: DeviceChoice,
    /// Print how long frames took at the end.
    pub frame_stats: bool,
    /// A test that plays the engine.
    pub link: Option<EngineLink>,
    /// Whether the system can show file dialogs; see `dialog::portal`.
    pub portal: bool,
}

/// The pages, each with what it needs to remember about looking.
#[derive(Default)]
pub(super) struct Pages {
    concept: concept::ConceptPage,
    learn: learn::LearnPage,
    compose: compose::ComposePage,
    pub(super) library: library::LibraryPage,
    models: models::ModelsPage,
}

/// The window.
pub struct App {
    pub(super) home: Home,
    pub(super) device: DeviceChoice,
    pub(super) state: AppState,
    pub(super) memory: Memory,
    pub(super) page: Page,
    pub(super) link: Option<EngineLink>,
    pub(super) disk: Disk,
    pub(super) dialogs: Dialogs,
    pub(super) palette: palette::Palette,
    pub(super) about_open: bool,
    pub(super) guide_open: bool,
    pub(super) asking_to_close: bool,
    pub(super) next_job: JobId,
    pub(super) capture_curve: Option<PathBuf>,
    /// What is to be done to the concept once there is one.
    pub(super) waiting: Vec<Action>,
    /// The word that was just learned.
    fresh: Option<String>,
    pub(super) shots: (Sender<Arc<egui::ColorImage>>, Receiver<Arc<egui::ColorImage>>),
    pub(super) pages: Pages,
    about: about::About,
    guide: guide::Guide,
    notices: bars::Notices,
    shared: Shared,
    pub(super) viewed: HashSet<(PathBuf, Option<PathBuf>)>,
    pub(super) saved: Memory,
    pub(super) saved_at: Instant,
    surface: surface::DeviceLost,
    focused: bool,
    surface_told: bool,
    frame_stats: Option<FrameStats>,
    title: String,
    pub(super) closing: bool,
}

impl App {
    /// Starts the disk and the engine, and finds everything as it was left.
    ///
    /// # Errors
    /// [`base::Error::Internal`] if the system gives no thread.
    pub fn new(cc: &eframe::CreationContext<'_>, options: Options) -> Result<Self> {
        let ctx = &cc.egui_ctx;
        theme::install(ctx);
        let mut shared = Shared::default();
        let mut surface = surface::DeviceLost::default();
        if let Some(render_state) = &cc.wgpu_render_state {
            surface = surface::survive(render_state);
            shared.shaders = picture_paint::install(render_state);
        }
        let disk = Disk::start(&options.home, &dialog::waker(ctx))?;
        let memory = Memory::load(&options.home);
        let mut app = Self {
            state: AppState { compose: memory.compose.clone(), ..AppState::default() },
            page: memory.page,
            link: options.link,
            dialogs: Dialogs::new(options.portal),
            palette: palette::Palette::default(),
            about_open: false,
            guide_open: !memory.guided,
            asking_to_close: false,
            next_job: 1,
            capture_curve: None,
            waiting: Vec::new(),
            fresh: None,
            shots: bounded(2),
            pages: Pages::default(),
            about: about::About::default(),
            guide: guide::Guide::default(),
            notices: bars::Notices::default(),
            shared,
            viewed: HashSet::new(),
            saved: memory.clone(),
            saved_at: Instant::now(),
            surface,
            focused: true,
            surface_told: false,
            frame_stats: options.frame_stats.then(FrameStats::default),
            title: String::new(),
            closing: false,
            home: options.home,
            device: options.device,
            memory,
            disk,
        };
        app.apply_theme(ctx);
        if app.link.is_none() {
            app.start_engine(ctx);
        }
        app.open_as_left();
        Ok(app)
    }

    /// Starts an engine, or another one after the last has ended.
    pub(super) fn start_engine(&mut self, ctx: &egui::Context) {
        let waker = dialog::waker(ctx);
        self.state.engine_gone = None;
        match Engine::start(self.device, Box::new(move || waker())) {
            Ok(engine) => self.link = Some(EngineLink::Engine(engine)),
            Err(error) => self.state.engine_gone = Some(error.to_string()),
        }
    }

    pub(super) fn apply_theme(&self, ctx: &egui::Context) {
        ctx.set_theme(match self.memory.theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        });
    }

    /// What the window knows, for tests.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Opens a dialog.
    pub(super) fn ask(&mut self, question: Question, ctx: &egui::Context) {
        self.dialogs.ask(question, ctx);
    }

    /// Takes in what came since the last frame.
    fn listen(&mut self) {
        let events: Vec<Event> = self.link.iter().flat_map(|link| link.events().try_iter()).collect();
        for event in events {
            self.follow(&event);
            self.state.apply(event);
        }
        let ended = self.link.as_ref().is_some_and(|link| {
            link.events().is_empty() && matches!(link.events().try_recv(), Err(TryRecvError::Disconnected))
        });
        if ended {
            self.link = None;
            self.state.lose_engine();
        }
        let answers: Vec<Answer> = self.disk.answers().try_iter().collect();
        for answer in answers {
            let opened = matches!(&answer, Answer::Draft(_) | Answer::Starter(_));
            let words = matches!(&answer, Answer::Words(_));
            let counts = matches!(&answer, Answer::Words(_) | Answer::Model(_) | Answer::Picture(_));
            match &answer {
                Answer::Sorted { models, words } => self.take_sorted(models.clone(), words.clone()),
                Answer::Converted(Some(to)) => self.use_model(to.clone()),
                _ => {}
            }
            let told = match &answer {
                Answer::Draft(draft) => Some(draft.clone()),
                _ => None,
            };
            self.state.answer(answer);
            // What was decided meanwhile is on the disk as the disk was told before it.
            if let Some(draft) = self.state.draft.clone().filter(|now| told.is_some_and(|told| *told != *now))
            {
                self.disk.ask(Task::SaveDraft(Box::new(draft)));
            }
            if counts {
                self.count_tokens();
            }
            if words {
                self.offer_fresh_word();
            }
            if opened {
                self.look_at_pictures();
                self.ask_for_tokens();
                self.count_tokens();
            }
        }
    }

    /// A word that was just learned goes into an empty prompt, so that drawing with it is one press away.
    fn offer_fresh_word(&mut self) {
        let Some(word) = self.fresh.clone() else { return };
        if let Some(card) = self.state.words.iter().find(|card| card.word == word) {
            let (path, kind) = (card.path.clone(), card.kind);
            self.fresh = None;
            self.put_into_prompt(&path, kind, &word);
        }
    }

    /// What an event calls for beside being shown.
    fn follow(&mut self, event: &Event) {
        match event {
            Event::LearnStarted { .. } => _ = self.disk.ask(Task::ListRuns),
            Event::Finished { summary: Summary::Learned { out, .. }, .. } => {
                self.fresh = self.state.run.word().map(ToOwned::to_owned);
                self.disk.ask(Task::AddWord { run: out.clone(), step: None });
                self.disk.ask(Task::ListRuns);
                self.disk.ask(Task::OpenRun(out.clone()));
            }
            Event::Failed { job, .. } if self.state.run.job == Some(*job) => {
                // Its word is on the disk all the same; the person decides whether to go on.
                self.disk.ask(Task::ListRuns);
                self.disk.ask(Task::OpenRun(self.state.run.folder().unwrap_or(Path::new("")).to_path_buf()));
            }
            _ => {}
        }
    }

    fn show_page(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        let (state, shared) = (&self.state, &mut self.shared);
        match self.page {
            Page::Concept => self.pages.concept.ui(ui, state, shared, actions),
            Page::Learn => self.pages.learn.ui(ui, state, shared, actions),
            Page::Compose => self.pages.compose.ui(ui, state, shared, actions),
            Page::Library => self.pages.library.ui(ui, state, shared, actions),
            Page::Models => self.pages.models.ui(ui, state, shared, actions),
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.listen();
        self.resume_interrupted();
        if self.surface.is_lost() && !std::mem::replace(&mut self.surface_told, true) {
            // No frame can say it any more.
            self.save_memory();
            dialog::tell(
                "The graphics card no longer draws this window. Start Pseudoword again; what is being learned goes \
                 on meanwhile and is kept.",
                self.dialogs.portal(),
            );
        }
        // Folders are looked at when the window gets the focus, never in between.
        let focused = ctx.input(|i| i.viewport().focused).unwrap_or(true);
        if focused && !std::mem::replace(&mut self.focused, focused) {
            self.disk.ask(Task::Discovery(DiscoveryTask::Refocused));
        }
        self.focused = focused;
        let answers = self.dialogs.answers();
        for (question, paths) in answers {
            self.chosen(question, paths, ctx);
        }
        if let (Some(stats), Some(seconds)) = (&mut self.frame_stats, frame.info().cpu_usage) {
            stats.add(seconds, self.state.run.job.is_some());
        }
        let title = match self.state.draft.as_ref().map(|draft| draft.concept.word.as_str()) {
            Some(word) if !word.is_empty() => format!("{word} – Pseudoword"),
            _ => "Pseudoword".to_owned(),
        };
        // Not every system tells the title back, and setting it draws another frame.
        if self.title != title {
            self.title.clone_from(&title);
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title));
        }
        self.remember(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let mut actions = Vec::new();
        self.read_input(&ctx, &mut actions);
        bars::top(ui, &self.state, &mut actions);
        bars::bottom(ui, &self.state, &mut actions);
        bars::rail(ui, self.page, &self.state, &mut actions);
        if !self.guide_open {
            self.guide.hint(ui, &self.state, &mut actions);
        }
        // Each page brings its own margin.
        let frame = egui::Frame::central_panel(&ui.style().clone()).inner_margin(0);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| self.show_page(ui, &mut actions));
        self.notices.ui(&ctx, &self.state, &mut actions);
        self.palette.ui(&ctx, &mut actions);
        self.about.ui(&ctx, &mut self.about_open, self.home.root(), &mut actions);
        self.guide.ui(&ctx, &self.state, &mut self.guide_open, &mut actions);
        self.dialogs.ui(&ctx);
        self.guard_closing(&ctx);
        self.memory.guided |= !self.guide_open;
        self.take_captured_curve(&ctx);
        if self.state.draft.is_some() {
            actions.append(&mut self.waiting);
        }
        for action in actions {
            self.act(action, &ctx);
        }
    }

    fn on_exit(&mut self) {
        // Only what is left on purpose goes on by itself: a run that ends the process would do so at every start.
        self.memory.interrupted = self.state.run.job.and(self.state.run.folder()).map(Path::to_path_buf);
        self.save_memory();
        if let Some(stats) = &self.frame_stats {
            use std::io::Write as _;
            let _ = writeln!(std::io::stdout(), "{stats}");
        }
        // The engine saves its run before it ends.
        self.link = None;
    }
}
