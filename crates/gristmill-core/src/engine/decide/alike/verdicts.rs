//! Which row of a cluster stays, and what is said of the others.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::super::attempt::{FileRef, Place, Role};
use super::super::super::keys::KeyRecord;
use super::super::super::landing::write_json;
use super::super::super::marks::{MarkRecord, Verdict};
use super::super::super::notes::NoteWriter;
use super::super::super::run_file::RunFile;
use super::super::super::spec::AlikeKeep;
use super::super::{commit_marks, mark_writer};
use super::candidates::Pairs;
use super::clusters::{Clusters, compare};
use super::copies::Copies;
use super::crew::Crew;
use super::features::Features;
use super::ranges::Ranges;
use super::{Bits, Rows};
use crate::failure::Failure;
use crate::hash::hash128;
use crate::step::Alike;

/// Reason number of a row that is a copy of the one that stays.
const COPY: u8 = 0;
/// Reason number of a row that is like the one that stays.
const LIKE: u8 = 1;

/// Pairs told in the report.
const TOLD: usize = 20;
/// Rows whose similarity is worked out at once.
const BLOCK: usize = 1 << 16;
/// Bytes of ranks read at once; they are not sorted, so it hardly matters.
const RANGE_BYTES: u64 = 16 << 20;

/// A similarity in a label has six digits.
const SCALE: f64 = 1e6;
const SCALE_BITS: u32 = 24;

/// Number of the cluster, and similarity to the row that stands for it, of a label given by the decider of likeness.
#[must_use]
pub const fn cluster_of(label: u64) -> (u32, f64) {
    ((label >> SCALE_BITS) as u32, (label & ((1 << SCALE_BITS) - 1)) as f64 / SCALE)
}

fn label(cluster: u32, similarity: f32) -> u64 {
    u64::from(cluster) << SCALE_BITS | (f64::from(similarity) * SCALE).round() as u64
}

/// All that is known when verdicts are given.
pub struct Case<'a> {
    pub alike: &'a dyn Alike,
    pub rows: &'a Rows,
    pub keys: &'a [RunFile],
    pub copies: &'a Copies,
    pub pairs: &'a Pairs,
    pub features: &'a Features,
    pub clusters: Clusters,
    pub keep: AlikeKeep,
    pub place: &'a Place,
    pub crew: &'a Crew<'a>,
}

/// A row of a cluster.
struct Member {
    /// The first row of the cluster.
    root: u32,
    row: u32,
    /// How like it is to the row that stays.
    similarity: f32,
}

/// Writes marks, notes and the report.
pub fn write(case: &Case<'_>) -> Result<Option<Vec<FileRef>>, Failure> {
    let mut members = members(case);
    let keepers = keepers(case, &members)?;
    if !measure(case, &keepers, &mut members)? {
        return Ok(None);
    }
    let mut marks = mark_writer(case.place)?;
    let mut notes = NoteWriter::create(case.place)?;
    for (members, (&keeper, number)) in clusters_of(&members).zip(keepers.iter().zip(0_u32..)) {
        let twin = if case.keep == AlikeKeep::All { String::new() } else { case.features.id(keeper)? };
        for member in members {
            let at = case.rows.address(member.row);
            if case.keep == AlikeKeep::All {
                marks.push(MarkRecord::new(at, Verdict::Label(label(number, member.similarity))))?;
            } else if member.row != keeper {
                let rule = format!("cluster {number}, similarity {:.4}", member.similarity);
                let note = notes.push(&rule, &twin)?;
                let copy = case.copies.first(member.row) == case.copies.first(keeper);
                let reason = if copy { COPY } else { LIKE };
                let twin = Some(case.rows.address(keeper));
                marks.push(MarkRecord::noted(at, Verdict::Drop { reason, twin }, note))?;
            }
        }
    }
    let report = report(case, &keepers, &members)?;
    let report = write_json(case.place, &report, "report", Role::Result)?;
    Ok(Some(vec![commit_marks(marks)?, notes.commit()?, report]))
}

/// All rows of clusters of at least two, by cluster, then by row.
fn members(case: &Case<'_>) -> Vec<Member> {
    let mut shared = Bits::new(case.rows.total);
    let mut members = Vec::new();
    for row in 0..case.rows.total {
        let root = case.clusters.root(row);
        if root != row {
            shared.set(root);
            members.push(Member { root, row, similarity: 1.0 });
        }
    }
    members.extend((0..case.rows.total).filter(|&row| shared.has(row)).map(|row| Member {
        root: row,
        row,
        similarity: 1.0,
    }));
    members.sort_unstable_by_key(|member| (member.root, member.row));
    members
}

fn clusters_of(members: &[Member]) -> impl Iterator<Item = &[Member]> {
    members.chunk_by(|a, b| a.root == b.root)
}

