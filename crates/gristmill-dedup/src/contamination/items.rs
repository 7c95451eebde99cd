//! Reads benchmark files: each row is an item with some texts.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use gristmill_core::{Failure, OpenTable, StepTrace, ordinary_fields};
use serde_json::Value;

use super::rules::Fields;
use crate::failure::DedupFailure;

/// A row of a benchmark.
#[derive(Debug, Default)]
pub struct Item {
    /// File and id, `humaneval.jsonl:HumanEval/0`.
    pub label: String,
    /// What its tokens are taken from, in order.
    pub texts: Vec<String>,
    /// Texts that count as wholes.
    pub wholes: Vec<String>,
}

/// Names of columns that are looked for where none is named, the first that is there.
const IDS: [&str; 5] = ["task_id", "id", "question_id", "problem_id", "name"];
const PROMPTS: [&str; 4] = ["prompt", "question", "problem", "text"];
const SOLUTIONS: [&str; 3] = ["canonical_solution", "solution", "code"];
const DOCSTRINGS: [&str; 1] = ["docstring"];

/// Positions of columns by what they are.
struct Roles {
    id: Option<usize>,
    prompt: Option<usize>,
    solution: Option<usize>,
    docstring: Option<usize>,
    texts: Vec<usize>,
}

/// The last part of a path: no place of a machine belongs in a result.
#[must_use]
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(path)
}

/// Names of files for results: their last parts, as many of them as tell the files apart.
#[must_use]
pub fn names(paths: &[String]) -> Vec<String> {
    let parts: Vec<Vec<&str>> =
        paths.iter().map(|path| path.split(['/', '\\']).filter(|part| !part.is_empty()).collect()).collect();
    let mut kept = vec![1; paths.len()];
    loop {
        let names: Vec<String> = parts
            .iter()
            .zip(&kept)
            .map(|(parts, &kept)| parts[parts.len().saturating_sub(kept)..].join("/"))
            .collect();
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for name in &names {
            *count.entry(name).or_default() += 1;
        }
        let short: Vec<usize> =
            (0..names.len()).filter(|&i| count[names[i].as_str()] > 1 && kept[i] < parts[i].len()).collect();
        if short.is_empty() {
            return names;
        }
        for i in short {
            kept[i] += 1;
        }
    }
}

/// Gives `each` the items of a file in order, which go by its name.
///
/// # Errors
/// Those of the reader, `GM_DEDUP_BENCHMARK_COLUMN`, `GM_DEDUP_BENCHMARK_RECORD`.
pub fn read_items<T: OpenTable>(
    path: &str,
    name: &str,
    fields: &Fields,
    each: &mut dyn FnMut(Item) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut source = T::open(path)?;
    let roles = Roles::of(&source.schema, fields, path)?;
    let mut trace = StepTrace::default();
    while let Some(chunk) = source.cutter.next()? {
        let batch = source.parser.parse(chunk, &mut trace)?;
        if let Some(bad) = trace.rejects.first() {
            // A benchmark with a hole in it would let rows pass.
            let (path, row) = (path.to_owned(), bad.id.clone());
            return Err(DedupFailure::BenchmarkRecord { path, row, why: bad.reason.clone() }.into());
        }
        let rows = batch.into_columns()?;
        for row in 0..rows.num_rows() {
            let label = roles.label(&rows, row, file_name(path), name);
            each(roles.item(&rows, row, label))?;
        }
    }
    Ok(())
}

impl Roles {
    fn of(schema: &Schema, fields: &Fields, path: &str) -> Result<Self, Failure> {
        let there: Vec<(usize, &str)> =
            ordinary_fields(schema).map(|(at, field)| (at, field.name().as_str())).collect();
        let find = |name: &str| there.iter().find(|(_, found)| *found == name).map(|(at, _)| *at);
        let named = |name: &Option<String>| {
            name.as_deref().map(|name| find(name).ok_or_else(|| missing(path, name, &there))).transpose()
        };
        let any = |names: &[&str]| names.iter().find_map(|name| find(name));
        let id = named(&fields.id)?.or_else(|| any(&IDS));
        let mut roles = Self {
            id,
            prompt: named(&fields.prompt)?,
            solution: named(&fields.solution)?,
            docstring: named(&fields.docstring)?,
            texts: Vec::new(),
        };
        for name in &fields.texts {
            roles.texts.push(find(name).ok_or_else(|| missing(path, name, &there))?);
        }
        if !roles.is_empty() {
            return Ok(roles);
        }
        if let (Some(prompt), Some(solution)) = (any(&PROMPTS), any(&SOLUTIONS)) {
            let docstring = any(&DOCSTRINGS);
            return Ok(Self { prompt: Some(prompt), solution: Some(solution), docstring, ..roles });
        }
        roles.texts = there
            .iter()
            .filter(|(at, _)| Some(*at) != roles.id && is_text(schema.field(*at).data_type()))
            .map(|(at, _)| *at)
            .collect();
        // A file of nothing but ids is one of short texts.
        roles
            .texts
            .extend(roles.id.filter(|at| roles.texts.is_empty() && is_text(schema.field(*at).data_type())));
        if roles.is_empty() { Err(missing(path, "text", &there).into()) } else { Ok(roles) }
    }

