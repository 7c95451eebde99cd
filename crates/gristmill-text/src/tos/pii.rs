//! Personal data by shape and context, in the original text.
//!
//! A shape that anything may have (seven digits, four numbers with dots) counts only with a context that says what
//! it is, or without one that says it is something else.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use regex::Regex;

use super::numbers::{BEHIND_PLUS, DOTTED, FIFTEEN, LOCAL, THREE_FOUR, THREE_TWO_FOUR, groups};
use super::{checksum, sieve};
use crate::failure::TextFailure;
use crate::rules::pattern;

/// Kinds of personal data; rules of the category `pii`.
pub const PII_RULES: [&str; 7] = ["email", "phone", "ssn", "card", "ipv4", "ipv6", "wallet"];

/// A kind of personal data and the test that a match must pass.
struct Shape {
    rule: &'static str,
    regex: Regex,
    accept: fn(&str, &Range<usize>, &Context) -> bool,
    /// What a text must have for a match.
    hint: u16,
    /// Whether a match has one `@` and nothing that cannot stand beside it in an address.
    around_at: bool,
}

/// Words that say what a number is, and what the user wants checked.
struct Context {
    phone: Regex,
    card: Regex,
    ip: Regex,
    version: Regex,
    login: Regex,
    ssn_ranges: bool,
    wallet_checksum: bool,
}

// What a text has that a shape may need, beside groups of digits.

/// `@` between what may be a name and a host.
const AT: u16 = 1 << 8;
const SPELLED_AT: u16 = 1 << 9;
/// Two colons as close as in an address.
const COLONS: u16 = 1 << 10;
/// As many letters and digits in a row as in the shortest address of a wallet.
const LONG: u16 = 1 << 11;
/// What every text has.
const ANYTHING: u16 = 1 << 12;

/// Finds personal data.
pub struct Pii {
    shapes: Vec<Shape>,
    context: Context,
}

impl Pii {
    /// Compiles the shapes of the rules that are wanted.
    pub fn new(wanted: &[&str], ssn_ranges: bool, wallet_checksum: bool) -> Result<Self, TextFailure> {
        let shapes = SHAPES
            .iter()
            .filter(|(rule, ..)| wanted.contains(rule))
            .map(|&(rule, source, hint, accept)| {
                Ok(Shape { rule, regex: pattern(rule, source)?, accept, hint, around_at: source == EMAIL })
            })
            .collect::<Result<_, TextFailure>>()?;
        let context = Context {
            phone: pattern(
                "phone",
                r"(?i)\b(?:call|phone|text|sms|ring|cell|mobile|tel|telephone|whatsapp|dial|(?:my|his|her|their|your) (?:number|no\.?|digits))\b",
            )?,
            card: pattern(
                "card",
                r"(?i)\b(?:card|cards|visa|mastercard|amex|maestro|discover|cc|credit|debit|cvv|cvc|exp)\b",
            )?,
            ip: pattern(
                "ipv4",
                r"(?i)\b(?:ips?|addr|address|host|hosts|hostname|server|box|connect|connected|connecting|ping|ban|banned|boot|ddos|join|joined|trace|traceroute|whois|ssh|telnet|subnet)(?:\s+(?:to|from|at|on|is|with))?\W*$|[/\[]$",
            )?,
            version: pattern(
                "ipv4",
                r"(?i)(?:\bv|\bver\.?\s*|\brev\.?\s*|version\s*|release\s*|kernel\s*|firmware\s*[=:]?\s*|[a-z]-)$",
            )?,
            login: pattern(
                "email",
                r"(?i)(?:\b[a-z]=|~)[^\s@]*$|://[^\s/]*$|\b(?:ssh|scp|sftp|mosh|rsync|sshfs)\s[^@\n]*$",
            )?,
            ssn_ranges,
            wallet_checksum,
        };
        Ok(Self { shapes, context })
    }

