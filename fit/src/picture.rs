//! How a [`Figure`] becomes ink.

use crate::FitError;
use crate::plot::{Figure, Kind, Series};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::path::Path;
use std::sync::OnceLock;

pub(crate) const WIDTH: u32 = 1000;
pub(crate) const HEIGHT: u32 = 600;
/// PNG is drawn so many times as large, then averaged: plotters does not smooth the edges of thick lines.
const SUPERSAMPLING: u32 = 3;
pub(crate) const FONT: &str = "sans-serif";
pub(crate) const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(222, 222, 222);
/// Okabe & Ito (2008), *Color Universal Design*; the darker ones first, yellow left out on white.
pub(crate) const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

pub(crate) type Area<B> = DrawingArea<B, Shift>;

/// Makes the directories above a file, and lets `write` write it.
pub(crate) fn written(path: &Path, write: impl FnOnce() -> Result<(), String>) -> Result<(), FitError> {
    let directory = path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|error| error.to_string());
    directory.and_then(|()| write()).map_err(|reason| FitError::PictureNotWritten { path: path.into(), reason })
}

/// Writes a PNG file.
pub(crate) fn png(figure: &Figure, path: &Path) -> Result<(), String> {
    let (width, height) = (WIDTH * SUPERSAMPLING, HEIGHT * SUPERSAMPLING);
    let mut large = vec![255; 3 * (width * height) as usize];
    draw(figure, BitMapBackend::with_buffer(&mut large, (width, height)), SUPERSAMPLING)?;
    let mut backend = BitMapBackend::new(path, (WIDTH, HEIGHT));
    backend.blit_bitmap((0, 0), (WIDTH, HEIGHT), &averaged(&large)).map_err(|error| error.to_string())?;
    backend.present().map_err(|error| error.to_string())
}

/// The text of an SVG file.
pub(crate) fn svg(figure: &Figure) -> Result<String, String> {
    let mut text = String::new();
    draw(figure, SVGBackend::with_string(&mut text, (WIDTH, HEIGHT)), 1)?;
    Ok(text)
}

/// Every pixel the mean of the square of pixels it stands for.
fn averaged(large: &[u8]) -> Vec<u8> {
    let factor = SUPERSAMPLING as usize;
    let mut sums = vec![0_u16; 3 * WIDTH as usize * factor];
    let mut small = Vec::with_capacity(large.len() / (factor * factor));
    for rows in large.chunks_exact(sums.len() * factor) {
        sums.fill(0);
        for row in rows.chunks_exact(sums.len()) {
            sums.iter_mut().zip(row).for_each(|(sum, &part)| *sum += u16::from(part));
        }
        for square in sums.chunks_exact(3 * factor) {
            let mean = |channel: usize| square[channel..].iter().step_by(3).sum::<u16>() / (factor * factor) as u16;
            small.extend([mean(0) as u8, mean(1) as u8, mean(2) as u8]);
        }
    }
    small
}

/// A font that the program carries: no library or file of the system is needed. SVG too measures its text by it.
pub(crate) fn ensure_font() -> Result<(), String> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let regular = || register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok();
    let bold = || register_font(FONT, FontStyle::Bold, dejavu::sans::bold()).is_ok();
    match REGISTERED.get_or_init(|| regular() && bold()) {
        true => Ok(()),
        false => Err("the font could not be registered".into()),
    }
}

fn draw<B: DrawingBackend>(figure: &Figure, backend: B, scale: u32) -> Result<(), String> {
    ensure_font()?;
    let figure = &by_exponents(figure);
    let root = backend.into_drawing_area();
    draw_all(figure, &root, scale as i32).map_err(|error| error.to_string())
}

fn draw_all<B: DrawingBackend>(
    figure: &Figure,
    root: &Area<B>,
    scale: i32,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    root.fill(&WHITE)?;
    let title = (FONT, 24 * scale, FontStyle::Bold, &INK).into_text_style(root);
    let centred = title.pos(Pos::new(HPos::Center, VPos::Top));
    root.draw(&Text::new(figure.title.as_str(), (WIDTH as i32 / 2 * scale, 16 * scale), centred))?;
    match &figure.heat_map {
        Some(heat_map) => heat_map.draw(root, scale)?,
        None => {
            let legend_end = draw_legend(figure, root, scale)?;
            let (_, below) = root.split_vertically(legend_end);
            draw_chart(figure, root, &below, scale)?;
        }
    }
    root.present()
}

