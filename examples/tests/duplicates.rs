//! The example `duplicates`, run as a user would, and killed as a user would.

use indicatif::HumanCount;
use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A directory to search, with a store beside it.
struct Scene(TempDir);

impl Scene {
    fn new() -> Scene {
        let scene = Scene(tempfile::tempdir().unwrap());
        fs::create_dir(scene.root()).unwrap();
        scene
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("files")
    }

    fn write(&self, path: impl AsRef<Path>, content: &[u8]) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn command(&self, root: &Path) -> Command {
        let mut duplicates = Command::new(env!("CARGO_BIN_EXE_duplicates"));
        duplicates.arg("--db").arg(self.0.path().join("store")).args(["--verbose", "--top", "0"]).arg(root);
        duplicates
    }

    fn search(&self) -> Found {
        Found::new(&self.command(&self.root()).output().unwrap())
    }
}

/// What a search that came to its end has printed.
struct Found {
    report: String,
    read: Vec<String>,
    skipped: Vec<String>,
    went_on: bool,
}

impl Found {
    fn new(output: &Output) -> Found {
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let lines = |start: &str| told.lines().filter_map(|line| line.strip_prefix(start)).map(str::to_owned).collect();
        Found {
            report: String::from_utf8_lossy(&output.stdout).into_owned(),
            read: lines("Reading "),
            skipped: lines("Skipped "),
            went_on: told.lines().any(|line| line.starts_with("Going on with ")),
        }
    }

    /// The last line, without the directory at its end.
    fn summary(&self) -> &str {
        let line = self.report.lines().last().unwrap();
        line.rsplit_once(" in ").unwrap().0
    }
}

#[test]
fn equal_files_are_found_and_others_are_not() {
    let scene = Scene::new();
    scene.write("a", b"the same content");
    scene.write("deep/in/b", b"the same content");
    scene.write("c", b"the same content");
    scene.write("d", b"the same size ..");
    scene.write("alone", b"no other file has this size");
    let found = scene.search();
    assert_eq!(found.read, ["a", "c", "d", "deep/in/b"]);
    assert_eq!(found.summary(), "Copies too many: 2 (32 B). Files read: 4 (64 B)");
    for path in ["a", "c", "deep/in/b"] {
        assert!(found.report.contains(&format!(" {path} ")), "{}", found.report);
    }
    assert!(!found.report.contains(" d "), "{}", found.report);
}

#[test]
fn a_finished_thread_searches_again() {
    let scene = Scene::new();
    scene.write("a", b"the same content");
    scene.write("b", b"the same content");
    let first = scene.search();
    scene.write("c", b"the same content");
    let second = scene.search();
    assert!(!second.went_on);
    assert_eq!(first.read, ["a", "b"]);
    assert_eq!(second.read, ["a", "b", "c"]);
    assert_eq!(second.summary(), "Copies too many: 2 (32 B). Files read: 3 (48 B)");
}

#[test]
fn an_empty_directory_wastes_nothing() {
    let found = Scene::new().search();
    assert_eq!(found.report.lines().count(), 1);
    assert_eq!(found.summary(), "Copies too many: 0 (0 B). Files read: 0 (0 B)");
}

#[test]
fn the_store_may_lie_in_the_directory() {
    let scene = Scene::new();
    scene.write("a", b"the same content");
    scene.write("b", b"the same content");
    for _ in 0..2 {
        let output = scene.command(scene.0.path()).output().unwrap();
        assert_eq!(Found::new(&output).read, ["files/a", "files/b"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_found() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let scene = Scene::new();
    scene.write(OsStr::from_bytes(b"a\xff"), b"the same content");
    scene.write(OsStr::from_bytes(b"b\xfe"), b"the same content");
    let found = scene.search();
    assert_eq!(found.skipped, [""; 0]);
    assert_eq!(found.summary(), "Copies too many: 1 (16 B). Files read: 2 (32 B)");
}

#[test]
fn a_path_that_is_no_directory_is_an_error() {
    let scene = Scene::new();
    scene.write("file", b"content");
    let refused = scene.command(&scene.root().join("file")).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not a directory; give one to search in"));
    let refused = scene.command(&scene.root().join("none")).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot search"));
}

/// Files in groups of four of the same size, in ten of the groups two of them equal. Their names are so long that a search
/// which nobody listens to stops after some 90 files, because the pipe is full: so every kill below meets it at work,
/// however slow the machine is.
fn many(scene: &Scene) -> usize {
    let long: PathBuf = std::iter::repeat_n("long".repeat(50), 4).collect();
    let groups = 350_usize;
    for group in 0..groups {
        for file in 0..4_u8 {
            let mut content = vec![0; 100 + group];
            content[0] = if group < 10 { file / 2 * file } else { file };
            scene.write(long.join(format!("{group}-{file}")), &content);
        }
    }
    groups * 4
}

/// How many files are in the hands of a search, at most: four batches of sixteen.
const IN_HAND: usize = 64;

/// A search at work, told on line by line.
struct Search {
    process: Child,
    lines: Lines<BufReader<ChildStderr>>,
    read: Vec<String>,
}

impl Search {
    fn start(scene: &Scene) -> Search {
        let mut process = scene.command(&scene.root()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        Search { process, lines, read: Vec::new() }
    }

    /// Listens until so many more files were read.
    fn listen(&mut self, files: usize) {
        let until = self.read.len() + files;
        while self.read.len() < until {
            let line = self.lines.next().expect("the search is not at its end").unwrap();
            self.read.extend(line.strip_prefix("Reading ").map(str::to_owned));
        }
    }

    /// Kills the search, and listens to what it told before it died.
    fn kill(mut self) -> Vec<String> {
        self.process.kill().unwrap();
        let rest = self.lines.map_while(Result::ok);
        self.read.extend(rest.filter_map(|line| line.strip_prefix("Reading ").map(str::to_owned)));
        assert!(!self.process.wait().unwrap().success(), "the search was killed");
        self.read
    }
}

#[test]
fn a_killed_search_reads_no_stored_file_again() {
    let scene = Scene::new();
    let files = many(&scene);
    // Changes with each commit that the store has made durable.
    let commits = || fs::read(scene.0.path().join("store/watermark")).unwrap();
    let mut runs = Vec::new();
    for _ in 0..3 {
        let mut search = Search::start(&scene);
        search.listen(2 * IN_HAND);
        // A commit that was on its way may lack what was handed in last. The next one has it.
        for _ in 0..2 {
            let before = commits();
            while commits() == before {
                // Makes the search go on, should nothing be left to commit.
                search.listen(1);
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        runs.push(search.kill());
    }
    let found = scene.search();
    assert!(found.went_on);
    runs.push(found.read.clone());
    for (run, read) in runs.iter().enumerate() {
        let later: HashSet<_> = runs[run + 1..].iter().flatten().collect();
        let again = read.iter().take(2 * IN_HAND).filter(|path| later.contains(path)).count();
        assert!(again <= IN_HAND, "{again} files were read again after kill {run}");
    }
    let seen: HashSet<_> = runs.iter().flatten().collect();
    assert_eq!(seen.len(), files, "every file was read");
    assert!(found.summary().starts_with("Copies too many: 10 ("), "{}", found.summary());
    assert!(found.summary().contains(&format!("Files read: {} (", HumanCount(files as u64))), "{}", found.summary());
}

#[test]
fn an_unfinished_search_is_not_mixed_with_another() {
    let scene = Scene::new();
    many(&scene);
    let mut search = Search::start(&scene);
    search.listen(1);
    search.kill();
    let refused = scene.command(scene.0.path()).output().unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("has not finished its search of"), "{told}");
}
