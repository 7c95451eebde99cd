//! Dates and times as ISO 8601 text, for formats that have no type for them.

use std::io::Write;

use arrow_schema::TimeUnit;

const DAY_SECONDS: i64 = 86_400;

/// How many of a unit make a second, and the digits behind the point.
const fn scale(unit: TimeUnit) -> (i64, usize) {
    match unit {
        TimeUnit::Second => (1, 0),
        TimeUnit::Millisecond => (1_000, 3),
        TimeUnit::Microsecond => (1_000_000, 6),
        TimeUnit::Nanosecond => (1_000_000_000, 9),
    }
}

/// Year, month and day of a day number since 1970-01-01, in the proleptic Gregorian calendar. Works on eras of
/// 400 years (146,097 days) that start on the first of March, so that the leap day is the last of its year.
const fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let in_era = shifted.rem_euclid(146_097);
    let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let day_of_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_month)
}

/// Appends `2026-01-31`.
pub(crate) fn push_date(out: &mut Vec<u8>, day: i64) {
    let (year, month, day) = civil(day);
    push(out, format_args!("{year:04}-{month:02}-{day:02}"));
}

/// Appends `23:59:59`, with a fraction of the unit's length where it is not zero.
pub(crate) fn push_time(out: &mut Vec<u8>, value: i64, unit: TimeUnit) {
    let (per_second, digits) = scale(unit);
    let seconds = value.div_euclid(per_second);
    let fraction = value.rem_euclid(per_second);
    push(out, format_args!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60));
    if fraction != 0 {
        push(out, format_args!(".{fraction:0digits$}"));
    }
}

/// Appends `2026-01-31T23:59:59.5`, and `Z` if the value is an instant (has a zone; it is stored in UTC).
pub(crate) fn push_timestamp(out: &mut Vec<u8>, value: i64, unit: TimeUnit, instant: bool) {
    let per_day = DAY_SECONDS * scale(unit).0;
    push_date(out, value.div_euclid(per_day));
    out.push(b'T');
    push_time(out, value.rem_euclid(per_day), unit);
    if instant {
        out.push(b'Z');
    }
}

fn push(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        for (seconds, want) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"),
        ] {
            let mut out = Vec::new();
            push_timestamp(&mut out, seconds, TimeUnit::Second, true);
            assert_eq!(String::from_utf8(out).unwrap(), want);
        }
        let mut out = Vec::new();
        push_timestamp(&mut out, -1, TimeUnit::Microsecond, false);
        assert_eq!(out, b"1969-12-31T23:59:59.999999");
    }
}
