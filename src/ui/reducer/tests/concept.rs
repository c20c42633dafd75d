//! The concept that is prepared: what stands in the way of learning it, its outlines, and the words it could start as.

use super::*;

/// A picture of a concept of which only that is known.
fn picture_of(entry: PictureEntry) -> ConceptPicture {
    let (notes, size) = (project::PictureNotes::default(), (8, 8));
    ConceptPicture {
        entry,
        picture: None,
        mask: None,
        size,
        sha256: String::new(),
        dhash: None,
        notes,
        fault: None,
    }
}

#[test]
fn everything_that_stands_in_the_way_is_said_with_its_remedy() {
    let mut state = AppState::default();
    assert!(state.obstacles()[0].contains("no concept"));
    state.draft = Some(Draft {
        folder: "/c".into(),
        concept: Draft::blank(),
        settings: LearnSettings::default(),
        entries: Vec::new(),
    });
    let said = state.obstacles().join(" ");
    assert!(said.contains("no pictures") && said.contains("new word is empty"), "{said}");
    let draft = state.draft.as_mut().unwrap();
    draft.entries = vec![PictureEntry::new("/c/a.png".into())];
    draft.concept = Concept { word: "cat".into(), initial_word: "toy".into(), kind: ConceptKind::Object };
    state.tokens = Some(TokenReport { word: "cat".into(), exists: true, ..TokenReport::default() });
    state.model_path = Some("/m".into());
    assert!(state.obstacles().join(" ").contains("knows the word cat already"));
    state.tokens = None;
    assert!(state.obstacles().is_empty(), "{:?}", state.obstacles());
    let fault = Some("There is no such folder. Check the path.".to_owned());
    state.answer(model_read(ModelCard { fault, ..ModelCard::default() }));
    state.apply(Event::Failed { job: 0, message: "no adapter".into(), exit_code: 1 });
    assert_eq!(state.obstacles().len(), 2);
}

#[test]
fn a_torn_picture_stands_in_the_way_only_where_too_few_are_left() {
    let (mut state, torn) = (ready(), PictureEntry::new("/c/torn.png".into()));
    let whole = PictureEntry::new("/c/b.png".into());
    state.draft.as_mut().unwrap().entries.extend([whole, torn.clone()]);
    let fault = Some("/c/torn.png is cut short.".into());
    state.views.push(ConceptPicture { fault, ..picture_of(torn) });
    assert_eq!(state.obstacles(), ["torn.png is cut short. Or switch the picture off."]);
    state.draft.as_mut().unwrap().entries.push(PictureEntry::new("/c/d.png".into()));
    assert_eq!(state.obstacles(), [""; 0]);
}

#[test]
fn a_marked_picture_stands_in_the_way_until_someone_says_why() {
    let mut state = ready();
    let entries = &mut state.draft.as_mut().unwrap().entries;
    entries.push(PictureEntry::new("/c/b.png".into()));
    let (marked, marks) = (entries[0].clone(), vec!["noai".to_owned()]);
    let notes = project::PictureNotes { marks, ..project::PictureNotes::default() };
    state.views.push(ConceptPicture { notes, ..picture_of(marked) });
    let said = state.obstacles();
    assert!(said.len() == 1 && said[0].contains("1 picture is marked against learning"), "{said:?}");
    let first = |state: &mut AppState, change: fn(&mut PictureEntry)| {
        change(&mut state.draft.as_mut().unwrap().entries[0]);
        state.obstacles().len()
    };
    assert_eq!(first(&mut state, |entry| entry.despite_mark = Some("  ".into())), 1, "that is no reason");
    assert_eq!(first(&mut state, |entry| entry.despite_mark = Some("it is mine".into())), 0);
    assert_eq!(first(&mut state, |entry| (entry.despite_mark, entry.enabled) = (None, false)), 0);
}

#[test]
fn of_many_pictures_of_a_concept_the_last_are_kept_and_all_that_is_known() {
    let mut state = AppState::default();
    for i in 0..200 {
        let entry = PictureEntry::new(format!("/c/{i}.png").into());
        let picture = Some(Arc::new(RgbImage::new(512, 512)));
        let (size, sha256, dhash) = ((900, 900), format!("{i}"), Some(i));
        let seen = ConceptPicture { picture, size, sha256, dhash, ..picture_of(entry) };
        state.answer(Answer::View(Box::new(seen)));
    }
    let kept: Vec<bool> = state.views.iter().map(|view| !view.is_let_go()).collect();
    assert_eq!((kept.len(), kept.iter().filter(|&&kept| kept).count()), (200, 64));
    assert!(state.views.iter().all(|view| view.size == (900, 900) && view.dhash.is_some()));
}

