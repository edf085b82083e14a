//! Time as records hold it.

use std::time::{Duration, SystemTime};

/// What the system's clock says.
#[cfg(not(feature = "faults"))]
pub(crate) fn system() -> SystemTime {
    SystemTime::now()
}

/// What the system's clock says, after the jumps of a test.
#[cfg(feature = "faults")]
pub(crate) fn system() -> SystemTime {
    crate::fault::shifted(SystemTime::now())
}

/// Now, in milliseconds since the Unix epoch; zero on a clock that stands before it.
pub(crate) fn now() -> u64 {
    within(system())
}

/// The millisecond that an instant is in, since the Unix epoch: what `now` was then. Zero before the epoch.
pub(crate) fn within(instant: SystemTime) -> u64 {
    let since = instant.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The instant of so many milliseconds since the Unix epoch; the end of time is in 28,000 years, which every system can name.
pub(crate) fn instant(milliseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds.min(900_000_000_000_000))
}

/// A span of time in microseconds.
pub(crate) fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// A span of time in milliseconds, rounded up.
pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// How long it is until this instant, in milliseconds since the Unix epoch.
pub(crate) fn until(instant: u64) -> Duration {
    Duration::from_millis(instant.saturating_sub(now()))
}
