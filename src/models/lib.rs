//! Where models come from: those that other programs keep on this computer, and those that can be downloaded; and which
//! files a picture means. The only floor that knows a network; nothing here opens a model.

pub mod discovery;
pub mod download;
pub mod named_files;
