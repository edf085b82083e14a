use graph_runtime::GraphState;
use graph_runtime::reduce::Append;
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Total(u32);

struct Batch(u32);

impl FromIterator<u32> for Batch {
    fn from_iter<I: IntoIterator<Item = u32>>(items: I) -> Batch {
        Batch(items.into_iter().sum())
    }
}

impl Append for Total {
    type Item = u32;
    type Input = Batch;

    fn append(&mut self, input: Batch) {
        self.0 += input.0;
    }
}

#[derive(GraphState)]
struct Job {
    #[reduce(append)]
    total: Total,
}

fn main() {
    let _ = Job::update().total([1]);
}
