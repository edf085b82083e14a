//! What happens when a node fails or takes long.

use crate::NodeError;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// What happens when a node fails or takes long; made by `graph!`, in a constant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// How a failed node is tried again.
    pub retry: Option<Retry>,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// Whether the function blocks, and so runs on the pool.
    pub blocking: bool,
    /// Whether a function turns the failure into an update.
    pub on_error: bool,
}

/// How a failed node is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// All attempts, the first one included.
    pub attempts: u32,
    /// The delay after the first attempt.
    pub backoff: Duration,
    /// What each delay is longer by than the one before it.
    pub factor: f64,
    /// The longest delay.
    pub max: Duration,
    /// Whether delays are shortened by chance, so that what failed together does not come back together.
    pub jitter: bool,
    /// Which failures are worth another attempt; all of them, if there is no function.
    pub applies: Option<fn(&NodeError) -> bool>,
}

/// Which failures are worth another attempt.
///
/// A field of its own, without an `Option` around it, is where rustc has the least to say about a function of another type.
pub struct Worth {
    /// The function.
    pub applies: fn(&NodeError) -> bool,
}

impl Policy {
    /// A node that runs once, for as long as it takes, where its graph runs.
    #[must_use]
    pub const fn new() -> Policy {
        Policy { retry: None, timeout: None, blocking: false, on_error: false }
    }

    /// Tries a failed node again.
    #[must_use]
    pub const fn retry(self, retry: Retry, _: Tokio) -> Policy {
        Policy { retry: Some(retry), ..self }
    }

    /// Limits the time of each attempt.
    #[must_use]
    pub const fn timeout(self, timeout: Duration, _: Tokio) -> Policy {
        Policy { timeout: Some(timeout), ..self }
    }

    /// Runs the function on the pool.
    #[must_use]
    pub const fn blocking(self, _: Tokio) -> Policy {
        Policy { blocking: true, ..self }
    }

    /// Turns the failure into an update.
    #[must_use]
    pub const fn on_error(self) -> Policy {
        Policy { on_error: true, ..self }
    }
}

/// Shows that the feature `tokio` is on. A graph asks for it once, so that without the feature it is one error, however
/// many of its nodes wait or block.
#[derive(Clone, Copy, Debug)]
pub struct Tokio(());

impl Tokio {
    /// What the policies of the graph `G` need.
    #[must_use]
    pub const fn feature<G: TokioFeature>() -> Tokio {
        Tokio(())
    }
}

/// A graph that may wait and block: with the feature every one, without it none.
#[diagnostic::on_unimplemented(
    message = "retries, timeouts and blocking nodes need the feature `tokio` of `graph-runtime`",
    label = "needs a timer or a pool",
    note = "add `features = [\"tokio\"]` to the dependency in Cargo.toml"
)]
pub trait TokioFeature {}

#[cfg(feature = "tokio")]
impl<G> TokioFeature for G {}

impl Retry {
    /// The delay before the next attempt, after `attempt` attempts failed: each longer than the one before it by `factor`,
    /// up to `max`; with jitter, by chance between half of that and all of it.
    pub(crate) fn delay(&self, attempt: u32) -> Duration {
        let delay = self.longest(attempt);
        if self.jitter { shortened(delay, chance()) } else { delay }
    }

    /// The delay without jitter.
    pub(crate) fn longest(&self, attempt: u32) -> Duration {
        // Nothing times infinity is no number.
        if self.backoff.is_zero() {
            return Duration::ZERO;
        }
        let power = self.factor.powf(f64::from(attempt.saturating_sub(1)));
        // What is too long for a duration, and what is no number, waits as long as it may.
        let delay = Duration::try_from_secs_f64(self.backoff.as_secs_f64() * power);
        delay.map_or(self.max, |delay| delay.min(self.max))
    }
}

/// Between half of a delay, by a chance of 0, and all of it, by one of 1.
fn shortened(delay: Duration, chance: f64) -> Duration {
    let half = delay / 2;
    let rest = delay.saturating_sub(half);
    let more = Duration::try_from_secs_f64(rest.as_secs_f64() * chance).map_or(rest, |more| more.min(rest));
    half.saturating_add(more)
}

