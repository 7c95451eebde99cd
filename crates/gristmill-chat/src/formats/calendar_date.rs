//! The day that templates take for today. There is no clock here: the day is an option, or the template is refused.

use std::fmt::Write;

use minijinja::{Error, ErrorKind};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A day, midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CalendarDate {
    year: u32,
    month: usize,
    day: u32,
}

impl CalendarDate {
    /// Reads `2026-01-31`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(at, b)| if at == 4 || at == 7 { *b == b'-' } else { b.is_ascii_digit() });
        if !shape {
            return None;
        }
        let date = Self {
            year: text[..4].parse().ok()?,
            month: text[5..7].parse().ok()?,
            day: text[8..].parse().ok()?,
        };
        let leap =
            date.year.is_multiple_of(4) && (!date.year.is_multiple_of(100) || date.year.is_multiple_of(400));
        let longest = match date.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(leap),
            _ => 0,
        };
        ((1..=longest).contains(&date.day) && date.year > 0).then_some(date)
    }

    /// Days since Sunday, by Sakamoto's table.
    const fn weekday(self) -> usize {
        const SHIFT: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let year = if self.month < 3 { self.year - 1 } else { self.year };
        let days = year + year / 4 - year / 100 + year / 400 + SHIFT[self.month - 1] + self.day;
        (days % 7) as usize
    }

    /// The date in a pattern of C's `strftime`.
    pub(crate) fn format(self, pattern: &str) -> Result<String, Error> {
        let mut out = String::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut directive = chars.next();
            let plain = directive == Some('-');
            if plain {
                directive = chars.next();
            }
            let (month, weekday) = (MONTHS[self.month - 1], DAYS[self.weekday()]);
            let width = if plain { 1 } else { 2 };
            let number = match directive {
                Some('d') => self.day,
                Some('m') => self.month as u32,
                Some('y') => self.year % 100,
                Some('H' | 'M' | 'S') => 0,
                Some('I') => 12,
                Some(other) if !plain => {
                    match other {
                        'Y' => write!(out, "{:04}", self.year),
                        'B' => out.write_str(month),
                        'b' => out.write_str(&month[..3]),
                        'A' => out.write_str(weekday),
                        'a' => out.write_str(&weekday[..3]),
                        'p' => out.write_str("AM"),
                        'F' => write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day),
                        'T' => out.write_str("00:00:00"),
                        '%' => out.write_str("%"),
                        _ => Err(std::fmt::Error),
                    }
                    .map_err(|_| unknown(pattern))?;
                    continue;
                }
                _ => return Err(unknown(pattern)),
            };
            write!(out, "{number:0width$}").map_err(|_| unknown(pattern))?;
        }
        Ok(out)
    }
}

fn unknown(pattern: &str) -> Error {
    Error::new(
        ErrorKind::InvalidOperation,
        format!("strftime_now: `{pattern}` has a directive that is not known"),
    )
}

#[cfg(test)]
mod tests {
    use super::CalendarDate;

    #[test]
    fn days_that_exist() {
        for good in ["2026-01-31", "2024-02-29", "2000-02-29", "0001-01-01"] {
            assert!(CalendarDate::parse(good).is_some(), "{good}");
        }
        for bad in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "26-1-1",
            "2026/01/31",
            "0000-01-01",
            "é026-01-1",
        ] {
            assert_eq!(CalendarDate::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn patterns() {
        let date = CalendarDate::parse("2026-11-05").unwrap();
        for (pattern, want) in [
            ("%d %b %Y", "05 Nov 2026"),
            ("%A, %B %-d", "Thursday, November 5"),
            ("%Y-%m-%d %H:%M:%S", "2026-11-05 00:00:00"),
            ("%F %a %y 100%%", "2026-11-05 Thu 26 100%"),
        ] {
            assert_eq!(date.format(pattern).unwrap(), want);
        }
        assert!(date.format("%Q").is_err());
        assert!(date.format("%").is_err());
        assert_eq!(CalendarDate::parse("2024-02-29").unwrap().format("%a").unwrap(), "Thu");
        assert_eq!(CalendarDate::parse("2000-01-01").unwrap().format("%a").unwrap(), "Sat");
    }
}
