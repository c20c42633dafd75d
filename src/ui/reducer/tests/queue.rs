//! Jobs that wait, run, break off and are gone on with, and the device that does them.

use super::*;

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
fn what_is_done_between_pictures_moves_no_bar_and_leaves_the_time() {
    let mut state = AppState::default();
    state.submitted(1, JobKind::Edit { folder: "/e".into(), step: 0, count: 4 }, String::new());
    state.apply(Event::Latents { job: 1, index: 0, step: 25, steps: 25, image: RgbImage::new(8, 8) });
    state.apply(Event::Progress { job: 1, what: "fitting the background".into(), done: 75, of: 75 });
    assert_eq!(state.jobs[0].progress, Some((25, 100)));
    assert!(state.jobs[0].doing.contains("75 of 75"), "{}", state.jobs[0].doing);
    let (image, path) = (RgbImage::new(8, 8), Some("/e/1.png".into()));
    state.apply(Event::Image { job: 1, index: 0, seed: 1, image, path });
    state.apply(Event::Pace { job: 1, seconds: 50.0 });
    state.apply(Event::Loading { job: 1, what: "U-Net".into(), fraction: 0.5 });
    assert!((state.jobs[0].seconds_left().unwrap() - 150.0).abs() < 1e-9, "three pictures are left");
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
fn a_hold_ends_with_the_last_of_what_it_holds() {
    let mut state = AppState::default();
    for job in [1, 2] {
        state.submitted(job, JobKind::Draw { count: 1 }, String::new());
    }
    state.apply(Event::Loading { job: 1, what: "U-Net".into(), fraction: 0.5 });
    state.act(Action::Engine(Command::HoldQueue(true)), &outside());
    let ended = Event::Failed { job: 1, message: String::new(), exit_code: 130 };
    assert!(state.apply(ended).is_empty() && state.held, "another is held");
    let effects = state.act(Action::Engine(Command::Stop(2)), &outside());
    holds!([Effect::Engine(Command::Stop(2)), Effect::Engine(Command::HoldQueue(false))] = effects);
    assert!(!state.held);
    // What the engine said before it heard of that.
    let effects = state.apply(Event::Queue { waiting: Vec::new(), held: true });
    assert!(matches!(effects.as_slice(), [Effect::Engine(Command::HoldQueue(false))]), "{effects:?}");
}

#[test]
fn too_many_jobs_are_refused_with_what_to_do() {
    let mut state = with_word();
    for job in 1..=1000 {
        state.submitted(job, JobKind::Draw { count: 1 }, String::new());
    }
    assert!(state.act(Action::DrawGrid(Grid::of_weights(2, 2)), &outside()).is_empty());
    assert!(state.notices[0].text.contains("clear what waits"), "{}", state.notices[0].text);
    assert!(state.grid.is_none(), "what is not asked for is not shown");
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
    holds!([Effect::Submit { command: Command::Grid { job: new, request }, .. }] = effects);
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
    holds!([_, Effect::Submit { command: Command::Generate { request, .. }, kind, .. }] = effects);
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
    // An engine that is gone connects to nothing.
    state.act(Action::UseDevice(machine), &outside());
    assert_eq!(state.connecting, Some(machine));
    state.lose_engine();
    assert_eq!(state.connecting, None);
    // To be told of the machines changes nothing.
    assert!(state.answer(Answer::Machines { known: Vec::new(), ready: None }).is_empty());
}

#[test]
fn a_device_is_measured_once_at_a_time_and_what_that_brought_is_said() {
    let mut state = ready();
    let ask = |state: &mut AppState| state.act(Action::MeasureDevice, &outside());
    let effects = ask(&mut state);
    holds!([Effect::Submit { job, kind, label, command: Command::MeasureDevice { model, .. } }] = effects);
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
