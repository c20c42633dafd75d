//! Quantities as people read them: bytes, lengths of time, ages and dates. Each is worded here and nowhere else.
//!
//! Rounded as a person would say them. No crate has this wording: they write "30.0 MB" and "2h 10m 3s".

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// `30 MB`, `4.3 GB`: in thousands, as disks are sold.
pub fn bytes(bytes: u64) -> String {
    match bytes as f64 {
        n if n >= 1e9 => format!("{:.1} GB", n / 1e9),
        n if n >= 1e6 => format!("{:.0} MB", n / 1e6),
        n => format!("{:.0} kB", (n / 1e3).ceil()),
    }
}

/// How long something takes, in words: "45 seconds", "4 minutes", "2.5 hours".
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 1.0 {
        return "a moment".into();
    }
    // The cast saturates.
    let seconds = seconds.round() as u64;
    match seconds {
        0..90 => counted(seconds, "second"),
        90..5400 => counted((seconds + 30) / 60, "minute"),
        5400..36_000 if !((seconds + 180) / 360).is_multiple_of(10) => {
            format!("{:.1} hours", seconds as f64 / 3600.0)
        }
        5400..172_800 => counted((seconds + 1800) / 3600, "hour"),
        _ => counted((seconds + 43_200) / 86_400, "day"),
    }
}

/// How long something takes, where there is little room: "40 s", "5 min", "2 h 10 min".
pub fn short_duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5400 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// How long ago something was, both in seconds since 1970: "3 hours ago".
pub fn ago(then: u64, now: u64) -> String {
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

/// A number of things whose plural ends in s: "1 step", "2 steps".
pub fn counted(count: u64, name: &str) -> String {
    if count == 1 { format!("1 {name}") } else { format!("{count} {name}s") }
}

/// A moment in seconds since 1970; times before that count as 1970.
pub fn unix_seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A moment as ISO 8601 in UTC to the second: `2024-02-29T12:34:56Z`.
pub fn iso8601(moment: SystemTime) -> String {
    let seconds = i64::try_from(unix_seconds(moment)).unwrap_or_default();
    let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    // Every year that a moment can have is one that the format can write.
    moment.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn quantities_are_said_as_a_person_would() {
        assert_eq!([500, 30_000_000, 4_270_000_000].map(bytes), ["1 kB", "30 MB", "4.3 GB"]);
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
        assert_eq!([0, 1, 2].map(|count| counted(count, "step")), ["0 steps", "1 step", "2 steps"]);
        assert_eq!(ago(2_000, 1_000), "just now", "a clock that was put back");
        let times =
            [0.2, 1.0, 45.0, 200.0, 3600.0, 9000.0, 10_900.0, 40_000.0, 200_000.0, f64::NAN].map(duration);
        let said = [
            "a moment",
            "1 second",
            "45 seconds",
            "3 minutes",
            "60 minutes",
            "2.5 hours",
            "3 hours",
            "11 hours",
            "2 days",
            "a moment",
        ];
        assert_eq!(times, said);
        assert_eq!([0.4, 40.0, 300.0, 7800.0].map(short_duration), ["0 s", "40 s", "5 min", "2 h 10 min"]);
    }

    #[test]
    fn dates_follow_the_calendar() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_210_096, "2024-02-29T12:34:56Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso8601(UNIX_EPOCH + Duration::from_secs(seconds)), date);
        }
    }
}
