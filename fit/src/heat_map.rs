//! How a symmetric matrix of numbers between -1 and 1 becomes coloured cells.

use crate::picture::{Area, FONT, HEIGHT, INK, PALETTE, WIDTH};
use nalgebra::DMatrix;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Where the cells begin, from the top, and what is left free beside them for the scale of colours.
const TOP: i32 = 70;
const RIGHT: i32 = 130;

type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Names of rows and columns, and the numbers.
#[derive(Clone, Debug)]
pub(crate) struct HeatMap {
    pub names: Vec<String>,
    pub values: DMatrix<f64>,
    /// What the numbers are.
    pub quantity: String,
}

/// Where the cells are, in pixels.
struct Cells {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
    /// Whether the names of columns run upwards, because they are wider than these.
    upright: bool,
}

impl HeatMap {
    /// Draws cells with their numbers, names at the left and below, and the scale of colours.
    pub fn draw<B: DrawingBackend>(&self, root: &Area<B>, scale: i32) -> Drawn<B> {
        let cells = self.layout(root, scale)?;
        let count = self.names.len() as i32;
        let corner = |row: i32, column: i32| (cells.left + column * cells.width, cells.top + row * cells.height);
        let size = (cells.height * 2 / 5).min(17 * scale);
        let legible = cells.height >= 20 * scale && cells.width >= 44 * scale;
        for (row, column) in (0..count).flat_map(|row| (0..count).map(move |column| (row, column))) {
            let value = self.values[(row as usize, column as usize)];
            let (upper, lower) = (corner(row, column), corner(row + 1, column + 1));
            let inner = [(upper.0 + scale, upper.1 + scale), (lower.0 - scale, lower.1 - scale)];
            root.draw(&Rectangle::new(inner, colour(value).filled()))?;
            if legible {
                let ink = if value.abs() > 0.7 { &WHITE } else { &INK };
                let style = (FONT, size, ink).into_text_style(root).pos(Pos::new(HPos::Center, VPos::Center));
                let centre = ((upper.0 + lower.0) / 2, (upper.1 + lower.1) / 2);
                root.draw(&Text::new(number(value), centre, style))?;
            }
        }
        self.draw_names(root, &cells, scale)?;
        self.draw_colours(root, &cells, scale)
    }

    fn layout<B: DrawingBackend>(
        &self,
        root: &Area<B>,
        scale: i32,
    ) -> Result<Cells, DrawingAreaErrorKind<B::ErrorType>> {
        let style = (FONT, 17 * scale, &INK).into_text_style(root);
        let mut widest = 0;
        for name in &self.names {
            widest = widest.max(root.estimate_text_size(name, &style)?.0 as i32);
        }
        let count = self.names.len() as i32;
        let left = widest + 28 * scale;
        let width = ((WIDTH as i32 - RIGHT) * scale - left) / count;
        let upright = widest + 8 * scale > width;
        let below = if upright { widest + 20 * scale } else { 40 * scale };
        let height = ((HEIGHT as i32 - TOP) * scale - below) / count;
        Ok(Cells { left, top: TOP * scale, width, height, upright })
    }

    fn draw_names<B: DrawingBackend>(&self, root: &Area<B>, cells: &Cells, scale: i32) -> Drawn<B> {
        let style = (FONT, 17 * scale, &INK).into_text_style(root);
        let below = cells.top + cells.height * self.names.len() as i32 + 8 * scale;
        for (name, place) in self.names.iter().zip(0..) {
            let beside = style.pos(Pos::new(HPos::Right, VPos::Center));
            let middle = cells.top + cells.height * place + cells.height / 2;
            root.draw(&Text::new(name.as_str(), (cells.left - 10 * scale, middle), beside))?;
            let under = match cells.upright {
                true => style.transform(FontTransform::Rotate270).pos(Pos::new(HPos::Right, VPos::Center)),
                false => style.pos(Pos::new(HPos::Center, VPos::Top)),
            };
            let middle = cells.left + cells.width * place + cells.width / 2;
            root.draw(&Text::new(name.as_str(), (middle, below), under))?;
        }
        Ok(())
    }

    fn draw_colours<B: DrawingBackend>(&self, root: &Area<B>, cells: &Cells, scale: i32) -> Drawn<B> {
        let full = cells.height * self.names.len() as i32;
        let (left, right) = ((WIDTH as i32 - 92) * scale, (WIDTH as i32 - 68) * scale);
        let at = |value: f64| cells.top + (0.5 * (1.0 - value) * f64::from(full)).round() as i32;
        let strips = 200;
        for strip in 0..strips {
            let value = |strip: i32| 1.0 - 2.0 * f64::from(strip) / f64::from(strips);
            let corners = [(left, at(value(strip))), (right, at(value(strip + 1)))];
            root.draw(&Rectangle::new(corners, colour(value(strip)).filled()))?;
        }
        let style = (FONT, 17 * scale, &INK).into_text_style(root);
        for value in [1.0, 0.5, 0.0, -0.5, -1.0] {
            let beside = style.pos(Pos::new(HPos::Left, VPos::Center));
            root.draw(&Text::new(format!("{value}"), (right + 10 * scale, at(value)), beside))?;
        }
        let above = style.pos(Pos::new(HPos::Center, VPos::Bottom));
        root.draw(&Text::new(self.quantity.as_str(), ((left + right) / 2, cells.top - 12 * scale), above))
    }
}

/// White at 0, vermilion at 1, blue at -1: told apart by colour-blind eyes too.
fn colour(value: f64) -> RGBColor {
    let RGBColor(red, green, blue) = PALETTE[usize::from(value > 0.0)];
    let share = value.abs().min(1.0);
    let mixed = |channel: u8| (255.0 + share * (f64::from(channel) - 255.0)).round() as u8;
    RGBColor(mixed(red), mixed(green), mixed(blue))
}

/// Two decimals, without the sign of a zero.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".into() } else { text }
}
