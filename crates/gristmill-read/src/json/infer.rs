//! The schema of JSON records: keys in the order they are first seen, each with the narrowest type that holds all
//! its values without changing one.

use std::collections::HashMap;

use super::record::{Place, object};
use super::shape::Shape;
use super::text::key;
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
    pub(crate) fn observe(&mut self, record: &[u8]) {
        let mut members = std::mem::take(&mut self.members);
        members.clear();
        let mut more = false;
        let walked = object(record, 0, |start, end, escaped, place| {
            if members.len() < NOTED {
                members.push((start, end, escaped, place));
            } else {
                more = true;
            }
        });
        if walked.is_ok() {
            self.next = 0;
            let mut add =
                |start, end, escaped, place| self.add(&key(&record[start..end], escaped), place, record);
            if more {
                let seen = object(record, 0, add);
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

    /// Takes in what was learnt of the records that follow.
    pub(crate) fn append(&mut self, later: Self) {
        for (key, shape) in later.columns {
            if let Some(at) = self.place_of(&key) {
                self.columns[at].1.unite(shape);
            }
        }
    }

    fn add(&mut self, key: &str, place: Place, record: &[u8]) {
        if let Some(at) = self.place_of(key) {
            self.next = at + 1;
            self.columns[at].1.take(place, record);
        }
    }

    /// The column of a key, a new one if need be; none where there are too many.
    fn place_of(&mut self, key: &str) -> Option<usize> {
        if self.columns.get(self.next).is_some_and(|(name, _)| name == key) {
            return Some(self.next);
        }
        if let Some(&at) = self.places.get(key) {
            return Some(at);
        }
        if self.too_many() {
            return None;
        }
        self.places.insert(key.to_owned(), self.columns.len());
        self.columns.push((key.to_owned(), Shape::Null));
        Some(self.columns.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

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
                schema.observe(format!("{{\"k\":{value}}}").as_bytes());
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
        schema.observe(&record.as_bytes()[..record.len() - 1]);
        schema.observe(record.as_bytes());
        schema.observe(b"{\"k1\":\"x\"}");
        let columns = schema.finish();
        assert_eq!(columns.len(), members.len());
        assert_eq!(columns[2 * NOTED - 1].name, format!("k{}", 2 * NOTED - 1));
        assert_eq!(String::from(columns[1].kind.clone()), "json");
    }

    proptest! {
        #[test]
        fn records_looked_at_apart_are_as_looked_at_in_order(
            values in vec((0_usize..3, 0_usize..VALUES.len()), 0..9),
            cut in 0_usize..9,
        ) {
            let records: Vec<String> =
                values.iter().map(|&(key, value)| format!("{{\"k{key}\":{}}}", VALUES[value])).collect();
            let look = |records: &[String]| {
                let mut schema = Schema::default();
                for record in records {
                    schema.observe(record.as_bytes());
                }
                schema
            };
            let (before, after) = records.split_at(cut.min(records.len()));
            let mut apart = look(before);
            apart.append(look(after));
            prop_assert_eq!(apart.finish(), look(&records).finish());
        }
    }

    /// Values that agree with some of the others and not with others.
    const VALUES: &[&str] = &[
        "null",
        "1",
        "9007199254740993",
        "2.5",
        "\"x\"",
        "true",
        "{\"a\":1}",
        "[]",
        "[1]",
        "[null,2]",
        "[2.5]",
        "[[1],[]]",
        "[[2.5]]",
        "[{\"a\":1}]",
        "[{\"a\":null}]",
        "[{\"a\":\"x\"}]",
        "[{\"a\":1,\"b\":[]}]",
        "[{\"b\":[\"x\"],\"a\":2}]",
        "[{}]",
        "broken",
    ];

    #[test]
    fn bytes_that_are_no_text_stand_for_themselves_in_no_key() {
        let mut schema = Schema::default();
        schema.observe(b"{\"\xff\":\"\xfe\",\"n\":1}");
        let names: Vec<String> = schema.finish().into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["\u{fffd}", "n"]);
    }

    #[test]
    fn keys_stand_in_the_order_first_seen() {
        let mut schema = Schema::default();
        for record in [r#"{"b":1}"#, "broken", r#"{"a":1,"b":2}"#, r#"{"\u0063":3}"#] {
            schema.observe(record.as_bytes());
        }
        let names: Vec<String> = schema.finish().into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["b", "a", "c"]);
    }
}
