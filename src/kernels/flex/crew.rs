//! How many threads calculate. An operation ends when its last thread does, so where other programs hold some of this
//! computer's processors, every operation waits for a thread that is not running, and fewer threads are faster than all.
//!
//! Only time is watched: a step that takes much longer than such steps did is tried with half the threads, and what is
//! faster stays, until it is tried again. What is calculated does not depend on it.
//!
//! That is for the processor alone. A card and another machine keep a queue, and memory of its own, for each thread that
//! asks them, so there a step is always done by the thread that asks for it, however long it takes.
//!
//! A step of a small model is a thousand operations of some ten microseconds, and between two of them rayon's threads
//! would fall asleep. Waking one takes as long as such an operation, so they look for work as long as a step lasts.

use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use burn::backend::DispatchDevice;
use burn::tensor::Device;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How much slower than the fastest steps others may be before fewer threads are tried.
const SLOW: f64 = 1.8;
/// What a change must bring.
const BETTER: f64 = 0.9;
/// Steps that something is tried for.
const TRIAL: u32 = 4;
/// Steps after which what was not better is tried again, and all threads are.
const AGAIN: u32 = 60;

/// How long a thread looks for work in vain: one operation that a single thread does should not keep others busy.
const PATIENCE: Duration = Duration::from_millis(2);
/// Looks between two at the clock.
const LOOKS: usize = 64;

/// Steps that are being done.
static STEPS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread looks for work: what it finds may be the beginning of the next step, and looking for that is
    /// being done already.
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

/// Threads that do steps of equal work.
pub struct Crew {
    pace: Pace,
    /// Half of all threads, a quarter, and so on to one; made when they are first needed. Nothing where something else
    /// than the processor calculates.
    pools: Vec<Option<ThreadPool>>,
}

impl Crew {
    /// Who does steps on this device.
    pub fn on(device: &Device) -> Self {
        let here = matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_));
        Self::new(if here { rayon::current_num_threads().ilog2() as usize } else { 0 })
    }

    fn new(halvings: usize) -> Self {
        Self { pace: Pace::new(1 + halvings), pools: (0..halvings).map(|_| None).collect() }
    }

    /// Does one step.
    pub fn step<R: Send>(&mut self, work: impl FnOnce() -> R + Send) -> R {
        let began = Instant::now();
        let done = match self.pace.level.checked_sub(1) {
            None => awake(work),
            Some(at) => {
                let threads = rayon::current_num_threads() >> self.pace.level;
                let pool = &mut self.pools[at];
                if pool.is_none() {
                    *pool = ThreadPoolBuilder::new().num_threads(threads.max(1)).build().ok();
                }
                match pool {
                    Some(pool) => pool.install(|| awake(work)),
                    None => awake(work),
                }
            }
        };
        self.pace.took(began.elapsed().as_secs_f64());
        done
    }
}

/// Does `work`, one step, while the other threads of the pool look for parts of it; [`Crew::step`] does so by itself.
pub fn awake<R>(work: impl FnOnce() -> R) -> R {
    struct Step;
    impl Drop for Step {
        fn drop(&mut self) {
            STEPS.fetch_sub(1, Ordering::Release);
        }
    }
    let here = rayon::current_thread_index();
    if here.is_none() || rayon::current_num_threads() == 1 {
        return work();
    }
    STEPS.fetch_add(1, Ordering::Relaxed);
    let _step = Step;
    rayon::spawn_broadcast(move |context| {
        if Some(context.index()) != here {
            look();
        }
    });
    work()
}

/// Does what other threads share, until no step is being done or nothing has come for a while.
fn look() {
    if LOOKING.replace(true) {
        return;
    }
    let (mut found, mut looks) = (Instant::now(), 0);
    while STEPS.load(Ordering::Acquire) > 0 {
        if rayon::yield_now() == Some(rayon::Yield::Executed) {
            looks = 0;
            continue;
        }
        looks += 1;
        if looks == 1 {
            found = Instant::now();
        } else if looks % LOOKS == 0 && found.elapsed() > PATIENCE {
            break;
        }
        // Another program may want this processor.
        if looks % 8 == 0 { std::thread::yield_now() } else { spin_loop() }
    }
    LOOKING.set(false);
}

/// What the steps took, by how often the threads are halved.
#[derive(Debug)]
struct Pace {
    level: usize,
    recent: Vec<f64>,
    least: Vec<f64>,
    /// Steps since the last change.
    steps: u32,
    /// Steps before fewer threads are tried.
    wait: u32,
    /// Where it goes back to if a trial brings nothing.
    trial: Option<usize>,
}

impl Pace {
    fn new(levels: usize) -> Self {
        let (recent, least) = (vec![0.0; levels], vec![f64::INFINITY; levels]);
        Self { level: 0, recent, least, steps: 0, wait: TRIAL, trial: None }
    }

