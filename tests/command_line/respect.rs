//! Rights, marks, receipts and signatures by the program itself: what stops a word, what goes with it, and what is noticed
//! of a file that was changed.

use std::path::Path;

use format::embedding::{self, EmbeddingFormat, LearnedWord, Receipt, Signed};
use project::files::sha256_file;
use project::{Rights, RunFolder};

use crate::places::golden;
use crate::program::*;
use crate::runs::{model, workplace};

/// The checksum of a PNG's chunk (its specification, annex D).
fn sum(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

/// Writes a mark into a PNG, behind its header.
fn mark(picture: &Path) {
    let mut bytes = std::fs::read(picture).unwrap();
    let chunk = b"tEXtrobots\0noai";
    let length = (chunk.len() as u32 - 4).to_be_bytes();
    bytes.splice(33..33, [&length[..], chunk, &sum(chunk).to_be_bytes()].concat());
    std::fs::write(picture, bytes).unwrap();
}

fn inspected(path: &Path) -> String {
    run_well(program().arg("inspect").arg(path))
}

#[test]
fn a_marked_picture_stops_learning_until_someone_answers_for_it() {
    let place = workplace();
    let picture = place.path().join("images/source_0.png");
    mark(&picture);
    let out = place.path().join("run");
    let line = |options: &[&str]| {
        let mut line = learn_line(place.path(), &out);
        line.args(["--steps", "1", "--preview-every", "0"]).args(options);
        line
    };
    let parts = ["source_0.png", "marked against learning", "noai", "--despite-mark"];
    refuses(&mut line(&[]), 4, &parts);
    refuses(&mut line(&["--despite-mark", "  "]), 4, &parts);
    refuses(&mut line(&["--rights", "own"]), 4, &parts);
    assert!(!out.exists(), "a run that never began left a folder");

    let mut answered = line(&["--despite-mark", "she agreed in writing", "--rights", "consent"]);
    run_well(answered.args(["--rights-from", "Bo", "--author", "Ann", "--licence", "CC-BY-4.0"]));
    let manifest = RunFolder::open(&out).unwrap().manifest().unwrap();
    assert_eq!(manifest.permitted_by.as_deref(), Some("Ann"));
    let [marked, plain] = manifest.pictures.as_slice() else { panic!("there are two pictures") };
    assert_eq!((marked.marks.as_slice(), plain.marks.len()), (&["noai".to_owned()][..], 0));
    assert_eq!(marked.entry.despite_mark.as_deref(), Some("she agreed in writing"));
    assert_eq!(plain.entry.despite_mark, None);
    assert_eq!((plain.entry.rights, plain.entry.rights_from.as_deref()), (Rights::Consent, Some("Bo")));

    // All of that goes with the word, and nothing of the pictures but their hashes.
    let file = out.join("cat-toy.safetensors");
    let word = embedding::read(&file).unwrap();
    let receipt = Receipt::read(&word.metadata).unwrap();
    assert_eq!(receipt.pictures[0].sha256, sha256_file(&picture).unwrap());
    assert_eq!(receipt.pictures[0].despite_mark.as_deref(), Some("she agreed in writing"));
    assert_eq!((receipt.steps, receipt.permitted_by.as_deref()), (1, Some("Ann")));
    assert_eq!(word.metadata["modelspec.author"], "Ann");
    assert_eq!(word.metadata["modelspec.license"], "CC-BY-4.0");
    let bytes = std::fs::read(&file).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("source_0"), "a picture's name is nobody's business");

    // A reason may lie beside the picture too.
    let own = "[[picture]]\nfile = \"source_0.png\"\ndespite_mark = \"I made it\"\n";
    std::fs::write(place.path().join("images/dataset.toml"), own).unwrap();
    let mut again = learn_line(place.path(), &place.path().join("again"));
    run_well(again.args(["--steps", "1", "--preview-every", "0"]));
}

