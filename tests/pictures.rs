//! The pictures of a graph say what the graph does: read by small parsers of their languages, compared with its tables.

#![deny(missing_docs, unreachable_pub, unused, clippy::pedantic)]
#![allow(clippy::unwrap_used, reason = "a test that fails should say where")]
#![allow(clippy::ptr_arg, reason = "an item comes by reference to its own type")]

use graph_runtime::topology::{Kind, Label, Point};
use graph_runtime::{GraphState, NodeName, Topology, Update, graph};
use std::collections::BTreeSet;

/// The text under way.
#[derive(GraphState, Debug)]
pub struct Desk {
    #[reduce(append)]
    notes: Vec<String>,
    draft: String,
}

fn note(_: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().notes(["note".to_owned()])
}

fn read(_: &Desk, list: &String) -> impl Update<Desk> + use<> {
    Desk::update().notes([list.clone()])
}

fn write(_: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().draft("draft")
}

fn lists(desk: &Desk) -> Vec<String> {
    desk.notes.clone()
}

fn worth(desk: &Desk, _: &String) -> Option<usize> {
    desk.notes.first().map(String::len)
}

fn wanted(desk: &Desk) -> bool {
    desk.notes.is_empty()
}

fn verdict(desk: &Desk) -> String {
    desk.draft.clone()
}

fn enter(_: &Desk) -> impl Update<Desk> + use<> {}

fn leave(_: &Desk, checked: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().draft(checked.draft.as_str())
}

graph! {
    /// One node.
    pub graph Checking<Desk>;
    node write;
    start -> write -> end;
}

graph! {
    /// Regions in regions, and patterns that nobody should write.
    pub graph Whole<Desk>;

    #[retry(attempts = 3, backoff = "1ms")]
    node read;
    node plan = note, remember = note, rank = read, r#type = write;
    subgraph check = Checking(enter, leave);

    start -> plan
        -> 'again: (
            #[concurrency(3)] for lists(String) {
                read -> match worth { Some(length) if length > 3 => rank -> join, Some(_) | None => join }
            },
            remember if wanted,
        )
        -> r#type -> check -> match verdict {
            text if text == "\"] --> |x| \\ </svg> `%%{init}%%` \n end" => end,
            _ => 'again,
        };
}

fn sign(_: &Desk, _: &Vec<String>) -> impl Update<Desk> + use<> {}

graph! {
    /// A person decides.
    pub graph Signed<Desk>;
    pause sign(Vec<String>);
    start -> sign -> match verdict { text if text.is_empty() => sign, _ => end };
}

