//! [`CsvTable`]: a file of comma-separated cells that knows on which line each one stands.

use crate::{Data, FitError};
use std::io::Read;

/// The text, and what it says: kept together so that an error can name the line.
pub(crate) struct CsvTable {
    file: String,
    text: String,
    header: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    cells: csv::StringRecord,
    /// The byte after the row, from which the line is counted.
    end: usize,
}

impl CsvTable {
    /// Reads all of it and finds the cells.
    pub fn read(mut reader: impl Read, file: &str) -> Result<Self, FitError> {
        let unreadable = |source| FitError::Unreadable { file: file.to_string(), source };
        let mut text = String::new();
        reader.read_to_string(&mut text).map_err(unreadable)?;
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        let mut parser = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        let mut cells = csv::StringRecord::new();
        while parser.read_record(&mut cells).map_err(|error| unreadable(error.into()))? {
            // A line of blanks is a row of one empty cell to the parser, and nothing to a person.
            if cells.iter().any(|cell| !cell.is_empty()) || cells.len() > 1 {
                rows.push(Row { cells: cells.clone(), end: parser.position().byte() as usize });
            }
        }
        drop(parser);
        if rows.is_empty() {
            return Err(FitError::NoObservations { place: file.to_string() });
        }
        let header = rows.remove(0).cells.iter().map(String::from).collect();
        Ok(Self { file: file.to_string(), text, header, rows })
    }

    /// The rows as observations.
    pub fn observations(&self, time_column: &str, observables: &[&str]) -> Result<Data, FitError> {
        let time_at = self.column(time_column)?;
        let places = observables.iter().map(|name| self.column(name)).collect::<Result<Vec<_>, _>>()?;
        let (mut times, mut rows) = (Vec::<f64>::new(), Vec::new());
        for row in &self.rows {
            let (expected, found) = (self.header.len(), row.cells.len());
            if expected != found {
                return Err(FitError::RowLength { file: self.file.clone(), line: self.line(row), expected, found });
            }
            let time = number(&row.cells[time_at]).ok_or_else(|| self.bad_cell(row, time_at))?;
            if let Some(&previous) = times.last().filter(|&&previous| time <= previous) {
                let place = format!("{}, line {}", self.file, self.line(row));
                return Err(FitError::TimesNotIncreasing { place, time, previous });
            }
            times.push(time);
            rows.push(places.iter().map(|&place| self.observation(row, place)).collect::<Result<Vec<_>, _>>()?);
        }
        if rows.is_empty() || places.is_empty() {
            return Err(FitError::NoObservations { place: self.file.clone() });
        }
        Data::new(observables, &times, &rows)
    }

    fn column(&self, name: &str) -> Result<usize, FitError> {
        self.header.iter().position(|column| column == name).ok_or_else(|| FitError::MissingColumn {
            file: self.file.clone(),
            column: name.to_string(),
            existing: self.header.clone(),
        })
    }

    fn observation(&self, row: &Row, place: usize) -> Result<Option<f64>, FitError> {
        let cell = &row.cells[place];
        if cell.is_empty() || cell.eq_ignore_ascii_case("na") || cell.eq_ignore_ascii_case("nan") {
            return Ok(None);
        }
        number(cell).map(Some).ok_or_else(|| self.bad_cell(row, place))
    }

    fn bad_cell(&self, row: &Row, place: usize) -> FitError {
        FitError::BadCell {
            file: self.file.clone(),
            line: self.line(row),
            column: self.header[place].clone(),
            text: row.cells[place].to_string(),
        }
    }

    /// The line a row ends on. The parser's own count is that of where it began to look, in front of comments.
    fn line(&self, row: &Row) -> usize {
        1 + self.text[..row.end].trim_end_matches(['\r', '\n']).matches('\n').count()
    }
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|value: &f64| value.is_finite())
}