    /// Appends rule and place of each hit. `classes`: which telling bytes the text has, see [`sieve`].
    pub fn find(&self, text: &str, classes: u8, out: &mut Vec<(&'static str, Range<usize>)>) {
        if classes & (sieve::AT | sieve::BRACKET | sieve::DIGITS) == 0 {
            return;
        }
        let present = present(text.as_bytes(), classes);
        let from = out.len();
        for shape in self.shapes.iter().filter(|shape| shape.hint & present != 0) {
            let mut add = |place: Range<usize>| {
                let known = out[from..].iter().any(|(_, old)| old.start < place.end && place.start < old.end);
                if !known && (shape.accept)(text, &place, &self.context) {
                    out.push((shape.rule, place));
                }
            };
            if shape.around_at && text.is_ascii() {
                for token in around_at(text).filter(|token| !is_mask_at(text, token)) {
                    let found = shape.regex.find_iter(&text[token.clone()]);
                    found.for_each(|found| add(token.start + found.start()..token.start + found.end()));
                }
            } else {
                shape.regex.find_iter(text).for_each(|found| add(found.range()));
            }
        }
        out[from..].sort_by_key(|(rule, place)| (place.start, place.end, *rule));
    }
}

type Accept = fn(&str, &Range<usize>, &Context) -> bool;

const EMAIL: &str = r"(?i)[a-z0-9][a-z0-9._%+-]*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}\b";

/// All shapes; of two that overlap the first counts.
const SHAPES: [(&str, &str, u16, Accept); 12] = [
    ("email", EMAIL, AT, email),
    (
        "email",
        r"(?i)[a-z0-9][a-z0-9._%+-]*\s*[(\[{]\s*at\s*[)\]}]\s*[a-z0-9-]+(?:(?:\s*[(\[{]\s*dot\s*[)\]}]\s*|\.)[a-z0-9-]+)+",
        SPELLED_AT,
        |_, _, _| true,
    ),
    ("ipv4", r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", DOTTED, ipv4),
    ("ipv6", r"(?i)[0-9a-f:]*:[0-9a-f]{0,4}:[0-9a-f:]*", COLONS, ipv6),
    ("card", r"[2-6][0-9]{3}(?:[ -]?[0-9]{4}){3}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}", FIFTEEN, card),
    ("ssn", r"[0-9]{3}(?:-[0-9]{2}-|[ ][0-9]{2}[ ])[0-9]{4}", THREE_TWO_FOUR, ssn),
    (
        "phone",
        r"(?:\+?1[ .-]?)?(?:\([0-9]{3}\)[ .-]?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}",
        THREE_FOUR,
        |t, r, _| is_apart(t, r),
    ),
    ("phone", r"\+[0-9]{1,3}(?:[ .-]?\(?[0-9]{2,5}\)?){2,5}", BEHIND_PLUS, international),
    (
        "phone",
        r"[0-9]{3}[ .-][0-9]{4}|[0-9]{10,11}|0[0-9]{2,4}[ .-][0-9]{3,4}[ .-][0-9]{3,4}",
        LOCAL,
        phone_in_context,
    ),
    ("wallet", r"0x[0-9a-fA-F]{40}", LONG, |t, r, _| is_apart(t, r)),
    ("wallet", r"[13][1-9A-HJ-NP-Za-km-z]{25,34}", LONG, base58),
    ("wallet", r"(?i)(?:bc|tb|ltc)1[ac-hj-np-z02-9]{23,87}", LONG, |t, r, context| {
        is_apart(t, r) && (!context.wallet_checksum || checksum::bech32(&t[r.clone()]))
    }),
];

/// What is in a text.
fn present(bytes: &[u8], classes: u8) -> u16 {
    let all = |wanted: u8| classes & wanted == wanted;
    let mut present = ANYTHING;
    let mut add = |is: bool, what: u16| present |= if is { what } else { 0 };
    add(all(sieve::AT) && has_address(bytes), AT);
    add(all(sieve::BRACKET) && spelled_at(bytes), SPELLED_AT);
    add(all(sieve::DIGITS | sieve::COLONS), COLONS);
    add(all(sieve::DIGITS | sieve::LONG) && has_long_word(bytes), LONG);
    if all(sieve::DIGITS | sieve::NUMBER) {
        present |= groups(bytes);
    }
    present
}

/// Whether 26 letters and digits stand in a row. They would cover one of every 26 places.
fn has_long_word(bytes: &[u8]) -> bool {
    const LENGTH: usize = 26;
    let length = |byte: &&u8| byte.is_ascii_alphanumeric();
    (LENGTH - 1..bytes.len()).step_by(LENGTH).any(|at| {
        let before = bytes[..at].iter().rev().take_while(length).take(LENGTH).count();
        bytes[at].is_ascii_alphanumeric()
            && before + bytes[at..].iter().take_while(length).take(LENGTH).count() >= LENGTH
    })
}

/// Whether `@` stands between what may be a name and a host with a dot.
fn has_address(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'@', bytes).any(|at| {
        let name = |&byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte) || !byte.is_ascii();
        let host = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | 0x80..);
        at > 0 && name(&bytes[at - 1]) && bytes[at + 1..].iter().take_while(host).any(|&byte| byte == b'.')
    })
}

