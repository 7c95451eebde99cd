//! Which messages of a reply tree are read together: the whole tree, its longest path, or every path to a leaf.

use serde::Deserialize;

use super::tree::{Forest, NONE};

/// How a reply tree becomes dialogues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Paths {
    /// The whole tree by depth, then id.
    #[default]
    Tree,
    /// The path from the root to the deepest message.
    LongestPath,
    /// One dialogue for every leaf.
    EveryLeaf,
}

/// What keeps a message out of every dialogue of its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// It is not on the chosen path.
    OffPath,
    /// It comes with or after one speaker too many.
    Speaker,
    /// The paths of its tree are longer in sum than the limit.
    Limit,
}

/// Sequences to read, and the messages that are in none of them.
#[derive(Default)]
pub(crate) struct Reading {
    pub(crate) sequences: Vec<Vec<u32>>,
    pub(crate) left: Vec<(u32, Left)>,
}

/// Reads the tree of `root`. `author` numbers the speakers; a sequence is cut at the first message that brings one
/// speaker more than `speakers`. `limit` bounds the messages of all sequences of [`Paths::EveryLeaf`] together.
pub(crate) fn read(
    forest: &Forest,
    root: u32,
    author: &[u32],
    paths: Paths,
    speakers: usize,
    limit: usize,
) -> Reading {
    let order = forest.by_depth(root);
    match paths {
        Paths::Tree => cut(order, author, speakers),
        Paths::LongestPath => {
            let deepest = order.iter().map(|&m| forest.depth[m as usize]).max().unwrap_or(0);
            let end = order.iter().copied().find(|&m| forest.depth[m as usize] == deepest).unwrap_or(root);
            let path = path_to(forest, end);
            let mut reading = Reading::default();
            let mut on_path = path.iter().copied().peekable();
            for &message in &order {
                if on_path.peek() == Some(&message) {
                    on_path.next();
                } else {
                    reading.left.push((message, Left::OffPath));
                }
            }
            let cut = cut(path, author, speakers);
            reading.left.extend(cut.left);
            reading.sequences = cut.sequences;
            reading
        }
        Paths::EveryLeaf => every_leaf(forest, &order, author, speakers, limit),
    }
}

fn path_to(forest: &Forest, end: u32) -> Vec<u32> {
    let mut path = vec![end];
    let mut at = end;
    while forest.parent[at as usize] != NONE {
        at = forest.parent[at as usize];
        path.push(at);
    }
    path.reverse();
    path
}

fn cut(order: Vec<u32>, author: &[u32], speakers: usize) -> Reading {
    let mut seen: Vec<u32> = Vec::with_capacity(speakers);
    let end =
        order.iter().position(|&m| !admit(&mut seen, author[m as usize], speakers)).unwrap_or(order.len());
    let left = order[end..].iter().map(|&m| (m, Left::Speaker)).collect();
    let mut kept = order;
    kept.truncate(end);
    Reading { sequences: vec![kept], left }
}

/// Adds a speaker; says no if there would be too many.
fn admit(seen: &mut Vec<u32>, author: u32, speakers: usize) -> bool {
    if seen.contains(&author) {
        return true;
    }
    seen.push(author);
    seen.len() <= speakers
}

/// Follows the speakers from the root down. A path ends where nothing below it may be read; a path that is the
/// beginning of another is not read by itself.
fn every_leaf(forest: &Forest, order: &[u32], author: &[u32], speakers: usize, limit: usize) -> Reading {
    let place: std::collections::HashMap<u32, usize> =
        order.iter().enumerate().map(|(i, &m)| (m, i)).collect();
    // Speakers up to each readable message; shared with the parent unless a new one comes in.
    let mut sets: Vec<Vec<u32>> = Vec::new();
    let mut set_of: Vec<Option<usize>> = vec![None; order.len()];
    let mut has_next = vec![false; order.len()];
    let mut reading = Reading::default();
    for (i, &message) in order.iter().enumerate() {
        let above = forest.parent[message as usize];
        let who = author[message as usize];
        let parent = if i == 0 { None } else { place.get(&above).copied() };
        set_of[i] = match parent {
            None => {
                sets.push(vec![who]);
                Some(sets.len() - 1)
            }
            Some(p) => set_of[p].and_then(|set| {
                if sets[set].contains(&who) {
                    return Some(set);
                }
                let mut wider = sets[set].clone();
                admit(&mut wider, who, speakers).then(|| {
                    sets.push(wider);
                    sets.len() - 1
                })
            }),
        };
        match (set_of[i], parent) {
            (Some(_), Some(p)) => has_next[p] = true,
            (Some(_), None) => {}
            (None, _) => reading.left.push((message, Left::Speaker)),
        }
    }
    let mut taken = vec![false; order.len()];
    let mut total = 0;
    for (i, &message) in order.iter().enumerate() {
        if set_of[i].is_none() || has_next[i] {
            continue;
        }
        let len = forest.depth[message as usize] as usize + 1;
        if total + len > limit {
            continue;
        }
        total += len;
        let path = path_to(forest, message);
        for m in &path {
            taken[place[m]] = true;
        }
        reading.sequences.push(path);
    }
    for (i, &message) in order.iter().enumerate() {
        if set_of[i].is_some() && !taken[i] {
            reading.left.push((message, Left::Limit));
        }
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::{Left, Paths, read};
    use crate::dialogue::tree::Forest;

    /// 1 ← 2 ← 4 ← 5, 1 ← 3; authors a b c a b in id order.
    fn sample() -> (Forest, Vec<u32>) {
        let forest = Forest::new(&[("1", ""), ("2", "1"), ("3", "1"), ("4", "2"), ("5", "4")]);
        (forest, vec![0, 1, 2, 0, 1])
    }

    #[test]
    fn ways_to_read_a_tree() {
        let (forest, author) = sample();
        let tree = read(&forest, 0, &author, Paths::Tree, 2, 100);
        assert_eq!(tree.sequences, [[0, 1]]);
        assert_eq!(tree.left, [(2, Left::Speaker), (3, Left::Speaker), (4, Left::Speaker)]);
        let longest = read(&forest, 0, &author, Paths::LongestPath, 2, 100);
        assert_eq!(longest.sequences, [[0, 1, 3, 4]]);
        assert_eq!(longest.left, [(2, Left::OffPath)]);
        let leaves = read(&forest, 0, &author, Paths::EveryLeaf, 2, 100);
        assert_eq!(leaves.sequences, [vec![0, 2], vec![0, 1, 3, 4]]);
        assert!(leaves.left.is_empty());
        let limited = read(&forest, 0, &author, Paths::EveryLeaf, 2, 3);
        assert_eq!(limited.sequences, [[0, 2]]);
        assert_eq!(limited.left, [(1, Left::Limit), (3, Left::Limit), (4, Left::Limit)]);
    }
}
