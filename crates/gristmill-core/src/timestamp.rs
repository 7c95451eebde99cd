//! ISO-8601 times as milliseconds since 1970 and back, without a calendar library: digits at fixed places, an
//! optional fraction, an optional zone (none means UTC).

/// Milliseconds since 1970-01-01 UTC, or `None` when the text is no time.
#[must_use]
pub fn epoch_milliseconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let b = text.as_bytes();
    if !text.is_ascii() || b.len() < 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(&b[..4])?, number(&b[5..7])?, number(&b[8..10])?);
    if !(1..=12).contains(&month) || day < 1 || day > month_days(year, month) {
        return None;
    }
    let day_ms = days_from_civil(year, month, day) * 86_400_000;
    if b.len() == 10 {
        return Some(day_ms);
    }
    if b.len() < 16 || !matches!(b[10], b'T' | b't' | b' ') || b[13] != b':' {
        return None;
    }
    let (hour, minute) = (number(&b[11..13])?, number(&b[14..16])?);
    let mut rest = &b[16..];
    let mut second = 0;
    let mut fraction = 0;
    if let [b':', s1, s2, tail @ ..] = rest {
        second = number(&[*s1, *s2])?;
        rest = tail;
        if let [b'.' | b',', tail @ ..] = rest {
            let digits = tail.iter().take_while(|d| d.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            for place in 0..3 {
                fraction = fraction * 10 + tail[..digits].get(place).map_or(0, |d| i64::from(d - b'0'));
            }
            rest = &tail[digits..];
        }
    }
    if hour > 24 || minute > 59 || second > 60 || (hour == 24 && (minute, second, fraction) != (0, 0, 0)) {
        return None;
    }
    let zone = zone_minutes(rest)?;
    Some(day_ms + ((hour * 60 + minute - zone) * 60 + second) * 1000 + fraction)
}

fn zone_minutes(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone {
        [] | [b'Z' | b'z'] | [b' ', b'U', b'T', b'C'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [h1, h2] => (number(&[*h1, *h2])?, 0),
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (number(&[*h1, *h2])?, number(&[*m1, *m2])?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
}

const fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar, counted from March so that a leap day ends its year.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let march_year = if month <= 2 { year - 1 } else { year };
    let march_month = (month + 9) % 12;
    let before_year =
        march_year * 365 + march_year.div_euclid(4) - march_year.div_euclid(100) + march_year.div_euclid(400);
    before_year + (march_month * 153 + 2) / 5 + day - 1 - 719_468
}

/// Milliseconds since 1970-01-01 UTC as `2015-11-16T13:35:00.123+00:00`.
#[must_use]
pub fn utc_text(milliseconds: i64) -> String {
    let (days, rest) = (milliseconds.div_euclid(86_400_000), milliseconds.rem_euclid(86_400_000));
    let (year, month, day) = civil_from_days(days);
    let (second, milli) = (rest / 1000, rest % 1000);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}+00:00")
}

/// The date of a day number, by eras of 400 years.
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let of_year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let in_year = of_era - (365 * of_year + of_year / 4 - of_year / 100);
    let march_month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (of_year + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

#[cfg(test)]
mod tests {
    use super::{epoch_milliseconds, utc_text};

    #[test]
    fn there_and_back() {
        for day in (-719_162_i64..2_932_896).step_by(13) {
            let time = day * 86_400_000 + 86_399_999 - day.rem_euclid(86_400);
            assert_eq!(epoch_milliseconds(&utc_text(time)), Some(time));
        }
        assert_eq!(utc_text(1_447_680_900_123), "2015-11-16T13:35:00.123+00:00");
    }

    #[test]
    fn known_times() {
        let table = [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01", 0),
            ("2000-03-01T00:00:00.000+00:00", 951_868_800_000),
            ("2015-11-16T13:35:00.123456+00:00", 1_447_680_900_123),
            ("2015-11-16 15:35:00.1+02", 1_447_680_900_100),
            ("2015-11-16 10:05-0330", 1_447_680_900_000),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2024-02-29T24:00:00Z", 1_709_251_200_000),
        ];
        for (text, want) in table {
            assert_eq!(epoch_milliseconds(text), Some(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "yesterday",
            "2023-02-29",
            "2024-13-01",
            "2024-01-01T25:00:00",
            "2024-01-01T10:00:00.Z",
            "2024-01-01T10:00:00+1",
            "2024-01-01X10:00",
            "2024-01-01T1é:00",
        ] {
            assert_eq!(epoch_milliseconds(text), None, "{text}");
        }
    }
}
