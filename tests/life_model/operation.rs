//! What is done to the threads.

use crate::graph::{LivingNode, LivingReply};
use std::fmt;

/// One call on one thread, and what disturbs it.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) thread: usize,
    pub(crate) call: Call,
    pub(crate) trouble: Trouble,
}

/// In one line, however it is printed: a sequence of them is to be read.
impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Operation { thread, call, trouble: Trouble { fails, before, after, crash } } = self;
        write!(f, "on {thread}: {call:?}")?;
        if *fails > 0 {
            write!(f, ", {fails} fails")?;
        }
        if !before.is_empty() || !after.is_empty() {
            write!(f, ", stops before {before:?}, after {after:?}")?;
        }
        crash.map_or(Ok(()), |polls| write!(f, ", dropped after {polls} polls"))
    }
}

/// A checkpoint is a number, of which the model says which one it is: mostly one that is there.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Invoke {
        start: Start,
        table: Vec<u8>,
        fresh: bool,
        request: Option<u8>,
    },
    Resume,
    Reply {
        to: Target,
        reply: Reply,
        only: bool,
    },
    Replay {
        at: usize,
    },
    Fork {
        at: usize,
        word: u8,
        request: Option<u8>,
    },
    Update {
        word: u8,
        node: Option<LivingNode>,
    },
    UpdateAt {
        at: usize,
        word: u8,
        node: Option<LivingNode>,
    },
    Cancel,
    Recover,
    Prune(Kept),
    CopyTo(usize),
    Delete,
    /// What is made from now on is younger than what is there.
    Mark,
    /// Every handle is dropped, and the store is opened again.
    Reopen,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Start {
    IfFinished,
    Anew,
    OrResume,
}

/// Whom a reply is addressed to; a pause is a number that counts those that there are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// The pause of its kind.
    Kind,
    /// One at which the thread waits.
    Open(usize),
    /// One that the thread has a reply to.
    Answered(usize),
    /// Any that any thread has ever come to.
    Ever(usize),
    Nobody,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Answer {
    Approve(bool),
    Sign(bool),
    Read(u8),
}

/// A reply as it is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    This(Answer),
    /// Of the kind that the pause asks for.
    Fitting(u8),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept {
    Last(u64),
    /// From the so-manieth mark on.
    Since(usize),
    Pauses,
}

impl Call {
    /// Whether the store is closed and opened again.
    pub(crate) fn reopens(&self) -> bool {
        matches!(self, Call::Reopen)
    }
}

/// What disturbs a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trouble {
    /// The so-manieth node fails; none, if it is zero.
    pub(crate) fails: u8,
    pub(crate) before: Vec<LivingNode>,
    pub(crate) after: Vec<LivingNode>,
    /// The call is dropped after so many polls, and the store is opened again. Every call of the store waits before and
    /// after its work, so this is any moment before, between and after what is written.
    pub(crate) crash: Option<usize>,
}

impl Reply {
    /// The answer, if it is to this pause.
    pub(crate) fn to(self, pause: Option<LivingNode>) -> Answer {
        match (self, pause) {
            (Reply::This(answer), _) => answer,
            (Reply::Fitting(mark), Some(LivingNode::Approve)) => Answer::Approve(mark % 2 == 0),
            (Reply::Fitting(mark), Some(LivingNode::Read)) => Answer::Read(mark),
            (Reply::Fitting(mark), _) => Answer::Sign(mark % 2 == 0),
        }
    }
}

impl Answer {
    /// The pause that it is a reply to.
    pub(crate) fn pause(self) -> LivingNode {
        match self {
            Answer::Approve(_) => LivingNode::Approve,
            Answer::Sign(_) => LivingNode::Sign,
            Answer::Read(_) => LivingNode::Read,
        }
    }

    pub(crate) fn into_reply(self) -> LivingReply {
        match self {
            Answer::Approve(granted) => LivingReply::Approve(granted),
            Answer::Sign(signed) => LivingReply::Sign(signed),
            Answer::Read(mark) => LivingReply::Read(mark),
        }
    }
}
