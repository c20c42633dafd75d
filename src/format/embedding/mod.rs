//! Learned words as files: one entry for reading, one for writing, one file of code per container.
//!
//! A file is recognised by what it contains, never by its name. Nothing in a file is ever run, and what is no
//! word, or only half of one, is refused with a sentence that says what it is.

mod card;
mod describe;
mod entries;
mod layout;
mod pickled;
mod pixels;
mod provenance;
mod reading;
mod receipt;
pub mod recipe;
mod refusal;
pub mod rights;
pub mod role;
mod safetensors;
mod sdxl_pair;
mod signature;
mod word;
mod writing;

pub use layout::{EmbeddingFormat, Reader, Reads};
pub use pixels::encode as encode_pixels;
pub use provenance::{Provenance, common};
pub use reading::{LARGEST_WORD, read, read_all, read_bytes, read_hashed, read_named, read_picture};
pub use receipt::{PictureReceipt, Receipt, receipt_file, write_receipt};
pub use signature::{Key, Signed};
pub use word::{LearnedWord, MAX_VECTORS, NAMES, SecondVectors};
pub use writing::{files, files_of, write, write_card};

#[cfg(test)]
mod tests;
