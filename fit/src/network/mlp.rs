//! [`Mlp`]: a multilayer perceptron.

use super::Initialisation;
use crate::FitError;
use crate::random::Random;
use costate_ad::{Activation, EvaluatedNetwork, Real};
use nalgebra::DVector;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

/// A multilayer perceptron: layers `activation(weights * x + bias)`, on a batch of samples at once.
///
/// It holds no parameters: they come as one slice, weights and then bias of layer after layer, each matrix column after
/// column (a row for each output). So a network is part of whatever vector a fit works on. Each layer is one matrix
/// product, and on a tape one entry.
///
/// ```
/// use costate_ad::{Activation, gradient};
/// use costate_fit::{Initialisation, Mlp};
///
/// let network = Mlp::new(&[2, 16, 1], Activation::Tanh)?;
/// let start = network.initial(Initialisation::default(), 42);
/// assert_eq!(start.len(), 16 * 2 + 16 + 16 + 1);
/// let samples = [0.5, -1.0, 0.0, 2.0, 1.0, 1.0]; // three samples of two inputs
/// assert_eq!(network.apply(start.as_slice(), &samples).len(), 3);
/// let (_, slope) = gradient(|p| network.apply(p.as_slice(), &samples.map(Into::into))[0], &start);
/// assert_eq!(slope.len(), start.len());
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mlp {
    sizes: Vec<usize>,
    /// One for each layer.
    #[serde(with = "activation_names")]
    activations: Vec<Activation>,
    /// The shift and the scale of each input.
    scaling: Option<[Vec<f64>; 2]>,
}

/// A named part of the parameters of an [`Mlp`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `layer 1 weights`, `layer 1 bias`, and so on.
    pub name: String,
    /// Where it stands.
    pub range: Range<usize>,
    /// Rows and columns.
    pub shape: [usize; 2],
}

/// What a pullback computes on the way, in memory that the next one on the thread uses again: a small network is evaluated in less
/// time than its memory is found.
#[derive(Default)]
struct Scratch {
    inputs: Vec<f64>,
    network: EvaluatedNetwork,
    /// Cotangents of the inputs.
    bar: Vec<f64>,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl Mlp {
    /// A network of these sizes, from the inputs over the hidden layers to the outputs; the last layer is linear.
    ///
    /// # Errors
    /// [`FitError::Network`] if there are fewer than two sizes, or one is zero.
    pub fn new(sizes: &[usize], hidden: Activation) -> Result<Self, FitError> {
        if sizes.len() < 2 || sizes.contains(&0) {
            let reason =
                format!("sizes {sizes:?}: give the number of inputs and of outputs at least, none of them zero");
            return Err(FitError::Network { reason });
        }
        let mut activations = vec![hidden; sizes.len() - 1];
        activations[sizes.len() - 2] = Activation::Identity;
        Ok(Self { sizes: sizes.to_vec(), activations, scaling: None })
    }

    /// The same with another activation of the last layer.
    pub fn with_output_activation(mut self, activation: Activation) -> Self {
        *self.activations.last_mut().expect("there is a layer") = activation;
        self
    }

    /// The same on inputs `(x - shift) / scale`, so that the first layer sees numbers of the size of one.
    ///
    /// # Errors
    /// [`FitError::Network`] unless there is a finite shift and a scale other than zero for each input.
    pub fn with_input_scaling(mut self, shift: &[f64], scale: &[f64]) -> Result<Self, FitError> {
        let fits = shift.len() == self.inputs() && scale.len() == self.inputs();
        if !fits || !shift.iter().all(|x| x.is_finite()) || !scale.iter().all(|x| x.is_normal()) {
            let reason = format!(
                "input scaling of {} shifts and {} scales for {} inputs: give one finite shift and one scale other than 0 for each",
                shift.len(),
                scale.len(),
                self.inputs()
            );
            return Err(FitError::Network { reason });
        }
        self.scaling = Some([shift.to_vec(), scale.iter().map(|scale| scale.recip()).collect()]);
        Ok(self)
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.sizes[0]
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// The sizes, inputs first.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        self.sizes.windows(2).map(|size| size[1] * (size[0] + 1)).sum()
    }

    /// The weights and biases, where each stands among the parameters.
    pub fn parts(&self) -> Vec<Part> {
        let (mut parts, mut start) = (Vec::new(), 0);
        for (layer, size) in self.sizes.windows(2).enumerate() {
            for (what, columns) in [("weights", size[0]), ("bias", 1)] {
                let range = start..start + size[1] * columns;
                start = range.end;
                parts.push(Part { name: format!("layer {} {what}", layer + 1), range, shape: [size[1], columns] });
            }
        }
        parts
    }

    /// Parameters to start from, the same for the same seed.
    pub fn initial(&self, initialisation: Initialisation, seed: u64) -> DVector<f64> {
        let mut random = Random::new(seed, 0);
        let mut parameters = Vec::with_capacity(self.parameters());
        for size in self.sizes.windows(2) {
            parameters.extend((0..size[0] * size[1]).map(|_| initialisation.draw(&mut random, size[0], size[1])));
            parameters.extend(std::iter::repeat_n(0.0, size[1]));
        }
        DVector::from_vec(parameters)
    }

    /// The outputs for a batch: one column of `inputs` for each sample, and one column of the result.
    ///
    /// # Panics
    /// If there is another number of parameters, or `inputs` is not a whole number of columns.
    pub fn apply<R: Real>(&self, parameters: &[R], inputs: &[R]) -> Vec<R> {
        self.samples(parameters.len(), inputs.len());
        let x: Cow<'_, [R]> = match &self.scaling {
            Some([shift, scale]) => {
                let scaling = shift.iter().zip(scale).cycle();
                inputs.iter().zip(scaling).map(|(&x, (shift, scale))| (x - *shift) * *scale).collect()
            }
            None => Cow::Borrowed(inputs),
        };
        R::network(&self.sizes, &self.activations, parameters, &x)
    }

