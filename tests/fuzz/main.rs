//! The targets of `fuzz/` over their seeds, and some thousand changes of them: no bytes make them panic.
//!
//! More of them: `GRAPH_TESTS_FUZZ=100000 cargo test --release -p graph-tests --test fuzz`. To give the seeds to a fuzzer:
//! `GRAPH_TESTS_CORPUS=fuzz/corpus cargo test -p graph-tests --test fuzz seeds`.

mod import;

use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, MemorySaver, fuzzing};
use graph_tests::thread_of;
use std::fs;
use std::path::{Path, PathBuf};

struct Target {
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
}

const TARGETS: [Target; 4] = [
    Target { name: "frame", run: fuzzing::frame, seeds: frames },
    Target { name: "codec", run: fuzzing::codec, seeds: values },
    Target { name: "keys", run: fuzzing::keys, seeds: keys },
    Target { name: "import", run: import::run, seeds: imports },
];

/// Exports, each to be read as it is and in several ways that are tried out on the thread.
fn imports() -> Vec<Vec<u8>> {
    let modes = |file: Vec<u8>| (0..16).map(move |mode| [&[mode], &*file].concat());
    import::files().into_iter().flat_map(modes).collect()
}

/// Records and entries, and both without their checksums.
fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for file in import::files() {
        let saver = MemorySaver::new();
        let builder = import::Book::builder().checkpointer(saver.clone());
        block_on(builder.build().import(&*file)).unwrap();
        let key = thread_of("Book", "a");
        for (id, record) in block_on(saver.newer(&key, CheckpointId(0), 99)).unwrap() {
            frames.push(record);
            frames.extend(block_on(saver.pending(&key, id)).unwrap().into_iter().map(|(_, bytes)| bytes));
        }
    }
    let cut: Vec<_> = frames.iter().map(|frame| frame[..frame.len() - 16].to_vec()).collect();
    frames.extend(cut);
    frames
}

/// One for each shape.
fn values() -> Vec<Vec<u8>> {
    let bodies: [&[u8]; 6] = [
        &[0; 40],
        &[1, 1, b'a'],
        &[2, 1, b'a', 1, b'b', 0, 0],
        &[0, 0, 0, 0, 0, 1, 0, 0],
        br#"{"a":[1,-2.5e3,"x\u0041",null,true],"b":{}}"#,
        br#"[["one"],[],[{"Struct":{"a":null,"b":[1,2,3],"c":[]}}]]"#,
    ];
    (0..12).flat_map(|shape| bodies.map(|body| [&[shape], body].concat())).collect()
}

fn keys() -> Vec<Vec<u8>> {
    let head = [&[0; 7][..], &[9], &[7; 16], &[4], &[0; 8]].concat();
    let due = [&*head, &[1; 8]].concat();
    let texts: [&[u8]; 5] = [
        b"Graph/one/other/halt/task\xc3\xa9",
        b"/a/b/c",
        b"g/a/a/a",
        "g/\u{ff}/\u{100}//".as_bytes(),
        b"HGraph\0one\0",
    ];
    texts.iter().map(|text| text.to_vec()).chain([head, due, b"\0\0\0\x04halt and its bytes".to_vec()]).collect()
}

/// Always the same numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 8).unwrap_or_default() % sides.max(1)
    }

    /// A seed, changed in a few places.
    fn change(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.roll(seeds.len())].clone();
        for _ in 0..=self.roll(4) {
            let at = self.roll(bytes.len());
            match self.roll(8) {
                0..3 if !bytes.is_empty() => bytes[at] = u8::try_from(self.roll(256)).unwrap_or_default(),
                3 if !bytes.is_empty() => bytes[at] ^= 1 << self.roll(8),
                4 => bytes.insert(at, u8::try_from(self.roll(256)).unwrap_or_default()),
                5 => bytes.truncate(at),
                6 => drop(bytes.splice(at..(at + self.roll(9)).min(bytes.len()), [0xff; 4])),
                _ => {
                    let other = &seeds[self.roll(seeds.len())];
                    let from = self.roll(other.len());
                    let part = &other[from..(from + self.roll(64)).min(other.len())];
                    let end = (at + part.len()).min(bytes.len());
                    drop(bytes.splice(at..end, part.iter().copied()));
                }
            }
        }
        bytes
    }
}

fn holds(name: &str) {
    let changes = std::env::var("GRAPH_TESTS_FUZZ").map_or(1_000, |changes| changes.parse().expect("a number"));
    let Target { run, seeds, .. } = TARGETS.into_iter().find(|target| target.name == name).expect("a target");
    let seeds = seeds();
    for seed in &seeds {
        run(seed);
    }
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..changes {
        let bytes = dice.change(&seeds);
        assert!(std::panic::catch_unwind(|| run(&bytes)).is_ok(), "{name} fails over {bytes:?}");
    }
}

#[test]
fn any_bytes_may_be_a_record() {
    holds("frame");
}

#[test]
fn any_bytes_may_be_a_value() {
    holds("codec");
}

#[test]
fn any_bytes_may_be_a_key() {
    holds("keys");
}

#[test]
fn any_bytes_may_be_an_export() {
    holds("import");
}

#[test]
fn seeds_are_written_where_a_fuzzer_wants_them() {
    let scratch = tempfile::tempdir().unwrap();
    let corpus = std::env::var_os("GRAPH_TESTS_CORPUS").map(PathBuf::from);
    // Tests run in the directory of their package.
    let corpus = corpus.map_or_else(|| scratch.path().to_owned(), |path| Path::new("..").join(path));
    for Target { name, seeds, .. } in TARGETS {
        let directory = corpus.join(name);
        fs::create_dir_all(&directory).unwrap();
        for (number, seed) in seeds().into_iter().enumerate() {
            fs::write(directory.join(format!("seed-{number}")), seed).unwrap();
        }
    }
    assert!(fs::read_dir(&corpus).unwrap().count() >= TARGETS.len());
}