#[test]
fn pictures_are_looked_at_a_few_at_a_time_and_those_of_a_concept_that_was_left_no_more() {
    let mut state = AppState::default();
    let asked = |effects: Vec<Effect>| -> Vec<PictureEntry> {
        let asked = effects.into_iter().filter_map(|effect| match effect {
            Effect::Disk(Task::View(entry)) => Some(entry),
            _ => None,
        });
        asked.collect()
    };
    let open = |state: &mut AppState, folder: &str| {
        let entry = |i| PictureEntry::new(format!("{folder}/{i}.png").into());
        let (concept, settings) = (Draft::blank(), LearnSettings::default());
        let entries = (0..50).map(entry).collect();
        asked(state.answer(Answer::Draft(Box::new(Draft {
            folder: folder.into(),
            concept,
            settings,
            entries,
        }))))
    };
    let mut waiting = open(&mut state, "/c");
    assert!((1..10).contains(&waiting.len()));
    let see = |state: &mut AppState, entry| asked(state.answer(Answer::View(Box::new(picture_of(entry)))));
    let first = waiting.remove(0);
    let next = see(&mut state, first);
    assert_eq!(next.len(), 1);
    waiting.extend(next);
    waiting.extend(open(&mut state, "/d"));
    let mut seen = Vec::new();
    while !waiting.is_empty() {
        let entry = waiting.remove(0);
        seen.push(entry.path.clone());
        waiting.extend(see(&mut state, entry));
    }
    let (new, old): (Vec<_>, Vec<_>) = seen.iter().partition(|path| path.starts_with("/d"));
    assert!(new.len() == 50 && old.len() < 10, "{seen:?}");
}

#[test]
fn the_concept_in_the_trash_gives_way_to_an_empty_one() {
    let mut state = ready();
    let effects = state.act(Action::Disk(Task::TrashDraft("/other".into())), &outside());
    assert!(matches!(effects.as_slice(), [Effect::Disk(Task::TrashDraft(_))]) && state.draft.is_some());
    let effects = state.act(Action::Disk(Task::TrashDraft("/c".into())), &outside());
    let all = [Effect::Disk(Task::TrashDraft("/c".into())), Effect::Disk(Task::NewDraft)];
    assert_eq!(format!("{effects:?}"), format!("{all:?}"));
    assert!(state.draft.is_none());
}

#[test]
fn outlines_are_suggested_one_after_the_other_and_saved_until_they_are_given_up() {
    let path = |name: &str| PathBuf::from(format!("/c/{name}"));
    let mut state = ready();
    let entries = ["a.png", "b.png", "c.png"].map(|name| PictureEntry::new(path(name)));
    state.draft.as_mut().unwrap().entries = entries.to_vec();
    let names = ["a.png", "gone.png", "b.png", "c.png"];
    let asked = |effects: &[Effect]| match effects {
        [.., Effect::Disk(Task::Outline(path))] => Some(path.clone()),
        _ => None,
    };
    let effects = state.act(Action::SuggestOutlines(names.map(path).to_vec()), &outside());
    assert_eq!(asked(&effects), Some(path("a.png")));
    let mask = Arc::new(image::GrayImage::new(4, 4));
    let effects = state.answer(Answer::Outline(path("a.png"), Ok(Arc::clone(&mask))));
    assert!(matches!(&effects[0], Effect::Disk(Task::SaveMask { mask: Some(_), .. })), "{effects:?}");
    assert_eq!(asked(&effects), Some(path("b.png")), "one that is gone is passed over");
    assert_eq!(state.outlined, Some((path("a.png"), Arc::clone(&mask))));
    let effects = state.answer(Answer::Outline(path("b.png"), Err("Nothing stands out.".into())));
    assert_eq!(asked(&effects), Some(path("c.png")));
    let mut given_up = state.clone();
    given_up.act(Action::StopOutlines, &outside());
    assert!(given_up.answer(Answer::Outline(path("c.png"), Ok(Arc::clone(&mask)))).is_empty());
    state.answer(Answer::Outline(path("c.png"), Ok(mask)));
    assert!(state.outlining.is_none());
    let said = &state.notices[0].text;
    assert!(said.starts_with("2 outlines are suggested.") && said.ends_with("b.png."), "{said}");
    // Of one alone only why there is none is said.
    state.act(Action::SuggestOutlines(vec![path("b.png")]), &outside());
    state.answer(Answer::Outline(path("b.png"), Err("Nothing stands out.".into())));
    assert_eq!(state.notices[1].text, "b.png: Nothing stands out.");
}

