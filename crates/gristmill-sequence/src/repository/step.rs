//! The step: rows of one repository become rows of several files each.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gristmill_core::{
    Batch, Failure, GroupDef, GroupStep, ID_COLUMN, Reject, RejectKind, SEAMS_COLUMN, StepTrace,
    options_from, row_hash,
};
use serde::Deserialize;

use super::layout::{Packed, SourceFile, Style, lay_out_files};
use crate::failure::{SequenceFailure, share};
use crate::fim::{Choices, Order, Profile, Weights, cut};
use crate::pack::builder;

/// The step.
pub const DEF: GroupDef = GroupDef {
    kind: "join_files",
    build: |options, _| {
        let step: JoinFiles = options_from("join_files", options)?;
        share("names", step.names)?;
        share("fim", step.fim)?;
        share("spm", step.spm)?;
        Ok(Box::new(step))
    },
};

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FileOrder {
    Path,
    Random,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinFiles {
    /// Column with the repository of a file.
    repository: String,
    /// Column with its path.
    path: String,
    /// Column with its text.
    column: String,
    /// Layout.
    style: Style,
    /// Order of the files.
    order: FileOrder,
    /// Share of texts that tell names and paths, where the layout leaves a choice.
    names: f64,
    /// Share of texts in which one file is cut to fill in the middle.
    fim: f64,
    /// Share of those that are laid out suffix first.
    spm: f64,
    /// Bytes of files in one text; one longer file stands alone.
    max_bytes: usize,
    /// Closes each text.
    end: String,
    /// Seed of the choices.
    seed: u64,
}

fn output_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    Arc::new(Schema::new(vec![
        text(ID_COLUMN),
        text("repo"),
        text("text"),
        Field::new("files", DataType::Int64, false),
        Field::new(
            SEAMS_COLUMN,
            DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true))),
            true,
        ),
    ]))
}

/// The rows being made.
#[derive(Default)]
struct Made {
    ids: Vec<String>,
    repositories: Vec<String>,
    texts: Vec<String>,
    files: Vec<i64>,
    seams: Vec<Option<usize>>,
}

impl GroupStep for JoinFiles {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        for column in [&self.repository, &self.path, &self.column] {
            probe.text(column)?;
        }
        Ok(output_schema())
    }

    fn run(&self, rows: &Batch, groups: &[usize], trace: &mut StepTrace) -> Result<Batch, Failure> {
        let (repositories, paths) = (rows.text(&self.repository)?, rows.text(&self.path)?);
        let texts = rows.text(&self.column)?;
        let cell = |column: &StringArray, row: usize| {
            if column.is_null(row) { String::new() } else { column.value(row).to_owned() }
        };
        let mut made = Made::default();
        for pair in groups.windows(2) {
            let mut order: Vec<usize> = (pair[0]..pair[1]).collect();
            order.sort_by_cached_key(|&row| match self.order {
                FileOrder::Path => (0, cell(paths, row), row),
                FileOrder::Random => {
                    (row_hash(self.seed, "files", rows.ids().value(row)), String::new(), row)
                }
            });
            let repository = cell(repositories, pair[0]);
            let size = |row: usize| if texts.is_null(row) { 0 } else { texts.value(row).len() };
            for together in packs(&order, size, self.max_bytes) {
                let id = rows.ids().value(together[0]).to_owned();
                for &row in together {
                    trace.reject(joined(rows.ids().value(row), &id));
                }
                let contents: Vec<(String, String)> =
                    together.iter().map(|&row| (cell(paths, row), cell(texts, row))).collect();
                let files: Vec<SourceFile<'_>> =
                    contents.iter().map(|(path, text)| SourceFile { path, text }).collect();
                let (text, seam) = self.text(&repository, &files, &id, trace);
                made.texts.push(text);
                made.seams.push(seam);
                made.files.push(files.len() as i64);
                made.repositories.push(repository.clone());
                made.ids.push(id);
                trace.counts.made += 1;
            }
        }
        let mut seams = builder(made.seams.len());
        for seam in made.seams {
            seams.append_value(seam.map(|at| Some(at as i32)));
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(made.ids)),
            Arc::new(StringArray::from(made.repositories)),
            Arc::new(StringArray::from(made.texts)),
            Arc::new(Int64Array::from(made.files)),
            Arc::new(seams.finish()),
        ];
        let rows = RecordBatch::try_new(output_schema(), columns)
            .map_err(|source| SequenceFailure::Columns { source })?;
        Batch::new(rows)
    }
}

/// Runs of files that go together, each of at most so many bytes unless it is one file.
fn packs(order: &[usize], size: impl Fn(usize) -> usize, most: usize) -> Vec<&[usize]> {
    let (mut packs, mut from, mut bytes) = (Vec::new(), 0, 0);
    for (at, &row) in order.iter().enumerate() {
        if at > from && bytes + size(row) > most {
            packs.push(&order[from..at]);
            (from, bytes) = (at, 0);
        }
        bytes += size(row);
    }
    packs.push(&order[from..]);
    packs
}

fn joined(id: &str, twin: &str) -> Reject {
    Reject {
        id: id.to_owned(),
        kind: RejectKind::Merged,
        reason: "joined".to_owned(),
        rule: String::new(),
        twin: twin.to_owned(),
        span: None,
        excerpt: String::new(),
        after: String::new(),
    }
}

impl JoinFiles {
    fn text(
        &self,
        repository: &str,
        files: &[SourceFile<'_>],
        id: &str,
        trace: &mut StepTrace,
    ) -> (String, Option<usize>) {
        let mut choices = Choices::new(self.seed, DEF.kind, id);
        let names = self.style == Style::Qwen || choices.happens(self.names);
        let mut packed = Packed { repository, files, names, cut: None, end: &self.end };
        if choices.happens(self.fim) {
            let at = choices.up_to(files.len() - 1);
            let text = Packed::cut_text(self.style, names, files[at]);
            // A file that holds the tokens could not be told from one that was cut.
            let profile = if self.style == Style::Starcoder2 { Profile::Starcoder } else { Profile::Qwen };
            if !profile.tokens().are_in(&text) {
                let order = if choices.happens(self.spm) { Order::Spm } else { Order::Psm };
                let cut = cut(&text, &Weights { random: 0.5, line: 0.5, multi: 0.0 }, &mut choices);
                trace.changed(&format!("{}:{}", order.word(), cut.kind.word()));
                packed.cut = Some((at, cut.holes, order));
            }
        }
        let mut out = String::with_capacity(files.iter().map(|file| file.text.len() + 64).sum());
        let seam = lay_out_files(self.style, &packed, &mut out);
        (out, seam)
    }
}

#[cfg(test)]
mod tests {
    use super::packs;

    #[test]
    fn files_go_together_while_there_is_room() {
        let sizes = [4, 4, 9, 1, 20, 1];
        let order: Vec<usize> = (0..sizes.len()).collect();
        let found: Vec<Vec<usize>> =
            packs(&order, |row| sizes[row], 10).into_iter().map(<[usize]>::to_vec).collect();
        assert_eq!(found, [vec![0, 1], vec![2, 3], vec![4], vec![5]]);
    }
}
