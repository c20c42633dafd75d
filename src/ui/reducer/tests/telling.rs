//! What the person is told, and what is dropped on the window: sentences that count, and refusals that end only what they
//! refuse.

use super::*;

#[test]
fn a_sentence_said_again_is_counted_and_few_stay() {
    let mut state = AppState::default();
    (0..3).for_each(|_| state.notify(Severity::Warning, "again"));
    assert_eq!((state.notices.len(), state.notices[0].times), (1, 3));
    state.notify(Severity::Error, "lost");
    state.notify(Severity::Warning, "again");
    (0..9).for_each(|i| state.notify(Severity::Info, format!("{i}")));
    assert_eq!(state.notices.len(), 5);
    assert_eq!((state.notices[0].times, state.notices[1].text.as_str()), (4, "lost"), "notes go first");
    state.apply(Event::Failed {
        job: 3,
        message: "cancelled".into(),
        exit_code: base::Error::Cancelled.exit_code(),
    });
    assert_eq!(state.notices.last().unwrap().text, "8", "who cancels need not be told");
    state.apply(Event::Device { device: DeviceInfo::default() });
    assert!(state.device.is_some());
}

#[test]
fn what_is_dropped_goes_where_it_belongs() {
    let tasks = |page: Page, dropped: Dropped| {
        let mut state = AppState { page, ..AppState::default() };
        let effects = state.answer(Answer::Dropped(dropped));
        let tasks: Vec<String> = effects.iter().map(|effect| format!("{effect:?}")).collect();
        (tasks.join("; "), state.page)
    };
    let one = |name: &str| Dropped { others: vec![name.into()], ..Dropped::default() };
    let word = Dropped { tensors: vec!["/a.pt".into()], ..Dropped::default() };
    let (said, page) = tasks(Page::Learn, word);
    assert!(said.contains("Sort") && page == Page::Learn, "the disk says where it goes: {said}");
    let model = Dropped { models: vec!["/m".into()], ..Dropped::default() };
    assert_eq!(tasks(Page::Learn, model).1, Page::Models);
    let (said, page) = tasks(Page::Compose, one("/a.PNG"));
    assert!(said.contains("OpenPicture") && page == Page::Compose, "{said}");
    let drawn = || Dropped { settings: true, ..one("/a.jpg") };
    let (said, page) = tasks(Page::Compose, drawn());
    assert!(said.contains("OpenPicture") && page == Page::Compose, "{said}");
    let (said, page) = tasks(Page::Concept, drawn());
    assert!(said.contains("AddPictures") && page == Page::Concept, "{said}");
    assert!(tasks(Page::Library, one("/a.webp")).0.contains("ImportWords"));
    let folder = || Dropped { folder: true, ..one("/pictures") };
    assert!(tasks(Page::Models, folder()).0.contains("WatchFolder"));
    let words = Dropped { holds_tensors: true, ..folder() };
    let (said, page) = tasks(Page::Library, words);
    assert!(
        said.contains("AddFolder") && page == Page::Library,
        "words are looked at where they lie: {said}"
    );
    for (page, dropped) in
        [(Page::Library, folder()), (Page::Compose, one("/a.jpg")), (Page::Models, one("/a"))]
    {
        let (said, after) = tasks(page, dropped);
        assert!(said.contains("AddPictures") && after == Page::Concept, "{said}");
    }
}

#[test]
fn what_is_dropped_belongs_to_the_page_and_the_concept_it_was_dropped_on() {
    let mut state = ready();
    let let_fall = |state: &mut AppState, page: Page, file: &str| {
        state.page = page;
        state.act(Action::Disk(Task::LookAtDropped(vec![file.into()])), &outside());
    };
    let told = |state: &mut AppState, file: &str| {
        let (files, others) = (vec![file.into()], vec![file.into()]);
        format!("{:?}", state.answer(Answer::Dropped(Dropped { files, others, ..Dropped::default() })))
    };
    // What the disk could not look at is not waited for.
    for (page, file) in [(Page::Learn, "/torn"), (Page::Library, "/a.png"), (Page::Learn, "/b.png")] {
        let_fall(&mut state, page, file);
    }
    state.page = Page::Compose;
    state.draft.as_mut().unwrap().folder = "/other".into();
    let said = told(&mut state, "/a.png");
    assert!(said.contains("ImportWords") && state.page == Page::Compose, "{said}");
    let said = told(&mut state, "/b.png");
    assert!(said.contains("AddPictures { concept: Some(\"/c\")") && state.page == Page::Concept, "{said}");
    // What takes two looks: a file of tensors.
    let_fall(&mut state, Page::Edit, "/ink.safetensors");
    state.page = Page::Gallery;
    let files = vec![PathBuf::from("/ink.safetensors")];
    let dropped = Dropped { files: files.clone(), tensors: files.clone(), ..Dropped::default() };
    state.answer(Answer::Dropped(dropped));
    let (loras, models, words) = (files.clone(), Vec::new(), Vec::new());
    state.answer(Answer::Sorted { files, models, words, loras });
    assert_eq!((state.page, state.editing.draft.drawing.settings.loras.len()), (Page::Edit, 1));
    assert!(state.dropped.is_empty() && state.compose.settings.loras.is_empty());
}

#[test]
fn what_cannot_be_read_stays_until_its_shelf_is_listed_again() {
    let mut state = AppState::default();
    let damaged = Damaged { path: "/runs/cat".into(), fault: "damaged. Delete it.".into() };
    state.answer(Answer::Damaged(Collection::Runs, vec![damaged.clone()]));
    state.answer(Answer::Damaged(Collection::Words, Vec::new()));
    assert_eq!(state.damaged(Collection::Runs).collect::<Vec<_>>(), [&damaged]);
    assert_eq!(state.damaged(Collection::Words).count(), 0);
    state.answer(Answer::Damaged(Collection::Runs, Vec::new()));
    assert_eq!(state.damaged(Collection::Runs).count(), 0);
}

#[test]
fn a_refusal_ends_only_what_it_refuses() {
    let mut state = restoring();
    (state.editing.opening, state.library.looking) = (true, true);
    state.answer(Answer::Refused("The disk is full.".into()));
    state.answer(Answer::Missed(Missed::Picture("/b.png".into())));
    assert!(state.restore.is_some() && state.editing.opening && state.library.looking);
    for missed in [Missed::Picture("/a.png".into()), Missed::Edit, Missed::WordFolders] {
        state.answer(Answer::Missed(missed));
    }
    assert!(state.restore.is_none() && !state.editing.opening && !state.library.looking);
}
