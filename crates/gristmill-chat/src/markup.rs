//! Removes chat markup from a message in one scan from left to right. A table of the bytes that can open markup lets
//! ordinary text pass at memory speed; every search for a closing sign is remembered, so that a message full of
//! opening signs costs no more than its length.

use memchr::memchr;

use crate::characters::{is_blank, is_word, run_len};
use crate::rows::Mode;

/// What cleaning made of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaned {
    /// Nothing to remove; the scratch buffer is not used.
    Same,
    /// The cleaned text stands in the scratch buffer.
    Changed,
    /// A bot command (fixed mode only).
    Command,
}

/// Bytes at which markup can begin.
const OPENS: [bool; 256] = {
    let mut table = [false; 256];
    let signs = b"<{[`\"\\h";
    let mut i = 0;
    while i < signs.len() {
        table[signs[i] as usize] = true;
        i += 1;
    }
    table
};

/// Cleans one message. `out` is overwritten when something changes.
pub fn clean(text: &str, mode: Mode, out: &mut String) -> Cleaned {
    let head = match (mode, head(text, mode)) {
        (Mode::Fixed, _) if is_command(text) => return Cleaned::Command,
        (_, head) => head,
    };
    let mut closers = Closers::default();
    let bytes = text.as_bytes();
    let mut changed = head > 0;
    let (mut at, mut copied) = (head, head);
    if changed {
        out.clear();
    }
    while let Some(step) = bytes[at..].iter().position(|&b| OPENS[b as usize]) {
        at += step;
        let len = markup_len(text, at, &mut closers);
        if len == 0 {
            at += 1;
            continue;
        }
        if !changed {
            changed = true;
            out.clear();
        }
        out.push_str(&text[copied..at]);
        at += len;
        copied = at;
    }
    if !changed {
        return Cleaned::Same;
    }
    out.push_str(&text[copied..]);
    Cleaned::Changed
}

/// Bytes that the rules for the very start of a message remove.
fn head(text: &str, mode: Mode) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'<') => match user_mention(bytes) {
            0 => 0,
            len => len + run_len(&text[len..], is_blank),
        },
        Some(b'.' | b'-' | b'!' | b',' | b';' | b':') => {
            let run = bytes.iter().take_while(|b| b".-!,;:".contains(b)).count();
            match mode {
                Mode::Fixed if run >= 2 && bytes[..run].iter().all(|b| *b == b'.') => run,
                Mode::Fixed => 0,
                Mode::Parity => {
                    let word = run + run_len(&text[run..], is_blank);
                    word + run_len(&text[word..], is_word)
                }
            }
        }
        _ => 0,
    }
}

/// A command starts with `!` and a word, or `.` and a word that does not begin with a digit.
fn is_command(text: &str) -> bool {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some('!'), Some(c)) => is_word(c),
        (Some('.'), Some(c)) => is_word(c) && !c.is_ascii_digit(),
        _ => false,
    }
}

/// Next places of closing signs, searched at most once per place.
#[derive(Default)]
struct Closers {
    brace: Closer,
    bracket: Closer,
    parenthesis: Closer,
}

/// The next closing sign at or after the last asked place; `None` before the first search.
#[derive(Default)]
struct Closer(Option<usize>);

impl Closer {
    /// Place of the next `sign` at or after `from`, or the length of the text. `from` never goes back by much: a
    /// place that lies ahead of `from` is still the next one, since searches start in ascending order.
    fn find(&mut self, bytes: &[u8], sign: u8, from: usize) -> usize {
        match self.0 {
            Some(at) if at >= from => at,
            _ => {
                let at = memchr(sign, &bytes[from..]).map_or(bytes.len(), |i| from + i);
                self.0 = Some(at);
                at
            }
        }
    }
}

/// Length of the markup that starts at `at`, 0 for none.
fn markup_len(text: &str, at: usize, closers: &mut Closers) -> usize {
    let bytes = text.as_bytes();
    let rest = &bytes[at..];
    match rest[0] {
        b'"' | b'\\' => 1,
        b'`' if rest.starts_with(b"```") => 3,
        b'h' => url(text, at),
        b'{' => {
            let end = closers.brace.find(bytes, b'}', at + 1);
            if end < bytes.len() && end > at + 1 { end + 1 - at } else { 0 }
        }
        b'[' => link(bytes, at, closers),
        b'<' => match rest.get(1) {
            Some(b'@' | b'#') => mention(rest),
            Some(b':' | b'a') => emoji(text, at),
            _ => 0,
        },
        _ => 0,
    }
}