/// One row above the axes (more if names are long), where nothing can be hidden; gives its lower end.
fn draw_legend<B: DrawingBackend>(
    figure: &Figure,
    root: &Area<B>,
    scale: i32,
) -> Result<i32, DrawingAreaErrorKind<B::ErrorType>> {
    let style = (FONT, 18 * scale, &INK).into_text_style(root).pos(Pos::new(HPos::Left, VPos::Center));
    let (symbol, space, full) = (38 * scale, 28 * scale, (WIDTH as i32 - 80) * scale);
    let mut rows: Vec<(i32, Vec<(&Series, i32)>)> = vec![(0, Vec::new())];
    for series in figure.series.iter().filter(|series| !series.name.is_empty()) {
        let width = symbol + root.estimate_text_size(&series.name, &style)?.0 as i32 + space;
        let last = rows.len() - 1;
        if rows[last].0 + width - space > full && !rows[last].1.is_empty() {
            rows.push((0, Vec::new()));
        }
        let row = rows.last_mut().expect("there is a row");
        row.0 += width;
        row.1.push((series, width));
    }
    let mut y = 62 * scale;
    for (total, items) in rows {
        let mut x = (WIDTH as i32 * scale - total + space) / 2;
        for (series, width) in items {
            match series.kind {
                Kind::Curve => stroke(root, series, vec![(x, y), (x + 28 * scale, y)], scale)?,
                Kind::Points => mark(root, series, (x + 16 * scale, y), scale)?,
                Kind::Band => {
                    let corners = [(x, y - 8 * scale), (x + 28 * scale, y + 8 * scale)];
                    root.draw(&Rectangle::new(corners, shade(series).filled()))?;
                }
            }
            root.draw(&Text::new(series.name.as_str(), (x + symbol, y), style.clone()))?;
            x += width;
        }
        y += 26 * scale;
    }
    Ok(y - 8 * scale)
}

fn draw_chart<B: DrawingBackend>(
    figure: &Figure,
    root: &Area<B>,
    below: &Area<B>,
    scale: i32,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let [log_x, log_y] = figure.logarithmic;
    let (mut across, mut up) =
        (range(figure, |point| point.0, 0.02, log_x), range(figure, |point| point.1, 0.05, log_y));
    if figure.equal_units {
        let (width, height) = below.dim_in_pixel();
        // What is left of the area beside margins and labels.
        (across, up) = with_equal_units(across, up, [width as i32 - 128 * scale, height as i32 - 68 * scale]);
    }
    let ((left, right), (bottom, top)) = (across, up);
    let mut chart = ChartBuilder::on(below)
        .margin_right(30 * scale)
        .margin_left(12 * scale)
        .margin_bottom(12 * scale)
        .x_label_area_size(56 * scale)
        .y_label_area_size(86 * scale)
        .build_cartesian_2d(left..right, bottom..top)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(scale as u32))
        .axis_style(INK.stroke_width(scale as u32))
        .x_labels(11)
        .y_labels(8)
        .x_label_formatter(&|value| if log_x { power(*value, right - left) } else { tick(*value) })
        .y_label_formatter(&|value| if log_y { power(*value, top - bottom) } else { tick(*value) })
        .label_style((FONT, 17 * scale, &INK))
        .axis_desc_style((FONT, 19 * scale, &INK))
        .set_all_tick_mark_size(5 * scale)
        .x_desc(figure.x_label.as_str())
        .y_desc(figure.y_label.as_str())
        .draw()?;
    for series in figure.series.iter().filter(|series| series.kind == Kind::Band) {
        let outline = series.outline().iter().map(|point| chart.backend_coord(point)).collect::<Vec<_>>();
        root.draw(&Polygon::new(outline, shade(series).filled()))?;
    }
    // Points last: they stay visible on the curve that goes through them.
    for series in figure.series.iter().filter(|series| series.kind == Kind::Curve) {
        for stretch in series.stretches() {
            stroke(root, series, stretch.iter().map(|point| chart.backend_coord(point)).collect(), scale)?;
        }
    }
    for series in figure.series.iter().filter(|series| series.kind == Kind::Points) {
        for point in series.finite() {
            mark(root, series, chart.backend_coord(&point), scale)?;
        }
    }
    Ok(())
}

