//! Pictures with each kind of mark, made here, in each kind of file; and what is no mark.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{ImageFormat, RgbImage};

use super::*;
use crate::PictureNotes;
use crate::picture::tests::crc32;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

fn plain(format: ImageFormat) -> Vec<u8> {
    let mut bytes = io::Cursor::new(Vec::new());
    RgbImage::from_pixel(8, 8, image::Rgb([90, 60, 30])).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG with a chunk behind its header.
fn png(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = plain(ImageFormat::Png);
    let named = [&name[..], data].concat();
    let chunk = [&(data.len() as u32).to_be_bytes()[..], &named, &crc32(&named).to_be_bytes()].concat();
    bytes.splice(33..33, chunk);
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
    [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], &xmp(inside)].concat()
}

struct Album(tempfile::TempDir);

impl Album {
    fn marks(&self, name: &str, bytes: &[u8]) -> Vec<String> {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        image::open(&path).unwrap_or_else(|fault| panic!("{name} is no picture any more: {fault}"));
        PictureNotes::of(&path).marks
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

    let mining =
        "<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>";
    let said = ["IPTC data mining: DMI-PROHIBITED-AIMLTRAINING"];
    assert_eq!(album.marks("b.jpg", &jpeg(0xe1, &[[XMP, &xmp(mining)].concat()])), said);
    assert_eq!(album.marks("b.png", &png(b"iTXt", &xmp_text(mining))), said);
    assert_eq!(album.marks("b.webp", &webp(b"XMP ", 4, &xmp(mining))), said);

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

    let mut packed = ZlibEncoder::new(b"Copyright\0\0".to_vec(), Compression::fast());
    packed.write_all(b"all rights reserved; noimageai").unwrap();
    let packed = packed.finish().unwrap();
    let long = [&b"robots\0\x01\0\0\0"[..], &packed[11..]].concat();
    for (name, data, said) in [
        (b"tEXt", &b"robots\0noai, noindex"[..], "noai"),
        (b"zTXt", packed.as_slice(), "noimageai"),
        (b"iTXt", long.as_slice(), "noimageai"),
        (b"tEXt", &b"tdm-reservation\x001"[..], "text and data mining reserved (TDMRep)"),
    ] {
        assert_eq!(album.marks("d.png", &png(name, data)), [said]);
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
        in_manifest(&whole[..end], 0, &mut Vec::new());
    }
    let deep = (0..100).fold(whole, |inside, _| labelled("c2pa", &inside));
    let mut found = Vec::new();
    in_manifest(&deep, 0, &mut found);
    assert!(found.is_empty(), "nothing is that deep");
    for bytes in [&[0, 0, 0, 1, b'j', b'u', b'm', b'b', 0xff][..], &[0xff; 40], b"\0\0\0\x02jumbxx"] {
        in_manifest(bytes, 0, &mut found);
    }
    let file = png(b"caBX", &manifest("cawg.training-mining", &entry("cawg.ai_training", "notAllowed")));
    for end in 0..file.len() {
        let _ = Blocks::default().read(&mut io::Cursor::new(&file[..end]));
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
