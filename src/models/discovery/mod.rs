//! Finding the models and words that are on this computer already, in the folders of other programs and in those
//! the artist names.
//!
//! Where to look is a function of an [`Environment`] alone, so that the rules of every system are tested on any.
//! Of models only names and headers are read, and of words no more than they hold; nothing is copied, nothing is
//! written, not even beside another program's database, and every walk has an end.

mod environment;
mod installs;
mod places;
mod programs;
mod recognise;
mod search;
mod watch;

pub use environment::{Environment, Os};
pub use format::embedding::LARGEST_WORD;
pub use installs::places;
pub use places::{Holds, Origin, Place, Places};
pub use recognise::{Found, Kind, recognise};
pub use search::{Limits, SearchProgress, SearchSummary, Step, search};
pub use watch::WatchedFolders;

#[cfg(test)]
mod tests;
