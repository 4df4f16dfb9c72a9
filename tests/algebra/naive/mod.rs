//! An interpreter of the algebra that works on one sample at a time, in i128, f64 and f32. It knows the
//! table of `cogwork::expr` and nothing of how the crate computes.

mod many;
mod sample;
mod types;

use cogwork::expr::Reduction;
use cogwork::sample::{DataType, Scalar};

use crate::support::{Sampled, float, int, stored};
use types::Numbers;

/// Where an expression is an error: when bound, or at a sample.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refused {
    Bound,
    Evaluated,
}

pub type Settled<T> = Result<T, Refused>;

#[derive(Clone, Copy, Debug)]
pub enum Sort {
    Mask,
    Numbers(Numbers),
    Scalar(Scalar),
}

/// One operator without its operands.
#[derive(Clone, Debug)]
pub enum Operator {
    /// By its name: arithmetic, comparisons, bits, logic, functions, `is_valid`, `fill_nodata` ..
    Named(&'static str),
    Cast(&'static str, DataType),
    IsIn(Vec<Scalar>),
    Mask(Sampled),
    Nodata(Sampled),
    Scaled(Vec<(f64, f64)>),
    Bands(Vec<usize>),
    Stack,
    Reduce(Reduction),
    ReduceBands(Reduction),
}

/// A computed raster, mask or scalar.
#[derive(Clone, Debug)]
pub struct Value {
    pub sort: Sort,
    pub bands: usize,
    /// As they are stored: nodata where they are invalid. Masks are 0 and 1.
    pub samples: Vec<Scalar>,
    /// Where the mask of a file hides samples.
    pub hidden: Option<Vec<bool>>,
    /// Beside hidden samples: whether a nodata value counts, too.
    pub coded: bool,
}

impl Value {
    pub fn raster(
        bands: usize,
        data_type: DataType,
        nodata: Sampled,
        samples: Vec<Scalar>,
    ) -> Self {
        Value {
            sort: Sort::Numbers(Numbers::new(data_type, nodata)),
            bands,
            samples,
            hidden: None,
            coded: nodata.is_some(),
        }
    }

    pub fn scalar(scalar: Scalar) -> Self {
        Value {
            sort: Sort::Scalar(scalar),
            bands: 1,
            samples: vec![scalar],
            hidden: None,
            coded: false,
        }
    }

    pub fn data_type(&self) -> DataType {
        self.own_type()
    }

    pub fn is_mask(&self) -> bool {
        matches!(self.sort, Sort::Mask)
    }

    pub fn is_valid(&self, at: usize) -> bool {
        !self.is_hidden(at) && self.nodata() != Some(self.samples[at])
    }

    pub fn is_hidden(&self, at: usize) -> bool {
        self.hidden.as_ref().is_some_and(|hidden| hidden[at])
    }

    pub fn all_shown(&self) -> bool {
        (0..self.samples.len()).all(|at| !self.is_hidden(at))
    }

    fn pixels(&self) -> usize {
        self.samples.len() / self.bands
    }

    /// The place of a pixel of a band; a band, and a scalar, stands for many.
    fn place(&self, band: usize, pixel: usize) -> usize {
        let band = if self.bands == 1 { 0 } else { band };
        match self.sort {
            Sort::Scalar(_) => 0,
            _ => band * self.pixels() + pixel,
        }
    }

    fn numbers(&self) -> Settled<Numbers> {
        match self.sort {
            Sort::Numbers(numbers) => Ok(numbers),
            _ => Err(Refused::Bound),
        }
    }

    fn no_mask(&self) -> Settled<&Self> {
        if self.is_mask() {
            Err(Refused::Bound)
        } else {
            Ok(self)
        }
    }

    fn mask(&self) -> Settled<&Self> {
        if self.is_mask() {
            Ok(self)
        } else {
            Err(Refused::Bound)
        }
    }
}

fn broadcast(operands: &[&Value]) -> Settled<usize> {
    operands
        .iter()
        .try_fold(1, |bands, of| match (bands, of.bands) {
            (1, bands) | (bands, 1) => Ok(bands),
            (a, b) if a == b => Ok(a),
            _ => Err(Refused::Bound),
        })
}

/// Sample by sample: `each` gets the places of the operands.
fn each<T>(
    operands: &[&Value],
    mut each: impl FnMut(&[usize]) -> Settled<T>,
) -> Settled<(usize, Vec<T>)> {
    let bands = broadcast(operands)?;
    let rasters = operands
        .iter()
        .filter(|of| !matches!(of.sort, Sort::Scalar(_)));
    let pixels = rasters.map(|of| of.pixels()).next().expect("a raster");
    let mut all = Vec::new();
    for (band, pixel) in (0..bands).flat_map(|band| (0..pixels).map(move |pixel| (band, pixel))) {
        let places: Vec<usize> = operands.iter().map(|of| of.place(band, pixel)).collect();
        all.push(each(&places)?);
    }
    Ok((bands, all))
}

fn any_hidden(operands: &[&Value]) -> Settled<Option<Vec<bool>>> {
    if operands.iter().all(|of| of.hidden.is_none()) {
        return Ok(None);
    }
    let hidden = each(operands, |at| {
        Ok(operands.iter().zip(at).any(|(of, &at)| of.is_hidden(at)))
    });
    Ok(Some(hidden?.1))
}

/// What is stored of a valid result: an integer moved off the nodata value.
fn kept(value: Sampled, numbers: Numbers) -> Scalar {
    match value {
        Some(Scalar::Int(exact)) if numbers.data_type.is_integer() => {
            stored(exact, numbers.data_type, numbers.nodata)
        }
        Some(value) => value,
        None => numbers.nodata.unwrap_or(Scalar::Int(0)),
    }
}

/// An operator that makes invalid of what is invalid.
fn computed(
    operands: &[&Value],
    numbers: Numbers,
    mut compute: impl FnMut(&[Scalar], usize) -> Settled<Sampled>,
) -> Settled<Value> {
    let (bands, samples) = each(operands, |at| {
        let pairs = || operands.iter().zip(at);
        let values: Vec<Scalar> = pairs().map(|(of, &at)| of.samples[at]).collect();
        let coded = pairs().any(|(of, &at)| of.nodata() == Some(of.samples[at]));
        match coded || pairs().any(|(of, &at)| of.is_hidden(at)) {
            true => Ok(numbers.nodata.unwrap_or(zero(numbers.data_type))),
            false => Ok(kept(compute(&values, at[0])?, numbers)),
        }
    })?;
    Ok(Value {
        sort: Sort::Numbers(numbers),
        bands,
        samples,
        hidden: any_hidden(operands)?,
        coded: operands.iter().any(|of| of.coded),
    })
}

fn zero(data_type: DataType) -> Scalar {
    match data_type.is_float() {
        true => Scalar::Float(0.0),
        false => Scalar::Int(0),
    }
}

/// An operator whose result has no invalid samples.
fn told(operands: &[&Value], mut tell: impl FnMut(&[usize]) -> bool) -> Settled<Value> {
    let (bands, samples) = each(operands, |at| Ok(Scalar::Int(tell(at).into())))?;
    Ok(Value {
        sort: Sort::Mask,
        bands,
        samples,
        hidden: None,
        coded: false,
    })
}

pub fn apply(operator: &Operator, operands: &[&Value]) -> Settled<Value> {
    match (operator, operands) {
        (Operator::Named(name), &[of]) => unary(name, of),
        (Operator::Named(name), &[a, b]) => binary(name, a, b),
        (Operator::Named("clip"), &[of, low, high]) => {
            binary("minimum", &binary("maximum", of, low)?, high)
        }
        (Operator::Named("select"), &[condition, a, b]) => select(condition.mask()?, a, b),
        (Operator::Cast(name, data_type), &[of]) => cast(name, of, *data_type),
        (Operator::IsIn(listed), &[of]) => {
            let data_type = of.numbers()?.data_type;
            if listed.iter().any(|&value| data_type.check(value).is_err()) {
                return Err(Refused::Bound);
            }
            told(&[of], |at| {
                !of.is_hidden(at[0]) && listed.contains(&of.samples[at[0]])
            })
        }
        (Operator::Mask(nodata), &[of, condition]) => mask(of, condition.mask()?, *nodata),
        (Operator::Nodata(nodata), &[of]) => relabelled(of, *nodata),
        (Operator::Scaled(factors), &[of]) => scaled(of, factors),
        (Operator::Bands(picked), &[of]) => many::bands(of, picked),
        (Operator::Stack, parts) => many::stack(parts),
        (Operator::Reduce(reduction), members) => many::reduce(*reduction, members),
        (Operator::ReduceBands(reduction), &[of]) => many::reduce_bands(*reduction, of),
        _ => panic!("{operator:?} of {} operands", operands.len()),
    }
}

fn unary(name: &str, of: &Value) -> Settled<Value> {
    match name {
        "not" => told(&[of.mask()?], |at| of.samples[at[0]] == Scalar::Int(0)),
        "bit_not" if of.is_mask() => unary("not", of),
        "is_valid" => told(&[of.numbers().map(|_| of)?], |at| of.is_valid(at[0])),
        "is_nodata" => told(&[of.numbers().map(|_| of)?], |at| !of.is_valid(at[0])),
        "neg" => computed(&[of.no_mask()?], types::negated(of), |v, _| {
            Ok(Some(sample::negative(v[0])))
        }),
        "bit_not" => {
            let own = of.numbers()?;
            own.range.ok_or(Refused::Bound)?;
            let numbers = Numbers::computed(own.data_type, own.nodata);
            computed(&[of], numbers, |v, _| {
                Ok(Some(Scalar::Int(sample::bits(
                    name,
                    int(v[0]),
                    0,
                    own.data_type,
                ))))
            })
        }
        _ => match types::function(name, of, of.numbers()?) {
            None => Ok(of.clone()),
            Some(numbers) => computed(&[of], numbers, |v, _| {
                Ok(Some(sample::function(name, v[0], numbers.data_type)))
            }),
        },
    }
}

fn binary(name: &str, a: &Value, b: &Value) -> Settled<Value> {
    let is_one = |value: &Value, at: usize| value.samples[at] == Scalar::Int(1);
    let both = [a, b];
    match name {
        "and" | "or" | "xor" => {
            a.mask().and(b.mask())?;
            told(&both, |at| {
                match (name, is_one(a, at[0]), is_one(b, at[1])) {
                    ("and", x, y) => x && y,
                    ("or", x, y) => x || y,
                    (_, x, y) => x != y,
                }
            })
        }
        "bit_and" | "bit_or" | "bit_xor" if a.is_mask() => binary(&name[4..], a, b),
        "bit_and" | "bit_or" | "bit_xor" | "shl" | "shr" => {
            let numbers = types::bit_operator(name, a.no_mask()?, b.no_mask()?)?;
            computed(&both, numbers, |v, _| {
                let bits = sample::bits(name, int(v[0]), int(v[1]), numbers.data_type);
                Ok(Some(Scalar::Int(bits)))
            })
        }
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" => {
            a.no_mask().and(b.no_mask())?;
            let single = a.data_type() == DataType::F32 && b.data_type() == DataType::F32;
            told(&both, |at| {
                let valid = a.is_valid(at[0]) && b.is_valid(at[1]);
                let side = |value| match value {
                    // Beside float32 a fraction is first rounded to it.
                    Scalar::Float(_) if single => sample::number(value, DataType::F32),
                    value => value,
                };
                let (x, y) = (side(a.samples[at[0]]), side(b.samples[at[1]]));
                valid && sample::compare(name, x, y)
            })
        }
        "fill_nodata" => fill_nodata(a, b.no_mask()?),
        _ => {
            a.no_mask().and(b.no_mask())?;
            let numbers = types::arithmetic(name, a, b);
            let mut found = computed(&both, numbers, |v, _| {
                let common = matches!(name, "minimum" | "maximum");
                let side = |value| match value {
                    Scalar::Int(_) if numbers.data_type.is_integer() => value,
                    value if common => sample::number(value, numbers.data_type),
                    value => value,
                };
                let (a, b) = (side(v[0]), side(v[1]));
                Ok(sample::arithmetic(name, a, b, numbers.data_type))
            })?;
            found.coded |= matches!(name, "rem" | "floor_div");
            Ok(found)
        }
    }
}

/// A sample as one of a type with a nodata value, where a valid one may read as invalid from there on.
fn converted(of: &Value, at: usize, data_type: DataType, nodata: Sampled) -> Scalar {
    match (of.nodata() == Some(of.samples[at]), nodata) {
        (true, Some(nodata)) => nodata,
        _ => sample::number(of.samples[at], data_type),
    }
}

fn select(condition: &Value, a: &Value, b: &Value) -> Settled<Value> {
    let data_type = types::common(a.no_mask()?, b.no_mask()?);
    let nodata = a.nodata().or(b.nodata());
    let nodata = nodata.map(|nodata| types::cast_nodata(nodata, data_type));
    let all = [condition, a, b];
    let (bands, pairs) = each(&all, |at| {
        let (of, at) = match condition.samples[at[0]] == Scalar::Int(1) {
            true => (a, at[1]),
            false => (b, at[2]),
        };
        Ok((converted(of, at, data_type, nodata), of.is_hidden(at)))
    })?;
    let (samples, hidden): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let side = |of: &Value| Numbers {
        range: match of.sort {
            Sort::Scalar(_) => Value::scalar(sample::number(of.samples[0], data_type)).range(),
            _ => of.range(),
        },
        ..Numbers::new(of.data_type(), None)
    };
    let range = types::union(&[side(a), side(b)]).filter(|_| data_type.is_integer());
    Ok(Value {
        sort: Sort::Numbers(Numbers {
            data_type,
            nodata,
            range,
        }),
        bands,
        samples,
        hidden: (a.hidden.is_some() || b.hidden.is_some()).then_some(hidden),
        coded: a.coded || b.coded,
    })
}

/// All that is invalid hidden, none of it coded.
fn uncoded(of: &Value) -> Value {
    if !of.coded {
        return of.clone();
    }
    let hidden = (0..of.samples.len()).map(|at| !of.is_valid(at)).collect();
    Value {
        hidden: Some(hidden),
        ..relabelled(of, None).expect("numbers")
    }
}

fn fill_nodata(a: &Value, b: &Value) -> Settled<Value> {
    a.numbers()?;
    if a.hidden.is_none() && b.hidden.is_none() {
        let condition = unary("is_valid", a)?;
        let mut chosen = select(&condition, a, b)?;
        if let (Sort::Numbers(numbers), None) = (&mut chosen.sort, b.nodata()) {
            numbers.nodata = None;
        }
        chosen.coded = b.coded;
        return Ok(chosen);
    }
    let (a, b) = (uncoded(a), uncoded(b));
    let mut chosen = select(&unary("is_valid", &a)?, &a, &b)?;
    chosen.hidden = chosen
        .hidden
        .filter(|_| a.hidden.is_some() && b.hidden.is_some());
    Ok(chosen)
}

fn mask(of: &Value, condition: &Value, nodata: Sampled) -> Settled<Value> {
    let numbers = of.numbers()?;
    if of.hidden.is_some() {
        let fill = nodata.unwrap_or(Scalar::Int(0));
        let fill = numbers.data_type.check(fill).map_err(|_| Refused::Bound)?;
        let masked = mask_plain(of, condition, fill)?;
        let hidden = each(&[of, condition], |at| {
            Ok(!of.is_valid(at[0]) || condition.samples[at[1]] == Scalar::Int(1))
        })?;
        return Ok(Value {
            hidden: Some(hidden.1),
            coded: false,
            ..relabelled(&masked, None)?
        });
    }
    let nodata = nodata.or(numbers.nodata).ok_or(Refused::Bound)?;
    let nodata = numbers
        .data_type
        .check(nodata)
        .map_err(|_| Refused::Bound)?;
    mask_plain(of, condition, nodata)
}

fn mask_plain(of: &Value, condition: &Value, nodata: Scalar) -> Settled<Value> {
    let numbers = of.numbers()?.with_nodata(Some(nodata));
    let (bands, samples) = each(&[of, condition], |at| {
        Ok(match condition.samples[at[1]] == Scalar::Int(1) {
            true => nodata,
            false => converted(of, at[0], numbers.data_type, Some(nodata)),
        })
    })?;
    Ok(Value {
        sort: Sort::Numbers(numbers),
        bands,
        samples,
        hidden: None,
        coded: true,
    })
}

fn relabelled(of: &Value, nodata: Sampled) -> Settled<Value> {
    let own = of.numbers()?;
    let nodata = match nodata {
        Some(nodata) => Some(own.data_type.check(nodata).map_err(|_| Refused::Bound)?),
        None => None,
    };
    Ok(Value {
        sort: Sort::Numbers(own.including(own.nodata).with_nodata(nodata)),
        coded: nodata.is_some(),
        ..of.clone()
    })
}

fn scaled(of: &Value, factors: &[(f64, f64)]) -> Settled<Value> {
    let own = of.numbers()?;
    if factors.len() != of.bands {
        return Err(Refused::Bound);
    }
    let numbers = Numbers::computed(of.float_type(), own.nodata);
    computed(&[of], numbers, |v, at| {
        let (scale, offset) = factors[at / of.pixels()];
        let exact = Scalar::Float(float(v[0]) * scale + offset);
        Ok(Some(sample::number(exact, numbers.data_type)))
    })
}

fn cast(name: &str, of: &Value, data_type: DataType) -> Settled<Value> {
    let own = match of.sort {
        Sort::Mask => Numbers {
            range: Some((0, 1)),
            ..Numbers::new(DataType::U8, None)
        },
        _ => of.numbers()?,
    };
    let of = Value {
        sort: Sort::Numbers(own),
        ..of.clone()
    };
    let hides = name == "cast_checked" && of.hidden.is_some();
    let of = if hides { uncoded(&of) } else { of };
    let own = of.numbers()?;
    if own.data_type == data_type {
        return Ok(of);
    }
    let mut numbers = types::cast(own, data_type);
    if name == "cast_wrapping" {
        numbers = Numbers::new(data_type, numbers.nodata);
    }
    computed(&[&of], numbers, |v, _| {
        sample::cast(name, v[0], data_type, numbers.nodata)
    })
}
