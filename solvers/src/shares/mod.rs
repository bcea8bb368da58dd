//! [`share`]: which part of a computation belongs to which process. Nothing in this folder needs MPI.

mod blocks;
mod outcome;

pub(crate) use blocks::{Blocks, total};
pub(crate) use outcome::{Failure, Outcome, pack, unpack};

use std::ops::Range;

/// The share of one rank in `items` things: a contiguous range; ranges follow each other in the order of the ranks and differ
/// in length by at most one. With more ranks than things the last ranks have none.
pub(crate) fn share(items: usize, rank: usize, ranks: usize) -> Range<usize> {
    let begin = |rank: usize| items / ranks * rank + rank.min(items % ranks);
    begin(rank)..begin(rank + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_everything_once_in_order_and_evenly() {
        for items in [0, 1, 2, 7, 200, 257, usize::MAX] {
            for ranks in [1, 2, 3, 7, 64, 300] {
                let shares: Vec<_> = (0..ranks).map(|rank| share(items, rank, ranks)).collect();
                assert_eq!((shares[0].start, shares[ranks - 1].end), (0, items));
                assert!(shares.windows(2).all(|pair| pair[0].end == pair[1].start), "{items} over {ranks}");
                let lengths = shares.iter().map(Range::len);
                assert!(lengths.clone().max().unwrap() - lengths.min().unwrap() <= 1, "{items} over {ranks}");
            }
        }
    }

    /// A term whose sum depends on the order of addition in its last bits; it fails where the sample is negative.
    fn term(sample: &f64) -> Result<(f64, nalgebra::DVector<f64>), String> {
        let slope = nalgebra::dvector![sample.sin() * 1e3, 1.0 / sample];
        if *sample < 0.0 { Err(format!("{sample} is negative")) } else { Ok((sample.exp().fract(), slope)) }
    }

    /// The sum as this many ranks compute it, what they hand on packed and read again.
    fn over(ranks: usize, samples: &[f64]) -> Result<(f64, nalgebra::DVector<f64>), Failure> {
        let blocks = Blocks::of(samples.len());
        let parts = (0..ranks).flat_map(|rank| {
            let mine = blocks.sums(share(blocks.count(), rank, ranks), samples, 2, term);
            unpack(&pack(&mine)).expect("what was packed")
        });
        total(parts, 2)
    }

    #[test]
    fn a_sum_has_the_same_bits_over_any_number_of_ranks() {
        for count in [0, 1, 5, 255, 256, 257, 1000] {
            let samples: Vec<f64> = (1..=count).map(|k| 0.37 * f64::from(k)).collect();
            let one = over(1, &samples).unwrap();
            let naive: f64 = samples.iter().map(|sample| term(sample).unwrap().0).sum();
            assert!((one.0 - naive).abs() <= 1e-12 * naive, "{count} samples: {} and {naive}", one.0);
            for ranks in [2, 3, 7, 300] {
                let many = over(ranks, &samples).unwrap();
                assert_eq!(one.0.to_bits(), many.0.to_bits(), "{count} samples over {ranks}");
                assert!(one.1.iter().zip(&many.1).all(|(a, b)| a.to_bits() == b.to_bits()));
            }
        }
    }

    #[test]
    fn of_several_failures_the_first_sample_counts() {
        let mut samples: Vec<f64> = (1..=700).map(f64::from).collect();
        samples[611] = -2.0;
        samples[333] = -1.0;
        for ranks in [1, 2, 5, 300] {
            let failure = over(ranks, &samples).unwrap_err();
            assert_eq!((failure.place, failure.message.as_str()), (333, "-1 is negative"), "{ranks} ranks");
        }
        let blocks = Blocks::of(3);
        let wrong = blocks.sums(0..3, &[1.0, 2.0, 3.0], 5, term);
        let message = "the slope has 2 elements, but x has 5: return one element for each of x";
        assert_eq!(total(wrong, 5).unwrap_err(), Failure { place: 0, message: message.into() });
    }
}
