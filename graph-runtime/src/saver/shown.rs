//! What calls of a store show of themselves: whose bytes and how many, and not the bytes, which may hold secrets.

use super::{Append, Deliver, Prune, PutPending};
use std::fmt;

impl fmt::Debug for Append {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Append { thread, expected, head, record, request, commit } = self;
        f.debug_struct("Append")
            .field("thread", thread)
            .field("expected", expected)
            .field("head", head)
            .field("record", &Length(record))
            .field("request", request)
            .field("commit", commit)
            .finish()
    }
}

impl fmt::Debug for PutPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PutPending { thread, expected, name, bytes, status, commit } = self;
        f.debug_struct("PutPending")
            .field("thread", thread)
            .field("expected", expected)
            .field("name", name)
            .field("bytes", &Length(bytes))
            .field("status", status)
            .field("commit", commit)
            .finish()
    }
}

impl fmt::Debug for Deliver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Deliver { thread, expected, name, bytes, status } = self;
        f.debug_struct("Deliver")
            .field("thread", thread)
            .field("expected", expected)
            .field("name", name)
            .field("bytes", &Length(bytes))
            .field("status", status)
            .finish()
    }
}

impl fmt::Debug for Prune {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Prune { thread, expected, remove, entries, commit } = self;
        let entries: Vec<_> = entries.iter().map(|(beside, name, bytes)| (beside, name, Length(bytes))).collect();
        f.debug_struct("Prune")
            .field("thread", thread)
            .field("expected", expected)
            .field("remove", remove)
            .field("entries", &entries)
            .field("commit", commit)
            .finish()
    }
}

struct Length<'a>(&'a [u8]);

impl fmt::Debug for Length<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
