//! One moment of a run, complete enough to go on from it bit for bit: the vectors, the optimiser's moments,
//! the counters.
//!
//! A safetensors file of a few kilobytes with a checksum over all of it. A file that is cut short or altered
//! in a single bit is refused; it is never repaired.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::files::sha256;
use super::tensor_header::tensor_header;
use base::atomic::write_atomic;
use base::{Error, FileKind, Result};

/// Names of the tensors in the file, all `[k, d]` in f32.
const TENSORS: [&str; 4] = ["vectors", "good_vectors", "first_moment", "second_moment"];
/// Key of the counters (JSON) in the header.
const STATE: &str = "pseudoword.state";
/// Key of the checksum in the header.
const CHECKSUM: &str = "pseudoword.sha256";
/// Version of the file's layout.
const FORMAT: u32 = 1;

/// The state of learning after `step` steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Steps taken, including steps that were undone.
    pub step: u64,
    /// `[k, d]`: number of vectors and the width of the text encoder.
    pub shape: [usize; 2],
    /// The word, row by row.
    pub vectors: Vec<f32>,
    /// The word as it was before the last step, to go back to if the next one fails; like `vectors`.
    pub good_vectors: Vec<f32>,
    /// AdamW's running mean of gradients, like `vectors`.
    pub first_moment: Vec<f32>,
    /// AdamW's running mean of squared gradients, like `vectors`.
    pub second_moment: Vec<f32>,
    /// Steps the optimiser has counted (its bias correction depends on it).
    pub optimizer_step: u64,
    /// The run's seed; with `step` it is the whole random state.
    pub seed: u64,
    /// What the loss is multiplied by in 16 bits, beside the number of its terms: at most 1.
    pub loss_scale: f64,
    /// Exponential mean of the loss, if a step was taken.
    pub mean_loss: Option<f64>,
    /// Steps undone in a row up to now.
    pub rollbacks: u32,
    /// Steps taken since one was not.
    pub good_steps: u64,
    /// The last step that was taken.
    pub taken: u64,
}

/// The counters as JSON. Numbers with a fraction are stored by their bits, so that nothing is rounded.
#[derive(Serialize, Deserialize)]
struct State {
    format: u32,
    step: u64,
    optimizer_step: u64,
    seed: u64,
    /// Older versions halved the learning rate where a step was undone; it is left alone now.
    rate_scale_bits: u64,
    mean_loss_bits: Option<u64>,
    rollbacks: u32,
    /// Checkpoints of older versions do not say the last three.
    loss_scale_bits: Option<u64>,
    good_steps: Option<u64>,
    taken: Option<u64>,
}

impl Checkpoint {
    /// Writes it as a file of its own, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] if that is refused.
    pub fn save(&self, path: &Path) -> Result<()> {
        write_atomic(path, &self.to_bytes()?)
    }

    /// Reads such a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::File`] if it is damaged.
    pub fn open(path: &Path) -> Result<Self> {
        Self::from_bytes(&std::fs::read(path).map_err(|source| Error::read(path, source))?, path)
    }

    /// Whether a file with this in its header is a checkpoint, and no word to be used.
    pub fn is_in(header: &BTreeMap<String, String>) -> bool {
        header.contains_key(STATE)
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let count = self.shape[0] * self.shape[1];
        let lists = [&self.vectors, &self.good_vectors, &self.first_moment, &self.second_moment];
        if lists.iter().any(|list| list.len() != count) {
            return Err(Error::Internal(format!(
                "a checkpoint of shape {:?} has lists of another length",
                self.shape
            )));
        }
        let state = serde_json::to_string(&State {
            format: FORMAT,
            step: self.step,
            optimizer_step: self.optimizer_step,
            seed: self.seed,
            rate_scale_bits: 1.0_f64.to_bits(),
            mean_loss_bits: self.mean_loss.map(f64::to_bits),
            rollbacks: self.rollbacks,
            loss_scale_bits: Some(self.loss_scale.to_bits()),
            good_steps: Some(self.good_steps),
            taken: Some(self.taken),
        })
        .map_err(|e| Error::Internal(e.to_string()))?;
        let tables = lists.map(|list| list.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>());
        let checksum = checksum(&state, self.shape, tables.each_ref().map(Vec::as_slice));
        let metadata = BTreeMap::from([(STATE.to_owned(), state), (CHECKSUM.to_owned(), checksum)]);
        let layout = TENSORS
            .into_iter()
            .zip(&tables)
            .map(|(name, bytes)| (name, Dtype::F32, &self.shape[..], bytes.len()));
        Ok([tensor_header(layout, &metadata), tables.concat()].concat())
    }

