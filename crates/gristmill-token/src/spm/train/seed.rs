//! Pieces to start with: characters, and the substrings of words that occur more than once, by occurrences times
//! length. Found by sorting all suffixes up to the length of the longest piece.

use super::Pieces;
use super::options::TrainOptions;
use super::valid::valid;

/// Ends a word; no word holds it.
const END: char = '\0';

struct Suffixes<'a> {
    text: &'a [char],
    most: usize,
}

impl Suffixes<'_> {
    fn suffix(&self, at: u32) -> &[char] {
        let rest = &self.text[at as usize..];
        let rest = &rest[..rest.len().min(self.most)];
        &rest[..rest.iter().position(|&char| char == END).unwrap_or(rest.len())]
    }

    /// The first three characters as one number, in the order of the suffixes.
    fn head(&self, at: u32) -> u64 {
        let suffix = self.suffix(at);
        (0..3).fold(0, |head, at| head << 21 | suffix.get(at).map_or(0, |&char| u64::from(u32::from(char))))
    }
}

/// Seed pieces with their log probabilities.
pub(super) fn pieces(words: &[(Box<str>, u64)], chars: &[(char, u64)], options: &TrainOptions) -> Pieces {
    let mut text = Vec::new();
    let mut weights = Vec::with_capacity(words.len());
    for (word, count) in words {
        text.extend(word.chars());
        text.push(END);
        weights.push((text.len() as u32, *count));
    }
    let suffixes = Suffixes { text: &text, most: options.max_piece_length };
    let mut order: Vec<(u64, u32)> = (0..text.len() as u32)
        .filter(|&at| text[at as usize] != END)
        .map(|at| (suffixes.head(at), at))
        .collect();
    order.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| suffixes.suffix(a.1).cmp(suffixes.suffix(b.1))).then(a.1.cmp(&b.1))
    });
    let mut found = substrings(&suffixes, &order, &weights, options);
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    found.truncate(options.seed_size.saturating_sub(chars.len()));
    let seeds = chars.iter().map(|(char, count)| (char.to_string(), *count));
    let seeds = seeds.chain(found.iter().map(|(score, piece)| (piece.iter().collect(), *score)));
    let (texts, counts): (Vec<String>, Vec<u64>) = seeds.unzip();
    let total = (counts.iter().map(|&count| u128::from(count)).sum::<u128>() as f64).ln();
    Pieces {
        texts,
        scores: counts.iter().map(|&count| (count as f64).ln() - total).collect(),
        chars: chars.len(),
    }
}

/// Substrings of two characters and more, with occurrences times length.
fn substrings<'a>(
    suffixes: &Suffixes<'a>,
    order: &[(u64, u32)],
    weights: &[(u32, u64)],
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
    for (nth, &(_, at)) in order.iter().enumerate() {
        let suffix = suffixes.suffix(at);
        let common = if nth == 0 {
            0
        } else {
            suffix.iter().zip(suffixes.suffix(before)).take_while(|(a, b)| a == b).count()
        };
        close(&mut open, before, common);
        let weight = weights[weights.partition_point(|(end, _)| *end <= at)].1;
        match open.last_mut() {
            Some((len, count)) if *len == suffix.len() => *count += weight,
            _ => open.push((suffix.len(), weight)),
        }
        before = at;
    }
    close(&mut open, before, 0);
    found
}
