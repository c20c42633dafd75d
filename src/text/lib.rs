//! From prompts to token ids: the tokenizers of the text encoders and the placement of learned words.
//!
//! Pure text work on the processor: nothing here knows about vectors, models or devices.

mod bert;
mod bundled;
mod model;
mod placeholder;
mod steps;
mod tokenizer;
mod vocabulary;
mod weights;

pub use bundled::bundled_bert_vocabulary;
pub use model::Tokenizers;
pub use placeholder::expand_word;
pub use tokenizer::{TextTokenizer, Tokens};
pub use vocabulary::WINDOW;
pub use weights::{BRACKETS, Piece, WeightedTokens, literal, pieces};