/// Each `@` with all around it that can stand in an address.
fn around_at(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let fits = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._%+-@".contains(byte);
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = done + memchr::memchr(b'@', &bytes[done..])?;
        let start = at - bytes[done..at].iter().rev().take_while(fits).count();
        done = at + bytes[at..].iter().take_while(fits).count();
        Some(start..done)
    })
}

/// Whether an address in a piece around one `@` could only be an IRC mask.
fn is_mask_at(text: &str, piece: &Range<usize>) -> bool {
    let bytes = &text.as_bytes()[piece.clone()];
    let mut ats = memchr::memchr_iter(b'@', bytes);
    let (Some(at), None) = (ats.next(), ats.next()) else { return false };
    let start = bytes[..at].iter().position(u8::is_ascii_alphanumeric);
    start.is_some_and(|start| is_mask(near(text, piece.start + start)))
}

/// Whether the text before a name makes it an IRC mask: one of the things that [`Context::login`] finds, seen at less
/// cost. May say no where that says yes.
fn is_mask(before: &str) -> bool {
    let bytes = before.as_bytes();
    for (at, &byte) in bytes.iter().enumerate().rev() {
        match byte {
            b'~' => return true,
            b'=' if at > 0 && bytes[at - 1].is_ascii_alphabetic() => {
                let border = |&byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b'_';
                if bytes[..at - 1].last().is_none_or(border) {
                    return true;
                }
            }
            b'@' | ..=b' ' | 0x80.. => return false,
            _ => {}
        }
    }
    false
}

/// Whether what stands before a name says that it is one on a host.
fn is_login(before: &str, context: &Context) -> bool {
    is_mask(before) || context.login.is_match(before)
}

/// Whether "at" stands behind a bracket.
fn spelled_at(bytes: &[u8]) -> bool {
    memchr::memchr3_iter(b'(', b'[', b'{', bytes).any(|at| {
        let rest = bytes[at + 1..].trim_ascii_start();
        rest.len() > 2 && rest[..2].eq_ignore_ascii_case(b"at")
    })
}

/// Endings of host names that no one can write to from outside.
const PRIVATE_HOSTS: [&str; 10] = [
    "local",
    "localdomain",
    "localhost",
    "lan",
    "internal",
    "intranet",
    "invalid",
    "home",
    "corp",
    "private",
];

