//! Small copies of pictures, so that a long list of large ones can be looked through: made on a thread of their own and
//! kept on the disk, where the oldest go when they are too many.
//!
//! A copy is known by the picture's path, size and time, so a picture that was changed gets another. Only what is in
//! view is made: a new wish takes the place of the one before. Pictures themselves are never touched.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use super::message::{Answer, THUMBNAIL};
use super::{Reply, caught, small, spawn};
use base::atomic::write_unflushed;
use base::{Error, Result};
use project::DataDir;
use project::files::sha256;
use project::picture::open_picture;

/// Most bytes of copies on the disk: of five thousand pictures.
const MOST: u64 = 128 << 20;
/// After so many new copies they are counted.
const COUNT_EVERY: u32 = 64;
/// Copies used within this time are not marked as used again.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Of 100.
const QUALITY: u8 = 90;

pub(super) struct ThumbnailThread {
    wishes: Option<Sender<Vec<PathBuf>>>,
    /// To take back what was not begun.
    waiting: Receiver<Vec<PathBuf>>,
    thread: Option<JoinHandle<()>>,
}

impl ThumbnailThread {
    pub fn start(home: &DataDir, reply: Reply) -> Result<Self> {
        let (wishes, waiting) = bounded::<Vec<PathBuf>>(1);
        let mut copies = Copies { folder: home.thumbnails(), most: MOST, made: 0 };
        let received = waiting.clone();
        let thread = spawn("pseudoword-thumbnails", move || {
            for wish in &received {
                for path in wish {
                    // What is wanted now comes first, and says what of this is still wanted.
                    if !received.is_empty() {
                        break;
                    }
                    let damaged = "A picture could not be looked at; it may be damaged.";
                    let picture = caught(damaged, || copies.of(&path)).ok().map(Arc::new);
                    reply.send(Answer::Thumbnail(path, picture));
                }
            }
        })?;
        Ok(Self { wishes: Some(wishes), waiting, thread: Some(thread) })
    }

    /// Wants these, in this order, and no others.
    pub fn ask(&self, mut paths: Vec<PathBuf>) -> bool {
        let Some(wishes) = &self.wishes else { return false };
        while let Err(TrySendError::Full(back)) = wishes.try_send(paths) {
            paths = back;
            let _ = self.waiting.try_recv();
        }
        true
    }

    /// Ends after the picture at which it works.
    pub fn close(&mut self) -> Option<JoinHandle<()>> {
        self.ask(Vec::new());
        self.wishes = None;
        self.thread.take()
    }
}

/// The copies on the disk.
struct Copies {
    folder: PathBuf,
    most: u64,
    /// New ones since the start.
    made: u32,
}

impl Copies {
    /// The small copy of a picture: the one that is kept, else a new one. A picture that is small already needs none.
    fn of(&mut self, path: &Path) -> Result<RgbImage> {
        let data = fs::metadata(path).map_err(|e| Error::read(path, e))?;
        let kept = self.folder.join(name(path, &data));
        if let Ok(copy) = open_picture(&kept) {
            let _ = mark_as_used(&kept);
            return Ok(copy.into_rgb8());
        }
        let picture = open_picture(path)?;
        let large = picture.width().max(picture.height()) > THUMBNAIL;
        let copy = small(picture, THUMBNAIL);
        if large {
            self.keep(&kept, &copy);
        }
        Ok(copy)
    }

    /// Keeps a copy. Where that fails, on a full disk, it is made again the next time.
    fn keep(&mut self, to: &Path, copy: &RgbImage) {
        let mut bytes = Vec::new();
        let encoded = JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(copy);
        if encoded.is_ok() && fs::create_dir_all(&self.folder).is_ok() && write_unflushed(to, &bytes).is_ok()
        {
            if self.made.is_multiple_of(COUNT_EVERY) {
                self.prune();
            }
            self.made += 1;
        }
    }

