//! The process that works on orders: it replies to what they ask, until it is killed or done.

use super::{Answer, Order, Orders, OrdersReply, Outside};
use futures_lite::StreamExt;
use graph_runtime::{Checkpointer, Durability, Error, Graph, Snapshot, Status, Thread, Waiting};
use std::path::Path;

/// What a process does.
pub mod role {
    /// Works on what is begun, and then on new orders, until it is killed.
    pub const RUN: &str = "run";
    /// As `RUN`, after `Graph::recover`.
    pub const RECOVER: &str = "recover";
    /// Takes one order to its end.
    pub const ONE: &str = "one";
    /// Brings to its end what is begun.
    pub const FINISH: &str = "finish";
    /// Reads everything and changes nothing.
    pub const VERIFY: &str = "verify";
}

/// Who gives orders and replies to their questions.
///
/// What it says on the standard output: `head THREAD STEP` for what it finds, `ack THREAD STEP` for a step that is stored,
/// `ack-reply THREAD TEXT` for a reply, and of an order at its end `done THREAD` and `used THREAD TEXT` for each reply.
#[derive(Debug)]
pub struct Customer {
    graph: Graph<Orders>,
    round: u64,
    bytes: usize,
    durability: Durability,
}

/// The one of a process of that round: six of eight store every step before they go on.
#[must_use]
pub fn durability(round: u64) -> Durability {
    match round % 8 {
        6 => Durability::Async,
        7 => Durability::Exit,
        _ => Durability::Sync,
    }
}

impl Customer {
    /// For one process, the how-manieth it is, on an open store; the file of what happens outside is given by its path.
    ///
    /// # Panics
    ///
    /// If the file cannot be opened.
    #[must_use]
    pub fn new<C: Checkpointer>(
        saver: C,
        outside: &Path,
        round: u64,
        durability: Durability,
        bytes: usize,
    ) -> Customer {
        let outside = Outside::open(outside, round, durability, bytes).unwrap();
        let graph = Orders::builder().context(outside).checkpointer(saver).durability(durability).build();
        Customer { graph, round, bytes, durability }
    }

    /// Plays a role.
    ///
    /// # Errors
    ///
    /// The first error of a thread.
    ///
    /// # Panics
    ///
    /// If what is stored is not what was.
    pub async fn play(&self, role: &str) -> Result<(), Error> {
        // Before anything is done: without `Sync`, what is read later may not be durable yet.
        let open = self.look(role).await?;
        if role == role::RECOVER {
            self.recover().await?;
        }
        if role == role::VERIFY {
            return Ok(());
        }
        for thread in &open {
            self.converse(thread).await?;
        }
        if role == role::FINISH {
            return Ok(());
        }
        if role == role::ONE {
            return self.converse(&self.graph.thread("order-000000")).await;
        }
        for number in self.graph.threads().count().await.. {
            self.converse(&self.graph.thread(format!("order-{number:06}"))).await?;
        }
        Ok(())
    }

    /// Checks what is there, says where it is, and returns what is not at its end; or everything, for who is to read it all.
    async fn look(&self, role: &str) -> Result<Vec<Thread<Orders>>, Error> {
        let mut open = Vec::new();
        let mut threads = self.graph.threads();
        while let Some(summary) = threads.next().await {
            let summary = summary?;
            let thread = self.graph.thread(summary.id.as_str());
            if summary.status == Status::Finished && [role::RUN, role::RECOVER].contains(&role) {
                println!("done {}", thread.id());
                continue;
            }
            if let Some(snapshot) = thread.snapshot().await? {
                snapshot.state.check(self.bytes).unwrap_or_else(|wrong| panic!("`{}`: {wrong}", thread.id()));
                println!("head {} {}", thread.id(), snapshot.step);
            }
            thread.verify().await?;
            open.push(thread);
        }
        Ok(open)
    }

    /// Picks up what the process before has left; that a thread was killed five times at one step is no mistake here.
    async fn recover(&self) -> Result<(), Error> {
        let mut recovered = self.graph.recover();
        while let Some(next) = recovered.next().await {
            match next?.1 {
                Ok(_) | Err(Error::NoProgress { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Replies until the order is at its end, now to the one pause and now to the other, now driving and now not.
    async fn converse(&self, thread: &Thread<Orders>) -> Result<(), Error> {
        for attempt in self.round.. {
            let Some(snapshot) = thread.snapshot().await? else {
                let _ = thread.invoke(()).request_id("only").await?;
                continue;
            };
            if snapshot.status == Status::Finished {
                self.show(&snapshot, thread);
                thread.verify().await?;
                return Ok(());
            }
            let open = snapshot.waiting.len().max(1) as u64;
            match snapshot.waiting.get(usize::try_from(attempt % open).unwrap_or(0)) {
                Some(waiting) => self.reply(thread, waiting, attempt).await?,
                None => drop(thread.resume().await?),
            }
        }
        Ok(())
    }

    async fn reply(&self, thread: &Thread<Orders>, waiting: &Waiting, attempt: u64) -> Result<(), Error> {
        let turn: u32 = waiting.question()?;
        let text = format!("{}/{turn}/{}.{attempt}", waiting.node(), self.round);
        let answer = match waiting.node() {
            "approve" => OrdersReply::Approve(Answer(text.clone())),
            _ => OrdersReply::Confirm(Answer(text.clone())),
        };
        let call = thread.reply_to(waiting.id(), answer).by("alice");
        let replied = if attempt.is_multiple_of(2) { call.deliver().await } else { call.await.map(drop) };
        match replied {
            Ok(()) => println!("ack-reply {} {text}", thread.id()),
            Err(Error::AlreadyReplied { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Says which replies an order at its end has used.
    fn show(&self, snapshot: &Snapshot<Orders>, thread: &Thread<Orders>) {
        let order: &Order = &snapshot.state;
        order.check(self.bytes).unwrap_or_else(|wrong| panic!("`{}`: {wrong}", thread.id()));
        assert!(order.is_complete(), "`{}` ended too early", thread.id());
        for text in order.said.iter().filter(|text| !text.starts_with("wired")) {
            println!("used {} {text}", thread.id());
        }
        // Without `Sync`, the end is durable a little later.
        if self.durability == Durability::Sync {
            println!("ack {} {}", thread.id(), snapshot.step);
        }
        println!("done {}", thread.id());
    }
}
