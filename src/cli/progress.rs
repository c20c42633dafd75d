//! Events as a person or a script reads them: progress bars on a terminal, sentences without one, or one JSON
//! object a line.
//!
//! Standard output carries results only (the files written, or the JSON); the rest goes to standard error. The
//! length is that of the events that are told.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};

use super::job::JOB;
use base::{Error, Result, units};
use engine::message::{DeviceInfo, Event, JobSummary, Ranked, RunInfo, StepReport};
use metrics::by_method;
use project::comparison::Comparison;
use project::evaluation::{EvaluateSettings, EvaluationReport, Score};
use project::invert::{AUTOENCODER, InversionReport, LikePicture};

/// How often a run without a terminal says how far it is.
const QUIET: Duration = Duration::from_secs(10);

/// What is said to one who waits for others on another machine.
pub fn waits(before: usize) -> String {
    match before {
        1 => "Another computes on that machine first; this begins after it.".into(),
        _ => format!("{before} others compute on that machine first; this begins after them."),
    }
}

/// Prints events.
pub struct Reporter {
    json: bool,
    bar: Option<ProgressBar>,
    what: String,
    said: Option<Instant>,
    learning: bool,
    /// What was said of the model: each picture of a list or a grid opens it anew.
    model: String,
}

impl Reporter {
    /// A reporter of JSON lines, or of sentences and bars.
    pub fn new(json: bool) -> Self {
        Self { json, bar: None, what: String::new(), said: None, learning: false, model: String::new() }
    }

    /// Prints an event, except those of previews being loaded for and drawn, of which [`Event::Progress`] tells too, and
    /// those that only a window needs.
    pub fn report(&mut self, event: &Event) {
        self.learning |= matches!(event, Event::LearnStarted { .. });
        let window = matches!(event, Event::Pace { .. } | Event::Queue { .. } | Event::Devices { .. });
        if window || self.learning && matches!(event, Event::Latents { .. } | Event::Loading { .. }) {
            return;
        }
        if self.json {
            print_line(&to_json(event).to_string());
        } else {
            self.print(event);
        }
    }

    fn print(&mut self, event: &Event) {
        match event {
            Event::Device { device } => self.say(&format!("Calculating on {}.", describe(device))),
            Event::Loading { what, fraction, .. } => {
                self.advance(&format!("loading the {what}"), (fraction * 100.0) as u64, 100, String::new());
            }
            Event::ModelReady { model, .. } => {
                let millions = model.parameters as f64 / 1e6;
                let said = format!(
                    "Model {} ({millions:.1} million numbers, made for {} px).",
                    model.name, model.size
                );
                if said != self.model {
                    self.say(&said);
                    self.model = said;
                }
            }
            Event::LearnStarted { run, .. } => {
                let RunInfo { word, vectors, pictures, step, steps, norms: [low, _, high], .. } = run;
                let memory = reckoned(&run.memory, run.low_memory);
                let vectors = units::counted(*vectors as u64, "vector");
                let pictures = units::counted(*pictures as u64, "picture");
                self.say(&format!(
                    "Learning {word} with {vectors} from {pictures}, step {step} of {steps}. \
                     Usual vector length {low:.3} to {high:.3}.{memory}"
                ));
            }
            Event::Step { report, .. } => self.step(report),
            Event::Preview { step, prompt, path, .. } => {
                self.say(&format!("Step {step}: “{prompt}” is {}", path.display()));
            }
            Event::Latents { index, step, steps, .. } => {
                let what = format!("drawing picture {}", index + 1);
                self.advance(&what, *step as u64, *steps as u64, String::new());
            }
            Event::Image { path: Some(path), .. } | Event::Saved { path, .. } => {
                self.clear();
                print_line(&path.display().to_string());
            }
            // The curve and the file at the end say it for those who read.
            Event::Kept { .. } | Event::Undone { .. } => {}
            Event::Pace { .. } | Event::Queue { .. } | Event::Devices { .. } => {}
            Event::Image { path: None, .. } | Event::Failed { .. } => self.clear(),
            Event::Progress { what, done, of, .. } => self.advance(what, *done, *of, String::new()),
            Event::Paused { reason, .. } if reason.is_empty() => self.say("Paused."),
            Event::Paused { reason, .. } => self.say(reason),
            Event::Resumed { .. } => self.say("Going on."),
            Event::Waiting { before, .. } => self.say(&waits(*before)),
            Event::Warning { message, .. } => self.say(&format!("Note: {message}")),
            Event::Finished { summary, .. } => {
                self.clear();
                if let JobSummary::Suggested { words } = summary {
                    words
                        .iter()
                        .for_each(|found| print_line(&format!("{:16} {:.3}", found.word, found.score)));
                }
                match summary {
                    JobSummary::Explained { report, .. } => print(&super::explain::text(report)),
                    JobSummary::Biased { report, .. } => print(&super::bias::text(report)),
                    _ => {}
                }
                tell(&conclude(summary));
            }
        }
    }

