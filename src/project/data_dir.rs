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

    /// One folder for each concept begun: pictures and what was decided about them.
    pub fn concepts(&self) -> PathBuf {
        self.root.join("concepts")
    }

    /// One folder for each run.
    pub fn runs(&self) -> PathBuf {
        self.root.join("runs")
    }

    /// The library of learned and imported words.
    pub fn words(&self) -> PathBuf {
        self.root.join("words")
    }

    /// The pictures drawn.
    pub fn pictures(&self) -> PathBuf {
        self.root.join("pictures")
    }

    /// One folder for each picture that is edited.
    pub fn edits(&self) -> PathBuf {
        self.root.join("edits")
    }

    /// One folder for each model downloaded.
    pub fn models(&self) -> PathBuf {
        self.root.join("models")
    }

    /// Small copies of pictures, which can be made again at any time.
    pub fn thumbnails(&self) -> PathBuf {
        self.root.join("cache").join("thumbnails")
    }

    /// What was read from word files, which can be read again at any time.
    pub fn word_index(&self) -> PathBuf {
        self.root.join("cache").join("words.json")
    }

    /// What pictures say of how they were drawn, which can be read again at any time.
    pub fn picture_index(&self) -> PathBuf {
        self.root.join("cache").join("pictures.json")
    }

    /// What the artist noted of words, and the folders of words that are watched.
    pub fn library(&self) -> PathBuf {
        self.root.join("library.json")
    }

    /// Pictures that the artist chose for words, small.
    pub fn word_pictures(&self) -> PathBuf {
        self.root.join("word-pictures")
    }

    /// What a CLIP makes of the words of a vocabulary, which can be computed again at any time.
    pub fn clip_words(&self) -> PathBuf {
        self.root.join("cache").join("clip-words")
    }

    /// One folder for each comparison of methods.
    pub fn comparisons(&self) -> PathBuf {
        self.root.join("comparisons")
    }

    /// One folder for each word whose pictures were counted.
    pub fn biases(&self) -> PathBuf {
        self.root.join("bias")
    }

    /// One folder for each word that was explained.
    pub fn meanings(&self) -> PathBuf {
        self.root.join("meaning")
    }

    /// The words of a grid of training steps.
    pub fn grid(&self) -> PathBuf {
        self.root.join("grid")
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

    /// Text files of choices for prompts, one a line: `colour.txt` for `__colour__`.
    pub fn wildcards(&self) -> PathBuf {
        self.root.join("wildcards")
    }

    /// The list of the folders in which the artist keeps models and words.
    pub fn folders(&self) -> PathBuf {
        self.root.join("folders.toml")
    }

    /// The hashes of files that were computed once.
    pub fn hashes(&self) -> PathBuf {
        self.root.join("hashes.toml")
    }

    /// What was measured on devices about the ways in which they calculate.
    pub fn tuning(&self) -> PathBuf {
        self.root.join("tuning.json")
    }

    /// Who makes words here.
    pub fn author(&self) -> PathBuf {
        self.root.join("author.toml")
    }

    /// The secret key by which words made here are signed.
    pub fn signing_key(&self) -> PathBuf {
        self.root.join("signing.key")
    }

    /// Who this machine is to those that compute on it.
    pub fn serve_key(&self) -> PathBuf {
        self.root.join("serve.key")
    }

    /// What those must know.
    pub fn serve_token(&self) -> PathBuf {
        self.root.join("serve.token")
    }

    /// Weights that those sent.
    pub fn served_weights(&self) -> PathBuf {
        self.root.join("cache").join("weights")
    }

    /// Machines that were computed on.
    pub fn machines(&self) -> PathBuf {
        self.root.join("machines.toml")
    }

    /// How the window was left.
    pub fn window(&self) -> PathBuf {
        self.root.join("window.toml")
    }
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
