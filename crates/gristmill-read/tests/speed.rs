//! Throughput of one core, for people: `cargo test --release -p gristmill-read --test speed -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a measurement prints what it measured")]

mod common;

use std::fmt::Write;
use std::time::Instant;

use common::How;
use gristmill_read::{Item, OpenRequest, ProbeRequest, merge_columns, open, probe};

/// Seconds this thread was on a core: other work on the machine does not count. Wall time where that is unknown.
fn seconds(origin: Instant) -> f64 {
    let on_core = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = on_core.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    nanos.map_or_else(|| origin.elapsed().as_secs_f64(), |nanos| nanos as f64 / 1e9)
}

fn measure(name: &str, text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(&path, text).unwrap();
    let options = How::default().options;
    let request = ProbeRequest {
        path: path.clone(),
        name: name.to_owned(),
        format: None,
        options: options.clone(),
        split_bytes: u64::MAX,
    };
    let origin = Instant::now();
    let started = seconds(origin);
    let about = probe(&request).unwrap();
    let probing = seconds(origin) - started;
    let mut best = f64::MAX;
    for _ in 0..3 {
        let item = |split| Item {
            path: path.clone(),
            name: name.to_owned(),
            format: about.format,
            codec: about.codec,
            split,
        };
        let splits = about.splits.iter().cloned().map(item).collect();
        let columns = merge_columns(std::slice::from_ref(&about.columns));
        let options = options.clone();
        let mut source = open(OpenRequest { splits, columns, options, key: None, source: None }).unwrap();
        let mut traces = [gristmill_core::StepTrace::default()];
        let started = seconds(origin);
        while let Some(chunk) = source.cutter.next().unwrap() {
            source.parser.parse_steps(chunk, &mut traces).unwrap();
        }
        best = best.min(seconds(origin) - started);
        assert_eq!(traces[0].counts.quarantined, 0);
    }
    let mb = text.len() as f64 / 1e6;
    eprintln!("{name}: {mb:.0} MB, read {:.0} MB per core second, probe {probing:.2} s", mb / best);
}

#[test]
#[ignore = "a measurement, not a test"]
fn throughput() {
    let chat = "so how do i mount the second disk at boot, is it fstab";
    let prose = format!("{} \\\"quoted\\\"\\n{}", chat.repeat(30), chat.repeat(30));
    let (mut short, mut long, mut array, mut csv) =
        (String::new(), String::new(), "[".to_owned(), "id,text\n".to_owned());
    for i in 0..600_000 {
        writeln!(short, "{{\"id\":\"{i}\",\"text\":\"{chat}\"}}").unwrap();
        writeln!(csv, "{i},\"{chat}\"").unwrap();
    }
    for i in 0..18_000 {
        writeln!(long, "{{\"id\":\"{i}\",\"text\":\"{prose}\"}}").unwrap();
        write!(array, "{}{{\"id\":\"{i}\",\"text\":\"{prose}\"}}", if i == 0 { "" } else { ",\n" }).unwrap();
    }
    array.push(']');
    measure("chat.jsonl", &short);
    measure("prose.jsonl", &long);
    measure("prose.json", &array);
    measure("chat.csv", &csv);
    measure("chat.txt", &short);
}
