//! Turns a trace back into the rows that were turned away, the reason first.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::batch::{Batch, ID_COLUMN};
use crate::failure::{CoreFailure, Failure};
use crate::step::{MapDef, MapStep, SideInputs, options_from};
use crate::trace::{RejectKind, StepTrace};

/// The step.
pub const DEF: MapDef = MapDef { kind: "rejected_rows", build };

/// Characters of the text that a [`Style::Check`] shows.
const CHECK_CHARS: usize = 120;

/// How a reason is told.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Style {
    /// As it stands in the trace.
    #[default]
    Plain,
    /// In capitals, as the replaced cleaner wrote them.
    Capitals,
    /// `<row>: <what is wrong> — <begin of the text>`, as the replaced format check wrote them.
    Check,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RejectedRows {
    /// Columns of the rows, in their order.
    columns: Vec<String>,
    /// Only rows that this step turned away.
    #[serde(default)]
    step: Option<String>,
    /// Reasons whose rows are left out.
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    style: Style,
}

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let step: RejectedRows = options_from(DEF.kind, options)?;
    Ok(Box::new(step))
}

impl RejectedRows {
    fn columns(&self) -> SchemaRef {
        let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
        let mut fields = vec![text(ID_COLUMN, false), text("reason", false)];
        fields.extend(self.columns.iter().filter(|name| *name != "reason").map(|name| text(name, true)));
        Arc::new(Schema::new(fields))
    }

    /// Whether a line of the trace is a row that belongs here.
    fn wants(&self, batch: &Batch, row: usize) -> Result<bool, Failure> {
        let is = |column: &str| batch.text(column).map(|texts| texts.value(row));
        Ok(is("after")?.starts_with('{')
            && is("kind")? != RejectKind::Changed.word()
            && self.step.as_deref().is_none_or(|step| is("step").is_ok_and(|found| found == step))
            && !self.without.iter().any(|reason| is("reason").is_ok_and(|found| found == reason)))
    }

    fn reason(&self, batch: &Batch, row: usize) -> Result<String, Failure> {
        let reason = batch.text("reason")?.value(row);
        Ok(match self.style {
            Style::Plain => reason.to_owned(),
            Style::Capitals => reason.to_uppercase().replace("HIRAGANA_KATAKANA", "HIRAGANA/KATAKANA"),
            Style::Check => {
                let rule = batch.text("rule")?.value(row);
                let detail = rule.split_once(": ").map_or(rule, |(_, detail)| detail);
                let begin: String = batch.text("excerpt")?.value(row).chars().take(CHECK_CHARS).collect();
                let (id, begin) = (batch.text("id")?.value(row), begin.replace('\n', " "));
                format!("{}: {detail} — {begin}", id.rsplit(':').next().unwrap_or(id))
            }
        })
    }
}

impl MapStep for RejectedRows {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let batch = Batch::new(RecordBatch::new_empty(input.clone()))?;
        for column in ["id", "step", "kind", "reason", "rule", "excerpt", "after"] {
            batch.text(column)?;
        }
        Ok(self.columns())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        for row in 0..batch.len() {
            if !self.wants(batch, row)? {
                batch.drop_row(row, trace, "no_row", "", None, "");
            }
        }
        batch.compact()?;
        let schema = self.columns();
        let mut builders: Vec<StringBuilder> =
            std::iter::repeat_with(StringBuilder::new).take(schema.fields().len()).collect();
        let rows = batch.text("after")?;
        for row in 0..batch.len() {
            let object: Map<String, Value> = serde_json::from_str(rows.value(row))
                .map_err(|source| CoreFailure::BadOptions { kind: DEF.kind.to_owned(), source })?;
            builders[0].append_value(batch.text("id")?.value(row));
            builders[1].append_value(self.reason(batch, row)?);
            for (builder, field) in builders.iter_mut().zip(schema.fields()).skip(2) {
                match object.get(field.name()) {
                    None | Some(Value::Null) => builder.append_null(),
                    Some(Value::String(text)) => builder.append_value(text),
                    Some(other) => builder.append_value(other.to_string()),
                }
            }
        }
        let columns = builders.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef).collect();
        *batch = Batch::new(RecordBatch::try_new(schema, columns).map_err(CoreFailure::from)?)?;
        Ok(())
    }
}
