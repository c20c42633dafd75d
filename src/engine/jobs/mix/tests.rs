//! Mixes of small words, with and without the small reference models.
//!
//! The vectors of “old cat” and the mean lengths were computed by transformers from the same files.

use std::path::{Path, PathBuf};

use super::*;
use crate::message::Command;
use crate::queue::test_queue;
use crate::session::tests::{golden, session};
use format::embedding::{EmbeddingFormat, PictureReceipt, Receipt, SecondVectors, Signed, rights, role};
use project::mix::{Ingredient, MixOperation, Source};
use project::{GenerateSettings, Rights};

struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A word of rows, each 32 times the same number, with these entries in its header.
    fn word(&self, name: &str, rows: &[f32], entries: &[(&str, &str)]) -> PathBuf {
        let path = self.0.path().join(format!("{name}.safetensors"));
        let metadata = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let vectors = rows.iter().flat_map(|row| [*row; 32]).collect();
        let (token, shape) = (Some(format!("<{name}>")), [rows.len(), 32]);
        let word = LearnedWord { token, vectors, shape, metadata, ..LearnedWord::default() };
        embedding::write(&path, &word, EmbeddingFormat::EmbParams).unwrap();
        path
    }

    fn request(&self, settings: MixSettings, model: Option<&str>) -> MixRequest {
        let model = model.map(|name| golden().join("..").join(name));
        let (word, path) = ("<mix>".to_owned(), self.0.path().join("out/mix.safetensors"));
        MixRequest { settings, word, model, format: EmbeddingFormat::EmbParams, path, draw: None }
    }

    /// The word that is mixed, what was said of it, and what was warned of.
    fn mix(&self, settings: MixSettings, model: Option<&str>) -> Result<(LearnedWord, JobSummary, String)> {
        let (mut queue, _commands, events) = test_queue();
        let request = self.request(settings, model);
        let path = request.path.clone();
        let summary = run(request, &mut session(), &mut JobContext::new(1, &mut queue))?;
        let warned = events.try_iter().filter_map(|event| match event {
            Event::Warning { message, .. } => Some(message),
            _ => None,
        });
        Ok((embedding::read(&path)?, summary, warned.collect()))
    }

    fn refused(&self, settings: MixSettings, model: Option<&str>) -> String {
        self.mix(settings, model).map(drop).unwrap_err().to_string()
    }
}

fn weighted(parts: &[(&Path, f64)]) -> MixSettings {
    let part = |(path, weight): &(&Path, f64)| Ingredient {
        source: Source::Word(path.to_path_buf()),
        weight: *weight,
    };
    MixSettings { ingredients: parts.iter().map(part).collect(), ..MixSettings::default() }
}

fn sentence(text: &str) -> MixSettings {
    let ingredients = vec![Ingredient::of(Source::Sentence(text.into()))];
    MixSettings { ingredients, ..MixSettings::default() }
}

fn near(found: &[f32], expected: &[f64]) -> bool {
    found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5)
}

#[test]
fn a_blend_is_a_word_with_its_recipe() {
    let bench = Bench::new();
    let entries = [("ss_sd_model_name", "mine"), ("ss_steps", "500"), ("pseudoword.rights", "own")];
    let one = bench.word("one", &[4.0, 8.0], &entries);
    let other =
        bench.word("other", &[1.0], &[("ss_sd_model_name", "mine"), ("pseudoword.rights", "licensed")]);
    let (word, summary, warned) = bench.mix(weighted(&[(&one, 0.75), (&other, 0.5)]), None).unwrap();
    assert_eq!((word.shape, word.vectors[0], word.vectors[32]), ([2, 32], 3.5, 6.5));
    assert_eq!((word.token.as_deref(), warned.as_str()), (Some("<mix>"), ""));
    assert_eq!(word.metadata["ss_sd_model_name"], "mine");
    assert_eq!(word.metadata["pseudoword.rights"], "own, licensed");
    assert!(!word.metadata.contains_key("ss_steps") && !word.is_negative());
    let recipe = word.recipe().unwrap();
    assert_eq!(recipe.line(), "0.75 <one> + 0.5 <other>");
    assert_eq!((recipe.parts[0].hash.len(), recipe.model), (12, None));
    assert!(word.describe().contains("mixed as 0.75 <one> + 0.5 <other>"), "{}", word.describe());
    let JobSummary::Mixed { lengths, usual, vectors: 2, .. } = summary else { panic!("{summary:?}") };
    // The mean of 3.5 and 6.5, times the root of 32.
    assert!((lengths[0] - 5.0 * 32.0_f64.sqrt()).abs() < 1e-4 && usual.is_empty());
}

