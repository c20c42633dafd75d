//! What other programs wrote into a picture: what it shows, who made it, by what right it may be used, and whether
//! anything may be learned from it.
//!
//! XMP is asked first, then IPTC, then EXIF, as those who wrote the standards advise. Only these few entries are read, of
//! notes of a bearable length. Damaged notes are none, but what forbids learning is found in them; nothing is taken over
//! unless a person wants it. The length is that of the tests.

use std::path::Path;

use image::ImageDecoder as _;
use roxmltree::{Document, Node, ParsingOptions};

use super::{marks, open_decoder};
use crate::Rights;

/// Most XMP that is parsed, in bytes, elements and attributes: what is parsed takes many times its room, and attributes
/// are each compared with all others. Programs that keep a picture's whole history in it write more.
const MOST_XML: usize = 1 << 20;
const MOST_NODES: u32 = 20_000;
const MOST_ATTRIBUTES: usize = 20_000;
/// A longer text is cut, in characters.
const MOST_TEXT: usize = 1000;
/// What cameras and programs write where a person would say what the picture shows.
const NO_DESCRIPTIONS: [&str; 4] = ["sony dsc", "default", "untitled", "screenshot"];

/// Notes in a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PictureNotes {
    /// What the picture shows.
    pub description: Option<String>,
    /// Who made it.
    pub creator: Option<String>,
    /// By what right it may be used, in the words of whoever wrote it.
    pub rights: Option<String>,
    /// What forbids that anything is learned from it, each in a few words.
    pub marks: Vec<String>,
}

