//! A sequence of throws of the dice.

use super::dice::mix;

pub(crate) struct Chance {
    seed: u64,
    thrown: u64,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance { seed, thrown: 0 }
    }

    /// A number below `sides`.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        self.thrown += 1;
        let sides = u64::try_from(sides.max(1)).unwrap_or(1);
        usize::try_from(mix(self.seed, self.thrown) % sides).unwrap_or(0)
    }

    /// True so many times out of a hundred.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
