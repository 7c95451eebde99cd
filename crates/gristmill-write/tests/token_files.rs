//! Files of token ids, byte for byte as the programs write them that read them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it skips"
)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use serde_json::{Value, json};
use support::{files, try_format};

fn golden() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden/code");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("no goldens here: skipped");
    None
}

fn documents(golden: &Path) -> Vec<Vec<i32>> {
    named_documents(golden).into_iter().map(|(_, ids)| ids).collect()
}

fn named_documents(golden: &Path) -> Vec<(String, Vec<i32>)> {
    let bytes = std::fs::read(golden.join("megatron/documents.jsonl.zst")).unwrap();
    let text = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap();
    text.lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            (
                row["id"].as_str().unwrap().to_owned(),
                serde_json::from_value(row["input_ids"].clone()).unwrap(),
            )
        })
        .collect()
}

fn lists(rows: &[Vec<i32>]) -> ArrayRef {
    let rows = rows.iter().map(|row| Some(row.iter().map(|n| Some(*n)).collect::<Vec<_>>()));
    Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(rows))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

#[test]
fn megatron_files_are_those_of_its_own_builder() {
    let Some(golden) = golden() else { return };
    let documents = documents(&golden);
    let read = |name: &str| std::fs::read(golden.join("megatron").join(name)).unwrap();
    let rows = batch(vec![("ids", lists(&documents))]);
    let written =
        files("megatron", &json!({"column": "ids", "sequences": null, "width": "uint16"}), &rows, 50);
    assert!(written == [read("u16.bin"), read("u16.idx")]);

    // Every third document of more than ten tokens is two sequences there.
    let sequences: Vec<Vec<i32>> = documents
        .iter()
        .enumerate()
        .map(|(n, ids)| {
            let all = ids.len() as i32;
            if n % 3 == 0 && all > 10 { vec![all / 2, all - all / 2] } else { vec![all] }
        })
        .collect();
    let rows = batch(vec![("ids", lists(&documents)), ("seq_lens", lists(&sequences))]);
    let options = json!({"column": "ids", "sequences": "seq_lens", "width": "int32"});
    assert!(files("megatron", &options, &rows, 7) == [read("i32.bin"), read("i32.idx")]);
}

#[test]
fn numpy_arrays_are_those_of_numpy() {
    let Some(golden) = golden() else { return };
    let documents = documents(&golden);
    let rows = batch(vec![("ids", lists(&documents[..20]))]);
    let options = json!({"column": "ids", "width": "uint16", "row_tokens": null});
    let [array, offsets] = &files("npy", &options, &rows, 6)[..] else { panic!("two files are written") };
    assert!(*array == std::fs::read(golden.join("tokens_u16.npy")).unwrap());
    let starts: Vec<u64> = documents[..20]
        .iter()
        .scan(0, |end, ids| {
            *end += ids.len() as u64;
            Some(*end)
        })
        .collect();
    let told: Vec<u64> =
        offsets[128..].chunks(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap())).collect();
    assert_eq!(told[0], 0);
    assert_eq!(told[1..], starts);
    assert!(offsets[10..].starts_with(b"{'descr': '<u8', 'fortran_order': False, 'shape': (21,), }"));
}

#[test]
fn blocks_of_one_length_are_an_array_of_two_dimensions() {
    let rows = batch(vec![("ids", lists(&[vec![1, 2, 3], vec![4, 5, 70_000]]))]);
    let options = json!({"column": "ids", "width": "uint32", "row_tokens": 3});
    let written = files("npy", &options, &rows, 1);
    assert!(written[0][10..].starts_with(b"{'descr': '<u4', 'fortran_order': False, 'shape': (2, 3), }"));
    assert_eq!(written[0].len(), 128 + 24);
    assert_eq!(written[0][128 + 20..], 70_000_u32.to_le_bytes());
}

