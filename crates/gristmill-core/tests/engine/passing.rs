//! Stages whose files are thrown away: in memory, on the disk, or some here and some there.

use gristmill_core::engine::Role;
use serde_json::{Value, json};

use super::{Bench, ROWS, chain, input, keys, parts_sink};

/// Parts with keys, a decision, an exchange of what it leaves, and sorted rows, all in passing: the rows at the end, the
/// sizes of parts, and how many files lay on the disk and how much in memory.
fn in_passing(threads: usize, room: u64, by: Option<&str>) -> (Vec<(String, i64)>, Vec<u64>, usize, u64) {
    let bench = Bench::with_memory(threads, room * 4);
    let steps = match by {
        Some(_) => json!([{"step": "split", "kind": "train_test_split", "side": {}, "options": {
            "shares": [["train", 8], ["test", 2]], "by": ["text"], "column": "split", "seed": 1}}]),
        None => json!([]),
    };
    let mut sink = parts_sink(&bench, "s", "arrow", keys("key", 4));
    sink["passing"] = json!(true);
    sink["by"] = json!(by);
    let landed = bench.run(input(ROWS, 700), json!({ "steps": steps }), sink).unwrap();
    let sizes = landed.files.iter().filter(|f| f.role == Role::Part).map(|f| f.bytes).collect();
    let parts = bench.parts("s", &landed);
    let keys = landed.files.iter().find(|f| f.role == Role::Keys).unwrap();
    let mut marks = Vec::new();
    for partition in 0..4 {
        let files = bench.job(json!({"job": "decide", "folder": bench.folder().join("d"),
            "stem": format!("marks-{partition}"), "task": partition, "decider": {"kind": "by_key", "keep": 1},
            "keys": [{"path": bench.path("s", keys), "task": 0}], "partition": partition, "partitions": 4,
            "task_rows": [landed.rows], "memory_bytes": 1, "passing": true}));
        marks.push(bench.path("d", &files[0]));
    }
    let marks = json!([{"step": "d", "files": marks, "reasons": ["twin"], "count": true, "label": false}]);
    let reader = json!({"kind": "parts", "parts": parts, "marks": marks, "columns": ["n"], "rows": null});
    let sink = json!({"kind": "exchange", "folder": bench.folder().join("x"), "stem": "ex", "task": 0, "partitions": 1,
        "run_bytes": 9000, "passing": true, "route": {"order": null,
            "by": {"kind": "range", "column": "n", "descending": true, "cuts": null}}});
    let landed = bench.run(reader, chain(&[]), sink).unwrap();
    let segment = landed.files.iter().find(|f| f.role == Role::Segment).unwrap();
    let reader = json!({"kind": "partition", "segments": [{"path": bench.path("x", segment), "task": 0}],
        "partition": 0, "group": null, "step": "sort"});
    let mut sink = parts_sink(&bench, "g", "arrow", Value::Null);
    sink["passing"] = json!(true);
    let landed = bench.run(reader, chain(&[]), sink).unwrap();
    let rows = bench.read(&bench.parts("g", &landed), json!([]));
    let files =
        ["s", "d", "x", "g"].iter().filter_map(|stage| std::fs::read_dir(bench.folder().join(stage)).ok());
    let files =
        files.flatten().filter(|f| !f.as_ref().unwrap().file_name().to_string_lossy().contains("trace"));
    let files = files.count();
    let used = bench.pool.shelf().used();
    bench.pool.shelf().forget(bench.folder());
    assert_eq!(bench.pool.shelf().used(), 0, "room is given back");
    (rows, sizes, files, used)
}

#[test]
fn what_is_thrown_away_is_the_same_on_the_disk_and_in_memory() {
    for by in [None, Some("split")] {
        let (rows, sizes, files, used) = in_passing(2, 0, by);
        assert!(
            rows.len() > 100 && files > 6 && used == 0,
            "{} rows, {files} files, {used} bytes",
            rows.len()
        );
        for (threads, room) in [(1, 1000), (2, 40_000), (3, 200_000), (2, 700_000), (2, 1 << 28)] {
            let (kept, told, left, used) = in_passing(threads, room, by);
            assert_eq!((&kept, &told), (&rows, &sizes), "room {room}");
            assert!(used <= room && left <= files);
            assert_eq!(left == 0, room == 1 << 28, "room {room}");
        }
    }
}
