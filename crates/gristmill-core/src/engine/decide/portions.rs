//! Gives the first so many rows one label, the next so many another.

use std::path::PathBuf;

use super::super::attempt::{FileRef, Place};
use super::super::keys::RankRecord;
use super::super::marks::{MarkRecord, Verdict};
use super::{Stop, by_rank, commit_marks, mark_writer};
use crate::failure::Failure;

/// Labels rows in order of rank with the number of their portion; rows behind the last portion get none. Rows of equal
/// rank are never parted: a portion that is full takes them all.
pub fn decide_portions(
    keys: &[PathBuf],
    rows: &[u64],
    place: &Place,
    stop: Stop<'_>,
) -> Result<Option<FileRef>, Failure> {
    let mut merge = by_rank(place, keys)?;
    let mut marks = mark_writer(place)?;
    let (mut at, mut left) = (0_u64, rows.iter().copied());
    let mut room = left.next();
    let mut last = None;
    let mut seen = 0_u64;
    while let Some(RankRecord(record)) = merge.next()? {
        seen += 1;
        if seen.is_multiple_of(1 << 16) && stop() {
            return Ok(None);
        }
        while room == Some(0) && last != Some(record.rank) {
            at += 1;
            room = left.next();
        }
        let Some(rows) = &mut room else { break };
        *rows = rows.saturating_sub(1);
        last = Some(record.rank);
        marks.push(MarkRecord::new(record.address, Verdict::Label(at)))?;
    }
    commit_marks(marks).map(Some)
}

#[cfg(test)]
mod tests {
    use super::super::super::attempt::Place;
    use super::super::super::keys::{KeyWriter, address};
    use super::super::super::marks::{MarkCursor, Verdict, verdict_of};
    use super::super::super::shelf::Shelf;
    use super::super::super::spec::KeySort;
    use super::decide_portions;
    use crate::step::KeyRow;

    fn portions(ranks: &[u64], rows: &[u64]) -> Vec<Option<u64>> {
        let folder = tempfile::tempdir().unwrap();
        let place = |stem: &str| Place {
            folder: folder.path().to_path_buf(),
            stem: stem.to_owned(),
            passing: false,
            shelf: Shelf::default(),
        };
        let mut writer = KeyWriter::create(&place("keys"), 1, KeySort::Rank).unwrap();
        let keys: Vec<KeyRow> =
            (0..).zip(ranks).map(|(row, &rank)| KeyRow { row, key: 0, rank, payload: 0 }).collect();
        writer.push(&keys, &[], address(0, 0)).unwrap();
        let keys = folder.path().join(&writer.commit().unwrap()[0].name);
        let marks = decide_portions(&[keys], rows, &place("marks"), &|| false).unwrap().unwrap();
        let mut cursor =
            MarkCursor::open(&Shelf::default(), &[folder.path().join(&marks.name)], None).unwrap();
        cursor.seek(0, 0, ranks.len() as u64).unwrap();
        (0..ranks.len() as u64)
            .map(|row| {
                cursor.record(address(0, row)).unwrap().map(|record| match verdict_of(record.value()) {
                    Verdict::Label(label) => label,
                    Verdict::Drop { .. } => panic!("nothing is dropped"),
                })
            })
            .collect()
    }

    #[test]
    fn portions_have_exactly_their_rows() {
        assert_eq!(portions(&[5, 1, 4, 2, 3], &[2, 1]), [None, Some(0), None, Some(0), Some(1)]);
        assert_eq!(portions(&[5, 1], &[0, 1]), [None, Some(1)]);
        assert_eq!(portions(&[5, 1], &[9]), [Some(0), Some(0)]);
        assert_eq!(portions(&[5], &[]), [None]);
    }

    #[test]
    fn rows_of_one_rank_stay_together() {
        assert_eq!(
            portions(&[7, 7, 7, 8, 8, 9], &[2, 1]),
            [Some(0), Some(0), Some(0), Some(1), Some(1), None]
        );
    }
}
