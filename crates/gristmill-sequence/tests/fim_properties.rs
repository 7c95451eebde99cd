//! Whatever is cut out comes back, and choices depend on seed and row alone.

use gristmill_sequence::fim::{Choices, Kind, Order, Profile, Weights, cut, lay_out, undo};
use proptest::prelude::*;

fn weights() -> impl Strategy<Value = Weights> {
    prop_oneof![
        Just(Weights { random: 1.0, line: 0.0, multi: 0.0 }),
        Just(Weights { random: 0.0, line: 1.0, multi: 0.0 }),
        Just(Weights { random: 0.0, line: 0.0, multi: 1.0 }),
        Just(Weights::default()),
    ]
}

proptest! {
    #[test]
    fn a_rearranged_text_can_be_put_back(
        text in "([a-zé😀 \t]{0,9}\r?\n){0,12}[a-zπ ]{0,5}",
        weights in weights(),
        seed in 0_u64..1_000,
        spm in any::<bool>(),
    ) {
        let cut = cut(&text, &weights, &mut Choices::new(seed, "fim", "row"));
        prop_assert!(!cut.holes.is_empty());
        prop_assert_eq!(cut.holes.len() > 1, cut.kind == Kind::Multi);
        let mut at = 0;
        for hole in &cut.holes {
            prop_assert!(at <= hole.start && hole.start <= hole.end && hole.end <= text.len());
            prop_assert!(text.is_char_boundary(hole.start) && text.is_char_boundary(hole.end));
            at = hole.end;
        }
        let order = if spm { Order::Spm } else { Order::Psm };
        for profile in [Profile::Default, Profile::Santacoder, Profile::Starcoder, Profile::Deepseek] {
            let tokens = profile.tokens();
            let mut out = String::new();
            lay_out(&text, &cut.holes, order, &tokens, &mut out);
            prop_assert_eq!(undo(&out, &tokens), Some(text.clone()));
        }
        prop_assert_eq!(&cut, &again(&text, &weights, seed));
    }

    #[test]
    fn undoing_never_panics(text in "(<\\|fim_(prefix|suffix|middle|hole_[0-2])\\|>|[a-z\n]){0,12}") {
        let _ = undo(&text, &Profile::Default.tokens());
    }
}

/// The same choice once more.
fn again(text: &str, weights: &Weights, seed: u64) -> gristmill_sequence::fim::Cut {
    cut(text, weights, &mut Choices::new(seed, "fim", "row"))
}

#[test]
fn every_place_of_a_text_is_cut_about_as_often() {
    let text = "abcdefghi";
    let weights = Weights { random: 1.0, line: 0.0, multi: 0.0 };
    let mut cuts = [0_u32; 10];
    for seed in 0..20_000 {
        let found = cut(text, &weights, &mut Choices::new(seed, "fim", "row"));
        cuts[found.holes[0].start] += 1;
        cuts[found.holes[0].end] += 1;
    }
    // 4,000 each are expected; three standard deviations are 180.
    assert!(cuts.iter().all(|n| (3_800..=4_200).contains(n)), "{cuts:?}");
}
