//! Runs on the disk: listed, read, their curve written out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::message::{Answer, Collection, PreviewPicture, RunCard, RunDetails};
use super::{folders, small, sorted_out};
use base::atomic::write_atomic;
use base::{Error, Result};
use project::draft::free_folder;
use project::files::inside;
use project::picture::open_picture;
use project::run::MANIFEST;
use project::verdict;
use project::{DataDir, Draft, RunFolder};

/// Side of the small picture on a card.
const SMALL: u32 = 96;

pub(super) fn list(home: &DataDir) -> Result<Vec<Answer>> {
    let runs = folders(&home.runs()).into_iter().filter(|folder| folder.join(MANIFEST).is_file());
    let read = runs.map(|folder| (folder.clone(), card(&folder)));
    let (mut cards, damaged): (Vec<RunCard>, _) = sorted_out(read);
    cards.sort_by_key(|card| std::cmp::Reverse((card.created, card.folder.clone())));
    Ok(vec![Answer::Runs(cards), Answer::Damaged(Collection::Runs, damaged)])
}

fn card(folder: &Path) -> Result<RunCard> {
    let run = RunFolder::open(folder)?;
    let manifest = run.manifest()?;
    let status = run.status()?;
    let picture = preview_up_to(folder, u64::MAX).and_then(|path| open_picture(&path).ok());
    let measured_since = manifest.measured_since();
    Ok(RunCard {
        folder: folder.to_path_buf(),
        concept: manifest.concept,
        model: manifest.model,
        state: status.state,
        locked: run.is_locked(),
        left: run.is_left(),
        step: status.step,
        steps: manifest.settings.steps,
        created: manifest.created,
        message: status.message,
        measured_since,
        device: manifest.device,
        settings: manifest.settings,
        step_seconds: run.step_seconds(),
        picture: picture.map(|picture| Arc::new(small(picture, SMALL))),
    })
}

/// The previews of a run: step, prompt and file, in that order.
fn preview_files(folder: &Path) -> Vec<(u64, usize, PathBuf)> {
    let parse = |path: PathBuf| {
        let (step, index) = path.file_stem()?.to_str()?.split_once('_')?;
        let png = path.extension().is_some_and(|ending| ending == "png");
        Some((step.parse().ok()?, index.parse().ok()?, path.clone())).filter(|_| png)
    };
    let mut files: Vec<_> = inside(&folder.join("previews")).filter_map(parse).collect();
    files.sort();
    files
}

/// The newest preview of the first prompt that was drawn at or before a step.
pub(super) fn preview_up_to(folder: &Path, step: u64) -> Option<PathBuf> {
    let found = preview_files(folder).into_iter().rfind(|(drawn, index, _)| *drawn <= step && *index == 0);
    found.map(|(_, _, path)| path)
}

pub(super) fn open(folder: &Path) -> Result<Vec<Answer>> {
    let run = RunFolder::open(folder)?;
    let mut notes = Vec::new();
    let rows = run.losses().unwrap_or_else(|error| {
        notes.push(Answer::Refused(error.to_string()));
        Vec::new()
    });
    let preview = |(step, index, path)| PreviewPicture { step, index, path };
    let previews = preview_files(folder).into_iter().map(preview).collect();
    let best = verdict::best(&rows, run.manifest()?.initial_scores);
    let details = RunDetails { card: card(folder)?, rows, previews, checkpoints: run.checkpoints()?, best };
    notes.push(Answer::Run(Box::new(details)));
    Ok(notes)
}

/// Writes what was decided about a concept and names the folder of its next run.
pub(super) fn begin(home: &DataDir, draft: &Draft) -> Result<PathBuf> {
    draft.save()?;
    Ok(free_folder(&home.runs(), &draft.concept.file_stem()))
}

pub(super) fn export_curve(folder: &Path, to: PathBuf) -> Result<Vec<Answer>> {
    let rows = RunFolder::open(folder)?.losses()?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let refuse = |e: &dyn std::fmt::Display| Error::Internal(format!("the curve could not be written ({e})"));
    for row in &rows {
        writer.serialize(row).map_err(|e| refuse(&e))?;
    }
    write_atomic(&to, &writer.into_inner().map_err(|e| refuse(&e))?)?;
    Ok(vec![Answer::Written(to)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preview_up_to_a_step_is_found_however_large_the_step_is() {
        let folder = tempfile::tempdir().unwrap();
        let previews = folder.path().join("previews");
        assert_eq!(preview_up_to(folder.path(), u64::MAX), None);
        std::fs::create_dir(&previews).unwrap();
        for name in
            ["000100_0.png", "000100_1.png", "000200_0.png", "000300_1.png", "000250_0.txt", "1234567_0.png"]
        {
            std::fs::write(previews.join(name), "").unwrap();
        }
        for (step, name) in [
            (99, None),
            (100, Some("000100_0.png")),
            (400, Some("000200_0.png")),
            (u64::MAX, Some("1234567_0.png")),
        ] {
            assert_eq!(preview_up_to(folder.path(), step), name.map(|name| previews.join(name)), "{step}");
        }
    }
}
