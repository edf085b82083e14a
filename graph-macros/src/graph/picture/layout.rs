//! Where everything stands in a drawing. A scope is a column of rows; a region is a box in it, with its branches side by side.
//!
//! An arrow to the next row goes straight down; every other one, forward or back, takes a lane at the right. Between two rows
//! each arrow that turns or says something has a track of its own, so that no label stands on another.

use super::rows::{self, Row};
use super::scopes::{Contents, Scopes};
use super::{Picture, Point};

/// The width of a character and the height of a line.
pub(super) const CHARACTER: i32 = 8;
pub(super) const LINE: i32 = 16;
const TRACK: i32 = 18;
/// Around what is written in a box, and between boxes and lanes.
pub(super) const PADDING: i32 = 12;
const SPACE: i32 = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

#[derive(Debug)]
pub(super) enum Shape {
    Node {
        at: Rectangle,
        lines: Vec<String>,
        double: bool,
    },
    Terminal {
        at: Rectangle,
        text: &'static str,
    },
    Frame {
        at: Rectangle,
        title: String,
    },
    /// Where branches begin or have come to their end.
    Bar {
        x: i32,
        y: i32,
        width: i32,
    },
    Arrow {
        points: Vec<(i32, i32)>,
        head: bool,
    },
    Label {
        at: Rectangle,
        text: String,
    },
}

/// A part of the drawing.
#[derive(Default)]
pub(super) struct Block {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) shapes: Vec<Shape>,
    /// The middle of its first row and of its last one.
    pub(super) ends: (i32, i32),
}

/// What stands in a row.
pub(super) struct Item {
    pub(super) at: Rectangle,
    shapes: Vec<Shape>,
}

/// An arrow between two items of one scope.
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Option<String>,
}

/// The whole graph.
pub(super) fn layout(picture: &Picture) -> Block {
    let scopes = Scopes::of(picture);
    let terminal = |text: &'static str| {
        let at = Rectangle { x: 0, y: 0, width: wide(text) + 2 * PADDING, height: LINE + PADDING };
        Item { at, shapes: vec![Shape::Terminal { at, text }] }
    };
    scope(picture, &scopes, scopes.graph(), [terminal("start"), terminal("end")])
}

fn scope(picture: &Picture, scopes: &Scopes, contents: &Contents, [start, end]: [Item; 2]) -> Block {
    let mut items = vec![start];
    items.extend(contents.nodes.iter().filter_map(|&node| Some(self::node(picture.nodes.get(node)?))));
    items.extend(contents.regions.iter().map(|&region| self::region(picture, scopes, region)));
    items.push(end);
    let last = items.len() - 1;
    let index = |point: Point| match point {
        Point::Start => 0,
        Point::End => last,
        Point::Node(node) => contents.nodes.iter().position(|found| *found == node).map_or(last, |place| place + 1),
        Point::Fork(region) | Point::Join(region) => {
            let place = contents.regions.iter().position(|found| *found == region);
            let own = if matches!(point, Point::Fork(_)) { 0 } else { last };
            place.map_or(own, |place| 1 + contents.nodes.len() + place)
        }
    };
    let edges = contents.edges.iter().filter_map(|&edge| picture.edges.get(edge));
    let link = |edge: &super::Edge| Link {
        from: index(edge.from),
        to: index(edge.to),
        label: edge.label.as_ref().map(super::Label::words),
    };
    let links: Vec<Link> = edges.map(link).collect();
    place(items, &links)
}

fn node(node: &super::Node) -> Item {
    let lines = node.lines();
    let width = lines.iter().map(|line| wide(line)).max().unwrap_or(0) + 2 * PADDING;
    let at = Rectangle { x: 0, y: 0, width, height: LINE * count(lines.len()) + PADDING };
    Item { at, shapes: vec![Shape::Node { at, lines, double: node.graph.is_some() }] }
}

