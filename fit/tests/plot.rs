mod support;
use costate_fit::*;

fn lynx_hare_figure() -> Figure {
    let data = support::data();
    let p: Vec<f64> = support::OPTIMUM.iter().map(|row| row.1).collect();
    let t: Vec<f64> = (0..=2000).map(|i| 1900.0 + 0.01 * i as f64).collect();
    // Sped up: the whole fine trajectory from yearly ones started along it is more than a picture needs.
    let fine = support::fine_trajectory(&p);
    let curve = |k: usize| fine.iter().map(|y| y[k]).collect::<Vec<_>>();
    let years: Vec<f64> = data.times().iter().map(|t| 1900.0 + t).collect();
    Figure::new("Lynx and hare pelts of the Hudson's Bay Company")
        .x_label("year")
        .y_label("pelts (thousands)")
        .curve("hare, fit", &t, &curve(0))
        .points("hare, data", &years, &data.observed(0).1)
        .curve("lynx, fit", &t, &curve(1))
        .points("lynx, data", &years, &data.observed(1).1)
}
#[test]
fn look() {
    lynx_hare_figure().save("/tmp/fitwork/a.png").unwrap();
    lynx_hare_figure().save("/tmp/fitwork/a.svg").unwrap();
}
