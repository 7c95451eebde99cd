//! What holds for any text.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use gristmill_text::{
    CleanOptions, Cleaner, Layout, Preset, REDACTED, Scratch, ScreenOptions, ScreenScratch, Screener,
    TosAction, Verdict,
};
use proptest::prelude::*;
use std::sync::LazyLock;

static CLEANERS: LazyLock<Vec<Cleaner>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for preset in [Preset::Fixed, Preset::Parity] {
        for layout in [Layout::Chatml, Layout::Plain] {
            let mut options = CleanOptions::preset(preset);
            options.layout = layout;
            all.push(Cleaner::new(&options).unwrap());
        }
    }
    all
});

static REDACTOR: LazyLock<Screener> = LazyLock::new(|| {
    Screener::new(&ScreenOptions { action: TosAction::Redact, ..ScreenOptions::default() }).unwrap()
});

/// Texts of pieces that rules are about.
fn chat() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>", "<|im_end|>\n", "<|end_of_text|>",
        ]).prop_map(str::to_owned),
        4 => prop::sample::select(vec![
            "@bob", " ", "\n", ":", ".", ",", "||", "#", "<", ">", "😀", "🥀", "1️⃣", "u", "thx", "lf", "have", "hp",
            "--x", "—x", "%20", "привет", "12", "- ", "1. ", "w33d", "d.d.o.s", "w e e d", "a@b.io", "192.0.2.1",
            "+1 212 555 0147", "\u{200b}", "ｄｕｍｂ", "<t:1:R>", "²", "!",
        ]).prop_map(str::to_owned),
        2 => "[a-zA-Z0-9 ]{0,12}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Cleaning with and without the prefilter comes to the same.
fn compare_unfiltered(text: &str) {
    let (mut one, mut two) = (Scratch::default(), Scratch::default());
    for (at, cleaner) in CLEANERS.iter().enumerate() {
        let verdict = cleaner.clean(text, &mut one);
        assert_eq!(verdict, cleaner.clean_unfiltered(text, &mut two), "{at}");
        assert_eq!(one.changed(), two.changed(), "{at}");
        if one.changed() {
            assert_eq!(one.text(), two.text(), "{at}");
        }
        if let Verdict::Dropped(drop) = verdict {
            let now = if one.changed() { one.text() } else { text };
            assert!(now.get(drop.span).is_some());
        }
    }
}

#[test]
fn an_end_as_long_as_the_tag_is_not_the_tag() {
    compare_unfiltered("<|im_start|>user\n😀<|im_end|>\n!—xAA<t:1:R>");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_prefilter_never_changes_a_verdict(text in chat()) {
        compare_unfiltered(&text);
    }

    #[test]
    fn redaction_leaves_no_hit_and_hits_lie_in_the_text(text in chat()) {
        let mut scratch = ScreenScratch::default();
        let mut hits = Vec::new();
        REDACTOR.scan(&text, &mut scratch, &mut hits);
        for hit in &hits {
            prop_assert!(hit.start < hit.end && text.get(hit.start..hit.end).is_some());
        }
        let redacted = REDACTOR.redact(&text, &mut scratch);
        prop_assert_eq!(redacted.is_some(), !hits.is_empty());
        if let Some(redacted) = redacted {
            prop_assert!(redacted.contains(REDACTED));
            REDACTOR.scan(&redacted, &mut scratch, &mut hits);
            prop_assert!(hits.is_empty(), "{:?} in {:?}", hits, redacted);
        }
    }
}