    /// Lets the copies go that were not used for longest, until there is room again.
    fn prune(&self) {
        let listing = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let state = |entry: fs::DirEntry| {
            let data = entry.metadata().ok().filter(Metadata::is_file)?;
            Some((data.modified().unwrap_or(SystemTime::UNIX_EPOCH), data.len(), entry.path()))
        };
        let mut copies: Vec<_> = listing.filter_map(state).collect();
        let mut bytes: u64 = copies.iter().map(|(_, length, _)| length).sum();
        if bytes <= self.most {
            return;
        }
        copies.sort();
        for (_, length, path) in copies {
            if bytes <= self.most / 4 * 3 {
                break;
            }
            if fs::remove_file(path).is_ok() {
                bytes -= length;
            }
        }
    }
}

/// What the copy of a picture is called: another name for every path, size and time.
fn name(path: &Path, data: &Metadata) -> String {
    let time = data.modified().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    let mut key = path.as_os_str().as_encoded_bytes().to_vec();
    key.extend(format!("\n{} {}", data.len(), time.unwrap_or_default().as_nanos()).bytes());
    format!("{}.jpg", sha256(&key))
}

fn mark_as_used(copy: &Path) -> std::io::Result<()> {
    let age = fs::metadata(copy)?.modified()?.elapsed().unwrap_or_default();
    if age > DAY { File::options().write(true).open(copy)?.set_modified(SystemTime::now()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32) -> RgbImage {
        RgbImage::from_fn(640, 320, |x, y| {
            let v = (x ^ seed).wrapping_mul(2_654_435_761).rotate_left(y % 32);
            image::Rgb([v as u8, (v >> 8) as u8, (v >> 16) as u8])
        })
    }

    #[test]
    fn copies_are_kept_used_again_and_made_anew_for_a_changed_picture() {
        let folder = tempfile::tempdir().unwrap();
        let mut copies = Copies { folder: folder.path().join("cache"), most: MOST, made: 0 };
        let path = folder.path().join("ä.png");
        noise(1).save(&path).unwrap();
        let first = copies.of(&path).unwrap();
        assert_eq!((first.dimensions(), copies.made), ((256, 128), 1), "never stretched");
        let kept = || fs::read_dir(folder.path().join("cache")).unwrap().map(|entry| entry.unwrap().path());
        // What is kept is used: the picture need not be decoded again.
        let copy = kept().next().unwrap();
        RgbImage::new(7, 7).save(&copy).unwrap();
        assert_eq!(copies.of(&path).unwrap().dimensions(), (7, 7));
        fs::write(&copy, b"half").unwrap();
        assert_eq!((copies.of(&path).unwrap().dimensions(), copies.made), ((256, 128), 2));
        image::imageops::rotate90(&noise(2)).save(&path).unwrap();
        assert_eq!(copies.of(&path).unwrap().dimensions(), (128, 256));
        assert_eq!(kept().count(), 2);
        RgbImage::new(20, 30).save(&path).unwrap();
        assert_eq!((copies.of(&path).unwrap().dimensions(), copies.made), ((20, 30), 3), "small already");
        fs::write(&path, b"no picture").unwrap();
        assert!(copies.of(&path).is_err() && copies.of(&folder.path().join("gone.png")).is_err());
    }

    #[test]
    fn the_copies_used_last_stay_when_they_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let mut copies = Copies { folder: folder.path().to_path_buf(), most: 300_000, made: 0 };
        let at = |day: u32| folder.path().join(format!("{day}.jpg"));
        for day in 1..=20_u32 {
            copies.keep(&at(day), &small(noise(day).into(), THUMBNAIL));
            let time = SystemTime::now() - DAY * (100 - day);
            File::options().write(true).open(at(day)).unwrap().set_modified(time).unwrap();
        }
        mark_as_used(&at(1)).unwrap();
        copies.prune();
        let bytes = || -> u64 {
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
        };
        assert!((150_000..=225_000).contains(&bytes()), "{} bytes", bytes());
        assert!(at(1).is_file() && at(20).is_file() && !at(2).is_file());
    }
}
