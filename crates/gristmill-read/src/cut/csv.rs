//! Record ends of CSV: line ends outside quoted fields. The same states as the parser's, so that both agree on
//! every input, however badly quoted.

use memchr::{memchr, memchr2};

use super::{RecordScan, Rest, Walk};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Outside quotes; the byte before says whether a field starts here.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes: the first half of a doubled one, or the closing one.
    Quote,
}

/// CSV records.
pub(crate) struct CsvScan {
    delimiter: u8,
    line_end: u8,
    state: State,
    before: u8,
    inside: bool,
}

impl CsvScan {
    /// Records at whose start a field starts.
    pub(crate) const fn new(delimiter: u8, line_end: u8) -> Self {
        Self { delimiter, line_end, state: State::Plain, before: delimiter, inside: false }
    }
}

impl RecordScan for CsvScan {
    fn walk(&mut self, bytes: &[u8], limit: usize) -> Walk {
        let mut walk = Walk::default();
        let mut at = 0;
        while at < bytes.len() && walk.records < limit {
            self.inside = true;
            match self.state {
                State::Quoted => match memchr(b'"', &bytes[at..]) {
                    Some(found) => {
                        at += found + 1;
                        self.state = State::Quote;
                    }
                    None => at = bytes.len(),
                },
                State::Quote if bytes[at] == b'"' => {
                    at += 1;
                    self.state = State::Quoted;
                }
                State::Quote => {
                    // Nothing but a field start opens quotes, and this is none.
                    self.before = b'"';
                    self.state = State::Plain;
                }
                State::Plain => match memchr2(self.line_end, b'"', &bytes[at..]) {
                    None => {
                        at = bytes.len();
                        self.before = bytes[at - 1];
                    }
                    Some(found) => {
                        let hit = at + found;
                        let before = if found == 0 { self.before } else { bytes[hit - 1] };
                        at = hit + 1;
                        if bytes[hit] == self.line_end {
                            walk.records += 1;
                            walk.end = Some(at);
                            self.before = self.delimiter;
                            self.inside = false;
                        } else if before == self.delimiter {
                            self.state = State::Quoted;
                        } else {
                            self.before = b'"';
                        }
                    }
                },
            }
        }
        walk.walked = at;
        walk
    }

    fn rest(&self) -> Rest {
        if self.inside { Rest::Record } else { Rest::Nothing }
    }
}
