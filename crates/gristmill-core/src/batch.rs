//! A batch of rows: Arrow columns plus a selection.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{Field, Schema, SchemaRef};

use crate::failure::{CoreFailure, Failure};
use crate::trace::{Reject, RejectKind, StepTrace};

/// Name of the engine's own column that carries each row's stable id. It is always the first column of a batch,
/// never null, and is not written to outputs (a user column `id` is a different thing).
pub const ID_COLUMN: &str = "__id";

/// Name of the engine's own column that carries a row's label on the way into a group: `UInt64`.
pub const LABEL_COLUMN: &str = "__label";

/// Name of the engine's own column that carries the labels of a row where it may have several, in order: lists of
/// `UInt64`, null where there are none.
pub const LABELS_COLUMN: &str = "__labels";

/// Name of the engine's own column that says, by being there, that rows turned away stand in the trace whole.
pub const TRACE_ROWS_COLUMN: &str = "__trace_rows";

/// Name of the column that says at which bytes a text is cut into pieces that are encoded apart: `fim` writes it, `encode`
/// reads it where it is there.
pub const SEAMS_COLUMN: &str = "fim_seams";

/// Between the id of a row and the number of its copy.
const COPY_MARK: char = '~';

/// The id of the row that [`Batch::repeat`] made a copy of; other ids as they are. Chance goes by it where copies must
/// not part.
#[must_use]
pub fn id_of_original(id: &str) -> &str {
    match id.rsplit_once(COPY_MARK) {
        Some((original, copy)) if !copy.is_empty() && copy.bytes().all(|b| b.is_ascii_digit()) => original,
        _ => id,
    }
}

/// The fields of a schema that belong to the user, that is, all whose name does not start with two underscores.
pub fn ordinary_fields(schema: &Schema) -> impl Iterator<Item = (usize, &Arc<Field>)> {
    schema.fields().iter().enumerate().filter(|(_, field)| !field.name().starts_with("__"))
}

/// Rows in columns. A dropped row only loses its bit in the selection; the columns are compacted once, at the end
/// of a chain, so row numbers stay valid while steps run.
#[derive(Clone, Debug)]
pub struct Batch {
    rows: RecordBatch,
    /// `None` while every row is alive.
    alive: Option<Vec<bool>>,
    /// Whether rows were replaced by several, so that row numbers are not those of the batch that came in.
    exploded: bool,
}

impl Batch {
    /// Wraps columns whose first one is [`ID_COLUMN`].
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN` when the id column is absent.
    pub fn new(rows: RecordBatch) -> Result<Self, Failure> {
        match rows.schema_ref().fields().first() {
            Some(first) if first.name() == ID_COLUMN => Ok(Self { rows, alive: None, exploded: false }),
            _ => Err(missing(&rows, ID_COLUMN).into()),
        }
    }

    /// The columns, dropped rows included.
    #[must_use]
    pub const fn columns(&self) -> &RecordBatch {
        &self.rows
    }

    /// The schema of the columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    /// Number of rows, dropped ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.num_rows()
    }

    /// Whether there is no row at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of rows that are alive.
    #[must_use]
    pub fn alive(&self) -> usize {
        self.alive.as_ref().map_or(self.len(), |alive| alive.iter().filter(|&&a| a).count())
    }

    /// Whether a row is alive.
    #[must_use]
    pub fn is_alive(&self, row: usize) -> bool {
        self.alive.as_ref().is_none_or(|alive| alive[row])
    }

    /// Numbers of the rows that are alive, ascending.
    #[must_use]
    pub fn alive_rows(&self) -> Vec<usize> {
        (0..self.len()).filter(|&row| self.is_alive(row)).collect()
    }

    /// The stable ids.
    ///
    /// # Panics
    /// Never: [`Batch::new`] checks the column.
    #[must_use]
    pub fn ids(&self) -> &StringArray {
        self.rows.column(0).as_string::<i32>()
    }

    /// Position of a column, if it is there.
    #[must_use]
    pub fn find(&self, column: &str) -> Option<usize> {
        self.rows.schema_ref().index_of(column).ok()
    }

    /// A text column.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, or `GM_STEP_WRONG_TYPE` when it is not utf8.
    pub fn text(&self, column: &str) -> Result<&StringArray, Failure> {
        let array = self.column(column)?;
        array.as_string_opt::<i32>().ok_or_else(|| wrong_type(column, array.as_ref(), "text").into())
    }

    /// A column of 64-bit integers.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, or `GM_STEP_WRONG_TYPE` when it is not int64.
    pub fn int64(&self, column: &str) -> Result<&Int64Array, Failure> {
        let array = self.column(column)?;
        array
            .as_primitive_opt::<Int64Type>()
            .ok_or_else(|| wrong_type(column, array.as_ref(), "int64").into())
    }

    /// Any column.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`.
    pub fn column(&self, column: &str) -> Result<&ArrayRef, Failure> {
        self.rows.column_by_name(column).ok_or_else(|| missing(&self.rows, column).into())
    }

