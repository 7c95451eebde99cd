//! The schema of JSON records: keys in the order they are first seen, each with the narrowest type that holds all
//! its values without changing one.

use std::collections::HashMap;

use super::record::{Place, object};
use super::shape::Shape;
use super::text::plain;
use crate::kinds::ColumnSpec;

/// Most keys a schema may have.
pub(crate) const MOST_KEYS: usize = 16_384;

/// A schema in the making.
#[derive(Default)]
pub(crate) struct Schema {
    columns: Vec<(String, Shape)>,
    places: HashMap<String, usize>,
    next: usize,
    members: Vec<Member>,
}

/// A member of a record: where its key stands, whether that has escapes, and its value.
type Member = (usize, usize, bool, Place);

/// Members noted on the way; records with more are walked twice, since there may be millions of them.
const NOTED: usize = 256;

impl Schema {
    /// Takes in a record; one that is no object is left to the reader, which quarantines it.
    pub(crate) fn observe(&mut self, record: &str) {
        let mut members = std::mem::take(&mut self.members);
        members.clear();
        let mut more = false;
        let walked = object(record.as_bytes(), 0, |start, end, escaped, place| {
            if members.len() < NOTED {
                members.push((start, end, escaped, place));
            } else {
                more = true;
            }
        });
        if walked.is_ok() {
            self.next = 0;
            let mut add =
                |start, end, escaped, place| self.add(&plain(&record[start..end], escaped), place, record);
            if more {
                let seen = object(record.as_bytes(), 0, add);
                debug_assert!(seen.is_ok(), "it was an object before");
            } else {
                for &(start, end, escaped, place) in &members {
                    add(start, end, escaped, place);
                }
            }
        }
        self.members = members;
    }

    /// Whether there are more keys than a table can have.
    pub(crate) fn too_many(&self) -> bool {
        self.columns.len() > MOST_KEYS
    }

    /// The columns.
    pub(crate) fn finish(self) -> Vec<ColumnSpec> {
        let spec = |(name, shape): (String, Shape)| ColumnSpec { name, kind: shape.column() };
        self.columns.into_iter().map(spec).collect()
    }

    fn add(&mut self, key: &str, place: Place, record: &str) {
        let at = if self.columns.get(self.next).is_some_and(|(name, _)| name == key) {
            self.next
        } else if let Some(&at) = self.places.get(key) {
            at
        } else {
            if self.too_many() {
                return;
            }
            self.places.insert(key.to_owned(), self.columns.len());
            self.columns.push((key.to_owned(), Shape::Null));
            self.columns.len() - 1
        };
        self.next = at + 1;
        self.columns[at].1.take(place, record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        let cases: &[(&[&str], &str)] = &[
            (&["1", "-7"], "int"),
            (&["1", "2.5"], "float"),
            (&["9007199254740993", "2.5"], "json"),
            (&["2.5", "9007199254740993"], "json"),
            (&["9007199254740993"], "int"),
            (&["123456789012345678901234567890"], "json"),
            (&["1e999"], "json"),
            (&["-0"], "float"),
            (&["null", "\"x\""], "text"),
            (&["null"], "null"),
            (&["\"x\"", "1"], "json"),
            (&["true", "false", "null"], "bool"),
            (&["{\"a\":1}"], "json"),
        ];
        for (values, want) in cases {
            let mut schema = Schema::default();
            for value in *values {
                schema.observe(&format!("{{\"k\":{value}}}"));
            }
            let columns = schema.finish();
            assert_eq!(String::from(columns[0].kind.clone()), *want, "{values:?}");
        }
    }

    #[test]
    fn records_of_many_members_count_as_others() {
        let members: Vec<String> = (0..2 * NOTED).map(|n| format!("\"k{n}\":{n}")).collect();
        let record = format!("{{{}}}", members.join(","));
        let mut schema = Schema::default();
        schema.observe(&record[..record.len() - 1]);
        schema.observe(&record);
        schema.observe("{\"k1\":\"x\"}");
        let columns = schema.finish();
        assert_eq!(columns.len(), members.len());
        assert_eq!(columns[2 * NOTED - 1].name, format!("k{}", 2 * NOTED - 1));
        assert_eq!(String::from(columns[1].kind.clone()), "json");
    }

    #[test]
    fn keys_stand_in_the_order_first_seen() {
        let mut schema = Schema::default();
        for record in [r#"{"b":1}"#, "broken", r#"{"a":1,"b":2}"#, r#"{"\u0063":3}"#] {
            schema.observe(record);
        }
        let names: Vec<String> = schema.finish().into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["b", "a", "c"]);
    }
}
