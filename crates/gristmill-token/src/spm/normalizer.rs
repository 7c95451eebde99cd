//! What happens to text before it is split: character map, white space, user-defined symbols.

use super::charsmap::CharsMap;
use super::failure::SpmFailure;
use super::model::{PieceKind, SpmModel};
use super::trie::Trie;

/// Stands for a space inside pieces.
pub(crate) const SPACE: &str = "\u{2581}";

/// Normalises text as the model's normalizer spec says.
#[derive(Debug, Clone)]
pub struct Normalizer {
    charsmap: Option<CharsMap>,
    user: Option<Trie>,
    add_dummy_prefix: bool,
    remove_extra: bool,
    suffix: bool,
    space: &'static str,
    /// ASCII bytes that stay as they are when ASCII or nothing follows.
    plain: [bool; 128],
}

/// Takes the text that is made, with the place in the original where each part came from.
trait Sink {
    fn put(&mut self, text: &str, from: usize);
    /// Puts text that stands for itself.
    fn put_run(&mut self, text: &str, from: usize);
    fn made(&self) -> &str;
    /// Drops all from byte `len` on; gives the place it came from, `end` where none is kept.
    fn cut(&mut self, len: usize, end: usize) -> usize;
}

impl Sink for String {
    #[inline]
    fn put(&mut self, text: &str, _: usize) {
        self.push_str(text);
    }

    #[inline]
    fn put_run(&mut self, text: &str, _: usize) {
        self.push_str(text);
    }

    fn made(&self) -> &str {
        self
    }

    fn cut(&mut self, len: usize, end: usize) -> usize {
        self.truncate(len);
        end
    }
}

/// Normalised text with, for every byte and for the end, its place in the original.
#[derive(Debug, Clone, Default)]
pub struct Aligned {
    /// The normalised text.
    pub text: String,
    /// One more than the text has bytes.
    pub places: Vec<usize>,
}

impl Sink for Aligned {
    fn put(&mut self, text: &str, from: usize) {
        self.text.push_str(text);
        self.places.resize(self.text.len(), from);
    }

    fn put_run(&mut self, text: &str, from: usize) {
        self.text.push_str(text);
        self.places.extend(from..from + text.len());
    }

    fn made(&self) -> &str {
        &self.text
    }

    fn cut(&mut self, len: usize, end: usize) -> usize {
        let place = self.places.get(len).copied().unwrap_or(end);
        self.text.truncate(len);
        self.places.truncate(len);
        place
    }
}

impl Normalizer {
    /// The normaliser of a model.
    pub fn of(model: &SpmModel) -> Result<Self, SpmFailure> {
        let blob = model.charsmap();
        let charsmap = if blob.is_empty() { None } else { Some(CharsMap::read(blob)?) };
        let mut keys: Vec<(&[u8], u32)> = model
            .pieces
            .iter()
            .filter(|piece| piece.kind == PieceKind::UserDefined)
            .map(|piece| (piece.text.as_bytes(), 0))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let user = if keys.is_empty() { None } else { Some(Trie::build(&keys)?) };
        let stays = |byte: u8| {
            !charsmap.as_ref().is_some_and(|map| map.touches(byte))
                && user.as_ref().is_none_or(|user| user.step(user.root(), byte).is_none())
        };
        let plain = std::array::from_fn(|byte| stays(byte as u8));
        Ok(Self {
            charsmap,
            user,
            add_dummy_prefix: model.add_dummy_prefix(),
            remove_extra: model.remove_extra_whitespaces(),
            suffix: model.whitespace_as_suffix(),
            space: if model.escape_whitespaces() { SPACE } else { " " },
            plain,
        })
    }

    /// Appends the normalised text to `out`, which must be empty.
    pub fn normalize(&self, text: &str, out: &mut String) {
        self.run(text, out);
    }

    /// The normalised text with places in the original.
    #[must_use]
    pub fn aligned(&self, text: &str) -> Aligned {
        let mut out = Aligned::default();
        let end = self.run(text, &mut out);
        out.places.push(end);
        out
    }

    /// What the character map puts for the start of `text`, and how many bytes it takes.
    pub(crate) fn mapped(&self, text: &str) -> Option<(usize, &str)> {
        self.charsmap.as_ref()?.longest(text.as_bytes())
    }

    /// Length of the user-defined symbol at the start of `text`.
    pub(crate) fn symbol(&self, text: &[u8]) -> Option<usize> {
        self.user.as_ref()?.longest(text).map(|(len, _)| len)
    }

    /// The next unit: what stands for it, and how many bytes it takes.
    #[inline]
    fn unit<'a>(&'a self, text: &'a str, at: usize) -> (&'a str, usize) {
        let bytes = &text.as_bytes()[at..];
        if let Some(len) = self.symbol(bytes)
            && let Some(symbol) = text.get(at..at + len)
        {
            return (symbol, len);
        }
        if let Some((len, made)) = self.charsmap.as_ref().and_then(|map| map.longest(bytes)) {
            return (made, len);
        }
        // A damaged map may end a match inside a character; what remains of it is malformed, byte by byte.
        match text.get(at..).and_then(|rest| rest.chars().next()) {
            Some(char) => (&text[at..at + char.len_utf8()], char.len_utf8()),
            None => ("\u{FFFD}", 1),
        }
    }

    fn run(&self, text: &str, out: &mut impl Sink) -> usize {
        let bytes = text.as_bytes();
        let mut at = 0;
        if self.remove_extra {
            while at < bytes.len() {
                let (made, len) = self.unit(text, at);
                if made != " " {
                    break;
                }
                at += len;
            }
        }
        if at == bytes.len() {
            return at;
        }
        if self.add_dummy_prefix && !self.suffix {
            out.put(self.space, at);
        }
        let mut after_space = self.remove_extra;
        while at < bytes.len() {
            let plain = self.plain_run(bytes, at);
            if plain > at {
                out.put_run(&text[at..plain], at);
                after_space = false;
                at = plain;
                continue;
            }
            if bytes[at] == b' '
                && self.plain[usize::from(b' ')]
                && bytes.get(at + 1).is_none_or(u8::is_ascii)
            {
                if !after_space {
                    out.put(self.space, at);
                    after_space = self.remove_extra;
                }
                at += 1;
                continue;
            }
            let (mut made, len) = self.unit(text, at);
            if after_space {
                made = made.trim_start_matches(' ');
            }
            if !made.is_empty() {
                let mut parts = made.split(' ');
                out.put(parts.next().unwrap_or_default(), at);
                for part in parts {
                    out.put(self.space, at);
                    out.put(part, at);
                }
                after_space = self.remove_extra && made.ends_with(' ');
            }
            at += len;
        }
        let mut end = at;
        if self.remove_extra {
            while out.made().ends_with(self.space) {
                let len = out.made().len() - self.space.len();
                end = out.cut(len, end);
            }
        }
        if self.add_dummy_prefix && self.suffix {
            out.put(self.space, end);
        }
        end
    }

    /// End of the run of bytes from `at` that stay as they are.
    #[inline]
    fn plain_run(&self, bytes: &[u8], at: usize) -> usize {
        let rest = &bytes[at..];
        let plain = |byte: u8| byte != b' ' && self.plain.get(usize::from(byte)).is_some_and(|plain| *plain);
        let len = rest.iter().position(|&byte| !plain(byte)).unwrap_or(rest.len());
        // What follows may join the last one.
        let joined = len > 0 && rest.get(len).is_some_and(|byte| !byte.is_ascii());
        at + len - usize::from(joined)
    }
}
