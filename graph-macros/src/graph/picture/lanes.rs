//! The arrows of a scope, and the lanes beside the rows.

use super::ports::{BESIDE, Ports};
use super::rows::{Rows, Way};
use super::shapes::{Block, Item, Link, Rectangle, Shape};
use super::tracks::Gaps;

/// From one lane to the next, and from what stands in the rows to the first.
const LANE: i32 = 14;
const LABEL: i32 = 14;

/// The heights at which an arrow turns.
struct Turns {
    /// Below the row that it leaves.
    leaves: Option<i32>,
    /// Into a lane and out of it.
    lane: Option<(i32, i32)>,
}

/// The arrows and their labels.
pub(super) fn draw(items: &[Item], rows: &Rows, links: &[Link], ports: &Ports, gaps: &Gaps) -> Block {
    let bottom = |row: &Vec<usize>| row.iter().map(|&item| items[item].at.bottom()).max().unwrap_or(0);
    let bottoms: Vec<i32> = rows.rows.iter().map(bottom).collect();
    let right = |row: &Vec<usize>| row.iter().map(|&item| items[item].at.right() + ports.overhang(item)).max();
    let rights: Vec<i32> = rows.rows.iter().map(|row| right(row).unwrap_or(0)).collect();
    let mut block = Block { width: rights.iter().copied().max().unwrap_or(0), ..Block::default() };
    let mut turns = Vec::new();
    for (index, link) in links.iter().enumerate() {
        let (row, (from, to)) = (rows.row(link.from), ports.ends[index]);
        let leaves = gaps.leaves(index).map(|y| bottoms[row] + y);
        let lane = (rows.way(link) != Way::Direct).then(|| {
            let above = rows.row(link.to).saturating_sub(1);
            let arrives = bottoms[above] + gaps.arrives(index).unwrap_or(0);
            (leaves.unwrap_or(arrives), arrives)
        });
        if let (Some(text), Some(width)) = (&link.label, link.written()) {
            let (x, y) = match lane {
                Some((leaves, _)) => (from, leaves - 3),
                None => (to, bottoms[row] + gaps.labels(row)),
            };
            let at = Rectangle { x: x + BESIDE, y: y - LABEL, width, height: LABEL };
            block.shapes.push(Shape::Label { at, text: text.clone() });
        }
        turns.push(Turns { leaves, lane });
    }
    let lanes = lanes(rows, links, &rights, &turns);
    for (index, link) in links.iter().enumerate() {
        let (from, to) = ports.ends[index];
        let mut points = vec![(from, items[link.from].at.bottom())];
        match turns[index] {
            Turns { lane: Some((leaves, arrives)), .. } => {
                let x = lanes[index];
                points.extend([(from, leaves), (x, leaves), (x, arrives), (to, arrives)]);
                block.width = block.width.max(x + 1);
            }
            Turns { leaves: Some(turns), lane: None } => points.extend([(from, turns), (to, turns)]),
            Turns { leaves: None, lane: None } => {}
        }
        points.push((to, items[link.to].at.y));
        points.dedup();
        block.shapes.push(Shape::Arrow { points, head: !items[link.to].shapes.is_empty() });
    }
    block
}

/// Where the lane of each link is: beside the rows that it goes by, as near as others let it.
fn lanes(rows: &Rows, links: &[Link], rights: &[i32], turns: &[Turns]) -> Vec<i32> {
    let mut order: Vec<(usize, i32, i32)> = Vec::new();
    for (link, turns) in turns.iter().enumerate() {
        order.extend(turns.lane.map(|(leaves, arrives)| (link, leaves.min(arrives), leaves.max(arrives))));
    }
    order.sort_by_key(|&(_, top, bottom)| bottom - top);
    let mut lanes = vec![0; links.len()];
    let mut taken: Vec<(i32, i32, i32)> = Vec::new();
    for (link, top, bottom) in order {
        let (from, to) = (rows.row(links[link].from), rows.row(links[link].to));
        let mut x = rights[from.min(to)..=from.max(to)].iter().copied().max().unwrap_or(0) + LANE;
        let meets = |x: i32, other: &(i32, i32, i32)| (other.0 - x).abs() < LANE && other.1 <= bottom && top <= other.2;
        while let Some(other) = taken.iter().filter(|other| meets(x, other)).map(|other| other.0).max() {
            x = other + LANE;
        }
        taken.push((x, top, bottom));
        lanes[link] = x;
    }
    lanes
}
