//! What Arrow messages declare, checked before anything of that size is allocated.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use arrow_ipc::reader::read_footer_length;
use arrow_ipc::{Block, Message, root_as_footer, root_as_message};
use arrow_schema::ArrowError;

use super::bound;

/// Bytes before a compressed buffer that give its length uncompressed; -1 if it is not compressed after all.
pub(crate) const LENGTH_PREFIX: u64 = 8;

fn short() -> ArrowError {
    ArrowError::from(io::Error::from(io::ErrorKind::UnexpectedEof))
}

fn too_much(what: impl std::fmt::Display) -> ArrowError {
    ArrowError::IpcError(format!("a batch declares {what}, more than a file of this size can hold"))
}

/// Whether the buffers of a message are compressed.
pub(crate) fn is_compressed(message: &Message) -> bool {
    batch_of(message).is_some_and(|batch| batch.compression().is_some())
}

fn batch_of<'a>(message: &Message<'a>) -> Option<arrow_ipc::RecordBatch<'a>> {
    message.header_as_record_batch().or_else(|| message.header_as_dictionary_batch()?.data())
}

/// Refuses a message that would need more memory than a file of this size may; returns its rows. `prefix_at` reads
/// the eight bytes at an offset of the body.
pub(crate) fn check_message(
    message: &Message,
    size: u64,
    mut prefix_at: impl FnMut(u64) -> io::Result<[u8; 8]>,
) -> Result<u64, ArrowError> {
    let body = u64::try_from(message.bodyLength()).ok().filter(|&bytes| bytes <= bound(size));
    let body = body.ok_or_else(|| too_much(format_args!("{} bytes", message.bodyLength())))?;
    let Some(batch) = batch_of(message) else { return Ok(0) };
    let rows = u64::try_from(batch.length()).ok().filter(|&rows| rows <= bound(size));
    let rows = rows.ok_or_else(|| too_much(format_args!("{} rows", batch.length())))?;
    if batch.compression().is_none() {
        return Ok(rows);
    }
    let mut sum = 0_u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let (Ok(offset), Ok(length)) = (u64::try_from(buffer.offset()), u64::try_from(buffer.length()))
        else {
            return Err(ArrowError::IpcError("a buffer has a negative place".to_owned()));
        };
        if offset.checked_add(length).is_none_or(|end| end > body) {
            return Err(ArrowError::IpcError("a buffer lies outside its batch".to_owned()));
        }
        if length < LENGTH_PREFIX {
            continue;
        }
        let declared = i64::from_le_bytes(prefix_at(offset)?);
        sum = sum.saturating_add(u64::try_from(declared).unwrap_or(length));
        if sum > bound(size) {
            return Err(too_much(format_args!("{sum} bytes of buffers")));
        }
    }
    Ok(rows)
}

/// Refuses a footer whose batches lie outside the file, and dictionaries and wanted batches that declare too much.
/// Returns the rows of the wanted batches.
pub(crate) fn check_file(file: &mut File, size: u64, wanted: Range<usize>) -> Result<Vec<u64>, ArrowError> {
    if size < 10 {
        return Err(short());
    }
    let mut trailer = [0; 10];
    file.seek(SeekFrom::End(-10))?;
    file.read_exact(&mut trailer)?;
    let length = read_footer_length(trailer)? as u64;
    let start = (size - 10).checked_sub(length).ok_or_else(short)?;
    let mut bytes = vec![0; length as usize];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    let footer = root_as_footer(&bytes).map_err(|error| ArrowError::IpcError(error.to_string()))?;
    for block in footer.recordBatches().into_iter().chain(footer.dictionaries()).flatten() {
        let parts = [block.offset(), i64::from(block.metaDataLength()), block.bodyLength()];
        let end = parts.iter().try_fold(0_u64, |sum, &part| sum.checked_add(u64::try_from(part).ok()?));
        if end.is_none_or(|end| end > size) {
            return Err(ArrowError::IpcError("a batch lies outside the file".to_owned()));
        }
    }
    let mut reader = BufReader::with_capacity(4096, &mut *file);
    for block in footer.dictionaries().into_iter().flatten() {
        check_block(&mut reader, block, size)?;
    }
    let batches = footer.recordBatches().into_iter().flatten();
    let wanted = batches.skip(wanted.start).take(wanted.len());
    let rows = wanted.map(|block| check_block(&mut reader, block, size)).collect();
    file.seek(SeekFrom::Start(0))?;
    rows
}

/// Checks one batch of a file; its place is known to be inside.
fn check_block(file: &mut (impl Read + Seek), block: &Block, size: u64) -> Result<u64, ArrowError> {
    let (start, length) = (block.offset() as u64, block.metaDataLength() as u64);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = vec![0; length as usize];
    file.read_exact(&mut bytes)?;
    let head = if bytes.starts_with(&[0xff; 4]) { 8 } else { 4 };
    let message = root_as_message(bytes.get(head..).ok_or_else(short)?)
        .map_err(|error| ArrowError::IpcError(error.to_string()))?;
    if message.bodyLength() > block.bodyLength() {
        return Err(ArrowError::IpcError("a batch is longer than the footer says".to_owned()));
    }
    check_message(&message, size, |offset| {
        let mut prefix = [0; 8];
        file.seek(SeekFrom::Start(start + length + offset))?;
        file.read_exact(&mut prefix)?;
        Ok(prefix)
    })
}
