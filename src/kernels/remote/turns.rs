//! The line of those who want to compute on a lent device: one does at a time, and the others know how many are before
//! them.
//!
//! Each session has a thread of its own on the machine that lends, and its place in the line is that thread's: it goes with
//! the session. Whoever is not heard of for a while loses the place to those who wait, never what was computed.

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long one may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often those who wait look who has fallen silent.
const LOOK: Duration = Duration::from_secs(1);

thread_local! {
    /// The place of the session whose thread this is.
    static MINE: RefCell<Option<Ticket>> = const { RefCell::new(None) };
}

/// The line of one lent device.
pub struct Turns {
    line: Mutex<Line>,
    moved: Condvar,
    patience: Duration,
}

#[derive(Default)]
struct Line {
    /// The first computes.
    places: Vec<Place>,
    tickets: u64,
}

struct Place {
    ticket: u64,
    heard: Instant,
    /// Whether its session is within an operation, or waits to be.
    busy: bool,
}

/// A place, given up when it is dropped.
struct Ticket {
    turns: Arc<Turns>,
    number: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.turns.lock().places.retain(|place| place.ticket != self.number);
        self.turns.moved.notify_all();
    }
}

/// While one lives, its session computes.
pub struct Working {
    turns: Arc<Turns>,
    ticket: u64,
}

impl Drop for Working {
    fn drop(&mut self) {
        self.turns.lock().hear(self.ticket, false);
    }
}

impl Line {
    /// Which place the ticket has, at the end if it had none.
    fn hear(&mut self, ticket: u64, busy: bool) -> usize {
        let heard = Instant::now();
        let at = self.places.iter().position(|place| place.ticket == ticket).unwrap_or_else(|| {
            self.places.push(Place { ticket, heard, busy });
            self.places.len() - 1
        });
        self.places[at] = Place { ticket, heard, busy };
        at
    }

    fn forget_silent(&mut self, patience: Duration) {
        if self.places.len() > 1 {
            self.places.retain(|place| place.busy || place.heard.elapsed() < patience);
        }
    }
}

impl Turns {
    /// Nobody waits.
    pub fn new() -> Arc<Self> {
        Self::with(PATIENCE)
    }

    fn with(patience: Duration) -> Arc<Self> {
        Arc::new(Self { line: Mutex::default(), moved: Condvar::new(), patience })
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ticket of this thread's session.
    fn ticket(self: &Arc<Self>) -> u64 {
        MINE.with_borrow_mut(|mine| {
            let new = || {
                let mut line = self.lock();
                line.tickets += 1;
                Ticket { turns: Arc::clone(self), number: line.tickets }
            };
            mine.get_or_insert_with(new).number
        })
    }

    /// How many are before this thread's session, which now waits too.
    pub fn before_me(self: &Arc<Self>) -> usize {
        let ticket = self.ticket();
        let mut line = self.lock();
        line.hear(ticket, false);
        line.forget_silent(self.patience);
        line.places.iter().position(|place| place.ticket == ticket).unwrap_or_default()
    }

    /// Gives up the place of this thread's session.
    pub fn leave() {
        // Dropped after it was taken out: giving it up needs nothing of this thread.
        drop(MINE.take());
    }

    /// Waits until it is the turn of this thread's session.
    pub fn enter(self: &Arc<Self>) -> Working {
        let ticket = self.ticket();
        let mut line = self.lock();
        loop {
            line.hear(ticket, true);
            line.forget_silent(self.patience);
            if line.places.first().is_some_and(|first| first.ticket == ticket) {
                return Working { turns: Arc::clone(self), ticket };
            }
            let waited = self.moved.wait_timeout(line, LOOK.min(self.patience));
            line = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "threads that end with the test")]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::thread::{sleep, spawn};

    #[test]
    fn one_computes_at_a_time_and_a_session_that_ends_lets_the_next() {
        let turns = Turns::new();
        assert_eq!(turns.before_me(), 0);
        let (tell, told) = channel();
        let (end, ended) = channel::<()>();
        let line = Arc::clone(&turns);
        let second = spawn(move || {
            tell.send(line.before_me()).unwrap();
            drop(line.enter());
            tell.send(line.before_me()).unwrap();
            let _ = ended.recv();
        });
        assert_eq!(told.recv().unwrap(), 1);
        drop(turns.enter());
        assert!(told.recv_timeout(Duration::from_millis(50)).is_err(), "it waits");
        Turns::leave();
        assert_eq!(told.recv().unwrap(), 0);
        assert_eq!(turns.before_me(), 1);
        drop(end);
        second.join().unwrap();
        assert_eq!(turns.before_me(), 0);
        Turns::leave();
    }

    #[test]
    fn whoever_falls_silent_loses_the_place_but_not_within_an_operation() {
        let turns = Turns::with(Duration::from_millis(20));
        let working = turns.enter();
        let line = Arc::clone(&turns);
        let (tell, told) = channel();
        let (go, gone) = channel();
        let second = spawn(move || {
            for () in gone {
                sleep(Duration::from_millis(40));
                tell.send(line.before_me()).unwrap();
            }
        });
        go.send(()).unwrap();
        assert_eq!(told.recv().unwrap(), 1, "the first is at work");
        drop(working);
        go.send(()).unwrap();
        assert_eq!(told.recv().unwrap(), 0, "the first said nothing");
        drop(go);
        second.join().unwrap();
        drop(turns.enter());
        Turns::leave();
    }
}
