//! What is known of a type: its parts as a graph, in which a recursive type is a cycle.

use super::part::{Arm, Content, Kind, Part, Slot};
use std::collections::{BTreeSet, HashMap};

/// The most values that one pass invents, and the deepest that it nests them: types beyond are traced in part.
const VISITS: usize = 100_000;
const DEPTH: usize = 100;

/// The parts of a type, and the walk through them.
#[derive(Debug)]
pub(super) struct Structure {
    parts: Vec<Part>,
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

impl Structure {
    pub(super) const ROOT: Slot = Slot { part: 0, arm: 0, position: 0 };

    pub(super) fn new() -> Structure {
        let mut structure = Structure {
            parts: Vec::new(),
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
        structure.intern("", Kind::Root);
        structure
    }

    pub(super) fn begin_pass(&mut self) {
        self.distances = self.distances();
        self.learnt = false;
        self.failed = false;
        self.visits = 0;
        self.leaves = 0;
        self.last_leaf = None;
        for arm in self.parts.iter_mut().flat_map(|part| &mut part.arms) {
            arm.entered = 0;
        }
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
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
        let parts = &mut self.parts[slot.part].arms[slot.arm].parts;
        if parts.len() <= slot.position {
            parts.resize_with(slot.position + 1, BTreeSet::new);
        }
        self.learnt |= parts[slot.position].insert(part);
        Ok(part)
    }

    /// Notes the content of a variant.
    pub(super) fn note(&mut self, part: usize, arm: usize, content: Content) {
        self.parts[part].arms[arm].content = Some(content);
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
        let next = self.parts.len();
        let part = *self.index.entry((visitor, kind)).or_insert(next);
        if part == next {
            let arms = vec![Arm::default(); kind.arms()];
            self.parts.push(Part { kind, arms });
        }
        part
    }
}

/// The walk: which arm a pass takes, and what it learns when a value is refused.
impl Structure {
    /// Takes an arm: one that was never taken; else the nearest way to one; else the shortest way to an end.
    pub(super) fn choose(&self, part: usize) -> usize {
        let arms = &self.parts[part].arms;
        let nested = arms.iter().any(|arm| arm.entered > 0);
        let new = (0..arms.len()).find(|arm| self.is_open(part, *arm) && arms[*arm].entered == 0);
        let near = || {
            let known = (0..arms.len()).filter(|arm| arms[*arm].height.is_some());
            let distances = known.filter_map(|arm| Some((Self::distance(&arms[arm], &self.distances)?, arm)));
            distances.min().map(|(_, arm)| arm)
        };
        let short = || {
            let heights = (0..arms.len()).filter_map(|arm| Some((arms[arm].height?, arm)));
            heights.min().map(|(_, arm)| arm)
        };
        let any = || (0..arms.len()).filter(|arm| !arms[*arm].refused).min_by_key(|arm| arms[*arm].entered);
        new.or_else(|| if nested { None } else { near() }).or_else(short).or_else(any).unwrap_or(0)
    }

    /// Goes into an arm; returns what [`leave`](Structure::leave) needs.
    pub(super) fn go(&mut self, part: usize, arm: usize, depth: usize) -> usize {
        self.parts[part].arms[arm].entered += 1;
        std::mem::replace(&mut self.deepest, depth)
    }

    /// Comes back out of an arm, with a value or without.
    pub(super) fn leave(&mut self, part: usize, arm: usize, depth: usize, outside: usize, value: bool) {
        let height = self.deepest - depth;
        self.deepest = self.deepest.max(outside);
        let arm = &mut self.parts[part].arms[arm];
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
            let arm = &mut self.parts[part].arms[arm];
            if arm.is_new() {
                arm.refused = true;
                self.learnt = true;
                self.failed = true;
            }
        }
    }

    fn is_open(&self, part: usize, arm: usize) -> bool {
        let part = &self.parts[part];
        let spare = part.kind == Kind::Sequence && arm >= 2 && !part.arms[0].refused;
        part.arms[arm].is_new() && !spare
    }

    fn distance(arm: &Arm, distances: &[Option<usize>]) -> Option<usize> {
        let parts = arm.parts.iter().flatten();
        parts.filter_map(|part| distances.get(*part).copied().flatten()).min()
    }

    fn distances(&self) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.parts.len()];
        loop {
            let before = distances.clone();
            for (number, part) in self.parts.iter().enumerate() {
                for (index, arm) in part.arms.iter().enumerate() {
                    let distance = if self.is_open(number, index) {
                        Some(0)
                    } else {
                        Self::distance(arm, &distances).map(|distance| distance + 1)
                    };
                    let known = distances[number];
                    distances[number] = known.into_iter().chain(distance).min();
                }
            }
            if distances == before {
                return distances;
            }
        }
    }
}

/// The hash.
impl Structure {
    /// A hash of the structure that the root unfolds to, however many parts describe it.
    ///
    /// Each round hashes every part with the hashes of the parts below it. When a round tells no more parts apart, as
    /// many more rounds as there are different parts carry what the farthest one says to the root.
    pub(super) fn hash(&self) -> blake3::Hash {
        let round = |below: &[_]| self.parts.iter().map(|part| part.hash(below)).collect::<Vec<_>>();
        let mut hashes = vec![blake3::Hash::from_bytes([0; 32]); self.parts.len()];
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
