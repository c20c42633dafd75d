//! What the engine says, taken into the window's state. The length is that of the list of what it says.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Update;
use super::edits::{take_ranking, take_result};
use crate::action::Effect;
use crate::language::sentences::said;
use crate::state::{AppState, Came, GridView, Job, JobKind, LatentPreview, RunView, Severity};
use crate::texture::reduced;
use crate::work_ahead::Pace;
use base::Error;
use disk::message::{PreviewPicture, THUMBNAIL, Task};
use engine::message::{Command, DeviceChoice, Event, JobId, JobSummary, StepReport};

/// The part of the old mean kept in the seconds for one unit.
const CALM: f64 = 0.9;

impl Update<'_> {
    pub(super) fn event(&mut self, event: Event) {
        if let Event::Failed { job: 0, message, .. } = &event
            && self.state.device.is_none()
            && std::mem::take(&mut self.state.remembered)
        {
            self.warn(t!("engine-device-gone", message = said(message)));
            return self.effects.push(Effect::StartEngine(DeviceChoice::Auto));
        }
        if self.told_by_comparison(&event) {
            return;
        }
        self.follow(&event);
        let mix = self.end_of_mix(&event);
        apply(self.state, event);
        if let Some(end) = mix {
            self.mixed(end);
        }
    }

    /// What an event calls for beside being shown.
    fn follow(&mut self, event: &Event) {
        match event {
            Event::LearnStarted { .. } => self.disk(Task::ListRuns),
            Event::Saved { path, .. } => self.follow_comparison(path),
            Event::Finished {
                job,
                summary:
                    summary @ (JobSummary::Evaluated { .. }
                    | JobSummary::Biased { .. }
                    | JobSummary::Explained { .. }
                    | JobSummary::Compared { .. }),
            } => self.take_found(*job, summary),
            Event::Finished { summary: JobSummary::Learned { out, .. }, .. } => {
                // The library may have a word of its name already.
                self.state.fresh_run = Some(out.clone());
                self.disk(Task::AddWord { run: out.clone(), step: None, likeness: 1.0 });
                self.disk(Task::ListRuns);
                self.disk(Task::OpenRun(out.clone()));
            }
            Event::Failed { job, .. } if self.state.run.job == Some(*job) => {
                // Its word is on the disk all the same; the person decides whether to go on.
                let folder = self.state.run.folder().unwrap_or(Path::new("")).to_path_buf();
                self.disk(Task::ListRuns);
                self.disk(Task::OpenRun(folder));
            }
            _ => {}
        }
    }
}

