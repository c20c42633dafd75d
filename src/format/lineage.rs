//! From which model a model of Stable Diffusion XL was made, and whether it predicts the velocity: read from what tools
//! write into a file's header, from recipes of merges, and, as the weakest mark, from its name.
//!
//! Names are compared word by word, and nothing is guessed: two lineages in one recipe are none. The architecture that
//! tools write says only that it is Stable Diffusion XL, and so nothing here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use project::Lineage;

/// A file's header, as text by key.
pub(crate) type Metadata = BTreeMap<String, String>;

/// Our own key.
pub(crate) const LINEAGE: &str = "pseudoword.lineage";

/// What a model's header says of where it comes from, else its name.
pub(crate) fn of_model(metadata: &Metadata, name: &str) -> Option<Lineage> {
    let said = |key: &str| metadata.get(key).and_then(|text| in_name(text));
    let ours = metadata.get(LINEAGE).and_then(|text| text.parse().ok());
    ours.or_else(|| of_merge(metadata))
        .or_else(|| said("modelspec.title"))
        .or_else(|| of_base(metadata))
        .or_else(|| in_name(name))
}

/// What a word's header says of the model it was learned on. Its own title and name say nothing about that.
pub(crate) fn of_word(metadata: &Metadata) -> Option<Lineage> {
    let ours = metadata.get(LINEAGE).and_then(|text| text.parse().ok());
    ours.or_else(|| of_base(metadata))
}

/// The model that something was trained from.
fn of_base(metadata: &Metadata) -> Option<Lineage> {
    // Every trainer calls every Stable Diffusion XL the base in these two.
    let kinds = ["ss_base_model_version", "modelspec.architecture"];
    let kind = |key: &&str| metadata.get(*key).and_then(|text| in_name(text));
    let special = kinds.iter().filter_map(kind).find(|lineage| *lineage != Lineage::Base);
    special.or_else(|| metadata.get("ss_sd_model_name").and_then(|text| in_name(text)))
}

/// What the recipe of a merge says: the one lineage of all that went in. The base adds nothing of its own.
fn of_merge(metadata: &Metadata) -> Option<Lineage> {
    let mut names = Vec::new();
    for key in ["sd_merge_models", "sd_merge_recipe"] {
        if let Some(recipe) = metadata.get(key).and_then(|text| serde_json::from_str::<Value>(text).ok()) {
            collect_names(&recipe, 0, &mut names);
        }
    }
    if let Some(list) = metadata.get("modelspec.merged_from") {
        names.extend(list.split(',').map(str::to_owned));
    }
    one(names.iter().filter_map(|name| in_name(name)).collect())
}

/// Every `name` in a recipe; recipes hold recipes.
fn collect_names(value: &Value, depth: usize, names: &mut Vec<String>) {
    const DEEPEST: usize = 16;
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        match value {
            Value::String(name) if key.ends_with("name") => names.push(name.clone()),
            Value::Object(_) if depth < DEEPEST => collect_names(value, depth + 1, names),
            _ => {}
        }
    }
}

/// The one lineage of several; NoobAI grew out of Illustrious, so that both together are Illustrious.
fn one(mut found: Vec<Lineage>) -> Option<Lineage> {
    if found.iter().any(|lineage| *lineage != Lineage::Base) {
        found.retain(|lineage| *lineage != Lineage::Base);
    }
    let first = *found.first()?;
    let kin = |lineage: &Lineage| matches!(lineage, Lineage::NoobAi | Lineage::Illustrious);
    match () {
        () if found.iter().all(|lineage| *lineage == first) => Some(first),
        () if found.iter().all(kin) => Some(Lineage::Illustrious),
        () => None,
    }
}

/// The lineage that a title, a file's name or a path's last part tells.
pub(crate) fn in_name(text: &str) -> Option<Lineage> {
    let words = words(text);
    let any = |test: &dyn Fn(&str) -> bool| words.iter().any(|word| test(word));
    // Ponyville is no lineage.
    let after_pony = ["", "xl", "diffusion", "diffusionxl", "mix", "realism", "sdxl"];
    let pony = any(&|word| {
        let rest = word.strip_prefix("pony");
        word == "pdxl" || word.ends_with("ponyxl") || rest.is_some_and(|rest| after_pony.contains(&rest))
    });
    let noob = any(&|word| {
        word == "noob" || word == "noobxl" || word.starts_with("noobai") || word.ends_with("naixl")
    });
    let illustrious = any(&|word| word.starts_with("illustrious") || word == "ilxl");
    let animagine = any(&|word| word.starts_with("animagine"));
    match (pony, noob || illustrious, animagine) {
        (true, false, false) => Some(Lineage::Pony),
        (false, true, false) if noob => Some(Lineage::NoobAi),
        (false, true, false) => Some(Lineage::Illustrious),
        (false, false, true) => Some(Lineage::Animagine),
        (false, false, false) => is_base(&words).then_some(Lineage::Base),
        _ => None,
    }
}

