//! Programs that must not compile: one mistake each, and the error that it gets.

/// rustc words its own errors differently from version to version; the `.stderr` files are those of the pinned toolchain.
#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
