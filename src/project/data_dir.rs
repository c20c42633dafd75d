//! Where the window keeps what belongs to the artist: concepts begun, runs, words, pictures, and how the window
//! was left.
//!
//! One folder below the user's data folder, so that nothing is scattered; it makes no folder by itself.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Names another folder than the usual one; for tests, and for people with a larger disk.
const VARIABLE: &str = "PSEUDOWORD_HOME";

/// The folder and the places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// How the files of mixes that are tried begin.
    pub const MIX_PREVIEW: &str = "mix-preview";

    /// The folder named by `PSEUDOWORD_HOME`, else the usual one of this user; a system without such a place has
    /// one for passing files. Programs of tests have one of their own, whatever is named.
    pub fn usual() -> Self {
        let named = std::env::var_os(VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
        let usual = || dirs::data_local_dir().unwrap_or_else(std::env::temp_dir).join("pseudoword");
        Self::at(of_tests().or(named).unwrap_or_else(usual))
    }

    /// That folder.
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file of the mix that this window tries; another window, also one that is confined and believes to be the same
    /// process, has another one.
    pub fn mix_preview(&self) -> PathBuf {
        static OWN: LazyLock<String> = LazyLock::new(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
            format!("{}-{:x}-{now:x}.safetensors", DataDir::MIX_PREVIEW, std::process::id())
        });
        self.grid().join(OWN.as_str())
    }
}

/// The places in the folder, each a function of its name.
macro_rules! places {
    ($($(#[doc = $about:literal])+ $name:ident = $($part:literal)/+;)+) => {
        impl DataDir {
            $(
                $(#[doc = $about])+
                pub fn $name(&self) -> PathBuf {
                    let mut path = self.root.clone();
                    $(path.push($part);)+
                    path
                }
            )+
        }
    };
}

places! {
    /// One folder for each concept begun: pictures and what was decided about them.
    concepts = "concepts";
    /// One folder for each run.
    runs = "runs";
    /// The library of learned and imported words.
    words = "words";
    /// The pictures drawn.
    pictures = "pictures";
    /// Which of them are favourites.
    gallery = "gallery.toml";
    /// Where things wait that went to the trash a moment ago and can be put back.
    binned = "trash" / "put-back";
    /// One folder for each picture that is edited.
    edits = "edits";
    /// One folder for each model downloaded.
    models = "models";
    /// Small copies of pictures, which can be made again at any time.
    thumbnails = "cache" / "thumbnails";
    /// What was read from word files, which can be read again at any time.
    word_index = "cache" / "words.json";
    /// What pictures say of how they were drawn, which can be read again at any time.
    picture_index = "cache" / "pictures.json";
    /// What the artist noted of words, and the folders of words that are watched.
    library = "library.json";
    /// Pictures that the artist chose for words, small.
    word_pictures = "word-pictures";
    /// What a CLIP makes of the words of a vocabulary, which can be computed again at any time.
    clip_words = "cache" / "clip-words";
    /// One folder for each comparison of methods.
    comparisons = "comparisons";
    /// One folder for each word whose pictures were counted.
    biases = "bias";
    /// One folder for each word that was explained.
    meanings = "meaning";
    /// The words of a grid of training steps.
    grid = "grid";
    /// Text files of choices for prompts, one a line: `colour.txt` for `__colour__`.
    wildcards = "wildcards";
    /// The list of the folders in which the artist keeps models and words.
    folders = "folders.toml";
    /// The hashes of files that were computed once.
    hashes = "hashes.toml";
    /// What was measured on devices about the ways in which they calculate.
    tuning = "tuning.json";
    /// Who makes words here.
    author = "author.toml";
    /// The secret key by which words and pictures made here are signed.
    signing_key = "signing.key";
    /// Whether and how pictures made here are signed.
    credentials = "credentials.toml";
    /// The certificate of this device (X.509, DER), by which pictures made here are signed; its key is the signing key.
    certificate = "signing.crt";
    /// Who this machine is to those that compute on it.
    serve_key = "serve.key";
    /// What those must know.
    serve_token = "serve.token";
    /// Weights that those sent.
    served_weights = "cache" / "weights";
    /// Machines that were computed on.
    machines = "machines.toml";
    /// How the window was left.
    window = "window.toml";
}

/// The folder of a program of tests, known by where cargo puts those: nothing they do may touch a person's things.
fn of_tests() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent().filter(|folder| folder.ends_with("deps"))?;
    Some(folder.with_file_name("pseudoword-home"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_touch_nothing_of_a_person() {
        let home = DataDir::usual();
        let program = std::env::current_exe().unwrap();
        let built = program.parent().and_then(Path::parent).unwrap();
        assert_eq!(home.root(), built.join("pseudoword-home"));
        let own = dirs::data_local_dir().map(|folder| folder.join("pseudoword"));
        assert_ne!(own.as_deref(), Some(home.root()));
    }
}
