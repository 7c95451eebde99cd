//! The compiled character map of a model: longest match of a sequence of characters, and what stands for it.

use super::failure::SpmFailure;
use super::trie::Trie;

/// Rules from byte sequences to replacement strings.
#[derive(Debug, Clone)]
pub(crate) struct CharsMap {
    trie: Trie,
    /// Replacements, each ended by NUL.
    texts: String,
}

fn broken(what: &'static str) -> SpmFailure {
    SpmFailure::CharsMap { what }
}

impl CharsMap {
    /// Reads the blob of a model file; every replacement is checked here, so that lookups need not fail.
    pub(crate) fn read(blob: &[u8]) -> Result<Self, SpmFailure> {
        let (len, rest) = blob.split_first_chunk::<4>().ok_or_else(|| broken("is cut off"))?;
        let len = u32::from_le_bytes(*len) as usize;
        let (units, texts) = rest.split_at_checked(len).ok_or_else(|| broken("is cut off"))?;
        let (chunks, left) = units.as_chunks::<4>();
        if chunks.is_empty() || !left.is_empty() {
            return Err(broken("has a trie of broken length"));
        }
        let trie = Trie::from_units(chunks.iter().map(|unit| u32::from_le_bytes(*unit)).collect());
        let texts = std::str::from_utf8(texts).map_err(|_| broken("has replacements that are not UTF-8"))?;
        if !trie.values().all(|value| texts.get(value as usize..).is_some_and(|text| text.contains('\0'))) {
            return Err(broken("points outside its replacements"));
        }
        Ok(Self { trie, texts: texts.to_owned() })
    }

    /// Compiles rules, sorted by their different, non-empty keys.
    pub(crate) fn compile(rules: &[(String, String)]) -> Result<Self, SpmFailure> {
        let mut texts = String::new();
        let mut places = std::collections::BTreeMap::new();
        let mut keys = Vec::with_capacity(rules.len());
        for (key, text) in rules {
            let place = *places.entry(text).or_insert_with(|| {
                let place = texts.len() as u32;
                texts.push_str(text);
                texts.push('\0');
                place
            });
            keys.push((key.as_bytes(), place));
        }
        Ok(Self { trie: Trie::build_shared(&keys)?, texts })
    }

    /// The blob for a model file.
    pub(crate) fn write(&self) -> Vec<u8> {
        let units = self.trie.units();
        let mut blob = Vec::with_capacity(4 + units.len() * 4 + self.texts.len());
        blob.extend_from_slice(&(units.len() as u32 * 4).to_le_bytes());
        for unit in units {
            blob.extend_from_slice(&unit.to_le_bytes());
        }
        blob.extend_from_slice(self.texts.as_bytes());
        blob
    }

    /// The longest rule at the start of `text`: how many bytes it takes, and what stands for them.
    #[inline]
    pub(crate) fn longest(&self, text: &[u8]) -> Option<(usize, &str)> {
        let (len, value) = self.trie.longest(text)?;
        let text = self.texts.get(value as usize..)?;
        Some((len, text.split_once('\0').map_or(text, |(text, _)| text)))
    }

    /// Whether a rule may apply to `byte` when ASCII or nothing follows it.
    pub(crate) fn touches(&self, byte: u8) -> bool {
        match self.trie.step(self.trie.root(), byte) {
            None => false,
            Some((_, Some(_))) => true,
            Some((state, None)) => (0..0x80).any(|next| self.trie.step(state, next).is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> CharsMap {
        let rules = [("a", "b"), ("a\u{300}", "\u{e0}"), ("abc", ""), ("\u{3000}", " "), ("\u{3001}", " ")];
        let rules = rules.map(|(key, text)| (key.to_owned(), text.to_owned()));
        let mut rules = rules.to_vec();
        rules.sort();
        CharsMap::compile(&rules).unwrap()
    }

    #[test]
    fn the_longest_rule_wins_after_writing_and_reading() {
        let map = CharsMap::read(&map().write()).unwrap();
        let longest = |text: &str| map.longest(text.as_bytes()).map(|(len, made)| (len, made.to_owned()));
        assert_eq!(longest("abd"), Some((1, "b".to_owned())));
        assert_eq!(longest("abcd"), Some((3, String::new())));
        assert_eq!(longest("a\u{300}"), Some((3, "\u{e0}".to_owned())));
        assert_eq!(longest("\u{3001}\u{3000}"), Some((3, " ".to_owned())));
        assert_eq!(longest("\u{3002}"), None);
        assert_eq!(longest("b"), None);
        assert_eq!(longest("\0"), None);
        assert!(map.touches(b'a') && !map.touches(b'b') && !map.touches(0));
    }

    #[test]
    fn broken_blobs_are_refused() {
        let blob = map().write();
        for cut in [0, 3, 4, 100, blob.len() - 1] {
            assert!(CharsMap::read(&blob[..cut]).is_err(), "{cut}");
        }
        let mut odd = blob.clone();
        odd[0] += 1;
        assert!(CharsMap::read(&odd).is_err());
        let mut text = blob.clone();
        *text.last_mut().unwrap() = 0xFF;
        assert!(CharsMap::read(&text).is_err());
    }
}
