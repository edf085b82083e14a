//! Rounds: the floor and the graph, timed in turns.

use crate::Failure;
use crate::report::{Figure, Row};
use crate::session::{Session, Size};
use std::time::Duration;

/// The columns of a case.
pub(crate) const COLUMNS: &[&str] = &["by hand", "graph", "above it", "ratio (quartiles)"];

/// A graph and the code by hand that does the same work.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// How many nodes one call runs.
    pub(crate) nodes: u32,
    /// How many rounds are worth one that is asked for: short rounds come cheap, and more of them are undisturbed.
    pub(crate) rounds: usize,
    pub(crate) target: Target,
    /// Opens what both need.
    pub(crate) open: Box<dyn FnOnce() -> Result<Pair, Failure>>,
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

impl Case {
    /// Times the rounds; the figures are medians, per node.
    pub(crate) fn measure(self, session: &Session) -> Result<Row, Failure> {
        let Pair { mut floor, mut graph } = (self.open)()?;
        let nodes = f64::from(self.nodes);
        let nanos = |time: Duration| time.as_secs_f64() * 1e9 / nodes;
        let (mut floors, mut graphs) = (Vec::new(), Vec::new());
        let rounds = if session.size == Size::Trial { 2 } else { self.rounds * session.pick(0, 30, 60) };
        // One round more than that: the first warms up.
        for round in 0..=rounds {
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
        let above = quartiles(pairs().map(|(floor, graph)| graph - floor))[1];
        let times = quartiles(pairs().map(|(floor, graph)| graph / floor));
        let figures = [
            Figure::Nanos(quartiles(floors.iter().copied())[1]),
            Figure::Nanos(quartiles(graphs.iter().copied())[1]),
            Figure::Nanos(above),
            Figure::Spread(times),
        ];
        let row = Row::new(self.name, figures);
        Ok(match self.target {
            Target::Above(nanos) => row.target(format!("≤ {} above", Figure::Nanos(nanos)), above <= nanos),
            Target::Times(bound) => row.at_most(times[1], Figure::Times(bound)),
        })
    }
}

pub(crate) fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values.get(values.len() * quarter / 4).copied().unwrap_or(f64::NAN))
}
