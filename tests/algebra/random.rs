//! Random expressions against the naive interpreter: type, nodata, validity and every sample.

use cogwork::expr::{Bound, Expr, Masked, Reduction, split};
use cogwork::grid::Size;
use cogwork::sample::DataType::{self, F32, U8};
use cogwork::sample::Scalar;

use crate::naive::{Operator, Refused, Sort, Value, apply};
use crate::support::*;

const PIXELS: usize = 24;

/// xorshift64*, Vigna 2016: the same on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(mixed).expect("31 bits") % count
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn whole(&mut self, below: usize) -> i128 {
        i128::try_from(self.below(below)).expect("a small number")
    }
}

/// An edge, or a small number, which meets others like it.
fn sample(random: &mut Random, data_type: DataType) -> Scalar {
    if random.one_in(3) {
        return random.of(&edges(data_type));
    }
    let small = random.whole(12);
    match data_type.is_float() {
        true => number(small as f64 / 4.0 - 1.0, data_type),
        false if data_type.is_signed() => Scalar::Int(small - 4),
        false => Scalar::Int(small),
    }
}

fn number(value: f64, data_type: DataType) -> Scalar {
    Scalar::Float(if data_type == F32 {
        f64::from(value as f32)
    } else {
        value
    })
}

/// A raster of any type, of one band or `bands`.
pub fn raster(random: &mut Random, bands: usize, pixels: usize, nodata: bool) -> Value {
    let data_type = random.of(&REALS);
    let bands = random.of(&[1, bands, bands]);
    let samples = (0..bands * pixels)
        .map(|_| sample(random, data_type))
        .collect();
    let code = (nodata && !random.one_in(3)).then(|| sample(random, data_type));
    Value::raster(bands, data_type, code, samples)
}

/// What an operator is applied to: a value that is there, by its place, or a number.
#[derive(Clone, Copy, Debug)]
pub enum Operand {
    Known(usize),
    Scalar(Scalar),
}

const ARITHMETIC: [&str; 11] = [
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "rem",
    "floor_div",
    "minimum",
    "maximum",
    "atan2",
    "fill_nodata",
];
const BITS: [&str; 5] = ["bit_and", "bit_or", "bit_xor", "shl", "shr"];
const COMPARISONS: [&str; 6] = ["eq", "ne", "lt", "le", "gt", "ge"];
const LOGIC: [&str; 6] = ["and", "or", "xor", "bit_and", "bit_or", "bit_xor"];
const FUNCTIONS: [&str; 18] = [
    "abs", "sign", "floor", "ceil", "trunc", "round", "sqrt", "exp", "ln", "log2", "log10", "sin",
    "cos", "tan", "asin", "acos", "atan", "neg",
];
const CASTS: [&str; 4] = ["cast", "cast", "cast_wrapping", "cast_checked"];
pub const REDUCTIONS: [Reduction; 8] = [
    Reduction::Min,
    Reduction::Max,
    Reduction::Mean,
    Reduction::Median,
    Reduction::Sum,
    Reduction::Count,
    Reduction::Std,
    Reduction::First,
];

/// The places of values and what may be chosen of them.
struct Choice<'a> {
    random: &'a mut Random,
    masks: Vec<usize>,
    numbers: Vec<usize>,
    known: &'a [Value],
}

