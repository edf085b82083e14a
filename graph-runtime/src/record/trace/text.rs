//! The structure of a type in words, for people: the fingerprint is what decides.

use super::part::{Content, Kind, Part};
use super::structure::Structure;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Longer texts are cut: nobody reads them, and a type that names others many times unfolds to any length.
const LONGEST: usize = 2_000;

impl Structure {
    /// `struct { id: u64, tags: [str] }`
    ///
    /// A part inside of itself is `^`, with how many levels further out it begins.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let root = self.below(0, 0);
        Words { structure: self, text: &mut text, path: Vec::new() }.any_of(&root);
        text
    }

    fn part(&self, part: usize) -> Option<&Part> {
        self.parts().get(part)
    }

    /// What stands at a place of a part, whichever of its arms was taken.
    fn below(&self, part: usize, position: usize) -> BTreeSet<usize> {
        let arms = self.part(part).into_iter().flat_map(|part| &part.arms);
        arms.filter_map(|arm| arm.parts.get(position)).flatten().copied().collect()
    }
}

struct Words<'a> {
    structure: &'a Structure,
    text: &'a mut String,
    /// The parts around, the outermost first.
    path: Vec<usize>,
}

impl Words<'_> {
    fn say(&mut self, words: &str) {
        if self.text.len() < LONGEST {
            self.text.push_str(words);
        } else if !self.text.ends_with('…') {
            self.text.push('…');
        }
    }

    /// What stands at one place: one part, but for types that ask for different things there.
    fn any_of(&mut self, parts: &BTreeSet<usize>) {
        if parts.is_empty() {
            self.say("?");
        }
        for (number, part) in parts.iter().enumerate() {
            if number > 0 {
                self.say(" or ");
            }
            self.part(*part);
        }
    }

    fn part(&mut self, index: usize) {
        let Some(part) = self.structure.part(index) else { return };
        if let Some(place) = self.path.iter().position(|around| *around == index) {
            let mut back = String::new();
            // Writing to a string does not fail.
            let _ = write!(back, "^{}", self.path.len() - place);
            return self.say(&back);
        }
        if self.text.len() >= LONGEST {
            return self.say("…");
        }
        self.path.push(index);
        match part.kind {
            Kind::Root => {}
            Kind::Leaf(name) => self.say(name),
            Kind::Option => self.inside(index, "", &[""], "?"),
            Kind::Sequence => self.inside(index, "[", &[""], "]"),
            Kind::Map => self.inside(index, "map<", &["", ", "], ">"),
            Kind::Tuple(length) => self.list(length, |words, place| {
                let below = words.structure.below(index, place);
                words.any_of(&below);
            }),
            Kind::Struct(fields) => {
                self.say("struct ");
                self.named(fields, |words, place| words.structure.below(index, place));
            }
            Kind::Enum(variants) => {
                self.say("enum { ");
                for (arm, variant) in variants.iter().enumerate() {
                    self.say(if arm > 0 { ", " } else { "" });
                    self.say(variant);
                    self.content(index, arm);
                }
                self.say(" }");
            }
        }
        self.path.pop();
    }

    fn content(&mut self, index: usize, arm: usize) {
        let Some(content) = self.structure.part(index).and_then(|part| part.arms.get(arm)?.content) else { return };
        let at = move |words: &Self, place: usize| {
            let arm = words.structure.part(index).and_then(|part| part.arms.get(arm));
            arm.and_then(|arm| arm.parts.get(place)).cloned().unwrap_or_default()
        };
        match content {
            Content::Unit => {}
            Content::Newtype => self.list(1, |words, place| {
                let below = at(words, place);
                words.any_of(&below);
            }),
            Content::Tuple(length) => self.list(length, |words, place| {
                let below = at(words, place);
                words.any_of(&below);
            }),
            Content::Struct(fields) => {
                self.say(" ");
                self.named(fields, at);
            }
        }
    }

    /// What stands at the first places of a part, each behind a word.
    fn inside(&mut self, index: usize, begin: &str, before: &[&str], end: &str) {
        self.say(begin);
        for (place, word) in before.iter().enumerate() {
            self.say(word);
            let below = self.structure.below(index, place);
            self.any_of(&below);
        }
        self.say(end);
    }

    fn list(&mut self, length: usize, mut each: impl FnMut(&mut Self, usize)) {
        self.say("(");
        for place in 0..length {
            self.say(if place > 0 { ", " } else { "" });
            each(self, place);
        }
        self.say(")");
    }

    fn named(&mut self, fields: &[&str], at: impl Fn(&Self, usize) -> BTreeSet<usize>) {
        self.say("{ ");
        for (place, field) in fields.iter().enumerate() {
            self.say(if place > 0 { ", " } else { "" });
            self.say(field);
            self.say(": ");
            let below = at(self, place);
            self.any_of(&below);
        }
        self.say(" }");
    }
}
