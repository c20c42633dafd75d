//! `pseudoword fetch`: downloads a model of the list, or the rest of one.
//!
//! Size and licence are said first. Ctrl-C keeps what has come; the same line goes on with it.

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::job::stop_flag;
use super::progress::{print_line, tell, to_json};
use ::models::discovery::Environment;
use ::models::download::{self, DOWNLOADS, Download, DownloadRequest, FetchState, Hub, Progress};
use base::{Error, Result, places, units};
use project::DataDir;

#[derive(Debug, Args)]
pub struct FetchArguments {
    /// Which model; see --list
    #[arg(value_parser = DOWNLOADS.iter().map(|d| d.id).collect::<Vec<_>>())]
    id: Option<String>,
    /// List the models that can be downloaded, with size and licence
    #[arg(long)]
    list: bool,
    /// The folder to put the model's folder into [default: where the window keeps its downloads]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Throw away what has come of an unfinished download
    #[arg(long)]
    discard: bool,
    /// Print one event a line as JSON
    #[arg(long)]
    pub(super) json: bool,
}

pub fn run(arguments: &FetchArguments) -> Result<()> {
    let models = arguments.out.clone().unwrap_or_else(|| DataDir::usual().models());
    let id = arguments.id.as_deref().filter(|_| !arguments.list);
    if id.is_none() && !arguments.list {
        let ids = DOWNLOADS.iter().map(|download| download.id).collect::<Vec<_>>().join(", ");
        return Err(Error::input(
            "No model is named",
            format!("Name one of {ids}; --list says what they are."),
        ));
    }
    let Some(download) = id.and_then(download::find) else {
        list(&models, arguments.json);
        return Ok(());
    };
    if arguments.discard {
        return download::discard(&models, download);
    }
    let (size, licence, url) = (units::bytes(download.bytes), download.licence, download.licence_url);
    tell(&format!("{}, about {size}, under the {licence}:\n{url}\n", download.name));
    places::expect_folder(&models)?;
    let hub = Hub::usual(&Environment::here())?;
    let stop = stop_flag("Stopping; what has come is kept. Press Ctrl-C again to end at once.\n")?;
    let bar = ProgressBar::new(download.bytes);
    // The template is a constant: were it wrong, the default style would do.
    if let Ok(style) = ProgressStyle::with_template("{bytes}/{total_bytes} [{bar:30}] {prefix} {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    // Where no bar is seen, each reason to wait is told once.
    let mut said = None;
    let fetched = download::fetch(DownloadRequest {
        download,
        models: &models,
        hub: &hub,
        space: &|folder| fs4::available_space(folder),
        stop: &stop,
        tell: &mut |progress| {
            if arguments.json {
                print_line(&json!({"event": "fetching", "progress": progress}).to_string());
            } else {
                show(&bar, &progress);
                if let (true, FetchState::Retrying { seconds, why }) = (bar.is_hidden(), &progress.state)
                    && said.as_ref() != Some(why)
                {
                    tell(&format!("{why} Again in {seconds} s.\n"));
                    said = Some(why.clone());
                }
            }
        },
    });
    bar.finish_and_clear();
    if matches!(fetched, Err(Error::Cancelled)) {
        tell("The same command goes on with what has come.\n");
    }
    let path = fetched?;
    if arguments.json {
        print_line(
            &json!({"event": "fetched", "id": download.id, "path": path.to_string_lossy()}).to_string(),
        );
    } else {
        print_line(&path.display().to_string());
    }
    Ok(())
}

fn show(bar: &ProgressBar, progress: &Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
    let speed = progress.bytes_per_second;
    let left = progress.seconds_left.map_or_else(String::new, |s| format!(", {}:{:02} left", s / 60, s % 60));
    bar.set_prefix(if speed > 0.0 { format!("{:.1} MB/s{left}", speed / 1e6) } else { String::new() });
    bar.set_message(match &progress.state {
        FetchState::Listing => "asking which files there are".into(),
        FetchState::Checking => format!("checking {}", progress.file),
        FetchState::Retrying { seconds, why } => format!("{why} Again in {seconds} s."),
        FetchState::Downloading | FetchState::Paused => progress.file.clone(),
    });
}

fn list(models: &std::path::Path, json: bool) {
    for card in download::cards(models) {
        if json {
            print_line(&to_json(&card).to_string());
            continue;
        }
        let state = match (&card.here, card.unfinished) {
            (Some(path), _) => format!("\n       here: {}", path.display()),
            (None, Some(bytes)) => format!("\n       begun: {} of it are here", units::bytes(bytes)),
            (None, None) => String::new(),
        };
        let Download { id, name, sentence, licence, licence_url, .. } = card.download;
        let size = units::bytes(card.download.bytes);
        print_line(&format!(
            "{id:6} {name}, about {size}\n       {sentence}\n       {licence}: {licence_url}{state}"
        ));
    }
}
