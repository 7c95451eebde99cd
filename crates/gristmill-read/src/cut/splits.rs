//! The reader's serial half: the splits of a task, one after the other.

use std::sync::Arc;

use gristmill_core::{Chunk, ChunkBody, Cutter, Failure, InputName, Progress};

use super::sources::{Body, PieceSource, open_piece_source};
use crate::item::Item;
use crate::layout::{Bad, Layout};

/// Reads several (file, split) pairs in their order.
pub(crate) struct SplitCutter {
    items: std::vec::IntoIter<Item>,
    current: Option<Current>,
    layout: Arc<Layout>,
    done: u64,
    total: u64,
}

struct Current {
    name: InputName,
    bytes: u64,
    source: Box<dyn PieceSource>,
}

impl SplitCutter {
    /// A cutter over these splits.
    pub(crate) fn new(items: Vec<Item>, layout: Arc<Layout>) -> Self {
        let total = items.iter().map(|item| item.split.bytes).sum();
        Self { items: items.into_iter(), current: None, layout, done: 0, total }
    }
}

impl Cutter for SplitCutter {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        loop {
            let Some(current) = &mut self.current else {
                let Some(item) = self.items.next() else { return Ok(None) };
                let source = open_piece_source(&item, self.layout.wanted(), self.layout.options())?;
                let name = InputName::from(item.name.as_str());
                self.current = Some(Current { name, bytes: item.split.bytes, source });
                continue;
            };
            let Some((address, body)) = current.source.next()? else {
                self.done += current.bytes;
                self.current = None;
                continue;
            };
            let body = match body {
                Body::Bytes(bytes) => ChunkBody::Bytes(bytes),
                Body::Columns(rows) => ChunkBody::Columns(rows),
                Body::TooLong(bytes) => ChunkBody::TooLong { bytes },
                Body::Bad { bytes, code, message } => {
                    self.layout.mark_bad(&current.name, address, Bad { code, message });
                    ChunkBody::TooLong { bytes }
                }
            };
            return Ok(Some(Chunk { input: Arc::clone(&current.name), address, body }));
        }
    }

    fn progress(&self) -> Progress {
        let running = self.current.as_ref().map_or(0, |c| c.source.consumed().min(c.bytes));
        Progress { bytes_done: self.done + running, bytes_total: self.total }
    }
}