#[test]
fn a_word_is_signed_and_a_changed_one_is_told() {
    let place = workplace();
    let out = place.path().join("run");
    run_well(learn_line(place.path(), &out).args("--steps 1 --preview-every 0 --author Ann".split(' ')));
    let path = place.path().join("toy.safetensors");
    let mut export = typed("export --receipt --run");
    export.arg(&out).arg("--out").arg(&path);
    run_well(&mut export);
    let word = embedding::read(&path).unwrap();
    let Signed::Intact(key) = Signed::of(&word) else { panic!("the word is not signed") };
    let text = std::fs::read_to_string(place.path().join("toy.receipt.txt")).unwrap();
    for line in ["word: <cat-toy>\n", "author: Ann\n", "pictures: 2\n", &format!("signed by {key}, intact\n")]
    {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    let said = inspected(&path);
    assert!(said.contains(&format!("signed by {key}, intact")) && said.contains("rights not said"), "{said}");
    // The receipt is a file of the artist's, and not written over.
    std::fs::remove_file(&path).unwrap();
    assert_ne!(run(&mut export).0, 0);

    // The same through another layout of other programs.
    let other = place.path().join("other.safetensors");
    embedding::write(&other, &word, EmbeddingFormat::Diffusers).unwrap();
    assert!(inspected(&other).contains("intact"));
    let whole = std::fs::read(&other).unwrap();
    let mut bytes = whole.clone();
    let place_of_last = bytes.len() - 4;
    bytes[place_of_last] ^= 1;
    std::fs::write(&other, &bytes).unwrap();
    assert!(inspected(&other).contains("changed since it was signed"));
    // In the receipt, which stands as JSON within JSON.
    let author = br#"author\":\"Ann"#;
    let at = whole.windows(author.len()).position(|part| part == author).unwrap() + author.len() - 3;
    let mut bytes = whole;
    bytes[at] = b'E';
    std::fs::write(&other, &bytes).unwrap();
    let said = inspected(&other);
    assert!(said.contains("changed since it was signed") && said.contains("Enn"), "{said}");

    let plain = LearnedWord {
        token: Some("<plain>".into()),
        vectors: vec![0.5; 32],
        shape: [1, 32],
        ..LearnedWord::default()
    };
    embedding::write(&other, &plain, EmbeddingFormat::EmbParams).unwrap();
    assert!(inspected(&other).contains("not signed"));
}

#[test]
fn what_a_word_will_lack_is_said_when_it_is_learned() {
    let (place, home) = (workplace(), tempfile::tempdir().unwrap());
    std::fs::write(home.path().join("author.toml"), "name = [").unwrap();
    std::fs::write(home.path().join("signing.key"), "junk").unwrap();
    let mut line = learn_line(place.path(), &place.path().join("run"));
    let (code, _, said) =
        run(line.env("PSEUDOWORD_HOME", home.path()).args(["--steps", "1", "--preview-every", "0"]));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("author.toml.damaged-1") && said.contains("without a signature"), "{said}");
}

#[test]
fn pictures_say_that_a_model_made_them_unless_that_is_switched_off() {
    let place = workplace();
    let line = |verb: &str, out: &str| {
        let mut line = program();
        line.args([verb, "--device", "cpu", "--sampler", "ddim", "--steps", "2", "--prompt", "a cat"]);
        line.arg("--model").arg(model()).arg("--out").arg(place.path().join(out));
        line
    };
    let drawn = |verb: &str, out: &str, more: &[&str]| {
        let (code, said, told) = run(line(verb, out).args(more));
        assert_eq!(code, 0, "{told}");
        place.path().join(said.trim())
    };
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let picture = drawn("generate", "own", &[]);
    let said = inspected(&picture);
    assert!(said.contains("made with trained algorithmic media by Pseudoword"), "{said}");
    assert!(
        said.contains("unknown signer") && said.contains("file intact") && said.contains("a cat"),
        "{said}"
    );

    let certificates = golden().join("certificates");
    let own = |name: &str| {
        ["--certificate".into(), text(&certificates.join(name)), "--certificate-key".into()]
            .into_iter()
            .chain([text(&certificates.join("es256.key"))])
            .collect::<Vec<String>>()
    };
    let more: Vec<String> = ["--image".into(), text(&picture)].into_iter().chain(own("es256.pem")).collect();
    let edited = drawn("edit", "edited", &more.iter().map(String::as_str).collect::<Vec<_>>());
    let said = inspected(&edited);
    let source = picture.file_name().unwrap().to_str().unwrap();
    let parts = ["in part", source, "Ann Smith", "file intact"];
    assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    // One that was asked for and cannot sign is refused before anything is drawn, however it was asked for.
    refuses(line("generate", "wrong").args(own("es384.pem")), 2, &["es384.pem"]);
    refuses(
        line("generate", "wrong").args(["--certificate", "nope", "--certificate-key", "no"]),
        7,
        &["nope"],
    );
    refuses(line("generate", "wrong").env("PSEUDOWORD_CERTIFICATE", "nope"), 2, &["nope", "Name both"]);
    // So are settings that cannot be read: they may have named one.
    let home = place.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::fs::write(home.join("credentials.toml"), "certificate = ").unwrap();
    let damaged = ["credentials.toml", "Correct it with a text editor"];
    refuses(line("generate", "wrong").env("PSEUDOWORD_HOME", &home), 2, &damaged);
    assert!(!place.path().join("wrong").exists());
    run_well(line("generate", "unsigned").env("PSEUDOWORD_HOME", &home).arg("--no-credentials"));
    let off = drawn("generate", "off", &["--no-credentials"]);
    assert!(inspected(&off).lines().any(|line| line.starts_with("credentials") && line.ends_with("none")));

    let mut bytes = std::fs::read(&picture).unwrap();
    let at = bytes.windows(4).rposition(|part| part == b"IDAT").unwrap();
    bytes.splice(at - 4..at - 4, *b"\0\0\0\x03tEXtx\0y\x45\xdb\xf3\x28");
    std::fs::write(&picture, bytes).unwrap();
    assert!(inspected(&picture).contains("changed since it was signed"));
}