impl Choice<'_> {
    fn mask(&mut self) -> Operand {
        match self.masks.is_empty() || self.random.one_in(40) {
            true => self.number(),
            false => Operand::Known(self.random.of(&self.masks)),
        }
    }

    /// One of the numbers, rather a late one; seldom a mask, which most operators refuse.
    fn number(&mut self) -> Operand {
        if !self.masks.is_empty() && self.random.one_in(40) {
            return Operand::Known(self.random.of(&self.masks));
        }
        let tail = self.numbers.len().saturating_sub(6);
        let from = if self.random.one_in(2) { tail } else { 0 };
        Operand::Known(self.random.of(&self.numbers[from..]))
    }

    fn scalar(&mut self) -> Operand {
        let whole = [
            0,
            1,
            -1,
            2,
            3,
            7,
            -4,
            100,
            255,
            256,
            -129,
            70_000,
            16_777_217,
            1 << 40,
        ];
        let fractions = [0.5, -2.5, 0.1, 1.0, 1e10, 1e300];
        Operand::Scalar(match self.random.one_in(3) {
            true => Scalar::Float(self.random.of(&fractions)),
            false => Scalar::Int(self.random.of(&whole)),
        })
    }

    fn other(&mut self) -> Operand {
        if self.random.one_in(3) {
            self.scalar()
        } else {
            self.number()
        }
    }

    fn value(&self, operand: Operand) -> Option<&Value> {
        match operand {
            Operand::Known(at) => Some(&self.known[at]),
            Operand::Scalar(_) => None,
        }
    }

    /// A value of the type of an operand.
    fn sample_of(&mut self, operand: Operand) -> Scalar {
        let data_type = self.value(operand).map_or(U8, Value::data_type);
        sample(self.random, data_type)
    }

    fn several(&mut self) -> Vec<Operand> {
        (0..1 + self.random.below(4))
            .map(|_| self.number())
            .collect()
    }

    /// Two sides; seldom with the number on the left.
    fn sides(&mut self, names: &[&'static str]) -> (Operator, Vec<Operand>) {
        let name = self.random.of(names);
        let (a, b) = (self.number(), self.other());
        let turned = self.random.one_in(4) && name != "fill_nodata";
        (
            Operator::Named(name),
            if turned { vec![b, a] } else { vec![a, b] },
        )
    }

    fn next(&mut self) -> (Operator, Vec<Operand>) {
        let of = self.number();
        match self.random.below(28) {
            0..7 => self.sides(&ARITHMETIC),
            7..9 => self.sides(&BITS),
            9..11 => self.sides(&COMPARISONS),
            11 => {
                let name = self.random.of(&LOGIC);
                (Operator::Named(name), vec![self.mask(), self.mask()])
            }
            12 if self.random.one_in(2) => (
                Operator::Named(self.random.of(&["not", "bit_not"])),
                vec![self.mask()],
            ),
            12 => (Operator::Named("bit_not"), vec![of]),
            13..16 => (Operator::Named(self.random.of(&FUNCTIONS)), vec![of]),
            16 => (
                Operator::Named(self.random.of(&["is_valid", "is_nodata"])),
                vec![of],
            ),
            17 => (
                Operator::Named("clip"),
                vec![of, self.other(), self.other()],
            ),
            18 => {
                let sides = vec![self.mask(), self.other(), self.other()];
                (Operator::Named("select"), sides)
            }
            19 | 20 => {
                let of = if self.random.one_in(5) {
                    self.mask()
                } else {
                    of
                };
                let (name, to) = (self.random.of(&CASTS), self.random.of(&REALS));
                (Operator::Cast(name, to), vec![of])
            }
            21 => {
                let count = self.random.below(5);
                let listed = (0..count).map(|_| self.sample_of(of)).collect();
                (Operator::IsIn(listed), vec![of])
            }
            22 => {
                let nodata = (!self.random.one_in(3)).then(|| self.sample_of(of));
                (Operator::Mask(nodata), vec![of, self.mask()])
            }
            23 => {
                let nodata = (!self.random.one_in(3)).then(|| self.sample_of(of));
                (Operator::Nodata(nodata), vec![of])
            }
            24 => {
                let bands = self.value(of).map_or(1, |of| of.bands);
                let factor = |at: usize| (0.5 + at as f64, 3.25 - at as f64);
                (Operator::Scaled((0..bands).map(factor).collect()), vec![of])
            }
            25 => {
                let of = if self.random.one_in(4) {
                    self.mask()
                } else {
                    of
                };
                let bands = self.value(of).map_or(1, |of| of.bands);
                let count = 1 + self.random.below(3);
                let picked = (0..count).map(|_| self.random.below(bands)).collect();
                (Operator::Bands(picked), vec![of])
            }
            26 if self.random.one_in(2) => (Operator::Stack, self.several()),
            26 => (
                Operator::Reduce(self.random.of(&REDUCTIONS)),
                self.several(),
            ),
            _ => (Operator::ReduceBands(self.random.of(&REDUCTIONS)), vec![of]),
        }
    }
}

/// An operator for values that are there, and what to apply it to.
pub fn choose(random: &mut Random, known: &[Value]) -> (Operator, Vec<Operand>) {
    let (masks, numbers) = (0..known.len()).partition(|&at| known[at].is_mask());
    let mut choice = Choice {
        random,
        masks,
        numbers,
        known,
    };
    loop {
        let (operator, operands) = choice.next();
        let is_scalar = |operand: &Operand| matches!(operand, Operand::Scalar(_));
        let raster_first = matches!(operator, Operator::Named("select" | "clip"));
        let none = operands.iter().all(is_scalar);
        if !(none || raster_first && is_scalar(&operands[0])) {
            return (operator, operands);
        }
    }
}

/// Runs `$method` of a value by its name.
macro_rules! named {
    ($name:expr, $of:expr, $others:tt; $($method:ident)*) => {
        match $name {
            $(stringify!($method) => $of.$method $others,)*
            other => panic!("{other}"),
        }
    };
}
macro_rules! unary {
    ($name:expr, $of:expr) => {
        named!($name, $of, (); abs sign floor ceil trunc round sqrt exp ln log2 log10 sin cos tan asin
            acos atan bit_not is_valid is_nodata)
    };
}
macro_rules! binary {
    ($name:expr, $a:expr, $b:expr) => {
        named!($name, $a, ($b); pow rem floor_div minimum maximum atan2 fill_nodata
            bit_and bit_or bit_xor shl shr eq ne lt le gt ge)
    };
}

