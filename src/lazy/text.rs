//! Lazy rasters and formulas: each becomes the other.

mod kernels;
mod wording;

use super::{Choices, Lazy};
use crate::error::{Error, ErrorKind, Expression, FormulaFault, Result};
use crate::expr::parse::{Binary, FunctionName, Term, TermNode, Unary};
use crate::expr::{Expr, Formula, Reduction};
use crate::grid::Window;
use crate::sample::{DataType, Scalar};

use kernels::Settings;

impl Lazy {
    /// The raster that a formula's text describes, over inputs with names: [`expr::parse`] has the
    /// grammar and the functions, which are the methods of this type.
    ///
    /// ```no_run
    /// use cogwork::{Cog, Lazy};
    ///
    /// let nir = Cog::open("B08.tif")?.base().lazy();
    /// let red = Cog::open("B04.tif")?.base().lazy();
    /// let ndvi = Lazy::parse("(nir - red) / (nir + red)", &[("nir", nir), ("red", red)])?;
    /// # Ok::<(), cogwork::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Expression::Formula`] for a text that is no formula; those of [`check`](Self::check) for one
    /// whose types, bands or grids do not fit. Both with their [place](crate::error::Place::formula).
    ///
    /// [`expr::parse`]: crate::expr::parse
    pub fn parse<N: AsRef<str>>(text: &str, inputs: &[(N, Lazy)]) -> Result<Lazy> {
        Formula::parse(text)?.lazy(inputs, None)
    }

    /// A number that is no raster yet.
    fn scalar(value: Scalar) -> Lazy {
        Lazy {
            expr: Expr::scalar(value),
            inputs: Vec::new(),
            context: None,
            choices: Choices::default(),
        }
    }
}

impl Formula {
    /// The raster that this formula describes, over inputs with names. `nodata` is what the word
    /// `nodata` stands for where the other branch of its `where` has no nodata value.
    ///
    /// # Errors
    /// As [`Lazy::parse`].
    pub fn lazy<N: AsRef<str>>(
        &self,
        inputs: &[(N, Lazy)],
        nodata: Option<Scalar>,
    ) -> Result<Lazy> {
        let inputs: Vec<(&str, &Lazy)> = inputs
            .iter()
            .map(|(name, lazy)| (name.as_ref(), lazy))
            .collect();
        let known: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
        self.check_names(&known)?;
        let scope = Scope { inputs, nodata };
        let built = scope.build(self.root()).and_then(Lazy::checked);
        built.map_err(|error| scope.blame(self.root(), error, self.text()))
    }
}

/// What the names of a formula stand for.
struct Scope<'a> {
    inputs: Vec<(&'a str, &'a Lazy)>,
    nodata: Option<Scalar>,
}

/// The arguments of a call, which are what the function needs.
struct Arguments<'a> {
    scope: &'a Scope<'a>,
    function: FunctionName,
    terms: &'a [Term],
}

