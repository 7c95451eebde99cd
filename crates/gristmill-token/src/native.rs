//! Our own engine: added tokens, normal form, splits, merges, in that order.

use std::ops::Range;

use crate::added::{AddedToken, Finder, Part};
use crate::bpe::{Bpe, Counted, Located, Memo, Sink};
use crate::failure::TokenFailure;
use crate::normal::Form;
use crate::split::Splitter;

/// Everything a byte-level tokenizer does to a text.
pub(crate) struct Native {
    pub(crate) bpe: Bpe,
    pub(crate) splitter: Splitter,
    pub(crate) form: Form,
    /// Added tokens searched in the original text, then those searched in the normalised text.
    pub(crate) finders: [Option<Finder>; 2],
    /// Ids put around a text on demand.
    pub(crate) around: [Vec<u32>; 2],
    /// All added tokens, for decoding.
    pub(crate) added: Vec<AddedToken>,
}

impl Native {
    /// Appends the ids of a text.
    pub(crate) fn encode(
        &self,
        memo: &mut Memo,
        text: &str,
        special: bool,
        out: &mut Vec<u32>,
    ) -> Result<(), TokenFailure> {
        if special {
            out.extend_from_slice(&self.around[0]);
        }
        self.text(memo, text, out)?;
        if special {
            out.extend_from_slice(&self.around[1]);
        }
        Ok(())
    }

    /// Number of ids; nothing is kept.
    pub(crate) fn count(&self, memo: &mut Memo, text: &str, special: bool) -> Result<usize, TokenFailure> {
        let mut counted = Counted::default();
        self.text(memo, text, &mut counted)?;
        Ok(counted.0 + if special { self.around[0].len() + self.around[1].len() } else { 0 })
    }

    /// Ids with the bytes of the text they stand for; those put around it stand at its start and end.
    pub(crate) fn locate(
        &self,
        memo: &mut Memo,
        text: &str,
        special: bool,
        ids: &mut Vec<u32>,
        places: &mut Vec<Range<usize>>,
    ) -> Result<(), TokenFailure> {
        let around = if special { self.around.each_ref().map(Vec::as_slice) } else { [&[][..]; 2] };
        ids.extend_from_slice(around[0]);
        places.extend(around[0].iter().map(|_| 0..0));
        each_part(self.finders[0].as_ref(), text, |part| match part {
            Part::Text { start, end } => {
                let origins = self.form.origins(&text[start..end]);
                let before = places.len();
                self.located(memo, &self.form.of(&text[start..end]), ids, places)?;
                for place in &mut places[before..] {
                    *place = match &origins {
                        Some(origins) => start + origins[place.start]..start + after(origins, place),
                        None => start + place.start..start + place.end,
                    };
                }
                Ok(())
            }
            Part::Token { id, start, end } => {
                ids.push(id);
                places.push(start..end);
                Ok(())
            }
            Part::Refused { start, end } => Err(refused(text, start, end)),
        })?;
        ids.extend_from_slice(around[1]);
        places.extend(around[1].iter().map(|_| text.len()..text.len()));
        Ok(())
    }

    fn located(
        &self,
        memo: &mut Memo,
        text: &str,
        ids: &mut Vec<u32>,
        places: &mut Vec<Range<usize>>,
    ) -> Result<(), TokenFailure> {
        each_part(self.finders[1].as_ref(), text, |part| match part {
            Part::Text { start, end } => {
                let before = places.len();
                let mut sink = Located::new(&self.bpe, ids, places);
                self.pieces(memo, &text[start..end], &mut sink)?;
                for place in &mut places[before..] {
                    *place = start + place.start..start + place.end;
                }
                Ok(())
            }
            Part::Token { id, start, end } => {
                ids.push(id);
                places.push(start..end);
                Ok(())
            }
            Part::Refused { start, end } => Err(refused(text, start, end)),
        })
    }

    fn text<S: Sink>(&self, memo: &mut Memo, text: &str, sink: &mut S) -> Result<(), TokenFailure> {
        each_part(self.finders[0].as_ref(), text, |part| match part {
            Part::Text { start, end } => {
                let normal = self.form.of(&text[start..end]);
                each_part(self.finders[1].as_ref(), &normal, |part| match part {
                    Part::Text { start, end } => self.pieces(memo, &normal[start..end], sink),
                    Part::Token { id, .. } => {
                        sink.many(&[id]);
                        Ok(())
                    }
                    Part::Refused { start, end } => Err(refused(&normal, start, end)),
                })
            }
            Part::Token { id, .. } => {
                sink.many(&[id]);
                Ok(())
            }
            Part::Refused { start, end } => Err(refused(text, start, end)),
        })
    }

    #[inline]
    fn pieces<S: Sink>(&self, memo: &mut Memo, text: &str, sink: &mut S) -> Result<(), TokenFailure> {
        let bytes = text.as_bytes();
        let cut = self.splitter.split(text, &mut |start, end| memo.piece(&self.bpe, bytes, start, end, sink));
        memo.finish(&self.bpe, bytes, sink);
        cut.map_err(|message| TokenFailure::Encode { message })
    }
}

#[inline]
fn each_part(
    finder: Option<&Finder>,
    text: &str,
    mut take: impl FnMut(Part) -> Result<(), TokenFailure>,
) -> Result<(), TokenFailure> {
    match finder {
        Some(finder) => finder.parts(text, take),
        None if text.is_empty() => Ok(()),
        None => take(Part::Text { start: 0, end: text.len() }),
    }
}

/// Where the original characters of a place end: where the first one that is not part of it begins.
fn after(origins: &[usize], place: &Range<usize>) -> usize {
    if place.is_empty() {
        return origins[place.start];
    }
    let last = origins[place.end - 1];
    origins[place.end..].iter().copied().find(|origin| *origin > last).unwrap_or(last)
}

fn refused(text: &str, start: usize, end: usize) -> TokenFailure {
    TokenFailure::SpecialInText { token: text[start..end].to_owned() }
}