#[cfg(feature = "deflate")]
pub(crate) use {binary, named, unary};

fn expression(operator: &Operator, of: &[Expr]) -> Expr {
    match (operator, of) {
        (Operator::Named("and"), [a, b]) => a.and(b),
        (Operator::Named("or"), [a, b]) => a.or(b),
        (Operator::Named("xor"), [a, b]) => a.xor(b),
        (Operator::Named("add"), [a, b]) => a + b,
        (Operator::Named("sub"), [a, b]) => a - b,
        (Operator::Named("mul"), [a, b]) => a * b,
        (Operator::Named("div"), [a, b]) => a / b,
        (Operator::Named("neg"), [a]) => -a,
        (Operator::Named("not"), [a]) => a.not(),
        (Operator::Named(name), [a]) => unary!(*name, a),
        (Operator::Named(name), [a, b]) => binary!(*name, a, b),
        (Operator::Named("clip"), [a, low, high]) => a.clip(low, high),
        (Operator::Named(_), [condition, a, b]) => condition.select(a, b),
        (Operator::Cast("cast", to), [a]) => a.cast(*to),
        (Operator::Cast("cast_wrapping", to), [a]) => a.cast_wrapping(*to),
        (Operator::Cast(_, to), [a]) => a.cast_checked(*to),
        (Operator::IsIn(listed), [a]) => a.is_in(listed.clone()),
        (Operator::Mask(nodata), [a, condition]) => a.mask(condition, *nodata),
        (Operator::Nodata(nodata), [a]) => a.with_nodata(*nodata),
        (Operator::Scaled(factors), [a]) => a.scaled(factors.clone()),
        (Operator::Bands(picked), [a]) => a.bands(picked.clone()),
        (Operator::Stack, parts) => Expr::stack(parts),
        (Operator::Reduce(reduction), members) => Expr::reduce(*reduction, members),
        (Operator::ReduceBands(reduction), [a]) => a.reduce_bands(*reduction),
        _ => panic!("{operator:?} of {} operands", of.len()),
    }
}

