//! The program itself as a child process: its commands, what it refuses, and what is left after a kill.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at what it cannot set up")]

#[path = "../common/loopback.rs"]
mod loopback;
#[path = "../common/numbers.rs"]
mod numbers;
#[path = "../common/places.rs"]
mod places;
#[path = "../common/program.rs"]
mod program;
#[path = "../common/runs.rs"]
mod runs;
#[path = "../common/single_files.rs"]
mod single_files;

mod converting;
mod devices;
mod drawing;
mod each_write;
mod families;
mod fetching;
mod first_hour;
mod grids;
mod inverting;
mod judging;
mod kill;
mod learning;
mod lora;
mod meaning;
mod methods;
mod mixing;
mod packaging;
mod refusals;
mod remote;
mod respect;
mod starter;
mod storage;
mod wgpu_learn;
mod words;
