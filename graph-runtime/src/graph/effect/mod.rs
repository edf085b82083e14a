//! Side effects that are remembered by name.

mod calls;
mod error;
pub(crate) mod journal;
mod key;
#[cfg(test)]
mod tests;
mod watch;

pub use error::EffectError;
pub use key::IdempotencyKey;

use crate::BoxError;
use crate::record::bytes::Bytes;
use crate::record::value;
use journal::{Entry, Journal, Mode, TaskLabel, Value};
use key::Origin;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The effects of one task. Most tasks have none, so until there is one this is as good as nothing.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// `None` for a run in memory.
    journal: Option<Arc<dyn Journal>>,
    calls: OnceLock<Box<Calls>>,
}

/// What is known of the calls of a task.
#[derive(Debug, Default)]
struct Calls {
    /// The names that this attempt has called, and in which step.
    called: Mutex<(u64, BTreeSet<Box<str>>)>,
    /// In place of the journal, for the next attempt: even in memory a retry repeats nothing.
    kept: Mutex<(u64, BTreeMap<Box<str>, Entry>)>,
    /// Tells the keys of a run in memory from those of every other run.
    run: OnceLock<u128>,
}

/// Where an effect is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) task: &'a TaskLabel,
    pub(crate) step: u64,
    pub(crate) effect: &'a str,
}

impl Effects {
    pub(crate) fn new(journal: Option<Arc<dyn Journal>>) -> Effects {
        Effects { journal, calls: OnceLock::new() }
    }

    /// Begins another attempt at the task.
    pub(crate) fn again(&mut self) {
        if let Some(calls) = self.calls.get_mut() {
            calls.called.get_mut().unwrap_or_else(PoisonError::into_inner).1.clear();
        }
    }

    /// Begins with another task.
    #[inline]
    pub(crate) fn renew(&mut self) {
        if self.calls.get().is_some() {
            self.calls.take();
        }
    }

    fn calls(&self) -> &Calls {
        self.calls.get_or_init(Box::default)
    }

    /// Runs an effect and journals its value, or returns the value that is journaled.
    pub(crate) async fn once<T, E, F>(
        &self,
        site: Site<'_>,
        input: &(impl Serialize + ?Sized),
        effect: impl FnOnce(IdempotencyKey) -> F,
    ) -> Result<T, EffectError>
    where
        T: Serialize + DeserializeOwned + 'static,
        E: Into<BoxError>,
        F: Future<Output = Result<T, E>>,
    {
        let call = self.call::<T>(site, Mode::Once, value::digest(input))?;
        if let Some(value) = call.journaled().await?.and_then(|entry| entry.value) {
            return call.replay(&value);
        }
        let key = call.key().await?;
        let done = call.carry_out("executed", effect(key)).await.map_err(|error| call.failed(error))?;
        let value = call.value(done)?;
        call.finish(value).await
    }

    /// Runs an effect that was never begun, journaling first that it is; or returns the value that is journaled; or has
    /// `resolve` find out what came of it.
    pub(crate) async fn at_most_once<T, E, F, D, R>(
        &self,
        site: Site<'_>,
        input: &(impl Serialize + ?Sized),
        effect: impl FnOnce(IdempotencyKey) -> F,
        resolve: impl FnOnce(IdempotencyKey) -> R,
    ) -> Result<T, EffectError>
    where
        T: Serialize + DeserializeOwned + 'static,
        E: Into<BoxError>,
        F: Future<Output = Result<T, E>>,
        D: Into<BoxError>,
        R: Future<Output = Result<T, D>>,
    {
        let call = self.call::<T>(site, Mode::AtMostOnce, value::digest(input))?;
        let journaled = call.journaled().await?;
        let key = match &journaled {
            Some(Entry { value: Some(value), .. }) => return call.replay(value),
            _ => call.key().await?,
        };
        let done = if journaled.is_some() {
            call.carry_out("resolved", resolve(key)).await.map_err(|error| call.uncertain(key, error))?
        } else {
            call.put(None).await?;
            // The intent stays when the effect returns an error: a request that timed out may have been carried out.
            call.carry_out("executed", effect(key)).await.map_err(|error| call.failed(error))?
        };
        let value = call.value(done)?;
        call.finish(value).await
    }

