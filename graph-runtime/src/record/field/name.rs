//! What a field is called, and what it was called before.

/// The name of a field, and those under which older records may hold it.
#[derive(Clone, Copy, Debug)]
pub struct FieldName {
    /// The name under which it is written.
    pub(crate) now: &'static str,
    /// Where a record does not hold that, these count, in their order.
    pub(crate) former: &'static [&'static str],
}

impl FieldName {
    /// The name of a field that always had it.
    #[must_use]
    pub const fn new(now: &'static str) -> FieldName {
        FieldName { now, former: &[] }
    }
}

impl From<&'static str> for FieldName {
    fn from(now: &'static str) -> FieldName {
        FieldName::new(now)
    }
}
