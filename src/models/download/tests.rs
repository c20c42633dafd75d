//! Downloads from a server on this computer that does what servers do on bad days. The length is that of the list of
//! such days.

#![allow(clippy::disallowed_types, reason = "a server of bad days listens on this computer")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sha1_smol::Sha1;

use self::loopback::{Asked, COMMIT, MODEL, SIZE, Server, ServerReply, bytes};
use super::*;
use base::{Error, Result};

#[path = "../../../tests/common/loopback.rs"]
mod loopback;

/// A server of the smallest model of the list.
fn serve(replies: impl Fn(&Asked) -> ServerReply + Send + Sync + 'static) -> Server {
    let paths: Vec<&str> = clip().files.iter().map(|wanted| wanted.paths[0]).collect();
    let git = |file: &[u8]| {
        let mut sha1 = Sha1::from(format!("blob {}\0", file.len()));
        sha1.update(file);
        sha1.digest().to_string()
    };
    Server::start(&paths, Some(git), replies)
}

fn hub(server: &Server) -> Hub {
    Hub::new(&server.address, Some("hf_secret"), None, timeouts()).unwrap()
}

/// Nobody stops it.
static GOES_ON: AtomicBool = AtomicBool::new(false);

fn timeouts() -> Timeouts {
    Timeouts {
        silence: Duration::from_secs(1),
        tries: 3,
        pause: Duration::from_millis(10),
        ..Timeouts::default()
    }
}

fn clip() -> &'static Download {
    find("clip").unwrap()
}

/// Fetches into a folder, with all that was told.
fn fetch_into(models: &Path, hub: &Hub, stop: &AtomicBool) -> (Result<PathBuf>, Vec<Progress>) {
    let mut told = Vec::new();
    let request = DownloadRequest {
        download: clip(),
        models,
        hub,
        space: &|_| Ok(u64::MAX),
        stop,
        tell: &mut |progress| told.push(progress),
    };
    (fetch(request), told)
}

fn fetched(models: &Path, server: &Server) -> Result<PathBuf> {
    fetch_into(models, &hub(server), &GOES_ON).0
}

fn refusal(models: &Path, server: &Server, parts: &[&str]) -> String {
    let error = fetched(models, server).unwrap_err();
    assert_eq!(error.exit_code(), 9);
    let said = error.to_string();
    for part in parts {
        assert!(said.contains(part), "{said:?} lacks {part:?}");
    }
    assert!(said.ends_with('.') && !said.contains("hf_secret") && said.len() < 400, "{said}");
    assert!(!clip().folder(models).exists(), "only a whole model appears");
    said
}

fn check(folder: &Path, server: &Server) {
    let files = server.files.lock().unwrap().clone();
    for wanted in clip().files {
        assert!(
            fs::read(folder.join(wanted.paths[0])).unwrap() == files[wanted.paths[0]],
            "{}",
            wanted.paths[0]
        );
    }
    let count = fs::read_dir(folder).unwrap().count();
    assert_eq!(count, clip().files.len(), "nothing else is fetched and nothing is left over");
}

/// Fetches into a folder of its own.
fn comes_whole(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    check(&fetched(folder.path(), server).unwrap(), server);
}

/// Waits for something that must happen soon.
fn until(happened: impl Fn() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never happened");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_model_comes_whole_with_progress() {
    let server = serve(|_| ServerReply::File);
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("mödels 猫");
    let (done, told) = fetch_into(&models, &hub(&server), &GOES_ON);
    let path = done.unwrap();
    assert_eq!(path, models.join("clip-vit-base-patch32"));
    check(&path, &server);
    assert_eq!(fs::read_dir(&models).unwrap().count(), 1);
    assert_eq!(told[0].state, FetchState::Listing);
    let last = told.last().unwrap();
    let total: usize =
        clip().files.iter().map(|wanted| server.files.lock().unwrap()[wanted.paths[0]].len()).sum();
    assert_eq!((last.done, last.total, last.id), (total as u64, total as u64, "clip"));
    assert!(told.iter().all(|progress| progress.done <= progress.total));
    assert_eq!(server.asked_for("msgpack").len(), 0);
    assert!(server.asked_for("").iter().all(|asked| asked.headers["authorization"] == "Bearer hf_secret"));
    // What is here is not asked for again.
    let asked = server.asked_for("").len();
    assert_eq!(fetched(&models, &server).unwrap(), path);
    assert_eq!(server.asked_for("").len(), asked);
    let card = cards(&models).into_iter().find(|card| card.download.id == "clip").unwrap();
    assert_eq!((card.here, card.unfinished), (Some(path), None));
}

