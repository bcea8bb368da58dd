//! Where is the lamp? A ray tracer with shading after Blinn and Phong renders a triangle; from the picture alone, gradients
//! through the renderer recover the position of its light. What does a gradient cost, in renders, where differences need seven
//! and the paper reports 5 for its own and 40 for sampling?
//!
//! ```text
//! cargo run --release --example ray_tracer -- pictures
//! ```

use costate::ad::gradient_chunked;
use costate::fit::{Cause, Optimiser, Optimum, Schedule};
use costate::nalgebra::Vector3;
use costate::prelude::*;
use rayon::prelude::*;
use std::time::Instant;

const TRIANGLE: [[f64; 3]; 3] = [[-1.7, 1.0, 0.0], [1.0, 1.0, 0.0], [-0.5, -1.0, 0.0]];
const COLOUR: [f64; 3] = [0.0, 1.0, 0.0];
const EYE: [f64; 3] = [0.0, 0.0, -5.0];
const FIELD_OF_VIEW: f64 = 45.0;
const INTENSITY: f64 = 20_000.0;
const AMBIENT: f64 = 0.05;
const SHININESS: i32 = 50;
/// Where the light is, and where the search begins.
const LIGHT: [f64; 3] = [5.0, 5.0, -10.0];
const GUESS: [f64; 3] = [1.0, 2.0, -7.0];

/// Where the ray through the middle of a pixel meets the triangle, and the unit vector from there to the eye.
fn hit(row: usize, column: usize, size: usize) -> Option<(Vector3<f64>, Vector3<f64>)> {
    let half = (0.5 * FIELD_OF_VIEW).to_radians().tan();
    let place = |k: usize| ((k as f64 + 0.5) / size as f64 * 2.0 - 1.0) * half;
    let (eye, ray) = (Vector3::from(EYE), Vector3::new(place(column), -place(row), 1.0).normalize());
    let corners = TRIANGLE.map(Vector3::from);
    let normal = (corners[1] - corners[0]).cross(&(corners[2] - corners[0]));
    let distance = (corners[0] - eye).dot(&normal) / ray.dot(&normal);
    let point = eye + ray * distance;
    let inside = |k: usize| (corners[(k + 1) % 3] - corners[k]).cross(&(point - corners[k])).dot(&normal) >= 0.0;
    (distance > 0.0 && (0..3).all(inside)).then_some((point, -ray))
}

/// Red, green and blue of a point in the light.
fn shade<R: Real>(light: &[R], point: Vector3<f64>, to_eye: Vector3<f64>) -> [R; 3] {
    let towards = Vector3::from_fn(|k, _| light[k] - point[k]);
    let square = towards.norm_squared();
    let towards = towards / square.sqrt();
    let to_eye = to_eye.map(R::from);
    let normal = Vector3::new(R::zero(), R::zero(), R::from(-1.0));
    let facing = normal.dot(&towards);
    if facing <= 0.0 {
        return [R::from(AMBIENT); 3];
    }
    let highlight = normal.dot(&(towards + to_eye).normalize()).max(R::zero()).powi(SHININESS);
    let diffuse = facing * INTENSITY / (square * (4.0 * std::f64::consts::PI));
    COLOUR.map(|part| highlight + diffuse * part + AMBIENT)
}

/// The picture, row by row; black where no ray meets the triangle.
fn render<R: Real>(light: &[R], size: usize) -> Vec<[R; 3]> {
    let pixel = |row, column| hit(row, column, size).map_or([R::zero(); 3], |(point, eye)| shade(light, point, eye));
    (0..size).into_par_iter().flat_map_iter(|row| (0..size).map(move |column| pixel(row, column))).collect()
}

/// The mean square difference from a picture. Rows are summed apart, so the bits do not depend on the threads.
fn loss<R: Real>(light: &[R], target: &[[f64; 3]], size: usize) -> R {
    let of_row = |row: usize| {
        let pixels = (0..size).map(|column| (hit(row, column, size), target[row * size + column]));
        pixels.fold(R::zero(), |sum, (hit, target)| {
            let seen = hit.map_or([R::zero(); 3], |(point, eye)| shade(light, point, eye));
            seen.iter().zip(target).fold(sum, |sum, (&seen, target)| sum + (seen - target) * (seen - target))
        })
    };
    let rows: Vec<R> = (0..size).into_par_iter().map(of_row).collect();
    R::sum(&rows) / (3 * size * size) as f64
}

