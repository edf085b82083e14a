//! Which row each item of a scope stands in: below all that lead forward to it.

use super::shapes::{Link, count};

pub(super) struct Rows {
    /// The items of each row, from left to right.
    pub(super) rows: Vec<Vec<usize>>,
    /// The row and the column of each item.
    places: Vec<(usize, usize)>,
}

/// How an arrow goes, and past how many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To the next row.
    Direct,
    Down(i32),
    Up(i32),
}

impl Rows {
    /// The first item has the first row for itself, the last one the last row.
    pub(super) fn of(items: usize, links: &[Link]) -> Rows {
        let rows = rows(items, links);
        let mut places = vec![(0, 0); items];
        for (index, row) in rows.iter().enumerate() {
            for (column, &item) in row.iter().enumerate() {
                places[item] = (index, column);
            }
        }
        Rows { rows, places }
    }

    pub(super) fn row(&self, item: usize) -> usize {
        self.places[item].0
    }

    pub(super) fn column(&self, item: usize) -> usize {
        self.places[item].1
    }

    pub(super) fn way(&self, link: &Link) -> Way {
        let (from, to) = (count(self.row(link.from)), count(self.row(link.to)));
        match to - from {
            1 => Way::Direct,
            rows if rows > 1 => Way::Down(rows),
            rows => Way::Up(-rows),
        }
    }
}

fn rows(items: usize, links: &[Link]) -> Vec<Vec<usize>> {
    let mut follows = vec![Vec::new(); items];
    for link in links {
        follows[link.from].push(link.to);
    }
    let mut visit = Visit { follows, state: vec![State::New; items], left: Vec::new(), back: Vec::new() };
    // What nothing leads to is in a graph with mistakes only.
    (0..items).rev().for_each(|item| visit.item(if item == items - 1 { 0 } else { item }));
    if !visit.left.contains(&(items - 1)) {
        visit.left.insert(0, items - 1);
    }
    let last = items - 1;
    let mut ranks = vec![0; items];
    for &item in visit.left.iter().rev() {
        if item != 0 {
            ranks[item] = ranks[item].max(1);
        }
        for &next in &visit.follows[item] {
            if !visit.back.contains(&(item, next)) {
                ranks[next] = ranks[next].max(ranks[item] + 1);
            }
        }
    }
    ranks[last] =
        ranks.iter().enumerate().filter(|(item, _)| *item != last).map(|(_, rank)| rank + 1).max().unwrap_or(1);
    let mut rows = vec![Vec::new(); ranks[last] + 1];
    for &item in visit.left.iter().rev() {
        rows[ranks[item]].push(item);
    }
    rows.retain(|row| !row.is_empty());
    rows
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Left,
}

/// A walk from the first item, which finds what leads back.
struct Visit {
    follows: Vec<Vec<usize>>,
    state: Vec<State>,
    /// In the order in which the walk left them: reversed, each item stands before those that follow it.
    left: Vec<usize>,
    back: Vec<(usize, usize)>,
}

impl Visit {
    /// Drawn graphs are small, so that the depth of the calls is.
    fn item(&mut self, item: usize) {
        if self.state[item] != State::New {
            return;
        }
        self.state[item] = State::Open;
        // The first arm is left last, and so stands first.
        for next in self.follows[item].clone().into_iter().rev() {
            if self.state[next] == State::Open {
                self.back.push((item, next));
            } else {
                self.item(next);
            }
        }
        self.state[item] = State::Left;
        self.left.push(item);
    }
}
