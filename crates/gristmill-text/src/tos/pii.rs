//! Personal data by shape and context, in the original text.
//!
//! A shape that anything may have (seven digits, four numbers with dots) counts only with a context that says what
//! it is, or without one that says it is something else.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use regex::Regex;

use crate::failure::TextFailure;
use crate::rules::pattern;

/// A kind of personal data and the test that a match must pass.
struct Shape {
    rule: &'static str,
    regex: Regex,
    accept: fn(&str, &Range<usize>, &Context) -> bool,
    /// Skips the shape on most texts.
    hint: fn(&Bytes) -> bool,
}

/// Words that say what a number is.
struct Context {
    phone: Regex,
    version: Regex,
}

/// What bytes a text has.
struct Bytes {
    at: bool,
    paren: bool,
    digits: usize,
    colons: usize,
    /// Longest run of letters and digits.
    longest: usize,
    doxx: bool,
}

/// Finds personal data.
pub struct Pii {
    shapes: Vec<Shape>,
    context: Context,
}

impl Pii {
    /// Compiles the shapes.
    pub fn new() -> Result<Self, TextFailure> {
        let shape = |rule, source: &str, hint, accept| {
            Ok::<_, TextFailure>(Shape { rule, regex: pattern(rule, source)?, accept, hint })
        };
        let shapes = vec![
            shape(
                "email",
                r"(?i)[a-z0-9][a-z0-9._%+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,24}\b",
                |b| b.at,
                |_, _, _| true,
            )?,
            shape(
                "email",
                r"(?i)[a-z0-9][a-z0-9._%+-]*\s*[(\[{]\s*at\s*[)\]}]\s*[a-z0-9-]+(?:(?:\s*[(\[{]\s*dot\s*[)\]}]\s*|\.)[a-z0-9-]+)+",
                |b| b.paren,
                |_, _, _| true,
            )?,
            shape("ip", r"\d{1,3}(?:\.\d{1,3}){3}", |b| b.digits >= 4, ipv4)?,
            shape("ip", r"(?i)[0-9a-f:]*:[0-9a-f]{0,4}:[0-9a-f:]*", |b| b.colons >= 2, ipv6)?,
            shape("ssn", r"\d{3}(?:-\d{2}-|[ ]\d{2}[ ])\d{4}", |b| b.digits >= 9, |t, r, _| is_apart(t, r))?,
            shape(
                "phone",
                r"(?:\+?1[ .-]?)?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}",
                |b| b.digits >= 10,
                |t, r, _| is_apart(t, r),
            )?,
            shape("phone", r"\+\d{1,3}(?:[ .-]?\(?\d{2,5}\)?){2,5}", |b| b.digits >= 8, international)?,
            shape("phone", r"\d{3}[ .-]\d{4}|\d{10,11}", |b| b.digits >= 7, phone_in_context)?,
            shape("wallet", r"0x[0-9a-fA-F]{40}", |b| b.longest >= 42, |t, r, _| is_apart(t, r))?,
            shape("wallet", r"[13][1-9A-HJ-NP-Za-km-z]{25,34}", |b| b.longest >= 26, base58)?,
            shape(
                "wallet",
                r"(?i)(?:bc1|tb1|ltc1)[ac-hj-np-z02-9]{23,87}",
                |b| b.longest >= 26,
                |t, r, _| is_apart(t, r),
            )?,
            shape(
                "doxx",
                r"(?i)\b(?:post(?:ing)?|leak(?:ing)?|drop(?:ping)?|publish|share|here(?:'|’)?s|here is|here are|this is)\s+(?:his|her|their|ur|your)\s+(?:(?:home|real|full|private)\s+)?(?:address|phone(?: number)?|number|ip|location|name and address|dox+)\b",
                |b| b.doxx,
                |_, _, _| true,
            )?,
            shape(
                "doxx",
                r"(?i)\b(?:i(?:'|’)?ll|i will|gonna|going to|imma|let(?:'|’)?s|we(?:'|’)?ll|we will)\s+(?:dox+|swat)\s+(?:you|u|him|her|them)\b|\bswat you\b",
                |b| b.doxx,
                |_, _, _| true,
            )?,
        ];
        let context = Context {
            phone: pattern(
                "phone",
                r"(?i)\b(?:call|phone|text|sms|ring|cell|mobile|tel|telephone|whatsapp|dial|(?:my|his|her|their|your) (?:number|no\.?|digits))\b",
            )?,
            version: pattern("ip", r"(?i)(?:\bv|\bver\.?\s*|version\s*|release\s*|kernel\s*|[a-z]-)$")?,
        };
        Ok(Self { shapes, context })
    }

