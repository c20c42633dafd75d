//! Sets made from a comparison that the test writes, answered, given away and merged.

use image::{Rgb, RgbImage};

use super::*;
use crate::comparison::{COMPARISON, Comparison, Point};
use crate::evaluation::Score;

/// A comparison of these methods on one concept: two pictures of it alone and two on the beach, each of its own colour.
/// The prompt of a picture is what its name says.
fn comparison(folder: &Path, methods: &[&str]) {
    let mut points = Vec::new();
    for (number, method) in methods.iter().enumerate() {
        let mut pictures = Vec::new();
        for (place, name) in ["alone-1", "alone-2", "beach-1", "beach-2"].iter().enumerate() {
            let path = PathBuf::from(format!("{method}/{name}.png"));
            fs::create_dir_all(folder.join(method)).unwrap();
            let colour = Rgb([40 * number as u8, 60 * place as u8, 9]);
            RgbImage::from_pixel(16, 8, colour).save(folder.join(&path)).unwrap();
            pictures.push(path);
        }
        let score = |mean| Some(Score { mean, low: mean, high: mean, count: 2 });
        points.push(Point {
            concept: "mug".into(),
            method: (*method).into(),
            baseline: *method == "image-only",
            image: score(0.9 - 0.1 * number as f64),
            text: score(0.2 + 0.01 * number as f64),
            seconds: 1.0,
            pictures,
            ..Point::default()
        });
    }
    Comparison { of: points.len(), points, ..Comparison::default() }.save(folder).unwrap();
    assert!(folder.join(COMPARISON).is_file());
}

fn prompt_of(path: &Path) -> Option<String> {
    let name = path.file_name().unwrap().to_str().unwrap();
    Some(
        if name.starts_with("beach") { "a photo of a <mug> on the beach" } else { "a photo of <mug>" }.into(),
    )
}

const METHODS: [&str; 6] = ["paper", "free", "image-only", "single", "vectors-2", "vectors-3"];

fn set(place: &Path, questions: usize) -> (PathBuf, StudySet, StudyKey) {
    let (from, out) = (place.join("compare"), place.join("study"));
    fs::create_dir_all(&from).unwrap();
    comparison(&from, &METHODS);
    let settings = StudySettings { questions, ..StudySettings::default() };
    assert!(make(&from, &out, &settings, &prompt_of).unwrap().is_empty());
    let set = StudySet::load(&out).unwrap();
    let key = StudyKey::load(&out, &set).unwrap().unwrap();
    (out, set, key)
}

/// Answers by a rule: the figure by which a method is better.
fn answered(person: &str, set: &StudySet, key: &StudyKey, better: impl Fn(&str) -> i32) -> Answers {
    let ranked = |sources: &Vec<Source>| {
        let mut order: Vec<usize> = (0..sources.len()).collect();
        order.sort_by_key(|&candidate| -better(&sources[candidate].method));
        order
    };
    let rankings = key.questions.iter().map(ranked).collect();
    Answers { set: set.id.clone(), id: person.into(), person: person.into(), rankings, ..Answers::default() }
}

