//! [`CsvTable`]: a file of comma-separated cells that knows on which line each one stands.

use crate::{Columns, Data, Experiment, Experiments, FitError, Observation};
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

/// The rows of one experiment.
#[derive(Default)]
struct Group {
    name: String,
    settings: Vec<f64>,
    doses: Vec<(f64, f64)>,
    seen: Vec<(f64, usize, Observation)>,
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
            self.check_length(row)?;
            let time = time(&row.cells[time_at]).ok_or_else(|| self.bad_cell(row, time_at))?;
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

    /// The rows as experiments, in the order of their first rows.
    pub fn experiments(&self, columns: &Columns<'_>) -> Result<Experiments, FitError> {
        let name_at = self.column(columns.experiment)?;
        let time_at = self.column(columns.time)?;
        let find = |names: &[&str]| names.iter().map(|name| self.column(name)).collect::<Result<Vec<_>, _>>();
        let (observables, settings) = (find(columns.observables)?, find(columns.settings)?);
        let optional = |name: Option<&str>| name.map(|name| self.column(name)).transpose();
        let (dose, weight, noise) = (optional(columns.dose)?, optional(columns.weight)?, optional(columns.noise)?);
        let mut groups: Vec<Group> = Vec::new();
        for row in &self.rows {
            self.check_length(row)?;
            let name = &row.cells[name_at];
            let known = groups.iter().position(|group| group.name == *name);
            let at = known.unwrap_or_else(|| {
                groups.push(Group { name: name.to_string(), ..Group::default() });
                groups.len() - 1
            });
            let group = &mut groups[at];
            let time = time(&row.cells[time_at]).ok_or_else(|| self.bad_cell(row, time_at))?;
            let given = settings.iter().map(|&at| number(&row.cells[at]).ok_or_else(|| self.bad_cell(row, at)));
            let given = given.collect::<Result<Vec<_>, _>>()?;
            match (known, group.settings.iter().zip(&given).position(|(a, b)| a != b)) {
                (None, _) => group.settings = given,
                (Some(_), None) => {}
                (Some(_), Some(i)) => return Err(self.changed_setting(row, settings[i], group.settings[i])),
            }
            let positive = |at: Option<usize>, least: f64| match at {
                None => Ok(1.0),
                Some(at) => {
                    let value = number(&row.cells[at]).filter(|&value| value >= least);
                    value.ok_or_else(|| self.bad_cell(row, at))
                }
            };
            let (weight, noise) = (positive(weight, 0.0)?, positive(noise, f64::MIN_POSITIVE)?);
            if let Some(amount) = dose.map(|at| self.observation(row, at)).transpose()?.flatten() {
                group.doses.extend((amount != 0.0).then_some((time, amount)));
            }
            for (column, &at) in observables.iter().enumerate() {
                if let Some(value) = self.observation(row, at)? {
                    let seen = Observation::new(value).with_weight(weight).with_noise(noise);
                    group.seen.push((time, column, seen));
                }
            }
        }
        let experiment = |group: Group| {
            let mut experiment =
                Experiment::new(&group.name, Data::from_observations(columns.observables, &group.seen)?);
            for (name, &value) in columns.settings.iter().zip(&group.settings) {
                experiment = experiment.with_setting(name, value);
            }
            Ok(group.doses.iter().fold(experiment, |experiment, &(time, amount)| experiment.with_dose(time, amount)))
        };
        Experiments::new(groups.into_iter().map(experiment).collect::<Result<Vec<_>, FitError>>()?)
    }

    fn changed_setting(&self, row: &Row, at: usize, before: f64) -> FitError {
        FitError::ChangedSetting {
            file: self.file.clone(),
            line: self.line(row),
            column: self.header[at].clone(),
            text: row.cells[at].to_string(),
            before,
        }
    }

    fn check_length(&self, row: &Row) -> Result<(), FitError> {
        let (expected, found) = (self.header.len(), row.cells.len());
        match expected == found {
            true => Ok(()),
            false => Err(FitError::RowLength { file: self.file.clone(), line: self.line(row), expected, found }),
        }
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

/// A number, or a date as days since 1970 (in the calendar of Gregory XIII at all times; Howard Hinnant's algorithm).
fn time(cell: &str) -> Option<f64> {
    if let Some(time) = number(cell) {
        return Some(time);
    }
    let mut parts = cell.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March: the day that some of them have more is their last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some((era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468) as f64)
}
