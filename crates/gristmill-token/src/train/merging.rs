//! The loop of training: the most frequent pair, merged in every word that has it.
//!
//! A pair waits in a heap under the count it had when it gained words; when it comes up with an old count it goes back
//! with the present one. Counts of merged pairs are left as they are, since the reference leaves them too, and a token
//! that comes about in two ways meets them again.
//!
//! The words of a pair are kept only for the most frequent ones, since a corpus of rare words has many times more
//! places of pairs than words. Of the others they are looked up when a pair comes up, for many pairs at a time. That
//! is no different, as long as a pair gains words once: then the words that have it are those that gained it then and
//! have not lost it. A pair gains words again only when one of its tokens is made in a second way.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};

use super::counts::{Pair, PairCounts};
use super::look_up::{first_pairs, look_up};
use super::places::{PlaceList, Places, ROOM};
use super::word_list::{Symbol, WordList};

/// Pairs looked up at a time.
const TOGETHER: usize = 1 << 16;

/// Words as symbols, and what may be merged in them.
pub(super) struct Merging<S> {
    words: WordList<S>,
    counts: PairCounts,
    heap: BinaryHeap<Waiting>,
    places: Places,
    top: Vec<u32>,
    most: usize,
    /// Length of each token in bytes, zero where it has not been made.
    lengths: Vec<usize>,
    /// Tokens made in a second way.
    remade: HashSet<u32>,
}

/// A pair in the heap.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Waiting {
    count: u64,
    pair: Pair,
    words: Words,
}

/// The words of a pair.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Words {
    /// Not kept; so many at most.
    Unlisted(u32),
    Listed(PlaceList),
}

