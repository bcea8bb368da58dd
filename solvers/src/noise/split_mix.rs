//! [`SplitMix`]: many random words from one.

/// The odd number next to the golden ratio as a fraction of 2^64.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The random words that follow from a first one, by their number: a function without state, at a tenth of the cost of a block
/// of [`philox`](super::philox()).
///
/// SplitMix64 of Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014, figure 17.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    /// Word number `number`.
    #[inline(always)]
    pub(crate) fn word(self, number: u64) -> u64 {
        let z = self.0.wrapping_add(GAMMA.wrapping_mul(number.wrapping_add(1)));
        let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }
}

#[cfg(test)]
mod tests {
    use super::SplitMix;

    /// The first words of Vigna's splitmix64.c from the seed 1234567.
    #[test]
    fn known_answers() {
        let words = [0, 1, 2, 3, 4].map(|number| SplitMix(1_234_567).word(number));
        let known = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(words, known);
    }
}
