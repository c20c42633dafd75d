//! The devices as a person or a script measures them: their list, the ways that are kept, and the benchmark.

use crate::program::*;
use crate::runs::*;
use serde_json::Value;

#[test]
fn a_device_is_measured_and_what_is_kept_is_used_or_left_alone() {
    let home = workplace();
    let line = || {
        let mut line = program();
        line.env("PSEUDOWORD_HOME", home.path());
        line.args(["devices", "--tune", "--device", "cpu", "--model"]).arg(model());
        line
    };
    let events = json_lines(&run_well(line().arg("--json")));
    let summary = &events[events.len() - 1]["summary"];
    assert!(summary["operations"].as_u64().is_some_and(|count| count > 4), "{summary}");
    let file = home.path().join("tuning.json");
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(kept["devices"][0]["api"], "cpu");
    let operations = kept["devices"][0]["operations"].as_array().unwrap().len();
    assert_eq!(Some(operations as u64), summary["operations"].as_u64());

    std::fs::write(&file, "no JSON").unwrap();
    refuses(&mut line(), 2, &["the file is damaged", "tuning.json"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "no JSON");
    let mut others = program();
    others.env("PSEUDOWORD_HOME", home.path());
    others.args(["generate", "--json", "--prompt", "a cat", "--steps", "1", "--device", "cpu", "--model"]);
    let said = run_well(others.arg(model()).arg("--out").arg(home.path().join("drawn")));
    assert!(said.contains("is not used: the file is damaged"), "{said}");
}

#[test]
fn devices_and_bench_speak_json() {
    let text = run_well(program().args(["devices", "--json"]));
    let devices: Vec<Value> = serde_json::from_str(&text).unwrap();
    println!("{devices:#?}");
    let last = devices.last().unwrap();
    assert_eq!((last["api"].as_str(), last["kind"].as_str()), (Some("cpu"), Some("processor")));
    assert_eq!(last["choice"], "cpu");
    let choices: std::collections::HashSet<_> =
        devices.iter().map(|device| device["choice"].as_str().unwrap()).collect();
    assert_eq!(choices.len(), devices.len(), "each is chosen by another name");
    let mut there_is_none = typed("generate --prompt");
    there_is_none.args(["a cat", "--device", "metal:7"]);
    there_is_none.arg("--model").arg(model()).arg("--out").arg("/nowhere");
    refuses(&mut there_is_none, 6, &["metal:7", "pseudoword devices"]);
    assert!(devices.iter().all(|device| device["name"].as_str().is_some_and(|name| !name.is_empty())));

    let text = run_well(typed("bench --device cpu --steps 1 --model").arg(model()));
    let report: Value = serde_json::from_str(&text).unwrap();
    println!("{report:#}");
    for field in ["load_seconds", "first_step_seconds", "loss"] {
        assert!(report[field].as_f64().is_some_and(|value| value > 0.0), "{field} in {report}");
    }
    for field in ["learn_step_seconds", "sample_step_seconds"] {
        let list = report[field].as_array().unwrap();
        assert!(list.len() == 1 && list[0].as_f64().unwrap() > 0.0, "{field} in {report}");
    }
    assert_eq!((report["device"]["api"].as_str(), report["precision"].as_str()), (Some("cpu"), Some("f32")));
    assert_eq!((report["size"].as_u64(), report["batch"].as_u64()), (Some(64), Some(1)));
    assert!(report["parameters"].as_u64().unwrap() > 500_000);
    assert!(report.as_object().unwrap().contains_key("device_memory"));
    let memory = report["peak_memory"].as_u64();
    assert!(memory.is_some_and(|bytes| bytes > 10_000_000) || !cfg!(target_os = "linux"), "{report}");
    let kinds = report["kinds"].as_array().unwrap();
    let spent: f64 = ["forward", "backward"]
        .iter()
        .flat_map(|pass| kinds.iter().map(|kind| kind[*pass].as_f64().unwrap()))
        .sum();
    assert!(kinds.len() == 6 && spent > 0.0, "{report}");
    assert!(report["first_step"]["encoding"].as_f64().unwrap() > 0.0, "{report}");
    assert!(report["first_step"]["preparing"].is_null(), "the processor compiles nothing: {report}");
    assert!(report["learn_step_launches"].is_null() && report["comparison"].is_null(), "{report}");
    assert!(report["machine"]["threads"].as_u64().unwrap() > 0, "{report}");
}

/// What stands in for PyTorch writes down what it is asked.
#[cfg(unix)]
#[test]
fn a_comparison_takes_turns_and_makes_a_row() {
    let place = tempfile::tempdir().unwrap();
    let (python, report) = (place.path().join("python"), place.path().join("report.json"));
    // Written by another process: a program that this one had open for writing might be busy when it is started.
    let becomes = |script: &str| {
        let write = "printf %s \"$0\" >\"$1\" && chmod +x \"$1\"";
        run_well(std::process::Command::new("sh").args(["-c", write, script]).arg(&python));
    };
    becomes(
        "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 1\necho \"$@\" >arguments\ncat \"$3/unet/config.json\" >unet\n\
         printf 'torch 0\\tcpu\\t3\\n'\nwhile read -r line; do echo \"$line\" >>asked; echo 2; done\n",
    );
    let bench = || {
        let mut line = typed("bench --device cpu --steps 2 --sampling-steps 1 --model");
        line.arg(model()).arg("--compare");
        line
    };
    run_well(bench().arg(&python).arg("--out").arg(&report));
    let read = |name: &str| std::fs::read_to_string(place.path().join(name)).unwrap();
    // The first of each; then, as nothing says yet that steps are long, one more of each that does not count.
    let asked = ["learn", "sample", "learn", "learn", "sample", "sample", "learn"];
    assert_eq!(read("asked"), asked.map(|step| format!("step {step}\n")).concat() + "memory\n");
    assert!(read("arguments").contains("--size 64 --downsampling 8 --batch 1 --device cpu --precision f32"));
    assert!(read("unet").contains("cross_attention_dim"));
    let written: Value = serde_json::from_str(&read("report.json")).unwrap();
    println!("{written:#}");
    let compared = &written["comparison"];
    assert_eq!((&compared["program"], &compared["threads"]), (&"torch 0".into(), &3.into()));
    assert_eq!(compared["learn_step_seconds"].as_array().map(Vec::len), Some(2));
    let ratio = written["learn_step_median"].as_f64().unwrap() / 2.0;
    assert!((compared["learn_ratio"].as_f64().unwrap() - ratio).abs() < 1e-9, "{written}");
    assert!(compared["learn_ratio_of_fastest"].as_f64().unwrap() <= ratio + 1e-9, "{written}");

    let table = run_well(typed("bench --table").arg(&report));
    println!("{table}");
    assert!(table.lines().count() == 3 && table.contains("| sd1, 64 px, batch 1, f32 |"), "{table}");

    // It finds the libraries, and ends all the same.
    becomes("#!/bin/sh\ntest \"$1\" = -c\n");
    refuses(bench().arg(&python), 2, &["PyTorch ended", "pip install"]);
    refuses(bench().arg(place.path().join("none")), 2, &["could not be started"]);
    refuses(bench().arg(&python).arg("--out").arg(&report), 2, &["is there already", "--force"]);
}
