//! The replies of one group as a forest. Everything is loops over arrays of positions, so neither a reply chain of
//! 100,000 messages nor a root with 100,000 answers needs a deep stack, and a reply cycle is simply never reached.

use std::collections::HashMap;

/// Stands for "no message".
pub(crate) const NONE: u32 = u32::MAX;

/// Messages of one group in id order, tied by their references.
pub(crate) struct Forest {
    /// Whom each message answers.
    pub(crate) parent: Vec<u32>,
    /// Distance from the root; 0 for roots, [`NONE`] for messages in a cycle or hanging from one.
    pub(crate) depth: Vec<u32>,
    /// Roots in id order.
    pub(crate) roots: Vec<u32>,
    children_start: Vec<u32>,
    children: Vec<u32>,
}

impl Forest {
    /// Ties `messages`, pairs of id and reference, which stand in id order. Of equal ids the first is the one that
    /// is answered. A reference to a message outside the group counts as none.
    pub(crate) fn new(messages: &[(&str, &str)]) -> Self {
        let mut place: HashMap<&str, u32> = HashMap::with_capacity(messages.len());
        for (i, (id, _)) in messages.iter().enumerate() {
            place.entry(id).or_insert(i as u32);
        }
        let parent: Vec<u32> = messages
            .iter()
            .map(
                |(_, reference)| {
                    if reference.is_empty() { NONE } else { place.get(reference).copied().unwrap_or(NONE) }
                },
            )
            .collect();
        let mut children_start = vec![0_u32; messages.len() + 1];
        for &p in parent.iter().filter(|&&p| p != NONE) {
            children_start[p as usize + 1] += 1;
        }
        for i in 0..messages.len() {
            children_start[i + 1] += children_start[i];
        }
        let mut next = children_start.clone();
        let mut children = vec![0_u32; children_start[messages.len()] as usize];
        for (i, &p) in parent.iter().enumerate().filter(|(_, p)| **p != NONE) {
            children[next[p as usize] as usize] = i as u32;
            next[p as usize] += 1;
        }
        let roots: Vec<u32> = (0..messages.len() as u32).filter(|&i| parent[i as usize] == NONE).collect();
        let mut forest = Self { depth: vec![NONE; messages.len()], parent, roots, children_start, children };
        for root in forest.roots.clone() {
            forest.measure(root);
        }
        forest
    }

    /// Answers to a message, in id order.
    pub(crate) fn children(&self, message: u32) -> &[u32] {
        let at = message as usize;
        &self.children[self.children_start[at] as usize..self.children_start[at + 1] as usize]
    }

    /// The messages of a root's tree by depth, then id.
    pub(crate) fn by_depth(&self, root: u32) -> Vec<u32> {
        let mut order = vec![root];
        let mut level = 0;
        while level < order.len() {
            let end = order.len();
            for i in level..end {
                order.extend_from_slice(self.children(order[i]));
            }
            order[end..].sort_unstable();
            level = end;
        }
        order
    }

    fn measure(&mut self, root: u32) {
        self.depth[root as usize] = 0;
        let order = self.by_depth(root);
        for &message in &order[1..] {
            let above = self.depth[self.parent[message as usize] as usize];
            self.depth[message as usize] = above + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Forest, NONE};

    #[test]
    fn levels_are_sorted_by_id_across_parents() {
        let forest = Forest::new(&[("1", ""), ("2", "1"), ("3", "1"), ("4", "3"), ("5", "2"), ("6", "9")]);
        assert_eq!(forest.by_depth(0), [0, 1, 2, 3, 4]);
        assert_eq!(forest.depth, [0, 1, 1, 2, 2, 0]);
        assert_eq!(forest.roots, [0, 5]);
    }

    #[test]
    fn cycles_and_what_hangs_from_them_are_not_reached() {
        let forest = Forest::new(&[("1", "1"), ("2", "3"), ("3", "2"), ("4", "3"), ("5", "")]);
        assert_eq!(forest.roots, [4]);
        assert_eq!(forest.depth, [NONE, NONE, NONE, NONE, 0]);
    }
}
