//! Case folding: what only differs in capitals becomes the same.

/// Folds characters. Those of the first plane, which is nearly all there is, are looked up.
pub struct CaseFold {
    /// For each character 0 where it stays, [`SEVERAL`], or what it becomes.
    plane: Vec<u32>,
}

const PLANE: u32 = 0x1_0000;
const SEVERAL: u32 = u32::MAX;
/// The one letter whose capital is another letter's.
const DOTLESS: char = 'ı';

/// Full case folding: small, capital, small again, so that letters with two small forms or a capital of several
/// letters meet as well.
fn fold_slowly(char: char, each: &mut impl FnMut(char)) {
    if char == DOTLESS {
        each(char);
        return;
    }
    for folded in char.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase) {
        each(folded);
    }
}

impl Default for CaseFold {
    fn default() -> Self {
        let mut plane = vec![0; PLANE as usize];
        for (code, entry) in (0_u32..).zip(&mut plane) {
            let Some(char) = char::from_u32(code) else { continue };
            let (mut count, mut last) = (0, char);
            fold_slowly(char, &mut |folded| {
                count += 1;
                last = folded;
            });
            if count > 1 {
                *entry = SEVERAL;
            } else if last != char {
                *entry = u32::from(last);
            }
        }
        Self { plane }
    }
}

impl CaseFold {
    /// Gives `each` what a character becomes: at least one character.
    pub fn fold(&self, char: char, each: &mut impl FnMut(char)) {
        match self.plane.get(u32::from(char) as usize) {
            Some(0) => each(char),
            Some(&SEVERAL) | None => fold_slowly(char, each),
            Some(&code) => each(char::from_u32(code).unwrap_or(char)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CaseFold;

    fn folded(text: &str) -> String {
        let case = CaseFold::default();
        let mut out = String::new();
        for char in text.chars() {
            case.fold(char, &mut |folded| out.push(folded));
        }
        out
    }

    #[test]
    fn letters_that_differ_in_case_alone_become_one() {
        for (a, b) in [("ABC_9", "abc_9"), ("Straße", "STRASSE"), ("ΟΔΟΣ", "οδος"), ("ſK", "sk"), ("ﬁ", "FI")]
        {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        assert_ne!(folded("ı"), folded("i"));
        assert_eq!(folded("漢字 ё"), folded("漢字 Ё"));
        assert_eq!(folded("𐐀"), folded("𐐨"));
    }
}
