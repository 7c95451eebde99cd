//! The printable characters that stand for bytes in the files of byte-level tokenizers.

/// The byte a character stands for. Printable bytes stand for themselves; the others, in order, are U+0100 and up.
pub(crate) fn byte_of(c: char) -> Option<u8> {
    match u32::from(c) {
        code @ (0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF) => Some(code as u8),
        code @ 0x100..=0x120 => Some((code - 0x100) as u8),
        code @ 0x121..=0x142 => Some((code - 0x121 + 0x7F) as u8),
        0x143 => Some(0xAD),
        _ => None,
    }
}

/// The character that stands for a byte.
pub(crate) fn char_of(byte: u8) -> char {
    let code = match byte {
        0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF => u32::from(byte),
        0..=0x20 => 0x100 + u32::from(byte),
        0x7F..=0xA0 => 0x121 + u32::from(byte) - 0x7F,
        0xAD => 0x143,
    };
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The bytes a token's text stands for; nothing if one of its characters stands for none.
pub(crate) fn bytes_of(token: &str) -> Option<Vec<u8>> {
    token.chars().map(byte_of).collect()
}

#[cfg(test)]
mod tests {
    use super::{byte_of, bytes_of, char_of};

    #[test]
    fn bytes_and_characters_answer_each_other() {
        for byte in 0..=255 {
            assert_eq!(byte_of(char_of(byte)), Some(byte));
        }
        assert_eq!((char_of(b' '), char_of(b'\n'), char_of(0x7F), char_of(0xAD)), ('Ġ', 'Ċ', 'ġ', 'Ń'));
        assert_eq!(bytes_of("Ġa"), Some(b" a".to_vec()));
        assert_eq!((bytes_of("a b"), byte_of('Ņ')), (None, None));
    }
}
