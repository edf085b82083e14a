//! How much code a graph is: the machine code of a release build, above that of the same functions without the graph.

use super::package::{Package, runtime};
use super::program::{Use, chain};
use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::Session;
use object::{Object, ObjectSection, SectionKind};

const COLUMNS: &[&str] = &["plain functions", "run in memory, above", "a node", "in a store, above", "a node "];

const RELEASE: (&str, &[&str]) = ("release", &["build", "--quiet", "--release"]);

pub(super) fn table(session: &Session) -> Result<Table, Failure> {
    let mut rows = Vec::new();
    let mut first: Option<(f64, [f64; 2])> = None;
    for &nodes in session.pick(&[2, 10][..], &[10, 100, 1_000], &[10, 100, 1_000]) {
        let plain = bytes(session, "plain_functions", Use::Calls, nodes)?;
        let above = [
            bytes(session, "run_in_memory", Use::Run(chain), nodes)? - plain,
            bytes(session, "run_in_store", Use::Store(chain), nodes)? - plain,
        ];
        let count = f64::from(u32::try_from(nodes)?);
        // What the engine is to any graph is in the shortest one, so that the others show what a node adds.
        let (few, least) = *first.get_or_insert((count, above));
        let each = |way: usize| match count - few {
            0.0 => Figure::None,
            more => Figure::Bytes((above[way] - least[way]) / more),
        };
        let figures = [Figure::Bytes(plain), Figure::Bytes(above[0]), each(0), Figure::Bytes(above[1]), each(1)];
        rows.push(Row::new(format!("a chain of {nodes} nodes"), figures));
    }
    Ok(Table { title: "machine code", columns: COLUMNS, rows })
}

/// The bytes of code in the executable.
fn bytes(session: &Session, name: &str, usage: Use, nodes: usize) -> Result<f64, Failure> {
    let package = Package::write(name, &runtime(""), &usage.program(nodes)?)?;
    let (build, words) = session.pick(("debug", &["build", "--quiet"][..]), RELEASE, RELEASE);
    package.cargo(words)?;
    let executable = std::fs::read(package.executable(build))?;
    let sections = object::File::parse(&*executable)?
        .sections()
        .map(|section| match section.kind() {
            SectionKind::Text => section.size(),
            _ => 0,
        })
        .sum::<u64>();
    Ok(f64::from(u32::try_from(sections)?))
}
