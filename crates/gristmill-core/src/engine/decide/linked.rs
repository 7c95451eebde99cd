//! Decides rows that refer to each other: finds the root of each tree of references.

use std::path::PathBuf;

use super::super::attempt::{FileRef, Place};
use super::super::failure::EngineFailure;
use super::super::keys::{KeyRecord, address, task_and_row};
use super::super::marks::{MarkRecord, Verdict};
use super::super::run_file::{RunFile, RunMerge};
use super::{Stop, commit_marks, mark_writer};
use crate::failure::Failure;

/// Reason number of a row that neither refers to another nor is referred to.
const ALONE: u8 = 0;
/// Reason number of a row whose references lead into a loop.
const LOOP: u8 = 1;

/// The row is not among those that emitted keys.
const ABSENT: u32 = u32::MAX;
/// The row refers to nothing that is there.
const ROOT: u32 = u32::MAX - 1;
/// The row's references lead into a loop.
const LOOPED: u32 = u32::MAX - 2;

/// Labels every row with the number of its tree. A record of rank 0 says "I am this key", one of rank 1 "I refer to
/// this key". Trees are numbered by the payload of their root, those of equal payload in row order: with a payload
/// made of the key, the numbers do not depend on the order of the input. Holds four bytes and two bits per row, and
/// sixteen bytes per answered row, whatever the keys.
///
/// # Errors
/// `GM_STEP_TOO_MANY_ROWS` beyond 4.29 billion rows.
pub fn decide_linked(
    keys: &[PathBuf],
    partitions: usize,
    task_rows: &[u64],
    place: &Place,
    stop: Stop<'_>,
) -> Result<Option<FileRef>, Failure> {
    let total: u64 = task_rows.iter().sum();
    if total >= u64::from(LOOPED) {
        return Err(EngineFailure::TooManyRows { rows: total }.into());
    }
    let starts: Vec<u64> = task_rows
        .iter()
        .scan(0, |sum, &rows| {
            let start = *sum;
            *sum += rows;
            Some(start)
        })
        .collect();
    let ordinal = |at: u64| {
        let (task, row) = task_and_row(at);
        (starts[task] + row) as u32
    };
    let mut parents = vec![ABSENT; total as usize];
    let mut answered = vec![0_u64; (total as usize).div_ceil(64)];
    let mut owners: Vec<(u32, u64)> = Vec::new();
    let open = |path: &PathBuf| RunFile::open::<KeyRecord>(&place.shelf, path);
    let files: Vec<RunFile> = keys.iter().map(open).collect::<Result<_, _>>()?;
    for partition in 0..partitions {
        let readers = files.iter().flat_map(|f| f.partition::<KeyRecord>(partition)).collect();
        let mut merge = RunMerge::new(readers)?;
        let mut owner: Option<Owner> = None;
        let mut seen = 0_u64;
        while let Some(record) = merge.next()? {
            seen += 1;
            if seen.is_multiple_of(1 << 16) && stop() {
                return Ok(None);
            }
            let row = ordinal(record.address);
            if record.rank == 0 {
                if parents[row as usize] == ABSENT {
                    parents[row as usize] = ROOT;
                }
                // Of several rows with one key the first one answers for it.
                if owner.is_none_or(|owner| owner.key != record.key) {
                    owner = Some(Owner { key: record.key, row, payload: record.payload });
                }
            } else if let Some(Owner { row: parent, payload, .. }) = owner.filter(|o| o.key == record.key) {
                parents[row as usize] = parent;
                if !bit(&answered, parent as usize) {
                    answered[parent as usize / 64] |= 1 << (parent % 64);
                    owners.push((parent, payload));
                }
            }
        }
    }
    resolve(&mut parents);
    let trees = number_trees(owners, &parents);
    let mut marks = mark_writer(place)?;
    let mut row = 0_usize;
    for (task, &rows) in task_rows.iter().enumerate() {
        for at in 0..rows {
            let verdict = match parents[row] {
                ABSENT => None,
                LOOPED => Some(Verdict::Drop { reason: LOOP, twin: None }),
                root if root as usize == row && !bit(&answered, row) => {
                    Some(Verdict::Drop { reason: ALONE, twin: None })
                }
                root => trees
                    .binary_search_by_key(&root, |&(row, _)| row)
                    .ok()
                    .map(|at| Verdict::Label(u64::from(trees[at].1))),
            };
            if let Some(verdict) = verdict {
                marks.push(MarkRecord::new(address(task as u64, at), verdict))?;
            }
            row += 1;
        }
    }
    commit_marks(marks).map(Some)
}

/// The row that answers for a key.
#[derive(Clone, Copy)]
struct Owner {
    key: u128,
    row: u32,
    payload: u64,
}

/// The roots among the answered rows with the numbers of their trees, in row order.
fn number_trees(mut owners: Vec<(u32, u64)>, parents: &[u32]) -> Vec<(u32, u32)> {
    owners.retain(|&(row, _)| parents[row as usize] == row);
    owners.sort_unstable_by_key(|&(row, payload)| (payload, row));
    let mut trees: Vec<(u32, u32)> =
        owners.into_iter().zip(0..).map(|((row, _), number)| (row, number)).collect();
    trees.sort_unstable();
    trees
}

/// Replaces every parent by its root (a root by itself), or by [`LOOPED`]. Each row is walked at most twice.
fn resolve(parents: &mut [u32]) {
    let mut done = vec![0_u64; parents.len().div_ceil(64)];
    let mut on_path = vec![0_u64; parents.len().div_ceil(64)];
    let mut path = Vec::new();
    for start in 0..parents.len() {
        if parents[start] == ABSENT {
            continue;
        }
        let mut at = start;
        let root = loop {
            if bit(&done, at) {
                break parents[at];
            }
            if bit(&on_path, at) {
                break LOOPED;
            }
            on_path[at / 64] |= 1 << (at % 64);
            path.push(at);
            if parents[at] == ROOT {
                break at as u32;
            }
            at = parents[at] as usize;
        };
        for row in path.drain(..) {
            parents[row] = root;
            done[row / 64] |= 1 << (row % 64);
            on_path[row / 64] &= !(1 << (row % 64));
        }
    }
}

const fn bit(bits: &[u64], at: usize) -> bool {
    bits[at / 64] >> (at % 64) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::{ABSENT, LOOPED, ROOT, number_trees, resolve};

    #[test]
    fn trees_are_numbered_by_payload_then_by_row() {
        let parents = [0, 1, 2, 3, 0];
        let owners = vec![(3, 7), (0, 9), (4, 1), (2, 7), (1, 0)];
        assert_eq!(number_trees(owners, &parents), [(0, 3), (1, 0), (2, 1), (3, 2)]);
    }

    #[test]
    fn trees_end_at_their_root_and_loops_at_none() {
        // 0 is a root with 1 <- 2; 3 and 4 answer each other, 5 hangs on them; 6 is absent; 7 answers itself.
        let mut parents = vec![ROOT, 0, 1, 4, 3, 4, ABSENT, 7];
        resolve(&mut parents);
        assert_eq!(parents, [0, 0, 0, LOOPED, LOOPED, LOOPED, ABSENT, LOOPED]);
    }

    #[test]
    fn a_long_chain_is_walked_without_recursion() {
        let mut parents: Vec<u32> = (0..1_000_000).map(|i| if i == 0 { ROOT } else { i - 1 }).collect();
        resolve(&mut parents);
        assert!(parents.iter().all(|&root| root == 0));
    }
}
