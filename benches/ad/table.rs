//! The table that ends a run of the benches: gradient over the same function on plain numbers.
//!
//! Both sides run in turn, and the best of many rounds counts: on a busy machine that is steadier than a quotient of two
//! separate measurements. A round is as long as a gradient, so keep a workload under a tenth of a second.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long a row is measured.
const BUDGET: Duration = Duration::from_secs(2);

/// Options of criterion that take no value.
const FLAGS: [&str; 8] = ["--bench", "--test", "--list", "--exact", "--noplot", "--verbose", "--quiet", "--quick"];

struct Row {
    workload: &'static str,
    gradient: &'static str,
    times: [f64; 2],
    goal: f64,
}

pub struct Table {
    filter: Option<String>,
    rounds: usize,
    rows: Vec<Row>,
}

impl Table {
    /// What the command line asks for: `cargo bench --bench ad -- A2` wants the workloads with A2 in their name, `--test` a
    /// single round, `--list` nothing.
    pub fn from_args() -> Table {
        let args: Vec<String> = std::env::args().skip(1).collect();
        let has = |flag: &str| args.iter().any(|arg| arg == flag);
        let rounds = if has("--list") {
            0
        } else if has("--test") {
            1
        } else {
            usize::MAX
        };
        // What follows an option such as `--sample-size` is its value.
        let before = std::iter::once("").chain(args.iter().map(String::as_str));
        let positional = |(before, arg): &(&str, &String)| {
            !arg.starts_with('-') && (!before.starts_with("--") || FLAGS.contains(before))
        };
        let filter = before.zip(&args).find(positional).map(|(_, arg)| arg.clone());
        Table { filter, rounds, rows: Vec::new() }
    }

    /// Measures `of`, a gradient, beside `to`, the function.
    pub fn row<G, F>(
        &mut self,
        workload: &'static str,
        gradient: &'static str,
        goal: f64,
        of: impl FnMut() -> G,
        to: impl FnMut() -> F,
    ) {
        if self.filter.as_ref().is_some_and(|filter| !workload.contains(filter)) {
            return;
        }
        let (mut of, mut to) = (timed(of), timed(to));
        let (start, mut times) = (Instant::now(), [f64::INFINITY; 2]);
        for round in 0..self.rounds {
            times = [times[0].min(of()), times[1].min(to())];
            if round >= 20 && start.elapsed() > BUDGET {
                break;
            }
        }
        self.rows.push(Row { workload, gradient, times, goal });
    }

    pub fn print(&self) {
        if self.rounds == 0 {
            return;
        }
        println!("\n| workload | gradient | gradient, us | function, us | ratio | goal |\n|---|---|---|---|---|---|");
        for Row { workload, gradient, times: [of, to], goal } in &self.rows {
            let (us, base, ratio) = (of * 1e6, to * 1e6, of / to);
            println!("| {workload} | {gradient} | {us:.1} | {base:.1} | {ratio:.2} | {goal} |");
        }
    }
}

/// The seconds that a call takes.
fn timed<T>(mut f: impl FnMut() -> T) -> impl FnMut() -> f64 {
    move || {
        let start = Instant::now();
        let result = black_box(f());
        let seconds = start.elapsed().as_secs_f64();
        drop(result);
        seconds
    }
}
