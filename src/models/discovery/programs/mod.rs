//! What is known of each program: how to recognise it and where it keeps models and words.
//!
//! Each file adds places and notes; none reads a model.

pub(super) mod comfy;
pub(super) mod hugging_face;
pub(super) mod invoke;
pub(super) mod matrix;
pub(super) mod webui;
