//! Bounds of long values: statistics and indexes keep the first bytes only, for the largest value one step up.

/// Bytes that are kept.
const KEPT: usize = 64;

/// A lower bound, and whether it is the value itself.
pub(super) fn lower(value: &[u8], utf8: bool) -> (Vec<u8>, bool) {
    if value.len() <= KEPT {
        return (value.to_vec(), true);
    }
    (start(value, utf8).to_vec(), false)
}

/// An upper bound, and whether it is the value itself; that is also where there is no shorter one.
pub(super) fn upper(value: &[u8], utf8: bool) -> (Vec<u8>, bool) {
    if value.len() <= KEPT {
        return (value.to_vec(), true);
    }
    let start = start(value, utf8);
    let raised = match std::str::from_utf8(start) {
        Ok(text) if utf8 => raised_text(text),
        _ => raised_bytes(start),
    };
    raised.map_or_else(|| (value.to_vec(), true), |bound| (bound, false))
}

/// The first bytes, of texts no half character.
fn start(value: &[u8], utf8: bool) -> &[u8] {
    let half = |at: usize| utf8 && (value[at] & 0xc0) == 0x80;
    let end = (KEPT - 3..=KEPT).rev().find(|&at| !half(at)).unwrap_or(KEPT);
    &value[..end]
}

/// With the last character that has a next one of the same length replaced by that, and cut behind it.
fn raised_text(text: &str) -> Option<Vec<u8>> {
    text.char_indices().rev().find_map(|(at, last)| {
        let next = char::from_u32(last as u32 + 1).filter(|next| next.len_utf8() == last.len_utf8())?;
        Some(format!("{}{next}", &text[..at]).into_bytes())
    })
}

/// One more, read as a number.
fn raised_bytes(bytes: &[u8]) -> Option<Vec<u8>> {
    let last = bytes.iter().rposition(|&byte| byte < u8::MAX)?;
    let mut bound = bytes.to_vec();
    bound[last] += 1;
    bound[last + 1..].fill(0);
    Some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_are_their_own_bounds() {
        assert_eq!(lower(b"abc", true), (b"abc".to_vec(), true));
        assert_eq!(upper(&[u8::MAX; 64], false), (vec![u8::MAX; 64], true));
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let text = format!("{}é{}", "a".repeat(63), "b".repeat(9));
        assert_eq!(lower(text.as_bytes(), true), ("a".repeat(63).into_bytes(), false));
        assert_eq!(lower(text.as_bytes(), false).0.len(), 64);
        assert_eq!(upper(text.as_bytes(), true), (format!("{}b", "a".repeat(62)).into_bytes(), false));
    }

    #[test]
    fn what_cannot_be_raised_is_passed_over() {
        let text = format!("{}{}", "a".repeat(60), "\u{7f}".repeat(9));
        assert_eq!(upper(text.as_bytes(), true), (format!("{}b", "a".repeat(59)).into_bytes(), false));
        let none = "\u{7f}".repeat(70);
        assert_eq!(upper(none.as_bytes(), true), (none.clone().into_bytes(), true));
        let mut bytes = vec![7; 63];
        bytes.extend([u8::MAX; 9]);
        let (bound, exact) = upper(&bytes, false);
        assert_eq!((bound.len(), bound[62], bound[63], exact), (64, 8, 0, false));
    }
}
