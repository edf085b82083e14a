//! A program as the text of a `graph!` and of its functions.

use crate::program::{Ask, Chain, Kind, Node, Program, Stage, Tail, Writes};
use std::fmt::Write;

/// The modules of all programs, and the list of them.
pub(crate) fn write(programs: &[Program]) -> String {
    let modules: String = programs.iter().map(module).collect();
    let subject =
        |Program { name, .. }: &Program| format!("    Box::new(Of::<{}::{name}>::new()),\n", name.to_lowercase());
    let subjects: String = programs.iter().map(subject).collect();
    format!("{modules}pub(crate) fn subjects() -> Vec<Box<dyn Subject>> {{\n    vec![\n{subjects}    ]\n}}\n")
}

/// The `graph!` alone, for the message of a test that fails.
pub(crate) fn graph(program: &Program) -> String {
    let mut writer = Writer { program, functions: String::new() };
    writer.graph()
}

fn module(program: &Program) -> String {
    let mut writer = Writer { program, functions: String::new() };
    let graph = writer.graph();
    let functions = &writer.functions;
    let name = program.name.to_lowercase();
    let children: String = program.children.iter().map(module).collect();
    format!("pub(crate) mod {name} {{\nuse super::*;\n{children}{functions}graph! {{\n{graph}}}\n}}\n")
}

struct Writer<'a> {
    program: &'a Program,
    functions: String,
}

