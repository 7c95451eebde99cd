//! A text as it is compared: case folded, runs of white space one blank, with the way back to where all stands.

use std::ops::Range;

use super::case::CaseFold;

/// Room for one text after the other.
#[derive(Default)]
pub struct Normal {
    text: String,
    /// For each byte of `text`, where the character it comes from begins; then the length of the original.
    origins: Vec<u32>,
}

impl Normal {
    /// Takes in a text, of less than 4 GB as all texts of a column are.
    pub fn read(&mut self, case: &CaseFold, original: &str) {
        self.text.clear();
        self.origins.clear();
        let mut blank = false;
        for (at, char) in original.char_indices() {
            if char.is_whitespace() {
                if !blank {
                    self.text.push(' ');
                }
                blank = true;
            } else {
                blank = false;
                if char.is_ascii() {
                    self.text.push(char.to_ascii_lowercase());
                } else {
                    case.fold(char, &mut |folded| self.text.push(folded));
                }
            }
            self.origins.resize(self.text.len(), at as u32);
        }
        self.origins.push(original.len() as u32);
    }

    /// The normal form.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a piece of the normal form that is not empty and does not end in a blank stands in the original.
    #[must_use]
    pub fn origin(&self, piece: Range<usize>) -> Range<usize> {
        let start = self.origins[piece.start];
        let last = self.origins[piece.end - 1];
        // A character may have become several, and the piece may end within them.
        let end = self.origins[piece.end..].iter().find(|&&origin| origin > last);
        start as usize..end.copied().unwrap_or(last) as usize
    }
}

/// The normal form of a text without white space at its ends.
#[must_use]
pub fn normal_form(case: &CaseFold, text: &str) -> String {
    let mut normal = Normal::default();
    normal.read(case, text.trim());
    normal.text
}

#[cfg(test)]
mod tests {
    use super::{CaseFold, Normal, normal_form};

    #[test]
    fn pieces_are_found_again_in_the_original() {
        let case = CaseFold::default();
        let original = " \tDie STRAẞE\u{a0}\n im ﬁlm";
        let mut normal = Normal::default();
        normal.read(&case, original);
        assert_eq!(normal.text(), " die strasse im film");
        let piece = |text: &str| {
            let start = normal.text().find(text).unwrap();
            &original[normal.origin(start..start + text.len())]
        };
        assert_eq!(piece("die strasse"), "Die STRAẞE");
        assert_eq!(piece("stras"), "STRAẞ");
        assert_eq!(piece("im f"), "im ﬁ");
        assert_eq!(piece("film"), "ﬁlm");
        assert_eq!(piece("strasse im"), "STRAẞE\u{a0}\n im");
        assert_eq!(normal_form(&case, "\n A  B \n"), "a b");
    }
}
