//! Writes the random programs as `graph!`s. The tests make the same programs from the same seed, as data.

#[allow(dead_code, reason = "some of it is for the tests alone")]
#[path = "src/program/mod.rs"]
mod program;
#[allow(dead_code, reason = "some of it is for the tests alone")]
#[path = "src/writer.rs"]
mod writer;

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let number = |name: &str, otherwise: u64| {
        println!("cargo::rerun-if-env-changed={name}");
        env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    };
    let (seed, count) = (number("GRAPH_TESTS_SEED", 1), number("GRAPH_TESTS_GRAPHS", 40));
    for file in ["build.rs", "src/program", "src/writer.rs"] {
        println!("cargo::rerun-if-changed={file}");
    }
    println!("cargo::rustc-env=GRAPH_RANDOM_SEED={seed}");
    println!("cargo::rustc-env=GRAPH_RANDOM_COUNT={count}");
    let directory = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&directory).join("graphs.rs"), writer::write(&program::programs(seed, count)))
}
