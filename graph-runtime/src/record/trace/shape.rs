//! What is known of a type: its parts as a graph, in which a recursive type is a cycle.

use std::collections::{BTreeSet, HashMap};

/// The most values that one pass invents, and the deepest that it nests them: types beyond are traced in part.
const VISITS: usize = 100_000;
const DEPTH: usize = 100;

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
    fn arms(self) -> usize {
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
    pub(super) shape: usize,
    pub(super) arm: usize,
    pub(super) position: usize,
}

/// A part of a type.
#[derive(Debug)]
struct Shape {
    kind: Kind,
    arms: Vec<Arm>,
}

/// One way to go on below a part.
#[derive(Clone, Debug, Default)]
struct Arm {
    content: Option<Content>,
    /// By position. A position holds several parts only if a type asks for different things at the same place.
    parts: Vec<BTreeSet<usize>>,
    /// The least number of levels of a value that came through it; `None` until one did.
    height: Option<usize>,
    /// The type accepts no value that comes through it.
    refused: bool,
    /// How often the pass is inside it now.
    entered: usize,
}

impl Arm {
    fn is_new(&self) -> bool {
        self.height.is_none() && !self.refused
    }
}

/// The parts of a type, and the walk through them.
#[derive(Debug)]
pub(super) struct Shapes {
    shapes: Vec<Shape>,
    /// The visitor's type tells parts apart that look alike. It never enters the hash.
    index: HashMap<(&'static str, Kind), usize>,
    /// Which invented value a leaf gets, where it refused the first.
    candidates: HashMap<Slot, usize>,
    /// The type asks the bytes what they hold.
    pub(super) asks_bytes: bool,

    // Of the current pass:
    /// How many choices away from each part something is left to see.
    distances: Vec<Option<usize>>,
    learnt: bool,
    failed: bool,
    visits: usize,
    deepest: usize,
    leaves: usize,
    last_leaf: Option<(Slot, usize)>,
}

/// The pass cannot go on, for a reason that no other invented value changes.
#[derive(Debug)]
pub(super) struct Stuck;

impl Shapes {
    pub(super) const ROOT: Slot = Slot { shape: 0, arm: 0, position: 0 };

    pub(super) fn new() -> Shapes {
        let mut shapes = Shapes {
            shapes: Vec::new(),
            index: HashMap::new(),
            candidates: HashMap::new(),
            asks_bytes: false,
            distances: Vec::new(),
            learnt: false,
            failed: false,
            visits: 0,
            deepest: 0,
            leaves: 0,
            last_leaf: None,
        };
        shapes.intern("", Kind::Root);
        shapes
    }

    pub(super) fn begin_pass(&mut self) {
        self.distances = self.distances();
        self.learnt = false;
        self.failed = false;
        self.visits = 0;
        self.leaves = 0;
        self.last_leaf = None;
        for arm in self.shapes.iter_mut().flat_map(|shape| &mut shape.arms) {
            arm.entered = 0;
        }
    }

    /// Whether the pass saw or tried anything for the first time.
    pub(super) fn learnt(&self) -> bool {
        self.learnt
    }

    /// Notes that the part in `slot` asks for `kind`; returns the part.
    pub(super) fn enter(
        &mut self,
        slot: Slot,
        visitor: &'static str,
        kind: Kind,
        depth: usize,
    ) -> Result<usize, Stuck> {
        self.visits += 1;
        self.deepest = self.deepest.max(depth);
        if self.visits > VISITS || depth > DEPTH {
            self.failed = true;
            return Err(Stuck);
        }
        let part = self.intern(visitor, kind);
        let parts = &mut self.shapes[slot.shape].arms[slot.arm].parts;
        if parts.len() <= slot.position {
            parts.resize_with(slot.position + 1, BTreeSet::new);
        }
        self.learnt |= parts[slot.position].insert(part);
        Ok(part)
    }

    /// Notes the content of a variant.
    pub(super) fn note(&mut self, shape: usize, arm: usize, content: Content) {
        self.shapes[shape].arms[arm].content = Some(content);
    }

    /// Which of `count` invented values the leaf in `slot` gets.
    pub(super) fn candidate(&mut self, slot: Slot, count: usize) -> usize {
        self.leaves += 1;
        self.last_leaf = Some((slot, count));
        let candidate = self.candidates.get(&slot).copied().unwrap_or(0);
        // After the last one comes the first again, for good.
        if candidate < count { candidate } else { 0 }
    }

