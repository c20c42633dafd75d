//! What the tests of whole runs share: a folder of pictures, quick settings, an engine that waits for the
//! test, and the real program as a child process.
//!
//! The engine's wake function blocks until the test asks for the next event. So a test can act between two
//! given steps, on any machine, without sleeping and without luck.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::places::golden;
use crossbeam_channel::{Receiver, bounded};
use engine::Engine;
use engine::message::{Command, DeviceChoice, Event, JobId, LearnRequest, LearnStart};
use project::{Checkpoint, Concept, ConceptKind, LearnSettings, LossRow, Preset, RunFolder};

/// Far longer than anything here takes: a test that hangs ends with a sentence.
const PATIENCE: Duration = Duration::from_secs(180);

/// The small reference model.
pub fn model() -> PathBuf {
    golden().join("sd1")
}

/// A temporary folder with two pictures in `images`; one is not square.
pub fn workplace() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("pseudoword-test-").tempdir().unwrap();
    std::fs::create_dir(folder.path().join("images")).unwrap();
    for name in ["source_0.png", "source_1.png"] {
        let source = crate::places::repository().join("tests/golden/image").join(name);
        std::fs::copy(source, folder.path().join("images").join(name)).unwrap();
    }
    folder
}

/// The default recipe, made quick: one picture a step, few measurements, no previews.
pub fn quick(steps: u64) -> LearnSettings {
    LearnSettings {
        steps,
        gradient_accumulation: 1,
        checkpoint_every: 5,
        preview_every: 0,
        fixed_noise_every: 10,
        fixed_noise_size: 2,
        ..LearnSettings::preset(Preset::Default, ConceptKind::Object)
    }
}

pub fn concept() -> Concept {
    Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object }
}

/// A new run in `out` with the pictures of `place`.
pub fn begin(place: &Path, out: &Path, settings: LearnSettings) -> LearnRequest {
    let (images, settings) = (vec![place.join("images")], Box::new(settings));
    let start =
        LearnStart::New { model: model(), images, concept: concept(), settings, permission: Box::default() };
    LearnRequest { out: out.to_path_buf(), start }
}

pub fn resume(out: &Path) -> LearnRequest {
    LearnRequest { out: out.to_path_buf(), start: LearnStart::Resume(Box::default()) }
}

pub fn learn(job: JobId, request: LearnRequest) -> Command {
    Command::Learn { job, request: Box::new(request) }
}

/// An engine that stands still after every event until the next one is asked for.
pub struct Watched {
    // Dropped first: the engine then runs free, so that it can end.
    ticks: Receiver<()>,
    engine: Engine,
    waiting: bool,
}

impl Watched {
    /// Starts one on the processor.
    pub fn start() -> Self {
        let (tick, ticks) = bounded(0);
        let wake = move || {
            let _ = tick.send(());
        };
        let engine = Engine::start(DeviceChoice::Cpu, Box::new(wake)).unwrap();
        let mut watched = Self { ticks, engine, waiting: false };
        assert!(matches!(watched.next(), Event::Device { device } if device.api == "cpu"));
        watched
    }

    pub fn send(&self, command: Command) {
        self.engine.send(command).unwrap();
    }

    /// [`Self::send`] where the engine may refuse.
    pub fn try_send(&self, command: Command) -> base::Result<()> {
        self.engine.send(command)
    }

    /// Lets the engine go on to its next event.
    pub fn next(&mut self) -> Event {
        if std::mem::replace(&mut self.waiting, true) {
            self.ticks.recv_timeout(PATIENCE).expect("the engine went on by itself");
        }
        self.engine.events().recv_timeout(PATIENCE).expect("the engine says nothing any more")
    }

    /// Everything up to and including the first event that `last` accepts.
    pub fn until(&mut self, last: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            events.push(self.next());
            let event = &events[events.len() - 1];
            if last(event) {
                return events;
            }
            if let Event::Failed { message, .. } = event {
                panic!("{message}");
            }
        }
    }

    /// Everything up to the end of learning step `step`.
    pub fn until_step(&mut self, step: u64) -> Vec<Event> {
        self.until(|event| matches!(event, Event::Step { report, .. } if report.step == step))
    }

    /// Everything up to the good end of a job.
    pub fn until_end(&mut self, of: JobId) -> Vec<Event> {
        self.until(|event| matches!(event, Event::Finished { job, .. } if *job == of))
    }

    /// Everything up to the failure of a job.
    pub fn until_failure(&mut self) -> Vec<Event> {
        self.until(|event| match event {
            Event::Finished { summary, .. } => panic!("it did not fail: {summary:?}"),
            event => matches!(event, Event::Failed { .. }),
        })
    }
}

/// The sentences of all warnings.
pub fn warnings(events: &[Event]) -> Vec<&str> {
    let warnings = events.iter().filter_map(|event| match event {
        Event::Warning { message, .. } => Some(message.as_str()),
        _ => None,
    });
    warnings.collect()
}

/// Learns from start to end without disturbance, for comparison.
pub fn undisturbed(place: &Path, out: &Path, settings: LearnSettings) {
    let mut engine = Watched::start();
    engine.send(learn(1, begin(place, out, settings)));
    engine.until_end(1);
}

pub fn checkpoint(out: &Path, step: u64) -> Checkpoint {
    RunFolder::open(out).unwrap().checkpoint(step).unwrap()
}

/// The lines of `loss.csv` without the time the steps took, which is never the same.
pub fn losses(out: &Path) -> Vec<LossRow> {
    let rows = RunFolder::open(out).unwrap().losses().unwrap();
    rows.into_iter().map(|row| LossRow { seconds: 0.0, ..row }).collect()
}

/// Demands that two runs ended the same, to the last bit, and left the same curve of `steps` lines.
pub fn assert_same_end(run: &Path, other: &Path, steps: u64) {
    let [a, b] = [run, other].map(|out| checkpoint(out, steps));
    let bits = |c: &Checkpoint| {
        let tables = [&c.vectors, &c.good_vectors, &c.first_moment, &c.second_moment];
        tables.map(|table| table.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
    };
    assert_eq!(bits(&a), bits(&b), "the tensors of {} and {} differ", run.display(), other.display());
    assert_eq!(a, b, "the counters differ");
    let [a, b] = [run, other].map(losses);
    assert_eq!(a.iter().map(|row| row.step).collect::<Vec<_>>(), (1..=steps).collect::<Vec<_>>());
    assert_eq!(a, b, "the curves differ");
}
