//! What every target does: put the bytes into a file, probe it, open it, read it to the end.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Once, OnceLock};

use gristmill_core::{Failure, StepTrace};
use gristmill_read::{FormatKind, Item, OnDamage, OpenRequest, ProbeRequest, ReadOptions, merge_columns, open, probe};

/// Where inputs are written; what belongs to one lies beside it under another ending.
fn input() -> PathBuf {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("a temporary folder")).path().join("input")
}

fn read(bytes: &[u8], format: FormatKind, split_bytes: u64, on_damage: OnDamage) -> Result<(u64, u64), Failure> {
    let path = input();
    fs::write(&path, bytes).expect("a temporary file");
    let path = path.to_string_lossy().into_owned();
    let options = ReadOptions { on_damage, max_record_bytes: 1 << 16, ..ReadOptions::default() };
    let request =
        ProbeRequest { path: path.clone(), name: "input".into(), format: Some(format), options: options.clone(), split_bytes };
    let about = probe(&request)?;
    let item = |split| Item { path: path.clone(), name: "input".into(), format: about.format, codec: about.codec, split };
    let splits = about.splits.into_iter().map(item).collect();
    let columns = merge_columns(&[about.columns]);
    let mut source = open(OpenRequest { splits, columns, options, key: None, source: None })?;
    let mut traces = [StepTrace::default()];
    // Hashed, not kept: a kilobyte of bzip2 can unfold to millions of rows.
    let mut ids = DefaultHasher::new();
    while let Some(chunk) = source.cutter.next()? {
        let batch = source.parser.parse_steps(chunk, &mut traces)?;
        batch.ids().iter().flatten().for_each(|id| id.hash(&mut ids));
    }
    assert!(traces[0].counts.balanced(), "counts do not add up");
    Ok((traces[0].counts.rows_in, ids.finish()))
}

/// Reads in one split and in many; both must agree.
pub fn read_split(data: &[u8], format: FormatKind) {
    let Some((&size, bytes)) = data.split_first() else { return };
    let whole = read(bytes, format, u64::MAX, OnDamage::Fail);
    // Not too many splits: each opens the file anew.
    let size = (u64::from(size) + 1).max(bytes.len() as u64 / 32);
    let parts = read(bytes, format, size, OnDamage::Fail);
    match (whole, parts) {
        (Ok(whole), Ok(parts)) => assert_eq!(whole, parts),
        (Err(_), Err(_)) => {}
        (whole, parts) => panic!("one split: {whole:?}, many: {parts:?}"),
    }
}

/// Reads bytes behind the magic of a compression; damage is kept where it can be.
pub fn read_after(magic: &[u8], data: &[u8], format: FormatKind) {
    let bytes = [magic, data].concat();
    let _ = read(&bytes, format, u64::MAX, OnDamage::Fail);
    let _ = read(&bytes, format, u64::MAX, OnDamage::Keep);
}

/// Reads columns. The libraries below may panic; the reader turns that into a failure, so only a panic that gets
/// out of it counts. The fuzzer's own hook would stop at the first one.
pub fn read_columnar(data: &[u8], format: FormatKind) {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let _ = read(data, format, 1 << 20, OnDamage::Fail);
    let _ = read(data, format, 1 << 20, OnDamage::Keep);
}

/// Reads files of token ids. The first two bytes say how long the table beside the file is, which comes next.
pub fn read_tokens(data: &[u8], format: FormatKind) {
    let Some((length, rest)) = data.split_first_chunk() else { return };
    let (table, bytes) = rest.split_at(rest.len().min(usize::from(u16::from_le_bytes(*length))));
    for ending in ["idx", "offsets.npy"] {
        fs::write(input().with_extension(ending), table).expect("a temporary file");
    }
    for on_damage in [OnDamage::Fail, OnDamage::Keep] {
        let whole = read(bytes, format, u64::MAX, on_damage);
        let parts = read(bytes, format, (bytes.len() as u64 / 16).max(1), on_damage);
        assert_eq!(whole.is_ok(), parts.is_ok(), "one split {whole:?}, many {parts:?}");
        if let (OnDamage::Fail, Ok(whole), Ok(parts)) = (on_damage, whole, parts) {
            assert_eq!(whole, parts);
        }
    }
}
