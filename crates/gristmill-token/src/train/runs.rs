//! Words in the order of their bytes with their counts, in files and in memory, read as one.
//!
//! In a file a word is written as how many bytes it shares with the one before, how many follow, those, and its count;
//! two zeros are the end.

use std::io::Read;

use gristmill_core::{Failure, Saved, SavedWriter};

use super::tally::{Spelled, spell};
use crate::failure::TokenFailure;
use crate::varint::put;

/// Bytes gathered before they are written.
const GATHERED: usize = 1 << 16;

/// Words of a part in order.
pub(super) enum Run {
    Short(Vec<(Spelled, u64)>),
    Long(Vec<(Box<[u8]>, u64)>),
    /// A file, and where in it the words start.
    File(Saved, u64),
}

/// Called with a word and its count.
pub type TakeWord<'a> = &'a mut dyn FnMut(&[u8], u64) -> Result<(), Failure>;

/// Gives every word of all runs once, in order, with the sum of its counts.
pub(super) fn each(runs: &[Run], take: TakeWord<'_>) -> Result<(), Failure> {
    let mut heads: Vec<Head<'_>> = runs.iter().map(Head::new).collect::<Result<_, _>>()?;
    let mut order: Vec<usize> = Vec::with_capacity(heads.len());
    for (at, head) in heads.iter_mut().enumerate() {
        if head.advance()? {
            order.push(at);
        }
    }
    order.sort_by(|a, b| heads[*a].word.cmp(&heads[*b].word));
    let mut word = Vec::new();
    while let Some(&first) = order.first() {
        let head = &mut heads[first];
        std::mem::swap(&mut word, &mut head.word);
        // What it shares with the word before is still needed there.
        head.word.clear();
        head.word.extend_from_slice(&word);
        let mut count = head.count;
        next(&mut heads, &mut order)?;
        while let Some(&same) = order.first().filter(|at| heads[**at].word == word) {
            count = count.saturating_add(heads[same].count);
            next(&mut heads, &mut order)?;
        }
        take(&word, count)?;
    }
    Ok(())
}

/// Moves the first head on and puts the heap of heads in order again.
fn next(heads: &mut [Head<'_>], order: &mut Vec<usize>) -> Result<(), Failure> {
    if !heads[order[0]].advance()? {
        order.swap_remove(0);
    }
    let mut at = 0;
    loop {
        let below = (2 * at + 1..2 * at + 3).filter(|child| *child < order.len());
        let Some(child) = below.min_by(|a, b| heads[order[*a]].word.cmp(&heads[order[*b]].word)) else {
            return Ok(());
        };
        if heads[order[at]].word <= heads[order[child]].word {
            return Ok(());
        }
        order.swap(at, child);
        at = child;
    }
}

/// Writes the words of all runs as one.
pub(super) fn write(runs: &[Run], out: &mut SavedWriter<'_>) -> Result<(), Failure> {
    let mut bytes = Vec::with_capacity(GATHERED + 256);
    let mut before: Vec<u8> = Vec::new();
    each(runs, &mut |word, count| {
        let shared = before.iter().zip(word).take_while(|(a, b)| a == b).count();
        put(&mut bytes, shared as u64);
        put(&mut bytes, (word.len() - shared) as u64);
        bytes.extend_from_slice(&word[shared..]);
        put(&mut bytes, count);
        before.truncate(shared);
        before.extend_from_slice(&word[shared..]);
        if bytes.len() > GATHERED {
            out.put(&bytes)?;
            bytes.clear();
        }
        Ok(())
    })?;
    bytes.extend_from_slice(&[0, 0]);
    out.put(&bytes)
}

/// The word at the front of a run.
struct Head<'a> {
    word: Vec<u8>,
    count: u64,
    rest: Rest<'a>,
}

enum Rest<'a> {
    Short(std::slice::Iter<'a, (Spelled, u64)>),
    Long(std::slice::Iter<'a, (Box<[u8]>, u64)>),
    File(Bytes<'a>),
}

impl<'a> Head<'a> {
    fn new(run: &'a Run) -> Result<Self, Failure> {
        let rest = match run {
            Run::Short(words) => Rest::Short(words.iter()),
            Run::Long(words) => Rest::Long(words.iter()),
            Run::File(saved, start) => {
                let (input, buffer) = (saved.open()?, vec![0; GATHERED]);
                let mut bytes = Bytes { input, saved, buffer, at: 0, end: 0 };
                bytes.skip(*start)?;
                Rest::File(bytes)
            }
        };
        Ok(Self { word: Vec::new(), count: 0, rest })
    }

    fn advance(&mut self) -> Result<bool, Failure> {
        match &mut self.rest {
            Rest::Short(words) => {
                let Some((spelled, count)) = words.next() else { return Ok(false) };
                spell(*spelled, &mut self.word);
                self.count = *count;
            }
            Rest::Long(words) => {
                let Some((word, count)) = words.next() else { return Ok(false) };
                self.word.clear();
                self.word.extend_from_slice(word);
                self.count = *count;
            }
            Rest::File(bytes) => {
                let (shared, rest) = (bytes.number()?, bytes.number()?);
                if (shared, rest) == (0, 0) {
                    return Ok(false);
                }
                if shared > self.word.len() as u64 || rest == 0 {
                    return Err(damaged());
                }
                self.word.truncate(shared as usize);
                bytes.append(rest, &mut self.word)?;
                self.count = bytes.number()?;
            }
        }
        Ok(true)
    }
}

fn damaged() -> Failure {
    TokenFailure::BadState { kind: "train_bpe" }.into()
}

/// Bytes of a file, a block at a time.
struct Bytes<'a> {
    input: Box<dyn Read + Send + 'a>,
    saved: &'a Saved,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
}

impl Bytes<'_> {
    fn fill(&mut self) -> Result<(), Failure> {
        self.end = loop {
            match self.input.read(&mut self.buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.saved.unreadable(error)),
                Ok(0) => return Err(damaged()),
                Ok(end) => break end,
            }
        };
        self.at = 0;
        Ok(())
    }

    fn skip(&mut self, mut length: u64) -> Result<(), Failure> {
        while length > 0 {
            if self.at == self.end {
                self.fill()?;
            }
            let skipped = length.min((self.end - self.at) as u64);
            self.at += skipped as usize;
            length -= skipped;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<u64, Failure> {
        let mut number = 0;
        for place in 0..10 {
            if self.at == self.end {
                self.fill()?;
            }
            let byte = self.buffer[self.at];
            self.at += 1;
            number |= u64::from(byte & 0x7F) << (place * 7);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(damaged())
    }

    fn append(&mut self, mut length: u64, word: &mut Vec<u8>) -> Result<(), Failure> {
        while length > 0 {
            if self.at == self.end {
                self.fill()?;
            }
            let taken = length.min((self.end - self.at) as u64) as usize;
            word.extend_from_slice(&self.buffer[self.at..self.at + taken]);
            self.at += taken;
            length -= taken as u64;
        }
        Ok(())
    }
}
