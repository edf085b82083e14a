//! contract
use serde::{Serialize, de::DeserializeOwned};

#[derive(Debug, thiserror::Error)]
#[error("field `{field}` {reason}")]
#[non_exhaustive]
pub struct FieldError {
    pub field: &'static str,
    pub reason: String,
}

/// One static per stored field, in the derived code: what is learnt about its type once per process.
pub struct FieldProbe {}
impl FieldProbe {
    pub const fn new() -> FieldProbe {
        FieldProbe {}
    }
}

pub struct FieldWriter<'a> {
    _b: &'a mut Vec<u8>,
}
impl FieldWriter<'_> {
    pub fn put<T: Serialize + DeserializeOwned>(
        &mut self,
        _name: &'static str,
        _probe: &'static FieldProbe,
        _value: &T,
    ) -> Result<(), FieldError> {
        unimplemented!()
    }
    pub fn put_json<T: Serialize + DeserializeOwned>(
        &mut self,
        _name: &'static str,
        _probe: &'static FieldProbe,
        _value: &T,
    ) -> Result<(), FieldError> {
        unimplemented!()
    }
}
pub struct FieldReader<'a> {
    _b: &'a [u8],
}
impl FieldReader<'_> {
    pub fn take<T: Serialize + DeserializeOwned>(
        &mut self,
        _name: &'static str,
        _probe: &'static FieldProbe,
    ) -> Result<Option<T>, FieldError> {
        unimplemented!()
    }
    pub fn take_json<T: Serialize + DeserializeOwned>(
        &mut self,
        _name: &'static str,
        _probe: &'static FieldProbe,
    ) -> Result<Option<T>, FieldError> {
        unimplemented!()
    }
}