/// `http://` or `https://` and at least one character that is no blank.
fn url(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let Some(body) = rest.strip_prefix("http") else { return 0 };
    let Some(body) = body.strip_prefix('s').unwrap_or(body).strip_prefix("://") else { return 0 };
    match run_len(body, |c| !is_blank(c)) {
        0 => 0,
        len => rest.len() - body.len() + len,
    }
}

/// `[label](target)`, both at least one character.
fn link(bytes: &[u8], at: usize, closers: &mut Closers) -> usize {
    let label_end = closers.bracket.find(bytes, b']', at + 1);
    if label_end == at + 1 || bytes.get(label_end + 1) != Some(&b'(') {
        return 0;
    }
    let target = label_end + 2;
    let end = closers.parenthesis.find(bytes, b')', target);
    if end < bytes.len() && end > target { end + 1 - at } else { 0 }
}

fn user_mention(rest: &[u8]) -> usize {
    if rest.starts_with(b"<@!") {
        number_and_close(rest, 3)
    } else if rest.starts_with(b"<@") {
        number_and_close(rest, 2)
    } else {
        0
    }
}

/// A mention of a user, role or channel.
fn mention(rest: &[u8]) -> usize {
    match (rest[1], rest.get(2)) {
        (b'@', Some(b'!' | b'&')) => number_and_close(rest, 3),
        _ => number_and_close(rest, 2),
    }
}

/// Length of everything up to the `>` after the digits that start at `from`.
fn number_and_close(rest: &[u8], from: usize) -> usize {
    let digits = rest[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    if digits > 0 && rest.get(from + digits) == Some(&b'>') { from + digits + 1 } else { 0 }
}

/// `<:name:id>` or `<a:name:id>`.
fn emoji(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let colon = if rest.starts_with("<a:") { 3 } else { 2 };
    if !rest.starts_with("<a:") && !rest.starts_with("<:") {
        return 0;
    }
    let name = run_len(&rest[colon..], is_word);
    let id = colon + name + 1;
    if name == 0 || rest.as_bytes().get(id - 1) != Some(&b':') {
        return 0;
    }
    number_and_close(rest.as_bytes(), id)
}

#[cfg(test)]
mod tests {
    use super::{Cleaned, clean};
    use crate::rows::Mode;

    fn cleaned(text: &str, mode: Mode) -> String {
        let mut out = String::from("left over");
        match clean(text, mode, &mut out) {
            Cleaned::Same => text.to_owned(),
            Cleaned::Changed => out,
            Cleaned::Command => "COMMAND".to_owned(),
        }
    }

    #[test]
    fn parity() {
        let table = [
            ("<@1>   can you", "can you"),
            ("<@1> !help me", "!help me"),
            ("ask <@!2> or <@&3> in <#4>", "ask  or  in "),
            ("x <:pog:1> <a:dance:2> <a:b> <:c:> <::1>", "x   <a:b> <:c:> <::1>"),
            ("set {user.id} and {} {", "set  and {} {"),
            ("{}}", "{}}"),
            ("see https://a.b/c?d) ok http:// HTTP://x", "see  ok http:// HTTP://x"),
            ("read [the](x) [](y) [z]() [[a](b)", "read  [](y) [z]() "),
            ("a [b] (c) [d\ne](f\ng)!", "a [b] (c) !"),
            (":) ok", ") ok"),
            ("... so anyway", " anyway"),
            ("!help please", " please"),
            ("-\n.x", ".x"),
            ("```a```\"b\"\\c `d`", "abc `d`"),
            ("hi\n!help", "hi\n!help"),
            ("``` ````", " `"),
        ];
        for (text, want) in table {
            assert_eq!(cleaned(text, Mode::Parity), want, "{text:?}");
        }
    }

    #[test]
    fn fixed() {
        let table = [
            ("... so anyway", " so anyway"),
            ("..no", "no"),
            (":) ok", ":) ok"),
            ("!help", "COMMAND"),
            (".ban him", "COMMAND"),
            (".5 is half", ".5 is half"),
            ("! wow", "! wow"),
            ("!!! really", "!!! really"),
            ("-x", "-x"),
            ("<@1> !help me", "!help me"),
        ];
        for (text, want) in table {
            assert_eq!(cleaned(text, Mode::Fixed), want, "{text:?}");
        }
    }

    #[test]
    fn many_opening_signs_are_cheap() {
        for sign in ["{", "[", "<", "`x", "<@", "<:", "[a](", "http:"] {
            let text = sign.repeat(400_000);
            assert_eq!(cleaned(&text, Mode::Parity), text);
        }
    }
}