    /// Replaces a column of the same name, keeping its place, or appends a new one at the end.
    /// The array has one value for every row, dropped ones included.
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` when the length differs.
    pub fn set_column(&mut self, name: &str, array: ArrayRef, nullable: bool) -> Result<(), Failure> {
        let field = Arc::new(Field::new(name, array.data_type().clone(), nullable));
        let mut fields: Vec<Arc<Field>> = self.rows.schema_ref().fields().to_vec();
        let mut columns = self.rows.columns().to_vec();
        if let Some(at) = self.find(name) {
            fields[at] = field;
            columns[at] = array;
        } else {
            fields.push(field);
            columns.push(array);
        }
        self.rows =
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(CoreFailure::from)?;
        Ok(())
    }

    /// Keeps the columns at these positions, in this order. Position 0, the id, must be the first.
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` when a position is out of range.
    pub fn project(&mut self, positions: &[usize]) -> Result<(), Failure> {
        self.rows = self.rows.project(positions).map_err(CoreFailure::from)?;
        Ok(())
    }

    /// Removes a column if it is there; says whether it was.
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` never in practice.
    pub fn drop_column(&mut self, name: &str) -> Result<bool, Failure> {
        let Some(at) = self.find(name) else { return Ok(false) };
        let keep: Vec<usize> = (0..self.rows.num_columns()).filter(|&i| i != at).collect();
        self.project(&keep)?;
        Ok(true)
    }

    /// Turns a row away with a named reason. `rule` and `span` say what hit, `text` is cut to an excerpt.
    /// A row that is already dropped stays as it is.
    pub fn drop_row(
        &mut self,
        row: usize,
        trace: &mut StepTrace,
        reason: &str,
        rule: &str,
        span: Option<(u32, u32)>,
        text: &str,
    ) {
        self.turn_away(row, trace, RejectKind::Dropped, reason, rule, "", span, text);
    }

    /// Sends a row to quarantine because a step failed on it.
    pub fn quarantine_row(&mut self, row: usize, trace: &mut StepTrace, code: &str, message: &str) {
        self.turn_away(row, trace, RejectKind::Quarantined, code, "", "", None, message);
    }

    /// Drops a row in favour of the row with id `twin`.
    pub fn drop_twin(&mut self, row: usize, trace: &mut StepTrace, reason: &str, twin: &str, text: &str) {
        self.turn_away(row, trace, RejectKind::Dropped, reason, "", twin, None, text);
    }

    /// Drops a row for what it shares with `twin`, which is of another data set: a piece at `span`, or all.
    pub fn drop_match(
        &mut self,
        row: usize,
        trace: &mut StepTrace,
        (reason, rule): (&str, &str),
        twin: &str,
        span: Option<(u32, u32)>,
        piece: &str,
    ) {
        self.turn_away(row, trace, RejectKind::Dropped, reason, rule, twin, span, piece);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the one place that builds a reject; callers use the short forms"
    )]
    pub(crate) fn turn_away(
        &mut self,
        row: usize,
        trace: &mut StepTrace,
        kind: RejectKind,
        reason: &str,
        rule: &str,
        twin: &str,
        span: Option<(u32, u32)>,
        text: &str,
    ) {
        if !self.is_alive(row) {
            return;
        }
        let id = self.ids().value(row).to_owned();
        let len = self.len();
        if self.traces_rows() {
            trace.wanted.push((trace.rejects.len(), row));
        }
        self.alive.get_or_insert_with(|| vec![true; len])[row] = false;
        trace.reject(Reject {
            id,
            kind,
            reason: reason.to_owned(),
            rule: rule.to_owned(),
            twin: twin.to_owned(),
            span,
            excerpt: crate::trace::excerpt(text),
            after: String::new(),
        });
    }

    /// Replaces the rows by `parents[i]` of the old ones, each with a new id where `numbers[i]` is set:
    /// the parent's id, a hyphen and the number. Dropped rows must not be named. Used by steps with several results.
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` when a parent is out of range.
    pub fn explode(&mut self, parents: &[u32], numbers: &[Option<u32>]) -> Result<(), Failure> {
        self.replace(parents, |at, id| numbers[at].map(|number| format!("{id}-{number}")))
    }