/// From the guess by Adam, 100 iterations at the paper's rate of 0.05; then to the end by L-BFGS.
fn recover(size: usize) -> Result<[Optimum; 2], FitError> {
    let target = render(&LIGHT, size);
    let mut objective =
        |light: &DVector<f64>| Ok(gradient_chunked::<3, f64>(|light| loss(light.as_slice(), &target, size), light));
    let adam = Adam { schedule: Schedule::Constant(0.05), iterations: 100, ..Adam::default() };
    let early = adam.minimise(&mut objective, &DVector::from_row_slice(&GUESS), &mut quiet)?;
    let end = Lbfgs::default().minimise(&mut objective, &early.point, &mut quiet)?;
    Ok([early, end])
}

/// Seconds of the loss alone and with its gradient: the best of interleaved rounds.
fn seconds(size: usize) -> [f64; 2] {
    let (target, guess) = (render(&LIGHT, size), DVector::from_row_slice(&GUESS));
    let timed = |run: &dyn Fn() -> f64| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed().as_secs_f64()
    };
    (0..40).fold([f64::INFINITY; 2], |[plain, both], _| {
        let alone = timed(&|| loss(guess.as_slice(), &target, size));
        let with = timed(&|| gradient_chunked::<3, f64>(|light| loss(light.as_slice(), &target, size), &guess).0);
        [plain.min(alone), both.min(with)]
    })
}

fn main() -> Result<(), Cause> {
    let size = 200;
    let [plain, both] = seconds(size);
    println!("{size} x {size} pixels: render and loss {:.2} ms, with gradient {:.2} ms", 1e3 * plain, 1e3 * both);
    println!("gradient to render: {:.2} (paper: at most 5; by sampling 40)", both / plain);
    let [early, end] = recover(size)?;
    println!("{} after {} gradients of L-BFGS", end.stop, end.evaluations);
    let [early, end] = [early.point, end.point];
    for (name, light) in [("start", &DVector::from_row_slice(&GUESS)), ("Adam", &early), ("L-BFGS", &end)] {
        let error = (light - DVector::from_row_slice(&LIGHT)).norm();
        println!("{name:>15}: light at {:9.5?}, {error:.1e} from where it is", light.as_slice());
    }
    let brightest = render(&LIGHT, size).into_iter().flatten().fold(0.0, f64::max);
    let seen = |light: &[f64]| render(light, size).into_iter().map(|p| p.map(|c| c / brightest)).collect::<Vec<_>>();
    let gallery = Gallery::new("Recovering the position of a light").picture("first guess", size, &seen(&GUESS));
    let gallery = gallery.picture("100 iterations of Adam", size, &seen(early.as_slice()));
    let gallery = gallery.picture("L-BFGS", size, &seen(end.as_slice())).picture("target", size, &seen(&LIGHT));
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(gallery.save(format!("{folder}/ray_tracer.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_light_is_found() {
        let target = render(&LIGHT, 12);
        let guess = DVector::from_row_slice(&GUESS);
        let (_, slope) = gradient_chunked::<3, f64>(|light| loss(light.as_slice(), &target, 12), &guess);
        for k in 0..3 {
            let moved = |h: f64| loss(&[0, 1, 2].map(|i| GUESS[i] + if i == k { h } else { 0.0 }), &target, 12);
            let difference = (8.0 * (moved(1e-3) - moved(-1e-3)) - (moved(2e-3) - moved(-2e-3))) / 0.012;
            assert!((slope[k] - difference).abs() < 1e-9 * slope.amax(), "{k}: {} {difference}", slope[k]);
        }
        let [early, end] = recover(40).unwrap();
        let off = |light: &Optimum| (&light.point - DVector::from_row_slice(&LIGHT)).norm();
        assert!(off(&end) < 1e-5 && off(&early) < 0.9 * 5.84, "{} {}", off(&early), off(&end));
    }
}
