//! What a drawing is made of, and how large it is.

/// The width of a character of a box, and of two characters of a label; the height of a line.
const CHARACTER: i32 = 8;
const LABEL: i32 = 15;
pub(super) const LINE: i32 = 16;
/// Around what is written in a box, and around the drawing.
pub(super) const PADDING: i32 = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

#[derive(Debug)]
pub(super) enum Shape {
    /// A node, by its index.
    Node {
        index: usize,
        at: Rectangle,
    },
    Terminal {
        at: Rectangle,
        text: &'static str,
    },
    /// A region, by its index.
    Frame {
        index: usize,
        at: Rectangle,
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
    /// Where the arrow into it begins, and where those out of it arrive, from the left.
    pub(super) begins: i32,
    pub(super) ends: Vec<i32>,
}

/// What stands in a row. Without a shape it is where a branch begins or ends.
pub(super) struct Item {
    pub(super) at: Rectangle,
    pub(super) shapes: Vec<Shape>,
}

/// An arrow between two items of one scope.
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Option<String>,
}

impl Link {
    /// How wide its label is.
    pub(super) fn written(&self) -> Option<i32> {
        self.label.as_ref().map(|text| (characters(text) * LABEL + 1) / 2)
    }
}

impl Item {
    pub(super) fn point() -> Item {
        Item { at: Rectangle { x: 0, y: 0, width: 0, height: 0 }, shapes: Vec::new() }
    }

    /// Makes it at least so wide, with what is in it in the middle.
    pub(super) fn widen(&mut self, width: i32) {
        let more = width - self.at.width;
        if more <= 0 {
            return;
        }
        self.at.width = width;
        let mut shapes = std::mem::take(&mut self.shapes).into_iter();
        self.shapes.extend(shapes.next().map(|mut outer| {
            if let Shape::Node { at, .. } | Shape::Terminal { at, .. } | Shape::Frame { at, .. } = &mut outer {
                at.width = width;
            }
            outer
        }));
        self.shapes.extend(shapes.map(|inner| inner.moved(more / 2, 0)));
    }
}

impl Rectangle {
    pub(super) fn middle(self) -> i32 {
        self.x + self.width / 2
    }

    pub(super) fn right(self) -> i32 {
        self.x + self.width
    }

    pub(super) fn bottom(self) -> i32 {
        self.y + self.height
    }
}

impl Shape {
    pub(super) fn moved(mut self, x: i32, y: i32) -> Shape {
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

/// The width of a text in a box.
pub(super) fn wide(text: &str) -> i32 {
    CHARACTER * characters(text)
}

/// How many characters wide a text is; those beyond ASCII may be twice as wide.
fn characters(text: &str) -> i32 {
    text.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum()
}

pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
