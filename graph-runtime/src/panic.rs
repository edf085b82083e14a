//! Panics of code that is not ours, as values.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `call`; a panic inside it becomes its message. What the call was changing must not be used after a panic.
pub(crate) fn catch<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| message(&*payload))
}

/// The message of a panic.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is not a string").to_owned()
}
