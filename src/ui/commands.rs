//! The commands that menus, keys and the palette share: each with its words, its icon and its keys.
//!
//! Nothing here does anything; the reducer knows what each means.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::icons;
use crate::state::Page;

macro_rules! commands {
    ($($Name:ident = $text:literal, $tooltip:literal, $icon:expr, $shortcut:expr;)+) => {
        /// A command without anything beside it; menus, keys and the palette are made of this list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum UiCommand {
            $(#[doc = $tooltip] $Name,)+
        }

        impl UiCommand {
            /// Every command, in the order of the palette.
            pub const ALL: &'static [Self] = &[$(Self::$Name),+];

            const fn parts(self) -> (&'static str, &'static str, &'static str, Option<KeyboardShortcut>) {
                match self { $(Self::$Name => ($text, $tooltip, $icon, $shortcut)),+ }
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
    GoConcept = "Concept", "Collect the pictures and name the word", icons::IMAGES, command(Key::Num1);
    GoLearn = "Learn", "Watch the word being learned", icons::CHART, command(Key::Num2);
    GoCompose = "Compose", "Draw new pictures with your words", icons::BRUSH, command(Key::Num3);
    GoLibrary = "Library", "Your words: rename, export, share", icons::BOOKS, command(Key::Num4);
    GoModels = "Models", "Choose the model that learns and draws", icons::CUBE, command(Key::Num5);
    GoCompare = "Compare", "Lay words, methods and people's judgement side by side", icons::SPLIT, command(Key::Num6);
    GoEdit = "Edit", "Change a part of a picture, with your words", icons::PENCIL, command(Key::Num7);
    GoGallery = "Gallery", "Look at everything you drew: in folders, large, two beside each other", icons::GRID, command(Key::Num8);
    NewConcept = "New concept", "Begin an empty concept; the one you have is kept", icons::PLUS, command(Key::N);
    AddPictures = "Add pictures…", "Choose pictures of the thing or style to learn", icons::IMAGE, command(Key::O);
    AddFolder = "Add a folder…", "Take all pictures of a folder to learn from", icons::FOLDER, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::O);
    Learn = "Learn", "Begin to learn the word from these pictures", icons::PLAY, command(Key::L);
    GoOn = "Go on learning", "Go on with the newest run that was stopped or interrupted", icons::PLAY, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::L);
    PauseResume = "Pause or resume", "Hold the running job after its current step, or go on; while a word is held you can draw with it", icons::PAUSE, command(Key::P);
    Stop = "Stop and keep", "End the running job after its current step; what it made is kept", icons::STOP, command(Key::Period);
    PreviewNow = "Preview now", "Draw the word as it is at this moment", icons::EYE, command(Key::E);
    TryWord = "Try it", "Open Compose with the word as it is now; learning waits while your pictures are drawn, and loses nothing", icons::BRUSH, None;
    Skip = "Skip this picture", "Leave the picture that is being drawn, and those drawn together with it, and go on with the next one", icons::RIGHT, None;
    Draw = "Draw", "Draw what the prompt says", icons::BRUSH, command(Key::Enter);
    GridOfWeights = "Grid of weights", "Draw the prompt with its learned word from a whisper to a shout, three seeds each", icons::GRID, None;
    GridOfSteps = "Grid of training steps", "Draw the word of the run in the Learn room as it was at five of its steps, three seeds each", icons::GRID, None;
    PasteSettings = "Paste settings", "Take prompt and settings from a text on the clipboard, as picture sites and A1111 copy it", icons::CLIPBOARD, None;
    RollSeed = "New seed", "Begin from other noise: another picture of the same prompt", icons::DICE, command(Key::R);
    ImportWord = "Import words…", "Bring word files of other programs into the library", icons::DOWNLOAD, command(Key::I);
    ExportWord = "Export the word…", "Write the word chosen in the library as a file for other programs", icons::EXPORT, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::E);
    OpenModelFile = "Open a model file…", "Choose a model in a single file, .safetensors or .ckpt; it stays where it is", icons::CUBE, command(Key::M);
    OpenModel = "Open a model folder…", "Choose the folder of a model in the diffusers layout; it stays where it is", icons::FOLDER, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::M);
    FindModels = "Find models", "Look for models and words of other programs on this computer; nothing is copied", icons::SPARKLE, command(Key::F);
    StopFinding = "Stop looking", "End the search; what was found stays listed", icons::STOP, None;
    WatchFolder = "Look into a folder…", "Choose a folder of yours with models or words; it is looked into from now on", icons::FOLDER, None;
    Palette = "Command palette", "Find any command by typing", icons::COMMAND, command(Key::K);
    ToggleTheme = "Light or dark", "Switch between the light and the dark window", icons::MOON, command(Key::T);
    ShowGuide = "First steps", "Show the three-step guide again", icons::HELP, keys(Modifiers::NONE, Key::F1);
    About = "About Pseudoword", "Version, licences and the folder where everything is kept", icons::INFO, None;
    RestartEngine = "Start the engine again", "Open the graphics card again after it was lost", icons::REPEAT, None;
    Quit = "Quit", "Close the window; a word being learned is saved first, and you are asked before anything is lost", icons::EXIT, command(Key::Q);
}

impl UiCommand {
    /// What its button says.
    pub const fn text(self) -> &'static str {
        self.parts().0
    }

    /// What it does, in an artist's words.
    pub const fn tooltip(self) -> &'static str {
        self.parts().1
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
