//! Downloads from a server on this computer that does what servers do on bad days.
//!
//! The server is written here, a thread for each connection, and listens on the loopback address alone.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::checksum::Sha1;
use super::*;
use crate::error::{Error, Result};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const MODEL: &str = "model.safetensors";
/// Larger than what the kernel would buffer for a reader that is gone.
const SIZE: usize = 3 << 20;

/// A request as it came.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    headers: HashMap<String, String>,
    /// How often this path was asked for before.
    before: usize,
}

/// What to do about a request for the model's file.
#[derive(Debug, Clone)]
enum Act {
    /// Answer as one should.
    Well,
    /// Send so many bytes of what was asked for, then close.
    Cut(usize),
    /// Send so many bytes, then nothing, without closing.
    Stall(usize),
    /// Take the time.
    Slow,
    /// Send all of it, whatever was asked for.
    Whole,
    /// Announce and send so many bytes more or fewer.
    Length(i64),
    /// Send so many bytes more, without announcing a length.
    Endless(usize),
    /// Send other bytes.
    Wrong,
    /// Send this head alone.
    Head(String),
}

type Mood = dyn Fn(&Asked) -> Act + Send + Sync;

struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Bytes of the model's file that were sent.
    served: Arc<AtomicU64>,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    mark: Arc<Mutex<String>>,
    closed: Arc<AtomicBool>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

fn bytes(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 ^ seed).collect()
}

impl Server {
    fn start(mood: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for wanted in clip().files {
            files.insert(wanted.paths[0].into(), format!("{{\"{}\": 1}}", wanted.paths[0]).into());
        }
        files.insert(MODEL.into(), bytes(SIZE, 0));
        files.insert("flax_model.msgpack".into(), vec![1; 100]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            served: Arc::default(),
            files: Arc::new(Mutex::new(files)),
            mark: Arc::new(Mutex::new("\"one\"".into())),
            closed: Arc::default(),
        };
        let mood: Arc<Mood> = Arc::new(mood);
        let shared = (server.asked.clone(), server.served.clone(), server.files.clone(), server.mark.clone());
        let closed = server.closed.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if closed.load(Ordering::Relaxed) {
                    return;
                }
                let (mood, shared, closed) = (mood.clone(), shared.clone(), closed.clone());
                std::thread::spawn(move || {
                    let _ = answer(stream.unwrap(), &*mood, shared, &closed);
                });
            }
        });
        server
    }

    fn hub(&self) -> Hub {
        Hub::new(&self.address, Some("hf_secret"), None, patience()).unwrap()
    }

    fn asked_for(&self, what: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.path.contains(what)).cloned().collect()
    }

    fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }
}

type Shared =
    (Arc<Mutex<Vec<Asked>>>, Arc<AtomicU64>, Arc<Mutex<BTreeMap<String, Vec<u8>>>>, Arc<Mutex<String>>);

fn answer(stream: TcpStream, mood: &Mood, shared: Shared, closed: &AtomicBool) -> std::io::Result<()> {
    let (log, served, files, mark) = shared;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let (mut line, mut headers) = (String::new(), HashMap::new());
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let before = log.lock().unwrap().iter().filter(|asked| asked.path == path).count();
        let asked = Asked { path: path.clone(), headers, before };
        log.lock().unwrap().push(asked.clone());
        let files = files.lock().unwrap().clone();
        // A proxy: what follows on this connection is for the server named, which is played here too.
        if line.starts_with("CONNECT ") {
            write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
            continue;
        }
        if let Some(body) = document(&path, &files) {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
            continue;
        }
        let name = path.split(&format!("/resolve/{COMMIT}/")).nth(1).unwrap_or_default();
        let Some(file) = files.get(name) else {
            write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        };
        let act = if name == MODEL { mood(&asked) } else { Act::Well };
        let counted = (name == MODEL).then_some(&*served);
        let mark = mark.lock().unwrap().clone();
        if !send(&mut stream, file, &asked, &act, &mark, counted, closed)? {
            return Ok(());
        }
    }
}

