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
    /// What was seen in each cell, one row after the other: nothing, one value, or several replicates.
    cells: Vec<Vec<Observation>>,
}

/// One observation, and how much it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Observation {
    /// What was observed.
    pub value: f64,
    /// How many observations it stands for: its share of a loss is multiplied by this. Usually 1.
    pub weight: f64,
    /// The size of its noise relative to that of its observable, or, where the noise scale of the observable is 1, the size of
    /// its noise. Usually 1.
    pub noise: f64,
}

impl Observation {
    /// One that counts once.
    pub fn new(value: f64) -> Self {
        Self { value, weight: 1.0, noise: 1.0 }
    }

    /// The same with a weight.
    pub fn with_weight(self, weight: f64) -> Self {
        Self { weight, ..self }
    }

    /// The same with a relative size of its noise.
    pub fn with_noise(self, noise: f64) -> Self {
        Self { noise, ..self }
    }
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
        let cells = rows.concat().into_iter().map(|value| value.map(Observation::new).into_iter().collect()).collect();
        Ok(Self { names, times: times.to_vec(), cells })
    }

    /// Observations one by one, as they come from a table in long form: time, number of the observable, observation. Several of
    /// one observable at one time are replicates. The order does not matter.
    ///
    /// # Errors
    /// If there is no observation or no name, a number is not finite, there is no such observable, or a weight is negative or a
    /// noise not positive. Rows count from 0 in the order given.
    pub fn from_observations(names: &[&str], observations: &[(f64, usize, Observation)]) -> Result<Self, FitError> {
        if names.is_empty() || observations.is_empty() {
            return Err(FitError::NoObservations { place: "the data".into() });
        }
        for (row, &(time, column, seen)) in observations.iter().enumerate() {
            let Some(name) = names.get(column) else {
                let remedy = "number the observables from 0 in the order of their names";
                let what = format!("the number of the observable in row {row}, against observables");
                return Err(FitError::Shape { what, expected: names.len(), found: column, remedy });
            };
            let bad = [("time", time), (name, seen.value), ("weight", seen.weight), ("noise", seen.noise)];
            if let Some(&(column, value)) = bad.iter().find(|(_, value)| !value.is_finite()) {
                return Err(FitError::NotFinite { row, column: column.into(), value });
            }
            if seen.weight < 0.0 || seen.noise <= 0.0 {
                let remedy = "weights are at least 0, and the noise of an observation is positive";
                let value = if seen.weight < 0.0 { seen.weight } else { seen.noise };
                return Err(FitError::Option { option: "weight or noise of an observation", value, remedy });
            }
        }
        let mut times: Vec<f64> = observations.iter().map(|row| row.0).collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        let mut cells = vec![Vec::new(); times.len() * names.len()];
        for &(time, column, seen) in observations {
            let row = times.partition_point(|&earlier| earlier < time);
            cells[row * names.len() + column].push(seen);
        }
        let names = names.iter().map(|name| name.to_string()).collect();
        Ok(Self { names, times, cells })
    }

    /// Reads a comma-separated file with a header.
    ///
    /// Lines that start with `#` are comments; blanks around cells do not count; an empty cell, `NA` or `NaN` in an
    /// observable is a missing observation. A time may be a date `YYYY-MM-DD`, which counts as days since 1970. Observables come in the order asked for, whatever that of the file.
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
        let cells = self.cells[..rows * self.names.len()].to_vec();
        Self { names: self.names.clone(), times: self.times[..rows].to_vec(), cells }
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

    /// Observable `column` in row `row`, if it was observed; the first of replicates.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn get(&self, row: usize, column: usize) -> Option<f64> {
        Some(self.cell(row, column).first()?.value)
    }

    /// Everything that was observed of observable `column` in row `row`.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn cell(&self, row: usize, column: usize) -> &[Observation] {
        assert!(column < self.names.len(), "column {column} of {} observables", self.names.len());
        &self.cells[row * self.names.len() + column]
    }

    /// How many observations there are.
    pub fn observations(&self) -> usize {
        self.cells.iter().map(Vec::len).sum()
    }

    /// The same, with `change(time, column, observation)` in place of every observation: to give weights or noise, or to
    /// simulate.
    pub fn map(&self, mut change: impl FnMut(f64, usize, Observation) -> Observation) -> Self {
        let mut changed = self.clone();
        for (index, cell) in changed.cells.iter_mut().enumerate() {
            let (time, column) = (self.times[index / self.names.len()], index % self.names.len());
            cell.iter_mut().for_each(|seen| *seen = change(time, column, *seen));
        }
        changed
    }

    /// The times at which observable `column` was observed, and what was seen, replicates one after the other: ready to
    /// plot.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn observed(&self, column: usize) -> (Vec<f64>, Vec<f64>) {
        let row = |row: usize| self.cell(row, column).iter().map(move |seen| (self.times[row], seen.value));
        (0..self.len()).flat_map(row).unzip()
    }
}
