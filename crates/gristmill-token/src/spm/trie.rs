//! Double-array tries in the layout of Darts-clone, which model files carry: 32-bit units, a child is found at
//! `base ^ byte`. Built here for pieces and for character maps; read without trust in the units.

use std::collections::HashMap;
use std::ops::Range;

use super::failure::SpmFailure;

const LEAF: u32 = 1 << 31;
const HAS_LEAF: u32 = 1 << 8;
const BLOCK: usize = 256;
/// Older blocks than these are not searched for room, which keeps building linear.
const OPEN_BLOCKS: usize = 16;

/// A trie over bytes with 31-bit values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trie {
    units: Vec<u32>,
}

fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & (1 << 9)) >> 6)) as usize
}

impl Trie {
    /// Takes units as they stand in a file.
    pub(crate) fn from_units(units: Vec<u32>) -> Self {
        Self { units }
    }

    /// The units.
    pub(crate) fn units(&self) -> &[u32] {
        &self.units
    }

    /// Values of all leaves, reachable or not.
    pub(crate) fn values(&self) -> impl Iterator<Item = u32> + '_ {
        self.units.iter().filter(|unit| **unit & LEAF != 0).map(|unit| unit & !LEAF)
    }

    /// Where every walk starts.
    #[inline]
    pub(crate) fn root(&self) -> usize {
        self.units.first().map_or(0, |&unit| offset(unit))
    }

    /// One byte down: the next state, and the value of the key that ends here.
    #[inline]
    pub(crate) fn step(&self, state: usize, byte: u8) -> Option<(usize, Option<u32>)> {
        let at = state ^ usize::from(byte);
        let unit = *self.units.get(at)?;
        if unit & (LEAF | 0xFF) != u32::from(byte) {
            return None;
        }
        let next = at ^ offset(unit);
        let value = if unit & HAS_LEAF == 0 { None } else { self.units.get(next).map(|unit| unit & !LEAF) };
        Some((next, value))
    }

    /// The longest key that `text` starts with: its length and value.
    #[inline]
    pub(crate) fn longest(&self, text: &[u8]) -> Option<(usize, u32)> {
        let mut found = None;
        let mut state = self.root();
        for (at, &byte) in text.iter().enumerate() {
            let Some((next, value)) = self.step(state, byte) else { break };
            if let Some(value) = value {
                found = Some((at + 1, value));
            }
            state = next;
        }
        found
    }

    /// Builds the trie of `keys`, which are sorted, different, not empty and free of NUL.
    pub(crate) fn build(keys: &[(&[u8], u32)]) -> Result<Self, SpmFailure> {
        Self::build_with(keys, &HashMap::new())
    }

    /// As [`Trie::build`], with equal subtries stored once. For short keys: it recurses as deep as they are long.
    pub(crate) fn build_shared(keys: &[(&[u8], u32)]) -> Result<Self, SpmFailure> {
        let mut classes = HashMap::new();
        classify(keys, 0..keys.len(), 0, &mut HashMap::new(), &mut classes);
        Self::build_with(keys, &classes)
    }

    fn build_with(keys: &[(&[u8], u32)], classes: &HashMap<(usize, usize), u32>) -> Result<Self, SpmFailure> {
        let mut placed: HashMap<u32, usize> = HashMap::new();
        let mut builder = Builder::default();
        builder.fix(0);
        builder.used[0] = true;
        if keys.is_empty() {
            builder.units[0] = 1 << 10;
            builder.used[1] = true;
        }
        let mut todo = vec![(0..keys.len(), 0, 0)];
        let mut labels = Vec::with_capacity(BLOCK);
        while let Some((range, depth, node)) = todo.pop() {
            if range.is_empty() {
                continue;
            }
            labels.clear();
            let mut starts = Vec::new();
            for at in range.clone() {
                let label = keys[at].0.get(depth).copied().unwrap_or(0);
                if labels.last() != Some(&label) {
                    labels.push(label);
                    starts.push(at);
                }
            }
            starts.push(range.end);
            let class = classes.get(&(range.start, depth));
            if let Some(&base) = class.and_then(|class| placed.get(class))
                && reachable(node ^ base)
            {
                builder.link(node, base);
                if labels[0] == 0 {
                    builder.units[node] |= HAS_LEAF;
                }
                continue;
            }
            let base = builder.place(node, &labels)?;
            if let Some(class) = class {
                placed.insert(*class, base);
            }
            for (at, &label) in labels.iter().enumerate() {
                let child = base ^ usize::from(label);
                if label == 0 {
                    builder.units[node] |= HAS_LEAF;
                    builder.units[child] = LEAF | keys[starts[at]].1;
                } else {
                    builder.units[child] = u32::from(label);
                    todo.push((starts[at]..starts[at + 1], depth + 1, child));
                }
            }
        }
        builder.seal();
        Ok(Self { units: builder.units })
    }
}

