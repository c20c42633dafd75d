//! What a screen reader would say of the window, as text: one line for each node of the accessibility tree with its
//! role, name, value and state, indented as the tree is. No places, sizes and colours: those are for pictures.
//!
//! The texts lie in `tests/snapshots`. One holds for every theme and size; where another theme or size says something
//! else, it has a text of its own beside it.

use std::fmt::Write as _;

use egui::accesskit::{Role, Toggled};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, NodeT as _};
use ui::app::App;

/// The theme and size whose text holds for the others as well.
const COMMON: &str = "dark";

/// The whole window; the folder `home` is another one each time.
pub fn describe(harness: &Harness<'_, App>, home: &str) -> String {
    let mut text = String::new();
    write_node(&harness.root().accesskit_node(), 0, &mut text);
    without_digest(&text.replace(home, "HOME"))
}

/// The starter model lies in a folder named by what is in it, which is not what these texts are about.
fn without_digest(text: &str) -> String {
    let mut parts = text.split("bundle-");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean += "bundle-DIGEST";
        clean += part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    clean
}

fn write_node(node: &AccessKitNode<'_>, depth: usize, out: &mut String) {
    // The letters of a text are its parent's value already, and a bar for scrolling is a matter of size.
    if node.is_hidden() || matches!(node.role(), Role::TextRun | Role::ScrollBar) {
        return;
    }
    let label = node.label();
    let value = node.value().filter(|value| !value.is_empty() && label.as_ref() != Some(value));
    let number = node.numeric_value().filter(|_| value.is_none());
    let named = label.is_some() || value.is_some() || number.is_some();
    let inner = if named || node.role() != Role::GenericContainer {
        let _ = write!(out, "{:1$}{2:?}", "", 2 * depth, node.role());
        let _ = label.map_or(Ok(()), |label| write!(out, " {label:?}"));
        let _ = value.map_or(Ok(()), |value| write!(out, " = {value:?}"));
        let _ = number.map_or(Ok(()), |number| write!(out, " = {}", (number * 1e4).round() / 1e4));
        out.push_str(match node.toggled() {
            None => "",
            Some(Toggled::True) => ", on",
            Some(Toggled::False) => ", off",
            Some(Toggled::Mixed) => ", mixed",
        });
        for (state, is_so) in [
            ("selected", node.is_selected() == Some(true)),
            ("expanded", node.data().is_expanded() == Some(true)),
            ("disabled", node.is_disabled()),
        ] {
            out.push_str(if is_so { ", " } else { "" });
            out.push_str(if is_so { state } else { "" });
        }
        out.push('\n');
        depth + 1
    } else {
        depth
    };
    node.children().for_each(|child| write_node(&child, inner, out));
}

/// Compares what was found with the stored text of a page in one theme and size, or stores it if `UPDATE_SNAPSHOTS`
/// says so, as for the pictures. Gives what differs, line by line.
pub fn compare(page: &str, look: &str, found: &str) -> Result<(), String> {
    let folder = crate::places::repository().join("tests/snapshots");
    let (common, own) = (folder.join(format!("{page}.txt")), folder.join(format!("{page}-{look}.txt")));
    let read = |path| std::fs::read_to_string(path).ok();
    let asked = std::env::var("UPDATE_SNAPSHOTS").unwrap_or_default();
    if matches!(asked.as_str(), "true" | "1" | "yes" | "on" | "force") {
        let written = if look == COMMON {
            std::fs::write(common, found)
        } else if read(&common).as_deref() == Some(found) {
            std::fs::remove_file(own).or(Ok(()))
        } else {
            std::fs::write(own, found)
        };
        return written.map_err(|e| format!("{page}: {e}"));
    }
    let stored = read(&own).or_else(|| read(&common)).unwrap_or_default();
    let difference = difference(&stored, found);
    if difference.is_empty() {
        Ok(())
    } else {
        Err(format!("{page}-{look} says something else:\n{difference}"))
    }
}

/// The lines that only one of two texts has, in order, by way of their longest common subsequence.
fn difference(stored: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (stored.lines().collect(), found.lines().collect());
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let apart = common[i + 1][j].max(common[i][j + 1]);
            common[i][j] = if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { apart };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            let _ = writeln!(out, "- {:4} {}", i + 1, old[i]);
            i += 1;
        } else {
            let _ = writeln!(out, "+ {:4} {}", j + 1, new[j]);
            j += 1;
        }
    }
    out
}