    /// **Adds** to `parameters_bar` and `inputs_bar` the cotangents of parameters and inputs, given that of the outputs: what
    /// a tape does with [`apply`](Self::apply), without the tape.
    ///
    /// # Panics
    /// As [`apply`](Self::apply), and if a cotangent has another size than what it belongs to.
    pub fn pull_back(
        &self,
        parameters: &[f64],
        inputs: &[f64],
        of_outputs: &[f64],
        parameters_bar: &mut [f64],
        inputs_bar: &mut [f64],
    ) {
        let samples = self.samples(parameters.len(), inputs.len());
        assert_eq!(parameters_bar.len(), parameters.len(), "cotangents of the parameters");
        assert_eq!(
            (inputs_bar.len(), of_outputs.len()),
            (inputs.len(), samples * self.outputs()),
            "sizes of cotangents"
        );
        let mut scratch = SCRATCH.take();
        let Scratch { inputs: scaled, network, bar } = &mut scratch;
        let x = match &self.scaling {
            Some([shift, scale]) => {
                let scaling = shift.iter().zip(scale).cycle();
                scaled.clear();
                scaled.extend(inputs.iter().zip(scaling).map(|(x, (shift, scale))| (x - shift) * scale));
                scaled.as_slice()
            }
            None => inputs,
        };
        network.linearise(&self.sizes, &self.activations, parameters, x);
        bar.clear();
        bar.resize(x.len(), 0.0);
        network.pull_back(parameters, x, of_outputs, parameters_bar, bar);
        match &self.scaling {
            Some([_, scale]) => {
                let scaled = bar.iter().zip(scale.iter().cycle()).map(|(bar, scale)| bar * scale);
                inputs_bar.iter_mut().zip(scaled).for_each(|(total, bar)| *total += bar);
            }
            None => inputs_bar.iter_mut().zip(bar).for_each(|(total, bar)| *total += *bar),
        }
        SCRATCH.set(scratch);
    }

    /// What does not fit together, in one that was read from a file.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        let scaled = self.scaling.as_ref().is_none_or(|scaling| scaling.iter().all(|part| part.len() == self.inputs()));
        match () {
            () if self.sizes.len() < 2 || self.sizes.contains(&0) => Some("a network needs sizes, none of them zero"),
            () if self.activations.len() + 1 != self.sizes.len() => {
                Some("a network needs one activation for each layer")
            }
            () if !scaled => Some("the input scaling is not that of the inputs"),
            () => None,
        }
    }

    /// The number of samples in a batch of so many numbers.
    fn samples(&self, parameters: usize, numbers: usize) -> usize {
        assert_eq!(parameters, self.parameters(), "parameters given, against parameters of a network {:?}", self.sizes);
        assert_eq!(numbers % self.inputs(), 0, "{numbers} numbers are no whole samples of {} inputs", self.inputs());
        numbers / self.inputs()
    }
}

/// Activations by name.
mod activation_names {
    use costate_ad::Activation;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    const NAMES: [(&str, Activation); 9] = [
        ("identity", Activation::Identity),
        ("tanh", Activation::Tanh),
        ("relu", Activation::Relu),
        ("logistic", Activation::Logistic),
        ("softplus", Activation::Softplus),
        ("gelu", Activation::Gelu),
        ("silu", Activation::Silu),
        ("sin", Activation::Sin),
        ("square", Activation::Square),
    ];

    pub fn serialize<S: Serializer>(activations: &[Activation], serializer: S) -> Result<S::Ok, S::Error> {
        let name = |a: &Activation| NAMES.iter().find(|(_, known)| known == a).map_or("unnamed", |(name, _)| name);
        activations.iter().map(name).collect::<Vec<_>>().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Activation>, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let known = |name: &String| {
            let found = NAMES.iter().find(|(known, _)| known == name).map(|&(_, activation)| activation);
            found.ok_or_else(|| D::Error::custom(format!("there is no activation `{name}`")))
        };
        names.iter().map(known).collect()
    }
}
