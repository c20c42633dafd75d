//! The way to another machine that is taken encrypted: iroh's, from a port of this program's own.
//!
//! It ends by itself a quarter to half a minute after a machine fell silent. Once what runs was told to end that is too long,
//! for whoever waits for an answer hears of that only then; and from a port of burn's nothing could be let go. Each machine is
//! heard of every few seconds, whatever it computes: iroh answers there beside it.

use std::error::Error as Fault;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use iroh::endpoint::{
    AfterHandshakeOutcome, Connection, EndpointHooks, QuicTransportConfig, WeakConnectionHandle, presets,
};
use iroh::{Endpoint, RelayMode};
use tokio::runtime::{Builder, Runtime};

use crate::commands::told_to_end;
use crate::remote::locked;
use crate::wire::thread;

/// So often both say that they are there.
const BEAT: Duration = Duration::from_secs(2);

/// Once what runs was told to end, a machine of which nothing comes for so long is let go.
const IMPATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked whether something came.
const LOOK: Duration = Duration::from_millis(500);

/// From where machines are reached, by their addresses and through public relays, and what goes on there: burn waits on that.
static ENDPOINTS: Mutex<[Option<(Endpoint, Runtime)>; 2]> = Mutex::new([None, None]);

/// From where a machine is reached; `public` through public relays, where only its id is known.
///
/// # Errors
/// What the system says if it gives no port or thread.
pub fn endpoint(public: bool) -> Result<Endpoint, Box<dyn Fault + Send + Sync>> {
    let mut all = locked(&ENDPOINTS);
    let known = &mut all[usize::from(public)];
    if let Some((endpoint, _)) = known {
        return Ok(endpoint.clone());
    }
    let runtime = Builder::new_multi_thread().thread_name("pseudoword-line").enable_all().build()?;
    let builder = match public {
        true => Endpoint::builder(presets::N0),
        false => Endpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled),
    };
    // As burn's own has it, but for the beat.
    let transport =
        QuicTransportConfig::builder().enable_segmentation_offload(false).keep_alive_interval(BEAT);
    let endpoint = runtime.block_on(builder.transport_config(transport.build()).hooks(Heeding).bind())?;
    *known = Some((endpoint.clone(), runtime));
    Ok(endpoint)
}

/// Has every connection heeded.
#[derive(Debug)]
struct Heeding;

impl EndpointHooks for Heeding {
    fn after_handshake<'a>(
        &'a self,
        line: &'a Connection,
    ) -> impl Future<Output = AfterHandshakeOutcome> + Send + 'a {
        let line = line.weak_handle();
        // Without a thread it ends by itself.
        let _ = thread(move || heed(&line, IMPATIENCE, told_to_end));
        async { AfterHandshakeOutcome::accept() }
    }
}

/// Comes back once a connection has ended, or was let go because of a silence that nobody wants to wait for.
fn heed(line: &WeakConnectionHandle, impatience: Duration, told: impl Fn() -> bool) {
    let (mut came, mut heard) = (0, Instant::now());
    loop {
        std::thread::sleep(LOOK);
        let Some(line) = line.upgrade().filter(|line| line.close_reason().is_none()) else { return };
        let now = line.stats().udp_rx.datagrams;
        if now != came {
            (came, heard) = (now, Instant::now());
        } else if told() && heard.elapsed() > impatience {
            return line.close(0_u32.into(), b"silent");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iroh::EndpointAddr;
    use iroh::endpoint::ConnectionError;

    #[test]
    fn a_machine_that_falls_silent_is_let_go_once_all_is_to_end_and_not_one_that_is_there() {
        const ALPN: &[u8] = b"test";
        // All that goes on at the machine goes on while this is waited on, and else nothing.
        let machine = Builder::new_current_thread().enable_all().build().unwrap();
        let builder = Endpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled);
        let builder = builder.alpns(vec![ALPN.to_vec()]).clear_ip_transports();
        let listening = machine.block_on(builder.bind_addr("127.0.0.1:0").unwrap().bind()).unwrap();
        let address = EndpointAddr::new(listening.id()).with_ip_addr(listening.bound_sockets()[0]);
        let here = Builder::new_multi_thread().enable_all().build().unwrap();
        let near = endpoint(false).unwrap();
        let reaching = here.spawn(async move { near.connect(address, ALPN).await.unwrap() });
        let session = machine.block_on(async { listening.accept().await.unwrap().await.unwrap() });
        let line = machine.block_on(reaching).unwrap();
        let (weak, impatience) = (line.weak_handle(), 2 * BEAT);
        let heeding = here.spawn_blocking(move || heed(&weak, impatience, || true));
        machine.block_on(here.spawn_blocking(move || std::thread::sleep(impatience + BEAT))).unwrap();
        assert_eq!(line.close_reason(), None);
        let begun = Instant::now();
        here.block_on(heeding).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
        assert_eq!(line.close_reason(), Some(ConnectionError::LocallyClosed));
        // What is left of the machine ends where it lives.
        let _within = machine.enter();
        drop((session, listening));
    }
}
