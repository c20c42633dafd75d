//! From PyTorch's `.ckpt` to safetensors: the same tensors under the same names in a file that cannot run code.
//!
//! Only one tensor at a time is touched, the file appears whole or not at all, and nothing of what the pickle
//! holds besides tensors is kept. Types of numbers are not changed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::tensors::{Stored, TensorFile};
use base::atomic::write_atomic_with;
use base::{Error, FileKind, Result, units};
use project::tensor_header;

/// Bytes written between two looks at whether to stop.
const PIECE: usize = 8 << 20;

/// Writes the tensors of the PyTorch file `from` to the safetensors file `to`. `progress` is told the fraction
/// done; when `cancelled` says so, nothing is left behind.
pub fn convert_to_safetensors(
    from: &Path,
    to: &Path,
    progress: &mut dyn FnMut(f32),
    cancelled: &dyn Fn() -> bool,
) -> Result<()> {
    let file = TensorFile::open(from)?;
    if file.safetensors {
        let remedy = "It can be used as it is.";
        return Err(Error::file(FileKind::Model, from, "this is a safetensors file already", remedy));
    }
    // Large numbers first, so that each tensor lies at a multiple of its numbers' size.
    let mut tensors: Vec<(&String, &Stored)> = file.tensors.iter().collect();
    tensors.sort_by_key(|(name, stored)| (std::cmp::Reverse(stored.dtype.bitsize()), name.as_str()));
    let metadata = BTreeMap::from([("format".to_owned(), "pt".to_owned())]);
    let layout =
        tensors.iter().map(|(name, stored)| (name.as_str(), stored.dtype, &*stored.shape, stored.size()));
    let header = tensor_header(layout, &metadata);
    let total = tensors.iter().map(|(_, stored)| stored.size() as u64).sum::<u64>();
    refuse_full(to, total.saturating_add(header.len() as u64))?;
    let mut stopped = false;
    let written = write_atomic_with(to, |out| {
        let mut out = Output { file: BufWriter::new(out), done: 0, total, progress };
        out.file.write_all(&header)?;
        for (_, stored) in &tensors {
            let numbers = stored.numbers(&file.map).map_err(io::Error::other)?;
            for piece in numbers.chunks(PIECE) {
                if cancelled() {
                    stopped = true;
                    return Err(io::ErrorKind::Interrupted.into());
                }
                out.write(piece)?;
            }
        }
        out.file.flush()
    });
    if stopped { Err(Error::Cancelled) } else { written }
}

struct Output<'a> {
    file: BufWriter<&'a mut File>,
    done: u64,
    total: u64,
    progress: &'a mut dyn FnMut(f32),
}

impl Output<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)?;
        self.done += piece.len() as u64;
        (self.progress)((self.done as f64 / self.total.max(1) as f64) as f32);
        Ok(())
    }
}

/// Refuses to begin what the disk has no room for.
fn refuse_full(to: &Path, needed: u64) -> Result<()> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let free = fs4::available_space(folder).map_err(|source| Error::write(to, source))?;
    if free >= needed {
        return Ok(());
    }
    let (needed, free, folder) = (units::bytes(needed), units::bytes(free), folder.display());
    let fault = format!("The model takes {needed}, but only {free} are free in {folder}");
    Err(Error::input(fault, "Choose a folder on another disk, or make room."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    /// As PyTorch saved it.
    const MODEL: &str = "single_file/sd1_fp16.ckpt";

    #[test]
    fn the_same_tensors_come_out() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("modèle.safetensors");
        let mut last = 0.0;
        let from = golden(MODEL);
        convert_to_safetensors(&from, &to, &mut |done| last = done, &|| false).unwrap();
        assert_eq!(last, 1.0);
        let (ours, theirs) = (TensorFile::open(&to).unwrap(), TensorFile::open(&from).unwrap());
        assert!(ours.safetensors && ours.tensors.len() == 447);
        assert!(ours.tensors.keys().eq(theirs.tensors.keys()));
        for (name, stored) in &ours.tensors {
            let other = &theirs.tensors[name];
            assert_eq!((stored.dtype, &stored.shape), (other.dtype, &other.shape), "{name}");
            assert_eq!(ours.map[stored.bytes.clone()], theirs.map[other.bytes.clone()], "{name}");
        }
        let second = folder.path().join("again.safetensors");
        convert_to_safetensors(&from, &second, &mut |_| {}, &|| false).unwrap();
        assert_eq!(
            std::fs::read(&second).unwrap(),
            std::fs::read(&to).unwrap(),
            "the same content, the same bytes"
        );
        let again = convert_to_safetensors(&to, &from, &mut |_| {}, &|| false).unwrap_err().to_string();
        assert!(again.contains("already"), "{again}");
    }

    #[test]
    fn a_stop_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("x.safetensors");
        let done = convert_to_safetensors(&golden(MODEL), &to, &mut |_| {}, &|| true);
        assert!(matches!(done, Err(Error::Cancelled)));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(refuse_full(&to, u64::MAX).unwrap_err().to_string().contains("free"));
        let missing = folder.path().join("nowhere/x.safetensors");
        assert!(convert_to_safetensors(&golden(MODEL), &missing, &mut |_| {}, &|| false).is_err());
    }
}
