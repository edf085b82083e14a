//! A committed schema, and the one that the program has.

use super::text::VERSION;
use super::{Change, Schema};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

/// The variable that makes [`check`] write the file.
const VARIABLE: &str = "GRAPH_SCHEMA";

/// Compares the schema of a graph with the one in a file, for a test: so a change that stored threads would not survive
/// fails there, and not in production.
///
/// The file is to be committed. A relative path begins at the directory in which the test runs; with cargo, that of the
/// package. `GRAPH_SCHEMA=bless cargo test` writes the file, once the changes are what you want.
///
/// Every difference is an error, so that the file stays what the program is; [`Change::class`] says what it means for stored
/// threads.
///
/// # Errors
///
/// [`Mismatch`]: its text has a line for each change, the gravest first, with what to do.
///
/// # Examples
///
/// ```
/// use graph_runtime::{GraphState, Update, graph, schema};
///
/// #[derive(GraphState)]
/// struct Count {
///     total: u64,
/// }
///
/// fn one(count: &Count) -> impl Update<Count> {
///     Count::update().total(count.total + 1)
/// }
///
/// graph! {
///     graph Counter<Count>;
///     node one;
///     start -> one -> end;
/// }
///
/// // #[test]
/// fn stored_threads_survive(path: &std::path::Path) -> Result<(), schema::Mismatch> {
///     schema::check(path, Counter::schema())
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("counter.json");
/// // In a test: "schemas/counter.json".
/// std::fs::write(&path, Counter::schema().to_string().replace("total", "sum"))?;
/// let mismatch = stored_threads_survive(&path).expect_err("a field has another name");
/// let text = mismatch.to_string();
/// assert!(text.contains("needs an alias: field `sum` of graph `Counter` is gone"), "{text}");
///
/// // GRAPH_SCHEMA=bless
/// std::fs::write(&path, Counter::schema().to_string())?;
/// stored_threads_survive(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[expect(clippy::needless_pass_by_value, reason = "it is made for the call")]
pub fn check(path: impl AsRef<Path>, schema: Schema) -> Result<(), Mismatch> {
    let path = path.as_ref();
    if env::var_os(VARIABLE).is_some_and(|value| value == "bless") {
        return bless(path, &schema).map_err(|error| Mismatch::Unwritten { path: path.to_owned(), error });
    }
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Mismatch::Missing { path: path.to_owned() });
        }
        Err(error) => return Err(Mismatch::Unreadable { path: path.to_owned(), reason: error.to_string() }),
    };
    let committed = read(&text).map_err(|reason| Mismatch::Unreadable { path: path.to_owned(), reason })?;
    if committed == schema {
        return Ok(());
    }
    let mut changes = schema.changes_since(&committed);
    changes.sort_by_key(|change| std::cmp::Reverse(change.class));
    Err(Mismatch::Changed { path: path.to_owned(), changes })
}

fn bless(path: &Path, schema: &Schema) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, schema.to_string())
}

/// Reads a schema that was written by this version of the library or an older one.
fn read(text: &str) -> Result<Schema, String> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let told = |error: serde_json::Error| error.to_string();
    let Versioned { version } = serde_json::from_str(text).map_err(told)?;
    if version != VERSION {
        return Err(format!("it has version {version}, and this library knows version {VERSION}"));
    }
    serde_json::from_str(text).map_err(told)
}

/// Why [`check`] fails.
///
/// Its `Debug` text is its `Display` text, so that a test which returns it or unwraps it shows what a person can read.
#[non_exhaustive]
pub enum Mismatch {
    /// There is no such file.
    Missing {
        /// The path, as it was given.
        path: PathBuf,
    },
    /// The file is no schema that this version of the library can read.
    Unreadable {
        /// The path, as it was given.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file could not be written.
    Unwritten {
        /// The path, as it was given.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The program has another schema.
    Changed {
        /// The path, as it was given.
        path: PathBuf,
        /// What has changed, the gravest first. None, if only the order or the wording has.
        changes: Vec<Change>,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bless = format_args!("`{VARIABLE}=bless cargo test`");
        match self {
            Mismatch::Missing { path } => {
                write!(f, "there is no schema at `{}`; {bless} writes it, commit it then", path.display())
            }
            Mismatch::Unreadable { path, reason } => write!(
                f,
                "the schema at `{}` cannot be read: {reason}; restore it, or write it anew with {bless}",
                path.display()
            ),
            Mismatch::Unwritten { path, error } => {
                write!(f, "the schema at `{}` cannot be written: {error}; mend that", path.display())
            }
            Mismatch::Changed { path, changes } if changes.is_empty() => write!(
                f,
                "the schema differs from `{}` in the order of its parts only, which stored threads do not hold; write it \
                 with {bless}",
                path.display()
            ),
            Mismatch::Changed { path, changes } => {
                write!(f, "the schema differs from `{}`:", path.display())?;
                for change in changes {
                    write!(f, "\n  {change}")?;
                }
                write!(f, "\nonce it is as it should be, write it with {bless}")
            }
        }
    }
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Mismatch {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Mismatch::Unwritten { error, .. } => Some(error),
            _ => None,
        }
    }
}
