//! What a program takes on with the runtime: the crates below it, and the time until all of them are built.

use super::package::{Package, runtime};
use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::Session;
use std::collections::BTreeSet;
use std::time::Instant;

const COLUMNS: &[&str] = &["crates", "first build"];

pub(super) fn table(session: &Session) -> Result<Table, Failure> {
    let by_hand = "serde = { version = \"1.0.220\", features = [\"derive\"] }\nbincode = \"=1.3.3\"\n";
    let cases = [
        ("minimal", runtime(", default-features = false")),
        ("default", runtime("")),
        ("sled, serde and bincode, by hand", format!("{by_hand}sled = \"=0.34.7\"")),
        ("with redb, without sled", runtime(", default-features = false, features = [\"redb\"]")),
        ("redb, serde and bincode, by hand", format!("{by_hand}redb = \"4.6\"")),
    ];
    let mut rows = Vec::new();
    for (name, dependencies) in &cases[..session.pick(1, cases.len(), cases.len())] {
        let package = Package::write("first_build", dependencies, "fn main() {}")?;
        let tree = package.cargo(&["tree", "--edges", "normal", "--prefix", "none"])?;
        // One that stands there again is marked with a star.
        let lines = String::from_utf8(tree.stdout)?;
        let crates: BTreeSet<&str> = lines.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        // The package itself is one of them.
        let crates = f64::from(u32::try_from(crates.len().saturating_sub(1))?);
        let package = package.apart()?;
        // What has to be downloaded is no part of it.
        package.cargo(&["fetch", "--quiet"])?;
        let began = Instant::now();
        package.cargo(&[session.pick("check", "build", "build"), "--quiet"])?;
        let first = Figure::time(began.elapsed());
        package.apart()?;
        rows.push(Row::new(*name, [Figure::Count(crates), first]));
    }
    Ok(Table { title: "what a program takes on", columns: COLUMNS, rows })
}
