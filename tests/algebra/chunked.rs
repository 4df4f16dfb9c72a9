//! Random lazy rasters: what the interpreter says, and the same bytes whatever the chunks are and
//! whichever threads compute them.

use cogwork::block::{Block, Validity};
use cogwork::exec::Serial;
use cogwork::expr::Reduction;
use cogwork::format::geo::Georeference;
use cogwork::grid::{Affine, Size, Window};
use cogwork::lazy::{Boundary, Chunk, LazyOperand, MapSpec};
use cogwork::sample::Samples;
use cogwork::write::{Compression, Raster};
use cogwork::{Chunks, Context, Lazy, Resampling, Result};

use crate::common::raster as files;
use crate::naive::{Operator, Value, apply};
use crate::random::{Operand, Random, binary, choose, named, raster, same, unary};
use crate::support::*;

const WIDTH: u32 = 39;
const HEIGHT: u32 = 21;
const PIXELS: usize = 39 * 21;

/// A file of tiles of 16 x 16 pixels with these samples; with a mask where there is one.
fn file(of: &Value, mask: Option<Vec<u8>>, origin: (f64, f64), context: &Context) -> Lazy {
    let validity = match (mask, of.nodata()) {
        (Some(mask), _) => Validity::Mask(mask),
        (None, Some(nodata)) => Validity::Nodata(nodata),
        (None, None) => Validity::All,
    };
    let samples = samples(of.data_type(), &of.samples);
    let block = Block::new(of.bands, Size::new(WIDTH, HEIGHT), samples, validity);
    let block = block.expect("the shape");
    let transform = Affine {
        a: 10.0,
        b: 0.0,
        c: origin.0,
        d: 0.0,
        e: -10.0,
        f: origin.1,
    };
    let georeference = Georeference {
        transform: Some(transform),
        ..Georeference::default()
    };
    let made = Raster::of_block(&block).georeference(georeference);
    let options = files::options(Compression::Deflate, 16);
    let mut bytes = Vec::new();
    cogwork::write::write_block_to(&mut bytes, &block, made, &options).expect("memory takes it");
    files::open(bytes, context).base().lazy()
}

fn lazy(operator: &Operator, of: &[Lazy], other: Option<LazyOperand>) -> Result<Lazy> {
    let second = || other.clone().unwrap_or_else(|| (&of[1]).into());
    Ok(match operator {
        Operator::Named("select") => of[0].select(&of[1], &of[2])?,
        Operator::Named("clip") => of[0].clip(&of[1], &of[2]),
        Operator::Named("and") => of[0].and(&of[1]),
        Operator::Named("or") => of[0].or(&of[1]),
        Operator::Named("xor") => of[0].xor(&of[1]),
        Operator::Named("not") => !&of[0],
        Operator::Named("neg") => -&of[0],
        Operator::Named("add") => &of[0] + second(),
        Operator::Named("sub") => &of[0] - second(),
        Operator::Named("mul") => &of[0] * second(),
        Operator::Named("div") => &of[0] / second(),
        Operator::Named(name) if of.len() == 1 && other.is_none() => {
            unary!(*name, of[0])
        }
        Operator::Named(name) => binary!(*name, of[0], second()),
        Operator::Cast("cast", to) => of[0].cast(*to),
        Operator::Cast("cast_wrapping", to) => of[0].cast_wrapping(*to),
        Operator::Cast(_, to) => of[0].cast_checked(*to),
        Operator::IsIn(listed) => of[0].is_in(listed.clone()),
        Operator::Mask(None) => of[0].mask(&of[1])?,
        Operator::Mask(Some(nodata)) => of[0].mask_with(&of[1], *nodata)?,
        Operator::Nodata(nodata) => of[0].with_nodata(*nodata),
        Operator::Bands(picked) => of[0].bands(picked.iter().map(|band| band + 1))?,
        Operator::Stack => Lazy::stack(of)?,
        Operator::Reduce(reduction) => Lazy::reduce(*reduction, of)?,
        Operator::ReduceBands(reduction) => match reduction {
            Reduction::Min => of[0].min_bands(),
            Reduction::Max => of[0].max_bands(),
            Reduction::Mean => of[0].mean_bands(),
            Reduction::Median => of[0].median_bands(),
            Reduction::Sum => of[0].sum_bands(),
            Reduction::Count => of[0].count_bands(),
            Reduction::Std => of[0].std_bands(),
            _ => of[0].first_bands(),
        },
        Operator::Scaled(_) => panic!("lazy rasters have the scales of their files"),
    })
}

fn shapes(random: &mut Random) -> Vec<Chunks> {
    let mut shapes = vec![Chunks::Tiles, (9, 1000, 4000).into()];
    for _ in 0..2 {
        let mut side = |most| u32::try_from(6 + random.below(most)).expect("a small number");
        let (rows, columns) = (side(16), side(34));
        shapes.push((1 + random.below(3), rows, columns).into());
    }
    shapes
}

/// One file that is read by one thread and by two.
struct Pair {
    serial: Lazy,
    threads: Lazy,
}

