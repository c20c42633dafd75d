//! What lies before the engine: how many pictures and about how long, and what is left of a job that broke off.
//!
//! Only reckons with what the state knows; the queue itself is the engine's.

use std::path::{Path, PathBuf};

use crate::state::{AppState, Job, JobKind};
use engine::message::{Command, GenerateRequest, GridRow, JobId, LearnStart};
use project::GenerateSettings;

/// What is being done and what waits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkAhead {
    pub jobs: usize,
    /// Pictures still to be drawn.
    pub pictures: usize,
    /// Seconds until all is done, where that can be told.
    pub seconds: Option<f64>,
}

/// What to ask for so that a job goes on that broke off.
#[derive(Debug, Clone, PartialEq)]
pub enum Again {
    /// Go on learning the run in this folder.
    Run(PathBuf),
    /// Ask for the rest.
    Command(Box<Command>),
}

/// A job that broke off because the device or the engine was lost.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenOff {
    pub kind: JobKind,
    pub label: String,
    pub again: Again,
}

/// Seconds that a picture took, and what that depends on: the model, the steps, the size asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    pub seconds: f64,
    model: PathBuf,
    steps: usize,
    size: [Option<u32>; 2],
}

impl Pace {
    /// That of a job whose pictures all take the same.
    pub fn of(job: &Job, seconds: f64) -> Option<Self> {
        let first = job.requests().next()?;
        let (steps, size) = (first.settings.steps, [first.settings.width, first.settings.height]);
        Some(Self { seconds, model: first.model.clone(), steps, size }).filter(|pace| pace.holds_for(job))
    }

    /// Whether the pictures of a job take as long.
    fn holds_for(&self, job: &Job) -> bool {
        let same = |request: &GenerateRequest| {
            let settings = &request.settings;
            (settings.steps, [settings.width, settings.height]) == (self.steps, self.size)
                && request.model == self.model
        };
        job.requests().next().is_some() && job.requests().all(same)
    }
}

impl JobKind {
    /// Pictures for the gallery.
    pub fn pictures(&self) -> usize {
        match self {
            Self::Draw { count } | Self::Edit { count, .. } => *count,
            Self::Grid { rows, columns, .. } => rows.len() * columns.len(),
            Self::Open
            | Self::Learn
            | Self::Suggest(_)
            | Self::Measure
            | Self::Mix { .. }
            | Self::Compare(_)
            | Self::Score(_)
            | Self::Count(_)
            | Self::Explain(_) => 0,
        }
    }
}

impl Job {
    /// Pictures that are not drawn yet.
    pub fn pictures_left(&self) -> usize {
        self.kind.pictures().saturating_sub(self.drawn)
    }

    /// Whether it goes from step to step, with nothing drawn or measured between.
    pub fn is_at_its_steps(&self) -> bool {
        self.doing.is_empty() || self.doing == t!("doing-learning")
    }

    /// What is to be drawn.
    fn requests(&self) -> impl Iterator<Item = &GenerateRequest> {
        let (one, rows): (_, &[GridRow]) = match self.command.as_deref() {
            Some(Command::Generate { request, .. }) => (Some(&**request), &[]),
            Some(Command::Edit { request, .. }) => (Some(&request.draw), &[]),
            Some(Command::Grid { request, .. }) => (None, &request.rows),
            _ => (None, &[]),
        };
        one.into_iter().chain(rows.iter().map(|row| &row.draw))
    }

    /// Takes in how long a picture takes.
    pub fn keep_pace(&mut self, seconds: f64) {
        let steps = self.progress.map_or(0, |(_, of)| of) as f64 / self.kind.pictures().max(1) as f64;
        if steps > 0.0 {
            self.seconds_each = Some(seconds / steps);
        }
    }

    /// Leaves of settings and kind what is not drawn yet.
    fn leave_rest(&self, settings: &mut GenerateSettings, kind: &mut JobKind) {
        settings.go_on_after(self.drawn);
        settings.count = self.pictures_left();
        if let JobKind::Draw { count } | JobKind::Edit { count, .. } = kind {
            *count = settings.count;
        }
    }

    /// What is left of it; `None` if nothing is or that is not known. `learning` is the folder of the run that it had
    /// begun to learn.
    pub fn rest(&self, learning: Option<PathBuf>) -> Option<BrokenOff> {
        let (mut kind, mut command) = (self.kind.clone(), self.command.clone()?);
        match command.as_mut() {
            Command::Learn { .. } => {
                if let Some(folder) = learning {
                    return Some(BrokenOff { kind, label: self.label.clone(), again: Again::Run(folder) });
                }
            }
            Command::Generate { request, .. } => self.leave_rest(&mut request.settings, &mut kind),
            Command::Edit { request, .. } => self.leave_rest(&mut request.draw.settings, &mut kind),
            Command::Grid { request, .. } => request.drawn = self.drawn,
            _ => {}
        }
        let left = self.kind.pictures() == 0 || self.pictures_left() > 0;
        left.then(|| BrokenOff { kind, label: self.label.clone(), again: Again::Command(command) })
    }
}

