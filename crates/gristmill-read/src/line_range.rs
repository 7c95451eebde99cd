//! Lines whose first byte lies in a range of a file. A split starts anywhere, so the reader itself finds the first
//! line of its own and reads its last one to the end.

use std::io::{self, Read};

use memchr::memchr;

/// Passes on the lines that start in the range. The raw stream starts one byte before the range, unless that
/// starts the file.
pub(crate) struct LineRange<R> {
    raw: R,
    line_end: u8,
    /// Address of the next raw byte.
    at: u64,
    /// End of the range.
    end: u64,
    state: State,
    /// Bytes that were read together with the end of the line before the range.
    held: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Inside,
    Done,
}

impl<R: Read> LineRange<R> {
    /// Skips to the first line that starts in `start..end`; returns its address too.
    pub(crate) fn new(raw: R, line_end: u8, start: u64, end: u64) -> io::Result<(Self, u64)> {
        let mut this =
            Self { raw, line_end, at: start.saturating_sub(1), end, state: State::Inside, held: Vec::new() };
        if start == 0 {
            return Ok((this, 0));
        }
        let mut block = vec![0; 64 << 10];
        loop {
            let n = read_some(&mut this.raw, &mut block)?;
            if n == 0 {
                this.state = State::Done;
                return Ok((this, this_end(start, end)));
            }
            if let Some(found) = memchr(line_end, &block[..n]) {
                let first = this.at + found as u64 + 1;
                this.at = first;
                if first >= end {
                    this.state = State::Done;
                } else {
                    this.held.extend_from_slice(&block[found + 1..n]);
                }
                return Ok((this, first));
            }
            this.at += n as u64;
        }
    }

    /// Cuts what was read at the end of the last line of the range.
    fn pass(&mut self, bytes: &[u8]) -> usize {
        let room = self.end.saturating_sub(self.at);
        if (bytes.len() as u64) < room {
            self.at += bytes.len() as u64;
            return bytes.len();
        }
        // The line that holds byte `end - 1` is the last one.
        let from = (room as usize).saturating_sub(1);
        let take = match memchr(self.line_end, &bytes[from..]) {
            Some(found) => {
                self.state = State::Done;
                from + found + 1
            }
            None => bytes.len(),
        };
        self.at += take as u64;
        take
    }
}

const fn this_end(start: u64, end: u64) -> u64 {
    if end > start { end } else { start }
}

fn read_some(raw: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match raw.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

impl<R: Read> Read for LineRange<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.state == State::Done || into.is_empty() {
            return Ok(0);
        }
        let n = if self.held.is_empty() {
            read_some(&mut self.raw, into)?
        } else {
            let n = self.held.len().min(into.len());
            into[..n].copy_from_slice(&self.held[..n]);
            self.held.drain(..n);
            n
        };
        Ok(self.pass(&into[..n]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str, start: u64, end: u64) -> (String, u64) {
        let raw = &text.as_bytes()[start.saturating_sub(1) as usize..];
        let (mut range, first) = LineRange::new(raw, b'\n', start, end).unwrap();
        let mut out = String::new();
        range.read_to_string(&mut out).unwrap();
        (out, first)
    }

    #[test]
    fn every_line_belongs_to_one_range() {
        let text = "ab\n\ncdef\ng\nlast";
        let size = text.len() as u64;
        for step in 1..=size {
            let mut joined = String::new();
            let mut start = 0;
            while start < size {
                let end = (start + step).min(size);
                let (part, first) = lines_of(text, start, end);
                if !part.is_empty() {
                    assert_eq!(first as usize, joined.len(), "step {step} start {start}");
                }
                joined.push_str(&part);
                start = end;
            }
            assert_eq!(joined, text, "step {step}");
        }
    }
}
