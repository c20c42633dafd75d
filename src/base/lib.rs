//! What every floor stands on, each once: the one error type, whose every variant is a sentence for a person; writing
//! a file whole or not at all, whether there is a place for it, and keeping one that is damaged; folders that one process
//! works in; the wish that the program should end; a panic that becomes an error; reading text and JSON that others wrote,
//! and naming what is none of ours; the units that people read, and the paths that scripts read. It knows nothing of pictures, words or models.

pub mod as_text;
pub mod aside;
pub mod atomic;
mod caught;
mod claim;
mod error;
pub mod json;
pub mod places;
pub mod signals;
pub mod stranger;
pub mod system;
pub mod text_file;
pub mod units;
mod with_defaults;

pub use caught::{caught, log_caught};
pub use claim::{Claim, alone};
pub use error::{Error, FileKind, Result};
