//! How different do two colours look, and how must one change to look more like the other? The CIEDE2000 difference, a formula
//! of nested branches, roots and angles, against its published test pairs; its gradient against that which the paper's
//! toolkit prints; and from white to red along it.
//!
//! ```text
//! cargo run --release --example colour_difference -- pictures
//! ```

use costate::fit::Cause;
use costate::prelude::*;
use std::f64::consts::{PI, TAU};

/// L*, a*, b* twice, and the difference (see data/colour/SOURCE.txt).
const PAIRS: &str = include_str!("../data/colour/ciede2000.csv");
/// Pairs of exactly opposite hues are on a jump of the formula: rounding must not decide on which side.
const ROUNDING: f64 = 1e-12;

/// CIE L*, a*, b* under the white D65, of red, green and blue (sRGB, from 0 to 1).
fn lab<R: Real>(colour: &[R]) -> [R; 3] {
    let linear = |c: R| if c > 0.04045 { ((c + 0.055) / 1.055).powf(R::from(2.4)) } else { c / 12.92 };
    let light = [0, 1, 2].map(|k| linear(colour[k]));
    let part = |row: [f64; 3], white: f64| {
        let share = R::linear_combination(R::zero(), row, |k| light[k]) / white;
        if share > 216.0 / 24389.0 { share.cbrt() } else { (share * (24389.0 / 27.0) + 16.0) / 116.0 }
    };
    let x = part([0.4124564, 0.3575761, 0.1804375], 0.95047);
    let y = part([0.2126729, 0.7151522, 0.0721750], 1.0);
    let z = part([0.0193339, 0.1191920, 0.9503041], 1.08883);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The CIEDE2000 difference of two colours (L*, a*, b*): G. Sharma, W. Wu, E. N. Dalal (2005), equations 2 to 22.
fn difference<R: Real>(one: [R; 3], other: [R; 3]) -> R {
    let chroma = |a: R, b: R| (a * a + b * b).sqrt();
    let saturation = |c: R| (c.powi(7) / (c.powi(7) + 25.0_f64.powi(7))).sqrt();
    let stretch = 1.5 - 0.5 * saturation(0.5 * (chroma(one[1], one[2]) + chroma(other[1], other[2])));
    let polar = |[_, a, b]: [R; 3]| {
        let hue = b.atan2(a * stretch);
        (chroma(a * stretch, b), if hue < 0.0 { hue + TAU } else { hue })
    };
    let ((c1, h1), (c2, h2)) = (polar(one), polar(other));
    let (light, c, grey) = (0.5 * (one[0] + other[0]), 0.5 * (c1 + c2), c1 * c2 == 0.0);
    let turn = match (h2 - h1).value() {
        _ if grey => R::zero(),
        turn if turn > PI + ROUNDING => h2 - h1 - TAU,
        turn if turn < -PI - ROUNDING => h2 - h1 + TAU,
        _ => h2 - h1,
    };
    let middle = if grey { h1 + h2 } else { h1 + 0.5 * turn };
    let hue = if middle < 0.0 { middle + TAU } else { middle };
    let wave = |size: f64, times: f64, degrees: f64| size * (times * hue + degrees.to_radians()).cos();
    let t = 1.0 - wave(0.17, 1.0, -30.0) + wave(0.24, 2.0, 0.0) + wave(0.32, 3.0, 6.0) - wave(0.20, 4.0, -63.0);
    let from_blue = (hue * (180.0 / PI) - 275.0) / 25.0;
    let rotation = -2.0 * saturation(c) * (60.0_f64.to_radians() * (-from_blue * from_blue).exp()).sin();
    let away = (light - 50.0) * (light - 50.0);
    let lightness = (other[0] - one[0]) / (1.0 + 0.015 * away / (away + 20.0).sqrt());
    let chroma = (c2 - c1) / (1.0 + 0.045 * c);
    let hue = 2.0 * (c1 * c2).sqrt() * (0.5 * turn).sin() / (1.0 + 0.015 * c * t);
    (lightness * lightness + chroma * chroma + hue * hue + rotation * chroma * hue).sqrt()
}

/// The difference of two sRGB colours, three numbers and three more.
fn colour_difference<R: Real>(colours: &[R]) -> R {
    difference(lab(&colours[..3]), lab(&colours[3..]))
}

/// The largest distance from the 34 published differences, which have four digits; also with the colours exchanged.
fn worst_of_published_pairs() -> f64 {
    let numbers = |line: &str| line.split(',').map(|cell| cell.parse().unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    let off = |row: Vec<f64>| {
        let (one, other) = ([row[0], row[1], row[2]], [row[3], row[4], row[5]]);
        (difference(one, other) - row[6]).abs().max((difference(other, one) - row[6]).abs())
    };
    PAIRS.lines().skip(1).map(numbers).map(off).fold(0.0, |worst, off| if off <= worst { worst } else { off })
}

/// Red and green, as in the documentation of the paper's toolkit: the difference and its gradient in both colours.
const RED_GREEN: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
const PUBLISHED: f64 = 86.60823557376344;
const PUBLISHED_GRADIENT: [f64; 6] = [
    0.4590887719632896,
    -9.598786801605689,
    14.181383399012862,
    -1.7697549557037275,
    28.88472330558805,
    -0.044793892637761346,
];

/// From white towards red: 51 steps of a thousandth of the gradient, as the paper does. The colours and differences on the way.
fn descent() -> (Vec<[f64; 3]>, Vec<f64>) {
    let (mut colour, mut colours, mut differences) = (dvector![1.0, 1.0, 1.0], Vec::new(), Vec::new());
    for _ in 0..=51 {
        let from_red = |c: &DVector<Var>| difference(lab(&[1.0, 0.0, 0.0].map(Var::from)), lab(c.as_slice()));
        let (value, slope) = gradient(from_red, &colour);
        colours.push([colour[0], colour[1], colour[2]]);
        differences.push(value);
        colour -= 0.001 * slope;
    }
    (colours, differences)
}

fn main() -> Result<(), Cause> {
    println!("34 published pairs: at most {:.1e} off", worst_of_published_pairs());
    let (value, slope) = gradient(|c| colour_difference(c.as_slice()), &DVector::from_row_slice(&RED_GREEN));
    println!("red and green: {value:.14}, published {PUBLISHED:.14}");
    println!("{:>12} {:>20} {:>20}", "slope", "ours", "published");
    for (k, name) in ["red.r", "red.g", "red.b", "green.r", "green.g", "green.b"].iter().enumerate() {
        println!("{name:>12} {:20.14} {:20.14}", slope[k], PUBLISHED_GRADIENT[k]);
    }
    let (colours, differences) = descent();
    let (first, last, colour) = (differences[0], differences[50], colours[50]);
    println!("from white towards red in 50 steps: difference {first:.3} -> {last:.3}, colour {colour:.3?}");
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    let strip: Vec<[f64; 3]> = (0..13).flat_map(|_| colours.clone()).collect();
    let title = "From white towards red along the gradient of the colour difference";
    Ok(Gallery::new(title).picture("steps 0 to 51", 52, &strip).save(format!("{folder}/colour_difference.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use costate::ad::{Verdict, check_gradient, program};

    #[test]
    fn published_pairs_and_gradient() {
        assert!(worst_of_published_pairs() < 0.5001e-4, "{}", worst_of_published_pairs());
        let report = check_gradient(&program!(|x| colour_difference(x)), &RED_GREEN);
        assert_ne!(report.verdict, Verdict::Disagree, "{report}");
        // The published run kept its colours in single precision.
        assert!((report.value - PUBLISHED).abs() < 1e-7 * PUBLISHED, "{:.15}", report.value);
        for (ours, published) in report.gradient.iter().zip(PUBLISHED_GRADIENT) {
            assert!((ours - published).abs() < 1e-5, "{ours} against {published}");
        }
        let (colours, differences) = descent();
        // The last step, as long as those before, goes past the red.
        assert!(differences[..51].windows(2).all(|pair| pair[1] < pair[0]), "{differences:?}");
        assert!(differences[50] < 0.5 && (colours[50][0] - 1.0).abs() < 0.05, "{:?}", colours[50]);
    }
}