#[test]
fn a_pause_is_no_function_in_any_picture() {
    assert_eq!(Signed::topology().nodes[0].kind, Kind::Pause { reply: "Vec<String>" });
    assert_eq!(mermaid(Signed::MERMAID), expected(Signed::topology()));
    assert_eq!(dot(Signed::DOT), expected(Signed::topology()));
    assert!(Signed::MERMAID.contains(r#"n_sign{{"sign<br/>waits for Vec#60;String#62;"}}"#), "{}", Signed::MERMAID);
    assert!(Signed::DOT.contains("shape=hexagon"), "{}", Signed::DOT);
}

graph! {
    graph Unused<Desk>;
    node note;
    start -> note -> end;
}

#[test]
fn a_graph_whose_pictures_nobody_names_is_as_it_was() {
    let desk = futures_lite::future::block_on(Unused::new().run(())).unwrap();
    assert_eq!(desk.notes, ["note"]);
}

#[test]
fn the_tables_are_those_of_the_graph() {
    let topology: &'static Topology = Whole::topology();
    assert_eq!(topology.name, "Whole");
    let names: Vec<&str> = topology.nodes.iter().map(|node| node.name).collect();
    assert_eq!(names, ["plan", "read", "rank", "remember", "type", "check"]);
    assert_eq!(names, WholeNode::ALL.iter().map(|node| node.name()).collect::<Vec<_>>());

    let node = |name| topology.nodes[names.iter().position(|found| *found == name).unwrap()];
    assert_eq!(node("read").attributes, ["3 attempts"]);
    assert_eq!((node("read").kind, node("check").kind), (Kind::Function, Kind::Subgraph("Checking")));
    let around = |name| topology.around(node(name).scope).map(|scope| (scope.region, scope.branch)).collect::<Vec<_>>();
    assert_eq!(around("rank"), [(1, 0), (0, 0)]);
    assert_eq!(around("remember"), [(0, 1)]);
    assert_eq!(around("plan"), []);

    let [group, items] = topology.regions else { panic!("two regions, not {:?}", topology.regions) };
    assert_eq!((group.label, group.items, items.items), (Some("'again"), None, Some("lists")));
    assert_eq!(group.branches.iter().map(|branch| branch.condition).collect::<Vec<_>>(), [None, Some("wanted")]);
    assert_eq!(items.attributes, ["3 at a time"]);

    let follows = |from, to| topology.edges.iter().find(|edge| edge.from == from && edge.to == to).unwrap().label;
    assert_eq!(follows(Point::Start, Point::Node(0)), None);
    assert_eq!(follows(Point::Node(0), Point::Fork(0)), None);
    assert_eq!(follows(Point::Fork(0), Point::Fork(1)), None);
    assert_eq!(follows(Point::Fork(0), Point::Node(3)), Some(Label::Condition("wanted")));
    let arm = |pattern| Some(Label::Arm { route: Some("worth"), pattern });
    assert_eq!(follows(Point::Node(1), Point::Node(2)), arm("Some(length) if length > 3"));
    assert_eq!(follows(Point::Node(1), Point::Join(1)), arm("Some(_) | None"));
    assert_eq!(follows(Point::Join(0), Point::Node(4)), None);
    assert_eq!(follows(Point::Node(5), Point::Fork(0)), Some(Label::Arm { route: Some("verdict"), pattern: "_" }));
    assert_eq!(topology.edges.len(), 14);
}

/// What both languages call a point.
fn id(topology: &Topology, point: Point) -> String {
    match point {
        Point::Start => "start_".to_owned(),
        Point::End => "end_".to_owned(),
        Point::Node(node) => format!("n_{}", topology.nodes[node].name),
        Point::Fork(region) => format!("r{region}_fork"),
        Point::Join(region) => format!("r{region}_join"),
        _ => panic!("{point:?} has no name"),
    }
}

/// What a parser finds: the ids with the depth of their frame, and the arrows with whether they have a label.
#[derive(Debug, PartialEq)]
struct Found {
    points: BTreeSet<(String, usize)>,
    arrows: BTreeSet<(String, String, bool)>,
}

fn expected(topology: &Topology) -> Found {
    let depth = |scope| topology.around(scope).count();
    let mut points = BTreeSet::from([("start_".to_owned(), 0), ("end_".to_owned(), 0)]);
    for (index, node) in topology.nodes.iter().enumerate() {
        points.insert((id(topology, Point::Node(index)), depth(node.scope)));
    }
    for (index, region) in topology.regions.iter().enumerate() {
        for point in [Point::Fork(index), Point::Join(index)] {
            points.insert((id(topology, point), depth(region.scope) + 1));
        }
    }
    let arrow =
        |edge: &graph_runtime::topology::Edge| (id(topology, edge.from), id(topology, edge.to), edge.label.is_some());
    Found { points, arrows: topology.edges.iter().map(arrow).collect() }
}

/// Takes an id from the front.
fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len()))
}

/// Takes a text in quotes, in which `quoted` says how many bytes of it belong to one character.
fn quoted(text: &str, character: impl Fn(&str) -> Option<usize>) -> &str {
    let mut rest = text.strip_prefix('"').unwrap();
    while !rest.starts_with('"') {
        rest = &rest[character(rest).unwrap_or_else(|| panic!("{rest} does not belong in quotes"))..];
    }
    &rest[1..]
}

