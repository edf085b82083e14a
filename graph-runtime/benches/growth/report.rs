//! The figures as a table.

use std::fmt::Display;
use std::time::Duration;

/// Prints the head of a table.
pub(crate) fn head(title: &str) {
    println!("\n| {title} | figure | target | |\n|---|--:|--:|---|");
}

/// Prints a figure that has no target.
pub(crate) fn row(what: impl Display, figure: impl Display) {
    println!("| {what} | {figure} | | |");
}

/// Prints a figure, and whether it is at most the target.
pub(crate) fn at_most(what: impl Display, figure: f64, target: f64, unit: &str) {
    let met = if figure <= target { "met" } else { "missed" };
    println!("| {what} | {figure:.2} {unit} | ≤ {target:.2} {unit} | {met} |");
}

/// Prints a figure, and whether it is at least the target.
pub(crate) fn at_least(what: impl Display, figure: f64, target: f64, unit: &str) {
    let met = if figure >= target { "met" } else { "missed" };
    println!("| {what} | {figure:.1} {unit} | ≥ {target:.1} {unit} | {met} |");
}

pub(crate) fn time(time: Duration) -> String {
    if time < Duration::from_millis(10) {
        format!("{:.1} µs", time.as_secs_f64() * 1e6)
    } else {
        format!("{:.1} ms", time.as_secs_f64() * 1e3)
    }
}
