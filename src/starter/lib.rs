//! The little world the starter model is trained on: a renderer of toy scenes and the sentences that describe
//! them.
//!
//! Everything is drawn by formula from plain data and random numbers keyed by a seed, so that anyone can draw
//! the same pictures again. Nothing here knows a network.

mod accessory;
mod background;
mod layer;
mod paint;
mod shapes;
mod style;
mod things;

pub mod bundle;
pub mod caption;
pub mod geometry;
pub mod individuals;
pub mod render;
pub mod samples;
pub mod scene;
pub mod training;
pub mod world;

pub use caption::{Caption, caption, fused_caption, vocabulary};
pub use individuals::Individual;
pub use render::{Picture, Renderer, render};
pub use samples::{SAMPLES, Sample, draw_held_out};
pub use scene::{Accessory, Background, Colour, Kind, Look, Pattern, Scene, Style, Thing};
pub use training::TrainingSet;
pub use world::World;