/// The documents about the repository.
fn document(path: &str, files: &BTreeMap<String, Vec<u8>>) -> Option<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if path.ends_with("/revision/main") {
        return Some(json!({"id": "x", "sha": COMMIT}).to_string());
    }
    path.ends_with(&format!("/tree/{COMMIT}?recursive=1")).then(|| {
        let entry = |(path, file): (&String, &Vec<u8>)| {
            let mut sha1 = Sha1::default();
            sha1.update(format!("blob {}\0", file.len()).as_bytes());
            sha1.update(if file.len() > 1000 { b"a pointer" } else { file });
            let mut entry = json!({"type": "file", "oid": hex(&sha1.finish()), "size": file.len(), "path": path});
            if file.len() > 1000 {
                let sha256 = hex(&Sha256::digest(file));
                entry["lfs"] = json!({"oid": sha256, "size": file.len(), "pointerSize": 135});
            }
            entry
        };
        json!(files.iter().map(entry).collect::<Vec<_>>()).to_string()
    })
}

/// Sends a file; whether the connection can go on.
fn send(
    stream: &mut TcpStream,
    file: &[u8],
    asked: &Asked,
    act: &Act,
    mark: &str,
    served: Option<&AtomicU64>,
    closed: &AtomicBool,
) -> std::io::Result<bool> {
    let range = asked.headers.get("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let same = asked.headers.get("if-range").is_none_or(|wanted| wanted == mark);
    let start: usize = range.filter(|_| same && !matches!(act, Act::Whole)).unwrap_or(0);
    let mut body = file[start..].to_vec();
    let mut head = match start {
        0 => "HTTP/1.1 200 OK\r\n".to_owned(),
        _ => format!("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{}/{}\r\n", file.len() - 1, file.len()),
    };
    head += &format!("ETag: {mark}\r\n");
    match act {
        Act::Head(head) => {
            write!(stream, "{head}\r\nContent-Length: 0\r\n\r\n")?;
            return Ok(true);
        }
        Act::Length(delta) => body.resize((body.len() as i64 + delta) as usize, 7),
        Act::Endless(more) => body.resize(body.len() + more, 7),
        Act::Wrong => body.iter_mut().for_each(|byte| *byte ^= 1),
        _ => {}
    }
    match act {
        Act::Endless(_) => head += "Connection: close\r\n",
        _ => head += &format!("Content-Length: {}\r\n", body.len()),
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    let send = match act {
        Act::Cut(length) | Act::Stall(length) => *length.min(&body.len()),
        _ => body.len(),
    };
    for piece in body[..send].chunks(16 << 10) {
        stream.write_all(piece)?;
        if let Some(served) = served {
            served.fetch_add(piece.len() as u64, Ordering::Relaxed);
        }
        if matches!(act, Act::Slow) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    stream.flush()?;
    if matches!(act, Act::Stall(_)) {
        // Until the other side goes, or the test ends.
        stream.set_read_timeout(Some(Duration::from_millis(50)))?;
        while !closed.load(Ordering::Relaxed) && !matches!(stream.read(&mut [0; 1]), Ok(0)) {}
    }
    Ok(!matches!(act, Act::Cut(_) | Act::Stall(_) | Act::Endless(_)))
}

fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(2),
        silence: Duration::from_secs(1),
        tries: 3,
        pause: Duration::from_millis(10),
        longest: Duration::from_secs(2),
    }
}

fn clip() -> &'static Download {
    find("clip").unwrap()
}

/// Fetches into a folder, with all that was told.
fn fetch_into(models: &Path, hub: &Hub, stop: &AtomicBool) -> (Result<PathBuf>, Vec<Progress>) {
    let mut told = Vec::new();
    let order = Order {
        download: clip(),
        models,
        hub,
        space: &|_| Ok(u64::MAX),
        stop,
        tell: &mut |progress| told.push(progress),
    };
    (fetch(order), told)
}

fn fetched(models: &Path, server: &Server) -> Result<PathBuf> {
    fetch_into(models, &server.hub(), &AtomicBool::new(false)).0
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
        assert!(fs::read(folder.join(wanted.paths[0])).unwrap() == files[wanted.paths[0]], "{}", wanted.paths[0]);
    }
    let count = fs::read_dir(folder).unwrap().count();
    assert_eq!(count, clip().files.len(), "nothing else is fetched and nothing is left over");
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
    let server = Server::start(|_| Act::Well);
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("mödels 猫");
    let (done, told) = fetch_into(&models, &server.hub(), &AtomicBool::new(false));
    let path = done.unwrap();
    assert_eq!(path, models.join("clip-vit-base-patch32"));
    check(&path, &server);
    assert_eq!(fs::read_dir(&models).unwrap().count(), 1);
    assert_eq!(told[0].state, FetchState::Listing);
    let last = told.last().unwrap();
    let total: usize = clip().files.iter().map(|wanted| server.files.lock().unwrap()[wanted.paths[0]].len()).sum();
    assert_eq!((last.done, last.total, last.id), (total as u64, total as u64, "clip"));
    assert!(told.iter().all(|progress| progress.done <= progress.total));
    assert_eq!(server.asked_for("msgpack").len(), 0);
    assert!(server.asked_for("").iter().all(|asked| asked.headers["authorization"] == "Bearer hf_secret"));
    // What is here is not asked for again.
    let asked = server.asked_for("").len();
    assert_eq!(fetched(&models, &server).unwrap(), path);
    assert_eq!(server.asked_for("").len(), asked);
    let card = cards(&models).into_iter().find(|card| card.id == "clip").unwrap();
    assert_eq!((card.here, card.unfinished), (Some(path), None));
}

