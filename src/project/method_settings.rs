//! What the methods of learning can be told beside the settings that all of them share, and which settings do not go
//! together with a method.
//!
//! A method reads its own fields and no others. What a method computes is known to `inversion`.

use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser as _};
use serde::{Deserialize, Serialize};

use super::concept::{Concept, ConceptKind};
use super::method::Method;
use super::options::within;
use super::settings::{LearnSettings, MAX_VECTORS};
use super::typed;
use base::{Error, Result, with_defaults};

with_defaults! {
    /// Settings of single methods.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
    #[serde(default, deny_unknown_fields)]
    pub struct MethodSettings {
        /// With a growing word: the steps after which it gets one vector more.
        ///
        /// Up to 15 whole numbers, each above the one before. Default: "2000, 4000", as in the paper.
        #[arg(id = "methods.add_vector_at", long = "add-vector-at", value_name = "STEPS")]
        pub add_vector_at: String = "2000, 4000".into(),
        /// With a word that is held back: how strongly it is pulled to where it began. Much of it, and it stays there.
        ///
        /// 0 to 1000. Default: 0.01; the paper names no number. Where the word only turns, it is the direction that is pulled.
        #[arg(
            id = "methods.regularisation",
            long = "regularisation",
            alias = "regularization",
            value_name = "WEIGHT"
        )]
        // On the starter model a picture's gradient is about 0.03 long, and after twenty steps a word has gone 0.35: there
        // this weight pulls with a quarter of that.
        pub regularisation: f64 = 0.01,
        /// With two words: the folder with the pictures of the other thing.
        ///
        /// Three to five pictures are best.
        #[arg(id = "methods.with_images", long = "with-images", value_name = "DIR")]
        #[arg(value_parser = PathBufValueParser::new().try_map(std::path::absolute::<PathBuf>))]
        pub with_images: Option<PathBuf> = None,
        /// With two words: the other word, as you will type it in prompts.
        ///
        /// Its file lies beside that of the first.
        #[arg(id = "methods.with_word", long = "with-word", value_name = "WORD")]
        pub with_word: Option<String> = None,
        /// With two words: a plain word for what the other pictures show.
        ///
        /// The other word starts as it, with as many vectors as the first.
        #[arg(id = "methods.with_init", long = "with-init", value_name = "WORD")]
        pub with_init: Option<String> = None,
    }
}

impl MethodSettings {
    /// The steps after which a growing word gets one vector more, in order.
    ///
    /// # Errors
    /// [`Error::Input`] if the text is no such list.
    pub fn growth(&self) -> Result<Vec<u64>> {
        let text = &self.add_vector_at;
        let refuse = |why: &str| {
            let remedy =
                format!("Write 1 to {} whole numbers that rise, such as 2000, 4000.", MAX_VECTORS - 1);
            Error::input(format!("add_vector_at “{text}” cannot be read: {why}"), remedy)
        };
        let steps = typed::entries(text)
            .map(|part| part.parse().map_err(|_| refuse(&format!("“{part}” is no step"))));
        let steps: Vec<u64> = steps.collect::<Result<_>>()?;
        if steps.is_empty() || steps.len() >= MAX_VECTORS {
            return Err(refuse(&format!("it names {} steps", steps.len())));
        }
        match steps[0] == 0 || !steps.is_sorted_by(|a, b| a < b) {
            true => Err(refuse("each step must be above the one before, and the first above 0")),
            false => Ok(steps),
        }
    }
}

impl LearnSettings {
    /// The word that is learned together with the first, if that is the method.
    pub fn second(&self, kind: ConceptKind) -> Option<Concept> {
        let text = |given: &Option<String>| given.clone().unwrap_or_default();
        let (word, initial_word) = (text(&self.methods.with_word), text(&self.methods.with_init));
        (self.method == Method::TwoConcept).then_some(Concept { word, initial_word, kind })
    }

    /// Where the pictures of that word are.
    pub fn second_images(&self) -> Option<&Path> {
        self.methods.with_images.as_deref().filter(|_| self.method == Method::TwoConcept)
    }

    /// Checks what a method needs, and what does not go with it.
    pub(super) fn validate_method(&self) -> Result<()> {
        let methods = &self.methods;
        within("regularisation", methods.regularisation, 0.0, 1000.0)?;
        methods.growth()?;
        match self.method {
            Method::Progressive if self.vectors.is_some_and(|vectors| vectors > 1) => Err(Error::input(
                "A growing word begins with one vector, and more are asked for",
                "Leave out --vectors, and say with --add-vector-at when further ones come.",
            )),
            Method::Progressive if self.refine.context_weight > 0.0 => Err(Error::input(
                "context_weight compares sentences of one length, and a growing word makes them longer",
                "Set it to 0, or choose another method.",
            )),
            Method::TwoConcept => {
                let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
                let images = methods.with_images.as_ref().is_some_and(|path| !path.as_os_str().is_empty());
                let all = [
                    ("with-images", images),
                    ("with-word", given(&methods.with_word)),
                    ("with-init", given(&methods.with_init)),
                ];
                let Some((missing, _)) = all.iter().find(|(_, given)| !given) else { return Ok(()) };
                let remedy = "Two words need the pictures, the word and the plain word of the other thing.";
                Err(Error::input(format!("--{missing} is missing"), remedy))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_a_list_that_rises() {
        let growth =
            |text: &str| MethodSettings { add_vector_at: text.into(), ..MethodSettings::default() }.growth();
        assert_eq!(growth(&MethodSettings::default().add_vector_at).unwrap(), [2000, 4000]);
        assert_eq!(growth(" 5,7 ,9,").unwrap(), [5, 7, 9]);
        for (wrong, said) in
            [("", "0 steps"), ("0, 5", "above 0"), ("7, 7", "above the one"), ("5, x", "“x”")]
        {
            let error = growth(wrong).unwrap_err().to_string();
            assert!(error.contains(said) && error.contains("add_vector_at"), "{wrong}: {error}");
        }
        assert!(growth(&(1..17).map(|step| format!("{step},")).collect::<String>()).is_err());
    }

    #[test]
    fn what_does_not_go_with_a_method_is_refused() {
        let refused = |method: Method, change: &dyn Fn(&mut LearnSettings)| {
            let mut settings = LearnSettings { method, ..LearnSettings::default() };
            change(&mut settings);
            settings.validate().unwrap_err().to_string()
        };
        assert!(refused(Method::Progressive, &|s| s.vectors = Some(2)).contains("--add-vector-at"));
        assert!(refused(Method::Progressive, &|s| s.refine.context_weight = 0.1).contains("context_weight"));
        assert!(
            refused(Method::Regularised, &|s| s.methods.regularisation = -1.0).contains("regularisation")
        );
        assert!(refused(Method::TwoConcept, &|_| {}).contains("--with-images"));
        let part = |s: &mut LearnSettings| {
            (s.methods.with_images, s.methods.with_word) = (Some("b".into()), Some("<b>".into()));
        };
        assert!(refused(Method::TwoConcept, &part).contains("--with-init"));
        for method in
            [Method::Single, Method::Extended, Method::Progressive, Method::PerImage, Method::Captions]
        {
            LearnSettings { method, ..LearnSettings::default() }.validate().unwrap();
        }
    }

    #[test]
    fn files_of_before_mean_the_method_alone() {
        let settings: LearnSettings = toml::from_str("steps = 10").unwrap();
        assert_eq!((settings.method, settings.methods), (Method::Single, MethodSettings::default()));
        assert_eq!("regularized".parse::<Method>().unwrap(), Method::Regularised);
    }
}
