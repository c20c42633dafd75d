//! What a package ships of the command line: pages of the manual and completions, by the commands that packages are built
//! with; how one is built, and that what its README shows is there.

use crate::places::repository;
use crate::program::*;
use crate::runs::*;

#[test]
fn the_manual_has_a_page_for_every_command() {
    let place = workplace();
    let folder = place.path().join("share/man1");
    run_well(program().arg("man").arg(&folder));
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let main = page("pseudoword.1");
    assert!(main.contains(".TH pseudoword 1") && main.contains("pseudoword\\-learn(1)"), "{main}");
    assert!(page("pseudoword-learn.1").contains("\\-\\-images"));
    assert!(page("pseudoword-study-new.1").contains("\\-\\-comparison"));
    for hidden in ["pseudoword-man.1", "pseudoword-completions.1"] {
        assert!(page(hidden).is_empty(), "{hidden} is no command for people");
    }
    assert!(!run_well(program().arg("--help")).contains("completions"));
}

#[test]
fn the_shells_complete_every_command() {
    for (shell, parts) in [
        ("bash", ["complete -F _pseudoword", "--init"]),
        ("zsh", ["#compdef pseudoword", "--init"]),
        ("fish", ["complete -c pseudoword", "learn"]),
    ] {
        let script = run_well(program().args(["completions", shell]));
        assert!(parts.iter().all(|part| script.contains(part)), "{shell}: {script}");
    }
    let (code, _, stderr) = run(program().args(["completions", "cmd"]));
    assert!(code == 2 && stderr.contains("fish"), "{stderr}");
}

/// What stands in for whatever builds: where it says what it would have done, that is written down and fails.
#[cfg(target_os = "linux")]
const STAND_INS: &str = r#"
cargo() {
    case $1 in
    --version) echo "cargo 99.0.0" ;;
    metadata) printf '{"packages":[],"target_directory":"%s","version":1}' "$BUILT" ;;
    build) [ -z "${NOTED-}" ] || { eval "set -- $CFLAGS"; printf '%s\n' "$@" >"$NOTED"; return 1; } ;;
    esac
}
rustc() { echo /rust; }
python3() { printf '%s' "$BUILT"; }
dpkg-query() { printf installed; }
apt-get() { :; }
cc() { :; }
pkg-config() { :; }
export -f cargo rustc python3 dpkg-query apt-get cc pkg-config
exec bash "$0"
"#;

/// What `dist/package` tells cargo and the compiler for C.
#[cfg(target_os = "linux")]
#[test]
fn a_package_is_built_where_folders_have_spaces_in_their_names() {
    let place = tempfile::tempdir().unwrap();
    let [root, noted] = ["my things", "noted"].map(|name| place.path().join(name));
    std::fs::create_dir_all(root.join("dist")).unwrap();
    for name in ["package", "prepare.sh"] {
        std::fs::copy(repository().join("dist").join(name), root.join("dist").join(name)).unwrap();
    }
    std::fs::write(root.join("Cargo.toml"), "version = \"1.0.0\"\n").unwrap();
    let built = root.join("target");
    let mut line = std::process::Command::new("bash");
    line.args(["-c", STAND_INS]).arg(root.join("dist/package")).env("NOTED", &noted).env("BUILT", &built);
    line.env("CARGO_HOME", "/of nobody's").env("SOURCE_DATE_EPOCH", "1").env_remove("CFLAGS");
    let (code, _, said) = run(&mut line);
    let flags = std::fs::read_to_string(&noted).unwrap_or_else(|_| panic!("{code}: {said}"));
    let expected = ["/of nobody's=/cargo".to_owned(), format!("{}=/target", built.display())];
    let expected = expected.map(|map| format!("-ffile-prefix-map={map}\n")).concat();
    assert_eq!((code, flags), (1, expected));
}

/// Cargo's own settings may say so too, and not the environment alone.
#[cfg(target_os = "linux")]
#[test]
fn a_card_is_measured_by_what_was_built_wherever_that_lies() {
    let place = tempfile::tempdir().unwrap();
    let [root, built] = ["my things", "built elsewhere"].map(|name| place.path().join(name));
    for folder in [root.join("dist"), built.join("debug")] {
        std::fs::create_dir_all(folder).unwrap();
    }
    for name in ["measure-card", "prepare.sh"] {
        std::fs::copy(repository().join("dist").join(name), root.join("dist").join(name)).unwrap();
    }
    std::os::unix::fs::symlink("/bin/true", built.join("debug/pseudoword")).unwrap();
    let mut line = std::process::Command::new("bash");
    line.args(["-c", STAND_INS]).arg(root.join("dist/measure-card")).env("BUILT", &built);
    line.env("GOLDEN", "/bin/true").env_remove("PSEUDOWORD").env_remove("CARGO_TARGET_DIR");
    let (code, report, said) = run(&mut line);
    let passed = report.contains("\"passed\": true");
    assert!(code == 0 && passed && !report.contains("Not done"), "{report}{said}");
}

#[test]
fn what_the_readme_shows_and_names_is_there() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let files: Vec<&str> = links.filter(|link| !link.is_empty() && !link.contains("://")).collect();
    assert!(files.len() > 5, "{files:?}");
    let missing: Vec<&str> = files.into_iter().filter(|file| !repository().join(file).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
