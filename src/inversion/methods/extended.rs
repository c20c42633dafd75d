//! Extended latent space ("2-word" and "3-word" in figure 10): several vectors from the first step on, each of which begins
//! as the initial word.
//!
//! It is what more vectors are without a method too; here there are two at least, whatever the initial word.

use super::Method;
use project::settings::MAX_VECTORS;

/// Two vectors or more.
#[derive(Debug)]
pub(super) struct Extended;

impl Method for Extended {
    fn vectors(&self, asked: Option<usize>, tokens: usize) -> usize {
        asked.unwrap_or(tokens).clamp(2, MAX_VECTORS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_at_least() {
        let count = |asked, tokens| Extended.vectors(asked, tokens);
        assert_eq!([count(None, 1), count(Some(1), 3), count(Some(3), 1), count(None, 99)], [2, 2, 3, 16]);
    }
}
