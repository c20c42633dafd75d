//! Whether learning spares memory at the price of time, as it can be chosen.
//!
//! What it means for the networks is not known here.

use super::named_enum::named_enum;

named_enum! {
    /// How memory is spared while learning.
    pub enum LowMemory as "low memory" {
        /// Spares memory where learning would not fit otherwise.
        Auto = "auto" as "by itself",
        /// Spares memory, and takes half as long again.
        On = "on" as "always",
        /// Learns as fast as it can, and ends where the memory does.
        Off = "off" as "never",
    }
}
