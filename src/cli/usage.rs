//! The line that was typed: read, and where it cannot be, explained in the words of whoever typed it.
//!
//! It adds to what the parser says and takes nothing that the parser refuses, but that a number may be negative and a
//! path may begin with `~`. The length is that of its tests.

use std::any::TypeId;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{PathBufValueParser, StyledStr, TypedValueParser as _};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, CommandFactory as _, FromArgMatches as _};

use super::{Arguments, paths, progress};

/// Reads the line that the program was called with.
///
/// # Errors
/// The parser's, for [`clap::Error::exit`]: a mistake, or a wish for help.
pub fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let line: Vec<OsString> = line.into_iter().collect();
    let mut command = command();
    let line = joined(line, &command);
    match command.try_get_matches_from_mut(&line) {
        Ok(read) => Arguments::from_arg_matches(&read).map_err(|error| error.format(&mut command)),
        Err(error) => opened(&line).ok_or_else(|| explained(error, &command, &line)),
    }
}

/// Prints what [`parse`] has to say, help or a mistake, and how the program ends then.
///
/// # Errors
/// [`base::Error::Io`] if help was asked for and cannot be printed.
pub fn told(said: &clap::Error) -> base::Result<ExitCode> {
    match said.print().and_then(|()| io::stdout().flush()) {
        Err(error) if !said.use_stderr() && error.kind() != io::ErrorKind::BrokenPipe => {
            Err(progress::unprinted(error))
        }
        _ => Ok(ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(2))),
    }
}

/// The line without a command, where everything that is named can be opened in the window.
fn opened(line: &[OsString]) -> Option<Arguments> {
    const FILES: &str = "files";
    let files = Arg::new(FILES).num_args(1..).value_parser(PathBufValueParser::new().try_map(paths::typed));
    let mut read = command().arg(files).try_get_matches_from(line).ok()?;
    let named: Vec<PathBuf> = read.remove_many(FILES)?.collect();
    if !named.iter().all(|path| disk::opens(path)) {
        return None;
    }
    // The window remembers models, and is started elsewhere another day.
    let files = named.into_iter().map(std::path::absolute).collect::<Result<_, _>>().ok()?;
    Some(Arguments { files, ..Arguments::from_arg_matches(&read).ok()? })
}

/// The commands, with what all their options have in common.
fn command() -> Command {
    Arguments::command().mut_subcommands(|command| {
        command.allow_negative_numbers(true).mut_args(|option| {
            if option.get_value_parser().type_id() == TypeId::of::<PathBuf>() {
                option.value_parser(PathBufValueParser::new().try_map(paths::typed))
            } else {
                option
            }
        })
    })
}

/// The line with “true” and “false” set against the options before them that can do without: `--use-masks false`.
fn joined(line: Vec<OsString>, command: &Command) -> Vec<OsString> {
    let Some(called) = line.iter().find_map(|part| command.find_subcommand(part)) else { return line };
    let switch = |part: &OsString| {
        let name = part.to_str().and_then(|part| part.strip_prefix("--"));
        let named = |option: &Arg, name: &str| {
            option.get_long() == Some(name) || option.get_all_aliases().is_some_and(|all| all.contains(&name))
        };
        let mut options = called.get_arguments().filter(|option| option.is_require_equals_set());
        name.is_some_and(|name| options.any(|option| named(option, name)))
    };
    let mut whole: Vec<OsString> = Vec::with_capacity(line.len());
    for part in line {
        match whole.last_mut() {
            Some(option) if (part == "true" || part == "false") && switch(option) => {
                option.push("=");
                option.push(part);
            }
            _ => whole.push(part),
        }
    }
    whole
}

