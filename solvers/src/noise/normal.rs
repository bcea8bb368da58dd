//! Normal numbers from random bits: the ziggurat.
//!
//! Marsaglia and Tsang, The ziggurat method for generating random variables, Journal of Statistical Software 5 (8), 2000,
//! with 256 layers, and one word of 64 bits for the layer and the number. All arithmetic, that of the tables included, is
//! our own: the same bits on every platform, whatever its library of elementary functions.

use super::split_mix::SplitMix;

const LAYERS: usize = 256;
/// Where the tail begins, and the area of every layer.
const TAIL: f64 = 3.654_152_885_361_009;
const AREA: f64 = 0.004_928_673_233_974_658;

/// Right ends of the layers, and the density there.
struct Tables {
    x: [f64; LAYERS + 1],
    density: [f64; LAYERS + 1],
}

static TABLES: Tables = tables();

const fn tables() -> Tables {
    let mut tables = Tables { x: [0.0; LAYERS + 1], density: [1.0; LAYERS + 1] };
    tables.x[0] = AREA / density(TAIL);
    tables.density[0] = density(tables.x[0]);
    tables.x[1] = TAIL;
    tables.density[1] = density(TAIL);
    let mut layer = 1;
    while layer < LAYERS - 1 {
        tables.density[layer + 1] = tables.density[layer] + AREA / tables.x[layer];
        tables.x[layer + 1] = sqrt(-2.0 * ln(tables.density[layer + 1]));
        layer += 1;
    }
    tables
}

const fn density(x: f64) -> f64 {
    exp(-0.5 * x * x)
}

/// For `-40 < x <= 0`: the reciprocal of `exp(-x)`, by a series for a small part of the argument, squared again and again.
const fn exp(x: f64) -> f64 {
    let small = -x / 1024.0;
    let (mut term, mut sum, mut k) = (1.0, 0.0, 1);
    while k < 12 {
        term *= small / k as f64;
        sum += term;
        k += 1;
    }
    // exp(2 s) - 1 = (exp(s) - 1) (exp(s) + 1) keeps the digits that exp(s) would lose.
    let mut squarings = 0;
    while squarings < 10 {
        sum *= 2.0 + sum;
        squarings += 1;
    }
    1.0 / (1.0 + sum)
}

/// For `0 < x <= 1`: by the exponent, and an odd series for the rest.
const fn ln(x: f64) -> f64 {
    let (mut mantissa, mut exponent) = (x, 0.0);
    while mantissa < std::f64::consts::FRAC_1_SQRT_2 {
        mantissa *= 2.0;
        exponent -= 1.0;
    }
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let (square, mut power, mut sum, mut k) = (ratio * ratio, ratio, 0.0, 1);
    while k < 30 {
        sum += power / k as f64;
        power *= square;
        k += 2;
    }
    2.0 * sum + exponent * std::f64::consts::LN_2
}

/// For numbers near 1, by Newton's iteration.
const fn sqrt(x: f64) -> f64 {
    let (mut root, mut k) = (if x > 1.0 { x } else { 1.0 }, 0);
    while k < 60 {
        root = 0.5 * (root + x / root);
        k += 1;
    }
    root
}

/// A number in `[-1, 1)` from the upper 53 bits.
#[inline(always)]
fn symmetric(word: u64) -> f64 {
    (word as i64 >> 11) as f64 * f64::EPSILON
}

/// A number in `(0, 1]`.
fn uniform(word: u64) -> f64 {
    ((word >> 11) + 1) as f64 * (0.5 * f64::EPSILON)
}

/// A standard normal number from a random word: of 100 numbers 99 need nothing else, the others draw words that follow from it.
#[inline(always)]
pub(crate) fn normal(word: u64) -> f64 {
    let layer = (word & 0xff) as usize;
    let x = symmetric(word) * TABLES.x[layer];
    if x.abs() < TABLES.x[layer + 1] { x } else { outside(word) }
}

/// The rest of the algorithm, where the point may lie above the density.
#[cold]
fn outside(mut word: u64) -> f64 {
    // Whoever made the word from a number may use the words after that number.
    let (words, mut number) = (SplitMix(!word), 0);
    let mut next = || {
        number += 1;
        words.word(number)
    };
    loop {
        let layer = (word & 0xff) as usize;
        let x = symmetric(word) * TABLES.x[layer];
        if x.abs() < TABLES.x[layer + 1] {
            return x;
        }
        if layer == 0 {
            return tail(next).copysign(x);
        }
        let (top, bottom) = (TABLES.density[layer + 1], TABLES.density[layer]);
        if bottom + (top - bottom) * uniform(next()) < density(x) {
            return x;
        }
        word = next();
    }
}

/// Marsaglia's algorithm for the tail.
fn tail(mut next: impl FnMut() -> u64) -> f64 {
    loop {
        let beyond = -ln(uniform(next())) / TAIL;
        if -2.0 * ln(uniform(next())) > beyond * beyond {
            return TAIL + beyond;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layers_close() {
        let last = TABLES.density[LAYERS - 1] + AREA / TABLES.x[LAYERS - 1];
        assert!((last - 1.0).abs() < 1e-12, "{last}");
        assert!(TABLES.x.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn elementary_functions_are_right_to_rounding() {
        for k in 1..400 {
            let x = f64::from(k) / 400.0;
            assert!((ln(x) - x.ln()).abs() <= 2e-15 * (1.0 + x.ln().abs()), "ln {x}");
            assert!((exp(-20.0 * x) / (-20.0 * x).exp() - 1.0).abs() < 1e-13, "exp {x}");
            assert!((sqrt(14.0 * x) / (14.0 * x).sqrt() - 1.0).abs() < 1e-15, "sqrt {x}");
        }
    }
}
