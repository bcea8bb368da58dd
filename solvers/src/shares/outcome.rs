//! [`Outcome`]: what one process hands on to the others, and its bytes.

use nalgebra::DVector;

/// Numbers, or why there are none.
pub(crate) type Outcome = Result<DVector<f64>, Failure>;

/// A member or sample that failed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    /// Which one.
    pub(crate) place: usize,
    /// What its error says.
    pub(crate) message: String,
}

/// First byte of numbers, and of a failure.
const NUMBERS: u8 = 0;
const FAILURE: u8 = 1;

/// The outcomes as bytes, little-endian, every number with all its bits.
pub(crate) fn pack(outcomes: &[Outcome]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(numbers) => {
                bytes.push(NUMBERS);
                bytes.extend((numbers.len() as u64).to_le_bytes());
                bytes.extend(numbers.iter().flat_map(|number| number.to_bits().to_le_bytes()));
            }
            Err(Failure { place, message }) => {
                bytes.push(FAILURE);
                bytes.extend((*place as u64).to_le_bytes());
                bytes.extend((message.len() as u64).to_le_bytes());
                bytes.extend(message.as_bytes());
            }
        }
    }
    bytes
}

/// The outcomes in these bytes, or none if [`pack`] did not write them.
pub(crate) fn unpack(mut bytes: &[u8]) -> Option<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    while let Some((kind, rest)) = bytes.split_first() {
        bytes = rest;
        outcomes.push(match *kind {
            NUMBERS => {
                let length = word(&mut bytes)?.checked_mul(8)?;
                let numbers = take(&mut bytes, length)?.as_chunks().0.iter().map(|&chunk| f64::from_le_bytes(chunk));
                Ok(DVector::from_iterator(length / 8, numbers))
            }
            FAILURE => {
                let place = word(&mut bytes)?;
                let length = word(&mut bytes)?;
                let message = String::from_utf8(take(&mut bytes, length)?.to_vec()).ok()?;
                Err(Failure { place, message })
            }
            _ => return None,
        });
    }
    Some(outcomes)
}

fn word(bytes: &mut &[u8]) -> Option<usize> {
    let (word, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    usize::try_from(u64::from_le_bytes(*word)).ok()
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dvector;

    #[test]
    fn outcomes_survive_the_journey_bit_for_bit() {
        let odd = f64::from_bits(0x7ff8_0000_dead_beef); // A NaN with a payload.
        let failure = Failure { place: 7, message: "größer als t = 3".into() };
        let sent = [Ok(dvector![1.0, -0.0, odd, f64::MIN_POSITIVE / 3.0]), Err(failure), Ok(DVector::zeros(0))];
        let bytes = pack(&sent);
        let received = unpack(&bytes).unwrap();
        assert_eq!(received.len(), 3);
        let bits = |outcome: &Outcome| outcome.as_ref().unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&sent[0]), bits(&received[0]));
        assert_eq!(sent[1..], received[1..]);
        assert_eq!(unpack(&[]), Some(vec![]));
    }

    #[test]
    fn foreign_bytes_are_refused() {
        let bytes = pack(&[Ok(dvector![1.0, 2.0])]);
        assert_eq!(unpack(&bytes[..bytes.len() - 1]), None);
        assert_eq!(unpack(&[FAILURE, 0]), None);
        assert_eq!(unpack(&[9]), None);
        assert_eq!(unpack(&[NUMBERS, 255, 255, 255, 255, 255, 255, 255, 255]), None);
    }
}
