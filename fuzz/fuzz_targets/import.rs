#![no_main]

// The tests run the same code over the seeds and some changes of them.
#[path = "../../tests/fuzz/import.rs"]
mod import;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| import::run(bytes));
