//! The way to another machine that is taken unencrypted: burn talks to a port of this computer alone, and what goes there is
//! carried on from here.
//!
//! burn's own connection is kept for a quarter of an hour where a machine vanishes with something on its way to it, for the
//! system sends that again and again; an encrypted one (`line`) ends by itself. So this one is watched: beside
//! it stands a line of its own, on which the machine is asked for a page that it does not have, and who gives no answer at
//! all is let go: after half a minute too, and after one such question once what runs was told to end, for whoever waits for
//! an answer hears of that only then. It reads nothing of what it carries, and judges no machine that never answered such a
//! question. The length is that of its tests.
#![expect(clippy::disallowed_types, reason = "whoever carries a connection holds both ends of it")]

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::Mutex;
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use crate::commands::told_to_end;
use crate::remote::locked;

/// How long a machine may take to be reached.
const REACH: Duration = Duration::from_secs(10);

/// How long it is tried where nobody listens any more: whoever lent a device there may just be starting anew.
const STARTING: Duration = Duration::from_secs(15);

/// Connections that wait to be taken up.
const READY: usize = 8;

/// Bytes that are carried at a time.
const PIECE: usize = 64 << 10;

/// How closely a connection is watched.
#[derive(Clone, Copy)]
struct Watch {
    /// From one question to the next, and how long an answer may take.
    every: Duration,
    /// After so long without any the machine is let go.
    silence: Duration,
    /// The same once what runs was told to end, as after one question to which nothing came.
    impatience: Duration,
    /// Whether it was.
    told: fn() -> bool,
}

const WATCH: Watch = Watch {
    every: Duration::from_secs(3),
    silence: Duration::from_secs(30),
    impatience: Duration::from_secs(5),
    told: told_to_end,
};

impl Watch {
    fn patience(&self) -> Duration {
        if (self.told)() { self.impatience } else { self.silence }
    }
}

/// The port of this computer that leads to one machine, the same as long as the program runs: burn keeps a thread for every
/// address that it was ever given.
struct Wire {
    address: &'static str,
    port: u16,
    ready: Sender<TcpStream>,
}

static WIRES: Mutex<Vec<Wire>> = Mutex::new(Vec::new());

/// Reaches the machine at `address`, a name or number with a port; where burn finds it from here. One that refuses is waited
/// for only if it was reached before.
///
/// # Errors
/// What the system says if it cannot be reached, or gives no port or thread.
pub fn lead(address: &'static str) -> io::Result<String> {
    let known = locked(&WIRES).iter().any(|wire| wire.address == address);
    let far = reach(address, if known { STARTING } else { Duration::ZERO })?;
    let mut wires = locked(&WIRES);
    let at = match wires.iter().position(|wire| wire.address == address) {
        Some(at) => at,
        None => {
            wires.push(listen(address)?);
            wires.len() - 1
        }
    };
    let port = wires[at].port;
    if wires[at].ready.try_send(far).is_err() {
        // It no longer listens, so the next try makes another.
        wires.remove(at);
        return Err(io::Error::other("this computer's own port to it was closed"));
    }
    Ok(format!("ws://{}:{port}", Ipv4Addr::LOCALHOST))
}

fn reach(address: &str, patience: Duration) -> io::Result<TcpStream> {
    let begun = Instant::now();
    loop {
        let mut reached = Err(ErrorKind::AddrNotAvailable.into());
        for found in address.to_socket_addrs()? {
            reached = TcpStream::connect_timeout(&found, REACH);
            if reached.is_ok() {
                return reached;
            }
        }
        match reached {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused && begun.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(500));
            }
            reached => return reached,
        }
    }
}

/// Listens for burn, and brings each of its connections together with one to the machine.
fn listen(address: &'static str) -> io::Result<Wire> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let (ready, reached) = bounded(READY);
    let take_up = move || {
        while let Ok((near, _)) = listener.accept() {
            // Whoever else comes to this port finds nothing there.
            let Ok(far) = reached.try_recv() else { continue };
            // Without a thread both are closed, and the try fails.
            let _ = thread(move || carry(&near, &far, WATCH));
        }
    };
    thread(take_up)?;
    Ok(Wire { address, port, ready })
}

/// A thread that watches, or carries.
pub fn thread(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    Builder::new().name("pseudoword-wire".into()).spawn(work).map(drop)
}

/// Carries what either end says to the other, until one ends or the machine at the `far` one falls silent.
fn carry(near: &TcpStream, far: &TcpStream, watch: Watch) {
    // Where there is no thread for it, burn is told by the end of it.
    let _ = both_ways(near, far, watch);
    end(near, far);
}

fn both_ways(near: &TcpStream, far: &TcpStream, watch: Watch) -> io::Result<()> {
    let address = far.peer_addr()?;
    let (tell, said) = bounded(1);
    for (from, to, tell) in [(near, far, None), (far, near, Some(tell))] {
        // A question must not wait until there is more to send.
        to.set_nodelay(true)?;
        let (from, to) = (from.try_clone()?, to.try_clone()?);
        thread(move || {
            let _ = pass(&from, &to, tell.as_ref());
            end(&from, &to);
        })?;
    }
    // Before it has said anything it is not known for a machine that lends.
    if said.recv().is_ok() {
        heed(address, &said, watch);
    }
    Ok(())
}

/// Passes everything on, and tells of it.
fn pass(mut from: &TcpStream, mut to: &TcpStream, tell: Option<&Sender<()>>) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            return Ok(());
        }
        if let Some(tell) = tell {
            let _ = tell.try_send(());
        }
        to.write_all(&piece[..length])?;
    }
}