    fn step(&mut self, report: &StepReport) {
        let StepReport { step, loss, mean_loss, norm, cosine, .. } = report;
        self.scores(report);
        let figures = format!("loss {loss:.4} (mean {mean_loss:.4}), length {norm:.3}");
        self.advance("learning", *step, report.steps, figures);
        if let Some(loss) = report.fixed_noise_loss {
            let nearest = report.nearest.iter().map(|(word, cos)| format!("{word} {cos:.2}"));
            let nearest = nearest.collect::<Vec<_>>().join(", ");
            self.say(&format!(
                "Step {step}: loss on fixed noise {loss:.5}, cosine to the start {cosine:.3}, nearest {nearest}"
            ));
        }
    }

    fn scores(&mut self, report: &StepReport) {
        let said = [
            ("held-out loss", report.held_out_loss.map(|loss| format!("{loss:.5}"))),
            ("likeness", report.image_score.map(|score| format!("{score:.3}"))),
            ("obedience", report.text_score.map(|score| format!("{score:.3}"))),
        ];
        let said = said.into_iter().filter_map(|(what, figure)| Some(format!("{what} {}", figure?)));
        let said = said.collect::<Vec<_>>().join(", ");
        if !said.is_empty() {
            self.say(&format!("Step {}: {said}", report.step));
        }
    }

    /// Shows how far something is: a bar on a terminal, else a line now and then.
    fn advance(&mut self, what: &str, done: u64, of: u64, figures: String) {
        if what != self.what {
            self.clear();
            self.what = what.to_string();
            // What was done before is no measure of how fast it goes.
            let bar = ProgressBar::new(of).with_position(done);
            bar.reset_eta();
            // The template is a constant: were it wrong, the default style would do.
            let style = "{msg}: {pos}/{len} [{bar:30}] {per_sec}, {eta} left {prefix}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(what.to_string());
            self.said = Some(Instant::now());
            self.bar = Some(bar);
        }
        let Some(bar) = &self.bar else { return };
        bar.set_length(of);
        bar.set_position(done);
        bar.set_prefix(figures.clone());
        if bar.is_hidden() && self.said.is_none_or(|said| said.elapsed() > QUIET) {
            tell(&format!("{}\n", format!("{what}: {done} of {of} {figures}").trim_end()));
            self.said = Some(Instant::now());
        }
    }

    /// Prints a sentence above the bar.
    fn say(&self, sentence: &str) {
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.suspend(|| tell(&format!("{sentence}\n"))),
            _ => tell(&format!("{sentence}\n")),
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.what.clear();
    }
}

/// Why results could not be printed.
static UNPRINTED: OnceLock<io::Error> = OnceLock::new();

/// Prints to standard output. Nobody reading any more (`| head`) is no reason to end what runs; what else went wrong
/// is for [`printed`].
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        let _ = UNPRINTED.set(error);
    }
}

/// Whether all results were printed, to a file for example, which may lie on a full disk.
pub fn printed() -> Result<()> {
    let Some(error) = UNPRINTED.get() else { return Ok(()) };
    let again = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
    Err(unprinted(again))
}

/// That what was asked for could not be printed.
pub fn unprinted(error: io::Error) -> Error {
    Error::write(Path::new("the results to standard output"), error)
}

/// [`print()`] with an end of line.
pub fn print_line(text: &str) {
    print(&format!("{text}\n"));
}

