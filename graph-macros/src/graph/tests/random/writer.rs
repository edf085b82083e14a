//! Random texts of sound graphs.

use std::fmt::Write as _;

/// Writes sound graphs: everything is reached, and every loop has a way out.
pub(in crate::graph) struct Writer {
    random: u64,
    nodes: usize,
    regions: usize,
    /// What a top-level jump named before the text placed it.
    later: Vec<String>,
}

/// Where a chain stands.
#[derive(Clone, Copy, PartialEq)]
enum Home {
    Graph,
    Branch,
}

impl Writer {
    pub(in crate::graph) fn new(seed: u64) -> Writer {
        Writer { random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15), nodes: 0, regions: 0, later: Vec::new() }
    }

    /// A number below `below`, by xorshift.
    fn number(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from((self.random >> 33) % below as u64).expect("a small number")
    }

    pub(in crate::graph) fn graph(&mut self) -> String {
        let mut known = Vec::new();
        let chain = self.stages(3, &mut known);
        let mut text = format!("start -> {chain}{};\n", self.ending(2, &mut known, Home::Graph, &[]));
        while let Some(name) = self.later.pop() {
            known.push(name.clone());
            let first = if name.starts_with('\'') {
                format!("{name}: ({})", self.branch(1))
            } else if self.number(2) == 0 {
                format!("{name} -> {}", self.stages(1, &mut known))
            } else {
                name
            };
            writeln!(text, "{first}{};", self.ending(1, &mut known, Home::Graph, &[])).expect("a string grows");
        }
        for node in 0..self.nodes {
            match self.number(6) {
                0 => writeln!(text, "subgraph n{node} = Child(enter, leave);"),
                _ => writeln!(text, "node n{node};"),
            }
            .expect("a string grows");
        }
        text
    }

    fn node(&mut self) -> String {
        self.nodes += 1;
        format!("n{}", self.nodes - 1)
    }

    fn full(&self) -> bool {
        self.nodes >= 9
    }

    /// One to three stages, which become `known` to the jumps of their branch.
    fn stages(&mut self, depth: usize, known: &mut Vec<String>) -> String {
        let (mut text, mut new) = (Vec::new(), Vec::new());
        for _ in 0..=self.number(if self.full() { 1 } else { 3 }) {
            if depth == 0 || self.full() || self.number(2) == 0 {
                let node = self.node();
                text.push(node.clone());
                new.push(node);
            } else {
                let (region, label) = self.region(depth - 1);
                text.push(region);
                new.extend(label);
            }
        }
        known.append(&mut new);
        text.join(" -> ")
    }

    fn region(&mut self, depth: usize) -> (String, Option<String>) {
        self.regions += 1;
        let label = (self.number(2) == 0).then(|| format!("'r{}", self.regions));
        let prefix = label.as_ref().map_or_else(String::new, |label| format!("{label}: "));
        if self.number(3) == 0 {
            let chain = self.branch(depth);
            return (format!("{prefix}for items(Item) {{ {chain} }}"), label);
        }
        let branches: Vec<String> = (0..=self.number(3))
            .map(|_| {
                let chain = self.branch(depth);
                if self.number(3) == 0 { format!("{chain} if wanted") } else { chain }
            })
            .collect();
        (format!("{prefix}({})", branches.join(", ")), label)
    }

    fn branch(&mut self, depth: usize) -> String {
        let mut known = Vec::new();
        let chain = self.stages(depth, &mut known);
        match self.number(3) {
            0 => chain,
            _ => format!("{chain}{}", self.ending(depth, &mut known, Home::Branch, &[])),
        }
    }

    /// How a chain ends: it leaves, chooses, or jumps to what stands `before` it. Its own stages would be a loop that
    /// nothing leaves.
    fn ending(&mut self, depth: usize, known: &mut Vec<String>, home: Home, before: &[String]) -> String {
        let exit = if home == Home::Graph { "end" } else { "join" };
        match self.number(4) {
            0 => format!(" -> {exit}"),
            1 if !before.is_empty() => format!(" -> {}", before[self.number(before.len())]),
            _ => {
                let mut arms = vec![format!("P0 => {exit}")];
                for arm in 1..=self.number(3) {
                    arms.push(format!("P{arm} => {}", self.arm(depth, known, home, exit)));
                }
                format!(" -> match route {{ {} }}", arms.join(", "))
            }
        }
    }

    fn arm(&mut self, depth: usize, known: &mut Vec<String>, home: Home, exit: &str) -> String {
        match self.number(4) {
            0 if !known.is_empty() => known[self.number(known.len())].clone(),
            1 if home == Home::Graph && !self.full() => {
                let name = if self.number(2) == 0 {
                    self.node()
                } else {
                    self.regions += 1;
                    format!("'r{}", self.regions)
                };
                self.later.push(name.clone());
                name
            }
            2 | 3 if depth > 0 && !self.full() => {
                let before = known.clone();
                let chain = self.stages(depth - 1, known);
                format!("{chain}{}", self.ending(depth - 1, known, home, &before))
            }
            _ => exit.to_owned(),
        }
    }
}
