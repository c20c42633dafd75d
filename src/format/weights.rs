//! The weights of one part of a model, mapped into memory and read tensor by tensor.
//!
//! A part is a folder with one file of tensors or a set of shards, possibly in several precisions, or a view of
//! a file that holds several parts under other names. Nothing is copied before a tensor is asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::Dtype;

use super::container::{decode_floats, first_number};
use super::damage::{damaged, read_table};
use super::tensors::{Stored, TensorFile};
use super::variant;
use base::{Error, Result};

/// The tensors of one model part, by name.
pub struct Weights {
    source: PathBuf,
    files: Vec<Arc<TensorFile>>,
    /// In which of the files each is, and where.
    tensors: BTreeMap<String, (usize, Stored)>,
}

impl Weights {
    /// Opens the weights in a part folder such as `unet`.
    ///
    /// Recognised are `diffusion_pytorch_model` and `model`, whole or sharded (`.safetensors.index.json`),
    /// plain or with a variant in the name (`model.fp16.safetensors`). The plain file is preferred; with
    /// `prefer_half` the `fp16` variant is, if there is one. Any other variant is taken only for want of
    /// these, and PyTorch's `.bin` only for want of safetensors.
    pub fn open(folder: &Path, prefer_half: bool) -> Result<Self> {
        let path = variant::choose(folder, prefer_half)?;
        let sharded = path.extension().is_some_and(|end| end == "json");
        if sharded { Self::open_shards(&path) } else { Self::open_file(&path) }
    }

    /// Opens a single file of tensors.
    pub fn open_file(path: &Path) -> Result<Self> {
        let mut weights = Self { source: path.into(), files: Vec::new(), tensors: BTreeMap::new() };
        weights.add(path)?;
        Ok(weights)
    }

    /// A view of a file: some of its tensors, under names and in shapes of the caller's.
    pub(super) fn view(file: Arc<TensorFile>, tensors: BTreeMap<String, Stored>) -> Self {
        let entries = tensors.into_iter().map(|(name, stored)| (name, (0, stored)));
        Self { source: file.path.clone(), tensors: entries.collect(), files: vec![file] }
    }

    fn open_shards(index: &Path) -> Result<Self> {
        let damaged = |fault: &str| damaged(index, fault);
        let listing = read_table(index)?;
        let map = listing.get("weight_map").and_then(|map| map.as_object());
        let map = map.ok_or_else(|| damaged("it is not an index of shards"))?;
        let folder = index.parent().unwrap_or(Path::new("."));
        let mut weights = Self { source: index.into(), files: Vec::new(), tensors: BTreeMap::new() };
        for (tensor, shard) in map {
            let shard = shard.as_str().filter(|name| Path::new(name).file_name() == Some(name.as_ref()));
            let shard =
                shard.ok_or_else(|| damaged(&format!("it names no file beside it for {tensor:?}")))?;
            let path = folder.join(shard);
            if !weights.files.iter().any(|known| known.path == path) {
                weights.add(&path)?;
            }
            if !weights.tensors.contains_key(tensor) {
                return Err(damaged(&format!(
                    "it promises the tensor {tensor:?}, which {shard} does not hold"
                )));
            }
        }
        Ok(weights)
    }

    fn add(&mut self, path: &Path) -> Result<()> {
        let file = TensorFile::open(path)?;
        for (name, stored) in &file.tensors {
            self.tensors.insert(name.clone(), (self.files.len(), stored.clone()));
        }
        self.files.push(Arc::new(file));
        Ok(())
    }

    /// The names of all tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The sizes of a tensor, outermost first.
    pub fn shape(&self, name: &str) -> Result<&[usize]> {
        self.stored(name).map(|(_, stored)| stored.shape.as_slice())
    }

    /// The type of a tensor's numbers as stored.
    pub fn dtype(&self, name: &str) -> Result<Dtype> {
        self.stored(name).map(|(_, stored)| stored.dtype)
    }

    /// How many bytes a tensor's numbers take.
    pub fn size(&self, name: &str) -> Result<usize> {
        self.stored(name).map(|(_, stored)| stored.size())
    }

    /// Whether [`Weights::read_f32`] can read a tensor; false for integers such as `position_ids`, and for
    /// names that do not occur.
    pub fn is_float(&self, name: &str) -> bool {
        self.tensors.get(name).is_some_and(|(_, stored)| decode_floats(stored.dtype, &[]).is_some())
    }

    /// Whether all that [`Weights::read_f32`] can read is stored in 16 bits.
    pub fn are_halves(&self) -> bool {
        let mut floats =
            self.tensors.values().filter(|(_, stored)| decode_floats(stored.dtype, &[]).is_some());
        floats.all(|(_, stored)| matches!(stored.dtype, Dtype::F16 | Dtype::BF16))
    }