/// Says something worth knowing before the engine was asked.
pub fn warn(json: bool, message: String) {
    Reporter::new(json).report(&Event::Warning { job: JOB, message });
}

/// Prints the event of a failure before the engine was asked.
pub fn failed(error: &Error) {
    let (message, exit_code) = (error.to_string(), error.exit_code());
    print_line(&to_json(&Event::Failed { job: JOB, message, exit_code }).to_string());
}

/// Prints to standard error.
pub fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn conclude(summary: &JobSummary) -> String {
    match summary {
        JobSummary::Learned {
            step, complete, out, word, fixed_noise_loss, kept, stopped, seconds, ..
        } => {
            let state = if *complete { "Learned" } else { "Stopped" };
            let loss = fixed_noise_loss.map_or_else(String::new, |[a, b]| {
                format!(" Loss on fixed noise from {a:.5} at the start to {b:.5}.")
            });
            let stopped = stopped.as_ref().map_or_else(String::new, |why| format!(" {why}"));
            let kept = kept
                .as_ref()
                .filter(|(kept, _)| kept != step)
                .map_or_else(String::new, |(step, why)| format!("\nThe word of step {step} is kept: {why}."));
            let memory = taken(summary);
            let (word, out) = (word.display(), out.display());
            format!(
                "{state} after {}, {seconds:.1} s{memory}.{stopped}{loss}{kept}\nThe word is {word}, its run {out}.\n",
                units::counted(*step, "step")
            )
        }
        JobSummary::Generated { count, seconds } => format!("{count} drawn in {seconds:.1} s.\n"),
        JobSummary::Edited { count, seconds, ranking } => {
            let line = |ranked: &Ranked| {
                let path = ranked.path.as_deref().map_or_else(String::new, |path| path.display().to_string());
                format!("{:.3} {path}\n", ranked.score)
            };
            let best = if ranking.is_empty() { "" } else { "By CLIP, the best first:\n" };
            let lines = ranking.iter().map(line).collect::<String>();
            format!("{count} drawn in {seconds:.1} s.\n{best}{lines}")
        }
        JobSummary::Evaluated { report } => table(report),
        JobSummary::Compared { comparison, .. } => compared(comparison),
        JobSummary::Tuned { step, complete, file, mean_loss, seconds } => {
            let state = if *complete { "Tuned" } else { "Stopped" };
            let loss = mean_loss.map_or_else(String::new, |loss| format!(" Mean loss {loss:.4}."));
            format!(
                "{state} after {}, {seconds:.1} s.{loss}\nWhat was learned is in {}.\n",
                units::counted(*step, "step"),
                file.display()
            )
        }
        JobSummary::Inverted { report, seconds } => inverted(report, *seconds),
        JobSummary::Measured { file, operations, changed, seconds: [before, now] } => format!(
            "{operations} operations measured; {changed} have a way that is clearly faster: {:.1} ms become {:.1} ms, each \
             done once. It is kept in {}.\n",
            before * 1e3,
            now * 1e3,
            file.display()
        ),
        JobSummary::Explained { out, .. } | JobSummary::Biased { out, .. } => {
            format!("The report is in {}.\n", out.display())
        }
        JobSummary::Mixed { word, recipe, vectors, lengths, usual, .. } => {
            let list = |lengths: &[f64]| {
                lengths.iter().map(|length| format!("{length:.3}")).collect::<Vec<_>>().join(" and ")
            };
            let vectors = units::counted(*vectors as u64, "vector");
            let usual = match usual.is_empty() {
                true => String::new(),
                false => format!("; the model's own words are {} long on average", list(usual)),
            };
            format!("{word} is {recipe}: {vectors}, {} long{usual}.\n", list(lengths))
        }
        JobSummary::Suggested { .. } | JobSummary::Written { .. } | JobSummary::Opened => String::new(),
    }
}

/// What memory learning is reckoned to take, with its largest parts.
fn reckoned(parts: &[(String, u64)], spared: bool) -> String {
    let all: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    let mut parts: Vec<&(String, u64)> = parts.iter().collect();
    parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let named = parts.iter().take(3).map(|(part, bytes)| format!("{part} {}", units::bytes(*bytes)));
    let how = if spared { ", sparing it" } else { "" };
    match parts.is_empty() {
        true => String::new(),
        false => format!(
            " Learning takes about {} of memory{how}: {} and less.",
            units::bytes(all),
            named.collect::<Vec<_>>().join(", ")
        ),
    }
}

