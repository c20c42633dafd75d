//! What the content credentials of a picture say, in the language of the window.
//!
//! The command line says the same in English by itself (`ContentCredentials::describe`). Nothing is vouched for here beyond
//! that the file is as it was signed.

use format::credentials::{ContentCredentials, FileState, Made};

/// On one line; `None` is a picture without any.
pub fn said(credentials: Option<&ContentCredentials>) -> String {
    let Some(found) = credentials else { return t!("credentials-none").to_owned() };
    if found.state == FileState::Changed {
        return t!("credentials-changed").to_owned();
    }
    let program = found.program.as_deref().unwrap_or(t!("credentials-unnamed"));
    let made = match found.made {
        Made::Drawn => t!("credentials-drawn", program = program),
        Made::Composed => t!("credentials-composed", program = program),
        Made::Otherwise => t!("credentials-otherwise", program = program),
    };
    let sources = found.sources.join(", ");
    let sources = (!sources.is_empty()).then(|| t!("credentials-sources", names = sources));
    let signer = match &found.signer {
        Some(name) => t!("credentials-signer", name = name),
        None => t!("credentials-no-signer").to_owned(),
    };
    let aged = (found.state == FileState::Expired).then(|| t!("credentials-expired").to_owned());
    let intact = t!("credentials-intact").to_owned();
    let facts = [Some(made), sources, Some(signer), aged, Some(intact)];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::LanguageChoice;

    #[test]
    fn a_signed_picture_is_told_of_in_every_language() {
        let found = ContentCredentials {
            made: Made::Composed,
            program: Some("Pseudoword 1.0".into()),
            signer: Some("Ann".into()),
            state: FileState::Expired,
            sources: vec!["a.png".into(), "b.jpg".into()],
        };
        let expected = "made in part with trained algorithmic media by Pseudoword 1.0 · from a.png, b.jpg · unknown signer \
                        (“Ann”) · certificate expired · file intact";
        assert_eq!(said(Some(&found)), expected);
        let unnamed = ContentCredentials { state: FileState::Intact, ..ContentCredentials::default() };
        assert_eq!(said(Some(&unnamed)), "made by an unnamed program · unknown signer · file intact");
        assert_eq!(
            [said(None), said(Some(&ContentCredentials::default()))],
            ["none", "changed since it was signed"]
        );
        LanguageChoice::Japanese.speak();
        let japanese = [said(None), said(Some(&found)), said(Some(&unnamed))];
        LanguageChoice::English.speak();
        let english =
            |text: &String| ["none", "made", "signer", "intact"].iter().any(|word| text.contains(word));
        assert!(!japanese.iter().any(english), "{japanese:?}");
        assert!(japanese[1].contains("Pseudoword 1.0") && japanese[1].contains("a.png"), "{japanese:?}");
    }
}
