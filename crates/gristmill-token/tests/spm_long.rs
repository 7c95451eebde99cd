//! Long texts: sums lose precision, until current releases take a new zero. What they answer was asked of 0.2.3.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use gristmill_token::spm::{Arithmetic, Beside, SpmModel, SpmTokenizer};
use serde_json::json;

fn last(arithmetic: Arithmetic, text: &str, count: usize) -> Vec<String> {
    let long = 2.0f64.powi(-12);
    let json = json!({
        "added_tokens": [{"id": 0, "content": "<unk>", "special": true, "normalized": false}],
        "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["b", -10], ["x", -1], ["y", -1.3],
            ["xy", -2.3 - long], ["\u{2581}", -10], ["c", -20], ["d", -10], ["cd", -5]]},
    });
    let made = SpmModel::from_hugging_face(&json, Beside::default()).unwrap();
    let model = SpmModel::read(&made.files["tokenizer.model"]).unwrap();
    let pieces = SpmTokenizer::new(model, arithmetic).unwrap().encoder().pieces(text);
    pieces[pieces.len() - count..].to_vec()
}

#[test]
fn precision_is_lost_and_found_again() {
    let float = |text: &str, count| last(Arithmetic::Float, text, count);
    for (before, pieces) in [
        (0, ["x", "y"]),
        (819, ["b", "xy"]),
        (10_000, ["b", "xy"]),
        (10_001, ["x", "y"]),
        (10_820, ["b", "xy"]),
    ] {
        assert_eq!(float(&("b".repeat(before) + "xy"), 2), pieces, "{before}");
    }
    // In the other releases it stays lost.
    assert_eq!(last(Arithmetic::Mixed, &("b".repeat(10_001) + "xy"), 2), ["b", "xy"]);
    // The new zero may be taken where the best segmentation does not pass.
    assert_eq!(float(&("b".repeat(9998) + "cdxy"), 3), ["b", "cd", "xy"]);
    assert_eq!(float(&("b".repeat(9999) + "cdxy"), 3), ["cd", "x", "y"]);
}
