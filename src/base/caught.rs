//! Panics of libraries that become errors: they are told once, as a sentence, so they are logged and not printed. Panics
//! anywhere else are printed as ever.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::thread;

thread_local! {
    /// How many calls of [`caught`] this thread is in.
    static WITHIN: Cell<usize> = const { Cell::new(0) };
}

/// Does `work`; a panic comes back as what it carried.
///
/// # Errors
/// What the panic carried.
pub fn caught<T>(work: impl FnOnce() -> T) -> thread::Result<T> {
    WITHIN.set(WITHIN.get() + 1);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    WITHIN.set(WITHIN.get() - 1);
    done
}

/// From now on panics within [`caught`] are logged, for `RUST_LOG=debug`, and not printed.
pub fn log_caught() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |about| match WITHIN.try_with(Cell::get) {
        Ok(1..) => log::debug!("{about}"),
        _ => usual(about),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_panic_that_nobody_catches_is_printed() {
        thread_local! {
            static PRINTED: Cell<usize> = const { Cell::new(0) };
        }
        // Other tests' panics are theirs.
        panic::set_hook(Box::new(|_| PRINTED.set(PRINTED.get() + 1)));
        log_caught();
        let inner = caught(|| caught(|| panic!("a decoder's")).is_err());
        assert!(matches!(inner, Ok(true)));
        assert_eq!(PRINTED.get(), 0);
        assert!(panic::catch_unwind(|| panic!("nobody's")).is_err());
        assert_eq!(PRINTED.get(), 1);
        drop(panic::take_hook());
    }
}
