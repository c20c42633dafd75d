//! Pictures with each kind of mark, made here, in each kind of file; and what is no mark. Its length is that of the places
//! where a mark may stand.

use std::io::{self, Write as _};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{ImageFormat, RgbImage};

use super::*;
use crate::picture::tests::crc32;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

fn plain(format: ImageFormat) -> Vec<u8> {
    let mut bytes = io::Cursor::new(Vec::new());
    RgbImage::from_pixel(8, 8, image::Rgb([90, 60, 30])).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [&name[..], data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &named, &crc32(&named).to_be_bytes()].concat()
}

/// A PNG with a chunk behind its header.
fn png(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = plain(ImageFormat::Png);
    bytes.splice(33..33, chunk(name, data));
    bytes
}

/// A PNG with a chunk behind its pixels.
fn png_behind(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = plain(ImageFormat::Png);
    let end = bytes.len() - 12;
    bytes.splice(end..end, chunk(name, data));
    bytes
}

/// A JPEG with segments at its beginning.
fn jpeg(marker: u8, blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = plain(ImageFormat::Jpeg);
    let segment =
        |block: &Vec<u8>| [&[0xff, marker][..], &(block.len() as u16 + 2).to_be_bytes(), block].concat();
    bytes.splice(2..2, blocks.iter().flat_map(segment));
    bytes
}

/// A WebP of the kind that has room for more, with a chunk behind its picture; `flag` says which.
fn webp(name: &[u8; 4], flag: u8, data: &[u8]) -> Vec<u8> {
    let simple = plain(ImageFormat::WebP);
    let part = |name: &[u8], data: &[u8]| {
        [name, &(data.len() as u32).to_le_bytes(), data, &vec![0; data.len() % 2]].concat()
    };
    let wide = [flag, 0, 0, 0, 7, 0, 0, 7, 0, 0];
    let parts = [part(b"VP8X", &wide), simple[12..].to_vec(), part(name, data)].concat();
    [&b"RIFF"[..], &(parts.len() as u32 + 4).to_le_bytes(), b"WEBP", &parts].concat()
}

/// A GIF with an application's extension behind its picture.
fn gif(name: &[u8; 11], data: &[u8]) -> Vec<u8> {
    let mut bytes = plain(ImageFormat::Gif);
    assert_eq!(bytes.pop(), Some(0x3b));
    [&bytes[..], &[0x21, 0xff, 11], name, data, &[0x3b]].concat()
}

/// XMP as a GIF keeps it.
fn gif_xmp(xml: &[u8]) -> Vec<u8> {
    let end: Vec<u8> = (0..=255).rev().collect();
    gif(b"XMP DataXMP", &[xml, &[1], &end, &[0]].concat())
}

/// A TIFF with one more entry behind the others.
fn tiff(tag: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = plain(ImageFormat::Tiff);
    assert!(bytes.starts_with(b"II*\0"));
    let at = u32::from_le_bytes(*bytes[4..].first_chunk().unwrap()) as usize;
    let count = u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let entries = bytes[at + 2..][..12 * usize::from(count)].to_vec();
    let place = bytes.len() as u32;
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    let directory = (bytes.len() as u32).to_le_bytes();
    bytes[4..8].copy_from_slice(&directory);
    bytes.extend((count + 1).to_le_bytes());
    bytes.extend(entries);
    bytes.extend([tag.to_le_bytes(), 7_u16.to_le_bytes()].concat());
    bytes.extend([(data.len() as u32).to_le_bytes(), place.to_le_bytes(), [0; 4]].concat());
    bytes
}

/// A TIFF with a second page, of which there is nothing but this entry.
fn second_page(tag: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = plain(ImageFormat::Tiff);
    let at = u32::from_le_bytes(*bytes[4..].first_chunk().unwrap()) as usize;
    let link = at + 2 + 12 * usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    assert_eq!(bytes[link..link + 4], [0; 4]);
    add_directory(&mut bytes, link, tag, data);
    bytes
}

/// A block of EXIF with directories of one entry each, of which the first says nothing.
fn exif(tag: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    add_directory(&mut bytes, 4, 0x0131, b"a program");
    let link = bytes.len() - 4;
    add_directory(&mut bytes, link, tag, data);
    bytes
}

