//! The parts of a type.

use std::collections::BTreeSet;

/// What a part of a type asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Root,
    /// A value without parts: `u8`, `str`, `unit`, …
    Leaf(&'static str),
    Option,
    Sequence,
    Map,
    Tuple(usize),
    Struct(&'static [&'static str]),
    Enum(&'static [&'static str]),
}

impl Kind {
    /// How many ways there are to go on below: to hold a value or not, to hold elements or none, each variant.
    pub(super) fn arms(self) -> usize {
        match self {
            Kind::Leaf(_) => 0,
            Kind::Root | Kind::Tuple(_) | Kind::Struct(_) => 1,
            Kind::Option | Kind::Map => 2,
            Kind::Sequence => LENGTHS.len(),
            Kind::Enum(variants) => variants.len(),
        }
    }
}

/// The lengths of the sequences that are tried; those after the second only with types that refuse the first.
pub(super) const LENGTHS: [usize; 5] = [1, 0, 2, 3, 4];

/// The content of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Content {
    Unit,
    Newtype,
    Tuple(usize),
    Struct(&'static [&'static str]),
}

/// A place within a part: the element `position` of its arm `arm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    pub(super) part: usize,
    pub(super) arm: usize,
    pub(super) position: usize,
}

/// A part of a type.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) arms: Vec<Arm>,
}

/// One way to go on below a part.
#[derive(Clone, Debug, Default)]
pub(super) struct Arm {
    pub(super) content: Option<Content>,
    /// By position. A position holds several parts only if a type asks for different things at the same place.
    pub(super) parts: Vec<BTreeSet<usize>>,
    /// The least number of levels of a value that came through it; `None` until one did.
    pub(super) height: Option<usize>,
    /// The type accepts no value that comes through it.
    pub(super) refused: bool,
    /// How often the pass is inside it now.
    pub(super) entered: usize,
}

impl Arm {
    pub(super) fn is_new(&self) -> bool {
        self.height.is_none() && !self.refused
    }
}

impl Part {
    pub(super) fn hash(&self, below: &[blake3::Hash]) -> blake3::Hash {
        let mut text = Text(blake3::Hasher::new());
        match self.kind {
            Kind::Root => text.word("root"),
            Kind::Leaf(name) => text.word(name),
            Kind::Option => text.word("option"),
            Kind::Sequence => text.word("sequence"),
            Kind::Map => text.word("map"),
            Kind::Tuple(length) => text.list("tuple", length, []),
            Kind::Struct(fields) => text.list("struct", fields.len(), fields.iter().copied()),
            Kind::Enum(variants) => text.list("enum", variants.len(), variants.iter().copied()),
        }
        for arm in &self.arms {
            match arm.content {
                None => text.word("arm"),
                Some(Content::Unit) => text.word("unit"),
                Some(Content::Newtype) => text.word("newtype"),
                Some(Content::Tuple(length)) => text.list("tuple", length, []),
                Some(Content::Struct(fields)) => text.list("struct", fields.len(), fields.iter().copied()),
            }
            for parts in &arm.parts {
                let hashes: BTreeSet<_> = parts.iter().map(|part| *below[*part].as_bytes()).collect();
                text.list("part", hashes.len(), []);
                for hash in hashes {
                    text.0.update(&hash);
                }
            }
        }
        text.0.finalize()
    }
}

/// What is hashed of a part: words, each with its length, so that no two texts run into each other.
struct Text(blake3::Hasher);

impl Text {
    fn word(&mut self, word: &str) {
        self.0.update(&(word.len() as u64).to_le_bytes());
        self.0.update(word.as_bytes());
    }

    fn list<'a>(&mut self, word: &str, length: usize, words: impl IntoIterator<Item = &'a str>) {
        self.word(word);
        self.0.update(&(length as u64).to_le_bytes());
        for word in words {
            self.word(word);
        }
    }
}