#[test]
fn a_set_asks_half_by_likeness_and_half_by_text_and_hides_the_methods() {
    let place = tempfile::tempdir().unwrap();
    let (out, set, key) = set(place.path(), 10);
    assert_eq!(set.questions.len(), 10);
    let obedience: Vec<_> = set.questions.iter().filter(|q| q.kind == StudyKind::Obedience).collect();
    assert_eq!(obedience.len(), 5);
    assert!(obedience.iter().all(|q| q.context == "a photo on the beach" && q.references.is_empty()));
    let likeness: Vec<_> = set.questions.iter().filter(|q| q.kind == StudyKind::Likeness).collect();
    assert!(likeness.iter().all(|q| q.references.len() == 4 && q.context.is_empty()));
    let mut orders = HashSet::new();
    for (question, sources) in set.questions.iter().zip(&key.questions) {
        assert_eq!(question.candidates.len(), 5);
        let mut methods: Vec<&str> = sources.iter().map(|source| source.method.as_str()).collect();
        orders.insert(methods.clone());
        methods.sort_unstable();
        // Those that learn come first, and five are enough.
        assert_eq!(methods, ["free", "paper", "single", "vectors-2", "vectors-3"]);
        let paper = sources.iter().find(|source| source.method == "paper").unwrap();
        assert_eq!(paper.score, Some(if question.kind == StudyKind::Likeness { 0.9 } else { 0.2 }));
    }
    assert!(orders.len() > 3, "they stand in an order by chance");
    let questions = fs::read_to_string(out.join(SET)).unwrap();
    assert!(METHODS.iter().all(|method| !questions.contains(method)));
    let same = place.path().join("again");
    let settings = StudySettings::default();
    make(&place.path().join("compare"), &same, &settings, &prompt_of).unwrap();
    assert_eq!(StudySet::load(&same).unwrap(), set, "the same seed makes the same set");
    let taken = make(&place.path().join("compare"), &same, &settings, &prompt_of).unwrap_err();
    assert!(taken.to_string().contains("Choose a new folder"), "{taken}");
}

#[test]
fn a_set_that_was_broken_off_begins_anew_and_nothing_else_is_written_over() {
    let place = tempfile::tempdir().unwrap();
    let (from, out) = (place.path().join("compare"), place.path().join("study"));
    fs::create_dir_all(&from).unwrap();
    comparison(&from, &METHODS);
    let settings = StudySettings { questions: 2, ..StudySettings::default() };
    let broken = write_whole(&out, || -> Result<StudySet> {
        write_below(&out, Path::new("pictures/old.png"), b"half")?;
        Err(Error::Cancelled)
    });
    assert!(broken.is_err() && out.join("pictures/old.png").is_file());
    make(&from, &out, &settings, &prompt_of).unwrap();
    let set = StudySet::load(&out).unwrap();
    assert!(!out.join("pictures/old.png").exists() && !out.join(UNFINISHED).exists());
    // Killed after its last file it is whole, and a folder of anything else is a person's.
    fs::write(out.join(UNFINISHED), "").unwrap();
    assert!(make(&from, &out, &settings, &prompt_of).is_err());
    assert_eq!(StudySet::load(&out).unwrap(), set);
    assert!(make(&from, &from, &settings, &prompt_of).is_err());
    let given = place.path().join("given");
    fs::create_dir(&given).unwrap();
    fs::write(given.join(UNFINISHED), "").unwrap();
    set.export(&out, &given).unwrap();
    assert_eq!(StudySet::load(&given).unwrap(), set);
}

#[test]
fn without_prompts_and_with_few_pictures_the_notes_say_so() {
    let place = tempfile::tempdir().unwrap();
    comparison(place.path(), &["paper", "image-only"]);
    let settings = StudySettings { questions: 30, ..StudySettings::default() };
    let notes = make(place.path(), &place.path().join("a"), &settings, &|_| None).unwrap();
    // Four pictures of each: sixteen pairs.
    assert_eq!(StudySet::load(&place.path().join("a")).unwrap().questions.len(), 16);
    assert_eq!(notes.len(), 2, "{notes:?}");
    let named = StudySettings { methods: vec!["none".into()], ..settings };
    let error = make(place.path(), &place.path().join("b"), &named, &|_| None).unwrap_err().to_string();
    assert!(error.contains("It has: paper, image-only"), "{error}");
}

#[test]
fn a_picture_that_cannot_be_read_stops_no_set() {
    let place = tempfile::tempdir().unwrap();
    comparison(place.path(), &METHODS);
    for torn in ["paper/alone-1.png", "paper/alone-2.png", "image-only/alone-1.png"] {
        fs::write(place.path().join(torn), "torn").unwrap();
    }
    let out = place.path().join("study");
    let notes = make(place.path(), &out, &StudySettings::default(), &prompt_of).unwrap();
    assert!(notes[0].contains("cannot be read") && notes[0].contains("alone-1.png"), "{notes:?}");
    let set = StudySet::load(&out).unwrap();
    assert_eq!(set.questions.len(), 10);
    for question in &set.questions {
        let likeness = question.kind == StudyKind::Likeness;
        assert_eq!(
            (question.candidates.len(), question.references.len()),
            if likeness { (4, 3) } else { (5, 0) }
        );
    }
}