impl Scope<'_> {
    /// A term as a raster; one of numbers alone has no inputs.
    fn build(&self, term: &Term) -> Result<Lazy> {
        match &term.node {
            TermNode::Number(number) => Ok(Lazy::scalar(*number)),
            TermNode::Name(name) => self.input(name),
            TermNode::Unary(operator, of) => Ok(unary(*operator, &self.build(of)?)),
            TermNode::Binary(operator, left, right) => {
                Ok(binary(*operator, &self.build(left)?, &self.build(right)?))
            }
            TermNode::Bands(of, bands) => self.build(of)?.bands(bands.iter().copied()),
            TermNode::Call(function, terms) => self.call(&Arguments {
                scope: self,
                function: *function,
                terms,
            }),
            TermNode::Nodata | TermNode::Type(_) | TermNode::Word(_) => {
                Err(FormulaFault::Nodata.into())
            }
        }
    }

    fn input(&self, name: &str) -> Result<Lazy> {
        let found = self.inputs.iter().find(|(known, _)| *known == name);
        let found = found.map(|(_, lazy)| (*lazy).clone());
        found.ok_or_else(|| Expression::NoInput.into())
    }

    fn call(&self, arguments: &Arguments<'_>) -> Result<Lazy> {
        let of = |index| arguments.raster(index);
        Ok(match arguments.function {
            FunctionName::Where => match (arguments.is_nodata(1), arguments.is_nodata(2)) {
                (true, true) => return Err(arguments.fault("one branch that is not `nodata`")),
                (true, false) => self.mask(&of(2)?, &of(0)?)?,
                (false, true) => self.mask(&of(1)?, &!&of(0)?)?,
                (false, false) => of(0)?.select(of(1)?, of(2)?)?,
            },
            FunctionName::Mask => match arguments.number(2) {
                Some(nodata) => of(0)?.mask_with(&of(1)?, nodata)?,
                None => self.mask(&of(0)?, &of(1)?)?,
            },
            FunctionName::WithMask => of(0)?.with_mask(&of(1)?)?,
            FunctionName::WithNodata => of(0)?.with_nodata(arguments.number(1)),
            FunctionName::FillNodata => of(0)?.fill_nodata(of(1)?),
            FunctionName::IsIn => of(0)?.is_in(arguments.numbers(1)),
            FunctionName::IsNodata => of(0)?.is_nodata(),
            FunctionName::IsValid => of(0)?.is_valid(),
            FunctionName::Cast => of(0)?.cast(arguments.data_type(1)?),
            FunctionName::CastChecked => of(0)?.cast_checked(arguments.data_type(1)?),
            FunctionName::CastWrapping => of(0)?.cast_wrapping(arguments.data_type(1)?),
            FunctionName::Scaled => of(0)?.scaled()?,
            FunctionName::Minimum => of(0)?.minimum(of(1)?),
            FunctionName::Maximum => of(0)?.maximum(of(1)?),
            FunctionName::Clip => of(0)?.clip(of(1)?, of(2)?),
            FunctionName::Atan2 => of(0)?.atan2(of(1)?),
            FunctionName::ClipBox => {
                let [left, bottom, right, top] = arguments.four(1)?.map(Scalar::to_f64);
                of(0)?.clip_box(left, bottom, right, top)?
            }
            FunctionName::ClipWindow => of(0)?.clip_window(arguments.window(1)?)?,
            FunctionName::MatchGrid => of(0)?.match_grid(&of(1)?, arguments.word(2)?.parse()?)?,
            FunctionName::Stack => Lazy::stack(&arguments.rasters()?)?,
            function => match (reduction(function), function) {
                (Some(reduction), _) => Lazy::reduce(reduction, &arguments.rasters()?)?,
                (None, function) => self.of_one(function, &of(0)?, arguments)?,
            },
        })
    }

    /// A function of one raster.
    fn of_one(&self, function: FunctionName, of: &Lazy, arguments: &Arguments<'_>) -> Result<Lazy> {
        if let Some(plain) = plain(function) {
            return Ok(plain(of));
        }
        let settings = Settings {
            function,
            terms: arguments.terms.get(1..).unwrap_or_default(),
        };
        match settings.kernel()? {
            Some(kernel) => of.neighbourhood(kernel),
            None => Err(arguments.fault("another function")),
        }
    }

    /// Nodata where a condition is true: the raster's own, else that of the scope.
    fn mask(&self, of: &Lazy, condition: &Lazy) -> Result<Lazy> {
        match (of.mask(condition), self.nodata) {
            (Err(error), Some(nodata)) if is(&error, &Expression::NoNodata) => {
                of.mask_with(condition, nodata)
            }
            (masked, _) => masked,
        }
    }

    /// The error of the smallest part of a term that has one, with its place.
    fn blame(&self, term: &Term, error: Error, text: &str) -> Error {
        for operand in term.operands().into_iter().filter(|of| !of.is_word()) {
            match self.build(operand).and_then(Lazy::checked) {
                Err(error) if !is(&error, &Expression::NoInput) => {
                    return self.blame(operand, error, text);
                }
                _ => {}
            }
        }
        error.in_formula(text, term.span.clone())
    }
}

