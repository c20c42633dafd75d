//! Learned words in PyTorch files: the original implementation's, AUTOMATIC1111's, diffusers' and kohya's.
//!
//! The description is read strictly, so a file that asks to run anything is refused. Writing makes the smallest
//! pickle that these programs accept, by hand: the archive holds `data.pkl`, the numbers and `version`, because
//! AUTOMATIC1111 refuses files with more in them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::entries::{self, Entry, MAX_NUMBERS};
use super::layout::EmbeddingFormat;
use super::refusal::Refusal;
use super::word::{LearnedWord, REMARK};
use crate::kinds;
use crate::pickle::{Mode, TensorRef, Value};
use crate::torch::TorchFile;
use project::Family;

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LearnedWord>, Refusal> {
    let file = TorchFile::parse(bytes, Mode::Strict)?;
    let mut source = Source { file: &file, bytes, left: MAX_NUMBERS };
    match &file.root {
        // Some programs wrap what they save in a list.
        Value::List(parts) | Value::Tuple(parts) if parts.len() <= 64 => {
            let mut words = Vec::new();
            for part in parts {
                words.extend(source.words(part)?);
            }
            if words.is_empty() { Err("it holds no vectors".into()) } else { Ok(words) }
        }
        root => source.words(root),
    }
}

/// A file, and how many numbers may still be taken from it: many tensors may show the same ones.
struct Source<'a> {
    file: &'a TorchFile,
    bytes: &'a [u8],
    left: usize,
}

impl<'a> Source<'a> {
    fn words(&mut self, value: &'a Value) -> Result<Vec<LearnedWord>, Refusal> {
        let kind = "a PyTorch file";
        if let Value::Tensor(tensor) = value {
            let entry = self.entry("", tensor)?;
            return entries::words(vec![entry], &BTreeMap::new(), kind);
        }
        let Some(items) = value.entries() else { return Err("it holds neither a word nor tensors".into()) };
        let metadata = metadata(value);
        if let Some(params) = value.get("string_to_param") {
            let params = params.get("_parameters").unwrap_or(params);
            let params = params.entries().ok_or("its list of words is not readable")?;
            return self.string_to_param(params, value, &metadata);
        }
        if value.get("optimizer_state_dict").is_some() {
            let fault = "it is what a training program keeps beside a word to go on learning, not the word";
            return Err(fault.into());
        }
        let keys = |items: &'a [(Value, Value)]| {
            items.iter().filter_map(|(key, _)| key.as_str()).collect::<Vec<_>>()
        };
        if let Some(inner) = value.get("state_dict") {
            let names = inner.entries().map(keys).unwrap_or_default();
            let model = || "it is a model, not a learned word".into();
            return Err(Refusal::of_names(&names).unwrap_or_else(model));
        }
        if let Some(kind) = kinds::of_keys(&keys(items)) {
            return Err(Refusal { fault: format!("it is {}", kind.what), remedy: kind.remedy });
        }
        let mut found = Vec::new();
        for (key, item) in items {
            // Entries beside the tensors, such as a name or a number of steps, were taken already.
            if let (Some(name), Value::Tensor(tensor)) = (key.as_str(), item) {
                found.push(self.entry(name, tensor)?);
            }
        }
        entries::words(found, &metadata, kind)
    }

    /// The words of the layout that the original implementation began: `string_to_param`.
    fn string_to_param(
        &mut self,
        params: &'a [(Value, Value)],
        whole: &Value,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Vec<LearnedWord>, Refusal> {
        let mut found = Vec::new();
        for (key, value) in params {
            let name = key.as_str().ok_or("its list of words is not readable")?;
            let tensor = value.as_tensor().ok_or("its list of words is not readable")?;
            found.push(self.entry(name, tensor)?);
        }
        let theirs = if whole.get("name").is_some() || whole.get("sd_checkpoint").is_some() {
            "AUTOMATIC1111's layout"
        } else {
            "the original layout"
        };
        let kind = format!("{theirs} (string_to_param) in a PyTorch file");
        let mut words = entries::named(&found, metadata, &kind, entries::is_name)?;
        if let [word] = words.as_mut_slice() {
            word.token = word.token.take().or_else(|| given_name(whole));
        }
        Ok(words)
    }

    fn entry(&mut self, name: &str, tensor: &'a TensorRef) -> Result<Entry<'a>, Refusal> {
        let count = tensor.elements().and_then(|count| self.left.checked_sub(count));
        self.left = count.ok_or("it is larger than learned words are")?;
        let bytes: Cow<'a, [u8]> = self.file.tensor_bytes(tensor, self.bytes)?;
        Ok(Entry { name: name.to_owned(), dtype: tensor.dtype, shape: tensor.shape.clone(), bytes })
    }
}

/// The name that AUTOMATIC1111 gave the word.
fn given_name(whole: &Value) -> Option<String> {
    whole.get("name").and_then(Value::as_str).filter(|name| entries::is_name(name)).map(str::to_owned)
}

/// What the file says about where the word comes from, in our keys.
fn metadata(whole: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let text = |key: &str| whole.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(steps) = whole.get("step").and_then(Value::as_int).filter(|steps| *steps >= 0) {
        found.insert("ss_steps".to_owned(), steps.to_string());
    }
    for (theirs, ours) in [("sd_checkpoint_name", "ss_sd_model_name"), ("sd_checkpoint", "sd_checkpoint")] {
        if let Some(text) = text(theirs) {
            found.insert(ours.to_owned(), text.chars().filter(|part| !part.is_control()).take(200).collect());
        }
    }
    if whole.get("string_to_param").is_some() && whole.get("clip_g").is_some() {
        found.insert(REMARK.to_owned(), "it holds the word in two layouts, of which one is read".to_owned());
    }
    found
}

/// The instructions of a pickle being written, in protocol 2.
#[derive(Default)]
struct Script {
    bytes: Vec<u8>,
    storages: Vec<Vec<u8>>,
}

impl Script {
    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes.push(b'X');
        // A name of a word, never beyond 32 bits of length.
        self.bytes.extend((text.len() as u32).to_le_bytes());
        self.bytes.extend(text.as_bytes());
        self
    }

    fn code(&mut self, code: &[u8]) -> &mut Self {
        self.bytes.extend(code);
        self
    }

    fn global(&mut self, module: &str, name: &str) -> &mut Self {
        self.bytes.extend(format!("c{module}\n{name}\n").into_bytes());
        self
    }

    fn int(&mut self, number: usize) -> &mut Self {
        match i32::try_from(number) {
            Ok(number) => {
                self.bytes.push(b'J');
                self.bytes.extend(number.to_le_bytes());
            }
            Err(_) => {
                self.bytes.extend([0x8a, 9]);
                self.bytes.extend((number as u64).to_le_bytes());
                self.bytes.push(0);
            }
        }
        self
    }

    /// A tensor of numbers in rows, as a call of PyTorch's own function.
    fn tensor(&mut self, storage: &str, numbers: Vec<u8>, count: usize, shape: &[usize]) -> &mut Self {
        let key = self.storages.len().to_string();
        self.storages.push(numbers);
        self.global("torch._utils", "_rebuild_tensor_v2")
            .code(b"((")
            .text("storage")
            .global("torch", storage);
        self.text(&key).text("cpu").int(count).code(b"tQ").int(0).code(b"(");
        for length in shape {
            self.int(*length);
        }
        self.code(b"t(");
        for axis in 0..shape.len() {
            self.int(shape[axis + 1..].iter().product());
        }
        // Not to be learned further, and no hooks.
        self.code(b"t\x89").ordered().code(b"tR")
    }

    fn ordered(&mut self) -> &mut Self {
        self.global("collections", "OrderedDict").code(b")R")
    }

    fn matrix(&mut self, values: &[f32], shape: [usize; 2]) -> &mut Self {
        let bytes = values.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.tensor("FloatStorage", bytes, values.len(), &shape)
    }
}

