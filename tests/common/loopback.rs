//! A server on the loopback address that answers as a hub of models does, and does what servers do on bad days: cut,
//! stall, lie about lengths, send wrong bytes.
//!
//! A thread for each connection, and nothing but the standard library; it knows no client.

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its part; a failed unwrap fails the test")]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a server that lives as long as its test"
)]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sha2::{Digest as _, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub const MODEL: &str = "model.safetensors";
/// Larger than what the kernel would buffer for a reader that is gone.
pub const SIZE: usize = 3 << 20;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub headers: HashMap<String, String>,
    /// How often this path was asked for before.
    pub before: usize,
}

/// What to do about a request for the model's file.
#[derive(Debug, Clone)]
pub enum ServerReply {
    /// Answer as one should.
    File,
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

type Replies = dyn Fn(&Asked) -> ServerReply + Send + Sync;

pub struct Server {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Bytes of the model's file that were sent.
    served: Arc<AtomicU64>,
    pub files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    pub etag: Arc<Mutex<String>>,
    closed: Arc<AtomicBool>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

pub fn bytes(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 ^ seed).collect()
}

impl Server {
    /// A server of these files and [`MODEL`]. `git` names a small file as Git does; without it the server lists
    /// SHA-256 for all.
    pub fn start(
        paths: &[&str],
        git: Option<fn(&[u8]) -> String>,
        replies: impl Fn(&Asked) -> ServerReply + Send + Sync + 'static,
    ) -> Self {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for path in paths {
            files.insert((*path).to_owned(), format!("{{\"{path}\": 1}}").into());
        }
        files.insert(MODEL.into(), bytes(SIZE, 0));
        files.insert("flax_model.msgpack".into(), vec![1; 100]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            served: Arc::default(),
            files: Arc::new(Mutex::new(files)),
            etag: Arc::new(Mutex::new("\"one\"".into())),
            closed: Arc::default(),
        };
        let replies: Arc<Replies> = Arc::new(replies);
        let shared = (server.asked.clone(), server.served.clone(), server.files.clone(), server.etag.clone());
        let closed = server.closed.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if closed.load(Ordering::Relaxed) {
                    return;
                }
                let (replies, shared, closed) = (replies.clone(), shared.clone(), closed.clone());
                std::thread::spawn(move || {
                    let _ = answer(stream.unwrap(), &*replies, git, shared, &closed);
                });
            }
        });
        server
    }

    pub fn asked_for(&self, what: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.path.contains(what)).cloned().collect()
    }

    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }
}

type Shared =
    (Arc<Mutex<Vec<Asked>>>, Arc<AtomicU64>, Arc<Mutex<BTreeMap<String, Vec<u8>>>>, Arc<Mutex<String>>);

fn answer(
    stream: TcpStream,
    replies: &Replies,
    git: Option<fn(&[u8]) -> String>,
    shared: Shared,
    closed: &AtomicBool,
) -> std::io::Result<()> {
    let (log, served, files, etag) = shared;
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
        if let Some(body) = document(&path, git, &files) {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
            continue;
        }
        let name = path.split(&format!("/resolve/{COMMIT}/")).nth(1).unwrap_or_default();
        let Some(file) = files.get(name) else {
            write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        };
        let reply = if name == MODEL { replies(&asked) } else { ServerReply::File };
        let counted = (name == MODEL).then_some(&*served);
        let etag = etag.lock().unwrap().clone();
        if !send(&mut stream, file, &asked, &reply, &etag, counted, closed)? {
            return Ok(());
        }
    }
}

/// The documents about the repository.
fn document(
    path: &str,
    git: Option<fn(&[u8]) -> String>,
    files: &BTreeMap<String, Vec<u8>>,
) -> Option<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if path.ends_with("/revision/main") {
        return Some(json!({"id": "x", "sha": COMMIT}).to_string());
    }
    path.ends_with(&format!("/tree/{COMMIT}?recursive=1")).then(|| {
        let entry = |(path, file): (&String, &Vec<u8>)| {
            let mut entry = json!({"type": "file", "size": file.len(), "path": path});
            match git.filter(|_| file.len() <= 1000) {
                Some(git) => entry["oid"] = git(file).into(),
                None => {
                    let sha256 = hex(&Sha256::digest(file));
                    entry["oid"] = "ce013625030ba8dba906f756967f9e9ca394464a".into();
                    entry["lfs"] = json!({"oid": sha256, "size": file.len(), "pointerSize": 135});
                }
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
    reply: &ServerReply,
    etag: &str,
    served: Option<&AtomicU64>,
    closed: &AtomicBool,
) -> std::io::Result<bool> {
    let range = asked
        .headers
        .get("range")
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let same = asked.headers.get("if-range").is_none_or(|wanted| wanted == etag);
    let start: usize = range.filter(|_| same && !matches!(reply, ServerReply::Whole)).unwrap_or(0);
    let mut body = file[start..].to_vec();
    let mut head = match start {
        0 => "HTTP/1.1 200 OK\r\n".to_owned(),
        _ => format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{}/{}\r\n",
            file.len() - 1,
            file.len()
        ),
    };
    head += &format!("ETag: {etag}\r\n");
    match reply {
        ServerReply::Head(head) => {
            write!(stream, "{head}\r\nContent-Length: 0\r\n\r\n")?;
            return Ok(true);
        }
        ServerReply::Length(delta) => body.resize((body.len() as i64 + delta) as usize, 7),
        ServerReply::Endless(more) => body.resize(body.len() + more, 7),
        ServerReply::Wrong => body.iter_mut().for_each(|byte| *byte ^= 1),
        _ => {}
    }
    match reply {
        ServerReply::Endless(_) => head += "Connection: close\r\n",
        _ => head += &format!("Content-Length: {}\r\n", body.len()),
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    let send = match reply {
        ServerReply::Cut(length) | ServerReply::Stall(length) => *length.min(&body.len()),
        _ => body.len(),
    };
    for piece in body[..send].chunks(16 << 10) {
        stream.write_all(piece)?;
        if let Some(served) = served {
            served.fetch_add(piece.len() as u64, Ordering::Relaxed);
        }
        if matches!(reply, ServerReply::Slow) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    stream.flush()?;
    if matches!(reply, ServerReply::Stall(_)) {
        // Until the other side goes, or the test ends.
        stream.set_read_timeout(Some(Duration::from_millis(50)))?;
        while !closed.load(Ordering::Relaxed) && !matches!(stream.read(&mut [0; 1]), Ok(0)) {}
    }
    Ok(!matches!(reply, ServerReply::Cut(_) | ServerReply::Stall(_) | ServerReply::Endless(_)))
}