#[test]
fn cut_connections_go_on_where_they_were() {
    // Five cuts, each after a fair amount: more than the tries in a row that are allowed.
    let server = serve(|asked| if asked.before < 5 { ServerReply::Cut(SIZE / 8) } else { ServerReply::File });
    let folder = tempfile::tempdir().unwrap();
    let (done, told) = fetch_into(folder.path(), &hub(&server), &GOES_ON);
    check(&done.unwrap(), &server);
    let twice = server.served() - SIZE as u64;
    println!("{twice} bytes came twice in five cuts");
    assert_eq!(twice, 0);
    let asked = server.asked_for(MODEL);
    assert_eq!(asked.len(), 6);
    assert!(asked[1..].iter().all(|asked| asked.headers["if-range"] == "\"one\""));
    assert!(
        told.iter().any(
            |progress| matches!(&progress.state, FetchState::Retrying { why, .. } if why.contains("cut"))
        )
    );
}

#[test]
fn a_silent_server_is_given_up_and_asked_again() {
    let server =
        serve(|asked| if asked.before == 0 { ServerReply::Stall(SIZE / 2) } else { ServerReply::File });
    comes_whole(&server);
    assert!(server.served() - (SIZE as u64) < 1 << 17);
    let silent = serve(|_| ServerReply::Stall(0));
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    refusal(folder.path(), &silent, &["did not answer in time", "resume"]);
    assert!(start.elapsed() < Duration::from_secs(8));
    assert_eq!(silent.asked_for(MODEL).len(), 3);
}

#[test]
fn a_stop_takes_less_than_a_second_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server =
        serve(|asked| if asked.before == 0 { ServerReply::Stall(SIZE / 2) } else { ServerReply::File });
    // Timeouts longer than the test: only the stop ends the wait.
    let timeouts = Timeouts { silence: Duration::from_secs(60), ..timeouts() };
    let hub = Hub::new(&server.address, None, None, timeouts).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let download = scope.spawn(|| fetch_into(folder.path(), &hub, &stop).0);
        until(|| unfinished(folder.path(), clip()).is_some_and(|here| here >= SIZE as u64 / 2));
        let start = Instant::now();
        stop.store(true, Ordering::Relaxed);
        assert!(matches!(download.join().unwrap(), Err(Error::Cancelled)));
        println!("stopped after {:?}", start.elapsed());
        assert!(start.elapsed() < Duration::from_millis(500));
    });
    let kept = unfinished(folder.path(), clip()).unwrap();
    assert!(kept >= SIZE as u64 / 2, "{kept}");
    let card = cards(folder.path()).into_iter().find(|card| card.download.id == "clip").unwrap();
    assert_eq!((card.here, card.unfinished), (None, Some(kept)));
    check(&fetched(folder.path(), &server).unwrap(), &server);
    assert_eq!(server.served(), SIZE as u64);
}

