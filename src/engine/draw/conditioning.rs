//! What the U-Net is conditioned on at each step of drawing: a prompt's schedule, windows and weights as tensors.
//!
//! All texts of all steps are encoded before the first step, each window once. Contexts are as long as the longest of
//! them, filled up with windows of the empty prompt.

use std::collections::HashMap;

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::LoadedWords;
use super::prompt_weighting::{Encoded, weighted};
use base::Result;
use inversion::objective::read;
use model::Pipeline;
use model::unet::{Added, Conditioning};
use project::{Emphasis, GenerateSettings};
use text::Window;
use text::prompt::{Moment, Piece, Prompt};

/// How many windows are encoded at once, and how many texts the U-Net is asked about at once.
const WINDOWS: usize = 8;
const ROWS: usize = 2;

/// Encodes windows by the model, and keeps what came out.
pub(super) struct Encoder<'a> {
    model: &'a Pipeline,
    learned: Option<Tensor<2>>,
    clip_skip: usize,
    size: [u32; 2],
    known: HashMap<(Vec<u32>, Option<Vec<bool>>), Encoded>,
}

impl<'a> Encoder<'a> {
    /// An encoder of texts with learned vectors, for pictures of a size.
    fn new(model: &'a Pipeline, learned: Option<Tensor<2>>, clip_skip: usize, size: [u32; 2]) -> Self {
        Self { model, learned, clip_skip, size, known: HashMap::new() }
    }

