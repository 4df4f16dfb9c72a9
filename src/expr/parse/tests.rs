//! The grammar, by cases and by random formulas.

use super::*;
use crate::error::{ErrorKind, Expression, FormulaFault};

fn printed(text: &str) -> String {
    Formula::parse(text).expect(text).to_string()
}

/// How operators bind: Python's `ast` gives the same trees (`or`, `and`, `not` and the others).
#[test]
fn precedence() {
    for (text, tree) in [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a - (b - c)", "a - (b - c)"),
        ("a / b // c % d", "((a / b) // c) % d"),
        ("a ** b ** c", "a ** (b ** c)"),
        ("(a ** b) ** c", "(a ** b) ** c"),
        ("-a ** b", "-(a ** b)"),
        ("a ** -b ** c", "a ** (-(b ** c))"),
        ("-a * b", "(-a) * b"),
        ("a << b + c", "a << (b + c)"),
        ("a & b << c", "a & (b << c)"),
        ("a | b ^ c & d", "a | (b ^ (c & d))"),
        ("a & b == c", "(a & b) == c"),
        ("not a == b", "not (a == b)"),
        ("not a and b or c", "((not a) and b) or c"),
        ("a or b and not c", "a or (b and (not c))"),
        ("~a & !b", "(~a) & (~b)"),
        ("-a[1] ** 2", "-((a[1]) ** 2)"),
        ("-2 ** 2", "-(2 ** 2)"),
    ] {
        let formula = Formula::parse(text).expect(text);
        assert_eq!(formula, Formula::parse(tree).expect(tree), "{text}");
        assert_eq!(formula, Formula::parse(&formula.to_string()).expect(text));
        assert!(formula.to_string().len() <= tree.len(), "{text}: {formula}");
    }
    assert_ne!(
        Formula::parse("a - b - c").expect("left"),
        Formula::parse("a - (b - c)").expect("right")
    );
}

#[test]
fn canonical_text() {
    for (text, canonical) in [
        ("  a\n+\tb ", "a + b"),
        ("((a))", "a"),
        ("(a-(b))*2", "(a - b) * 2"),
        ("0xFF", "255"),
        ("1e3+.5+2.0+1E-9", "1000.0 + 0.5 + 2.0 + 1e-9"),
        ("- 3 + --2 - -0.0", "-3 + 2 - -0.0"),
        ("(-2) ** -2", "(-2) ** -2"),
        ("-nan < -inf", "nan < -inf"),
        ("scl[1][2,2 , 1]", "scl[1][2, 2, 1]"),
        ("(a+b)[3]", "(a + b)[3]"),
        ("(-2)[1]", "(-2)[1]"),
        ("not(a>1)and(b<2)", "not a > 1 and b < 2"),
        ("(a>1)&!(b<2)", "(a > 1) & ~(b < 2)"),
        ("(a < b) == (c < d)", "(a < b) == (c < d)"),
        (
            "cast(where(c,nodata,x),u8)",
            "cast(where(c, nodata, x), uint8)",
        ),
        ("with_nodata(x,none)", "with_nodata(x, none)"),
        ("is_in(where, -1, 0x10)", "is_in(where, -1, 16)"),
        (
            "170141183460469231731687303715884105727",
            "170141183460469231731687303715884105727",
        ),
    ] {
        assert_eq!(printed(text), canonical);
        assert_eq!(printed(canonical), canonical);
    }
}

