//! Pictures of every kind are signed, read back by the standard's own reader, and noticed when a byte of them changes.

use std::fs;
use std::path::PathBuf;

use c2pa::{Reader, ValidationState};
use ed25519_dalek::SigningKey;
use image::{ImageFormat, Rgb, RgbImage};

use super::certificate::device_certificate;
use super::*;
use crate::golden;
use crate::infotext::parse_parameters;
use crate::infotext::tests::info;
use crate::png_info::{GRID, KEYWORD, read_parameters, read_text, to_png_texts, to_png_with};
use project::PictureNotes;

fn picture(shade: u8) -> RgbImage {
    RgbImage::from_fn(48, 32, |x, y| Rgb([5 * x as u8, 7 * y as u8, shade]))
}

fn jpeg(shade: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture(shade).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

fn device() -> (tempfile::TempDir, Seal) {
    let folder = tempfile::tempdir().unwrap();
    let home = DataDir::at(folder.path().join("home"));
    let seal = Seal::of(&CredentialSettings::default(), &home).unwrap().unwrap();
    (folder, seal)
}

fn read(bytes: &[u8]) -> Option<ContentCredentials> {
    ContentCredentials::read(image::guess_format(bytes).unwrap().to_mime_type(), Cursor::new(bytes))
}

/// What the standard's reader says, without anything of ours.
fn verified(bytes: &[u8]) -> bool {
    let format = image::guess_format(bytes).unwrap().to_mime_type();
    let reader = Reader::from_shared_context(&CONTEXT).with_stream(format, Cursor::new(bytes));
    reader.is_ok_and(|reader| reader.validation_state() == ValidationState::Valid)
}

/// A PNG's picture, or a JPEG's, begins here.
fn levels(bytes: &[u8]) -> usize {
    let find = |what: &[u8]| bytes.windows(what.len()).rposition(|part| part == what);
    find(b"IDAT").or_else(|| find(&[0xff, 0xda])).unwrap()
}

#[test]
fn twenty_files_verify_and_with_one_byte_changed_none_does() {
    let (folder, seal) = device();
    let mut files = Vec::new();
    for shade in 0..5 {
        let drawn = to_png_with(&picture(shade), &info()).unwrap();
        let texts = [(KEYWORD, info().to_parameters()), (GRID, "猫 rows".to_owned())];
        let grid = to_png_texts(&picture(shade), &texts).unwrap();
        let (drawn, grid) =
            (seal.sign(Origin::Drawn, &drawn).unwrap(), seal.sign(Origin::Composed, &grid).unwrap());
        // An edit of what was drawn, whose manifest is kept, and one of a photo that has none.
        let sources = ["drawn.png", "photo.jpg"].map(|name| folder.path().join(name));
        fs::write(&sources[0], &drawn).unwrap();
        fs::write(&sources[1], jpeg(shade)).unwrap();
        let edited = to_png_with(&picture(shade + 9), &info()).unwrap();
        let edited = seal.sign(Origin::Edited(&sources[0]), &edited).unwrap();
        let export = seal.sign(Origin::Edited(&sources[1]), &jpeg(shade + 9)).unwrap();
        files.extend([
            (drawn, Made::Drawn, vec![]),
            (grid, Made::Composed, vec![]),
            (edited, Made::Composed, vec!["drawn.png"]),
            (export, Made::Composed, vec!["photo.jpg"]),
        ]);
    }
    assert_eq!(files.len(), 20);
    for (number, (bytes, made, sources)) in files.into_iter().enumerate() {
        assert!(verified(&bytes), "{number}");
        let said = read(&bytes).unwrap();
        assert_eq!((said.made, said.state), (made, FileState::Intact), "{number}");
        assert_eq!(said.sources, sources);
        assert_eq!(said.program.as_deref(), Some(concat!("Pseudoword ", env!("CARGO_PKG_VERSION"))));
        let is_png = bytes.starts_with(b"\x89PNG");
        if is_png {
            let path = folder.path().join("a.png");
            fs::write(&path, &bytes).unwrap();
            assert_eq!(parse_parameters(&read_parameters(&path).unwrap().unwrap()), info());
            assert!(number % 4 != 1 || read_text(&path, GRID).unwrap().as_deref() == Some("猫 rows"));
            image::open(&path).unwrap();
        }
        // In the picture, in what it says of itself, and in what is signed of it.
        let text: &[u8] = if is_png { b"parameters" } else { b"JFIF" };
        let places = [text, b"digitalSourceType"]
            .map(|what| bytes.windows(what.len()).rposition(|part| part == what).unwrap() + what.len() + 4);
        for place in [levels(&bytes) + 20, places[0], places[1]] {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(!verified(&changed), "{number}: byte {place} of {}", bytes.len());
            let said = read(&changed).expect("that there was a signature is told");
            assert_eq!(said.state, FileState::Changed, "{number}: byte {place}");
        }
    }
}

#[test]
fn what_is_said_is_what_a_person_reads() {
    let (folder, seal) = device();
    let path = folder.path().join("a.png");
    fs::write(&path, seal.sign(Origin::Drawn, &to_png(&picture(1)).unwrap()).unwrap()).unwrap();
    let said = ContentCredentials::of(&path).unwrap().describe();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        said,
        format!(
            "made with trained algorithmic media by Pseudoword {version}, unknown signer (“Pseudoword on somebody's \
             device”), file intact"
        )
    );
    // Another picture around the same manifest.
    let mut bytes = fs::read(&path).unwrap();
    let at = levels(&bytes) + 9;
    bytes[at] ^= 0x10;
    fs::write(&path, bytes).unwrap();
    assert_eq!(ContentCredentials::of(&path).unwrap().describe(), "changed since it was signed");
    for (name, bytes) in
        [("old.png", to_png(&picture(1)).unwrap()), ("photo.jpg", jpeg(1)), ("a.txt", b"text".to_vec())]
    {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        assert_eq!(ContentCredentials::of(&path), None, "{name}");
    }
    assert_eq!(ContentCredentials::of(&folder.path().join("none.png")), None);
    assert!(seal.sign(Origin::Drawn, b"no picture").is_err());
}

