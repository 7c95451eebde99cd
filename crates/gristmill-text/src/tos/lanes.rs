//! Kinds and letters of sixteen characters at once, with the instructions that every x86-64 processor has. The crate
//! that names them gives each as a safe function; elsewhere [`super::tables`] says the same.

use safe_arch::{
    bitand_m128i, bitor_m128i, byte_shl_imm_u128_m128i, byte_shr_imm_u128_m128i, cmp_eq_mask_i8_m128i,
    load_unaligned_m128i, m128i, min_u8_m128i, move_mask_i8_m128i, set_splat_i8_m128i, store_unaligned_m128i,
    sub_i8_m128i,
};

use super::kinds::{Kinds, LEET, LETTER, ROW, SIGN, SIGN_E, SIGNS};
use super::letters::{BREAK, DIGIT, letter_code};

/// How many characters there are.
const WIDTH: usize = 16;

/// Sixteen bytes; of a test, each is all ones or zero.
#[derive(Clone, Copy)]
struct Lanes(m128i);

impl Lanes {
    #[inline]
    fn of(bytes: &[u8; WIDTH]) -> Self {
        Self(load_unaligned_m128i(bytes))
    }

    #[inline]
    fn each(byte: u8) -> Self {
        Self(set_splat_i8_m128i(byte as i8))
    }

    #[inline]
    fn write(self, bytes: &mut [u8; WIDTH]) {
        store_unaligned_m128i(bytes, self.0);
    }

    #[inline]
    fn or(self, other: Self) -> Self {
        Self(bitor_m128i(self.0, other.0))
    }

    #[inline]
    fn and(self, other: Self) -> Self {
        Self(bitand_m128i(self.0, other.0))
    }

    /// Which bytes are alike.
    #[inline]
    fn same(self, other: Self) -> Self {
        Self(cmp_eq_mask_i8_m128i(self.0, other.0))
    }

    /// Which bytes are of a range.
    #[inline]
    fn within(self, first: u8, last: u8) -> Self {
        let from = sub_i8_m128i(self.0, Self::each(first).0);
        Self(cmp_eq_mask_i8_m128i(min_u8_m128i(from, Self::each(last - first).0), from))
    }

    /// Each byte one place on, the last of those before in the first place.
    #[inline]
    fn later(self, before: Self) -> Self {
        Self(bitor_m128i(byte_shl_imm_u128_m128i::<1>(self.0), byte_shr_imm_u128_m128i::<15>(before.0)))
    }

    /// The highest bit of each byte.
    #[inline]
    fn bits(self) -> u64 {
        u64::from(move_mask_i8_m128i(self.0) as u16)
    }
}

/// See [`Kinds::of`].
#[inline]
pub(super) fn kinds(row: &[u8; ROW], used: usize, codes: &mut [u8; ROW]) -> Kinds {
    let mut this = Kinds::default();
    let none = Lanes::each(0);
    let (mut before, mut ats, mut brackets) = (none, none, none);
    *codes = [BREAK; ROW];
    let lanes = row.as_chunks::<WIDTH>().0.iter().zip(codes.as_chunks_mut::<WIDTH>().0);
    for (at, (sixteen, codes)) in lanes.enumerate().take(used.div_ceil(WIDTH)) {
        let bytes = Lanes::of(sixteen);
        let is = |byte: u8| bytes.same(Lanes::each(byte));
        // Tells two bytes that differ in one bit only.
        let is_with = |bit: u8, byte: u8| bytes.or(Lanes::each(bit)).same(Lanes::each(byte));
        let small = bytes.or(Lanes::each(0x20));
        let letter = small.within(b'a', b'z');
        let digit = bytes.within(b'0', b'9');
        let mut code = small.and(Lanes::each(LETTER)).and(letter);
        let digits = digit.bits();
        if digits != 0 {
            code = code.or(digit_codes(bytes).and(digit));
        }
        code.write(codes);
        let plain = letter.or(digit);
        let repeated = code.same(code.later(before)).and(plain);
        before = code;

        let quote = is(b'\'');
        let marks = is(b'-').or(is_with(4, b'.')).or(is_with(1, b'_')).or(is_with(2, b'~')).or(quote);
        let (bang, sign_at) = (is(b'!'), is(b'@'));
        let signs = bang.or(sign_at).or(is(b'$')).or(is(b'+')).or(is(SIGN_E));
        ats = ats.or(sign_at);
        brackets = brackets.or(is(b'(')).or(is_with(0x20, b'{'));
        for (plane, lanes) in [
            (&mut this.colon, is(b':')),
            (&mut this.blank, is(b' ').or(is(b'\t'))),
            (&mut this.quote, quote),
            (&mut this.marks, marks),
            (&mut this.plain, plain),
            (&mut this.bang, bang),
            (&mut this.signs, signs),
            (&mut this.repeated, repeated),
        ] {
            *plane |= lanes.bits() << (at * WIDTH);
        }
        this.digit |= digits << (at * WIDTH);
    }
    this.word = this.plain | this.signs;
    this.at = ats.bits() != 0;
    this.bracket = brackets.bits() != 0;
    this
}

