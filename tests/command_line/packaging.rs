//! What a package ships of the command line: pages of the manual and completions, by the commands that packages are built
//! with.

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
