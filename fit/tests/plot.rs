//! Pictures: that they are written, show what they should, and refuse what they cannot show.

mod support;

use costate_fit::{Figure, FitError, Gallery, Horizons, Lbfgs, Parameters, fit, quiet};
use nalgebra::{DVector, dvector};
use std::path::PathBuf;

fn lynx_hare() -> Figure {
    let data = support::data().since(-1900.0);
    let rates: Vec<f64> = support::OPTIMUM.iter().map(|row| row.1).collect();
    let trajectory = support::fine_trajectory(&rates);
    let years: Vec<f64> = (0..trajectory.len()).map(|i| 1900.0 + 0.01 * i as f64).collect();
    let species = [("hare", 0), ("lynx", 1)];
    let axes =
        Figure::new("Lynx and hare pelts of the Hudson's Bay Company").x_label("year").y_label("pelts (thousands)");
    species.into_iter().fold(axes, |figure, (name, k)| {
        let curve: Vec<f64> = trajectory.iter().map(|y| y[k]).collect();
        let (observed_years, observed) = data.observed(k);
        figure.curve(&format!("{name}, fit"), &years, &curve).points(
            &format!("{name}, data"),
            &observed_years,
            &observed,
        )
    })
}

fn directory(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    path
}

#[test]
fn a_picture_is_written_in_both_formats_into_a_new_directory() {
    let to = directory("pictures").join("nested");
    lynx_hare().save(to.join("fit.png")).unwrap();
    lynx_hare().save(to.join("fit.SVG")).unwrap();
    let png = std::fs::read(to.join("fit.png")).unwrap();
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!((&png[16..20], &png[20..24]), (&1000_u32.to_be_bytes()[..], &600_u32.to_be_bytes()[..]));
    let svg = std::fs::read_to_string(to.join("fit.SVG")).unwrap();
    for text in ["hare, fit", "lynx, data", "pelts (thousands)", "year", "1910"] {
        assert!(svg.contains(text), "{text}");
    }
    // A rim and a marker for each of 21 counts, and one of each in the legend.
    assert_eq!(svg.matches("<circle").count(), 2 * 22);
}

#[test]
fn numbers_that_are_not_finite_leave_gaps_and_one_point_is_enough() {
    let to = directory("gaps");
    let t = [0.0, 1.0, 2.0, 3.0, 4.0];
    let y = [1.0, 2.0, f64::NAN, 2.0, f64::INFINITY];
    Figure::new("gap").curve("broken", &t, &y).save(to.join("gap.svg")).unwrap();
    let drawn = std::fs::read_to_string(to.join("gap.svg")).unwrap();
    assert!(!drawn.contains("NaN") && !drawn.contains("inf"));
    Figure::new("one").points("p", &[0.0], &[0.0]).save(to.join("one.png")).unwrap();
    let many = (0..12).fold(Figure::new("many"), |f, i| f.curve(&format!("a rather long name, {i}"), &t, &t));
    many.save(to.join("many.png")).unwrap();
}

#[test]
fn what_cannot_be_drawn_or_written_is_refused() {
    let to = directory("refused");
    let figure = Figure::new("f").points("p", &[0.0], &[1.0]);
    for name in ["picture.jpg", "picture", ".png"] {
        assert!(matches!(figure.save(to.join(name)), Err(FitError::PictureFormat { .. })), "{name}");
    }
    let short = Figure::new("f").curve("c", &[0.0, 1.0], &[1.0]).save(to.join("a.png"));
    assert!(matches!(short, Err(FitError::Shape { expected: 2, found: 1, .. })));
    let nothing = Figure::new("f").curve("c", &[0.0], &[f64::NAN]).save(to.join("a.png"));
    assert!(matches!(nothing, Err(FitError::EmptyPicture { .. })));
    std::fs::create_dir_all(&to).unwrap();
    std::fs::write(to.join("file"), "").unwrap();
    for name in ["file/a.png", "file/a.svg"] {
        assert!(matches!(figure.save(to.join(name)), Err(FitError::PictureNotWritten { .. })), "{name}");
    }
    std::fs::create_dir_all(to.join("taken.png")).unwrap();
    assert!(matches!(figure.save(to.join("taken.png")), Err(FitError::PictureNotWritten { .. })));
}