impl Pair {
    fn all(pairs: &[&Pair]) -> [Vec<Lazy>; 2] {
        let of = |pick: fn(&Pair) -> &Lazy| pairs.iter().map(|pair| pick(pair).clone()).collect();
        [of(|pair| &pair.serial), of(|pair| &pair.threads)]
    }

    fn of(pairs: &[&Pair], make: impl Fn(&[Lazy]) -> Result<Lazy>) -> Result<Pair> {
        let [serial, threads] = Pair::all(pairs);
        Ok(Pair {
            serial: make(&serial)?,
            threads: make(&threads)?,
        })
    }

    /// The samples, after the same for other chunks and executors; none where it is an error.
    fn computed(&self, random: &mut Random, name: &str) -> Option<Block> {
        let whole = self.serial.compute();
        for chunks in shapes(random) {
            let lazy = if random.one_in(2) {
                &self.serial
            } else {
                &self.threads
            };
            let found = lazy.clone().chunks(chunks).compute();
            match (&whole, &found) {
                (Ok(whole), Ok(found)) => {
                    assert_eq!(
                        whole.validity_bytes(),
                        found.validity_bytes(),
                        "{name}: {chunks:?}"
                    );
                    let bytes = |block: &Block| block.samples().to_le_bytes();
                    assert!(bytes(whole) == bytes(found), "{name}: {chunks:?}");
                }
                (Err(whole), Err(found)) => {
                    assert_eq!(whole.is_usage(), found.is_usage(), "{name}")
                }
                _ => panic!("{name}: {whole:?}, but {found:?} by {chunks:?}"),
            }
        }
        whole.ok()
    }
}

/// What tells the valid samples apart, with NaN as bytes.
trait ValidityBytes {
    fn validity_bytes(&self) -> String;
}

impl ValidityBytes for Block {
    fn validity_bytes(&self) -> String {
        format!("{:?}", self.validity())
    }
}

fn inputs(random: &mut Random, masks: bool) -> (Vec<Value>, Vec<Pair>) {
    let contexts = [files::executor(Serial), files::threads(2)];
    let bands = 1 + random.below(3);
    let mut pairs = Vec::new();
    let mut values = Vec::new();
    for _ in 0..3 {
        let masked = masks && random.one_in(2);
        let value = raster(random, bands, PIXELS, !masked);
        let mask: Vec<u8> = (0..PIXELS).map(|_| u8::from(!random.one_in(3))).collect();
        let mask = masked.then_some(mask);
        let open = |context| file(&value, mask.clone(), (100.0, 900.0), context);
        pairs.push(Pair {
            serial: open(&contexts[0]),
            threads: open(&contexts[1]),
        });
        values.push(value);
    }
    (values, pairs)
}

/// An operator that lazy rasters have, and its operands.
fn next(random: &mut Random, known: &[Value]) -> (Operator, Vec<Operand>) {
    loop {
        let (operator, operands) = choose(random, known);
        let is_scalar = |operand: &Operand| matches!(operand, Operand::Scalar(_));
        let scalars = operands.iter().filter(|operand| is_scalar(operand)).count();
        let fits = scalars == 0 || (operands.len() == 2 && is_scalar(&operands[1]));
        if fits && !matches!(operator, Operator::Scaled(_)) {
            return (operator, operands);
        }
    }
}

fn build(operator: &Operator, operands: &[Operand], pairs: &[Pair]) -> Result<Pair> {
    let mut of = Vec::new();
    let mut other = None;
    for operand in operands {
        match *operand {
            Operand::Known(at) => of.push(&pairs[at]),
            Operand::Scalar(scalar) => other = Some(LazyOperand::Scalar(scalar)),
        }
    }
    Pair::of(&of, |of| lazy(operator, of, other.clone()))
}

#[test]
fn lazy_rasters_equal_an_interpreter_whatever_the_chunks() {
    let mut sound = 0;
    for seed in 2000..2020 {
        let random = &mut Random::new(seed);
        let (mut known, mut pairs) = inputs(random, false);
        for _ in 0..10 {
            let (operator, operands) = next(random, &known);
            let value = |operand: &Operand| match *operand {
                Operand::Known(at) => known[at].clone(),
                Operand::Scalar(scalar) => Value::scalar(scalar),
            };
            let values: Vec<Value> = operands.iter().map(value).collect();
            let Ok(want) = apply(&operator, &values.iter().collect::<Vec<_>>()) else {
                continue;
            };
            let name = format!("seed {seed}: {operator:?} of {operands:?}");
            let pair = build(&operator, &operands, &pairs).expect(&name);
            let found = pair.computed(random, &name).expect(&name);
            let facts = (want.data_type(), want.nodata());
            assert_eq!((found.data_type(), found.nodata()), facts, "{name}");
            for (at, (found, want)) in scalars(&found).into_iter().zip(&want.samples).enumerate() {
                assert!(same(found, *want), "{name} at {at}: {found}, but {want}");
            }
            sound += 1;
            if want.bands <= 6 {
                known.push(want);
                pairs.push(pair);
            }
        }
    }
    assert!(sound > 120, "{sound}");
}

