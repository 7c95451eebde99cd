//! What the preset `fixed` mends, one test each: the text, what the replaced program made of it, and what comes now.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use gristmill_core::{Batch, ID_COLUMN, StepTrace, no_side_inputs};
use gristmill_text::{CleanOptions, Cleaner, Layout, MAPS, Preset, Scratch, Verdict};
use serde_json::json;

/// The text as it comes out, or `drop: reason`.
fn clean(preset: Preset, text: &str, off: &[&str]) -> String {
    let mut options = CleanOptions::preset(preset);
    if !text.contains("<|im_start|>") {
        options.layout = Layout::Plain;
    }
    options.rules.extend(off.iter().map(|&rule| (rule.to_owned(), json!("off"))));
    let cleaner = Cleaner::new(&options).unwrap();
    let mut scratch = Scratch::default();
    match cleaner.clean(text, &mut scratch) {
        Verdict::Kept => text.to_owned(),
        Verdict::Changed => scratch.text().to_owned(),
        Verdict::Dropped(drop) => format!("drop: {}", drop.reason),
    }
}

/// Compares both presets.
fn differ(text: &str, parity: &str, fixed: &str) {
    assert_eq!(clean(Preset::Parity, text, &[]), parity, "parity: {text:?}");
    assert_eq!(clean(Preset::Fixed, text, &[]), fixed, "fixed: {text:?}");
}

fn dialogue(first: &str, second: &str) -> String {
    format!("<|im_start|>user\n{first}<|im_end|>\n<|im_start|>assistant\n{second}<|im_end|><|end_of_text|>")
}

#[test]
fn a_mention_at_the_end_swallows_no_tag() {
    differ(
        &dialogue("hello there", "hi @bob"),
        "drop: invalid_no_end_of_text",
        &dialogue("hello there", "hi"),
    );
}

#[test]
fn a_mention_leaves_one_space_and_mail_addresses_whole() {
    differ("ask @bob about it", "ask about it", "ask about it");
    differ("mail foo@bar.org now", "mail foonow", "mail foo@bar.org now");
}

#[test]
fn a_keycap_goes_whole() {
    // `markup` takes the base, a heading mark; what is left of the sign then counts as no Latin.
    differ("#\u{FE0F}\u{20E3} ok", "drop: nonlatin_spam_other", "ok");
}

#[test]
fn an_empty_row_is_told_with_its_reason() {
    // The replaced program loses such a row without a trace; both presets name it.
    differ("||||", "drop: empty", "drop: empty");
}

#[test]
fn a_turn_that_becomes_empty_does_not_swallow_the_markup_behind_it() {
    differ(
        &dialogue("||||", "fine by me"),
        "<|im_start|>user\n|im_end|\n|im_start|assistant\nfine by me<|im_end|><|end_of_text|>",
        "drop: empty_turn",
    );
}

#[test]
fn plain_english_is_no_trade() {
    differ("do you have what i want here", "drop: card_trade", "do you have what i want here");
    differ("LF pikachu, trading gx for $5", "drop: card_trade", "drop: card_trade");
}

#[test]
fn pasted_code_is_found() {
    let code = "for (i = 0; i < n; i++) {\n  sum += a[i];\n}";
    let kept = "for (i = 0; i n; i++) {\n sum += a[i];\n}";
    differ(code, kept, "drop: code_like");
}

#[test]
fn emoji_in_a_row_are_found_before_emoji_are_removed() {
    differ("so good \u{1F600} \u{1F602}", "so good", "drop: emoji_spam");
}

#[test]
fn a_false_token_is_found_before_brackets_are_removed() {
    differ("type <name> here please", "type name here please", "drop: fake_token");
}

#[test]
fn hyphenated_words_are_no_dashes() {
    differ("a well-known fact", "drop: double_dash", "a well-known fact");
    differ("it stopped --then started", "drop: double_dash", "drop: double_dash");
}

#[test]
fn a_time_tag_is_found_before_its_brackets_are_removed() {
    differ("meet at <t:1700000000:R> then", "meet at t:1700000000:Are then", "drop: discord_timestamp");
}

#[test]
fn a_country_is_no_slur() {
    differ("she comes from Nigeria", "drop: nword", "she comes from Nigeria");
}

#[test]
fn single_letters_beside_marks_are_no_slang() {
    differ("the u.s. team", "the you.s. team", "the u.s. team");
    differ("i like r&b music", "i like are&be music", "i like r&b music");
    differ("we go to plan B now", "we go to plan Be now", "we go to plan B now");
    differ("thx, u r right", "thanks, you are right", "thanks, you are right");
}

#[test]
fn a_row_of_glued_turns_is_no_dialogue() {
    let glued = "<|im_start|>user\nhi <|im_start|>assistant\nho<|im_end|><|end_of_text|>";
    // `markup` would take the tag apart first: the check alone is meant.
    let off: Vec<&str> = ["markup", "fake_token", "discord_timestamp"].into();
    assert_eq!(clean(Preset::Parity, glued, &off), glued);
    assert_eq!(clean(Preset::Fixed, glued, &off), "drop: invalid_tags");
}

/// The columns `text` and `note` after the step `slang`.
fn slang(texts: &[Option<&str>], notes: &[Option<&str>]) -> [Vec<Option<String>>; 2] {
    let column = |cells: &[Option<&str>]| -> ArrayRef { Arc::new(StringArray::from(cells.to_vec())) };
    let ids: Vec<String> = (0..texts.len()).map(|row| format!("r{row}")).collect();
    let ids = column(&ids.iter().map(|id| Some(id.as_str())).collect::<Vec<_>>());
    let columns = [(ID_COLUMN, ids, false), ("text", column(texts), true), ("note", column(notes), true)];
    let mut batch = Batch::new(RecordBatch::try_from_iter_with_nullable(columns).unwrap()).unwrap();
    let def = MAPS.iter().find(|def| def.kind == "slang").unwrap();
    let step = (def.build)(&json!({"layout": "plain"}), &no_side_inputs()).unwrap();
    step.run(&mut batch, &mut StepTrace::default()).unwrap();
    ["text", "note"].map(|name| {
        let cells = batch.column(name).unwrap().as_string::<i32>();
        (0..cells.len()).map(|row| cells.is_valid(row).then(|| cells.value(row).to_owned())).collect()
    })
}

#[test]
fn slang_leaves_other_text_columns_alone() {
    let [texts, notes] = slang(&[Some("thx, u r right")], &[Some("thx, u r right")]);
    assert_eq!(texts, [Some("thanks, you are right".to_owned())]);
    assert_eq!(notes, [Some("thx, u r right".to_owned())]);
}

#[test]
fn missing_values_stay_missing_and_words_for_them_stay_words() {
    let cells = [None, Some(""), Some("NA"), Some("null"), Some("None"), Some("nan"), Some("N/A"), Some("u")];
    let [texts, notes] = slang(&cells, &cells);
    let mut want = cells.map(|cell| cell.map(str::to_owned));
    assert_eq!(notes, want);
    want[7] = Some("you".to_owned());
    assert_eq!(texts, want);
}
