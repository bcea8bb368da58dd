//! [`Saved`]: what can be written to a file and read back, bit for bit.

use crate::{AdamState, FitError, LbfgsState, Mlp};
use nalgebra::DVector;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

const MAGIC: &[u8; 8] = b"costate1";

/// Saves as `.json`, which people and other programs can read, or as `.bin`, which is compact; what is loaded has the same
/// bits. A binary file carries a checksum; a damaged file, one that was cut off, or one that holds something else is
/// refused.
///
/// ```
/// use costate_ad::Activation;
/// use costate_fit::{Initialisation, Mlp, Saved, TrainedNetwork};
///
/// let network = Mlp::new(&[2, 8, 2], Activation::Tanh)?;
/// let parameters = network.initial(Initialisation::default(), 3);
/// let trained = TrainedNetwork::new(network, parameters)?;
/// let path = std::env::temp_dir().join("costate_saved_doc.bin");
/// trained.save(&path)?;
/// assert_eq!(TrainedNetwork::load_like(&path, &trained)?, trained);
/// # Ok::<(), costate_fit::FitError>(())
/// ```
pub trait Saved: Serialize + DeserializeOwned {
    /// What it is, in the file and in messages.
    const KIND: &'static str;

    /// What must agree for one to take the place of another.
    fn shape(&self) -> String;

    /// Why it cannot be, if its parts do not fit together; asked after loading.
    fn flaw(&self) -> Option<String> {
        None
    }

    /// Writes the file. It is written beside and renamed, so that an interruption leaves the old one whole.
    ///
    /// # Errors
    /// [`FitError::NotSaved`] for another extension, or if the system refuses.
    fn save(&self, path: impl AsRef<Path>) -> Result<(), FitError> {
        let path = path.as_ref();
        let failed = |reason: String| FitError::NotSaved { path: path.to_path_buf(), reason };
        let bytes = match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => {
                let envelope = Envelope { costate: Self::KIND.into(), shape: self.shape(), content: self };
                serde_json::to_vec(&envelope).map_err(|error| failed(error.to_string()))?
            }
            Some("bin") => sealed::<Self>(self).map_err(|error| failed(error.to_string()))?,
            _ => return Err(failed("the extension is neither .json nor .bin".into())),
        };
        let beside = path.with_extension("part");
        fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path)).map_err(|error| failed(error.to_string()))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`FitError::NotLoaded`] if it cannot be read, is cut off or damaged, or holds something of another kind.
    fn load(path: impl AsRef<Path>) -> Result<Self, FitError> {
        let path = path.as_ref();
        let failed = |reason: String| FitError::NotLoaded { path: path.to_path_buf(), reason };
        let bytes = fs::read(path).map_err(|error| failed(format!("{error}: check the path")))?;
        let content: Self = if path.extension().is_some_and(|extension| extension == "json") {
            let text = serde_json::from_slice::<Envelope<Self>>(&bytes);
            let envelope = text.map_err(|error| {
                failed(format!("{error}: the file is cut off or damaged, or holds no {}", Self::KIND))
            })?;
            if envelope.costate != Self::KIND {
                return Err(failed(format!("it holds a {}, not a {}", envelope.costate, Self::KIND)));
            }
            envelope.content
        } else {
            unsealed(&bytes).map_err(failed)?
        };
        match content.flaw() {
            Some(flaw) => Err(failed(flaw)),
            None => Ok(content),
        }
    }

    /// Reads a file that must have the shape of `other`.
    ///
    /// # Errors
    /// As [`load`](Self::load), and [`FitError::OtherShape`], which names both shapes.
    fn load_like(path: impl AsRef<Path>, other: &Self) -> Result<Self, FitError> {
        let loaded = Self::load(path.as_ref())?;
        let (found, expected) = (loaded.shape(), other.shape());
        match found == expected {
            true => Ok(loaded),
            false => Err(FitError::OtherShape { path: path.as_ref().to_path_buf(), found, expected }),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    costate: String,
    shape: String,
    content: T,
}

/// Magic, kind, length, content, checksum.
fn sealed<T: Saved>(content: &T) -> Result<Vec<u8>, postcard::Error> {
    let content = postcard::to_stdvec(content)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend((T::KIND.len() as u64).to_le_bytes());
    bytes.extend(T::KIND.as_bytes());
    bytes.extend((content.len() as u64).to_le_bytes());
    bytes.extend(content);
    bytes.extend(checksum(&bytes).to_le_bytes());
    Ok(bytes)
}

fn unsealed<T: Saved>(bytes: &[u8]) -> Result<T, String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("it is no file of this program")?;
    let cut = || format!("it ends after {} bytes, before its content does: it was cut off; save it anew", bytes.len());
    let (kind, rest) = counted(rest).ok_or_else(cut)?;
    if kind != T::KIND.as_bytes() {
        return Err(format!("it holds a {}, not a {}", String::from_utf8_lossy(kind), T::KIND));
    }
    let (content, rest) = counted(rest).ok_or_else(cut)?;
    let stored = rest.first_chunk::<8>().ok_or_else(cut)?;
    if rest.len() != 8 || checksum(&bytes[..bytes.len() - 8]) != u64::from_le_bytes(*stored) {
        return Err("its checksum is wrong: it is damaged; save it anew".into());
    }
    postcard::from_bytes(content).map_err(|error| format!("its content makes no {} ({error})", T::KIND))
}

/// A length, so many bytes, and what comes after.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

/// FNV-1a on 64 bits (Fowler, Noll and Vo).
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A network with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedNetwork {
    network: Mlp,
    parameters: Vec<f64>,
}

impl TrainedNetwork {
    /// The two together.
    ///
    /// # Errors
    /// [`FitError::Shape`] if the network has another number of parameters.
    pub fn new(network: Mlp, parameters: DVector<f64>) -> Result<Self, FitError> {
        let (expected, found) = (network.parameters(), parameters.len());
        let remedy = "give the parameters of this network, and no others";
        let parameters = parameters.as_slice().to_vec();
        match expected == found {
            true => Ok(Self { network, parameters }),
            false => Err(FitError::Shape { what: "parameters of the network".into(), expected, found, remedy }),
        }
    }

    /// The network.
    pub fn network(&self) -> &Mlp {
        &self.network
    }

    /// Its parameters.
    pub fn parameters(&self) -> DVector<f64> {
        DVector::from_column_slice(&self.parameters)
    }
}

impl Saved for TrainedNetwork {
    const KIND: &'static str = "trained network";

    fn shape(&self) -> String {
        let sizes: Vec<String> = self.network.sizes().iter().map(ToString::to_string).collect();
        format!("a network {} with {} parameters", sizes.join("-"), self.parameters.len())
    }

    fn flaw(&self) -> Option<String> {
        let flaw = self.network.flaw().map(str::to_string);
        let (expected, found) = (flaw.is_none().then(|| self.network.parameters()), self.parameters.len());
        let count = expected.filter(|&expected| expected != found);
        flaw.or_else(|| count.map(|expected| format!("{found} parameters for a network of {expected}")))
    }
}

impl Saved for AdamState {
    const KIND: &'static str = "state of Adam";

    fn shape(&self) -> String {
        format!("a state of {} parameters", self.best().len())
    }
}

impl Saved for LbfgsState {
    const KIND: &'static str = "state of L-BFGS";

    fn shape(&self) -> String {
        format!("a state of {} parameters", self.point().len())
    }
}
