//! Pasted programs: at least half of the lines of a turn look like code. In the original this searches turns inside a
//! turn and never fires.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::Need;
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
        first_body(row, |body| {
            let lines = full_lines(body).count();
            let code = full_lines(body).filter(|line| is_code(line)).count();
            lines > self.0.lines && code as f64 >= self.0.share * lines as f64
        })
    }
}

fn is_code(line: &str) -> bool {
    line.bytes().any(|b| MARKS.contains(&b)) || {
        let word = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
        KEYWORDS.binary_search(&word).is_ok()
    }
}

const MARKS: &[u8] = b";{}=<>#[]()";

/// Words that begin a line of some programming language and seldom one of English; sorted.
const KEYWORDS: &[&str] = &[
    "async",
    "auto",
    "await",
    "bool",
    "boolean",
    "char",
    "class",
    "console",
    "const",
    "constexpr",
    "def",
    "del",
    "delete",
    "elif",
    "endif",
    "enum",
    "esac",
    "export",
    "extends",
    "extern",
    "fi",
    "final",
    "float",
    "fmt",
    "fn",
    "foreach",
    "func",
    "function",
    "goto",
    "impl",
    "implements",
    "import",
    "include",
    "inline",
    "int",
    "interface",
    "lambda",
    "let",
    "long",
    "loop",
    "mod",
    "module",
    "mut",
    "namespace",
    "nil",
    "override",
    "package",
    "pragma",
    "print",
    "println",
    "private",
    "protected",
    "pub",
    "public",
    "raise",
    "require",
    "return",
    "select",
    "short",
    "signed",
    "sizeof",
    "static",
    "std",
    "string",
    "struct",
    "sudo",
    "super",
    "switch",
    "template",
    "throw",
    "trait",
    "try",
    "typedef",
    "typename",
    "typeof",
    "union",
    "unsafe",
    "unsigned",
    "use",
    "using",
    "var",
    "virtual",
    "void",
    "volatile",
    "where",
    "yield",
];

#[cfg(test)]
mod tests {
    use super::KEYWORDS;

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }
}
