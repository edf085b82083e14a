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
        let Pair { floor, graph } = (self.open)()?;
        let figures = turns(session, &mut [floor, graph], self.rounds, self.nodes);
        let [floors, graphs] = figures.as_slice() else { return Err("two runs have two figures".into()) };
        let pairs = || floors.iter().zip(graphs);
        let above = quartiles(pairs().map(|(floor, graph)| graph - floor))[1];
        let times = ratios(graphs, floors);
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

/// Times runs in turns: the nanoseconds a node of each, round by round. `rounds` as in [`Case`].
pub(crate) fn turns(session: &Session, runs: &mut [Run], rounds: usize, nodes: u32) -> Vec<Vec<f64>> {
    let rounds = if session.size == Size::Trial { 2 } else { rounds * session.pick(0, 30, 60) };
    let mut figures = vec![Vec::new(); runs.len()];
    // One round more than that: the first warms up.
    for round in 0..=rounds {
        for place in 0..runs.len() {
            // Each comes before and after each other one, so that none always finds the same caches.
            let run = if round % 2 == 0 { place } else { runs.len() - 1 - place };
            let took = runs[run]();
            if round > 0 {
                figures[run].push(took.as_secs_f64() * 1e9 / f64::from(nodes));
            }
        }
    }
    figures
}

/// The quartiles of how many times longer one run took than the other, of rounds next to each other.
pub(crate) fn ratios(runs: &[f64], floors: &[f64]) -> [f64; 3] {
    quartiles(runs.iter().zip(floors).map(|(run, floor)| run / floor))
}

pub(crate) fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values.get(values.len() * quarter / 4).copied().unwrap_or(f64::NAN))
}
