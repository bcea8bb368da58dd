//! [`Data`]: what was observed, and when.

use crate::FitError;
use crate::csv_table::CsvTable;
use std::io::Read;
use std::path::Path;

/// Observations of named quantities at increasing times; any of them may be missing.
///
/// ```
/// use costate_fit::Data;
/// let text = "# counts in thousands\nYear, Lynx, Hare\n1900, 4.0, 30.0\n1901, NA, 47.2\n";
/// let data = Data::from_csv_reader(text.as_bytes(), "Year", &["Hare", "Lynx"])?.since(1900.0);
/// assert_eq!(data.times(), [0.0, 1.0]);
/// assert_eq!(data.get(0, 0), Some(30.0)); // the first observable is the hare: the order asked for
/// assert_eq!(data.get(1, 1), None);
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    names: Vec<String>,
    times: Vec<f64>,
    /// One row after the other.
    values: Vec<Option<f64>>,
}

impl Data {
    /// Observations given by a program: one row for each time, one column for each name; `None` is missing.
    ///
    /// # Errors
    /// If there is no row or no name, a row has another length, a number is not finite, or times do not increase.
    pub fn new(names: &[&str], times: &[f64], rows: &[Vec<Option<f64>>]) -> Result<Self, FitError> {
        if names.is_empty() || times.is_empty() {
            return Err(FitError::NoObservations { place: "the data".into() });
        }
        let shape = |what: String, expected, found| FitError::Shape {
            what,
            expected,
            found,
            remedy: "give one row for each time and one value for each name",
        };
        if rows.len() != times.len() {
            return Err(shape("rows of the data, against times".into(), times.len(), rows.len()));
        }
        for (i, (row, &time)) in rows.iter().zip(times).enumerate() {
            if row.len() != names.len() {
                return Err(shape(format!("values in row {i}, against names"), names.len(), row.len()));
            }
            let cells = names.iter().copied().zip(row.iter().copied()).chain([("time", Some(time))]);
            for (column, value) in cells.filter_map(|(name, value)| Some((name, value?))) {
                if !value.is_finite() {
                    return Err(FitError::NotFinite { row: i, column: column.into(), value });
                }
            }
            if i > 0 && time <= times[i - 1] {
                return Err(FitError::TimesNotIncreasing { place: format!("row {i}"), time, previous: times[i - 1] });
            }
        }
        let names = names.iter().map(|name| name.to_string()).collect();
        Ok(Self { names, times: times.to_vec(), values: rows.concat() })
    }

    /// Reads a comma-separated file with a header.
    ///
    /// Lines that start with `#` are comments; blanks around cells do not count; an empty cell, `NA` or `NaN` in an
    /// observable is a missing observation. Observables come in the order asked for, whatever that of the file.
    ///
    /// # Errors
    /// If the file cannot be read, a column is missing, a cell is not a finite number, times do not increase, or
    /// there are no rows. Errors name the file, the line (comments counted) and the column.
    pub fn from_csv(path: impl AsRef<Path>, time_column: &str, observables: &[&str]) -> Result<Self, FitError> {
        let name = path.as_ref().display().to_string();
        let unreadable = |source| FitError::Unreadable { file: name.clone(), source };
        let file = std::fs::File::open(&path).map_err(unreadable)?;
        CsvTable::read(file, &name)?.observations(time_column, observables)
    }

    /// As [`from_csv`](Self::from_csv), from anything that can be read; errors call it `input`.
    ///
    /// # Errors
    /// As `from_csv`.
    pub fn from_csv_reader(reader: impl Read, time_column: &str, observables: &[&str]) -> Result<Self, FitError> {
        CsvTable::read(reader, "input")?.observations(time_column, observables)
    }

    /// The same observations on a clock that starts at `origin`: 1905 becomes 5 after `since(1900.0)`.
    pub fn since(mut self, origin: f64) -> Self {
        self.times.iter_mut().for_each(|time| *time -= origin);
        self
    }

    /// The first `rows` rows, all of them if there are fewer.
    pub fn head(&self, rows: usize) -> Self {
        let rows = rows.min(self.len());
        let values = self.values[..rows * self.names.len()].to_vec();
        Self { names: self.names.clone(), times: self.times[..rows].to_vec(), values }
    }

    /// The number of rows, which is that of times.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is no row; only [`head`](Self::head)`(0)` can do that.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The times, increasing.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The names of the observables.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Observable `column` in row `row`, if it was observed.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn get(&self, row: usize, column: usize) -> Option<f64> {
        assert!(column < self.names.len(), "column {column} of {} observables", self.names.len());
        self.values[row * self.names.len() + column]
    }

    /// The times at which observable `column` was observed, and what was seen: ready to plot.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn observed(&self, column: usize) -> (Vec<f64>, Vec<f64>) {
        (0..self.len()).filter_map(|row| Some((self.times[row], self.get(row, column)?))).unzip()
    }
}
