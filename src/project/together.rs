//! A TOML document that several windows of this program write, each as it stands there: what one of them changed does not
//! undo what another did.
//!
//! It looks at the values at the top alone, since one of them belongs together. What a newer version wrote is not touched.

use toml::{Table, Value};

/// The document `own` with what has come to `there` since it was `before`: values that are in `own` as they were before, and
/// those that it does not know. What was taken out there goes, unless it was changed here. Entries of `lists` are added and
/// taken out one by one. `None` if `there` is of a newer version.
pub fn together(there: &str, before: &str, own: &str, lists: &[&str]) -> Option<String> {
    let read = |text: &str| text.parse::<Table>().unwrap_or_default();
    let [there, before, document] = [there, before, own].map(read);
    let version = |of: &Table| of.get("version").and_then(Value::as_integer);
    if version(&there) > version(&document) {
        return None;
    }
    let mut merged = document.clone();
    // A file that is gone, or cannot be read, took nothing out.
    if !there.is_empty() {
        merged.retain(|key, value| there.contains_key(key) || before.get(key) != Some(&*value));
    }
    for (key, theirs) in there {
        let (was, now) = (before.get(&key), document.get(&key));
        let value = match (now, &theirs) {
            (Some(Value::Array(now)), Value::Array(theirs)) if lists.contains(&key.as_str()) => {
                let was = was.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                Value::Array(entries(theirs, was, now))
            }
            _ if was == now => theirs,
            _ => continue,
        };
        merged.insert(key, value);
    }
    // As it came, where nothing is added.
    if merged == document { Some(own.to_owned()) } else { toml::to_string(&merged).ok() }
}

/// The entries that are there now and that nobody else took out, then those that others added.
fn entries(theirs: &[Value], was: &[Value], now: &[Value]) -> Vec<Value> {
    let kept = now.iter().filter(|entry| !was.contains(entry) || theirs.contains(entry));
    let added = theirs.iter().filter(|entry| !was.contains(entry) && !now.contains(entry));
    kept.chain(added).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_windows_changed_is_all_kept() {
        let before =
            "version = 1\npage = 'a'\ntheme = 'dark'\nmodels = ['m', 'n']\n[compose]\nprompt = 'cat'\n";
        let there = "version = 1\npage = 'b'\ntheme = 'light'\nmodels = ['n', 'o']\nlater = 3\n[compose]\nprompt = 'dog'\n";
        let own =
            "version = 1\npage = 'c'\ntheme = 'dark'\nmodels = ['m', 'n', 'p']\n[compose]\nprompt = 'cat'\n";
        let merged: Table = together(there, before, own, &["models"]).unwrap().parse().unwrap();
        let expected = "version = 1\npage = 'c'\ntheme = 'light'\nmodels = ['n', 'p', 'o']\nlater = 3\n[compose]\nprompt = 'dog'\n";
        assert_eq!(merged, expected.parse::<Table>().unwrap());
        // One that was taken out here stays out.
        let merged = together(before, before, "version = 1\nmodels = ['n']", &["models"]).unwrap();
        assert_eq!(merged.parse::<Table>().unwrap()["models"], Value::Array(vec!["n".into()]));
    }

    #[test]
    fn what_another_window_took_out_does_not_come_back() {
        let before = "version = 1\nmodel = 'm'\ndraft = 'd'\nedited = 'e'\n";
        let own = "version = 1\nmodel = 'm'\ndraft = 'd'\nedited = 'f'\n";
        let merged = together("version = 1\ndraft = 'd'\n", before, own, &[]).unwrap();
        let expected = "version = 1\ndraft = 'd'\nedited = 'f'\n";
        assert_eq!(merged.parse::<Table>().unwrap(), expected.parse::<Table>().unwrap());
        // A file that is gone says nothing of what is in it.
        assert_eq!(together("", before, own, &[]).unwrap(), own);
    }

    #[test]
    fn what_cannot_be_read_is_nobodys_and_what_is_newer_stays() {
        for there in ["", "page = ", "version = 1\npage = 'a'"] {
            assert_eq!(
                together(there, "", "version = 1\npage = 'c'", &[]).unwrap(),
                "version = 1\npage = 'c'"
            );
        }
        assert_eq!(together("version = 2", "", "version = 1\npage = 'c'", &[]), None);
    }
}