#[test]
fn what_does_not_fit_is_refused() {
    let code = |rows: &RecordBatch, kind: &str, options: Value| {
        let format = match try_format(kind, &options, &rows.schema()) {
            Ok(format) => format,
            Err(failure) => return failure.code(),
        };
        let Ok(encoded) = format.encode(std::slice::from_ref(rows)).map_err(|f| f.code()) else {
            return format.encode(std::slice::from_ref(rows)).err().unwrap().code();
        };
        let mut file = format.open(Box::new(std::io::sink())).unwrap();
        file.append(encoded).err().map_or("none", |failure| failure.code())
    };
    let wide = batch(vec![("ids", lists(&[vec![70_000]]))]);
    let negative = batch(vec![("ids", lists(&[vec![-1]]))]);
    let npy = |width: &str, row: Option<u32>| json!({"column": "ids", "width": width, "row_tokens": row});
    assert_eq!(code(&wide, "npy", npy("uint16", None)), "GM_WRITE_WIDE_ID");
    assert_eq!(code(&wide, "npy", npy("uint32", Some(2))), "GM_WRITE_OTHER_LENGTH");
    assert_eq!(code(&wide, "npy", npy("uint32", None)), "none");
    assert_eq!(code(&negative, "npy", npy("uint32", None)), "GM_WRITE_NOT_IDS");
    let other = json!({"column": "nope", "width": "uint32", "row_tokens": null});
    assert_eq!(code(&wide, "npy", other), "GM_WRITE_MISSING_COLUMN");
    let text = batch(vec![("ids", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
    assert_eq!(code(&text, "npy", npy("uint32", None)), "GM_WRITE_NO_IDS");
    let long = batch(vec![("ids", lists(&[vec![1]])), ("lens", lists(&[vec![2]]))]);
    let options = json!({"column": "ids", "sequences": "lens", "width": "int32"});
    assert_eq!(code(&long, "megatron", options), "GM_WRITE_TOO_FEW_IDS");
}

#[test]
fn mds_shards_are_those_of_its_own_writer() {
    let Some(golden) = golden() else { return };
    let (names, documents): (Vec<String>, Vec<Vec<i32>>) = named_documents(&golden).into_iter().unzip();
    for (folder, level) in [("mds", None), ("mds_zstd", Some(9))] {
        let read = |name: &str| std::fs::read(golden.join(folder).join(name)).unwrap();
        let index: Value = serde_json::from_slice(&read("index.json")).unwrap();
        let mut from = 0;
        for wanted in index["shards"].as_array().unwrap() {
            let to = from + usize::try_from(wanted["samples"].as_u64().unwrap()).unwrap();
            let lengths: Int64Array = documents[from..to].iter().map(|ids| Some(ids.len() as i64)).collect();
            let rows = batch(vec![
                ("tokens", lists(&documents[from..to])),
                ("id", Arc::new(StringArray::from(names[from..to].to_vec()))),
                ("n", Arc::new(lengths)),
            ]);
            let options = json!({"zstd_level": level, "size_limit": 65_536, "hashes": ["sha1", "xxh64"],
                "arrays": {"tokens": "uint16"}});
            let written = files("mds", &options, &rows, 5);
            let unpacked = |bytes: &[u8]| match level {
                Some(_) => zstd::decode_all(bytes).unwrap(),
                None => bytes.to_vec(),
            };
            let data = if level.is_some() { &wanted["zip_data"] } else { &wanted["raw_data"] };
            let shard = read(data["basename"].as_str().unwrap());
            assert!(unpacked(&written[0]) == unpacked(&shard), "{data}");
            let entry: Value = serde_json::from_slice(&written[1]).unwrap();
            let mut wanted = wanted.clone();
            wanted["raw_data"].as_object_mut().unwrap().remove("basename");
            // How zstd packs depends on its version.
            wanted["zip_data"] = entry["zip_data"].clone();
            assert_eq!(entry, wanted);
            from = to;
        }
    }
}

#[test]
fn mds_tells_values_apart_and_refuses_what_it_cannot_hold() {
    let rows = batch(vec![
        ("b", Arc::new(BooleanArray::from(vec![true])) as ArrayRef),
        ("f", Arc::new(Float64Array::from(vec![0.5]))),
        ("s", Arc::new(StringArray::from(vec!["\u{e9}"]))),
        ("long", lists(&[(0..300).collect()])),
    ]);
    let options =
        |arrays: Value| json!({"zstd_level": null, "size_limit": 9, "hashes": [], "arrays": arrays});
    let shard = files("mds", &options(json!({})), &rows, 1).swap_remove(0);
    let head = concat!(
        r#"{"column_encodings": ["uint8", "float64", "ndarray:int32", "str"], "#,
        r#""column_names": ["b", "f", "long", "s"], "column_sizes": [1, 8, null, null], "#,
        r#""compression": null, "format": "mds", "hashes": [], "size_limit": 9, "version": 2}"#
    );
    assert_eq!(&shard[12..12 + head.len()], head.as_bytes());
    let sample = &shard[12 + head.len()..];
    assert_eq!(sample[..8], [1203_u32.to_le_bytes(), 2_u32.to_le_bytes()].concat());
    assert_eq!(sample[8], 1);
    assert_eq!(sample[9..17], 0.5_f64.to_le_bytes());
    assert_eq!(sample[17..20], [5, 44, 1]);
    assert_eq!(sample[sample.len() - 2..], *"\u{e9}".as_bytes());

    let code = |rows: &RecordBatch, arrays: Value| match try_format("mds", &options(arrays), &rows.schema()) {
        Ok(format) => format.encode(std::slice::from_ref(rows)).err().unwrap().code(),
        Err(failure) => failure.code(),
    };
    assert_eq!(code(&rows, json!({"long": "uint8"})), "GM_WRITE_WIDE_NUMBER");
    let null = batch(vec![("s", Arc::new(StringArray::from(vec![None::<&str>])) as ArrayRef)]);
    assert_eq!(code(&null, json!({})), "GM_WRITE_LACKING");
    assert_eq!(code(&batch(vec![("a", lists(&[vec![]]))]), json!({})), "GM_WRITE_LACKING");
    let date = batch(vec![("d", Arc::new(Date32Array::from(vec![1])) as ArrayRef)]);
    assert_eq!(code(&date, json!({})), "GM_WRITE_UNSUPPORTED_TYPE");
}