/// Whether a name is the published model's and says nothing more: what is made from it is called so as well.
fn is_base(words: &[String]) -> bool {
    let known =
        "sd sdxl xl stable diffusion stability stabilityai base v vae fp fixed safetensors ckpt".split(' ');
    let known: BTreeSet<&str> = known.collect();
    let plain =
        |word: &String| known.contains(word.as_str()) || word.chars().all(|part| part.is_ascii_digit());
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    has("base") && (has("xl") || has("sdxl")) && words.iter().all(plain)
}

/// What a header says is predicted: the velocity, or the noise.
pub(crate) fn velocity(metadata: &Metadata) -> Option<bool> {
    // The second is ComfyUI's.
    let keys = ["modelspec.prediction_type", "modelspec.predict_key"];
    let said = |key: &&str| match metadata.get(*key)?.to_ascii_lowercase().as_str() {
        "v" | "v_prediction" | "v-prediction" | "vpred" | "velocity" => Some(true),
        "epsilon" | "eps" => Some(false),
        _ => None,
    };
    keys.iter()
        .find_map(said)
        .or_else(|| metadata.get("modelspec.title").and_then(|title| velocity_in_name(title)))
}

/// What a name says is predicted.
pub(crate) fn velocity_in_name(text: &str) -> Option<bool> {
    let words = words(text);
    let pair = |first: &[&str]| {
        let follows = |pair: &[String]| first.contains(&pair[0].as_str()) && pair[1].starts_with("pred");
        words.windows(2).any(follows)
    };
    let starts = |start: &[&str]| words.iter().any(|word| start.iter().any(|start| word.starts_with(start)));
    let velocity = pair(&["v"]) || starts(&["vpred", "velocitypred"]);
    let noise = pair(&["eps", "epsilon"]) || starts(&["epspred", "epsilonpred"]);
    (velocity != noise).then_some(velocity)
}

