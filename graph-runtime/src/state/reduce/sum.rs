//! `#[reduce(add)]`.

use std::ops::AddAssign;

/// A sum. Overflow is that of `+=`: a panic in debug builds, wrapped around in release builds.
#[diagnostic::on_unimplemented(
    message = "`#[reduce(add)]` works on types with `+=`, not on `{Self}`",
    label = "not `AddAssign`",
    note = "`#[reduce(with = path)]` takes an `fn(&mut {Self}, {Self})` of your own"
)]
pub trait Add {
    /// Adds.
    fn add(&mut self, input: Self);
}

#[diagnostic::do_not_recommend]
impl<T: AddAssign> Add for T {
    fn add(&mut self, input: T) {
        *self += input;
    }
}