impl Ord for Waiting {
    /// By count, then the smaller pair, then the older entry.
    fn cmp(&self, other: &Self) -> Ordering {
        let count = self.count.cmp(&other.count);
        count.then_with(|| other.pair.cmp(&self.pair)).then_with(|| other.words.cmp(&self.words))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<S: Symbol> Merging<S> {
    pub(super) fn new(words: WordList<S>, bytes: &[u32; 256], most: Option<usize>) -> Self {
        let pairs = first_pairs(&words, bytes);
        let mut counts = PairCounts::new();
        let mut heap = BinaryHeap::with_capacity(pairs.len());
        for (pair, count, places) in pairs {
            counts.add(pair, count);
            heap.push(Waiting { count, pair, words: Words::Unlisted(places) });
        }
        let most = most.unwrap_or(usize::MAX);
        let (places, top, lengths, remade) = (Places::new(), Vec::new(), Vec::new(), HashSet::new());
        let mut merging = Self { words, counts, heap, places, top, most, lengths, remade };
        for id in bytes {
            merging.set_length(*id, 1);
        }
        merging
    }

    /// The next pair to merge; its words are kept for [`Merging::merge`].
    pub(super) fn next(&mut self, least: u64) -> Option<Pair> {
        let least = least.max(1);
        loop {
            let mut top = self.heap.pop()?;
            let present = self.counts.count(top.pair) as u64;
            if top.count != present {
                top.count = present;
                self.heap.push(top);
                continue;
            }
            if top.count < least {
                return None;
            }
            match top.words {
                Words::Listed(list) => {
                    self.places.take(list, &mut self.top);
                    return Some(top.pair);
                }
                Words::Unlisted(_) => {
                    self.heap.push(top);
                    self.list(least, |_| true);
                }
            }
        }
    }

    /// Tokens of all words, and which tokens they are; nothing where merging again by rank may give others.
    pub(super) fn usage(&self, tokens: usize) -> Option<(u64, Vec<bool>)> {
        if !self.remade.is_empty() {
            return None;
        }
        let (mut sum, mut used) = (0, vec![false; tokens]);
        for number in 0..self.words.len() {
            let word = self.words.word(number);
            sum += self.words.count(number) * word.len() as u64;
            for symbol in word {
                used[symbol.id() as usize] = true;
            }
        }
        Some((sum, used))
    }

    /// Looks up the words of the most frequent pairs whose words are not kept.
    fn list(&mut self, least: u64, wanted: impl Fn(Pair) -> bool) {
        let mut waiting = std::mem::take(&mut self.heap).into_vec();
        let mut unlisted: Vec<(u64, Pair, u32, usize)> = Vec::new();
        for (at, Waiting { pair, words, .. }) in waiting.iter().enumerate() {
            if let Words::Unlisted(places) = words
                && wanted(*pair)
            {
                let count = self.counts.count(*pair) as u64;
                if count >= least {
                    unlisted.push((count, *pair, *places, at));
                }
            }
        }
        unlisted.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        unlisted.truncate(TOGETHER);
        let mut room = ROOM / 2;
        let fits = unlisted.iter().take_while(|(_, _, places, _)| {
            let fits = *places as usize <= room;
            room = room.saturating_sub(*places as usize);
            fits
        });
        let fits = fits.count().max(1);
        unlisted.truncate(fits);
        let pairs: Vec<(Pair, u32)> = unlisted.iter().map(|(_, pair, places, _)| (*pair, *places)).collect();
        for ((.., at), words) in unlisted.iter().zip(look_up(&self.words, &pairs)) {
            waiting[*at].words = Words::Listed(self.places.keep(&words));
        }
        self.heap = waiting.into();
    }

    /// Lets go of the words of the rarer half of the places.
    fn unlist(&mut self) {
        let mut waiting = std::mem::take(&mut self.heap).into_vec();
        let Self { counts, remade, .. } = self;
        waiting.sort_by_cached_key(|one| std::cmp::Reverse(counts.count(one.pair)));
        let mut room = ROOM / 2;
        for one in &mut waiting {
            let again = remade.contains(&one.pair.0) || remade.contains(&one.pair.1);
            if let Words::Listed(list) = one.words
                && !again
            {
                if list.len() as usize > room {
                    one.words = Words::Unlisted(list.len());
                }
                room = room.saturating_sub(list.len() as usize);
            }
        }
        waiting.sort_unstable_by_key(|one| one.words);
        self.places.keep_only(waiting.iter_mut().filter_map(|one| match &mut one.words {
            Words::Listed(list) => Some(list),
            Words::Unlisted(_) => None,
        }));
        self.heap = waiting.into();
    }

    /// Merges the pair of the last [`Merging::next`] into a token of so many bytes.
    pub(super) fn merge(&mut self, pair: Pair, token: u32, length: usize) {
        if self.lengths.get(token as usize).is_some_and(|known| *known > 0) {
            self.remake(token);
        }
        self.set_length(token, length);
        let mut words = std::mem::take(&mut self.top);
        for word in &words {
            self.merge_in(*word, pair, token);
        }
        // The list of a frequent pair is long, and that of the next one much shorter.
        if words.capacity() > 1 << 16 {
            words = Vec::new();
        }
        self.top = words;
        self.offer();
    }

    fn merge_in(&mut self, number: u32, pair: Pair, token: u32) {
        let count = self.words.count(number);
        let (left, right) = (S::of(pair.0), S::of(pair.1));
        let merged = S::of(token);
        let word = self.words.word_mut(number);
        let length = word.len();
        let fits = |other: u32| {
            self.most == usize::MAX || self.lengths[other as usize] + self.lengths[token as usize] < self.most
        };
        let (mut read, mut write) = (0, 0);
        while read < length {
            if read + 1 == length || word[read] != left || word[read + 1] != right {
                word[write] = word[read];
                (read, write) = (read + 1, write + 1);
                continue;
            }
            if write > 0 {
                let before = word[write - 1].id();
                self.counts.lose((before, pair.0), count);
                if fits(before) {
                    self.counts.gain((before, token), count, number);
                }
            }
            if let Some(behind) = word.get(read + 2) {
                let behind = behind.id();
                self.counts.lose((pair.1, behind), count);
                if fits(behind) {
                    self.counts.gain((token, behind), count, number);
                }
            }
            word[write] = merged;
            (read, write) = (read + 2, write + 1);
        }
        if write < length {
            word[write] = S::END;
        }
    }

    fn offer(&mut self) {
        let Self { counts, heap, places, .. } = self;
        counts.fresh(|pair, count, words| {
            if count > 0 {
                let words = Words::Listed(places.keep(words));
                heap.push(Waiting { count: count as u64, pair, words });
            }
        });
        if self.places.is_full() {
            self.unlist();
        }
    }

    /// A token is made in a second way: its pairs may gain words again, so those they have are noted before.
    fn remake(&mut self, token: u32) {
        self.remade.insert(token);
        let of_token = |pair: Pair| pair.0 == token || pair.1 == token;
        let unlisted = |one: &&Waiting| matches!(one.words, Words::Unlisted(_)) && of_token(one.pair);
        let mut left = self.heap.iter().filter(unlisted).count();
        while left > 0 {
            self.list(0, of_token);
            left = self.heap.iter().filter(unlisted).count();
        }
    }

    fn set_length(&mut self, token: u32, length: usize) {
        if self.lengths.len() <= token as usize {
            self.lengths.resize(token as usize + 1, 0);
        }
        self.lengths[token as usize] = length;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    /// The same rules with nothing spared: queue entries with sets of words, as the reference has them.
    fn plainly(words: &[(Vec<u8>, u64)], merges: usize, most: Option<usize>) -> Vec<Pair> {
        let most = most.unwrap_or(usize::MAX);
        let mut tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
        let mut texts: Vec<Vec<u32>> =
            words.iter().map(|(word, _)| word.iter().map(|byte| u32::from(*byte)).collect()).collect();
        let mut counts: BTreeMap<Pair, i64> = BTreeMap::new();
        let mut places: BTreeMap<Pair, BTreeSet<usize>> = BTreeMap::new();
        for (at, text) in texts.iter().enumerate() {
            for pair in text.windows(2) {
                *counts.entry((pair[0], pair[1])).or_default() += words[at].1 as i64;
                places.entry((pair[0], pair[1])).or_default().insert(at);
            }
        }
        let mut queue: Vec<(u64, Pair, usize, BTreeSet<usize>)> = Vec::new();
        let mut age = 0;
        let mut done = Vec::new();
        loop {
            for (pair, places) in std::mem::take(&mut places) {
                if counts[&pair] > 0 {
                    queue.push((counts[&pair] as u64, pair, age, places));
                }
            }
            age += 1;
            let best = queue
                .iter()
                .enumerate()
                .max_by(|(_, a), (_, b)| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then(b.2.cmp(&a.2)));
            let Some(best) = best.map(|(at, _)| at) else { return done };
            if queue[best].0 != counts[&queue[best].1] as u64 {
                queue[best].0 = counts[&queue[best].1] as u64;
                continue;
            }
            let (count, pair, _, at) = queue.swap_remove(best);
            if count < 2 || done.len() == merges {
                return done;
            }
            done.push(pair);
            let text = [&tokens[pair.0 as usize][..], &tokens[pair.1 as usize]].concat();
            let token = tokens.iter().position(|known| *known == text).unwrap_or_else(|| {
                tokens.push(text.clone());
                tokens.len() - 1
            }) as u32;
            for number in at {
                let mut left = 0;
                let word = &mut texts[number];
                while left + 1 < word.len() {
                    if (word[left], word[left + 1]) == pair {
                        let mut change = |pair: Pair, by: i64| {
                            let long = tokens[pair.0 as usize].len() + tokens[pair.1 as usize].len();
                            if by < 0 || long < most {
                                *counts.entry(pair).or_default() += by * words[number].1 as i64;
                                if by > 0 {
                                    places.entry(pair).or_default().insert(number);
                                }
                            }
                        };
                        if left > 0 {
                            change((word[left - 1], pair.0), -1);
                            change((word[left - 1], token), 1);
                        }
                        if let Some(&behind) = word.get(left + 2) {
                            change((pair.1, behind), -1);
                            change((token, behind), 1);
                        }
                        word.splice(left..left + 2, [token]);
                    }
                    left += 1;
                }
            }
        }
    }

    fn merges<S: Symbol>(words: &[(Vec<u8>, u64)], merges: usize, most: Option<usize>) -> Vec<Pair> {
        let bytes = std::array::from_fn(|byte| byte as u32);
        let mut list = WordList::<S>::with_room(words.len(), 0);
        for (word, count) in words {
            list.push(word.iter().map(|byte| S::of(u32::from(*byte))), *count);
        }
        let mut merging = Merging::new(list, &bytes, most);
        let mut tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
        let mut done = Vec::new();
        while done.len() < merges {
            let Some(pair) = merging.next(2) else { break };
            done.push(pair);
            let text = [&tokens[pair.0 as usize][..], &tokens[pair.1 as usize]].concat();
            let token = tokens.iter().position(|known| *known == text).unwrap_or_else(|| {
                tokens.push(text.clone());
                tokens.len() - 1
            });
            merging.merge(pair, token as u32, text.len());
        }
        done
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn merges_are_those_of_the_plain_rules(
            words in proptest::collection::btree_map("[a-e]{1,12}", prop_oneof![1_u64..50, Just(1 << 33)], 1..120),
            most in proptest::option::of(3_usize..9),
        ) {
            let words: Vec<(Vec<u8>, u64)> =
                words.into_iter().map(|(word, count)| (word.into_bytes(), count)).collect();
            let wanted = plainly(&words, 150, most);
            prop_assert_eq!(&merges::<u16>(&words, 150, most), &wanted);
            prop_assert_eq!(&merges::<u32>(&words, 150, most), &wanted);
        }
    }
}
