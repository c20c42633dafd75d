//! Models that are opened: what is none gives way to the one before, and is told once.

use super::*;

/// What the disk says of a model.
fn read(path: &str, fault: Option<&str>) -> Answer {
    let (path, fault) = (path.into(), fault.map(str::to_owned));
    Answer::Model(Box::new(ModelCard { path, fault, ..ModelCard::default() }))
}

/// Whether a tokenizer is asked.
fn asks(effects: &[Effect]) -> bool {
    let asks = |effect: &Effect| matches!(effect, Effect::Disk(Task::Tokens { .. } | Task::Count { .. }));
    effects.iter().any(asks)
}

fn open(state: &mut AppState, path: &str) -> Vec<Effect> {
    state.act(Action::UseModel(path.into()), &outside())
}

fn in_use(state: &AppState) -> Option<&str> {
    state.model_path.as_ref()?.to_str()
}

#[test]
fn a_file_that_is_no_model_gives_way_to_the_model_before() {
    let mut state = ready();
    state.answer(read("/m", None));
    let effects = open(&mut state, "/page.safetensors");
    assert!(!asks(&effects), "nobody knows yet what it is: {effects:?}");
    let effects = state.answer(read("/page.safetensors", Some("It is no model.")));
    assert_eq!((in_use(&state), state.known_models.len(), state.models.len()), (Some("/m"), 0, 1));
    assert!(asks(&effects), "with the model before: {effects:?}");
    let said: Vec<_> = state.notices.iter().map(|notice| (notice.text.as_str(), notice.times)).collect();
    assert_eq!(said, [("It is no model.", 1)]);
    // Of several in a row none is gone back to.
    for path in ["/a", "/b"] {
        open(&mut state, path);
    }
    for path in ["/a", "/b"] {
        state.answer(read(path, Some("It is none either.")));
    }
    assert_eq!((in_use(&state), state.known_models.len()), (Some("/m"), 0));
}

#[test]
fn a_model_that_was_used_before_stays_with_its_fault_and_nobody_counts_by_it() {
    let mut state = ready();
    open(&mut state, "/sd");
    let effects = state.answer(read("/sd", None));
    assert!(asks(&effects), "{effects:?}");
    assert_eq!((in_use(&state), state.known_models.len()), (Some("/sd"), 1));
    let effects = state.answer(read("/sd", Some("It is gone.")));
    assert!(!asks(&effects) && state.notices.is_empty(), "{effects:?}");
    assert_eq!(in_use(&state), Some("/sd"));
    assert!(state.model_obstacle().is_some());
}

#[test]
fn a_starter_that_could_not_be_unpacked_is_not_waited_for() {
    let mut state = AppState::default();
    assert!(state.model_obstacle().unwrap().contains("still being unpacked"));
    state.answer(Answer::Missed(Missed::Starter));
    assert!(state.model_obstacle().unwrap().contains("could not be unpacked"));
    open(&mut state, "/m");
    assert_eq!(state.model_obstacle(), None);
}
