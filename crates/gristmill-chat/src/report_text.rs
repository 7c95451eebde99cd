//! The reports as plain text, in the form that existing scripts read.

use std::fmt::Write as _;

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::failure::ChatFailure;
use crate::token_report::Report;
use crate::turn_table::Table;

/// The result of the fold `token_report` as `  key: value` lines.
///
/// # Errors
/// `GM_CHAT_WRONG_PROFILE` when the value is not such a result.
pub fn render_token_report(value: &Value) -> Result<String, Failure> {
    let report = Report::deserialize(value).map_err(|_| wrong("token_report"))?;
    let mut text = format!("Stats for {}:\n", report.column);
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "  {key}: {value}");
    };
    line("min", &whole(report.min));
    line("max", &whole(report.max));
    line("mean", &float(report.mean));
    line("median", &float(report.median));
    line("std", &float(report.std));
    line("skew", &float(report.skew));
    line("kurt", &float(report.kurt));
    line("count", &report.count.to_string());
    line("sum", &report.sum.to_string());
    for (name, value) in &report.percentiles {
        line(name, &float(*value));
    }
    line("total_chars", &report.total_chars.to_string());
    line("total_words", &report.total_words.to_string());
    line("avg_chars", &float(report.avg_chars));
    line("avg_words", &float(report.avg_words));
    line("avg_chars_per_word", &float(report.avg_chars_per_word));
    line("avg_chars_per_sample", &float(report.avg_chars));
    line("avg_words_per_sample", &float(report.avg_words));
    line("tokens_per_char", &float(report.tokens_per_char));
    for (name, count) in &report.bins {
        line(&format!("bin_{name}"), &count.to_string());
    }
    line("assistant_blocks", &report.assistant_blocks.to_string());
    let _ = write!(
        text,
        "\nTotal tokens across all columns: {}\nTotal assistant blocks: {}\n",
        report.sum, report.assistant_blocks
    );
    Ok(text)
}

/// The result of the fold `turn_table` as two header lines and one line per count.
///
/// # Errors
/// `GM_CHAT_WRONG_PROFILE` when the value is not such a result.
pub fn render_turn_table(value: &Value) -> Result<String, Failure> {
    let table = Table::deserialize(value).map_err(|_| wrong("turn_table"))?;
    let title = "Score Distribution Table";
    let mut text = format!("{title}\n{}\n", "-".repeat(title.len()));
    for (turns, rows) in &table.turns {
        let _ = writeln!(text, "{turns:<18} {rows}");
    }
    Ok(text)
}

fn wrong(kind: &'static str) -> Failure {
    ChatFailure::WrongProfile { step: "the report", name: "value".to_owned(), wanted: kind }.into()
}

fn whole(value: Option<u64>) -> String {
    value.map_or_else(|| "nan".to_owned(), |n| n.to_string())
}

/// The shortest digits that read back as the same number, always with a point.
fn float(value: Option<f64>) -> String {
    value.map_or_else(|| "nan".to_owned(), |x| format!("{x:?}"))
}