#[test]
fn who_gives_no_name_leaves_alone_what_is_done() {
    let place = tempfile::tempdir().unwrap();
    let (out, set, _) = set(place.path(), 2);
    let mut first = Answers::begin(&out, &set, " ", "1").unwrap();
    first.put(0, 1, 0);
    first.save(&out).unwrap();
    assert_eq!(Answers::begin(&out, &set, "", "2").unwrap().id, "1", "it goes on");
    for question in 0..2 {
        (0..5).for_each(|candidate| first.put(question, candidate, 9));
    }
    first.save(&out).unwrap();
    let next = Answers::begin(&out, &set, "", "2").unwrap();
    assert_eq!((next.id.as_str(), next.person.as_str(), next.answered(&set)), ("2", "somebody 2", 0));
    assert_eq!(Answers::begin(&out, &set, "somebody", "3").unwrap().id, "1", "by the name it is found");
}

#[test]
fn a_set_is_given_away_without_its_key_and_answers_come_back() {
    let place = tempfile::tempdir().unwrap();
    let (out, set, key) = set(place.path(), 4);
    let given = place.path().join("given");
    set.export(&out, &given).unwrap();
    assert_eq!(StudySet::load(&given).unwrap(), set);
    assert_eq!(StudyKey::load(&given, &set).unwrap(), None);
    let mut answers = Answers::begin(&given, &set, " Ann ", "1").unwrap();
    answers.put(0, 2, 9);
    answers.put(0, 1, 0);
    assert_eq!((answers.person.as_str(), &answers.rankings[0]), ("Ann", &vec![1, 2]));
    answers.save(&given).unwrap();
    // Who begins again goes on.
    let mut answers = Answers::begin(&given, &set, "Ann", "2").unwrap();
    assert_eq!((answers.id.as_str(), answers.answered(&set)), ("1", 0));
    for candidate in [0, 3, 4] {
        answers.put(0, candidate, 9);
    }
    assert!(answers.has_answered(&set, 0) && !answers.has_answered(&set, 1));
    answers.save(&given).unwrap();
    // Another Ann, here.
    let mut here = Answers::begin(&out, &set, "Ann", "3").unwrap();
    here.put(0, 0, 0);
    here.save(&out).unwrap();
    let file = given.join("answers/Ann.json");
    for _ in 0..2 {
        People::import(&out, &set, std::slice::from_ref(&file)).unwrap();
    }
    let people = People::of(&out, &set).unwrap();
    assert_eq!(people.answers.iter().map(|a| a.answered(&set)).collect::<Vec<_>>(), [1, 0]);
    assert!(people.faults.is_empty() && out.join("answers/Ann-2.json").is_file());
    let report = StudyReport::of(&set, &key, &people.answers);
    assert_eq!((report.people, report.parts.len(), report.parts[0].rankings), (1, 1, 1));
    // Answers to something else are refused, and named.
    let other = StudySet { id: "other".into(), ..set.clone() };
    let error = Answers::read(&file, &other).unwrap_err().to_string();
    assert!(error.contains("Ann.json: these are answers to other questions"), "{error}");
    fs::write(&file, "{\"set\": \"").unwrap();
    assert_eq!(People::of(&given, &set).unwrap().faults.len(), 1);
}

