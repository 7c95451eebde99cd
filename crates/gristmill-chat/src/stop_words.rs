//! The English stop words of Snowball as Postgres 15 ships them: words that carry no search meaning.

/// Longest stop word in bytes.
const LONGEST: usize = 10;

/// Sorted, so that it can be searched.
const WORDS: [&str; 127] = [
    "a",
    "about",
    "above",
    "after",
    "again",
    "against",
    "all",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "can",
    "did",
    "do",
    "does",
    "doing",
    "don",
    "down",
    "during",
    "each",
    "few",
    "for",
    "from",
    "further",
    "had",
    "has",
    "have",
    "having",
    "he",
    "her",
    "here",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "itself",
    "just",
    "me",
    "more",
    "most",
    "my",
    "myself",
    "no",
    "nor",
    "not",
    "now",
    "of",
    "off",
    "on",
    "once",
    "only",
    "or",
    "other",
    "our",
    "ours",
    "ourselves",
    "out",
    "over",
    "own",
    "s",
    "same",
    "she",
    "should",
    "so",
    "some",
    "such",
    "t",
    "than",
    "that",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "through",
    "to",
    "too",
    "under",
    "until",
    "up",
    "very",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "whom",
    "why",
    "will",
    "with",
    "you",
    "your",
    "yours",
    "yourself",
    "yourselves",
];

/// Where the words of each first letter begin in the list; most words that are asked for share their first letter with
/// few of it.
const FIRST: [u8; 27] = {
    let mut first = [0_u8; 27];
    let mut i = 0;
    while i < WORDS.len() {
        first[(WORDS[i].as_bytes()[0] - b'a') as usize + 1] += 1;
        i += 1;
    }
    let mut letter = 0;
    while letter < 26 {
        first[letter + 1] += first[letter];
        letter += 1;
    }
    first
};

/// Whether an ASCII word is a stop word, in any case of its letters.
pub(crate) fn is_stop_word(word: &[u8]) -> bool {
    let Some(letter) = word.first().filter(|b| b.is_ascii_alphabetic()) else { return false };
    if word.len() > LONGEST {
        return false;
    }
    let letter = usize::from(letter.to_ascii_lowercase() - b'a');
    WORDS[FIRST[letter] as usize..FIRST[letter + 1] as usize]
        .iter()
        .any(|known| known.len() == word.len() && known.as_bytes().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::{WORDS, is_stop_word};

    #[test]
    fn the_list_is_sorted_and_every_word_is_found() {
        assert!(WORDS.is_sorted());
        assert!(WORDS.iter().all(|w| is_stop_word(w.to_ascii_uppercase().as_bytes())));
        assert!(!is_stop_word(b"yes") && !is_stop_word(b"themselvesx") && !is_stop_word(b""));
    }
}
