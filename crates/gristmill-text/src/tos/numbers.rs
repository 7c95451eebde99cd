//! How the digits of a text are grouped: what numbers of somebody it may have.

// Which groups of digits are there. Each is told wherever the shape that asks for it can match, and more often.

/// Four groups with dots between.
pub(super) const DOTTED: u16 = 1;
/// 15 digits, a blank or a hyphen between some of them.
pub(super) const FIFTEEN: u16 = 2;
/// Three digits and more, two, four and more.
pub(super) const THREE_TWO_FOUR: u16 = 4;
/// Three digits, four and more.
pub(super) const THREE_FOUR: u16 = 8;
/// Eight digits behind a plus.
pub(super) const BEHIND_PLUS: u16 = 16;
/// Three digits and more, four and more; or three groups of three and more; or ten digits.
pub(super) const LOCAL: u16 = 32;

/// A group, and what joins it to the one before.
#[derive(Clone, Copy, Default)]
struct Group {
    length: usize,
    /// The one byte between, if it is one that may stand in a number, else 0.
    joint: u8,
}

/// Which groups of digits a text has.
pub(super) fn groups(bytes: &[u8]) -> u16 {
    let mut found = 0;
    let mut add = |is: bool, groups: u16| found |= if is { groups } else { 0 };
    let (mut one, mut two) = (Group::default(), Group::default());
    let (mut dotted, mut digits, mut behind_plus) = (0, 0, 0);
    let mut end = 0;
    while let Some(more) = bytes[end..].iter().position(u8::is_ascii_digit) {
        let (before, start) = (end, end + more);
        let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        end = start + length;
        let between = &bytes[before..start];
        let last = between.last().copied().unwrap_or_default();
        let joint = if more == 1 && matches!(last, b' ' | b'.' | b'-') { last } else { 0 };

        dotted = if joint == b'.' { dotted + 1 } else { 1 };
        add(dotted >= 4, DOTTED);
        if length > 3 {
            // Another may begin with its last digits.
            dotted = 1;
        }
        digits = if matches!(joint, b' ' | b'-') { digits + length } else { length };
        add(digits >= 15, FIFTEEN);
        behind_plus = match behind_plus {
            _ if last == b'+' => length,
            0 => 0,
            digits if more <= 3 && between.iter().all(|byte| b" .-()".contains(byte)) => digits + length,
            _ => 0,
        };
        add(behind_plus >= 8, BEHIND_PLUS);
        add(length >= 10, LOCAL);
        if joint != 0 {
            let two_between = one.length == 2 && one.joint == joint && joint != b'.';
            add(two_between && two.length >= 3 && length >= 4, THREE_TWO_FOUR);
            add(one.length == 3 && length >= 4, THREE_FOUR);
            let three = one.joint != 0 && two.length >= 3 && length >= 3;
            add(one.length >= 3 && (length >= 4 || three), LOCAL);
        }
        (two, one) = (one, Group { length, joint });
    }
    found
}
