//! Record ends of line formats.

use memchr::{memchr_iter, memrchr};

use super::{RecordScan, Rest, Walk};

/// One record a line.
pub(crate) struct LineScan {
    line_end: u8,
    inside: bool,
}

impl LineScan {
    /// Lines that end with this byte.
    pub(crate) const fn new(line_end: u8) -> Self {
        Self { line_end, inside: false }
    }
}

impl RecordScan for LineScan {
    fn walk(&mut self, bytes: &[u8], limit: usize) -> Walk {
        let count = memchr_iter(self.line_end, bytes).count();
        if count > limit {
            let last = memchr_iter(self.line_end, bytes).nth(limit - 1).map_or(0, |at| at + 1);
            self.inside = false;
            return Walk { walked: last, end: Some(last), records: limit, closed: false };
        }
        let end = memrchr(self.line_end, bytes).map(|at| at + 1);
        if !bytes.is_empty() {
            self.inside = end != Some(bytes.len());
        }
        Walk { walked: bytes.len(), end, records: count, closed: false }
    }

    fn rest(&self) -> Rest {
        if self.inside { Rest::Record } else { Rest::Nothing }
    }
}
