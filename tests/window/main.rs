//! The window, driven by its accessible names and looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at what it cannot set up")]

/// That of the program, so that what is measured here is true of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[path = "../common/places.rs"]
mod places;
#[path = "../common/single_files.rs"]
mod single_files;

mod compare;
mod compare_jobs;
mod compose;
mod concept;
mod edit;
mod families;
mod fields;
mod frames;
mod gallery;
mod gallery_page;
mod learning;
mod library;
mod looks;
mod pages;
mod rights;
mod shaders;
mod soak;
mod stage;
mod tree;
