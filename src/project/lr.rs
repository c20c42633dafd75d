//! How the word changes from step to step: the optimiser's settings, and its rate as a constant, a cosine, or
//! AUTOMATIC1111's text.
//!
//! A rate is checked and parsed once, before learning; a text that is wrong anywhere is refused whole. The length is that of
//! the forms that a rate can be written in, and of their tests.

use std::fmt::{self, Display, Formatter};

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::options::{above_zero, below_one, within};
use super::typed;
use base::{Error, Result, with_defaults};

/// The largest rate that is let through; ten times what moves a vector across the vocabulary in one step.
const MAX_LR: f64 = 10.0;

/// A rate that goes with the movement of the word, in files and on the command line.
const AUTO: &str = "auto";

with_defaults! {
    /// Settings of the AdamW optimiser (`torch.optim.AdamW`).
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, clap::Args)]
    #[serde(default, deny_unknown_fields)]
    pub struct AdamW {
        /// How long past steps steer the next ones (beta 1). More is steadier; less follows each picture faster.
        ///
        /// 0 to below 1. Default: 0.9.
        #[arg(id = "adamw.beta1", long = "adamw-beta1", value_name = "PART")]
        pub beta1: f64 = 0.9,
        /// How long strong pushes make the next steps careful (beta 2). There is hardly a reason to change it.
        ///
        /// 0 to below 1. Default: 0.999.
        #[arg(id = "adamw.beta2", long = "adamw-beta2", value_name = "PART")]
        pub beta2: f64 = 0.999,
        /// Keeps a division safe (epsilon). Drawings do not show it.
        ///
        /// Above 0 to 1. Default: 1e-8.
        #[arg(id = "adamw.epsilon", long = "adamw-epsilon", value_name = "X")]
        pub epsilon: f64 = 1e-8,
        /// Pulls the word towards meaning nothing in each step. Much of it, and drawings lose your thing or style.
        ///
        /// 0 to 1. Default: 0; the paper: 0.01.
        #[arg(id = "adamw.weight_decay", long = "adamw-weight-decay", value_name = "PART")]
        pub weight_decay: f64 = 0.0,
    }
}

impl AdamW {
    /// Checks every range.
    pub fn validate(&self) -> Result<()> {
        below_one("adamw.beta1", self.beta1)?;
        below_one("adamw.beta2", self.beta2)?;
        above_zero("adamw.epsilon", self.epsilon, 1.0)?;
        within("adamw.weight_decay", self.weight_decay, 0.0, 1.0)
    }
}

/// The learning rate as it stands in the settings. Rates lie above 0 and are at most 10; they are the
/// optimiser's own rates and are not multiplied by the batch size.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LearningRate {
    /// What is usual for the movement of the word; see [`LearnSettings::rate`](super::LearnSettings::rate).
    Auto,
    /// The same rate in every step, as in the paper.
    Constant {
        /// The rate.
        #[serde(rename = "rate")]
        lr: f64,
    },
    /// Falls along half a cosine wave: quick at first, careful at the end (the shape of PyTorch's
    /// `CosineAnnealingLR`).
    Cosine {
        /// The rate of the first step.
        start: f64,
        /// The rate of the last step.
        end: f64,
        /// Steps already taken where the fall begins: more than 0 in a run that was gone on with to another end.
        #[serde(skip_serializing_if = "is_zero")]
        since: u64,
    },
    /// AUTOMATIC1111's notation: `0.005:100, 1e-3:1000, 1e-5` is 0.005 up to and including the 100th step,
    /// 0.001 up to and including the 1000th, then 0.00001 to the end.
    Text(String),
}

/// A [`LearningRate`] in a file.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Written {
    Auto,
    #[serde(alias = "Constant")]
    Constant {
        rate: f64,
    },
    #[serde(alias = "Cosine")]
    Cosine {
        start: f64,
        end: f64,
        #[serde(default)]
        since: u64,
    },
    #[serde(alias = "Text")]
    Text(String),
}

impl<'de> Deserialize<'de> for LearningRate {
    /// As it is written here, or as people write it: a number, or the text alone.
    fn deserialize<D: Deserializer<'de>>(file: D) -> Result<Self, D::Error> {
        struct AnyForm;
        impl<'de> Visitor<'de> for AnyForm {
            type Value = LearningRate;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("a learning rate: a number, a text such as \"0.005:100, 1e-3\", or a table")
            }

            fn visit_f64<E>(self, lr: f64) -> Result<LearningRate, E> {
                Ok(LearningRate::Constant { lr })
            }