/// Each wrong text with its message and the two lines below it.
#[test]
fn faults() {
    for (text, message, marks) in [
        (
            "",
            "found the end, expected a number, a name, a function or `(` (column 1)",
            "^",
        ),
        (
            "a +",
            "found the end, expected a number, a name, a function or `(` (column 4)",
            "   ^",
        ),
        (
            "a b",
            "found `b`, expected an operator or the end (column 3)",
            "  ^",
        ),
        (
            "(a",
            "found the end, expected an operator or `)` (column 3)",
            "  ^",
        ),
        (
            "a)",
            "found `)`, expected an operator or the end (column 2)",
            " ^",
        ),
        ("a = 1", "found `=`, expected `==` (column 3)", "  ^"),
        (
            "a && b",
            "found `&&`, expected `and` or `&` (column 3)",
            "  ^^",
        ),
        ("a $ b", "`$` means nothing here (column 3)", "  ^"),
        ("1.2.3 + a", "`1.2.3` is not a number (column 1)", "^^^^^"),
        ("3a", "`3a` is not a number (column 1)", "^^"),
        ("1e999", "`1e999` is not a number (column 1)", "^^^^^"),
        ("0x-1", "`0x` is not a number (column 1)", "^^"),
        (
            "a < b < c",
            "comparisons do not chain: write `(a < b) & (b < c)`, and parentheses around \
             comparisons beside `&`, `^` and `|` (column 7)",
            "      ^",
        ),
        (
            "a > 1 & b < 2",
            "comparisons do not chain: write `(a < b) & (b < c)`, and parentheses around \
             comparisons beside `&`, `^` and `|` (column 11)",
            "          ^",
        ),
        (
            "1 + mask_(a, b)",
            "there is no function `mask_`: did you mean `mask`? (column 5)",
            "    ^^^^^",
        ),
        (
            "nonsense(a)",
            "there is no function `nonsense` (column 1)",
            "^^^^^^^^",
        ),
        (
            "a + real(a, b)",
            "`real` takes 1 argument, found 2 (column 5)",
            "    ^^^^^^^^^^",
        ),
        (
            "mask(a)",
            "`mask` takes 2 or 3 arguments, found 1 (column 1)",
            "^^^^^^^",
        ),
        (
            "is_in()",
            "`is_in` takes 2 or more arguments, found 0 (column 1)",
            "^^^^^^^",
        ),
        (
            "is_in(a, b + 1)",
            "`is_in` needs a number here (column 10)",
            "         ^^^^^",
        ),
        (
            "with_nodata(a, b)",
            "`with_nodata` needs a number or none here (column 16)",
            "               ^",
        ),
        (
            "cast(a, byte)",
            "`cast` needs a data type, as uint8, int8, uint16, int16, uint32, int32, uint64, int64, \
             float32, float64, complex_int16, complex_int32, complex64, complex128 here (column 9)",
            "        ^^^^",
        ),
        (
            "nodata + 1",
            "`nodata` stands only as the second or the third argument of `where` (column 1)",
            "^^^^^^",
        ),
        (
            "a[b]",
            "found `b`, expected the number of a band (column 3)",
            "  ^",
        ),
        (
            "a[-1]",
            "found `-`, expected the number of a band (column 3)",
            "  ^",
        ),
        (
            "a[1",
            "found the end, expected `,` or `]` (column 4)",
            "   ^",
        ),
        (
            "a + not b",
            "found `not`, expected a number, a name, a function or `(` (column 5)",
            "    ^^^",
        ),
    ] {
        let error = Formula::parse(text).expect_err(text);
        assert_eq!(error.to_string(), message, "{text}");
        let mark = error.place().formula.as_ref().expect("a place");
        assert_eq!(mark.to_string(), format!("{text}\n{marks}"));
        assert!(error.is_usage());
    }
}