    /// Gives each row as often as `times` says, once or more. The second copy of row `a` has the id `a~2`, and so on.
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` when the copies of a batch have more than 2 GiB of text.
    pub fn repeat(&mut self, times: &[u32]) -> Result<(), Failure> {
        let copies = times.iter().zip(0_u32..).flat_map(|(&n, row)| (1..=n).map(move |copy| (row, copy)));
        let (parents, copies): (Vec<u32>, Vec<u32>) = copies.unzip();
        self.replace(&parents, |at, id| {
            let copy = copies[at];
            (copy > 1).then(|| format!("{id}{COPY_MARK}{copy}"))
        })
    }

    fn replace(
        &mut self,
        parents: &[u32],
        id: impl Fn(usize, &str) -> Option<String>,
    ) -> Result<(), Failure> {
        let indices = UInt32Array::from(parents.to_vec());
        let ids: StringArray = parents
            .iter()
            .enumerate()
            .map(|(at, &parent)| {
                let old = self.ids().value(parent as usize);
                Some(id(at, old).unwrap_or_else(|| old.to_owned()))
            })
            .collect();
        let mut columns = vec![Arc::new(ids) as ArrayRef];
        for column in &self.rows.columns()[1..] {
            columns.push(arrow_select::take::take(column, &indices, None).map_err(CoreFailure::from)?);
        }
        self.rows = RecordBatch::try_new(self.rows.schema(), columns).map_err(CoreFailure::from)?;
        self.alive = None;
        self.exploded = true;
        Ok(())
    }

    /// Whether rows that are turned away stand in the trace whole. A step that rewrites text then sets the text of
    /// the rows it drops as well.
    #[must_use]
    pub fn traces_rows(&self) -> bool {
        self.find(TRACE_ROWS_COLUMN).is_some()
    }

    /// Writes the rows wanted by a trace into it, as they are now; those of `before` where rows were replaced.
    pub(crate) fn tell_rows(&self, before: &Self, trace: &mut StepTrace) -> Result<(), Failure> {
        if trace.wanted.is_empty() {
            return Ok(());
        }
        let rows = if self.exploded { &before.rows } else { &self.rows };
        for (at, row) in std::mem::take(&mut trace.wanted) {
            trace.rejects[at].after = crate::row_json::row_json(rows, row)?;
        }
        Ok(())
    }

    /// Removes dropped rows from the columns.
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` never in practice.
    pub fn compact(&mut self) -> Result<(), Failure> {
        if let Some(alive) = self.alive.take() {
            let keep = BooleanArray::from(alive);
            self.rows =
                arrow_select::filter::filter_record_batch(&self.rows, &keep).map_err(CoreFailure::from)?;
        }
        Ok(())
    }

    /// The columns with dropped rows removed.
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` never in practice.
    pub fn into_columns(mut self) -> Result<RecordBatch, Failure> {
        self.compact()?;
        Ok(self.rows)
    }
}

fn missing(rows: &RecordBatch, column: &str) -> CoreFailure {
    let present: Vec<&str> = ordinary_fields(rows.schema_ref()).map(|(_, f)| f.name().as_str()).collect();
    CoreFailure::MissingColumn { column: column.to_owned(), present: present.join(", ") }
}

fn wrong_type(column: &str, array: &dyn Array, wanted: &'static str) -> CoreFailure {
    CoreFailure::WrongType { column: column.to_owned(), found: array.data_type().to_string(), wanted }
}
