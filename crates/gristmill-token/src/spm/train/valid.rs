//! Which strings may be pieces.

use unicode_script::{Script, UnicodeScript as _};

use super::options::TrainOptions;

const SPACE: char = '\u{2581}';

/// The script that decides what a character may stand beside; none for those that go with all.
fn script(char: char, before: Option<Script>, options: &TrainOptions) -> Option<Script> {
    if char == SPACE || (!options.split_by_number && char.is_ascii_digit()) {
        return None;
    }
    match char.script() {
        Script::Hiragana | Script::Katakana => Some(Script::Han),
        // The mark that lengthens a vowel in both kana.
        _ if char == '\u{30FC}' => Some(Script::Han),
        Script::Inherited => before,
        script => Some(script),
    }
}

/// Whether `piece` keeps the rules.
pub(super) fn valid(piece: &[char], options: &TrainOptions) -> bool {
    if piece.is_empty() || piece.len() > options.max_piece_length {
        return false;
    }
    let mut before = None;
    for (at, &char) in piece.iter().enumerate() {
        if char == SPACE {
            let inner_allowed = !options.split_by_whitespace && at + 1 < piece.len();
            if at > 0 && !inner_allowed {
                return false;
            }
            continue;
        }
        if options.split_digits && piece.len() > 1 && char.is_ascii_digit() {
            return false;
        }
        let script = script(char, before, options);
        if options.split_by_unicode_script
            && let (Some(before), Some(script)) = (before, script)
            && before != script
        {
            return false;
        }
        before = script.or(before);
    }
    true
}
