//! That what the floors below the window say is known to it and translated: their source is read for sentences, and each
//! has to stand in `sentences.ftl`; and that what they say as a whole comes out as it should.

use super::super::sentences::{said, taken_apart};
use super::*;

/// The floors that speak to the window.
const FLOORS: &str = "base project format text model diffusion inversion metrics starter engine models disk";

/// Files without sentences that the window shows: prompts, forms of other programs, what is written into files and pictures,
/// what only the command line says, names of keys, and choices, which `floors.ftl` translates.
const NOT_SHOWN: &[&str] = &[
    "project/context_sentences.rs",
    "project/evaluation/prompt_set.rs",
    "project/meaning/report.rs",
    "project/methods.rs",
    "project/mix/recipe.rs",
    "project/sampler.rs",
    "project/template.rs",
    "project/word_start.rs",
    "format/credentials/reading.rs",
    "format/embedding/describe.rs",
    "format/embedding/receipt.rs",
    "format/infotext/forms.rs",
    "format/lineage.rs",
    "text/common_words.rs",
    "text/prompt/compose.rs",
    "model/card.rs",
    "model/conditioner.rs",
    "model/config.rs",
    "model/config/text.rs",
    "model/unet/mod.rs",
    "engine/bench",
    "engine/figure",
    "engine/jobs/evaluate.rs",
    "engine/jobs/learn/judge.rs",
    "engine/lending.rs",
    "engine/message.rs",
];

/// What stands before a text for programmers, whose defects are to be reported as they are, and before the label of a
/// choice.
const NOT_SAID: &[&str] = &[
    "reason =",
    "expecting =",
    "must_use =",
    "as",
    "unreachable!",
    "panic!",
    "assert!",
    "log::debug!",
    "log::error!",
    "log::warn!",
    "Error::Internal",
    "Error::Internal(format!",
];

/// Texts that are no sentences: what is looked for in others, names of entries, joints, templates of prompts.
const NO_SENTENCES: &[&str] = &[
    "not found|nosuchkey|no such key|does not exist|no longer available",
    "rate limit|too many requests|internal server error|bad gateway|service unavailable|timed out|timeout",
    " (os error ",
    " (os error {number})",
    "{} h {} min",
    "Masked area padding",
    "Inpaint not masked",
    "Init image hash",
    "no rights reserved",
    "asks to run",
    "zero terminal snr",
    "First pass size",
    "Variation seed strength",
    " in the style of ",
    "out of memory",
    "out of device memory",
    "buffer too big",
    "too many resources",
    "pseudoword tuning 1",
    "pseudoword word 10",
    "SQLite format 3",
    ", denoising strength: ",
    ", hires upscale: ",
    "{:.3} ({low:.3} to {high:.3})",
    "Raw profile type ",
    " and ",
    "{} and {last}",
    "frames of ",
    "{} with {}",
    "{word} and {}",
    "{COMPARING}, {name} on {concept}",
    "a pencil drawing of a cat, {}",
    "Pseudoword, an authority for one device",
    "Pseudoword on somebody's device",
    "write usual, as-mixed, or a length such as 0.4 (0.4,0.9 for two text encoders)",
];

/// How longer ones of these begin.
const NO_BEGINNINGS: &[&str] = &[
    "a photo of ",
    "a painting of ",
    "a painting in ",
    "a abstract aesthetic",
    "part partial crdownload",
    "import importlib",
    "SELECT config",
];

/// What Japanese says of it.
pub(super) fn japanese() -> &'static str {
    JAPANESE.iter().find(|text| text.contains("frame-stop")).unwrap()
}

/// As the program has it: without the signs that the source needs.
fn unescaped(text: &str) -> String {
    let (mut plain, mut letters) = (String::new(), text.chars());
    while let Some(letter) = letters.next() {
        match (letter == '\\').then(|| letters.next()).flatten() {
            None => plain.push(letter),
            Some('\n') => letters = letters.as_str().trim_start().chars(),
            Some('n') => plain.push('\n'),
            Some(other) => plain.push(other),
        }
    }
    plain
}