#[test]
fn cut_connections_go_on_where_they_were() {
    // Five cuts, each after a fair amount: more than the tries in a row that are allowed.
    let server = Server::start(|asked| if asked.before < 5 { Act::Cut(SIZE / 8) } else { Act::Well });
    let folder = tempfile::tempdir().unwrap();
    let (done, told) = fetch_into(folder.path(), &server.hub(), &AtomicBool::new(false));
    check(&done.unwrap(), &server);
    let twice = server.served() - SIZE as u64;
    println!("{twice} bytes came twice in five cuts");
    assert_eq!(twice, 0);
    let asked = server.asked_for(MODEL);
    assert_eq!(asked.len(), 6);
    assert!(asked[1..].iter().all(|asked| asked.headers["if-range"] == "\"one\""));
    assert!(told.iter().any(|progress| matches!(&progress.state, FetchState::Retrying { why, .. } if why.contains("cut"))));
}

#[test]
fn a_silent_server_is_given_up_and_asked_again() {
    let server = Server::start(|asked| if asked.before == 0 { Act::Stall(SIZE / 2) } else { Act::Well });
    let folder = tempfile::tempdir().unwrap();
    check(&fetched(folder.path(), &server).unwrap(), &server);
    assert!(server.served() - (SIZE as u64) < 1 << 17);
    let silent = Server::start(|_| Act::Stall(0));
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    refusal(folder.path(), &silent, &["did not answer in time", "resume"]);
    assert!(start.elapsed() < Duration::from_secs(8));
    assert_eq!(silent.asked_for(MODEL).len(), 3);
}

#[test]
fn a_stop_takes_less_than_a_second_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| if asked.before == 0 { Act::Stall(SIZE / 2) } else { Act::Well });
    // Patience longer than the test: only the stop ends the wait.
    let patience = Patience { silence: Duration::from_secs(60), ..patience() };
    let hub = Hub::new(&server.address, None, None, patience).unwrap();
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
    let card = cards(folder.path()).into_iter().find(|card| card.id == "clip").unwrap();
    assert_eq!((card.here, card.unfinished), (None, Some(kept)));
    check(&fetched(folder.path(), &server).unwrap(), &server);
    assert_eq!(server.served(), SIZE as u64);
}

#[test]
fn what_was_begun_can_be_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Act::Cut(1000));
    refusal(folder.path(), &server, &["cut"]);
    assert!(unfinished(folder.path(), clip()).unwrap() > 1000);
    discard(folder.path(), clip()).unwrap();
    discard(folder.path(), clip()).unwrap();
    assert_eq!(unfinished(folder.path(), clip()), None);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn lies_about_the_length_are_found_out() {
    for act in [Act::Length(1000), Act::Length(-1000), Act::Endless(5000)] {
        let lie = act.clone();
        let server = Server::start(move |_| lie.clone());
        let folder = tempfile::tempdir().unwrap();
        refusal(folder.path(), &server, &["something else", MODEL]);
        assert_eq!(server.asked_for(MODEL).len(), 1, "a lie is not asked for twice");
        let part = clip().staging(folder.path()).join("model.safetensors.part");
        assert_eq!(fs::metadata(part).unwrap().len(), 0, "{act:?}");
    }
    // A page of another length, in the middle, costs nothing of what is here.
    let server = Server::start(|asked| match asked.before {
        0 => Act::Cut(SIZE / 2),
        1 => Act::Head("HTTP/1.1 200 OK".into()),
        _ => Act::Well,
    });
    let folder = tempfile::tempdir().unwrap();
    refusal(folder.path(), &server, &["something else"]);
    check(&fetched(folder.path(), &server).unwrap(), &server);
    assert_eq!(server.served(), SIZE as u64);
}

