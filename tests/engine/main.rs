//! The engine and everything below it, against numbers and files that others wrote.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at what it cannot set up")]

#[path = "../common/numbers.rs"]
mod numbers;
#[path = "../common/places.rs"]
mod places;
#[path = "../common/runs.rs"]
mod runs;
#[path = "../common/single_files.rs"]
mod single_files;

mod architecture;
mod attention;
mod compare;
mod embedding_layouts;
mod golden;
mod golden_clip;
mod golden_embeddings;
mod golden_image;
mod golden_inversion;
mod golden_lora;
mod golden_methods;
mod golden_schedule;
mod golden_text;
mod hostile;
mod jobs;
mod meanwhile;
mod not_finite;
mod precision;
mod queue;
mod refinements;
mod single_file;
mod tool_made;
mod wgpu_golden;