fn explained(error: clap::Error, command: &Command, line: &[OsString]) -> clap::Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let (mut kind, source) = (error.kind(), std::error::Error::source(&error));
    let tip = match error.kind() {
        ErrorKind::ValueValidation => {
            let typed = text(ContextKind::InvalidValue).unwrap_or_default();
            let whole = source.and_then(|source| source.downcast_ref::<ParseIntError>());
            let number = source.is_some_and(|source| source.is::<ParseFloatError>());
            match (whole, number) {
                (Some(fault), _) => Some(whole_number(&typed, fault)),
                (None, true) => Some(decimal_number(&typed)),
                _ => return error,
            }
        }
        ErrorKind::UnknownArgument => {
            let typed = text(ContextKind::InvalidArg).unwrap_or_default();
            let other = named_elsewhere(&typed, command, line);
            let near = error.get(ContextKind::SuggestedArg).is_some();
            match other.or_else(|| unknown_argument(&typed, command, line).filter(|_| !near)) {
                None => return error,
                tip => tip,
            }
        }
        ErrorKind::ArgumentConflict | ErrorKind::InvalidSubcommand => {
            let Some(name) = text(ContextKind::InvalidSubcommand) else { return error };
            if command.find_subcommand(&name).is_some() {
                Some(format!("options of a command come after it: 'pseudoword {name} --…'"))
            } else {
                // An option before it is not what is wrong with it.
                kind = ErrorKind::InvalidSubcommand;
                match unknown_command(&name) {
                    // What is near to it is in the parser's own words.
                    None if error.kind() == kind => return error,
                    tip => tip,
                }
            }
        }
        _ => return error,
    };
    // Anew, because the parser's own reason, such as "invalid digit found in string", cannot be taken out.
    let mut said = clap::Error::new(kind).with_cmd(command);
    for (kind, value) in error.context().filter(|(kind, _)| *kind != ContextKind::SuggestedArg) {
        said.insert(kind, value.clone());
    }
    if let Some(tip) = tip {
        said.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    said
}

/// What to do about a name that is no command.
fn unknown_command(name: &str) -> Option<String> {
    let elsewhere = || ELSEWHERE.iter().find(|(others, _)| others.contains(&name));
    if Path::new(name).exists() {
        Some(format!("'pseudoword inspect {name}' says what is in it"))
    } else if Path::new(name).extension().is_some() {
        // No command has an ending.
        Some("there is no file of this name".into())
    } else {
        elsewhere().map(|(_, ours)| format!("here it is 'pseudoword {ours}'"))
    }
}

fn whole_number(typed: &str, fault: &ParseIntError) -> String {
    let plain = plain(typed);
    match fault.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "the number is too large".into(),
        IntErrorKind::Empty => "write a whole number, such as 20".into(),
        _ if plain.parse::<i128>().is_ok_and(|number| number < 0) => "write a number from 0 up".into(),
        _ => match plain.parse::<f64>() {
            // What a float holds exactly.
            Ok(number) if (0.0..9e15).contains(&number) => {
                format!("write a whole number: {}", number.round() as u64)
            }
            _ => "write a whole number, such as 20".into(),
        },
    }
}

fn decimal_number(typed: &str) -> String {
    let plain = plain(&typed.replacen(',', ".", 1));
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => format!("write it with a point: {plain}"),
        _ => "write a number, such as 7.5".into(),
    }
}

/// A number without what people set between its digits.
fn plain(typed: &str) -> String {
    typed.chars().filter(|sign| !(sign.is_whitespace() || "_,'’%".contains(*sign))).collect()
}

/// What other programs call a command.
const ELSEWHERE: [(&[&str], &str); 9] = [
    (&["xyz", "xy", "plot", "matrix"], "grid"),
    (&["train", "teach", "resume"], "learn"),
    (&["draw", "sample", "txt2img", "render", "paint"], "generate"),
    (&["inpaint", "img2img", "outpaint", "change"], "edit"),
    (&["score", "test", "eval"], "evaluate"),
    (&["save"], "export"),
    (&["info", "show", "describe"], "inspect"),
    (&["download", "pull", "get"], "fetch"),
    (&["version"], "--version"),
];

/// What other programs call an option.
const OPTIONS: [(&[&str], &str); 16] = [
    (&["cfg", "cfg-scale", "guidance-scale", "scale"], "guidance"),
    (&["n", "num", "number", "n-iter", "batch-count", "num-images", "images-per-prompt"], "count"),
    (&["num-inference-steps", "max-train-steps", "iterations"], "steps"),
    (&["lr", "rate"], "learning-rate"),
    (&["o", "output", "outdir", "output-dir"], "out"),
    (&["m", "ckpt", "checkpoint", "pretrained-model-name-or-path"], "model"),
    (&["embedding", "embeddings", "ti", "token", "placeholder-token"], "word"),
    (&["initializer-token", "init-word"], "init"),
    (&["data", "dataset", "train-data-dir", "pictures"], "images"),
    (&["scheduler", "schedule-type", "schedule"], "spacing"),
    (&["guidance-rescale", "cfg-rescale"], "rescale"),
    (&["subseed"], "variation-seed"),
    (&["subseed-strength", "variation-seed-strength"], "variation"),
    (&["hires-upscale", "hires-scale", "hr-scale", "upscale"], "enlarge"),
    (&["w"], "width"),
    (&["h"], "height"),
];

