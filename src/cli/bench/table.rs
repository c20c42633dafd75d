//! The table of several reports, in Markdown: one row for each, with nothing in it that the report does not say.

use std::path::{Path, PathBuf};

use serde_json::Value;

use base::{Error, FileKind, Result, text_file, units};

/// What stands above the columns.
const COLUMNS: [&str; 9] = [
    "Machine",
    "Model",
    "Learning step",
    "beside PyTorch",
    "Guided step",
    "beside PyTorch",
    "First step",
    "Memory",
    "Date, version",
];

/// The table of these reports.
pub fn of(reports: &[PathBuf]) -> Result<String> {
    let mut table = format!("| {} |\n|{}\n", COLUMNS.join(" | "), " --- |".repeat(COLUMNS.len()));
    for path in reports {
        table += &row(&read(path)?);
    }
    Ok(table)
}

fn read(path: &Path) -> Result<Value> {
    let refuse = |fault: &str| {
        let remedy = "Write one with `pseudoword bench --out FILE`.";
        Err(Error::file(FileKind::Settings, path, fault, remedy))
    };
    let Ok(report) = serde_json::from_str::<Value>(&text_file::read(FileKind::Settings, path)?) else {
        return refuse("it is not readable as JSON");
    };
    if report["learn_step_median"].is_number() { Ok(report) } else { refuse("it is no report of steps") }
}

fn row(report: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let [machine, device, compared] = ["machine", "device", "comparison"].map(|part| &report[part]);
    let on_processor = device["api"] == "cpu";
    let place = match on_processor {
        true => format!("{}, {}", text(&machine["processor"]), text(&device["driver"])),
        false => format!("{} ({}), {}", text(&device["name"]), text(&device["api"]), text(&device["driver"])),
    };
    let coded = if report["weights"] == "8bit" { ", weights in 8 bits" } else { "" };
    let model = format!(
        "{}, {} px, batch {}, {}{coded}{}",
        text(&report["model"]),
        report["size"],
        report["batch"],
        text(&report["precision"]),
        if report["low_memory"] == true { ", low memory" } else { "" }
    );
    let memory = &report[if on_processor { "peak_memory" } else { "device_memory" }];
    let cells = [
        place,
        model,
        seconds(&report["learn_step_median"]),
        ratio(compared, "learn_ratio"),
        seconds(&report["sample_step_median"]),
        ratio(compared, "sample_ratio"),
        seconds(&report["first_step_seconds"]),
        memory.as_u64().map_or_else(nothing, units::bytes),
        format!(
            "{}, {}",
            text(&machine["date"]).chars().take(10).collect::<String>(),
            text(&machine["version"])
        ),
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "/")).join(" | "))
}

fn nothing() -> String {
    "\u{2013}".into()
}

fn seconds(value: &Value) -> String {
    value.as_f64().map_or_else(nothing, |seconds| format!("{seconds:.3} s"))
}

/// That of the medians, and that of the fastest steps.
fn ratio(compared: &Value, name: &str) -> String {
    let [median, fastest] = [compared[name].as_f64(), compared[format!("{name}_of_fastest")].as_f64()];
    let both = median.zip(fastest);
    both.map_or_else(nothing, |(median, fastest)| format!("{median:.2} x, fastest {fastest:.2} x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_the_report_says() {
        let mut report = serde_json::json!({
            "machine": {"processor": "A | B", "date": "2026-01-02T03:04:05Z", "version": "0.1.0 (release build)"},
            "device": {"api": "cpu", "name": "A | B", "driver": "8 threads"},
            "model": "starter", "size": 64, "batch": 1, "precision": "f32",
            "learn_step_median": 0.12345, "sample_step_median": 0.1, "first_step_seconds": 2.0,
            "peak_memory": 1_500_000_000_u64, "device_memory": 7, "comparison": null,
        });
        let row_of_processor = row(&report);
        assert_eq!(
            row_of_processor,
            "| A / B, 8 threads | starter, 64 px, batch 1, f32 | 0.123 s | \u{2013} | 0.100 s | \u{2013} | 2.000 s | \
             1.5 GB | 2026-01-02, 0.1.0 (release build) |\n"
        );
        assert_eq!(row_of_processor.matches(" | ").count() + 1, COLUMNS.len());
        report["low_memory"] = true.into();
        report["device"] = serde_json::json!({"api": "vulkan", "name": "Card", "driver": "580.1"});
        report["comparison"] = serde_json::json!({
            "learn_ratio": 0.5, "learn_ratio_of_fastest": 0.6,
            "sample_ratio": 1.25, "sample_ratio_of_fastest": 1.2,
        });
        let row = row(&report);
        assert!(
            row.starts_with("| Card (vulkan), 580.1 |") && row.contains("| 0.50 x, fastest 0.60 x |"),
            "{row}"
        );
        assert!(row.contains("| 1.25 x, fastest 1.20 x |") && row.contains("| 1 kB |"), "{row}");
        assert!(row.contains("f32, low memory |"), "{row}");
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let place = std::env::temp_dir().join(format!("pseudoword-table-{}", std::process::id()));
        for (text, fault) in [("{", "not readable"), ("{\"open_seconds\": 1}", "no report of steps")] {
            std::fs::write(&place, text).unwrap();
            let error = of(std::slice::from_ref(&place)).unwrap_err();
            assert!(error.to_string().contains(fault), "{error}");
        }
        std::fs::remove_file(place).unwrap();
    }
}
