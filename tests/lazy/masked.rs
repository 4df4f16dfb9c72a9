//! Files with a mask, against loops over pairs of a number and whether it counts: what comes of an
//! invalid number is invalid, as in `numpy.ma`; comparing one gives false.

use cogwork::block::Validity;
use cogwork::grid::Size;
use cogwork::sample::{DataType, Samples};
use cogwork::write::{CogOptions, Compression};
use cogwork::{Block, Context, Lazy};

use crate::common::raster;

const PIXELS: usize = 70 * 50;

type Number = Option<i32>;

/// Two rasters of int16 with masks of their own, and one without.
struct Inputs {
    a: Lazy,
    b: Lazy,
    plain: Lazy,
}

fn a(at: usize) -> Number {
    (at % 7 > 1).then_some(at as i32 % 50 - 20)
}

fn b(at: usize) -> Number {
    (!(at / 70).is_multiple_of(5)).then_some(at as i32 % 13)
}

fn plain(at: usize) -> i32 {
    at as i32 % 9
}

impl Inputs {
    fn new() -> Self {
        let whole = |at: usize| Some(plain(at));
        Inputs {
            a: masked(a, true),
            b: masked(b, true),
            plain: masked(whole, false),
        }
    }
}

/// A file in memory; what the mask covers is 99 in it.
fn masked(number: impl Fn(usize) -> Number, mask: bool) -> Lazy {
    let samples = (0..PIXELS)
        .map(|at| number(at).unwrap_or(99) as i16)
        .collect();
    let validity = match mask {
        true => Validity::Mask((0..PIXELS).map(|at| number(at).is_some().into()).collect()),
        false => Validity::All,
    };
    let block =
        Block::new(1, Size::new(70, 50), Samples::I16(samples), validity).expect("the shape");
    let bytes = raster::written(&block, &raster::options(Compression::Lzw, 16));
    raster::open(bytes, &Context::default()).base().lazy()
}

/// The numbers of a raster where its pixels are valid.
fn computed(lazy: &Lazy) -> Vec<Option<f64>> {
    let block = lazy.compute().expect("a sound raster");
    let numbers = block.samples().to_le_bytes();
    let number = |at: usize| {
        let bytes = &numbers[at * block.data_type().bytes()..];
        match block.data_type() {
            DataType::U8 => f64::from(bytes[0]),
            DataType::I16 => f64::from(i16::from_le_bytes([bytes[0], bytes[1]])),
            DataType::I32 => f64::from(i32::from_le_bytes(bytes[..4].try_into().expect("four"))),
            DataType::I64 => i64::from_le_bytes(bytes[..8].try_into().expect("eight")) as f64,
            other => panic!("{other} is not expected"),
        }
    };
    let valid = block.valid_pixels();
    (0..PIXELS)
        .map(|at| (valid[at] == 1).then(|| number(at)))
        .collect()
}

fn are(name: &str, lazy: &Lazy, expected: impl Fn(usize) -> Option<f64>) {
    let found = computed(lazy);
    for (at, found) in found.into_iter().enumerate() {
        assert_eq!(found, expected(at), "{name} at {at}");
    }
}

fn both(at: usize, of: impl Fn(i32, i32) -> f64) -> Option<f64> {
    a(at).zip(b(at)).map(|(a, b)| of(a, b))
}

#[test]
fn as_it_is() {
    let Inputs { a: first, .. } = Inputs::new();
    are("a", &first, |at| a(at).map(f64::from));
}

#[test]
fn arithmetic() {
    let Inputs {
        a: x,
        b: y,
        plain: z,
    } = Inputs::new();
    are("a + b", &(&x + &y), |at| both(at, |a, b| f64::from(a + b)));
    are("b - a", &(&y - &x), |at| both(at, |a, b| f64::from(b - a)));
    are("a * plain", &(&x * &z), |at| {
        Some(f64::from(a(at)? * plain(at)))
    });
    are("-a", &-&x, |at| Some(f64::from(-a(at)?)));
    are("a + b + plain", &(&(&x + &y) + &z), |at| {
        Some(both(at, |a, b| f64::from(a + b))? + f64::from(plain(at)))
    });
}

/// A mask has no mask of its own: where a number is invalid it is false, and its contrary too.
#[test]
fn comparisons() {
    let Inputs { a: x, b: y, .. } = Inputs::new();
    let told = |found: Option<bool>| Some(f64::from(u8::from(found.unwrap_or(false))));
    are("a < 5", &x.lt(5), |at| told(a(at).map(|a| a < 5)));
    are("a >= 5", &x.ge(5), |at| told(a(at).map(|a| a >= 5)));
    are("a != 5", &x.ne(5), |at| told(a(at).map(|a| a != 5)));
    are("a == b", &x.eq(&y), |at| {
        told(a(at).zip(b(at)).map(|(a, b)| a == b))
    });
    are("a in 1, 2", &x.is_in([1, 2]), |at| {
        told(a(at).map(|a| a == 1 || a == 2))
    });
    are("either", &x.lt(5).or(&y.gt(3)), |at| {
        told(Some(
            a(at).is_some_and(|a| a < 5) || b(at).is_some_and(|b| b > 3),
        ))
    });
}

#[test]
fn masks_take_more_away() {
    let Inputs {
        a: x,
        b: y,
        plain: z,
    } = Inputs::new();
    let rest = x.mask(&z.gt(6)).expect("a mask needs no nodata");
    are("a without plain > 6", &rest, |at| {
        a(at).filter(|_| plain(at) <= 6).map(f64::from)
    });
    let rest = x.mask(&y.gt(6)).expect("a mask needs no nodata");
    are("a without b > 6", &rest, |at| {
        a(at)
            .filter(|_| b(at).is_none_or(|b| b <= 6))
            .map(f64::from)
    });
}

/// What counts is whether the one that was chosen is valid.
#[test]
fn a_choice() {
    let Inputs {
        a: x,
        b: y,
        plain: z,
    } = Inputs::new();
    let chosen = z.gt(4).select(&x, &y).expect("one grid");
    are("plain > 4 ? a : b", &chosen, |at| {
        if plain(at) > 4 { a(at) } else { b(at) }.map(f64::from)
    });
    let chosen = x.gt(0).select(&x, &z).expect("one grid");
    are("a > 0 ? a : plain", &chosen, |at| {
        Some(f64::from(a(at).filter(|&a| a > 0).unwrap_or(plain(at))))
    });
    let chosen = z.gt(4).select(&x, 7).expect("one grid");
    are("plain > 4 ? a : 7", &chosen, |at| {
        if plain(at) > 4 { a(at) } else { Some(7) }.map(f64::from)
    });
}

/// The mask that a result has is the mask that its COG gets.
#[test]
fn a_result_keeps_its_mask_in_a_file() {
    let Inputs { a: x, b: y, .. } = Inputs::new();
    let mut bytes = Vec::new();
    let options = CogOptions::default()
        .compression(Compression::Deflate)
        .blocksize(16);
    (&x + &y)
        .write_cog_to(&mut bytes, &options)
        .expect("memory takes it");
    let cog = raster::open(bytes, &Context::default());
    are("a + b of the file", &cog.base().lazy(), |at| {
        both(at, |a, b| f64::from(a + b))
    });
    let read = cog.base().read().expect("a sound file");
    assert!(matches!(read.validity(), Validity::Mask(_)));
    assert_eq!(cog.base().nodata(), None);
}