#[test]
fn an_outline_on_its_way_is_kept_by_its_concept_when_another_is_opened() {
    let [one, two, three] = ["/c/a.png", "/c/b.png", "/c/c.png"].map(PathBuf::from);
    let mut state = ready();
    let pictures = vec![one.clone(), two.clone(), three];
    state.draft.as_mut().unwrap().entries = pictures.iter().cloned().map(PictureEntry::new).collect();
    state.act(Action::SuggestOutlines(pictures), &outside());
    state.act(Action::Disk(Task::OpenDraft("/other".into())), &outside());
    let mask = Arc::new(image::GrayImage::new(4, 4));
    // It is not open yet, and may be refused.
    let effects = state.answer(Answer::Outline(one.clone(), Ok(Arc::clone(&mask))));
    holds!([Effect::Disk(Task::SaveMask { path, .. }), Effect::Disk(Task::Outline(next))] = effects);
    assert_eq!((path, next), (&one, &two));
    let other = Draft { folder: "/other".into(), entries: Vec::new(), ..state.draft.clone().unwrap() };
    state.answer(Answer::Draft(Box::new(other)));
    let effects = state.answer(Answer::Outline(two.clone(), Ok(mask)));
    assert!(
        matches!(&effects[..], [Effect::Disk(Task::SaveMask { path, .. })] if *path == two),
        "{effects:?}"
    );
    assert!(state.outlining.is_none() && state.draft.unwrap().folder == Path::new("/other"));
    assert!(state.notices[0].text.starts_with("2 outlines are suggested."), "{:?}", state.notices);
}

#[test]
fn the_list_of_concepts_knows_the_one_that_is_open_as_it_is() {
    let mut state = ready();
    let listed = |state: &AppState| -> Vec<(String, usize)> {
        state.drafts.iter().map(|card| (card.word.clone(), card.pictures)).collect()
    };
    let named = |words: &[(&str, usize)]| -> Vec<(String, usize)> {
        words.iter().map(|&(word, pictures)| (word.to_owned(), pictures)).collect()
    };
    // The disk listed it before it was told.
    let card = DraftCard { folder: "/c".into(), word: String::new(), pictures: 0, changed: 5 };
    state.answer(Answer::Drafts(vec![card]));
    assert_eq!(listed(&state), named(&[("<cat>", 1)]));
    let concept = Concept { word: "<dog>".into(), ..Draft::blank() };
    let edited = Draft { concept, ..state.draft.clone().unwrap() };
    state.act(Action::EditDraft(Box::new(edited.clone())), &outside());
    assert_eq!((listed(&state), state.pictures_of("<dog>")), (named(&[("<dog>", 1)]), Some(Path::new("/c"))));
    let new = Draft { folder: "/new".into(), concept: Draft::blank(), entries: Vec::new(), ..edited };
    state.answer(Answer::Draft(Box::new(new.clone())));
    assert_eq!(listed(&state), named(&[("", 0), ("<dog>", 1)]));
    let entries = vec![PictureEntry::new("/new/a.png".into())];
    state.answer(Answer::Draft(Box::new(Draft { entries, ..new })));
    assert_eq!(listed(&state), named(&[("", 1), ("<dog>", 1)]));
    // In the trash it is on no list.
    state.act(Action::Disk(Task::TrashDraft("/new".into())), &outside());
    state.answer(Answer::Drafts(Vec::new()));
    assert!(state.drafts.is_empty());
}

#[test]
fn words_are_suggested_where_a_clip_is_at_hand() {
    let mut state = ready();
    let draft = state.draft.clone().unwrap();
    let ask = |state: &mut AppState| state.act(Action::SuggestWords, &outside());
    assert!(ask(&mut state).is_empty(), "without a CLIP there is only a sentence");
    assert_eq!(state.notices.len(), 1);
    state.answer(model_read(ModelCard { clip: Some("/m/clip".into()), ..ModelCard::default() }));
    let effects = ask(&mut state);
    holds!([Effect::Submit { job, kind, label, command: Command::Suggest { request, .. } }] = effects);
    assert_eq!((&request.clip, &request.images), (&"/m/clip".into(), &vec![draft.folder.clone()]));
    state.submitted(*job, kind.clone(), label.clone());
    assert_eq!(state.page, Page::Concept, "one goes on with the concept meanwhile");
    let words = vec![Suggestion { word: "cat".into(), score: 0.3 }];
    state.apply(Event::Finished { job: *job, summary: JobSummary::Suggested { words } });
    assert_eq!(state.suggested, Some((draft.folder, vec!["cat".to_owned()])));
    assert!(state.jobs.is_empty());
}

#[test]
fn a_new_word_of_a_name_that_the_library_has_gets_a_number() {
    let kept = KeptWord { folder: Some("/embeddings".into()), ..KeptWord::default() };
    let foreign = WordCard { kept, ..word("<dog>") };
    let words = vec![word("<Cat>"), word("<cat-2>"), foreign];
    let state = AppState { words, ..AppState::default() };
    let called = ["<cat>", "<cat-2>", "<dog>", ""].map(|name| state.renumbered(name));
    assert_eq!(called, [Some("<cat-3>".to_owned()), Some("<cat-2-2>".to_owned()), None, None]);
}
