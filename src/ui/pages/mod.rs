//! The pages and what surrounds them. Each shows the state and reports what the person wants; none changes anything.

pub mod about;
pub mod advanced;
pub mod bars;
pub mod compose;
pub mod concept;
pub mod guide;
pub mod learn;
pub mod library;
pub mod models;
pub mod palette;
