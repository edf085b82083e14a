//! Who worked when: told line by line, and at the end as a picture.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The graph's context: it is never stored, and every node reaches it.
#[derive(Clone)]
pub(crate) struct Timeline {
    start: Instant,
    work: Arc<Mutex<Vec<Work>>>,
}

/// One piece of work, in milliseconds since the start.
struct Work {
    name: String,
    began: u64,
    ended: u64,
}

impl Timeline {
    pub(crate) fn new() -> Timeline {
        Timeline { start: Instant::now(), work: Arc::default() }
    }

    /// Works for so many milliseconds, which is to say: sleeps.
    pub(crate) async fn takes(&self, name: &str, milliseconds: u64) {
        let began = self.now();
        println!("{began:>5} ms  {name} begins");
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        let ended = self.now();
        println!("{ended:>5} ms  {name} ends");
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        work.push(Work { name: name.to_owned(), began, ended });
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// One line for each piece of work, in the order in which they began.
impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const COLUMNS: u64 = 60;
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        work.sort_by_key(|work| work.began);
        let end = work.iter().map(|work| work.ended).max().unwrap_or(0).max(1);
        let column = |milliseconds: u64| usize::try_from(milliseconds * COLUMNS / end).unwrap_or(0);
        for Work { name, began, ended } in &*work {
            let (from, to) = (column(*began), column(*ended));
            let (before, bar) = (" ".repeat(from), "█".repeat((to - from).max(1)));
            writeln!(f, "{name:<20} │{before}{bar}")?;
        }
        Ok(())
    }
}