/// The codes of bytes that are digits.
#[inline]
fn digit_codes(bytes: Lanes) -> Lanes {
    let mut codes = Lanes::each(0);
    let mut leet = Lanes::each(0);
    for (digit, letter) in LEET {
        let is = bytes.same(Lanes::each(digit));
        codes = codes.or(is.and(Lanes::each(letter_code(letter))));
        leet = leet.or(is);
    }
    codes.or(leet.same(Lanes::each(0)).and(Lanes::each(DIGIT)))
}

/// See [`super::kinds::letters`].
#[inline]
pub(super) fn letters(text: &[u8; ROW], codes: &[u8; ROW], letters: &mut [u8; ROW]) -> (u64, u64) {
    let (mut some, mut again) = (0, 0);
    let mut before = Lanes::each(BREAK);
    let lanes = text.as_chunks::<WIDTH>().0.iter().zip(codes.as_chunks::<WIDTH>().0);
    for (at, ((text, codes), letters)) in lanes.zip(letters.as_chunks_mut::<WIDTH>().0).enumerate() {
        let bytes = Lanes::of(text);
        let entries = SIGNS.iter().fold(Lanes::of(codes), |codes, &(sign, letter)| {
            codes.or(bytes.same(Lanes::each(sign)).and(Lanes::each(letter_code(letter) | SIGN)))
        });
        entries.write(letters);
        let codes = entries.and(Lanes::each(LETTER));
        some |= (!codes.same(Lanes::each(BREAK)).bits() & 0xFFFF) << (at * WIDTH);
        again |= codes.same(codes.later(before)).bits() << (at * WIDTH);
        before = codes;
    }
    (some, again & some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tables;
    use super::{ROW, kinds, letters};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        /// Whatever the bytes, how many there are and where they lie.
        #[test]
        fn tables_say_the_same(
            text in prop::collection::vec(
                prop_oneof![any::<u8>(), 0..128_u8, prop::sample::select(&b"aAo069!@$+\x80.-' :([{^_|~"[..])],
                0..=ROW,
            ),
            at in 0..32_usize,
        ) {
            let mut room = [0; 2 * ROW];
            room[at..at + text.len()].copy_from_slice(&text);
            let mut quick_codes = [9; 2 * ROW];
            let mut quick_letters = [9; 2 * ROW];
            let (mut codes, mut all) = ([7; ROW], [7; ROW]);
            let row = room[at..].first_chunk().expect("room behind");
            let own_codes = quick_codes[at..].first_chunk_mut().expect("room behind");
            let own_letters = quick_letters[at..].first_chunk_mut().expect("room behind");
            prop_assert_eq!(
                kinds(row, text.len(), own_codes),
                tables::kinds(row, text.len(), &mut codes)
            );
            prop_assert_eq!(&*own_codes, &codes);
            prop_assert_eq!(letters(row, own_codes, own_letters), tables::letters(row, &codes, &mut all));
            prop_assert_eq!(&*own_letters, &all);
        }
    }
}