impl Arguments<'_> {
    fn raster(&self, index: usize) -> Result<Lazy> {
        let term = self.terms.get(index);
        self.scope
            .build(term.ok_or_else(|| self.fault("an expression"))?)
    }

    fn rasters(&self) -> Result<Vec<Lazy>> {
        (0..self.terms.len())
            .map(|index| self.raster(index))
            .collect()
    }

    fn is_nodata(&self, index: usize) -> bool {
        let term = self.terms.get(index);
        term.is_some_and(|term| term.node == TermNode::Nodata)
    }

    fn number(&self, index: usize) -> Option<Scalar> {
        self.numbers(index).next()
    }

    fn numbers(&self, from: usize) -> impl Iterator<Item = Scalar> {
        self.terms
            .iter()
            .skip(from)
            .filter_map(|term| match term.node {
                TermNode::Number(number) => Some(number),
                _ => None,
            })
    }

    fn four(&self, from: usize) -> Result<[Scalar; 4]> {
        let numbers: Vec<Scalar> = self.numbers(from).collect();
        numbers.try_into().map_err(|_| self.fault("four numbers"))
    }

    fn window(&self, from: usize) -> Result<Window> {
        let side = |number: Scalar| {
            let side = number.to_int().and_then(|side| u32::try_from(side).ok());
            side.ok_or_else(|| self.fault("four whole numbers from 0"))
        };
        let [column, row, width, height] = self.four(from)?;
        Ok(Window::new(
            side(column)?,
            side(row)?,
            side(width)?,
            side(height)?,
        ))
    }

    fn word(&self, index: usize) -> Result<&'static str> {
        match self.terms.get(index).map(|term| &term.node) {
            Some(TermNode::Word(word)) => Ok(word),
            _ => Err(self.fault("a word")),
        }
    }

    fn data_type(&self, index: usize) -> Result<DataType> {
        match self.terms.get(index).map(|term| &term.node) {
            Some(TermNode::Type(data_type)) => Ok(*data_type),
            _ => Err(self.fault("a data type")),
        }
    }

    fn fault(&self, expected: &str) -> Error {
        let function = self.function.name();
        let expected = expected.to_owned();
        FormulaFault::Argument { function, expected }.into()
    }
}

fn unary(operator: Unary, of: &Lazy) -> Lazy {
    match operator {
        Unary::Negate => -of,
        Unary::Invert => of.bit_not(),
        Unary::Not => !of,
    }
}

fn binary(operator: Binary, left: &Lazy, right: &Lazy) -> Lazy {
    match operator {
        Binary::Or => left.or(right),
        Binary::And => left.and(right),
        Binary::Eq => left.eq(right),
        Binary::Ne => left.ne(right),
        Binary::Lt => left.lt(right),
        Binary::Le => left.le(right),
        Binary::Gt => left.gt(right),
        Binary::Ge => left.ge(right),
        Binary::BitOr => left.bit_or(right),
        Binary::BitXor => left.bit_xor(right),
        Binary::BitAnd => left.bit_and(right),
        Binary::Shl => left.shl(right),
        Binary::Shr => left.shr(right),
        Binary::Add => left + right,
        Binary::Sub => left - right,
        Binary::Mul => left * right,
        Binary::Div => left / right,
        Binary::FloorDiv => left.floor_div(right),
        Binary::Rem => left.rem(right),
        Binary::Pow => left.pow(right),
    }
}

/// What is computed over several rasters.
fn reduction(function: FunctionName) -> Option<Reduction> {
    Some(match function {
        FunctionName::Min => Reduction::Min,
        FunctionName::Max => Reduction::Max,
        FunctionName::Mean => Reduction::Mean,
        FunctionName::Median => Reduction::Median,
        FunctionName::Sum => Reduction::Sum,
        FunctionName::Count => Reduction::Count,
        FunctionName::Std => Reduction::Std,
        FunctionName::First => Reduction::First,
        _ => return None,
    })
}

/// The method of one raster that nothing can go wrong with before its types are settled.
fn plain(function: FunctionName) -> Option<fn(&Lazy) -> Lazy> {
    Some(match function {
        FunctionName::CountBands => Lazy::count_bands,
        FunctionName::FirstBands => Lazy::first_bands,
        FunctionName::Imag => Lazy::imag,
        FunctionName::Intensity => Lazy::intensity,
        FunctionName::MaxBands => Lazy::max_bands,
        FunctionName::MeanBands => Lazy::mean_bands,
        FunctionName::MedianBands => Lazy::median_bands,
        FunctionName::MinBands => Lazy::min_bands,
        FunctionName::Phase => Lazy::phase,
        FunctionName::Real => Lazy::real,
        FunctionName::StdBands => Lazy::std_bands,
        FunctionName::SumBands => Lazy::sum_bands,
        function => return Lazy::unary(function.name()),
    })
}

fn is(error: &Error, expression: &Expression) -> bool {
    matches!(error.kind(), ErrorKind::Expression(found) if found == expression)
}
