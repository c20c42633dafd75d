//! A run from its first step to its last, as the window follows it: its curve, its steps, its word under way, and what
//! becomes of it when the window is closed.

use super::*;

fn preview(step: u64, index: usize) -> Event {
    let path = PathBuf::from(format!("/runs/cat/previews/{step:06}_{index}.png"));
    Event::Preview { job: 1, step, prompt: "a photo".into(), image: RgbImage::new(2, 2), path }
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

#[test]
fn what_is_learned_again_is_not_shown_as_it_was_before() {
    let mut state = learning(20);
    for event in [preview(0, 0), preview(10, 0), preview(20, 0)] {
        state.apply(event);
    }
    state.run.best = Some(Best { step: 20, reason: String::new() });
    let steps = |state: &AppState| state.run.previews.iter().map(|shown| shown.step).collect::<Vec<_>>();
    state.apply(Event::Failed { job: 1, message: String::new(), exit_code: 1 });
    state.submitted(2, JobKind::Learn, "Learning <cat-toy>".into());
    state.apply(Event::LearnStarted { job: 2, run: run_info(10) });
    assert_eq!(steps(&state), [0, 10]);
    assert!(state.run.best.is_none() && state.run.last.is_none());
    // The disk has all of it, and may say so late.
    let lost = PreviewPicture { step: 20, index: 0, path: "/runs/cat/previews/000020_0.png".into() };
    state.run.rows.clear();
    state.answer(Answer::Run(Box::new(RunDetails { previews: vec![lost], ..details(20) })));
    assert_eq!((state.run.rows.last().map(|row| row.step), steps(&state)), (Some(10), vec![0, 10]));
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
fn learning_begins_once_and_says_what_stands_in_the_way() {
    let mut state = AppState::default();
    let learn = || Action::Command(UiCommand::Learn);
    assert!(state.act(learn(), &outside()).is_empty());
    assert!(state.notices[0].text.contains("no concept"));
    let mut state = ready();
    let effects = state.act(learn(), &outside());
    holds!([Effect::Learn { job: 1, model, draft }] = effects);
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
    holds!([Effect::Submit { command: Command::Learn { request, .. }, label, .. }] = effects);
    assert_eq!((request.out.as_path(), label.as_str()), (Path::new("/runs/cat"), "Learning <cat>"));
    state.submitted(1, JobKind::Learn, "Learning <cat>".into());
    assert_eq!(state.page, Page::Learn);
    assert!(state.act(learn(), &outside()).is_empty());
    assert!(state.notices.iter().any(|notice| notice.text.contains("being learned already")));
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
    holds!(
        [
            Effect::Submit { command: Command::Generate { request, .. }, .. },
            Effect::Engine(Command::Meanwhile(2))
        ] = effects
    );
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
fn a_run_left_on_purpose_goes_on_once_everything_is_there() {
    let card = details(10).card;
    let named = AppState { interrupted: Some(card.folder.clone()), ..AppState::default() };
    let left = RunCard { left: true, ..card.clone() };
    for (mut state, first) in [(named, card.clone()), (AppState::default(), left.clone())] {
        let other = RunCard { folder: "/runs/dog".into(), ..left.clone() };
        assert!(state.answer(Answer::Runs(vec![first, other.clone()])).is_empty());
        let effects = state.apply(Event::Device { device: DeviceInfo::default() });
        holds!(
            [
                Effect::Disk(Task::LeaveRun { run, left: false }),
                Effect::Disk(Task::OpenRun(_)),
                Effect::Submit { label, .. }
            ] = effects
        );
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
fn a_word_just_learned_goes_into_an_empty_prompt() {
    let mut state = learning(20);
    let effects = state.apply(learned(None));
    assert!(matches!(&effects[0], Effect::Disk(Task::AddWord { step: None, .. })), "{effects:?}");
    // A word of its name is there already: the new one gets a number, and the old one is not meant.
    let (old, new) = (word("<cat-toy>"), word("<cat-toy-2>"));
    state.answer(Answer::Words(vec![old.clone()]));
    let added = |run: &str, card: &WordCard| Answer::Added { run: run.into(), path: card.path.clone() };
    state.answer(added("/runs/dog", &old));
    state.answer(Answer::Words(vec![old.clone()]));
    assert_eq!(state.compose.settings.prompt, "", "that one was put in by hand");
    state.answer(added("/runs/cat", &new));
    state.answer(Answer::Words(vec![old, new]));
    assert_eq!(state.compose.settings.prompt, "a photo of <cat-toy-2>");
}