/// The row that stays of each cluster, in their order.
fn keepers(case: &Case<'_>, members: &[Member]) -> Result<Vec<u32>, Failure> {
    let roots: Vec<u32> = clusters_of(members).map(|cluster| cluster[0].root).collect();
    if case.keep != AlikeKeep::Best {
        return Ok(roots);
    }
    let mut best = vec![(u64::MAX, u64::MAX, u32::MAX); roots.len()];
    let ranges = Ranges::cut::<KeyRecord>(case.keys, RANGE_BYTES);
    for range in 0..ranges.len() {
        ranges.read::<KeyRecord>(range, &mut |record| {
            let row = case.rows.ordinal(record.address);
            if let Ok(at) = roots.binary_search(&case.clusters.root(row)) {
                best[at] = best[at].min((record.rank, record.payload, row));
            }
            Ok(())
        })?;
    }
    Ok(best.into_iter().map(|(_, _, row)| row).collect())
}

/// Works out how like each row is to the one that stays; says whether it came to its end.
fn measure(case: &Case<'_>, keepers: &[u32], members: &mut [Member]) -> Result<bool, Failure> {
    let mut waiting: Vec<(usize, (u32, u32))> = Vec::new();
    let flush = |waiting: &mut Vec<(usize, (u32, u32))>, members: &mut [Member]| {
        // By the row that stays, which is then read once for all.
        let pairs: Vec<(u32, u32)> = waiting.iter().map(|&(_, pair)| pair).collect();
        let Some(found) = compare(case.alike, &pairs, case.features, case.crew, false)? else {
            return Ok::<bool, Failure>(false);
        };
        for ((at, _), similarity) in waiting.drain(..).zip(found) {
            members[at].similarity = similarity as f32;
        }
        Ok(true)
    };
    let (mut at, mut cluster) = (0, 0);
    while at < members.len() {
        let (root, keeper) = (members[at].root, case.copies.first(keepers[cluster]));
        while at < members.len() && members[at].root == root {
            let row = case.copies.first(members[at].row);
            if row != keeper {
                match case.clusters.edge(row, keeper) {
                    Some(similarity) => members[at].similarity = similarity,
                    None => waiting.push((at, (keeper, row))),
                }
            }
            at += 1;
        }
        cluster += 1;
        if waiting.len() >= BLOCK && !flush(&mut waiting, members)? {
            return Ok(false);
        }
    }
    flush(&mut waiting, members)
}

/// What was found, for the manifest.
fn report(case: &Case<'_>, keepers: &[u32], members: &[Member]) -> Result<Value, Failure> {
    let mut sizes: BTreeMap<usize, u64> = BTreeMap::new();
    let mut told: Vec<(u128, u32, u32, f32)> = Vec::new();
    for (members, &keeper) in clusters_of(members).zip(keepers) {
        *sizes.entry(members.len()).or_default() += 1;
        let others = members.iter().filter(|m| case.copies.first(m.row) != case.copies.first(keeper));
        told.extend(others.map(|m| (hash128(&m.row.to_le_bytes()), keeper, m.row, m.similarity)));
        if told.len() > 1 << 16 {
            told.sort_unstable_by_key(|pair| (pair.0, pair.2));
            told.truncate(TOLD);
        }
    }
    told.sort_unstable_by_key(|pair| (pair.0, pair.2));
    told.truncate(TOLD);
    let pairs = told
        .into_iter()
        .map(|(_, keeper, row, similarity)| {
            let similarity = (f64::from(similarity) * 1e4).round() / 1e4;
            Ok(json!({
                "id": case.features.id(row)?,
                "twin": case.features.id(keeper)?,
                "similarity": similarity,
            }))
        })
        .collect::<Result<Vec<Value>, Failure>>()?;
    let sizes: Vec<Value> =
        sizes.into_iter().map(|(rows, clusters)| json!({ "rows": rows, "clusters": clusters })).collect();
    Ok(json!({
        "sketch": case.alike.describe(),
        "copies": case.copies.pairs().len(),
        "pairs": {
            "candidates": case.pairs.count,
            "compared": case.clusters.compared,
            "alike": case.clusters.alike,
        },
        "clusters": { "count": keepers.len(), "rows": members.len(), "sizes": sizes },
        "examples": pairs,
    }))
}

#[cfg(test)]
mod tests {
    use super::{cluster_of, label};

    #[test]
    fn a_label_holds_cluster_and_similarity() {
        for (cluster, similarity) in [(0, 1.0_f32), (u32::MAX, 0.8125), (77, 0.0)] {
            let (number, found) = cluster_of(label(cluster, similarity));
            assert_eq!(number, cluster);
            assert!((found - f64::from(similarity)).abs() < 1e-6);
            assert_eq!(label(cluster, similarity) >> 56, 0);
        }
    }
}