impl PictureNotes {
    /// Reads the notes of a picture; none if it cannot be read.
    pub fn of(path: &Path) -> Self {
        let Ok((mut decoder, _)) = open_decoder(path) else { return Self::default() };
        let iptc = decoder.iptc_metadata().ok().flatten().map(|blocks| Self::from_iptc(&blocks));
        drop(decoder);
        let [xmp, profile, exif] = marks::in_file(path);
        xmp.or(iptc.unwrap_or_default()).or(profile).or(exif)
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Maker and right in one line, if either is known.
    pub fn whose(&self) -> Option<String> {
        let said: Vec<&str> =
            [&self.creator, &self.rights].into_iter().flatten().map(String::as_str).collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// The right that the notes name; `None` if they only name an owner, who may be the artist or anybody.
    pub fn right(&self) -> Option<Rights> {
        let said = self.rights.as_ref()?.to_lowercase();
        let any = |words: &[&str]| words.iter().any(|word| said.contains(word));
        if any(&["public domain", "publicdomain", "cc0", "no rights reserved"]) {
            Some(Rights::PublicDomain)
        } else if any(&[
            "creativecommons.org/licenses",
            "creative commons",
            "cc by",
            "cc-by",
            "licensed under",
        ]) {
            Some(Rights::Licensed)
        } else {
            None
        }
    }

    /// These notes, and where they say nothing the others; the marks of both.
    pub(super) fn or(mut self, other: Self) -> Self {
        marks::add(&mut self.marks, other.marks);
        self.marks.sort();
        Self {
            marks: self.marks,
            description: self.description.or(other.description),
            creator: self.creator.or(other.creator),
            rights: self.rights.or(other.rights),
        }
    }

    pub(super) fn from_xmp(xml: &[u8]) -> Self {
        const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";
        const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";
        const COMMONS: &str = "http://creativecommons.org/ns#";
        let unparsed = || Self { marks: marks::in_unparsed(xml), ..Self::default() };
        if xml.len() > MOST_XML || xml.iter().filter(|byte| **byte == b'=').count() > MOST_ATTRIBUTES {
            return unparsed();
        }
        let text = String::from_utf8_lossy(xml);
        let text = text.trim_matches(|c: char| c == '\0' || c == '\u{feff}' || c.is_whitespace());
        let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        let Ok(document) = Document::parse_with_options(text, options) else { return unparsed() };
        let find = |space: &str, name: &str| find(&document, space, name);
        let rights = [
            find(DUBLIN_CORE, "rights"),
            find(RIGHTS, "UsageTerms"),
            find(COMMONS, "license"),
            find(RIGHTS, "WebStatement"),
        ];
        let mut rights: Vec<String> = rights.into_iter().flatten().collect();
        rights.dedup();
        Self {
            description: find(DUBLIN_CORE, "description").and_then(|text| description(&text)),
            creator: find(DUBLIN_CORE, "creator"),
            rights: (!rights.is_empty()).then(|| rights.join("; ")),
            marks: marks::in_xmp(&document),
        }
    }

    /// Photoshop's blocks, of which one holds the entries of IPTC's "IIM"; or these alone.
    pub(super) fn from_iptc(blocks: &[u8]) -> Self {
        let mut entries = iptc_block(blocks).unwrap_or(blocks);
        let (mut notes, mut creators) = (Self::default(), Vec::new());
        while let [0x1c, record, entry, high, low, rest @ ..] = entries {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            // The highest bit announces a length of more bytes, which no text of ours has.
            let Some((value, after)) = rest.split_at_checked(length) else { break };
            // Keywords and instructions may say it, among others.
            marks::add(&mut notes.marks, marks::says_no_ai(&decoded(value)).map(str::to_owned));
            match (record, entry) {
                (2, 80) => creators.extend(tidy(&decoded(value))),
                (2, 116) => notes.rights = tidy(&decoded(value)),
                (2, 120) => notes.description = description(&decoded(value)),
                _ => {}
            }
            entries = after;
        }
        notes.creator = (!creators.is_empty()).then(|| creators.join(", "));
        notes
    }

    /// The texts `ImageDescription`, `Artist` and `Copyright` of EXIF or of a TIFF; empty ones say nothing.
    pub(super) fn from_exif(texts: [&[u8]; 3]) -> Self {
        let texts = texts.map(decoded);
        let mut marks = Vec::new();
        marks::add(&mut marks, texts.iter().filter_map(|text| marks::says_no_ai(text)).map(str::to_owned));
        let [shown, creator, rights] = texts;
        Self { description: description(&shown), creator: tidy(&creator), rights: tidy(&rights), marks }
    }
}

/// EXIF without the mark that it has in a JPEG and that some programs leave there in other files.
pub(super) fn without_mark(exif: &[u8]) -> &[u8] {
    exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)
}

/// The text of an element or attribute, of several languages the usual one, of several people all.
fn find(document: &Document<'_>, space: &str, name: &str) -> Option<String> {
    let own = |node: Node<'_, '_>| node.text().and_then(tidy);
    document.descendants().find_map(|node| {
        if let Some(value) = node.attribute((space, name)) {
            return tidy(value);
        }
        if !node.has_tag_name((space, name)) {
            return None;
        }
        let items: Vec<Node<'_, '_>> =
            node.descendants().filter(|node| node.tag_name().name() == "li").collect();
        if let Some(usual) = items.iter().find(|node| language(node) == Some("x-default")) {
            return own(*usual);
        }
        let all: Vec<String> = match items.iter().any(|node| language(node).is_some()) {
            true => items.iter().take(1).copied().filter_map(own).collect(),
            false => items.iter().copied().filter_map(own).collect(),
        };
        let resource = || node.attributes().find(|a| a.name() == "resource").and_then(|a| tidy(a.value()));
        if all.is_empty() { own(node).or_else(resource) } else { Some(all.join(", ")) }
    })
}

fn language<'a>(node: &Node<'a, '_>) -> Option<&'a str> {
    node.attribute(("http://www.w3.org/XML/1998/namespace", "lang"))
}

/// IPTC's block among Photoshop's: `8BIM`, number, name, length, bytes; name and bytes end at even places.
fn iptc_block(mut blocks: &[u8]) -> Option<&[u8]> {
    loop {
        let rest = blocks.strip_prefix(b"8BIM")?;
        let (number, rest) = rest.split_first_chunk::<2>()?;
        let name = 1 + usize::from(*rest.first()?);
        let rest = rest.get(name.next_multiple_of(2)..)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        if *number == [0x04, 0x04] {
            return rest.get(..length);
        }
        blocks = rest.get(length.checked_next_multiple_of(2)?..)?;
    }
}

/// Text of unknown encoding: UTF-8 if it is that, else Latin-1.
pub(super) fn decoded(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// On one line and not too long; `None` if nothing is left.
fn tidy(text: &str) -> Option<String> {
    let text = text.replace('\0', " ");
    let text: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST_TEXT).collect();
    (!text.is_empty()).then_some(text)
}

/// A description that a person wrote.
fn description(text: &str) -> Option<String> {
    tidy(text).filter(|text| {
        let text = text.to_lowercase();
        let camera = text.ends_with("digital camera") || text.starts_with("dcim\\");
        !camera && !NO_DESCRIPTIONS.contains(&text.as_str())
    })
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, ImageEncoder as _, RgbImage};

    use super::*;
    use crate::picture::ifd::Directory;

    const XMP: &str = "<?xpacket begin='\u{feff}' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>\
        <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description \
        xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmpRights='http://ns.adobe.com/xap/1.0/rights/' \
        xmpRights:WebStatement='https://creativecommons.org/licenses/by/4.0/'><dc:description><rdf:Alt>\
        <rdf:li xml:lang='de'>Eine Katze</rdf:li><rdf:li xml:lang='x-default'>A  cat\n on a 床 &amp; more</rdf:li></rdf:Alt>\
        </dc:description><dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bo</rdf:li></rdf:Seq></dc:creator>\
        <dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>© Ann</rdf:li></rdf:Alt></dc:rights>\
        </rdf:Description></rdf:RDF></x:xmpmeta>  <?xpacket end='w'?>\0";

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn xmp_says_what_and_whose_a_picture_is() {
        let notes = PictureNotes::from_xmp(XMP.as_bytes());
        assert_eq!(notes.description, some("A cat on a 床 & more"));
        assert_eq!(notes.whose(), some("Ann, Bo; © Ann; https://creativecommons.org/licenses/by/4.0/"));
        assert_eq!(notes.right(), Some(Rights::Licensed));
        let short = "<rdf:Description xmlns:rdf='r' xmlns:dc='http://purl.org/dc/elements/1.1/' dc:description='a hat'/>";
        assert_eq!(PictureNotes::from_xmp(short.as_bytes()).description, some("a hat"));
        let huge = [short.as_bytes(), &vec![b' '; MOST_XML]].concat();
        let entities = "<!DOCTYPE a [<!ENTITY b 'c'>]><a xmlns='http://purl.org/dc/elements/1.1/'>&b;</a>";
        let many = format!("<a>{}</a>", "<b/>".repeat(30_000));
        for bad in [&b"<x"[..], &huge, entities.as_bytes(), many.as_bytes(), b"", b"\xff\xfe"] {
            assert!(PictureNotes::from_xmp(bad).is_empty());
        }
    }

