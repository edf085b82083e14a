//! Which task it is: the subgraphs and items on the way to a node.

use smallvec::SmallVec;
use std::fmt::{self, Write};

/// The way to a task, from the graph itself inwards. Four parts need no memory from the heap.
pub(crate) type TaskPath = SmallVec<[Part; 4]>;

/// One part of the way to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// Into this subgraph.
    Inside(&'static str),
    /// At this item of a `for`, of which the innermost is last.
    Item(u32),
}

/// A task by its name: `plan`, `fetch[3]`, `research[3]/search`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TaskName {
    pub(crate) path: TaskPath,
    pub(crate) node: &'static str,
}

impl TaskName {
    /// The path of the tasks in the subgraph of this name.
    pub(crate) fn inside(&self) -> TaskPath {
        let mut path = self.path.clone();
        path.push(Part::Inside(self.node));
        path
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Items stand before the node that has them in the path, and behind its name in the text.
        let mut items: SmallVec<[u32; 4]> = SmallVec::new();
        let node = |f: &mut fmt::Formatter<'_>, name: &str, items: &mut SmallVec<[u32; 4]>| {
            f.write_str(name)?;
            items.drain(..).try_for_each(|item| write!(f, "[{item}]"))
        };
        for part in &self.path {
            match part {
                Part::Item(item) => items.push(*item),
                Part::Inside(name) => {
                    node(f, name, &mut items)?;
                    f.write_char('/')?;
                }
            }
        }
        node(f, self.node, &mut items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_shown_as_the_way_to_it() {
        let shown = |path: &[Part]| TaskName { path: path.into(), node: "search" }.to_string();
        assert_eq!(shown(&[]), "search");
        assert_eq!(shown(&[Part::Item(3), Part::Item(0)]), "search[3][0]");
        assert_eq!(shown(&[Part::Item(3), Part::Inside("research"), Part::Item(1)]), "research[3]/search[1]");
    }
}
