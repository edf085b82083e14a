//! `#[reduce(append)]`.

use std::collections::VecDeque;

/// A list that takes more at its end.
#[diagnostic::on_unimplemented(
    message = "`#[reduce(append)]` works on `Vec`, `VecDeque` and `String`, not on `{Self}`",
    label = "nothing can be appended to it",
    note = "`#[reduce(with = path)]` takes an `fn(&mut {Self}, {Self})` of your own"
)]
pub trait Append: Sized {
    /// One piece.
    type Item;

    /// What waits to be appended.
    type Input: FromIterator<Self::Item>;

    /// Appends.
    fn append(&mut self, input: Self::Input);
}

#[diagnostic::do_not_recommend]
impl<T> Append for Vec<T> {
    type Item = T;
    type Input = Vec<T>;

    fn append(&mut self, input: Vec<T>) {
        self.extend(input);
    }
}

#[diagnostic::do_not_recommend]
impl<T> Append for VecDeque<T> {
    type Item = T;
    type Input = Vec<T>;

    fn append(&mut self, input: Vec<T>) {
        self.extend(input);
    }
}

#[diagnostic::do_not_recommend]
impl Append for String {
    type Item = String;
    type Input = String;

    fn append(&mut self, input: String) {
        self.push_str(&input);
    }
}
