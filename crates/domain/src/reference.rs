//! Our reference for a booking: random, so that a restored backup can never use one again.

/// What every reference of ours begins with.
pub const PREFIX: &str = "AP";
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const RANDOM_CHARACTERS: usize = 26;

/// A reference from random bytes: `AP` and 26 base32 characters (130 bits, of which the last two
/// are zero). Takes 17 bytes.
#[must_use]
pub fn from_random(bytes: &[u8; 17]) -> String {
    let mut out = String::with_capacity(PREFIX.len() + RANDOM_CHARACTERS);
    out.push_str(PREFIX);
    for position in 0..RANDOM_CHARACTERS {
        let bit = position * 5;
        let window =
            (u16::from(bytes[bit / 8]) << 8) | u16::from(*bytes.get(bit / 8 + 1).unwrap_or(&0));
        let index = (window >> (11 - bit % 8)) & 31;
        out.push(char::from(LETTERS[usize::from(index)]));
    }
    out
}

/// Does this text have the form of a reference of ours?
#[must_use]
pub fn is_ours(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|rest| {
        rest.len() == RANDOM_CHARACTERS && rest.bytes().all(|b| LETTERS.contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_28_letters_and_digits_and_recognised() {
        let mut bytes = [0xA5; 17];
        bytes[16] = 0xFF;
        let reference = from_random(&bytes);
        assert_eq!(reference.len(), 28);
        assert!(is_ours(&reference));
        assert!(!is_ours("AP123"));
        assert!(!is_ours(&reference.to_lowercase()));
    }

    #[test]
    fn every_random_bit_up_to_130_changes_the_reference() {
        let zero = from_random(&[0; 17]);
        for bit in 0..130 {
            let mut bytes = [0; 17];
            bytes[bit / 8] |= 0x80 >> (bit % 8);
            assert_ne!(from_random(&bytes), zero, "bit {bit}");
        }
    }
}
