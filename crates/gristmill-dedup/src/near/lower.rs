//! Which characters belong to words, and their lower case: looked up where a search would be a good part of the work.

use std::sync::LazyLock;

/// Codes in the table: the basic plane, where nearly all text is.
const CODES: u32 = 0x1_0000;
/// Mark of characters that the table does not answer for.
const ASK: u32 = u32::MAX;

/// For each character 0 if it belongs to no word, else the UTF-8 of its lower case, and the length of that above it.
static TABLE: LazyLock<Vec<u32>> =
    LazyLock::new(|| (0..CODES).map(|code| char::from_u32(code).map_or(0, entry)).collect());

fn entry(char: char) -> u32 {
    if !char.is_alphanumeric() {
        return 0;
    }
    let mut lower = char.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) if one.len_utf8() <= 3 => {
            let (bytes, length) = utf8(one);
            bytes as u32 | length << 24
        }
        _ => ASK,
    }
}

/// A character's UTF-8, first byte lowest, and its length.
pub fn utf8(char: char) -> (u64, u32) {
    let mut room = [0; 8];
    let length = char.encode_utf8(&mut room).len();
    (u64::from_le_bytes(room), length as u32)
}

/// The lower case of a character.
#[derive(Debug, PartialEq, Eq)]
pub enum Lower {
    /// It belongs to no word.
    None,
    /// One character: its UTF-8, first byte lowest, and its length.
    One(u64, u32),
    /// Several characters.
    Several,
}

impl Lower {
    /// What [`Lower::of`] looks into.
    pub fn table() -> &'static [u32] {
        &TABLE
    }

    /// That of a character.
    #[inline]
    pub fn of(table: &[u32], char: char) -> Self {
        match table.get(char as usize).copied().unwrap_or(ASK) {
            0 => Self::None,
            ASK => Self::search(char),
            known => Self::One(u64::from(known & 0xff_ffff), known >> 24),
        }
    }

    fn search(char: char) -> Self {
        if !char.is_alphanumeric() {
            return Self::None;
        }
        let mut lower = char.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(one), None) => {
                let (bytes, length) = utf8(one);
                Self::One(bytes, length)
            }
            _ => Self::Several,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lower;

    #[test]
    fn the_table_says_what_a_search_says() {
        let table = Lower::table();
        for char in ('\u{80}'..='\u{2ffff}').chain(['\u{e0001}', char::MAX]) {
            assert_eq!(Lower::of(table, char), Lower::search(char), "{char:?}");
        }
    }
}