    fn intern(&mut self, visitor: &'static str, kind: Kind) -> usize {
        let next = self.shapes.len();
        let part = *self.index.entry((visitor, kind)).or_insert(next);
        if part == next {
            let arms = vec![Arm::default(); kind.arms()];
            self.shapes.push(Shape { kind, arms });
        }
        part
    }
}

/// The walk: which arm a pass takes, and what it learns when a value is refused.
impl Shapes {
    /// Takes an arm: one that was never taken; else the nearest way to one; else the shortest way to an end.
    pub(super) fn choose(&self, part: usize) -> usize {
        let arms = &self.shapes[part].arms;
        let nested = arms.iter().any(|arm| arm.entered > 0);
        let new = (0..arms.len()).find(|arm| self.is_open(part, *arm) && arms[*arm].entered == 0);
        let near = || {
            let known = (0..arms.len()).filter(|arm| arms[*arm].height.is_some());
            let distances = known.filter_map(|arm| Some((self.distance(&arms[arm], &self.distances)?, arm)));
            distances.min().map(|(_, arm)| arm)
        };
        let short = || {
            let heights = (0..arms.len()).filter_map(|arm| Some((arms[arm].height?, arm)));
            heights.min().map(|(_, arm)| arm)
        };
        let any = || (0..arms.len()).filter(|arm| !arms[*arm].refused).min_by_key(|arm| arms[*arm].entered);
        new.or_else(|| if nested { None } else { near() }).or_else(short).or_else(any).unwrap_or(0)
    }

    /// Goes into an arm; returns what [`leave`](Shapes::leave) needs.
    pub(super) fn go(&mut self, part: usize, arm: usize, depth: usize) -> usize {
        self.shapes[part].arms[arm].entered += 1;
        std::mem::replace(&mut self.deepest, depth)
    }

    /// Comes back out of an arm, with a value or without.
    pub(super) fn leave(&mut self, part: usize, arm: usize, depth: usize, outside: usize, value: bool) {
        let height = self.deepest - depth;
        self.deepest = self.deepest.max(outside);
        let arm = &mut self.shapes[part].arms[arm];
        arm.entered -= 1;
        if value {
            self.learnt |= arm.height.is_none();
            arm.height = Some(arm.height.map_or(height, |least| least.min(height)));
        }
    }

    /// How many leaves the pass has met so far.
    pub(super) fn leaves(&self) -> usize {
        self.leaves
    }

    /// Learns from a refused value: its last leaf, if it has met one since there were `leaves`, gets another value the
    /// next time; when there is none left, the `arm` is not taken any more.
    pub(super) fn refuse(&mut self, leaves: usize, arm: Option<(usize, usize)>) {
        if self.failed || self.asks_bytes {
            return;
        }
        if let Some((slot, count)) = self.last_leaf
            && self.leaves > leaves
        {
            let candidate = self.candidates.entry(slot).or_insert(0);
            if *candidate < count {
                *candidate += 1;
                self.learnt = true;
                self.failed = true;
                return;
            }
        }
        if let Some((part, arm)) = arm {
            let arm = &mut self.shapes[part].arms[arm];
            if arm.is_new() {
                arm.refused = true;
                self.learnt = true;
                self.failed = true;
            }
        }
    }

    fn is_open(&self, part: usize, arm: usize) -> bool {
        let shape = &self.shapes[part];
        let spare = shape.kind == Kind::Sequence && arm >= 2 && !shape.arms[0].refused;
        shape.arms[arm].is_new() && !spare
    }

    fn distance(&self, arm: &Arm, distances: &[Option<usize>]) -> Option<usize> {
        let parts = arm.parts.iter().flatten();
        parts.filter_map(|part| distances.get(*part).copied().flatten()).min()
    }

    fn distances(&self) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.shapes.len()];
        loop {
            let before = distances.clone();
            for (part, shape) in self.shapes.iter().enumerate() {
                for (index, arm) in shape.arms.iter().enumerate() {
                    let distance = if self.is_open(part, index) {
                        Some(0)
                    } else {
                        self.distance(arm, &distances).map(|distance| distance + 1)
                    };
                    let known = distances[part];
                    distances[part] = known.into_iter().chain(distance).min();
                }
            }
            if distances == before {
                return distances;
            }
        }
    }
}

/// The hash.
impl Shapes {
    /// A hash of the structure that the root unfolds to, however many parts describe it.
    ///
    /// Each round hashes every part with the hashes of the parts below it. When a round tells no more parts apart, as
    /// many more rounds as there are different parts carry what the farthest one says to the root.
    pub(super) fn hash(&self) -> blake3::Hash {
        let round = |below: &[_]| self.shapes.iter().map(|shape| shape.hash(below)).collect::<Vec<_>>();
        let mut hashes = vec![blake3::Hash::from_bytes([0; 32]); self.shapes.len()];
        let mut different = 0;
        loop {
            hashes = round(&hashes);
            let now = hashes.iter().map(blake3::Hash::as_bytes).collect::<BTreeSet<_>>().len();
            if now == different {
                break;
            }
            different = now;
        }
        for _ in 0..different {
            hashes = round(&hashes);
        }
        hashes[0]
    }
}

impl Shape {
    fn hash(&self, below: &[blake3::Hash]) -> blake3::Hash {
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
