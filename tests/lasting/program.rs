//! Two programs of one graph: the newer one has another order of fields, some other names and types, a field more and one less.

use crate::sleep::{Sleep, Sleeping};
use crate::view::{Act, Note, Turn, View, Way};
use crate::world::{Program, World};
use futures_lite::future::yield_now;
use graph_runtime::{Ctx, GraphState, Update, graph};

macro_rules! program {
    (
        $module:ident $program:ident, lines $lines:ident, queue $queue:ident: $deque:ty, dreams: $number:ty,
        extra $extra:ident, book { $($book:tt)* }, graph { $($graph:tt)* }
        reply $reply:ident, gone $gone:expr, fresh $fresh:expr
    ) => {
        pub(crate) mod $module {
            use super::*;
            #[allow(unused_imports)]
            use std::collections::{BTreeMap, BTreeSet, VecDeque};

            $($book)*

            impl Book {
                fn view(&self) -> View {
                    #[allow(clippy::redundant_closure_call, reason = "the two differ")]
                    View {
                        script: self.script.clone(),
                        done: self.done,
                        lines: self.$lines.clone(),
                        tale: self.tale.clone(),
                        queue: self.$queue.iter().copied().collect(),
                        cards: self.cards.clone(),
                        marks: self.marks.clone(),
                        notes: self.notes.clone(),
                        pages: self.pages.clone(),
                        picture: self.picture.clone(),
                        hint: self.hint,
                        dreams: u64::from(self.dreams),
                        gone: $gone(self),
                        fresh: $fresh(self),
                    }
                }
            }

            fn text(book: &Book, length: u16) -> String {
                format!("{:05}{}", book.done + 7 * book.$lines.len(), "x".repeat(usize::from(length)))
            }

            async fn act(book: &Book, cx: &Ctx<World>) -> impl Update<Book> + use<> {
                cx.context().seen.lock().unwrap().push((cx.step() - 1, book.view()));
                yield_now().await;
                let turn = book.script.get(book.done).map_or(Act::Nothing, |turn| turn.act);
                let length = |length| text(book, length);
                let update = || Book::update();
                let changed = match turn {
                    Act::Lines(count, bytes) => update().$lines((0..count).map(|_| length(bytes))).erase(),
                    Act::Emptied(bytes) => emptied(vec![length(bytes)]),
                    Act::Tale(bytes) => update().tale(length(bytes)).erase(),
                    Act::Queue(one) => update().$queue([one, one.wrapping_add(1)]).erase(),
                    Act::Card(key, bytes) => update().cards([(key, length(bytes))]).erase(),
                    Act::Uncard(key) => update().remove_cards([key]).erase(),
                    Act::Mark(mark) => update().marks([mark]).erase(),
                    Act::Unmark(mark) => update().remove_marks([mark]).erase(),
                    Act::Note(id, bytes) => update().notes([Note { id, text: length(bytes) }]).erase(),
                    Act::Unnote(one, other) => update().remove_notes([one, other]).erase(),
                    Act::Page(page) => update().pages([page]).erase(),
                    Act::Picture(bytes) => update().picture(length(bytes)).erase(),
                    Act::Extra(bytes) => update().$extra([length(bytes)]).erase(),
                    Act::Several(key, bytes) => {
                        let cards = [(key, length(bytes)), (key.wrapping_add(1), String::new())];
                        let notes = [Note { id: key, text: length(20) }];
                        let put = update().cards(cards).notes(notes).marks([key]).$lines([length(9)]);
                        put.remove_cards([key.wrapping_add(2)]).remove_notes([key.wrapping_sub(1)]).erase()
                    }
                    Act::Nothing => update().erase(),
                };
                (changed, Book::update().done(book.done + 1).hint(Some(book.done)))
            }

            fn read(book: &Book, page: &u8) -> impl Update<Book> + use<> {
                Book::update().pages([*page]).$lines([text(book, u16::from(*page))])
            }

            fn pages(book: &Book) -> Vec<u8> {
                (0..u8::try_from(book.done % 4).unwrap()).collect()
            }

            fn query(book: &Book) -> usize {
                book.done
            }

            fn ask(book: &Book, number: &u8) -> impl Update<Book> + use<> {
                Book::update().pages([*number]).tale(text(book, 3))
            }

            fn enter(book: &Book) -> impl Update<Sleep> + use<> {
                Sleep::update().left(u8::try_from(book.done % 3).unwrap() + 1)
            }

            fn leave(_: &Book, sleep: &Sleep) -> impl Update<Book> + use<> {
                Book::update().dreams(<$number>::try_from(sleep.dreams.len()).unwrap())
            }

            fn way(book: &Book) -> Option<Way> {
                (book.done < book.script.len()).then(|| book.script[book.done].way)
            }

            $($graph)*

            pub(crate) struct $program;

            impl Program for $program {
                type Graph = Reading;

                fn begin(script: Vec<Turn>) -> impl Update<Book> {
                    Book::update().script(script).done(0)
                }

                fn edit(word: u8) -> impl Update<Book> {
                    Book::update().$lines([format!("edited {word}")]).cards([(word, String::new())]).remove_notes([word % 5])
                }

                fn reply(number: u8) -> ReadingReply {
                    ReadingReply::$reply(number)
                }

                fn view(book: &Book) -> View {
                    book.view()
                }
            }
        }
    };
}

