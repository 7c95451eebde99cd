//! Compares pairs and lets similar rows grow together.

use super::candidates::Pairs;
use super::copies::Copies;
use super::crew::Crew;
use super::features::Features;
use crate::failure::Failure;
use crate::step::Alike;

/// Pairs compared between two looks at what has grown together.
pub const BLOCK: usize = 1 << 14;
/// Pairs one thread compares at a time.
const PIECE: usize = 1 << 8;

/// Two rows that are alike, the earlier one first, and how much.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    pub rows: (u32, u32),
    pub similarity: f32,
}

/// Rows that have grown together.
pub struct Clusters {
    parents: Vec<u32>,
    /// The pairs that made clusters grow, in order.
    edges: Vec<Edge>,
    /// Pairs that were compared, and those found alike.
    pub compared: u64,
    pub alike: u64,
}

impl Clusters {
    pub fn new(rows: u32) -> Self {
        Self { parents: (0..rows).collect(), edges: Vec::new(), compared: 0, alike: 0 }
    }

    /// The first row of a row's cluster.
    pub fn root(&self, row: u32) -> u32 {
        let mut at = row;
        while self.parents[at as usize] != at {
            at = self.parents[at as usize];
        }
        at
    }

    fn shorten(&mut self, row: u32) -> u32 {
        let root = self.root(row);
        let mut at = row;
        while at != root {
            at = std::mem::replace(&mut self.parents[at as usize], root);
        }
        root
    }

    fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.shorten(a), self.shorten(b));
        if a != b {
            self.parents[a.max(b) as usize] = a.min(b);
        }
        a != b
    }

    /// Joins two rows that are alike.
    pub fn add(&mut self, edge: Edge) {
        if self.join(edge.rows.0, edge.rows.1) {
            self.edges.push(edge);
        }
    }

    /// Joins copies, when all edges are there.
    pub fn complete(&mut self, copies: &Copies) {
        self.edges.sort_unstable_by_key(|edge| edge.rows);
        for &(copy, first) in copies.pairs() {
            self.join(copy, first);
        }
    }

    /// The similarity of two rows, if they are a pair that made their cluster grow.
    pub fn edge(&self, a: u32, b: u32) -> Option<f32> {
        let rows = (a.min(b), a.max(b));
        let at = self.edges.binary_search_by_key(&rows, |edge| edge.rows).ok()?;
        Some(self.edges[at].similarity)
    }
}

/// Compares all pairs that are not of one cluster already. Which those are depends on the order of the pairs alone.
pub fn find(
    alike: &dyn Alike,
    pairs: &Pairs,
    copies: &Copies,
    features: &Features,
    rows: u32,
    crew: &Crew<'_>,
) -> Result<Option<Clusters>, Failure> {
    let mut clusters = Clusters::new(rows);
    let mut block = Vec::with_capacity(BLOCK);
    let mut stopped = false;
    pairs.read(&mut |(a, b)| {
        if clusters.shorten(a) != clusters.shorten(b) {
            block.push((a, b));
        }
        if block.len() == BLOCK {
            stopped = !clusters.grow(alike, &mut block, features, crew)?;
        }
        Ok(!stopped)
    })?;
    if stopped || !clusters.grow(alike, &mut block, features, crew)? {
        return Ok(None);
    }
    clusters.complete(copies);
    Ok(Some(clusters))
}

impl Clusters {
    /// Compares a block of pairs; says whether it came to its end.
    fn grow(
        &mut self,
        alike: &dyn Alike,
        block: &mut Vec<(u32, u32)>,
        features: &Features,
        crew: &Crew<'_>,
    ) -> Result<bool, Failure> {
        let Some(found) = compare(alike, block, features, crew, true)? else { return Ok(false) };
        self.compared += block.len() as u64;
        for (rows, similarity) in block.drain(..).zip(found) {
            if similarity < alike.threshold() {
                continue;
            }
            self.alike += 1;
            self.add(Edge { rows, similarity: similarity as f32 });
        }
        Ok(true)
    }
}

/// The similarities of pairs, in order. On wish those that cannot be alike are passed over as not similar at all.
pub fn compare(
    alike: &dyn Alike,
    pairs: &[(u32, u32)],
    features: &Features,
    crew: &Crew<'_>,
    pass_over: bool,
) -> Result<Option<Vec<f64>>, Failure> {
    let pieces: Vec<&[(u32, u32)]> = pairs.chunks(PIECE).collect();
    let found = crew.each(pieces.len(), |piece| {
        let (mut room, mut one, mut other) = (Vec::new(), Vec::new(), Vec::new());
        let mut held = None;
        let mut similarities = Vec::with_capacity(PIECE);
        for &(a, b) in pieces[piece] {
            if pass_over && alike.hopeless(features.count(a)?, features.count(b)?) {
                similarities.push(0.0);
                continue;
            }
            // Pairs of one row follow each other.
            if held != Some(a) {
                features.get(a, &mut room, &mut one)?;
                held = Some(a);
            }
            features.get(b, &mut room, &mut other)?;
            similarities.push(alike.similarity(&one, &other));
        }
        Ok(similarities)
    })?;
    Ok(found.map(|found| found.concat()))
}
