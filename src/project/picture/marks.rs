//! Marks in a picture by which its maker forbids that anything is learned from it.
//!
//! Read are the assertions on training in a C2PA manifest (`c2pa.training-mining`, `cawg.training-mining`), PLUS's "Data
//! Mining" of IPTC and TDMRep's reservation in XMP, and the signs `noai` and `noimageai` in XMP and in the texts of a PNG.
//! Blocks are only parsed and are of bearable length; no signature is checked, and what cannot be told is no mark.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use flate2::read::ZlibDecoder;
use roxmltree::{Document, Node};

/// Longest block that is looked at, in bytes: manifests hold small pictures, texts of marks a few words.
const MOST_MANIFEST: u64 = 16 << 20;
const MOST_TEXT: u64 = 1 << 20;
/// Most blocks of a file, and boxes within each other: real ones have a few dozen and a handful.
const MOST_BLOCKS: usize = 100_000;
const DEEPEST: usize = 16;
/// Most marks that are told of a picture.
const MOST_MARKS: usize = 16;

/// The uses that learning a word is, as assertions name them. Using a model on the picture is another.
const LEARNING: [&str; 3] = [".ai_generative_training", ".ai_training", ".data_mining"];
/// What programs that draw keep in a PNG: a prompt is no mark of a maker.
const GENERATED: [&str; 5] = ["parameters", "prompt", "workflow", "sd-ti-embedding", "XML:com.adobe.xmp"];

/// What stands in a file beside its XMP: a C2PA manifest's bytes, and texts by their keywords.
#[derive(Default)]
struct Blocks {
    manifest: Vec<u8>,
    texts: Vec<(String, String)>,
}

/// The marks of a JPEG, PNG or WebP beside those in its XMP; none if it cannot be read.
pub(super) fn in_file(path: &Path) -> Vec<String> {
    let mut blocks = Blocks::default();
    // A file that ends early has what came before.
    let _ = File::open(path).and_then(|file| blocks.read(&mut BufReader::new(file)));
    let mut found = Vec::new();
    in_manifest(&blocks.manifest, 0, &mut found);
    for (key, text) in &blocks.texts {
        found.extend(of_entry(key, key, text));
        found.extend(says_no_ai(key).map(str::to_owned));
    }
    tidied(found)
}

/// The marks in XMP.
pub(super) fn in_xmp(document: &Document<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name();
        let space = name.namespace().unwrap_or_default();
        found.extend(node.text().and_then(|text| of_entry(space, name.name(), text)));
        for attribute in node.attributes() {
            // An element may name its value as a resource.
            let (space, name) = match attribute.name() {
                "resource" => (space, name.name()),
                own => (attribute.namespace().unwrap_or_default(), own),
            };
            found.extend(of_entry(space, name, attribute.value()));
        }
    }
    tidied(found)
}

/// Each once, and not too many.
fn tidied(mut found: Vec<String>) -> Vec<String> {
    found.sort();
    found.dedup();
    found.truncate(MOST_MARKS);
    found
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
fn says_no_ai(text: &str) -> Option<&'static str> {
    let words = || text.split(|c: char| !c.is_alphanumeric());
    ["noai", "noimageai"].into_iter().find(|sign| words().any(|word| word.eq_ignore_ascii_case(sign)))
}

