//! A map of rows that remembers which of them changed since they were last written down.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// One change to be written: kind, key, and the new text (`None` = gone).
pub(crate) type Change = (String, String, Option<String>);

/// Rows of one kind by key.
#[derive(Debug)]
pub(crate) struct Table<T> {
    kind: String,
    rows: BTreeMap<String, T>,
    dirty: BTreeSet<String>,
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    pub(crate) fn new(market: &str, kind: &str) -> Self {
        Self {
            kind: format!("{market}.{kind}"),
            rows: BTreeMap::new(),
            dirty: BTreeSet::new(),
        }
    }

    pub(crate) fn kind(&self) -> &str {
        &self.kind
    }

    /// Takes a row back from the file.
    pub(crate) fn restore(&mut self, id: &str, body: &str) -> Result<(), serde_json::Error> {
        self.rows.insert(id.to_owned(), serde_json::from_str(body)?);
        Ok(())
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(id)
    }

    /// The row for changing; it counts as changed from here on.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let row = self.rows.get_mut(id)?;
        if !self.dirty.contains(id) {
            self.dirty.insert(id.to_owned());
        }
        Some(row)
    }

    /// The row for changing, made first if it is not there.
    pub(crate) fn entry(&mut self, id: &str, make: impl FnOnce() -> T) -> &mut T {
        self.dirty.insert(id.to_owned());
        self.rows.entry(id.to_owned()).or_insert_with(make)
    }

    pub(crate) fn insert(&mut self, id: impl Into<String>, row: T) {
        let id = id.into();
        self.dirty.insert(id.clone());
        self.rows.insert(id, row);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let row = self.rows.remove(id)?;
        self.dirty.insert(id.to_owned());
        Some(row)
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.rows.contains_key(id)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &T)> {
        self.rows.iter()
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Keys of the rows for which `wanted` holds.
    pub(crate) fn keys_where(&self, wanted: impl Fn(&T) -> bool) -> Vec<String> {
        self.rows
            .iter()
            .filter(|(_, row)| wanted(row))
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// What must be written down. The marks stay until [`Self::written`]: a write that fails or is
    /// dropped half way is repeated with the next one.
    pub(crate) fn changes(&self, into: &mut Vec<Change>) {
        for id in &self.dirty {
            let body = self
                .rows
                .get(id)
                .and_then(|row| serde_json::to_string(row).ok());
            into.push((self.kind.clone(), id.clone(), body));
        }
    }

    pub(crate) fn written(&mut self) {
        self.dirty.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_touched_rows_are_written_and_only_once() {
        let mut table: Table<i64> = Table::new("m", "k");
        table.restore("a", "1").unwrap();
        table.restore("b", "2").unwrap();
        *table.get_mut("a").unwrap() = 5;
        table.remove("b");
        let mut changes = Vec::new();
        table.changes(&mut changes);
        assert_eq!(
            changes,
            vec![
                ("m.k".into(), "a".into(), Some("5".into())),
                ("m.k".into(), "b".into(), None)
            ]
        );
        table.written();
        changes.clear();
        table.changes(&mut changes);
        assert!(changes.is_empty());
    }
}
