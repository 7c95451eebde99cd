//! Screening against the labelled set, where the shared data is at hand.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so, and figures are worth seeing")]

mod common;

use std::collections::BTreeMap;

use common::shared;
use gristmill_text::{Lexicon, ScreenOptions, ScreenScratch, Screener, TosAction};

fn mild() -> Option<Lexicon> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/tos/mild-lexicon.json");
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn benign_lines_pass_and_risky_ones_are_caught() {
    let (Some(table), Some(lexicon)) = (shared("data/tos/tos-eval.csv"), mild()) else { return };
    let options =
        ScreenOptions { action: TosAction::Redact, lexicon: Some(lexicon), ..ScreenOptions::default() };
    let screener = Screener::new(&options).unwrap();
    let mut scratch = ScreenScratch::default();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut hits = Vec::new();
    for row in 0..table.rows() {
        let text = table.value(row, "text");
        screener.scan(text, &mut scratch, &mut hits);
        let (label, category, kind) =
            (table.value(row, "label"), table.value(row, "category"), table.value(row, "kind"));
        let count = counts.entry(format!("{label} {category} {kind}")).or_default();
        count.1 += 1;
        count.0 += usize::from(!hits.is_empty());
        let wrong = hits.is_empty() == (label == "risky");
        if wrong {
            eprintln!("{label} {category} {kind}: {text:?} {hits:?}");
        }
        if let Some(redacted) = screener.redact(text, &mut scratch) {
            screener.scan(&redacted, &mut scratch, &mut hits);
            assert!(hits.is_empty(), "left in {redacted:?}: {hits:?}");
        }
    }
    for (kind, (hit, all)) in &counts {
        eprintln!("{kind}: {hit} of {all} hit");
    }
    let sum = |prefix: &str| {
        counts.iter().filter(|(k, _)| k.starts_with(prefix)).fold((0, 0), |s, (_, c)| (s.0 + c.0, s.1 + c.1))
    };
    let (benign, risky) = (sum("benign  false-positive"), sum("risky"));
    assert!(benign.1 == 200 && benign.0 * 100 <= benign.1, "benign lines hit: {benign:?}");
    assert!(sum("benign  look-alike").0 <= 3);
    for (kind, (hit, all)) in counts.iter().filter(|(kind, _)| kind.starts_with("risky mild-insult")) {
        assert!(hit * 10 >= all * 9, "{kind}: {hit} of {all} caught");
    }
    assert!(risky.0 * 100 >= risky.1 * 95, "risky lines caught: {risky:?}");
}