#[test]
fn a_mix_is_signed_and_its_receipt_says_what_it_is_made_of() {
    let bench = Bench::new();
    let said = |sums: &[&str], licence: &str| {
        let picture = |sum: &&str| PictureReceipt { sha256: (*sum).to_owned(), ..PictureReceipt::default() };
        let pictures = sums.iter().map(picture).collect();
        let licence = Some(licence.to_owned());
        let mut metadata = std::collections::BTreeMap::new();
        Receipt { pictures, licence, ..Receipt::default() }.write(&mut metadata);
        metadata["pseudoword.receipt"].clone()
    };
    let (first, second, third) =
        (said(&["a", "b"], "CC0-1.0"), said(&["b", "c"], "CC0-1.0"), said(&[], "MIT"));
    let one = bench.word("one", &[4.0], &[("pseudoword.receipt", &first), ("ss_sd_model_name", "mine")]);
    let other = bench.word("other", &[1.0], &[("pseudoword.receipt", &second), ("ss_sd_model_name", "mine")]);
    let last = bench.word("last", &[1.0], &[("pseudoword.receipt", &third)]);
    let (word, ..) = bench.mix(weighted(&[(&one, 0.5), (&other, 2.0)]), None).unwrap();
    assert!(matches!(Signed::of(&word), Signed::Intact(_)), "{:?}", Signed::of(&word));
    let receipt = Receipt::read(&word.metadata).unwrap();
    let parts: Vec<_> = receipt.parts.iter().map(|part| (part.hash.clone(), part.weight)).collect();
    let sum = |path: &Path| project::files::sha256_file(path).unwrap();
    assert_eq!(parts, [(sum(&one), 0.5), (sum(&other), 2.0)]);
    let pictures: Vec<&str> = receipt.pictures.iter().map(|picture| picture.sha256.as_str()).collect();
    assert_eq!(pictures, ["a", "b", "c"]);
    assert_eq!((receipt.word.as_str(), receipt.model.as_str()), ("<mix>", "mine"));
    assert_eq!(receipt.licence.as_deref(), Some("CC0-1.0"));
    // Where licences differ, none is claimed.
    let (word, ..) = bench.mix(weighted(&[(&one, 0.5), (&last, 0.5)]), None).unwrap();
    assert_eq!(Receipt::read(&word.metadata).unwrap().licence, None);
    let (word, ..) = bench.mix(sentence("old cat"), Some("sd1")).unwrap();
    let receipt = Receipt::read(&word.metadata).unwrap();
    assert_eq!(
        (receipt.parts[0].sentence.as_str(), receipt.model_fingerprint.is_empty()),
        ("old cat", false)
    );
}

#[test]
fn a_right_that_is_said_of_a_part_is_not_claimed_for_the_mix() {
    let bench = Bench::new();
    let said = |name: &str, rights: &str| bench.word(name, &[1.0], &[("pseudoword.rights", rights)]);
    let (one, many, plain) =
        (said("one", "consent"), said("many", "own, licensed"), bench.word("plain", &[2.0], &[]));
    for (other, expected) in [(&plain, "consent, unknown"), (&many, "consent, own, licensed")] {
        let (word, ..) = bench.mix(weighted(&[(&one, 1.0), (other, 1.0)]), None).unwrap();
        assert_eq!(word.metadata["pseudoword.rights"], expected);
        assert_eq!(rights::read(&word.metadata), Rights::Unknown);
    }
}