/// A number from 0 to 1.
///
/// Each `RandomState` has other keys, and what a keyed hash makes of nothing is spread evenly. That is no randomness for
/// secrets, but delays need none better, and so no crate for it.
fn chance() -> f64 {
    let random = RandomState::new().hash_one(()) >> 32;
    // The upper half: 32 bits fit a float exactly.
    u32::try_from(random).map_or(0.0, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "tokio")]
    use super::Tokio;
    use super::{Policy, Retry, shortened};
    use std::time::Duration;

    const RETRY: Retry = Retry {
        attempts: 5,
        backoff: Duration::from_millis(200),
        factor: 2.0,
        max: Duration::from_secs(1),
        jitter: false,
        applies: None,
    };

    #[test]
    #[cfg(feature = "tokio")]
    fn a_policy_is_a_constant() {
        const TOKIO: Tokio = Tokio::feature::<()>();
        const POLICY: Policy =
            Policy::new().retry(RETRY, TOKIO).timeout(Duration::from_secs(3), TOKIO).blocking(TOKIO).on_error();
        assert_eq!(POLICY.retry.map(|retry| retry.attempts), Some(5));
        assert_eq!(POLICY.timeout, Some(Duration::from_secs(3)));
        assert_eq!([POLICY.blocking, POLICY.on_error], [true; 2]);
    }

    #[test]
    fn a_policy_begins_with_nothing() {
        const POLICY: Policy = Policy::new();
        assert!(POLICY.retry.is_none() && POLICY.timeout.is_none());
        assert_eq!([POLICY.blocking, POLICY.on_error], [false; 2]);
    }

    #[test]
    fn delays_grow_up_to_the_longest() {
        let delays: Vec<_> = (1..=5).map(|attempt| RETRY.delay(attempt).as_millis()).collect();
        assert_eq!(delays, [200, 400, 800, 1000, 1000]);
        assert_eq!(RETRY.delay(0), RETRY.delay(1));
    }

    #[test]
    fn a_factor_of_one_never_grows() {
        let retry = Retry { factor: 1.0, ..RETRY };
        assert_eq!([retry.delay(1), retry.delay(u32::MAX)], [RETRY.backoff; 2]);
    }

    #[test]
    fn nothing_overflows() {
        for factor in [0.0, 0.5, 1.0, 1e300, f64::MAX, f64::INFINITY, f64::NAN, -1.0, f64::NEG_INFINITY] {
            for backoff in [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(1), Duration::MAX] {
                for max in [Duration::ZERO, Duration::from_secs(60), Duration::MAX] {
                    for jitter in [false, true] {
                        let retry = Retry { backoff, factor, max, jitter, ..RETRY };
                        for attempt in [0, 1, 2, 3, 1000, u32::MAX] {
                            assert!(retry.delay(attempt) <= max, "{retry:?} after {attempt}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn no_delay_stays_none() {
        let retry = Retry { backoff: Duration::ZERO, factor: f64::INFINITY, ..RETRY };
        assert_eq!(retry.delay(9), Duration::ZERO);
    }

    #[test]
    fn what_is_too_long_waits_as_long_as_it_may() {
        let retry = Retry { factor: 1e300, max: Duration::MAX, ..RETRY };
        assert_eq!(retry.delay(1000), Duration::MAX);
    }

    #[test]
    fn jitter_is_between_half_and_all() {
        let delay = Duration::from_secs(10);
        let shortened = [0.0, 0.5, 1.0].map(|chance| shortened(delay, chance));
        assert_eq!(shortened, [Duration::from_secs(5), Duration::from_millis(7500), delay]);
    }

    #[test]
    fn jitter_differs_from_call_to_call() {
        let retry = Retry { jitter: true, max: Duration::from_secs(1), ..RETRY };
        let delays: Vec<_> = (0..100).map(|_| retry.delay(9)).collect();
        let range = Duration::from_millis(500)..=Duration::from_secs(1);
        assert!(delays.iter().all(|delay| range.contains(delay)), "{delays:?}");
        // By chance alone that happens once in 2 to the power of 99 times.
        let middle = Duration::from_millis(750);
        assert!(delays.iter().any(|delay| *delay < middle) && delays.iter().any(|delay| *delay > middle));
    }
}
