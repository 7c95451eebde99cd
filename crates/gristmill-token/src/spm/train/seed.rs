//! Pieces to start with: characters, and the substrings of words that occur more than once, by occurrences times
//! length. Found by sorting all suffixes up to the length of the longest piece; those of one first character have
//! nothing to do with others, so that threads share the characters out.

use std::cmp::{Ordering, Reverse};

use super::Pieces;
use super::options::TrainOptions;
use super::threads::on_each;
use super::valid::valid;

/// Ends a word; no word holds it.
const END: char = '\0';
/// Bits of a character in a head.
const CHAR_BITS: u32 = 21;
/// Characters of a suffix in its head.
const HEAD: usize = 3;

struct Suffixes<'a> {
    text: &'a [char],
    most: usize,
}

/// A suffix: its head, where it starts, and the number of its word.
type Suffix = (u64, u32, u32);

impl<'a> Suffixes<'a> {
    fn suffix(&self, at: u32) -> &'a [char] {
        let rest = &self.text[at as usize..];
        let rest = &rest[..rest.len().min(self.most)];
        &rest[..rest.iter().position(|&char| char == END).unwrap_or(rest.len())]
    }

    /// The first characters as one number, in the order of the suffixes.
    fn head(&self, at: usize) -> u64 {
        let mut head = 0;
        let mut ended = false;
        for nth in 0..HEAD {
            ended = ended || nth >= self.most || self.text[at + nth] == END;
            head = head << CHAR_BITS | if ended { 0 } else { u64::from(u32::from(self.text[at + nth])) };
        }
        head
    }

    /// By their characters; equal ones by where they are.
    fn compare(&self, a: &Suffix, b: &Suffix) -> Ordering {
        let heads = a.0.cmp(&b.0);
        // Suffixes that end in their heads have nothing behind them to compare.
        if heads != Ordering::Equal || a.0.trailing_zeros() >= CHAR_BITS {
            return heads.then(a.1.cmp(&b.1));
        }
        for nth in HEAD..self.most {
            let (left, right) = (self.text[a.1 as usize + nth], self.text[b.1 as usize + nth]);
            if left != right {
                return left.cmp(&right);
            }
            if left == END {
                break;
            }
        }
        a.1.cmp(&b.1)
    }

    /// Which thread has the suffixes that start with a character, by the character's code; much the same work for all.
    fn shared_out(&self, threads: usize) -> Vec<u8> {
        let top = self.text.iter().max().map_or(0, |&char| char as usize);
        let mut counts = vec![0_usize; top + 1];
        for &char in self.text {
            counts[char as usize] += 1;
        }
        let mut chars: Vec<usize> = (1..=top).filter(|&char| counts[char] > 0).collect();
        chars.sort_unstable_by_key(|&char| (Reverse(counts[char]), char));
        let mut loads = vec![0; threads.clamp(1, 256)];
        let mut owners = vec![0; top + 1];
        for char in chars {
            let least = loads.iter().enumerate().min_by_key(|(_, load)| **load).map_or(0, |(at, _)| at);
            loads[least] += counts[char];
            owners[char] = least as u8;
        }
        owners
    }

    /// The suffixes of one thread, in order.
    fn ordered(&self, owners: &[u8], thread: usize) -> Vec<Suffix> {
        let mut order = Vec::new();
        let mut word = 0;
        for (at, &char) in self.text.iter().enumerate() {
            if char == END {
                word += 1;
            } else if usize::from(owners[char as usize]) == thread {
                order.push((self.head(at), at as u32, word));
            }
        }
        order.sort_unstable_by(|a, b| self.compare(a, b));
        order
    }
}

/// Seed pieces with their log probabilities.
pub(super) fn pieces(words: &[(Box<str>, u64)], chars: &[(char, u64)], options: &TrainOptions) -> Pieces {
    let mut text = Vec::new();
    for (word, _) in words {
        text.extend(word.chars());
        text.push(END);
    }
    let suffixes = Suffixes { text: &text, most: options.max_piece_length };
    let wanted = options.seed_size.saturating_sub(chars.len());
    let better = |a: &(u64, &[char]), b: &(u64, &[char])| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1));
    let threads = options.threads.clamp(1, 256);
    let owners = suffixes.shared_out(threads);
    let found = on_each(threads, |thread| {
        let mut found = substrings(&suffixes, &suffixes.ordered(&owners, thread), words, options);
        found.sort_unstable_by(better);
        found.truncate(wanted);
        found
    });
    let mut found = found.concat();
    // Merges what is sorted already.
    found.sort_by(better);
    found.truncate(wanted);
    let seeds = chars.iter().map(|(char, count)| (char.to_string(), *count));
    let seeds = seeds.chain(found.iter().map(|(score, piece)| (piece.iter().collect(), *score)));
    let (texts, counts): (Vec<String>, Vec<u64>) = seeds.unzip();
    let total = (counts.iter().map(|&count| u128::from(count)).sum::<u128>() as f64).ln();
    Pieces::new(texts, counts.iter().map(|&count| (count as f64).ln() - total).collect(), chars.len())
}

/// Substrings of two characters and more, with occurrences times length.
fn substrings<'a>(
    suffixes: &Suffixes<'a>,
    order: &[Suffix],
    words: &[(Box<str>, u64)],
    options: &TrainOptions,
) -> Vec<(u64, &'a [char])> {
    let text = suffixes.text;
    let mut found = Vec::new();
    // Open substrings of the suffix before, each longer than the one below: length, occurrences so far.
    let mut open: Vec<(usize, u64)> = Vec::new();
    let mut close = |open: &mut Vec<(usize, u64)>, start: u32, common: usize| {
        let mut carried = 0;
        while let Some(&(len, count)) = open.last()
            && len > common
        {
            open.pop();
            carried += count;
            let piece = &text[start as usize..start as usize + len];
            if len > 1 && carried > 1 && valid(piece, options) {
                found.push((carried.saturating_mul(len as u64), piece));
            }
        }
        match open.last_mut() {
            _ if carried == 0 || common == 0 => {}
            Some((len, count)) if *len == common => *count += carried,
            _ => open.push((common, carried)),
        }
    };
    let mut before = 0;
    for (nth, &(_, at, word)) in order.iter().enumerate() {
        let suffix = suffixes.suffix(at);
        let common = if nth == 0 {
            0
        } else {
            suffix.iter().zip(suffixes.suffix(before)).take_while(|(a, b)| a == b).count()
        };
        close(&mut open, before, common);
        let weight = words[word as usize].1;
        match open.last_mut() {
            Some((len, count)) if *len == suffix.len() => *count += weight,
            _ => open.push((suffix.len(), weight)),
        }
        before = at;
    }
    close(&mut open, before, 0);
    found
}
