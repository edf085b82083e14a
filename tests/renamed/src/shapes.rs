//! Graphs with groups, `for`s and a subgraph, as a strict user writes them.

use crate::prelude::graphs::{GraphState, NodeError, Update, graph};

/// Some words.
#[derive(Debug, GraphState)]
#[state(crate = crate::prelude::graphs)]
pub struct Text {
    /// The words.
    pub words: Vec<String>,
    /// How long they are together.
    #[reduce(add)]
    pub length: usize,
    /// The last of them.
    pub last: String,
}

/// A word and its length; private, in a graph that all see.
type Item = (String, usize);

/// One word.
#[derive(Debug, GraphState)]
#[state(crate = crate::prelude::graphs)]
pub struct Word {
    /// How long it is.
    pub length: usize,
}

fn words(text: &Text) -> Vec<Item> {
    text.words.iter().map(|word| (word.clone(), word.len())).collect()
}

fn is_long(text: &Text) -> bool {
    text.words.iter().any(|word| word.len() > 3)
}

const fn is_empty(text: &Text) -> bool {
    text.words.is_empty()
}

fn add(_: &Text, (word, length): &Item) -> Result<impl Update<Text> + use<>, String> {
    if *length > 9 { Err(format!("{word} is too long")) } else { Ok(Text::update().length(*length)) }
}

fn forgive(_: &Text, error: &NodeError) -> impl Update<Text> + use<> {
    Text::update().length(error.node.len())
}

async fn last(text: &Text) -> impl Update<Text> + use<> {
    let last = text.words.last().cloned().unwrap_or_default();
    std::future::ready(Text::update().last(last)).await
}

const fn measure(word: &Word) -> impl Update<Word> + use<> {
    let _ = word.length;
}

fn enter(_: &Text, (_, length): &Item) -> impl Update<Word> + use<> {
    Word::update().length(*length)
}

fn leave(_: &Text, word: &Word) -> impl Update<Text> + use<> {
    Text::update().length(word.length)
}

graph! {
    /// Measures a word.
    #[graph(crate = crate::prelude::graphs)]
    pub graph Measuring<Word>;
    node measure;
    start -> measure -> end;
}

graph! {
    /// Measures the words, side by side.
    #[graph(crate = crate::prelude::graphs)]
    pub graph Measured<Text>;

    /// Adds the length of a word.
    #[on_error(forgive)]
    node add;
    node last;
    /// Measures a word again.
    subgraph measuring = Measuring(enter, leave);

    start -> match is_empty {
        true => end,
        false => 'all: (last, for words(Item) { (add, measuring if is_long) } if has_words) -> match is_empty {
            true => 'all,
            false => end,
        },
    };
}

const fn has_words(text: &Text) -> bool {
    !text.words.is_empty()
}

/// The graph in memory.
#[must_use]
pub fn measured() -> crate::prelude::graphs::Graph<Measured, crate::prelude::graphs::InMemory> {
    Measured::new()
}