/// Whatever is deep or long is an error, in the stack of a test's thread.
#[test]
fn bounds() {
    let fault = |text: &str| match Formula::parse(text).expect_err("too much").kind() {
        ErrorKind::Expression(Expression::Formula(fault)) => fault.clone(),
        other => panic!("{other}"),
    };
    let allowed = Formula::MAX_DEPTH;
    for deep in [
        format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000)),
        "-".repeat(30_000) + "a",
        "a ** ".repeat(6_000) + "a",
        "a + ".repeat(8_000) + "a",
        "abs(".repeat(6_000),
        "not ".repeat(8_000) + "a",
        format!("a{}", "[1]".repeat(10_000)),
        "a or b and not c == d | e ^ f & g << h + i * -(".repeat(600),
    ] {
        assert_eq!(fault(&deep), FormulaFault::Depth { allowed });
    }
    let found = Formula::MAX_BYTES + 1;
    let allowed = Formula::MAX_BYTES;
    assert_eq!(
        fault(&"a".repeat(found)),
        FormulaFault::Length { found, allowed }
    );
    let most = "a + ".repeat(Formula::MAX_DEPTH - 1) + "a";
    assert_eq!(printed(&most), most);
    let nested = format!("{}a{}", "-abs(".repeat(63), ")".repeat(63));
    assert_eq!(printed(&nested), nested);
}

/// Random formulas of every operator and function print as what reads back.
#[test]
fn what_is_printed_reads_back() {
    let mut random = Random(7);
    for _ in 0..20_000 {
        let depth = random.below(6);
        let root = random.term(depth);
        let text = root.to_string();
        let read = Formula::parse(&text).expect(&text);
        assert_eq!(read.root, root, "{text}");
        assert_eq!(read.to_string(), text);
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn number(&mut self) -> Scalar {
        let bits = (self.below(1 << 31) as u64) << 33 | self.below(1 << 31) as u64;
        match self.below(4) {
            0 => Scalar::Int(self.below(300) as i128 - 150),
            1 => Scalar::Float(self.pick(&[0.0, -0.0, 1.0, -2.5, f64::NAN, f64::INFINITY])),
            2 => Scalar::Int(i128::from(bits) * 3 - (1 << 66)),
            _ => Scalar::Float(f64::from_bits(bits)).to_f64().into(),
        }
    }

    fn term(&mut self, depth: usize) -> Term {
        let leaf = depth == 0;
        let node = match self.below(if leaf { 2 } else { 6 }) {
            0 => TermNode::Number(self.number()),
            1 => TermNode::Name(self.pick(&["a", "nir", "where", "_1"]).to_owned()),
            2 => match self.pick(&[Unary::Negate, Unary::Invert, Unary::Not]) {
                Unary::Negate => self.term(depth - 1).negated(),
                operator => TermNode::Unary(operator, Box::new(self.term(depth - 1))),
            },
            3 => {
                let operator = self.pick(&Binary::ALL).0;
                let sides = [self.term(depth - 1), self.term(depth - 1)].map(Box::new);
                let [left, right] = sides;
                TermNode::Binary(operator, left, right)
            }
            4 => TermNode::Bands(Box::new(self.term(depth - 1)), vec![self.below(9), 3]),
            _ => self.call(depth - 1),
        };
        node.into()
    }

    fn call(&mut self, depth: usize) -> TermNode {
        let function = functions::all()[self.below(functions::all().len())];
        let count = (1..12)
            .filter(|&count| function.takes(count))
            .nth(self.below(2));
        let count = count.unwrap_or_else(|| (1..12).find(|&n| function.takes(n)).expect("some"));
        let argument = |random: &mut Self, index| match function.argument(index) {
            functions::Argument::Branch if random.below(3) == 0 => TermNode::Nodata.into(),
            functions::Argument::Value | functions::Argument::Branch => random.term(depth),
            functions::Argument::Number => TermNode::Number(random.number()).into(),
            functions::Argument::NumberOrNone => TermNode::Word("none").into(),
            functions::Argument::Whole => {
                TermNode::Number(random.below(9).try_into().map(Scalar::Int).expect("small")).into()
            }
            functions::Argument::Type => TermNode::Type(random.pick(&DataType::ALL)).into(),
            functions::Argument::Word(words) | functions::Argument::Setting(words) => {
                TermNode::Word(random.pick(words)).into()
            }
        };
        let arguments = (0..count).map(|index| argument(self, index)).collect();
        TermNode::Call(function, arguments)
    }
}
