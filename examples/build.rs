//! Cuts the first program out of the README, so that `src/bin/readme.rs` is that program and nothing else.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let readme = "../README.md";
    println!("cargo::rerun-if-changed={readme}");
    let text = fs::read_to_string(readme).expect("the README is beside this package");
    let (_, program) = text.split_once("```rust,no_run\n").expect("the README has a program");
    let (program, _) = program.split_once("```\n").expect("the program has an end");
    assert!(program.lines().count() <= 40, "a whole program fits into forty lines");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where to write"));
    fs::write(out.join("readme.rs"), program).expect("cargo's directory can be written");
}
