//! Downloads asked for as the window asks for them, from a server on this computer.

use std::time::{Duration, Instant};

use super::*;
use ::models::download::{Hub, Timeouts, find};
use loopback::{Asked, SIZE, Server, ServerReply};

#[path = "../../../tests/common/loopback.rs"]
mod loopback;

/// The smallest model of the list.
fn clip() -> &'static Download {
    find("clip").unwrap()
}

/// A server of it.
fn serve(replies: impl Fn(&Asked) -> ServerReply + Send + Sync + 'static) -> Server {
    let paths: Vec<&str> = clip().files.iter().map(|wanted| wanted.paths[0]).collect();
    Server::start(&paths, None, replies)
}

fn hub(server: &Server) -> Hub {
    let timeouts = Timeouts {
        silence: Duration::from_secs(1),
        tries: 3,
        pause: Duration::from_millis(10),
        ..Timeouts::default()
    };
    Hub::new(&server.address, Some("hf_secret"), None, timeouts).unwrap()
}

struct Bench {
    thread: DownloadThread,
    answers: Receiver<Answer>,
    home: DataDir,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        let (sender, answers) = bounded(4096);
        let hub = hub(server);
        let reply = Reply::new(sender, Arc::new(|| {}));
        let thread = DownloadThread::start(home.clone(), move || Ok(hub.clone()), reply).unwrap();
        Self { thread, answers, home, _folder: folder }
    }

    /// The first answer that `pick` takes.
    fn wait<T>(&self, pick: impl Fn(DownloadAnswer) -> Option<T>) -> T {
        loop {
            let answer = self.answers.recv_timeout(Duration::from_secs(15)).unwrap();
            println!("{answer:.200?}");
            if let Answer::Download(answer) = answer
                && let Some(found) = pick(answer)
            {
                return found;
            }
        }
    }

    fn wait_for_bytes(&self, bytes: u64) {
        self.wait(|answer| match answer {
            DownloadAnswer::Progress(progress) if progress.done >= bytes => Some(()),
            _ => None,
        });
    }

    fn card(&self) -> DownloadCard {
        self.wait(|answer| match answer {
            DownloadAnswer::List(cards) => cards.into_iter().find(|card| card.download.id == "clip"),
            _ => None,
        })
    }
}

#[test]
fn a_download_waits_goes_on_and_arrives() {
    let server = serve(|asked| if asked.before == 0 { ServerReply::Slow } else { ServerReply::File });
    let bench = Bench::new(&server);
    assert!(bench.thread.ask(DownloadTask::List));
    assert_eq!((bench.card().here, server.asked_for("").len()), (None, 0), "no server is asked for the list");
    bench.thread.ask(DownloadTask::Start(clip()));
    bench.thread.ask(DownloadTask::Start(clip()));
    bench.wait_for_bytes(500_000);
    let start = Instant::now();
    bench.thread.ask(DownloadTask::Pause);
    let paused = bench.wait(|answer| match answer {
        DownloadAnswer::Progress(progress) if progress.state == FetchState::Paused => Some(progress),
        _ => None,
    });
    assert!(start.elapsed() < Duration::from_secs(1) && paused.done >= 500_000 && paused.done < paused.total);
    assert!(bench.card().unfinished.is_some_and(|bytes| bytes >= 500_000));
    bench.thread.ask(DownloadTask::Resume);
    let (download, path) = bench.wait(|answer| match answer {
        DownloadAnswer::Finished { download, path } => Some((download, path)),
        _ => None,
    });
    assert_eq!((download.id, path.parent()), ("clip", Some(bench.home.models().as_path())));
    assert_eq!(bench.card().here, Some(path));
    // At most what was on its way when it was paused came twice.
    assert!(server.served() - (SIZE as u64) < 1 << 21, "{}", server.served());
}

#[test]
fn a_download_is_ended_without_what_came() {
    let server = serve(|_| ServerReply::Stall(1 << 20));
    let bench = Bench::new(&server);
    bench.thread.ask(DownloadTask::Start(clip()));
    bench.wait_for_bytes(1 << 20);
    bench.thread.ask(DownloadTask::Cancel);
    assert_eq!(bench.card().unfinished, None);
    // One that is paused can be ended too.
    bench.thread.ask(DownloadTask::Start(clip()));
    bench.wait_for_bytes(1 << 20);
    bench.thread.ask(DownloadTask::Pause);
    assert!(bench.card().unfinished.is_some());
    bench.thread.ask(DownloadTask::Cancel);
    assert_eq!(bench.card().unfinished, None);
}

#[test]
fn failures_are_told_and_closing_takes_a_moment() {
    let server = serve(|asked| match asked.before {
        0 => ServerReply::Head("HTTP/1.1 403 Forbidden".into()),
        _ => ServerReply::Stall(1 << 20),
    });
    let mut bench = Bench::new(&server);
    let failed = |answer| match answer {
        DownloadAnswer::Failed { download, message } => Some((download.id, message)),
        _ => None,
    };
    bench.thread.ask(DownloadTask::Start(clip()));
    let (id, message) = bench.wait(failed);
    assert!(id == "clip" && message.contains("licence"), "{message}");
    bench.thread.ask(DownloadTask::Start(clip()));
    bench.wait_for_bytes(1 << 20);
    let start = Instant::now();
    let thread = bench.thread.close().unwrap();
    while bench.answers.recv_timeout(Duration::from_secs(5)).is_ok() {}
    let end = bench.answers.try_recv();
    assert_eq!(end.err(), Some(crossbeam_channel::TryRecvError::Disconnected), "the stream must end");
    thread.join().unwrap();
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(download::unfinished(&bench.home.models(), clip()).is_some_and(|bytes| bytes >= 1 << 20));
}
