//! Words of the library: where they go, which of them the model in use can take, and what is noted of them.

use super::*;

#[test]
fn a_word_brings_its_negative_word_into_the_other_prompt() {
    let mut state = AppState::default();
    let toy = WordCard { partner: Some("<toy-neg>".into()), ..word("<toy>") };
    let negative = WordCard { negative: true, partner: Some("<toy>".into()), ..word("<toy-neg>") };
    state.words = vec![toy.clone(), negative.clone()];
    let prompts = |state: &AppState| {
        let settings = &state.compose.settings;
        (settings.prompt.contains("<toy>"), settings.negative_prompt.clone())
    };
    state.compose.settings.prompt.clear();
    state.compose.settings.negative_prompt = "blurry".into();
    state.act(Action::ComposeWith(negative.path), &outside());
    assert_eq!(prompts(&state), (false, "blurry, <toy-neg>".into()));
    state.act(Action::ComposeWith(toy.path), &outside());
    assert_eq!(prompts(&state), (true, "blurry, <toy-neg>".into()));
}

#[test]
fn a_word_of_the_library_goes_into_the_prompt_of_the_edit_page() {
    let mut state = AppState { words: vec![word("<toy>")], ..AppState::default() };
    state.compose.settings.prompt = "a hill".into();
    let with = |state: &mut AppState| {
        state.act(Action::Edit(EditAction::With("/words/toy.safetensors".into())), &outside());
        (state.page, state.editing.draft.drawing.settings.prompt.clone())
    };
    state.editing.draft.drawing.settings.prompt.clear();
    assert_eq!(with(&mut state), (Page::Edit, "a photo of <toy>".into()));
    assert_eq!(with(&mut state).1, "a photo of <toy>", "once is enough");
    state.editing.draft.drawing.settings.prompt = "a garden".into();
    assert_eq!(with(&mut state).1, "a garden, <toy>");
    assert_eq!(state.compose.settings.prompt, "a hill");
}

#[test]
fn words_of_another_family_do_not_fit_and_say_why() {
    let mut state = AppState::default();
    let word = |family, widths: &[usize]| WordCard {
        family,
        width: widths.iter().sum(),
        widths: widths.to_vec(),
        ..word("<toy>")
    };
    let words = vec![
        word(Some(Family::Sd1), &[768]),
        word(Some(Family::Sdxl), &[768, 1280]),
        word(None, &[1024]),
        word(Some(Family::Sd1), &[128]),
    ];
    state.answer(Answer::Words(words.clone()));
    assert_eq!(state.fitting_words().count(), 4, "nothing is known of the model yet");
    state.model_path = Some("/m".into());
    let family = Some(Family::Sd1);
    state.answer(model_read(ModelCard { family, width: 768, ..ModelCard::default() }));
    let why: Vec<Option<String>> = words.iter().map(|word| state.misfit(word)).collect();
    assert_eq!(why[0], None);
    assert!(why[1].as_ref().is_some_and(|why| why.contains("Stable Diffusion XL")), "{why:?}");
    assert!(why[2].as_ref().is_some_and(|why| why.contains("1024")) && why[3].is_some(), "{why:?}");
}

#[test]
fn words_that_do_not_fit_are_named_however_they_are_written() {
    let mut state = AppState::default();
    let words = [("<toy>", Family::Sdxl), ("<mug>", Family::Sdxl), ("<mug>", Family::Sd1)];
    let words = words.map(|(name, family)| WordCard { family: Some(family), ..word(name) });
    state.answer(Answer::Words(words.to_vec()));
    state.model_path = Some("/m".into());
    let family = Some(Family::Sd1);
    state.answer(model_read(ModelCard { family, width: 768, ..ModelCard::default() }));
    for prompt in ["a toy", "a <toy>", "a (toy:1.2) and a toy"] {
        let why = state.misfits_in(prompt);
        assert!(why.len() == 1 && why[0].starts_with("<toy> was learned for"), "{prompt}: {why:?}");
    }
    assert!(state.misfits_in("a mug, a <mug>, toys").is_empty(), "one of that name fits");
}

#[test]
fn words_of_another_lineage_fit_with_a_note() {
    let mut state = AppState { model_path: Some("/m".into()), ..AppState::default() };
    let family = Some(Family::Sdxl);
    let word = |lineage| WordCard { family, lineage, width: 2048, ..word("<toy>") };
    let (pony, noob, other) = (word(Some(Lineage::Pony)), word(Some(Lineage::NoobAi)), word(None));
    let lineage = Some(Lineage::Pony);
    state.answer(model_read(ModelCard { family, lineage, width: 2048, ..ModelCard::default() }));
    assert!([&pony, &noob, &other].iter().all(|word| state.misfit(word).is_none()));
    assert!(state.lineage_note(&noob).is_some_and(|note| note.contains("NoobAI") && note.contains("Pony")));
    assert_eq!((state.lineage_note(&pony), state.lineage_note(&other)), (None, None));
}

#[test]
fn words_are_found_in_each_spelling_and_both_prompts() {
    let mut state = ready();
    let plain = WordCard { names: vec!["<painting>".into()], ..word("<painting>") };
    let others = ["<whatever-200>", "<whatever-2000>", "<easynegative>"].map(word);
    state.answer(Answer::Words(others.into_iter().chain([plain]).collect()));
    let files = |state: &mut AppState, prompt: &str, negative: &str| -> Vec<String> {
        let settings = &mut state.compose.settings;
        (settings.prompt, settings.negative_prompt) = (prompt.into(), negative.into());
        state.page = Page::Compose;
        let effects = state.act(Action::Command(UiCommand::Draw), &outside());
        let request = drawing_asked(&effects);
        let stem = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        request.words.iter().map(stem).collect()
    };
    let found = files(&mut state, "a painting, whatever-2000", "embedding:EasyNegative.pt");
    assert_eq!(found, ["whatever-2000", "easynegative"]);
    assert_eq!(files(&mut state, "a <painting> of a category", ""), ["painting"]);

    // The weight of a word is changed as it is written.
    state.compose.settings.prompt = "a cat, embedding:easynegative".into();
    let grid = Grid::WeightSeed { weights: vec![0.5], seeds: 1 };
    let effects = state.act(Action::DrawGrid(grid), &outside());
    let (request, _) = grid_asked(&effects);
    assert_eq!(request.rows[0].draw.settings.prompt, "a cat, (embedding:easynegative:0.50)");
}

