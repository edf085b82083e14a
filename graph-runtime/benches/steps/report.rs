//! The figures as a table for the README, and as JSON.

use crate::rounds::{Figures, Target};
use std::fmt::Write;

pub(crate) fn table(figures: &[Figures]) -> String {
    let mut table = String::from(
        "| a node of | by hand | graph | above it | ratio (quartiles) | target | |\n\
         |---|--:|--:|--:|--:|--:|---|\n",
    );
    for figure in figures {
        let [low, ratio, high] = figure.times;
        let target = match figure.target {
            Target::Above(nanos) => format!("≤ {nanos} ns above"),
            Target::Times(times) => format!("≤ {times}×"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {ratio:.2} ({low:.2}–{high:.2}) | {target} | {} |",
            figure.name,
            time(figure.floor),
            time(figure.graph),
            time(figure.above),
            if figure.met() { "met" } else { "missed" },
        );
    }
    table
}

pub(crate) fn json(figures: &[Figures]) -> String {
    let cases: Vec<_> = figures
        .iter()
        .map(|figure| {
            serde_json::json!({
                "name": figure.name,
                "floor_ns": figure.floor,
                "graph_ns": figure.graph,
                "above_ns": figure.above,
                "ratio": figure.times[1],
                "ratio_quartiles": [figure.times[0], figure.times[2]],
                "met": figure.met(),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(cases))
}

fn time(nanos: f64) -> String {
    if nanos.abs() < 1000.0 { format!("{nanos:.1} ns") } else { format!("{:.1} µs", nanos / 1000.0) }
}
