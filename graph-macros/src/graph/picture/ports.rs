//! Where arrows touch the boxes that they lead from and to.

use super::rows::{Rows, Way};
use super::shapes::{Item, Link, PADDING, Rectangle};

/// From one arrow to the next.
pub(super) const PORT: i32 = 16;
/// From an arrow to its label.
pub(super) const BESIDE: i32 = 5;

pub(super) struct Ports {
    /// Where each link leaves and arrives: at first beside the left of the box, later in the whole block.
    pub(super) ends: Vec<(i32, i32)>,
    overhangs: Vec<i32>,
}

/// The arrows at one side of a box.
struct Side {
    /// From the left.
    links: Vec<usize>,
    /// How many of them come from the row above, or go to the row below: they stand before the others.
    direct: usize,
}

impl Ports {
    /// Makes the items wide enough for their arrows.
    pub(super) fn of(items: &mut [Item], rows: &Rows, links: &[Link]) -> Ports {
        let mut ports = Ports { ends: vec![(0, 0); links.len()], overhangs: vec![0; items.len()] };
        for (index, item) in items.iter_mut().enumerate() {
            let leaving = Side::of(rows, links, |link| link.from == index, |link| link.to);
            let arriving = Side::of(rows, links, |link| link.to == index, |link| link.from);
            // A label stands at the right of its arrow, and another arrow that arrives has to leave it room.
            let none = |_: usize| 0;
            let labels = |link: usize| links[link].written().map_or(0, |width| width + 2 * BESIDE);
            if item.shapes.is_empty() {
                item.at.width = arriving.span(labels).max(leaving.span(none));
            } else {
                item.widen(arriving.least(labels).max(leaving.least(none)));
            }
            let mut over = 0;
            for (link, x) in leaving.ports(item.at.width, none) {
                ports.ends[link].0 = x;
                if rows.way(&links[link]) != Way::Direct {
                    over = over.max(x + labels(link) - item.at.width);
                }
            }
            for (link, x) in arriving.ports(item.at.width, labels) {
                ports.ends[link].1 = x;
                if rows.way(&links[link]) == Way::Direct {
                    over = over.max(x + labels(link) - item.at.width);
                }
            }
            ports.overhangs[index] = over;
        }
        ports
    }

    /// How far the labels of an item reach beyond it at the right.
    pub(super) fn overhang(&self, item: usize) -> i32 {
        self.overhangs[item]
    }

    /// Takes the items where they stand, and makes arrows straight that could be.
    pub(super) fn settle(&mut self, items: &[Item], rows: &Rows, links: &[Link]) {
        for (end, link) in self.ends.iter_mut().zip(links) {
            *end = (end.0 + items[link.from].at.x, end.1 + items[link.to].at.x);
        }
        for index in 0..links.len() {
            let (link, (from, to)) = (&links[index], self.ends[index]);
            if rows.way(link) != Way::Direct {
                continue;
            }
            let beside = |end: fn(&Link) -> usize, port: fn(&(i32, i32)) -> i32| {
                let of = end(link);
                let others = (0..links.len()).filter(move |&other| other != index && end(&links[other]) == of);
                others.map(|other| port(&self.ends[other])).collect::<Vec<i32>>()
            };
            // A label is beside its arrow where that was put.
            let written = links.iter().any(|other| other.to == link.to && other.label.is_some());
            let (leaving, arriving) = (beside(|link| link.from, |end| end.0), beside(|link| link.to, |end| end.1));
            if free(items[link.from].at, &leaving, PORT / 2, (from, to)) {
                self.ends[index].0 = to;
            } else if !written && free(items[link.to].at, &arriving, PORT, (to, from)) {
                self.ends[index].1 = from;
            }
        }
    }
}

/// Whether an arrow can be moved along the side of a box, with others beside it.
fn free(at: Rectangle, others: &[i32], space: i32, (old, new): (i32, i32)) -> bool {
    let apart = |&other: &i32| (other < old) == (other < new) && (other - new).abs() >= space;
    at.x + PADDING <= new && new <= at.right() - PADDING && others.iter().all(apart)
}

impl Side {
    fn of(rows: &Rows, links: &[Link], here: impl Fn(&Link) -> bool, other: fn(&Link) -> usize) -> Side {
        let mut found: Vec<usize> = (0..links.len()).filter(|&link| here(&links[link])).collect();
        // In this order, arrows that take lanes do not cross each other.
        found.sort_by_key(|&link| {
            let way = rows.way(&links[link]);
            let (rank, length) = match way {
                Way::Direct => (0, 0),
                Way::Down(rows) => (1, rows),
                Way::Up(rows) => (2, -rows),
            };
            (rank, length, rows.column(other(&links[link])))
        });
        let direct = found.iter().filter(|&&link| rows.way(&links[link]) == Way::Direct).count();
        Side { links: found, direct }
    }

    /// From each arrow to the next.
    fn rooms(&self, labels: impl Fn(usize) -> i32) -> Vec<i32> {
        let room =
            |(place, &link): (usize, &usize)| if place + 1 < self.direct { labels(link).max(PORT) } else { PORT };
        let mut rooms: Vec<i32> = self.links.iter().enumerate().map(room).collect();
        rooms.pop();
        rooms
    }

    /// From the first arrow to the last.
    fn span(&self, labels: impl Fn(usize) -> i32) -> i32 {
        self.rooms(labels).iter().sum()
    }

    /// How wide a box has to be. What alone goes straight on stands in the middle.
    fn least(&self, labels: impl Fn(usize) -> i32) -> i32 {
        let span = self.span(labels);
        if self.direct == 1 { 2 * (span + PADDING) } else { span + 2 * PADDING }
    }

    fn ports(&self, width: i32, labels: impl Fn(usize) -> i32) -> Vec<(usize, i32)> {
        let rooms = self.rooms(&labels);
        let alone = self.direct == 1 && width >= self.least(&labels);
        let first = if alone { width / 2 } else { (width - rooms.iter().sum::<i32>()) / 2 };
        let mut x = first;
        let mut rooms = rooms.into_iter();
        let mut port = |&link: &usize| {
            let at = x;
            x += rooms.next().unwrap_or(0);
            (link, at)
        };
        self.links.iter().map(&mut port).collect()
    }
}
