//! `fanout_to_subgraph`: a child graph for every subject, side by side.

use super::case::{Case, Work};
use graph_runtime::{GraphState, Update, graph};
use std::iter::repeat_with;
use std::sync::Arc;

/// The last words of a joke that is told to its end.
const END: &str = " a a a a a a a a a a";

#[derive(Clone, Debug, Default, GraphState)]
struct Show {
    subjects: Vec<Vec<char>>,
    #[reduce(append)]
    jokes: Vec<String>,
}

#[derive(Debug, GraphState)]
struct Joke {
    subject: String,
    jokes: Vec<String>,
}

fn subjects(show: &Show) -> Vec<Vec<char>> {
    show.subjects.clone()
}

#[expect(clippy::ptr_arg, reason = "items come as they are")]
fn take(_: &Show, subject: &Vec<char>) -> impl Update<Joke> + use<> {
    Joke::update().subject(subject.iter().collect::<String>())
}

fn edit(joke: &Joke) -> impl Update<Joke> + use<> {
    Joke::update().subject(format!("{} - hohoho", joke.subject))
}

fn generate(joke: &Joke) -> impl Update<Joke> + use<> {
    Joke::update().jokes(vec![format!("Joke about {}", joke.subject)])
}

fn bump(joke: &Joke) -> impl Update<Joke> + use<> {
    let mut jokes = joke.jokes.clone();
    if let Some(first) = jokes.first_mut() {
        first.push_str(" a");
    }
    Joke::update().jokes(jokes)
}

fn bumped(joke: &Joke) -> bool {
    joke.jokes.first().is_none_or(|first| first.ends_with(END))
}

fn tell(_: &Show, joke: &Joke) -> impl Update<Show> + use<> {
    Show::update().jokes(joke.jokes.iter().cloned())
}

graph! {
    graph Telling<Joke>;

    node edit, generate, bump;

    start -> edit -> generate -> bump -> match bumped {
        true => end,
        false => bump,
    };
}

graph! {
    graph FanOut<Show>;

    subgraph generate_joke = Telling(take, tell);

    start -> for subjects(Vec<char>) { generate_joke } -> end;
}

pub(super) fn case(subjects: usize) -> Case {
    let letters = || repeat_with(fastrand::lowercase).take(1_000).collect();
    let show = Show { subjects: repeat_with(letters).take(subjects).collect(), jokes: Vec::new() };
    let work = Work {
        steps: 12,
        builder: FanOut::builder,
        context: Arc::new(()),
        input: Box::new(move || show.clone()),
        by_hand: Box::new(by_hand),
        right: Box::new(move |show| {
            let told = |joke: &String| joke.ends_with(END) && joke.contains(" - hohoho");
            show.jokes.len() == subjects && show.jokes.iter().all(told)
        }),
    };
    work.case(format!("fanout_to_subgraph {subjects}x"))
}

fn by_hand(mut show: Show) -> Show {
    for letters in &show.subjects {
        let mut subject: String = letters.iter().collect();
        subject.push_str(" - hohoho");
        let mut joke = format!("Joke about {subject}");
        loop {
            joke.push_str(" a");
            if joke.ends_with(END) {
                break;
            }
        }
        show.jokes.push(joke);
    }
    show
}
