//! The paper's own method (section 4): one word, as many vectors as asked for, every sentence alike.

use super::Method;

/// One word and nothing beside it.
#[derive(Debug)]
pub(super) struct Single;

impl Method for Single {}