    /// The part of its file in which a tensor's numbers are, in whatever order.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        let (file, stored) = self.stored(name)?;
        let found = file.map.get(stored.bytes.clone());
        found.ok_or_else(|| self.beyond(name))
    }

    fn stored(&self, name: &str) -> Result<(&TensorFile, &Stored)> {
        let found =
            self.tensors.get(name).and_then(|(file, stored)| Some((&**self.files.get(*file)?, stored)));
        found.ok_or_else(|| damaged(&self.source, format!("it holds no tensor called {name:?}")))
    }

    /// The numbers of a tensor in 32-bit floats, row by row, whatever float type they are stored in and in
    /// whatever order.
    pub fn read_f32(&self, name: &str) -> Result<Vec<f32>> {
        let (file, stored) = self.stored(name)?;
        let numbers = self.floats(name, file, stored)?;
        file.release(&stored.bytes);
        Ok(numbers)
    }

    /// The first number of a tensor of floats or whole numbers, however many it has; `None` if there is none.
    pub fn first_number(&self, name: &str) -> Result<Option<f64>> {
        Ok(first_number(self.dtype(name)?, self.bytes(name)?))
    }

    /// One row of a table as [`Weights::read_f32`] reads all of them.
    pub fn row_f32(&self, name: &str, row: usize) -> Result<Vec<f32>> {
        let (file, stored) = self.stored(name)?;
        let place = match (stored.shape.as_slice(), stored.strides().as_slice()) {
            (&[rows, width], &[down, across]) if row < rows => {
                let start = stored.bytes.start + row * down * (stored.dtype.bitsize() / 8);
                Stored::new(stored.dtype, vec![width], vec![across], start).ok()
            }
            _ => None,
        };
        let place = place.ok_or_else(|| self.beyond(name))?;
        self.floats(name, file, &place)
    }

    fn floats(&self, name: &str, file: &TensorFile, stored: &Stored) -> Result<Vec<f32>> {
        let fault = |what: String| damaged(&self.source, format!("its tensor {name:?} {what}"));
        let bytes = stored.numbers(&file.map).map_err(fault)?;
        decode_floats(stored.dtype, &bytes)
            .ok_or_else(|| fault(format!("holds numbers of type {}, not weights", stored.dtype)))
    }

    fn beyond(&self, name: &str) -> Error {
        damaged(&self.source, format!("its tensor {name:?} lies beyond its end"))
    }

    /// What its first file says of itself, as text by key.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        static NOTHING: BTreeMap<String, String> = BTreeMap::new();
        self.files.first().map_or(&NOTHING, |file| &file.metadata)
    }

    /// The files in use with their bytes, in the order they were opened.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        self.files.iter().map(|file| (file.path.as_path(), &*file.map))
    }
}