            fn visit_i64<E>(self, lr: i64) -> Result<LearningRate, E> {
                Ok(LearningRate::Constant { lr: lr as f64 })
            }

            fn visit_u64<E>(self, lr: u64) -> Result<LearningRate, E> {
                Ok(LearningRate::Constant { lr: lr as f64 })
            }

            fn visit_str<E>(self, text: &str) -> Result<LearningRate, E> {
                Ok(LearningRate::from(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<LearningRate, A::Error> {
                Ok(match Written::deserialize(MapAccessDeserializer::new(table))? {
                    Written::Auto => LearningRate::Auto,
                    Written::Constant { rate: lr } => LearningRate::Constant { lr },
                    Written::Cosine { start, end, since } => LearningRate::Cosine { start, end, since },
                    Written::Text(text) => LearningRate::Text(text),
                })
            }
        }
        file.deserialize_any(AnyForm)
    }
}

/// A checked [`LearningRate`], ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct LrSchedule(Form);

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// The rates of the first and the last step, and how many steps come before them.
    Cosine(f64, f64, u64),
    /// (lr, number of steps after which it no longer applies), the last one without end.
    Pieces(Vec<(f64, u64)>),
}

impl From<String> for LearningRate {
    /// What is typed on the command line; a single rate is a list of one.
    fn from(text: String) -> Self {
        if text.trim().eq_ignore_ascii_case(AUTO) { Self::Auto } else { Self::Text(text) }
    }
}

impl LearningRate {
    /// Checks the rates and reads the text form.
    pub fn parse(&self) -> Result<LrSchedule> {
        let check = |lr: f64| {
            if lr > 0.0 && lr <= MAX_LR {
                return Ok(lr);
            }
            Err(Error::input(
                format!("A learning rate of {lr} cannot be used"),
                format!("Choose a number above 0 and at most {MAX_LR}; 0.005 is usual."),
            ))
        };
        Ok(LrSchedule(match self {
            Self::Auto => return Err(Error::Internal("a rate that is to be chosen was asked for".into())),
            Self::Constant { lr } => Form::Pieces(vec![(check(*lr)?, u64::MAX)]),
            Self::Cosine { start, end, since } => Form::Cosine(check(*start)?, check(*end)?, *since),
            Self::Text(text) => Form::Pieces(parse_pieces(text)?),
        }))
    }
}