/// A pickle for a layout, and the storages that go with it in order.
pub(super) fn encode(word: &LearnedWord, name: &str, format: EmbeddingFormat) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut script = Script::default();
    script.code(b"\x80\x02}(");
    if let Some(second) = &word.second {
        script.text("clip_l").matrix(&word.vectors, word.shape);
        script.text("clip_g").matrix(&second.values, second.shape);
        script.code(b"u.");
        return (script.bytes, script.storages);
    }
    // The number of `*` in the vocabulary of the text encoder: CLIP's, or BERT's for the paper's own model.
    let star: usize = if word.family() == Some(Family::Ldm) { 1008 } else { 265 };
    if format == EmbeddingFormat::OriginalPt {
        script.text("string_to_token").code(b"}").text("*");
        script.tensor("LongStorage", (star as u64).to_le_bytes().to_vec(), 1, &[]).code(b"s");
        script.text("string_to_param").global("torch.nn.modules.container", "ParameterDict").code(b")\x81}(");
        script.text("training").code(b"\x88");
        script.text("_parameters").ordered().text("*");
        script.global("torch._utils", "_rebuild_parameter").code(b"(").matrix(&word.vectors, word.shape);
        script.code(b"\x88").ordered().code(b"tRs");
        for empty in [
            "_buffers",
            "_backward_hooks",
            "_forward_hooks",
            "_forward_pre_hooks",
            "_state_dict_hooks",
            "_load_state_dict_pre_hooks",
            "_modules",
        ] {
            script.text(empty).ordered();
        }
        script.text("_non_persistent_buffers_set").global("__builtin__", "set").code(b"]\x85R");
        script.text("_is_full_backward_hook").code(b"N");
        // Where newer versions keep the order of the names.
        script.text("_keys").code(b"}").text("*").code(b"Ns");
        script.code(b"ubu.");
        return (script.bytes, script.storages);
    }
    script.text("string_to_token").code(b"}").text("*").int(star).code(b"s");
    script.text("string_to_param").code(b"}").text("*").matrix(&word.vectors, word.shape).code(b"s");
    script.text("name").text(name);
    match word.metadata.get("ss_steps").and_then(|steps| steps.parse::<usize>().ok()) {
        Some(steps) => script.text("step").int(steps),
        None => script.text("step").code(b"N"),
    };
    for (theirs, ours) in [("sd_checkpoint", "sd_checkpoint"), ("sd_checkpoint_name", "ss_sd_model_name")] {
        match word.metadata.get(ours) {
            Some(text) => script.text(theirs).text(text),
            None => script.text(theirs).code(b"N"),
        };
    }
    script.code(b"u.");
    (script.bytes, script.storages)
}
