//! Beginnings of files as servers, browsers and other programs leave them.

use std::fs;

use super::*;

fn told(kind: FileKind, start: &[u8]) -> String {
    of(kind, start).map_or_else(|| "nothing".into(), |found| format!("{}. {}", found.fault, found.remedy))
}

#[test]
fn what_servers_send_in_place_of_a_file_is_named() {
    for (bytes, expected) in [
        (&b"<!DOCTYPE html>\n<html lang=\"en\"><head>"[..], "web page"),
        (b"\xEF\xBB\xBF \r\n<HTML>", "web page"),
        (b"<!-- saved from url --><html>", "web page"),
        (b"<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC><html>", "web page"),
        (b"\xFF\xFE<\0h\0t\0m\0l\0>\0", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "Git LFS"),
        (b"/annex/objects/SHA256E-s12--aa.safetensors\n", "git-annex"),
        (b"Access to model x/y is restricted. You must be authenticated to access it.", "log in, accept"),
        (
            br#"{"error":"Access to model x/y is restricted and you are not in the authorized list."}"#,
            "log in",
        ),
        (br#"{"error":"Unauthorized","message":"The creator requires you to be logged in"}"#, "log in"),
        (b"Invalid username or password.", "log in"),
        (b"Entry not found", "no such file"),
        (b"404: Not Found", "no such file"),
        (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "log in"),
        (b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>", "no such file"),
        (br#"{"error":"Something else"}"#, "error message"),
        (b"Internal Server Error", "error message"),
        (b"[InternetShortcut]\r\nURL=https://example.org", "a link"),
        (b"d8:announce35:udp://tracker", "torrent"),
        (b"{\"prompt\": {}}", "text file (JSON)"),
        (b"step,loss\n1,0.2\n", "a text file"),
        (b"export HOME=/tmp\ncd notes\n\ntimeout 90 make\necho login\n", "it is a text file"),
    ] {
        for kind in [FileKind::Model, FileKind::Embedding, FileKind::Picture] {
            let told = told(kind, bytes);
            assert!(told.contains(expected), "{expected}: {told}");
        }
    }
    // The beginning of a long page may end in the middle of a letter.
    let long = [b"<html>".to_vec(), "猫".repeat(2000).into_bytes()].concat();
    assert!(told(FileKind::Model, &long[..4096]).contains("web page"));
}

#[test]
fn archives_and_formats_of_others_are_named() {
    let tar = [&[b'm'; 257][..], b"ustar\0"].concat();
    for (bytes, expected) in [
        (&b"PK\x03\x04\x14\0\0\0\x08\0 model.safetensors"[..], "(zip), in which the file may be. Unpack it"),
        (b"7z\xBC\xAF\x27\x1C\0\x04", "(7z), in"),
        (b"Rar!\x1A\x07\x01\0", "(rar)"),
        (b"\x1F\x8B\x08\0", "gzip"),
        (&tar, "tar"),
        (b"GGUF\x03\0\0\0", "GGUF"),
        (b"\x08\x08\x12\x07pytorch\x1A\x05", "ONNX"),
        (b"\x89HDF\r\n\x1a\n\0", "HDF5"),
        (b"MZ\x90\0", "a program"),
        (&[0; 64], "nothing but zeros"),
    ] {
        let told = told(FileKind::Model, bytes);
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let jpeg = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0";
    assert!(told(FileKind::Model, jpeg).contains("JPEG") && told(FileKind::Embedding, jpeg).contains("JPEG"));
    assert_eq!(told(FileKind::Picture, jpeg), "nothing", "what it should be is no stranger");
    assert_eq!(told(FileKind::Embedding, PNG), "nothing");
    assert!(told(FileKind::Model, PNG).contains("a picture (PNG)"));
    let safetensors = [&40u64.to_le_bytes()[..], b"{\"a\":"].concat();
    assert!(told(FileKind::Picture, &safetensors).contains("safetensors"));
    for own in [&safetensors[..], b"PK\x03\x04\0\0archive/data.pkl", b"\x80\x02}", b""] {
        assert_eq!(told(FileKind::Model, own), "nothing");
        assert_eq!(told(FileKind::Embedding, own), "nothing");
    }
}

#[test]
fn half_a_download_is_told_by_its_name_or_its_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let said =
        |path: &Path| refusal(FileKind::Model, path).map_or_else(String::new, |error| error.to_string());
    for name in ["猫.safetensors.part", "Unconfirmed 1.crdownload", "x.ckpt.PARTIAL"] {
        let told = said(&place(name, b"\x10\0\0\0\0\0\0\0{"));
        assert!(told.contains(name) && told.contains("Let the download finish"), "{told}");
    }
    let target = place("model.safetensors", b"");
    assert_eq!(said(&target), "");
    place("model.safetensors.part", b"\x10\0\0");
    assert!(said(&target).contains("model.safetensors.part lies beside it"));
    assert_eq!(said(&folder.path().join("nowhere")), "");
}

#[test]
fn pictures_that_are_not_read_have_one_name_for_all() {
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let svg = b"<?xml version=\"1.0\"?>\n<!-- Inkscape --><svg><title>cat</title></svg>";
    for (bytes, expected) in [
        (&heic[..], "a HEIC picture"),
        (b"8BPS\0\x01\0\0", "a Photoshop document"),
        (b"\x1A\x45\xDF\xA3\x01\0", "a film"),
        (b"RIFF\0\0\0\0AVI LIST", "a film"),
        (b"II*\0\x10\0\0\0CR\x02\0", "a raw photo"),
        (svg, "an SVG drawing"),
    ] {
        assert_eq!(foreign_picture(bytes), Some(expected));
        for kind in [FileKind::Picture, FileKind::Model, FileKind::Embedding] {
            let told = told(kind, bytes);
            assert!(told.contains(expected) || expected == "a raw photo", "{expected}: {told}");
        }
    }
    assert!(
        told(FileKind::Picture, heic)
            .contains("which cannot be read. Choose a picture, or save this one as PNG")
    );
    assert!(told(FileKind::Picture, b"<!-- page --><html><head></head><svg></svg>").contains("web page"));
}
