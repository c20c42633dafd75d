//! The window, driven by its accessible names and looked at.

#[path = "../common/places.rs"]
mod places;

mod families;
mod frames;
mod looks;
mod pages;
mod shaders;
mod stage;