/// Looks through the boxes of JUMBF (ISO 19566-5) for assertions on training.
fn in_manifest(mut boxes: &[u8], depth: usize, found: &mut Vec<String>) {
    while let Some((kind, inside, after)) = next_box(boxes) {
        boxes = after;
        if kind != *b"jumb" || depth >= DEEPEST {
            continue;
        }
        let Some((label, content)) = described(inside) else { continue };
        if ["cawg.training-mining", "c2pa.training-mining"].iter().any(|known| label.starts_with(known)) {
            found.extend(
                refused_uses(&String::from_utf8_lossy(content)).map(|said| format!("{label}: {said}")),
            );
        } else {
            in_manifest(content, depth + 1, found);
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

impl Blocks {
    fn read(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        let start: [u8; 12] = bytes(file)?;
        match start {
            [0xff, 0xd8, ..] => {
                file.seek(io::SeekFrom::Start(2))?;
                self.read_jpeg(file)
            }
            [0x89, b'P', b'N', b'G', ..] => {
                file.seek(io::SeekFrom::Start(8))?;
                self.read_png(file)
            }
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => self.read_webp(file),
            _ => Ok(()),
        }
    }

    /// Segments up to the picture. A manifest lies in those of JPEG XT (APP11), in pieces that repeat its head.
    fn read_jpeg(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        let mut manifests: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
        for _ in 0..MOST_BLOCKS {
            let Ok([0xff, mut marker]) = bytes(file) else { break };
            while marker == 0xff {
                [marker] = bytes(file)?;
            }
            if matches!(marker, 0x01 | 0xd0..=0xd8) {
                continue;
            }
            let Ok(length) = bytes(file).map(u16::from_be_bytes) else { break };
            let length = u64::from(length.saturating_sub(2));
            if marker == 0xda || marker == 0xd9 {
                break;
            }
            if marker != 0xeb {
                file.seek_relative(length as i64)?;
                continue;
            }
            let block = taken(file, length)?;
            let [b'J', b'P', high, low, _, _, _, _, piece @ ..] = block.as_slice() else { continue };
            let manifest = manifests.entry(u16::from_be_bytes([*high, *low])).or_default();
            let repeated = match (manifest.is_empty(), piece) {
                (true, _) => 0,
                (false, [0, 0, 0, 1, ..]) => 16,
                (false, _) => 8,
            };
            if (manifest.len() as u64) < MOST_MANIFEST {
                manifest.extend(piece.get(repeated..).unwrap_or_default());
            }
        }
        self.manifest = manifests.into_values().flatten().collect();
        Ok(())
    }

    fn read_png(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        for _ in 0..MOST_BLOCKS {
            let length = u64::from(u32::from_be_bytes(bytes(file)?));
            let name: [u8; 4] = bytes(file)?;
            let most = if name == *b"caBX" { MOST_MANIFEST } else { MOST_TEXT };
            if !matches!(&name, b"caBX" | b"tEXt" | b"zTXt" | b"iTXt") || length > most {
                file.seek_relative(length as i64 + 4)?;
                continue;
            }
            let block = taken(file, length)?;
            file.seek_relative(4)?;
            match &name {
                b"caBX" => self.manifest.extend(block),
                _ => self
                    .texts
                    .extend(text(&name, &block).filter(|(key, _)| !GENERATED.contains(&key.as_str()))),
            }
        }
        Ok(())
    }

    fn read_webp(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        for _ in 0..MOST_BLOCKS {
            let name: [u8; 4] = bytes(file)?;
            let length = u64::from(u32::from_le_bytes(bytes(file)?));
            if name == *b"C2PA" && length <= MOST_MANIFEST {
                self.manifest.extend(taken(file, length)?);
                file.seek_relative((length % 2) as i64)?;
            } else {
                file.seek_relative(length.next_multiple_of(2) as i64)?;
            }
        }
        Ok(())
    }
}

/// Keyword and text of a chunk of text (PNG specification, section 11.3.3).
fn text(kind: &[u8; 4], block: &[u8]) -> Option<(String, String)> {
    let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let (key, rest) = cut(block)?;
    let value = match (kind, rest) {
        (b"tEXt", value) => latin(value),
        (b"zTXt", [0, packed @ ..]) => latin(&unpacked(packed)?),
        (b"iTXt", [packed, 0, rest @ ..]) => {
            let (_, value) = cut(cut(rest)?.1)?;
            let value = if *packed == 1 { unpacked(value)? } else { value.to_vec() };
            String::from_utf8_lossy(&value).into_owned()
        }
        _ => return None,
    };
    Some((latin(key), value))
}

/// What stands before and behind the first zero.
fn cut(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    ZlibDecoder::new(packed).take(MOST_TEXT).read_to_end(&mut out).ok()?;
    Some(out)
}

fn bytes<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn taken(file: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut block = Vec::new();
    file.take(length).read_to_end(&mut block)?;
    Ok(block)
}

#[cfg(test)]
mod tests;