fn apply(state: &mut AppState, event: Event) {
    if let Some(job) = job_of(&event).and_then(|id| state.jobs.iter_mut().find(|job| job.id == id)) {
        let begins = !std::mem::replace(&mut job.begun, true);
        match &job.kind {
            JobKind::Grid { id, rows, columns } if begins => {
                if state.grid.as_ref().is_none_or(|view| view.id != *id) {
                    state.grid = Some(GridView::new(*id, rows.clone(), columns.clone()));
                }
                (state.came, state.aside) = (Came::Grid(*id), false);
            }
            JobKind::Draw { .. } if begins => state.aside = false,
            _ => {}
        }
    }
    if matches!(event, Event::Device { .. } | Event::Warning { job: 0, .. } | Event::Failed { job: 0, .. }) {
        state.connecting = None;
    }
    match event {
        Event::Device { device } => {
            state.device = Some(device);
            state.engine_gone = None;
        }
        Event::Devices { devices } => state.devices = Some(devices),
        Event::Queue { waiting, held } => {
            state.held = held;
            state.follow_order(&waiting);
        }
        Event::Pace { job, seconds } => {
            let known = state.jobs.iter().find(|known| known.id == job);
            state.pace = known.and_then(|job| Pace::of(job, seconds));
            with_job(state, job, |job| job.keep_pace(seconds));
        }
        Event::Loading { job, what, fraction } => {
            // The bar of a run shows its steps, not what is loaded for a preview; that of drawings all their pictures.
            let learning = state.run.info.is_some() && state.run.job == Some(job);
            with_job(state, job, |job| {
                job.doing = t!("doing-loading", what = said(&what));
                if !learning && job.drawn == 0 {
                    job.progress = Some(((fraction * 100.0) as u64, 100));
                }
            });
        }
        Event::ModelReady { model, .. } => state.model = Some(model),
        Event::LearnStarted { job, run } => {
            let same = state.run.folder() == Some(run.out.as_path());
            if !same {
                state.run = RunView::default();
            }
            // What an interrupted run had beyond its newest checkpoint is learned again.
            state.run.rows.retain(|row| row.step <= run.step);
            state.run.checkpoints.retain(|step| *step <= run.step);
            state.run.previews.retain(|preview| preview.step <= run.step);
            state.run.best.take_if(|best| best.step > run.step);
            state.run.last.take_if(|last| last.step > run.step);
            with_job(state, job, |job| {
                job.progress = Some((run.step, run.steps));
                job.doing = t!("doing-learning").to_owned();
            });
            state.run.job = Some(job);
            state.run.info = Some(run);
        }
        Event::Step { job, report } => step(state, job, report),
        Event::Undone { step, .. } => state.run.rows.retain(|row| row.step != step),
        Event::Preview { job, step, image, path, .. } => {
            let index = state.run.previews.iter().filter(|preview| preview.step == step).count();
            let index = index_in_name(&path).unwrap_or(index);
            state.run.previews.retain(|old| (old.step, old.index) != (step, index));
            state.run.previews.push(PreviewPicture { step, index, path: path.clone() });
            state.run.previews.sort_by_key(|preview| (preview.step, preview.index));
            state.run.latent_preview = None;
            // Another one may have had its name: of a run that is gone, or of a step that was learned before.
            state.full.forget_below(&path);
            keep_small(state, &path, &Arc::new(image));
            with_job(state, job, |job| job.doing = t!("doing-learning").to_owned());
        }
        Event::Latents { job, index, step, steps, image } => latents(state, job, index, [step, steps], image),
        Event::Image { job, index, image, path, .. } => drawn(state, (job, index), Arc::new(image), path),
        Event::Progress { job, what, done, of } => {
            let learning = state.run.info.is_some() && state.run.job == Some(job);
            with_job(state, job, |job| {
                // The bar of a run shows its steps, not the parts of a preview; that of drawings all their pictures.
                if learning || job.kind.pictures() > 0 {
                    job.doing = t!("doing-part", what = said(&what), done = done, of = of);
                } else {
                    (job.doing, job.progress) = (what, Some((done, of)));
                }
            });
        }
        Event::Paused { job, reason } => {
            with_job(state, job, |job| job.paused = true);
            if !reason.is_empty() {
                state.notify(Severity::Warning, reason);
            }
        }
        Event::Waiting { job, before } => {
            with_job(state, job, |job| job.doing = t!("doing-others", others = before));
        }
        Event::Resumed { job } => with_job(state, job, |job| job.paused = false),
        Event::Saved { job, path } => saved(state, job, path),
        Event::Kept { job, step } if state.run.job == Some(job) => {
            let steps = &mut state.run.checkpoints;
            steps.push(step);
            steps.sort_unstable();
            steps.dedup();
        }
        Event::Kept { .. } => {}
        Event::Warning { message, .. } => state.notify(Severity::Warning, message),
        Event::Failed { job, message, exit_code } => {
            if job == 0 {
                state.engine_gone = Some(message.clone());
            }
            // A run goes on from its page.
            let goes_on =
                |known: &&Job| known.kind.pictures() > 0 || matches!(known.kind, JobKind::Compare(_));
            let broken = state.jobs.iter().find(|known| known.id == job && goes_on(known));
            if exit_code == Error::device("", "").exit_code() {
                state.broken_off.extend(broken.and_then(|broken| broken.rest(None)));
            }
            end(state, job);
            if exit_code != Error::Cancelled.exit_code() {
                state.notify(Severity::Error, message);
            }
        }
        Event::Finished { job, summary } => finished(state, job, summary),
    }
}

