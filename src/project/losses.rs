//! `loss.csv`: one line for every step, for people's spreadsheets and for the curve in the window.
//!
//! Lines are added before each checkpoint and are on the disk when that is done; a line cut short by a kill is never read.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use base::aside;
use base::atomic::{flush, write_atomic};
use base::{Error, FileKind, Result};

/// One line of `loss.csv`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LossRow {
    /// Which step, from 1.
    pub step: u64,
    /// Loss of the step.
    pub loss: f64,
    /// Exponential mean of the loss.
    pub mean_loss: f64,
    /// Loss on fixed examples of the pictures, where it was measured.
    #[serde(default)]
    pub fixed_noise_loss: Option<f64>,
    /// Loss on what is kept out of learning, where it was measured.
    #[serde(default)]
    pub held_out_loss: Option<f64>,
    /// How alike pictures drawn with the word are to those it is learned from, a mean cosine by CLIP, where they were
    /// drawn: the lower of those of two sentences.
    #[serde(default)]
    pub image_score: Option<f64>,
    /// How well pictures drawn with it obey other prompts: a mean cosine to the prompt without the word.
    #[serde(default)]
    pub text_score: Option<f64>,
    /// By how much they are more alike to what is around the thing than to the thing.
    #[serde(default)]
    pub background_score: Option<f64>,
    /// How much a prompt changes what is drawn: by how much closer pictures are to their own prompts than to each other's.
    #[serde(default)]
    pub prompt_effect: Option<f64>,
    /// Learning rate of the step.
    pub rate: f64,
    /// Mean length of the vectors after the step.
    pub norm: f64,
    /// Cosine between the vectors and what they started from, 1 for the same direction.
    pub cosine_to_initial: f64,
    /// Length of the gradient before clipping.
    pub grad_norm: f64,
    /// Duration of the step in seconds.
    pub seconds: f64,
}

/// Adds lines, after cutting off a last line that was not finished: all of them, or none. They are on the disk then: a
/// checkpoint that outlives a power cut would leave a gap where its lines did not.
pub(super) fn append(path: &Path, rows: &[LossRow]) -> Result<()> {
    let append = || -> io::Result<()> {
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        let whole = whole_lines(&mut file)?;
        if whole < file.metadata()?.len() {
            file.set_len(whole)?;
        }
        file.seek(SeekFrom::Start(whole))?;
        let written = file.write_all(&to_csv(rows, whole == 0)?).and_then(|()| flush(&file));
        if written.is_err() {
            // Otherwise a repeated call would write some of the lines twice.
            let _ = file.set_len(whole);
        }
        written
    };
    append().map_err(|e| Error::write(path, e))
}

pub(super) fn read(path: &Path) -> Result<Vec<LossRow>> {
    let bytes = read_whole_lines(path)?;
    rows(&bytes).into_iter().collect::<Result<_, _>>().map_err(|e| {
        let fault = e.to_string().trim_end_matches('.').to_owned();
        Error::file(FileKind::Run, path, fault, "Repair or remove that line with a text editor.")
    })
}

/// The lines of a file, each as it can be read.
fn rows(bytes: &[u8]) -> Vec<Result<LossRow, csv::Error>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let own = reader.headers().is_ok_and(|header| header.iter().any(|name| name == "fixed_noise_loss"));
    // Earlier versions called the loss on fixed noise held-out.
    let renamed = |row: LossRow| match own {
        true => row,
        false => LossRow { fixed_noise_loss: row.held_out_loss, held_out_loss: None, ..row },
    };
    reader.into_deserialize().map(|row| row.map(renamed)).collect()
}

/// Leaves only the lines of steps to keep; those that cannot be read go too, and then the file as it was is kept beside
/// and the sentence says so.
pub(super) fn retain(path: &Path, keep: impl Fn(u64) -> bool) -> Result<Option<String>> {
    let bytes = read_whole_lines(path)?;
    let read = rows(&bytes);
    let said = match read.iter().any(Result::is_err) || read.is_empty() && !is_unfinished_header(path)? {
        true => {
            let fault = "lines of this curve cannot be read, and it goes on without them";
            let fault = Error::file(FileKind::Run, path, fault, "");
            Some(aside::sentence(&fault, &Ok(aside::copy_aside(path)?)))
        }
        false => None,
    };
    let rows: Vec<LossRow> = read.into_iter().filter_map(Result::ok).filter(|row| keep(row.step)).collect();
    write_atomic(path, &to_csv(&rows, true).map_err(|e| Error::write(path, e))?)?;
    Ok(said)
}

/// Whether a file holds no more than what a kill leaves of its first line.
fn is_unfinished_header(path: &Path) -> Result<bool> {
    let bytes = match fs::read(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(true),
        read => read.map_err(|e| Error::read(path, e))?,
    };
    let whole = to_csv(&[LossRow::default()], true).map_err(|e| Error::write(path, e))?;
    // The first row may be unfinished too.
    let header = whole.iter().position(|&b| b == b'\n').map_or(0, |i| i + 1);
    let most = bytes.len().min(header);
    Ok(bytes[..most] == whole[..most] && !bytes[most..].contains(&b'\n'))
}

