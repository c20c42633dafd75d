//! The eight pages, and the knobs of learning that one of them holds. Each shows the state and reports what the person
//! wants; none changes anything.

pub mod advanced;
pub mod compare;
pub mod compose;
pub mod concept;
pub mod edit;
pub mod gallery;
pub mod learn;
pub mod library;
pub mod models;