/// Ends a connection; whoever waits on either side of it waits no longer.
fn end(near: &TcpStream, far: &TcpStream) {
    for side in [near, far] {
        // It may have ended by itself.
        let _ = side.shutdown(Shutdown::Both);
    }
}

/// Comes back once the connection has ended, or the machine has been silent for too long or knows nothing more of it.
fn heed(address: SocketAddr, said: &Receiver<()>, watch: Watch) {
    let (mut line, mut answers, mut heard) = (None, false, Instant::now());
    loop {
        std::thread::sleep(watch.every);
        let told = match said.try_recv() {
            Err(TryRecvError::Disconnected) => return,
            // What it says of itself is answer enough.
            Ok(()) if answers => Ok(()),
            _ => ask(&mut line, address, watch.every).inspect(|()| answers = true),
        };
        match told {
            Ok(()) => heard = Instant::now(),
            // It was started anew: what was on its way to it is lost.
            Err(error) if answers && error.kind() == ErrorKind::ConnectionReset => return,
            Err(_) if answers && heard.elapsed() > watch.patience() => return,
            Err(_) => {}
        }
    }
}

/// Asks the machine for anything at all, on the line that is open if there is one.
fn ask(line: &mut Option<TcpStream>, address: SocketAddr, within: Duration) -> io::Result<()> {
    let mut open = line.take().map_or_else(|| TcpStream::connect_timeout(&address, within), Ok)?;
    open.set_read_timeout(Some(within))?;
    open.write_all(format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())?;
    match open.read(&mut [0; 1 << 10]) {
        // It closed the line in order.
        Ok(0) => Ok(()),
        Err(error) if ![ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => Err(error),
        answer => {
            *line = Some(open);
            answer.map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    const HASTY: Watch = Watch {
        every: Duration::from_millis(100),
        silence: Duration::from_secs(1),
        impatience: Duration::from_secs(1),
        told: || false,
    };

    /// A port and what comes there.
    fn listening() -> TcpListener {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()
    }

    fn joined(listener: &TcpListener) -> [TcpStream; 2] {
        let from = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        from.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        [from, listener.accept().unwrap().0]
    }

    fn takes(mut stream: &TcpStream, expected: &[u8]) {
        let mut read = vec![0; expected.len()];
        stream.read_exact(&mut read).unwrap();
        assert_eq!(read, expected);
    }

    /// A client and a machine that have spoken with each other, and the line on which that is asked.
    fn spoken(machine: &TcpListener, watch: Watch) -> [TcpStream; 3] {
        let [mut client, near] = joined(&listening());
        let [far, mut session] = joined(machine);
        far.set_read_timeout(None).unwrap();
        thread(move || carry(&near, &far, watch)).unwrap();
        client.write_all(b"question").unwrap();
        takes(&session, b"question");
        session.write_all(b"answer").unwrap();
        takes(&client, b"answer");
        let (line, _) = machine.accept().unwrap();
        line.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        [client, session, line]
    }

    /// Answers on a line for twice as long as a machine may be silent.
    fn answer(mut line: &TcpStream) {
        let until = Instant::now() + 2 * HASTY.silence;
        while Instant::now() < until {
            let read = line.read(&mut [0; 1 << 10]).unwrap();
            assert!(read > 0, "it is asked again and again");
            line.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    }

    #[test]
    fn a_machine_that_refuses_is_waited_for_only_if_it_was_reached_before() {
        let place = || {
            let machine = listening();
            let place = machine.local_addr().unwrap();
            let written: &'static str = Box::leak(place.to_string().into());
            (machine, place, written)
        };
        let (machine, _, address) = place();
        drop(machine);
        let begun = Instant::now();
        assert_eq!(lead(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
        let (machine, place, address) = place();
        lead(address).unwrap();
        drop(machine);
        let anew = move || {
            std::thread::sleep(Duration::from_secs(1));
            drop(TcpListener::bind(place).unwrap().accept());
        };
        thread(anew).unwrap();
        lead(address).unwrap();
    }

    #[test]
    fn a_machine_that_falls_silent_is_let_go_and_not_one_that_answers() {
        let machine = listening();
        let [mut client, mut session, line] = spoken(&machine, HASTY);
        answer(&line);
        client.write_all(b"once more").unwrap();
        takes(&session, b"once more");
        // Neither end is closed from here on; nothing is said.
        let begun = Instant::now();
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(session.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn a_machine_that_never_answered_such_a_question_is_not_judged_by_it() {
        let machine = listening();
        let [mut client, mut session, _line] = spoken(&machine, HASTY);
        std::thread::sleep(2 * HASTY.silence);
        session.write_all(b"late").unwrap();
        takes(&client, b"late");
        // Whichever end closes, the other is told.
        drop(session);
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn a_silent_machine_is_waited_for_less_once_the_job_is_to_end_and_one_that_answers_is_not_cut() {
        static TOLD: AtomicBool = AtomicBool::new(false);
        let told = || TOLD.load(Ordering::Relaxed);
        let machine = listening();
        let watch = Watch { silence: Duration::from_hours(1), told, ..HASTY };
        let [mut client, mut session, line] = spoken(&machine, watch);
        answer(&line);
        // It says nothing from here on, and is waited for.
        client.set_read_timeout(Some(2 * HASTY.silence)).unwrap();
        let waiting = client.read(&mut [0; 8]).unwrap_err();
        assert!([ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&waiting.kind()), "{waiting}");
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        TOLD.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(session.read(&mut [0; 8]).unwrap(), 0);
        // Another one computes for as long as it likes, for it answers.
        let [mut client, mut session, line] = spoken(&machine, watch);
        answer(&line);
        session.write_all(b"late").unwrap();
        takes(&client, b"late");
        drop(session);
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
    }
}
