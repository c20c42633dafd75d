//! Which model it is, how large, and in which numbers: what can be told without reading its weights.
//!
//! The fingerprint is what a run remembers of its model. It is no hash of whole files, which would take minutes.

use std::collections::BTreeMap;

use safetensors::Dtype;
use sha2::{Digest as _, Sha256};

use super::model_files::ModelFiles;
use crate::weights::Weights;
use base::Result;
use project::Precision;

/// The parts that make up a model's fingerprint, in the order they are hashed.
const HASHED: [&str; 4] = ["text_encoder", "text_encoder_2", "unet", "vae"];

/// How much of a weight file is hashed at its start, middle and end, in bytes.
const SAMPLE: usize = 1 << 20;

impl ModelFiles {
    /// Which model it is, in 64 hexadecimal digits, to be stored with what was learned on it.
    ///
    /// It is the SHA-256 of, for each of the text encoders, U-Net and autoencoder and each of its weight files
    /// (the plain variant where there are several): the part's name, the file's length, and one MiB each of
    /// its start (where safetensors keeps names and shapes), middle and end. It does not depend on where the
    /// model lies or what it is called, and takes a moment even for gigabytes. A single file counts as one part,
    /// `checkpoint`, and an autoencoder that takes the place of its own as another. This is not the file hash by
    /// which single-file programs know a checkpoint.
    pub fn fingerprint(&self) -> Result<String> {
        let mut hasher = Sha256::new();
        if let Some(single) = &self.single {
            sample(&mut hasher, "checkpoint", [&*single.file.map].into_iter());
            if let Some(vae) = &self.vae {
                sample(&mut hasher, "vae", [&*vae.file.map].into_iter());
            }
            return Ok(hex::encode(hasher.finalize()));
        }
        for part in HASHED {
            if part == "text_encoder_2" && !self.has(part) {
                continue;
            }
            sample(&mut hasher, part, self.weights(part, false)?.files().map(|(_, bytes)| bytes));
        }
        Ok(hex::encode(hasher.finalize()))
    }

    /// Bytes of the files with its weights, each counted once; fails as [`ModelFiles::weights`] does.
    pub fn file_bytes(&self) -> Result<u64> {
        let mut files = BTreeMap::new();
        for part in HASHED.into_iter().filter(|part| self.has(part)) {
            for (path, bytes) in self.weights(part, false)?.files() {
                files.insert(path.to_path_buf(), bytes.len() as u64);
            }
        }
        Ok(files.values().sum())
    }

    /// The number format that takes most bytes of the U-Net, if it is one we calculate in; fails as
    /// [`ModelFiles::weights`] does.
    pub fn precision(&self) -> Result<Option<Precision>> {
        let weights = self.weights("unet", false)?;
        let mut sums: Vec<_> = Precision::ALL.iter().map(|precision| (*precision, 0)).collect();
        for name in weights.names() {
            let own = stored_precision(weights.dtype(name)?);
            if let Some((_, sum)) = sums.iter_mut().find(|(precision, _)| Some(*precision) == own) {
                *sum += weights.size(name)?;
            }
        }
        let most = sums.into_iter().filter(|(_, sum)| *sum > 0).max_by_key(|(_, sum)| *sum);
        Ok(most.map(|(precision, _)| precision))
    }
}

/// Which weights these are, in 64 hexadecimal digits, made as [`ModelFiles::fingerprint`] is; and with them what `also`
/// says, so that something computed by both can be known again.
pub fn fingerprint_of(weights: &Weights, also: &str) -> String {
    let mut hasher = Sha256::new();
    sample(&mut hasher, also, weights.files().map(|(_, bytes)| bytes));
    hex::encode(hasher.finalize())
}

/// The precision that stored numbers have, if it is one we calculate in.
pub fn stored_precision(dtype: Dtype) -> Option<Precision> {
    match dtype {
        Dtype::F32 => Some(Precision::F32),
        Dtype::F16 => Some(Precision::F16),
        Dtype::BF16 => Some(Precision::Bf16),
        _ => None,
    }
}

/// Adds a part's name and, of each of its files, the length and a sample.
fn sample<'a>(hasher: &mut Sha256, part: &str, files: impl Iterator<Item = &'a [u8]>) {
    hasher.update(part);
    for bytes in files {
        hasher.update((bytes.len() as u64).to_le_bytes());
        let last = bytes.len().saturating_sub(SAMPLE);
        for start in [0, last / 2, last] {
            hasher.update(&bytes[start..bytes.len().min(start + SAMPLE)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::golden;

    #[test]
    fn the_fingerprint_depends_on_the_weights_alone() {
        let hash = |folder: &Path| ModelFiles::open(folder).unwrap().fingerprint().unwrap();
        let copy = tempfile::tempdir().unwrap();
        for part in ["text_encoder", "unet", "vae"] {
            std::fs::create_dir(copy.path().join(part)).unwrap();
            for entry in std::fs::read_dir(golden("sd1").join(part)).unwrap() {
                let entry = entry.unwrap();
                std::fs::copy(entry.path(), copy.path().join(part).join(entry.file_name())).unwrap();
            }
        }
        std::fs::copy(golden("sd1").join("model_index.json"), copy.path().join("model_index.json")).unwrap();
        let original = hash(&golden("sd1"));
        assert_eq!(original.len(), 64);
        assert_eq!(hash(copy.path()), original);
        let vae = copy.path().join("vae/diffusion_pytorch_model.safetensors");
        let mut bytes = std::fs::read(&vae).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&vae, bytes).unwrap();
        assert_ne!(hash(copy.path()), original);
    }
}
