//! Ids are snowflakes: decimal text outside, integers inside, with their time in the upper bits.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Milliseconds since 1970 at which snowflakes begin.
const EPOCH: i64 = 1_420_070_400_000;

/// Reads an id; `None` for anything but the decimal digits of 1 to 2^63 - 1 as they are normally written.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let digits = text.as_bytes();
    if digits.is_empty() || digits.len() > 19 || digits[0] == b'0' {
        return None;
    }
    let mut id: i64 = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        id = id.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(id)
}

/// When an id was made, ms since 1970.
pub(crate) const fn time(id: i64) -> i64 {
    (id >> 22) + EPOCH
}

/// The first id of a time; ids of earlier times are lower.
pub(crate) const fn first_at(time: i64) -> i64 {
    match time.saturating_sub(EPOCH).checked_mul(1 << 22) {
        Some(id) => id,
        None if time > EPOCH => i64::MAX,
        None => i64::MIN,
    }
}

/// An id in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) i64);

struct Digits;

impl Visitor<'_> for Digits {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id as decimal text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
        parse(text).map(Id).ok_or_else(|| E::custom("an id is not the decimal text of a snowflake"))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Digits)
    }
}

#[cfg(test)]
mod tests {
    use super::{first_at, parse, time};

    #[test]
    fn ids() {
        assert_eq!(parse("115806830592000000"), Some(115_806_830_592_000_000));
        assert_eq!(parse("9223372036854775807"), Some(i64::MAX));
        for text in
            ["", "0", "01", "-1", "+1", "1e3", "9223372036854775808", "12345678901234567890", " 1", "١"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(time(115_806_830_592_000_000), 1_447_680_900_000);
        assert_eq!(time(first_at(1_447_680_900_000)), 1_447_680_900_000);
        assert_eq!(time(first_at(1_447_680_900_000) - 1), 1_447_680_899_999);
        assert_eq!(first_at(i64::MAX), i64::MAX);
        assert_eq!(first_at(i64::MIN), i64::MIN);
    }
}