program! {
    older Older, lines lines, queue queue: VecDeque<u8>, dreams: u32, extra gone,
    book {
        #[derive(GraphState, Clone, Debug, PartialEq)]
        pub(crate) struct Book {
            script: Vec<Turn>,
            done: usize,
            #[reduce(append)]
            lines: Vec<String>,
            #[reduce(append)]
            tale: String,
            #[reduce(append)]
            queue: VecDeque<u8>,
            #[reduce(merge)]
            cards: BTreeMap<u8, String>,
            #[reduce(merge)]
            marks: BTreeSet<u8>,
            #[reduce(upsert(by = id, key = u8))]
            notes: Vec<Note>,
            #[reduce(append)]
            #[state(json)]
            pages: Vec<u8>,
            picture: String,
            #[state(ephemeral)]
            hint: Option<usize>,
            dreams: u32,
            #[reduce(append)]
            gone: Vec<String>,
        }

        fn emptied(lines: Vec<String>) -> BookUpdate {
            Book::update().overwrite_lines(lines).erase()
        }
    },
    graph {
        graph! {
            pub(crate) graph Reading<Book, World>;
            node act, read;
            pause ask(u8) asks query;
            #[memory(thread)]
            subgraph sleep = Sleeping(enter, leave);
            start -> act -> match way {
                Some(Way::Act) => act,
                Some(Way::Dream) => sleep,
                Some(Way::Read) => 'desk,
                Some(Way::Ask) => ask,
                None => end,
            };
            'desk: for pages(u8) { read } -> act;
            sleep -> act;
            ask -> act;
        }
    }
    reply Ask, gone (|book: &Book| Some(book.gone.clone())), fresh (|_: &Book| None)
}

program! {
    newer Newer, lines rows, queue queue: Vec<u8>, dreams: u64, extra fresh,
    book {
        #[derive(GraphState, Clone, Debug, PartialEq)]
        pub(crate) struct Book {
            #[state(ephemeral)]
            hint: Option<usize>,
            #[reduce(merge)]
            cards: BTreeMap<u8, String>,
            #[reduce(append)]
            #[state(renamed_from = "lines")]
            rows: Vec<String>,
            #[reduce(append)]
            fresh: Vec<String>,
            #[reduce(append)]
            tale: String,
            #[reduce(append)]
            queue: Vec<u8>,
            #[reduce(merge)]
            marks: BTreeSet<u8>,
            script: Vec<Turn>,
            #[reduce(upsert(by = id, key = u8))]
            notes: Vec<Note>,
            done: usize,
            #[reduce(append)]
            #[state(json)]
            pages: Vec<u8>,
            picture: String,
            #[state(migrate(from = u32, with = u64::from))]
            dreams: u64,
        }

        fn emptied(rows: Vec<String>) -> BookUpdate {
            Book::update().overwrite_rows(rows).erase()
        }
    },
    graph {
        graph! {
            pub(crate) graph Reading<Book, World>;
            #[renamed_from("act")]
            node take = act;
            node read;
            #[renamed_from("ask")]
            pause consult = ask(u8) asks query;
            #[memory(thread)]
            #[renamed_from("sleep")]
            subgraph rest = Sleeping(enter, leave);
            start -> take -> match way {
                Some(Way::Act) => take,
                Some(Way::Dream) => rest,
                Some(Way::Read) => 'desk,
                Some(Way::Ask) => consult,
                None => end,
            };
            'desk: for pages(u8) { read } -> take;
            rest -> take;
            consult -> take;
        }
    }
    reply Consult, gone (|_: &Book| None), fresh (|book: &Book| Some(book.fresh.clone()))
}
