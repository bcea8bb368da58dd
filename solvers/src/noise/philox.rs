//! [`philox`]: random bits as a function of an address.

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// The golden ratio and the square root of 3 less 1, as fractions of 2^32.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// The block of 128 random bits with the number `counter` in the stream `key`: Philox4x32-10 of Salmon, Moraes, Dror and
/// Shaw, Parallel random numbers: as easy as 1, 2, 3 (SC11, 2011), section 3.3.
///
/// It is a bijection of the counters for each key, without state: any block of any stream costs the same.
///
/// ```
/// // A known answer of the authors' library Random123.
/// let block = costate_solvers::philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]);
/// assert_eq!(block, [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
/// ```
#[inline]
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let [low, high] = [0, 1].map(|half| u64::from(MULTIPLIERS[half]) * u64::from(counter[2 * half]));
        counter = [
            (high >> 32) as u32 ^ counter[1] ^ key[0],
            high as u32,
            (low >> 32) as u32 ^ counter[3] ^ key[1],
            low as u32,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// The random bits of one dimension of one path: a pure function of a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stream {
    key: [u32; 2],
    salt: [u32; 2],
}

impl Stream {
    /// Paths and dimensions get keys of their own, by one block of the seed's stream; its other half enters the counter, so
    /// that two streams differ unless all 128 bits agree.
    pub(crate) fn new(seed: u64, path: u64, dimension: u32) -> Stream {
        let block = philox([path as u32, (path >> 32) as u32, dimension, 0], [seed as u32, (seed >> 32) as u32]);
        Stream { key: [block[0], block[1]], salt: [block[2], block[3]] }
    }

    /// The two words of each of `N` blocks in a row: first words, then second words. With the widest instructions that are found
    /// where the program runs: whole numbers have the same bits with any.
    #[inline]
    pub(crate) fn words_in_a_row<const N: usize>(&self, first: i64) -> [[u64; N]; 2] {
        #[cfg(target_arch = "x86_64")]
        if const { N >= 4 } && std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has the instructions.
            return unsafe { self.words_wide(first) };
        }
        self.words_of_any_width(first)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn words_wide<const N: usize>(&self, first: i64) -> [[u64; N]; 2] {
        self.words_of_any_width(first)
    }

    #[inline(always)]
    fn words_of_any_width<const N: usize>(&self, first: i64) -> [[u64; N]; 2] {
        let mut words = [[0; N]; 2];
        for k in 0..N {
            let block = first + k as i64;
            let counter =
                [0, 0, u64::from(block as u32 ^ self.salt[0]), u64::from((block >> 32) as u32 ^ self.salt[1])];
            [words[0][k], words[1][k]] = self.block(counter);
        }
        words
    }

    /// A block of [`philox`], written so that a loop over blocks becomes one over vectors of them.
    ///
    /// A counter is the lower half of its number, and what stands above it does not matter: so the products of vectors of
    /// 32-bit numbers can be taken without moving anything.
    #[inline(always)]
    fn block(&self, [mut a, mut b, mut c, mut d]: [u64; 4]) -> [u64; 2] {
        const LOWER: u64 = 0xffff_ffff;
        let mut key = self.key;
        for _ in 0..ROUNDS {
            let low = u64::from(MULTIPLIERS[0]) * (a & LOWER);
            let high = u64::from(MULTIPLIERS[1]) * (c & LOWER);
            a = high >> 32 ^ b ^ u64::from(key[0]);
            b = high;
            c = low >> 32 ^ d ^ u64::from(key[1]);
            d = low;
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        [a & LOWER | b << 32, c & LOWER | d << 32]
    }

    /// The two words at a position: a cell, and a number in it.
    #[inline(always)]
    pub(crate) fn words(&self, cell: i64, number: u64) -> [u64; 2] {
        let counter =
            [number as u32, (number >> 32) as u32, cell as u32 ^ self.salt[0], (cell >> 32) as u32 ^ self.salt[1]];
        let block = philox(counter, self.key);
        [0, 2].map(|half| u64::from(block[half]) | u64::from(block[half + 1]) << 32)
    }
}

#[cfg(test)]
mod tests {
    use super::{Stream, philox};

    /// The file `kat_vectors` of Random123 1.09.
    #[test]
    fn known_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    }

    /// Blocks in a row are those of [`philox`], with whatever instructions they were computed.
    #[test]
    fn rows_of_blocks() {
        let stream = Stream::new(7, 3, 1);
        for first in [-5, 0, 1 << 33] {
            let row = stream.words_in_a_row::<8>(first);
            assert_eq!(row, stream.words_of_any_width::<8>(first));
            for k in 0..8 {
                assert_eq!([row[0][k], row[1][k]], stream.words(first + k as i64, 0));
            }
        }
    }
}
