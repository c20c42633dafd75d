//! Sending weights to another machine's device once: each large one is known there by its hash, and named instead of sent
//! when it is there.
//!
//! A session asks once which are there. What it sent itself it takes for kept only after asking again.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use burn::backend::Dispatch;
use burn::tensor::{Device, Int, Shape, Tensor, TensorData};

use super::shelf::{Hash, MOST, hash_of};
use super::{ask_about, blank, elsewhere, numbers};
use crate::ops::{Elsewhere, Like};

/// From so many bytes on it is worth while.
const LARGE: usize = 16 << 10;

/// Numbers that a hash is spread over: f32 has no more whole ones than these 16 bits each need.
const PIECES: usize = 16;

/// Sessions of which it is remembered what is kept there.
const SESSIONS: usize = 8;

/// The shape of a list of hashes.
pub(crate) fn listed(count: u64) -> Shape {
    Shape::new([count as usize, PIECES])
}

/// A hash as numbers.
pub(super) fn spread(hash: &Hash) -> [f32; PIECES] {
    std::array::from_fn(|at| (hash[at / 4] >> (16 * (at % 4)) & 0xffff) as f32)
}

fn gather(pieces: &[f32]) -> Hash {
    let word = |pieces: &[f32]| pieces.iter().rev().fold(0, |word, piece| word << 16 | *piece as u64);
    std::array::from_fn(|at| word(&pieces[4 * at..4 * at + 4]))
}

/// What is known of a session.
struct Session {
    device: Device,
    there: HashSet<Hash>,
    /// Sent, and perhaps kept.
    sent: HashSet<Hash>,
    /// Whether nothing is kept there, for want of room or of will.
    forgetful: bool,
}

static SESSIONS_KNOWN: Mutex<Vec<Session>> = Mutex::new(Vec::new());

/// How a weight comes to a device.
enum Route {
    /// With nothing said of it.
    Plain,
    /// To be kept by this hash on that device.
    Keep(Device, Hash),
    /// It is there.
    Recall(Device, Hash),
}

fn route(data: &TensorData, device: &Device) -> Route {
    let Some(device) = elsewhere(device).filter(|_| data.as_bytes().len() >= LARGE) else {
        return Route::Plain;
    };
    let hash = hash_of(data);
    if let Some(known) = known(&device, |session| session.look(&hash)).flatten() {
        return known.of(device, hash);
    }
    let there = ask(&device);
    let mut sessions = SESSIONS_KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = sessions.iter().position(|session| session.device == device);
    let before = before.map(|at| sessions.remove(at));
    let mut now = Session {
        forgetful: there.is_none()
            || before
                .as_ref()
                .zip(there.as_ref())
                .is_some_and(|(before, there)| before.sent.is_disjoint(there)),
        device: device.clone(),
        there: there.unwrap_or_default(),
        sent: HashSet::new(),
    };
    let found = now.look(&hash).unwrap_or(Found::Unknown);
    if sessions.len() == SESSIONS {
        sessions.remove(0);
    }
    sessions.push(now);
    found.of(device, hash)
}

#[derive(Clone, Copy)]
enum Found {
    There,
    New,
    Unknown,
}

impl Found {
    fn of(self, device: Device, hash: Hash) -> Route {
        match self {
            Self::There => Route::Recall(device, hash),
            Self::New => Route::Keep(device, hash),
            Self::Unknown => Route::Plain,
        }
    }
}

impl Session {
    /// Whether a weight is there; `None` if that has to be asked.
    fn look(&mut self, hash: &Hash) -> Option<Found> {
        if self.there.contains(hash) {
            return Some(Found::There);
        }
        if self.forgetful {
            return Some(Found::Unknown);
        }
        self.sent.insert(*hash).then_some(Found::New)
    }
}

fn known<T>(device: &Device, look: impl FnOnce(&mut Session) -> T) -> Option<T> {
    let mut sessions = SESSIONS_KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    sessions.iter_mut().find(|session| session.device == *device).map(look)
}

/// What is kept on a device of another machine; `None` if nothing ever is.
fn ask(device: &Device) -> Option<HashSet<Hash>> {
    let count = (ask_about(device)[2] as u64).checked_sub(1)?.min(MOST as u64);
    if count == 0 {
        return Some(HashSet::new());
    }
    let list = Tensor::<2>::from_dispatch(Dispatch::kept(blank(device, 1), count));
    let list: Vec<f32> = numbers(list.flatten::<1>(0, 1).into_dispatch());
    Some(list.chunks_exact(PIECES).map(gather).collect())
}

