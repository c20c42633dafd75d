//! Prompts read, written, completed and weighted, in several scripts. The length is that of the examples.

use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};

use super::parse::literal;
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

#[test]
fn the_examples_of_the_web_ui_are_read_alike() {
    check("normal text", &[("normal text", 1.0)]);
    check("an (important) word", &[("an ", 1.0), ("important", 1.1), (" word", 1.0)]);
    check("(unbalanced", &[("unbalanced", 1.1)]);
    check(r"\(literal\]", &[("(literal]", 1.0)]);
    check("(unnecessary)(parens)", &[("unnecessaryparens", 1.1)]);
    check(
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
        &[
            ("a ", 1.0),
            ("house", 1.573),
            (" ", 1.1),
            ("on", 1.0),
            (" a ", 1.1),
            ("hill", 0.55),
            (", sun, ", 1.1),
            ("sky", 1.4641),
            (".", 1.1),
        ],
    );
}

#[test]
fn any_script_and_any_brackets_are_read() {
    check("(猫:1.2)と[庭]、（花）", &[("猫", 1.2), ("と", 1.0), ("庭", LESS), ("、（花）", 1.0)]);
    check("((猫))🐈", &[("猫", 1.21), ("🐈", 1.0)]);
    check("[a", &[("a", LESS)]);
    check("a) b] c", &[("a) b] c", 1.0)]);
    check(")(", &[(")", 1.0)]);
    check("([a)] b", &[("a b", 1.0)]);
    check("()", &[]);
    check("a()b", &[("ab", 1.0)]);
    check("(:1.5)[]", &[]);
    check("", &[]);
}

#[test]
fn weights_are_plain_numbers_before_a_closing_bracket() {
    check("( a : 1.5 )b", &[(" a ", 1.5), ("b", 1.0)]);
    check("(a:.5)(b:2.)(c:+3)(d:-1)", &[("a", 0.5), ("b", 2.0), ("c", 3.0), ("d", -1.0)]);
    check("(a:0)", &[("a", 0.0)]);
    check("(a:b)(c:1.2.3)(d:)(e:inf)(f:1e3)", &[("a:bc:1.2.3d:e:inff:1e3", 1.1)]);
    check("(a:1.2:1.3)", &[("a:1.2", 1.3)]);
    check("[a:1.2]", &[]);
    check("a:1.2)", &[("a:1.2)", 1.0)]);
    check("1:2, (a)", &[("1:2, ", 1.0), ("a", 1.1)]);
    check(r"(a:1.2\)", &[("a:1.2)", 1.1)]);
}

