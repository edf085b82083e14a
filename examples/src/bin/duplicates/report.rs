//! What a search has found, for people.

use crate::listing::{File, Skipped};
use crate::search::{Duplicate, Search};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, Table};
use indicatif::{HumanBytes, HumanCount};
use std::cmp::Reverse;
use std::path::Path;

/// Prints the duplicates, `top` sets of them or all if that is 0, and to standard error what was skipped.
pub(crate) fn print(search: &Search, top: usize) {
    let root = Path::new(&search.root);
    let (mut duplicates, changed) = still_there(root, &search.duplicates);
    duplicates.sort_by_key(|files| Reverse(wasted(files)));

    let shown = if top == 0 { duplicates.len() } else { top.min(duplicates.len()) };
    if shown > 0 {
        println!("{}", table(&duplicates[..shown]));
    }
    if shown < duplicates.len() {
        println!("and {} more; `--top 0` shows them all", duplicates.len() - shown);
    }
    let copies: usize = duplicates.iter().map(|files| files.len().saturating_sub(1)).sum();
    println!(
        "Copies too many: {} ({}). Files read: {} ({}) in {}",
        HumanCount(copies as u64),
        HumanBytes(duplicates.iter().map(|files| wasted(files)).sum()),
        HumanCount(search.read as u64),
        HumanBytes(search.bytes),
        root.display(),
    );
    for Skipped { path, reason } in search.skipped.iter().chain(&changed) {
        eprintln!("Skipped {}: {reason}", path.display());
    }
}

/// The duplicates that nobody touched since they were read, which may have been last week, and the files that were.
fn still_there(root: &Path, duplicates: &[Duplicate]) -> (Vec<Vec<File>>, Vec<Skipped>) {
    let mut changed = Vec::new();
    let mut same = Vec::new();
    for duplicate in duplicates {
        let mut files = duplicate.files.clone();
        files.retain(|file| match file.unchanged(root) {
            Ok(()) => true,
            Err(error) => {
                let reason = format!("{error}; search again");
                changed.push(Skipped { path: file.path.clone(), reason });
                false
            }
        });
        if files.len() > 1 {
            same.push(files);
        }
    }
    (same, changed)
}

fn table(duplicates: &[Vec<File>]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["Wasted", "Size", "Files", "Paths"]);
    for files in duplicates {
        let size = files.first().map_or(0, |file| file.size);
        let paths: Vec<_> = files.iter().map(|file| file.path.display().to_string()).collect();
        table.add_row([
            Cell::new(HumanBytes(wasted(files))).set_alignment(CellAlignment::Right),
            Cell::new(HumanBytes(size)).set_alignment(CellAlignment::Right),
            Cell::new(files.len()).set_alignment(CellAlignment::Right),
            Cell::new(paths.join("\n")),
        ]);
    }
    table
}

/// The bytes that are there once more than needed.
fn wasted(files: &[File]) -> u64 {
    files.iter().skip(1).map(|file| file.size).sum()
}
