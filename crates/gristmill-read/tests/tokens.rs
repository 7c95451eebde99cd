//! Files of token ids: what others have written is read as it is, and nothing that stands in a file brings the
//! reader down.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use common::{How, Outcome, read};
use gristmill_read::{OnDamage, ReadOptions};
use proptest::prelude::*;
use serde::Deserialize;

fn golden() -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden/code"));
    if path.exists() {
        return Some(path.to_owned());
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

#[derive(Deserialize)]
struct Document {
    id: String,
    input_ids: Vec<i64>,
}

fn documents(golden: &Path) -> Vec<Document> {
    let packed = fs::read(golden.join("megatron/documents.jsonl.zst")).unwrap();
    let text = String::from_utf8(zstd::decode_all(&packed[..]).unwrap()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Lists of a column, of whichever width.
fn lists(outcome: &Outcome, column: &str) -> Vec<Vec<i64>> {
    let mut all = Vec::new();
    for batch in &outcome.batches {
        let lists = batch.column(column).unwrap().as_list::<i32>();
        for row in 0..lists.len() {
            let items = lists.value(row);
            all.push(match items.as_primitive_opt::<Int32Type>() {
                Some(items) => items.values().iter().map(|&n| i64::from(n)).collect(),
                None => items.as_primitive::<Int64Type>().values().to_vec(),
            });
        }
    }
    all
}

fn split(bytes: u64) -> How {
    How { split_bytes: bytes, ..How::default() }
}

#[test]
fn megatrons_own_files_are_read() {
    let Some(golden) = golden() else { return };
    let documents = documents(&golden);
    let wanted: Vec<Vec<i64>> = documents.iter().map(|d| d.input_ids.clone()).collect();
    for name in ["u16.bin", "i32.bin", "u16.idx"] {
        for split_bytes in [256 << 20, 10_000] {
            let found = read(&golden.join("megatron").join(name), &split(split_bytes)).unwrap();
            assert_eq!(lists(&found, "ids"), wanted, "{name}");
            assert_eq!(found.probe.rows, Some(wanted.len() as u64));
            assert_eq!(found.probe.splits.len() > 1, split_bytes == 10_000);
            for (n, (sequences, ids)) in lists(&found, "seq_lens").iter().zip(&wanted).enumerate() {
                let half = ids.len() as i64 / 2;
                let cut = name.starts_with("i32") && n.is_multiple_of(3) && ids.len() > 10;
                let all = ids.len() as i64;
                assert_eq!(*sequences, if cut { vec![half, all - half] } else { vec![all] });
            }
        }
    }
}

#[test]
fn numpys_own_array_is_read_with_and_without_places() {
    let Some(golden) = golden() else { return };
    let wanted: Vec<Vec<i64>> = documents(&golden).into_iter().take(20).map(|d| d.input_ids).collect();
    let flat: Vec<i64> = wanted.concat();
    let found = read(&golden.join("tokens_u16.npy"), &split(8_000)).unwrap();
    let rows = lists(&found, "ids");
    assert!(rows[..rows.len() - 1].iter().all(|row| row.len() == 2048));
    assert_eq!(rows.concat(), flat);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npy");
    fs::copy(golden.join("tokens_u16.npy"), &path).unwrap();
    let ends = wanted.iter().scan(0, |end, row| {
        *end += row.len() as u64;
        Some(*end)
    });
    let offsets: Vec<u64> = std::iter::once(0).chain(ends).collect();
    fs::write(folder.path().join("t.offsets.npy"), npy("<u8", &format!("({},)", offsets.len()), &offsets))
        .unwrap();
    for split_bytes in [256 << 20, 5_000] {
        let found = read(&path, &split(split_bytes)).unwrap();
        assert_eq!(lists(&found, "ids"), wanted);
        assert_eq!(found.probe.beside.len(), 1);
    }
}

#[test]
fn mosaicmls_own_shards_are_read() {
    let Some(golden) = golden() else { return };
    let documents = documents(&golden);
    for (folder, ending) in [("mds", "mds"), ("mds_zstd", "mds.zstd")] {
        for split_bytes in [256 << 20, 9_000] {
            let (mut ids, mut counts, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
            for shard in 0..3 {
                let path = golden.join(folder).join(format!("shard.{shard:05}.{ending}"));
                let found = read(&path, &split(split_bytes)).unwrap();
                assert_eq!(found.names(), ["id", "n", "tokens"]);
                for row in found.values() {
                    ids.push(row[0].clone().unwrap());
                    counts.push(row[1].clone().unwrap().parse::<usize>().unwrap());
                }
                tokens.extend(lists(&found, "tokens"));
            }
            let wanted = &documents[..60];
            assert_eq!(ids, wanted.iter().map(|d| d.id.clone()).collect::<Vec<_>>());
            assert_eq!(counts, wanted.iter().map(|d| d.input_ids.len()).collect::<Vec<_>>());
            assert_eq!(tokens, wanted.iter().map(|d| d.input_ids.clone()).collect::<Vec<_>>());
        }
    }
}

/// An array after the published layout.
fn npy(descr: &str, shape: &str, numbers: &[u64]) -> Vec<u8> {
    let mut head = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    while (11 + head.len()) % 64 != 0 {
        head.push(' ');
    }
    head.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(head.len() as u16).to_le_bytes());
    bytes.extend_from_slice(head.as_bytes());
    let width: usize = descr[2..].parse().unwrap();
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes()[..width]);
    }
    bytes
}

/// Files of a folder, of which the first is read.
fn read_files(files: &[(&str, Vec<u8>)], how: &How) -> Result<Outcome, gristmill_core::Failure> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    read(&folder.path().join(files[0].0), how)
}

