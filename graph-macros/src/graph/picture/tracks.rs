//! The ways of the arrows between the rows and beside them.

use super::layout::{Block, Item, Link, PADDING, Rectangle, Shape, count, wide};
use super::rows::Row;

const TRACK: i32 = 18;
const LANE: i32 = 14;

/// Where each arrow leaves and arrives, and what it needs in between.
pub(super) struct Tracks {
    ways: Vec<Way>,
    /// How many tracks there are below each row.
    between: Vec<usize>,
}

struct Way {
    /// The row that it leaves and the one that it leads to.
    rows: (usize, usize),
    from: i32,
    to: i32,
    /// Its track below the row that it leaves.
    leaves: Option<usize>,
    /// If it takes a lane: its track above the row that it leads to.
    arrives: Option<usize>,
}

impl Tracks {
    pub(super) fn of(items: &[Item], rows: &[Row], links: &[Link]) -> Tracks {
        let mut row_of = vec![0; items.len()];
        for (index, row) in rows.iter().enumerate() {
            for &item in row {
                row_of[item] = index;
            }
        }
        let direct = |link: &Link| row_of[link.to] == row_of[link.from] + 1;
        // At an item, arrows to the left stand left, and those that take a lane at the right.
        let order = |mut found: Vec<usize>, other: fn(&Link) -> usize| {
            found.sort_by_key(|&link| (!direct(&links[link]), items[other(&links[link])].at.middle()));
            found
        };
        let mut ways: Vec<Way> = links
            .iter()
            .map(|link| Way { rows: (row_of[link.from], row_of[link.to]), from: 0, to: 0, leaves: None, arrives: None })
            .collect();
        for (index, item) in items.iter().enumerate() {
            let at = |end: fn(&Link) -> usize| (0..links.len()).filter(|&link| end(&links[link]) == index).collect();
            let leaving = order(at(|link| link.from), |link| link.to);
            let arriving = order(at(|link| link.to), |link| link.from);
            let straight = |found: &[usize]| found.iter().filter(|&&link| direct(&links[link])).count();
            for (port, &link) in leaving.iter().enumerate() {
                ways[link].from = self::port(item.at, port, leaving.len(), straight(&leaving));
            }
            for (port, &link) in arriving.iter().enumerate() {
                ways[link].to = self::port(item.at, port, arriving.len(), straight(&arriving));
            }
        }
        let mut between = vec![0; rows.len()];
        let mut take = |row: usize| {
            between[row] += 1;
            between[row] - 1
        };
        // The one furthest to the right turns first, so that it crosses no label.
        let mut sorted: Vec<usize> = (0..links.len()).collect();
        sorted.sort_by_key(|&link| -ways[link].from);
        for link in sorted {
            let lane = !direct(&links[link]);
            let way = &mut ways[link];
            if lane || links[link].label.is_some() || way.from != way.to {
                way.leaves = Some(take(way.rows.0));
            }
        }
        for way in &mut ways {
            if way.rows.1 != way.rows.0 + 1 {
                way.arrives = Some(take(way.rows.1.saturating_sub(1)));
            }
        }
        Tracks { ways, between }
    }

    /// How many tracks there are below a row.
    pub(super) fn between(&self, row: usize) -> usize {
        self.between.get(row).copied().unwrap_or(0)
    }

    /// The arrows and their labels, beside rows that are `widest` wide.
    pub(super) fn draw(&self, items: &[Item], rows: &[Row], links: &[Link], widest: i32) -> Block {
        let bottom = |row: &Row| row.iter().map(|&item| items[item].at.bottom()).max().unwrap_or(0);
        let bottoms: Vec<i32> = rows.iter().map(bottom).collect();
        let track = |row: usize, track: usize| bottoms[row] + TRACK * (count(track) + 1);
        let mut block = Block { width: widest, ..Block::default() };
        for (way, link) in self.ways.iter().zip(links) {
            if let (Some(text), Some(leaves)) = (&link.label, way.leaves) {
                let y = track(way.rows.0, leaves) - TRACK + 3;
                let at = Rectangle { x: way.from + 5, y, width: wide(text), height: TRACK - 5 };
                block.width = block.width.max(at.x + at.width);
                block.shapes.push(Shape::Label { at, text: text.clone() });
            }
        }
        let mut lanes: Vec<Vec<(i32, i32)>> = Vec::new();
        let edge = block.width;
        let mut by_length: Vec<usize> = (0..links.len()).collect();
        by_length.sort_by_key(|&link| self.ways[link].rows.0.abs_diff(self.ways[link].rows.1));
        for link in by_length {
            let (way, Link { from, to, .. }) = (&self.ways[link], &links[link]);
            let (begin, end) = ((way.from, items[*from].at.bottom()), (way.to, items[*to].at.y));
            let mut points = vec![begin];
            if let Some(leaves) = way.leaves {
                let y = track(way.rows.0, leaves);
                points.push((way.from, y));
                if let Some(arrives) = way.arrives {
                    let above = track(way.rows.1.saturating_sub(1), arrives);
                    let x = edge + LANE * lane(&mut lanes, (y.min(above), y.max(above)));
                    block.width = block.width.max(x + PADDING / 2);
                    points.extend([(x, y), (x, above), (way.to, above)]);
                } else {
                    points.push((way.to, y));
                }
            }
            points.push(end);
            points.dedup();
            block.shapes.push(Shape::Arrow { points, head: items[*to].at.width > 0 });
        }
        block
    }
}

/// The first lane in which nothing else goes by there, from 1.
fn lane(lanes: &mut Vec<Vec<(i32, i32)>>, (top, bottom): (i32, i32)) -> i32 {
    let free = |lane: &Vec<(i32, i32)>| lane.iter().all(|other| other.1 < top || bottom < other.0);
    let index = lanes.iter().position(free).unwrap_or(lanes.len());
    if index == lanes.len() {
        lanes.push(Vec::new());
    }
    lanes[index].push((top, bottom));
    count(index) + 1
}

/// Where the arrows of an item stand at its border; a point has one place. One that goes straight on stands in the middle,
/// and those that take a lane to its right.
fn port(at: Rectangle, port: usize, ports: usize, straight: usize) -> i32 {
    let (x, width, port, ports) = match (straight, port) {
        (1, 0) => return at.middle(),
        (0 | 1, _) => (at.middle(), at.width - at.width / 2, port - straight, ports - straight),
        _ => (at.x, at.width, port, ports),
    };
    x + width * (count(port) + 1) / (count(ports) + 1)
}