#[test]
fn wrong_bytes_are_deleted() {
    let server = Server::start(|asked| if asked.before == 0 { Act::Wrong } else { Act::Well });
    let folder = tempfile::tempdir().unwrap();
    refusal(folder.path(), &server, &["checksum", "deleted", MODEL]);
    let staging = clip().staging(folder.path());
    let left: Vec<_> = fs::read_dir(&staging).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("model")), "{left:?}");
    check(&fetched(folder.path(), &server).unwrap(), &server);
    // Small files too have a checksum: that of Git. One that was damaged after it came is fetched again.
    let folder = tempfile::tempdir().unwrap();
    let cut = Server::start(|asked| if asked.before < 3 { Act::Cut(1000) } else { Act::Well });
    refusal(folder.path(), &cut, &["cut"]);
    fs::write(clip().staging(folder.path()).join("config.json"), "{\"config.json\": 2}").unwrap();
    check(&fetched(folder.path(), &cut).unwrap(), &cut);
    assert_eq!(cut.asked_for("/config.json").len(), 2);
}

#[test]
fn a_server_that_ignores_ranges_starts_over() {
    let server = Server::start(|asked| if asked.before == 0 { Act::Cut(SIZE / 2) } else { Act::Whole });
    let folder = tempfile::tempdir().unwrap();
    check(&fetched(folder.path(), &server).unwrap(), &server);
    assert_eq!(server.served(), (SIZE + SIZE / 2) as u64);
    let server = Server::start(|asked| match asked.before {
        0 => Act::Cut(SIZE / 2),
        1 => Act::Head("HTTP/1.1 416 Range Not Satisfiable".into()),
        2 => Act::Head("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10".into()),
        _ => Act::Well,
    });
    let folder = tempfile::tempdir().unwrap();
    // The third is nonsense, as nothing was here to go on from.
    refusal(folder.path(), &server, &["206"]);
    check(&fetched(folder.path(), &server).unwrap(), &server);
}

#[test]
fn another_version_starts_over() {
    let server = Server::start(|asked| if asked.before < 3 { Act::Cut(SIZE / 4) } else { Act::Well });
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::new(&server.address, None, None, Patience { tries: 1, ..patience() }).unwrap();
    assert!(fetch_into(folder.path(), &hub, &AtomicBool::new(false)).0.is_err());
    // The server's mark is another: the same bytes, from its view a new file.
    *server.mark.lock().unwrap() = "\"two\"".into();
    assert!(fetch_into(folder.path(), &hub, &AtomicBool::new(false)).0.is_err());
    assert_eq!(server.asked_for(MODEL)[1].headers["if-range"], "\"one\"");
    let have = unfinished(folder.path(), clip()).unwrap();
    assert!((SIZE as u64 / 4..SIZE as u64 / 2).contains(&have), "{have}");
    // The listed checksum is another: what is here is of no use.
    server.files.lock().unwrap().insert(MODEL.into(), bytes(SIZE, 9));
    assert!(fetch_into(folder.path(), &hub, &AtomicBool::new(false)).0.is_err());
    assert!(!server.asked_for(MODEL)[2].headers.contains_key("range"));
    check(&fetch_into(folder.path(), &hub, &AtomicBool::new(false)).0.unwrap(), &server);
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
        let server = Server::start(move |_| Act::Head(format!("HTTP/1.1 {head}")));
        let folder = tempfile::tempdir().unwrap();
        refusal(folder.path(), &server, &parts);
        let asked = if head.starts_with("500") { 3 } else { 1 };
        assert_eq!(server.asked_for(MODEL).len(), asked, "{head}");
    }
    let server = Server::start(|_| Act::Head("HTTP/1.1 401 Unauthorized".into()));
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::new(&server.address, None, None, patience()).unwrap();
    let said = fetch_into(folder.path(), &hub, &AtomicBool::new(false)).0.unwrap_err().to_string();
    assert!(said.contains("licence") && said.contains("HF_TOKEN"), "{said}");
    // Nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hub = Hub::new(&format!("http://127.0.0.1:{port}"), None, None, patience()).unwrap();
    let said = fetch_into(folder.path(), &hub, &AtomicBool::new(false)).0.unwrap_err().to_string();
    assert!(said.contains("connection"), "{said}");
    // A page for people in the place of the list.
    let server = Server::start(|_| Act::Well);
    server.files.lock().unwrap().remove(MODEL);
    refusal(folder.path(), &server, &["no longer has", MODEL]);
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let server = Server::start(|asked| match asked.before {
        0 => Act::Head("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1".into()),
        1 => Act::Head("HTTP/1.1 503 Service Unavailable".into()),
        _ => Act::Well,
    });
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let (done, told) = fetch_into(folder.path(), &server.hub(), &AtomicBool::new(false));
    check(&done.unwrap(), &server);
    assert!(start.elapsed() >= Duration::from_secs(1));
    let waits = told.iter().filter(|p| matches!(p.state, FetchState::Retrying { seconds: 1, .. })).count();
    assert!(waits >= 1);
}

