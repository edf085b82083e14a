//! `#[reduce(and)]` and `#[reduce(or)]`.

use std::ops::{BitAndAssign, BitOrAssign};

/// Stays true while every write is true; bit by bit on integers.
#[diagnostic::on_unimplemented(
    message = "`#[reduce(and)]` works on types with `&=`, not on `{Self}`",
    label = "not `BitAndAssign`",
    note = "`#[reduce(with = path)]` takes an `fn(&mut {Self}, {Self})` of your own"
)]
pub trait And {
    /// Both.
    fn and(&mut self, input: Self);
}

#[diagnostic::do_not_recommend]
impl<T: BitAndAssign> And for T {
    fn and(&mut self, input: T) {
        *self &= input;
    }
}

/// Becomes true with the first write that is true; bit by bit on integers.
#[diagnostic::on_unimplemented(
    message = "`#[reduce(or)]` works on types with `|=`, not on `{Self}`",
    label = "not `BitOrAssign`",
    note = "`#[reduce(with = path)]` takes an `fn(&mut {Self}, {Self})` of your own"
)]
pub trait Or {
    /// Either.
    fn or(&mut self, input: Self);
}

#[diagnostic::do_not_recommend]
impl<T: BitOrAssign> Or for T {
    fn or(&mut self, input: T) {
        *self |= input;
    }
}
