//! Check digits and checksums that tell a number from one that only looks like it.

use sha2::{Digest, Sha256};

/// Luhn's check digit of card numbers; other characters than digits are passed over.
pub fn luhn(number: &str) -> bool {
    let digits = number.bytes().rev().filter(u8::is_ascii_digit).map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(at, digit)| if at % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}

/// The four bytes at the end of a Base58 address, which are the start of a hash of the 21 before.
pub fn base58(address: &str) -> bool {
    const LETTERS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut number = [0_u8; 25];
    for byte in address.bytes() {
        let Some(mut carry) = LETTERS.iter().position(|&letter| letter == byte) else { return false };
        for place in number.iter_mut().rev() {
            carry += usize::from(*place) * 58;
            *place = (carry & 255) as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return false;
        }
    }
    let (body, check) = number.split_at(21);
    Sha256::digest(Sha256::digest(body)).starts_with(check)
}

/// The six letters at the end of a bech32 or bech32m address.
pub fn bech32(address: &str) -> bool {
    const LETTERS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let lower = address.to_ascii_lowercase();
    let Some((human, data)) = lower.rsplit_once('1') else { return false };
    let mut check = 1_u32;
    let mut take = |value: u32| {
        const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
        let top = check >> 25;
        check = (check & 0x1ff_ffff) << 5 ^ value;
        for (bit, generator) in GENERATOR.iter().enumerate() {
            check ^= if top >> bit & 1 == 1 { *generator } else { 0 };
        }
    };
    human.bytes().for_each(|byte| take(u32::from(byte) >> 5));
    take(0);
    human.bytes().for_each(|byte| take(u32::from(byte) & 31));
    for byte in data.bytes() {
        let Some(value) = LETTERS.iter().position(|&letter| letter == byte) else { return false };
        take(value as u32);
    }
    check == 1 || check == 0x2bc8_30a3
}

#[cfg(test)]
mod tests {
    use super::{base58, bech32, luhn};

    #[test]
    fn right_and_wrong_digits_are_told_apart() {
        assert!(luhn("4111 1111 1111 1111") && luhn("5555-5555-5555-4444"));
        assert!(!luhn("4111 1111 1111 1112"));
        assert!(base58("1BoatSLRHtKNngkdXEeobR76b53LETtpyT"));
        assert!(!base58("1BoatSLRHtKNngkdXEeobR76b53LETtpyU"));
        assert!(bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
        assert!(bech32("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"));
        assert!(!bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"));
    }
}
