//! Bands, stacks and reductions.

use cogwork::expr::Reduction;
use cogwork::sample::DataType::{F32, F64, I64, U16, U64};
use cogwork::sample::Scalar;

use super::types::{self, Numbers};
use super::{Refused, Settled, Sort, Value, converted, each, kept, sample, uncoded, zero};
use crate::support::{float, int};

pub fn bands(of: &Value, picked: &[usize]) -> Settled<Value> {
    if picked.is_empty() || picked.iter().any(|&band| band >= of.bands) {
        return Err(Refused::Bound);
    }
    let pixels = of.pixels();
    let places = || {
        picked
            .iter()
            .flat_map(|band| band * pixels..(band + 1) * pixels)
    };
    let hidden = |hidden: &Vec<bool>| places().map(|at| hidden[at]).collect();
    Ok(Value {
        bands: picked.len(),
        samples: places().map(|at| of.samples[at]).collect(),
        hidden: of.hidden.as_ref().map(hidden),
        ..of.clone()
    })
}

fn all_uncoded(parts: &[&Value]) -> Vec<Value> {
    let hides = parts.iter().any(|part| part.hidden.is_some());
    let part = |part: &&Value| {
        if hides {
            uncoded(part)
        } else {
            (*part).clone()
        }
    };
    parts.iter().map(part).collect()
}

pub fn stack(parts: &[&Value]) -> Settled<Value> {
    let bands = parts.iter().map(|part| part.bands).sum();
    if parts[0].is_mask() {
        parts.iter().try_for_each(|part| part.mask().map(|_| ()))?;
        let samples = parts.iter().flat_map(|part| part.samples.clone()).collect();
        return Ok(Value {
            bands,
            samples,
            ..parts[0].clone()
        });
    }
    let parts = all_uncoded(parts);
    let members: Vec<Numbers> = parts.iter().map(Value::numbers).collect::<Settled<_>>()?;
    let data_type = types::common_of(&members);
    let nodata = members.iter().find_map(|member| member.nodata);
    let nodata = nodata.map(|nodata| types::cast_nodata(nodata, data_type));
    let range = types::union(&members).filter(|_| data_type.is_integer());
    let places = || {
        parts
            .iter()
            .flat_map(|of| (0..of.samples.len()).map(move |at| (of, at)))
    };
    let hidden = places().map(|(of, at)| of.is_hidden(at)).collect();
    Ok(Value {
        sort: Sort::Numbers(Numbers {
            data_type,
            nodata,
            range,
        }),
        bands,
        samples: places()
            .map(|(of, at)| converted(of, at, data_type, nodata))
            .collect(),
        hidden: parts
            .iter()
            .any(|part| part.hidden.is_some())
            .then_some(hidden),
        coded: parts.iter().any(|part| part.coded),
    })
}

pub fn reduce_bands(reduction: Reduction, of: &Value) -> Settled<Value> {
    of.numbers()?;
    let bands: Vec<Value> = (0..of.bands)
        .map(|band| bands(of, &[band]))
        .collect::<Settled<_>>()?;
    reduce(reduction, &bands.iter().collect::<Vec<_>>())
}

fn reduced_numbers(reduction: Reduction, parts: &[Value], members: &[Numbers]) -> Numbers {
    let common = types::common_of(members);
    let nodata = members.iter().find_map(|member| member.nodata);
    match reduction {
        Reduction::Min | Reduction::Max | Reduction::First => {
            let nodata = nodata.map(|nodata| types::cast_nodata(nodata, common));
            let numbers = Numbers::new(common, nodata);
            match types::union(members) {
                Some((low, high)) => numbers.within(low.min(0) - 1, high.max(0) + 1),
                None => numbers,
            }
        }
        Reduction::Sum if common.is_float() => Numbers::computed(F64, nodata),
        Reduction::Sum if members.iter().all(|m| !m.data_type.is_signed()) => {
            Numbers::computed(U64, nodata)
        }
        Reduction::Sum => Numbers::computed(I64, nodata),
        Reduction::Count => Numbers::new(U16, None).within(0, members.len() as i128),
        _ if parts.iter().all(Value::is_small) => Numbers::computed(F32, nodata),
        _ => Numbers::computed(F64, nodata),
    }
}

