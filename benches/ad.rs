//! Gradients beside the functions that they differentiate: `cargo bench --bench ad`. Each group is a workload; the table at the
//! end has the ratio of each gradient to `function` (or to `by hand`), both run in turn. `-- A2` picks workloads by name.

use criterion::Criterion;

#[path = "ad/ba.rs"]
mod ba;
#[path = "ad/gmm.rs"]
mod gmm;
#[path = "ad/mlp.rs"]
mod mlp;
#[path = "ad/random.rs"]
mod random;
#[path = "ad/scalar.rs"]
mod scalar;
#[path = "ad/stages.rs"]
mod stages;
#[path = "ad/table.rs"]
mod table;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut table = table::Table::from_args();
    for bench in [scalar::bench, stages::bench, mlp::bench, gmm::bench, ba::bench] {
        bench(&mut criterion, &mut table);
    }
    criterion.final_summary();
    table.print();
}