#[test]
fn what_was_begun_can_be_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(|_| ServerReply::Cut(1000));
    refusal(folder.path(), &server, &["cut"]);
    assert!(unfinished(folder.path(), clip()).unwrap() > 1000);
    discard(folder.path(), clip()).unwrap();
    discard(folder.path(), clip()).unwrap();
    assert_eq!(unfinished(folder.path(), clip()), None);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn lies_about_the_length_are_found_out() {
    for reply in [ServerReply::Length(1000), ServerReply::Length(-1000), ServerReply::Endless(5000)] {
        let lie = reply.clone();
        let server = serve(move |_| lie.clone());
        let folder = tempfile::tempdir().unwrap();
        refusal(folder.path(), &server, &["something else", MODEL]);
        assert_eq!(server.asked_for(MODEL).len(), 1, "a lie is not asked for twice");
        let part = clip().staging(folder.path()).join("model.safetensors.part");
        assert_eq!(fs::metadata(part).unwrap().len(), 0, "{reply:?}");
    }
    // A page of another length, in the middle, costs nothing of what is here.
    let server = serve(|asked| match asked.before {
        0 => ServerReply::Cut(SIZE / 2),
        1 => ServerReply::Head("HTTP/1.1 200 OK".into()),
        _ => ServerReply::File,
    });
    let folder = tempfile::tempdir().unwrap();
    refusal(folder.path(), &server, &["something else"]);
    check(&fetched(folder.path(), &server).unwrap(), &server);
    assert_eq!(server.served(), SIZE as u64);
}

#[test]
fn wrong_bytes_are_deleted() {
    let server = serve(|asked| if asked.before == 0 { ServerReply::Wrong } else { ServerReply::File });
    let folder = tempfile::tempdir().unwrap();
    refusal(folder.path(), &server, &["checksum", "deleted", MODEL]);
    let staging = clip().staging(folder.path());
    let left: Vec<_> = fs::read_dir(&staging).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("model")), "{left:?}");
    check(&fetched(folder.path(), &server).unwrap(), &server);
    // Small files too have a checksum: that of Git. One that was damaged after it came is fetched again.
    let folder = tempfile::tempdir().unwrap();
    let cut = serve(|asked| if asked.before < 3 { ServerReply::Cut(1000) } else { ServerReply::File });
    refusal(folder.path(), &cut, &["cut"]);
    fs::write(clip().staging(folder.path()).join("config.json"), "{\"config.json\": 2}").unwrap();
    check(&fetched(folder.path(), &cut).unwrap(), &cut);
    assert_eq!(cut.asked_for("/config.json").len(), 2);
}

#[test]
fn a_server_that_ignores_ranges_starts_over() {
    let server =
        serve(|asked| if asked.before == 0 { ServerReply::Cut(SIZE / 2) } else { ServerReply::Whole });
    comes_whole(&server);
    assert_eq!(server.served(), (SIZE + SIZE / 2) as u64);
    let server = serve(|asked| match asked.before {
        0 => ServerReply::Cut(SIZE / 2),
        1 => ServerReply::Head("HTTP/1.1 416 Range Not Satisfiable".into()),
        2 => ServerReply::Head("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10".into()),
        _ => ServerReply::File,
    });
    let folder = tempfile::tempdir().unwrap();
    // The third is nonsense, as nothing was here to go on from.
    refusal(folder.path(), &server, &["206"]);
    check(&fetched(folder.path(), &server).unwrap(), &server);
}

#[test]
fn another_version_starts_over() {
    let server = serve(|asked| if asked.before < 3 { ServerReply::Cut(SIZE / 4) } else { ServerReply::File });
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::new(&server.address, None, None, Timeouts { tries: 1, ..timeouts() }).unwrap();
    assert!(fetch_into(folder.path(), &hub, &GOES_ON).0.is_err());
    // The server's etag is another: the same bytes, from its view a new file.
    *server.etag.lock().unwrap() = "\"two\"".into();
    assert!(fetch_into(folder.path(), &hub, &GOES_ON).0.is_err());
    assert_eq!(server.asked_for(MODEL)[1].headers["if-range"], "\"one\"");
    let have = unfinished(folder.path(), clip()).unwrap();
    assert!((SIZE as u64 / 4..SIZE as u64 / 2).contains(&have), "{have}");
    // The listed checksum is another: what is here is of no use.
    server.files.lock().unwrap().insert(MODEL.into(), bytes(SIZE, 9));
    assert!(fetch_into(folder.path(), &hub, &GOES_ON).0.is_err());
    assert!(!server.asked_for(MODEL)[2].headers.contains_key("range"));
    check(&fetch_into(folder.path(), &hub, &GOES_ON).0.unwrap(), &server);
}

