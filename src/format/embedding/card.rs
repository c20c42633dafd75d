//! Cards: pictures that carry a learned word, in a text chunk, in their pixels or in both.
//!
//! AUTOMATIC1111 invented them. The text is JSON, where a tensor is a list of lists; only what a word needs is
//! taken from it, and it is read straight into numbers, so that a large text cannot become something larger.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, ImageReader, Limits, RgbImage};
use safetensors::Dtype;
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_json::json;

use super::entries::{self, Entry};
use super::pixels;
use super::refusal::Refusal;
use super::word::LearnedWord;
use crate::png_info;

const KEYWORD: &str = "sd-ti-embedding";
/// The longest JSON of a word, in bytes: 75 vectors of 1280 numbers of 25 letters, three times over.
const MAX_TEXT: usize = 8 << 20;
/// The most numbers of a word.
const MAX_NUMBERS: usize = 75 * 8192;
/// The largest side of a card in pixels, and the most memory for decoding it.
const MAX_SIDE: u32 = 8192;
const MAX_ALLOC: u64 = 48 << 20;

const PLAIN: &str = "it is a picture that carries no learned word";

pub(super) fn read_png(bytes: &[u8]) -> Result<Vec<LearnedWord>, Refusal> {
    let text = png_info::text(Cursor::new(bytes), KEYWORD).map_err(|fault| png_info::damage(&fault))?;
    match text {
        Some(text) if text.len() > 2 * MAX_TEXT => Err("the word it carries is longer than any word".into()),
        Some(text) => {
            let json = STANDARD.decode(text.trim()).ok().ok_or("the word it carries is damaged")?;
            parse(&json, "a PNG card (text chunk)")
        }
        None => from_pixels(bytes, ImageFormat::Png, "a PNG card (pixels)"),
    }
}

pub(super) fn read_webp(bytes: &[u8]) -> Result<Vec<LearnedWord>, Refusal> {
    // The parts of a WebP file: a name, a length, the content, padded to an even length.
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let (Some(name), Some(length)) =
        (rest.get(..4), rest.get(4..8).and_then(|length| length.first_chunk()))
    {
        if name == b"VP8 " {
            let fault = "it is a picture that was compressed with loss, so no word can be in its pixels";
            return Err(fault.into());
        }
        let length = (u32::from_le_bytes(*length) as usize).next_multiple_of(2);
        rest = rest.get(8 + length..).unwrap_or_default();
    }
    from_pixels(bytes, ImageFormat::WebP, "a WebP card (pixels)")
}

fn from_pixels(bytes: &[u8], format: ImageFormat, kind: &str) -> Result<Vec<LearnedWord>, Refusal> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let picture = reader.decode().ok().ok_or("it is a picture that is damaged or too large for a card")?;
    // As the published reader does: transparency is dropped.
    read_picture(&picture.into_rgb8(), kind)
}

pub(super) fn read_picture(picture: &RgbImage, kind: &str) -> Result<Vec<LearnedWord>, Refusal> {
    let text = pixels::decode(picture, MAX_TEXT).ok_or(PLAIN)?;
    parse(&text, kind)
}

/// The JSON of a card.
#[derive(Deserialize)]
struct Card {
    string_to_param: BTreeMap<String, Rows>,
    name: Option<String>,
    step: Option<f64>,
    sd_checkpoint: Option<String>,
    sd_checkpoint_name: Option<String>,
}

#[derive(Deserialize)]
struct Rows {
    #[serde(rename = "TORCHTENSOR")]
    tensor: Matrix,
}

