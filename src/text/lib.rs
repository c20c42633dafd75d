//! From prompts to token ids: what a prompt says ([`prompt`]), the tokenizers of the text encoders, and the placement of
//! learned words.
//!
//! Pure text work on the CPU: nothing here knows about vectors, models or devices.

mod bert;
mod bundled;
mod common_words;
pub mod grid;
mod model_tokenizers;
mod placeholder;
pub mod prompt;
mod steps;
mod tokenizer;
mod tokens;
mod vocabulary;
pub mod wildcards;

pub use bundled::is_ordinary;
pub use model_tokenizers::Tokenizers;
pub use placeholder::{expand, placeholder};
pub use tokenizer::TextTokenizer;
pub use tokens::{Tokens, Window, Windows};
