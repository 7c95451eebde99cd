//! Redaction leaves nothing behind, and its cuts are at borders of characters.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::LazyLock;

use gristmill_text::{ScreenOptions, ScreenScratch, Screener, TosAction};
use proptest::prelude::*;

static SCREENER: LazyLock<Screener> = LazyLock::new(|| {
    Screener::new(&ScreenOptions { action: TosAction::Redact, ..ScreenOptions::default() }).unwrap()
});

/// Full-width forms of plain ASCII.
fn wide(text: &str) -> String {
    let wide = |c: char| char::from_u32(c as u32 + 0xFEE0).unwrap();
    text.chars().map(|c| if c.is_ascii_graphic() { wide(c) } else { c }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn screening_the_redacted_text_finds_nothing(pieces in prop::collection::vec((0..10_usize, 0..4_usize), 1..8)) {
        const WORDS: [&str; 10] = [
            "weed", "keylogger", "jane@example.com", "192.0.2.7", "212-555-0147", "fine", "x", "\u{200b}", "好", "a b",
        ];
        let screener = &*SCREENER;
        let text: String = pieces
            .iter()
            .map(|&(word, form)| match form {
                0 => format!("{} ", WORDS[word]),
                1 => format!("{} ", wide(WORDS[word])),
                2 => WORDS[word].chars().flat_map(|c| [c, '.']).collect(),
                _ => WORDS[word].to_uppercase(),
            })
            .collect();
        let (mut scratch, mut hits) = (ScreenScratch::default(), Vec::new());
        let clean = screener.redact(&text, &mut scratch).unwrap_or_else(|| text.clone());
        screener.scan(&clean, &mut scratch, &mut hits);
        prop_assert!(hits.is_empty(), "{clean:?} of {text:?}: {hits:?}");
    }
}
