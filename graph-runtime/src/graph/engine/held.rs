//! The state between and during the steps: owned, or shared with blocking nodes.

use std::ops::Deref;
use std::sync::Arc;

/// A value that is shared for as long as other threads read it, and owned at all other times.
pub(crate) struct Held<S>(Hold<S>);

enum Hold<S> {
    Owned(S),
    Shared(Arc<S>),
    /// For a moment, while the value moves from one to the other.
    Moving,
}

impl<S> Held<S> {
    pub(crate) fn new(value: S) -> Held<S> {
        Held(Hold::Owned(value))
    }

    /// Makes the value one of which other threads can have handles, until [`own`](Held::own).
    pub(crate) fn share(&mut self) {
        if let Hold::Owned(_) = &self.0
            && let Hold::Owned(value) = std::mem::replace(&mut self.0, Hold::Moving)
        {
            self.0 = Hold::Shared(Arc::new(value));
        }
    }

    /// The value for other threads, if it is shared.
    pub(crate) fn shared(&self) -> Option<&Arc<S>> {
        if let Hold::Shared(shared) = &self.0 { Some(shared) } else { None }
    }

    /// The value, to be changed.
    ///
    /// `None` while another thread holds a handle, which the engine excludes by waiting for all of them.
    #[inline]
    pub(crate) fn own(&mut self) -> Option<&mut S> {
        if let Hold::Shared(_) = &self.0 {
            self.regain();
        }
        match &mut self.0 {
            Hold::Owned(value) => Some(value),
            Hold::Shared(_) | Hold::Moving => None,
        }
    }

    /// Owns the value again, if nobody else has a handle.
    #[cold]
    fn regain(&mut self) {
        if let Hold::Shared(shared) = std::mem::replace(&mut self.0, Hold::Moving) {
            self.0 = match Arc::try_unwrap(shared) {
                Ok(value) => Hold::Owned(value),
                Err(shared) => Hold::Shared(shared),
            };
        }
    }

    /// The value, on its own; `None` as [`own`](Held::own).
    pub(crate) fn into_inner(self) -> Option<S> {
        match self.0 {
            Hold::Owned(value) => Some(value),
            Hold::Shared(shared) => Arc::into_inner(shared),
            Hold::Moving => None,
        }
    }
}

impl<S> Deref for Held<S> {
    type Target = S;

    fn deref(&self) -> &S {
        match &self.0 {
            Hold::Owned(value) => value,
            Hold::Shared(shared) => shared,
            Hold::Moving => unreachable!("a state is moved by one call at a time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_value_comes_back_when_the_last_handle_is_gone() {
        let mut held = Held::new(String::from("state"));
        held.share();
        held.share();
        let handles = [held.shared().cloned(), held.shared().cloned()];
        assert!(held.own().is_none());
        drop(handles);
        held.own().unwrap().push('!');
        assert_eq!(&**held, "state!");
        assert_eq!(held.into_inner().as_deref(), Some("state!"));
    }
}
