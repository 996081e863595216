//! What a marketplace says of its knobs: usual values, knobs of its own, sentences for the page.

use super::Settings;
use serde::Serialize;
use serde_json::{Map, Value};

/// Names of knobs with a sentence each.
pub(crate) type Texts = &'static [(&'static str, &'static str)];

/// A marketplace's knobs.
pub(crate) struct Sheet {
    /// The common knobs with the values that are usual here.
    pub usual: fn() -> Settings,
    /// Its own knobs with their usual values.
    pub own: fn() -> Map<String, Value>,
    /// Says what is wrong with its own knobs, if anything is.
    pub check: fn(&Map<String, Value>) -> Result<(), String>,
    /// Its own knobs on the console's page.
    pub groups: &'static [(&'static str, Texts)],
    /// The words of its own knobs that know only some.
    pub choices: &'static [(&'static str, &'static [&'static str])],
    /// Names of APIs that the page suggests.
    pub apis: &'static [&'static str],
}

/// A struct as its JSON object.
pub(crate) fn document(of: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
