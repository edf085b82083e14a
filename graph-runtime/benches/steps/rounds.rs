//! Rounds: the floor and the graph, timed in turns.

use std::error::Error;
use std::time::Duration;

/// A graph and the code by hand that does the same work.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// How many nodes one call runs.
    pub(crate) nodes: u32,
    /// How many rounds are worth one that is asked for: short rounds come cheap, and more of them are undisturbed.
    pub(crate) rounds: usize,
    pub(crate) target: Target,
    /// Opens what both need.
    pub(crate) open: Box<dyn FnOnce() -> Result<Pair, Box<dyn Error>>>,
}

/// The two that are compared: each call runs once and says how long it took.
pub(crate) struct Pair {
    pub(crate) floor: Run,
    pub(crate) graph: Run,
}

/// One side of a [`Pair`].
pub(crate) type Run = Box<dyn FnMut() -> Duration>;

/// What the graph may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// At most so many nanoseconds a node above the floor.
    Above(f64),
    /// At most so many times the floor.
    Times(f64),
}

/// What was measured: nanoseconds a node, medians over the rounds.
pub(crate) struct Figures {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    pub(crate) floor: f64,
    pub(crate) graph: f64,
    /// The median of the rounds' differences.
    pub(crate) above: f64,
    /// The quartiles of the rounds' ratios.
    pub(crate) times: [f64; 3],
}

impl Case {
    /// Times the rounds.
    pub(crate) fn measure(self, rounds: usize) -> Result<Figures, Box<dyn Error>> {
        let Pair { mut floor, mut graph } = (self.open)()?;
        let nodes = f64::from(self.nodes);
        let nanos = |time: Duration| time.as_secs_f64() * 1e9 / nodes;
        let (mut floors, mut graphs) = (Vec::new(), Vec::new());
        // One round more than asked for: the first warms up.
        for round in 0..=rounds * self.rounds {
            // Each goes first in every other round, so that neither always finds the caches of the other.
            let (floor, graph) = if round % 2 == 0 {
                let floor = floor();
                (floor, graph())
            } else {
                let graph = graph();
                (floor(), graph)
            };
            if round > 0 {
                floors.push(nanos(floor));
                graphs.push(nanos(graph));
            }
        }
        let pairs = || floors.iter().zip(&graphs);
        Ok(Figures {
            name: self.name,
            target: self.target,
            above: quartiles(pairs().map(|(floor, graph)| graph - floor))[1],
            times: quartiles(pairs().map(|(floor, graph)| graph / floor)),
            floor: quartiles(floors.iter().copied())[1],
            graph: quartiles(graphs.iter().copied())[1],
        })
    }
}

impl Figures {
    pub(crate) fn met(&self) -> bool {
        match self.target {
            Target::Above(nanos) => self.above <= nanos,
            Target::Times(times) => self.times[1] <= times,
        }
    }
}

fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values.get(values.len() * quarter / 4).copied().unwrap_or(f64::NAN))
}