    /// Claims the name of an effect and checks what can be checked before anything happens.
    fn call<'a, T: Serialize + DeserializeOwned + 'static>(
        &'a self,
        site: Site<'a>,
        mode: Mode,
        input: Result<[u8; 16], String>,
    ) -> Result<Call<'a>, EffectError> {
        let Site { effect, step, .. } = site;
        if !of_step(&self.calls().called, step, |called| called.insert(effect.into())) {
            return Err(EffectError::NameTwice { effect: effect.to_owned() });
        }
        let input = input.map_err(|reason| EffectError::not_storable(effect, "input", &reason))?;
        let fingerprint = value::fingerprint::<T>();
        let fingerprint = fingerprint.map_err(|reason| EffectError::not_storable(effect, "value", &reason))?;
        Ok(Call { effects: self, site, mode, input, fingerprint })
    }

    fn run(&self) -> u128 {
        // The seeds come from the system's randomness, and no two are equal within a process.
        let word = || u128::from(RandomState::new().hash_one("run"));
        *self.calls().run.get_or_init(|| word() << 64 | word())
    }
}

/// Uses what belongs to this step; what is there of another one is forgotten.
///
/// A step of the plain loop has one task, and the next one begins without a word to the effects, which most nodes do not
/// have. A poisoned lock is as good as a whole one: both collections are consistent between any two of their operations.
fn of_step<T: Default, R>(kept: &Mutex<(u64, T)>, step: u64, use_it: impl FnOnce(&mut T) -> R) -> R {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.0 != step {
        *kept = (step, T::default());
    }
    use_it(&mut kept.1)
}

/// One call of an effect.
struct Call<'a> {
    effects: &'a Effects,
    site: Site<'a>,
    mode: Mode,
    /// A hash of the input.
    input: [u8; 16],
    /// The structure of the value's type.
    fingerprint: u64,
}

impl Call<'_> {
    /// What is journaled of the effect, if it belongs to this call.
    async fn journaled(&self) -> Result<Option<Entry>, EffectError> {
        let Site { task, effect, step } = self.site;
        let entry = match &self.effects.journal {
            Some(journal) => journal.get(task, effect).await.map_err(|error| EffectError::journal(effect, error))?,
            None => of_step(&self.effects.calls().kept, step, |kept| kept.get(effect).cloned()),
        };
        match entry {
            Some(entry) if entry.mode != self.mode => Err(EffectError::other_call(effect, entry.mode)),
            Some(entry) if entry.input != self.input => Err(EffectError::OtherInput { effect: effect.to_owned() }),
            entry => Ok(entry),
        }
    }

    async fn key(&self) -> Result<IdempotencyKey, EffectError> {
        let Site { task, step, effect } = self.site;
        let Some(journal) = &self.effects.journal else {
            return Ok(IdempotencyKey::new(&Origin::Memory { run: self.effects.run(), step }, task, effect));
        };
        // A checkpoint that a power cut takes away comes back as another one, and the effect would get another key.
        let place = journal.place().await.map_err(|error| EffectError::journal(effect, error))?;
        Ok(IdempotencyKey::new(&Origin::Thread(journal.thread(), place), task, effect))
    }

    /// The value as it is journaled. Takes it whole: across an await it would have to be `Send`.
    fn value<T: Serialize + DeserializeOwned>(&self, value: T) -> Result<Value, EffectError> {
        let bytes = value::store(&value);
        drop(value);
        let bytes = bytes.map_err(|reason| EffectError::not_storable(self.site.effect, "value", &reason))?;
        Ok(Value { fingerprint: self.fingerprint, bytes: Bytes(bytes) })
    }

    /// Journals the value. What is returned is read from its bytes, so that a node sees the same in every attempt.
    async fn finish<T: DeserializeOwned>(&self, value: Value) -> Result<T, EffectError> {
        self.put(Some(value.clone())).await?;
        self.read(&value)
    }

    async fn put(&self, value: Option<Value>) -> Result<(), EffectError> {
        let Site { task, effect, step } = self.site;
        let entry = Entry { mode: self.mode, input: self.input, value };
        if let Some(journal) = &self.effects.journal {
            return journal.put(task, effect, &entry).await.map_err(|error| EffectError::journal(effect, error));
        }
        of_step(&self.effects.calls().kept, step, |kept| kept.insert(effect.into(), entry));
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, value: &Value) -> Result<T, EffectError> {
        let effect = || self.site.effect.to_owned();
        if value.fingerprint != self.fingerprint {
            return Err(EffectError::OtherType { effect: effect() });
        }
        value::read(&value.bytes.0).map_err(|reason| EffectError::Unreadable { effect: effect(), reason })
    }

    fn failed(&self, error: impl Into<BoxError>) -> EffectError {
        EffectError::Failed { effect: self.site.effect.to_owned(), source: error.into() }
    }

    fn uncertain(&self, key: IdempotencyKey, error: impl Into<BoxError>) -> EffectError {
        EffectError::Uncertain { effect: self.site.effect.to_owned(), key, source: error.into() }
    }
}