/// Gives equal subtries equal numbers; a subtrie is the keys from a place on, below a depth.
fn classify(
    keys: &[(&[u8], u32)],
    range: Range<usize>,
    depth: usize,
    known: &mut HashMap<Vec<(u8, u32)>, u32>,
    classes: &mut HashMap<(usize, usize), u32>,
) -> u32 {
    let mut children = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let Some(&label) = keys[at].0.get(depth) else {
            children.push((0, keys[at].1));
            at += 1;
            continue;
        };
        let len = keys[at..range.end].partition_point(|(key, _)| key[depth] == label);
        children.push((label, classify(keys, at..at + len, depth + 1, known, classes)));
        at += len;
    }
    let next = known.len() as u32;
    let class = *known.entry(children).or_insert(next);
    classes.insert((range.start, depth), class);
    class
}

/// Whether a unit can hold this distance.
fn reachable(relative: usize) -> bool {
    relative < 1 << 21 || (relative.trailing_zeros() >= 8 && relative < 1 << 29)
}

#[derive(Default)]
struct Builder {
    units: Vec<u32>,
    fixed: Vec<bool>,
    /// Whether the place is a base already: two nodes with one base would see each other's children.
    used: Vec<bool>,
    next_free: Vec<usize>,
    head: usize,
}

impl Builder {
    fn grow(&mut self) {
        let len = self.units.len() + BLOCK;
        self.next_free.extend(self.units.len() + 1..=len);
        self.units.resize(len, 0);
        self.fixed.resize(len, false);
        self.used.resize(len, false);
    }

    fn fix(&mut self, at: usize) {
        while at >= self.units.len() {
            self.grow();
        }
        self.fixed[at] = true;
    }

    /// The first free place from `at` on; links over taken stretches are shortened on the way.
    fn free_from(&mut self, at: usize) -> usize {
        let mut end = at;
        while end < self.units.len() && self.fixed[end] {
            end = self.next_free[end];
        }
        let mut walk = at;
        while walk < self.units.len() && self.fixed[walk] {
            walk = std::mem::replace(&mut self.next_free[walk], end);
        }
        end
    }

    fn fits(&self, node: usize, base: usize, labels: &[u8]) -> bool {
        reachable(node ^ base)
            && !self.used.get(base).copied().unwrap_or(false)
            && labels.iter().all(|&label| {
                let at = base ^ usize::from(label);
                at != 0 && !self.fixed.get(at).copied().unwrap_or(false)
            })
    }

    fn place(&mut self, node: usize, labels: &[u8]) -> Result<usize, SpmFailure> {
        let oldest = (self.units.len() / BLOCK).saturating_sub(OPEN_BLOCKS) * BLOCK;
        self.head = self.free_from(self.head.max(oldest));
        let mut free = self.head;
        let base = loop {
            let base = if free < self.units.len() {
                free ^ usize::from(labels[0])
            } else {
                // A fresh block; the low bits of the node's own place keep the distance expressible.
                self.units.len() | (node & 0xFF)
            };
            if self.fits(node, base, labels) {
                break base;
            }
            if free >= self.units.len() {
                return Err(SpmFailure::Model { what: "has too many pieces for one trie" });
            }
            free = self.free_from(free + 1);
        };
        for &label in labels {
            self.fix(base ^ usize::from(label));
        }
        while base >= self.units.len() {
            self.grow();
        }
        self.used[base] = true;
        self.link(node, base);
        Ok(base)
    }

    fn link(&mut self, node: usize, base: usize) {
        let relative = (node ^ base) as u32;
        self.units[node] |= if relative < 1 << 21 { relative << 10 } else { relative << 2 | 1 << 9 };
    }

    /// Gives free places a label that no walk asks for there: that of a child of an unused base.
    fn seal(&mut self) {
        for start in (0..self.units.len()).step_by(BLOCK) {
            let unused = (start..start + BLOCK).find(|&base| !self.used[base]);
            for at in start..start + BLOCK {
                if let (false, Some(base)) = (self.fixed[at], unused) {
                    self.units[at] = (at ^ base) as u32 & 0xFF;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_exactly_its_keys() {
        let mut keys: Vec<Vec<u8>> =
            (1u32..6000).map(|n| (n.wrapping_mul(2_654_435_761) >> 8).to_string().into()).collect();
        keys.extend((1..=255u8).map(|byte| vec![byte, 255]));
        keys.sort();
        keys.dedup();
        let pairs: Vec<(&[u8], u32)> =
            keys.iter().enumerate().map(|(at, key)| (&key[..], at as u32)).collect();
        let trie = Trie::build(&pairs).unwrap();
        for (key, value) in &pairs {
            assert_eq!(trie.longest(key), Some((key.len(), *value)));
        }
        for n in 0..20_000u32 {
            let text = n.to_string();
            let known = (1..=text.len()).rev().find_map(|len| {
                keys.binary_search(&text.as_bytes()[..len].to_vec()).ok().map(|at| (len, at as u32))
            });
            assert_eq!(trie.longest(text.as_bytes()), known);
        }
        assert_eq!(trie.longest(&[0, 0]), None);
        assert_eq!(Trie::build(&[]).unwrap().longest(&[0, 1, 2]), None);
        assert_eq!(Trie::default().longest(b"a"), None);
    }
}