/// The part of a block that a window covers, with its part of the mask.
fn cut(block: &Block, window: Window) -> Block {
    let plain = |bands: usize, samples: Samples| {
        let whole = Block::new(bands, block.size(), samples, Validity::All);
        files::crop(&whole.expect("the shape"), window).into_samples()
    };
    let validity = match block.validity() {
        Validity::Mask(mask) => match plain(1, Samples::U8(mask.clone())) {
            Samples::U8(mask) => Validity::Mask(mask),
            other => panic!("{}", other.data_type()),
        },
        other => other.clone(),
    };
    let samples = plain(block.bands(), block.samples().clone());
    Block::new(block.bands(), window.size(), samples, validity).expect("the shape")
}

/// The bytes of the neighbours one to the left and one above, and the validity of the pixel itself.
fn shifted(chunk: &Chunk) -> Result<Block> {
    let (block, inner) = (chunk.block(), chunk.inner());
    let whole = scalars(block);
    let (width, pixels) = (block.size().width, block.size().area() as usize);
    let mut out = Vec::new();
    for band in 0..block.bands() {
        for row in inner.row..inner.row + inner.height {
            for column in inner.column..inner.column + inner.width {
                let near = row.saturating_sub(1) * width + column.saturating_sub(1);
                out.push(whole[band * pixels + near as usize]);
            }
        }
    }
    let validity = cut(block, inner).validity().clone();
    Block::new(
        block.bands(),
        inner.size(),
        samples(block.data_type(), &out),
        validity,
    )
}

/// A stage over a raster: a neighbourhood, a function with a halo, or pixels of another grid.
fn stage(random: &mut Random, of: &Pair, grid: &Pair) -> Result<Pair> {
    let boundary = random.of(&[Boundary::None, Boundary::Reflect, Boundary::Nearest]);
    let method = random.of(&[
        Resampling::Nearest,
        Resampling::Bilinear,
        Resampling::Average,
    ]);
    match random.below(4) {
        0 => Pair::of(&[of], |of| of[0].focal_mean(3)),
        1 => Pair::of(&[of], |of| of[0].focal_max(5)),
        2 => Pair::of(&[of], |of| {
            of[0].map_chunks(MapSpec::new().halo(1).boundary(boundary), shifted)
        }),
        _ => Pair::of(&[of, grid], |both| {
            let there = both[0].match_grid(&both[1], method)?;
            there.match_grid(&both[0], method)
        }),
    }
}

#[test]
fn stages_do_not_depend_on_chunks() {
    let (mut stages, mut sound) = (0, 0);
    for seed in 3000..3020 {
        let random = &mut Random::new(seed);
        let (inputs, mut pairs) = inputs(random, true);
        let facts = |lazy: &Lazy, bands: usize| -> Result<Value> {
            let zeros = vec![default_nodata(lazy.data_type()?); bands];
            let (data_type, nodata) = (lazy.data_type()?, lazy.nodata()?);
            Ok(Value::raster(bands, data_type, nodata, zeros))
        };
        let contexts = [files::executor(Serial), files::threads(2)];
        let open = |context| file(&inputs[0], None, (104.0, 893.0), context);
        let grid = Pair {
            serial: open(&contexts[0]),
            threads: open(&contexts[1]),
        };
        let files = pairs.iter().zip(&inputs);
        let mut known: Vec<Value> = files
            .map(|(of, value)| facts(&of.serial, value.bands).expect("a file"))
            .collect();
        for _ in 0..12 {
            let (value, pair) = if random.one_in(3) {
                let at = random.below(pairs.len());
                let made = stage(random, &pairs[at], &grid);
                let Some(pair) = made.ok().filter(|_| !known[at].is_mask()) else {
                    continue;
                };
                stages += 1;
                let value = facts(&pair.serial, known[at].bands);
                (value.expect("checked"), pair)
            } else {
                let (operator, operands) = next(random, &known);
                let value = |operand: &Operand| match *operand {
                    Operand::Known(at) => known[at].clone(),
                    Operand::Scalar(scalar) => Value::scalar(scalar),
                };
                let values: Vec<Value> = operands.iter().map(value).collect();
                let Ok(value) = apply(&operator, &values.iter().collect::<Vec<_>>()) else {
                    continue;
                };
                let Ok(pair) = build(&operator, &operands, &pairs) else {
                    continue;
                };
                (value, pair)
            };
            known.push(value);
            pairs.push(pair);
        }
        let window = Window::new(5, 3, 27, 16);
        let last = pairs.len() - 4;
        for (at, pair) in pairs.iter().enumerate().skip(last) {
            let name = format!("seed {seed}: {at}, {:?}", pair.serial);
            let whole = pair.computed(random, &name);
            let clipped = Pair::of(&[pair], |of| of[0].clip_window(window));
            let Some((whole, clipped)) = whole.zip(clipped.ok()) else {
                continue;
            };
            let part = clipped.computed(random, &name).expect(&name);
            let cut = cut(&whole, window);
            assert!(
                cut.samples().to_le_bytes() == part.samples().to_le_bytes(),
                "{name}"
            );
            sound += 1;
        }
    }
    assert!(
        stages > 40 && sound > 50,
        "{stages} stages, {sound} rasters"
    );
}