/// `[rows, columns]` to `[columns, rows]`, in tiles so that neither side misses the cache on every number.
pub fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    const TILE: usize = 32;
    let mut out = vec![0.0; values.len()];
    for row0 in (0..rows).step_by(TILE) {
        for column0 in (0..columns).step_by(TILE) {
            for row in row0..(row0 + TILE).min(rows) {
                for column in column0..(column0 + TILE).min(columns) {
                    out[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use safetensors::tensor::TensorView;

    use super::*;

    /// A safetensors file with one-number tensors of these names and values.
    fn write(path: &Path, tensors: &[(&str, f32)]) {
        let bytes: Vec<_> = tensors.iter().map(|(_, value)| value.to_le_bytes()).collect();
        let views = tensors.iter().zip(&bytes).map(|((name, _), bytes)| {
            (name.to_string(), TensorView::new(Dtype::F32, vec![1], bytes).unwrap())
        });
        std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
    }

    fn refusal(folder: &Path) -> String {
        Weights::open(folder, false).err().unwrap().to_string()
    }

    #[test]
    fn the_golden_text_encoder_is_read() {
        let folder = crate::golden("sd1/text_encoder");
        let weights = Weights::open(&folder, true).unwrap();
        let table = weights.names().find(|name| name.ends_with("token_embedding.weight")).unwrap();
        assert_eq!(weights.shape(table).unwrap(), [854, 32]);
        assert_eq!(weights.dtype(table).unwrap(), Dtype::F32);
        let numbers = weights.read_f32(table).unwrap();
        assert!(numbers.len() == 854 * 32 && numbers.iter().all(|number| number.is_finite()));
        assert_eq!(weights.row_f32(table, 853).unwrap(), numbers[853 * 32..]);
        assert!(weights.row_f32(table, 854).is_err());
        let positions = weights.names().find(|name| name.ends_with("position_ids")).unwrap();
        assert!(weights.is_float(table) && !weights.is_float(positions) && !weights.is_float("nothing"));
        assert!(weights.read_f32(positions).unwrap_err().to_string().contains("position_ids"));
        assert!(weights.read_f32("nothing").unwrap_err().to_string().contains("nothing"));
    }

    #[test]
    fn transposes_shapes_that_are_no_multiple_of_the_tile() {
        let (rows, columns) = (37, 70);
        let values: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
        let turned = transpose(&values, rows, columns);
        assert!((0..rows).all(|r| (0..columns).all(|c| turned[c * rows + r] == values[r * columns + c])));
    }

    #[test]
    fn the_plain_file_is_preferred_and_half_precision_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let value = |half| Weights::open(path, half).unwrap().read_f32("x").unwrap()[0];
        write(&path.join("model.non_ema.safetensors"), &[("x", 1.0)]);
        write(&path.join("model.safetensors.part"), &[("x", 9.0)]);
        assert_eq!((value(false), value(true)), (1.0, 1.0));
        write(&path.join("model.fp16.safetensors"), &[("x", 2.0)]);
        assert_eq!((value(false), value(true)), (2.0, 2.0));
        write(&path.join("model.safetensors"), &[("x", 3.0)]);
        assert_eq!((value(false), value(true)), (3.0, 2.0));
    }

    #[test]
    fn shards_are_joined_and_a_missing_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("diffusion_pytorch_model");
        let shard = |number: u32| stem.with_extension(format!("x-{number}-of-2.safetensors"));
        write(&shard(1), &[("a", 1.0)]);
        write(&shard(2), &[("b", 2.0)]);
        assert!(refusal(folder.path()).contains("index"));
        let names = [shard(1), shard(2)].map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
        let index = |first: &str, tensor: &str| {
            let map = serde_json::json!({ "weight_map": { tensor: first, "b": names[1] } });
            std::fs::write(stem.with_extension("safetensors.index.json"), map.to_string()).unwrap();
        };
        index(&names[0], "a");
        let weights = Weights::open(folder.path(), false).unwrap();
        assert_eq!(weights.names().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(weights.read_f32("b").unwrap(), [2.0]);
        index("../elsewhere.safetensors", "a");
        assert!(refusal(folder.path()).contains("names no file beside it"));
        index(&names[0], "c");
        assert!(refusal(folder.path()).contains("\"c\""));
        index("gone.safetensors", "a");
        assert!(refusal(folder.path()).contains("gone.safetensors"));
    }

    #[test]
    fn pickled_shards_are_joined_where_there_is_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let golden = crate::golden("embeddings/diffusers.bin");
        let word = Weights::open_file(&golden).unwrap();
        let name = word.names().next().unwrap().to_owned();
        let shard = "pytorch_model-00001-of-00001.bin";
        std::fs::copy(&golden, folder.path().join(shard)).unwrap();
        assert!(refusal(folder.path()).contains("index"));
        let map = serde_json::json!({ "weight_map": { name.as_str(): shard } });
        std::fs::write(folder.path().join("pytorch_model.bin.index.json"), map.to_string()).unwrap();
        let joined = Weights::open(folder.path(), true).unwrap();
        assert_eq!(joined.read_f32(&name).unwrap(), word.read_f32(&name).unwrap());
    }

    #[test]
    fn damaged_files_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        assert!(refusal(folder.path()).contains("no weights"));
        let index = folder.path().join("pytorch_model.bin.index.json");
        std::fs::write(&index, b"{}").unwrap();
        assert!(refusal(folder.path()).contains("not an index of shards"));
        let pickled = folder.path().join("pytorch_model.bin");
        std::fs::write(&pickled, b"\x80\x02x").unwrap();
        assert!(refusal(folder.path()).contains("pytorch_model.bin"));
        for path in [index, pickled] {
            std::fs::remove_file(path).unwrap();
        }
        write(&path, &[("x", 1.0)]);
        let whole = std::fs::read(&path).unwrap();
        for (bytes, expected) in [
            (&whole[..whole.len() - 2], "cut off"),
            (&whole[..20], "cut off"),
            (&whole[..3], "only 3 bytes"),
            (b"", "empty"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
            (&[&2u64.to_le_bytes()[..], b"[]"].concat(), "not readable"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let sentence = refusal(folder.path());
            assert!(sentence.contains(expected) && sentence.contains("model.safetensors"), "{sentence}");
        }
    }
}