fn job_of(event: &Event) -> Option<JobId> {
    match event {
        Event::Loading { job, .. }
        | Event::ModelReady { job, .. }
        | Event::LearnStarted { job, .. }
        | Event::Step { job, .. }
        | Event::Latents { job, .. }
        | Event::Progress { job, .. }
        | Event::Paused { job, .. }
        | Event::Waiting { job, .. } => Some(*job),
        _ => None,
    }
}

fn with_job(state: &mut AppState, id: JobId, change: impl FnOnce(&mut Job)) {
    if let Some(job) = state.jobs.iter_mut().find(|job| job.id == id) {
        change(job);
    }
}

fn step(state: &mut AppState, job: JobId, report: StepReport) {
    with_job(state, job, |job| {
        job.doing = t!("doing-learning").to_owned();
        job.progress = Some((report.step, report.steps));
        let before = job.seconds_each.unwrap_or(report.seconds);
        job.seconds_each = Some(CALM * before + (1.0 - CALM) * report.seconds);
    });
    state.run.latent_preview = None;
    state.run.best = report.best.clone().or(state.run.best.take());
    if !report.nearest.is_empty() {
        state.run.nearest.clone_from(&report.nearest);
    }
    state.run.rows.push(report.row());
    state.run.last = Some(report);
}

fn latents(
    state: &mut AppState,
    job: JobId,
    index: usize,
    [step, steps]: [usize; 2],
    image: image::RgbImage,
) {
    let latent_preview = Some(LatentPreview { job, index, step, steps, picture: Arc::new(image) });
    if state.run.job == Some(job) {
        state.run.latent_preview = latent_preview;
        return;
    }
    state.latent_preview = latent_preview;
    if let Some(run) = state.run.job {
        with_job(state, run, |run| run.doing = t!("doing-waiting").to_owned());
    }
    with_job(state, job, |job| {
        job.doing = t!("doing-drawing").to_owned();
        let count = job.kind.pictures().max(index + 1);
        job.progress = Some(((index * steps + step) as u64, (count * steps) as u64));
    });
}

fn drawn(
    state: &mut AppState,
    (id, index): (JobId, usize),
    picture: Arc<image::RgbImage>,
    path: Option<PathBuf>,
) {
    with_job(state, id, |job| {
        job.drawn = index + 1;
        // If it breaks off, its sheet is put together with what is there already.
        if let (Some(Command::Grid { request, .. }), Some(path)) = (job.command.as_deref_mut(), &path)
            && let Some(sheet) = &mut request.sheet
        {
            sheet.files.insert(index, path.clone());
        }
    });
    state.latent_preview = None;
    let kind = state.jobs.iter().find(|job| job.id == id).map(|job| &job.kind);
    if let Some(JobKind::Mix { .. }) = kind {
        return state.mixing.show(index, picture);
    }
    let Some(path) = path else { return };
    if let Some(JobKind::Grid { id, .. }) = kind
        && let Some(view) = state.grid.as_mut().filter(|view| view.id == *id)
        && let Some(cell) = view.cells.get_mut(index)
    {
        *cell = Some(path.clone());
    }
    let of_edit = match kind {
        Some(JobKind::Edit { folder, step, .. }) => Some((folder.clone(), *step)),
        _ => None,
    };
    let plain = matches!(kind, Some(JobKind::Draw { .. }));
    keep_small(state, &path, &picture);
    state.full.insert(path.clone(), Some(Arc::clone(&picture)));
    if let Some((folder, step)) = of_edit {
        return take_result(state, &folder, step, path);
    }
    state.put_first(path.clone());
    if state.aside {
        return;
    }
    state.shown = Some(disk::message::DrawnPicture { path, picture, info: None });
    if plain {
        state.came = Came::Picture(state.new_name());
    }
}

