//! Full-size single files with meaningless weights, to measure opening one without a download.
//!
//! The names and shapes are those of the published files in the original layout; the numbers are of the usual
//! magnitudes and drawn from a seed. Nothing sensible can be drawn with such a model.

mod layout;

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use safetensors::Dtype;

use self::layout::{Layout, layout};
use super::convert::{header, refuse_full};
use crate::tensors::Stored;
use base::atomic::write_atomic_with;
use base::{Error, Result};
use project::Family;

/// Numbers made at a time.
const PIECE: usize = 1 << 20;

/// Writes a random single file in 16 bits, of the published size of a family.
///
/// # Errors
/// The disk is full, or the file cannot be written.
pub fn write_random(family: Family, path: &Path) -> Result<()> {
    write(&layout(family), path)
}

/// As [`write_random`], but the numbers are a hole in the file, which most disks keep without taking room. Only what is
/// in `named` has another shape or is added.
///
/// # Errors
/// [`Error::Io`] if the file cannot be written.
pub fn write_hollow(family: Family, dtype: Dtype, named: &[(&str, &[usize])], path: &Path) -> Result<()> {
    let mut layout = layout(family);
    layout.extend(named.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())));
    let (header, total) = contents(&layout, dtype)?;
    let written = std::fs::File::create(path).and_then(|mut file| {
        file.write_all(&header)?;
        file.set_len(header.len() as u64 + total)
    });
    written.map_err(|source| Error::Io {
        action: "write",
        path: path.to_path_buf(),
        source,
        remedy: "Check that the disk has room.",
    })
}

/// The header of a file with these tensors, and how many bytes follow it.
fn contents(layout: &Layout, dtype: Dtype) -> Result<(Vec<u8>, u64)> {
    let stored = |shape: &Vec<usize>| Stored {
        dtype,
        shape: shape.clone(),
        bytes: 0..shape.iter().product::<usize>() * dtype.bitsize() / 8,
        transposed: false,
    };
    let tensors: BTreeMap<String, Stored> =
        layout.iter().map(|(name, shape)| (name.clone(), stored(shape))).collect();
    let total = tensors.values().map(|stored| stored.bytes.len() as u64).sum();
    Ok((header(&tensors.iter().collect::<Vec<_>>())?, total))
}

fn write(layout: &Layout, path: &Path) -> Result<()> {
    let (header, total) = contents(layout, Dtype::F16)?;
    refuse_full(path, total.saturating_add(header.len() as u64))?;
    let mut state = 1;
    write_atomic_with(path, |file| {
        let mut out = BufWriter::new(file);
        out.write_all(&header)?;
        for (name, shape) in layout {
            let mut left = shape.iter().product::<usize>();
            while left > 0 {
                let count = left.min(PIECE);
                out.write_all(&numbers(name, shape, count, &mut state))?;
                left -= count;
            }
        }
        out.flush()
    })
}

/// Numbers in 16 bits: scales 1, biases 0, the rest spread as fresh networks have it.
fn numbers(name: &str, shape: &[usize], count: usize, state: &mut u64) -> Vec<u8> {
    if shape.len() <= 1 {
        let one = if name.ends_with("weight") { half::f16::ONE } else { half::f16::ZERO };
        return one.to_le_bytes().repeat(count);
    }
    let inputs: usize = shape[1..].iter().product();
    let bound = if name.contains("embedding") { 0.02 } else { (1.0 / inputs as f32).sqrt() };
    // Between half the bound's power of two and all of it, with either sign.
    let exponent = half::f16::from_f32(bound / 2.0).to_bits() & 0x7c00;
    let mut bytes = Vec::with_capacity(2 * count + 6);
    while bytes.len() < 2 * count {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bits = *state ^ (*state >> 29);
        for part in 0..4 {
            let word = (bits >> (16 * part)) as u16;
            bytes.extend_from_slice(&((word & 0x83ff) | exponent).to_le_bytes());
        }
    }
    bytes.truncate(2 * count);
    bytes
}

#[cfg(test)]
mod tests;
