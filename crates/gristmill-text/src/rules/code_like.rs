//! Pasted programs: at least half of the lines of a turn look like code. In the original this searches turns inside a
//! turn and never fires.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::code_words::{PROGRAM, PROSE_TOO};
use crate::rules::lines::{first_body, full_lines};
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "code_like",
    summary: "a turn with more than two lines, half or more of them code",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: false,
    build,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// More lines than this.
    lines: usize,
    /// Share of code lines from which on a turn is code.
    share: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { lines: 2, share: 0.5 }
    }
}

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let options: Options = rule_options(DEF.name, options)?;
    Ok(Built::reject(Need::newlines(options.lines), CodeLike(options)))
}

struct CodeLike(Options);

impl Check for CodeLike {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        first_body(row, self.0.lines, |body| {
            let (mut lines, mut code) = (0, 0);
            for line in full_lines(body) {
                lines += 1;
                code += usize::from(is_code(line));
            }
            lines > self.0.lines && code as f64 >= self.0.share * lines as f64
        })
    }
}

/// Whether a line is of a program. A bracket or a mark alone does not say so, since smileys and asides have them too:
/// what counts is where it stands.
fn is_code(line: &str) -> bool {
    let bytes = line.as_bytes();
    let shaped = bytes.iter().enumerate().any(|(at, &byte)| match byte {
        b'{' | b'}' => true,
        b'(' | b'[' => is_call(&bytes[..at], &bytes[at + 1..]),
        b'=' => {
            is_assignment(line[..at].trim_end().as_bytes(), &bytes[at + 1..])
                && !is_sentence(&bytes[at + 1..])
        }
        _ => false,
    });
    shaped || ends_as_code(bytes) || is_keyword_line(line)
}

/// A bracket directly behind a name, as in `f(x)` and `a[i]`, but not in `file(s)`.
fn is_call(before: &[u8], after: &[u8]) -> bool {
    before
        .last()
        .is_some_and(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b')' | b']' | b'!'))
        && ![b"s)".as_slice(), b"es)", b"d)", b"ed)", b"n)"].iter().any(|ending| after.starts_with(ending))
}

/// An equals sign between a name and a value, also as part of `==`, `+=`, `:=`.
fn is_assignment(before: &[u8], after: &[u8]) -> bool {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_)]\"'+-*/|&%:!<>=.".contains(byte);
    let value = |byte: &u8| byte.is_ascii_alphanumeric() || b"_([{\"'&*-+.$@!=>\\".contains(byte);
    before.last().is_some_and(name)
        && after.iter().find(|byte| **byte != b' ').is_none_or(value)
        // A smiley such as `=)` or `:=` alone is none.
        && !(after.first() == Some(&b'(') && before.len() < 2)
}

/// Three words or more with nothing but the marks of prose, ended like a sentence: "the good = it works again."
fn is_sentence(text: &[u8]) -> bool {
    matches!(text, [.., b'.' | b'!' | b'?'])
        && text.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).count() > 2
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b" ,'.!?-".contains(byte))
}

/// A semicolon at the end, but not as the eyes of a smiley.
fn ends_as_code(line: &[u8]) -> bool {
    matches!(line, [.., before, b';'] if before.is_ascii_alphanumeric() || b"_)]}\"'+-".contains(before))
        || line == b";"
}

/// A line that begins with a word of programs; where the word is English too, nothing but a colon or a call may follow.
fn is_keyword_line(line: &str) -> bool {
    let word = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    PROGRAM.binary_search(&word).is_ok()
        || (PROSE_TOO.binary_search(&word).is_ok() && {
            let rest = &line[word.len()..];
            rest.is_empty() || rest.ends_with(':') || rest.trim_start().starts_with('(') || is_path(rest)
        })
}

/// A name of parts, as behind `import`: `std.io`, `a::b`.
fn is_path(rest: &str) -> bool {
    let name = rest.trim_start();
    let joined = name.contains("::") || name.trim_end_matches('.').contains('.');
    rest.starts_with(' ') && joined && !name.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::is_code;

    #[test]
    fn lines_of_programs_are_told_from_prose() {
        for code in [
            "int main() {",
            "return x;",
            "x = 1",
            "let y = f(x);",
            "a[i] += 2",
            "}",
            "import os.path",
            "else:",
            "end",
            "if (a) b",
            "for x in y:",
            "def run(self):",
            "print(x)",
            "use std::io",
            "fi",
            "vec![1, 2]",
            "if x == y then",
            "x = a if b else c",
            "ratio = 0.5",
        ] {
            assert!(is_code(code), "{code}");
        }
        for prose in [
            "there :)",
            "oh way, it was taken out :)",
            "see you soon;)",
            "let me look at my config",
            "for now it works",
            "the file(s) you want",
            "(the other part)",
            "[aside] so it goes",
            "if you want to",
            "try it",
            "thanks ;-)",
            "long story",
            "use it",
            "first this; then that",
            "=)",
            "import it then",
            "no [1]",
            "Good = the release is out.",
        ] {
            assert!(!is_code(prose), "{prose}");
        }
    }
}
