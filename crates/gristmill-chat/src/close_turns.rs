//! Tidies the end of every turn: commas, colons and white space left before an end tag are remains of removed
//! markup. Colons of emoticons stay.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, ArrayRef};
use arrow_schema::SchemaRef;
use gristmill_core::chatml::{END, START};
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use memchr::memmem;
use serde::Deserialize;

use crate::rows::{Mode, cell, is_nullable, schema_after, text_column};

/// The step `close_turns`.
pub const DEF: MapDef = MapDef {
    kind: "close_turns",
    build: |options, _| Ok(Box::new(options_from::<CloseTurns>("close_turns", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseTurns {
    /// Column that holds the dialogue.
    #[serde(default = "text_column")]
    column: String,
    /// Which rule preset to follow.
    #[serde(default)]
    mode: Mode,
}

impl MapStep for CloseTurns {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.column)?.clone();
        let tag = memmem::Finder::new(END);
        let mut built = StringBuilder::with_capacity(texts.len(), texts.value_data().len());
        let (mut out, mut any) = (String::new(), false);
        for row in 0..texts.len() {
            let text = cell(&texts, row);
            if texts.is_null(row) {
                built.append_null();
            } else if batch.is_alive(row) && close(text, self.mode, &tag, &mut out) {
                built.append_value(&out);
                trace.changed("turn_end");
                any = true;
            } else {
                built.append_value(text);
            }
        }
        if any {
            let nullable = is_nullable(batch, &self.column);
            batch.set_column(&self.column, Arc::new(built.finish()) as ArrayRef, nullable)?;
        }
        Ok(())
    }
}

/// Writes the tidied text to `out`; says whether it differs.
fn close(text: &str, mode: Mode, tag: &memmem::Finder<'_>, out: &mut String) -> bool {
    out.clear();
    let mut copied = 0;
    for end in tag.find_iter(text.as_bytes()) {
        let before = &text[copied..end];
        let run_start = copied + before.trim_end_matches(is_run).len();
        let run = &text[run_start..end];
        let kept = match mode {
            _ if run.is_empty() || blocked(run) => run.len(),
            Mode::Parity => 0,
            Mode::Fixed => kept(&text[..run_start], run),
        };
        out.push_str(&text[copied..run_start + kept]);
        copied = end;
    }
    out.push_str(&text[copied..]);
    out.len() != text.len()
}

/// White space as Python knows it: also the four separators of ASCII.
fn is_run(c: char) -> bool {
    matches!(c, ',' | ':' | '\u{1c}'..='\u{1f}') || c.is_whitespace()
}

/// Whether the last colon of the run has another sign before it, as in `::`.
fn blocked(run: &str) -> bool {
    run.rfind(':').is_some_and(|last| run[..last].contains([',', ':']))
}

/// How many bytes of the run stay: the newline after a role, or the colon of an emoticon such as `D:` or `>:`.
fn kept(before: &str, run: &str) -> usize {
    for role in ["user", "assistant"] {
        if before.strip_suffix(role).is_some_and(|b| b.ends_with(START)) && run.starts_with('\n') {
            return 1;
        }
    }
    let mut back = before.chars().rev();
    let emoticon = match back.next() {
        Some('0' | 'o' | 'O' | 'd' | 'D' | 'v' | 'V' | 'x' | 'X' | 'c' | 'C') => {
            !back.next().is_some_and(|c| c.is_alphanumeric() || c == '_')
        }
        Some(c) => !c.is_alphanumeric() && c != '_',
        None => false,
    };
    usize::from(emoticon && run.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use memchr::memmem;

    use super::close;
    use crate::rows::Mode;

    fn closed(text: &str, mode: Mode) -> String {
        let mut out = String::new();
        close(text, mode, &memmem::Finder::new("<|im_end|>"), &mut out);
        out
    }

    #[test]
    fn fixed() {
        let table = [
            ("that hurt D:<|im_end|>", "that hurt D:<|im_end|>"),
            ("D: <|im_end|>", "D:<|im_end|>"),
            (">:<|im_end|>", ">:<|im_end|>"),
            ("hi:<|im_end|>", "hi<|im_end|>"),
            ("hello world:<|im_end|>", "hello world<|im_end|>"),
            ("oh no :<|im_end|>", "oh no<|im_end|>"),
            ("a ::<|im_end|>", "a ::<|im_end|>"),
            ("<|im_start|>user\n<|im_end|>", "<|im_start|>user\n<|im_end|>"),
            ("<|im_start|>user\n , <|im_end|>", "<|im_start|>user\n<|im_end|>"),
            ("a ,<|im_end|>\n<|im_start|>user\nb:<|im_end|>", "a<|im_end|>\n<|im_start|>user\nb<|im_end|>"),
        ];
        for (text, want) in table {
            assert_eq!(closed(text, Mode::Fixed), want, "{text:?}");
        }
    }
}
