//! Prompts of all that the grammar cares for, printed and read again, and weighted at any place.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};

use super::*;

const KNOWN: [&str; 3] = ["toy(1)", "<b>", "<b>-a"];

/// Prompts made of what the grammar cares for.
fn prompts() -> impl Strategy<Value = String> {
    let parts = [
        "a",
        "b ",
        "é",
        "<",
        "<b>",
        "toy(1)",
        "(",
        ")",
        "[",
        "]",
        "(",
        ")",
        ":",
        ":1.2)",
        "2",
        ".5",
        "\\",
        "|",
        ":2]",
        ":.5]",
        "BREAK",
        " AND ",
        " ",
        "<lora:x:1>",
    ];
    proptest::collection::vec(select(parts.to_vec()), 0..14).prop_map(|parts| parts.concat())
}

fn config() -> Config {
    Config { cases: 2000, failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..Config::default() }
}

#[test]
fn spaces_around_a_number_stay_where_they_keep_a_word_apart() {
    for text in ["<[b: 3 ][:0.8>", "<(b: 1.30 )x>", "[a: 2.]"] {
        let prompt = Prompt::parse(text, &named(&KNOWN));
        let printed = prompt.to_string();
        assert_eq!(Prompt::parse(&printed, &named(&KNOWN)).outline(), prompt.outline(), "{printed}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_printed_is_read_the_same(text in prompts()) {
        let prompt = Prompt::parse(&text, &named(&KNOWN));
        let printed = prompt.to_string();
        prop_assert_eq!(Prompt::parse(&printed, &named(&KNOWN)).outline(), prompt.outline(), "{}", printed);
        let spans = prompt.spans();
        prop_assert_eq!(spans.iter().map(|(span, _)| &text[span.clone()]).collect::<String>(), text.as_str());
        prop_assert!(spans.iter().all(|(span, _)| !span.is_empty()));
    }

    #[test]
    fn a_weight_is_that_of_the_selection_alone(text in prompts(), ends: [usize; 2], up: bool) {
        let [start, end] = ends.map(|end| end % (text.len() + 1));
        let (new, selected) = adjust_weight(&text, start..end, if up { 0.1 } else { -0.1 }, &named(&KNOWN));
        prop_assert!(new.get(selected.clone()).is_some());
        let (before, after) = (Prompt::parse(&text, &named(&KNOWN)), Prompt::parse(&new, &named(&KNOWN)));
        prop_assert_eq!(before.letters.len(), after.letters.len());
        let weights = |prompt: &Prompt<'_>| prompt.weights(Emphasis::Automatic1111);
        let weights = weights(&before).into_iter().zip(weights(&after));
        for (((_, old), (place, new)), (was, is)) in before.letters.iter().zip(&after.letters).zip(weights) {
            prop_assert_eq!(old, new);
            let outside = !selected.is_empty() && !selected.contains(&place.start);
            prop_assert!(!outside || was == is, "{}: {} became {}", new, was, is);
        }
    }
}