    #[test]
    fn iptc_and_exif_say_it_too() {
        let entry = |number: u8, text: &[u8]| [&[0x1c, 2, number, 0, text.len() as u8], text].concat();
        let entries = [
            entry(25, b"hats; NoAI"),
            entry(120, b"caf\xe9"),
            entry(80, "Änn".as_bytes()),
            entry(116, b"public domain"),
        ]
        .concat();
        let mut blocks = b"8BIM\x04\x25\0\0\0\0\0\x03abc\0".to_vec();
        blocks.extend(b"8BIM\x04\x04\x03one");
        blocks.extend((entries.len() as u32).to_be_bytes());
        blocks.extend(&entries);
        for blocks in [&blocks, &entries] {
            let notes = PictureNotes::from_iptc(blocks);
            assert_eq!((notes.description.clone(), notes.creator.clone()), (some("café"), some("Änn")));
            assert_eq!(notes.right(), Some(Rights::PublicDomain));
            assert_eq!(notes.marks, ["noai"]);
            for end in 0..blocks.len() {
                PictureNotes::from_iptc(&blocks[..end]);
            }
        }
        let exif = exif(&[
            (0x010e, b"OLYMPUS DIGITAL CAMERA  \0"),
            (0x013b, b"Ann\0"),
            (0x8298, b"Ann\0Bo\0NoImageAI\0"),
        ]);
        let said = |exif: &[u8]| {
            let directory = Directory::first(exif);
            let text = |tag| directory.as_ref().and_then(|directory| directory.text(tag)).unwrap_or_default();
            PictureNotes::from_exif([0x010e, 0x013b, 0x8298].map(text))
        };
        let notes = said(&exif);
        assert_eq!(notes.marks, ["noimageai"]);
        assert_eq!(notes.whose(), some("Ann; Ann Bo NoImageAI"));
        assert_eq!(notes.description, None);
        for end in 0..exif.len() {
            said(&exif[..end]);
        }
    }

    /// A block of EXIF with these texts.
    fn exif(texts: &[(u16, &[u8])]) -> Vec<u8> {
        let mut block = b"II*\0\x08\0\0\0".to_vec();
        block.extend((texts.len() as u16).to_le_bytes());
        let mut at = 8 + 2 + 12 * texts.len() + 4;
        for (tag, text) in texts {
            block.extend(tag.to_le_bytes());
            block.extend([2, 0]);
            block.extend((text.len() as u32).to_le_bytes());
            let mut place = (at as u32).to_le_bytes();
            if text.len() <= 4 {
                place[..text.len()].copy_from_slice(text);
                place[text.len()..].fill(0);
            } else {
                at += text.len();
            }
            block.extend(place);
        }
        block.extend([0; 4]);
        texts.iter().filter(|(_, text)| text.len() > 4).for_each(|(_, text)| block.extend(*text));
        block
    }

    #[test]
    fn notes_are_found_in_files() {
        let folder = tempfile::tempdir().unwrap();
        let picture = RgbImage::new(8, 8);
        let path = folder.path().join("a.jpg");
        let mut encoder = JpegEncoder::new(std::fs::File::create(&path).unwrap());
        encoder.set_exif_metadata(exif(&[(0x010e, b"a red hat"), (0x8298, b"CC0 1.0")])).unwrap();
        encoder.write_image(&picture, 8, 8, ExtendedColorType::Rgb8).unwrap();
        let notes = PictureNotes::of(&path);
        assert_eq!(
            (notes.description.clone(), notes.right()),
            (some("a red hat"), Some(Rights::PublicDomain))
        );
        let mut bytes = std::fs::read(&path).unwrap();
        let xmp = [b"http://ns.adobe.com/xap/1.0/\0", XMP.as_bytes()].concat();
        let length = (xmp.len() as u16 + 2).to_be_bytes();
        bytes.splice(2..2, [&[0xff, 0xe1][..], &length, &xmp].concat());
        std::fs::write(&path, bytes).unwrap();
        let notes = PictureNotes::of(&path);
        assert_eq!(notes.description, some("A cat on a 床 & more"), "XMP goes before EXIF");
        let tiff = folder.path().join("b.tif");
        picture.save(&tiff).unwrap();
        assert!(PictureNotes::of(&tiff).is_empty());
        assert!(PictureNotes::of(&folder.path().join("none.png")).is_empty());
    }
}
