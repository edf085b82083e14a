//! From the end of a task to the tasks that follow it.

use super::{Machine, Memory, Place, Task, Token};
use crate::program::{Chain, Kind, Stage, Tail};
use crate::trace::{Item, Trace, choose, entrance, hint, list, wanted};

impl<'p> Machine<'p> {
    /// Follows a way until it and all that it splits into have reached nodes. `before` is what the node before it saw,
    /// `waiting` are the tasks of the step that are still to be followed.
    pub(super) fn follow(
        &mut self,
        token: Token<'p>,
        mut before: Option<&Trace>,
        waiting: &mut Vec<Task<'p>>,
        memory: &mut Memory,
    ) -> Result<(), ()> {
        let mut tokens = vec![token];
        while !tokens.is_empty() {
            let Token { point: (chain, index), place, mut entered } = tokens.remove(0);
            let item = self.item(&place).cloned();
            if let Some(stage) = chain.stages.get(index) {
                let (region, branches): (usize, Vec<(usize, &'p Chain)>) = match stage {
                    Stage::Node(node) => {
                        let child = self.enter(*node, item.as_ref(), memory)?;
                        self.tasks.push(Task { node: *node, place, child });
                        before = None;
                        continue;
                    }
                    Stage::Group(region, branches) => {
                        let guarded = branches.iter().enumerate().filter(|(_, (_, guard))| {
                            guard.is_none_or(|ask| wanted(&self.state, item.as_ref().filter(|_| ask.item), ask.salt))
                        });
                        (*region, guarded.map(|(branch, (chain, _))| (branch, chain)).collect())
                    }
                    Stage::Each(region, ask, chain) => {
                        let items = list(&self.state, item.as_ref().filter(|_| ask.item), ask.salt);
                        let branches = (0..items.len()).map(|index| (index, &**chain)).collect();
                        self.lists.insert((*region, place.clone()), items);
                        (*region, branches)
                    }
                };
                before = None;
                let spot = (region, place.clone());
                if entered.contains(&spot) {
                    return Err(());
                }
                entered.push(spot);
                if branches.is_empty() {
                    tokens.insert(0, Token { point: (chain, index + 1), place, entered });
                    continue;
                }
                let branches = branches.into_iter().map(|(branch, chain)| {
                    let place = [place.clone(), vec![(region, branch)]].concat();
                    Token { point: (chain, 0), place, entered: entered.clone() }
                });
                tokens.splice(0..0, branches);
                continue;
            }
            let point = match &chain.tail {
                Tail::End => continue,
                Tail::Over | Tail::Join => {
                    let Some((&(region, _), outer)) = place.split_last() else { continue };
                    let inside = |other: &Place| {
                        other.starts_with(outer) && other.get(outer.len()).is_some_and(|(other, _)| *other == region)
                    };
                    let occupied = tokens.iter().any(|token| inside(&token.place))
                        || self.tasks.iter().chain(&*waiting).any(|task| inside(&task.place));
                    if occupied {
                        continue;
                    }
                    let (chain, index) = self.at_region[&region];
                    tokens.insert(0, Token { point: (chain, index + 1), place: outer.to_vec(), entered });
                    continue;
                }
                Tail::Node(node) => {
                    // A jump: to the place of the node in the text.
                    let (chain, index) = self.after_node[node];
                    (chain, index - 1)
                }
                Tail::Region(region) => self.at_region[region],
                Tail::Statement(statement) => (&self.program.statements[*statement], 0),
                Tail::Route(route) => {
                    // A node that chooses has chosen on what it saw; its function always takes the item.
                    let (state, item) = match before.filter(|_| route.command) {
                        Some(before) => (before, item.as_ref()),
                        None => (&self.state, item.as_ref().filter(|_| route.ask.item)),
                    };
                    let few = |number| u8::try_from(number).expect("a route has few arms");
                    let arm = choose(state, item, route.ask.salt, few(route.arms.len()), few(route.forward));
                    (&route.arms[usize::from(arm)], 0)
                }
            };
            before = None;
            tokens.insert(0, Token { point, place, entered });
        }
        Ok(())
    }

    fn enter(&self, node: usize, item: Option<&Item>, memory: &mut Memory) -> Result<Option<Machine<'p>>, ()> {
        let Kind::Subgraph { child, .. } = self.program.nodes[node].kind else { return Ok(None) };
        let node = format!("n{node}");
        let (path, seed) = entrance(&self.state, item, &node);
        let way = format!("{}{node}/", self.way);
        let mut state = memory.remove(&way).unwrap_or_default();
        (state.hint, state.seed, state.path) = (hint(seed), seed, path.clone());
        let mut machine = Machine::new(&self.program.children[child], &way, &path, state);
        machine.begin(memory).map_err(|_| ())?;
        Ok(Some(machine))
    }
}
