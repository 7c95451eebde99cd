//! A model made ready to split text.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::bpe::Merging;
use super::cache::{Cache, Key};
use super::charsmap::CharsMap;
use super::failure::SpmFailure;
use super::model::{ModelKind, SpmModel};
use super::normalizer::Normalizer;
use super::unigram::{Arithmetic, Node, Token, Unigram, char_len};
use super::vocabulary::Vocabulary;

/// Splits text as the reference does.
#[derive(Debug, Clone)]
pub struct SpmTokenizer {
    pub(crate) model: SpmModel,
    pub(crate) normalizer: Normalizer,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) denormalizer: Option<CharsMap>,
    pub(crate) unk_surface: String,
    engine: Engine,
    known: Known,
}

/// What encoders have learned and left behind, for the next ones.
#[derive(Debug, Default)]
struct Known(Mutex<Vec<Cache>>);

impl Known {
    /// Left behind at most, whatever the number of encoders.
    const MOST: usize = 64;

    fn caches(&self) -> MutexGuard<'_, Vec<Cache>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for Known {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[derive(Debug, Clone)]
enum Engine {
    Unigram(Unigram),
    Bpe,
    Word,
    Char,
}

/// A token and the bytes of the original text it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The token.
    pub id: u32,
    /// First byte of the original text.
    pub start: usize,
    /// End in the original text; all bytes of a character but the last one have an empty span.
    pub end: usize,
}

impl SpmTokenizer {
    /// Reads the bytes of a `.model` file; arithmetic as current releases have it.
    pub fn read(bytes: &[u8]) -> Result<Self, SpmFailure> {
        Self::new(SpmModel::read(bytes)?, Arithmetic::default())
    }

    /// Makes a model ready.
    pub fn new(model: SpmModel, arithmetic: Arithmetic) -> Result<Self, SpmFailure> {
        let vocabulary = Vocabulary::of(&model)?;
        let engine = match model.kind()? {
            ModelKind::Unigram => {
                Engine::Unigram(Unigram::of(&vocabulary, arithmetic, |id| model.pieces[id].text.as_str()))
            }
            ModelKind::Bpe => Engine::Bpe,
            ModelKind::Word => Engine::Word,
            ModelKind::Char => Engine::Char,
        };
        let denormalizer = model.denormalizer_charsmap();
        let denormalizer = if denormalizer.is_empty() { None } else { Some(CharsMap::read(denormalizer)?) };
        Ok(Self {
            normalizer: Normalizer::of(&model)?,
            unk_surface: model.unk_surface()?.to_owned(),
            vocabulary,
            denormalizer,
            engine,
            known: Known::default(),
            model,
        })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &SpmModel {
        &self.model
    }

    /// The normaliser.
    #[must_use]
    pub fn normalizer(&self) -> &Normalizer {
        &self.normalizer
    }

    /// An encoder for one thread; it goes on with what an earlier one has learned.
    #[must_use]
    pub fn encoder(&self) -> Encoder<'_> {
        Encoder {
            tokenizer: self,
            text: String::new(),
            nodes: Vec::new(),
            margins: Vec::new(),
            merging: Merging::default(),
            found: Vec::new(),
            cache: self.known.caches().pop().unwrap_or_default(),
        }
    }
}

/// Encodes texts one after another; what it remembers changes its speed, never its answer.
#[derive(Debug)]
pub struct Encoder<'t> {
    tokenizer: &'t SpmTokenizer,
    text: String,
    nodes: Vec<Node>,
    margins: Vec<[f64; 2]>,
    merging: Merging,
    found: Vec<Token>,
    cache: Cache,
}

impl Drop for Encoder<'_> {
    fn drop(&mut self) {
        let mut caches = self.tokenizer.known.caches();
        if caches.len() < Known::MOST {
            caches.push(std::mem::take(&mut self.cache));
        }
    }
}