/// An address, not a login on a host, an IRC mask or a part of a URL.
fn email(text: &str, place: &Range<usize>, context: &Context) -> bool {
    let address = &text[place.clone()];
    let ending = address.rsplit('.').next().unwrap_or_default();
    let path = text[place.end..]
        .strip_prefix(':')
        .is_some_and(|rest| rest.starts_with(|c: char| !c.is_whitespace()));
    !path
        && !PRIVATE_HOSTS.iter().any(|host| host.eq_ignore_ascii_case(ending))
        && !is_login(near(text, place.start), context)
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

/// Name servers that everybody uses.
const PUBLIC_SERVERS: [[u8; 4]; 12] = [
    [8, 8, 8, 8],
    [8, 8, 4, 4],
    [1, 1, 1, 1],
    [1, 0, 0, 1],
    [9, 9, 9, 9],
    [149, 112, 112, 112],
    [208, 67, 222, 222],
    [208, 67, 220, 220],
    [4, 2, 2, 1],
    [4, 2, 2, 2],
    [4, 2, 2, 3],
    [4, 2, 2, 4],
];

/// An address that belongs to somebody: public, not in an IRC mask, and no version number.
fn ipv4(text: &str, place: &Range<usize>, context: &Context) -> bool {
    let Ok(address) = text[place.clone()].parse::<Ipv4Addr>() else { return false };
    let octets = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || octets[0] == 0
        || octets[0] >= 224
        || PUBLIC_SERVERS.contains(&octets);
    let port = text[place.end..].starts_with(':');
    let alone = is_apart(text, place) || (port && is_apart(&text[..place.end], place));
    if special || !alone {
        return false;
    }
    let before = near(text, place.start);
    let mask = before.strip_suffix('@').is_some_and(|before| is_login(before, context));
    // Versions have small numbers: 2.6.24.3, 3.0.0.11. Only words beside them can tell.
    let small = octets[0] < 32 && octets[1] < 32 && octets.iter().all(|&octet| octet < 100);
    !mask && !context.version.is_match(before) && (!small || port || context.ip.is_match(before))
}

fn ssn(text: &str, place: &Range<usize>, context: &Context) -> bool {
    let number = &text[place.clone()];
    let issued = || {
        let area = &number[..3];
        area != "000"
            && area != "666"
            && !area.starts_with('9')
            && &number[4..6] != "00"
            && !number.ends_with("0000")
    };
    is_apart(text, place) && (!context.ssn_ranges || issued())
}

/// Groups of digits, or digits with a word that says what they are.
fn card(text: &str, place: &Range<usize>, context: &Context) -> bool {
    let number = &text[place.clone()];
    let grouped = || number.contains([' ', '-']);
    is_apart(text, place)
        && checksum::luhn(number)
        && (grouped()
            || context.card.is_match(near(text, place.start))
            || context.card.is_match(after(text, place.end)))
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

fn base58(text: &str, place: &Range<usize>, context: &Context) -> bool {
    let address = &text[place.clone()];
    let has = |test: fn(&u8) -> bool| address.bytes().skip(1).any(|b| test(&b));
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    is_apart(text, place) && mixed && (!context.wallet_checksum || checksum::base58(address))
}

/// The 20 bytes after a place, inside its line.
fn after(text: &str, place: usize) -> &str {
    let mut to = (place + 20).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    text[place..to].split('\n').next().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::{ANYTHING, PII_RULES, Pii, is_mask};
    use crate::tos::sieve::{Sieve, Sifting};

    /// The hints must let every shape through that is there.
    #[test]
    fn hints_cost_no_hit() {
        const PIECES: [&str; 54] = [
            "=",
            "n=",
            "~",
            "_i=",
            "0800",
            "123",
            "4567",
            "12",
            "(0)",
            "call ",
            "my number ",
            "+1",
            "212",
            "-555",
            "-0147",
            " ",
            ".",
            "(212) ",
            "192",
            ".0",
            ".2",
            ".77",
            ":",
            "::1",
            "fe8",
            "2001:db8",
            "@",
            "jane",
            "me@example.com",
            " (at) ",
            "host.de",
            "visa ",
            "4111 1111",
            " 1111 1111",
            "0x",
            "52908400098527886E0F7030069857D2E4169EE7",
            "bc1q",
            "ar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            "é",
            "０",
            "١",
            "078-05",
            "-1120",
            "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
            "\n",
            "84.16",
            ".77.9",
            "4111-1111-1111-1111",
            "2001:db8:1::7",
            "078-05-1120",
            "5",
            "00",
            "+",
            "ip ",
        ];
        let mut all = Pii::new(&PII_RULES, false, false).unwrap();
        let pii = Pii::new(&PII_RULES, false, false).unwrap();
        all.shapes.iter_mut().for_each(|shape| {
            shape.hint = ANYTHING;
            shape.around_at = false;
        });
        let (sieve, mut room) = (Sieve::new(), Sifting::default());
        let (mut hits, mut expected, mut counts) = (Vec::new(), Vec::new(), [0; PII_RULES.len()]);
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 11) as usize % below
        };
        for _ in 0..40_000 {
            let text: String = (0..=next(12)).map(|_| PIECES[next(PIECES.len())]).collect();
            hits.clear();
            expected.clear();
            pii.find(&text, sieve.sift(&text, &mut room).classes, &mut hits);
            all.find(&text, u8::MAX, &mut expected);
            assert_eq!(hits, expected, "{text:?}");
            assert!(!is_mask(&text) || pii.context.login.is_match(&text), "{text:?} is no mask");
            for (rule, _) in &hits {
                counts[PII_RULES.iter().position(|one| one == rule).unwrap()] += 1;
            }
        }
        assert!(counts.iter().all(|&count| count > 20), "{counts:?}");
    }
}
