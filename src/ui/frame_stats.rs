//! How long frames take, for `--frame-stats`.

use std::fmt;

/// Durations of frames in milliseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FrameStats {
    all: Vec<f32>,
    learning: Vec<f32>,
}

impl FrameStats {
    /// Adds a frame that took so many seconds; `learning` if a word was being learned meanwhile.
    pub fn add(&mut self, seconds: f32, learning: bool) {
        self.all.push(seconds * 1000.0);
        if learning {
            self.learning.push(seconds * 1000.0);
        }
    }
}

impl fmt::Display for FrameStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, frames) in [("all", &self.all), ("while learning", &self.learning)] {
            let mut sorted = frames.clone();
            sorted.sort_by(f32::total_cmp);
            let at = |part: f64| {
                let place = (part * sorted.len() as f64).ceil() as usize;
                sorted.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
            };
            let [half, most, longest] = [0.5, 0.99, 1.0].map(at);
            writeln!(
                f,
                "frames {name}: {}, median {half:.1} ms, 99th percentile {most:.1} ms, longest {longest:.1} ms",
                sorted.len()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_that_of_the_sorted_frames() {
        let mut stats = FrameStats::default();
        (1..=100).rev().for_each(|i| stats.add(i as f32 / 1000.0, i > 90));
        let text = stats.to_string();
        assert!(
            text.contains("all: 100, median 50.0 ms, 99th percentile 99.0 ms, longest 100.0 ms"),
            "{text}"
        );
        assert!(text.contains("learning: 10, median 95.0 ms"), "{text}");
        assert!(FrameStats::default().to_string().contains("all: 0"));
    }
}
