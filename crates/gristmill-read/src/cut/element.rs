//! Element ends of a JSON array: commas at its own depth, outside strings. Only nesting is counted here; whether an
//! element is JSON is the parser's question.

use memchr::memchr2;

use super::{RecordScan, Rest, Walk};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside strings.
    Plain,
    /// Inside a string.
    Text,
    /// After a backslash inside a string.
    Escape,
}

/// Elements of one array.
pub(crate) struct ElementScan {
    depth: u64,
    place: Place,
    /// A byte of an element was seen after the last comma.
    seen: bool,
    after_comma: bool,
    closed: bool,
}

impl ElementScan {
    /// Starts inside the array, at its start or after a comma.
    pub(crate) const fn new(after_comma: bool) -> Self {
        Self { depth: 0, place: Place::Plain, seen: false, after_comma, closed: false }
    }
}

impl RecordScan for ElementScan {
    fn walk(&mut self, bytes: &[u8], limit: usize) -> Walk {
        let mut walk = Walk::default();
        let mut at = 0;
        while at < bytes.len() && walk.records < limit {
            if self.place == Place::Escape {
                self.place = Place::Text;
                at += 1;
                continue;
            }
            if self.place == Place::Text {
                match memchr2(b'"', b'\\', &bytes[at..]) {
                    None => at = bytes.len(),
                    Some(found) => {
                        at += found + 1;
                        self.place = if bytes[at - 1] == b'"' { Place::Plain } else { Place::Escape };
                    }
                }
                continue;
            }
            match bytes[at] {
                b' ' | b'\n' | b'\t' | b'\r' => {
                    at += 1;
                    continue;
                }
                b'"' => self.place = Place::Text,
                b'{' | b'[' => self.depth += 1,
                b']' if self.depth == 0 => {
                    self.closed = true;
                    walk.closed = true;
                    break;
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b',' if self.depth == 0 => {
                    at += 1;
                    walk.records += 1;
                    walk.end = Some(at);
                    self.seen = false;
                    self.after_comma = true;
                    continue;
                }
                _ => {}
            }
            self.seen = true;
            at += 1;
        }
        walk.walked = at;
        walk
    }

    fn rest(&self) -> Rest {
        match (self.closed, self.seen, self.after_comma) {
            (false, ..) => Rest::Open,
            (true, true, _) => Rest::Record,
            (true, false, true) => Rest::Hole,
            (true, false, false) => Rest::Nothing,
        }
    }
}