impl Encoder<'_> {
    /// Appends the ids of `text`.
    pub fn encode(&mut self, text: &str, ids: &mut Vec<u32>) {
        self.normalized(text, |id, _, _| ids.push(id));
    }

    /// Appends the ids of text that is normalised already.
    pub(crate) fn encode_normalized(&mut self, normalized: &str, ids: &mut Vec<u32>) {
        self.run(normalized, |id, _, _| ids.push(id));
    }

    /// How many ids `text` has.
    pub fn count(&mut self, text: &str) -> usize {
        let mut count = 0;
        self.normalized(text, |_, _, _| count += 1);
        count
    }

    /// The tokens of `text` with their places in it.
    pub fn spans(&mut self, text: &str) -> Vec<Span> {
        let aligned = self.tokenizer.normalizer.aligned(text);
        let mut spans = Vec::new();
        self.run(&aligned.text, |id, start, end| {
            spans.push(Span { id, start: aligned.places[start], end: aligned.places[end] });
        });
        spans
    }

    /// The pieces of `text`: those of the vocabulary, and for unknown text the text itself.
    pub fn pieces(&mut self, text: &str) -> Vec<String> {
        let mut normalized = String::new();
        self.tokenizer.normalizer.normalize(text, &mut normalized);
        let tokenizer = self.tokenizer;
        let mut pieces = Vec::new();
        self.run(&normalized, |id, start, end| {
            let piece = if id == tokenizer.vocabulary.unk {
                &normalized[start..end]
            } else {
                &tokenizer.model.pieces[id as usize].text
            };
            pieces.push(piece.to_owned());
        });
        pieces
    }

    fn normalized(&mut self, text: &str, emit: impl FnMut(u32, usize, usize)) {
        let mut normalized = std::mem::take(&mut self.text);
        normalized.clear();
        self.tokenizer.normalizer.normalize(text, &mut normalized);
        self.run(&normalized, emit);
        self.text = normalized;
    }

    /// Calls `emit` with id, start and end for all tokens of normalised text.
    fn run(&mut self, normalized: &str, emit: impl FnMut(u32, usize, usize)) {
        let text = normalized.as_bytes();
        let vocabulary = &self.tokenizer.vocabulary;
        let mut out = Emitter { vocabulary, text, at: 0, unknown: None, emit };
        let mut score = 0.0f32;
        while out.at < text.len() {
            let rest = &text[out.at..];
            let chunk = &rest[..vocabulary.chunk(rest)];
            let unigram = match &self.tokenizer.engine {
                Engine::Unigram(unigram) => Some(unigram),
                _ => None,
            };
            if let Some(unigram) = unigram {
                score = unigram.before(score);
            }
            let key = Key::of(rest, chunk.len());
            let entry = key.as_ref().and_then(|key| self.cache.get(key));
            if let Some(entry) = entry
                && -score <= entry.limit
            {
                score = entry.after(score);
                out.known(entry.ids(), chunk.len());
                continue;
            }
            let (new, wanted) = (entry.is_none(), entry.is_none_or(|entry| entry.extensible));
            self.found.clear();
            let after = self.segment(chunk, score);
            let known = self.found.iter().all(|token| token.id != vocabulary.unk);
            let mut limit = f32::INFINITY;
            let mut extensible = false;
            if let (Some(unigram), true) = (unigram, wanted && known && key.is_some()) {
                limit = unigram.exact_below(chunk.len());
                extensible = new && -score <= limit;
                if !extensible {
                    limit = limit.max(unigram.reusable_below(vocabulary, chunk, &mut self.margins));
                }
            }
            // Where even the sum so far is too large, the segmentation just found holds here only.
            if let (true, true, Some(key)) = (wanted && known, -score <= limit, key) {
                self.cache.put(&key, &self.found, limit, extensible);
            }
            score = after;
            out.tokens(&self.found, known);
        }
        out.flush();
    }

    /// Finds the tokens of a chunk; gives the sum after it.
    fn segment(&mut self, chunk: &[u8], score: f32) -> f32 {
        let Self { tokenizer, nodes, merging, found, .. } = self;
        let vocabulary = &tokenizer.vocabulary;
        let mut whole = |text: &[u8]| {
            let id = vocabulary.find(text).unwrap_or(vocabulary.unk);
            found.push(Token { id, len: text.len() as u32, score: 0.0 });
        };
        match &tokenizer.engine {
            Engine::Unigram(unigram) => return unigram.segment(vocabulary, chunk, score, nodes, found),
            Engine::Bpe => merging.segment(vocabulary, &tokenizer.normalizer, chunk, found),
            Engine::Word => {
                let space = super::normalizer::SPACE.as_bytes();
                let mut start = 0;
                for at in 1..chunk.len() {
                    if chunk[at..].starts_with(space) {
                        whole(&chunk[start..at]);
                        start = at;
                    }
                }
                whole(&chunk[start..]);
            }
            Engine::Char => {
                let mut rest = chunk;
                while let Some(&byte) = rest.first() {
                    let symbol = tokenizer.normalizer.symbol(rest);
                    let (char, after) =
                        rest.split_at(symbol.unwrap_or_else(|| char_len(byte).min(rest.len())));
                    whole(char);
                    rest = after;
                }
            }
        }
        score
    }
}

/// Joins unknown characters or turns them into bytes.
struct Emitter<'a, F> {
    vocabulary: &'a Vocabulary,
    text: &'a [u8],
    at: usize,
    unknown: Option<(usize, usize)>,
    emit: F,
}

impl<F: FnMut(u32, usize, usize)> Emitter<'_, F> {
    /// Emits known tokens that make up the next `len` bytes.
    #[inline]
    fn known(&mut self, ids: &[u32], len: usize) {
        self.flush();
        let mut start = self.at;
        for &id in ids {
            let end = start + self.vocabulary.lens.get(id as usize).map_or(0, |len| *len as usize);
            (self.emit)(id, start, end);
            start = end;
        }
        self.at += len;
    }

    #[inline]
    fn tokens(&mut self, tokens: &[Token], known: bool) {
        if known && self.unknown.is_none() {
            for token in tokens {
                let start = self.at;
                self.at += token.len as usize;
                (self.emit)(token.id, start, self.at);
            }
            return;
        }
        for token in tokens {
            let start = self.at;
            self.at += token.len as usize;
            if token.id != self.vocabulary.unk {
                self.flush();
                (self.emit)(token.id, start, self.at);
            } else if let Some(ids) = &self.vocabulary.bytes {
                for at in start..self.at {
                    let end = if at + 1 == self.at { self.at } else { start };
                    (self.emit)(ids[usize::from(self.text[at])], start, end);
                }
            } else {
                self.unknown = Some((self.unknown.map_or(start, |(start, _)| start), self.at));
            }
        }
    }

    fn flush(&mut self) {
        if let Some((start, end)) = self.unknown.take() {
            (self.emit)(self.vocabulary.unk, start, end);
        }
    }
}
