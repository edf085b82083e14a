use graph_runtime::graph;

graph! {}

fn main() {}
