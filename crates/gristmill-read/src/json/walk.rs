//! Walks over JSON values, checking every byte, with a stack of bits instead of recursion.

/// Deepest nesting accepted.
pub(crate) const DEPTH_LIMIT: usize = 512;

/// Where and why bytes are not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// Place of the offending byte.
    pub at: usize,
    /// What was wanted there.
    pub what: &'static str,
}

pub(crate) const TOO_DEEP: &str = "nested too deep";

const fn fault<T>(at: usize, what: &'static str) -> Result<T, Syntax> {
    Err(Syntax { at, what })
}

/// Skips blanks.
#[inline]
pub(crate) fn blank(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}

/// Open containers, one bit each: set for an object.
struct Nest {
    kinds: [u64; DEPTH_LIMIT / 64],
    depth: usize,
}

impl Nest {
    fn push(&mut self, object: bool, at: usize) -> Result<(), Syntax> {
        if self.depth == DEPTH_LIMIT {
            return fault(at, TOO_DEEP);
        }
        let bit = 1 << (self.depth % 64);
        if object {
            self.kinds[self.depth / 64] |= bit;
        } else {
            self.kinds[self.depth / 64] &= !bit;
        }
        self.depth += 1;
        Ok(())
    }

    const fn in_object(&self) -> bool {
        let top = self.depth - 1;
        self.kinds[top / 64] >> (top % 64) & 1 == 1
    }
}

/// The end of the value that starts at `at`, blanks before it allowed.
pub(crate) fn value(text: &[u8], mut at: usize) -> Result<usize, Syntax> {
    let mut nest = Nest { kinds: [0; DEPTH_LIMIT / 64], depth: 0 };
    'value: loop {
        at = blank(text, at);
        match text.get(at) {
            Some(b'{') => {
                nest.push(true, at)?;
                at = blank(text, at + 1);
                if text.get(at) == Some(&b'}') {
                    at += 1;
                    nest.depth -= 1;
                } else {
                    at = key(text, at)?;
                    continue;
                }
            }
            Some(b'[') => {
                nest.push(false, at)?;
                at = blank(text, at + 1);
                if text.get(at) == Some(&b']') {
                    at += 1;
                    nest.depth -= 1;
                } else {
                    continue;
                }
            }
            _ => at = scalar(text, at)?,
        }
        loop {
            if nest.depth == 0 {
                return Ok(at);
            }
            at = blank(text, at);
            match (nest.in_object(), text.get(at)) {
                (false, Some(b',')) => {
                    at += 1;
                    continue 'value;
                }
                (true, Some(b',')) => {
                    at = key(text, blank(text, at + 1))?;
                    continue 'value;
                }
                (true, Some(b'}')) | (false, Some(b']')) => {
                    at += 1;
                    nest.depth -= 1;
                }
                (true, _) => return fault(at, "a comma or } is missing"),
                (false, _) => return fault(at, "a comma or ] is missing"),
            }
        }
    }
}

/// A key and its colon.
fn key(text: &[u8], at: usize) -> Result<usize, Syntax> {
    if text.get(at) != Some(&b'"') {
        return fault(at, "a key is missing");
    }
    let (end, _) = string(text, at)?;
    colon(text, end)
}

/// A colon, blanks before it allowed.
#[inline]
pub(crate) fn colon(text: &[u8], at: usize) -> Result<usize, Syntax> {
    let at = blank(text, at);
    if text.get(at) == Some(&b':') { Ok(at + 1) } else { fault(at, "a colon is missing") }
}

/// A string, number or literal.
fn scalar(text: &[u8], at: usize) -> Result<usize, Syntax> {
    match text.get(at) {
        Some(b'"') => string(text, at).map(|(end, _)| end),
        Some(b'-' | b'0'..=b'9') => number(text, at).map(|(end, _)| end),
        Some(b't') => literal(text, at, b"true"),
        Some(b'f') => literal(text, at, b"false"),
        Some(b'n') => literal(text, at, b"null"),
        _ => fault(at, "a value is missing"),
    }
}

/// One of the three literals.
pub(crate) fn literal(text: &[u8], at: usize, word: &'static [u8]) -> Result<usize, Syntax> {
    let seen = &text[at..text.len().min(at + word.len())];
    if seen == word {
        Ok(at + word.len())
    } else if word.starts_with(seen) {
        fault(text.len(), "an unknown word")
    } else {
        fault(at, "an unknown word")
    }
}

/// The end of the string whose opening quote is at `at`, and whether it has escapes.
#[inline]
pub(crate) fn string(text: &[u8], at: usize) -> Result<(usize, bool), Syntax> {
    let mut from = at + 1;
    let mut escaped = false;
    loop {
        let Some(found) = memchr::memchr2(b'"', b'\\', &text[from..]) else {
            return fault(text.len(), "a string is not closed");
        };
        let stop = from + found;
        if text[from..stop].iter().fold(u8::MAX, |least, &b| least.min(b)) < 0x20 {
            let bad = text[from..stop].iter().position(|&b| b < 0x20).unwrap_or(0);
            return fault(from + bad, "a control character stands in a string");
        }
        if text[stop] == b'"' {
            return Ok((stop + 1, escaped));
        }
        escaped = true;
        match text.get(stop + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => from = stop + 2,
            Some(b'u') => {
                let hex = text.get(stop + 2..stop + 6).unwrap_or(&text[(stop + 2).min(text.len())..]);
                if let Some(bad) = hex.iter().position(|b| !b.is_ascii_hexdigit()) {
                    return fault(stop + 2 + bad, "an escape is broken");
                }
                if hex.len() < 4 {
                    return fault(text.len(), "an escape is broken");
                }
                from = stop + 6;
            }
            _ => return fault(stop + 1, "an escape is broken"),
        }
    }
}

/// The end of the number at `at`, and whether it is written as an integer.
#[inline]
pub(crate) fn number(text: &[u8], mut at: usize) -> Result<(usize, bool), Syntax> {
    let digits = |mut at: usize| {
        let from = at;
        while let Some(b'0'..=b'9') = text.get(at) {
            at += 1;
        }
        if at == from { fault(at, "a digit is missing") } else { Ok(at) }
    };
    if text.get(at) == Some(&b'-') {
        at += 1;
    }
    at = if text.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    let mut integer = true;
    if text.get(at) == Some(&b'.') {
        integer = false;
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        integer = false;
        at += 1;
        if let Some(b'+' | b'-') = text.get(at) {
            at += 1;
        }
        at = digits(at)?;
    }
    Ok((at, integer))
}

/// Checks that the text is one JSON value and nothing else.
pub(crate) fn document(text: &[u8]) -> Result<(), Syntax> {
    let end = blank(text, value(text, 0)?);
    if end == text.len() { Ok(()) } else { fault(end, "something stands after the value") }
}
