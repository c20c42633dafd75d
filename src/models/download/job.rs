//! Fetching a whole model: what the server has of it, whether there is room, each file, and the name at the end.
//!
//! The wait between tries doubles; a connection that brings a fair amount each time is never given up. The length is
//! that of a download from its first question to its last file, which reads best in one piece.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::checksum::Checksum;
use super::faults::{self, CONNECTION, Fault};
use super::hub::Hub;
use super::list::Download;
use super::partial_file::{self, PartialFile, RepoFile};
use super::response::{Request, Response};
use super::transfer;
use base::atomic::patiently;
use base::{Error, Result, json, units};

/// The longest answer about a repository that is read, in bytes.
const LONGEST_ANSWER: usize = 8 << 20;
/// Room that is left on the disk, in bytes.
const RESERVE: u64 = 64 << 20;
/// New bytes that make a failure count as the first one.
const FAIR: u64 = 64 << 10;
/// How often progress is told.
const TELL: Duration = Duration::from_millis(200);
/// Over how long the speed is measured.
const SPAN: Duration = Duration::from_secs(5);

/// How a download stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// Which model, as [`Download::id`] names it.
    pub id: &'static str,
    /// Bytes that are here.
    pub done: u64,
    /// Bytes in all; what the list says until the server has said it exactly.
    pub total: u64,
    /// How fast it comes, over the last few seconds.
    pub bytes_per_second: f64,
    /// About how long it will take, in seconds, if that can be told.
    pub seconds_left: Option<u64>,
    /// What is being done.
    pub state: FetchState,
    /// The file at work, as the server calls it; empty between files.
    pub file: String,
}

/// What is being done for a download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum FetchState {
    /// The server is asked which files there are.
    Listing,
    /// Bytes are coming.
    Downloading,
    /// What is here is compared with its checksum.
    Checking,
    /// The connection failed; it is tried again soon.
    Retrying {
        /// In how many seconds.
        seconds: u64,
        /// What happened, as a sentence.
        why: String,
    },
    /// The artist has it wait; what came is kept.
    Paused,
}

/// A model to fetch.
pub struct DownloadRequest<'a> {
    /// Which.
    pub download: &'static Download,
    /// The folder of models; it is made if need be.
    pub models: &'a Path,
    /// From where.
    pub hub: &'a Hub,
    /// How many bytes are free where a folder is; `fs4::available_space`.
    pub space: &'a dyn Fn(&Path) -> io::Result<u64>,
    /// Set to stop; what has come is kept.
    pub stop: &'a AtomicBool,
    /// Hears how it stands, a few times a second.
    pub tell: &'a mut dyn FnMut(Progress),
}

/// Fetches a model, or the rest of one, and gives its folder; [`Error::Cancelled`] after `stop`, [`Error::Network`] if
/// the server or the connection fails, if there is no room, or if a file is not what it should be.
pub fn fetch(request: DownloadRequest<'_>) -> Result<PathBuf> {
    let folder = request.download.folder(request.models);
    if folder.is_dir() {
        return Ok(folder);
    }
    let staging = request.download.staging(request.models);
    fs::create_dir_all(&staging).map_err(|e| over(faults::disk(&staging, e)))?;
    let (_lock, lock) = claim(&staging)?;
    let total = request.download.bytes;
    let now = Instant::now();
    let mut job =
        DownloadJob { request, staging, total, done: 0, file: "", told: None, samples: vec![(now, 0)] };
    job.run().map_err(over)?;
    patiently(|| fs::rename(&job.staging, &folder)).map_err(|e| Error::write(&folder, e))?;
    #[cfg(unix)]
    let _ = File::open(job.request.models).and_then(|models| models.sync_all());
    let _ = fs::remove_file(lock);
    Ok(folder)
}

/// Throws away what has come of an unfinished download; refuses if it is being downloaded.
pub fn discard(models: &Path, download: &Download) -> Result<()> {
    let staging = download.staging(models);
    if !staging.is_dir() {
        return Ok(());
    }
    let (_lock, lock) = claim(&staging)?;
    fs::remove_dir_all(&staging).map_err(|e| Error::write(&staging, e))?;
    let _ = fs::remove_file(lock);
    Ok(())
}

/// How many bytes of an unfinished download are here.
pub fn unfinished(models: &Path, download: &Download) -> Option<u64> {
    let staging = download.staging(models);
    let paths = || download.files.iter().flat_map(|wanted| wanted.paths);
    staging.is_dir().then(|| paths().map(|path| partial_file::length(&staging, path)).sum())
}

