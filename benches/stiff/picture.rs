//! Work against precision as a picture: time over error, both logarithmic, one panel for each problem, as SVG.

use std::fmt::Write;

/// The points of a solver: error at the end, and milliseconds.
pub struct Curve {
    pub name: &'static str,
    /// Whether it is another program, measured on the same kind of machine.
    pub peer: bool,
    pub points: Vec<[f64; 2]>,
}

pub struct Panel {
    pub title: &'static str,
    pub curves: Vec<Curve>,
}

const SIZE: [f64; 2] = [480.0, 360.0];
const MARGIN: [f64; 2] = [60.0, 45.0];
const COLOURS: [&str; 10] =
    ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf", "#ff7f0e"];

/// Powers of ten around the values.
fn decades(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let range = |[low, high]: [f64; 2], value: f64| [low.min(value.log10().floor()), high.max(value.log10().ceil())];
    values.filter(|value| *value > 0.0).fold([f64::INFINITY, f64::NEG_INFINITY], range)
}

impl Panel {
    fn draw(&self, [left, top]: [f64; 2], svg: &mut String) -> std::fmt::Result {
        let all = || self.curves.iter().flat_map(|curve| &curve.points);
        let ranges = [decades(all().map(|point| point[0])), decades(all().map(|point| point[1]))];
        let [width, height] = [SIZE[0] - 2.0 * MARGIN[0] - 70.0, SIZE[1] - 2.0 * MARGIN[1]];
        let x = |value: f64| left + MARGIN[0] + width * (value.log10() - ranges[0][0]) / (ranges[0][1] - ranges[0][0]);
        let y = |value: f64| {
            top + MARGIN[1] + height * (1.0 - (value.log10() - ranges[1][0]) / (ranges[1][1] - ranges[1][0]))
        };
        writeln!(svg, r#"<text x="{}" y="{}" font-size="15">{}</text>"#, left + MARGIN[0], top + 28.0, self.title)?;
        for (axis, range) in ranges.iter().enumerate() {
            for power in range[0] as i32..=range[1] as i32 {
                let at = 10.0_f64.powi(power);
                let ([x1, x2], [y1, y2]) = match axis {
                    0 => ([x(at); 2], [top + MARGIN[1], top + MARGIN[1] + height]),
                    _ => ([left + MARGIN[0], left + MARGIN[0] + width], [y(at); 2]),
                };
                writeln!(svg, r##"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" stroke="#ddd"/>"##)?;
                // Many labels would run into one another.
                if range[1] - range[0] > 9.0 && power % 2 != 0 {
                    continue;
                }
                let ([x, y], anchor) =
                    if axis == 0 { ([x1, y2 + 15.0], "middle") } else { ([x1 - 5.0, y1 + 4.0], "end") };
                writeln!(svg, r#"<text x="{x:.1}" y="{y:.1}" font-size="10" text-anchor="{anchor}">1e{power}</text>"#)?;
            }
        }
        let (middle, bottom) = (left + MARGIN[0] + 0.5 * width, top + SIZE[1] - 10.0);
        writeln!(
            svg,
            r#"<text x="{middle}" y="{bottom}" font-size="11" text-anchor="middle">largest error at the end / largest component</text>"#
        )?;
        let [side, centre] = [left + 14.0, top + MARGIN[1] + 0.5 * height];
        writeln!(
            svg,
            r#"<text x="{side}" y="{centre}" font-size="11" text-anchor="middle" transform="rotate(-90 {side} {centre})">time of a solve, ms</text>"#
        )?;
        for (index, curve) in self.curves.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let dash = if curve.peer { r#" stroke-dasharray="4 3""# } else { "" };
            let places = curve.points.iter().filter(|point| point[0] > 0.0).map(|point| [x(point[0]), y(point[1])]);
            let places: Vec<[f64; 2]> = places.collect();
            let line: String = places.iter().map(|[x, y]| format!("{x:.1},{y:.1} ")).collect();
            writeln!(svg, r#"<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>"#)?;
            for [x, y] in &places {
                writeln!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="2.5" fill="{colour}"/>"#)?;
            }
            let [x, y] = [left + MARGIN[0] + width + 12.0, top + MARGIN[1] + 16.0 * index as f64];
            writeln!(svg, r#"<line x1="{x}" y1="{y}" x2="{}" y2="{y}" stroke="{colour}"{dash}/>"#, x + 20.0)?;
            writeln!(svg, r#"<text x="{}" y="{}" font-size="11">{}</text>"#, x + 25.0, y + 4.0, curve.name)?;
        }
        let [x, y] = [left + MARGIN[0] + width + 12.0, top + MARGIN[1] + 16.0 * self.curves.len() as f64 + 6.0];
        writeln!(svg, r#"<text x="{x}" y="{y}" font-size="9">dashed: other programs</text>"#)
    }
}

/// All panels, two in a row.
pub fn picture(panels: &[Panel]) -> Result<String, std::fmt::Error> {
    let (width, height) = (2.0 * SIZE[0], SIZE[1] * panels.len().div_ceil(2) as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (index, panel) in panels.iter().enumerate() {
        panel.draw([SIZE[0] * (index % 2) as f64, SIZE[1] * (index / 2) as f64], &mut svg)?;
    }
    svg += "</svg>\n";
    Ok(svg)
}
