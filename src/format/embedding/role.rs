//! Which of two words that were learned together a file holds: the one for prompts, or the one for negative prompts.
//!
//! Only what a file says of itself; the many negative words of other programs say nothing.

use std::collections::BTreeMap;

use super::word::LearnedWord;

const ROLE: &str = "pseudoword.role";
const PARTNER: &str = "pseudoword.partner";
const POSITIVE: &str = "positive";
const NEGATIVE: &str = "negative";

/// Says in a file's metadata that its word is for negative prompts, or is not, and what the other one is called.
pub fn write(metadata: &mut BTreeMap<String, String>, negative: bool, partner: &str) {
    metadata.insert(ROLE.into(), if negative { NEGATIVE } else { POSITIVE }.into());
    metadata.insert(PARTNER.into(), partner.into());
}

/// Says in a file's metadata that its word is for negative prompts, or no longer says so. What the other one is called
/// that it was learned with stays.
pub fn mark(metadata: &mut BTreeMap<String, String>, negative: bool) {
    match negative {
        true => _ = metadata.insert(ROLE.into(), NEGATIVE.into()),
        false => _ = metadata.remove(ROLE),
    }
}

impl LearnedWord {
    /// Whether it was learned for negative prompts.
    pub fn is_negative(&self) -> bool {
        self.metadata.get(ROLE).is_some_and(|role| role == NEGATIVE)
    }

    /// What the word is called that it was learned together with.
    pub fn partner(&self) -> Option<&str> {
        self.metadata.get(PARTNER).map(String::as_str)
    }
}
