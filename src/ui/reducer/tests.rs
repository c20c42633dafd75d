//! Streams of the engine and the disk, and what a person wants, taken in without a window.
//! The length is that of the list of what must hold.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use image::RgbImage;

use super::Outside;
use crate::action::{Action, Effect, Grid, GridWord};
use crate::commands::UiCommand;
use crate::dialog::Question;
use crate::editing::EditAction;
use crate::state::{AppState, GridView, JobKind, Page, Severity};
use disk::message::{
    Answer, Collection, ConceptPicture, Damaged, DrawnPicture, Dropped, KeptWord, LibraryAnswer, LibraryTask,
    Missed, ModelCard, Origin, RunCard, RunDetails, Task, TokenReport, WordCard, WordNotes,
};
use disk::search::WordQuery;
use engine::message::{
    Command, DeviceChoice, DeviceInfo, Event, GenerateRequest, GridRequest, JobSummary, LearnRequest,
    LearnStart, RunInfo, StepReport, Suggestion,
};
use format::infotext::{GenerateInfo, parse_parameters};
use project::{
    Concept, ConceptKind, DataDir, Draft, Family, LearnSettings, Lineage, PictureEntry, RunState,
    SamplerKind, SigmaSpacing, WeightFormat,
};

pub(super) static HOME: LazyLock<DataDir> = LazyLock::new(|| DataDir::at("/home".into()));

pub(super) fn word(name: &str) -> WordCard {
    WordCard {
        path: format!("/words/{}.safetensors", name.trim_matches(['<', '>'])).into(),
        word: name.into(),
        names: vec![name.into(), name.trim_matches(['<', '>']).into()],
        vectors: 1,
        width: 768,
        widths: vec![768],
        norm: 0.4,
        ..WordCard::default()
    }
}

fn run_info(step: u64) -> RunInfo {
    RunInfo {
        out: PathBuf::from("/runs/cat"),
        word: "<cat-toy>".into(),
        vectors: 1,
        initial_tokens: vec!["cat".into()],
        pictures: 4,
        step,
        steps: 100,
        norms: [0.3, 0.4, 0.5],
        ..RunInfo::default()
    }
}

fn report(step: u64) -> StepReport {
    StepReport {
        step,
        steps: 100,
        loss: 1.0 / step as f64,
        mean_loss: 1.0,
        fixed_noise_loss: step.is_multiple_of(10).then_some(0.5),
        lr: 0.005,
        norm: 0.4,
        cosine: 0.9,
        gradient_norm: 1.0,
        seconds: 0.5,
        nearest: if step.is_multiple_of(10) { vec![("cat".into(), 0.9)] } else { Vec::new() },
        ..StepReport::default()
    }
}

fn preview(step: u64, index: usize) -> Event {
    let path = PathBuf::from(format!("/runs/cat/previews/{step:06}_{index}.png"));
    Event::Preview { job: 1, step, prompt: "a photo".into(), image: RgbImage::new(2, 2), path }
}

fn learned(fixed_noise_loss: Option<[f64; 2]>) -> Event {
    let summary = JobSummary::Learned {
        kept: None,
        stopped: None,
        step: 100,
        complete: true,
        out: run_info(0).out,
        word: "/runs/cat/cat-toy.safetensors".into(),
        fixed_noise_loss,
        seconds: 50.0,
        peak_memory: None,
        estimated_memory: 0,
        used_memory: None,
    };
    Event::Finished { job: 1, summary }
}

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

/// A picture that was asked for, with what it says of itself.
fn picture_read(info: GenerateInfo) -> Answer {
    let picture = Arc::new(RgbImage::new(1, 1));
    Answer::Picture(Box::new(DrawnPicture { path: "/a.png".into(), picture, info: Some(info) }))
}

/// A state that takes over the settings of that picture.
fn restoring() -> AppState {
    AppState { restore: Some("/a.png".into()), ..AppState::default() }
}

/// What the disk says of the model in use.
fn model_read(card: ModelCard) -> Answer {
    Answer::Model(Box::new(ModelCard { path: "/m".into(), ..card }))
}

/// A state in which job 1 is learning and has done `steps` steps.
fn learning(steps: u64) -> AppState {
    let mut state = AppState::default();
    state.submitted(1, JobKind::Learn, "Learning <cat-toy>".into());
    state.apply(Event::Loading { job: 1, what: "U-Net".into(), fraction: 0.5 });
    state.apply(Event::LearnStarted { job: 1, run: run_info(0) });
    for step in 1..=steps {
        state.apply(Event::Step { job: 1, report: report(step) });
    }
    state
}

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
fn a_run_is_followed_from_its_first_step_to_its_last() {
    let mut state = learning(20);
    let job = state.running().unwrap().clone();
    assert_eq!((job.progress, job.doing.as_str()), (Some((20, 100)), "learning"));
    assert!((job.seconds_left().unwrap() - 40.0).abs() < 1e-9);
    assert_eq!(state.run.rows.len(), 20);
    assert_eq!(state.run.nearest, [("cat".to_owned(), 0.9)]);
    state.apply(Event::Progress { job: 1, what: "preview 1 of 2".into(), done: 3, of: 20 });
    let job = state.running().unwrap();
    assert_eq!(
        (job.progress, job.doing.as_str()),
        (Some((20, 100)), "preview 1 of 2 (3 of 20)"),
        "the bar stays"
    );
    for event in [preview(20, 1), preview(0, 0), preview(20, 0), preview(20, 1)] {
        state.apply(event);
    }
    let order: Vec<_> = state.run.previews.iter().map(|p| (p.step, p.index)).collect();
    assert_eq!(order, [(0, 0), (20, 0), (20, 1)]);
    state.apply(Event::Paused { job: 1, reason: String::new() });
    assert!(state.running().unwrap().paused);
    state.apply(Event::Resumed { job: 1 });
    assert!(!state.running().unwrap().paused && state.notices.is_empty());
    state.apply(learned(Some([0.5, 0.4])));
    assert!(state.jobs.is_empty() && state.run.job.is_none() && !state.run.rows.is_empty());
    assert!(state.notices[0].text.contains("<cat-toy>") && state.notices[0].text.contains("20 %"));
}

#[test]
fn a_step_that_was_undone_leaves_the_curve() {
    let mut state = learning(20);
    state.apply(Event::Undone { job: 1, step: 20 });
    assert_eq!(state.run.rows.last().map(|row| row.step), Some(19));
}