pub fn reduce(reduction: Reduction, members: &[&Value]) -> Settled<Value> {
    let hides = members.iter().any(|member| member.hidden.is_some());
    let parts = all_uncoded(members);
    let all: Vec<Numbers> = parts.iter().map(Value::numbers).collect::<Settled<_>>()?;
    let numbers = reduced_numbers(reduction, &parts, &all);
    let common = types::common_of(&all);
    let refs: Vec<&Value> = parts.iter().collect();
    let (bands, samples) = each(&refs, |at| {
        let pairs = parts.iter().zip(at);
        let valid = pairs.filter(|(of, at)| of.is_valid(**at) && !of.samples[**at].is_nan());
        let values: Vec<Scalar> = valid.map(|(of, &at)| of.samples[at]).collect();
        let value = match reduction {
            Reduction::Count => Some(Scalar::Int(values.len() as i128)),
            _ if values.is_empty() => None,
            _ if common.is_float() => {
                let side = |&value| float(sample::number(value, common));
                Some(of_floats(
                    reduction,
                    &values.iter().map(side).collect::<Vec<_>>(),
                ))
            }
            _ => Some(of_ints(
                reduction,
                &values.iter().copied().map(int).collect::<Vec<_>>(),
            )),
        };
        let none = match numbers.data_type.is_float() {
            true => Scalar::Float(f64::NAN),
            false => zero(numbers.data_type),
        };
        Ok(match value {
            Some(value) if numbers.data_type.is_float() => sample::number(value, numbers.data_type),
            Some(value) => kept(Some(value), numbers),
            None => numbers.nodata.unwrap_or(none),
        })
    })?;
    let every = parts.iter().all(|part| part.hidden.is_some());
    let hidden = each(&refs, |at| {
        Ok(parts.iter().zip(at).all(|(of, &at)| of.is_hidden(at)))
    })?
    .1;
    Ok(Value {
        sort: Sort::Numbers(numbers),
        bands,
        samples,
        hidden: (hides && every && reduction != Reduction::Count).then_some(hidden),
        coded: !hides && members.iter().any(|member| member.coded),
    })
}

fn of_ints(reduction: Reduction, values: &[i128]) -> Scalar {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    Scalar::Int(match reduction {
        Reduction::Min => sorted[0],
        Reduction::Max => sorted[sorted.len() - 1],
        Reduction::First => values[0],
        Reduction::Sum => values.iter().sum(),
        _ => {
            let same =
                |values: &[i128]| values.iter().map(|&value| value as f64).collect::<Vec<_>>();
            let values = if reduction == Reduction::Median {
                &sorted
            } else {
                values
            };
            return of_floats(reduction, &same(values));
        }
    })
}

fn of_floats(reduction: Reduction, values: &[f64]) -> Scalar {
    let count = values.len();
    let mean = |values: &[f64]| values.iter().fold(0.0, |sum, value| sum + value) / count as f64;
    Scalar::Float(match reduction {
        Reduction::Min => values
            .iter()
            .copied()
            .fold(values[0], |a, b| if b < a { b } else { a }),
        Reduction::Max => values
            .iter()
            .copied()
            .fold(values[0], |a, b| if b > a { b } else { a }),
        Reduction::First => values[0],
        Reduction::Sum => values.iter().fold(0.0, |sum, value| sum + value),
        Reduction::Mean => mean(values),
        Reduction::Std => {
            let middle = mean(values);
            let squares = values
                .iter()
                .map(|value| (value - middle) * (value - middle));
            mean(&squares.collect::<Vec<_>>()).sqrt()
        }
        Reduction::Median => {
            let mut sorted = values.to_vec();
            sorted.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
            match count % 2 {
                1 => sorted[count / 2],
                _ => (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0,
            }
        }
        other => panic!("{other:?}"),
    })
}