    /// What windows become, in their order. Where `unseen` is given, for each window the places that no other sees.
    pub(super) fn encode(&mut self, windows: &[(&[u32], Option<&[bool]>)]) -> Result<Vec<Encoded>> {
        let key = |(ids, unseen): &(&[u32], Option<&[bool]>)| (ids.to_vec(), unseen.map(<[bool]>::to_vec));
        let mut wanted: Vec<_> =
            windows.iter().map(key).filter(|key| !self.known.contains_key(key)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.sort_by_key(|(_, unseen)| unseen.is_some());
        // All of a batch hide something, or none does.
        for batch in
            wanted.chunk_by(|a, b| a.1.is_some() == b.1.is_some()).flat_map(|run| run.chunks(WINDOWS))
        {
            let ids: Vec<Vec<u32>> = batch.iter().map(|(ids, _)| ids.clone()).collect();
            let unseen: Option<Vec<Vec<bool>>> = batch.iter().map(|(_, unseen)| unseen.clone()).collect();
            let conditioner = &self.model.conditioner;
            let learned = self.learned.as_ref();
            let given =
                conditioner.encode_hiding(&ids, learned, self.clip_skip, self.size, unseen.as_deref());
            let [count, tokens, width] = given.context.dims();
            // Reading waits for the device, once for each batch.
            let values = read(given.context)?;
            let pooled = given.added.map(|added| read(added.pooled)).transpose()?;
            let pooled_width = pooled.as_ref().map_or(0, |pooled| pooled.len() / count.max(1));
            for (row, key) in batch.iter().enumerate() {
                let context = values[row * tokens * width..(row + 1) * tokens * width].to_vec();
                let pooled =
                    pooled.as_ref().map(|all| all[row * pooled_width..(row + 1) * pooled_width].to_vec());
                self.known.insert(key.clone(), Encoded { context, pooled });
            }
        }
        Ok(windows.iter().filter_map(|window| self.known.get(&key(window)).cloned()).collect())
    }
}

/// What is asked of the network at a step: texts, each with what its prediction is multiplied by. They add up to the
/// guided prediction.
type Terms = Vec<(f64, usize)>;

/// The conditioning of every step.
pub(super) struct PromptPlan {
    texts: Vec<Encoded>,
    steps: Vec<Terms>,
    device: Device,
    dtype: DType,
    /// Tokens of all windows, and how wide each is.
    shape: [usize; 2],
    size: [u32; 2],
    /// What was asked for already, by its texts.
    made: HashMap<Vec<usize>, Conditioning>,
}

impl PromptPlan {
    /// Encodes all that the settings say.
    pub(super) fn new(
        model: &Pipeline,
        words: &LoadedWords,
        settings: &GenerateSettings,
        size: [u32; 2],
    ) -> Result<Self> {
        let scale = settings.guidance.unwrap_or(model.defaults().guidance());
        let emphasis = settings.emphasis.unwrap_or(Emphasis::usual(model.files.family()));
        let prompt = words.prompt(&settings.prompt);
        let negative = words.negative_prompt(&settings.negative_prompt);
        let (mut said, mut steps): (Vec<Vec<Piece>>, Vec<Terms>) = (Vec::new(), Vec::new());
        let weights = prompt.parts();
        // Without guidance and with a single prompt, the other would be multiplied by nothing.
        let guided = scale != 1.0 || weights != [1.0];
        let total: f64 = weights.iter().sum();
        for step in 1..=settings.steps.max(1) {
            let moment = Moment { step, steps: settings.steps };
            let mut text =
                |prompt: &Prompt<'_>, part| place(&mut said, words.pieces(prompt, part, moment, emphasis));
            let mut terms = Vec::new();
            if guided {
                terms.push((1.0 - scale * total, text(&negative, 0)));
            }
            terms.extend(
                weights.iter().enumerate().map(|(part, weight)| (scale * weight, text(&prompt, part))),
            );
            steps.push(terms);
            if !prompt.changes() && !negative.changes() {
                break;
            }
        }

        let windows: Vec<Vec<Window>> = said.iter().map(|pieces| words.windows(pieces).windows).collect();
        let longest = windows.iter().map(Vec::len).max().unwrap_or(1);
        let nothing = words.windows(&[]).windows;
        let device = &model.device;
        let learned = words.vectors.as_ref().map(|vectors| vectors.to_tensor(device));
        let mut encoder = Encoder::new(model, learned, settings.clip_skip, size);
        let mut texts = Vec::new();
        for (pieces, mut windows) in said.iter().zip(windows) {
            windows.resize(longest, nothing[0].clone());
            texts.push(weighted(
                &mut encoder,
                pieces,
                &windows,
                &nothing[0],
                emphasis,
                &model.conditioner.widths(),
            )?);
        }
        if guided && model.conditioner.zero_negative && settings.negative_prompt.trim().is_empty() {
            // SDXL takes zeros as "no negative prompt".
            let zeros = texts[steps[0][0].1].zeros();
            let place = texts.len();
            texts.push(zeros);
            steps.iter_mut().for_each(|terms| terms[0].1 = place);
        }
        let width = model.conditioner.width();
        let tokens = texts.first().map_or(0, |text| text.context.len() / width.max(1));
        let dtype = model.unet.dtype;
        Ok(Self {
            texts,
            steps,
            device: device.clone(),
            dtype,
            shape: [tokens, width],
            size,
            made: HashMap::new(),
        })
    }

    /// The prediction at a step, from 1 on: `ask` gets what to be conditioned on and for how many rows, and gives
    /// the network's predictions for them.
    pub(super) fn predict(
        &mut self,
        step: usize,
        mut ask: impl FnMut(&Conditioning, usize) -> Result<Vec<f32>>,
    ) -> Result<Vec<f32>> {
        let index = step.clamp(1, self.steps.len()) - 1;
        let terms = self.steps[index].clone();
        let mut predictions = Vec::new();
        // Two at a time, as guidance has always been, so that joined prompts need no more memory.
        for rows in terms.chunks(ROWS) {
            let texts: Vec<usize> = rows.iter().map(|(_, text)| *text).collect();
            let answer = ask(self.conditioning(&texts), rows.len())?;
            let length = answer.len() / rows.len().max(1);
            predictions.extend(answer.chunks_exact(length.max(1)).map(<[f32]>::to_vec));
        }
        if let [(_, _)] = terms[..] {
            return Ok(predictions.swap_remove(0));
        }
        let terms: Vec<_> = terms
            .iter()
            .zip(&predictions)
            .map(|((factor, _), values)| (*factor, values.as_slice()))
            .collect();
        Ok(diffusion::guidance::sum(&terms))
    }

