//! Full-size single files with meaningless weights: to measure opening a model without a download and, as hollow
//! files, for tests.
//!
//! The names and shapes are those of the published files in the original layout; the numbers are of the usual
//! magnitudes and drawn from a seed. Nothing sensible can be drawn with such a model.

mod layout;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use project::Family;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

pub use layout::{Layout, layout};

/// Numbers made at a time.
const PIECE: usize = 1 << 20;

/// Writes a random single file in 16 bits, of the published size of a family.
///
/// # Errors
/// The disk is full, or the file cannot be written.
pub fn write_random(family: Family, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    write(&layout(family), &mut out)?;
    out.flush()
}

/// As [`write_random`], but the numbers are a hole in the file, which most disks keep without taking room. Only what is
/// in `named` has another shape or is added.
///
/// # Errors
/// The file cannot be written.
pub fn write_hollow(family: Family, dtype: Dtype, named: &[(&str, &[usize])], path: &Path) -> io::Result<()> {
    let mut layout = layout(family);
    layout.extend(named.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())));
    let (header, total) = header(&layout, dtype)?;
    let mut file = File::create(path)?;
    file.write_all(&header)?;
    file.set_len((header.len() + total) as u64)
}

/// The header of a safetensors file with these tensors, and how many bytes follow it.
fn header(layout: &Layout, dtype: Dtype) -> io::Result<(Vec<u8>, usize)> {
    let mut end = 0;
    let mut tensors = Vec::new();
    for (name, shape) in layout {
        let start = end;
        end += shape.iter().product::<usize>() * dtype.bitsize() / 8;
        tensors.push((name.clone(), TensorInfo { dtype, shape: shape.clone(), data_offsets: (start, end) }));
    }
    let table = Metadata::new(None, tensors).map_err(io::Error::other)?;
    let mut text = serde_json::to_vec(&table)?;
    text.resize(text.len().next_multiple_of(8), b' ');
    Ok(([(text.len() as u64).to_le_bytes().as_slice(), &text].concat(), end))
}

fn write(layout: &Layout, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&header(layout, Dtype::F16)?.0)?;
    let mut state = 1;
    for (name, shape) in layout {
        let mut left = shape.iter().product::<usize>();
        while left > 0 {
            let count = left.min(PIECE);
            out.write_all(&numbers(name, shape, count, &mut state))?;
            left -= count;
        }
    }
    Ok(())
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
mod tests {
    use safetensors::SafeTensors;

    use super::*;

    #[test]
    fn numbers_have_the_magnitude_of_fresh_networks() {
        let bytes = numbers("x.weight", &[64, 256], 1000, &mut 7);
        let values: Vec<f32> =
            bytes.as_chunks::<2>().0.iter().map(|&two| half::f16::from_le_bytes(two).to_f32()).collect();
        assert_eq!(values.len(), 1000);
        assert!(values.iter().all(|value| (0.03..0.0626).contains(&value.abs())));
        assert!((values.iter().sum::<f32>() / 1000.0).abs() < 0.01);
        assert_eq!(numbers("norm.weight", &[4], 1, &mut 7), [0x00, 0x3c]);
        assert_eq!(numbers("logit_scale", &[], 1, &mut 7), [0, 0]);
    }

    #[test]
    fn a_written_file_has_the_layout_it_should_have() {
        let layout: Layout =
            [("a.weight".to_owned(), vec![3, 5]), ("b".to_owned(), vec![]), ("c.bias".to_owned(), vec![2])]
                .into();
        let mut bytes = Vec::new();
        write(&layout, &mut bytes).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut names = file.names();
        names.sort_unstable();
        assert!(names.iter().eq(layout.keys()));
        let tensor = file.tensor("a.weight").unwrap();
        assert_eq!((tensor.shape(), tensor.dtype()), ([3, 5].as_slice(), Dtype::F16));
        assert!(tensor.data().as_chunks::<2>().0.iter().all(|number| *number != [0, 0]));
        assert_eq!(file.tensor("c.bias").unwrap().data(), [0; 4]);
    }
}
