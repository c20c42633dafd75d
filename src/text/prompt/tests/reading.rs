//! Prompts as they are read: brackets, weights, windows, choices from step to step, and what is not understood.

use super::super::parse::literal;
use super::*;

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

#[test]
fn the_words_named_are_found() {
    let names = named(&["<cat>", "<dog>", ""]);
    assert_eq!(mentioned("a <DOG> and a <cat> and a <dog>", &names), [(1, 2..7), (0, 14..19)]);
    assert_eq!(mentioned("a cat", &names), []);
    assert_eq!(shortened("<ねこねこ>", 4), "<ねこ…");
    assert_eq!(shortened("<ねこ>", 4), "<ねこ>");
}

/// The text of each step, as the web UI's own examples give it: up to which step, and what.
fn schedule(prompt: &str, steps: usize) -> Vec<(usize, String)> {
    let prompt = Prompt::parse(prompt, &WordNames::default());
    let mut found: Vec<(usize, String)> = Vec::new();
    for step in 1..=steps {
        let pieces = prompt.pieces(0, Moment::of(step, steps), Emphasis::Automatic1111, &[]);
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
fn a_second_pass_goes_on_from_the_first() {
    let said = |prompt: &str, moment: Moment| -> String {
        let read = Prompt::parse(prompt, &WordNames::default());
        read.pieces(0, moment, Emphasis::Automatic1111, &[]).into_iter().map(|piece| piece.text).collect()
    };
    let second = |step| Moment { step, steps: 10, before: 20 };
    assert_eq!(said("[cat:dog:0.5]", second(1)), "dog");
    assert_eq!(said("[cat:dog:12]", second(1)), "dog");
    for prompt in ["[cat:dog:1.5]", "[cat:dog:25]"] {
        assert_eq!([5, 6].map(|step| said(prompt, second(step))), ["cat", "dog"], "{prompt}");
        assert_eq!(said(prompt, Moment::of(20, 20)), "cat", "{prompt}");
        let read = Prompt::parse(prompt, &WordNames::default());
        let notes = [[20, 0], [20, 10]].map(|steps| read.notes_of(steps, |_| false).len());
        assert_eq!(notes, [1, 0], "{prompt}");
    }
    let late = Prompt::parse("[cat:dog:30]", &WordNames::default()).notes_of([20, 10], |_| false);
    assert!(late.join(" ").contains("30 steps"), "{late:?}");
    assert_eq!(Moment::all([2, 1]).collect::<Vec<_>>()[2], Moment { step: 1, steps: 1, before: 2 });
}

#[test]
fn windows_end_where_it_is_said() {
    let pieces = |prompt: &str, step| -> Vec<(String, usize)> {
        let read = Prompt::parse(prompt, &WordNames::default());
        let pieces = read.pieces(0, Moment::of(step, 2), Emphasis::Automatic1111, &[]);
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
        ("a __colour__ cat", "“__colour__” is read as plain text: lists of words are not known here"),
        ("a __../colour__ cat", "“__../colour__” is read as plain text: no list of words can be called so"),
        ("cat__dog__", "no letter stands before it"),
        ("a <lora:x:1>", "--lora FILE:WEIGHT"),
        ("a <hypernet:x:1>", "only learned words can be used"),
        ("a AND AND b", "AND joins a prompt that is empty"),
        ("a AND ", "AND joins a prompt that is empty"),
        ("AND <lora:x:1> AND b", "AND joins a prompt that is empty"),
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
        let moment = Moment::of(25, 25);
        for part in 0..prompt.parts().len().min(3) {
            prompt.pieces(part, moment, Emphasis::ComfyUi, &[]);
        }
        let _ = (prompt.spans(), prompt.notes(25, |_| false), prompt.to_string());
        let took = began.elapsed();
        println!("{:>6.0} ms: {}", took.as_secs_f64() * 1e3, shortened(&text, 20));
        assert!(took.as_secs() < 5, "{took:?} for {}", shortened(&text, 20));
    }
}