    /// Texts as the U-Net takes them.
    fn conditioning(&mut self, texts: &[usize]) -> &Conditioning {
        let made = self.made.entry(texts.to_vec());
        made.or_insert_with(|| {
            let rows = || texts.iter().map(|text| &self.texts[*text]);
            let [tokens, width] = self.shape;
            let context: Vec<f32> = rows().flat_map(|text| text.context.iter().copied()).collect();
            let context = TensorData::new(context, [texts.len(), tokens, width]);
            let context = Tensor::<3>::from_data(context, &self.device).cast(self.dtype);
            let pooled: Option<Vec<&[f32]>> = rows().map(|text| text.pooled.as_deref()).collect();
            let added = pooled.map(|pooled| {
                let shape = [texts.len(), pooled.first().map_or(0, |row| row.len())];
                let pooled = TensorData::new(pooled.concat(), shape);
                let pooled = Tensor::<2>::from_data(pooled, &self.device).cast(self.dtype);
                let [width, height] = self.size.map(f64::from);
                Added { pooled, sizes: vec![[height, width, 0.0, 0.0, height, width]; texts.len()] }
            });
            Conditioning { context, added }
        })
    }
}

/// The place of a text among those said, which it is added to if it is new.
fn place(said: &mut Vec<Vec<Piece>>, pieces: Vec<Piece>) -> usize {
    let same = |known: &Vec<Piece>| {
        let alike =
            |(a, b): (&Piece, &Piece)| a.text == b.text && a.weight == b.weight && a.breaks == b.breaks;
        known.len() == pieces.len() && known.iter().zip(&pieces).all(alike)
    };
    said.iter().position(same).unwrap_or_else(|| {
        said.push(pieces);
        said.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::context::JobSignal;
    use crate::draw::{SampleParams, latents, scheduler};
    use crate::session::tests::golden;
    use diffusion::Noise;
    use model::Pipeline;
    use project::{Precision, SamplerKind};

    fn model() -> Pipeline {
        Pipeline::open(&golden(), &Device::flex(), Precision::F32, &mut |_, _| Ok(())).unwrap()
    }

    /// Weighted prompts as compel itself and the rules of A1111 and ComfyUI encode them; see `make_emphasis.py`.
    #[test]
    fn weights_agree_with_what_other_programs_do() {
        let cases: [(&str, &[(&str, f64)]); 3] = [
            (
                "short",
                &[
                    ("a photo of a ", 1.0),
                    ("cat", 1.4),
                    (" on a ", 1.0),
                    ("beach", 0.6),
                    (" of ", 1.0),
                    ("a toy", 0.25),
                ],
            ),
            ("up", &[("a photo of a ", 1.0), ("red cat", 1.3)]),
            ("long", &[(&"a cat ".repeat(30), 1.0), (&"dog ".repeat(30), 0.5), (&"a toy ".repeat(10), 1.2)]),
        ];
        let model = model();
        let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/emphasis.safetensors");
        let stored = std::fs::read(stored).unwrap();
        let stored = safetensors::SafeTensors::deserialize(&stored).unwrap();
        let mut encoder = Encoder::new(&model, None, 1, [64, 64]);
        for (name, fragments) in cases {
            let piece = |(text, weight): &(&str, f64)| Piece {
                span: 0..0,
                text: (*text).into(),
                weight: *weight,
                breaks: 0,
            };
            let pieces: Vec<Piece> = fragments.iter().map(piece).collect();
            let windows = words.windows(&pieces).windows;
            let empty = &words.windows(&[]).windows[0];
            for emphasis in Emphasis::ALL {
                let widths = model.conditioner.widths();
                let got =
                    weighted(&mut encoder, &pieces, &windows, empty, *emphasis, &widths).unwrap().context;
                let want = stored.tensor(&format!("{name}.{emphasis}")).unwrap();
                let want: Vec<f32> =
                    want.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
                assert_eq!(got.len(), want.len(), "{name} {emphasis}");
                let worst = got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                // Values are up to 3.7, and A1111's mean of thousands of f32 is good to some 1e-6 of them.
                assert!(worst < 2e-5, "{name} {emphasis}: {worst}");
            }
        }
    }

    /// The latents of a prompt after three steps.
    fn drawn(model: &Pipeline, change: impl Fn(&mut GenerateSettings)) -> Vec<f32> {
        let mut settings = GenerateSettings { steps: 3, sampler: SamplerKind::Ddim, ..Default::default() };
        change(&mut settings);
        let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
        let schedule = scheduler(model).unwrap();
        let params = SampleParams::new(&words, &settings, [64, 64], 0);
        latents(model, &schedule, &params, &mut |_, _, _| JobSignal::Continue).unwrap().unwrap()
    }

    #[test]
    fn each_sign_makes_another_picture() {
        let model = model();
        let draw = |prompt: &str| drawn(&model, |settings| settings.prompt = prompt.into());
        let (cat, dog) = (draw("a photo of a cat"), draw("a photo of a dog"));
        assert_ne!(cat, dog);
        for prompt in [
            "a photo of a [cat|dog]",
            "a photo of a [cat:dog:0.5]",
            "a photo of a [cat::2]",
            "a photo of a cat BREAK a photo of a dog",
            "a photo of a cat AND a photo of a dog:0.5",
            "a photo of a (cat:1.5)",
        ] {
            let plain =
                prompt.replace(['[', ']', '(', ')', '|', ':'], " ").replace("AND", " ").replace("BREAK", " ");
            let picture = draw(prompt);
            assert!(picture != cat && picture != dog && picture != draw(&plain), "{prompt}");
        }
        // What is never reached, and what is the same twice, changes nothing.
        assert_eq!(draw("a photo of a [cat:dog:3]"), cat);
        assert_eq!(draw("a photo of a [cat|cat]"), cat);
        assert_eq!(draw("a photo of a [cat:dog:0]"), dog);
        assert_eq!(draw("a photo of a cat <lora:detail:0.8>"), cat);
        for emphasis in Emphasis::ALL {
            let weighted = |prompt: &str| {
                drawn(&model, |settings| {
                    (settings.prompt, settings.emphasis) = (prompt.into(), Some(*emphasis))
                })
            };
            assert_eq!(weighted("a photo of a cat"), cat);
            assert_ne!(weighted("a photo of a (cat:0.5)"), cat);
        }
    }

    #[test]
    fn joined_prompts_add_up_as_guidance_does() {
        let model = model();
        let draw = |prompt: &str| drawn(&model, |settings| settings.prompt = prompt.into());
        let close = |a: Vec<f32>, b: Vec<f32>| {
            let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // The halves are added up in another order.
            assert!(worst < 1e-3, "{worst}");
        };
        close(draw("a cat:0.5 AND a cat:0.5"), draw("a cat"));
        close(draw("a cat AND a dog:0"), draw("a cat"));
        let unguided = |prompt: &str| {
            drawn(&model, |settings| (settings.prompt, settings.guidance) = (prompt.into(), Some(1.0)))
        };
        close(unguided("a cat:1 AND a dog:0"), unguided("a cat"));
    }

    #[test]
    fn long_negative_prompts_count_to_their_end() {
        let model = model();
        let draw = |negative: &str| drawn(&model, |settings| settings.negative_prompt = negative.into());
        let long = "a cat ".repeat(40);
        assert_ne!(draw(&format!("{long} dog")), draw(&long));
    }

    #[test]
    fn a_word_of_75_vectors_leaves_room_for_others() {
        let model = model();
        let width = model.conditioner.width();
        let vectors = inversion::Vectors { values: Noise::new(3).normal(0, 75 * width), shape: [75, width] };
        let words = LoadedWords::new(&model.tokenizers, &[(vec!["<bad>".into()], vectors)]).unwrap();
        let prompt = words.prompt("<bad>, a dog");
        assert_eq!(words.count(&prompt, 1).1, 0);
        let pieces = words.pieces(&prompt, 0, Moment::FIRST, Emphasis::Automatic1111);
        assert_eq!(words.windows(&pieces).windows.len(), 2);
    }
}