    /// Appends rule and place of each hit.
    pub fn find(&self, text: &str, out: &mut Vec<(&'static str, Range<usize>)>) {
        let bytes = Bytes::of(text);
        let from = out.len();
        for shape in self.shapes.iter().filter(|shape| (shape.hint)(&bytes)) {
            for found in shape.regex.find_iter(text) {
                let place = found.range();
                let known = out[from..].iter().any(|(_, old)| old.start < place.end && place.start < old.end);
                if !known && (shape.accept)(text, &place, &self.context) {
                    out.push((shape.rule, place));
                }
            }
        }
        out[from..].sort_by_key(|(rule, place)| (place.start, place.end, *rule));
    }
}

impl Bytes {
    fn of(text: &str) -> Self {
        let mut bytes = Self { at: false, paren: false, digits: 0, colons: 0, longest: 0, doxx: false };
        let mut run = 0;
        for &byte in text.as_bytes() {
            run = if byte.is_ascii_alphanumeric() { run + 1 } else { 0 };
            bytes.longest = bytes.longest.max(run);
            match byte {
                b'@' => bytes.at = true,
                b'(' | b'[' | b'{' => bytes.paren = true,
                b'0'..=b'9' => bytes.digits += 1,
                b':' => bytes.colons += 1,
                // Every doxx pattern has a word with an x, or swat, or one of the possessives.
                _ => {}
            }
        }
        bytes.doxx = ["dox", "swat", "his ", "her ", "their ", "ur ", "your "]
            .iter()
            .any(|word| contains_ignoring_case(text.as_bytes(), word.as_bytes()));
        bytes
    }
}

fn contains_ignoring_case(text: &[u8], word: &[u8]) -> bool {
    memchr::memchr2_iter(word[0], word[0].to_ascii_uppercase(), text)
        .any(|at| text.len() - at >= word.len() && text[at..at + word.len()].eq_ignore_ascii_case(word))
}

/// Whether neither a letter nor a digit nor more of the same number touches the place.
fn is_apart(text: &str, place: &Range<usize>) -> bool {
    let mut before = text[..place.start].chars().rev();
    let mut after = text[place.end..].chars();
    let joins = |mark: Option<char>, next: Option<char>| match mark {
        Some(c) if c.is_alphanumeric() || c == '_' => true,
        Some('.' | '-' | ':' | '/' | ',') => next.is_some_and(|c| c.is_ascii_digit()),
        _ => false,
    };
    !joins(before.next(), before.next()) && !joins(after.next(), after.next())
}

fn ipv4(text: &str, place: &Range<usize>, context: &Context) -> bool {
    let Ok(address) = text[place.clone()].parse::<Ipv4Addr>() else { return false };
    let mut after = text[place.end..].chars();
    let port = after.next() == Some(':');
    let special = address.is_private()
        || address.is_loopback()
        || address.is_unspecified()
        || address.is_link_local()
        || address.octets()[0] == 0
        || address.octets()[0] >= 224;
    let alone = is_apart(text, place) || (port && is_apart(&text[..place.end], place));
    alone && !special && !context.version.is_match(near(text, place.start))
}

fn ipv6(text: &str, place: &Range<usize>, _: &Context) -> bool {
    let shape = text[place.clone()].trim_end_matches(':');
    let Ok(address) = shape.parse::<Ipv6Addr>() else { return false };
    let groups = address.segments().iter().filter(|&&group| group != 0).count();
    let has_digit = shape.bytes().any(|b| b.is_ascii_digit());
    let end = place.start + shape.len();
    let local =
        address.is_loopback() || address.is_unspecified() || (address.segments()[0] & 0xffc0) == 0xfe80;
    groups >= 3 && has_digit && !local && is_apart(text, &(place.start..end.max(place.start)))
}

fn international(text: &str, place: &Range<usize>, _: &Context) -> bool {
    let digits = text[place.clone()].bytes().filter(u8::is_ascii_digit).count();
    (8..=15).contains(&digits) && is_apart(text, place)
}

fn phone_in_context(text: &str, place: &Range<usize>, context: &Context) -> bool {
    is_apart(text, place) && context.phone.is_match(near(text, place.start))
}

fn base58(text: &str, place: &Range<usize>, _: &Context) -> bool {
    let address = &text[place.clone()];
    let has = |test: fn(&u8) -> bool| address.bytes().skip(1).any(|b| test(&b));
    is_apart(text, place)
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
}

/// The 40 bytes before a place, inside its line.
fn near(text: &str, place: usize) -> &str {
    let mut from = place.saturating_sub(40);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let line = text[from..place].rfind('\n').map_or(from, |at| from + at + 1);
    &text[line..place]
}