#[test]
fn refusals_say_what_to_do() {
    for (head, parts) in [
        ("401 Unauthorized", ["401", "HF_TOKEN"]),
        ("403 Forbidden", ["403", "licence"]),
        ("404 Not Found", ["404", "HF_ENDPOINT"]),
        ("418 I'm a teapot", ["418", "later"]),
        ("500 Internal Server Error", ["500", "resume"]),
        ("429 Too Many Requests\r\nRetry-After: 900", ["429", "resume"]),
    ] {
        let server = serve(move |_| ServerReply::Head(format!("HTTP/1.1 {head}")));
        let folder = tempfile::tempdir().unwrap();
        refusal(folder.path(), &server, &parts);
        let asked = if head.starts_with("500") { 3 } else { 1 };
        assert_eq!(server.asked_for(MODEL).len(), asked, "{head}");
    }
    let server = serve(|_| ServerReply::Head("HTTP/1.1 401 Unauthorized".into()));
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::new(&server.address, None, None, timeouts()).unwrap();
    let said = fetch_into(folder.path(), &hub, &GOES_ON).0.unwrap_err().to_string();
    assert!(said.contains("licence") && said.contains("HF_TOKEN"), "{said}");
    // Nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hub = Hub::new(&format!("http://127.0.0.1:{port}"), None, None, timeouts()).unwrap();
    let said = fetch_into(folder.path(), &hub, &GOES_ON).0.unwrap_err().to_string();
    assert!(said.contains("connection"), "{said}");
    // A page for people in the place of the list.
    let server = serve(|_| ServerReply::File);
    server.files.lock().unwrap().remove(MODEL);
    refusal(folder.path(), &server, &["no longer has", MODEL]);
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let server = serve(|asked| match asked.before {
        0 => ServerReply::Head("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1".into()),
        1 => ServerReply::Head("HTTP/1.1 503 Service Unavailable".into()),
        _ => ServerReply::File,
    });
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let (done, told) = fetch_into(folder.path(), &hub(&server), &GOES_ON);
    check(&done.unwrap(), &server);
    assert!(start.elapsed() >= Duration::from_secs(1));
    let waits = told.iter().filter(|p| matches!(p.state, FetchState::Retrying { seconds: 1, .. })).count();
    assert!(waits >= 1);
}