#[test]
fn negative_words_and_lineages_are_kept_where_all_agree() {
    let bench = Bench::new();
    let mut marks = std::collections::BTreeMap::new();
    role::mark(&mut marks, true);
    let entry = marks.iter().next().map(|(key, value)| (key.as_str(), value.as_str())).unwrap();
    let (one, other) = (bench.word("one", &[1.0], &[entry]), bench.word("other", &[2.0], &[entry]));
    let plain = bench.word("plain", &[3.0], &[]);
    let negative = |parts: &[(&Path, f64)]| bench.mix(weighted(parts), None).unwrap().0.is_negative();
    assert!(negative(&[(&one, 1.0), (&other, 1.0)]));
    assert!(!negative(&[(&one, 1.0), (&plain, 1.0)]));
    assert_eq!(rights::read(&bench.mix(weighted(&[(&one, 1.0)]), None).unwrap().0.metadata), Rights::Unknown);
}

#[test]
fn a_recipe_says_what_was_done() {
    let bench = Bench::new();
    let (one, three) = (bench.word("one", &[1.0], &[]), bench.word("three", &[1.0, 2.0, 3.0], &[]));
    let recipe = |words: &[(&Path, f64)], vectors| {
        let settings = MixSettings { vectors: Some(vectors), ..weighted(words) };
        bench.mix(settings, None).unwrap().0.recipe().unwrap().line()
    };
    assert_eq!(recipe(&[(&one, 1.0)], 100), "<one>");
    assert_eq!(recipe(&[(&one, 1.0)], 1), "<one>");
    assert_eq!(recipe(&[(&three, 1.0)], 3), "<three>");
    assert_eq!(recipe(&[(&one, 1.0), (&three, 1.0)], 2), "<one> + <three>, each in at most 2 vectors");
    assert_eq!(recipe(&[(&one, 1.0), (&three, 1.0)], 1), "<one> + <three>, each averaged");
}