/// What the option is called here that is known by another name elsewhere.
fn named_elsewhere(unknown: &str, command: &Command, line: &[OsString]) -> Option<String> {
    let called = command.find_subcommand(line.get(1)?)?;
    // Of a name behind one dash the parser gives the first letter alone.
    let whole = |part: &OsString| part.to_str().and_then(|part| part.split('=').next()) == Some(unknown);
    line.iter().find(|part| whole(part))?;
    let name = unknown.strip_prefix('-')?.trim_start_matches('-').to_lowercase().replace('_', "-");
    let (_, ours) = OPTIONS.iter().find(|(others, _)| others.contains(&name.as_str()))?;
    let there = called.get_arguments().any(|option| option.get_long() == Some(*ours));
    there.then(|| format!("here it is --{ours}"))
}

/// Why something stands where an option should: it lacks a dash, has one too many, or nothing in front of it.
fn unknown_argument(unknown: &str, command: &Command, line: &[OsString]) -> Option<String> {
    let line: Vec<&str> = line.iter().filter_map(|part| part.to_str()).collect();
    let called = command.find_subcommand(line.get(1)?)?;
    let knows = |name: &str| called.get_arguments().any(|option| option.get_long() == Some(name));
    // One dash, or the long ones that text programs make of two.
    let typed = line.iter().find(|part| part.starts_with(unknown))?;
    let name = typed.trim_start_matches(['-', '–', '—']).split('=').next()?;
    if knows(name) && name.len() < typed.len() {
        return Some(format!("an option begins with two plain dashes: --{name}"));
    }
    if !unknown.starts_with('-') && Path::new(unknown).exists() {
        let option = ["images", "word", "run", "folder", "model"].into_iter().find(|name| knows(name))?;
        return Some(format!("say what it is for, such as --{option} '{unknown}'"));
    }
    if !unknown.starts_with('-') && knows("prompt") {
        return Some(format!("say what it is for, such as --prompt '{unknown}'"));
    }
    dashed_value(unknown, &line)
}

