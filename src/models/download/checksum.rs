//! The two checksums that a hub lists: SHA-256 of large files, and the name Git gives to small ones, which is a
//! SHA-1 of a short head and the content.
//!
//! SHA-1 guards here against damage and mix-ups, not against forgers; a large file is never compared by it.

use sha1_smol::Sha1;
use sha2::{Digest as _, Sha256};

/// What a file's content must hash to, in lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Checksum {
    /// SHA-256 of the content.
    Sha256(String),
    /// SHA-1 of `blob LENGTH\0` and the content.
    GitBlob(String),
}

impl Checksum {
    /// So many hexadecimal digits.
    fn digits(text: &str, length: usize) -> Option<String> {
        let fits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| text.to_ascii_lowercase())
    }

    /// A SHA-256 as the hub writes it.
    pub fn sha256(text: &str) -> Option<Self> {
        Self::digits(text, 64).map(Self::Sha256)
    }

    /// A Git object's name as the hub writes it.
    pub fn git_blob(text: &str) -> Option<Self> {
        Self::digits(text, 40).map(Self::GitBlob)
    }

    pub fn hasher(&self, size: u64) -> Hasher {
        match self {
            Self::Sha256(_) => Hasher::Sha256(Sha256::new()),
            Self::GitBlob(_) => Hasher::GitBlob(Sha1::from(format!("blob {size}\0"))),
        }
    }

    /// Whether the content that went through its hasher is the right one.
    pub fn matches(&self, hasher: Hasher) -> bool {
        match (self, hasher) {
            (Self::Sha256(expected), Hasher::Sha256(hasher)) => *expected == hex::encode(hasher.finalize()),
            (Self::GitBlob(expected), Hasher::GitBlob(sha1)) => *expected == sha1.digest().to_string(),
            _ => false,
        }
    }
}

/// A file's content on its way through.
pub(super) enum Hasher {
    Sha256(Sha256),
    GitBlob(Sha1),
}

impl Hasher {
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::GitBlob(sha1) => sha1.update(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(checksum: Option<Checksum>, content: &[u8]) -> bool {
        let checksum = checksum.unwrap();
        let mut hasher = checksum.hasher(content.len() as u64);
        for piece in content.chunks(37) {
            hasher.update(piece);
        }
        checksum.matches(hasher)
    }

    #[test]
    fn the_published_checksums_come_out() {
        // Git's own names of the empty blob and of "hello\n".
        assert!(check(Checksum::git_blob("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"), b""));
        assert!(check(Checksum::git_blob("CE013625030BA8DBA906F756967F9E9CA394464A"), b"hello\n"));
        assert!(!check(Checksum::git_blob("ce013625030ba8dba906f756967f9e9ca394464a"), b"hello"));
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(check(Checksum::sha256(abc), b"abc") && !check(Checksum::sha256(abc), b"abd"));
        assert_eq!((Checksum::sha256("abc"), Checksum::git_blob("zz")), (None, None));
    }
}
