//! Texts as sets of shingles: each run of so many tokens is one number, made by a rolling sum of token hashes.

use super::tokens::{TokenKind, fold, hash_tokens};

/// Odd, so that no token is lost however far back it stands.
const ROLL: u64 = 0xf135_7aea_2e62_a9c5;
const EXACT: [u64; 2] = [0x9fb2_1c65_1e98_df25, 0xc2b2_ae3d_27d4_eb4f];

/// Cuts texts into shingles; keeps its room from text to text.
pub struct Shingler {
    kind: TokenKind,
    size: usize,
    /// [`ROLL`] to the power of `size`: the weight of the token that leaves the window.
    leaving: u64,
    scratch: Vec<u8>,
    tokens: Vec<u64>,
    shingles: Vec<u64>,
    /// Both halves of a hash of the tokens in their order, where there is a shingle.
    order: [u64; 2],
}

impl Shingler {
    /// Shingles of `size` tokens.
    #[must_use]
    pub fn new(kind: TokenKind, size: usize) -> Self {
        let size = size.max(1);
        let leaving = (0..size).fold(1_u64, |power, _| power.wrapping_mul(ROLL));
        Self {
            kind,
            size,
            leaving,
            scratch: Vec::new(),
            tokens: Vec::new(),
            shingles: Vec::new(),
            order: EXACT,
        }
    }

    /// Takes in a text.
    pub fn read(&mut self, text: &str) {
        self.tokens.clear();
        hash_tokens(self.kind, text, &mut self.tokens);
        self.shingles.clear();
        if self.tokens.len() < self.size {
            return;
        }
        let leaving = self.leaving;
        let (first, rest) = self.tokens.split_at(self.size);
        let [mut high, mut low] = EXACT;
        let mut sum = 0_u64;
        for &token in first {
            sum = sum.wrapping_mul(ROLL).wrapping_add(token);
            high = high.wrapping_mul(EXACT[0]).wrapping_add(token);
            low = low.wrapping_mul(EXACT[1]).wrapping_add(token);
        }
        self.shingles.push(sum);
        // Three sums that wait for nothing but themselves, in one go.
        self.shingles.extend(rest.iter().zip(&self.tokens).map(|(&entering, &left)| {
            high = high.wrapping_mul(EXACT[0]).wrapping_add(entering);
            low = low.wrapping_mul(EXACT[1]).wrapping_add(entering);
            sum = sum.wrapping_mul(ROLL).wrapping_add(entering.wrapping_sub(left.wrapping_mul(leaving)));
            sum
        }));
        self.order = [high, low];
    }

    /// The shingles of the text, in its order, some of them several times; none where it has too few tokens.
    #[must_use]
    pub fn shingles(&self) -> &[u64] {
        &self.shingles
    }

    /// The shingles as a set: ascending, each once.
    pub fn set(&mut self) -> &[u64] {
        self.shingles.sort_unstable();
        self.shingles.dedup();
        &self.shingles
    }

    /// A key that texts share which are the same: the same tokens in the same order, or, where these are too few
    /// for a shingle, the same characters but for white space and, outside code, case.
    pub fn exact_key(&mut self, text: &str) -> u128 {
        if self.tokens.len() < self.size {
            self.scratch.clear();
            let mut room = [0; 4];
            for char in text.chars().filter(|char| !char.is_whitespace()) {
                if self.kind == TokenKind::Code {
                    self.scratch.extend_from_slice(char.encode_utf8(&mut room).as_bytes());
                } else {
                    for lower in char.to_lowercase() {
                        self.scratch.extend_from_slice(lower.encode_utf8(&mut room).as_bytes());
                    }
                }
            }
            return gristmill_core::hash128(&self.scratch);
        }
        let [high, low] = self.order;
        let count = self.tokens.len() as u64;
        u128::from(fold(high ^ count, EXACT[1])) << 64 | u128::from(fold(low ^ high, EXACT[0]))
    }
}

/// Size of what two ascending sets share over the size of what they hold together.
#[must_use]
pub fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0_usize);
    while i < a.len() && j < b.len() {
        let (left, right) = (a[i], b[j]);
        both += usize::from(left == right);
        i += usize::from(left <= right);
        j += usize::from(right <= left);
    }
    let all = a.len() + b.len() - both;
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::{Shingler, TokenKind, jaccard};

    fn set(size: usize, text: &str) -> Vec<u64> {
        let mut shingler = Shingler::new(TokenKind::Words, size);
        shingler.read(text);
        shingler.set().to_vec()
    }

    #[test]
    fn a_shingle_is_its_tokens_in_their_order_wherever_it_stands() {
        assert_eq!(set(3, "a b c"), set(3, "A, b; c!"));
        assert_ne!(set(3, "a b c"), set(3, "a c b"));
        let long = set(3, "x y a b c z");
        assert!(set(3, "a b c").iter().all(|s| long.contains(s)));
        assert_eq!(long.len(), 4);
        assert!(set(3, "a b").is_empty());
    }

    #[test]
    fn similarity_is_shared_over_all() {
        let texts = ("a b c d e f", "a b c d e g");
        assert!((jaccard(&set(5, texts.0), &set(5, texts.1)) - 1.0 / 3.0).abs() < 1e-12);
        assert!((jaccard(&set(5, "a a a a a a a"), &set(5, "a a a a a")) - 1.0).abs() < 1e-12);
        assert!(jaccard(&[], &[]) < 1e-12);
    }

    #[test]
    fn short_texts_are_the_same_by_their_characters() {
        let mut shingler = Shingler::new(TokenKind::Words, 5);
        let mut key = |text: &str| {
            shingler.read(text);
            shingler.exact_key(text)
        };
        assert_eq!(key("Hello  world"), key("hello\nWORLD"));
        assert_ne!(key("hello world"), key("hello, world"));
        assert_ne!(key("{}"), key("[]"));
        assert_eq!(key("one two three four five"), key("One, two: three four five."));
        assert_ne!(key("one two three four five"), key("one two three five four"));
        assert_ne!(key("a a a a a"), key("a a a a a a"));
    }
}
