//! Prompts read, written, completed and weighted, in several scripts. Here is what the tests share.

mod printing;
mod reading;
mod writing;

use super::*;
use project::Emphasis;

/// What is said at the first step, with A1111's weights.
fn said(prompt: &str, words: &WordNames) -> Vec<Piece> {
    Prompt::parse(prompt, words).pieces(0, Moment::FIRST, Emphasis::Automatic1111, &[])
}

/// The pieces, with weights rounded to twelve digits.
fn parsed(prompt: &str) -> Vec<(String, f64)> {
    let round = |weight: f64| (weight * 1e12).round() / 1e12;
    let pieces = said(prompt, &WordNames::default());
    pieces.into_iter().map(|piece| (piece.text, round(piece.weight))).collect()
}

fn check(prompt: &str, expected: &[(&str, f64)]) {
    let expected: Vec<(String, f64)> =
        expected.iter().map(|(text, weight)| ((*text).to_owned(), *weight)).collect();
    assert_eq!(parsed(prompt), expected, "{prompt}");
}

const LESS: f64 = 0.909090909091;

fn named(known: &[&str]) -> WordNames {
    WordNames::new(known.iter().map(|name| [name]))
}

fn kinds<'a>(text: &'a str, known: &[&str]) -> Vec<(&'a str, SpanKind)> {
    Prompt::parse(text, &named(known)).spans().into_iter().map(|(span, kind)| (&text[span], kind)).collect()
}
