//! Why a file is not read as a learned word.

const REMEDY: &str = "Choose the file of a learned word: .safetensors, .pt, .bin, or a PNG card.";

/// Why a file is not read: the middle of a sentence about it, and what to do.
pub(super) struct Refusal {
    pub(super) fault: String,
    pub(super) remedy: &'static str,
}

impl<T: Into<String>> From<T> for Refusal {
    fn from(fault: T) -> Self {
        let fault = fault.into();
        let says = |what: &str| fault.contains(what);
        let remedy = match () {
            () if says("asks to run") => {
                "Do not open it anywhere: get the word from a source you trust, best as .safetensors."
            }
            () if says("cut off") || says("damaged") => "Download or copy it again.",
            () => REMEDY,
        };
        Self { fault, remedy }
    }
}
