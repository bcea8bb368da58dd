//! [`Experiments`]: several runs of one system under different conditions.

use crate::csv_table::CsvTable;
use crate::{Cause, Data, FitError};
use costate_ad::{Var, try_parallel_gradient};
use nalgebra::DVector;
use std::io::Read;
use std::path::Path;

/// One run: what was set, what was given when, and what was seen.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Experiment {
    /// Its name.
    pub name: String,
    /// What was observed, with replicates and missing values.
    pub data: Data,
    /// What was set, by name: initial values, inputs, covariates.
    pub settings: Vec<(String, f64)>,
    /// What was given at which time, in order: ready for an event of the solver.
    pub doses: Vec<(f64, f64)>,
}

impl Experiment {
    /// One with data only.
    pub fn new(name: &str, data: Data) -> Self {
        Self { name: name.to_string(), data, settings: Vec::new(), doses: Vec::new() }
    }

    /// Adds a setting.
    pub fn with_setting(mut self, name: &str, value: f64) -> Self {
        self.settings.push((name.to_string(), value));
        self
    }

    /// Adds a dose.
    pub fn with_dose(mut self, time: f64, amount: f64) -> Self {
        self.doses.push((time, amount));
        self.doses.sort_by(|a, b| a.0.total_cmp(&b.0));
        self
    }

    /// The setting of this name.
    ///
    /// # Errors
    /// [`FitError::UnknownSetting`] if there is none.
    pub fn setting(&self, name: &str) -> Result<f64, FitError> {
        let found = self.settings.iter().find(|(known, _)| known == name);
        found.map(|&(_, value)| value).ok_or_else(|| FitError::UnknownSetting {
            experiment: self.name.clone(),
            name: name.to_string(),
            existing: self.settings.iter().map(|(name, _)| name.clone()).collect(),
        })
    }
}

/// What the columns of a file mean that holds several experiments one below the other. A column that is not named here is
/// not read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns<'a> {
    /// The name of the experiment, in each row.
    pub experiment: &'a str,
    /// The time, or a date `YYYY-MM-DD`.
    pub time: &'a str,
    /// The observables. An empty cell, `NA` or `NaN` is missing.
    pub observables: &'a [&'a str],
    /// Settings, the same in all rows of an experiment.
    pub settings: &'a [&'a str],
    /// The amount given at that time; an empty cell or 0 is none.
    pub dose: Option<&'a str>,
    /// The weight of all observations in the row.
    pub weight: Option<&'a str>,
    /// The noise of all observations in the row.
    pub noise: Option<&'a str>,
}

/// Several experiments.
///
/// ```
/// use costate_fit::{Columns, Experiments};
/// let text = "run, t, a0, seen\nfirst, 0, 2.0, 2.1\nfirst, 1, 2.0, 1.4\nsecond, 0, 5.0, 4.9\nsecond, 0, 5.0, 5.2\n";
/// let columns =
///     Columns { experiment: "run", time: "t", observables: &["seen"], settings: &["a0"], ..Columns::default() };
/// let experiments = Experiments::from_csv_reader(text.as_bytes(), &columns)?;
/// assert_eq!(experiments.iter().count(), 2);
/// let second = experiments.get("second")?;
/// assert_eq!(second.setting("a0")?, 5.0);
/// assert_eq!((second.data.len(), second.data.observations()), (1, 2)); // one time, two replicates
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Experiments {
    list: Vec<Experiment>,
}

impl Experiments {
    /// Experiments given by a program.
    ///
    /// # Errors
    /// If there is none, or two share a name.
    pub fn new(list: Vec<Experiment>) -> Result<Self, FitError> {
        if list.is_empty() {
            return Err(FitError::NoObservations { place: "the experiments".into() });
        }
        for (i, experiment) in list.iter().enumerate() {
            if list[..i].iter().any(|earlier| earlier.name == experiment.name) {
                return Err(FitError::RepeatedExperiment { name: experiment.name.clone() });
            }
        }
        Ok(Self { list })
    }

    /// Reads a comma-separated file with a header, in the forms that [`Data::from_csv`] reads. Rows of an experiment may stand
    /// anywhere and in any order; several at one time are replicates.
    ///
    /// # Errors
    /// If the file cannot be read, a column is missing, a cell does not hold what its column needs, or a setting differs within an
    /// experiment. Errors name the file, the line (comments counted) and the column.
    pub fn from_csv(path: impl AsRef<Path>, columns: &Columns<'_>) -> Result<Self, FitError> {
        let name = path.as_ref().display().to_string();
        let unreadable = |source| FitError::Unreadable { file: name.clone(), source };
        let file = std::fs::File::open(&path).map_err(unreadable)?;
        CsvTable::read(file, &name)?.experiments(columns)
    }

    /// As [`from_csv`](Self::from_csv), from anything that can be read; errors call it `input`.
    ///
    /// # Errors
    /// As `from_csv`.
    pub fn from_csv_reader(reader: impl Read, columns: &Columns<'_>) -> Result<Self, FitError> {
        CsvTable::read(reader, "input")?.experiments(columns)
    }

    /// One after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, Experiment> {
        self.list.iter()
    }

    /// The experiment of this name.
    ///
    /// # Errors
    /// [`FitError::UnknownExperiment`] if there is none.
    pub fn get(&self, name: &str) -> Result<&Experiment, FitError> {
        self.iter().find(|experiment| experiment.name == name).ok_or_else(|| FitError::UnknownExperiment {
            name: name.to_string(),
            existing: self.iter().map(|experiment| experiment.name.clone()).collect(),
        })
    }

    /// The sum of a loss over all experiments and its gradient at `x`, on rayon's threads, with the same bits on any number of
    /// them.
    ///
    /// # Errors
    /// [`FitError::Experiment`], which names the first experiment whose loss fails.
    pub fn gradient<E: Into<Cause>>(
        &self,
        loss: impl Fn(&Experiment, &DVector<Var>) -> Result<Var, E> + Sync,
        x: &DVector<f64>,
    ) -> Result<(f64, DVector<f64>), FitError> {
        let named = |experiment: &Experiment, x: &DVector<Var>| {
            loss(experiment, x)
                .map_err(|source| FitError::Experiment { name: experiment.name.clone(), source: source.into() })
        };
        try_parallel_gradient(named, &self.list, x)
    }
}