/// Adds a directory of one entry, which the four bytes at `link` then name.
fn add_directory(bytes: &mut Vec<u8>, link: usize, tag: u16, data: &[u8]) {
    let place = bytes.len() as u32;
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    let directory = (bytes.len() as u32).to_le_bytes();
    bytes[link..link + 4].copy_from_slice(&directory);
    bytes.extend([[1, 0], tag.to_le_bytes(), 7_u16.to_le_bytes()].concat());
    bytes.extend([(data.len() as u32).to_le_bytes(), place.to_le_bytes(), [0; 4]].concat());
}

/// A JPEG whose XMP does not fit into one segment.
fn jpeg_extended(xml: &[u8], piece: usize) -> Vec<u8> {
    let part = |(number, part): (usize, &[u8])| {
        let head = [&b"http://ns.adobe.com/xmp/extension/\0"[..], &[b'7'; 32]].concat();
        let place = [xml.len() as u32, (number * piece) as u32].map(u32::to_be_bytes).concat();
        [head.as_slice(), &place, part].concat()
    };
    jpeg(0xe1, &xml.chunks(piece).enumerate().map(part).collect::<Vec<_>>())
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

fn boxed(kind: &[u8; 4], inside: &[u8]) -> Vec<u8> {
    [&(inside.len() as u32 + 8).to_be_bytes()[..], kind, inside].concat()
}

fn labelled(label: &str, content: &[u8]) -> Vec<u8> {
    let description = [&[7; 16][..], &[3], label.as_bytes(), &[0]].concat();
    boxed(b"jumb", &[boxed(b"jumd", &description), content.to_vec()].concat())
}

/// A manifest whose assertion on training says this, in JSON.
fn manifest(label: &str, said: &str) -> Vec<u8> {
    let assertion = labelled(label, &boxed(b"json", said.as_bytes()));
    let hash = labelled("c2pa.hash.data", &boxed(b"cbor", b"\xa1dname"));
    let store = labelled("c2pa.assertions", &[hash, assertion].concat());
    labelled("c2pa", &labelled("urn:uuid:1", &store))
}

fn entry(of: &str, said: &str) -> String {
    format!(r#"{{"entries":{{"{of}":{{"use":"{said}"}}}}}}"#)
}

fn xmp(inside: &str) -> Vec<u8> {
    format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description xmlns:plus='http://ns.useplus.org/ldf/xmp/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/' \
         xmlns:tdm='http://www.w3.org/ns/tdmrep/' xmlns:Iptc4xmpExt='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'>\
         {inside}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    .into_bytes()
}

/// A chunk of XMP as PNG keeps it.
fn xmp_text(inside: &str) -> Vec<u8> {
    as_text(&xmp(inside))
}

fn as_text(xml: &[u8]) -> Vec<u8> {
    [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], xml].concat()
}

struct Album(tempfile::TempDir);

impl Album {
    fn notes(&self, name: &str, bytes: &[u8]) -> PictureNotes {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        image::open(&path).unwrap_or_else(|fault| panic!("{name} is no picture any more: {fault}"));
        PictureNotes::of(&path)
    }

    fn marks(&self, name: &str, bytes: &[u8]) -> Vec<String> {
        self.notes(name, bytes).marks
    }
}

#[test]
fn every_kind_of_mark_is_found_in_every_kind_of_file() {
    let album = Album(tempfile::tempdir().unwrap());
    let cawg = manifest("cawg.training-mining", &entry("cawg.ai_generative_training", "notAllowed"));
    let said = ["cawg.training-mining: ai_generative_training not allowed"];
    // The second piece of a long manifest repeats the head of the first.
    let (first, second) = cawg.split_at(60);
    let pieces = [
        [&b"JP\0\x01\0\0\0\x01"[..], first].concat(),
        [&b"JP\0\x01\0\0\0\x02"[..], &cawg[..8], second].concat(),
    ];
    assert_eq!(album.marks("a.jpg", &jpeg(0xeb, &pieces)), said);
    assert_eq!(album.marks("a.png", &png(b"caBX", &cawg)), said);
    assert_eq!(album.marks("a.webp", &webp(b"C2PA", 0, &cawg)), said);
    let parts = cawg.chunks(255).flat_map(|part| [&[part.len() as u8][..], part].concat());
    let parts: Vec<u8> = parts.chain([0]).collect();
    assert_eq!(album.marks("a.gif", &gif(b"C2PA_GIF\x01\0\0", &parts)), said);
    assert_eq!(album.marks("a.tif", &tiff(0xcd41, &cawg)), said);

    let mining =
        "<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>";
    let said = ["IPTC data mining: DMI-PROHIBITED-AIMLTRAINING"];
    assert_eq!(album.marks("b.jpg", &jpeg(0xe1, &[[XMP, &xmp(mining)].concat()])), said);
    assert_eq!(album.marks("b.png", &png(b"iTXt", &xmp_text(mining))), said);
    assert_eq!(album.marks("b.webp", &webp(b"XMP ", 4, &xmp(mining))), said);
    assert_eq!(album.marks("b.tif", &tiff(0x02bc, &xmp(mining))), said);

    for (inside, said) in [
        (
            "<plus:DataMining rdf:resource='http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED'/>",
            "IPTC data mining: DMI-PROHIBITED",
        ),
        ("<Iptc4xmpExt:DataMining>Prohibited</Iptc4xmpExt:DataMining>", "IPTC data mining: prohibited"),
        ("<tdm:reservation>1</tdm:reservation>", "text and data mining reserved (TDMRep)"),
        ("<dc:subject><rdf:Bag><rdf:li>#NoAI</rdf:li></rdf:Bag></dc:subject>", "noai"),
    ] {
        assert_eq!(album.marks("c.png", &png(b"iTXt", &xmp_text(inside))), [said]);
    }

    let text = packed(b"all rights reserved; noimageai");
    let short = [&b"Copyright\0\0"[..], &text].concat();
    let long = [&b"robots\0\x01\0\0\0"[..], &text].concat();
    for (name, data, said) in [
        (b"tEXt", &b"robots\0noai, noindex"[..], "noai"),
        (b"zTXt", short.as_slice(), "noimageai"),
        (b"iTXt", long.as_slice(), "noimageai"),
        (b"tEXt", &b"tdm-reservation\x001"[..], "text and data mining reserved (TDMRep)"),
    ] {
        assert_eq!(album.marks("d.png", &png(name, data)), [said]);
    }
}

#[test]
fn xmp_is_found_wherever_it_may_stand() {
    let album = Album(tempfile::tempdir().unwrap());
    let whole = xmp("<dc:description>a hat</dc:description><plus:DataMining>\
         http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED</plus:DataMining>");
    let short = [&b"XML:com.adobe.xmp\0\x01\0\0\0"[..], &packed(&whole)].concat();
    // As ImageMagick writes it.
    let digits = |name: &str, bytes: &[u8]| {
        let digits: Vec<String> = bytes.chunks(36).map(hex::encode).collect();
        format!("\n{name}\n{:8}\n{}\n", bytes.len(), digits.join("\n")).into_bytes()
    };
    let profile = [&b"Raw profile type xmp\0\0"[..], &packed(&digits("xmp", &whole))].concat();
    let segment = digits("APP1", &[XMP, &whole].concat());
    let segment = [&b"Raw profile type APP1\0"[..], &segment].concat();
    let mut many = vec![[XMP, b"<a/>"].concat(); 30];
    many[20] = [XMP, b"<a b='DMI-PROHIBITED'/>"].concat();
    for (name, bytes) in [
        ("behind.png", png_behind(b"iTXt", &as_text(&whole))),
        ("packed.png", png_behind(b"iTXt", &short)),
        ("profile.png", png(b"zTXt", &profile)),
        ("segment.png", png(b"tEXt", &segment)),
        ("extended.jpg", jpeg_extended(&whole, 100)),
        ("behind.gif", gif_xmp(&whole)),
        ("behind.webp", webp(b"XMP ", 4, &whole)),
        ("entry.tif", tiff(0x02bc, &whole)),
        ("many.jpg", jpeg(0xe1, &many)),
    ] {
        let notes = album.notes(name, &bytes);
        assert_eq!(notes.marks, ["IPTC data mining: DMI-PROHIBITED"], "{name}");
        let described = (name != "many.jpg").then_some("a hat");
        assert_eq!(notes.description.as_deref(), described, "{name}");
    }
}

#[test]
fn exif_and_comments_are_found_wherever_they_may_stand() {
    let album = Album(tempfile::tempdir().unwrap());
    let right = exif(0x8298, b"all rights reserved, NoAI");
    let marked = [&b"Exif\0\0"[..], &right].concat();
    let packet = xmp("<dc:subject>noai</dc:subject>");
    let digits = format!("\nexif\n{:8}\n{}\n", marked.len(), hex::encode(&marked));
    let profile = [&b"Raw profile type exif\0\0"[..], &packed(digits.as_bytes())].concat();
    let entries = b"8BIM\x04\x04\0\0\0\0\0\x09\x1c\x02\x19\0\x04noai\0";
    let digits = format!("\niptc\n{:8}\n{}\n", entries.len(), hex::encode(entries));
    let keywords = [&b"Raw profile type iptc\0\0"[..], &packed(digits.as_bytes())].concat();
    let said = b"mine, noai";
    let mut comment = plain(ImageFormat::Gif);
    assert_eq!(comment.pop(), Some(0x3b));
    // In two blocks, as long comments are.
    comment.extend([&[0x21, 0xfe, 8][..], &said[..8], &[2], &said[8..], &[0, 0x3b]].concat());
    // What stands between two segments is passed over.
    let mut loose = jpeg(0xe1, &[b"other".to_vec(), marked.clone()]);
    loose.splice(11..11, *b"between");
    for (name, bytes) in [
        ("before.png", png(b"eXIf", &right)),
        ("behind.png", png_behind(b"eXIf", &right)),
        ("profile.png", png(b"zTXt", &profile)),
        ("keywords.png", png(b"zTXt", &keywords)),
        ("behind.webp", webp(b"EXIF", 8, &right)),
        ("marked.webp", webp(b"EXIF", 8, &marked)),
        ("segment.jpg", jpeg(0xe1, &[marked])),
        ("loose.jpg", loose),
        ("comment.jpg", jpeg(0xfe, &[said.to_vec()])),
        ("comment.gif", comment),
        ("entry.tif", tiff(0x8298, b"all rights reserved, NoAI")),
        ("page.tif", second_page(0x8298, b"all rights reserved, NoAI")),
        ("packet.tif", second_page(0x02bc, &packet)),
    ] {
        assert_eq!(album.marks(name, &bytes), ["noai"], "{name}");
    }
    let cawg = manifest("cawg.training-mining", &entry("cawg.ai_training", "notAllowed"));
    let said = ["cawg.training-mining: ai_training not allowed"];
    assert_eq!(album.marks("manifest.tif", &second_page(0xcd41, &cawg)), said);
    // What a further page shows is not what the picture shows.
    let notes = album.notes("shown.tif", &second_page(0x010e, b"a page of notes"));
    assert!(notes.is_empty(), "{notes:?}");
    // What a program was told to draw is nobody's mark.
    let drawn = b"a sign that says noai\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1";
    assert!(album.marks("drawn.jpg", &jpeg(0xfe, &[drawn.to_vec()])).is_empty());
}

#[test]
fn directories_that_lead_in_a_circle_come_to_an_end() {
    let mut bytes = exif(0x8298, b"all rights reserved, noai");
    let (first, link) = (bytes[4..8].to_vec(), bytes.len() - 4);
    bytes[link..].copy_from_slice(&first);
    let mut blocks = Blocks::default();
    blocks.read(&mut io::Cursor::new(&bytes)).unwrap();
    let [_, _, exif] = blocks.notes();
    assert_eq!(exif.marks, ["noai"]);
    // Many that name the same bytes are looked at no more often than bytes can be.
    let packet = xmp(&"x".repeat(200_000));
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    add_directory(&mut bytes, 4, 0x02bc, &packet);
    let directory = bytes[bytes.len() - 18..bytes.len() - 4].to_vec();
    for _ in 0..20_000 {
        let (link, place) = (bytes.len() - 4, (bytes.len() as u32).to_le_bytes());
        bytes[link..].copy_from_slice(&place);
        bytes.extend([&directory[..], &[0; 4]].concat());
    }
    let began = std::time::Instant::now();
    let mut blocks = Blocks::default();
    blocks.read(&mut io::Cursor::new(&bytes)).unwrap();
    blocks.notes();
    assert!(began.elapsed() < std::time::Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn xmp_that_cannot_be_parsed_is_looked_through() {
    let album = Album(tempfile::tempdir().unwrap());
    let history = "<rdf:li>xmp.did:0123456789abcdef</rdf:li>\n".repeat(30_000);
    let long = |inside: &str| xmp(&format!("{history}{inside}"));
    let attributes: String = (0..30_000).map(|number| format!(" a{number}=''")).collect();
    for (inside, said) in [
        (
            "<plus:DataMining rdf:resource='http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED'/>",
            Some("IPTC data mining: DMI-PROHIBITED"),
        ),
        ("<Iptc4xmpExt:DataMining>Prohibited</Iptc4xmpExt:DataMining>", Some("IPTC data mining: prohibited")),
        ("<tdm:reservation>\n1</tdm:reservation>", Some("text and data mining reserved (TDMRep)")),
        ("<dc:title tdm:reservation = \"1\"/>", Some("text and data mining reserved (TDMRep)")),
        ("<dc:subject>#NoAI、帽子</dc:subject>", Some("noai")),
        ("<tdm:reservation>0</tdm:reservation><dc:title>Nonai, 1</dc:title>", None),
        ("<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-ALLOWED</plus:DataMining>", None),
    ] {
        let said: Vec<&str> = said.into_iter().collect();
        let many = xmp(&format!("{}{inside}", "<a/>".repeat(30_000)));
        let wide = xmp(&format!("<a{attributes}/>{inside}"));
        let mut torn = xmp(inside);
        torn.truncate(torn.len() - 20);
        torn.insert(30, 0xff);
        for xml in [long(inside), many, wide, torn] {
            assert_eq!(PictureNotes::from_xmp(&xml).marks, said, "{} bytes, {inside}", xml.len());
        }
    }
    let long = long("<plus:DataMining>DMI-PROHIBITED</plus:DataMining>");
    assert!(long.len() > 1 << 20);
    for (name, bytes) in [
        ("long.png", png(b"iTXt", &as_text(&long))),
        ("behind.png", png_behind(b"iTXt", &as_text(&long))),
        ("long.jpg", jpeg_extended(&long, 60_000)),
        ("long.webp", webp(b"XMP ", 4, &long)),
        ("long.tif", tiff(0x02bc, &long)),
        ("long.gif", gif_xmp(&long)),
    ] {
        assert_eq!(album.marks(name, &bytes), ["IPTC data mining: DMI-PROHIBITED"], "{name}");
    }
    // No mark fills the window, nor do many.
    let wide = format!("<a b='DMI-PROHIBITED-{}'", "A".repeat(100_000));
    assert_eq!(in_unparsed(wide.as_bytes())[0].len(), LONGEST_MARK);
    let many: String = (0..100).map(|number| format!("DMI-PROHIBITED-{number} ")).collect();
    assert_eq!(in_unparsed(many.as_bytes()).len(), MOST_MARKS);
}

#[test]
fn a_small_file_does_not_fill_the_memory() {
    let album = Album(tempfile::tempdir().unwrap());
    let blank = [&b"Comment\0\0"[..], &packed(&b"x".repeat(1 << 20))].concat();
    let blank = chunk(b"zTXt", &blank);
    let behind = |count: usize, last: Vec<u8>| {
        let mut bytes = plain(ImageFormat::Png);
        bytes.splice(33..33, [blank.repeat(count), last].concat());
        bytes
    };
    let sign = chunk(b"zTXt", &[&b"robots\0\0"[..], &packed(b"noai")].concat());
    let open = chunk(b"tEXt", b"robots\0noimageai");
    let both = [sign, open].concat();
    assert_eq!(album.marks("a.png", &behind(1, both.clone())), ["noai", "noimageai"]);
    // So much is unpacked and no more, but what is not packed is read all the same.
    let bytes = behind(64, both);
    assert!(bytes.len() < 1 << 20);
    assert_eq!(album.marks("b.png", &bytes), ["noimageai"]);

    let filler = chunk(b"caBX", &boxed(b"free", &[0_u8].repeat(9 << 20)));
    let said = manifest("cawg.training-mining", &entry("cawg.ai_training", "notAllowed"));
    for (fillers, found) in [(1, 1), (2, 0)] {
        let bytes = [&b"\x89PNG\r\n\x1a\n"[..], &filler.repeat(fillers), &chunk(b"caBX", &said)].concat();
        let mut blocks = Blocks::default();
        let _ = blocks.read(&mut io::Cursor::new(bytes));
        assert_eq!(blocks.notes()[0].marks.len(), found, "{fillers}");
    }
}

#[test]
fn what_allows_or_says_something_else_is_no_mark() {
    let album = Album(tempfile::tempdir().unwrap());
    for (of, said) in [("cawg.ai_training", "allowed"), ("c2pa.ai_inference", "notAllowed")] {
        let harmless = manifest("c2pa.training-mining", &entry(of, said));
        assert!(album.marks("a.png", &png(b"caBX", &harmless)).is_empty(), "{of} {said}");
    }
    let constrained = manifest("c2pa.training-mining", &entry("c2pa.ai_training", "constrained"));
    let said = ["c2pa.training-mining: ai_training under conditions only"];
    assert_eq!(album.marks("a.png", &png(b"caBX", &constrained)), said);
    for inside in [
        "<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-ALLOWED</plus:DataMining>",
        "<tdm:reservation>0</tdm:reservation>",
        "<dc:title>Nonai the cat</dc:title>",
    ] {
        assert!(album.marks("b.png", &png(b"iTXt", &xmp_text(inside))).is_empty(), "{inside}");
    }
    // What a program was told to draw is nobody's mark.
    assert!(album.marks("c.png", &png(b"tEXt", b"parameters\0a sign that says noai")).is_empty());
}

#[test]
fn damage_is_no_mark_and_does_no_harm() {
    let whole = manifest("cawg.training-mining", &entry("cawg.ai_training", "notAllowed"));
    for end in 0..whole.len() {
        in_manifest(&whole[..end]);
    }
    let deep = (0..100).fold(whole, |inside, _| labelled("c2pa", &inside));
    assert!(in_manifest(&deep).is_empty(), "nothing is that deep");
    for bytes in [&[0, 0, 0, 1, b'j', b'u', b'm', b'b', 0xff][..], &[0xff; 40], b"\0\0\0\x02jumbxx"] {
        in_manifest(bytes);
    }
    let said = manifest("cawg.training-mining", &entry("cawg.ai_training", "notAllowed"));
    let xml = xmp("<tdm:reservation>1</tdm:reservation>");
    for file in [
        png(b"caBX", &said),
        png(b"zTXt", &[&b"Raw profile type xmp\0\0"[..], &packed(b"\nxmp\n  9\n3c612f3e0")].concat()),
        png(b"iTXt", &[&b"XML:com.adobe.xmp\0\x01\0\0\0"[..], &packed(&xml)].concat()),
        jpeg_extended(&xml, 200),
        webp(b"XMP ", 4, &xml),
        gif_xmp(&xml),
        second_page(0x02bc, &xml),
    ] {
        for end in 0..file.len() {
            let mut blocks = Blocks::default();
            let _ = blocks.read(&mut io::Cursor::new(&file[..end]));
            blocks.notes();
        }
        for place in 12..file.len() {
            let mut odd = file.clone();
            odd[place] ^= 0xff;
            let mut blocks = Blocks::default();
            let _ = blocks.read(&mut io::Cursor::new(odd));
            blocks.notes();
        }
    }
}

#[test]
fn a_marked_picture_does_not_come_into_a_run_in_the_place_of_another() {
    let album = Album(tempfile::tempdir().unwrap());
    let path = album.0.path().join("a.png");
    std::fs::write(&path, plain(ImageFormat::Png)).unwrap();
    let mut record = crate::PictureRecord::new(crate::PictureEntry::new(path)).unwrap();
    record.expect_same().unwrap();
    assert_eq!(album.marks("a.png", &png(b"tEXt", b"robots\0noai")), ["noai"]);
    let said = record.expect_same().unwrap_err().to_string();
    assert!(said.contains("a.png") && said.contains("another picture"), "{said}");
    record.entry.despite_mark = Some("the maker wrote to me".into());
    assert!(record.expect_same().is_err(), "it was said of the one that was there");
}
