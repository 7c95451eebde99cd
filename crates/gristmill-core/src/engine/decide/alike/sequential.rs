//! Clusters around rows that stay: rows are looked at in the order in which they would be kept, and one goes only if it
//! is like a row before it that stays.

use super::super::super::attempt::Place;
use super::super::super::keys::KeyRecord;
use super::super::super::run_file::{Record, RunFile, RunMerge, RunWriter};
use super::super::super::spec::AlikeKeep;
use super::candidates::Pairs;
use super::clusters::{BLOCK, Clusters, Edge, compare};
use super::copies::Copies;
use super::crew::Crew;
use super::features::Features;
use super::ranges::Ranges;
use super::{Bits, Rows};
use crate::failure::Failure;
use crate::step::Alike;

/// Edges sorted in memory at once: 12 MB.
const RUN_EDGES: usize = 1 << 20;
/// Bytes of ranks read at once; they are not sorted, so it hardly matters.
const RANGE_BYTES: u64 = 16 << 20;

/// Two rows that are alike, by their places in the order; sorts by the later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct EdgeRecord {
    later: u32,
    earlier: u32,
    similarity: u32,
}

impl Record for EdgeRecord {
    const WIDTH: usize = 12;

    fn put(&self, out: &mut Vec<u8>) {
        for number in [self.later, self.earlier, self.similarity] {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }

    fn get(bytes: &[u8]) -> Self {
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap_or_default());
        Self { later: number(0), earlier: number(4), similarity: number(8) }
    }
}

/// In which order rows are looked at. Copies stand where the best of them stands: all of them are like the same rows.
enum Order {
    /// That of the rows.
    Rows,
    /// By rank.
    Ranks {
        /// Rows in order.
        rows: Vec<u32>,
        /// Places by row, ascending by row.
        places: Vec<(u32, u32)>,
    },
}

impl Order {
    fn by_rank(keys: &[RunFile], rows: &Rows, pairs: &Pairs, copies: &Copies) -> Result<Self, Failure> {
        let mut ranks: Vec<(u32, u64, u64, u32)> = Vec::new();
        let ranges = Ranges::cut::<KeyRecord>(keys, RANGE_BYTES);
        for range in 0..ranges.len() {
            ranges.read::<KeyRecord>(range, &mut |record| {
                let row = rows.ordinal(record.address);
                let first = copies.first(row);
                if pairs.rows.has(first) {
                    ranks.push((first, record.rank, record.payload, row));
                }
                Ok(())
            })?;
        }
        ranks.sort_unstable();
        ranks.dedup_by_key(|rank| rank.0);
        ranks.sort_unstable_by_key(|&(_, rank, payload, row)| (rank, payload, row));
        let rows: Vec<u32> = ranks.into_iter().map(|(first, ..)| first).collect();
        let mut places: Vec<(u32, u32)> = rows.iter().copied().zip(0..).collect();
        places.sort_unstable();
        Ok(Self::Ranks { rows, places })
    }

    fn place(&self, row: u32) -> u32 {
        match self {
            Self::Rows => row,
            Self::Ranks { places, .. } => {
                places.binary_search_by_key(&row, |&(row, _)| row).map_or(u32::MAX, |at| places[at].1)
            }
        }
    }

    fn row(&self, place: u32) -> u32 {
        match self {
            Self::Rows => place,
            Self::Ranks { rows, .. } => rows[place as usize],
        }
    }
}

/// What is looked at.
pub struct Sequence<'a> {
    pub keys: &'a [RunFile],
    pub rows: &'a Rows,
    pub keep: AlikeKeep,
    pub place: &'a Place,
}

/// Compares all pairs. The clusters are rows that stay with the rows that go for them: each for the first it is like.
pub fn find(
    alike: &dyn Alike,
    pairs: &Pairs,
    copies: &Copies,
    features: &Features,
    sequence: &Sequence<'_>,
    crew: &Crew<'_>,
) -> Result<Option<Clusters>, Failure> {
    let order = match sequence.keep {
        AlikeKeep::Best => Order::by_rank(sequence.keys, sequence.rows, pairs, copies)?,
        AlikeKeep::First | AlikeKeep::All => Order::Rows,
    };
    let mut clusters = Clusters::new(sequence.rows.total);
    let mut edges = RunWriter::create(&sequence.place.scratch(), "edges", 1, |_, _| 0, RUN_EDGES)?;
    let mut block = Vec::with_capacity(BLOCK);
    let mut take = |block: &mut Vec<(u32, u32)>, clusters: &mut Clusters| {
        let Some(found) = compare(alike, block, features, crew, true)? else {
            return Ok::<bool, Failure>(false);
        };
        clusters.compared += block.len() as u64;
        for ((a, b), similarity) in block.drain(..).zip(found) {
            if similarity >= alike.threshold() {
                clusters.alike += 1;
                let (a, b) = (order.place(a), order.place(b));
                let similarity = (similarity as f32).to_bits();
                edges.push(EdgeRecord { later: a.max(b), earlier: a.min(b), similarity })?;
            }
        }
        Ok(true)
    };
    let mut stopped = false;
    pairs.read(&mut |pair| {
        block.push(pair);
        if block.len() == BLOCK {
            stopped = !take(&mut block, &mut clusters)?;
        }
        Ok(!stopped)
    })?;
    if stopped || !take(&mut block, &mut clusters)? {
        return Ok(None);
    }
    let (file, _scratch) = edges.read_back()?;
    let mut merge = RunMerge::new(file.partition::<EdgeRecord>(0))?;
    let mut gone = Bits::new(sequence.rows.total);
    // Whatever is before a row has been decided when it comes.
    let mut seen = 0_u32;
    while let Some(edge) = merge.next()? {
        seen = seen.wrapping_add(1);
        if seen.is_multiple_of(1 << 16) && crew.stopped() {
            return Ok(None);
        }
        if gone.has(edge.later) || gone.has(edge.earlier) {
            continue;
        }
        gone.set(edge.later);
        let (a, b) = (order.row(edge.later), order.row(edge.earlier));
        clusters.add(Edge { rows: (a.min(b), a.max(b)), similarity: f32::from_bits(edge.similarity) });
    }
    clusters.complete(copies);
    Ok(Some(clusters))
}
