//! What lies in the blocks of a picture file beside its pixels: XMP, EXIF, C2PA manifests, the texts of a PNG and comments.
//!
//! Decoders hand out no XMP and no EXIF that lies behind the pixels of a PNG or a GIF, nor a JPEG's second part of it, nor
//! what further pages of a TIFF say. Here the file is walked from block to block, and each is judged as it is read; no text
//! is kept. Nothing is unpacked without end: of what a file holds packed, the part behind the first [`MOST_UNPACKED`] bytes
//! goes unseen. Only a file that is made to fill memories has as much. The length is that of the kinds of files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::mem;

use flate2::read::ZlibDecoder;

use super::{MOST_MANIFEST, MOST_XMP, add, in_manifest, in_unparsed, of_entry, says_no_ai};
use crate::picture::MAX_BYTES;
use crate::picture::ifd::Directory;
use crate::picture::notes::{PictureNotes, decoded, without_mark};

/// Most blocks of a file: real ones have a few dozen.
const MOST_BLOCKS: usize = 100_000;
/// Most packets of XMP that are parsed: real files have one or two. What follows them is only looked through.
const MOST_PACKETS: usize = 16;
/// Longest text that is looked at, in bytes: those of marks are a few words.
const MOST_TEXT: usize = 1 << 20;
/// Most bytes that the packed texts of a file are unpacked to, all together.
const MOST_UNPACKED: usize = MOST_XMP;
/// Longest keyword of a PNG's text, in bytes (its specification, section 11.3.3.2).
const LONGEST_KEY: usize = 79;

/// What programs that draw keep in a PNG: a prompt is no mark of a maker.
const GENERATED: [&str; 4] = ["parameters", "prompt", "workflow", "sd-ti-embedding"];
/// Where a PNG keeps XMP (XMP specification, part 3), and how the names begin under which ImageMagick keeps what is read of it.
const XMP: &str = "XML:com.adobe.xmp";
const DIGITS: &str = "Raw profile type ";
const PROFILES: [&str; 5] = ["xmp", "APP1", "exif", "iptc", "8bim"];

/// Where a TIFF keeps XMP and its C2PA manifest, and `ImageDescription`, `Artist` and `Copyright`.
const PACKET: u16 = 0x02bc;
const MANIFEST: u16 = 0xcd41;
const TEXTS: [u16; 3] = [0x010e, 0x013b, 0x8298];

/// What was found so far, and what makes sense only as a whole.
#[derive(Default)]
pub(super) struct Blocks {
    notes: PictureNotes,
    iptc: PictureNotes,
    exif: PictureNotes,
    packets: usize,
    unpacked: usize,
    /// Bytes of EXIF that were looked at: many entries may name the same ones.
    looked_at: usize,
    /// The second part of a JPEG's XMP.
    extended: Vec<u8>,
    /// C2PA manifests by their number, which only a JPEG gives them, and how long they are together.
    manifests: BTreeMap<u16, Vec<u8>>,
    kept: usize,
}

