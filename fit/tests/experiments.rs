//! Several experiments: files, and a published likelihood over six conditions.

use costate_ad::Var;
use costate_fit::{Columns, Data, Experiment, Experiments, FitError, Observation, gaussian};
use costate_sensitivity::{DiscreteAdjoint, Forward, GradientStrategy};
use costate_solvers::{Problem, SaveAt, Tolerance, Vern9, ode};
use nalgebra::DVector;
use serde_json::Value;
use std::collections::BTreeMap;

const COLUMNS: Columns<'_> = Columns {
    experiment: "run",
    time: "t",
    observables: &["a", "b"],
    settings: &["start"],
    dose: Some("dose"),
    weight: Some("weight"),
    noise: Some("noise"),
};

fn read(text: &str) -> Result<Experiments, FitError> {
    Experiments::from_csv_reader(text.as_bytes(), &COLUMNS)
}

#[test]
fn a_table_in_long_form() {
    let text = "run,t,a,b,start,dose,weight,noise\n\
                one,0,1.5,,7,100,1,1\n\
                two,3,2.5,9,8,,0.5,2\n\
                one,0,1.7,NA,7,0,1,1\n\
                one,2,,4,7,50,2,1\n\
                two,1,3.5,,8,,1,1\n";
    let experiments = read(text).unwrap();
    let names: Vec<&str> = experiments.iter().map(|experiment| experiment.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    let (one, two) = (experiments.get("one").unwrap(), experiments.get("two").unwrap());
    assert_eq!((one.setting("start").unwrap(), two.setting("start").unwrap()), (7.0, 8.0));
    assert_eq!(one.doses, [(0.0, 100.0), (2.0, 50.0)]);
    assert_eq!((one.data.times(), two.data.times()), (&[0.0, 2.0][..], &[1.0, 3.0][..]));
    assert_eq!(one.data.cell(0, 0), [Observation::new(1.5), Observation::new(1.7)]);
    assert_eq!(one.data.cell(1, 1), [Observation::new(4.0).with_weight(2.0)]);
    assert_eq!(two.data.cell(1, 0), [Observation::new(2.5).with_weight(0.5).with_noise(2.0)]);
    assert_eq!((two.data.cell(0, 1), one.data.observations()), (&[][..], 3));
    assert!(one.setting("end").unwrap_err().to_string().contains("`start`"));
    assert!(experiments.get("three").unwrap_err().to_string().contains("`one`, `two`"));
}

#[test]
fn errors_name_file_line_and_column() {
    let head = "run,t,a,b,start,dose,weight,noise\none,0,1,1,7,,1,1\n";
    for (row, expected) in [
        ("one,1,1,1,8,,1,1", "input, line 3, column `start`: reads `8`, but earlier rows of this experiment have 7"),
        ("one,1,1,1,x,,1,1", "input, line 3, column `start`: reads `x`"),
        ("one,soon,1,1,7,,1,1", "input, line 3, column `t`: reads `soon`"),
        ("# skipped\none,1,1,1,7,,-1,1", "input, line 4, column `weight`: reads `-1`"),
        ("one,1,1,1,7,,1,0", "input, line 3, column `noise`: reads `0`"),
        ("one,1,1,1,7,much,1,1", "input, line 3, column `dose`: reads `much`"),
        ("one,1,1,1,7,,1", "input, line 3: has 7 cells, the header has 8"),
    ] {
        let message = read(&format!("{head}{row}\n")).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{row}: {message}");
    }
    assert!(matches!(read("run,t,a,b,start,dose,weight\n"), Err(FitError::MissingColumn { .. })));
    assert!(matches!(Experiments::new(vec![]), Err(FitError::NoObservations { .. })));
    let data = Data::new(&["a"], &[0.0], &[vec![Some(1.0)]]).unwrap();
    let twice = vec![Experiment::new("x", data.clone()), Experiment::new("x", data)];
    assert!(matches!(Experiments::new(twice), Err(FitError::RepeatedExperiment { .. })));
}

#[test]
fn dates_are_days() {
    let text = "day,in_bed\n1978-01-22,3\n1978-02-03,8\n1980-03-01,1\n";
    let data = Data::from_csv_reader(text.as_bytes(), "day", &["in_bed"]).unwrap();
    assert_eq!(data.times()[0], 2943.0); // days from 1970-01-01 to 1978-01-22
    assert_eq!(data.since(2943.0).times(), [0.0, 12.0, 769.0]);
}

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../data/petab/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn table(name: &str) -> Vec<BTreeMap<String, String>> {
    let text = file(&format!("Bruno_JExpBot2016/{name}_Bruno_JExpBot2016.tsv"));
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let row = |line: &str| header.iter().zip(line.split('\t')).map(|(h, c)| (h.to_string(), c.to_string())).collect();
    lines.map(row).collect()
}

/// The carotenoid cleavage of Bruno et al. (2016, J. Exp. Bot.): six conditions differ in initial states and multipliers.
struct Bruno {
    parameters: Vec<(String, f64)>,
    conditions: Vec<BTreeMap<String, String>>,
    experiments: Experiments,
}

impl Bruno {
    fn read() -> Self {
        let number = |text: &String| text.parse::<f64>().unwrap();
        let parameters = table("parameters");
        let parameters =
            parameters.iter().map(|row| (row["parameterId"].clone(), number(&row["nominalValue"]))).collect();
        let observables = ["obcar", "obcry", "ob10", "obio", "oohb10", "ozea"];
        let (measured, conditions) = (table("measurementData"), table("experimentalCondition"));
        let experiment = |condition: &BTreeMap<String, String>| {
            let name = &condition["conditionId"];
            let rows = measured.iter().filter(|row| row["simulationConditionId"] == *name);
            let seen = rows.map(|row| {
                let column = observables.iter().position(|name| *name == row["observableId"]).unwrap();
                let seen = Observation::new(number(&row["measurement"])).with_noise(number(&row["noiseParameters"]));
                (number(&row["time"]), column, seen)
            });
            Experiment::new(name, Data::from_observations(&observables, &seen.collect::<Vec<_>>()).unwrap())
        };
        let experiments = Experiments::new(conditions.iter().map(experiment).collect()).unwrap();
        Self { parameters, conditions, experiments }
    }

    fn negative_log_likelihood(
        &self,
        strategy: &(impl GradientStrategy + Sync),
        x: &DVector<f64>,
    ) -> (f64, DVector<f64>) {
        let loss = |experiment: &Experiment, x: &DVector<Var>| {
            let condition = self.conditions.iter().find(|row| row["conditionId"] == experiment.name).unwrap();
            let parameter = |name: &str| x[self.parameters.iter().position(|(known, _)| known == name).unwrap()];
            let value = |column: &str| {
                let text = &condition[column];
                text.parse::<f64>().map_or_else(|_| parameter(text), Var::from)
            };
            let initial = ["init_bcar", "init_bcry", "init_b10"].map(value);
            let start = [initial[0], initial[1], initial[2], 0.0.into(), value("init_ohb10"), value("init_zea")];
            let rate = |name: &str| parameter(name) * value(&format!("{name}_multiplier"));
            let rates = DVector::from_iterator(6, ["kb1", "kb2", "kc1", "kc2", "kc4", "k5"].map(rate));
            let system = ode!(|_t, [bcar, bcry, b10, _bio, ohb10, zea], [kb1, kb2, kc1, kc2, kc4, k5]| [
                -kb1 * bcar,
                -(kc1 + kc2) * bcry,
                kb1 * bcar - kb2 * b10 + kc1 * bcry,
                kb1 * bcar + kb2 * b10 + kc2 * bcry,
                kc2 * bcry - kc4 * ohb10 + k5 * zea,
                -k5 * zea,
            ]);
            let (end, times) = (180.0, experiment.data.times());
            let problem = Problem::ode(system, start, &rates, 0.0..end);
            let solution = strategy.solve(&problem, Vern9, Tolerance::new(1e-10, 1e-12), SaveAt::times(times));
            gaussian(solution.map_err(|error| error.to_string())?.states(), &experiment.data, &[Var::from(1.0); 6])
                .map_err(|error| error.to_string())
        };
        self.experiments.gradient(loss, x).unwrap()
    }
}

#[test]
fn the_published_log_likelihood_of_the_petab_model_bruno() {
    let bruno = Bruno::read();
    assert_eq!(bruno.experiments.iter().map(|experiment| experiment.data.observations()).sum::<usize>(), 77);
    let references: Value = serde_json::from_str(&file("reference_loglikelihoods.json")).unwrap();
    let nominal = DVector::from_iterator(13, bruno.parameters.iter().map(|(_, value)| *value));
    let (value, _) = bruno.negative_log_likelihood(&Forward, &nominal);
    let published = references[0]["llh_published_AMICI"].as_f64().unwrap();
    assert!((value + published).abs() <= 1e-6 * published, "{value}, published {published}");

    let gradients: Value = serde_json::from_str(&file("reference_gradients.json")).unwrap();
    let reference = &gradients["Bruno_JExpBot2016"];
    for gradient in [
        bruno.negative_log_likelihood(&Forward, &(1.1 * &nominal)),
        bruno.negative_log_likelihood(&DiscreteAdjoint::default(), &(1.1 * &nominal)),
    ] {
        let expected = reference["log_likelihood"].as_f64().unwrap();
        assert!((gradient.0 + expected).abs() <= 1e-6 * expected.abs(), "{} for {expected}", gradient.0);
        for ((name, _), slope) in bruno.parameters.iter().zip(&gradient.1) {
            let expected = reference["d_llh_dparameter"][name].as_f64().unwrap();
            assert!((slope + expected).abs() <= 1e-5 * expected.abs(), "{name}: {} for {expected}", -slope);
        }
    }
}

#[test]
fn the_sum_over_experiments_has_the_same_bits_on_any_number_of_threads() {
    let bruno = Bruno::read();
    let x = DVector::from_iterator(13, bruno.parameters.iter().map(|(_, value)| 1.2 * value));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| bruno.negative_log_likelihood(&Forward, &x))
    };
    assert_eq!(run(1), run(5));
}
