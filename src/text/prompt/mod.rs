//! The text of a prompt: read, weighted, put together and completed.
//!
//! There is one reading of it ([`Prompt`]), which the tokenizer, the colours of the field and every edit share, so what a
//! person sees is what the encoder gets. Text goes in and text comes out; what a model makes of it is not asked here.

mod compose;
mod edit;
mod naming;
mod parse;
mod print;
mod remarks;
mod scan;
mod schedule;
#[cfg(test)]
mod tests;
mod words;

pub use compose::{Completion, PromptParts, completion, compose, mentioned, recompose, shortened};
pub use edit::adjust_weight;
pub use naming::{name_words, numbered, prompt_name};
pub use parse::{Mention, Prompt, SpanKind};
pub use print::Outline;
pub use remarks::Remark;
pub use schedule::{Moment, Piece};
pub use words::WordNames;