#[test]
fn the_token_does_not_follow_a_redirect() {
    let store = serve(|_| ServerReply::File);
    let elsewhere = format!("{}/x/resolve/{COMMIT}/{MODEL}", store.address);
    let server = serve(move |_| ServerReply::Head(format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}")));
    comes_whole(&server);
    assert_eq!(server.asked_for(MODEL)[0].headers["authorization"], "Bearer hf_secret");
    let there = store.asked_for("");
    assert_eq!(there.len(), 1);
    assert!(there[0].headers.values().all(|value| !value.contains("hf_secret")), "{there:?}");
    // At the same server it goes along; a circle ends.
    let server = serve(|asked| match asked.before {
        0 => ServerReply::Head(format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}", asked.path)),
        _ => ServerReply::File,
    });
    comes_whole(&server);
    assert!(server.asked_for(MODEL).iter().all(|asked| asked.headers.contains_key("authorization")));
    let server = serve(|asked| ServerReply::Head(format!("HTTP/1.1 302 Found\r\nLocation: {}", asked.path)));
    let folder = tempfile::tempdir().unwrap();
    refusal(folder.path(), &server, &["cannot follow"]);
    assert!(server.asked_for(MODEL).len() < 20);
}

#[test]
fn a_full_disk_is_noticed_before_and_during() {
    let server = serve(|_| ServerReply::File);
    let folder = tempfile::tempdir().unwrap();
    let (hub, stop) = (hub(&server), AtomicBool::new(false));
    let request = DownloadRequest {
        download: clip(),
        models: folder.path(),
        hub: &hub,
        space: &|_| Ok(1 << 20),
        stop: &stop,
        tell: &mut |_| {},
    };
    let said = fetch(request).unwrap_err().to_string();
    assert!(said.contains("not enough room") && said.contains("1 MB are free"), "{said}");
    assert_eq!(server.asked_for(MODEL).len(), 0);
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let faults::Fault::Fatal(error) = faults::disk(&folder.path().join("a"), full) else { panic!() };
    assert!(error.to_string().contains("is full"), "{error}");
    // A device that is always full stands in for the disk.
    #[cfg(target_os = "linux")]
    {
        let staging = clip().staging(folder.path());
        std::os::unix::fs::symlink("/dev/full", staging.join("model.safetensors.part")).unwrap();
        let said = refusal(folder.path(), &server, &["is full", "resume"]);
        assert!(!said.contains("os error"), "{said}");
        fs::remove_file(staging.join("model.safetensors.part")).unwrap();
        check(&fetched(folder.path(), &server).unwrap(), &server);
    }
}

#[test]
fn one_model_is_downloaded_once_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(|_| ServerReply::Slow);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| fetched(folder.path(), &server));
        until(|| !server.asked_for(MODEL).is_empty());
        let said = fetched(folder.path(), &server).unwrap_err().to_string();
        assert!(said.contains("Another window"), "{said}");
        assert!(discard(folder.path(), clip()).is_err());
        check(&first.join().unwrap().unwrap(), &server);
    });
}

#[test]
fn the_speed_and_the_time_left_are_told() {
    let server = serve(|_| ServerReply::Slow);
    let folder = tempfile::tempdir().unwrap();
    let (done, told) = fetch_into(folder.path(), &hub(&server), &GOES_ON);
    done.unwrap();
    let speeds: Vec<f64> = told.iter().map(|p| p.bytes_per_second).filter(|speed| *speed > 0.0).collect();
    // 16 KiB every 10 ms at most.
    assert!(!speeds.is_empty() && speeds.iter().all(|speed| (1e4..2e6).contains(speed)), "{speeds:?}");
    assert!(told.iter().any(|p| p.seconds_left.is_some_and(|seconds| seconds < 60)));
}

#[test]
fn a_proxy_is_gone_through() {
    // The proxy is a server that answers whatever host it is asked for.
    let proxy = serve(|_| ServerReply::File);
    let through = ureq::Proxy::builder(ureq::ProxyProtocol::Http)
        .host("127.0.0.1")
        .port(proxy.address.rsplit(':').next().unwrap().parse().unwrap())
        .build()
        .unwrap();
    let hub = Hub::new("http://hub.invalid", None, Some(through), timeouts()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (done, _) = fetch_into(folder.path(), &hub, &GOES_ON);
    check(&done.unwrap(), &proxy);
    assert!(proxy.asked_for("").iter().all(|asked| asked.headers["host"].starts_with("hub.invalid")));
    assert!(!proxy.asked_for("hub.invalid:80").is_empty());
}

#[test]
fn the_list_is_sound() {
    let mut ids: Vec<&str> = DOWNLOADS.iter().map(|download| download.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), DOWNLOADS.len());
    for download in DOWNLOADS {
        assert!(download.sentence.ends_with('.') && download.bytes > 100_000_000);
        assert!(download.licence_url.starts_with("https://") && !download.licence.is_empty());
        let paths: Vec<&str> = download.files.iter().flat_map(|wanted| wanted.paths).copied().collect();
        let mut once = paths.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), paths.len());
        for path in paths {
            assert!(
                Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_))),
                "{path}"
            );
            assert!(!path.contains('\\') && path.is_ascii());
        }
        assert!(find(download.id).is_some());
    }
}