fn code(files: &[(&str, Vec<u8>)]) -> String {
    match read_files(files, &How::default()) {
        Ok(found) => format!("{} rows", found.rows().len()),
        Err(failure) => failure.code().to_owned(),
    }
}

#[test]
fn numbers_of_every_width_and_two_dimensions() {
    let numbers = [1, 200, 3, 4, 5, 6];
    for descr in ["|u1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8"] {
        let how = How {
            options: ReadOptions { row_tokens: 4, column: "t".into(), ..ReadOptions::default() },
            ..How::default()
        };
        let found = read_files(&[("a.npy", npy(descr, "(6,)", &numbers))], &how).unwrap();
        assert_eq!(found.names(), ["t"]);
        if descr != "<u8" {
            assert_eq!(lists(&found, "t"), [vec![1, 200, 3, 4], vec![5, 6]], "{descr}");
        }
        let found = read_files(&[("a.npy", npy(descr, "(2, 3)", &numbers))], &split(4)).unwrap();
        assert_eq!(found.rows().len(), 2);
        if descr != "<u8" {
            assert_eq!(lists(&found, "ids"), [vec![1, 200, 3], vec![4, 5, 6]], "{descr}");
        }
    }
    assert_eq!(code(&[("a.npy", npy("<i2", "(2,)", &[0xffff, 0x8000]))]), "1 rows");
    assert_eq!(code(&[("a.npy", npy("<u2", "(0,)", &[]))]), "0 rows");
    assert_eq!(code(&[("a.npy", npy("<u2", "(3, 0)", &[]))]), "3 rows");
}

#[test]
fn arrays_that_are_no_ids_are_refused_with_their_reason() {
    let good = npy("<u2", "(4,)", &[1, 2, 3, 4]);
    let changed = |from: &str, to: &str| {
        let text: String = good.iter().map(|&b| char::from(b)).collect();
        text.replace(from, to).chars().map(|c| c as u8).collect::<Vec<u8>>()
    };
    for (name, bytes, wanted) in [
        ("floats", npy("<f4", "(4,)", &[0; 4]), "GM_READ_NOT_IDS"),
        ("big endian", changed("<u2", ">u2"), "GM_READ_NOT_IDS"),
        ("three dimensions", changed("(4,)", "(1, 2, 2)"), "GM_READ_NOT_IDS"),
        ("column by column", changed("False, 'shape': (4,)", "True, 'shape': (2, 2)"), "GM_READ_NOT_IDS"),
        ("records", changed("'<u2'", "[('a', '<u2')]"), "GM_READ_NOT_IDS"),
        ("more than there is", changed("(4,)", "(5,)"), "GM_READ_TRUNCATED"),
        ("absurd", changed("(4,)", "(18446744073709551615,)"), "GM_READ_DAMAGED"),
        ("absurd rows of nothing", changed("(4,)", "(99999999999, 0)"), "GM_READ_DAMAGED"),
        ("far too many", changed("(4,)", "(999999999999999,)"), "GM_READ_TRUNCATED"),
        ("not a number", changed("(4,)", "(x,)"), "GM_READ_DAMAGED"),
        ("no dictionary", changed("{", "["), "GM_READ_DAMAGED"),
        ("no magic", changed("NUMPY", "NUMPI"), "GM_READ_DAMAGED"),
        ("nothing", Vec::new(), "GM_READ_DAMAGED"),
    ] {
        assert_eq!(code(&[("a.npy", bytes)]), wanted, "{name}");
    }
    let table = |numbers: &[u64]| npy("<u8", &format!("({},)", numbers.len()), numbers);
    for (numbers, wanted) in [
        (&[0, 1, 1, 4][..], "3 rows"),
        (&[0, 3, 2, 4], "GM_READ_DAMAGED"),
        (&[0, 9, 9, 4], "GM_READ_DAMAGED"),
        (&[1, 4], "GM_READ_DAMAGED"),
        (&[0, 5], "GM_READ_DAMAGED"),
        (&[], "GM_READ_DAMAGED"),
    ] {
        assert_eq!(
            code(&[("a.npy", good.clone()), ("a.offsets.npy", table(numbers))]),
            wanted,
            "{numbers:?}"
        );
    }
}