    const fn is_empty(&self) -> bool {
        self.prompt.is_none() && self.solution.is_none() && self.docstring.is_none() && self.texts.is_empty()
    }

    fn label(&self, rows: &RecordBatch, row: usize, file: &str, name: &str) -> String {
        if let Some(key) = self.id.and_then(|at| key(rows.column(at), row)) {
            return format!("{name}:{key}");
        }
        // The row's own id begins with the last part of the file's name.
        let id = rows.column(0).as_string::<i32>().value(row);
        id.strip_prefix(file).map_or_else(|| id.to_owned(), |place| format!("{name}{place}"))
    }

    fn item(&self, rows: &RecordBatch, row: usize, label: String) -> Item {
        let mut item = Item { label, ..Item::default() };
        let texts = |at: Option<usize>| at.map_or_else(Vec::new, |at| strings(rows, at, row));
        let (docstrings, prompts) = (texts(self.docstring), texts(self.prompt));
        if self.docstring.is_some() {
            item.wholes.extend(docstrings.iter().cloned());
        } else {
            for prompt in &prompts {
                let quoted = triple_quoted(prompt);
                if quoted.is_empty() {
                    item.wholes.push(prompt.clone());
                }
                item.wholes.extend(quoted.into_iter().map(str::to_owned));
            }
        }
        let solutions = texts(self.solution);
        item.wholes.extend(solutions.iter().cloned());
        // A docstring beside a prompt stands in it already.
        if self.prompt.is_none() {
            item.texts.extend(docstrings);
        }
        item.texts.extend(prompts);
        item.texts.extend(solutions);
        for &at in &self.texts {
            let texts = strings(rows, at, row);
            item.wholes.extend(texts.iter().cloned());
            item.texts.extend(texts);
        }
        item
    }
}

fn missing(path: &str, column: &str, there: &[(usize, &str)]) -> DedupFailure {
    let present = there.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ");
    DedupFailure::BenchmarkColumn { path: path.to_owned(), column: column.to_owned(), present }
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 => true,
        DataType::List(item) => item.data_type() == &DataType::Utf8,
        _ => false,
    }
}

/// The name of an item: a text or a whole number.
fn key(column: &ArrayRef, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    if let Some(texts) = column.as_string_opt::<i32>() {
        return Some(texts.value(row).to_owned()).filter(|text| !text.is_empty());
    }
    column.as_primitive_opt::<Int64Type>().map(|numbers| numbers.value(row).to_string())
}

/// All texts of a cell: lists and JSON hold several.
fn strings(rows: &RecordBatch, at: usize, row: usize) -> Vec<String> {
    let column = rows.column(at);
    if column.is_null(row) {
        return Vec::new();
    }
    if let Some(lists) = column.as_list_opt::<i32>() {
        let list = lists.value(row);
        let texts = list.as_string_opt::<i32>();
        return texts.map_or_else(Vec::new, |texts| texts.iter().flatten().map(str::to_owned).collect());
    }
    let Some(texts) = column.as_string_opt::<i32>() else { return Vec::new() };
    let text = texts.value(row);
    let tagged =
        rows.schema_ref().field(at).metadata().get("gristmill.type").is_some_and(|kind| kind == "json");
    match tagged.then(|| serde_json::from_str::<Value>(text)) {
        Some(Ok(value)) => {
            let mut found = Vec::new();
            leaves(value, &mut found);
            found
        }
        _ => vec![text.to_owned()],
    }
}

fn leaves(value: Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.into_iter().for_each(|value| leaves(value, found)),
        Value::Object(values) => values.into_iter().for_each(|(_, value)| leaves(value, found)),
        _ => {}
    }
}

/// What stands between triple quotes.
fn triple_quoted(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let open = ["\"\"\"", "'''"].into_iter().filter_map(|mark| Some((rest.find(mark)?, mark))).min();
        let Some((start, mark)) = open else { return found };
        rest = &rest[start + mark.len()..];
        let Some(end) = rest.find(mark) else { return found };
        found.push(&rest[..end]);
        rest = &rest[end + mark.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::{file_name, names, triple_quoted};

    #[test]
    fn docstrings_stand_between_triple_quotes() {
        assert_eq!(
            triple_quoted("def f():\n \"\"\"one ''' \"\"\"\ndef g():\n '''two'''\n"),
            ["one ''' ", "two"]
        );
        assert!(triple_quoted("def f(): \"\"\"open").is_empty());
    }

    #[test]
    fn files_go_by_as_much_of_their_names_as_tells_them_apart() {
        let found = |paths: &[&str]| names(&paths.iter().map(|&path| path.to_owned()).collect::<Vec<_>>());
        assert_eq!(found(&["/x/a/t.csv", "/x/b/t.csv", "/x/b/u.csv"]), ["a/t.csv", "b/t.csv", "u.csv"]);
        assert_eq!(found(&["/a/c/t", "/b/c/t", "t"]), ["a/c/t", "b/c/t", "t"]);
        assert_eq!(found(&["/a/t", "/a/t"]), ["a/t", "a/t"]);
    }

    #[test]
    fn files_go_by_their_last_name() {
        assert_eq!((file_name("/a/b.jsonl"), file_name("b.jsonl")), ("b.jsonl", "b.jsonl"));
    }
}
