//! Places where a test makes the program fail.
//!
//! Without the feature `faults` a `fault!` is nothing at all, and this module holds nothing but that. With it, every point can be
//! told to abort the process, to panic, to return an error, or to wait, when it is reached for the n-th time.
//!
//! Not a crate: `fail` knows its points by strings in one registry without a list, and its fork wants a registry in every call. Here
//! a point that is not in the list does not compile, and a test goes through the list.

#[cfg(feature = "faults")]
mod clock;
#[cfg(feature = "faults")]
mod plan;
#[cfg(feature = "faults")]
mod point;

#[cfg(feature = "faults")]
pub use clock::shift_clock;
#[cfg(feature = "faults")]
pub(crate) use clock::shifted;
#[cfg(feature = "faults")]
pub use plan::{Effect, Fault, arm, hits, reach, watch};
#[cfg(feature = "faults")]
pub use point::Point;

/// Names a point. An error that it is told to make is returned from the function that it stands in.
#[cfg(feature = "faults")]
macro_rules! fault {
    ($point:ident) => {
        $crate::fault::reach($crate::fault::Point::$point)?
    };
}

#[cfg(not(feature = "faults"))]
macro_rules! fault {
    ($point:ident) => {};
}

pub(crate) use fault;