#[test]
fn a_source_that_cannot_be_read_is_named_and_a_strangers_manifest_kept() {
    let (folder, seal) = device();
    let result = to_png(&picture(2)).unwrap();
    // A picture that was changed after it was signed, one of a kind that holds no manifest, and one that is gone.
    let mut broken = seal.sign(Origin::Drawn, &result).unwrap();
    let at = levels(&broken) + 9;
    broken[at] ^= 1;
    let mut bitmap = Cursor::new(Vec::new());
    picture(3).write_to(&mut bitmap, ImageFormat::Bmp).unwrap();
    for (name, bytes) in
        [("broken.png", Some(broken)), ("a.bmp", Some(bitmap.into_inner())), ("gone.png", None)]
    {
        let path = folder.path().join(name);
        bytes.into_iter().for_each(|bytes| fs::write(&path, bytes).unwrap());
        let said = read(&seal.sign(Origin::Edited(&path), &result).unwrap()).unwrap();
        assert_eq!((said.state, said.sources.as_slice()), (FileState::Intact, &[name.to_owned()][..]));
    }
    // A maker's refusal in a source is kept with what is made of it, and read there as a mark.
    let said = json!({ "entries": { "cawg.ai_generative_training": { "use": "notAllowed" } } });
    let mut builder = manifest(Origin::Drawn).unwrap();
    builder.add_assertion("cawg.training-mining", &said).unwrap();
    let source = folder.path().join("hers.jpg");
    let mut out = Cursor::new(Vec::new());
    builder.sign(&seal.hand, "image/jpeg", &mut Cursor::new(jpeg(4)), &mut out).unwrap();
    fs::write(&source, out.into_inner()).unwrap();
    let made = folder.path().join("made.png");
    fs::write(&made, seal.sign(Origin::Edited(&source), &result).unwrap()).unwrap();
    let mark = "cawg.training-mining: ai_generative_training not allowed";
    for path in [&source, &made] {
        assert_eq!(ContentCredentials::of(path).unwrap().state, FileState::Intact);
        assert_eq!(PictureNotes::of(path).marks, [mark], "{}", path.display());
    }
    let plain = folder.path().join("plain.png");
    fs::write(&plain, seal.sign(Origin::Drawn, &result).unwrap()).unwrap();
    assert!(PictureNotes::of(&plain).marks.is_empty(), "what is made here forbids nothing by itself");
}