/// As a person says it: `0.005`, `from 0.005 down to 0.0005`.
impl Display for LearningRate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("by itself"),
            Self::Constant { lr } => write!(f, "{lr}"),
            Self::Cosine { start, end, .. } => write!(f, "from {start} down to {end}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

fn is_zero(steps: &u64) -> bool {
    *steps == 0
}

impl LrSchedule {
    /// The rate for the step that follows `step` steps already taken (0 for the first), out of `steps` in
    /// all. Past the end the last rate stays.
    pub fn at(&self, step: u64, steps: u64) -> f64 {
        match &self.0 {
            Form::Cosine(start, end, since) => {
                let step = step.saturating_sub(*since);
                let last = steps.saturating_sub(1 + since);
                if step == 0 && last > 0 {
                    return *start;
                }
                if step >= last {
                    return *end;
                }
                let phase = step as f64 / last as f64;
                end + (start - end) * 0.5 * (1.0 + (std::f64::consts::PI * phase).cos())
            }
            // Never empty: `parse_pieces` refuses that.
            Form::Pieces(pieces) => pieces.iter().find(|p| step < p.1).or(pieces.last()).map_or(0.0, |p| p.0),
        }
    }
}

/// Reads `rate:step, rate:step, rate`. White space and empty parts are forgiven; `-1` as a step is "to the
/// end".
fn parse_pieces(text: &str) -> Result<Vec<(f64, u64)>> {
    let refuse = |part: &str, why: &str| {
        Error::input(
            format!("The learning rate “{text}” cannot be read: in “{part}” {why}"),
            "Write it like 0.005:100, 1e-3:1000, 1e-5 (rate:until-step, the last rate runs to the end).",
        )
    };
    let mut pieces: Vec<(f64, u64)> = Vec::new();
    for part in typed::entries(text) {
        let reached = pieces.last().map_or(0, |p| p.1);
        if reached == u64::MAX {
            return Err(refuse(part, "nothing can follow a rate that runs to the end"));
        }
        let (lr, until) = match part.split_once(':') {
            Some((lr, until)) => (lr.trim(), Some(until.trim())),
            None => (part, None),
        };
        let lr: f64 = lr.parse().map_err(|_| refuse(part, "the rate is not a number"))?;
        if !(lr > 0.0 && lr <= MAX_LR) {
            return Err(refuse(part, "the rate must be above 0 and at most 10"));
        }
        let until = match until {
            None | Some("-1") => u64::MAX,
            Some(until) => until.parse().map_err(|_| refuse(part, "the step is not a whole number"))?,
        };
        if until <= reached {
            return Err(refuse(part, "the step must be larger than the one before it"));
        }
        pieces.push((lr, until));
    }
    if pieces.is_empty() {
        return Err(refuse(text.trim(), "there is no rate"));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> LearningRate {
        LearningRate::Text(text.into())
    }

    #[test]
    fn text_switches_after_the_named_step() {
        for sloppy in ["0.005:100, 1e-3:1000, 1e-5", " 5e-3 :100,,1e-3: 1000 、1e-5:-1，"] {
            let schedule = text(sloppy).parse().unwrap();
            let lrs: Vec<f64> = [0, 99, 100, 999, 1000, 5000].iter().map(|&s| schedule.at(s, 2000)).collect();
            assert_eq!(lrs, [0.005, 0.005, 1e-3, 1e-3, 1e-5, 1e-5]);
        }
        assert_eq!(text("0.01:10").parse().unwrap().at(50, 100), 0.01, "the last rate stays");
    }

    #[test]
    fn a_bad_part_is_named() {
        let cases = [
            ("0.005:100, abc:200", "abc:200"),
            ("0.005:ten", "0.005:ten"),
            ("0.005:100, 1e-3:100", "1e-3:100"),
            ("1e-3, 1e-4", "1e-4"),
            ("-1e-3:5", "-1e-3:5"),
            ("nan", "nan"),
            ("0,005", "0"),
            ("0.1:0", "0.1:0"),
        ];
        for (input, part) in cases {
            let error = text(input).parse().unwrap_err().to_string();
            assert!(error.contains(&format!("in “{part}”")), "{error}");
        }
        assert!(text(" , ").parse().is_err());
        assert!(LearningRate::Constant { lr: 0.0 }.parse().is_err());
        assert!(LearningRate::Cosine { start: 1e-3, end: f64::NAN, since: 0 }.parse().is_err());
    }

    #[test]
    fn a_rate_in_a_file_may_be_written_as_people_write_it() {
        #[derive(Debug, Serialize, Deserialize)]
        struct File {
            rate: LearningRate,
        }
        let constant = LearningRate::Constant { lr: 0.005 };
        for (written, meant) in [
            ("0.005", constant.clone()),
            ("1", LearningRate::Constant { lr: 1.0 }),
            ("\"0.005:100, 1e-3\"", LearningRate::Text("0.005:100, 1e-3".into())),
            ("{ constant = { rate = 0.005 } }", constant.clone()),
            ("{ Constant = { rate = 0.005 } }", constant),
            ("\"auto\"", LearningRate::Auto),
            (
                "{ cosine = { start = 0.01, end = 1e-3 } }",
                LearningRate::Cosine { start: 0.01, end: 1e-3, since: 0 },
            ),
        ] {
            let read: File = toml::from_str(&format!("rate = {written}")).unwrap();
            assert_eq!(read.rate, meant);
            let again: File = toml::from_str(&toml::to_string(&read).unwrap()).unwrap();
            assert_eq!(again.rate, meant);
        }
        for (wrong, said) in
            [("true", "a learning rate"), ("{ cosine = { begin = 1 } }", "start"), ("{ x = 1 }", "cosine")]
        {
            let error = toml::from_str::<File>(&format!("rate = {wrong}")).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn cosine_runs_from_start_to_end() {
        let schedule = LearningRate::Cosine { start: 5e-3, end: 5e-4, since: 0 }.parse().unwrap();
        assert_eq!(schedule.at(0, 1001), 5e-3);
        assert!((schedule.at(500, 1001) - 2.75e-3).abs() < 1e-15);
        assert_eq!(schedule.at(1000, 1001), 5e-4);
        assert_eq!(schedule.at(7000, 1001), 5e-4);
        assert_eq!(schedule.at(0, 1), 5e-4);
        let later = LearningRate::Cosine { start: 2e-3, end: 5e-4, since: 500 }.parse().unwrap();
        assert_eq!([0, 500, 1000, 9000].map(|step| later.at(step, 1001)), [2e-3, 2e-3, 5e-4, 5e-4]);
        assert!((later.at(750, 1001) - 1.25e-3).abs() < 1e-15);
        assert_eq!(LearningRate::Constant { lr: 0.02 }.parse().unwrap().at(4999, 5000), 0.02);
    }
}
