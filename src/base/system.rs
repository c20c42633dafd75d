//! What an operating system refuses, in words: the one table from its kinds and numbers to sentences.
//!
//! Numbers are those of Linux, macOS and Windows, because what a library passes on often has no kind any more. What the
//! table does not know keeps the system's own words; a number is never all that is said.

use std::io::{self, ErrorKind as Kind};

/// A refusal: its kinds, its numbers on Linux, macOS and Windows, what it is, and what to do about it.
type Entry = (&'static [Kind], [&'static [i32]; 3], &'static str, &'static str);

/// Which of the numbers are this system's.
const HERE: usize = match () {
    () if cfg!(windows) => 2,
    () if cfg!(target_vendor = "apple") => 1,
    () => 0,
};

const DRIVE: &str = "Check that the drive is connected and well, or choose a folder on another one.";

const TABLE: [Entry; 22] = [
    (
        &[Kind::StorageFull],
        [&[28], &[28], &[39, 112]],
        "there is no room left on the disk",
        "Make room there, or choose a folder on another disk.",
    ),
    (
        &[Kind::QuotaExceeded],
        [&[122], &[69], &[1295, 1816]],
        "your share of the disk is used up",
        "Make room there, or choose a folder on another disk.",
    ),
    (
        &[Kind::PermissionDenied],
        [&[1, 13], &[1, 13], &[5]],
        "the system does not permit it",
        "Check who may read and write there, or choose another place.",
    ),
    (
        &[Kind::ReadOnlyFilesystem],
        [&[30], &[30], &[19]],
        "the disk can only be read",
        "Choose a folder on another disk, or unlock this one.",
    ),
    (
        &[Kind::NotFound],
        [&[2], &[2], &[2, 3, 15]],
        "there is no such file or folder",
        "Check the path, and that the drive it is on is connected.",
    ),
    (&[Kind::IsADirectory], [&[21], &[21], &[336]], "it is a folder, not a file", "Name a file."),
    (
        &[Kind::NotADirectory],
        [&[20], &[20], &[267]],
        "a part of its path is a file, not a folder",
        "Choose another place.",
    ),
    (
        &[Kind::AlreadyExists],
        [&[17], &[17], &[80, 183]],
        "something of that name is there already",
        "Choose another name.",
    ),
    (
        &[Kind::DirectoryNotEmpty],
        [&[39], &[66], &[145]],
        "the folder is not empty",
        "Choose another folder, or empty this one.",
    ),
    (
        &[],
        [&[36], &[63], &[111, 206]],
        "its name is too long for this disk or system",
        "Choose a shorter name, or a folder nearer to the top of the disk.",
    ),
    (
        &[Kind::InvalidFilename, Kind::InvalidInput],
        [&[22, 84], &[22, 92], &[87, 123, 161]],
        "the disk or the system takes no such name",
        "Choose a name of letters and digits, or a folder on another disk.",
    ),
    (
        &[Kind::FileTooLarge],
        [&[27], &[27], &[223]],
        "the file would be larger than the disk or the system allows",
        "Choose a folder on another disk: one with the FAT32 format takes 4 GB at most.",
    ),
    (
        &[Kind::ResourceBusy, Kind::ExecutableFileBusy, Kind::WouldBlock],
        [&[11, 16, 26], &[16, 26, 35], &[32, 33, 170, 1224]],
        "another program is using it",
        "Close it there, then try again.",
    ),
    (
        &[],
        [&[23, 24], &[23, 24], &[4]],
        "too many files are open at once",
        "Close other programs, then try again.",
    ),
    (
        &[Kind::OutOfMemory],
        [&[12], &[12], &[8, 14, 1450, 1455]],
        "the computer has too little free memory for it",
        "Close other programs, then try again.",
    ),
    (
        &[],
        [&[5], &[5], &[23, 27, 29, 30, 483, 1117, 1392, 1393]],
        "the drive itself fails to read or write it",
        "Copy what you can to another drive: this one, or its cable, may be breaking.",
    ),
    (&[], [&[6, 19], &[6, 19], &[20, 21, 55, 433, 1006, 1167]], "the drive is not there any more", DRIVE),
    (
        &[
            Kind::NotConnected,
            Kind::StaleNetworkFileHandle,
            Kind::HostUnreachable,
            Kind::NetworkUnreachable,
            Kind::NetworkDown,
            Kind::TimedOut,
        ],
        [
            &[100, 101, 107, 110, 112, 113, 116],
            &[50, 51, 57, 60, 64, 65, 70],
            &[51, 53, 54, 59, 64, 67, 121, 1222, 1231, 1232],
        ],
        "the network or the network drive does not answer",
        DRIVE,
    ),
    (
        &[],
        [&[40], &[62], &[1921]],
        "its links lead in a circle",
        "Remove the link that leads back to itself.",
    ),
    (
        &[Kind::Unsupported, Kind::CrossesDevices],
        [&[18, 38, 95], &[18, 45, 78, 102], &[1, 17, 50]],
        "the drive cannot do this",
        "Choose a folder on another disk.",
    ),
    (
        &[],
        [&[], &[], &[225, 226]],
        "the virus scanner stops it",
        "Look at what the virus scanner reports, or choose another folder.",
    ),
    (
        &[],
        [&[], &[], &[362, 386, 388, 389, 395, 426]],
        "the service that keeps it in the cloud does not give it",
        "Let the service keep it on this computer, or choose a folder of this computer.",
    ),
];

