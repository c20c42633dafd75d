//! Where the time of a step goes: how often and for how long each kind of operation runs, and what a card is asked to
//! launch. Both are counted only between a start and an end that somebody asks for; otherwise an operation pays one
//! relaxed load. What is neither of these kinds is not told apart here: the caller knows the whole.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use burn_cubecl::cubecl::launched::LaunchedKernels;
use burn_cubecl::cubecl::logging::{LaunchObservation, LaunchObserver};

use crate::geometry::Geometry;

/// Kinds of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Convolutions of more than one pixel.
    Convolution,
    /// Products with a weight: linear layers and convolutions of one pixel.
    Linear,
    /// Attention without the linear layers around it.
    Attention,
    /// Group and layer norms, with the activation that is part of them.
    Norm,
    /// Activations that stand alone.
    Activation,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Convolution, Self::Linear, Self::Attention, Self::Norm, Self::Activation];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Convolution => "convolution",
            Self::Linear => "linear",
            Self::Attention => "attention",
            Self::Norm => "norm",
            Self::Activation => "activation",
        }
    }

    /// What an operation of these sizes is.
    pub(crate) fn of(geometry: &Geometry) -> Self {
        if geometry.kernel == 1 { Self::Linear } else { Self::Convolution }
    }
}

/// Which way through the graph an operation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// From the word to the loss.
    Forward,
    /// Back.
    Backward,
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Time and number of the operations of each kind and pass.
    pub spent: BTreeMap<(Kind, Pass), (Duration, usize)>,
    /// From the start to the first operation that went back, and from there to the end; what watching cost is left out.
    pub passes: [Duration; 2],
}

impl Tally {
    /// Time of a pass that no operation counted here accounts for.
    pub fn other(&self, pass: Pass) -> Duration {
        let counted = self.spent.iter().filter(|((_, of), _)| *of == pass).map(|(_, (time, _))| *time).sum();
        self.passes[pass as usize].saturating_sub(counted)
    }
}

/// How many tallies are open in the whole process.
static OPEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// This thread's; not there while one of its operations runs.
    static TALLY: RefCell<Option<Running>> = const { RefCell::new(None) };
}

struct Running {
    wait: Box<dyn Fn()>,
    watch: Box<dyn FnMut()>,
    began: Instant,
    watching: Duration,
    turned: Option<Duration>,
    spent: BTreeMap<(Kind, Pass), (Duration, usize)>,
}

impl Running {
    fn elapsed(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.watching)
    }
}

/// Counts what `work` does on this thread. `wait` is called before and after each operation and must wait for the device
/// to have done all it was asked for; `watch` is called after each, and its time does not count.
pub fn tally<T>(
    wait: impl Fn() + 'static,
    watch: impl FnMut() + 'static,
    work: impl FnOnce() -> T,
) -> (T, Tally) {
    /// Ends the counting even if the work panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            OPEN.fetch_sub(1, Ordering::Relaxed);
            TALLY.take();
        }
    }
    wait();
    OPEN.fetch_add(1, Ordering::Relaxed);
    let end = End;
    TALLY.set(Some(Running {
        wait: Box::new(wait),
        watch: Box::new(watch),
        began: Instant::now(),
        watching: Duration::ZERO,
        turned: None,
        spent: BTreeMap::new(),
    }));
    let out = work();
    let running = TALLY.take();
    drop(end);
    let tally = running.map_or_else(Tally::default, |running| {
        (running.wait)();
        let whole = running.elapsed();
        let turned = running.turned.unwrap_or(whole);
        Tally { spent: running.spent, passes: [turned, whole.saturating_sub(turned)] }
    });
    (out, tally)
}

/// Does `work`, an operation of this kind, and counts it where somebody counts.
#[inline]
pub(crate) fn timed<T>(kind: Kind, pass: Pass, work: impl FnOnce() -> T) -> T {
    if OPEN.load(Ordering::Relaxed) == 0 { work() } else { counted(kind, pass, work) }
}

#[cold]
fn counted<T>(kind: Kind, pass: Pass, work: impl FnOnce() -> T) -> T {
    // An operation within another is part of it.
    let Some(mut running) = TALLY.take() else { return work() };
    (running.wait)();
    if pass == Pass::Backward && running.turned.is_none() {
        running.turned = Some(running.elapsed());
    }
    let began = Instant::now();
    let out = work();
    (running.wait)();
    let ended = Instant::now();
    let (time, count) = running.spent.entry((kind, pass)).or_default();
    *time += ended - began;
    *count += 1;
    (running.watch)();
    running.watching += ended.elapsed();
    TALLY.set(Some(running));
    out
}

