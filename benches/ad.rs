//! Gradients beside the functions that they differentiate: `cargo bench --bench ad`. Each group is a workload; the ratio to
//! look at is that of a gradient to `function` (or to `by hand`) of the same group and run.

use criterion::{criterion_group, criterion_main};

#[path = "ad/ba.rs"]
mod ba;
#[path = "ad/gmm.rs"]
mod gmm;
#[path = "ad/mlp.rs"]
mod mlp;
#[path = "ad/random.rs"]
mod random;

criterion_group!(benches, mlp::bench, gmm::bench, ba::bench);
criterion_main!(benches);
