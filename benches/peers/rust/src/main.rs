//! Error and time of this library beside `ode_solvers` and `differential-equations`, on plain numbers.
//!
//! `cargo run --release` in this folder; a word as argument (`lotka`, `arenstorf`, `pleiades`) runs one problem only. Every
//! row is the least time of many rounds, in which all competitors take turns, so that a busy machine is busy for all.

mod measure;
mod orbits;
mod saves;

fn main() {
    let wanted = std::env::args().nth(1);
    let runs: [(&str, fn()); 3] =
        [("lotka", saves::lotka_volterra), ("arenstorf", orbits::arenstorf), ("pleiades", orbits::pleiades)];
    for (name, run) in runs {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            run();
        }
    }
}
