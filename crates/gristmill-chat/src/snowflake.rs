//! Discord ids are numbers beyond what floats or 53 bits hold; they stay text and are compared as numbers.

use std::cmp::Ordering;

/// Whether a text is an id: ASCII digits only.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Compares ids as numbers, whatever their length; texts that are equal as numbers compare as texts.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (x, y) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    x.len().cmp(&y.len()).then_with(|| x.cmp(y)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::{compare, is_id};

    #[test]
    fn ids_compare_as_numbers() {
        let mut ids = vec!["10", "9", "1213093409456128000", "010", "99999999999999999999999"];
        ids.sort_by(|a, b| compare(a, b));
        assert_eq!(ids, ["9", "010", "10", "1213093409456128000", "99999999999999999999999"]);
        assert!(is_id("0") && !is_id("") && !is_id("-1") && !is_id("1.0") && !is_id("１"));
    }
}
