//! `String`.

use super::Container;
use crate::state::update::NoKey;

/// A piece is some text at the end; a place is one of a byte.
impl Container for String {
    const SHAPE: &'static str = "text";
    const KEYED: bool = false;

    type Added = String;
    type Item = NoKey;
    type Removed = NoKey;

    fn places(&self) -> usize {
        self.len()
    }

    fn tail(&self, place: usize) -> impl serde::Serialize {
        self.get(place..).unwrap_or_default()
    }

    fn item(&self, _: usize) -> Option<&NoKey> {
        None
    }

    fn add(&mut self, added: String) {
        self.push_str(&added);
    }

    fn put(&mut self, _: usize, _: NoKey) -> Option<()> {
        None
    }

    fn remove(&mut self, _: NoKey) -> Option<()> {
        None
    }
}
