//! Cutting a text into the pieces that tokens never cross.
//!
//! The patterns in wide use have a scanner of their own that follows the rules by hand; any other pattern runs
//! through the regex engine. Several splits may follow each other: each cuts the pieces of the one before.

mod cl100k;
mod classes;
mod deepseek;
mod gpt2;
mod known;
mod numbers;
mod o200k;
mod pattern;
mod space;
mod window;

pub(crate) use classes::Classes;
pub use known::Preset;
pub(crate) use known::known;
pub(crate) use pattern::{Keep, Pattern};

use cl100k::Cl100k;
use deepseek::{Chinese, DeepSeek};
use gpt2::Gpt2;
use numbers::Numbers;
use o200k::O200k;
use window::{WIDTH, Window};

/// A split whose matches leave no gaps.
pub(crate) trait Cover {
    /// End of the piece that starts at `at`, which is below the length.
    fn end(&self, classes: &Classes, bytes: &[u8], at: usize) -> usize;

    /// Starts of pieces in a window, as far as they are certain; bit 0 need not be among them.
    fn starts(&self, window: &Window, chunk: &[u8; WIDTH]) -> u64;
}

/// A split whose matches are pieces, and the gaps between them too.
pub(crate) trait Find {
    /// The first match from `at` on.
    fn find(&self, classes: &Classes, bytes: &[u8], at: usize) -> Option<(usize, usize)>;
}

/// One split.
pub(crate) enum Stage {
    Gpt2,
    Cl100k(Cl100k),
    O200k,
    DeepSeek,
    Chinese,
    Numbers { most: usize },
    Pattern(Box<Pattern>),
}

/// The regex engine gave up on a text.
pub(crate) type SplitError = String;

/// All splits of a tokenizer, in order. Without any, a text is one piece.
pub(crate) struct Splitter {
    stages: Vec<Stage>,
    classes: &'static Classes,
}

impl Splitter {
    pub(crate) fn new(stages: Vec<Stage>) -> Self {
        Self { stages, classes: Classes::get() }
    }

    /// Gives start and end of every piece, in order; none is empty.
    #[inline]
    pub(crate) fn split<S: FnMut(usize, usize)>(&self, text: &str, sink: &mut S) -> Result<(), SplitError> {
        match self.stages.as_slice() {
            [stage] => self.stage(stage, text, sink),
            stages => self.nested(stages, text, 0, sink),
        }
    }

    fn nested(
        &self,
        stages: &[Stage],
        text: &str,
        base: usize,
        sink: &mut dyn FnMut(usize, usize),
    ) -> Result<(), SplitError> {
        let Some((first, rest)) = stages.split_first() else {
            if !text.is_empty() {
                sink(base, base + text.len());
            }
            return Ok(());
        };
        let mut failed = Ok(());
        self.stage(first, text, &mut |start, end| {
            if failed.is_ok() {
                failed = self.nested(rest, &text[start..end], base + start, sink);
            }
        })?;
        failed
    }

    fn stage<S: FnMut(usize, usize)>(
        &self,
        stage: &Stage,
        text: &str,
        sink: &mut S,
    ) -> Result<(), SplitError> {
        let bytes = text.as_bytes();
        match stage {
            Stage::Gpt2 => self.cover(&Gpt2, bytes, sink),
            Stage::Cl100k(split) => self.cover(split, bytes, sink),
            Stage::O200k => self.cover(&O200k, bytes, sink),
            Stage::DeepSeek => self.gaps(&DeepSeek, bytes, sink),
            Stage::Chinese => self.gaps(&Chinese, bytes, sink),
            Stage::Numbers { most } => self.gaps(&Numbers { most: *most }, bytes, sink),
            Stage::Pattern(pattern) => return pattern.split(text, sink),
        }
        Ok(())
    }

    #[inline]
    fn cover<C: Cover, S: FnMut(usize, usize)>(&self, split: &C, bytes: &[u8], sink: &mut S) {
        let mut at = 0;
        let mut room = [0; WIDTH];
        while at < bytes.len() {
            // Text in other scripts goes character by character.
            if bytes[at] < 0x80 && bytes.get(at + 1).is_none_or(u8::is_ascii) {
                let (chunk, given) = if let Some(chunk) = bytes[at..].first_chunk() {
                    (chunk, WIDTH)
                } else {
                    room[..bytes.len() - at].copy_from_slice(&bytes[at..]);
                    (&room, bytes.len() - at)
                };
                let window = Window::new(chunk, given, at + given == bytes.len());
                let mut starts = split.starts(&window, chunk) & !1;
                let begin = at;
                while starts != 0 {
                    let next = begin + starts.trailing_zeros() as usize;
                    sink(at, next);
                    at = next;
                    starts &= starts - 1;
                }
                if window.ends {
                    sink(at, bytes.len());
                    return;
                }
                if at > begin && window.length == WIDTH {
                    continue;
                }
            }
            let end = split.end(self.classes, bytes, at);
            sink(at, end);
            at = end;
        }
    }

    fn gaps<F: Find, S: FnMut(usize, usize)>(&self, split: &F, bytes: &[u8], sink: &mut S) {
        let mut at = 0;
        while let Some((start, end)) = split.find(self.classes, bytes, at) {
            if start > at {
                sink(at, start);
            }
            sink(start, end);
            at = end;
        }
        if at < bytes.len() {
            sink(at, bytes.len());
        }
    }
}
