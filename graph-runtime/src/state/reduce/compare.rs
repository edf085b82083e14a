//! `#[reduce(max)]` and `#[reduce(min)]`.

/// Keeps the greatest. What is not comparable with itself, a NaN, loses against everything.
#[diagnostic::on_unimplemented(
    message = "`#[reduce(max)]` works on types with an order, not on `{Self}`",
    label = "not `PartialOrd`",
    note = "`#[reduce(with = path)]` takes an `fn(&mut {Self}, {Self})` of your own"
)]
pub trait Max {
    /// Keeps the greater one.
    fn max(&mut self, input: Self);
}

#[diagnostic::do_not_recommend]
impl<T: PartialOrd> Max for T {
    fn max(&mut self, input: T) {
        if input > *self || !comparable(self) {
            *self = input;
        }
    }
}

/// Keeps the least. What is not comparable with itself, a NaN, loses against everything.
#[diagnostic::on_unimplemented(
    message = "`#[reduce(min)]` works on types with an order, not on `{Self}`",
    label = "not `PartialOrd`",
    note = "`#[reduce(with = path)]` takes an `fn(&mut {Self}, {Self})` of your own"
)]
pub trait Min {
    /// Keeps the lesser one.
    fn min(&mut self, input: Self);
}

#[diagnostic::do_not_recommend]
impl<T: PartialOrd> Min for T {
    fn min(&mut self, input: T) {
        if input < *self || !comparable(self) {
            *self = input;
        }
    }
}

/// Whether a value is not a NaN. One that the state starts with must not stay for ever.
fn comparable<T: PartialOrd>(value: &T) -> bool {
    value.partial_cmp(value).is_some()
}
