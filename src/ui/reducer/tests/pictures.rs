//! Pictures on their way to the gallery and to their cells, and how few of them stay in memory.

use super::*;

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
    // Drawn anew under its name, as in a run that took the place of one that is gone, it is another picture.
    let (prompt, image) = ("a".into(), RgbImage::new(512, 512));
    state.apply(Event::Preview { job: 1, step: 1, prompt, image, path: path.clone() });
    assert!(state.full(&path).is_none() && state.thumbnails.get(&path).unwrap().height() == 256);
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
    holds!([Effect::Disk(Task::Thumbnails(asked))] = effects);
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
fn a_picture_takes_the_place_of_a_grid_and_a_grid_of_which_nothing_is_drawn_goes() {
    let mut state = with_word();
    let grid = |state: &mut AppState| {
        let effects = state.act(Action::DrawGrid(Grid::of_weights(2, 2)), &outside());
        let job = take(state, effects)[0];
        (job, state.grid.as_ref().unwrap().id)
    };
    let drawn = |job, path: &str| {
        let (image, path) = (RgbImage::new(2, 2), Some(path.into()));
        Event::Image { job, index: 0, seed: 1, image, path }
    };
    let stopped = |job| Event::Failed { job, message: String::new(), exit_code: 130 };
    let (job, id) = grid(&mut state);
    state.apply(Event::Loading { job, what: "U-Net".into(), fraction: 0.5 });
    assert_eq!(state.came, Came::Grid(id));
    state.apply(stopped(job));
    assert!(state.grid.is_none());
    let (job, _) = grid(&mut state);
    state.act(Action::Engine(Command::Stop(job)), &outside());
    assert!(state.grid.is_none(), "it waited");
    let (job, id) = grid(&mut state);
    state.apply(drawn(job, "/pictures/1.png"));
    state.apply(stopped(job));
    assert_eq!(state.grid.as_ref().map(|grid| grid.id), Some(id), "there is something to see");
    state.submitted(99, JobKind::Draw { count: 2 }, String::new());
    state.apply(drawn(99, "/pictures/2.png"));
    let first = state.came;
    state.apply(drawn(99, "/pictures/3.png"));
    assert!(matches!((first, state.came), (Came::Picture(first), Came::Picture(next)) if first != next));
}

#[test]
fn a_picture_that_was_chosen_stays_while_others_are_drawn_until_they_are_watched() {
    let mut state = AppState { page: Page::Compose, ..AppState::default() };
    let latents = |job| Event::Latents { job, index: 0, step: 1, steps: 9, image: RgbImage::new(2, 2) };
    let drawn = |job, path: &str| {
        let (image, path) = (RgbImage::new(2, 2), Some(path.into()));
        Event::Image { job, index: 0, seed: 1, image, path }
    };
    let shown = |state: &AppState| state.shown.as_ref().map(|shown| shown.path.display().to_string());
    let look = |state: &mut AppState| {
        let (path, picture) = (PathBuf::from("/pictures/old.png"), Arc::new(RgbImage::new(2, 2)));
        state.act(Action::Disk(Task::OpenPicture(path.clone())), &outside());
        state.answer(Answer::Picture(Box::new(DrawnPicture { path, picture, info: None })));
    };
    state.submitted(1, JobKind::Draw { count: 9 }, String::new());
    state.apply(latents(1));
    look(&mut state);
    let came = state.came;
    state.apply(drawn(1, "/pictures/1.png"));
    assert_eq!((shown(&state).as_deref(), state.came), (Some("/pictures/old.png"), came));
    assert_eq!(state.gallery.len(), 1, "it waits in the strip");
    state.act(Action::WatchDrawing, &outside());
    state.apply(drawn(1, "/pictures/2.png"));
    assert_eq!(shown(&state).as_deref(), Some("/pictures/2.png"));
    // The next drawing is watched from its beginning.
    look(&mut state);
    state.submitted(2, JobKind::Draw { count: 1 }, String::new());
    state.apply(drawn(1, "/pictures/3.png"));
    assert_eq!(shown(&state).as_deref(), Some("/pictures/old.png"));
    state.apply(latents(2));
    state.apply(drawn(2, "/pictures/4.png"));
    assert_eq!(shown(&state).as_deref(), Some("/pictures/4.png"));
    // Where nothing is drawn nothing has to wait, and other rooms look at pictures of their own.
    look(&mut state);
    for job in [1, 2] {
        assert!(state.aside);
        let summary = JobSummary::Generated { count: 1, seconds: 1.0 };
        state.apply(Event::Finished { job, summary });
    }
    assert!(!state.aside);
    state.submitted(3, JobKind::Draw { count: 1 }, String::new());
    state.apply(latents(3));
    state.page = Page::Gallery;
    look(&mut state);
    assert!(!state.aside);
}

#[test]
fn what_becomes_known_of_another_picture_takes_nothing_from_the_one_that_is_shown() {
    let mut state = AppState::default();
    let names = |state: &mut AppState, picture: &str| {
        state.answer(Answer::NamedFiles(picture.into(), Vec::new()));
    };
    for path in ["/1.png", "/2.png"] {
        let picture = Arc::new(RgbImage::new(1, 1));
        state.answer(Answer::Picture(Box::new(DrawnPicture { path: path.into(), picture, info: None })));
        names(&mut state, path);
    }
    // The hash of a model, once it is computed.
    names(&mut state, "/1.png");
    assert_eq!(state.named_files.map(|(of, _)| of), Some("/2.png".into()));
}
