//! The header of a CSV file.

use super::fields::{Quotes, record};
use crate::failure::ReadFailure;

/// Names of the columns in the first record of `text`, and where the next record starts. Blank lines before it are
/// passed over. No header at all gives no columns.
pub(crate) fn header(
    path: &str,
    text: &[u8],
    delimiter: u8,
    line_end: u8,
) -> Result<(Vec<String>, usize), ReadFailure> {
    let fail = |detail: String| ReadFailure::CsvHeader { path: path.to_owned(), detail };
    let mut at = 0;
    let mut fields = Vec::new();
    while at < text.len() {
        let (next, quotes) = record(text, at, delimiter, line_end, &mut fields);
        let blank = fields.len() == 1 && fields[0].start == at && fields[0].end == at;
        if blank {
            at = next;
            continue;
        }
        if quotes != Quotes::Good {
            return Err(fail("a quoted name is not closed, or text stands after its closing quote".into()));
        }
        let head = &text[at..next];
        let head = std::str::from_utf8(head).map_err(|_| fail("it is not UTF-8".into()))?;
        let mut names: Vec<String> = Vec::with_capacity(fields.len());
        for (number, field) in fields.iter().enumerate() {
            let field = super::fields::Field { start: field.start - at, end: field.end - at, ..*field };
            let mut name = field.value(head).into_owned();
            if name.is_empty() {
                name = format!("column_{}", number + 1);
            }
            names.push(name);
        }
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort();
        if let Some([name, _]) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(fail(format!("the name `{name}` stands twice")));
        }
        return Ok((names, next));
    }
    Ok((Vec::new(), at))
}