    /// Reads the content of a file; `path` is for the message.
    pub(super) fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self> {
        Self::decode(bytes).map_err(|fault| {
            let remedy = "Put a whole copy in its place, or take another step.";
            Error::file(FileKind::Run, path, format!("this checkpoint is damaged ({fault})"), remedy)
        })
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
        let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
        let header = metadata.metadata().as_ref().ok_or("it has no counters")?;
        let state_text = header.get(STATE).ok_or("it has no counters")?;
        let state: State = serde_json::from_str(state_text).map_err(|e| e.to_string())?;
        if state.format != FORMAT {
            return Err(format!("its layout {} is from another version", state.format));
        }
        let tensor = |name: &str| file.tensor(name).map_err(|_| format!("{name} is missing"));
        let views = [tensor(TENSORS[0])?, tensor(TENSORS[1])?, tensor(TENSORS[2])?, tensor(TENSORS[3])?];
        let &[k, d] = views[0].shape() else { return Err("the vectors are not a table".into()) };
        if views.iter().any(|v| v.dtype() != Dtype::F32 || v.shape() != [k, d]) {
            return Err("its tables differ in size".into());
        }
        let data = views.each_ref().map(|v| v.data());
        if header.get(CHECKSUM) != Some(&checksum(state_text, [k, d], data)) {
            return Err("its checksum is wrong".into());
        }
        let [vectors, good_vectors, first_moment, second_moment] =
            data.map(|data| data.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect());
        Ok(Self {
            step: state.step,
            shape: [k, d],
            vectors,
            good_vectors,
            first_moment,
            second_moment,
            optimizer_step: state.optimizer_step,
            seed: state.seed,
            loss_scale: state.loss_scale_bits.map_or(1.0, f64::from_bits),
            mean_loss: state.mean_loss_bits.map(f64::from_bits),
            rollbacks: state.rollbacks,
            good_steps: state.good_steps.unwrap_or_default(),
            taken: state.taken.unwrap_or(state.step),
        })
    }
}

/// SHA-256 over the counters, the shape and the tables.
fn checksum(state: &str, shape: [usize; 2], tables: [&[u8]; 4]) -> String {
    let shape = format!("\n{}x{}\n", shape[0], shape[1]);
    sha256(&[state.as_bytes(), shape.as_bytes(), tables[0], tables[1], tables[2], tables[3]].concat())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A checkpoint full of numbers that decimal text would round.
    pub(crate) fn sample(step: u64) -> Checkpoint {
        let list = |k: f32| (0..6).map(|i| (i as f32 + k).sqrt() / 3.0).collect::<Vec<_>>();
        Checkpoint {
            step,
            shape: [2, 3],
            vectors: list(0.1),
            good_vectors: list(0.2),
            first_moment: vec![f32::MIN_POSITIVE / 8.0, -0.0, 1e-45, f32::MAX, -1.0, 0.0],
            second_moment: list(0.3),
            optimizer_step: step,
            seed: u64::MAX,
            loss_scale: 0.5,
            mean_loss: Some(0.1 + 0.2),
            rollbacks: 2,
            good_steps: 9,
            taken: step,
        }
    }

    fn bits(list: &[f32]) -> Vec<u32> {
        list.iter().map(|v| v.to_bits()).collect()
    }

    #[test]
    fn every_bit_comes_back() {
        let mut before = sample(1_234_567);
        let after = Checkpoint::from_bytes(&before.to_bytes().unwrap(), Path::new("x")).unwrap();
        assert_eq!(after, before);
        assert_eq!(bits(&after.first_moment), bits(&before.first_moment), "signs of zeros too");
        assert_eq!(after.mean_loss.map(f64::to_bits), before.mean_loss.map(f64::to_bits));
        before.mean_loss = Some(f64::NAN);
        let after = Checkpoint::from_bytes(&before.to_bytes().unwrap(), Path::new("x")).unwrap();
        assert!(after.mean_loss.unwrap().is_nan());
    }

    /// As versions wrote it that halved the learning rate.
    #[test]
    fn a_checkpoint_of_an_older_version_opens() {
        let bytes = sample(7).to_bytes().unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut state: serde_json::Value =
            serde_json::from_str(&metadata.metadata().as_ref().unwrap()[STATE]).unwrap();
        for newer in ["loss_scale_bits", "good_steps", "taken"] {
            state.as_object_mut().unwrap().remove(newer).unwrap();
        }
        state["rate_scale_bits"] = 0.25_f64.to_bits().into();
        let state = state.to_string();
        let tables = TENSORS.map(|name| file.tensor(name).unwrap().data());
        let checksum = checksum(&state, [2, 3], tables);
        let header =
            std::collections::HashMap::from([(STATE.to_owned(), state), (CHECKSUM.to_owned(), checksum)]);
        let older = safetensors::serialize(file.tensors(), Some(header)).unwrap();
        let older = Checkpoint::from_bytes(&older, Path::new("x")).unwrap();
        assert_eq!(older, Checkpoint { loss_scale: 1.0, good_steps: 0, taken: 7, ..sample(7) });
    }

    #[test]
    fn the_same_moment_makes_the_same_file() {
        let first = sample(7).to_bytes().unwrap();
        assert!((0..20).all(|_| sample(7).to_bytes().unwrap() == first));
    }

    #[test]
    fn any_damage_is_noticed() {
        let bytes = sample(7).to_bytes().unwrap();
        let read = |bytes: &[u8]| Checkpoint::from_bytes(bytes, Path::new("検査/step-000007.safetensors"));
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "cut to {length} bytes");
        }
        let mut unnoticed = Vec::new();
        for position in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[position] ^= 1;
            // A change that leaves every value as it was (white space in the header) is no damage.
            if read(&altered).is_ok_and(|c| c != sample(7)) {
                unnoticed.push(position);
            }
        }
        assert!(unnoticed.is_empty(), "{unnoticed:?}");
        let error = read(&bytes[..50]).unwrap_err();
        assert!(matches!(error, Error::File { kind: FileKind::Run, .. }));
        assert!(error.to_string().contains("step-000007.safetensors"), "{error}");
    }

    #[test]
    fn lists_of_the_wrong_length_are_a_defect() {
        let mut checkpoint = sample(1);
        checkpoint.second_moment.pop();
        assert!(matches!(checkpoint.to_bytes(), Err(Error::Internal(_))));
    }
}