#[test]
fn a_sentence_is_the_vectors_of_its_tokens_or_their_mean() {
    let bench = Bench::new();
    let (word, summary, _) = bench.mix(sentence("old cat"), Some("sd1")).unwrap();
    assert_eq!(word.shape, [2, 32]);
    assert!(near(&word.vectors[..3], &[-0.119_843_535, 0.094_929_665, -0.156_903_49]));
    assert!(near(&word.vectors[32..35], &[0.352_699_846, -0.295_024_216, -0.159_333_453]));
    assert_eq!(word.family(), Some(project::Family::Sd1));
    let JobSummary::Mixed { usual, recipe, .. } = summary else { panic!("{summary:?}") };
    assert!((usual[0] - 1.404_320_700).abs() < 1e-5 && recipe == "“old cat”");

    let settings = MixSettings { vectors: Some(1), length: MixLength::Usual, ..sentence("old cat") };
    let (word, summary, _) = bench.mix(settings, Some("sd1")).unwrap();
    let factor = 1.404_320_700 / 1.096_000_195;
    let mean = [0.116_428_152, -0.100_047_275, -0.158_118_472].map(|value| value * factor);
    assert!(word.shape == [1, 32] && near(&word.vectors, &mean), "{:?}", &word.vectors[..3]);
    let JobSummary::Mixed { lengths, usual, .. } = summary else { panic!("{summary:?}") };
    assert!((lengths[0] - usual[0]).abs() < 1e-5);

    let (word, ..) = bench.mix(sentence("old cat"), Some("sdxl")).unwrap();
    let second = word.second.unwrap();
    assert!(near(&word.vectors[..2], &[0.452_337_742, 0.242_351_621]) && second.shape == [2, 48]);
    assert!(near(&second.values[48..51], &[0.011_050_606, -0.065_651_312, -0.347_188_026]));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let bench = Bench::new();
    let one =
        bench.word("one", &[1.0], &[("modelspec.architecture", "stable-diffusion-v1/textual-inversion")]);
    let path = bench.0.path().join("two.safetensors");
    let second = Some(SecondVectors { values: vec![1.0; 48], shape: [1, 48] });
    let word = LearnedWord { vectors: vec![1.0; 32], shape: [1, 32], second, ..LearnedWord::default() };
    embedding::write(&path, &word, EmbeddingFormat::EmbParams).unwrap();
    let both = weighted(&[(&one, 1.0), (&path, 1.0)]);
    let said = bench.refused(both.clone(), None);
    assert!(said.contains("32 and 48 numbers") && said.contains("Mix words of one base model"), "{said}");
    let said = bench.refused(both.clone(), Some("sdxl"));
    assert!(said.contains("one.safetensors") && said.contains("needs 32 and 48"), "{said}");
    assert!(bench.refused(sentence("cat"), None).contains("take a model"));
    let lengths = MixSettings { length: MixLength::Set(vec![1.0, 2.0]), ..weighted(&[(&one, 1.0)]) };
    assert!(bench.refused(lengths, None).contains("2 lengths are given, and 1 needed"));
    let nothing =
        MixSettings { operation: MixOperation::Difference, ..weighted(&[(&one, 1.0), (&one, 1.0)]) };
    assert!(bench.refused(nothing, None).contains("Nothing is left"));
    let huge = bench.word("huge", &[3e38], &[]);
    assert!(bench.refused(weighted(&[(&huge, 2.0)]), None).contains("too large"));
    let many = bench.word("many", &[1.0; 40], &[]);
    let joined = MixSettings { operation: MixOperation::Join, ..weighted(&[(&many, 1.0), (&many, 1.0)]) };
    assert!(bench.refused(joined, None).contains("80 vectors, and 75 fit"));
    assert!(!bench.0.path().join("out/mix.safetensors").exists());

    let own = MixSettings { convert: true, ..weighted(&[(&one, 1.0)]) };
    assert!(bench.mix(own, Some("sd1")).unwrap().2.contains("Nothing is converted"));
    let settings = MixSettings { convert: true, ..both };
    let (word, _, warned) = bench.mix(settings, Some("sdxl")).unwrap();
    assert!(warned.contains("approximate") && word.describe().contains("(approximate)"), "{warned}");
    assert_eq!((word.vectors[0], word.family()), (2.0, Some(project::Family::Sdxl)));
    assert!(word.second.unwrap().values.iter().all(|value| value.is_finite()));
}

#[test]
fn a_mix_is_drawn_once_it_is_there() {
    let bench = Bench::new();
    let one = bench.word("one", &[0.2], &[]);
    let mut request = bench.request(weighted(&[(&one, 1.0)]), Some("sd1"));
    let (prompt, sampler) = ("a <mix>".into(), project::SamplerKind::Ddim);
    let settings = GenerateSettings { prompt, sampler, steps: 4, count: 2, ..Default::default() };
    let (model, words) = (golden(), vec![request.path.clone()]);
    request.draw = Some(crate::message::GenerateRequest::of(model, words, settings));
    let (mut queue, _commands, events) = test_queue();
    let summary = run(request.clone(), &mut session(), &mut JobContext::new(1, &mut queue)).unwrap();
    assert!(matches!(summary, JobSummary::Mixed { .. }), "{summary:?}");
    let images = events.try_iter().filter(|event| matches!(event, Event::Image { path: None, .. }));
    assert_eq!(images.count(), 2);
    assert!(matches!(
        Command::Mix { job: 1, request: Box::new(request) }.renamed(7),
        Command::Mix { job: 7, .. }
    ));
}