#[test]
fn certificates_of_artists_sign_and_bad_ones_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let home = DataDir::at(folder.path().join("home"));
    let of = |certificate: PathBuf, key: PathBuf| {
        Seal::of(&CredentialSettings { off: false, certificate: Some(certificate), key: Some(key) }, &home)
    };
    let given = |name: &str| golden("certificates").join(name);
    for kind in ["es256", "es384", "ps256"] {
        let seal = of(given(&format!("{kind}.pem")), given(&format!("{kind}.key"))).unwrap().unwrap();
        let said = read(&seal.sign(Origin::Drawn, &to_png(&picture(1)).unwrap()).unwrap()).unwrap();
        assert_eq!((said.state, said.signer.as_deref()), (FileState::Intact, Some("Ann Smith")), "{kind}");
    }
    assert!(!home.root().exists(), "the device's own was not asked for");

    // Ed25519, whose key has 16 bytes before it in PKCS #8 (RFC 8410); one file with both, and none of the key in pictures.
    let secret = SigningKey::from_bytes(&[7; 32]);
    let lead = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let pem = |what: &str, bytes: &[u8]| {
        use base64::Engine as _;
        let packed = base64::engine::general_purpose::STANDARD.encode(bytes);
        let lines: Vec<&str> =
            packed.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"))
    };
    let key = pem("PRIVATE KEY", &[&lead[..], &secret.to_bytes()].concat());
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let certificate = |year| pem("CERTIFICATE", &device_certificate(&secret, year).unwrap());
    let (both, key) = (write("both.pem", format!("{key}{}", certificate(2049))), write("ed.key", key));
    let seal = of(both.clone(), both.clone()).unwrap().unwrap();
    let signed = seal.sign(Origin::Drawn, &to_png(&picture(1)).unwrap()).unwrap();
    assert!(verified(&signed) && !signed.windows(32).any(|part| part == [7; 32]));

    let expired = write("old.pem", certificate(2024));
    for (certificate, key, parts) in [
        (expired, key.clone(), &["old.pem", "signed with this certificate"][..]),
        (given("es256.pem"), key.clone(), &["es256.pem", "signed with this certificate"]),
        (key.clone(), key.clone(), &["ed.key", "no whole certificate"]),
        (
            write("cut.pem", certificate(2049)[..200].to_owned()),
            key.clone(),
            &["cut.pem", "no whole certificate"],
        ),
        (both.clone(), write("bad.key", "x".into()), &["bad.key", "no key that can sign"]),
        (folder.path().join("none.pem"), key.clone(), &["none.pem"]),
    ] {
        let sentence = of(certificate, key).err().unwrap().to_string();
        assert!(parts.iter().all(|part| sentence.contains(part)), "{sentence}");
    }
    let half = CredentialSettings { certificate: Some(both), ..CredentialSettings::default() };
    assert!(Seal::of(&half, &home).err().unwrap().to_string().contains("Name both"));
}

#[test]
fn the_devices_certificate_is_made_once_and_a_damaged_one_told_of_and_left() {
    let (folder, seal) = device();
    let home = DataDir::at(folder.path().join("home"));
    let made = fs::read(home.certificate()).unwrap();
    drop(seal);
    assert!(Seal::of(&CredentialSettings::default(), &home).unwrap().is_some());
    assert_eq!(fs::read(home.certificate()).unwrap(), made);
    let off = CredentialSettings { off: true, ..CredentialSettings::default() };
    assert!(Seal::of(&off, &home).unwrap().is_none());
    // That of another key, and one that is none.
    let other = device_certificate(&SigningKey::from_bytes(&[9; 32]), 2049).unwrap();
    for damaged in [other, made[..made.len() / 2].to_vec()] {
        fs::write(home.certificate(), &damaged).unwrap();
        let sentence = Seal::of(&CredentialSettings::default(), &home).err().unwrap().to_string();
        assert!(sentence.contains("signing.crt") && sentence.contains("Move it away"), "{sentence}");
        assert_eq!(fs::read(home.certificate()).unwrap(), damaged);
    }
}
