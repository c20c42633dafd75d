//! Speeds and states of runs in words.
//!
//! Pure; rounded as a person would say them.

use disk::message::RunCard;
use project::RunState;

/// Steps in a second, or seconds for a step where that is slow.
pub(super) fn speed(seconds_each: f64) -> String {
    if seconds_each <= 0.0 || !seconds_each.is_finite() {
        "–".into()
    } else if seconds_each < 1.0 {
        t!("learn-speed-a-second", steps = format!("{:.1}", 1.0 / seconds_each))
    } else {
        t!("learn-speed-each", seconds_each = format!("{:.1}", seconds_each))
    }
}

pub(super) fn standing(card: &RunCard) -> &'static str {
    match card.state {
        RunState::Running if card.locked => t!("learn-now"),
        RunState::Running => t!("learn-interrupted"),
        RunState::Paused => t!("learn-paused"),
        RunState::Stopped => t!("learn-stopped"),
        RunState::Finished => t!("learn-learned"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_said_in_the_unit_that_fits() {
        assert_eq!([0.25, 2.0, 0.0].map(speed), ["4.0 a second", "2.0 s each", "–"]);
    }
}
