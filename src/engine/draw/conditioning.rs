//! What the U-Net is conditioned on at each step of drawing: a prompt's schedule, windows and weights as tensors.
//!
//! A text is encoded when its step comes, and what was made for the last steps is kept, so that a prompt that changes
//! at every step needs no more memory than another. Contexts are as long as the longest of all steps, filled up with
//! windows of the empty prompt.

use std::collections::{HashMap, VecDeque};

use burn::tensor::{Tensor, TensorData};

use super::LoadedWords;
use super::prompt_weighting::{Encoded, weighted};
use base::Result;
use diffusion::guidance::rescaled;
use inversion::Guided;
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
        if self.known.len() > KEPT_WINDOWS {
            self.known.clear();
        }
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

/// How many conditionings are kept for later steps, and how many windows.
const KEPT: usize = 4;
const KEPT_WINDOWS: usize = 256;

/// The conditioning of every step. A text is encoded when its step comes.
pub(super) struct PromptPlan<'a> {
    encoder: Encoder<'a>,
    words: &'a LoadedWords,
    emphasis: Emphasis,
    said: Vec<Vec<Piece>>,
    steps: Vec<Terms>,
    /// How many windows the longest text has.
    longest: usize,
    /// A window without words.
    nothing: Window,
    /// Which text is all zeros.
    zeros: Option<usize>,
    /// What was asked for last, by its texts.
    made: VecDeque<(Vec<usize>, Conditioning)>,
    /// What stands for the negative prompt at each step, if something does.
    null_texts: &'a [Vec<f32>],
    /// How far the guided prediction is given the contrast of the prompt's.
    rescale: f64,
}

impl<'a> PromptPlan<'a> {
    /// Reads what the settings say, for each step.
    pub(super) fn new(
        model: &'a Pipeline,
        words: &'a LoadedWords,
        settings: &GenerateSettings,
        size: [u32; 2],
    ) -> Self {
        Self::of(model, words, settings, size, &|step| Moment::of(step, settings.steps))
    }

    /// The same for a second pass, which leaves out so many of the steps.
    pub(super) fn second(
        model: &'a Pipeline,
        words: &'a LoadedWords,
        settings: &GenerateSettings,
        size: [u32; 2],
        skipped: usize,
    ) -> Self {
        let (before, steps) = (settings.steps, settings.steps.saturating_sub(skipped).max(1));
        let moment = |step: usize| Moment { step: step.saturating_sub(skipped).max(1), steps, before };
        Self::of(model, words, settings, size, &moment)
    }

    /// The same for what each step is in its pass.
    fn of(
        model: &'a Pipeline,
        words: &'a LoadedWords,
        settings: &GenerateSettings,
        size: [u32; 2],
        moment: &dyn Fn(usize) -> Moment,
    ) -> Self {
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
            let moment = moment(step);
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
        let mut nothing = words.windows(&[]).windows;
        let longest = said.iter().map(|pieces| words.windows(pieces).windows.len()).max().unwrap_or(1);
        // SDXL takes zeros as "no negative prompt".
        let zero = guided && model.conditioner.zero_negative && settings.negative_prompt.trim().is_empty();
        let zeros = zero.then(|| {
            steps.iter_mut().for_each(|terms| terms[0].1 = said.len());
            said.push(Vec::new());
            said.len() - 1
        });
        let learned = words.vectors.as_ref().map(|vectors| vectors.to_tensor(&model.conditioner.device()));
        let encoder = Encoder::new(model, learned, settings.clip_skip, size);
        let (nothing, made, rescale) = (nothing.swap_remove(0), VecDeque::new(), settings.rescale);
        Self {
            encoder,
            words,
            emphasis,
            said,
            steps,
            longest,
            nothing,
            zeros,
            made,
            null_texts: &[],
            rescale,
        }
    }

    /// Puts these in place of what the negative prompt becomes, one for each step. Texts are made as long as they are.
    pub(super) fn take_null_texts(&mut self, texts: &'a [Vec<f32>]) {
        let window = self.nothing.pieces.len() * self.encoder.model.conditioner.width();
        let windows = texts.iter().map(|text| text.len() / window.max(1)).max();
        self.longest = self.longest.max(windows.unwrap_or(0));
        self.null_texts = texts;
    }

    /// What drawing a step from these latents is made of, apart from the negative prompt. Only with guidance.
    pub(super) fn guided(
        &mut self,
        step: usize,
        mut ask: impl FnMut(&Conditioning, usize) -> Result<Vec<f32>>,
    ) -> Result<Guided> {
        let terms = self.steps[step.clamp(1, self.steps.len()) - 1].clone();
        let (factor, empty) = terms[0];
        let empty = self.conditioning(vec![empty])?;
        let mut others = Vec::new();
        for (factor, text) in &terms[1..] {
            others.push((*factor, ask(&self.conditioning(vec![*text])?, 1)?));
        }
        let others: Vec<_> = others.iter().map(|(factor, values)| (*factor, values.as_slice())).collect();
        Ok(Guided { factor, rest: diffusion::guidance::sum(&others), empty })
    }