#[test]
fn a_set_is_the_same_on_all_systems() {
    let place = tempfile::tempdir().unwrap();
    let (out, set, _) = set(place.path(), 2);
    // As Windows joins them.
    let mut questions = set.questions.clone();
    for question in &mut questions {
        for path in question.candidates.iter_mut().chain(&mut question.references) {
            *path = path.to_str().unwrap().replace('/', r"\").into();
        }
    }
    let theirs = StudySet::new(questions);
    assert_eq!(theirs.id, set.id);
    write_json(&out.join(SET), &theirs).unwrap();
    let written = fs::read_to_string(out.join(SET)).unwrap();
    assert!(!written.contains('\\'), "{written}");
    // As Windows wrote them before.
    fs::write(out.join(SET), written.replace('/', r"\\")).unwrap();
    let read = StudySet::load(&out).unwrap();
    assert_eq!(read, set);
    read.export(&out, &place.path().join("given")).unwrap();
    fs::write(out.join(SET), written.replace("pictures/", r"..\\")).unwrap();
    let error = StudySet::load(&out).unwrap_err().to_string();
    assert!(error.contains("outside of its folder"), "{error}");
}

#[test]
fn one_answer_has_no_interval_and_few_have_a_wide_one() {
    let place = tempfile::tempdir().unwrap();
    let (_, set, key) = set(place.path(), 2);
    let number = |method: &str| METHODS.iter().position(|known| *known == method).unwrap() as i32;
    let likeness = |people: &[Answers]| StudyReport::of(&set, &key, people).parts.remove(0);
    let ann = answered("Ann", &set, &key, |method| -number(method));
    let alone = likeness(std::slice::from_ref(&ann));
    assert_eq!(alone.rankings, 1);
    assert!(alone.methods.iter().all(|method| method.mean_rank.interval().is_none()));
    assert!(alone.methods.iter().all(|method| method.strength.interval().is_none()));
    assert_eq!(alone.agreement.and_then(|agreement| agreement.interval()), None);
    let bob = answered("Bob", &set, &key, number);
    let both = likeness(&[ann, bob]);
    assert_eq!((both.rankings, both.agreement.and_then(|it| it.interval())), (2, Some([-1.0, 1.0])));
    // Once the first and once the last: of two such places any could be the mean.
    let paper = both.methods.iter().find(|method| method.method == "paper").unwrap();
    assert_eq!((paper.mean_rank.mean, paper.mean_rank.interval()), (3.0, Some([1.0, 5.0])));
}

#[test]
fn what_people_say_is_counted_and_compared_with_clip() {
    let place = tempfile::tempdir().unwrap();
    let (_, set, key) = set(place.path(), 10);
    // CLIP's likeness falls in the order of the methods, its obedience rises.
    let number = |method: &str| METHODS.iter().position(|known| *known == method).unwrap() as i32;
    let people = [
        answered("Ann", &set, &key, |method| -number(method)),
        answered("Bob", &set, &key, |method| -number(method)),
    ];
    let report = StudyReport::of(&set, &key, &people);
    assert_eq!(report.people, 2);
    for (part, agreement) in report.parts.iter().zip([1.0, -1.0]) {
        assert_eq!(part.rankings, 10);
        let ranks: Vec<f64> = part.methods.iter().map(|method| method.mean_rank.mean).collect();
        assert_eq!(ranks, [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((part.methods[0].method.as_str(), part.methods[0].mean_rank.count), ("paper", 10));
        assert!(part.methods.is_sorted_by(|a, b| a.strength.mean >= b.strength.mean));
        assert!((part.agreement.unwrap().mean - agreement).abs() < 1e-12);
    }
    assert!(StudyReport::of(&set, &key, &[]).parts.is_empty());
}

#[test]
fn what_leads_out_of_the_folder_is_refused() {
    let place = tempfile::tempdir().unwrap();
    for (path, is_inside) in [
        ("a/b.png", true),
        ("../b.png", false),
        ("/b.png", false),
        ("", false),
        (r"a\b.png", true),
        (r"..\b.png", false),
        (r"a\..\..\b.png", false),
        (r"\b.png", false),
    ] {
        let found = inside(place.path(), Path::new(path));
        assert_eq!(found.is_some(), is_inside, "{path}");
        assert!(found.is_none_or(|found| found == place.path().join("a/b.png")), "{path}");
    }
    let question = StudyQuestion {
        kind: StudyKind::Likeness,
        references: Vec::new(),
        context: String::new(),
        candidates: vec!["a.png".into(), "../b.png".into()],
    };
    write_json(&place.path().join(SET), &StudySet::new(vec![question])).unwrap();
    let error = StudySet::load(place.path()).unwrap_err().to_string();
    assert!(error.contains("outside of its folder"), "{error}");
}
