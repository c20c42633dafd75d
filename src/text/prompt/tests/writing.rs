//! Prompts as they are written: composed, completed, weighted, coloured, and printed so that they read the same.

use std::ops::Range;

use super::*;

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