/// The last part of a path in words: cut at signs, at numbers and where capitals begin.
fn words(text: &str) -> Vec<String> {
    let last = text.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    let letters: Vec<char> = last.chars().collect();
    let mut words = vec![String::new()];
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map_or(' ', |at| letters[at]);
        let after = letters.get(at + 1).copied().unwrap_or(' ');
        let capital = letter.is_uppercase() && (before.is_lowercase() || after.is_lowercase());
        if !letter.is_alphanumeric() || before.is_ascii_digit() != letter.is_ascii_digit() || capital {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What a folder in diffusers' layout is called: by its name, by the repository that a download cache keeps it for, or
/// by the name it was saved from.
pub(crate) fn of_folder(path: &Path, saved_from: Option<&str>) -> Option<Lineage> {
    let own = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let cached = path.parent().and_then(Path::parent).and_then(Path::file_name);
    let cached = cached.map(|name| name.to_string_lossy().into_owned());
    // The cache writes `models--OWNER--NAME/snapshots/COMMIT`.
    let cached = cached.and_then(|name| Some(name.strip_prefix("models--")?.rsplit("--").next()?.to_owned()));
    saved_from.and_then(in_name).or_else(|| cached.as_deref().or(own.as_deref()).and_then(in_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(entries: &[(&str, &str)]) -> Metadata {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn names_that_people_have_are_told_apart() {
        use Lineage::{Animagine, Base, Illustrious, NoobAi, Pony};
        for (name, expected) in [
            ("ponyDiffusionV6XL_v6StartWithThisOne", Some(Pony)),
            ("autismmixSDXL_autismmixPony", Some(Pony)),
            ("ponyRealism_V22MainVAE", Some(Pony)),
            ("C:\\models\\pony\\thing.safetensors", None),
            ("Illustrious-XL-v0.1.safetensors", Some(Illustrious)),
            ("waiNSFWIllustrious_v140", Some(Illustrious)),
            ("hassakuXLIllustrious_v22", Some(Illustrious)),
            ("noobaiXLNAIXL_vPred10Version", Some(NoobAi)),
            ("Laxhar/noobai-XL-1.0", Some(NoobAi)),
            ("NoobAI-XL-Vpred-v1.0", Some(NoobAi)),
            ("animagine-xl-3.1", Some(Animagine)),
            ("sd_xl_base_1.0_0.9vae", Some(Base)),
            ("stabilityai/stable-diffusion-xl-base-1.0", Some(Base)),
            ("sdxl_base_portraits", None),
            ("ponyville_scenery", None),
            ("pony x illustrious", None),
            ("juggernautXL_v9", None),
            ("", None),
        ] {
            assert_eq!(in_name(name), expected, "{name}");
        }
        for (name, expected) in [
            ("noobaiXLNAIXL_vPred10Version", Some(true)),
            ("NoobAI-XL-Vpred-v1.0", Some(true)),
            ("x_v-prediction", Some(true)),
            ("noobaiXLNAIXL_epsilonPred11Version", Some(false)),
            ("evpredator", None),
            ("model_v10", None),
        ] {
            assert_eq!(velocity_in_name(name), expected, "{name}");
        }
    }

    #[test]
    fn headers_weigh_more_than_names_and_recipes_must_agree() {
        let merge = |names: &[&str]| {
            let models: Vec<String> = names
                .iter()
                .map(|name| format!(r#""{name}h": {{"name": "{name}.safetensors [abc]"}}"#))
                .collect();
            metadata(&[("sd_merge_models", &format!("{{{}}}", models.join(",")))])
        };
        let of = |metadata: &Metadata| of_model(metadata, "ponyDiffusionV6XL");
        assert_eq!(of(&metadata(&[])), Some(Lineage::Pony));
        assert_eq!(of(&metadata(&[("modelspec.title", "Illustrious XL 1.0")])), Some(Lineage::Illustrious));
        assert_eq!(of(&metadata(&[("ss_sd_model_name", "NoobAI.safetensors")])), Some(Lineage::NoobAi));
        let merged = |names: &[&str]| of_model(&merge(names), "mix");
        assert_eq!(merged(&["ponyRealism", "myMix"]), Some(Lineage::Pony));
        assert_eq!(merged(&["ponyRealism", "sd_xl_base_1.0"]), Some(Lineage::Pony));
        assert_eq!(merged(&["waiIllustrious", "noobai"]), Some(Lineage::Illustrious));
        assert_eq!(merged(&["waiIllustrious", "ponyXL"]), None);
        assert_eq!(of_model(&metadata(&[("sd_merge_recipe", "not json")]), "mix"), None);
    }

    #[test]
    fn a_word_is_of_the_lineage_it_was_learned_on() {
        let word = |key: &str, value: &str| of_word(&metadata(&[(key, value)]));
        assert_eq!(word(LINEAGE, "noobai"), Some(Lineage::NoobAi));
        assert_eq!(word("ss_sd_model_name", "ponyDiffusionV6XL.safetensors"), Some(Lineage::Pony));
        assert_eq!(word("modelspec.title", "pony"), None, "a word may be called so");
        // Trainers write this for every Stable Diffusion XL.
        assert_eq!(word("ss_base_model_version", "sdxl_base_v1-0"), None);
        assert_eq!(word("modelspec.architecture", "stable-diffusion-xl-v1-base"), None);
        assert_eq!(word("ss_base_model_version", "illustrious_v1"), Some(Lineage::Illustrious));
    }

    #[test]
    fn folders_are_told_by_what_they_were_saved_from() {
        let cached = Path::new("hub/models--Laxhar--noobai-XL-1.0/snapshots/0123abcd");
        assert_eq!(of_folder(cached, None), Some(Lineage::NoobAi));
        assert_eq!(of_folder(Path::new("my/animagine-xl-3.1"), None), Some(Lineage::Animagine));
        let saved = Some("AstraliteHeart/pony-diffusion-v6");
        assert_eq!(of_folder(Path::new("my/model"), saved), Some(Lineage::Pony));
        assert_eq!(of_folder(Path::new("my/model"), None), None);
    }

    #[test]
    fn headers_say_what_is_predicted() {
        let said = |key: &str, value: &str| velocity(&metadata(&[(key, value)]));
        assert_eq!(said("modelspec.prediction_type", "v"), Some(true));
        assert_eq!(said("modelspec.prediction_type", "epsilon"), Some(false));
        assert_eq!(said("modelspec.predict_key", "v"), Some(true));
        assert_eq!(said("modelspec.predict_key", "epsilon"), Some(false));
        assert_eq!(said("modelspec.title", "NoobAI-XL v-pred"), Some(true));
        assert_eq!(said("modelspec.title", "something"), None);
    }
}
