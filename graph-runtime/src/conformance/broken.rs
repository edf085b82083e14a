//! What the suite found.

use std::fmt;

/// A promise that a store broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{case}`: {difference}")]
pub struct Breach {
    pub(super) case: &'static str,
    pub(super) difference: String,
}

impl Breach {
    /// The name of the case.
    #[must_use]
    pub fn case(&self) -> &'static str {
        self.case
    }

    /// What was found, and what was wanted.
    #[must_use]
    pub fn difference(&self) -> &str {
        &self.difference
    }
}

/// The promises that a store broke.
///
/// The [`Debug`] output, which `unwrap` shows, has one line for each.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub struct Broken {
    pub(super) breaches: Vec<Breach>,
    /// How many cases ran.
    pub(super) cases: usize,
}

impl Broken {
    /// The cases that failed, in the order in which they ran.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, separator: &str) -> fmt::Result {
        write!(f, "{} of {} cases failed", self.breaches.len(), self.cases)?;
        for (at, breach) in self.breaches.iter().enumerate() {
            write!(f, "{}{breach}", if at == 0 && separator == "; " { ": " } else { separator })?;
        }
        Ok(())
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "; ")
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "\n  ")
    }
}
