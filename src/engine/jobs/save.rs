//! The job of writing a word of a run as a file that other programs read.

use crate::context::JobContext;
use crate::export;
use crate::message::{Event, JobSummary, SaveRequest};
use base::Result;
use project::RunFolder;

pub fn run(request: SaveRequest, context: &mut JobContext<'_>) -> Result<JobSummary> {
    let folder = RunFolder::open(&request.run)?;
    let checkpoint = match request.step {
        Some(step) => folder.checkpoint(step)?,
        None => {
            let latest = folder.word_checkpoint()?;
            if latest.checkpoint.is_some() {
                context.warn_all(latest.skipped.iter().map(ToString::to_string));
            }
            latest.word(&request.run)?
        }
    };
    export::tell_unsigned(context);
    let manifest = folder.manifest()?;
    let checkpoint = export::towards_start(&folder, checkpoint, request.likeness)?;
    export::write(&request.path, &manifest, &checkpoint, request.likeness, request.format)?;
    for path in export::files(&request.path, &manifest, request.format) {
        context.send(Event::Saved { job: context.job, path });
    }
    if request.receipt {
        let path = export::write_receipt(&request.path, &manifest, &checkpoint, request.likeness)?;
        context.send(Event::Saved { job: context.job, path });
    }
    Ok(JobSummary::Written { path: request.path })
}
