//! The commands that menus, keys and the palette share: each with the name of its words, its icon and its keys.
//!
//! Nothing here does anything; the reducer knows what each means.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::icons;
use crate::language::{english, plain};
use crate::state::Page;

macro_rules! commands {
    ($($Name:ident = $id:literal, $icon:expr, $shortcut:expr;)+) => {
        /// A command without anything beside it; menus, keys and the palette are made of this list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum UiCommand {
            $(#[doc = concat!("`", $id, "` in the files of the languages.")] $Name,)+
        }

        impl UiCommand {
            /// Every command, in the order of the palette.
            pub const ALL: &'static [Self] = &[$(Self::$Name),+];

            /// The names of what it says and what it does in the files of the languages, its icon and its keys.
            const fn parts(self) -> (&'static str, &'static str, &'static str, Option<KeyboardShortcut>) {
                match self { $(Self::$Name => ($id, concat!($id, ".tip"), $icon, $shortcut)),+ }
            }
        }
    };
}

const fn keys(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

const fn command(key: Key) -> Option<KeyboardShortcut> {
    keys(Modifiers::COMMAND, key)
}

commands! {
    GoConcept = "command-go-concept", icons::IMAGES, command(Key::Num1);
    GoLearn = "command-go-learn", icons::CHART, command(Key::Num2);
    GoCompose = "command-go-compose", icons::BRUSH, command(Key::Num3);
    GoLibrary = "command-go-library", icons::BOOKS, command(Key::Num4);
    GoModels = "command-go-models", icons::CUBE, command(Key::Num5);
    GoCompare = "command-go-compare", icons::SPLIT, command(Key::Num6);
    GoEdit = "command-go-edit", icons::PENCIL, command(Key::Num7);
    GoGallery = "command-go-gallery", icons::GRID, command(Key::Num8);
    NewConcept = "command-new-concept", icons::PLUS, command(Key::N);
    AddPictures = "command-add-pictures", icons::IMAGE, command(Key::O);
    AddFolder = "command-add-folder", icons::FOLDER, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::O);
    Learn = "command-learn", icons::PLAY, command(Key::L);
    GoOn = "command-go-on", icons::PLAY, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::L);
    PauseResume = "command-pause-resume", icons::PAUSE, command(Key::P);
    Stop = "command-stop", icons::STOP, command(Key::Period);
    PreviewNow = "command-preview-now", icons::EYE, command(Key::E);
    TryWord = "command-try-word", icons::BRUSH, None;
    Skip = "command-skip", icons::RIGHT, None;
    Draw = "command-draw", icons::BRUSH, command(Key::Enter);
    GridOfWeights = "command-grid-of-weights", icons::GRID, None;
    GridOfSteps = "command-grid-of-steps", icons::GRID, None;
    PasteSettings = "command-paste-settings", icons::CLIPBOARD, None;
    RollSeed = "command-roll-seed", icons::DICE, command(Key::R);
    ImportWord = "command-import-word", icons::DOWNLOAD, command(Key::I);
    ExportWord = "command-export-word", icons::EXPORT, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::E);
    OpenModelFile = "command-open-model-file", icons::CUBE, command(Key::M);
    OpenModel = "command-open-model", icons::FOLDER, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::M);
    FindModels = "command-find-models", icons::SPARKLE, command(Key::F);
    StopFinding = "command-stop-finding", icons::STOP, None;
    WatchFolder = "command-watch-folder", icons::FOLDER, None;
    Palette = "command-palette", icons::COMMAND, command(Key::K);
    ToggleTheme = "command-toggle-theme", icons::MOON, command(Key::T);
    SpeakSystem = "command-speak-system", icons::CHECK, None;
    SpeakEnglish = "command-speak-english", icons::CHECK, None;
    SpeakJapanese = "command-speak-japanese", icons::CHECK, None;
    ShowGuide = "command-show-guide", icons::HELP, keys(Modifiers::NONE, Key::F1);
    About = "command-about", icons::INFO, None;
    RestartEngine = "command-restart-engine", icons::REPEAT, None;
    Quit = "command-quit", icons::EXIT, command(Key::Q);
}

impl UiCommand {
    /// What its button says.
    pub fn text(self) -> &'static str {
        plain(self.parts().0)
    }

    /// What it does, in an artist's words.
    pub fn tooltip(self) -> &'static str {
        plain(self.parts().1)
    }

    /// What its button says and what it does in English, which is understood in every language.
    pub(crate) fn english(self) -> [&'static str; 2] {
        [english(self.parts().0), english(self.parts().1)]
    }

    /// The names of its messages.
    #[cfg(test)]
    pub(crate) const fn messages(self) -> [&'static str; 2] {
        [self.parts().0, self.parts().1]
    }

    /// Its picture in the icon font.
    pub const fn icon(self) -> &'static str {
        self.parts().2
    }

    /// Its keys.
    pub const fn shortcut(self) -> Option<KeyboardShortcut> {
        self.parts().3
    }

    /// The command that goes to a page.
    pub const fn to_page(page: Page) -> Self {
        match page {
            Page::Concept => Self::GoConcept,
            Page::Learn => Self::GoLearn,
            Page::Compose => Self::GoCompose,
            Page::Edit => Self::GoEdit,
            Page::Gallery => Self::GoGallery,
            Page::Library => Self::GoLibrary,
            Page::Compare => Self::GoCompare,
            Page::Models => Self::GoModels,
        }
    }

    /// What a tooltip shows: what it does, and its keys.
    pub fn hint(self, ctx: &egui::Context) -> String {
        match self.shortcut() {
            Some(shortcut) => format!("{} ({})", self.tooltip(), ctx.format_shortcut(&shortcut)),
            None => self.tooltip().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_commands_share_keys_or_words() {
        let keys: Vec<_> =
            UiCommand::ALL.iter().filter_map(|c| c.shortcut()).map(|s| format!("{s:?}")).collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
        let tooltips: HashSet<_> = UiCommand::ALL.iter().map(|c| c.tooltip()).collect();
        assert_eq!(tooltips.len(), UiCommand::ALL.len());
    }
}
