//! Words that come into the library and go out of it: imported, renamed, signed, described, and taken out of runs.

use super::*;

#[test]
fn words_of_other_programs_are_imported_whole() {
    let bench = Bench::new();
    let golden =
        |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/embeddings").join(name);
    let named = |words: &[WordCard]| words.iter().map(|word| word.word.clone()).collect::<Vec<_>>();
    // Two words in one file, under signs that say nothing.
    let words = bench.words(Task::ImportWords(vec![golden("original_multi.pt")]));
    assert_eq!(named(&words), ["<original_multi-2>", "<original_multi>"]);
    // Two files that are one word.
    let halves = ["sdxl_learned_embeds.safetensors", "sdxl_learned_embeds_2.safetensors"].map(golden);
    let words = bench.words(Task::ImportWords(halves.to_vec()));
    let pair = words.iter().find(|word| word.widths.len() == 2).unwrap();
    assert_eq!((words.len(), pair.word.as_str(), pair.width), (3, "<Cat-Toy>", 80));
    assert_eq!(pair.family, Some(Family::Sdxl));
    // A picture that is a word brings its picture, and goes out as one again.
    let words = bench.words(Task::ImportWords(vec![golden("a1111_embedded.png")]));
    let card = words.iter().find(|word| word.word == "<cat-toy-2>").unwrap();
    assert!(card.picture.is_some() && card.steps == Some(1500));
    let format = EmbeddingFormat::PngCard;
    let to = bench.place("card.png");
    bench.ask(Task::ExportWord { path: card.path.clone(), format, to: to.clone() }, pick!(Written));
    let [before, after] = [golden("a1111_embedded.png"), to].map(|path| embedding::read(&path).unwrap());
    assert_eq!((before.vectors, before.shape), (after.vectors, after.shape));
    // The library's own file is there already.
    let again = bench.words(Task::ImportWords(vec![card.path.clone()]));
    assert_eq!(named(&again), named(&words));
    let said = bench.refusal(Task::ImportWords(vec![golden("broken/pickle_os_system.pt")]));
    assert!(said.contains("posix.system"), "{said}");
}

#[test]
fn words_are_imported_renamed_copied_described_and_exported() {
    let bench = Bench::new();
    let file = bench.word_file("some.safetensors", "<ねこ>");
    let words = bench.words(Task::ImportWords(vec![file.clone()]));
    assert_eq!((words[0].word.as_str(), words[0].norm, words[0].width), ("<ねこ>", 5.0, 2));
    // A second of the same name gets a number; the first is not touched.
    let words = bench.words(Task::ImportWords(vec![file]));
    assert_eq!(words.iter().map(|word| word.word.as_str()).collect::<Vec<_>>(), ["<ねこ-2>", "<ねこ>"]);
    let path = words[1].path.clone();
    // What the second does not say, the first has said.
    let kind = Some(ConceptKind::Style);
    bench.words(Task::DescribeWord { path: path.clone(), rights: None, kind });
    let rights = Some(Rights::Own);
    let words = bench.words(Task::DescribeWord { path: path.clone(), rights, kind: None });
    let described = words.iter().find(|word| word.path == path).unwrap();
    assert_eq!((described.rights, described.kind), (Rights::Own, ConceptKind::Style));
    let words = bench.words(Task::RenameWord { path: path.clone(), word: "<cat-toy>".into() });
    let renamed = words.iter().find(|word| word.word == "<cat-toy>").unwrap();
    assert!(renamed.path.ends_with("cat-toy.safetensors") && !path.exists());
    assert_eq!(renamed.kind, ConceptKind::Style, "what was said of it goes with it");
    let words = bench.words(Task::DuplicateWord(renamed.path.clone()));
    assert!(words.iter().any(|word| word.word == "<cat-toy-copy>"));
    for (word, fault) in [("a b", "space"), ("<ねこ-2>", "already")] {
        let said = bench.refusal(Task::RenameWord { path: renamed.path.clone(), word: word.into() });
        assert!(said.contains(fault), "{said}");
    }
    let to = bench.place("out.safetensors");
    let format = EmbeddingFormat::EmbParams;
    bench.ask(Task::ExportWord { path: renamed.path.clone(), format, to: to.clone() }, pick!(Written));
    assert_eq!(embedding::read(&to).unwrap().token.as_deref(), Some("<cat-toy>"));
    // A word goes by its own name and its file's, under whichever other programs know it.
    let named = bench.place("My Outer (v2).safetensors");
    word_file(&named, "inner-4000");
    let words = bench.words(Task::ImportWords(vec![named]));
    let card = words.iter().find(|word| word.word == "<inner-4000>").unwrap();
    for name in ["inner-4000", "My Outer (v2)", "<My_Outer__v2_>"] {
        assert!(card.names.iter().any(|known| known == name), "{name}: {:?}", card.names);
    }
    // A plain word of another program must not stand for what the model knows.
    let plain = bench.place("cat.safetensors");
    word_file(&plain, "cat");
    assert!(bench.words(Task::ImportWords(vec![plain])).iter().any(|word| word.word == "<cat>"));
    let broken = bench.place("broken.safetensors");
    std::fs::write(&broken, b"no").unwrap();
    let several: Vec<_> = (0..9).map(|n| bench.place(format!("broken{n}.pt"))).collect();
    several.iter().for_each(|path| drop(std::fs::copy(&broken, path)));
    let said = bench.refusal(Task::ImportWords(several));
    assert!(
        said.starts_with("9 files hold no word that can be used: broken0.pt (")
            && said.contains("and 1 more")
    );
    // What a run goes on from is not written over.
    let kept = bench.place("run/checkpoints/step-000001.safetensors");
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::fs::write(bench.place("run/run.toml"), "").unwrap();
    let said = bench.refusal(Task::ExportWord { path: renamed.path.clone(), format, to: kept });
    assert!(said.contains("keeps its checkpoints"), "{said}");
    assert!(bench.refusal(Task::ImportWords(vec![broken])).contains("broken.safetensors"));
}

