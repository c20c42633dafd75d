//! All that decides where other programs keep their files: the system, the user's folders, the drives, and the
//! environment variables.
//!
//! Nothing below reads any of these from elsewhere. Tests fill one in for a system they do not run on.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use project::files;

/// The kinds of system that differ in where programs keep their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Os {
    /// Linux and its relatives.
    #[default]
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// Where one user's files are; by default nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// The system.
    pub os: Os,
    /// The user's own folder.
    pub home: PathBuf,
    /// Settings of programs: `~/.config`, `~/Library/Application Support`, `%APPDATA%`.
    pub config: PathBuf,
    /// Data of programs: `~/.local/share`, `~/Library/Application Support`, `%LOCALAPPDATA%`.
    pub data: PathBuf,
    /// The user's documents.
    pub documents: PathBuf,
    /// The roots of further drives, mounted disks and shares.
    pub drives: Vec<PathBuf>,
    /// The environment variables that are text.
    pub variables: BTreeMap<String, String>,
}

impl Environment {
    /// That of the user who runs this program.
    pub fn here() -> Self {
        let os = match () {
            () if cfg!(windows) => Os::Windows,
            () if cfg!(target_os = "macos") => Os::MacOs,
            () => Os::Linux,
        };
        let home = dirs::home_dir().unwrap_or_default();
        let named =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let mut variables: BTreeMap<String, String> = std::env::vars_os().filter_map(named).collect();
        let confined = step_outside(&mut variables);
        let folder = |name: &str, usual: Option<PathBuf>, else_in: &str| {
            let usual = if confined { variables.get(name).map(PathBuf::from) } else { usual };
            usual.unwrap_or_else(|| home.join(else_in))
        };
        Self {
            os,
            config: folder("XDG_CONFIG_HOME", dirs::config_dir(), ".config"),
            data: folder("XDG_DATA_HOME", dirs::data_local_dir(), ".local/share"),
            documents: dirs::document_dir().unwrap_or_else(|| home.join("Documents")),
            drives: drives(os),
            variables,
            home,
        }
    }

    /// An environment variable, if it is set and not empty; Windows does not tell capitals apart.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let folded = |known: &str| self.os == Os::Windows && known.eq_ignore_ascii_case(name);
        let found = self.variables.iter().find(|(known, _)| *known == name || folded(known));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.trim().is_empty())
    }

    /// The path that an environment variable holds, with `~` understood.
    pub fn variable_path(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(|value| PathBuf::from(self.expand(value)))
    }

    /// A path as people write it in settings: `~`, `$NAME` and `${NAME}` stand for what they name, on Windows
    /// `%NAME%` too. What names nothing stays as it is.
    pub fn expand(&self, text: &str) -> String {
        let text = match text.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with(['/', '\\']) => {
                format!("{}{rest}", self.home.display())
            }
            _ => text.to_owned(),
        };
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(start) = rest.find(['$', '%']) {
            expanded.push_str(&rest[..start]);
            rest = &rest[start..];
            let (name, length) = self.variable_at(rest);
            match name.and_then(|name| self.variable(name)) {
                Some(value) => expanded.push_str(value),
                None => expanded.push_str(&rest[..length]),
            }
            rest = &rest[length..];
        }
        expanded + rest
    }

    /// The name of the variable that a text begins with, and how much of the text that is.
    fn variable_at<'a>(&self, text: &'a str) -> (Option<&'a str>, usize) {
        let word = |text: &str| text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
        if let Some(inner) = text.strip_prefix("${") {
            return inner.find('}').map_or((None, 1), |end| (Some(&inner[..end]), end + 3));
        }
        if let Some(name) = text.strip_prefix('$') {
            let end = word(name);
            return (Some(&name[..end]).filter(|name| !name.is_empty()), end + 1);
        }
        if self.os == Os::Windows {
            let inner = &text[1..];
            return inner.find('%').map_or((None, 1), |end| (Some(&inner[..end]), end + 2));
        }
        (None, 1)
    }
}

