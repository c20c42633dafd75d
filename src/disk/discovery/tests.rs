//! Searches asked for as the window asks for them, on a computer of one folder.

use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use super::*;

/// A computer on which no other program is.
fn nowhere() -> Environment {
    let path = PathBuf::from("/nowhere");
    let (home, config) = (path.clone(), path.clone());
    Environment { home, config, data: path.clone(), documents: path, ..Environment::default() }
}

fn next(answers: &Receiver<Answer>) -> DiscoveryAnswer {
    loop {
        match answers.recv_timeout(Duration::from_secs(10)).unwrap() {
            Answer::Discovery(DiscoveryAnswer::Step(Step::Looking(_))) => {}
            Answer::Discovery(answer) => return answer,
            other => panic!("{other:?}"),
        }
    }
}

fn names(answers: &Receiver<Answer>) -> (Vec<String>, SearchSummary, Vec<PathBuf>) {
    let mut names = Vec::new();
    loop {
        match next(answers) {
            DiscoveryAnswer::Step(Step::Found(found)) => names.push(found.name),
            DiscoveryAnswer::Done { summary, gone } => return (names, summary, gone),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn folders_are_watched_when_the_window_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    std::fs::write(mine.join("a.ckpt"), "a").unwrap();
    let home = DataDir::at(folder.path().join("home"));
    std::fs::create_dir_all(home.models()).unwrap();
    std::fs::write(home.models().join("b.ckpt"), "b").unwrap();
    let (sender, answers) = bounded(4096);
    let mut thread = DiscoveryThread::start(home, nowhere, Reply::new(sender, Arc::new(|| {}))).unwrap();
    thread.ask(DiscoveryTask::WatchFolder(mine.clone()));
    assert_eq!(next(&answers), DiscoveryAnswer::Folders(vec![mine.clone()]));
    assert_eq!(names(&answers).0, ["a"]);
    thread.ask(DiscoveryTask::Search);
    assert_eq!(names(&answers).0, ["b", "a"]);
    // Nothing new, nothing said.
    thread.ask(DiscoveryTask::Refocused);
    assert!(matches!(answers.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout)));
    std::fs::write(mine.join("c.ckpt"), "c").unwrap();
    std::fs::remove_file(mine.join("a.ckpt")).unwrap();
    thread.ask(DiscoveryTask::Refocused);
    let (found, _, gone) = names(&answers);
    assert_eq!((found, gone), (vec!["c".to_owned()], vec![mine.join("a.ckpt")]));
    thread.ask(DiscoveryTask::ForgetFolder(mine.clone()));
    assert_eq!(next(&answers), DiscoveryAnswer::Folders(Vec::new()));
    assert_eq!(names(&answers).2, [mine.join("c.ckpt")]);
    assert!(mine.join("c.ckpt").exists(), "a forgotten folder keeps its files");
    thread.close().unwrap().join().unwrap();
    assert!(matches!(answers.recv_timeout(Duration::from_secs(5)), Err(RecvTimeoutError::Disconnected)));
}

#[test]
fn a_search_that_is_given_up_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let home = DataDir::at(folder.path().to_path_buf());
    std::fs::create_dir_all(home.models()).unwrap();
    for i in 0..3000 {
        std::fs::write(home.models().join(format!("{i}.ckpt")), "x").unwrap();
    }
    // Of an unread channel of one place, the search waits for its reader.
    let (sender, answers) = bounded(1);
    let mut thread = DiscoveryThread::start(home, nowhere, Reply::new(sender, Arc::new(|| {}))).unwrap();
    thread.ask(DiscoveryTask::Search);
    thread.ask(DiscoveryTask::Cancel);
    let (found, summary, gone) = names(&answers);
    assert!(summary.stopped && found.len() < 3000 && gone.is_empty());
    thread.ask(DiscoveryTask::Search);
    let (found, summary, _) = names(&answers);
    assert_eq!((found.len(), summary.stopped), (3000, false));
    thread.ask(DiscoveryTask::Search);
    let thread = thread.close().unwrap();
    drop(answers);
    thread.join().unwrap();
}