/// An index after the published layout.
fn idx(kind: u8, lengths: &[i32], pointers: &[i64], bounds: &[i64]) -> Vec<u8> {
    let mut bytes = b"MMIDIDX\0\0".to_vec();
    bytes.extend_from_slice(&1_u64.to_le_bytes());
    bytes.push(kind);
    bytes.extend_from_slice(&(lengths.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&(bounds.len() as u64).to_le_bytes());
    bytes.extend(lengths.iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend(pointers.iter().chain(bounds).flat_map(|n| n.to_le_bytes()));
    bytes
}

#[test]
fn indexes_that_do_not_fit_are_refused_with_their_reason() {
    let bin: Vec<u8> = (0..20).collect();
    let check = |index: Vec<u8>, wanted: &str| {
        assert_eq!(code(&[("a.bin", bin.clone()), ("a.idx", index)]), wanted);
    };
    check(idx(8, &[4, 6], &[0, 8], &[0, 1, 2]), "2 rows");
    check(idx(8, &[4, 6], &[0, 8], &[0, 0, 2, 2]), "3 rows");
    // In another order, and twice the same.
    check(idx(8, &[4, 4, 4], &[8, 0, 0], &[0, 1, 3]), "2 rows");
    check(idx(8, &[4, 7], &[0, 8], &[0, 1, 2]), "GM_READ_TRUNCATED");
    check(idx(8, &[4, -6], &[0, 8], &[0, 1, 2]), "GM_READ_DAMAGED");
    check(idx(8, &[4, 6], &[0, -8], &[0, 1, 2]), "GM_READ_DAMAGED");
    check(idx(8, &[4, 6], &[0, i64::MAX], &[0, 1, 2]), "GM_READ_TRUNCATED");
    check(idx(8, &[4, 6], &[0, 8], &[0, 1]), "GM_READ_DAMAGED");
    check(idx(8, &[4, 6], &[0, 8], &[1, 2]), "GM_READ_DAMAGED");
    check(idx(8, &[4, 6], &[0, 8], &[0, 3, 2]), "GM_READ_DAMAGED");
    check(idx(8, &[4, 6], &[0, 8], &[0, 2, 1, 2]), "GM_READ_DAMAGED");
    check(idx(8, &[], &[], &[]), "GM_READ_DAMAGED");
    check(idx(8, &[], &[], &[0]), "0 rows");
    check(idx(7, &[4], &[0], &[0, 1]), "GM_READ_NOT_IDS");
    check(idx(99, &[4], &[0], &[0, 1]), "GM_READ_DAMAGED");
    let mut absurd = idx(8, &[4], &[0], &[0, 1]);
    absurd[18..26].copy_from_slice(&u64::MAX.to_le_bytes());
    check(absurd, "GM_READ_TRUNCATED");
    assert_eq!(code(&[("a.bin", bin)]), "GM_READ_MISSING");
}

/// A shard after the published layout, with a text and an array of 16-bit numbers.
fn mds(samples: &[Vec<u8>]) -> Vec<u8> {
    let head = r#"{"column_encodings": ["str", "ndarray:uint16"], "column_names": ["a", "b"], "column_sizes": [null, null], "compression": null, "format": "mds", "hashes": [], "size_limit": 67108864, "version": 2}"#;
    shard(head, samples)
}

fn shard(head: &str, samples: &[Vec<u8>]) -> Vec<u8> {
    let mut at = (4 + 4 * (samples.len() + 1) + head.len()) as u32;
    let mut bytes = (samples.len() as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(&at.to_le_bytes());
    for sample in samples {
        at += sample.len() as u32;
        bytes.extend_from_slice(&at.to_le_bytes());
    }
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend(samples.concat());
    bytes
}

fn sample(text: &str, numbers: &[u16]) -> Vec<u8> {
    let mut bytes = (text.len() as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(&(2 + 2 * numbers.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(&[4, numbers.len() as u8]);
    bytes.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
    bytes
}

#[test]
fn a_sample_that_does_not_fit_is_set_aside() {
    let mut short = sample("x", &[1, 2]);
    short.pop();
    let mut shape = sample("x", &[1, 2]);
    shape[10] = 7;
    let mut latin = sample("x", &[1]);
    latin[8] = 0xff;
    let samples = [sample("one", &[1, 2, 3]), short, shape, latin, sample("", &[9])];
    for split_bytes in [256 << 20, 20] {
        let found = read_files(&[("a.mds", mds(&samples))], &split(split_bytes)).unwrap();
        assert_eq!(lists(&found, "b"), [vec![1, 2, 3], vec![9]]);
        assert_eq!(found.codes(), ["GM_READ_MDS_SAMPLE", "GM_READ_MDS_SAMPLE", "GM_READ_UTF8"]);
        let ids: Vec<_> = found.rows().into_iter().map(|row| row[0].clone().unwrap()).collect();
        assert_eq!(ids, ["a.mds:0", "a.mds:4"]);
    }
    let strange = r#"{"column_encodings": ["jpeg"], "column_names": ["a"], "column_sizes": [null]}"#;
    assert_eq!(code(&[("a.mds", shard(strange, &[vec![0; 4]]))]), "GM_READ_MDS_ENCODING");
    let all = r#"{"column_encodings": ["json", "int8", "float32", "bytes", "ndarray:float32", "ndarray:int32:2", "uint64"], "column_names": ["a", "b", "c", "d", "e", "f", "g"], "column_sizes": [null, 1, 4, null, null, 8, 8]}"#;
    let mut value = Vec::new();
    value.extend([2_u32, 1, 6].iter().flat_map(|n| n.to_le_bytes()));
    value.extend_from_slice(b"{}");
    value.push(0xff);
    value.extend_from_slice(&1.5_f32.to_le_bytes());
    value.push(7);
    value.extend_from_slice(&[4, 1]);
    value.extend_from_slice(&2.5_f32.to_le_bytes());
    value.extend_from_slice(&[1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]);
    value.extend_from_slice(&u64::MAX.to_le_bytes());
    let found = read_files(&[("a.mds", shard(all, &[value]))], &How::default()).unwrap();
    let row = found.values().remove(0);
    assert_eq!((row[0].as_deref(), row[1].as_deref()), (Some("{}"), Some("-1")));
    assert_eq!(lists(&found, "f"), [vec![1, -2]]);
    assert!(row[6].as_deref().unwrap().contains("18446744073709551615"), "{row:?}");
}

#[test]
fn damage_costs_only_what_follows_it() {
    let samples: Vec<Vec<u8>> = (0..50).map(|n| sample("text", &[n; 20])).collect();
    let ids: Vec<u64> = (0..1000).collect();
    let keep = How {
        options: ReadOptions { on_damage: OnDamage::Keep, row_tokens: 10, ..ReadOptions::default() },
        ..How::default()
    };
    let lengths = [10; 100];
    let pointers: Vec<i64> = (0..100).map(|n| n * 20).collect();
    let bounds: Vec<i64> = (0..=100).collect();
    let bin: Vec<u8> = ids.iter().flat_map(|&n| (n as u16).to_le_bytes()).collect();
    let index = idx(8, &lengths, &pointers, &bounds);
    for (name, bytes, beside, rows) in [
        ("a.mds", mds(&samples), None, 15..50),
        ("a.npy", npy("<u2", "(1000,)", &ids), None, 45..55),
        ("a.bin", bin, Some(("a.idx", index)), 50..51),
    ] {
        let half = bytes[..bytes.len().div_ceil(2) + usize::from(name == "a.mds") * 150].to_vec();
        let files: Vec<_> = std::iter::once((name, half)).chain(beside).collect();
        let found = read_files(&files, &keep).unwrap();
        assert!(rows.contains(&found.rows().len()), "{name}: {}", found.rows().len());
        assert_eq!(found.codes(), ["GM_READ_TRUNCATED"], "{name}");
        assert_eq!(code(&files), "GM_READ_TRUNCATED", "{name}");
    }
}

/// Reads in one split and in many, forgiving or not; both agree.
fn never_panics(files: &[(&str, Vec<u8>)]) {
    let longest = files[0].1.len() as u64;
    for on_damage in [OnDamage::Fail, OnDamage::Keep] {
        let options =
            ReadOptions { on_damage, max_record_bytes: 4096, row_tokens: 3, ..ReadOptions::default() };
        let of = |split_bytes| How { options: options.clone(), split_bytes, ..How::default() };
        let whole = read_files(files, &of(u64::MAX));
        let parts = read_files(files, &of((longest / 8).max(1)));
        match (whole, parts) {
            (Ok(whole), Ok(parts)) => {
                if on_damage == OnDamage::Fail {
                    assert_eq!(whole.rows(), parts.rows());
                }
            }
            (Err(whole), Err(parts)) => {
                assert!(whole.code().starts_with("GM_READ_"), "{whole:?}");
                assert!(parts.code().starts_with("GM_READ_"), "{parts:?}");
            }
            (whole, parts) => {
                let shown = |outcome: Result<Outcome, _>| outcome.map(|found| found.rows().len());
                panic!("{on_damage:?}: one split {:?}, many {:?}", shown(whole), shown(parts))
            }
        }
    }
}

/// What happens to a file: bytes changed, an end cut off.
#[derive(Clone, Debug)]
struct Harm {
    changes: Vec<(usize, u8)>,
    cut: Option<usize>,
}

fn harm() -> impl Strategy<Value = Harm> {
    let change = (any::<usize>(), prop_oneof![any::<u8>(), Just(0), Just(0xff)]);
    let cut = proptest::option::weighted(0.3, any::<usize>());
    (proptest::collection::vec(change, 0..5), cut).prop_map(|(changes, cut)| Harm { changes, cut })
}

impl Harm {
    fn done(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for &(at, byte) in &self.changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if let Some(cut) = self.cut {
            bytes.truncate(cut % (bytes.len() + 1));
        }
        bytes
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("GM_TOKEN_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(60)
    ))]

    #[test]
    fn harmed_arrays_end_in_rows_or_a_typed_failure(array in harm(), table in harm()) {
        let numbers: Vec<u64> = (0..40).collect();
        let bytes = array.done(&npy("<u2", "(40,)", &numbers));
        never_panics(&[("a.npy", bytes.clone())]);
        let offsets = table.done(&npy("<u8", "(7,)", &[0, 5, 5, 20, 21, 39, 40]));
        never_panics(&[("a.npy", bytes), ("a.offsets.npy", offsets)]);
        never_panics(&[("a.npy", array.done(&npy("<i4", "(8, 5)", &numbers)))]);
    }

    #[test]
    fn harmed_indexes_end_in_rows_or_a_typed_failure(ids in harm(), index in harm()) {
        let bin: Vec<u8> = (0..80).collect();
        let whole = idx(8, &[10, 0, 20, 5, 5], &[0, 20, 20, 60, 70], &[0, 2, 2, 4, 5]);
        never_panics(&[("a.bin", ids.done(&bin)), ("a.idx", index.done(&whole))]);
        never_panics(&[("a.bin", bin), ("a.idx", index.done(&whole))]);
    }

    #[test]
    fn harmed_shards_end_in_rows_or_a_typed_failure(harm in harm()) {
        let samples: Vec<Vec<u8>> = (0..6).map(|n| sample("text", &vec![n; usize::from(n) + 1])).collect();
        let bytes = mds(&samples);
        never_panics(&[("a.mds", harm.done(&bytes))]);
        let packed = zstd::encode_all(&bytes[..], 1).unwrap();
        never_panics(&[("a.mds.zstd", harm.done(&packed))]);
        never_panics(&[("a.mds.zstd", zstd::encode_all(&harm.done(&bytes)[..], 1).unwrap())]);
    }
}
