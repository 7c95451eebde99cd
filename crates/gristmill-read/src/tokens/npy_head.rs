//! The head of a `NumPy` array
//! (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>): magic, version, and a Python dictionary.

use super::cursor::Places;
use super::number::Number;
use crate::failure::ReadFailure;

/// First bytes of every array.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest head; `NumPy` itself reads 10,000 bytes.
const LONGEST: u64 = 64 << 10;

/// What the head tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NpyHead {
    /// Type of the numbers.
    pub number: Number,
    /// Rows, and numbers of a row where there are two dimensions.
    pub shape: (u64, Option<u64>),
    /// Where the numbers begin.
    pub data: u64,
}

impl NpyHead {
    /// Reads a head.
    pub(crate) fn read(places: &mut Places) -> Result<Self, ReadFailure> {
        let mut start = [0; 12];
        let known = start.len().min(usize::try_from(places.size).unwrap_or(usize::MAX));
        places.read(0, &mut start[..known])?;
        if !start.starts_with(MAGIC) {
            return Err(places.damaged(0, "it does not begin as an array of NumPy"));
        }
        if known < start.len() {
            return Err(places.truncated("its head is not complete"));
        }
        let (begin, length) = match start[6] {
            1 => (10, u64::from(u16::from_le_bytes([start[8], start[9]]))),
            2 | 3 => (12, u64::from(u32::from_le_bytes([start[8], start[9], start[10], start[11]]))),
            other => return Err(places.damaged(6, format!("version {other} of the format is unknown"))),
        };
        if length > LONGEST {
            return Err(places.damaged(8, format!("a head of {length} bytes")));
        }
        let mut text = vec![0; length as usize];
        if begin + length > places.size {
            return Err(places.truncated("its head is not complete"));
        }
        places.read(begin, &mut text)?;
        let fields = std::str::from_utf8(&text).ok().and_then(dictionary);
        let Some(Fields { descr, fortran, shape }) = fields else {
            return Err(
                places.damaged(begin, "its head is not a dictionary with descr, fortran_order and shape")
            );
        };
        let refuse = |detail: String| ReadFailure::NotIds { path: places.path().to_owned(), detail };
        let number = match descr.split_at_checked(1) {
            Some(("<" | "|" | "=", name)) => Number::named(name),
            Some((">", "u1" | "i1")) => Number::named(&descr[1..]),
            _ => None,
        };
        let Some(number) = number else { return Err(refuse(format!("its numbers are {descr}"))) };
        let shape = match shape[..] {
            [rows] => (rows, None),
            [_, _] if fortran => return Err(refuse("it goes column by column (fortran_order)".to_owned())),
            [rows, tokens] => (rows, Some(tokens)),
            _ => return Err(refuse(format!("it has {} dimensions", shape.len()))),
        };
        let count = shape.0.checked_mul(shape.1.unwrap_or(1));
        if count.and_then(|count| count.checked_mul(16)).is_none() {
            return Err(places.damaged(begin, "its shape is beyond all bounds"));
        }
        Ok(Self { number, shape, data: begin + length })
    }

    /// All numbers of the array.
    pub(crate) const fn count(&self) -> u64 {
        match self.shape.1 {
            Some(tokens) => self.shape.0 * tokens,
            None => self.shape.0,
        }
    }
}

struct Fields<'a> {
    descr: &'a str,
    fortran: bool,
    shape: Vec<u64>,
}

/// Reads the dictionary as Python writes it: keys in quotes, a text, a truth value, a tuple of numbers.
fn dictionary(text: &str) -> Option<Fields<'_>> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    while !rest.is_empty() {
        let (key, after) = quoted(rest)?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        rest = match key {
            "descr" => {
                // A list stands for a record of several numbers.
                let (found, after) = if value.starts_with('[') { (value, "") } else { quoted(value)? };
                descr = Some(found);
                if after.is_empty() {
                    return Some(Fields { descr: "records", fortran: false, shape: vec![0] });
                }
                after
            }
            "fortran_order" => {
                let (flag, after) = value
                    .strip_prefix("False")
                    .map(|after| (false, after))
                    .or_else(|| value.strip_prefix("True").map(|after| (true, after)))?;
                fortran = Some(flag);
                after
            }
            "shape" => {
                let (inside, after) = value.strip_prefix('(')?.split_once(')')?;
                let numbers = inside.split(',').map(str::trim).filter(|n| !n.is_empty());
                // Python 2 marks long numbers.
                shape = Some(
                    numbers.map(|n| n.trim_end_matches('L').parse().ok()).collect::<Option<Vec<u64>>>()?,
                );
                after
            }
            _ => return None,
        };
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(Fields { descr: descr?, fortran: fortran?, shape: shape? })
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}