/// A frame with a title, a bar where the branches begin, the branches, and a bar where they have ended.
fn region(picture: &Picture, scopes: &Scopes, index: usize) -> Item {
    let title = picture.regions.get(index).map_or_else(String::new, super::Region::title);
    let nothing = || Item { at: Rectangle { x: 0, y: 0, width: 0, height: 0 }, shapes: Vec::new() };
    let branches = scopes.branches(index).iter().map(|branch| scope(picture, scopes, branch, [nothing(), nothing()]));
    let branches: Vec<Block> = branches.collect();
    let height = branches.iter().map(|branch| branch.height).max().unwrap_or(0) + PADDING;
    let top = PADDING + LINE;
    let inner = branches.iter().map(|branch| branch.width + SPACE).sum::<i32>() + SPACE;
    let width = inner.max(wide(&title) + 2 * PADDING);
    let (mut x, mut shapes, mut bars) = (SPACE + (width - inner) / 2, Vec::new(), Vec::new());
    for branch in branches {
        let (begins, ends) = (x + branch.ends.0, x + branch.ends.1);
        shapes.push(Shape::Arrow { points: vec![(ends, top + branch.height), (ends, top + height)], head: true });
        shapes.extend(branch.shapes.into_iter().map(|shape| shape.moved(x, top)));
        bars.push((begins, ends));
        x += branch.width + SPACE;
    }
    let bar = |at: fn(&(i32, i32)) -> i32, y| {
        let (least, most) = (bars.iter().map(at).min().unwrap_or(0), bars.iter().map(at).max().unwrap_or(0));
        Shape::Bar { x: least - PADDING, y, width: most - least + 2 * PADDING }
    };
    shapes.extend([bar(|bar| bar.0, top), bar(|bar| bar.1, top + height)]);
    let at = Rectangle { x: 0, y: 0, width, height: top + height + PADDING };
    shapes.insert(0, Shape::Frame { at, title });
    Item { at, shapes }
}

/// Puts the items of a scope in rows and draws the arrows between them.
fn place(mut items: Vec<Item>, links: &[Link]) -> Block {
    let rows = rows::rows(items.len(), links);
    for (index, item) in items.iter_mut().enumerate() {
        let ports = |end: fn(&Link) -> usize| count(links.iter().filter(|link| end(link) == index).count());
        let least = (ports(|link| link.from).max(ports(|link| link.to)) + 1) * 2 * PADDING;
        if item.at.width > 0 && item.at.width < least {
            item.widen(least);
        }
    }
    let wide = |row: &Row| row.iter().map(|&item| items[item].at.width + SPACE).sum::<i32>() - SPACE;
    let widest = rows.iter().map(wide).max().unwrap_or(0);
    let starts: Vec<i32> = rows.iter().map(|row| (widest - wide(row)) / 2).collect();
    for (row, start) in rows.iter().zip(starts) {
        let mut x = start;
        for &item in row {
            items[item].at.x = x;
            x += items[item].at.width + SPACE;
        }
    }
    let tracks = super::tracks::Tracks::of(&items, &rows, links);
    let mut y = 0;
    for (index, row) in rows.iter().enumerate() {
        for &item in row {
            items[item].at.y = y;
        }
        y += row.iter().map(|&item| items[item].at.height).max().unwrap_or(0);
        y += if index + 1 < rows.len() { TRACK * count(tracks.between(index)) + SPACE } else { 0 };
    }
    let mut block = tracks.draw(&items, &rows, links, widest);
    block.height = y;
    block.ends = (items[0].at.middle(), items[items.len() - 1].at.middle());
    for item in items {
        let (x, y) = (item.at.x, item.at.y);
        block.shapes.extend(item.shapes.into_iter().map(|shape| shape.moved(x, y)));
    }
    block
}

impl Item {
    fn widen(&mut self, width: i32) {
        self.at.width = width;
        if let Some(Shape::Node { at, .. } | Shape::Terminal { at, .. } | Shape::Frame { at, .. }) =
            self.shapes.first_mut()
        {
            at.width = width;
        }
    }
}

impl Rectangle {
    pub(super) fn middle(self) -> i32 {
        self.x + self.width / 2
    }

    pub(super) fn bottom(self) -> i32 {
        self.y + self.height
    }
}

impl Shape {
    fn moved(mut self, x: i32, y: i32) -> Shape {
        match &mut self {
            Shape::Node { at, .. } | Shape::Terminal { at, .. } | Shape::Frame { at, .. } | Shape::Label { at, .. } => {
                at.x += x;
                at.y += y;
            }
            Shape::Bar { x: bar_x, y: bar_y, .. } => {
                *bar_x += x;
                *bar_y += y;
            }
            Shape::Arrow { points, .. } => points.iter_mut().for_each(|point| *point = (point.0 + x, point.1 + y)),
        }
        self
    }
}

/// The width of a text; characters beyond ASCII may be twice as wide.
pub(super) fn wide(text: &str) -> i32 {
    text.chars().map(|character| if character.is_ascii() { CHARACTER } else { 2 * CHARACTER }).sum()
}

pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