    fn took(&mut self, seconds: f64) {
        let level = self.level;
        let recent = &mut self.recent[level];
        *recent = if *recent == 0.0 { seconds } else { f64::midpoint(*recent, seconds) };
        let recent = *recent;
        self.least[level] = self.least[level].min(seconds);
        self.steps += 1;
        if self.steps < TRIAL {
            return;
        }
        if let Some(before) = self.trial.take() {
            self.wait = TRIAL;
            self.steps = 0;
            if recent > BETTER * self.recent[before] {
                // Steps of this work take as long as they take.
                self.level = before;
                self.least[before] = self.recent[before];
                self.wait = AGAIN;
            }
        } else if self.steps >= self.wait && recent > SLOW * self.least[level] && level + 1 < self.least.len()
        {
            self.begin(level + 1);
        } else if self.steps >= AGAIN && level > 0 {
            self.begin(level - 1);
        }
    }

    fn begin(&mut self, level: usize) {
        self.trial = Some(self.level);
        (self.level, self.steps) = (level, 0);
        self.recent[level] = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level at which each of `steps` steps is done, if one takes `seconds` of its level.
    fn levels(pace: &mut Pace, steps: usize, seconds: impl Fn(usize) -> f64) -> Vec<usize> {
        let mut done = Vec::new();
        for _ in 0..steps {
            done.push(pace.level);
            pace.took(seconds(pace.level));
        }
        done
    }

    #[test]
    fn fewer_threads_calculate_while_others_hold_a_processor() {
        let mut pace = Pace::new(2);
        assert_eq!(levels(&mut pace, 200, |_| 1.0), [0; 200]);
        let busy = |level: usize| [10.0, 2.0][level];
        let held = levels(&mut pace, 200, busy);
        assert!(held[..8].contains(&1), "{held:?}");
        assert!(held.iter().filter(|level| **level == 0).count() < 30, "{held:?}");
        let free = levels(&mut pace, 200, |level| [1.0, 2.0][level]);
        assert!(free[100..].iter().all(|level| *level == 0), "{free:?}");
    }

    #[test]
    fn steps_that_are_slow_by_themselves_keep_all_threads() {
        let mut pace = Pace::new(3);
        levels(&mut pace, 10, |_| 1.0);
        let larger = levels(&mut pace, 400, |level| [4.0, 8.0, 16.0][level]);
        assert!(larger.iter().filter(|level| **level > 0).count() <= TRIAL as usize, "{larger:?}");
    }

    #[test]
    fn a_step_on_a_card_stays_on_the_thread_that_asks_for_it() {
        let halvings = rayon::current_num_threads().ilog2() as usize;
        assert_eq!(Crew::on(&Device::flex()).pools.len(), halvings);
        if let Some(card) = crate::tests::opengl() {
            assert!(Crew::on(&card).pools.is_empty());
        }
        // Whatever its steps take: the first one has compiled the kernels, and the next ones are faster.
        let mut crew = Crew::new(0);
        assert_eq!(levels(&mut crew.pace, 10, |_| 1.0), [0; 10]);
        assert_eq!(levels(&mut crew.pace, 200, |_| 10.0), [0; 200]);
        let here = std::thread::current().id();
        assert_eq!(crew.step(|| std::thread::current().id()), here);
    }

    #[test]
    fn what_is_calculated_does_not_depend_on_the_threads() {
        let mut crew = Crew { pace: Pace::new(2), pools: vec![None] };
        let work = || (1..=1000_u64).sum::<u64>();
        let all = crew.step(work);
        crew.pace.level = 1;
        assert_eq!(crew.step(|| (work(), rayon::current_num_threads())).0, all);
    }

    /// How many of the other threads of a pool look for work.
    fn looking() -> usize {
        let here = rayon::current_thread_index();
        let others = rayon::broadcast(|context| Some(context.index()) != here && LOOKING.get());
        others.into_iter().filter(|looks| *looks).count()
    }

    /// Whether it is so once in a thousand times: a thread that got no processor for a while has given up by then.
    fn once(pool: &ThreadPool, is_so: impl Fn() -> bool + Sync) -> bool {
        (0..1000).any(|_| pool.install(&is_so))
    }

    #[test]
    fn threads_look_for_work_as_long_as_a_step_lasts() {
        let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert!(once(&pool, || awake(|| looking() == 2)));
        assert!(once(&pool, || awake(|| awake(|| looking() == 2) && looking() == 2)), "a step within a step");
        let resting = || {
            std::thread::sleep(3 * PATIENCE);
            looking() == 0
        };
        assert!(once(&pool, resting), "they look on after the step");
        // Nor do they when it ended in a panic, which counts as its end.
        let ended = pool.install(|| std::panic::catch_unwind(|| awake(|| panic!("as asked"))));
        assert!(ended.is_err() && once(&pool, resting));
        let idle = pool.install(|| awake(|| (0..1000).any(|_| resting())));
        assert!(idle, "they look for nothing all the time");
    }
}