/// A text of the source with its gaps as marks: `{}`, `{name}`, `{part:?}`.
fn shape(text: &str) -> String {
    let text = text.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let (mut shape, mut rest) = (String::new(), text.as_str());
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { break };
        shape += before;
        shape.push('\0');
        rest = after;
    }
    (shape + rest).replace('\u{1}', "{").replace('\u{2}', "}").trim().to_owned()
}

/// Three words at least, of which one within is plain.
fn is_sentence(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let within = words.get(1..words.len() - 1).unwrap_or_default();
    let prose = within.iter().any(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
    prose && is_prose(text)
}

#[test]
fn every_sentence_of_the_floors_below_is_known() {
    let known: BTreeMap<String, String> =
        messages(SENTENCES).map(|(id, text)| (taken_apart(&text).0.join("\0"), id)).collect();
    let (mut missing, mut shapes) = (Vec::new(), BTreeSet::new());
    for floor in FLOORS.split(' ') {
        for source in files_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(floor)) {
            let file = format!("{floor}/{}", source.name);
            let shown = !NOT_SHOWN.iter().any(|other| file.starts_with(other));
            for (place, text) in &source.texts {
                let text = unescaped(text);
                let shape = shape(&text);
                let begins = |beginnings: &[&str]| beginnings.iter().any(|begin| text.starts_with(begin));
                if shown
                    && is_sentence(&text)
                    && !known.contains_key(&shape)
                    && !NO_SENTENCES.contains(&text.as_str())
                    && !begins(NO_BEGINNINGS)
                    && !NOT_SAID.iter().any(|before| source.follows(place, before))
                {
                    let line = source.code[..place.start].lines().count();
                    missing.push(format!("{file}:{line}: {text}"));
                }
                shapes.insert(shape);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "put these into sentences.ftl, or name them in this test:\n{}",
        missing.join("\n")
    );
    let gone = |(shape, id): &(&String, &String)| id.starts_with("said-") && !shapes.contains(*shape);
    assert_eq!(known.iter().filter(gone).collect::<Vec<_>>(), Vec::<(&String, &String)>::new());
}

#[test]
fn every_sentence_is_translated_with_its_values() {
    let (english, japanese) = (book(&[SENTENCES]), book(&[japanese()]));
    let names = |book: &BTreeMap<String, _>| book.keys().cloned().collect::<BTreeSet<String>>();
    let differ: Vec<_> = names(&english).symmetric_difference(&names(&japanese)).cloned().collect();
    assert_eq!(differ, Vec::<String>::new());
    // A language may need fewer: it has no “is” and “are”.
    for (id, values) in &japanese {
        assert!(values.is_subset(&english[id]), "{id}");
    }
    let texts = |text: &str| messages(text).collect::<BTreeMap<String, String>>();
    let (english, japanese) = (texts(SENTENCES), texts(self::japanese()));
    for (id, text) in english.iter().filter(|(id, _)| id.starts_with("said-") || id.starts_with("whole-")) {
        assert_eq!(text.ends_with('.'), japanese[id].ends_with('。'), "{id}");
    }
}

#[test]
fn an_error_is_taken_apart() {
    speak(Language::Japanese);
    for (english, expected) in [
        (
            "Cannot write words/cat.pt: there is no room left on the disk. Make room there, or choose a folder on \
             another disk (os error 28).",
            "words/cat.pt に書き込めません：ディスクに空きがありません。空きを作るか、別のディスクのフォルダーを選んでください\
             （os error 28）。",
        ),
        (
            r"C:\絵\a. b.png: this picture is cut off: its end is missing. Copy it again from the original, or remove it.",
            r"C:\絵\a. b.png：この画像は途中で切れていて、終わりがありません。元のファイルからコピーし直すか、外してください。",
        ),
        (
            "/x/cat.gguf: it is an archive (zip), in which the file may be. Unpack it, and choose the file inside.",
            "/x/cat.gguf：これは圧縮ファイル（zip）です。目的のファイルはこの中にあるかもしれません。展開して、中のファイルを\
             選んでください。",
        ),
        (
            "2 of 5 pictures cannot be used and are left out: a.png (this picture is damaged), b.png (this file is \
             empty).",
            "5 枚中 2 枚の画像が使えないため、除きます：a.png（この画像は壊れています）、b.png（このファイルは空です）。",
        ),
        (
            "/r: its only checkpoint cannot be used (step-50.safetensors: this checkpoint is damaged (its checksum is \
             wrong)). Put a whole copy of one in its place, or begin a run in another folder.",
            "/r：ただ一つのチェックポイントが使えません（step-50.safetensors：このチェックポイントは壊れています\
             （チェックサムが合いません））。どれか一つを壊れていないコピーと置き換えるか、別のフォルダーで学習を始めてください。",
        ),
        ("Stopped as asked.", "指示どおりに停止しました。"),
        (
            "The new word “drawing” is only a number, which prompts already use. Choose another name.",
            "新しい単語「drawing」は数字だけで、プロンプトではすでに別の意味で使われます。別の名前にしてください。",
        ),
    ] {
        assert_eq!(said(english), expected);
    }
    let refused = std::io::Error::from(std::io::ErrorKind::NotFound);
    let error = base::Error::read(Path::new("/nowhere/at all.png"), refused).to_string();
    let told = said(&error);
    assert!(told.starts_with("/nowhere/at all.png を読めません："), "{told}");
    assert!(!told.contains("no such") && !told.contains("there is"), "{told}");
}

#[test]
fn reasons_and_what_a_job_does_are_parts_without_a_full_stop() {
    speak(Language::Japanese);
    let reason = "its pictures are the most like yours while they obey (likeness 0.81, obedience 0.29)";
    let expected = "プロンプトに従いながら、最も画像に似ています（似ている度合い 0.81、従う度合い 0.29）";
    assert_eq!(said(reason), expected);
    assert_eq!(said("encoding pictures"), "画像を符号化しています");
    let doing = "comparing, single on <mug>: 描画中（3 中 1）";
    assert_eq!(said(doing), "比較中：<mug> を single で：描画中（3 中 1）");
    assert_eq!(said("text encoders\nthe program"), "テキストエンコーダー\nソフト自体");
    let lasting = "A picture takes about 3 minutes here, so the first one is drawn after 50 steps.";
    assert!(said(lasting).contains("3分"), "{}", said(lasting));
}

#[test]
fn what_nobody_knows_stays_and_english_is_not_touched() {
    speak(Language::Japanese);
    for own in [
        "a cat and a dog, film grain",
        "絵 3 枚を描きました。",
        "/home/ann/read me. first: x.png",
        "",
        "NVIDIA H200",
        "/home/ann/photos from 2019 to 2020/it is me.png",
        r"C:\Users\ann\old threads",
        "it is raining.png",
        "Ann from Rome to Paris.JPG",
    ] {
        assert_eq!(said(own), own);
    }
    let half = "/x/猫.png: something nobody foresaw. Replace it.";
    assert_eq!(said(half), "/x/猫.png：something nobody foresaw。別の画像に替えてください。");
    for own in ["“x. Stopped as asked. y”", "“x.\nStopped as asked.\ny”"] {
        let told = said(&format!("something nobody foresaw {own}. Replace it.")).into_owned();
        assert!(told.contains(own), "{told}");
    }
    let named = "/home/ann/photos from 2019 to 2020/x.png: this picture is cut off: its end is missing.";
    assert!(said(named).starts_with("/home/ann/photos from 2019 to 2020/x.png："), "{}", said(named));
    let long = "cat: dog. ".repeat(1000);
    assert_eq!(said(&long), long);
    speak(Language::English);
    assert_eq!(said("Stopped as asked."), "Stopped as asked.");
}

#[test]
fn a_sentence_is_taken_apart_in_no_time_and_asked_for_again_in_none() {
    speak(Language::Japanese);
    // Nothing of it is known, and it has many joints.
    let strange = "one: two (three), four; five. ".repeat(12);
    let began = Instant::now();
    assert_eq!(said(&strange), strange);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let frame = || {
        let began = Instant::now();
        for _ in 0..300 {
            std::hint::black_box(said(&strange));
        }
        began.elapsed()
    };
    let best = (0..20).map(|_| frame()).min().unwrap_or_default();
    assert!(best < Duration::from_millis(2), "{best:?}");
}