/// A value that begins with a dash is taken for an option.
fn dashed_value(unknown: &str, line: &[&str]) -> Option<String> {
    let at = line
        .iter()
        .position(|part| part.starts_with('-') && part.starts_with(unknown) && !part.starts_with("--"))?;
    let option = line.get(at.checked_sub(1)?)?;
    let takes = option.starts_with("--") && !option.contains('=');
    takes.then(|| format!("a value that begins with a dash is written {option}='{}'", line[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> String {
        let line = format!("pseudoword {line}");
        let error = parse(line.split(' ').map(OsString::from)).map(|_| ()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    }

    #[test]
    fn numbers_are_explained() {
        let generate = "generate --prompt x --out drawn";
        for (options, parts) in [
            ("--steps 1e3", ["'1e3' for '--steps <STEPS>'", "whole number: 1000"]),
            ("--steps 2.5", ["'2.5'", "whole number: 3"]),
            ("--steps 1,000", ["'1,000'", "whole number: 1000"]),
            ("--steps -5", ["'-5'", "from 0 up"]),
            ("--steps many", ["'many'", "such as 20"]),
            ("--steps ", ["''", "such as 20"]),
            ("--count 99999999999999999999", ["--count", "too large"]),
            ("--guidance 7,5", ["'7,5'", "with a point: 7.5"]),
            ("--guidance strong", ["'strong'", "such as 7.5"]),
            ("--negative -ugly", ["unexpected", "--negative='-ugly'"]),
            ("-model sd1", ["unexpected", "two plain dashes: --model"]),
            ("—seed 3", ["unexpected", "two plain dashes: --seed"]),
            ("Cargo.toml", ["unexpected", "such as --word 'Cargo.toml'"]),
            ("--stpes 3", ["--stpes", "'--steps'"]),
            ("--cfg_scale 7", ["unexpected", "here it is --guidance"]),
            ("--scheduler karras", ["unexpected", "here it is --spacing"]),
            ("--hr_scale 2", ["unexpected", "here it is --enlarge"]),
            ("--n 3", ["unexpected", "here it is --count"]),
            ("-W 64", ["unexpected", "here it is --width"]),
            ("cats", ["unexpected", "such as --prompt 'cats'"]),
            ("--sampler dmpp", ["possible values", "'dpmpp-2m'"]),
            ("--size 512by512", ["'512by512'", "such as 512x768"]),
        ] {
            // A script's own words are no help to whoever reads this.
            let said = said(&format!("{generate} {options}"));
            assert!(parts.iter().all(|part| said.contains(part)), "{said}");
            assert!(!["digit found", "float literal", "parse integer"].iter().any(|own| said.contains(own)));
        }
        assert!(said("--device cpu generate --prompt x --out y").contains("come after it"));
        assert!(said("--json generate").contains("generate --json"));
        assert!(said("train").contains("'pseudoword learn'"));
        assert!(said("Cargo.toml").contains("'pseudoword inspect Cargo.toml'"));
        assert!(said("toy.safetensors").contains("no file of this name"));
        assert!(said("--device cpu Cargo.toml").contains("'pseudoword inspect Cargo.toml'"));
        assert!(said("--device cpu toy.safetensors").contains("no file of this name"));
        assert!(!said("--device cpu nonsense").contains("cannot be used with"));
    }

    #[test]
    fn words_and_models_open_the_window() {
        let folder = std::env::temp_dir().join(format!("pseudoword-opened-{}", std::process::id()));
        let whole = folder.join("diffusers");
        std::fs::create_dir_all(&whole).unwrap();
        std::fs::write(whole.join("model_index.json"), "{}").unwrap();
        let [word, model, text] = ["toy.safetensors", "sd 15.CKPT", "notes.txt"].map(|name| {
            let path = folder.join(name);
            std::fs::write(&path, "").unwrap();
            path
        });
        let missing = folder.join("none.pt");
        let read = |options: &[&str], files: &[&PathBuf]| {
            let options = std::iter::once("pseudoword").chain(options.iter().copied()).map(OsString::from);
            parse(options.chain(files.iter().map(|file| file.as_os_str().to_owned())))
        };
        let opened = read(&["--device", "cpu"], &[&word, &model, &whole]).unwrap();
        assert!(opened.command.is_none());
        assert_eq!(opened.device, engine::message::DeviceChoice::Cpu);
        assert_eq!(opened.files, [word.clone(), model, whole]);
        assert_eq!(read(&[], &[]).unwrap().files, Vec::<PathBuf>::new());
        for refused in [&[&text][..], &[&word, &text], &[&missing]] {
            assert_eq!(read(&[], refused).map(|_| ()).unwrap_err().exit_code(), 2);
        }
        // Where there is a command, a file is a mistake of its line.
        assert!(read(&["generate"], &[&word]).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_switch_takes_its_value_behind_a_space_too() {
        let read = |options: &str| {
            let line = format!("pseudoword learn --sample circus-cat --out run {options}");
            format!("{:?}", parse(line.split(' ').map(OsString::from)).unwrap().command)
        };
        for (spaced, set) in [
            ("--use-masks false", "--use-masks=false"),
            ("--captions true --flip false", "--captions=true --flip=false"),
        ] {
            let without_order = |text: String| text.replace("indices: ", "");
            assert_eq!(without_order(read(spaced)), without_order(read(set)));
        }
        assert!(said("evaluate --use-masks maybe").contains("maybe"));
        assert!(said("learn --resume true --out run").contains("true"), "this one is no setting");
    }

    #[test]
    fn paths_are_read_as_a_shell_does() {
        let out = |text: &str| {
            let line = ["pseudoword", "generate", "--prompt", "x", text].map(OsString::from);
            match parse(line).map(|arguments| arguments.command) {
                Ok(Some(crate::Command::Generate(generate))) => Ok(format!("{generate:?}")),
                Ok(_) => panic!("another command"),
                Err(error) => Err(error.to_string()),
            }
        };
        let home = std::env::home_dir().unwrap();
        assert!(out("--out=~/drawn").unwrap().contains(&format!("{:?}", home.join("drawn"))));
        assert!(out("--out=絵 1/").is_ok());
        for (text, part) in [("--out=-", "pipe"), ("--out=drawn\r", "invisible"), ("--out=", "required")] {
            let said = out(text).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }
}
