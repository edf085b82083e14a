//! A system's clock that jumps.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

static SHIFT: AtomicI64 = AtomicI64::new(0);

/// Sets the clock of the library so many milliseconds before or after the system's, for the whole process.
pub fn shift_clock(milliseconds: i64) {
    SHIFT.store(milliseconds, Ordering::Relaxed);
}

/// What the clock says instead.
pub(crate) fn shifted(system: SystemTime) -> SystemTime {
    let shift = SHIFT.load(Ordering::Relaxed);
    let span = Duration::from_millis(shift.unsigned_abs());
    let shifted = if shift < 0 { system.checked_sub(span) } else { system.checked_add(span) };
    shifted.unwrap_or(SystemTime::UNIX_EPOCH)
}