/// What memory a run took, beside what it was reckoned to take.
fn taken(summary: &JobSummary) -> String {
    let JobSummary::Learned { peak_memory, used_memory, estimated_memory, .. } = summary else {
        return String::new();
    };
    let estimated = units::bytes(*estimated_memory);
    used_memory.or(*peak_memory).map_or_else(String::new, |bytes| {
        format!(", at most {} of memory ({estimated} were expected)", units::bytes(bytes))
    })
}

/// The scores as a small table.
fn table(report: &EvaluationReport) -> String {
    let figure = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.3}"));
    let EvaluateSettings { prompts, prompts_file, count, seed, .. } = &report.settings;
    let prompts = prompts_file.as_ref().map_or(prompts.to_string(), |file| file.display().to_string());
    let mut text = format!(
        "{} against {}, {count} drawn for each prompt of the set {prompts} from seed {seed}; mean and 95 % \
         interval.\n\
         {:20} {:24} {:24} {:14} diversity\n",
        report.word,
        units::counted(report.pictures as u64, "picture"),
        "",
        "image similarity",
        "text similarity",
        "of mean image"
    );
    for row in &report.subjects {
        let (image, obedience) = (cell(row.image_similarity), cell(row.text_similarity));
        let (of_mean, diversity) = (figure(row.text_of_mean), figure(row.diversity));
        text += &format!("{:20} {image} {obedience} {of_mean:14} {diversity}\n", row.subject);
    }
    text
}

/// The methods of a comparison as a small table.
fn compared(comparison: &Comparison) -> String {
    let mut text = format!("{:20} {:24} {:24} seconds\n", "", "image similarity", "text similarity");
    for row in by_method(&comparison.points) {
        let (image, obedience) = (cell(row.image), cell(row.text));
        text += &format!("{:20} {image} {obedience} {:.1}\n", row.method, row.seconds);
    }
    comparison.left_out.iter().for_each(|left_out| text += &format!("{left_out}\n"));
    text
}

/// A mean with its interval.
fn cell(score: Option<Score>) -> String {
    format!("{:24}", score.map_or_else(|| "-".into(), |score| score.to_string()))
}

/// How near the picture came back.
fn inverted(report: &InversionReport, seconds: f64) -> String {
    let near = |picture: &LikePicture, to: &str| {
        let near = picture.psnr.map_or("the same as".to_owned(), |psnr| format!("{psnr:.2} dB from"));
        format!("{:24} {near} {to}\n", picture.file)
    };
    let mut text = String::new();
    text.extend(report.autoencoder.as_ref().map(|picture| near(picture, "the picture")));
    let again = report.round_trip.iter().chain(report.null_texts.iter().map(|text| &text.picture));
    again.for_each(|picture| text += &near(picture, AUTOENCODER));
    let edits = units::counted(report.edits.len() as u64, "other picture");
    text + &format!("Inverted, and {edits} drawn from its noise, in {seconds:.1} s.\n")
}

fn describe(info: &DeviceInfo) -> String {
    let memory = info.memory.map_or_else(String::new, |bytes| format!(", {}", units::bytes(bytes)));
    let software = match (info.software, info.is_remote()) {
        (true, true) => ", slow",
        (true, false) => ", a software driver: slow",
        _ => "",
    };
    format!("{} ({}, {}{memory}{software})", info.name, info.kind, info.api)
}