impl Writer<'_> {
    fn graph(&mut self) -> String {
        let name = &self.program.name;
        let mut text = format!("    pub(crate) graph {name}<Trace, Script>;\n");
        let mut declared = Vec::new();
        for (index, node) in self.program.nodes.iter().enumerate().rev() {
            match node.kind {
                Kind::Subgraph { child, memory } => {
                    let child = &self.program.children[child].name;
                    let memory = if memory { "#[memory(thread)] " } else { "" };
                    let module = child.to_lowercase();
                    let _ = writeln!(
                        text,
                        "    {memory}subgraph n{index} = {module}::{child}(enter{index}, leave{index});"
                    );
                    self.passages(index, node);
                }
                _ => declared.push(format!("n{index}")),
            }
        }
        if !declared.is_empty() {
            let _ = writeln!(text, "    node {};", declared.join(", "));
        }
        let commands: Vec<Option<(Ask, usize, usize)>> = self.commands();
        for (index, node) in self.program.nodes.iter().enumerate() {
            self.node(index, node, commands[index]);
        }
        for (index, chain) in self.program.statements.iter().enumerate() {
            let chain = self.chain(chain);
            let _ = writeln!(text, "    {}{chain};", if index == 0 { "start -> " } else { "" });
        }
        text
    }

    fn chain(&mut self, chain: &Chain) -> String {
        let mut parts: Vec<String> = chain.stages.iter().map(|stage| self.stage(stage)).collect();
        match &chain.tail {
            Tail::Over => {}
            Tail::Join => parts.push("join".to_owned()),
            Tail::End => parts.push("end".to_owned()),
            Tail::Node(node) => parts.push(format!("n{node}")),
            Tail::Region(region) => parts.push(format!("'l{region}")),
            Tail::Statement(statement) => match &self.program.statements[*statement].stages[0] {
                Stage::Node(node) => parts.push(format!("n{node}")),
                Stage::Group(region, _) | Stage::Each(region, ..) => parts.push(format!("'l{region}")),
            },
            Tail::Route(route) => {
                let Ask { salt, .. } = route.ask;
                let two = route.arms.len() == 2 && !route.command && salt % 2 == 0;
                let last = route.arms.len() - 1;
                let arms: Vec<String> = route.arms.iter().map(|arm| self.chain(arm)).collect();
                let arms = arms.iter().enumerate().map(|(arm, chain)| {
                    let pattern = match (two, arm) {
                        (true, 0) => "false".to_owned(),
                        (true, _) => "true".to_owned(),
                        _ if arm == last => "_".to_owned(),
                        _ => arm.to_string(),
                    };
                    format!("{pattern} => {chain}")
                });
                let arms = arms.collect::<Vec<_>>().join(", ");
                if route.command {
                    parts.push(format!("match {{ {arms} }}"));
                } else {
                    let (ways, forward) = (last + 1, route.forward);
                    let choose = format!("choose(s, {}, {salt}, {ways}, {forward})", item(route.ask));
                    let (answer, choose) = if two { ("bool", format!("{choose} == 1")) } else { ("u8", choose) };
                    self.function(&format!("r{salt}"), route.ask, answer, &choose);
                    parts.push(format!("match r{salt} {{ {arms} }}"));
                }
            }
        }
        parts.join(" -> ")
    }

    fn stage(&mut self, stage: &Stage) -> String {
        match stage {
            Stage::Node(node) => format!("n{node}"),
            Stage::Group(region, branches) => {
                let branches: Vec<String> = branches
                    .iter()
                    .map(|(chain, guard)| {
                        let chain = self.chain(chain);
                        let Some(ask) = guard else { return chain };
                        let Ask { salt, .. } = *ask;
                        self.function(&format!("c{salt}"), *ask, "bool", &format!("wanted(s, {}, {salt})", item(*ask)));
                        format!("{chain} if c{salt}")
                    })
                    .collect();
                format!("{}({})", self.label(*region), branches.join(", "))
            }
            Stage::Each(region, ask, chain) => {
                let Ask { salt, .. } = *ask;
                self.function(&format!("i{salt}"), *ask, "Vec<Item>", &format!("list(s, {}, {salt})", item(*ask)));
                let most = self.program.regions[*region].concurrency;
                let most = most.map_or_else(String::new, |most| format!("#[concurrency({most})] "));
                let chain = self.chain(chain);
                format!("{}{most}for i{salt}(Item) {{ {chain} }}", self.label(*region))
            }
        }
    }

    fn label(&self, region: usize) -> String {
        if self.program.regions[region].labelled { format!("'l{region}: ") } else { String::new() }
    }

    /// Writes a function of the state.
    fn function(&mut self, name: &str, ask: Ask, answer: &str, body: &str) {
        let parameter = if ask.item { ", item: &Item" } else { "" };
        let _ = writeln!(self.functions, "fn {name}(s: &Trace{parameter}) -> {answer} {{ {body} }}");
    }

    /// What each node is asked that chooses where to go.
    fn commands(&self) -> Vec<Option<(Ask, usize, usize)>> {
        let mut found = vec![None; self.program.nodes.len()];
        self.program.statements.iter().for_each(|chain| commands(chain, &mut found));
        found
    }

    fn node(&mut self, index: usize, node: &Node, command: Option<(Ask, usize, usize)>) {
        let fields = writes(node.writes);
        let (parameter, given) = if node.item { (", item: &Item", "Some(item)") } else { ("", "None") };
        let update = "impl Update<Trace> + use<>";
        let mut answer = update.to_owned();
        let mut body = format!("{fields}(note)");
        if let Some((Ask { salt, .. }, ways, forward)) = command {
            answer = format!("Command<u8, {update}>");
            body = format!("Command::to(choose(s, {given}, {salt}, {ways}, {forward})).update({body})");
        }
        let bounds = &node.bounds;
        let run = format!("Visit::new(s, {given}, cx, \"n{index}\", &{bounds:?})");
        let (keyword, work) = match node.kind {
            Kind::Plain => ("", format!("{run}.run_or_panic()")),
            Kind::Now => ("", format!("{run}.run()?")),
            Kind::Later => ("async ", format!("{run}.rest_and_run().await?")),
            Kind::Subgraph { .. } => return,
        };
        if node.kind != Kind::Plain {
            answer = format!("Result<{answer}, BoxError>");
            body = format!("Ok({body})");
        }
        let _ = writeln!(
            self.functions,
            "{keyword}fn n{index}(s: &Trace{parameter}, cx: &Ctx<Script>) -> {answer} {{ let note = {work}; {body} }}"
        );
    }

    fn passages(&mut self, index: usize, node: &Node) {
        let fields = writes(node.writes);
        let (parameter, given) = if node.item { (", item: &Item", "Some(item)") } else { ("", "None") };
        let update = "impl Update<Trace> + use<>";
        let _ = writeln!(
            self.functions,
            "fn enter{index}(s: &Trace{parameter}) -> {update} {{ enter(entrance(s, {given}, \"n{index}\")) }}\n\
             fn leave{index}(s: &Trace{parameter}, child: &Trace) -> {update} {{ {fields}(farewell(s, {given}, child, \"n{index}\")) }}"
        );
    }
}

fn item(ask: Ask) -> &'static str {
    if ask.item { "Some(item)" } else { "None" }
}

fn writes(writes: Writes) -> &'static str {
    match writes {
        Writes::Shared => "shared",
        Writes::Alone => "alone",
        Writes::Left => "left",
        Writes::Right => "right",
    }
}

fn commands(chain: &Chain, found: &mut [Option<(Ask, usize, usize)>]) {
    for stage in &chain.stages {
        match stage {
            Stage::Node(_) => {}
            Stage::Group(_, branches) => branches.iter().for_each(|(chain, _)| commands(chain, found)),
            Stage::Each(_, _, chain) => commands(chain, found),
        }
    }
    if let Tail::Route(route) = &chain.tail {
        if let (true, Some(Stage::Node(node))) = (route.command, chain.stages.last()) {
            // A command's function always has the item, where there is one.
            found[*node] = Some((route.ask, route.arms.len(), route.forward));
        }
        route.arms.iter().for_each(|arm| commands(arm, found));
    }
}
