//! Counts equal those the original statistics program wrote, where the shared goldens are at hand.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::io::Read;
use std::path::Path;

use gristmill_token::TokenCounter;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden/discord");

#[test]
fn tokens_equal_the_golden_statistics() {
    let folder = Path::new(GOLDEN);
    if !folder.exists() {
        eprintln!("skipped: shared goldens are absent");
        return;
    }
    let counter = TokenCounter::load(folder.join("tokenizer.json")).unwrap();
    let file = std::fs::File::open(folder.join("11-stats/fixed_stats.csv.gz")).unwrap();
    let mut csv = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut csv).unwrap();
    let rows = records(&csv);
    assert_eq!(rows[0][..2], ["text", "tokens"]);
    assert_eq!(rows.len(), 1068);
    let mut wrong = 0;
    let mut worker = counter.worker();
    for row in &rows[1..] {
        let want: usize = row[1].parse().unwrap();
        wrong += usize::from(worker.count(&row[0], false).unwrap() != want);
    }
    assert_eq!(wrong, 0);
    let with_begin = counter.count(&rows[1][0], true).unwrap();
    assert_eq!(with_begin, rows[1][1].parse::<usize>().unwrap() + 1, "the begin token");
}

/// Just enough CSV for the golden: quoted fields with doubled quotes and line breaks.
fn records(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = csv.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            c => field.push(c),
        }
    }
    rows
}