/// Equal to the bit, but any NaN is any other.
pub fn same(a: Scalar, b: Scalar) -> bool {
    match (a, b) {
        (Scalar::Float(a), Scalar::Float(b)) if a.is_nan() => b.is_nan(),
        (Scalar::Float(a), Scalar::Float(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    }
}

/// The inputs of one case, with masks of files as inputs of their own behind all others.
struct Inputs {
    all: Vec<Value>,
    rasters: usize,
}

impl Inputs {
    fn new(random: &mut Random, masks: bool) -> Self {
        let bands = 1 + random.below(3);
        let mut rasters: Vec<Value> = (0..3)
            .map(|_| raster(random, bands, PIXELS, true))
            .collect();
        let mut files = Vec::new();
        for raster in rasters.iter_mut().filter(|_| masks) {
            if random.one_in(3) {
                continue;
            }
            let pixels: Vec<bool> = (0..PIXELS).map(|_| random.one_in(3)).collect();
            raster.hidden = Some(pixels.repeat(raster.bands));
            let Sort::Numbers(numbers) = &mut raster.sort else {
                panic!("numbers")
            };
            (numbers.nodata, raster.coded) = (None, false);
            let flags = pixels.iter().map(|&hidden| Scalar::Int((!hidden).into()));
            files.push(Value::raster(1, U8, None, flags.collect()));
        }
        let count = rasters.len();
        let all = rasters.into_iter().chain(files).collect();
        Inputs {
            all,
            rasters: count,
        }
    }

    fn masked(&self) -> Vec<Masked> {
        let mut next = self.rasters;
        let mut masked = |of: &Value| {
            next += usize::from(of.hidden.is_some());
            Masked {
                bands: of.bands,
                nodata: of.nodata().is_some(),
                mask: of.hidden.is_some().then(|| next - 1),
            }
        };
        self.all[..self.rasters].iter().map(&mut masked).collect()
    }

    /// The samples of an expression.
    fn eval(&self, expr: &Expr) -> Result<(Bound, Vec<Scalar>), Refused> {
        let facts = |of: &Value| operand(of.bands, of.data_type(), of.nodata());
        let operands: Vec<_> = self.all.iter().map(facts).collect();
        let bound = Bound::new(expr, &operands).map_err(|_| Refused::Bound)?;
        let mut blocks = vec![None; self.all.len()];
        for used in bound.inputs() {
            let of = &self.all[used.input];
            let band = |&band: &usize| of.samples[band * PIXELS..][..PIXELS].to_vec();
            let samples: Vec<Scalar> = used.bands.iter().flat_map(band).collect();
            blocks[used.input] = Some(block(used.bands.len(), of.data_type(), &samples));
        }
        let out = bound.eval(blocks, Size::new(PIXELS as u32, 1));
        let out = out.map_err(|_| Refused::Evaluated)?;
        assert_eq!(
            (out.data_type(), out.bands()),
            (bound.data_type(), bound.bands())
        );
        Ok((bound, scalars(&out)))
    }

    /// Compares an expression with what the interpreter made of it.
    fn compare(&self, expr: &Expr, want: &Result<Value, Refused>, name: &str) {
        let hides = self.all.iter().any(|of| of.hidden.is_some());
        let parts = hides.then(|| split(expr, &self.masked()));
        let value = parts.as_ref().map_or(expr, |parts| &parts.value);
        let (bound, found, want) = match (self.eval(value), want) {
            (Ok((bound, found)), Ok(want)) => (bound, found, want),
            (Err(found), Err(want)) if found == *want => return,
            (found, want) => panic!("{name}: {:?}, but {want:?}", found.map(|found| found.1)),
        };
        let facts = (want.bands, want.data_type());
        assert_eq!((bound.bands(), bound.data_type()), facts, "{name}");
        // What a mask fills with may read as nodata on top, where samples are hidden all the same.
        let valid = parts.and_then(|parts| parts.valid);
        assert!(
            valid.is_some() || bound.nodata() == want.nodata(),
            "{name}: {bound:?}"
        );
        let hidden = valid.and_then(|valid| match self.eval(&valid) {
            // Of a mask that is true everywhere nothing is read.
            Err(Refused::Bound) if want.all_shown() => None,
            found => Some(found.expect(name)),
        });
        let hidden = hidden.map(|(bound, mask)| (bound.bands(), mask));
        if let Some((bands, _)) = &hidden {
            assert!(
                [1, want.bands].contains(bands),
                "{name}: a mask of {bands} bands"
            );
        }
        // An invalid 0 may have either sign.
        let invalid = |a, b| want.nodata() == Some(a) && want.nodata() == Some(b);
        for (at, (&found, &sample)) in found.iter().zip(&want.samples).enumerate() {
            let shown = hidden.as_ref().is_none_or(|(bands, mask)| {
                mask[if *bands == 1 { at % PIXELS } else { at }] == Scalar::Int(1)
            });
            assert_eq!(shown, !want.is_hidden(at), "{name}: validity at {at}");
            assert!(
                !shown || same(found, sample) || invalid(found, sample),
                "{name} at {at}: {found}, but {sample}"
            );
        }
    }
}

/// Random expressions, each made of earlier ones, and how many were refused as they should.
fn run(seeds: std::ops::Range<u64>, masks: bool) -> (usize, usize) {
    let (mut sound, mut refused) = (0, 0);
    for seed in seeds {
        let random = &mut Random::new(seed);
        let inputs = Inputs::new(random, masks);
        let mut exprs: Vec<Expr> = (0..inputs.rasters).map(Expr::input).collect();
        let mut known = inputs.all[..inputs.rasters].to_vec();
        let mut depths = vec![0; exprs.len()];
        for _ in 0..30 {
            let (operator, operands) = choose(random, &known);
            let expr = |operand: &Operand| match *operand {
                Operand::Known(at) => exprs[at].clone(),
                Operand::Scalar(scalar) => Expr::scalar(scalar),
            };
            let value = |operand: &Operand| match *operand {
                Operand::Known(at) => known[at].clone(),
                Operand::Scalar(scalar) => Value::scalar(scalar),
            };
            let depth = |operand: &Operand| match *operand {
                Operand::Known(at) => depths[at],
                Operand::Scalar(_) => 0,
            };
            let expr = expression(&operator, &operands.iter().map(expr).collect::<Vec<_>>());
            let values: Vec<Value> = operands.iter().map(value).collect();
            let depth = 1 + operands.iter().map(depth).max().expect("an operand");
            let want = apply(&operator, &values.iter().collect::<Vec<_>>());
            let name = format!("seed {seed}: {expr:?} of {values:?}");
            inputs.compare(&expr, &want, &name);
            let Ok(value) = want else {
                refused += 1;
                continue;
            };
            sound += 1;
            if depth < 6 && value.bands <= 6 {
                exprs.push(expr);
                known.push(value);
                depths.push(depth);
            }
        }
    }
    (sound, refused)
}

#[test]
fn expressions_equal_an_interpreter() {
    let (sound, refused) = run(0..200, false);
    assert!(
        sound > 4500 && refused > 200,
        "{sound} sound, {refused} refused"
    );
}

#[test]
fn expressions_over_files_with_masks_equal_an_interpreter() {
    let (sound, refused) = run(1000..1200, true);
    assert!(
        sound > 4500 && refused > 200,
        "{sound} sound, {refused} refused"
    );
}
