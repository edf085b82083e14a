//! Labels: which region each stands for. They are collected before the chains are followed, for a jump may go forward.

use crate::graph::ast::{Chain, Stage, Tail};
use std::collections::HashMap;
use syn::Lifetime;

/// The regions of all labels, as indices in the order of the text, an outer region before those inside it.
pub(super) fn labels<'a>(chains: impl IntoIterator<Item = &'a Chain>) -> HashMap<String, usize> {
    let mut walk = Walk { labels: HashMap::new(), regions: 0 };
    for each in chains {
        walk.chain(each);
    }
    walk.labels
}

struct Walk {
    labels: HashMap<String, usize>,
    regions: usize,
}

impl Walk {
    fn chain(&mut self, chain: &Chain) {
        for stage in &chain.stages {
            match stage {
                Stage::Name(_) => {}
                Stage::Group(group) => {
                    self.region(group.label.as_ref());
                    group.branches.iter().for_each(|branch| self.chain(&branch.chain));
                }
                Stage::Each(each) => {
                    self.region(each.label.as_ref());
                    self.chain(&each.chain);
                }
            }
        }
        if let Some(Tail::Route(route)) = &chain.tail {
            route.arms.iter().for_each(|arm| self.chain(&arm.chain));
        }
    }

    /// The first of two equal labels counts; the second is reported later.
    fn region(&mut self, label: Option<&Lifetime>) {
        if let Some(label) = label {
            self.labels.entry(label.ident.to_string()).or_insert(self.regions);
        }
        self.regions += 1;
    }
}