    /// The predictions for so many pictures at a step, from 1 on, one behind the other: `ask` gets what to be conditioned on
    /// and for how many rows of each picture, and gives the network's predictions for the rows of the first picture, then for
    /// those of the next.
    pub(super) fn predict(
        &mut self,
        step: usize,
        pictures: usize,
        mut ask: impl FnMut(&Conditioning, usize) -> Result<Vec<f32>>,
    ) -> Result<Vec<f32>> {
        let index = step.clamp(1, self.steps.len()) - 1;
        let terms = self.steps[index].clone();
        let mut predictions = Vec::new();
        // Two at a time, as many as plain guidance asks, so that joined prompts need no more memory.
        for (chunk, rows) in terms.chunks(ROWS).enumerate() {
            let texts: Vec<usize> = rows.iter().map(|(_, text)| *text).collect();
            let mut given = self.conditioning(texts)?;
            if let Some(text) =
                self.null_texts.get(step.saturating_sub(1)).filter(|_| chunk == 0 && terms.len() > 1)
            {
                given.context = with_first(given.context, text);
            }
            let answer = ask(&given.repeated(pictures), rows.len())?;
            let length = (answer.len() / (rows.len() * pictures).max(1)).max(1);
            predictions.extend((0..rows.len()).map(|row| {
                let of_text = answer.chunks_exact(length).skip(row).step_by(rows.len());
                of_text.flatten().copied().collect::<Vec<f32>>()
            }));
        }
        if let [(_, _)] = terms[..] {
            return Ok(predictions.swap_remove(0));
        }
        let terms: Vec<_> = terms
            .iter()
            .zip(&predictions)
            .map(|((factor, _), values)| (*factor, values.as_slice()))
            .collect();
        let guided = diffusion::guidance::sum(&terms);
        // Of several prompts, what they predict together; nothing where their weights come to nothing.
        let total: f64 = terms[1..].iter().map(|(factor, _)| factor).sum();
        if self.rescale == 0.0 || total.abs() < 1e-6 {
            return Ok(guided);
        }
        let asked: Vec<_> = terms[1..].iter().map(|(factor, values)| (factor / total, *values)).collect();
        let asked = diffusion::guidance::sum(&asked);
        // The contrast is that of each picture.
        let length = (guided.len() / pictures.max(1)).max(1);
        let each = guided.chunks(length).zip(asked.chunks(length));
        Ok(each.flat_map(|(guided, asked)| rescaled(guided.to_vec(), asked, self.rescale)).collect())
    }

    /// A text as the encoders and its weights make it.
    fn encoded(&mut self, text: usize) -> Result<Encoded> {
        let mut windows = self.words.windows(&self.said[text]).windows;
        windows.resize(self.longest, self.nothing.clone());
        let widths = self.encoder.model.conditioner.widths();
        let (pieces, emphasis) = (&self.said[text], self.emphasis);
        let encoded = weighted(&mut self.encoder, pieces, &windows, &self.nothing, emphasis, &widths)?;
        Ok(if self.zeros == Some(text) { encoded.zeros() } else { encoded })
    }

    /// Texts as the U-Net takes them.
    fn conditioning(&mut self, texts: Vec<usize>) -> Result<Conditioning> {
        if let Some((_, made)) = self.made.iter().find(|(known, _)| *known == texts) {
            return Ok(made.clone());
        }
        let rows = texts.iter().map(|text| self.encoded(*text)).collect::<Result<Vec<_>>>()?;
        let Encoder { model, size, .. } = self.encoder;
        let (device, dtype, width) = (&model.device, model.unet.dtype, model.conditioner.width());
        let context: Vec<f32> = rows.iter().flat_map(|text| text.context.iter().copied()).collect();
        let shape = [rows.len(), context.len() / (rows.len() * width).max(1), width];
        let context = Tensor::<3>::from_data(TensorData::new(context, shape), device).cast(dtype);
        let pooled: Option<Vec<&[f32]>> = rows.iter().map(|text| text.pooled.as_deref()).collect();
        let added = pooled.map(|pooled| {
            let shape = [rows.len(), pooled.first().map_or(0, |row| row.len())];
            let pooled = TensorData::new(pooled.concat(), shape);
            let pooled = Tensor::<2>::from_data(pooled, device).cast(dtype);
            let [width, height] = size.map(f64::from);
            Added { pooled, sizes: vec![[height, width, 0.0, 0.0, height, width]; rows.len()] }
        });
        let made = Conditioning { context, added };
        self.made.truncate(KEPT - 1);
        self.made.push_front((texts, made.clone()));
        Ok(made)
    }
}

/// A context whose first row begins with this text.
///
/// # Shapes
/// - `context`, output: `[rows, tokens, width]`; `text`: as many whole tokens as it has, or fewer
fn with_first(context: Tensor<3>, text: &[f32]) -> Tensor<3> {
    let [_, tokens, width] = context.dims();
    let count = (text.len() / width.max(1)).min(tokens);
    let text = TensorData::new(text[..count * width].to_vec(), [1, count, width]);
    let text = Tensor::<3>::from_data(text, &context.device()).cast(context.dtype());
    context.slice_assign([0..1, 0..count, 0..width], text)
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
mod tests;
