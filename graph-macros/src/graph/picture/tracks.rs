//! How arrows go between two rows. Each that turns has a track of its own there: first those that leave for a lane, then those
//! that go to the next row, then the labels of those, then those that arrive from a lane.

use super::ports::{PORT, Ports};
use super::rows::{Rows, Way};
use super::shapes::Link;

const TRACK: i32 = 12;
/// The track of an arrow with a label above it.
const WRITTEN: i32 = 20;
/// The room of the labels that stand where arrows arrive.
const LABELS: i32 = 18;
/// At the least from the last track to the next row.
const ARROW: i32 = 24;

/// The heights of all tracks, from the bottom of the row above them.
pub(super) struct Gaps {
    tracks: Vec<Tracks>,
    heights: Vec<i32>,
    labels: Vec<i32>,
}

/// The tracks of a link.
#[derive(Clone, Copy, Default)]
struct Tracks {
    leaves: Option<i32>,
    arrives: Option<i32>,
}

impl Gaps {
    /// Moves arrows a little that would lie on each other.
    pub(super) fn of(rows: &Rows, links: &[Link], ports: &mut Ports) -> Gaps {
        let mut gaps = Gaps {
            tracks: vec![Tracks::default(); links.len()],
            heights: vec![ARROW; rows.rows.len()],
            labels: Vec::new(),
        };
        for row in 0..rows.rows.len() {
            let (mut leaving, mut direct, mut arriving) = (Vec::new(), Vec::new(), Vec::new());
            for (index, link) in links.iter().enumerate() {
                let lane = rows.way(link) != Way::Direct;
                match rows.row(link.from) == row {
                    true if lane => leaving.push(index),
                    true => direct.push(index),
                    false => {}
                }
                if lane && rows.row(link.to) == row + 1 || lane && rows.row(link.to) == 0 && row == 0 {
                    arriving.push(index);
                }
            }
            let mut y = 0;
            // The one furthest to the right turns first, so that it crosses no label and none of the others.
            leaving.sort_by_key(|&link| -ports.ends[link].0);
            for link in leaving {
                y += if links[link].label.is_some() { WRITTEN } else { TRACK };
                gaps.tracks[link].leaves = Some(y);
            }
            let turned = direct.iter().copied().filter(|&link| ports.ends[link].0 != ports.ends[link].1).collect();
            let levels = levels(turned, &mut ports.ends);
            for &(link, level) in &levels {
                gaps.tracks[link].leaves = Some(y + TRACK * (level + 1));
            }
            y += TRACK * levels.iter().map(|(_, level)| level + 1).max().unwrap_or(0);
            y += if direct.iter().any(|&link| links[link].label.is_some()) { LABELS } else { 0 };
            gaps.labels.push(y);
            // What arrives furthest to the left comes in above the others.
            arriving.sort_by_key(|&link| ports.ends[link].1);
            for link in arriving {
                y += TRACK;
                gaps.tracks[link].arrives = Some(y);
            }
            gaps.heights[row] = y + ARROW;
        }
        gaps
    }

    /// How much room there is below a row.
    pub(super) fn height(&self, row: usize) -> i32 {
        self.heights[row]
    }

    /// The line on which the labels of what arrives in the next row stand.
    pub(super) fn labels(&self, row: usize) -> i32 {
        self.labels[row]
    }

    /// Where a link turns below the row that it leaves.
    pub(super) fn leaves(&self, link: usize) -> Option<i32> {
        self.tracks[link].leaves
    }

    /// Where a link that took a lane turns, below the row above the one that it leads to.
    pub(super) fn arrives(&self, link: usize) -> Option<i32> {
        self.tracks[link].arrives
    }
}

/// Gives each of the links that turn a track, the fewest that do. Links to the right turn from the right on, then links to the
/// left from the left on, which is how they cross least.
fn levels(mut turned: Vec<usize>, ends: &mut [(i32, i32)]) -> Vec<(usize, i32)> {
    turned.sort_by_key(|&link| {
        let (from, to) = ends[link];
        if to > from { (0, -from) } else { (1, from) }
    });
    let mut levels: Vec<(usize, i32)> = Vec::new();
    while !turned.is_empty() {
        // What leaves where another one arrives has to be above it.
        let blocked = |link: usize, ends: &[(i32, i32)]| {
            let above = |&&other: &&usize| other != link && (ends[other].0 - ends[link].1).abs() < PORT / 2;
            turned.iter().find(above).copied()
        };
        let place = turned.iter().position(|&link| blocked(link, ends).is_none()).unwrap_or(0);
        let link = turned[place];
        if let Some(other) = blocked(link, ends) {
            // Each would have to be above the other.
            ends[link].1 += if ends[link].1 < ends[other].0 { -PORT / 2 } else { PORT / 2 };
        }
        turned.remove(place);
        let between = |link: usize| (ends[link].0.min(ends[link].1), ends[link].0.max(ends[link].1));
        let own = between(link);
        let meets = |other: usize| {
            let other = between(other);
            own.0 < other.1 + PORT / 2 && other.0 < own.1 + PORT / 2
        };
        let under = levels.iter().filter(|(other, _)| meets(*other)).map(|(_, level)| level + 1).max();
        levels.push((link, under.unwrap_or(0)));
    }
    levels
}