/// A refusal in words.
pub(crate) struct Refusal {
    /// What is wrong, as the end of a sentence.
    pub fault: String,
    /// What to do about it, if that is known.
    pub remedy: Option<&'static str>,
    /// The system's number for it.
    pub number: Option<i32>,
}

impl Refusal {
    pub fn of(error: &io::Error) -> Self {
        let text = error.to_string();
        // Libraries that add a path to an error keep its number only in its text.
        let (own, number) = match text.split_once(" (os error ") {
            Some((own, rest)) => (own, rest.split(')').next().and_then(|number| number.parse().ok())),
            None => (text.as_str(), None),
        };
        let number = error.raw_os_error().or(number);
        // A library's or our own words say more than a kind.
        let kind = (number.is_some() || error.get_ref().is_none()).then(|| error.kind());
        match entry(kind, number, HERE) {
            Some((_, _, fault, remedy)) => Self { fault: (*fault).into(), remedy: Some(remedy), number },
            None => Self { fault: own.trim_end_matches('.').into(), remedy: None, number },
        }
    }

    /// The number as the end of what is said: ` (os error 28)`.
    pub fn number(&self) -> String {
        self.number.map_or_else(String::new, |number| format!(" (os error {number})"))
    }
}

/// What the system refused, as the end of a sentence, with its number last.
pub fn in_words(error: &io::Error) -> String {
    let refusal = Refusal::of(error);
    refusal.fault.clone() + &refusal.number()
}

fn entry(kind: Option<Kind>, number: Option<i32>, system: usize) -> Option<&'static Entry> {
    let numbered = || TABLE.iter().find(|entry| number.is_some_and(|n| entry.1[system].contains(&n)));
    numbered().or_else(|| TABLE.iter().find(|entry| kind.is_some_and(|kind| entry.0.contains(&kind))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_is_put_into_words() {
        let words = |system, number| entry(None, Some(number), system).map(|entry| entry.2);
        for (numbers, part) in [
            ([28, 28, 112], "no room left"),
            ([13, 13, 5], "not permit"),
            ([30, 30, 19], "only be read"),
            ([36, 63, 206], "too long"),
            ([84, 92, 123], "no such name"),
            ([16, 16, 32], "another program"),
            ([5, 5, 1117], "drive itself"),
            ([19, 19, 21], "not there any more"),
            ([107, 57, 64], "does not answer"),
            ([24, 24, 4], "too many files"),
        ] {
            for (system, number) in numbers.into_iter().enumerate() {
                assert!(words(system, number).unwrap().contains(part), "{system} {number}");
            }
        }
        for system in 0..3 {
            let mut numbers: Vec<i32> = TABLE.iter().flat_map(|entry| entry.1[system]).copied().collect();
            let all = numbers.len();
            numbers.sort_unstable();
            numbers.dedup();
            assert_eq!(numbers.len(), all, "a number of system {system} stands twice");
        }
    }

    #[test]
    fn a_number_comes_last_and_own_words_stay() {
        // Invalid numbers keep the system's words, without a number in their middle.
        let strange = in_words(&io::Error::from_raw_os_error(9_999));
        assert!(strange.ends_with(" (os error 9999)") && strange.matches("9999").count() <= 2, "{strange}");
        assert_eq!(in_words(&io::Error::other("the card is full.")), "the card is full");
        assert_eq!(in_words(&Kind::NotFound.into()), "there is no such file or folder");
        let number = [28, 28, 112][HERE];
        let full = io::Error::from_raw_os_error(number);
        assert_eq!(in_words(&full), format!("there is no room left on the disk (os error {number})"));
        // As the crate for temporary files passes it on.
        let wrapped = io::Error::new(full.kind(), format!("{full} at path \"/tmp/x\""));
        assert_eq!(in_words(&wrapped), in_words(&full));
    }
}