/// Names the folders of XDG as programs outside a Flatpak know them, where this is one, which has others; whether it is.
fn step_outside(variables: &mut BTreeMap<String, String>) -> bool {
    let confined = variables.contains_key("FLATPAK_ID");
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"].into_iter().filter(|_| confined) {
        variables.remove(name);
        if let Some(outside) = variables.remove(&format!("HOST_{name}")) {
            variables.insert(name.into(), outside);
        }
    }
    confined
}

/// Where drives appear: letters on Windows, `/Volumes` on macOS, the usual mount points elsewhere. No more than a
/// few dozen.
fn drives(os: Os) -> Vec<PathBuf> {
    let inside = |folder: &str| -> Vec<PathBuf> {
        files::inside(folder.as_ref()).take(64).filter(|path| path.is_dir()).collect()
    };
    match os {
        Os::Windows => {
            ('C'..='Z').map(|letter| PathBuf::from(format!("{letter}:\\"))).filter(|p| p.is_dir()).collect()
        }
        Os::MacOs => inside("/Volumes"),
        Os::Linux => {
            let mut found = inside("/mnt");
            // Removable disks are mounted one level deeper, in a folder of their user.
            for folder in inside("/media").into_iter().chain(inside("/run/media")) {
                found.extend(inside(&folder.to_string_lossy()));
                found.push(folder);
            }
            found.extend(
                ["/opt", "/srv", "/data"].map(PathBuf::from).into_iter().filter(|path| path.is_dir()),
            );
            found
        }
    }
}

/// A path from settings on top of a base; an absolute one stands alone.
pub(super) fn resolve(base: &Path, path: &str) -> PathBuf {
    let path = path.trim();
    let path = path.strip_prefix("./").unwrap_or(path).trim_end_matches('/');
    if path.is_empty() { base.to_path_buf() } else { base.join(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flatpak_looks_where_other_programs_look() {
        let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let own = [
            ("XDG_CONFIG_HOME", "/home/ö/.var/app/x/config"),
            ("XDG_CACHE_HOME", "/home/ö/.var/app/x/cache"),
        ];
        let mut outside = of(&own);
        assert!(!step_outside(&mut outside));
        assert_eq!(outside, of(&own));
        let mut inside = of(&[&own[..], &[("FLATPAK_ID", "x"), ("HOST_XDG_CACHE_HOME", "/fast")]].concat());
        assert!(step_outside(&mut inside));
        assert_eq!(inside, of(&[("FLATPAK_ID", "x"), ("XDG_CACHE_HOME", "/fast")]));
    }

    #[test]
    fn paths_of_settings_are_expanded_as_their_system_does() {
        let mut here = Environment {
            home: "/home/ö".into(),
            variables: BTreeMap::from([
                ("UserProfile".into(), "C:/Users/ö".into()),
                ("A".into(), "x".into()),
            ]),
            ..Environment::default()
        };
        for (text, expected) in [
            ("~/ai", "/home/ö/ai"),
            ("~", "/home/ö"),
            ("~other/ai", "~other/ai"),
            ("/a/$A/${A}b/$B/${", "/a/x/xb/$B/${"),
            ("%USERPROFILE%/x", "%USERPROFILE%/x"),
            ("100%", "100%"),
        ] {
            assert_eq!(here.expand(text), expected);
        }
        here.os = Os::Windows;
        for (text, expected) in
            [("%USERPROFILE%/x", "C:/Users/ö/x"), ("100%", "100%"), ("%%a%", "%%a%"), ("%B%\\", "%B%\\")]
        {
            assert_eq!(here.expand(text), expected);
        }
        assert_eq!(resolve(Path::new("/b"), " ./models/ "), PathBuf::from("/b/models"));
        assert_eq!(resolve(Path::new("/b"), "/c/d"), PathBuf::from("/c/d"));
    }
}