/// The median duration of the last steps, from the end of the file alone: a list of runs asks for each of them.
pub(super) fn recent_seconds(path: &Path) -> Option<f64> {
    const TAIL: u64 = 8 << 10;
    let mut file = File::open(path).ok()?;
    let start = file.metadata().ok()?.len().saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut text = Vec::new();
    file.read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    // The first line is the header or a part of one, the last may be unfinished.
    let lines = text.rsplit_once('\n')?.0.lines().skip(1);
    let seconds = lines.filter_map(|line| line.rsplit(',').next()?.parse::<f64>().ok());
    let mut seconds: Vec<f64> = seconds.filter(|s| s.is_finite() && *s > 0.0).collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied()
}

/// The file up to its last line break; nothing if its folder is there and it is not.
fn read_whole_lines(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound && path.parent().is_some_and(Path::is_dir) => {
            Vec::new()
        }
        Err(e) => return Err(Error::read(path, e)),
    };
    bytes.truncate(bytes.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1));
    Ok(bytes)
}

/// The length of a file up to and including its last line break.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    let mut piece = [0; 512];
    while end > 0 {
        let start = end.saturating_sub(piece.len() as u64);
        let piece = &mut piece[..(end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(piece)?;
        if let Some(i) = piece.iter().rposition(|&b| b == b'\n') {
            return Ok(start + i as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

fn to_csv(rows: &[LossRow], header: bool) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(header).from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(|e| io::Error::other(e.to_string()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn row(step: u64) -> LossRow {
        LossRow {
            step,
            loss: 0.1 + 0.2,
            mean_loss: 1.0 / step as f64,
            fixed_noise_loss: step.is_multiple_of(2).then_some(0.25),
            held_out_loss: step.is_multiple_of(3).then_some(0.5),
            rate: 5e-3,
            norm: 0.4,
            cosine_to_initial: 0.99,
            grad_norm: 1e-9,
            seconds: 0.5,
            ..LossRow::default()
        }
    }

    #[test]
    fn losses_are_appended_cut_back_and_survive_a_kill() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("損失.csv");
        assert!(read(&path).unwrap().is_empty());
        append(&path, &[row(1), row(2)]).unwrap();
        append(&path, &[row(3)]).unwrap();
        let header = "step,loss,mean_loss,fixed_noise_loss,held_out_loss,image_score,text_score,background_score,prompt_effect,rate,norm,cosine_to_initial,grad_norm,seconds\n";
        assert!(fs::read_to_string(&path).unwrap().starts_with(header));
        assert_eq!(read(&path).unwrap(), [row(1), row(2), row(3)]);

        // A process killed in the middle of a line.
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"4,0.12").unwrap();
        drop(file);
        assert_eq!(read(&path).unwrap().len(), 3);
        append(&path, &[row(4)]).unwrap();
        assert_eq!(read(&path).unwrap(), [row(1), row(2), row(3), row(4)]);

        assert_eq!(retain(&path, |step| step <= 2).unwrap(), None);
        append(&path, &[row(3)]).unwrap();
        assert_eq!(read(&path).unwrap(), [row(1), row(2), row(3)]);
        retain(&path, |_| false).unwrap();
        append(&path, &[row(1)]).unwrap();
        assert_eq!(read(&path).unwrap(), [row(1)]);

        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"\0\0\0\n").unwrap();
        drop(file);
        assert!(read(&path).is_err());
        let damaged = fs::read(&path).unwrap();
        let said = retain(&path, |step| step <= 1).unwrap().unwrap();
        assert!(said.contains("kept beside as 損失.csv.damaged-1"), "{said}");
        assert_eq!(fs::read(folder.path().join("損失.csv.damaged-1")).unwrap(), damaged);
        assert_eq!(read(&path).unwrap(), [row(1)], "an unreadable line does not keep a run from going on");
        for (content, kept) in [("garbage", true), ("a,b\n", true), ("", false), ("step,lo", false)] {
            fs::write(&path, content).unwrap();
            assert_eq!(retain(&path, |_| true).unwrap().is_some(), kept, "{content}");
        }
        fs::write(&path, "step,loss\nx,y\n").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("損失.csv"));
    }

    #[test]
    fn the_pace_is_that_of_the_last_steps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loss.csv");
        assert_eq!(recent_seconds(&path), None);
        append(&path, &[]).unwrap();
        assert_eq!(recent_seconds(&path), None);
        let slow = |step: u64| LossRow { seconds: if step < 1500 { 9.0 } else { 0.25 }, ..row(step) };
        append(&path, &(1..=2000).map(slow).collect::<Vec<_>>()).unwrap();
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"2001,0.1,0.1,,0.5,0.5,0.5,0.5,7").unwrap();
        assert_eq!(recent_seconds(&path), Some(0.25));
    }

    #[test]
    fn an_unfinished_line_may_be_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("損失.csv");
        append(&path, &[row(1)]).unwrap();
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(&[b'7'; 5000]).unwrap();
        append(&path, &[row(2)]).unwrap();
        assert_eq!(read(&path).unwrap(), [row(1), row(2)]);
    }

    /// On Linux the device `/dev/full` is a disk without room.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_and_can_be_retried() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("損失.csv");
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        let error = append(&path, &[row(1)]).unwrap_err();
        assert!(
            matches!(&error, Error::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull)
                && error.to_string().contains("損失.csv"),
            "{error}"
        );
        fs::remove_file(&path).unwrap();
        append(&path, &[row(1)]).unwrap();
        assert_eq!(read(&path).unwrap(), [row(1)]);
    }
}
