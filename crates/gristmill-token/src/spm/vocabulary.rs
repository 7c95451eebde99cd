//! The pieces of a model as encoders need them: one trie over what may match text, scores, special ids.

use std::collections::HashSet;

use super::failure::SpmFailure;
use super::model::{PieceKind, SpmModel};
use super::normalizer::SPACE;
use super::trie::Trie;

/// Where text may be cut into chunks that are split alone, because no piece crosses the border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Border {
    /// Before a run of spaces.
    BeforeSpace,
    /// After a run of spaces.
    AfterSpace,
    /// Nowhere.
    None,
}

/// Pieces that may match text, by their bytes.
#[derive(Debug, Clone)]
pub(crate) struct Vocabulary {
    pub(crate) trie: Trie,
    pub(crate) scores: Vec<f32>,
    pub(crate) kinds: Vec<PieceKind>,
    /// Bytes of each piece.
    pub(crate) lens: Vec<u32>,
    pub(crate) unk: u32,
    /// Ids of the 256 byte pieces, where unknown characters fall back to them.
    pub(crate) bytes: Option<Box<[u32; 256]>>,
    pub(crate) border: Border,
    pub(crate) any_unused: bool,
}

/// The byte that a byte piece stands for.
pub(crate) fn byte_of(text: &str) -> Option<u8> {
    let hex = text.strip_prefix("<0x")?.strip_suffix('>')?;
    if hex.len() == 2 { u8::from_str_radix(hex, 16).ok() } else { None }
}

impl Vocabulary {
    pub(crate) fn of(model: &SpmModel) -> Result<Self, SpmFailure> {
        let mut seen = HashSet::new();
        let mut keys: Vec<(&[u8], u32)> = Vec::new();
        let mut unk = None;
        let mut bytes = [None; 256];
        let (mut before, mut after) = (true, true);
        for (id, piece) in model.pieces.iter().enumerate() {
            let fault = |what| SpmFailure::Piece { id, what };
            if piece.text.is_empty() {
                return Err(fault("is empty"));
            }
            if !seen.insert(piece.text.as_str()) {
                return Err(fault("occurs twice"));
            }
            if !piece.score.is_finite() {
                return Err(fault("has a score that is no number"));
            }
            match piece.kind {
                PieceKind::Unknown => {
                    if unk.replace(id as u32).is_some() {
                        return Err(fault("is a second unknown piece"));
                    }
                }
                PieceKind::Byte => {
                    let byte = byte_of(&piece.text).ok_or_else(|| fault("is not the name of a byte"))?;
                    bytes[usize::from(byte)] = Some(id as u32);
                }
                PieceKind::Control => {}
                PieceKind::Normal | PieceKind::UserDefined | PieceKind::Unused => {
                    if piece.text.contains('\0') {
                        return Err(fault("holds NUL"));
                    }
                    let core = piece.text.trim_matches('\u{2581}');
                    before &= !core.contains(SPACE) && (core.is_empty() || !piece.text.ends_with(SPACE));
                    after &= !core.contains(SPACE) && (core.is_empty() || !piece.text.starts_with(SPACE));
                    keys.push((piece.text.as_bytes(), id as u32));
                }
            }
        }
        keys.sort_unstable();
        let unk = unk.ok_or(SpmFailure::Model { what: "has no unknown piece" })?;
        let bytes = if model.byte_fallback() {
            let mut ids = Box::new([0; 256]);
            for (id, byte) in ids.iter_mut().zip(bytes) {
                *id = byte.ok_or(SpmFailure::Model { what: "falls back to bytes but lacks a byte piece" })?;
            }
            Some(ids)
        } else {
            None
        };
        Ok(Self {
            trie: Trie::build(&keys)?,
            scores: model.pieces.iter().map(|piece| piece.score).collect(),
            kinds: model.pieces.iter().map(|piece| piece.kind).collect(),
            lens: model.pieces.iter().map(|piece| piece.text.len() as u32).collect(),
            unk,
            bytes,
            border: if before {
                Border::BeforeSpace
            } else if after {
                Border::AfterSpace
            } else {
                Border::None
            },
            any_unused: model.pieces.iter().any(|piece| piece.kind == PieceKind::Unused),
        })
    }

    /// The piece that is exactly `text`.
    #[inline]
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        let mut state = self.trie.root();
        let mut found = None;
        for &byte in text {
            (state, found) = self.trie.step(state, byte)?;
        }
        found
    }

    /// Length of the chunk at the start of `text`.
    #[inline]
    pub(crate) fn chunk(&self, text: &[u8]) -> usize {
        let space = SPACE.as_bytes();
        let spaces = |mut at: usize| {
            while text[at..].starts_with(space) {
                at += space.len();
            }
            at
        };
        let letters = |mut at: usize| loop {
            match memchr::memchr(space[0], &text[at..]) {
                None => return text.len(),
                Some(found) if text[at + found..].starts_with(space) => return at + found,
                Some(found) => at += found + 1,
            }
        };
        match self.border {
            Border::BeforeSpace => letters(spaces(0)),
            Border::AfterSpace => spaces(letters(0)),
            Border::None => text.len(),
        }
    }
}