#[test]
fn a_gallery_shows_colours_and_fields_and_refuses_broken_rows() {
    let to = directory("gallery");
    let colours = [[1.0, 0.0, 0.0], [0.0, 1.0, 2.0], [f64::NAN, 0.5, 0.5], [0.0, 0.0, 0.0]];
    let gallery =
        Gallery::new("Two kinds").picture("colours", 2, &colours).field("field", 2, &[0.0, 1.0, f64::NAN, 3.0]);
    gallery.clone().scale_label("height (m)").save(to.join("new/both.png")).unwrap();
    let png = std::fs::read(to.join("new/both.png")).unwrap();
    assert_eq!((&png[..8], &png[16..20]), (&b"\x89PNG\r\n\x1a\n"[..], &1000_u32.to_be_bytes()[..]));
    // Title and names above and below two square panels.
    let side = (1000 - 3 * 24 - 130) / 2;
    assert_eq!(&png[20..24], &(64 + side + 44_u32).to_be_bytes()[..]);
    let broken = gallery.clone().field("five", 2, &[1.0; 5]).save(to.join("broken.png"));
    assert!(matches!(broken, Err(FitError::Shape { found: 5, expected: 4, .. })), "{broken:?}");
    assert!(matches!(gallery.save(to.join("both.svg")), Err(FitError::GalleryFormat { .. })));
    assert!(matches!(Gallery::new("none").save(to.join("none.png")), Err(FitError::EmptyPicture { .. })));
}

#[test]
fn equal_units_are_as_long_on_both_axes() {
    let to = directory("units").join("square.svg");
    let corners = Figure::new("Corners").points("", &[0.0, 1.0], &[0.0, 1.0]);
    let distances = |figure: Figure| {
        figure.save(&to).unwrap();
        let svg = std::fs::read_to_string(&to).unwrap();
        let number = |circle: &str, name: &str| -> f64 {
            circle.split_once(name).unwrap().1.split('"').next().unwrap().parse().unwrap()
        };
        // A rim and a marker for each; none in the legend, for want of a name.
        let places: Vec<[f64; 2]> =
            svg.split("<circle").skip(1).map(|circle| [number(circle, "cx=\""), number(circle, "cy=\"")]).collect();
        assert_eq!(places.len(), 4);
        [0, 1].map(|k| (places[3][k] - places[0][k]).abs())
    };
    let [across, up] = distances(corners.clone().equal_units());
    assert!((across - up).abs() <= 3.0 && up > 100.0, "{across} {up}");
    let [across, up] = distances(corners);
    assert!(across > 1.3 * up, "{across} {up}");
}

#[test]
fn a_fit_shows_its_history_its_residuals_and_its_correlations() {
    let to = directory("judged");
    let data = support::data();
    let horizons = Horizons::equal(&data, 3).unwrap();
    let fitted = horizons.fit(support::objective, &support::poor_start(), &Lbfgs::default(), quiet).unwrap();
    let fine = support::fine_trajectory(fitted.estimates().as_slice());
    let model: Vec<DVector<f64>> =
        (0..data.len()).map(|year| dvector![fine[100 * year][0], fine[100 * year][1]]).collect();
    let sigma = [fitted.estimate("sigma_hare").unwrap(), fitted.estimate("sigma_lynx").unwrap()];
    let logarithmic = |seen: f64, model: f64, column: usize| (seen / model).ln() / sigma[column];
    let residuals = data.residual_figure("Residuals", &model, logarithmic).unwrap().x_label("years since 1900");
    let correlation = fitted.correlation_figure("Correlation of the estimates").unwrap();
    let history = fitted.history_figure("The last horizon");
    for (name, figure) in [("residuals", &residuals), ("correlation", &correlation), ("history", &history)] {
        for kind in ["png", "svg"] {
            figure.save(to.join(format!("{name}.{kind}"))).unwrap();
        }
    }
    let svg = |name: &str| std::fs::read_to_string(to.join(name)).unwrap();
    let drawn = svg("correlation.svg");
    // Every name twice; the numbers are those of the table of correlations (see the tests of the optimum).
    assert_eq!(drawn.matches("sigma_lynx").count(), 2);
    assert_eq!((drawn.matches("1.00").count(), drawn.matches("-0.96").count()), (8, 2));
    let drawn = svg("residuals.svg");
    // 21 hares in circles, with a rim each, and one of each in the legend.
    assert_eq!(drawn.matches("<circle").count(), 2 * 22);
    assert!(drawn.contains("years since 1900") && drawn.contains("standardised residual"));
    assert!(svg("history.svg").contains("objective above its minimum"));

    let short = data.residual_figure("short", &model[1..], logarithmic);
    assert!(matches!(short, Err(FitError::Shape { expected: 21, found: 20, .. })));
    let narrow = data.residual_figure("narrow", &vec![dvector![1.0]; 21], logarithmic);
    assert!(matches!(narrow, Err(FitError::Shape { expected: 2, found: 1, .. })));
    let flat = |_: &DVector<f64>| Ok::<_, String>((1.0, dvector![0.0]));
    let unknown = fit(flat, &Parameters::new().linear("x", 0.0), &Lbfgs::default(), quiet).unwrap();
    assert!(unknown.correlation_figure("none").is_err());
}
