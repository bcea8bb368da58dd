//! Brownian motion as a function: of a seed, of the number of a path, and of time.
//!
//! `philox.rs` turns an address into random bits, `split_mix.rs` few bits into many, and `normal.rs` bits into normal numbers;
//! `split.rs` says how an interval divides, `block.rs` into its parts, `cells.rs` holds whole units of time, `scale.rs` counts
//! time; `tree.rs` descends to a time and remembers the way, `window.rs` has equal steps ready; `dyadic.rs` is the tree that knows
//! second areas, made of `interval.rs`; `stored.rs` and `rejection.rs` are the other sources; `poisson.rs` is the noise that
//! jumps; `brownian.rs` describes a motion, `path.rs` answers questions (`question.rs`) about it.

mod block;
mod brownian;
mod cells;
mod dyadic;
mod interval;
mod normal;
mod path;
mod philox;
mod poisson;
mod question;
mod rejection;
mod scale;
mod split;
mod split_mix;
mod stored;
mod tree;
mod window;

pub use brownian::Brownian;
pub use path::BrownianPath;
pub use philox::philox;
pub use poisson::{Mark, PoissonProcess};