impl AppState {
    /// What is being done and what waits.
    pub fn work_ahead(&self) -> WorkAhead {
        let seconds = |job: &Job| match job.seconds_left() {
            Some(seconds) if job.begun => Some(seconds),
            _ if matches!(
                job.kind,
                JobKind::Open | JobKind::Suggest(_) | JobKind::Measure | JobKind::Mix { .. }
            ) =>
            {
                Some(0.0)
            }
            _ if job.kind == JobKind::Learn => None,
            _ => {
                let pace = self.pace.as_ref().filter(|pace| pace.holds_for(job))?;
                Some(pace.seconds * job.pictures_left() as f64)
            }
        };
        WorkAhead {
            jobs: self.jobs.len(),
            pictures: self.jobs.iter().map(Job::pictures_left).sum(),
            seconds: self.jobs.iter().map(seconds).sum(),
        }
    }

    /// The run that goes on another day if the window is closed now: the one that learns, or one that goes on and whose
    /// model is still being loaded. A new one is nowhere before it has begun.
    pub fn left_run(&self) -> Option<&Path> {
        if self.run.job.is_some() {
            return self.run.folder();
        }
        let resumed = self.jobs.iter().find_map(|job| match job.command.as_deref()? {
            Command::Learn { request, .. } if matches!(request.start, LearnStart::Resume(_)) => {
                Some(request.out.as_path())
            }
            _ => None,
        });
        // One left another day that has had no chance to go on waits for the next.
        resumed.or(self.interrupted.as_deref().filter(|_| self.last_job == 0))
    }

    /// What to know before the window is closed, a heading and a sentence or two; `None` if nothing is lost.
    pub fn leaving(&self) -> Option<(&'static str, String)> {
        let learning = self.learning() || self.preparing.is_some();
        let waiting = self.jobs.iter().any(|job| !job.begun && job.kind.pictures() > 0);
        let drawings = match self.work_ahead().pictures {
            1 if !waiting => None,
            0 => None,
            count => Some(t!("leaving-pictures", count = count)),
        };
        let learned = learning.then(|| match self.left_run() {
            Some(_) if self.run.job.is_some() => {
                t!("leaving-after-step")
            }
            Some(_) => t!("leaving-as-left"),
            None => t!("leaving-not-begun"),
        });
        let comparing = self.jobs.iter().any(|job| matches!(job.kind, JobKind::Compare(_)));
        let compared = comparing.then(|| t!("leaving-comparison").to_owned());
        let heading = match (learning, comparing) {
            (true, _) => t!("leaving-learning"),
            (_, true) => t!("leaving-comparing"),
            _ => t!("leaving-drawing"),
        };
        let said = [learned.map(str::to_owned), compared, drawings].into_iter().flatten().collect::<Vec<_>>();
        (!said.is_empty()).then(|| (heading, said.join(" ")))
    }

    /// Whether a job that runs or waits does the same as this one would, to the last setting.
    pub fn is_asked(&self, command: &Command) -> bool {
        let same = |job: &Job| job.command.as_deref() == Some(&command.clone().renamed(job.id));
        self.jobs.iter().any(same)
    }

    /// Keeps what a job was asked for with, until it ends.
    pub fn keep_request(&mut self, id: JobId, command: Command) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) {
            job.command = Some(Box::new(command));
        }
    }

    /// Puts the jobs that wait into the order the engine has them in; those it has not seen yet stay behind them.
    pub fn follow_order(&mut self, waiting: &[JobId]) {
        let place = |job: &Job| match waiting.iter().position(|id| *id == job.id) {
            _ if job.begun => 0,
            Some(place) => place + 1,
            None => waiting.len() + 1,
        };
        self.jobs.sort_by_key(place);
    }

    /// Does in the list what the engine will do with the jobs that wait, so that nobody waits for its current step.
    pub fn foresee(&mut self, command: &Command) {
        match command {
            Command::Stop(id) => self.jobs.retain(|job| job.begun || job.id != *id),
            Command::ClearQueue => self.jobs.retain(|job| job.begun),
            Command::MoveUp(id) => {
                let place = self.jobs.iter().position(|job| job.id == *id).unwrap_or_default();
                if place > 0 && !self.jobs[place].begun && !self.jobs[place - 1].begun {
                    self.jobs.swap(place - 1, place);
                }
            }
            Command::HoldQueue(held) => self.held = *held,
            Command::ListDevices => _ = self.devices.get_or_insert_default(),
            _ => {}
        }
    }
}
