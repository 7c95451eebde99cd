//! What people ask about a tokenizer before they use it.

use serde::Serialize;

use crate::spm::{ModelKind, PieceKind};
use crate::tokenizer::{Engine, Tokenizer};

/// A tokenizer in a few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Description {
    /// `native` or `tokenizers`.
    pub engine: String,
    /// Why it is not `native`.
    pub reason: Option<String>,
    /// `byte-level BPE`, or of `SentencePiece` `unigram`, `bpe`, `word` or `char`; nothing where it is not ours.
    pub model: Option<&'static str>,
    /// One above the highest id.
    pub ids: usize,
    /// Number of tokens; fewer than ids where ids leave holes.
    pub tokens: usize,
    /// Length of the longest token in bytes, where it is known.
    pub longest: Option<usize>,
    /// Tokens that are searched in the text before anything else, by id.
    pub added: Vec<AddedDescription>,
}

/// An added token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddedDescription {
    /// Its id.
    pub id: u32,
    /// Its text.
    pub content: String,
    /// Whether it is special; others are ordinary text that is kept whole.
    pub special: bool,
}

impl Tokenizer {
    /// Describes it.
    #[must_use]
    pub fn describe(&self) -> Description {
        let info = self.engine();
        let (tokens, longest, model, mut added) = match &self.engine {
            Engine::Native(native) => {
                let vocab = native.bpe.vocab();
                let beyond = native.added.iter().filter(|token| vocab.token(token.id).is_none()).count();
                let known = (0..vocab.ids() as u32).filter(|id| vocab.token(*id).is_some()).count();
                let added = native.added.iter().map(|token| AddedDescription {
                    id: token.id,
                    content: token.content.clone(),
                    special: token.special,
                });
                (known + beyond, Some(vocab.longest()), Some("byte-level BPE"), added.collect::<Vec<_>>())
            }
            Engine::SentencePiece(tokenizer) => {
                let pieces = &tokenizer.model().pieces;
                let own =
                    |kind| matches!(kind, PieceKind::Control | PieceKind::Unknown | PieceKind::UserDefined);
                let added = pieces.iter().zip(0..).filter(|(piece, _)| own(piece.kind));
                let added = added.map(|(piece, id)| AddedDescription {
                    id,
                    content: piece.text.clone(),
                    special: piece.kind != PieceKind::UserDefined,
                });
                let kind = match tokenizer.model().kind() {
                    Ok(ModelKind::Unigram) => Some("unigram"),
                    Ok(ModelKind::Bpe) => Some("bpe"),
                    Ok(ModelKind::Word) => Some("word"),
                    Ok(ModelKind::Char) => Some("char"),
                    Err(_) => None,
                };
                let longest = pieces.iter().map(|piece| piece.text.len()).max();
                (pieces.len(), longest, kind, added.collect())
            }
            Engine::Foreign { tokenizer, .. } => {
                let added = tokenizer.get_added_tokens_decoder().into_iter().map(|(id, token)| {
                    AddedDescription { id, content: token.content, special: token.special }
                });
                (tokenizer.get_vocab_size(true), None, None, added.collect())
            }
        };
        added.sort_unstable_by_key(|token| token.id);
        Description {
            engine: info.engine.to_owned(),
            reason: info.reason.map(ToOwned::to_owned),
            ids: self.ids(),
            tokens,
            longest,
            model,
            added,
        }
    }
}