#[test]
fn words_that_come_in_together_have_names_of_their_own() {
    let bench = Bench::new();
    let names = ["<toy>", "<Toy>", "<cup>", "<toy>"];
    let files = names.into_iter().enumerate().map(|(place, name)| {
        let path = bench.place(format!("{place}.safetensors"));
        let word = LearnedWord::new(name, vec![place as f32, 4.0]);
        embedding::write(&path, &word, EmbeddingFormat::Diffusers).unwrap();
        path
    });
    let words = bench.words(Task::ImportWords(files.collect()));
    let mut called: Vec<&str> = words.iter().map(|card| card.word.as_str()).collect();
    called.sort_unstable();
    assert_eq!(called, ["<Toy-2>", "<cup>", "<toy-3>", "<toy>"]);
}

#[test]
fn words_that_were_changed_since_they_were_signed_are_told() {
    let bench = Bench::new();
    let file = bench.word_file("toy.safetensors", "<toy>");
    let mut word = embedding::read(&file).unwrap();
    engine::export::sign(&mut word, &bench.home);
    embedding::write(&file, &word, EmbeddingFormat::EmbParams).unwrap();
    let note = bench.ask(Task::ImportWords(vec![file.clone()]), pick!(Note));
    assert!(note.starts_with("<toy> (signed by ") && note.contains("intact) is in the library"), "{note}");
    word.vectors[0] = 9.0;
    embedding::write(&file, &word, EmbeddingFormat::EmbParams).unwrap();
    let note = bench.ask(Task::ImportWords(vec![file]), pick!(Note));
    assert!(note.contains("changed since it was signed"), "{note}");
    // A word keeps its signature under another name.
    let words = bench.words(Task::ListWords);
    let path = words.iter().find(|word| word.word == "<toy>").unwrap().path.clone();
    let words = bench.words(Task::RenameWord { path, word: "<cup>".into() });
    let signed = |name: &str| words.iter().find(|word| word.word == name).unwrap().kept.signed.clone();
    let key = Key::of(&bench.home).unwrap().public();
    assert_eq!((signed("<cup>"), signed("<toy-2>")), (Signed::Intact(key.clone()), Signed::Changed(key)));
    let (path, to) = (words[0].path.clone(), bench.place("out.pt"));
    let written = bench.ask(Task::WriteReceipt { path, to }, pick!(Written));
    assert!(written.ends_with("out.receipt.txt"));
    assert!(std::fs::read_to_string(written).unwrap().contains("carries no receipt"));
    // Whoever asks is told who makes words here, and by which key.
    let ask = |said| {
        bench.ask(Task::Library(LibraryTask::Author(said)), |answer| match answer {
            Answer::Library(LibraryAnswer::Author(author, key)) => Some((author, key)),
            _ => None,
        })
    };
    assert!(ask(None).0.is_empty());
    let author = Author { name: Some("Ann".into()), licence: None };
    assert_eq!(ask(Some(author.clone())), (author, Key::of(&bench.home).unwrap().public()));
}

#[test]
fn a_mix_comes_in_with_its_kind_and_its_picture_and_replaces_nothing() {
    let bench = Bench::new();
    let file = bench.word_file("mix.safetensors", "<mix>");
    let (kind, picture) = (ConceptKind::Style, Some(Arc::new(RgbImage::new(300, 300))));
    let mut named = Vec::new();
    for _ in 0..2 {
        let words = bench.words(Task::AddMixed { file: file.clone(), kind, picture: picture.clone() });
        assert!(words.iter().all(|card| card.kind == kind && card.picture.is_some()), "{words:?}");
        named = words.into_iter().map(|card| card.word).collect();
        named.sort();
    }
    assert_eq!(named, ["<mix-2>", "<mix>"]);
    assert!(file.is_file());
}

#[test]
fn a_word_is_marked_as_negative_and_taken_back() {
    let bench = Bench::new();
    let file = bench.word_file("bad.safetensors", "<bad>");
    let card = bench.words(Task::ImportWords(vec![file])).remove(0);
    assert!(!card.negative);
    for negative in [true, false] {
        let words = bench.words(Task::MarkNegative { path: card.path.clone(), negative });
        let [marked] = words.as_slice() else { panic!("{words:?}") };
        assert_eq!((marked.negative, &marked.word, &marked.path), (negative, &card.word, &card.path));
        assert_eq!(embedding::read(&card.path).unwrap().vectors, [3.0, 4.0]);
    }
}

#[test]
fn rights_go_into_the_file_and_come_back_out_of_it() {
    let bench = Bench::new();
    let file = bench.word_file("some.safetensors", "<toy>");
    let path = bench.words(Task::ImportWords(vec![file]))[0].path.clone();
    let rights = Some(Rights::PublicDomain);
    bench.words(Task::DescribeWord { path: path.clone(), rights, kind: None });
    for format in [EmbeddingFormat::EmbParams, EmbeddingFormat::Diffusers] {
        let to = bench.place("given.safetensors");
        bench.ask(Task::ExportWord { path: path.clone(), format, to: to.clone() }, pick!(Written));
        let metadata = embedding::read(&to).unwrap().metadata;
        assert_eq!(metadata["pseudoword.rights"], "public-domain");
        assert_eq!(metadata["modelspec.license"], "public domain");
        let words = bench.words(Task::ImportWords(vec![to]));
        assert!(words.iter().all(|word| word.rights == Rights::PublicDomain), "{words:?}");
    }
}