#[test]
fn backslashes_protect_brackets_only_where_there_are_some() {
    check(r"C:\a \\ b", &[(r"C:\a \\ b", 1.0)]);
    check(r"(a)\b\\c\", &[("a", 1.1), (r"b\c", 1.0)]);
    check(r"\((a)\)", &[("(", 1.0), ("a", 1.1), (")", 1.0)]);
    check(r"\\(a)", &[(r"\", 1.0), ("a", 1.1)]);
    assert_eq!(literal(r"toy(1)[é]\"), r"toy\(1\)\[é\]\\");
    check(&format!("({}:2)", literal("toy(1)")), &[("toy(1)", 2.0)]);
}

fn named(known: &[&str]) -> WordNames {
    WordNames::new(known.iter().map(|name| [name]))
}

fn kinds<'a>(text: &'a str, known: &[&str]) -> Vec<(&'a str, SpanKind)> {
    Prompt::parse(text, &named(known)).spans().into_iter().map(|(span, kind)| (&text[span], kind)).collect()
}

#[test]
fn things_and_styles_make_a_sentence() {
    let cases = [
        (("a photo of", Some("<cat>"), Some("<monet>")), "a photo of <cat> in the style of <monet>"),
        (("a photo of", Some("<cat>"), None), "a photo of <cat>"),
        (("an oil painting of", None, Some("<墨絵>")), "an oil painting in the style of <墨絵>"),
        (("", None, Some("<monet>")), "a painting in the style of <monet>"),
        (("", Some("<ねこ>"), Some("")), "<ねこ>"),
        (("a photo of ", Some(" "), None), "a photo"),
        (("", None, None), ""),
    ];
    for ((opening, content, style), want) in cases {
        assert_eq!(compose(opening, content, style), want);
    }
}

#[test]
fn another_choice_keeps_what_was_written_by_hand() {
    let old = PromptParts { opening: "a photo of", content: Some("<cat>"), style: None };
    let dog = PromptParts { content: Some("<犬>"), ..old };
    assert_eq!(recompose("", old, dog), "a photo of <犬>");
    assert_eq!(recompose("a photo of <cat>", old, dog), "a photo of <犬>");
    assert_eq!(recompose("a photo of (<cat>:1.2) on a beach", old, dog), "a photo of (<犬>:1.2) on a beach");
    let styled = PromptParts { style: Some("<monet>"), ..old };
    let hand = "a photo of <cat> on a beach";
    let with_style = "a photo of <cat> on a beach in the style of <monet>";
    assert_eq!(recompose(hand, old, styled), with_style);
    assert_eq!(recompose(with_style, styled, old), hand);
    let drawn = PromptParts { opening: "a drawing of", ..old };
    assert_eq!(recompose(hand, old, drawn), "a drawing of <cat> on a beach");
    assert_eq!(recompose("my <cat>", old, drawn), "a drawing of <cat>", "nothing to exchange");
    assert_eq!(recompose("A PHOTO of <CAT>", old, dog), "A PHOTO of <犬>", "in any letter case");
    assert_eq!(recompose("cats of a <bobcat>", old, dog), "a photo of <犬>", "nothing to exchange");
    let none = PromptParts { content: None, ..old };
    assert_eq!(recompose(hand, old, none), "a photo");
}

#[test]
fn unfinished_words_are_completed() {
    let words = ["<my-cat>", "<cat-toy>", "<ねこ>", "midas"];
    let choices = |text: &str, cursor: usize| completion(text, cursor, &words).map(|c| c.choices);
    assert_eq!(choices("a <CAT", 6).unwrap(), ["<cat-toy>", "<my-cat>"]);
    assert_eq!(choices("a <", 3).unwrap().len(), 4);
    assert_eq!(choices("<mid", 4).unwrap(), ["midas"]);

    let text = "赤い<ねの絵";
    let cursor = "赤い<ね".len();
    let found = completion(text, cursor, &words).unwrap();
    assert_eq!((found.start, found.end), ("赤い".len(), cursor));
    assert_eq!(found.choices, ["<ねこ>"]);
    // A place inside a character is the place before it.
    assert_eq!(completion(text, cursor - 1, &words).unwrap().end, "赤い<".len());
    assert_eq!(completion(text, 999, &words), None, "nothing contains that much");

    let finished = [("a cat", 5), ("a <dog", 6), ("a <cat> b", 7), ("a <cat-toy>", 6), ("< cat", 5), ("", 0)];
    for (text, cursor) in finished {
        assert_eq!(choices(text, cursor), None, "{text}");
    }
    assert_eq!(choices("a <cat, <dog>", 6).unwrap().len(), 2);
    assert_eq!(choices(&format!("<{}", "猫".repeat(65)), 1 + 65 * 3), None);
    assert_eq!(completion("<", 1, &[]), None);
}

#[test]
fn weights_go_up_and_down_and_vanish_at_one() {
    let mut text = "a red cat sleeps".to_owned();
    let mut at = 7..7;
    for want in ["a red (cat:1.1) sleeps", "a red (cat:1.2) sleeps", "a red (cat:1.3) sleeps"] {
        (text, at) = adjust_weight(&text, at, 0.1, &WordNames::default());
        assert_eq!(text, want);
        assert_eq!(at, 8..8, "the cursor stays in its word");
    }
    for _ in 0..3 {
        (text, at) = adjust_weight(&text, at, -0.1, &WordNames::default());
    }
    assert_eq!((text.as_str(), at), ("a red cat sleeps", 7..7));

    let (text, at) = adjust_weight("a red cat sleeps", 1..10, 0.1, &WordNames::default());
    assert_eq!((text.as_str(), &text[at.clone()]), ("a (red cat:1.1) sleeps", "red cat"));
    let (text, at) = adjust_weight(&text, at, -0.2, &WordNames::default());
    assert_eq!((text.as_str(), &text[at]), ("a (red cat:0.9) sleeps", "red cat"));
    assert_eq!(adjust_weight("(cat:1.95)", 2..2, 0.1, &WordNames::default()).0, "(cat:2)");
    assert_eq!(adjust_weight("(cat:0.05)", 2..2, -0.1, &WordNames::default()).0, "(cat:0)");
    assert_eq!(adjust_weight("(cat:7)", 2..2, 0.1, &WordNames::default()).0, "(cat:2)");
    assert_eq!(adjust_weight("cat", 3..3, f64::NAN, &WordNames::default()).0, "cat");
}

#[test]
fn whole_words_are_weighted_in_any_script() {
    let weigh = |text: &str, range: Range<usize>| adjust_weight(text, range, 0.1, &WordNames::default()).0;
    assert_eq!(weigh("a <cat-toy>.", 6..6), "a (<cat-toy>:1.1).");
    assert_eq!(weigh("a <cat-toy>.", 4..6), "a (<cat-toy>:1.1).", "a word in brackets is not cut");
    assert_eq!(weigh("赤い<ねこ>の絵", 6..6), "赤い(<ねこ>:1.1)の絵");
    assert_eq!(weigh("赤い、猫", 10..10), "赤い、(猫:1.1)", "a place inside a character");
    assert_eq!(weigh("赤い猫", 4..7), "赤(い猫:1.1)", "a selection inside characters grows over them");
    assert_eq!(weigh("le cafe\u{301} noir", 4..4), "le (cafe\u{301}:1.1) noir");
    assert_eq!(weigh("cat", Range { start: 3, end: 0 }), "(cat:1.1)");
    assert_eq!(weigh("a - b", 2..2), "a - b");
    assert_eq!(weigh("a   b", 2..3), "a   b");
    assert_eq!(weigh("", 5..9), "");
}

#[test]
fn odd_brackets_are_left_alone() {
    let weigh = |text: &str, range: Range<usize>| adjust_weight(text, range, 0.1, &WordNames::default()).0;
    assert_eq!(weigh("(cat", 2..2), "((cat:1.1)");
    assert_eq!(weigh("cat)", 0..4), "cat)", "half a pair cannot be weighted");
    assert_eq!(weigh("(cat)", 2..2), "(cat:1.2)", "brackets alone are a weight of 1.1");
    assert_eq!(adjust_weight("(cat)", 2..2, -0.1, &WordNames::default()).0, "cat");
    assert_eq!(weigh("()", 1..1), "()");
    assert_eq!(weigh(r"\(cat:1.1\)", 4..4), r"\((cat:1.1):1.1\)");
    assert_eq!(weigh("((a:1.2) b:1.1)", 9..9), "((a:1.2) b:1.2)");
    assert_eq!(weigh("((a:1.2) b:1.1)", 2..2), "((a:1.3) b:1.1)");
    assert_eq!(weigh("(a b:1.2)", 1..2), "((a:1.1) b:1.2)");
    assert_eq!(weigh("(a:inf)", 1..1), "(a:inf:1.2)", "what is no number is a word");
    assert_eq!(weigh("(a:1.2)", 3..6), "(a:1.3)", "the number stands for its words");
    assert_eq!(weigh("(a:1.2)", 0..7), "(a:1.3)");
}

#[test]
fn parts_cover_the_whole_prompt() {
    use SpanKind::{Known, Plain, Sign, Unknown};
    let known = ["<ねこ>", "<cat>", "<cat>-toy", "midas"];
    assert_eq!(
        kinds("絵の<ねこ>と<犬>", &known),
        [("絵の", Plain), ("<ねこ>", Known), ("と", Plain), ("<犬>", Unknown)]
    );
    let weighted = [("(", Sign), ("<CAT>", Known), (":1.2)", Sign), (", ", Plain)];
    assert_eq!(kinds("(<CAT>:1.2), ", &known), weighted);
    assert_eq!(kinds("(x)", &known), [("(", Sign), ("x", Plain), (")", Sign)]);
    assert_eq!(kinds(r"\(x\)", &known), [(r"\(x\)", Plain)]);
    assert_eq!(kinds("<cat>-toy", &known), [("<cat>-toy", Known)], "the longest");
    assert_eq!(kinds("by Midas", &known), [("by ", Plain), ("Midas", Known)]);
    assert_eq!(kinds("<lora:x:0.8>", &known), [("<lora:x:0.8>", Unknown)]);
    assert_eq!(kinds("embedding:dog,", &known), [("embedding:dog", Unknown), (",", Plain)]);
    for text in ["", "<", "<>", "a < b > c", "((", "):1.2)", "<a(b>", "<<cat", "(:1)", "\\", "İ<İ"] {
        let parts = Prompt::parse(text, &named(&known)).spans();
        assert_eq!(parts.iter().map(|(span, _)| &text[span.clone()]).collect::<String>(), text);
        assert!(parts.iter().all(|(_, kind)| *kind != Unknown), "{text}");
    }
}

#[test]
fn the_words_named_are_found() {
    let names = named(&["<cat>", "<dog>", ""]);
    assert_eq!(mentioned("a <DOG> and a <cat> and a <dog>", &names), [(1, 2..7), (0, 14..19)]);
    assert_eq!(mentioned("a cat", &names), []);
    assert_eq!(shortened("<ねこねこ>", 4), "<ねこ…");
    assert_eq!(shortened("<ねこ>", 4), "<ねこ>");
}

fn up_and_down(text: &str, at: usize) -> [String; 2] {
    [0.1, -0.1].map(|delta| adjust_weight(text, at..at, delta, &WordNames::default()).0)
}

#[test]
fn the_field_and_its_keys_read_as_the_tokenizer_does() {
    use SpanKind::{Known, Plain, Sign};
    // No weight beyond 100: a word.
    check("(a:150)", &[("a:150", 1.1)]);
    assert_eq!(kinds("(a:150)", &[]), [("(", Sign), ("a:150", Plain), (")", Sign)]);
    assert_eq!(up_and_down("(a:150)", 1), ["(a:150:1.2)", "a:150"]);

    check("a [cat]", &[("a ", 1.0), ("cat", LESS)]);
    assert_eq!(kinds("a [cat]", &[]), [("a ", Plain), ("[", Sign), ("cat", Plain), ("]", Sign)]);
    assert_eq!(up_and_down("a [cat]", 4), ["a cat", "a (cat:0.8)"]);
    assert_eq!(up_and_down("([a b)] c", 2)[0], "([a b:1.2)] c");
    assert_eq!(
        up_and_down("[a (b] c)", 1),
        ["a (b c)", "[a (b] c)"],
        "no round bracket may be closed for it"
    );

    check("a (b c", &[("a ", 1.0), ("b c", 1.1)]);
    assert_eq!(kinds("a (b c", &[]), [("a ", Plain), ("(", Sign), ("b c", Plain)]);
    assert_eq!(kinds("a) [b", &[]), [("a) ", Plain), ("[", Sign), ("b", Plain)]);
    assert_eq!(up_and_down("a (b c", 3)[0], "a ((b:1.1) c");

    // Only before brackets, and only where there are some, is a backslash more than a character.
    check(r"\(a\) b\c", &[("(a) bc", 1.0)]);
    assert_eq!(kinds(r"\(a\) [\]", &[]), [(r"\(a\) ", Plain), ("[", Sign), (r"\]", Plain)]);
    assert_eq!(up_and_down(r"C:\a cat", 6)[0], r"C:\\a (cat:1.1)");
    assert_eq!(up_and_down(r"C:\\a (cat:1.1)", 8)[1], r"C:\a cat");
    assert_eq!(up_and_down(r"\cat (b)", 2)[0], "(cat:1.1) (b)");
    assert_eq!(up_and_down(r"(a\:1.1)(b)", 1)[1], "a(b)");

    // What would say something else is not done.
    assert_eq!(up_and_down("(a:(2:1.1))", 4)[1], "(a:(2:1.1))");

    let known = ["toy(1)", "<cat>"];
    assert_eq!(
        kinds("(a Toy(1):1.2)", &known),
        [("(", Sign), ("a ", Plain), ("Toy(1)", Known), (":1.2)", Sign)]
    );
    assert_eq!(adjust_weight("a Toy(1)", 3..3, 0.1, &named(&known)).0, "a (Toy(1):1.1)");
    let pieces = said(r"(a Toy(1)\):1.2) b", &named(&known));
    assert_eq!((pieces[0].text.as_str(), pieces[0].span.clone()), ("a Toy(1))", 1..11));
    assert_eq!((pieces[1].text.as_str(), pieces[1].span.clone()), (" b", 16..18));
}

/// The text of each step, as the web UI's own examples give it: up to which step, and what.
fn schedule(prompt: &str, steps: usize) -> Vec<(usize, String)> {
    let prompt = Prompt::parse(prompt, &WordNames::default());
    let mut found: Vec<(usize, String)> = Vec::new();
    for step in 1..=steps {
        let pieces = prompt.pieces(0, Moment { step, steps }, Emphasis::Automatic1111, &[]);
        let text = pieces.iter().map(|piece| piece.text.as_str()).collect();
        match found.last_mut().filter(|(_, last)| *last == text) {
            Some((end, _)) => *end = step,
            None => found.push((step, text)),
        }
    }
    found
}

#[test]
fn what_is_said_at_each_step() {
    type Steps = &'static [(usize, &'static str)];
    let table: [(&str, usize, Steps); 30] = [
        ("test", 10, &[(10, "test")]),
        ("a [b:3]", 10, &[(3, "a "), (10, "a b")]),
        ("a [b: 3]", 10, &[(3, "a "), (10, "a b")]),
        ("a [b : 3 ]", 10, &[(3, "a "), (10, "a b ")]),
        ("a [[[b]]:2]", 10, &[(2, "a "), (10, "a b")]),
        ("[(a:2):3]", 10, &[(3, ""), (10, "a")]),
        ("a [b : c : 1] d", 10, &[(1, "a b  d"), (10, "a  c  d")]),
        ("a[b:[c:d:2]:1]e", 10, &[(1, "abe"), (2, "ace"), (10, "ade")]),
        ("a [unbalanced", 10, &[(10, "a unbalanced")]),
        ("a [b:.5] c", 10, &[(5, "a  c"), (10, "a b c")]),
        ("((a][:b:c [d:3]", 10, &[(3, "a]:b:c "), (10, "a]:b:c d")]),
        ("[a:b:0.5]", 10, &[(5, "a"), (10, "b")]),
        ("[a:b:12]", 20, &[(12, "a"), (20, "b")]),
        ("[a:b:12]", 10, &[(10, "a")]),
        ("[a::0.5]x", 4, &[(2, "ax"), (4, "x")]),
        ("[:b:0.5]", 4, &[(2, ""), (4, "b")]),
        ("[b:0.5]", 5, &[(2, ""), (5, "b")]),
        ("[a:b:0]", 4, &[(4, "b")]),
        ("[a:b:-3]", 4, &[(4, "b")]),
        ("[a:b:1.0]", 4, &[(4, "a")]),
        ("[a:b:1]", 4, &[(1, "a"), (4, "b")]),
        ("[a:b:1e0]", 4, &[(1, "a"), (4, "b")]),
        ("[a|b]", 4, &[(1, "a"), (2, "b"), (3, "a"), (4, "b")]),
        ("[a|b|c]", 4, &[(1, "a"), (2, "b"), (3, "c"), (4, "a")]),
        ("[fe|]male", 3, &[(1, "female"), (2, "male"), (3, "female")]),
        ("[a|(b:1.1)]", 2, &[(1, "a"), (2, "b")]),
        ("[a|[b:c:3]]", 6, &[(1, "a"), (2, "b"), (3, "a"), (4, "c"), (5, "a"), (6, "c")]),
        (r"[a\:b\|c:2]", 3, &[(2, ""), (3, "a:b|c")]),
        (
            "mountain [lake:river:0.25] and [an oak:a tree:0.75][ in front::0.6]",
            20,
            &[
                (5, "mountain lake and an oak in front"),
                (12, "mountain river and an oak in front"),
                (15, "mountain river and an oak"),
                (20, "mountain river and a tree"),
            ],
        ),
        ("[猫:犬:0.5]の絵", 2, &[(1, "猫の絵"), (2, "犬の絵")]),
    ];
    for (prompt, steps, expected) in table {
        let expected: Vec<_> = expected.iter().map(|(end, text)| (*end, (*text).to_owned())).collect();
        assert_eq!(schedule(prompt, steps), expected, "{prompt} in {steps}");
    }
}

#[test]
fn prompts_are_joined_with_their_weights() {
    let joined = |prompt: &str| -> Vec<(String, f64)> {
        let read = Prompt::parse(prompt, &named(&["rock AND roll"]));
        let text = |part| -> String {
            let pieces = read.pieces(part, Moment::FIRST, Emphasis::Automatic1111, &[]);
            pieces.into_iter().map(|piece| piece.text).collect()
        };
        read.parts().into_iter().enumerate().map(|(part, weight)| (text(part), weight)).collect()
    };
    let check = |prompt: &str, expected: &[(&str, f64)]| {
        let expected: Vec<_> = expected.iter().map(|(text, weight)| ((*text).to_owned(), *weight)).collect();
        assert_eq!(joined(prompt), expected, "{prompt}");
    };
    check("a cat AND a dog", &[("a cat", 1.0), ("a dog", 1.0)]);
    check("a cat :1.2 AND a dog:0.5", &[("a cat", 1.2), ("a dog", 0.5)]);
    check("a AND b : -.5 AND c: 2. ", &[("a", 1.0), ("b", -0.5), ("c", 2.0)]);
    check("(a:1.2) AND [b:c:0.5]", &[("a", 1.0), ("c", 1.0)]);
    check("(a AND b):3", &[("a", 1.0), ("b)", 3.0)]);
    check("16:9", &[("16:9", 1.0)]);
    check("AND", &[("", 1.0), ("", 1.0)]);
    check("sand AND BRAND and a_AND", &[("sand", 1.0), ("BRAND and a_AND", 1.0)]);
    check("rock AND roll", &[("rock AND roll", 1.0)]);
    check("a:200 AND b", &[("a:200", 1.0), ("b", 1.0)]);

    let negative = Prompt::parse_negative("a AND b:2", &WordNames::default());
    assert_eq!(negative.parts(), [1.0]);
    assert_eq!(negative.notes(20, |_| false), ["AND in a negative prompt is read as a word."]);
}

#[test]
fn windows_end_where_it_is_said() {
    let pieces = |prompt: &str, step| -> Vec<(String, usize)> {
        let read = Prompt::parse(prompt, &WordNames::default());
        let pieces = read.pieces(0, Moment { step, steps: 2 }, Emphasis::Automatic1111, &[]);
        pieces.into_iter().map(|piece| (piece.text, piece.breaks)).collect()
    };
    let own = |text: &str, breaks| (text.to_owned(), breaks);
    assert_eq!(pieces("a BREAK b", 1), [own("a", 0), own("b", 1)]);
    assert_eq!(pieces("(a\nBREAK b:2)BREAK", 1), [own("a", 0), own("b", 1), own("", 1)]);
    assert_eq!(pieces("BREAK BREAK b", 1), [own("b", 2)]);
    assert_eq!(pieces("BREAKS _BREAK", 1), [own("BREAKS _BREAK", 0)]);
    assert_eq!(pieces("[a BREAK b|c]", 1), [own("a", 0), own("b", 1)]);
    assert_eq!(pieces("[a BREAK b|c]", 2), [own("c", 0)]);
}

/// As `token_weights` of ComfyUI's `comfy/sd1_clip.py` has it: the innermost number counts, and brackets without one
/// multiply.
#[test]
fn in_comfyui_a_number_stands_for_itself() {
    let weights = |prompt: &str| -> Vec<(String, f64)> {
        let pieces =
            Prompt::parse(prompt, &WordNames::default()).pieces(0, Moment::FIRST, Emphasis::ComfyUi, &[]);
        pieces.into_iter().map(|piece| (piece.text, (piece.weight * 1e6).round() / 1e6)).collect()
    };
    let own = |text: &str, weight| (text.to_owned(), weight);
    assert_eq!(weights("((a:1.2) b:1.5)"), [own("a", 1.2), own(" b", 1.5)]);
    assert_eq!(weights("(a (b):1.5)"), [own("a ", 1.5), own("b", 1.65)]);
    assert_eq!(weights("((a)) (b:0.5)"), [own("a", 1.21), own(" ", 1.0), own("b", 0.5)]);
}

#[test]
fn what_is_not_understood_is_named() {
    let notes = |prompt: &str| {
        Prompt::parse(prompt, &named(&["<cat>", "c++", "__x__"])).notes(20, |_| false).join(" ")
    };
    for (prompt, part) in [
        ("a <lora:add_detail:0.8> cat", "“<lora:add_detail:0.8>” is left out"),
        ("a <LyCO:my style:1>", "“<LyCO:my style:1>” is left out"),
        ("[cat:dog]", "“[cat:dog]” is read as words that count less"),
        ("[a:b:c:0.5]", "[one:other:0.5]"),
        ("[a|b:0.5]", "[one|other]"),
        ("a <dog>", "“<dog>” is read as plain text"),
        ("a (cat:1,2)", "“(cat:1,2)” has no weight that can be used"),
        ("a (cat:150) b", "“(cat:150)” has no weight"),
        ("a (cat:) (d:120%)", "“(cat:)” has no weight"),
        ("a (cat:1.2", "“(cat:1.2” is not closed"),
        ("a AND b:150", "“b:150” has no weight"),
        ("a [cat|dog", "“[cat|dog” is not closed"),
        ("[a:b:0.5", "“[a:b:0.5” is not closed"),
        ("a cat:1.2, b", "“cat:1.2” is read as plain text: a weight needs brackets"),
        ("a <lora:x:0.8", "“<lora:x:0.8” is read as plain text"),
        ("a cat --ar 16:9", "“--ar” is read as plain text"),
        ("a (cat：1.2)", "“：” is read as plain text"),
        ("a <c++:1.2>", "The signs around"),
        ("[a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t|u]", "never drawn"),
        ("a {red|blue} cat", "“{red|blue}”"),
        ("a {red|blue cat", "“{red|blue” is not closed, so it is read as plain text. Add the }."),
        ("{a} {b", "“{b” is not closed"),
        ("a __colour__ cat", "“__colour__”"),
        ("a cat AND_PERP a dog", "“AND_PERP” is read as plain text"),
        ("a cat::2 dog", "“::” is read as plain text"),
        ("a fluffy++ cat", "“fluffy++”"),
        ("a (fluffy)1.3 cat", "“(fluffy)1.3”"),
        ("a (fluffy cat)-", "“(fluffy cat)-”"),
        ("(\"a\", \"b\").blend(1, 2)", ".blend("),
        ("a [cat:1.2]", "“[cat:1.2]” has a part that is never drawn, because drawing takes 20 steps"),
        ("[a:b:25]", "never drawn"),
        ("[a:b:0]", "never drawn"),
    ] {
        assert!(notes(prompt).contains(part), "{prompt}: {}", notes(prompt));
    }
    for prompt in [
        "a (cat:1.2), [dog], 16:9, a | b, at 10:30, (style: oil), e.g. x",
        "[a|b] [a:b:0.5] [:b:3] [a::3]",
        "a AND b:2 BREAK c",
        "c++ and __x__",
        "<cat>",
        r"\(a\)",
        "(cat)-like, a-b",
        "snake_case",
        "1 + 1",
        "",
    ] {
        assert_eq!(notes(prompt), "", "{prompt}");
    }
    // The tag is left out of what is said.
    check("a <lora:x:0.8>cat", &[("a cat", 1.0)]);
}

#[test]
fn signs_of_choices_stand_out() {
    use SpanKind::{Plain, Sign};
    let found = kinds("[a:b:0.5] BREAK [c|d] AND e:2", &[]);
    let expected = [
        ("[", Sign),
        ("a", Plain),
        (":", Sign),
        ("b", Plain),
        (":0.5]", Sign),
        (" BREAK ", Sign),
        ("[", Sign),
        ("c", Plain),
        ("|", Sign),
        ("d", Plain),
        ("]", Sign),
        (" AND ", Sign),
        ("e", Plain),
        (":2", Sign),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_long_prompt_takes_no_longer_than_its_length() {
    let words = named(&["my cat toy", "a"]);
    let deep = "(".repeat(20_000) + &"word ".repeat(4000);
    for text in [
        "a, ".repeat(20_000),
        "((((".repeat(5000),
        deep.clone() + &")".repeat(20_000),
        deep,
        "[".repeat(2000) + "x" + &":b:0.5]".repeat(2000),
        "[x:".repeat(5000),
        "(x:1,2) ".repeat(5000),
        "[x|y] ".repeat(5000),
        "<lora:".repeat(10_000),
        "embedding:".repeat(5000),
        "x BREAK ".repeat(5000),
        "x AND ".repeat(3000),
        format!("x{}BREAK", " ".repeat(50_000)),
        format!("my{}", " ".repeat(50_000)),
        "{__".repeat(10_000),
        "<".repeat(30_000),
    ] {
        let began = std::time::Instant::now();
        let prompt = Prompt::parse(&text, &words);
        let moment = Moment { step: 25, steps: 25 };
        for part in 0..prompt.parts().len().min(3) {
            prompt.pieces(part, moment, Emphasis::ComfyUi, &[]);
        }
        let _ = (prompt.spans(), prompt.notes(25, |_| false), prompt.to_string());
        let took = began.elapsed();
        println!("{:>6.0} ms: {}", took.as_secs_f64() * 1e3, shortened(&text, 20));
        assert!(took.as_secs() < 5, "{took:?} for {}", shortened(&text, 20));
    }
}

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
