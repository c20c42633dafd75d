//! The queue, the end of a loading and a lost device, through the engine's messages.
//!
//! A slow disk and a lost device are played by the function that the engine calls after every event: it sleeps, or
//! panics as burn does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::runs::*;
use engine::Engine;
use engine::message::{Command, DeviceChoice, Event, GenerateRequest, GridRequest, GridRow, MOST_WAITING};
use project::{GenerateSettings, SamplerKind};

/// A grid of ten rows and ten columns.
fn grid(job: u64) -> Command {
    let settings = GenerateSettings {
        prompt: "a photo of a cat".into(),
        steps: 1,
        count: 10,
        sampler: SamplerKind::Ddim,
        ..GenerateSettings::default()
    };
    let draw = GenerateRequest::of(model(), Vec::new(), settings);
    let rows = vec![GridRow { save: None, draw }; 10];
    Command::Grid { job, request: Box::new(GridRequest { rows, drawn: 0, sheet: None }) }
}

#[test]
fn ten_grids_in_a_row_wait_and_can_be_edited() {
    let mut engine = Watched::start();
    (1..=10).for_each(|job| engine.send(grid(job)));
    engine.until(|event| matches!(event, Event::Image { job: 1, index: 12, .. }));
    for command in [Command::MoveUp(4), Command::MoveUp(4), Command::Stop(7), Command::HoldQueue(true)] {
        engine.send(command);
    }
    engine.until(|event| matches!(event, Event::Failed { job: 7, exit_code: 130, .. }));
    let events = engine.until(|event| matches!(event, Event::Queue { held: true, .. }));
    let Some(Event::Queue { waiting, .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(*waiting, [4, 2, 3, 5, 6, 8, 9, 10]);
    engine.send(Command::Stop(1));
    engine.until_end(1);
    engine.send(Command::HoldQueue(false));
    let events = engine.until(|event| matches!(event, Event::Image { .. }));
    assert!(matches!(events.last(), Some(Event::Image { job: 4, index: 0, .. })), "{events:?}");
    engine.send(Command::ClearQueue);
    for cleared in [2, 3, 5, 6, 8, 9, 10] {
        engine.until(|event| matches!(event, Event::Failed { job, exit_code: 130, .. } if *job == cleared));
    }
    engine.until(|event| matches!(event, Event::Queue { waiting, .. } if waiting.is_empty()));
    let events = engine.until_end(4);
    let last = events.iter().rev().find_map(|event| match event {
        Event::Image { index, .. } => Some(*index),
        _ => None,
    });
    assert_eq!(last, Some(99));
}

#[test]
fn what_is_too_much_is_a_sentence_with_what_to_do() {
    let engine = Watched::start();
    let refused: Vec<String> = (1..=3000)
        .filter_map(|job| engine.try_send(grid(job)).err().map(|error| error.to_string()))
        .collect();
    assert!(!refused.is_empty() && refused.len() < 3000 - MOST_WAITING, "{}", refused.len());
    assert!(refused.iter().all(|text| text.ends_with('.') && !text.contains("report")), "{}", refused[0]);
}

#[test]
fn loading_ends_at_once_when_it_is_stopped_or_the_engine_is_closed() {
    // Some hundred events of 20 ms each: the whole would take two seconds.
    let slow =
        || Engine::start(DeviceChoice::Cpu, Box::new(|| std::thread::sleep(Duration::from_millis(20))));
    let loading = |engine: &Engine| {
        engine.send(grid(1)).unwrap();
        engine
            .events()
            .iter()
            .find(|event| matches!(event, Event::Loading { fraction, .. } if *fraction > 0.0));
    };
    let engine = slow().unwrap();
    loading(&engine);
    let began = Instant::now();
    engine.send(Command::Stop(1)).unwrap();
    let ended = engine.events().iter().find(|event| matches!(event, Event::Failed { .. }));
    assert!(matches!(ended, Some(Event::Failed { job: 1, exit_code: 130, .. })), "{ended:?}");
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());

    loading(&engine);
    let began = Instant::now();
    drop(engine);
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
}

#[test]
fn after_a_lost_device_the_next_job_runs_on_one_opened_anew() {
    static TORN: AtomicBool = AtomicBool::new(false);
    let tear = || assert!(!TORN.swap(false, Ordering::Relaxed), "Device lost: torn by the test");
    let engine = Engine::start(DeviceChoice::Cpu, Box::new(tear)).unwrap();
    engine.send(grid(1)).unwrap();
    let until = |last: &dyn Fn(&Event) -> bool| engine.events().iter().find(|event| last(event)).unwrap();
    until(&|event| matches!(event, Event::Image { job: 1, index: 3, .. }));
    engine.send(grid(2)).unwrap();
    TORN.store(true, Ordering::Relaxed);
    let Event::Failed { job: 1, message, exit_code: 6 } =
        until(&|event| matches!(event, Event::Failed { .. }))
    else {
        panic!("job 1 did not break off")
    };
    assert!(message.contains("connection to the device was lost"), "{message}");
    assert!(matches!(until(&|_| true), Event::Device { .. }), "the device was not opened anew");
    until(&|event| matches!(event, Event::Finished { job: 2, .. }));
}

#[test]
fn another_device_is_used_from_the_next_job_on_and_only_if_it_is_there() {
    let mut engine = Watched::start();
    engine.send(grid(1));
    engine.until(|event| matches!(event, Event::Image { job: 1, index: 1, .. }));
    engine.send(Command::UseDevice("metal:9".parse().unwrap()));
    engine.send(Command::UseDevice(DeviceChoice::Cpu));
    engine.send(Command::Stop(1));
    engine.until_end(1);
    assert!(matches!(engine.next(), Event::Device { device } if device.choice == DeviceChoice::Cpu));
    engine.send(Command::UseDevice("metal:9".parse().unwrap()));
    engine.send(grid(2));
    let Event::Warning { message, .. } = engine.next() else { panic!("nothing was said") };
    assert!(message.contains("metal:9") && message.ends_with("goes on being used."), "{message}");
    engine.until(|event| matches!(event, Event::Image { job: 2, .. }));
}
