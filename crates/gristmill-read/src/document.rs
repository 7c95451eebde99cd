//! The frames around records: byte order marks, the head before a JSON array and what stands after it.

use crate::bytes_in::BytesIn;
use crate::discord;
use crate::failure::ReadFailure;
use crate::json::walk;
use crate::kinds::FormatKind;
use crate::split::DiscordHead;

/// Longest head of an export, and longest text after its messages.
const FRAME_LIMIT: usize = 16 << 20;

/// The first bytes of a text, without their byte order mark.
#[derive(Default)]
pub(crate) struct Start {
    /// What was read after the mark.
    pub bytes: Vec<u8>,
    /// Length of the mark.
    pub mark: u64,
}

/// Reads the first bytes of a text. UTF-16 is refused by its mark.
pub(crate) fn start(input: &mut BytesIn) -> Result<Start, ReadFailure> {
    let mut bytes = vec![0; 3];
    let n = input.read_full(&mut bytes)?;
    bytes.truncate(n);
    let mark = byte_order_mark(&bytes, input.path())?;
    bytes.drain(..mark);
    Ok(Start { bytes, mark: mark as u64 })
}

/// Length of a UTF-8 byte order mark.
pub(crate) fn byte_order_mark(head: &[u8], path: &str) -> Result<usize, ReadFailure> {
    match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(ReadFailure::Utf16 { path: path.to_owned() }),
        [0xef, 0xbb, 0xbf, ..] => Ok(3),
        _ => Ok(0),
    }
}

/// The inside of an array of records.
pub(crate) struct Entry {
    /// Bytes read beyond the opening bracket.
    pub head: Vec<u8>,
    /// Address of the first of them.
    pub address: u64,
    /// What a Discord export says of itself.
    pub discord: Option<DiscordHead>,
}

/// Goes to the first record. An empty document has none.
pub(crate) fn enter(input: &mut BytesIn, format: FormatKind) -> Result<Option<Entry>, ReadFailure> {
    let Start { bytes: mut text, mark } = start(input)?;
    let mut want = 4096;
    loop {
        let old = text.len();
        text.resize(old + want, 0);
        let (n, mut failure) = input.read_sound(&mut text[old..]);
        text.truncate(old + n);
        let ended = n < want && failure.is_none();
        let first = walk::blank(&text, 0);
        if first == text.len() && ended {
            return Ok(None);
        }
        let found = match format {
            FormatKind::Discord => find_messages(&text, ended, input)?,
            _ => find_array(&text, first, input.path())?,
        };
        if found.is_none()
            && let Some(failure) = failure.take()
        {
            return Err(failure);
        }
        if let Some((at, discord)) = found {
            let head = text.split_off(at);
            return Ok(Some(Entry { head, address: mark + at as u64, discord }));
        }
        if text.len() > FRAME_LIMIT {
            return Err(not_an_export(input.path(), "no `messages` in its first 16 MB"));
        }
        want = text.len();
    }
}

type Found = Option<(usize, Option<DiscordHead>)>;

fn find_array(text: &[u8], first: usize, path: &str) -> Result<Found, ReadFailure> {
    match text.get(first) {
        None => Ok(None),
        Some(b'[') => Ok(Some((first + 1, None))),
        Some(_) => {
            let shown = String::from_utf8_lossy(&text[first..text.len().min(first + 24)]).into_owned();
            Err(ReadFailure::NotAnArray { path: path.to_owned(), found: format!("{shown:?}") })
        }
    }
}

fn find_messages(text: &[u8], ended: bool, input: &BytesIn) -> Result<Found, ReadFailure> {
    match discord::head(text) {
        Ok((at, head)) => Ok(Some((at, Some(head)))),
        Err(discord::NoHead::Short) if ended => {
            Err(input.truncated("the head of the export is not complete"))
        }
        Err(discord::NoHead::Short) => Ok(None),
        Err(discord::NoHead::Other(detail)) => Err(not_an_export(input.path(), &detail)),
    }
}

fn not_an_export(path: &str, detail: &str) -> ReadFailure {
    ReadFailure::NotAnExport { path: path.to_owned(), detail: detail.to_owned() }
}

/// Checks what stands after the records, from the closing bracket on.
pub(crate) fn check_tail(format: FormatKind, after: &[u8], input: &mut BytesIn) -> Result<(), ReadFailure> {
    // A tail is blank or a few keys; completed to a document it must be one.
    let mut text = if format == FormatKind::Discord { b"{\"messages\":[".to_vec() } else { b"[".to_vec() };
    text.extend_from_slice(after);
    loop {
        let old = text.len();
        if old > FRAME_LIMIT {
            return Err(input.damaged("more than 16 MB stand after the records"));
        }
        text.resize(old + 4096, 0);
        let n = input.read(&mut text[old..])?;
        text.truncate(old + n);
        if n == 0 {
            break;
        }
    }
    match walk::document(&text) {
        Ok(()) => Ok(()),
        Err(syntax) if syntax.at >= text.len() => {
            Err(input.truncated(format!("after the records {}", syntax.what)))
        }
        Err(syntax) => Err(input.damaged(format!("after the records {}", syntax.what))),
    }
}
