//! Marks in a picture by which its maker forbids that anything is learned from it.
//!
//! Read are the assertions on training in a C2PA manifest (`c2pa.training-mining`, `cawg.training-mining`), PLUS's "Data
//! Mining" of IPTC and TDMRep's reservation in XMP, and the signs `noai` and `noimageai` in XMP, IPTC, EXIF, the texts of a
//! PNG and comments, wherever in the file and on whichever of its pages they stand. Blocks are only parsed and are of
//! bearable length; no signature is checked, and what cannot be told is no mark. But a maker's word counts also in XMP that is
//! too long or too damaged to be parsed.

mod blocks;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use roxmltree::{Document, Node};

use super::notes::PictureNotes;
use blocks::Blocks;

/// Most that is looked at of a manifest, in bytes: they hold small pictures.
const MOST_MANIFEST: usize = 16 << 20;
/// Most that is looked through of a packet of XMP, in bytes: Photoshop's lists of ancestors fill many megabytes.
const MOST_XMP: usize = 64 << 20;
/// Boxes within each other: real ones have a handful.
const DEEPEST: usize = 16;
/// Most marks that are told of a picture, and most characters of each.
const MOST_MARKS: usize = 16;
const LONGEST_MARK: usize = 200;

/// The uses that learning a word is, as assertions name them. Using a model on the picture is another.
const LEARNING: [&str; 3] = [".ai_generative_training", ".ai_training", ".data_mining"];

/// What stands in a JPEG, PNG, WebP, GIF or TIFF, much of which decoders do not hand out: XMP wherever it lies, and the marks
/// beside it; what a PNG keeps of IPTC; EXIF. Nothing if it cannot be read.
pub(super) fn in_file(path: &Path) -> [PictureNotes; 3] {
    let mut blocks = Blocks::default();
    // A file that ends early has what came before.
    let _ = File::open(path).and_then(|file| blocks.read(&mut BufReader::new(file)));
    blocks.notes()
}

/// The marks in XMP.
pub(super) fn in_xmp(document: &Document<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name();
        let space = name.namespace().unwrap_or_default();
        add(&mut found, node.text().and_then(|text| of_entry(space, name.name(), text)));
        for attribute in node.attributes() {
            // An element may name its value as a resource.
            let (space, name) = match attribute.name() {
                "resource" => (space, name.name()),
                own => (attribute.namespace().unwrap_or_default(), own),
            };
            add(&mut found, of_entry(space, name, attribute.value()));
        }
    }
    found
}

/// The marks in XMP that is too long to be parsed, or damaged: its names and values as they follow each other. What a
/// prefix stands for is not known there, but nobody's `reservation` is 1 save TDMRep's.
pub(super) fn in_unparsed(xml: &[u8]) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '=');
    let (mut found, mut before) = (Vec::new(), "");
    for chunk in xml[..xml.len().min(MOST_XMP)].utf8_chunks() {
        for part in chunk.valid().split(ends).filter(|part| !part.is_empty()) {
            let name = before.rsplit(':').next().unwrap_or(before);
            add(&mut found, of_entry("tdm", name, part));
            before = part;
        }
    }
    found
}

/// The marks in a C2PA manifest.
pub(super) fn in_manifest(manifest: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    in_boxes(&manifest[..manifest.len().min(MOST_MANIFEST)], 0, &mut found);
    found
}

/// Adds marks, each once and cut to a bearable length, as long as there are not too many.
pub(super) fn add(found: &mut Vec<String>, marks: impl IntoIterator<Item = String>) {
    for mark in marks {
        let mark: String = mark.chars().take(LONGEST_MARK).collect();
        if found.len() < MOST_MARKS && !found.contains(&mark) {
            found.push(mark);
        }
    }
}

/// The mark that an entry is, if it is one.
fn of_entry(space: &str, name: &str, value: &str) -> Option<String> {
    const PROHIBITED: &str = "DMI-PROHIBITED";
    if let Some(at) = value.find(PROHIBITED) {
        let term = value[at..].split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next();
        return Some(format!("IPTC data mining: {}", term.unwrap_or(PROHIBITED)));
    }
    if name == "DataMining" && value.to_ascii_lowercase().contains("prohibited") {
        return Some("IPTC data mining: prohibited".to_owned());
    }
    let lower = name.to_ascii_lowercase();
    let reservation = ["tdm-reservation", "tdm:reservation", "tdmreservation"].contains(&lower.as_str())
        || lower == "reservation" && space.to_ascii_lowercase().contains("tdm");
    if reservation && value.trim() == "1" {
        return Some("text and data mining reserved (TDMRep)".to_owned());
    }
    says_no_ai(value).map(str::to_owned)
}

/// The sign that a text holds as a word by itself.
pub(super) fn says_no_ai(text: &str) -> Option<&'static str> {
    let words = || text.split(|c: char| !c.is_alphanumeric());
    ["noai", "noimageai"].into_iter().find(|sign| words().any(|word| word.eq_ignore_ascii_case(sign)))
}

/// Looks through the boxes of JUMBF (ISO 19566-5) for assertions on training.
fn in_boxes(mut boxes: &[u8], depth: usize, found: &mut Vec<String>) {
    while let Some((kind, inside, after)) = next_box(boxes) {
        boxes = after;
        if kind != *b"jumb" || depth >= DEEPEST {
            continue;
        }
        let Some((label, content)) = described(inside) else { continue };
        if ["cawg.training-mining", "c2pa.training-mining"].iter().any(|known| label.starts_with(known)) {
            let text = String::from_utf8_lossy(content);
            add(found, refused_uses(&text).map(|said| format!("{label}: {said}")));
        } else {
            in_boxes(content, depth + 1, found);
        }
    }
}

/// The first box: its kind, what it holds, and what follows it. One that is cut short is taken as far as it goes.
fn next_box(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (head, length) = match u32::from_be_bytes(*length) {
        0 => (8, bytes.len()),
        1 => (16, usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?),
        length => (8, length as usize),
    };
    let end = length.min(bytes.len());
    Some((*kind, bytes.get(head..end)?, &bytes[end..]))
}

/// The label of a superbox and what follows its description: 16 bytes of type, one of switches, the label up to a zero.
fn described(inside: &[u8]) -> Option<(&str, &[u8])> {
    let (kind, description, content) = next_box(inside)?;
    let label = description.get(17..).filter(|_| kind == *b"jumd")?;
    let end = label.iter().position(|byte| *byte == 0).unwrap_or(label.len());
    Some((str::from_utf8(&label[..end]).unwrap_or_default(), content))
}

/// What an assertion does not allow. Its texts stand as they are in CBOR and JSON alike: the use, then what is said of it.
fn refused_uses(text: &str) -> impl Iterator<Item = String> {
    LEARNING.into_iter().filter_map(move |name| {
        let said = &text[text.find(name)? + name.len()..];
        let next = [".ai_", ".data_mining"].into_iter().filter_map(|other| said.find(other)).min();
        let said = &said[..next.unwrap_or(said.len())];
        let what = match () {
            () if said.contains("notAllowed") => "not allowed",
            () if said.contains("constrained") => "under conditions only",
            () => return None,
        };
        Some(format!("{} {what}", &name[1..]))
    })
}

#[cfg(test)]
mod tests;
