//! The two checksums that a hub lists: SHA-256 of large files, and the name Git gives to small ones, which is a
//! SHA-1 of a short head and the content.
//!
//! SHA-1 guards here against damage and mix-ups, not against forgers; a large file is never compared by it.

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
    /// One of so many hexadecimal digits.
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

    /// What hashes a file of `size` bytes.
    pub fn hasher(&self, size: u64) -> Hasher {
        match self {
            Self::Sha256(_) => Hasher::Sha256(Sha256::new()),
            Self::GitBlob(_) => {
                let mut sha1 = Sha1::default();
                sha1.update(format!("blob {size}\0").as_bytes());
                Hasher::GitBlob(sha1)
            }
        }
    }

    /// Whether the content that went through its hasher is the right one.
    pub fn matches(&self, hasher: Hasher) -> bool {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match (self, hasher) {
            (Self::Sha256(expected), Hasher::Sha256(hasher)) => *expected == hex(&hasher.finalize()),
            (Self::GitBlob(expected), Hasher::GitBlob(sha1)) => *expected == hex(&sha1.finish()),
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

/// SHA-1 (FIPS 180-4, section 6.1).
pub(super) struct Sha1 {
    state: [u32; 5],
    block: Vec<u8>,
    length: u64,
}

impl Default for Sha1 {
    fn default() -> Self {
        let state = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
        Self { state, block: Vec::with_capacity(64), length: 0 }
    }
}

impl Sha1 {
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(bytes.len() as u64);
        while !bytes.is_empty() {
            let take = bytes.len().min(64 - self.block.len());
            self.block.extend_from_slice(&bytes[..take]);
            bytes = &bytes[take..];
            if self.block.len() == 64 {
                self.compress();
                self.block.clear();
            }
        }
    }

    pub fn finish(mut self) -> [u8; 20] {
        let bits = self.length.wrapping_mul(8).to_be_bytes();
        self.update(&[0x80]);
        while self.block.len() != 56 {
            self.update(&[0]);
        }
        self.update(&bits);
        let mut digest = [0; 20];
        for (bytes, word) in digest.chunks_mut(4).zip(self.state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        digest
    }

    fn compress(&mut self) {
        let mut words = [0_u32; 80];
        for (word, bytes) in words.iter_mut().zip(self.block.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        for t in 16..80 {
            words[t] = (words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16]).rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = self.state;
        for (t, word) in words.into_iter().enumerate() {
            let (f, k) = match t {
                0..20 => ((b & c) | (!b & d), 0x5A82_7999),
                20..40 => (b ^ c ^ d, 0x6ED9_EBA1),
                40..60 => ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6_u32),
            };
            let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (state, word) in self.state.iter_mut().zip([a, b, c, d, e]) {
            *state = state.wrapping_add(word);
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
        // FIPS 180-2, appendices A.1, A.2 and A.3.
        let sha1 = |content: &[u8]| {
            let mut sha1 = Sha1::default();
            sha1.update(content);
            sha1.finish().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        assert_eq!(sha1(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(sha1(two_blocks), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        assert_eq!(sha1(&vec![b'a'; 1_000_000]), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
        // Git's own names of the empty blob and of "hello\n".
        assert!(check(Checksum::git_blob("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"), b""));
        assert!(check(Checksum::git_blob("CE013625030BA8DBA906F756967F9E9CA394464A"), b"hello\n"));
        assert!(!check(Checksum::git_blob("ce013625030ba8dba906f756967f9e9ca394464a"), b"hello"));
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(check(Checksum::sha256(abc), b"abc") && !check(Checksum::sha256(abc), b"abd"));
        assert_eq!((Checksum::sha256("abc"), Checksum::git_blob("zz")), (None, None));
    }
}