/// Makes sure that no other window downloads the same. The lock lies beside the folder, which is renamed at the end.
fn claim(staging: &Path) -> Result<(File, PathBuf)> {
    let path = staging.with_extension("lock");
    let file = File::create(&path).map_err(|e| Error::write(&path, e))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let remedy = "Wait for it, or stop it there.";
            Err(Error::network("Another window of this program downloads this model already", remedy))
        }
        // A disk that knows no locks is no reason not to download.
        Err(TryLockError::Error(_)) | Ok(()) => Ok((file, path)),
    }
}

fn over(fault: Fault) -> Error {
    match fault {
        Fault::Fatal(error) => error,
        Fault::Stopped => Error::Cancelled,
        Fault::Retry(why, _) => Error::network(sentence(&why), CONNECTION),
    }
}

/// A fault with a capital letter.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

struct DownloadJob<'a> {
    request: DownloadRequest<'a>,
    staging: PathBuf,
    total: u64,
    done: u64,
    file: &'static str,
    told: Option<Instant>,
    /// When how many bytes were here, over the last [`SPAN`].
    samples: Vec<(Instant, u64)>,
}

impl DownloadJob<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        let (commit, items) = self.listing()?;
        self.total = items.iter().map(|item| item.size).sum();
        let here: u64 =
            items.iter().map(|item| partial_file::length(&self.staging, item.path).min(item.size)).sum();
        self.room(self.total - here)?;
        let mut before = 0;
        for item in &items {
            self.file = item.path;
            self.set_done(before + partial_file::length(&self.staging, item.path).min(item.size));
            self.say(FetchState::Checking);
            if !partial_file::is_done(&self.staging, item, self.request.stop)? {
                self.item(&commit, item, before)?;
            }
            before += item.size;
        }
        (self.file, self.done) = ("", self.total);
        self.say(FetchState::Checking);
        Ok(())
    }

    /// The commit that the branch is at, and the files to fetch with their sizes and checksums.
    fn listing(&mut self) -> Result<(String, Vec<RepoFile>), Fault> {
        self.say(FetchState::Listing);
        let download = self.request.download;
        let api = format!("api/models/{}", download.repository);
        let info = self.document(&format!("{api}/revision/main"))?;
        let commit = info.get("sha").and_then(Value::as_str);
        let is_hash = |text: &&str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commit = commit.filter(is_hash).ok_or_else(not_a_hub)?.to_owned();
        let tree = self.document(&format!("{api}/tree/{commit}?recursive=1"))?;
        let entries = tree.as_array().ok_or_else(not_a_hub)?;
        let mut items = Vec::new();
        for wanted in download.files {
            let entry = |path: &&'static str| {
                let named = |entry: &&Value| entry.get("path").and_then(Value::as_str) == Some(path);
                Some((*path, entries.iter().find(named)?))
            };
            match wanted.paths.iter().find_map(entry) {
                Some((path, entry)) => items.push(item(path, entry).ok_or_else(not_a_hub)?),
                None if wanted.needed => {
                    let fault =
                        format!("The repository {} no longer has {}", download.repository, wanted.paths[0]);
                    let remedy = "A newer version of this program may know where it is now.";
                    return Err(Error::network(fault, remedy).into());
                }
                None => {}
            }
        }
        Ok((commit, items))
    }

    fn document(&mut self, path: &str) -> Result<Value, Fault> {
        let (hub, stop) = (self.request.hub, self.request.stop);
        let address = hub.address(path);
        let what = format!("the model {}", self.request.download.repository);
        self.with_retries(FetchState::Listing, &mut |_| {
            let response =
                Response::open(hub, Request { address: address.clone(), ..Request::default() }, stop)?;
            if response.head.status != 200 {
                return Err(faults::status(&response.head, &what, hub.has_token()));
            }
            let mut text = Vec::new();
            while let Some(piece) = response.next(stop)? {
                if text.len() + piece.len() > LONGEST_ANSWER {
                    return Err(not_a_hub());
                }
                text.extend(piece);
            }
            json::from_slice(&text).map_err(|_| not_a_hub())
        })
    }

    /// Whether so many more bytes fit on the disk.
    fn room(&self, missing: u64) -> Result<(), Fault> {
        // A disk that does not say is tried.
        let Ok(free) = (self.request.space)(&self.staging) else { return Ok(()) };
        if missing == 0 || free >= missing.saturating_add(RESERVE) {
            return Ok(());
        }
        let fault = format!(
            "There is not enough room in {}: {} are needed and {} are free",
            self.request.models.display(),
            units::bytes(missing.saturating_add(RESERVE)),
            units::bytes(free)
        );
        Err(Error::network(fault, "Free some, then start the download again.").into())
    }

    fn item(&mut self, commit: &str, item: &RepoFile, before: u64) -> Result<(), Fault> {
        let download = self.request.download;
        let (hub, stop, staging) = (self.request.hub, self.request.stop, self.staging.clone());
        let address = hub.address(&format!("{}/resolve/{commit}/{}", download.repository, item.path));
        let mut part = PartialFile::open(&staging, item, stop)?;
        self.set_done(before + part.have);
        self.with_retries(FetchState::Downloading, &mut |job| {
            transfer::attempt(hub, address.clone(), item, &mut part, stop, &mut |have| {
                job.done = before + have;
                if job.told.is_none_or(|told| told.elapsed() >= TELL) {
                    job.say(FetchState::Downloading);
                }
            })
        })?;
        part.finish()
    }

    /// Does something until it works, cannot work, or has failed too often in a row.
    fn with_retries<T>(
        &mut self,
        state: FetchState,
        action: &mut dyn FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let timeouts = self.request.hub.timeouts;
        let mut failures = 0;
        loop {
            self.say(state.clone());
            let before = self.done;
            let (why, asked) = match action(self) {
                Err(Fault::Retry(why, asked)) => (why, asked),
                other => return other,
            };
            failures = if self.done >= before.saturating_add(FAIR) { 1 } else { failures + 1 };
            if failures >= timeouts.tries || asked.is_some_and(|asked| asked > timeouts.longest) {
                return Err(Fault::Retry(why, None));
            }
            let doubled = timeouts.pause.saturating_mul(1 << (failures - 1).min(10));
            self.pause(asked.unwrap_or(doubled.min(Duration::from_secs(60))), &why)?;
        }
    }

    fn pause(&mut self, length: Duration, why: &str) -> Result<(), Fault> {
        let until = Instant::now() + length;
        let mut told = None;
        loop {
            if self.request.stop.load(Ordering::Relaxed) {
                return Err(Fault::Stopped);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let done = self.done;
                self.set_done(done);
                return Ok(());
            }
            let seconds = left.as_secs_f64().ceil() as u64;
            if told != Some(seconds) {
                told = Some(seconds);
                self.say(FetchState::Retrying { seconds, why: format!("{}.", sentence(why)) });
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }

    /// Sets the bytes that are here without having come just now, so that they do not count as speed.
    fn set_done(&mut self, done: u64) {
        self.done = done;
        self.samples = vec![(Instant::now(), done)];
    }

    fn say(&mut self, state: FetchState) {
        let now = Instant::now();
        self.told = Some(now);
        self.samples.push((now, self.done));
        // The last sample before the span stays, so that the span is covered.
        while self.samples.len() > 2 && now - self.samples[1].0 > SPAN {
            self.samples.remove(0);
        }
        let (since, then) = self.samples[0];
        let seconds = (now - since).as_secs_f64();
        let coming = state == FetchState::Downloading && seconds > 0.1;
        let speed = if coming { self.done.saturating_sub(then) as f64 / seconds } else { 0.0 };
        let left = self.total.saturating_sub(self.done) as f64;
        (self.request.tell)(Progress {
            id: self.request.download.id,
            done: self.done.min(self.total),
            total: self.total,
            bytes_per_second: speed,
            seconds_left: (speed > 0.0).then(|| (left / speed).ceil().min(1e9) as u64),
            state,
            file: self.file.to_owned(),
        });
    }
}

/// A file as the server lists it.
fn item(path: &'static str, entry: &Value) -> Option<RepoFile> {
    let large = entry.get("lfs").filter(|lfs| lfs.is_object());
    let size = entry.get("size").and_then(Value::as_u64)?;
    let text = |value: &Value| value.get("oid").and_then(Value::as_str).map(str::to_owned);
    let checksum = match large {
        Some(lfs) => Checksum::sha256(&text(lfs)?)?,
        None => Checksum::git_blob(&text(entry)?)?,
    };
    Some(RepoFile { path, size, checksum })
}

fn not_a_hub() -> Fault {
    let fault = "The server does not answer like one that models come from";
    let remedy =
        "A sign-in page may stand between; open https://huggingface.co in a browser, or check HF_ENDPOINT.";
    Error::network(fault, remedy).into()
}
