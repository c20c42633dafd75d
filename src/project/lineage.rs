//! The lineages of Stable Diffusion XL: models so far from where they began that a word of one means little to another.
//!
//! Plain facts. What tells them apart in a file is `format`'s business; what is not known is nothing here.

use super::named_enum::named_enum;

named_enum! {
    /// From which model of Stable Diffusion XL another was made. A word fits its own lineage best; others read it too.
    pub enum Lineage as "lineage of models" {
        /// The published model, and what is near to it.
        Base = "sdxl-base" as "the published SDXL",
        /// Pony Diffusion, which reads tags and scores.
        Pony = "pony" as "Pony",
        /// Illustrious, which reads tags.
        Illustrious = "illustrious" as "Illustrious",
        /// NoobAI, made from Illustrious; also with v-prediction.
        NoobAi = "noobai" as "NoobAI",
        /// Animagine, which reads tags.
        Animagine = "animagine" as "Animagine",
    }
}

impl Lineage {
    /// What to know when a word of one lineage is used on a model of another, as a sentence.
    pub fn caution(word: &str, own: Option<Self>, model: Option<Self>) -> Option<String> {
        let (own, model) = own.zip(model).filter(|(own, model)| own != model)?;
        Some(format!(
            "{word} was learned on {}, and this model comes from {}: it may look less like what was learned.",
            own.label(),
            model.label()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_known_lineages_can_differ() {
        let said = |own, model| Lineage::caution("<toy>", own, model);
        let told = said(Some(Lineage::Pony), Some(Lineage::NoobAi)).unwrap();
        assert!(told.contains("<toy> was learned on Pony") && told.contains("NoobAI"), "{told}");
        assert_eq!(said(Some(Lineage::Pony), Some(Lineage::Pony)), None);
        assert_eq!(said(None, Some(Lineage::Pony)), None);
        assert_eq!(said(Some(Lineage::Pony), None), None);
    }
}