impl Blocks {
    /// Walks through a file; one that is none of these has no blocks.
    pub(super) fn read(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        let start: [u8; 12] = bytes(file)?;
        match start {
            [0xff, 0xd8, ..] => {
                file.seek(SeekFrom::Start(2))?;
                self.read_jpeg(file)
            }
            [0x89, b'P', b'N', b'G', ..] => {
                file.seek(SeekFrom::Start(8))?;
                self.read_png(file)
            }
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
                file.seek(SeekFrom::Start(10))?;
                self.read_gif(file)
            }
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => self.read_webp(file),
            [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => {
                file.seek(SeekFrom::Start(0))?;
                // A TIFF is its own block of EXIF.
                self.exif(&taken(file, MAX_BYTES)?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// All that was found: in XMP, with the marks beside it; in IPTC; in EXIF.
    pub(super) fn notes(mut self) -> [PictureNotes; 3] {
        let extended = mem::take(&mut self.extended);
        if !extended.is_empty() {
            self.xmp(&extended);
        }
        for manifest in self.manifests.into_values() {
            add(&mut self.notes.marks, in_manifest(&manifest));
        }
        [self.notes, self.iptc, self.exif]
    }

    /// Judges a packet of XMP.
    fn xmp(&mut self, xml: &[u8]) {
        let said = self.packet(xml);
        self.notes = mem::take(&mut self.notes).or(said);
    }

    /// What a packet of XMP says.
    fn packet(&mut self, xml: &[u8]) -> PictureNotes {
        self.packets += 1;
        match self.packets <= MOST_PACKETS {
            true => PictureNotes::from_xmp(xml),
            false => PictureNotes { marks: in_unparsed(xml), ..PictureNotes::default() },
        }
    }

    /// Judges a block of EXIF: what it says of the picture, and the marks on all its pages.
    fn exif(&mut self, block: &[u8]) {
        for (page, directory) in Directory::all(without_mark(block)).iter().enumerate() {
            let mut part = |tag, most: usize| {
                let bytes = directory.text(tag).unwrap_or_default();
                let bytes = &bytes[..bytes.len().min(most).min(MOST_XMP - self.looked_at)];
                self.looked_at += bytes.len();
                bytes
            };
            let (xml, manifest) = (part(PACKET, MOST_XMP), part(MANIFEST, MOST_MANIFEST));
            let mut said = PictureNotes::from_exif(TEXTS.map(|tag| part(tag, MOST_TEXT)));
            if !xml.is_empty() {
                said = self.packet(xml).or(said);
            }
            add(&mut said.marks, in_manifest(manifest));
            if page > 0 {
                said = PictureNotes { marks: said.marks, ..PictureNotes::default() };
            }
            self.exif = mem::take(&mut self.exif).or(said);
        }
    }

    /// Judges a comment; what programs that draw put there is a prompt with its settings.
    fn comment(&mut self, text: &[u8]) {
        let text = decoded(text);
        let sign = says_no_ai(&text).filter(|_| !text.contains("Steps: "));
        add(&mut self.notes.marks, sign.map(str::to_owned));
    }

    /// Keeps a piece of a manifest, as long as all of them are of bearable length.
    fn keep(&mut self, number: u16, piece: &[u8]) {
        if self.kept < MOST_MANIFEST {
            self.kept += piece.len();
            self.manifests.entry(number).or_default().extend(piece);
        }
    }

    /// Segments up to the picture.
    fn read_jpeg(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        for _ in 0..MOST_BLOCKS {
            // Decoders pass over what stands between two segments.
            while let [0..=0xfe] = bytes(file)? {}
            let mut marker = 0xff;
            while marker == 0xff {
                [marker] = bytes(file)?;
            }
            if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd8) {
                continue;
            }
            let length = u64::from(u16::from_be_bytes(bytes(file)?).saturating_sub(2));
            match marker {
                0xda | 0xd9 => break,
                0xe1 => self.read_app1(&taken(file, length)?),
                0xeb => self.read_app11(&taken(file, length)?),
                0xfe => self.comment(&taken(file, length)?),
                _ => file.seek_relative(length as i64)?,
            }
        }
        Ok(())
    }

    /// EXIF, or XMP, of which what does not fit into one segment lies in others (XMP specification, part 3).
    fn read_app1(&mut self, segment: &[u8]) {
        if let Some(xml) = segment.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
            self.xmp(xml);
        } else if let Some(part) = segment.strip_prefix(b"http://ns.adobe.com/xmp/extension/\0") {
            // Whose it is, the length of all of it and its place stand before it. Programs write it from first to last.
            if self.extended.len() < MOST_XMP {
                self.extended.extend(part.get(40..).unwrap_or_default());
            }
        } else if segment.starts_with(b"Exif\0\0") {
            self.exif(segment);
        }
    }

    /// A manifest lies in segments of JPEG XT, in pieces that repeat its head.
    fn read_app11(&mut self, segment: &[u8]) {
        let [b'J', b'P', high, low, _, _, _, _, piece @ ..] = segment else { return };
        let number = u16::from_be_bytes([*high, *low]);
        let repeated = match (self.manifests.get(&number).is_none_or(Vec::is_empty), piece) {
            (true, _) => 0,
            (false, [0, 0, 0, 1, ..]) => 16,
            (false, _) => 8,
        };
        self.keep(number, piece.get(repeated..).unwrap_or_default());
    }

    fn read_png(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        for _ in 0..MOST_BLOCKS {
            let length = u64::from(u32::from_be_bytes(bytes(file)?));
            let name: [u8; 4] = bytes(file)?;
            let most = match &name {
                b"caBX" => MOST_MANIFEST,
                b"tEXt" | b"zTXt" | b"iTXt" | b"eXIf" => MOST_XMP,
                _ => 0,
            };
            let block = taken(file, length.min(most as u64))?;
            match &name {
                b"caBX" => self.keep(0, &block),
                b"tEXt" | b"zTXt" | b"iTXt" => self.text(&name, &block),
                b"eXIf" => self.exif(&block),
                _ => {}
            }
            // A checksum ends each.
            file.seek_relative(length as i64 - block.len() as i64 + 4)?;
        }
        Ok(())
    }

    fn read_webp(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        for _ in 0..MOST_BLOCKS {
            let name: [u8; 4] = bytes(file)?;
            let length = u64::from(u32::from_le_bytes(bytes(file)?));
            let most = match &name {
                b"C2PA" => MOST_MANIFEST,
                b"XMP " | b"EXIF" => MOST_XMP,
                _ => 0,
            };
            let block = taken(file, length.min(most as u64))?;
            match &name {
                b"C2PA" => self.keep(0, &block),
                b"XMP " => self.xmp(&block),
                b"EXIF" => self.exif(&block),
                _ => {}
            }
            file.seek_relative(length.next_multiple_of(2) as i64 - block.len() as i64)?;
        }
        Ok(())
    }

    /// Pictures and extensions up to the end (GIF89a specification, section 17 and what follows).
    fn read_gif(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        let palette = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3_i64 << ((flags & 7) + 1) };
        let [flags, _, _] = bytes(file)?;
        file.seek_relative(palette(flags))?;
        for _ in 0..MOST_BLOCKS {
            let [kind] = bytes(file)?;
            if kind == 0x2c {
                let [.., flags]: [u8; 9] = bytes(file)?;
                // Its own palette, and the length of its first codes.
                file.seek_relative(palette(flags) + 1)?;
                sub_blocks(file, 0, false)?;
            } else if kind == 0x21 {
                let [label, length] = bytes(file)?;
                let name = taken(file, u64::from(length))?;
                match (label, name.as_slice()) {
                    _ if length == 0 => {}
                    (0xfe, start) => {
                        let rest = sub_blocks(file, MOST_TEXT, false)?;
                        self.comment(&[start, &rest].concat());
                    }
                    (0xff, b"XMP DataXMP") => {
                        let xml = sub_blocks(file, MOST_XMP, true)?;
                        // All bytes from 255 down lead those who take letters for lengths to the end.
                        self.xmp(match xml.split_last_chunk::<257>() {
                            Some((xml, [1, 255, .., 2, 1, 0])) => xml,
                            _ => &xml,
                        });
                    }
                    (0xff, b"C2PA_GIF\x01\0\0") => self.keep(0, &sub_blocks(file, MOST_MANIFEST, false)?),
                    _ => drop(sub_blocks(file, 0, false)?),
                }
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Judges a PNG's chunk of text.
    fn text(&mut self, kind: &[u8; 4], block: &[u8]) {
        let Some((key, packed, value)) = parts(kind, block) else { return };
        if GENERATED.contains(&key.as_str()) {
            return;
        }
        let profile = key.strip_prefix(DIGITS).filter(|kind| PROFILES.contains(kind));
        let most = if key == XMP || profile.is_some() { MOST_XMP } else { MOST_TEXT };
        let value: Cow<'_, [u8]> = match packed {
            true => Cow::Owned(self.unpack(value, most)),
            false => Cow::Borrowed(&value[..value.len().min(most)]),
        };
        match (key.as_str(), profile) {
            (XMP, _) => self.xmp(&value),
            (_, Some("xmp")) => self.xmp(&from_digits(&value)),
            (_, Some("APP1")) => self.read_app1(&from_digits(&value)),
            (_, Some("exif")) => self.exif(&from_digits(&value)),
            (_, Some(_)) => {
                let said = PictureNotes::from_iptc(&from_digits(&value));
                self.iptc = mem::take(&mut self.iptc).or(said);
            }
            (_, None) => {
                let text =
                    if kind == b"iTXt" { String::from_utf8_lossy(&value) } else { latin(&value).into() };
                add(&mut self.notes.marks, of_entry(&key, &key, &text));
                add(&mut self.notes.marks, says_no_ai(&key).map(str::to_owned));
            }
        }
    }

    /// No more than `most` bytes of what is packed, and no more than is left for the file.
    fn unpack(&mut self, packed: &[u8], most: usize) -> Vec<u8> {
        let most = most.min(MOST_UNPACKED - self.unpacked);
        let mut out = Vec::new();
        // What is damaged has what came before.
        let _ = ZlibDecoder::new(packed).take(most as u64).read_to_end(&mut out);
        self.unpacked += out.len();
        out
    }
}

/// Keyword and text of a chunk of text, and whether the text is packed (PNG specification, section 11.3.3).
fn parts<'a>(kind: &[u8; 4], block: &'a [u8]) -> Option<(String, bool, &'a [u8])> {
    let (key, rest) = cut(block)?;
    let (packed, value) = match (kind, rest) {
        (b"tEXt", value) => (false, value),
        (b"zTXt", [0, value @ ..]) => (true, value),
        // A language and the keyword in it stand before the text.
        (b"iTXt", [packed @ (0 | 1), _, rest @ ..]) => (*packed == 1, cut(cut(rest)?.1)?.1),
        _ => return None,
    };
    Some((latin(&key[..key.len().min(LONGEST_KEY)]), packed, value))
}

/// What stands before and behind the first zero.
fn cut(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// What ImageMagick keeps in a text: what it is and its length, each on a line, then two digits for each byte.
fn from_digits(text: &[u8]) -> Vec<u8> {
    let digits = text.trim_ascii_start().splitn(3, |byte| *byte == b'\n').nth(2).unwrap_or_default();
    let mut digits: Vec<u8> = digits.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    digits.truncate(digits.len() & !1);
    hex::decode(digits).unwrap_or_default()
}

/// The blocks of a GIF up to an empty one, of which about `most` bytes are kept; with `lengths`, these too: they are
/// letters where the blocks hold XMP.
fn sub_blocks(file: &mut (impl Read + Seek), most: usize, lengths: bool) -> io::Result<Vec<u8>> {
    let mut kept = Vec::<u8>::new();
    while let Ok([length @ 1..=255]) = bytes(file) {
        if kept.len() < most {
            kept.extend(lengths.then_some(length));
            kept.extend(taken(file, u64::from(length))?);
        } else {
            file.seek_relative(i64::from(length))?;
        }
    }
    Ok(kept)
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
