//! Where everything stands in a drawing. A scope is a column of rows; a region is a box in it, with its branches side by side.
//!
//! An arrow to the next row goes down, and has its label where it arrives; every other one, forward or back, takes a lane at
//! the right, and has its label where it leaves. `ports` says where arrows touch a box, `tracks` how they go between two rows,
//! `lanes` how they go beside them.

use super::lanes;
use super::ports::Ports;
use super::rows::Rows;
use super::scopes::{Contents, Scopes};
use super::shapes::{Block, Item, LINE, Link, PADDING, Rectangle, Shape, count, wide};
use super::tracks::Gaps;
use super::{Picture, Point};

/// Between what stands side by side.
const SPACE: i32 = 24;

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
    items.extend(contents.nodes.iter().filter_map(|&node| Some(self::node(node, picture.nodes.get(node)?))));
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

fn node(index: usize, node: &super::Node) -> Item {
    let lines = node.lines();
    let width = lines.iter().map(|line| wide(line)).max().unwrap_or(0) + 2 * PADDING + node.margin();
    let at = Rectangle { x: 0, y: 0, width, height: LINE * count(lines.len()) + PADDING };
    Item { at, shapes: vec![Shape::Node { index, at }] }
}

/// A frame with a title, a bar where the branches begin, the branches, and a bar where they have ended.
fn region(picture: &Picture, scopes: &Scopes, index: usize) -> Item {
    let title = picture.regions.get(index).map_or_else(String::new, super::Region::title);
    let branches = scopes.branches(index).iter();
    let branches = branches.map(|branch| scope(picture, scopes, branch, [Item::point(), Item::point()]));
    let branches: Vec<Block> = branches.collect();
    let height = branches.iter().map(|branch| branch.height).max().unwrap_or(0) + PADDING;
    let top = PADDING + LINE;
    let inner = branches.iter().map(|branch| branch.width + SPACE).sum::<i32>() + SPACE;
    let width = inner.max(wide(&title) + 2 * PADDING);
    let (mut x, mut shapes) = (SPACE + (width - inner) / 2, Vec::new());
    let (mut begins, mut ends) = (Vec::new(), Vec::new());
    for branch in branches {
        begins.push(x + branch.begins);
        for end in branch.ends.iter().map(|end| x + end) {
            shapes.push(Shape::Arrow { points: vec![(end, top + branch.height), (end, top + height)], head: true });
            ends.push(end);
        }
        shapes.extend(branch.shapes.into_iter().map(|shape| shape.moved(x, top)));
        x += branch.width + SPACE;
    }
    let bar = |at: &[i32], y| {
        let (least, most) = (at.iter().min().unwrap_or(&0), at.iter().max().unwrap_or(&0));
        Shape::Bar { x: least - PADDING, y, width: most - least + 2 * PADDING }
    };
    shapes.extend([bar(&begins, top), bar(&ends, top + height)]);
    let at = Rectangle { x: 0, y: 0, width, height: top + height + PADDING };
    shapes.insert(0, Shape::Frame { index, at });
    Item { at, shapes }
}

/// Puts the items of a scope in rows and draws the arrows between them.
fn place(mut items: Vec<Item>, links: &[Link]) -> Block {
    let rows = Rows::of(items.len(), links);
    let mut ports = Ports::of(&mut items, &rows, links);
    // What hangs over at the end of a row does not move the row out of the middle.
    let wide = |row: &[usize]| {
        let widths = row.iter().map(|&item| items[item].at.width + ports.overhang(item) + SPACE).sum::<i32>();
        widths - SPACE - row.last().map_or(0, |&last| ports.overhang(last))
    };
    let widths: Vec<i32> = rows.rows.iter().map(|row| wide(row)).collect();
    let widest = widths.iter().copied().max().unwrap_or(0);
    for (row, width) in rows.rows.iter().zip(widths) {
        let mut x = (widest - width) / 2;
        for &item in row {
            items[item].at.x = x;
            x += items[item].at.width + ports.overhang(item) + SPACE;
        }
    }
    ports.settle(&items, &rows, links);
    let gaps = Gaps::of(&rows, links, &mut ports);
    let mut y = 0;
    for (index, row) in rows.rows.iter().enumerate() {
        for &item in row {
            items[item].at.y = y;
        }
        let height = row.iter().map(|&item| items[item].at.height).max().unwrap_or(0);
        y += height + if index + 1 < rows.rows.len() { gaps.height(index) } else { 0 };
    }
    let mut block = lanes::draw(&items, &rows, links, &ports, &gaps);
    let arrives = |(end, link): (&(i32, i32), &Link)| (link.to == items.len() - 1).then_some(end.1);
    block.height = y;
    block.begins = items[0].at.middle();
    block.ends = ports.ends.iter().zip(links).filter_map(arrives).collect();
    for item in items {
        let (x, y) = (item.at.x, item.at.y);
        block.shapes.extend(item.shapes.into_iter().map(|shape| shape.moved(x, y)));
    }
    block
}
