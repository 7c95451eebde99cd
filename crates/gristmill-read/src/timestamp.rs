//! Times of exports: ISO 8601 with any offset, given back as UTC with milliseconds.

/// `2015-11-16T13:35:00.1234567+02:00` becomes `2015-11-16T11:35:00.123Z`. Digits below milliseconds are cut.
/// A time without an offset is UTC.
pub(crate) fn to_utc(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let number = |from: usize, length: usize| -> Option<i64> {
        let digits = bytes.get(from..from + length)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
    };
    let mark = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|b| wanted.contains(b));
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    if !(mark(4, b"-") && mark(7, b"-") && mark(10, b"T ") && mark(13, b":") && mark(16, b":")) {
        return None;
    }
    if !(1..=12).contains(&month)
        || day < 1
        || day > days_in(year, month)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let mut at = 19;
    let mut milli = 0;
    if mark(at, b".") {
        let from = at + 1;
        at = from;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == from {
            return None;
        }
        for place in 0..3 {
            milli = milli * 10 + bytes[from..at].get(place).map_or(0, |d| i64::from(d - b'0'));
        }
    }
    let offset = match bytes.get(at..)? {
        b"" | b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (number(at + 1, 2)?, number(at + 4, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours * 60 + minutes;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let seconds = days_from_civil(year, month, day) * 86_400 + (hour * 60 + minute - offset) * 60 + second;
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    if !(0..=9999).contains(&year) {
        return None;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"))
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; years are counted from March.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let carry = if month <= 2 { 1 } else { 0 };
    (year + era * 400 + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let cases = [
            ("2015-11-16T13:35:00.000+00:00", Some("2015-11-16T13:35:00.000Z")),
            ("2015-11-16T13:35:00.1234567+02:00", Some("2015-11-16T11:35:00.123Z")),
            ("2024-03-01T00:30:00+01:00", Some("2024-02-29T23:30:00.000Z")),
            ("2023-12-31T23:59:59.5-00:30", Some("2024-01-01T00:29:59.500Z")),
            ("1970-01-01 00:00:00Z", Some("1970-01-01T00:00:00.000Z")),
            ("2023-02-29T00:00:00Z", None),
            ("2023-02-28T24:00:00Z", None),
            ("2023-02-28", None),
            ("yesterday", None),
            ("2023-02-28T10:00:00.+00:00", None),
        ];
        for (text, want) in cases {
            assert_eq!(to_utc(text).as_deref(), want, "{text}");
        }
    }
}
