//! A tokenizer, whichever engine it runs on.

use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use gristmill_core::Failure;

use crate::added::{Finder, Part, Specials};
use crate::bpe::Memo;
use crate::failure::TokenFailure;
use crate::load::{LoadOptions, content, load};
use crate::native::Native;
use crate::spelling::Spelling;
use crate::spm::{Arithmetic, PieceKind, SpmModel, SpmTokenizer};
use crate::worker::Worker;

/// What runs a tokenizer.
pub(crate) enum Engine {
    Native(Box<Native>),
    SentencePiece(Box<SpmTokenizer>),
    Foreign { tokenizer: Box<tokenizers::Tokenizer>, reason: String, refused: Option<Finder> },
}

/// What runs a tokenizer, for people who wonder about its speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineInfo<'a> {
    /// `native` or `tokenizers`.
    pub engine: &'static str,
    /// Why it is not `native`.
    pub reason: Option<&'a str>,
}

/// Turns text into ids and ids into text. Shared between threads, each of which has its own [`Worker`].
pub struct Tokenizer {
    pub(crate) engine: Engine,
    pub(crate) spelling: Option<Spelling>,
    memos: Mutex<Vec<Memo>>,
}

impl Tokenizer {
    /// Loads a `tokenizer.json`, a tiktoken file of ranks, `vocab.json` beside `merges.txt`, a `.model` of
    /// `SentencePiece`, or a folder with one of them. Truncation and padding a file asks for are left out: they would hide lengths.
    ///
    /// # Errors
    /// `GM_TOKEN_UNREADABLE`, `GM_TOKEN_INVALID`, `GM_TOKEN_EMPTY_FOLDER`, `GM_TOKEN_NO_SPLIT`, `GM_TOKEN_BAD_SPLIT`.
    pub fn load(path: impl AsRef<Path>, options: &LoadOptions) -> Result<Self, Failure> {
        Ok(Self::of(load(path.as_ref(), options)?))
    }

    /// Loads the content of a `tokenizer.json`; `name` stands for it in messages.
    ///
    /// # Errors
    /// `GM_TOKEN_INVALID`.
    pub fn from_json(bytes: &[u8], name: &str, specials: Specials) -> Result<Self, Failure> {
        Ok(Self::of(content(bytes, name, specials)?))
    }

    /// Makes a `SentencePiece` model ready.
    ///
    /// # Errors
    /// `GM_SPM_MALFORMED` and its like.
    pub fn from_model(bytes: &[u8], arithmetic: Arithmetic) -> Result<Self, Failure> {
        let tokenizer = SpmTokenizer::new(SpmModel::read(bytes)?, arithmetic)?;
        Ok(Self::of(Engine::SentencePiece(Box::new(tokenizer))))
    }

    fn of(engine: Engine) -> Self {
        let spelling = match &engine {
            Engine::Native(native) => Some(Spelling::new(native)),
            Engine::SentencePiece(_) | Engine::Foreign { .. } => None,
        };
        Self { engine, spelling, memos: Mutex::new(Vec::new()) }
    }

    /// Which engine runs it, and why not our own.
    #[must_use]
    pub fn engine(&self) -> EngineInfo<'_> {
        match &self.engine {
            Engine::Native(_) | Engine::SentencePiece(_) => EngineInfo { engine: "native", reason: None },
            Engine::Foreign { reason, .. } => EngineInfo { engine: "tokenizers", reason: Some(reason) },
        }
    }

    /// One above the highest id.
    #[must_use]
    pub fn ids(&self) -> usize {
        match &self.engine {
            Engine::Native(native) => {
                let added = native.added.iter().map(|token| token.id as usize + 1).max().unwrap_or(0);
                native.bpe.vocab().ids().max(added)
            }
            Engine::SentencePiece(tokenizer) => tokenizer.model().pieces.len(),
            Engine::Foreign { tokenizer, .. } => {
                tokenizer.get_vocab(true).values().max().map_or(0, |id| *id as usize + 1)
            }
        }
    }

    /// A worker for this thread. What it learns is kept for the next one.
    #[must_use]
    pub fn worker(&self) -> Worker<'_> {
        let memo = self.memos.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Worker { tokenizer: self, memo: Some(memo.unwrap_or_else(Memo::new)), encoder: None }
    }

    pub(crate) fn give_back(&self, memo: Memo) {
        self.memos.lock().unwrap_or_else(PoisonError::into_inner).push(memo);
    }

    /// Appends the ids of a text; `special` adds those put around it, such as a begin token.
    ///
    /// # Errors
    /// `GM_TOKEN_ENCODE`, `GM_TOKEN_SPECIAL_IN_TEXT`.
    pub fn encode_into(&self, text: &str, special: bool, out: &mut Vec<u32>) -> Result<(), Failure> {
        self.worker().encode_into(text, special, out)
    }

    /// Number of tokens of a text.
    ///
    /// # Errors
    /// As [`Tokenizer::encode_into`].
    pub fn count(&self, text: &str, special: bool) -> Result<usize, Failure> {
        self.worker().count(text, special)
    }

    /// Appends ids and the bytes of the text each stands for.
    ///
    /// # Errors
    /// As [`Tokenizer::encode_into`].
    pub fn locate_into(
        &self,
        text: &str,
        special: bool,
        ids: &mut Vec<u32>,
        places: &mut Vec<Range<usize>>,
    ) -> Result<(), Failure> {
        self.worker().locate_into(text, special, ids, places)
    }

    /// The text of ids. Bytes that are no character are U+FFFD.
    ///
    /// # Errors
    /// `GM_TOKEN_UNKNOWN_ID`, `GM_TOKEN_DECODE`.
    pub fn decode(&self, ids: &[u32], skip_special: bool) -> Result<String, Failure> {
        match &self.engine {
            Engine::Native(_) => {
                let mut bytes = Vec::with_capacity(ids.len() * 4);
                for id in ids {
                    self.spell(*id, skip_special, &mut bytes)?;
                }
                Ok(String::from_utf8(bytes)
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
            }
            Engine::SentencePiece(tokenizer) => {
                if !skip_special {
                    return Ok(tokenizer.decode(ids)?);
                }
                let pieces = &tokenizer.model().pieces;
                let special =
                    |id: &u32| pieces.get(*id as usize).is_some_and(|piece| piece.kind == PieceKind::Unknown);
                let kept: Vec<u32> = ids.iter().copied().filter(|id| !special(id)).collect();
                Ok(tokenizer.decode(&kept)?)
            }
            Engine::Foreign { tokenizer, .. } => tokenizer
                .decode(ids, skip_special)
                .map_err(|error| TokenFailure::Decode { message: error.to_string() }.into()),
        }
    }

    pub(crate) fn spell(&self, id: u32, skip_special: bool, out: &mut Vec<u8>) -> Result<(), Failure> {
        if let (Engine::Native(native), Some(spelling)) = (&self.engine, &self.spelling)
            && !spelling.append(native, id, skip_special, out)
        {
            return Err(TokenFailure::UnknownId { id }.into());
        }
        Ok(())
    }
}

/// Refuses a text with the text of a special token in it.
pub(crate) fn refuse(refused: Option<&Finder>, text: &str) -> Result<(), TokenFailure> {
    let Some(finder) = refused else { return Ok(()) };
    finder.parts(text, |part| match part {
        Part::Refused { start, end } => {
            Err(TokenFailure::SpecialInText { token: text[start..end].to_owned() })
        }
        _ => Ok(()),
    })
}