/// The picture of a whole grid is one of the gallery.
fn saved(state: &mut AppState, id: JobId, path: PathBuf) {
    let grid = state.jobs.iter().any(|job| job.id == id && matches!(job.kind, JobKind::Grid { .. }));
    if grid && path.extension().is_some_and(|ending| ending == "png") {
        state.notify(Severity::Info, t!("engine-grid-saved", file = path.display()));
        state.put_first(path);
    }
}

/// Keeps a small copy of what is here already, so that it can be shown before the disk has been asked.
fn keep_small(state: &mut AppState, path: &Path, picture: &Arc<image::RgbImage>) {
    let copy = match reduced(picture, THUMBNAIL) {
        Cow::Borrowed(_) => {
            state.full.insert(path.to_path_buf(), Some(Arc::clone(picture)));
            Arc::clone(picture)
        }
        Cow::Owned(copy) => Arc::new(copy),
    };
    state.thumbnails.insert(path.to_path_buf(), Some(copy));
}

fn finished(state: &mut AppState, job: JobId, summary: JobSummary) {
    let kind = state.jobs.iter().find(|known| known.id == job).map(|job| job.kind.clone());
    if let (Some(JobKind::Edit { folder, .. }), JobSummary::Edited { ranking, .. }) = (&kind, &summary) {
        take_ranking(state, folder, ranking);
    }
    if let (Some(JobKind::Suggest(concept)), JobSummary::Suggested { words }) = (kind, &summary) {
        state.suggested = Some((concept, words.iter().map(|found| found.word.clone()).collect()));
    }
    end(state, job);
    if let JobSummary::Measured { changed, seconds: [before, now], .. } = &summary {
        let text = match changed {
            0 => t!("engine-measured-best").to_owned(),
            _ => t!("engine-measured", percent = format!("{:.0}", 100.0 * now / before)),
        };
        state.notify(Severity::Info, text);
    }
    if let JobSummary::Learned { step, complete, fixed_noise_loss, kept, stopped, .. } = &summary {
        let word = state.run.word().unwrap_or(t!("engine-word")).to_owned();
        let gain = fixed_noise_loss.filter(|[first, last]| last < first);
        let text = match (complete, gain) {
            (true, Some([first, last])) => {
                let percent = 100.0 * (first - last) / first;
                t!("engine-learned-better", word = word, percent = format!("{:.0}", percent))
            }
            (true, None) => t!("engine-learned", word = word),
            (false, _) => {
                t!("engine-stopped", word = word, step = step)
            }
        };
        let stopped =
            stopped.as_ref().map_or_else(String::new, |why| t!("engine-stopped-itself", why = said(why)));
        let kept = kept.as_ref().filter(|(kept, _)| kept != step);
        let kept =
            kept.map_or_else(String::new, |(step, why)| t!("engine-kept", step = step, why = said(why)));
        state.notify(Severity::Info, format!("{text}{stopped}{kept}"));
    }
}

/// Takes a job off the list.
fn end(state: &mut AppState, job: JobId) {
    state.jobs.retain(|other| other.id != job);
    if let Some(run) = state.jobs.iter_mut().find(|other| other.doing == t!("doing-waiting")) {
        run.doing = t!("doing-learning").to_owned();
    }
    if state.run.job == Some(job) {
        state.run.job = None;
        state.run.latent_preview = None;
    }
    if state.latent_preview.as_ref().is_some_and(|latent_preview| latent_preview.job == job) {
        state.latent_preview = None;
    }
    state.aside &= state.is_drawing();
    state.let_empty_grid_go();
}

/// The number of the prompt in `previews/NNNNNN_i.png`.
fn index_in_name(path: &Path) -> Option<usize> {
    path.file_stem()?.to_str()?.split_once('_')?.1.parse().ok()
}