/// A character of a Mermaid text: nothing with a meaning, a number in place of it, or a line break.
fn mermaid_character(text: &str) -> Option<usize> {
    if let Some(number) = text.strip_prefix('#') {
        let end = number.find(';')?;
        return number[..end].parse::<u32>().is_ok().then_some(end + 2);
    }
    let first = text.chars().next()?;
    let plain = first.is_alphanumeric() || " _:,.=()[]'…".contains(first);
    if plain { Some(first.len_utf8()) } else { text.starts_with("<br/>").then_some(5) }
}

fn mermaid(text: &str) -> Found {
    let mut found = Found { points: BTreeSet::new(), arrows: BTreeSet::new() };
    let mut depth = 0;
    let mut lines = text.lines().map(str::trim);
    assert_eq!(lines.next(), Some("flowchart TD"));
    for line in lines {
        let (first, rest) = word(line);
        if line == "end" {
            depth -= 1;
        } else if first == "subgraph" {
            let (_, rest) = word(rest.trim());
            assert_eq!(quoted(rest.strip_prefix('[').unwrap(), mermaid_character), "]");
            depth += 1;
        } else if let Some(rest) = rest.strip_prefix(" -->") {
            let label = rest.strip_prefix('|');
            let to = label.map_or(rest, |label| quoted(label, mermaid_character).strip_prefix('|').unwrap());
            let (to, rest) = word(to.strip_prefix(' ').unwrap());
            assert_eq!(rest, "");
            found.arrows.insert((first.to_owned(), to.to_owned(), label.is_some()));
        } else {
            let open = rest.find('"').unwrap();
            let close = quoted(&rest[open..], mermaid_character);
            assert!(
                [("([", "])"), ("[", "]"), ("[[", "]]"), ("((", "))"), ("{{", "}}")].contains(&(&rest[..open], close)),
                "{line}"
            );
            found.points.insert((first.to_owned(), depth));
        }
    }
    assert_eq!(depth, 0);
    found
}

/// A character of a text of Graphviz: a backslash and what follows it, or anything else.
fn dot_character(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix('\\') {
        return rest.starts_with(['"', '\\', 'n']).then_some(2);
    }
    text.chars().next().map(char::len_utf8)
}

fn dot(text: &str) -> Found {
    let mut found = Found { points: BTreeSet::new(), arrows: BTreeSet::new() };
    let mut depth = 0;
    let mut lines = text.lines().map(str::trim);
    assert_eq!(quoted(lines.next().unwrap().strip_prefix("digraph ").unwrap(), dot_character), " {");
    for line in lines {
        let (first, rest) = word(line);
        let rest = rest.trim_start();
        match first {
            "" => {
                assert_eq!(line, "}");
                depth -= 1;
            }
            "subgraph" => {
                assert!(rest.starts_with("cluster_") && rest.ends_with(" {"), "{line}");
                depth += 1;
            }
            "label" => assert_eq!(quoted(&rest[1..], dot_character), ";"),
            "newrank" => assert_eq!(rest, "=true;"),
            "node" => assert_eq!(rest, "[shape=box, style=rounded];"),
            _ => {
                let (to, rest) = rest.strip_prefix("-> ").map_or(("", rest), word);
                let label = rest.trim_start().strip_prefix("[label=").map(|label| quoted(label, dot_character));
                assert!(label.is_none_or(|rest| rest.ends_with("];")) && line.ends_with(';'), "{line}");
                if to.is_empty() {
                    found.points.insert((first.to_owned(), usize::try_from(depth).unwrap()));
                } else {
                    found.arrows.insert((first.to_owned(), to.to_owned(), label.is_some()));
                }
            }
        }
    }
    assert_eq!(depth, -1);
    found
}

#[test]
fn mermaid_draws_what_the_tables_say() {
    assert_eq!(mermaid(Whole::MERMAID), expected(Whole::topology()));
    assert_eq!(mermaid(Checking::MERMAID), expected(Checking::topology()));
}

#[test]
fn graphviz_draws_what_the_tables_say() {
    assert_eq!(dot(Whole::DOT), expected(Whole::topology()));
    assert_eq!(dot(Checking::DOT), expected(Checking::topology()));
}