/// The colour of a curve, thinned: what lies behind shows through.
fn shade(series: &Series) -> RGBAColor {
    PALETTE[series.place % PALETTE.len()].mix(0.25)
}

fn stroke<B: DrawingBackend>(
    root: &Area<B>,
    series: &Series,
    path: Vec<(i32, i32)>,
    scale: i32,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let width = 5 * scale as u32 / 2;
    root.draw(&PathElement::new(path, PALETTE[series.place % PALETTE.len()].stroke_width(width)))
}

/// A marker with a white rim; circles, squares and triangles in turn, so that colour is not the only difference.
fn mark<B: DrawingBackend>(
    root: &Area<B>,
    series: &Series,
    (x, y): (i32, i32),
    scale: i32,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let colour = PALETTE[series.place % PALETTE.len()];
    for (radius, colour) in [(13 * scale / 2, WHITE), (5 * scale, colour)] {
        let style = colour.filled();
        match series.place % 3 {
            0 => root.draw(&Circle::new((x, y), radius, style))?,
            1 => {
                let half = radius * 9 / 10;
                root.draw(&Rectangle::new([(x - half, y - half), (x + half, y + half)], style))?;
            }
            _ => {
                let (half, low) = (radius * 11 / 10, radius * 3 / 4);
                root.draw(&Polygon::new(
                    vec![(x, y - radius * 5 / 4), (x + half, y + low), (x - half, y + low)],
                    style,
                ))?;
            }
        }
    }
    Ok(())
}

/// From the smallest to the largest coordinate and a little further; from zero where that is not far off.
fn range(figure: &Figure, coordinate: impl Fn((f64, f64)) -> f64, margin: f64, logarithmic: bool) -> (f64, f64) {
    let all = figure.series.iter().flat_map(Series::finite).map(coordinate);
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low == high {
        let half = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
        return (low - half, high + half);
    }
    let extra = margin * (high - low);
    let starts_at_zero = !logarithmic && low > 0.0 && low < 0.25 * high;
    (if starts_at_zero { 0.0 } else { low - extra }, high + extra)
}

/// The ranges, one of them made wider until a unit is as long in both.
fn with_equal_units(across: (f64, f64), up: (f64, f64), pixels: [i32; 2]) -> ((f64, f64), (f64, f64)) {
    let length = |(low, high): (f64, f64), pixels: i32| (high - low) / f64::from(pixels.max(1));
    let unit = length(across, pixels[0]).max(length(up, pixels[1]));
    let widened = |(low, high): (f64, f64), pixels: i32| {
        let (middle, half) = (0.5 * (low + high), 0.5 * unit * f64::from(pixels));
        (middle - half, middle + half)
    };
    (widened(across, pixels[0]), widened(up, pixels[1]))
}

/// The figure with exponents in place of the numbers of its logarithmic axes.
fn by_exponents(figure: &Figure) -> Figure {
    let (mut figure, [log_x, log_y]) = (figure.clone(), figure.logarithmic);
    for series in &mut figure.series {
        let axes = [(log_x, &mut series.x), (log_y, &mut series.y), (log_y, &mut series.top)];
        for (_, numbers) in axes.into_iter().filter(|(logarithmic, _)| *logarithmic) {
            numbers.iter_mut().for_each(|number| *number = number.log10());
        }
    }
    figure
}

/// The power of ten with this exponent. On an axis of more than two decades whole powers alone have a number; on a shorter one all ticks
/// do, to two digits.
fn power(exponent: f64, decades: f64) -> String {
    if (exponent - exponent.round()).abs() < 1e-9 {
        return tick(10.0_f64.powi(exponent.round() as i32));
    }
    let two_digits = format!("{:.1e}", 10.0_f64.powf(exponent)).parse().unwrap_or(f64::NAN);
    if decades > 2.0 { String::new() } else { tick(two_digits) }
}

/// A tick's number without the digits that binary fractions leave behind.
pub(crate) fn tick(value: f64) -> String {
    let rounded = format!("{value:.9e}").parse().unwrap_or(value);
    let magnitude = rounded.abs();
    if magnitude != 0.0 && !(1e-4..1e6).contains(&magnitude) { format!("{rounded:e}") } else { format!("{rounded}") }
}
