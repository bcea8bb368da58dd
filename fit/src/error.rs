//! [`FitError`]: everything that can go wrong here, each with where and what to do.

use std::path::PathBuf;

/// What made an evaluation of an objective fail: any error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong in reading data, evaluating a loss, fitting, or drawing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// The data file could not be opened or read.
    #[error("{file}: cannot be read ({source}): check the path and that the file is text in UTF-8")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A column that was asked for is not in the header.
    #[error("{file}: there is no column `{column}`; the header has {}: use one of these names", quoted(.existing))]
    MissingColumn {
        /// The file.
        file: String,
        /// The name asked for.
        column: String,
        /// The names in the header.
        existing: Vec<String>,
    },
    /// A cell does not hold what its column needs.
    #[error(
        "{file}, line {line}, column `{column}`: reads `{text}`, not a finite number: correct the cell, or leave it empty (or NA) if the observation is missing; a time cannot be missing"
    )]
    BadCell {
        /// The file.
        file: String,
        /// The line in the file, comments counted, from 1.
        line: usize,
        /// The column.
        column: String,
        /// What stands there.
        text: String,
    },
    /// A row has another number of cells than the header.
    #[error("{file}, line {line}: has {found} cells, the header has {expected}: add or remove separators")]
    RowLength {
        /// The file.
        file: String,
        /// The line in the file, comments counted, from 1.
        line: usize,
        /// Cells in the header.
        expected: usize,
        /// Cells in this row.
        found: usize,
    },
    /// The times of the data do not increase.
    #[error("{place}: time {time} does not come after {previous}: sort the rows by time and remove repeated times")]
    TimesNotIncreasing {
        /// The file and line, or the row.
        place: String,
        /// The offending time.
        time: f64,
        /// The time before it.
        previous: f64,
    },
    /// There is nothing to fit to.
    #[error("{place}: there is no observation: at least one row and one named observable are needed")]
    NoObservations {
        /// The file, or what was given.
        place: String,
    },
    /// An observation or a time given by a program is not finite.
    #[error("row {row}, `{column}`: {value} is not a finite number: pass `None` if the observation is missing")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The observable, or `time`.
        column: String,
        /// What was given.
        value: f64,
    },
    /// Two things that belong together have different sizes.
    #[error("{what}: expected {expected}, found {found}: {remedy}")]
    Shape {
        /// What was counted.
        what: String,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// A model value for which the likelihood is not defined.
    #[error(
        "the model's `{observable}` is {value} at t = {time}, where it must be {needed}: restrict the parameters, solve more accurately, or choose another likelihood"
    )]
    ModelOutsideDomain {
        /// The time of the observation.
        time: f64,
        /// The observable.
        observable: String,
        /// What the model gave.
        value: f64,
        /// What is allowed.
        needed: &'static str,
    },
    /// An observation for which the likelihood is not defined.
    #[error(
        "the observed `{observable}` is {value} at t = {time}, where {needed}: mark it missing, or choose another likelihood"
    )]
    ObservationOutsideDomain {
        /// The time of the observation.
        time: f64,
        /// The observable.
        observable: String,
        /// What was observed.
        value: f64,
        /// What the likelihood is for.
        needed: &'static str,
    },
    /// A noise scale that is not positive.
    #[error(
        "the noise scale of `{observable}` is {value}, where it must be positive: estimate it as a parameter on the log scale"
    )]
    NoiseScale {
        /// The observable.
        observable: String,
        /// The scale given.
        value: f64,
    },
    /// A parameter outside what its scale allows.
    #[error("parameter `{name}` = {value} is outside its domain, {domain}: choose another start or another scale")]
    ParameterOutsideDomain {
        /// The parameter.
        name: String,
        /// Its value.
        value: f64,
        /// What its scale allows.
        domain: &'static str,
    },
    /// Two parameters of one name.
    #[error("parameter `{name}` is there twice: give every parameter its own name")]
    RepeatedParameter {
        /// The name.
        name: String,
    },
    /// Two experiments of one name.
    #[error("experiment `{name}` is there twice: give every experiment its own name")]
    RepeatedExperiment {
        /// The name.
        name: String,
    },
    /// A name that no experiment has.
    #[error("there is no experiment `{name}`; there are {}: use one of these names", quoted(.existing))]
    UnknownExperiment {
        /// The name asked for.
        name: String,
        /// The names there are.
        existing: Vec<String>,
    },
    /// A setting that an experiment does not have.
    #[error("experiment `{experiment}` has no setting `{name}`; it has {}: use one of these names", quoted(.existing))]
    UnknownSetting {
        /// The experiment.
        experiment: String,
        /// The name asked for.
        name: String,
        /// The names there are.
        existing: Vec<String>,
    },
    /// A setting that changes within an experiment.
    #[error(
        "{file}, line {line}, column `{column}`: reads `{text}`, but earlier rows of this experiment have {before}: a setting is the same in all rows; what changes in time is a dose"
    )]
    ChangedSetting {
        /// The file.
        file: String,
        /// The line in the file, comments counted, from 1.
        line: usize,
        /// The column.
        column: String,
        /// What stands there.
        text: String,
        /// What stood there before.
        before: f64,
    },
    /// The loss of an experiment could not be evaluated.
    #[error("experiment `{name}`: {source}")]
    Experiment {
        /// The experiment.
        name: String,
        /// Why.
        source: Cause,
    },
    /// A name that no parameter has.
    #[error("there is no parameter `{name}`; there are {}: use one of these names", quoted(.existing))]
    UnknownParameter {
        /// The name asked for.
        name: String,
        /// The names there are.
        existing: Vec<String>,
    },
    /// The objective cannot be evaluated where the search should start.
    #[error("the objective failed at the start ({source}): choose a start at which the model can be solved")]
    Start {
        /// Why.
        source: Cause,
    },
    /// A profile needs an optimum to start from.
    #[error("no profile of `{name}`: {reason}: let the fit converge first")]
    NoProfile {
        /// The parameter.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The information could not be computed.
    #[error("no information: {reason}")]
    NoInformation {
        /// Why not, and what to do.
        reason: String,
    },
    /// An option of an optimiser, or of a fit, that makes no sense.
    #[error("{option} = {value}: {remedy}")]
    Option {
        /// The option.
        option: &'static str,
        /// What it was set to.
        value: f64,
        /// What to do.
        remedy: &'static str,
    },
    /// A network that cannot be.
    #[error("network: {reason}")]
    Network {
        /// What does not fit, and what would.
        reason: String,
    },
    /// A saved file could not be written.
    #[error("{}: cannot be written ({reason}): check the directory and its permissions", .path.display())]
    NotSaved {
        /// The file name.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A saved file is damaged, cut off, or something else.
    #[error("{}: cannot be loaded: {reason}", .path.display())]
    NotLoaded {
        /// The file name.
        path: PathBuf,
        /// What was found, and what to do.
        reason: String,
    },
    /// A saved file holds something of another shape.
    #[error("{}: holds {found}, but {expected} is needed: load it into what it was saved from", .path.display())]
    OtherShape {
        /// The file name.
        path: PathBuf,
        /// The shape in the file.
        found: String,
        /// The shape asked for.
        expected: String,
    },
    /// The file name of a picture does not say PNG or SVG.
    #[error("{}: a picture is saved as .png or .svg: change the extension", .path.display())]
    PictureFormat {
        /// The file name.
        path: PathBuf,
    },
    /// The file name of a gallery does not say PNG.
    #[error("{}: a gallery is made of pixels and saved as .png: change the extension", .path.display())]
    GalleryFormat {
        /// The file name.
        path: PathBuf,
    },
    /// A picture has nothing to show.
    #[error("figure `{title}` has nothing to draw: add a curve or points with at least one finite value")]
    EmptyPicture {
        /// The title.
        title: String,
    },
    /// A picture could not be written.
    #[error("{}: the picture cannot be written ({reason}): check the directory and its permissions", .path.display())]
    PictureNotWritten {
        /// The file name.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