#[test]
fn the_token_does_not_follow_a_redirect() {
    let store = Server::start(|_| Act::Well);
    let elsewhere = format!("{}/x/resolve/{COMMIT}/{MODEL}", store.address);
    let server = Server::start(move |_| Act::Head(format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}")));
    let folder = tempfile::tempdir().unwrap();
    check(&fetched(folder.path(), &server).unwrap(), &server);
    assert_eq!(server.asked_for(MODEL)[0].headers["authorization"], "Bearer hf_secret");
    let there = store.asked_for("");
    assert_eq!(there.len(), 1);
    assert!(there[0].headers.values().all(|value| !value.contains("hf_secret")), "{there:?}");
    // At the same server it goes along; a circle ends.
    let server = Server::start(|asked| match asked.before {
        0 => Act::Head(format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}", asked.path)),
        _ => Act::Well,
    });
    let folder = tempfile::tempdir().unwrap();
    check(&fetched(folder.path(), &server).unwrap(), &server);
    assert!(server.asked_for(MODEL).iter().all(|asked| asked.headers.contains_key("authorization")));
    let server = Server::start(|asked| Act::Head(format!("HTTP/1.1 302 Found\r\nLocation: {}", asked.path)));
    let folder = tempfile::tempdir().unwrap();
    refusal(folder.path(), &server, &["cannot follow"]);
    assert!(server.asked_for(MODEL).len() < 20);
}

#[test]
fn a_full_disk_is_noticed_before_and_during() {
    let server = Server::start(|_| Act::Well);
    let folder = tempfile::tempdir().unwrap();
    let (hub, stop) = (server.hub(), AtomicBool::new(false));
    let order = Order {
        download: clip(),
        models: folder.path(),
        hub: &hub,
        space: &|_| Ok(1 << 20),
        stop: &stop,
        tell: &mut |_| {},
    };
    let said = fetch(order).unwrap_err().to_string();
    assert!(said.contains("not enough room") && said.contains("2 MB are free"), "{said}");
    assert_eq!(server.asked_for(MODEL).len(), 0);
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let faults::Fault::Over(error) = faults::disk(&folder.path().join("a"), full) else { panic!() };
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
    let server = Server::start(|_| Act::Slow);
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
    let server = Server::start(|_| Act::Slow);
    let folder = tempfile::tempdir().unwrap();
    let (done, told) = fetch_into(folder.path(), &server.hub(), &AtomicBool::new(false));
    done.unwrap();
    let speeds: Vec<f64> = told.iter().map(|p| p.bytes_per_second).filter(|speed| *speed > 0.0).collect();
    // 16 KiB every 10 ms at most.
    assert!(!speeds.is_empty() && speeds.iter().all(|speed| (1e4..2e6).contains(speed)), "{speeds:?}");
    assert!(told.iter().any(|p| p.seconds_left.is_some_and(|seconds| seconds < 60)));
}

#[test]
fn a_proxy_is_gone_through() {
    // The proxy is a server that answers whatever host it is asked for.
    let proxy = Server::start(|_| Act::Well);
    let through = ureq::Proxy::builder(ureq::ProxyProtocol::Http)
        .host("127.0.0.1")
        .port(proxy.address.rsplit(':').next().unwrap().parse().unwrap())
        .build()
        .unwrap();
    let hub = Hub::new("http://hub.invalid", None, Some(through), patience()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (done, _) = fetch_into(folder.path(), &hub, &AtomicBool::new(false));
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
            assert!(Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_))), "{path}");
            assert!(!path.contains('\\') && path.is_ascii());
        }
        assert!(find(download.id).is_some());
    }
}
