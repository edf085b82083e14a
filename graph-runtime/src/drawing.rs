//! A graph's drawing as `graph!` makes it, and the marks that are put on it.

use std::fmt::Write as _;

/// A drawing, and where everything stands in it: left, top, width and height.
#[derive(Debug)]
pub struct Drawing {
    /// Without its end.
    pub svg: &'static str,
    /// By node.
    pub nodes: &'static [[i32; 4]],
    /// By region.
    pub regions: &'static [[i32; 4]],
    /// The end.
    pub end: [i32; 4],
}

/// Colours that can be told from light and dark pages, and that white letters can be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Blue,
    Amber,
    Red,
    Green,
    Grey,
}

impl Colour {
    fn code(self) -> &'static str {
        match self {
            Colour::Blue => "#2f74d0",
            Colour::Amber => "#b0720a",
            Colour::Red => "#d13438",
            Colour::Green => "#2d8a4a",
            Colour::Grey => "#6e7681",
        }
    }
}

/// Half of the height of a badge, and how far one reaches out at the left.
const HALF: i32 = 8;
const OUT: i32 = 10;

/// A drawing that is being marked.
///
/// Marks hold numbers and words of this crate: nothing of a state comes into a picture.
pub(crate) struct Marked(String);

impl Marked {
    pub(crate) fn new(drawing: &Drawing) -> Marked {
        Marked(drawing.svg.to_owned())
    }

    /// Puts a coloured border around a place.
    pub(crate) fn border(&mut self, [x, y, width, height]: [i32; 4], colour: Colour) {
        let (x, y, width, height, colour) = (x - 3, y - 3, width + 6, height + 6, colour.code());
        self.put(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\" stroke=\"{colour}\" \
             stroke-width=\"2.5\" fill=\"{colour}\" fill-opacity=\"0.12\"/>"
        ));
    }

    /// Puts a badge on the upper left corner of a place, where no arrow leads that takes a lane.
    pub(crate) fn above(&mut self, [x, y, ..]: [i32; 4], colour: Colour, text: &str) {
        self.badge(x - OUT, y - HALF - 3, colour, text);
    }

    /// Puts badges on its lower left corner, one beside the other.
    pub(crate) fn below(&mut self, [x, y, _, height]: [i32; 4], badges: &[(Colour, String)]) {
        let mut x = x - OUT;
        for (colour, text) in badges {
            x += self.badge(x, y + height - HALF + 4, *colour, text) + 2;
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.push_str("</svg>");
        self.0
    }

    /// Returns how wide it is.
    fn badge(&mut self, x: i32, y: i32, colour: Colour, text: &str) -> i32 {
        let width = i32::try_from(text.chars().count()).unwrap_or(0) * 7 + 10;
        let (middle, line, height, colour) = (x + width / 2, y + HALF + 4, 2 * HALF, colour.code());
        self.put(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{HALF}\" stroke=\"none\" \
             fill=\"{colour}\"/><text x=\"{middle}\" y=\"{line}\" fill=\"#fff\" stroke=\"none\" font-size=\"11\" \
             text-anchor=\"middle\">{text}</text>"
        ));
        width
    }

    fn put(&mut self, mark: std::fmt::Arguments<'_>) {
        // A string takes everything.
        let _ = self.0.write_fmt(mark);
    }
}
