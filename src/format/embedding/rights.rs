//! By what right a word may be used, as its file says it.
//!
//! Our own key names the rights of the pictures it was learned from; ModelSpec's key for a licence is only filled where
//! that is certain. It never invents a licence.

use std::collections::BTreeMap;

use project::Rights;

const OURS: &str = "pseudoword.rights";
const LICENCE: &str = "modelspec.license";
/// What ModelSpec's key says of a word that is free of rights.
const FREE: &str = "public domain";

/// Says in a file's metadata by what rights the pictures of a word are used. Where nothing is said of any, nothing is
/// written; where it is of some alone, that the others are unknown.
pub fn write(metadata: &mut BTreeMap<String, String>, rights: &[Rights]) {
    if rights.iter().all(|rights| *rights == Rights::Unknown) {
        metadata.remove(OURS);
    } else {
        let said: Vec<&str> = rights.iter().map(|rights| rights.name()).collect();
        metadata.insert(OURS.into(), said.join(", "));
    }
    if !rights.is_empty() && rights.iter().all(|rights| *rights == Rights::PublicDomain) {
        metadata.insert(LICENCE.into(), FREE.into());
    } else if metadata.get(LICENCE).is_some_and(|licence| licence == FREE) {
        metadata.remove(LICENCE);
    }
}

/// What a file says, if it is one right.
pub fn read(metadata: &BTreeMap<String, String>) -> Rights {
    match all(metadata).as_slice() {
        [one] => *one,
        _ => Rights::Unknown,
    }
}

/// All that a file says: one right for each kind of picture, unknown where it says nothing.
pub fn all(metadata: &BTreeMap<String, String>) -> Vec<Rights> {
    let said = metadata.get(OURS).map_or("", String::as_str);
    said.split(',').map(|right| right.trim().parse().unwrap_or(Rights::Unknown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_said_and_taken_back() {
        let mut metadata = BTreeMap::from([(LICENCE.to_owned(), "CC-BY-4.0".to_owned())]);
        write(&mut metadata, &[Rights::Own, Rights::Unknown, Rights::Licensed]);
        assert_eq!((metadata[OURS].as_str(), read(&metadata)), ("own, unknown, licensed", Rights::Unknown));
        assert_eq!(all(&metadata), [Rights::Own, Rights::Unknown, Rights::Licensed]);
        assert_eq!(metadata[LICENCE], "CC-BY-4.0", "another's licence stays");
        metadata.clear();
        write(&mut metadata, &[Rights::PublicDomain]);
        assert_eq!((metadata[LICENCE].as_str(), read(&metadata)), (FREE, Rights::PublicDomain));
        write(&mut metadata, &[Rights::Own]);
        assert_eq!((metadata.get(LICENCE), read(&metadata)), (None, Rights::Own));
        write(&mut metadata, &[Rights::Consent, Rights::Unknown]);
        assert_eq!(read(&metadata), Rights::Unknown, "what is said of a part is not said of all");
        write(&mut metadata, &[Rights::Unknown]);
        assert!(metadata.is_empty());
        assert_eq!(all(&metadata), [Rights::Unknown]);
    }
}