/// What a script reads; of an event all but its pictures, with the field `event`.
pub fn to_json(what: &impl Serialize) -> Value {
    // Whatever is told can be written: paths as text, and names for keys.
    serde_json::to_value(what)
        .unwrap_or_else(|error| json!({"event": "warning", "message": error.to_string()}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_one_line_and_names_the_event() {
        let event = Event::Warning { job: 1, message: "two\nlines".into() };
        let text = to_json(&event).to_string();
        assert!(!text.contains('\n'));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["event"], "warning");
    }

    /// Linux takes any bytes for a name, and JSON does not.
    #[cfg(unix)]
    #[test]
    fn scripts_are_told_of_what_lies_where_a_name_is_no_text() {
        use std::os::unix::ffi::OsStrExt as _;

        let odd = || std::path::PathBuf::from(std::ffi::OsStr::from_bytes(b"odd \xff"));
        let (job, image, seed) = (1, image::RgbImage::default, 3);
        let finished = |summary| Event::Finished { job, summary };
        let report = EvaluationReport {
            word: "<a>".into(),
            initial_word: None,
            pictures: 3,
            settings: EvaluateSettings { prompts_file: Some(odd()), ..EvaluateSettings::default() },
            subjects: Vec::new(),
        };
        let ranked = Ranked { index: 0, path: Some(odd()), score: 0.5 };
        for (event, name) in [
            (Event::LearnStarted { job, run: RunInfo { out: odd(), ..RunInfo::default() } }, "learn-started"),
            (Event::Preview { job, step: 1, prompt: "a".into(), image: image(), path: odd() }, "preview"),
            (Event::Image { job, index: 0, seed, image: image(), path: Some(odd()) }, "image"),
            (Event::Saved { job, path: odd() }, "saved"),
            (finished(JobSummary::Edited { count: 1, seconds: 1.0, ranking: vec![ranked] }), "finished"),
            (finished(JobSummary::Evaluated { report }), "finished"),
            (finished(JobSummary::Compared { out: odd(), comparison: Comparison::default() }), "finished"),
            (
                finished(JobSummary::Measured { file: odd(), operations: 1, changed: 0, seconds: [1.0; 2] }),
                "finished",
            ),
            (finished(JobSummary::Written { path: odd() }), "finished"),
            (
                finished(JobSummary::Tuned {
                    step: 1,
                    complete: true,
                    file: odd(),
                    mean_loss: None,
                    seconds: 1.0,
                }),
                "finished",
            ),
        ] {
            let told = to_json(&event);
            assert!(told["event"] == name && told.to_string().contains("odd \u{fffd}"), "{told}");
        }
        let image = to_json(&Event::Image { job, index: 0, seed, image: image(), path: None });
        assert!(image["path"].is_null() && image["seed"] == seed, "{image}");
    }

    #[test]
    fn previews_being_drawn_are_told_of_once() {
        let image = image::RgbImage::new(1, 1);
        let latents = Event::Latents { job: 1, index: 0, step: 1, steps: 2, image };
        let mut reporter = Reporter { learning: true, ..Reporter::new(false) };
        reporter.report(&latents);
        assert_eq!(reporter.what, "");
        reporter.learning = false;
        reporter.report(&latents);
        assert_eq!(reporter.what, "drawing picture 1");
    }

    #[test]
    fn what_is_said_fits_what_it_is_said_of() {
        let device = |api: &str, kind: &str| {
            let software = true;
            describe(&DeviceInfo {
                name: "x".into(),
                api: api.into(),
                kind: kind.into(),
                software,
                ..DeviceInfo::default()
            })
        };
        assert_eq!(
            device("remote", "another machine's processor"),
            "x (another machine's processor, remote, slow)"
        );
        assert_eq!(device("gl", "software"), "x (software, gl, a software driver: slow)");
        let (file, mean_loss) = ("lora.safetensors".into(), None);
        let one = JobSummary::Tuned { step: 1, complete: true, file, mean_loss, seconds: 2.0 };
        assert!(conclude(&one).starts_with("Tuned after 1 step, 2.0 s."), "{}", conclude(&one));
    }

    #[test]
    fn what_comes_of_a_run_is_said_in_full() {
        let summary = JobSummary::Learned {
            step: 7,
            complete: false,
            out: "run".into(),
            word: "run/cat.safetensors".into(),
            fixed_noise_loss: Some([0.5, 0.25]),
            kept: None,
            stopped: None,
            seconds: 1.5,
            peak_memory: Some(2_000_000_000),
            estimated_memory: 1_900_000_000,
            used_memory: None,
        };
        let text = conclude(&summary);
        for part in [
            "Stopped after 7 steps",
            "2.0 GB of memory (1.9 GB were expected)",
            "0.50000 at the start to 0.25000",
            "run/cat.safetensors",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