/// What graphics cards were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Launched {
    /// Kernels launched.
    pub launches: usize,
    /// Different ones among them, each of which is compiled once.
    pub kernels: usize,
}

/// Counts the launches of the whole process for as long as it lives.
#[must_use = "launches are counted until `finish`"]
pub struct Launches {
    count: Arc<Counter>,
    different: LaunchedKernels,
    _observation: LaunchObservation,
}

#[derive(Default)]
struct Counter(AtomicUsize);

impl LaunchObserver for Counter {
    fn launched(&self, _kernel: &'static str) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Launches {
    /// Begins.
    pub fn start() -> Self {
        let count = Arc::<Counter>::default();
        let observation = LaunchObservation::new(Arc::clone(&count) as Arc<dyn LaunchObserver>);
        Self { count, different: LaunchedKernels::new(), _observation: observation }
    }

    /// Ends. What was asked for and not yet handed to the device, because tensors are lazy, is not counted: wait for
    /// the device before.
    pub fn finish(self) -> Launched {
        let launches = self.count.0.load(Ordering::Relaxed);
        Launched { launches, kernels: self.different.finish().len() }
    }
}

impl fmt::Debug for Launches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launches").field("launches", &self.count.0).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::thread::sleep;

    use burn::tensor::{Device, Tensor};

    use super::*;
    use crate::{geglu, silu};

    fn pause(milliseconds: u64) {
        sleep(Duration::from_millis(milliseconds));
    }

    #[test]
    fn times_are_told_apart_by_kind_and_pass() {
        let waits = Rc::new(Cell::new(0));
        let (wait, watch) = (Rc::clone(&waits), || pause(200));
        let step = || {
            timed(Kind::Convolution, Pass::Forward, || {
                pause(5);
                timed(Kind::Linear, Pass::Forward, || pause(5));
            });
            pause(30);
            // Another thread's work is its own.
            std::thread::scope(|scope| {
                scope.spawn(|| timed(Kind::Attention, Pass::Forward, || ()));
            });
            timed(Kind::Convolution, Pass::Backward, || pause(10));
            timed(Kind::Convolution, Pass::Backward, || pause(10));
            7
        };
        let (out, tally) = tally(move || wait.set(wait.get() + 1), watch, step);
        assert_eq!((out, waits.get()), (7, 1 + 2 * 3 + 1));
        let counts: Vec<_> = tally.spent.iter().map(|(key, (_, count))| (*key, *count)).collect();
        let expected = [((Kind::Convolution, Pass::Forward), 1), ((Kind::Convolution, Pass::Backward), 2)];
        assert_eq!(counts, expected);
        assert!(tally.spent.values().all(|(time, _)| time.as_millis() >= 10), "{tally:?}");
        let forward = tally.passes[0].as_millis();
        // 40 of its own; the watching after it is left out.
        assert!((40..200).contains(&forward), "{tally:?}");
        assert!(tally.other(Pass::Forward).as_millis() >= 30, "{tally:?}");
        assert!(tally.other(Pass::Backward) < tally.passes[1], "{tally:?}");
    }

    #[test]
    fn operations_of_a_graph_are_counted_both_ways() {
        let device = Device::flex().autodiff();
        let x = Tensor::<3>::ones([1, 4, 8], &device).require_grad();
        let step = || geglu(silu(x.clone())).sum().backward();
        let (_, tally) = tally(|| (), || (), step);
        let counts: Vec<_> = tally.spent.iter().map(|(key, (_, count))| (*key, *count)).collect();
        let expected = [((Kind::Activation, Pass::Forward), 2), ((Kind::Activation, Pass::Backward), 2)];
        assert_eq!(counts, expected);
        assert!(tally.passes.iter().all(|time| !time.is_zero()), "{tally:?}");
    }

    #[test]
    fn nothing_is_counted_afterwards() {
        let (_, none) = tally(|| (), || (), || ());
        assert!(none.spent.is_empty());
        let fails = || -> () { timed(Kind::Norm, Pass::Forward, || panic!("a device that is lost")) };
        std::panic::catch_unwind(|| tally(|| (), || (), fails)).unwrap_err();
        assert!(TALLY.take().is_none());
        timed(Kind::Norm, Pass::Forward, || ());
    }
}
