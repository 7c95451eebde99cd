//! Unicode normal forms, as the tokenizers that ask for them know them: their tables are older than today's, so the
//! same tables are used here. Text that is in the form already is not copied.

use std::borrow::Cow;

use unicode_normalization_alignments::{UnicodeNormalization, is_nfc, is_nfd, is_nfkc, is_nfkd};

/// A normal form, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    None,
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

impl Form {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "NFC" => Self::Nfc,
            "NFD" => Self::Nfd,
            "NFKC" => Self::Nfkc,
            "NFKD" => Self::Nfkd,
            _ => return None,
        })
    }

    fn has(self, text: &str) -> bool {
        self == Self::None
            || text.is_ascii()
            || match self {
                Self::None => true,
                Self::Nfc => is_nfc(text),
                Self::Nfd => is_nfd(text),
                Self::Nfkc => is_nfkc(text),
                Self::Nfkd => is_nfkd(text),
            }
    }

    /// The text in this form.
    pub(crate) fn of(self, text: &str) -> Cow<'_, str> {
        if self.has(text) {
            return Cow::Borrowed(text);
        }
        let mut normal = String::with_capacity(text.len());
        self.each(text, |c, _| normal.push(c));
        Cow::Owned(normal)
    }

    /// For every byte of the text in this form, and its end: where the original character begins. Nothing if the
    /// text is in the form already.
    pub(crate) fn origins(self, text: &str) -> Option<Vec<usize>> {
        if self.has(text) {
            return None;
        }
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (mut origins, mut read) = (Vec::with_capacity(text.len() + 1), 0_usize);
        self.each(text, |c, change| {
            // One character more than was read: it belongs to the one before. Fewer: those behind were swallowed.
            let origin = if change > 0 { read.saturating_sub(1) } else { read };
            if change <= 0 {
                read += 1 + change.unsigned_abs();
            }
            origins.extend(std::iter::repeat_n(starts[origin.min(starts.len() - 1)], c.len_utf8()));
        });
        origins.push(text.len());
        Some(origins)
    }

    fn each(self, text: &str, mut take: impl FnMut(char, isize)) {
        match self {
            Self::None => text.chars().for_each(|c| take(c, 0)),
            Self::Nfc => text.nfc().for_each(|(c, change)| take(c, change)),
            Self::Nfd => text.nfd().for_each(|(c, change)| take(c, change)),
            Self::Nfkc => text.nfkc().for_each(|(c, change)| take(c, change)),
            Self::Nfkd => text.nfkd().for_each(|(c, change)| take(c, change)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn only_text_that_is_not_in_the_form_is_copied() {
        assert!(matches!(Form::Nfc.of("é plain"), std::borrow::Cow::Borrowed(_)));
        assert_eq!(Form::Nfc.of("e\u{301}x"), "éx");
        assert_eq!(Form::Nfkc.of("ﬁ"), "fi");
        assert_eq!(Form::None.of("e\u{301}"), "e\u{301}");
    }

    #[test]
    fn every_byte_knows_where_it_comes_from() {
        assert_eq!(Form::Nfc.origins("ae\u{301}x"), Some(vec![0, 1, 1, 4, 5]));
        assert_eq!(Form::Nfkc.origins("ﬁx"), Some(vec![0, 0, 3, 4]));
        assert_eq!(Form::Nfc.origins("plain"), None);
    }
}
