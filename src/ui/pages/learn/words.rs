//! Times and states of runs in words.
//!
//! Pure; rounded as a person would say them.

use std::time::{SystemTime, UNIX_EPOCH};

use disk::message::RunCard;
use project::RunState;

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// How long ago something was: "3 hours ago".
pub(super) fn ago(then: u64, now: u64) -> String {
    const UNITS: [(u64, &str); 6] = [
        (31_557_600, "year"),
        (2_629_800, "month"),
        (604_800, "week"),
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
    ];
    let seconds = now.saturating_sub(then);
    match UNITS.into_iter().find(|unit| seconds >= unit.0) {
        None => "just now".into(),
        Some((86_400, _)) if seconds < 2 * 86_400 => "yesterday".into(),
        Some((unit, name)) => counted(seconds / unit, name) + " ago",
    }
}

/// How long something still takes: "4 minutes".
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 1.0 {
        return "a moment".into();
    }
    // The cast saturates.
    let seconds = seconds.round() as u64;
    match seconds {
        0..90 => counted(seconds, "second"),
        90..5400 => counted((seconds + 30) / 60, "minute"),
        5400..172_800 => counted((seconds + 1800) / 3600, "hour"),
        _ => counted((seconds + 43_200) / 86_400, "day"),
    }
}

/// Steps in a second, or seconds for a step where that is slow.
pub(super) fn speed(seconds_each: f64) -> String {
    if seconds_each <= 0.0 || !seconds_each.is_finite() {
        "–".into()
    } else if seconds_each < 1.0 {
        format!("{:.1} a second", 1.0 / seconds_each)
    } else {
        format!("{seconds_each:.1} s each")
    }
}

/// How a run stands.
pub(super) fn standing(card: &RunCard) -> &'static str {
    match card.state {
        RunState::Running if card.locked => "learning now",
        RunState::Running => "was interrupted",
        RunState::Paused => "paused",
        RunState::Stopped => "stopped",
        RunState::Finished => "learned",
    }
}

fn counted(count: u64, name: &str) -> String {
    if count == 1 { format!("1 {name}") } else { format!("{count} {name}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_a_person_would() {
        let ages = [0, 59, 60, 7200, 90_000, 200_000, 700_000, 40_000_000].map(|age| ago(1_000, 1_000 + age));
        let said = [
            "just now",
            "just now",
            "1 minute ago",
            "2 hours ago",
            "yesterday",
            "2 days ago",
            "1 week ago",
            "1 year ago",
        ];
        assert_eq!(ages, said);
        assert_eq!(ago(2_000, 1_000), "just now", "a clock that was put back");
        let left = [0.2, 1.0, 45.0, 100.0, 3600.0, 9000.0, 200_000.0, f64::NAN].map(duration);
        let said = [
            "a moment",
            "1 second",
            "45 seconds",
            "2 minutes",
            "60 minutes",
            "3 hours",
            "2 days",
            "a moment",
        ];
        assert_eq!(left, said);
        assert_eq!([0.25, 2.0, 0.0].map(speed), ["4.0 a second", "2.0 s each", "–"]);
    }
}