/// A frozen tensor on a device, sent there only if it is not there yet.
///
/// # Panics
/// If the connection to another machine is cut.
pub fn upload<const D: usize>(data: TensorData, device: &Device) -> Tensor<D> {
    let like = Like { shape: data.shape().clone(), dtype: data.dtype() };
    match route(&data, device) {
        Route::Plain => Tensor::from_data(data, (device, like.dtype)),
        Route::Keep(device, [a, b, c, d]) => {
            let sent = Tensor::<D>::from_data(data, (&device, like.dtype));
            Tensor::from_dispatch(Dispatch::keep(sent.into_dispatch(), a, b, c, d))
        }
        Route::Recall(device, [a, b, c, d]) => {
            Tensor::from_dispatch(Dispatch::recall(blank(&device, 1), a, b, c, d, like))
        }
    }
}

/// The same for codes.
///
/// # Panics
/// If the connection to another machine is cut.
pub fn upload_codes<const D: usize>(data: TensorData, device: &Device) -> Tensor<D, Int> {
    let like = Like { shape: data.shape().clone(), dtype: data.dtype() };
    match route(&data, device) {
        Route::Plain => Tensor::from_data(data, (device, like.dtype)),
        Route::Keep(device, [a, b, c, d]) => {
            let sent = Tensor::<D, Int>::from_data(data, (&device, like.dtype));
            Tensor::from_dispatch(Dispatch::keep_codes(sent.into_dispatch(), a, b, c, d))
        }
        Route::Recall(device, [a, b, c, d]) => {
            Tensor::from_dispatch(Dispatch::recall_codes(blank(&device, 1), a, b, c, d, like))
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a server of the test, on this computer"
)]
mod tests {
    use std::net::TcpListener;

    use super::super::{Shelf, before, give_turn, server};
    use super::*;
    use burn::remote::RemoteHost;
    use burn::server::WebSocketTransport;

    /// A session with a server in this process, which lives as long as that does.
    fn session(url: &str, name: &str) -> Device {
        Device::remote_options(&RemoteHost::websocket(url).with_credential(name)).init().unwrap()
    }

    fn serve(shelf: Option<Shelf>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let server = server(Device::flex(), shelf);
        std::thread::spawn(move || server.serve(WebSocketTransport::from_listener(listener)));
        url
    }

    fn is_there(data: &TensorData, device: &Device) -> bool {
        matches!(route(data, device), Route::Recall(..))
    }

    #[test]
    fn a_hash_survives_being_spread() {
        let hash = [u64::MAX, 0, 0x0123_4567_89ab_cdef, 1 << 63];
        assert_eq!(gather(&spread(&hash)), hash);
    }

    #[test]
    fn a_weight_is_sent_once_and_recalled_by_later_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let url = serve(Some(Shelf::open(folder.path(), 1 << 30, |_| {}).unwrap()));
        let values: Vec<f32> = (0..2 * LARGE).map(|at| at as f32 / 7.0).collect();
        let data = TensorData::new(values, [2, LARGE]);
        let codes = TensorData::new((0..LARGE as i32).collect::<Vec<_>>(), [LARGE]);
        let read = |device: &Device| {
            assert_eq!(upload::<2>(data.clone(), device).into_data(), data);
            assert_eq!(upload_codes::<1>(codes.clone(), device).into_data(), codes);
        };
        let first = session(&url, "first");
        assert!(ask(&first).unwrap().is_empty());
        read(&first);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        // Within the same session it is asked once more whether it was kept.
        assert!(is_there(&data, &first));
        give_turn(&first);
        let second = session(&url, "second");
        assert!(is_there(&data, &second) && is_there(&codes, &second));
        read(&second);
        let small = TensorData::from([1.0_f32, 2.0]);
        assert!(matches!(route(&small, &second), Route::Plain));
        assert!(matches!(route(&data, &Device::flex()), Route::Plain));
        assert_eq!((before(&first), before(&second)), (1, 0), "the second computed last");
        give_turn(&second);
        assert_eq!(before(&first), 0);
    }

    #[test]
    fn who_keeps_nothing_is_sent_everything() {
        let url = serve(None);
        let device = session(&url, "only");
        let data = TensorData::new(vec![0.5_f32; LARGE], [LARGE]);
        for _ in 0..2 {
            assert!(matches!(route(&data, &device), Route::Plain));
            assert_eq!(upload::<1>(data.clone(), &device).into_data(), data);
        }
    }
}
