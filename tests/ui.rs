//! Programs that must not compile, with what the compiler says: one mistake a file, one error at the user's token.
//!
//! `TRYBUILD=overwrite cargo test -p graph-tests --test ui` writes the `.stderr` files anew; read them before you commit.

/// rustc words its own errors differently from version to version; the `.stderr` files are those of the pinned toolchain.
#[test]
fn mistakes_are_reported_where_they_were_made() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
