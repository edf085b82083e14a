//! What was measured: tables for people, JSON for programs.

use serde_json::{Map, Value, json};
use std::fmt::{Display, Formatter, Result, Write};
use std::process::Command;
use std::time::Duration;

/// All tables of a run, and what they were measured on.
pub(crate) struct Report {
    machine: String,
    command: String,
    pub(crate) tables: Vec<Table>,
}

/// Figures of one kind.
pub(crate) struct Table {
    /// A few words above it.
    pub(crate) title: &'static str,
    /// What the columns are, beside the case and the target.
    pub(crate) columns: &'static [&'static str],
    pub(crate) rows: Vec<Row>,
}

/// One case.
pub(crate) struct Row {
    case: String,
    figures: Vec<Figure>,
    /// What was wanted, and whether it is so.
    target: Option<(String, bool)>,
}

/// A number and what it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Figure {
    /// Not measured, or without a meaning in this case.
    None,
    Nanos(f64),
    Bytes(f64),
    PerSecond(f64),
    Count(f64),
    Times(f64),
    /// The quartiles of ratios.
    Spread([f64; 3]),
}

impl Report {
    pub(crate) fn new() -> Report {
        let command = std::iter::once("cargo bench -p graph-benches --".to_owned())
            .chain(std::env::args().skip(1).filter(|word| word != "--bench"))
            .collect::<Vec<_>>()
            .join(" ");
        Report { machine: machine(), command, tables: Vec::new() }
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("`{}`, {}\n", self.command, self.machine);
        for table in &self.tables {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{table}");
        }
        text
    }

    pub(crate) fn json(&self) -> String {
        let tables: Vec<Value> = self.tables.iter().map(Table::json).collect();
        format!("{:#}\n", json!({ "command": self.command, "machine": self.machine, "tables": tables }))
    }
}

impl Table {
    fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let figures = self.columns.iter().zip(&row.figures).filter_map(|(column, figure)| {
                let (number, unit) = figure.json()?;
                Some(((*column).to_owned(), json!({ "value": number, "unit": unit })))
            });
            let target = row.target.as_ref().map(|(wanted, met)| json!({ "wanted": wanted, "met": met }));
            json!({ "case": row.case, "figures": figures.collect::<Map<_, _>>(), "target": target })
        });
        json!({ "title": self.title, "rows": rows.collect::<Vec<_>>() })
    }
}

impl Display for Table {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "| {} |", self.title)?;
        for column in self.columns {
            write!(out, " {column} |")?;
        }
        let targets = self.rows.iter().any(|row| row.target.is_some());
        let target = if targets { " target | |" } else { "" };
        writeln!(out, "{target}\n|---|{}{}", "--:|".repeat(self.columns.len()), if targets { "--:|---|" } else { "" })?;
        for row in &self.rows {
            write!(out, "| {} |", row.case)?;
            for figure in &row.figures {
                write!(out, " {figure} |")?;
            }
            match &row.target {
                Some((wanted, met)) => writeln!(out, " {wanted} | {} |", if *met { "met" } else { "missed" })?,
                None => writeln!(out, "{}", if targets { " | |" } else { "" })?,
            }
        }
        Ok(())
    }
}

impl Row {
    pub(crate) fn new(case: impl Into<String>, figures: impl Into<Vec<Figure>>) -> Row {
        Row { case: case.into(), figures: figures.into(), target: None }
    }

    /// With a bound that a figure must not exceed; both are of one kind.
    pub(crate) fn at_most(self, figure: f64, bound: Figure) -> Row {
        self.target(format!("≤ {bound}"), figure <= bound.number())
    }

    /// With a bound that a figure must reach; both are of one kind.
    pub(crate) fn at_least(self, figure: f64, bound: Figure) -> Row {
        self.target(format!("≥ {bound}"), figure >= bound.number())
    }

    /// With what was wanted, in words, and whether it is so.
    pub(crate) fn target(mut self, wanted: String, met: bool) -> Row {
        self.target = Some((wanted, met));
        self
    }
}

impl Figure {
    pub(crate) fn time(time: Duration) -> Figure {
        Figure::Nanos(time.as_secs_f64() * 1e9)
    }

    fn number(self) -> f64 {
        match self {
            Figure::None => f64::NAN,
            Figure::Nanos(number)
            | Figure::Bytes(number)
            | Figure::PerSecond(number)
            | Figure::Count(number)
            | Figure::Times(number)
            | Figure::Spread([_, number, _]) => number,
        }
    }

    fn json(self) -> Option<(Value, &'static str)> {
        let unit = match self {
            Figure::None => return None,
            Figure::Nanos(_) => "ns",
            Figure::Bytes(_) => "B",
            Figure::PerSecond(_) => "1/s",
            Figure::Count(_) => "1",
            Figure::Times(_) => "times",
            Figure::Spread(quartiles) => return Some((json!(quartiles), "times, quartiles")),
        };
        Some((json!(self.number()), unit))
    }
}

impl Display for Figure {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let scaled = |out: &mut Formatter<'_>, number: f64, units: &[(f64, &str)]| {
            let fits = units.iter().find(|(unit, _)| number.abs() >= *unit).or(units.last());
            let (unit, name) = fits.copied().unwrap_or((1.0, ""));
            let number = number / unit;
            let digits = if number.abs() < 10.0 { 2 } else { usize::from(number.abs() < 100.0) };
            write!(out, "{number:.digits$} {name}")
        };
        match *self {
            Figure::None => Ok(()),
            Figure::Nanos(nanos) => scaled(out, nanos, &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")]),
            Figure::Bytes(bytes) => scaled(out, bytes, &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")]),
            Figure::PerSecond(rate) => write!(out, "{rate:.0}/s"),
            Figure::Count(count) => write!(out, "{count}"),
            Figure::Times(times) => write!(out, "{times:.2}×"),
            Figure::Spread([low, middle, high]) => write!(out, "{middle:.2}× ({low:.2}–{high:.2})"),
        }
    }
}

/// What this runs on, as far as it can be told.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(": ")?.1.to_owned())
    });
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let parts = [
        Some(format!("{cores} cores")),
        model,
        said("uname", &["-sr"]),
        said("rustc", &["--version"]),
        said("git", &["rev-parse", "--short", "HEAD"]).map(|commit| format!("commit {commit}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