#[test]
fn what_is_noted_of_a_word_shows_at_once_on_all_its_files() {
    let mut state = AppState::default();
    let of = |content: &str, name: &str| WordCard {
        kept: KeptWord { content: content.into(), ..KeptWord::default() },
        ..word(name)
    };
    state.answer(Answer::Words(vec![of("1", "<cat>"), of("1", "<copy>"), of("2", "<dog>")]));
    let version = state.library.version;
    let notes = WordNotes { favourite: true, tags: vec!["pet".into()], ..WordNotes::default() };
    let (content, before) = ("1".to_owned(), WordNotes::default());
    let task = LibraryTask::Note { content, before, notes, number: 0 };
    let effects = state.act(Action::Disk(Task::Library(task)), &outside());
    let [Effect::Disk(Task::Library(LibraryTask::Note { number, .. }))] = effects[..] else {
        panic!("{effects:?}")
    };
    let favourites: Vec<bool> = state.words.iter().map(|card| card.kept.notes.favourite).collect();
    assert_eq!(favourites, [true, true, false]);
    assert!(state.library.version > version);
    // A list that the disk made before it was told.
    state.answer(Answer::Words(vec![of("1", "<cat>"), of("1", "<copy>"), of("2", "<dog>")]));
    let query = WordQuery { typed: "pet".into(), ..WordQuery::default() };
    assert_eq!(state.library.search.found(&state.words, &query), [0, 1]);
    // Once the disk knows it, what was noted in another window since is shown.
    for (known, shown) in [(number - 1, true), (number, false)] {
        state.answer(Answer::Library(LibraryAnswer::Noted(known)));
        state.answer(Answer::Words(vec![of("1", "<cat>")]));
        assert_eq!(state.words[0].kept.notes.favourite, shown, "{known}");
    }
}

#[test]
fn what_is_said_of_a_word_shows_at_once_and_leaves_the_rest() {
    let mut state = AppState { words: vec![word("<cat>"), word("<dog>")], ..AppState::default() };
    let path = state.words[0].path.clone();
    for (rights, kind) in [(Some(Rights::Own), None), (None, Some(ConceptKind::Style))] {
        let task = Task::DescribeWord { path: path.clone(), rights, kind };
        state.act(Action::Disk(task), &outside());
    }
    let said: Vec<_> = state.words.iter().map(|card| (card.rights, card.kind)).collect();
    assert_eq!(said, [(Rights::Own, ConceptKind::Style), (Rights::Unknown, ConceptKind::Object)]);
}

#[test]
fn a_word_whose_picture_was_written_anew_shows_that() {
    let mut state = AppState::default();
    let pictures = ["/words/cat.png", "/words/dog.png"].map(PathBuf::from);
    let list = |state: &mut AppState, pictured: u64| {
        let words = [pictured, 1].into_iter().zip(&pictures).map(|(pictured, path)| WordCard {
            picture: Some(path.clone()),
            kept: KeptWord { pictured, ..KeptWord::default() },
            ..word("<cat>")
        });
        state.answer(Answer::Words(words.collect()));
        pictures.each_ref().map(|path| state.thumbnails.knows(path))
    };
    assert_eq!(list(&mut state, 1), [false, false]);
    for path in &pictures {
        state.answer(Answer::Thumbnail(path.clone(), Some(Arc::new(RgbImage::new(2, 2)))));
    }
    assert_eq!(list(&mut state, 1), [true, true]);
    assert_eq!(list(&mut state, 2), [false, true]);
}

#[test]
fn a_word_that_cannot_be_named_is_not_offered() {
    let mut state = AppState::default();
    let kept = KeptWord { shadowed: true, folder: Some("/embeddings".into()), ..KeptWord::default() };
    state.answer(Answer::Words(vec![word("<toy>"), WordCard { kept, ..word("<toy-2>") }]));
    let fitting: Vec<&str> = state.fitting_words().map(|card| card.word.as_str()).collect();
    assert_eq!(fitting, ["<toy>"]);
    assert!(state.misfit(&state.words[1]).is_some_and(|why| why.contains("<toy-2>")));
}

#[test]
fn a_chosen_folder_of_words_is_watched() {
    let mut state = AppState::default();
    state.library.suggested = Some(vec![("/comfy/embeddings".into(), Origin::ComfyUi)]);
    let folder = PathBuf::from("/comfy/embeddings");
    let effects = state.act(Action::Chosen(Question::WordFolder, vec![folder.clone()]), &outside());
    let task = LibraryTask::AddFolder(folder.clone());
    assert!(matches!(&effects[..], [Effect::Disk(Task::Library(asked))] if *asked == task));
    state.answer(Answer::Refused("256 folders are watched already.".into()));
    assert_eq!((state.page, state.library.suggested.as_ref().map(Vec::len)), (Page::Library, Some(1)));
    let watched = disk::message::WordFolder { path: folder, ..Default::default() };
    state.answer(Answer::Library(LibraryAnswer::Folders(vec![watched])));
    assert_eq!(state.library.suggested, Some(Vec::new()));
}