fn parse(json: &[u8], kind: &str) -> Result<Vec<LearnedWord>, Refusal> {
    let card: Card = serde_json::from_slice(json).ok().ok_or("the word it carries is damaged")?;
    let mut metadata = BTreeMap::new();
    let plain = |text: String| text.chars().filter(|part| !part.is_control()).take(200).collect::<String>();
    if let Some(step) = card.step.filter(|step| (0.0..1e12).contains(step)) {
        metadata.insert("ss_steps".to_owned(), format!("{step:.0}"));
    }
    for (key, value) in [("sd_checkpoint", card.sd_checkpoint), ("ss_sd_model_name", card.sd_checkpoint_name)]
    {
        if let Some(value) = value.map(plain).filter(|value| !value.is_empty()) {
            metadata.insert(key.to_owned(), value);
        }
    }
    let entry = |(name, rows): (String, Rows)| Entry {
        name,
        dtype: Dtype::F32,
        shape: rows.tensor.shape,
        bytes: Cow::Owned(rows.tensor.values.iter().flat_map(|number| number.to_le_bytes()).collect()),
    };
    let entries: Vec<Entry<'_>> = card.string_to_param.into_iter().map(entry).collect();
    // The place of the word in JSON is the same as in AUTOMATIC1111's files.
    let mut words =
        entries::named(&entries, &metadata, &format!("{kind}, string_to_param"), entries::is_name)?;
    if let [word] = words.as_mut_slice() {
        word.token = word.token.take().or(card.name.filter(|name| entries::is_name(name)));
    }
    Ok(words)
}

/// Numbers in rows of one length, or in one row without a list around it.
struct Matrix {
    values: Vec<f32>,
    shape: Vec<usize>,
}

impl<'de> Deserialize<'de> for Matrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self { values: Vec::new(), shape: Vec::new() })
    }
}

impl<'de> Visitor<'de> for Matrix {
    type Value = Self;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("rows of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Self, A::Error> {
        let (mut rows, mut width) = (0usize, None);
        while let Some(length) = seq.next_element_seed(Row(&mut self.values))? {
            if *width.get_or_insert(length) != length {
                return Err(de::Error::custom("rows of different lengths"));
            }
            rows += 1;
        }
        self.shape = match width {
            Some(Some(width)) => vec![rows, width],
            _ => vec![rows],
        };
        Ok(self)
    }
}

/// A row, or a single number; says how long the row was.
struct Row<'a>(&'a mut Vec<f32>);

impl Row<'_> {
    fn push<E: de::Error>(&mut self, number: f64) -> Result<(), E> {
        if self.0.len() >= MAX_NUMBERS {
            return Err(E::custom("more numbers than any word has"));
        }
        self.0.push(number as f32);
        Ok(())
    }
}

impl<'de> de::DeserializeSeed<'de> for Row<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a number or a row of numbers")
    }

    fn visit_f64<E: de::Error>(mut self, number: f64) -> Result<Option<usize>, E> {
        self.push(number).map(|()| None)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Option<usize>, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Option<usize>, E> {
        self.visit_f64(number as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Option<usize>, A::Error> {
        let before = self.0.len();
        while let Some(number) = seq.next_element::<f64>()? {
            self.push(number)?;
        }
        Ok(Some(self.0.len() - before))
    }
}

/// A picture with the word in its pixels, and the text chunk that says the same.
pub(super) fn encode(word: &LearnedWord, name: &str, picture: &RgbImage) -> std::io::Result<Vec<u8>> {
    let rows: Vec<&[f32]> = word.vectors.chunks(word.shape[1]).collect();
    let entry = |key: &str| word.metadata.get(key);
    let text = json!({
        "string_to_token": { "*": 265 },
        "string_to_param": { "*": { "TORCHTENSOR": rows } },
        "name": name,
        "step": entry("ss_steps").and_then(|steps| steps.parse::<u64>().ok()),
        "sd_checkpoint": entry("sd_checkpoint"),
        "sd_checkpoint_name": entry("ss_sd_model_name"),
    });
    let text = text.to_string();
    let card = pixels::encode(picture, text.as_bytes())?;
    let mut out = Vec::new();
    png_info::encode(&mut out, &card, KEYWORD, STANDARD.encode(&text)).map_err(std::io::Error::from)?;
    Ok(out)
}

/// A plain picture of the word's own making: a square whose colours are its numbers.
pub(super) fn portrait(word: &LearnedWord) -> RgbImage {
    const SIDE: u32 = 384;
    const CELLS: usize = 16;
    let most = word.vectors.iter().fold(0f32, |most, number| most.max(number.abs())).max(f32::MIN_POSITIVE);
    RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let cell = |at: u32| at as usize * CELLS / SIDE as usize;
        let index = 3 * (cell(y) * CELLS + cell(x));
        let channel = |offset: usize| {
            let number = word.vectors[(index + offset) % word.vectors.len()] / most;
            (128.0 + 100.0 * number) as u8
        };
        image::Rgb([channel(0), channel(1), channel(2)])
    })
}