#[test]
fn resuming_keeps_the_curve_up_to_the_checkpoint() {
    let mut state = learning(20);
    state.apply(Event::Failed {
        job: 1,
        message: "The connection to the device was lost".into(),
        exit_code: 1,
    });
    assert_eq!(state.notices[0].severity, Severity::Error);
    assert!(!state.learning());
    state.submitted(2, JobKind::Learn, "Learning <cat-toy>".into());
    state.apply(Event::LearnStarted { job: 2, run: run_info(10) });
    state.apply(Event::Step { job: 2, report: report(11) });
    assert_eq!(state.run.rows.iter().map(|row| row.step).collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
    assert_eq!(state.run.job, Some(2));
}

fn details(rows: u64) -> RunDetails {
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let card = RunCard {
        folder: "/runs/cat".into(),
        concept,
        model: "/model".into(),
        state: RunState::Stopped,
        locked: false,
        left: false,
        step: rows,
        steps: 100,
        created: 0,
        message: None,
        device: "CPU".into(),
        settings: LearnSettings::default(),
        measured_since: 0,
        step_seconds: None,
        picture: None,
    };
    let rows = learning(rows).run.rows;
    RunDetails { card, rows, previews: Vec::new(), checkpoints: vec![10], best: None }
}

#[test]
fn a_run_read_from_the_disk_never_hides_the_one_that_learns() {
    let mut state = AppState::default();
    state.answer(Answer::Run(Box::new(details(10))));
    assert_eq!((state.run.rows.len(), state.run.word()), (10, Some("<cat-toy>")));
    // It goes on; what the disk has comes in front, whichever arrives first.
    let mut state = AppState::default();
    state.submitted(1, JobKind::Learn, String::new());
    state.apply(Event::LearnStarted { job: 1, run: run_info(10) });
    state.apply(Event::Step { job: 1, report: report(11) });
    state.answer(Answer::Run(Box::new(details(10))));
    assert_eq!(state.run.rows.len(), 11);
    assert_eq!((state.run.checkpoints.as_slice(), state.run.job), ([10].as_slice(), Some(1)));
    let mut other = details(3);
    other.card.folder = "/runs/dog".into();
    state.answer(Answer::Run(Box::new(other)));
    assert_eq!(state.run.rows.len(), 11);
}

#[test]
fn pictures_go_to_the_gallery_or_to_their_cell() {
    let mut state = AppState::default();
    state.submitted(1, JobKind::Draw { count: 2 }, "Drawing".into());
    let image = RgbImage::new(2, 2);
    state.apply(Event::Latents { job: 1, index: 1, step: 5, steps: 10, image: image.clone() });
    assert_eq!(state.running().unwrap().progress, Some((15, 20)));
    assert!(state.latent_preview.is_some());
    let path = Some(PathBuf::from("/pictures/1.png"));
    state.apply(Event::Image { job: 1, index: 1, seed: 1, image: image.clone(), path });
    assert!(state.latent_preview.is_none() && state.shown.is_some());
    assert_eq!(state.gallery.len(), 1);
    // The list from the disk keeps what was seen.
    state.answer(Answer::Pictures(vec!["/pictures/1.png".into(), "/pictures/0.png".into()]));
    assert!(state.thumbnails.get(&state.gallery[0]).is_some());
    assert!(state.thumbnails.get(&state.gallery[1]).is_none());
    let (rows, columns) = (vec!["a".into(), "b".into()], vec!["1".into(), "2".into()]);
    state.grid = Some(GridView::new(7, rows.clone(), columns.clone()));
    state.submitted(2, JobKind::Grid { id: 7, rows, columns }, String::new());
    let path = Some(PathBuf::from("/pictures/2.png"));
    state.apply(Event::Image { job: 2, index: 2, seed: 1, image, path });
    let filled: Vec<bool> = state.grid.as_ref().unwrap().cells.iter().map(Option::is_some).collect();
    assert_eq!(filled, [false, false, true, false]);
    assert_eq!(state.gallery.len(), 3);
}

#[test]
fn settings_come_back_out_of_a_picture() {
    let mut state = restoring();
    let info = GenerateInfo {
        prompt: "a <ねこ>".into(),
        steps: 12,
        sampler: "Euler a".into(),
        cfg_scale: 3.0,
        seed: 9,
        width: 64,
        height: 128,
        ..GenerateInfo::default()
    };
    state.answer(picture_read(info.clone()));
    let settings = &state.compose.settings;
    assert_eq!((settings.prompt.as_str(), settings.seed, settings.steps), ("a <ねこ>", 9, 12));
    assert_eq!((settings.sampler, settings.height), (SamplerKind::EulerAncestral, Some(128)));
    assert!(state.compose.seed_locked && state.restore.is_none());
    // Only looked at, a picture changes nothing.
    state.compose.settings.prompt = "mine".into();
    state.answer(picture_read(info));
    assert_eq!(state.compose.settings.prompt, "mine");
}

#[test]
fn loras_come_beside_the_prompt_once_and_take_their_weights_from_pictures() {
    let mut state = restoring();
    for files in
        [vec!["/l/detail.safetensors".into(), "/l/ink.safetensors".into()], vec!["/l/ink.safetensors".into()]]
    {
        state.answer(Answer::Sorted { models: Vec::new(), words: Vec::new(), loras: files });
    }
    let weights = |state: &AppState| -> Vec<f64> {
        state.compose.settings.loras.iter().map(|lora| lora.weight).collect()
    };
    assert_eq!((state.page, weights(&state)), (Page::Compose, vec![1.0, 1.0]));
    let info = GenerateInfo { prompt: "a cat <lora:detail:0.5>".into(), ..GenerateInfo::default() };
    state.answer(picture_read(info));
    assert_eq!((state.compose.settings.prompt.as_str(), weights(&state)), ("a cat", vec![0.5, 0.0]));
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
    let mut state = AppState { model_path: Some("/m".into()), ..AppState::default() };
    let torn = PictureEntry::new("/c/torn.png".into());
    let mut entries: Vec<_> =
        ["/c/a.png", "/c/b.png"].map(|path| PictureEntry::new(path.into())).into_iter().collect();
    entries.push(torn.clone());
    let concept = Concept { word: "<toy>".into(), initial_word: "toy".into(), kind: ConceptKind::Object };
    state.draft = Some(Draft { folder: "/c".into(), concept, settings: LearnSettings::default(), entries });
    let fault = Some("/c/torn.png is cut short.".into());
    state.views.push(ConceptPicture { fault, ..picture_of(torn) });
    assert_eq!(state.obstacles(), ["torn.png is cut short. Or switch the picture off."]);
    state.draft.as_mut().unwrap().entries.push(PictureEntry::new("/c/d.png".into()));
    assert_eq!(state.obstacles(), [""; 0]);
}

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
fn steps_can_be_used_once_the_word_was_kept_at_them() {
    let mut state = learning(20);
    state.apply(Event::Kept { job: 1, step: 10 });
    state.apply(Event::Kept { job: 1, step: 20 });
    state.apply(Event::Kept { job: 9, step: 30 });
    state.apply(preview(15, 0));
    assert_eq!(state.run.checkpoints, [10, 20], "a preview keeps nothing");
    // What the disk reads meanwhile takes nothing away.
    state.answer(Answer::Run(Box::new(details(10))));
    assert_eq!(state.run.checkpoints, [10, 20]);
    state.submitted(2, JobKind::Learn, String::new());
    state.apply(Event::LearnStarted { job: 2, run: run_info(10) });
    assert_eq!(state.run.checkpoints, [10]);
}

#[test]
fn large_previews_are_kept_small_until_they_are_asked_for() {
    let mut state = learning(1);
    let path = PathBuf::from("/runs/cat/previews/000001_0.png");
    let image = RgbImage::new(1024, 512);
    let said =
        Event::Preview { job: 1, step: 1, prompt: "a".into(), image: image.clone(), path: path.clone() };
    state.apply(said);
    assert_eq!(state.run.previews[0].path, path);
    assert_eq!(state.thumbnails.get(&path).unwrap().dimensions(), (256, 128));
    assert!(state.full(&path).is_none());
    state.answer(Answer::Preview(path.clone(), Arc::new(image)));
    assert_eq!(state.full(&path).unwrap().width(), 1024);
    // A small one is all there is.
    state.answer(Answer::Thumbnail("/small.png".into(), Some(Arc::new(RgbImage::new(64, 64)))));
    assert!(state.full(Path::new("/small.png")).is_some());
}

#[test]
fn a_thousand_pictures_cost_what_a_few_do() {
    let mut state = AppState::default();
    let path = |i: usize| PathBuf::from(format!("/pictures/{i:05}.png"));
    let image = RgbImage::new(1024, 1024);
    let mut alive = Vec::new();
    for i in 0..1000 {
        state.apply(Event::Image { job: 1, index: i, seed: 1, image: image.clone(), path: Some(path(i)) });
        alive.push(Arc::downgrade(&state.shown.as_ref().unwrap().picture));
    }
    assert_eq!(state.gallery.len(), 1000);
    let full = alive.iter().filter(|picture| picture.strong_count() > 0).count();
    assert!(full <= 12, "{full} pictures are kept in full size");
    // Those of earlier sessions are asked for when they come into view, and only then.
    let view: Vec<PathBuf> = (0..12).map(path).collect();
    let effects = state.act(Action::Want(view.clone()), &outside());
    let [Effect::Disk(Task::Thumbnails(asked))] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*asked, view);
    for i in 0..1000 {
        state.answer(Answer::Thumbnail(path(i), Some(Arc::new(RgbImage::new(256, 256)))));
    }
    let small = (0..1000).filter(|&i| state.thumbnails.get(&path(i)).is_some()).count();
    assert!((100..=180).contains(&small), "{small} small copies are kept");
    let newest: Vec<PathBuf> = (990..1000).map(path).collect();
    assert!(state.act(Action::Want(newest), &outside()).is_empty());
}

