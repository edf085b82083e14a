//! A group of four branches in a loop, against the same four calls by hand.

use super::{case, run, timed};
use crate::rounds::{Case, Pair};
use futures_lite::future::{block_on, yield_now, zip};
use graph_runtime::{GraphState, Update, graph};

/// How often the group runs.
const TURNS: u32 = 250;
const BRANCHES: u32 = 4;

/// What a branch may cost above the call, in nanoseconds: it is a task, and opening and joining the group are shared by four.
const ABOVE: f64 = 250.0;

/// The same, where each waits in memory of its own and with a waker of its own.
const WAITING: f64 = 600.0;

#[derive(Debug, Default, GraphState)]
struct Round {
    left: u64,
    north: u64,
    east: u64,
    south: u64,
    west: u64,
}

fn example() -> Round {
    Round { left: TURNS.into(), ..Round::default() }
}

fn mixed(value: u64, round: &Round) -> u64 {
    value.wrapping_mul(31).wrapping_add(round.left)
}

/// The four branches: as functions and as `async` ones that wait for their turn.
macro_rules! branches {
    ($module:ident, ($($function:tt)+), $($turn:tt)*) => {
        mod $module {
            use super::*;

            $($function)+ north(round: &Round) -> impl Update<Round> + use<> {
                $($turn)*
                Round::update().north(mixed(round.north, round)).left(round.left - 1)
            }

            $($function)+ east(round: &Round) -> impl Update<Round> + use<> {
                $($turn)*
                Round::update().east(mixed(round.east, round))
            }

            $($function)+ south(round: &Round) -> impl Update<Round> + use<> {
                $($turn)*
                Round::update().south(mixed(round.south, round))
            }

            $($function)+ west(round: &Round) -> impl Update<Round> + use<> {
                $($turn)*
                Round::update().west(mixed(round.west, round))
            }

            fn done(round: &Round) -> bool {
                round.left == 0
            }

            graph! {
                pub(super) graph Grouped<Round>;

                node north, east, south, west;

                start -> 'all: (north, east, south, west) -> match done {
                    true => end,
                    false => 'all,
                };
            }
        }
    };
}

branches!(plain, (fn),);
branches!(waiting, (async fn), yield_now().await;);

pub(super) fn cases() -> Vec<Case> {
    let nodes = BRANCHES * TURNS;
    vec![
        case("a group of 4 × `fn`", nodes, ABOVE, || Pair {
            floor: timed(example, by_hand),
            graph: run(plain::Grouped::builder(), example),
        }),
        case("a group of 4 × `async fn` that waits, by hand `zip`", nodes, WAITING, || Pair {
            floor: timed(example, |round| block_on(zipped(round))),
            graph: run(waiting::Grouped::builder(), example),
        }),
    ]
}

fn by_hand(mut round: Round) -> Round {
    while round.left > 0 {
        let north = mixed(round.north, &round);
        let east = mixed(round.east, &round);
        let south = mixed(round.south, &round);
        let west = mixed(round.west, &round);
        round = Round { left: round.left - 1, north, east, south, west };
    }
    round
}

async fn zipped(mut round: Round) -> Round {
    let later = async |value: u64, round: &Round| {
        yield_now().await;
        mixed(value, round)
    };
    while round.left > 0 {
        let upper = zip(later(round.north, &round), later(round.east, &round));
        let lower = zip(later(round.south, &round), later(round.west, &round));
        let ((north, east), (south, west)) = zip(upper, lower).await;
        round = Round { left: round.left - 1, north, east, south, west };
    }
    round
}
