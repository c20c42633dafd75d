//! A closed list of named choices, written once: the enum, its names for files and the command line, what each is
//! called and what it does in the window and in `--help`, and the sentence shown when a name is unknown.
//!
//! Only for enums without data; a choice that carries numbers derives serde by itself.

/// Declares a plain enum whose variants have names, with `ALL`, `name`, `label`, `about`, `Display`, `FromStr`, serde
/// and clap's `ValueEnum`. A variant's comment is what people read of it.
macro_rules! named_enum {
    ($(#[$meta:meta])* pub enum $Type:ident as $what:literal $(default $Default:ident)? {
        $(
            $(#[doc = $about:literal])+
            $Variant:ident = $name:literal $(as $label:literal)? $(also [$($other:literal),+])?,
        )+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $Type {
            $($(#[doc = $about])+ $Variant,)+
        }

        impl $Type {
            /// Every choice, in the order in which to offer them.
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

            /// The name used in files and on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Variant => $name),+ }
            }

            /// What people call it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$Variant => [$($label,)? $name][0]),+ }
            }

            /// What other programs call it, which is understood too.
            const fn others(self) -> &'static [&'static str] {
                match self { $(Self::$Variant => &[$($($other),+)?]),+ }
            }

            /// What it does, without a full stop.
            pub fn about(self) -> &'static str {
                let about = match self { $(Self::$Variant => concat!($($about),+)),+ };
                about.trim().trim_end_matches('.')
            }
        }

        $(
            #[allow(clippy::derivable_impls, reason = "a named choice says nothing beside its names")]
            impl Default for $Type {
                fn default() -> Self {
                    Self::$Default
                }
            }
        )?

        impl clap::ValueEnum for $Type {
            fn value_variants<'a>() -> &'a [Self] {
                Self::ALL
            }

            fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
                let value = clap::builder::PossibleValue::new(self.name()).help(self.about());
                Some(value.alias(self.label()).aliases(self.others()))
            }
        }

        impl std::fmt::Display for $Type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $Type {
            type Err = base::Error;

            /// Accepts each of its names in any letter case; the error lists those used here.
            fn from_str(text: &str) -> base::Result<Self> {
                let wanted = text.trim();
                let named = |choice: &Self| {
                    let all = [choice.name(), choice.label()];
                    all.iter().chain(choice.others()).any(|name| name.eq_ignore_ascii_case(wanted))
                };
                Self::ALL.iter().copied().find(named).ok_or_else(|| {
                    let names: Vec<_> = Self::ALL.iter().map(|c| c.name()).collect();
                    base::Error::input(
                        format!("“{wanted}” is not a {}", $what),
                        format!("Choose one of: {}.", names.join(", ")),
                    )
                })
            }
        }

        impl TryFrom<String> for $Type {
            type Error = base::Error;

            fn try_from(text: String) -> base::Result<Self> {
                text.parse()
            }
        }

        impl From<$Type> for &'static str {
            fn from(choice: $Type) -> Self {
                choice.name()
            }
        }
    };
}

pub(crate) use named_enum;

#[cfg(test)]
mod tests {
    use crate::{ConceptKind, Precision, SamplerKind};

    #[test]
    fn names_round_trip_and_unknown_ones_are_listed() {
        for &sampler in SamplerKind::ALL {
            assert_eq!(sampler.to_string().parse::<SamplerKind>().unwrap(), sampler);
            let json = serde_json::to_string(&sampler).unwrap();
            assert_eq!(json, format!("\"{sampler}\""));
            assert_eq!(serde_json::from_str::<SamplerKind>(&json).unwrap(), sampler);
        }
        assert_eq!(" BF16 ".parse::<Precision>().unwrap(), Precision::Bf16);
        for (name, sampler) in [
            ("Euler a", SamplerKind::EulerAncestral),
            ("DPM++ 2M", SamplerKind::DpmPp2m),
            ("DPM++ 2M Karras", SamplerKind::DpmPp2m),
            ("plms", SamplerKind::Pndm),
        ] {
            assert_eq!(name.parse::<SamplerKind>().unwrap(), sampler);
            assert_eq!(<SamplerKind as clap::ValueEnum>::from_str(&name.to_uppercase(), true), Ok(sampler));
        }
        let error = "subject".parse::<ConceptKind>().unwrap_err().to_string();
        assert!(error.contains("subject") && error.contains("object, style"), "{error}");
    }

    #[test]
    fn comments_are_what_people_read() {
        assert_eq!((Precision::F16.label(), ConceptKind::Style.label()), ("16 bits", "style"));
        assert_eq!(SamplerKind::DpmPp2m.about(), "Good pictures in 20 to 30 steps");
        assert!(SamplerKind::EulerAncestral.about().ends_with("lively, and never settles"));
    }
}