#[test]
fn a_marked_picture_stands_in_the_way_until_someone_says_why() {
    let mut state = AppState { model_path: Some("/m".into()), ..AppState::default() };
    let entries: Vec<_> = ["/c/a.png", "/c/b.png"].map(|path| PictureEntry::new(path.into())).into();
    let marks = vec!["noai".to_owned()];
    let notes = project::PictureNotes { marks, ..project::PictureNotes::default() };
    state.views.push(ConceptPicture { notes, ..picture_of(entries[0].clone()) });
    let concept = Concept { word: "<toy>".into(), initial_word: "toy".into(), kind: ConceptKind::Object };
    state.draft = Some(Draft { folder: "/c".into(), concept, settings: LearnSettings::default(), entries });
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
fn settings_come_back_out_of_a_picture_of_a1111() {
    let text = "a photo of cat-toy, (sharp:1.2)\nNegative prompt: blurry\nSteps: 28, Sampler: DPM++ 2M, Schedule type: \
                Karras, CFG scale: 6.5, Seed: 1234567890, Size: 512x768, Model hash: 6ce0161689, Model: \
                v1-5-pruned-emaonly, Clip skip: 2, Emphasis: ComfyUI, TI hashes: \"cat-toy: 0123456789ab\", Version: v1.10.1";
    let mut state = restoring();
    state.answer(Answer::Words(vec![word("<cat-toy>")]));
    state.answer(picture_read(parse_parameters(text)));
    let settings = &state.compose.settings;
    assert_eq!(settings.prompt, "a photo of <cat-toy>, (sharp:1.2)");
    assert_eq!(settings.negative_prompt, "blurry");
    assert_eq!((settings.steps, settings.guidance, settings.seed), (28, Some(6.5), 1_234_567_890));
    assert_eq!((settings.sampler, settings.spacing), (SamplerKind::DpmPp2m, SigmaSpacing::Karras));
    assert_eq!((settings.width, settings.height, settings.clip_skip), (Some(512), Some(768), 2));
    assert_eq!(settings.emphasis, Some(project::Emphasis::ComfyUi));
    assert!(state.notices.iter().any(|notice| notice.text.contains("v1-5-pruned-emaonly")));
}

#[test]
fn how_a_picture_was_sampled_comes_back_out_of_it() {
    let restored = |line: &str| {
        let mut state = restoring();
        state.answer(picture_read(parse_parameters(&format!("a cat\n{line}"))));
        let told: Vec<String> = state.notices.iter().map(|notice| notice.text.clone()).collect();
        (state.compose.settings, told.join(" "))
    };
    let (settings, told) = restored(
        "Steps: 20, Sampler: DPM++ 2M SDE, Schedule type: SGM Uniform, CFG scale: 7, Seed: 5, Size: 512x768, Guidance \
         rescale: 0.7, Variation seed: 9, Variation seed strength: 0.2, Denoising strength: 0.4, Hires upscale: 1.5, Hires \
         upscaler: Lanczos",
    );
    assert!(!told.contains("schedule type"), "{told}");
    assert_eq!((settings.sampler, settings.spacing), (SamplerKind::DpmPp2mSde, SigmaSpacing::SgmUniform));
    assert_eq!((settings.rescale, settings.variation, settings.variation_seed), (0.7, 0.2, 9));
    assert_eq!((settings.enlarge, settings.enlarge_strength), (1.5, 0.4));
    assert_eq!((settings.width, settings.height), (Some(512), Some(768)));
    // As older versions write it, and without anything else: the strength is that of an edit.
    let (plain, _) =
        restored("Steps: 20, Sampler: DPM++ 2S a Karras, CFG scale: 7, Seed: 5, Denoising strength: 0.4");
    assert_eq!((plain.sampler, plain.spacing), (SamplerKind::DpmPp2sAncestral, SigmaSpacing::Karras));
    assert_eq!((plain.rescale, plain.variation, plain.enlarge, plain.enlarge_strength), (0.0, 0.0, 1.0, 0.5));
    let (unknown, told) =
        restored("Steps: 20, Sampler: Euler, Schedule type: KL Optimal, CFG scale: 7, Seed: 5");
    assert_eq!((unknown.sampler, unknown.spacing), (SamplerKind::Euler, SigmaSpacing::Normal));
    assert!(told.contains("kl optimal"), "{told}");
}

#[test]
fn values_of_a_picture_that_cannot_be_used_are_changed_and_told() {
    let text =
        "a cat\nSteps: 5000, Sampler: Euler, CFG scale: 150, Seed: 18446744073709551615, Size: 500x700";
    let mut state = restoring();
    state.answer(picture_read(parse_parameters(text)));
    let settings = &state.compose.settings;
    settings.validate().unwrap();
    assert_eq!((settings.prompt.as_str(), settings.steps, settings.guidance), ("a cat", 1000, Some(100.0)));
    project::files::to_toml(base::FileKind::Settings, "window.toml".as_ref(), &state.compose).unwrap();
    let told: Vec<_> = state.notices.iter().filter(|notice| notice.text.contains("were changed")).collect();
    assert_eq!(told.len(), 1);
    assert!(["seed", "steps", "guidance", "width", "height"].iter().all(|name| told[0].text.contains(name)));
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
fn an_ordinary_word_that_a_picture_names_as_learned_is_that() {
    let text = "a painting of a category, embedding:cat\nSteps: 2, Sampler: Euler, CFG scale: 6.5, Seed: 1, \
                Size: 64x64, TI hashes: \"painting: 0123456789ab, cat: 0123456789ac\"";
    let mut state = restoring();
    let ordinary = |name: &str| WordCard { names: vec![name.into()], ..word(name) };
    state.answer(Answer::Words(vec![ordinary("<painting>"), ordinary("<cat>")]));
    state.answer(picture_read(parse_parameters(text)));
    assert_eq!(state.compose.settings.prompt, "a <painting> of a category, <cat>");
}

/// The one grid that is asked for.
pub(super) fn grid_asked(effects: &[Effect]) -> (&GridRequest, &JobKind) {
    match effects {
        [Effect::Submit { command: Command::Grid { request, .. }, kind, .. }] => (request.as_ref(), kind),
        _ => panic!("a grid is one request: {effects:?}"),
    }
}

/// The one drawing that is asked for.
fn drawing_asked(effects: &[Effect]) -> &GenerateRequest {
    match effects {
        [Effect::Submit { command: Command::Generate { request, .. }, .. }] => request,
        _ => panic!("{effects:?}"),
    }
}

/// A state with a learned word in the prompt.
fn with_word() -> AppState {
    let mut state = ready();
    state.answer(Answer::Words(vec![word("<cat>")]));
    state.compose.settings.prompt = "a photo of <cat>".into();
    state
}

/// Takes in that the engine took these jobs, as the window does.
fn take(state: &mut AppState, effects: Vec<Effect>) -> Vec<u64> {
    let take = |effect| match effect {
        Effect::Submit { job, kind, label, command } => {
            state.submitted(job, kind, label);
            state.keep_request(job, command);
            Some(job)
        }
        _ => None,
    };
    effects.into_iter().filter_map(take).collect()
}

fn ids(state: &AppState) -> Vec<u64> {
    state.jobs.iter().map(|job| job.id).collect()
}

#[test]
fn ten_grids_of_a_hundred_are_ten_jobs_with_an_end_in_sight() {
    let mut state = with_word();
    for _ in 0..10 {
        let effects = state.act(Action::DrawGrid(Grid::of_weights(10, 10)), &outside());
        assert_eq!(take(&mut state, effects).len(), 1);
    }
    assert!(state.notices.is_empty());
    let first = state.grid.clone().unwrap();
    assert_eq!((first.cells.len(), state.work_ahead().pictures), (100, 1000));
    assert_eq!(state.work_ahead().seconds, None, "nothing is known yet");
    let image = RgbImage::new(1024, 512);
    for index in 0..2 {
        let image = image.clone();
        state.apply(Event::Latents { job: 1, index, step: 5, steps: 5, image: RgbImage::new(8, 8) });
        state.apply(Event::Image { job: 1, index, seed: 0, image, path: Some("/pictures/1.png".into()) });
        state.apply(Event::Pace { job: 1, seconds: 2.0 });
    }
    let ahead = state.work_ahead();
    assert_eq!((ahead.jobs, ahead.pictures), (10, 998));
    assert!(ahead.seconds.is_some_and(|seconds| (seconds - 1998.0).abs() < 3.0), "{ahead:?}");
    // Of pictures with other steps, or of another model, nobody knows how long they take.
    let mut other = state.clone();
    other.model_path = Some("/larger".into());
    let effects = other.act(Action::DrawGrid(Grid::of_weights(2, 2)), &outside());
    assert_eq!((take(&mut other, effects).len(), other.work_ahead().seconds), (1, None));
    // Large ones are small in their cells, and the next grid is shown when its turn comes.
    let grid = state.grid.as_ref().unwrap();
    let path = Path::new("/pictures/1.png");
    assert_eq!((grid.id, grid.cells[1].as_deref()), (first.id, Some(path)));
    assert_eq!(state.thumbnails.get(path).map(|small| small.dimensions().0), Some(disk::message::THUMBNAIL));
    state.apply(Event::Failed { job: 1, message: String::new(), exit_code: 130 });
    state.apply(Event::Latents { job: 2, index: 0, step: 1, steps: 5, image: RgbImage::new(8, 8) });
    let next = state.grid.as_ref().unwrap();
    assert!(next.id != first.id && next.cells.iter().all(Option::is_none));
}

#[test]
fn what_waits_is_edited_at_once_and_follows_the_engine() {
    let mut state = with_word();
    for _ in 0..5 {
        let effects = state.act(Action::Command(UiCommand::Draw), &Outside { seen: None, ..outside() });
        state.page = Page::Compose;
        take(&mut state, effects);
    }
    let all = ids(&state);
    let [first, second, third, fourth] = all[..] else { panic!("{all:?}") };
    state.apply(Event::Loading { job: first, what: "U-Net".into(), fraction: 0.5 });
    let mut edit = |command: Command| {
        let effects = state.act(Action::Engine(command), &outside());
        assert!(matches!(effects.as_slice(), [Effect::Engine(_)]));
        (ids(&state), state.held)
    };
    // The running one gives no way, and stays until it has ended.
    assert_eq!(edit(Command::MoveUp(second)).0, [first, second, third, fourth]);
    assert_eq!(edit(Command::MoveUp(fourth)).0, [first, second, fourth, third]);
    assert_eq!(edit(Command::Stop(first)).0.len(), 4);
    assert_eq!(edit(Command::Stop(second)).0, [first, fourth, third]);
    assert_eq!(edit(Command::HoldQueue(true)), (vec![first, fourth, third], true));
    state.apply(Event::Queue { waiting: vec![third, fourth], held: false });
    assert_eq!((ids(&state), state.held), (vec![first, third, fourth], false));
    state.act(Action::Engine(Command::ClearQueue), &outside());
    assert_eq!(ids(&state), [first]);
}

#[test]
fn a_job_that_has_not_begun_is_not_paused_but_let_begin() {
    let mut state = AppState { held: true, ..AppState::default() };
    state.submitted(1, JobKind::Draw { count: 1 }, String::new());
    let outside = Outside { seen: Some(1), ..outside() };
    let effects = state.act(Action::Command(UiCommand::PauseResume), &outside);
    assert!(matches!(effects.as_slice(), [Effect::Engine(Command::HoldQueue(false))]), "{effects:?}");
    assert!(!state.held && state.act(Action::Command(UiCommand::PauseResume), &outside).is_empty());
}

#[test]
fn too_many_jobs_are_refused_with_what_to_do() {
    let mut state = with_word();
    for job in 1..=1000 {
        state.submitted(job, JobKind::Draw { count: 1 }, String::new());
    }
    assert!(state.act(Action::DrawGrid(Grid::of_weights(2, 2)), &outside()).is_empty());
    assert!(state.notices[0].text.contains("clear what waits"), "{}", state.notices[0].text);
}

#[test]
fn a_press_meant_for_a_job_that_has_ended_does_nothing_to_the_next() {
    let mut state = learning(3);
    state.submitted(2, JobKind::Draw { count: 2 }, "Drawing".into());
    let late = [UiCommand::Stop, UiCommand::PauseResume, UiCommand::Skip, UiCommand::PreviewNow];
    let told = |state: &mut AppState, seen| -> Vec<Effect> {
        let press =
            |command: &UiCommand| state.act(Action::Command(*command), &Outside { seen, ..outside() });
        late.iter().flat_map(press).collect()
    };
    assert_eq!(told(&mut state, Some(1)).len(), 4);
    state.apply(learned(None));
    state.apply(Event::Latents { job: 2, index: 0, step: 1, steps: 5, image: RgbImage::new(2, 2) });
    assert!(told(&mut state, Some(1)).is_empty());
    let effects = told(&mut state, Some(2));
    assert!(matches!(effects[0], Effect::Engine(Command::Stop(2))) && effects.len() == 4, "{effects:?}");
}

#[test]
fn what_a_lost_device_broke_off_is_gone_on_with() {
    let mut state = with_word();
    let grid = state.act(Action::DrawGrid(Grid::of_weights(2, 3)), &outside());
    let job = take(&mut state, grid)[0];
    let image = RgbImage::new(2, 2);
    for index in 0..4 {
        state.apply(Event::Image { job, index, seed: 0, image: image.clone(), path: None });
    }
    let lost = |job| Event::Failed { job, message: "The connection was lost.".into(), exit_code: 6 };
    state.apply(lost(job));
    state.apply(Event::Device { device: DeviceInfo::default() });
    assert!(state.jobs.is_empty() && state.broken_off.len() == 1);
    let effects = state.act(Action::Command(UiCommand::GoOn), &outside());
    let [Effect::Submit { command: Command::Grid { job: new, request }, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert!(*new != job && request.drawn == 4 && state.broken_off.is_empty());
    take(&mut state, effects.clone());
    // An engine that is gone takes all that waited with it.
    state.compose.settings.count = 3;
    state.compose.seed_locked = true;
    state.compose.settings.seed = 7;
    let draw = state.act(Action::Command(UiCommand::Draw), &outside());
    let draw = take(&mut state, draw)[0];
    state.apply(Event::Image { job: draw, index: 0, seed: 7, image, path: None });
    state.lose_engine();
    assert!(state.jobs.is_empty() && state.broken_off.len() == 2);
    assert!(state.act(Action::Command(UiCommand::GoOn), &outside()).is_empty(), "there is no engine");
    state.apply(Event::Device { device: DeviceInfo::default() });
    let effects = state.act(Action::Command(UiCommand::GoOn), &outside());
    let [_, Effect::Submit { command: Command::Generate { request, .. }, kind, .. }] = effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert_eq!((request.settings.seed, request.settings.count, kind.pictures()), (8, 2, 2));
}

#[test]
fn a_device_chosen_another_day_that_is_gone_gives_way_with_a_note() {
    let mut state = AppState { remembered: true, ..AppState::default() };
    let gone = || Event::Failed { job: 0, message: "This computer offers no vulkan:1.".into(), exit_code: 6 };
    let effects = state.apply(gone());
    assert!(matches!(effects.as_slice(), [Effect::StartEngine(DeviceChoice::Auto)]), "{effects:?}");
    assert!(state.notices[0].text.contains("vulkan:1") && state.engine_gone.is_none());
    // One that was asked for at the start is not replaced.
    assert!(state.apply(gone()).is_empty() && state.engine_gone.is_some());
    let choice: DeviceChoice = "vulkan:1".parse().unwrap();
    let effects = state.act(Action::UseDevice(choice), &outside());
    assert!(matches!(effects.as_slice(), [Effect::RememberDevice(one), Effect::StartEngine(two)]
            if *one == choice && *two == choice));
    state.apply(Event::Device { device: DeviceInfo::default() });
    let effects = state.act(Action::UseDevice(choice), &outside());
    assert!(matches!(effects.as_slice(), [Effect::RememberDevice(_), Effect::Engine(Command::UseDevice(_))]));
}

#[test]
fn another_machine_is_remembered_and_then_computed_on() {
    let mut state = AppState { device: Some(DeviceInfo::default()), ..AppState::default() };
    let machine: DeviceChoice = "remote:ws://studio:9234".parse().unwrap();
    let effects = state.act(Action::Connect { machine, token: "secret".into() }, &outside());
    assert!(matches!(effects.as_slice(), [Effect::Disk(Task::Machines(_))]), "{effects:?}");
    let known = vec![machine.to_string()];
    let effects = state.answer(Answer::Machines { known: known.clone(), ready: Some(machine.to_string()) });
    assert!(
        matches!(effects.as_slice(), [Effect::RememberDevice(one), Effect::Engine(Command::UseDevice(two))]
            if *one == machine && *two == machine),
        "{effects:?}"
    );
    assert_eq!((state.machines.as_ref(), state.connecting), (Some(&known), Some(machine)));
    state.apply(Event::Warning { job: 0, message: "studio:9234 does not let this program in.".into() });
    assert!(state.connecting.is_none() && state.notices[0].text.contains("does not let"));
    state.act(Action::UseDevice(machine), &outside());
    state.apply(Event::Device { device: DeviceInfo::default() });
    assert_eq!(state.connecting, None);
    // To be told of the machines changes nothing.
    assert!(state.answer(Answer::Machines { known: Vec::new(), ready: None }).is_empty());
}

/// What belongs to a window that knows nothing more.
pub(super) fn outside() -> Outside<'static> {
    Outside { home: &HOME, seed: 7, selected_word: None, seen: None }
}

/// A state in which everything is ready to learn and to draw.
pub(super) fn ready() -> AppState {
    let concept = Concept { word: "<cat>".into(), initial_word: "toy".into(), kind: ConceptKind::Object };
    let entries = vec![PictureEntry::new("/c/a.png".into())];
    let draft = Draft { folder: "/c".into(), concept, settings: LearnSettings::default(), entries };
    AppState { draft: Some(draft), model_path: Some("/m".into()), ..AppState::default() }
}

#[test]
fn learning_begins_once_and_says_what_stands_in_the_way() {
    let mut state = AppState::default();
    let learn = || Action::Command(UiCommand::Learn);
    assert!(state.act(learn(), &outside()).is_empty());
    assert!(state.notices[0].text.contains("no concept"));
    let mut state = ready();
    let effects = state.act(learn(), &outside());
    let [Effect::Learn { job: 1, model, draft }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((model.as_path(), draft.concept.word.as_str()), (Path::new("/m"), "<cat>"));
    // Nothing is listed before the engine has taken it, and the engine is told once the concept is on the disk.
    assert!(!state.learning() && state.page == Page::Concept);
    state.preparing = Some(1);
    assert!(state.act(learn(), &outside()).is_empty(), "once is enough");
    let (job, model, draft) = (1, model.clone(), draft.clone());
    let failed =
        Answer::RunReady { job, model: model.clone(), draft: draft.clone(), out: Err("full".into()) };
    assert!(state.answer(failed).is_empty() && state.preparing.is_none());
    assert_eq!(state.notices.last().unwrap().text, "full");
    let effects = state.answer(Answer::RunReady { job, model, draft, out: Ok("/runs/cat".into()) });
    let [Effect::Submit { command: Command::Learn { request, .. }, label, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((request.out.as_path(), label.as_str()), (Path::new("/runs/cat"), "Learning <cat>"));
    state.submitted(1, JobKind::Learn, "Learning <cat>".into());
    assert_eq!(state.page, Page::Learn);
    assert!(state.act(learn(), &outside()).is_empty());
    assert!(state.notices.iter().any(|notice| notice.text.contains("being learned already")));
}

#[test]
fn drawing_takes_a_new_seed_unless_it_is_held() {
    let mut state = ready();
    let draw = || Action::Command(UiCommand::Draw);
    assert!(state.act(draw(), &outside()).is_empty() && state.page == Page::Compose);
    state.compose.settings.prompt = "a tree".into();
    for (held, seed) in [(false, 7), (true, 3)] {
        (state.compose.seed_locked, state.compose.settings.seed) = (held, 3);
        let effects = state.act(draw(), &outside());
        let request = drawing_asked(&effects);
        assert_eq!((request.settings.seed, request.out.clone()), (seed, Some(HOME.pictures())));
    }
    // A variation is of the same picture: it takes a new seed to go towards.
    (state.compose.seed_locked, state.compose.settings.variation) = (false, 0.25);
    state.act(draw(), &outside());
    let settings = &state.compose.settings;
    assert_eq!((settings.seed, settings.variation_seed), (3, 7));
}

#[test]
fn words_that_chance_may_name_are_offered_with_a_drawing() {
    let mut state = ready();
    state.page = Page::Compose;
    state.answer(Answer::Words(vec![word("<cat>"), word("<dog>")]));
    for (prompt, words, offered) in [("a <cat>", 1, 0), ("a <cat>, __pet__", 1, 2)] {
        state.compose.settings.prompt = prompt.into();
        let effects = state.act(Action::Command(UiCommand::Draw), &outside());
        let request = effects.iter().find_map(|effect| match effect {
            Effect::Submit { command: Command::Generate { request, .. }, .. } => Some(request),
            _ => None,
        });
        let request = request.unwrap();
        assert_eq!((request.words.len(), request.offered.len()), (words, offered), "{prompt}");
    }
}

/// A state in which job 1 learns <cat-toy> on the model in use, in 8 bits, and has done 3 steps.
fn trying() -> AppState {
    let mut state = ready();
    state.submitted(1, JobKind::Learn, "Learning <cat-toy>".into());
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let settings = LearnSettings { weights: WeightFormat::EightBit, ..LearnSettings::default() };
    let (model, images, settings) = ("/m".into(), Vec::new(), Box::new(settings));
    let permission = Box::default();
    let start = LearnStart::New { model, images, concept, settings, permission };
    let request = Box::new(LearnRequest { out: run_info(0).out, start });
    state.keep_request(1, Command::Learn { job: 1, request });
    state.last_job = 1;
    let effects = state.apply(Event::LearnStarted { job: 1, run: run_info(0) });
    let counted =
        |effect: &Effect| matches!(effect, Effect::Disk(Task::Count { words, .. }) if words.len() == 1);
    assert!(effects.iter().any(counted), "{effects:?}");
    (1..=3).for_each(|step| _ = state.apply(Event::Step { job: 1, report: report(step) }));
    state
}

#[test]
fn the_word_under_way_is_drawn_at_once_on_the_model_that_learns() {
    let mut state = trying();
    // An older one of its name gives way.
    state.answer(Answer::Words(vec![word("<cat-toy>"), word("<dog>")]));
    let words: Vec<&Path> = state.fitting_words().map(|card| card.path.as_path()).collect();
    let file = Path::new("/runs/cat/cat-toy.safetensors");
    assert_eq!(words, [file, Path::new("/words/dog.safetensors")]);
    assert_eq!(state.under_way.as_ref().unwrap().standing(), "learning, step 3");

    state.compose.settings.prompt = "a dog".into();
    let act = |state: &mut AppState, command| state.act(Action::Command(command), &outside());
    act(&mut state, UiCommand::TryWord);
    assert_eq!((state.page, state.compose.settings.prompt.as_str()), (Page::Compose, "a photo of <cat-toy>"));
    let effects = act(&mut state, UiCommand::Draw);
    let [
        Effect::Submit { command: Command::Generate { request, .. }, .. },
        Effect::Engine(Command::Meanwhile(2)),
    ] = effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (request.words.as_slice(), request.settings.weights),
        ([file.to_owned()].as_slice(), WeightFormat::EightBit)
    );
    let effects = act(&mut state, UiCommand::GridOfWeights);
    assert!(matches!(effects.last(), Some(Effect::Engine(Command::Meanwhile(3)))), "{effects:?}");

    // What has nothing to do with the word waits, unless the run is held.
    state.compose.settings.prompt = "a tree".into();
    assert_eq!(act(&mut state, UiCommand::Draw).len(), 1);
    state.apply(Event::Paused { job: 1, reason: String::new() });
    assert_eq!(act(&mut state, UiCommand::Draw).len(), 2);
}

#[test]
fn a_drawing_within_a_run_leaves_its_figures_and_is_what_is_skipped() {
    let mut state = trying();
    let before = (state.running().unwrap().progress, state.running().unwrap().seconds_each);
    state.submitted(2, JobKind::Draw { count: 2 }, "Drawing".into());
    let latents = |job| Event::Latents { job, index: 0, step: 1, steps: 9, image: RgbImage::new(8, 8) };
    state.apply(latents(2));
    let run = state.running().unwrap();
    assert_eq!((run.id, (run.progress, run.seconds_each)), (1, before));
    assert!(run.doing.contains("waiting") && state.run.latent_preview.is_none());
    let seen = Outside { seen: Some(1), ..outside() };
    let effects = state.act(Action::Command(UiCommand::Skip), &seen);
    assert!(matches!(effects.as_slice(), [Effect::Engine(Command::Skip(2))]), "{effects:?}");
    state.apply(Event::Finished { job: 2, summary: JobSummary::Generated { count: 2, seconds: 9.0 } });
    assert_eq!(state.running().unwrap().doing, "learning");
    let effects = state.act(Action::Command(UiCommand::Skip), &seen);
    assert!(matches!(effects.as_slice(), [Effect::Engine(Command::Skip(1))]), "{effects:?}");

    state.apply(learned(None));
    assert!(state.under_way.is_none() && state.fitting_words().next().is_none());
    state.act(Action::Command(UiCommand::TryWord), &seen);
    assert!(state.notices.iter().any(|notice| notice.text.starts_with("No word is being learned")));
}

#[test]
fn a_grid_of_steps_writes_each_word_before_it_draws_with_it() {
    let mut state = ready();
    state.answer(Answer::Run(Box::new(details(10))));
    let grid = Grid::StepSeed { run: "/runs/cat".into(), steps: vec![5, 10], seeds: 2 };
    let effects = state.act(Action::DrawGrid(grid), &outside());
    let (request, kind) = grid_asked(&effects);
    assert_eq!(kind.pictures(), 4);
    for (row, step) in request.rows.iter().zip([5, 10]) {
        let save = row.save.as_ref().unwrap();
        assert_eq!((save.step, row.draw.words.last()), (Some(step), Some(&save.path)));
        assert_eq!((row.draw.settings.prompt.as_str(), row.draw.settings.count), ("a photo of <cat-toy>", 2));
    }
    assert_eq!(state.grid.as_ref().unwrap().cells.len(), 4);
}

#[test]
fn words_and_steps_are_drawn_side_by_side_from_the_same_seeds() {
    let mut state = ready();
    state.page = Page::Compare;
    state.answer(Answer::Run(Box::new(details(10))));
    // Another word of the same name as the run's is not meant.
    state.answer(Answer::Words(vec![word("<cat-toy>"), word("<dog>")]));
    let step = GridWord::Step { run: "/runs/cat".into(), step: 5 };
    let words =
        vec![step, GridWord::Library("/words/dog.safetensors".into()), GridWord::Library("/gone".into())];
    let prompts = ["a photo of {}", "{} on the moon"].map(str::to_owned).to_vec();
    let effects = state.act(Action::DrawGrid(Grid::WordsPrompts { words, prompts, seeds: 3 }), &outside());
    let (request, kind) = grid_asked(&effects);
    assert_eq!((kind.pictures(), state.page), (12, Page::Compare));
    let rows: Vec<_> =
        request.rows.iter().map(|row| (row.draw.settings.prompt.as_str(), &row.draw.words)).collect();
    assert_eq!(rows[1].0, "<cat-toy> on the moon");
    assert_eq!(rows[1].1, &[request.rows[1].save.as_ref().unwrap().path.clone()]);
    assert_eq!(rows[2], ("a photo of <dog>", &vec![PathBuf::from("/words/dog.safetensors")]));
    assert!(request.rows[2].save.is_none());
    assert_eq!(state.grid.as_ref().unwrap().rows[0], "<cat-toy> at step 5: a photo of <cat-toy>");
}

#[test]
fn likeness_is_shown_by_three_sentences_at_both_ends_and_in_the_middle() {
    let mut state = ready();
    state.answer(Answer::Run(Box::new(details(10))));
    let grid = Grid::LikenessSentence { run: "/runs/cat".into(), step: 10, kind: ConceptKind::Object };
    assert_eq!(grid.pictures(), 9);
    let effects = state.act(Action::DrawGrid(grid), &outside());
    let (request, kind) = grid_asked(&effects);
    assert_eq!((kind.pictures(), request.rows.len()), (9, 9));
    let taken = request.rows.iter().filter_map(|row| row.save.as_ref());
    let taken: Vec<_> = taken.map(|save| (save.step, save.likeness)).collect();
    assert_eq!(taken, [(Some(10), 0.0), (Some(10), 0.5), (Some(10), 1.0)]);
    for three in request.rows.chunks(3) {
        let path = &three[0].save.as_ref().unwrap().path;
        assert!(three.iter().all(|row| row.draw.words == [path.clone()] && row.draw.settings.count == 1));
        assert_eq!(three[1].draw.settings.prompt, "an oil painting of a <cat-toy>");
    }
    let shown = state.grid.as_ref().unwrap();
    assert_eq!((shown.cells.len(), shown.rows.len(), shown.columns.len()), (9, 3, 3));
}

#[test]
fn a_run_left_on_purpose_goes_on_once_everything_is_there() {
    let card = details(10).card;
    let named = AppState { interrupted: Some(card.folder.clone()), ..AppState::default() };
    let left = RunCard { left: true, ..card.clone() };
    for (mut state, first) in [(named, card.clone()), (AppState::default(), left.clone())] {
        let other = RunCard { folder: "/runs/dog".into(), ..left.clone() };
        assert!(state.answer(Answer::Runs(vec![first, other.clone()])).is_empty());
        let effects = state.apply(Event::Device { device: DeviceInfo::default() });
        let [
            Effect::Disk(Task::LeaveRun { run, left: false }),
            Effect::Disk(Task::OpenRun(_)),
            Effect::Submit { label, .. },
        ] = effects.as_slice()
        else {
            panic!("{effects:?}")
        };
        assert_eq!((label.as_str(), run), ("Learning <cat-toy>", &card.folder));
        assert!(state.interrupted.is_none());
        let again = state.answer(Answer::Runs(vec![other]));
        assert!(again.is_empty(), "another window's waits for the next start: {again:?}");
    }
}

#[test]
fn what_is_lost_by_closing_is_said_and_what_goes_on_is_kept() {
    assert_eq!(AppState::default().leaving(), None);
    // A new run is nowhere before it has begun.
    let mut state = AppState { preparing: Some(1), ..with_word() };
    assert!(state.leaving().is_some_and(|(_, text)| text.contains("has not begun")));
    let draft = Box::new(state.draft.clone().unwrap());
    let out = Ok("/runs/cat".into());
    let effects = state.answer(Answer::RunReady { job: 1, model: "/m".into(), draft, out });
    take(&mut state, effects);
    assert!(state.leaving().is_some_and(|(_, text)| text.contains("has not begun")));
    assert_eq!(state.left_run(), None);
    state.apply(Event::LearnStarted { job: 1, run: run_info(0) });
    assert!(state.leaving().is_some_and(|(_, text)| text.contains("it is saved")));
    assert_eq!(state.left_run(), Some(Path::new("/runs/cat")));
    // One that goes on is known before its model is loaded.
    let mut state = with_word();
    let asked = Box::default();
    let effects = state.act(Action::Continue { run: "/runs/cat".into(), asked }, &outside());
    take(&mut state, effects);
    assert_eq!(state.left_run(), Some(Path::new("/runs/cat")));
    assert!(state.leaving().is_some_and(|(_, text)| text.contains("goes on from where")));
    // Drawings are not kept.
    let mut state = with_word();
    let effects = state.act(Action::DrawGrid(Grid::of_weights(2, 3)), &outside());
    take(&mut state, effects);
    assert!(state.leaving().is_some_and(|(_, text)| text.starts_with("6 pictures wait")));
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
fn a_word_just_learned_goes_into_an_empty_prompt() {
    let mut state = learning(20);
    let effects = state.apply(learned(None));
    assert!(matches!(&effects[0], Effect::Disk(Task::AddWord { step: None, .. })), "{effects:?}");
    state.answer(Answer::Words(vec![word("<cat-toy>")]));
    assert_eq!(state.compose.settings.prompt, "a photo of <cat-toy>");
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
fn a_device_is_measured_once_at_a_time_and_what_that_brought_is_said() {
    let mut state = ready();
    let ask = |state: &mut AppState| state.act(Action::MeasureDevice, &outside());
    let effects = ask(&mut state);
    let [Effect::Submit { job, kind, label, command: Command::MeasureDevice { model, .. } }] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(Some(model), state.model_path.as_ref());
    state.submitted(*job, kind.clone(), label.clone());
    assert!(ask(&mut state).is_empty(), "it is being measured already");
    state.apply(Event::Progress { job: *job, what: "measuring this device".into(), done: 3, of: 9 });
    assert_eq!(state.jobs[0].progress, Some((3, 9)));
    assert_eq!(state.work_ahead().seconds, Some(0.0), "no picture waits for it");
    let summary =
        JobSummary::Measured { file: "/home/t.json".into(), operations: 9, changed: 4, seconds: [2.0, 1.5] };
    state.apply(Event::Finished { job: *job, summary });
    assert!(state.jobs.is_empty() && state.notices[0].text.contains("75 %"), "{:?}", state.notices);
    state.model_path = None;
    assert!(ask(&mut state).is_empty());
    assert!(state.notices[1].text.contains("no model to measure"), "{:?}", state.notices);
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
    let [Effect::Submit { job, kind, label, command: Command::Suggest { request, .. } }] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((&request.clip, &request.images), (&"/m/clip".into(), &vec![draft.folder.clone()]));
    state.submitted(*job, kind.clone(), label.clone());
    assert_eq!(state.page, Page::Concept, "one goes on with the concept meanwhile");
    let words = vec![Suggestion { word: "cat".into(), score: 0.3 }];
    state.apply(Event::Finished { job: *job, summary: JobSummary::Suggested { words } });
    assert_eq!(state.suggested, Some((draft.folder, vec!["cat".to_owned()])));
    assert!(state.jobs.is_empty());
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
